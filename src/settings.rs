//! Settings: values of the device's registry key. An absent or a bad value means the default.

use acx::Passive;
use acx::device::Settings;
use vdma::source::Source;

/// What the microphone hears: REG_DWORD `CaptureSource`, 0 the cable (default), 1 a tone, 2 silence.
pub fn capture_source(settings: &Settings, passive: Passive<'_>) -> Source {
    match settings.number(acx::wide!("CaptureSource"), passive) {
        Ok(1) => Source::Tone,
        Ok(2) => Source::Silence,
        _ => Source::Cable,
    }
}
