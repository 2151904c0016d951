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
use super::constraints::{self, Constraints, USUAL, guid};
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
        let chosen = usual_mode(modes);
        let (mode, format) =
            chosen.ok_or_else(|| format!("{}: the pin lists no format", endpoint.name()))?;
        Ok(Self { mode: guid(mode), format, endpoint })
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
        let most = longest(self.format, limits.map_or(0, |limits| limits.maximum_bytes));
        Ok((constraints::frames(self.format, least), most))
    }
}

/// The frames of the longest period: half a second, or as much as a maximum in bytes allows, if
/// there is one.
fn longest(format: WaveFormat, most_bytes: u32) -> u32 {
    let half_second = frames(format, 500);
    match most_bytes {
        0 => half_second,
        bytes => half_second.min(bytes / format.block_align() as u32),
    }
}

/// RAW if it has formats, else DEFAULT, else the first mode that has some; with the usual one of
/// its formats.
fn usual_mode(modes: &[([u8; 16], Vec<WaveFormat>)]) -> Option<([u8; 16], WaveFormat)> {
    let usual = modes.iter().filter_map(|(mode, formats)| Some((*mode, usual(formats)?)));
    let all: Vec<_> = usual.collect();
    let named = |mode: &GUID| all.iter().find(|(own, _)| *own == guid_bytes(mode));
    named(&AUDIO_SIGNALPROCESSINGMODE_RAW)
        .or_else(|| named(&AUDIO_SIGNALPROCESSINGMODE_DEFAULT))
        .or(all.first())
        .copied()
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
    fn raw_is_the_usual_mode_then_default_then_the_first_with_formats() {
        let [raw, default] =
            [&AUDIO_SIGNALPROCESSINGMODE_RAW, &AUDIO_SIGNALPROCESSINGMODE_DEFAULT].map(guid_bytes);
        let slow = WaveFormat { rate: 8_000, ..STEREO };
        let of = |modes: &[([u8; 16], &[WaveFormat])]| {
            let modes: Vec<_> = modes.iter().map(|(mode, own)| (*mode, own.to_vec())).collect();
            usual_mode(&modes)
        };
        let all: &[WaveFormat] = &[slow, STEREO];
        assert_eq!(of(&[([7; 16], all), (default, all), (raw, &[slow])]), Some((raw, slow)));
        assert_eq!(of(&[([7; 16], all), (default, all), (raw, &[])]), Some((default, STEREO)));
        assert_eq!(of(&[([6; 16], &[]), ([7; 16], all), ([8; 16], all)]), Some(([7; 16], STEREO)));
        assert_eq!(of(&[(raw, &[]), (default, &[])]), None);
    }

    #[test]
    fn the_longest_period_is_half_a_second_or_what_a_maximum_allows() {
        assert_eq!(
            [0, 96_000, 95_999, 4_000].map(|most| longest(STEREO, most)),
            [24_000, 24_000, 23_999, 1_000]
        );
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
