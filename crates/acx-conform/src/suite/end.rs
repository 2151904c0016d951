//! An endpoint under test, with the mode and the format that cases use where the choice does not
//! matter.

use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, System};
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW, GUID,
    STATUS_DATA_LATE_ERROR,
};

use super::client::{Client, Driving};
use super::constraints::{Constraints, USUAL, guid};
use super::{STEREO, describe};

/// An endpoint, with the parameters of its streams.
pub(crate) struct End {
    /// The endpoint.
    pub(crate) endpoint: Endpoint,
    /// RAW if the pin lists it, else DEFAULT, else the first mode with formats.
    pub(crate) mode: GUID,
    /// 16-bit stereo at 48 kHz if the mode lists it, else its first 16-bit format, else its first
    /// format.
    pub(crate) format: WaveFormat,
}

impl End {
    /// Chooses from the host pin's lists.
    pub(crate) fn of(endpoint: Endpoint) -> Result<Self, String> {
        let modes = &endpoint.host_pin().map_err(describe)?.modes;
        let named = |mode: &GUID| {
            let own = guid_bytes(mode);
            modes.iter().find(|(listed, formats)| *listed == own && !formats.is_empty())
        };
        let chosen = named(&AUDIO_SIGNALPROCESSINGMODE_RAW)
            .or_else(|| named(&AUDIO_SIGNALPROCESSINGMODE_DEFAULT))
            .or_else(|| modes.iter().find(|(_, formats)| !formats.is_empty()));
        let (mode, formats) =
            chosen.ok_or_else(|| format!("{}: the pin lists no format", endpoint.name()))?;
        let format = usual(formats);
        let format = format.ok_or_else(|| format!("{}: no format", endpoint.name()))?;
        Ok(Self { mode: guid(*mode), format, endpoint })
    }

    /// Its direction.
    pub(crate) fn direction(&self) -> Direction {
        self.endpoint.direction
    }

    /// Formats of the mode that streams are opened in.
    pub(crate) fn formats(&self) -> Vec<WaveFormat> {
        let own = guid_bytes(&self.mode);
        let modes = self.endpoint.host_pin().into_iter().flat_map(|pin| &pin.modes);
        modes.filter(|(mode, _)| *mode == own).flat_map(|(_, formats)| formats).copied().collect()
    }

    /// The maximum number of streams of the pin; None if there is no limit.
    pub(crate) fn limit(&self) -> Option<u32> {
        let limit = self.endpoint.host_pin().map_or(0, |pin| pin.instances.0);
        (limit != u32::MAX).then_some(limit)
    }

    /// Whether the pin takes two streams at once.
    pub(crate) fn takes_two(&self) -> bool {
        self.limit().is_none_or(|limit| limit >= 2)
    }

    /// The number of frames of a duration, rounded up.
    pub(crate) fn frames(&self, milliseconds: u32) -> u32 {
        frames(self.format, milliseconds)
    }

    /// The number of frames of the usual period.
    pub(crate) fn period(&self) -> u32 {
        self.frames(10)
    }

    /// Opens an event-driven stream. It is in STOP.
    pub(crate) fn open(&self, system: &dyn System, frames: u32) -> Result<EventStream, Failed> {
        EventStream::open(system, &self.endpoint, self.format, &self.mode, frames)
    }

    /// Opens a timer-driven stream. It is in STOP.
    pub(crate) fn open_timer(&self, frames: u32) -> Result<TimerStream, Failed> {
        TimerStream::open(&self.endpoint, self.format, &self.mode, frames)
    }

    /// Opens a stream of either kind. It is in PAUSE.
    pub(crate) fn client(
        &self,
        system: &dyn System,
        kind: Driving,
        frames: u32,
    ) -> Result<Client, Failed> {
        Client::open_at(system, &self.endpoint, &self.mode, kind, self.format, frames)
    }

    /// The shortest and the longest period that the endpoint publishes, in frames of its format. By
    /// default 10 ms and half a second.
    pub(crate) fn periods(&self, system: &dyn System) -> Result<(u32, u32), String> {
        let limits = Constraints::of(system, &self.endpoint)?;
        let least = limits.as_ref().map_or(USUAL, |limits| limits.least(&guid_bytes(&self.mode)));
        let half_second = self.frames(500);
        let most = match limits.map_or(0, |limits| limits.maximum_bytes) {
            0 => half_second,
            bytes => half_second.min(bytes / self.format.block_align() as u32),
        };
        let least = (u64::from(self.format.rate) * u64::from(least)).div_ceil(10_000_000) as u32;
        Ok((least, most))
    }
}

/// 16-bit stereo at 48 kHz if it is listed, else the first 16-bit format, else the first one.
fn usual(formats: &[WaveFormat]) -> Option<WaveFormat> {
    let is_short = |format: &&WaveFormat| (format.float, format.bits) == (false, 16);
    let stereo = formats.iter().find(|format| **format == STEREO);
    stereo.or_else(|| formats.iter().find(is_short)).or(formats.first()).copied()
}

/// The number of frames of a duration, rounded up.
pub(crate) fn frames(format: WaveFormat, milliseconds: u32) -> u32 {
    (u64::from(format.rate) * u64::from(milliseconds)).div_ceil(1000) as u32
}

/// The duration of a number of frames.
pub(crate) fn span(format: WaveFormat, frames: u32) -> Duration {
    Duration::from_secs_f64(f64::from(frames) / f64::from(format.rate))
}

/// Writes a packet before the stream runs.
pub(crate) fn preroll(stream: &mut EventStream, packet: u64, bytes: &[u8]) -> Result<(), String> {
    before_run(stream.write(packet, bytes, None)).map_err(describe)
}

/// Accepts STATUS_DATA_LATE_ERROR for a packet before the stream runs. ACX's contract does not
/// define whether the first packet is then late: B5 reports the driver's choice, and nothing else
/// depends on it.
pub(crate) fn before_run(answer: Result<(), Failed>) -> Result<(), Failed> {
    match answer {
        Err(Failed { status: STATUS_DATA_LATE_ERROR, .. }) => Ok(()),
        answer => answer,
    }
}

#[cfg(test)]
mod tests {
    use acx_sys::STATUS_INVALID_PARAMETER;

    use super::*;

    #[test]
    fn sixteen_bits_are_usual_and_others_stand_in() {
        let long = WaveFormat { bits: 32, valid_bits: 32, ..STEREO };
        let half = WaveFormat { float: true, ..STEREO };
        let mono = WaveFormat { channels: 1, mask: 4, ..STEREO };
        let slow = WaveFormat { rate: 8_000, ..STEREO };
        assert_eq!(usual(&[long, half, mono, slow, STEREO]), Some(STEREO));
        assert_eq!(usual(&[long, half, mono, slow]), Some(mono));
        assert_eq!(usual(&[half, long]), Some(half));
        assert_eq!(usual(&[]), None);
    }

    #[test]
    fn frames_are_whole_and_last_as_long_at_least() {
        let odd = WaveFormat { rate: 44_100, ..STEREO };
        assert_eq!([frames(STEREO, 10), frames(odd, 1), frames(odd, 0)], [480, 45, 0]);
        assert_eq!(span(STEREO, 480), Duration::from_millis(10));
    }

    #[test]
    fn a_packet_before_the_run_may_be_called_late_and_nothing_else() {
        let failed = |status| Err(Failed { what: "writing", status });
        assert!(before_run(failed(STATUS_DATA_LATE_ERROR)).is_ok() && before_run(Ok(())).is_ok());
        assert!(before_run(failed(STATUS_INVALID_PARAMETER)).is_err());
    }
}
