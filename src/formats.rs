//! The formats that every streaming pin lists, and their translation to the engine's.
//!
//! Each format and each list is created once per device, and shared by its pins and modes.

use acx::device::PrepareHardware;
use acx::format::{Coding, WaveFormat};
use acx::format_list::{DataFormats, FormatList};
use acx::once::Once;
use acx::pin::{Mode, Pin};
use acx::pool::Arc;
use acx::{Error, Result};
use vdma::format::{Format, SampleType};

use crate::error::engine_error;

/// Frames per second, the default first.
pub const RATES: [u32; 14] = [
    48_000, 44_100, 96_000, 192_000, 88_200, 176_400, 352_800, 384_000, 32_000, 24_000, 22_050,
    16_000, 11_025, 8_000,
];

/// Channels with their speaker positions, the default first. The first of each count is the usual
/// one, which settings refer to. More than 8 channels have no positions: they are mapped to the
/// outputs in order (KSAUDIO_SPEAKER_DIRECTOUT).
///
/// The others are also used by programs: no positions; the lowest bits, one for each channel; 5.1
/// with the surrounds at the sides; the four of KSAUDIO_SPEAKER_SURROUND; and for 10 and 12
/// channels those of KSAUDIO_SPEAKER_5POINT1POINT4 and 7POINT1POINT4.
const SPEAKERS: [(u16, u32); 27] = [
    (2, 0x003),
    (1, 0x004),
    (3, 0x00B),
    (4, 0x033),
    (5, 0x037),
    (6, 0x03F),
    (7, 0x13F),
    (8, 0x63F),
    (9, 0),
    (10, 0),
    (11, 0),
    (12, 0),
    (13, 0),
    (14, 0),
    (15, 0),
    (16, 0),
    (1, 0),
    (1, 0x001),
    (2, 0),
    (4, 0),
    (4, 0x107),
    (6, 0),
    (6, 0x60F),
    (8, 0),
    (8, 0x0FF),
    (10, 0x2_D60F),
    (12, 0x2_D63F),
];

/// The number of usual ones among them.
const USUAL: usize = 16;

/// The default of the setting `MaxChannels`.
const USUAL_CHANNELS: u32 = 8;

/// The maximum number of channels.
const MOST_CHANNELS: u32 = 16;

/// The capacity of a ring per channel, in samples per second.
const SAMPLES_PER_CHANNEL: u32 = 192_000;

/// The size of a ring per channel in bytes: 42 ms of 32-bit samples. A microphone lags its speaker
/// by 10 ms, two steps of 5 ms, and the delay of resampling on both sides, at most 8 ms each.
const RING_PER_CHANNEL: usize = 32 * 1024;

/// The number of channels for which a cable's ring is sized at 192 kHz: a ring holds a power of two
/// frames.
fn ring_channels(most: u32) -> u32 {
    if most > USUAL_CHANNELS { MOST_CHANNELS } else { USUAL_CHANNELS }
}

/// The size in bytes of the ring of a cable whose formats have at most `most` channels.
pub fn ring_bytes(most: u32) -> usize {
    usize::try_from(ring_channels(most)).unwrap_or(0).saturating_mul(RING_PER_CHANNEL)
}

/// The maximum number of channels at a rate, for a device with at most `most`.
pub fn channels_at(rate: u32, most: u32) -> u32 {
    let room = ring_channels(most).saturating_mul(SAMPLES_PER_CHANNEL);
    most.min(room.checked_div(rate).unwrap_or(0))
}

/// Coding, bits, valid bits; the default first.
const CODINGS: [(Coding, u16, u16); 5] = [
    (Coding::Pcm, 16, 16),
    (Coding::Pcm, 32, 24),
    (Coding::Pcm, 32, 32),
    (Coding::Float, 32, 32),
    PACKED,
];

/// 24 bits in three bytes.
const PACKED: (Coding, u16, u16) = (Coding::Pcm, 24, 24);

/// The default format, unless the registry has another.
pub const DEFAULT: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 2,
    mask: 0x003,
    rate: 48_000,
    bits: 16,
    valid_bits: 16,
};

/// The format of a rate, a number of channels, and the index of a sample type: 16, 24 in 32, 32
/// bit, float, packed 24 bit.
pub fn named(rate: u32, channels: u32, sample: u32) -> Option<WaveFormat> {
    let (channels, mask) = SPEAKERS.into_iter().find(|(own, _)| u32::from(*own) == channels)?;
    let (coding, bits, valid_bits) = *CODINGS.get(usize::try_from(sample).ok()?)?;
    RATES.contains(&rate).then_some(WaveFormat { coding, channels, mask, rate, bits, valid_bits })
}

/// The sample type of a format, in the numbering of [`named`].
pub fn sample_number(format: &WaveFormat) -> u32 {
    let kind = (format.coding, format.bits, format.valid_bits);
    let at = CODINGS.iter().position(|own| *own == kind);
    at.and_then(|at| u32::try_from(at).ok()).unwrap_or(0)
}

/// The format at `index` of the table, in which rates change fastest and channels slowest, and
/// whether its speaker positions are the usual ones.
fn at(index: usize) -> Option<(WaveFormat, bool)> {
    const RATE_COUNT: usize = RATES.len();
    const CODING_COUNT: usize = CODINGS.len();
    let (index, rate) = (index / RATE_COUNT, index % RATE_COUNT);
    let (index, coding) = (index / CODING_COUNT, index % CODING_COUNT);
    let (channels, mask) = *SPEAKERS.get(index)?;
    let (coding, bits, valid_bits) = *CODINGS.get(coding)?;
    let is_usual = index < USUAL;
    let rate = *RATES.get(rate)?;
    Some((WaveFormat { coding, channels, mask, rate, bits, valid_bits }, is_usual))
}

/// Every format, in order, and whether its speaker positions are the usual ones.
fn all() -> impl Iterator<Item = (WaveFormat, bool)> {
    (0..).map_while(at)
}

/// Whether pins of a device with at most `most` channels list a format of the table. Each format
/// takes two calls at the start of each device, so only those in use are listed:
///
/// | channels | at |
/// |---|---|
/// | 1 and 2 | every rate; packed 24 bit from 44.1 kHz on |
/// | 4, 6 and 8 | 44.1 to 192 kHz, and as far up as the ring has room if there may be more than 8 channels; 4 without packed 24 bit |
/// | 10, 12, 14 and 16 | 44.1, 48 and 96 kHz; 16 to 192 kHz |
/// | the other counts, and other speaker positions | 44.1 and 48 kHz; no 32 bit, and odd counts without packed 24 bit |
fn is_listed(format: &WaveFormat, is_usual: bool, most: u32) -> bool {
    let WaveFormat { channels, rate, .. } = *format;
    if u32::from(channels) > channels_at(rate, most) {
        return false;
    }
    let is_packed = is_packed(format);
    let is_common = matches!(rate, 44_100 | 48_000);
    match channels {
        _ if !is_usual => is_common && (format.coding, format.valid_bits) != (Coding::Pcm, 32),
        1 | 2 => rate >= 44_100 || !is_packed,
        4 | 6 | 8 => {
            rate >= 44_100
                && (rate <= 192_000 || most > USUAL_CHANNELS)
                && !(is_packed && channels == 4)
        }
        10 | 12 | 14 => is_common || rate == 96_000,
        16 => rate >= 44_100,
        _ => is_common && !is_packed && (format.coding, format.valid_bits) != (Coding::Pcm, 32),
    }
}

fn is_packed(format: &WaveFormat) -> bool {
    (format.coding, format.bits, format.valid_bits) == PACKED
}

/// The formats that the pins of a device with at most `most` channels list. `default` is first,
/// even if it is not in the table.
pub fn listed(default: WaveFormat, most: u32) -> impl Iterator<Item = WaveFormat> {
    let others = all()
        .filter(move |(format, is_usual)| is_listed(format, *is_usual, most) && *format != default);
    core::iter::once(default).chain(others.map(|(format, _)| format))
}

/// The formats of a device and its lists of them.
pub struct Lists {
    formats: DataFormats,
    /// Every format, for every mode of a pin.
    all: FormatList,
    /// The formats of offload streams. None without an audio engine.
    offloaded: Option<FormatList>,
}

/// The lists of a device, created at its first start. A rebalance reuses them.
#[derive(Default)]
pub struct DeviceLists(Once<Arc<Lists>>);

impl DeviceLists {
    /// The lists of a device with at most `most` channels, with `default` first.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[inline(never)]
    pub fn of(
        &self,
        hardware: &mut PrepareHardware<'_>,
        default: WaveFormat,
        most: u32,
        has_engine: bool,
    ) -> Result<Arc<Lists>> {
        if let Some(lists) = self.0.get() {
            return Ok(lists.clone());
        }
        let formats = hardware.data_formats(listed(default, most))?;
        let passive = hardware.passive();
        let all = formats.list(&|_| true, passive)?;
        let mut offloaded = None;
        if has_engine {
            offloaded = Some(formats.list(&is_offloaded, passive)?);
        }
        let lists = Arc::new(Lists { formats, all, offloaded })?;
        self.0.set(lists.clone())?;
        Ok(lists)
    }
}

impl Lists {
    /// The formats themselves.
    pub const fn formats(&self) -> &DataFormats {
        &self.formats
    }

    /// Lists every format for `modes` of `pin`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn list_all(&self, pin: &mut Pin<'_>, modes: &[Mode]) -> Result<()> {
        self.share(pin, modes, Some(&self.all), &|_| true)
    }

    /// Lists the formats of offload streams for every mode of `pin`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn list_offloaded(&self, pin: &mut Pin<'_>) -> Result<()> {
        self.share(pin, &Mode::ALL, self.offloaded.as_ref(), &is_offloaded)
    }

    /// If ACX does not share a list, the mode gets its own list with the same formats.
    #[inline(never)]
    fn share(
        &self,
        pin: &mut Pin<'_>,
        modes: &[Mode],
        list: Option<&FormatList>,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<()> {
        let lists = pin.lists();
        for mode in modes {
            let shared = list.ok_or(Error::NotSupported);
            match shared.and_then(|list| lists.assign(*mode, list, pin.passive())) {
                Ok(()) => {}
                Err(Error::OutOfMemory) => return Err(Error::OutOfMemory),
                Err(_) => pin.list(*mode, &self.formats, is_listed)?,
            }
        }
        Ok(())
    }
}

/// The audio engine's mix format: `default`, if offload streams can have it.
pub fn mix(default: WaveFormat) -> WaveFormat {
    if is_offloaded(&default) { default } else { DEFAULT }
}

/// Whether offload streams can have a format: stereo at 44.1 to 192 kHz, with samples that a
/// processor loads in one instruction.
pub fn is_offloaded(format: &WaveFormat) -> bool {
    let number = sample_number(format);
    let is_usual = named(format.rate, DEFAULT.channels.into(), number) == Some(*format);
    is_usual && (44_100..=192_000).contains(&format.rate) && !is_packed(format)
}

/// The engine's name for a format.
///
/// # Errors
///
/// [`Error::NoMatch`] for one that is not in the table.
pub fn engine_format(format: WaveFormat) -> Result<Format> {
    let sample = match (format.coding, format.bits, format.valid_bits) {
        (Coding::Pcm, 16, 16) => SampleType::Int16,
        (Coding::Pcm, 32, 24) => SampleType::Int24In32,
        (Coding::Pcm, 32, 32) => SampleType::Int32,
        PACKED => SampleType::Int24,
        (Coding::Float, 32, 32) => SampleType::Float32,
        _ => return Err(Error::NoMatch),
    };
    let channels = u8::try_from(format.channels).map_err(|_| Error::NoMatch)?;
    Format::new(sample, channels, format.mask, format.rate).map_err(engine_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engine_knows_every_format_of_the_table() {
        assert_eq!(all().count(), 27 * 5 * 14);
        assert_eq!(SPEAKERS.map(|(channels, _)| channels)[..USUAL].iter().max(), Some(&16));
        for (format, is_usual) in all() {
            let known = engine_format(format).unwrap();
            let positions = known.mask().count_ones();
            assert!(positions == 0 || positions == u32::from(format.channels), "{format:?}");
            let own = named(format.rate, format.channels.into(), sample_number(&format));
            assert_eq!(own == Some(format), is_usual, "{format:?}");
        }
    }

    #[test]
    fn the_default_comes_first_and_once_whatever_it_is() {
        for (default, is_usual) in all().step_by(7) {
            for most in [8, 16] {
                let formats = || listed(default, most);
                assert_eq!(formats().next(), Some(default));
                assert_eq!(formats().filter(|format| *format == default).count(), 1);
                // The engine's own format is the first that offload streams can have.
                assert_eq!(formats().find(is_offloaded), Some(mix(default)));
                assert_eq!(formats().filter(is_offloaded).count(), 4 * 6);
                let more = usize::from(!is_listed(&default, is_usual, most));
                let count = if most == 8 { 302 } else { 445 };
                assert_eq!(formats().count(), count + more);
            }
        }
    }

    /// A ring's length in time is the same for every format: a power of two frames, at least 42 ms.
    #[test]
    fn a_ring_has_room_for_every_format_that_is_listed() {
        for most in 2..=16 {
            for format in listed(DEFAULT, most) {
                assert!(u32::from(format.channels) <= most);
                let frames = ring_bytes(most) / usize::try_from(format.block().0).unwrap();
                let frames = 1_u64 << frames.ilog2();
                assert!(frames * 1_000 / u64::from(format.rate) >= 42, "{format:?} of {most}");
            }
        }
        assert_eq!([ring_bytes(2), ring_bytes(8), ring_bytes(9)], [1 << 18, 1 << 18, 1 << 19]);
        assert_eq!([channels_at(384_000, 8), channels_at(384_000, 16)], [4, 8]);
        assert_eq!([channels_at(192_000, 8), channels_at(192_000, 12)], [8, 12]);
    }

    #[test]
    fn what_programs_send_is_listed() {
        for (channels, mask) in
            [(1, 0), (1, 1), (1, 4), (2, 0), (2, 3), (4, 0x107), (6, 0x60F), (8, 0xFF), (8, 0)]
        {
            for rate in [44_100, 48_000] {
                for (bits, coding) in [(16, Coding::Pcm), (24, Coding::Pcm), (32, Coding::Float)] {
                    if bits == 24 && (channels, mask) == (4, 0x33) {
                        continue;
                    }
                    let format =
                        WaveFormat { coding, channels, mask, rate, bits, valid_bits: bits };
                    assert!(listed(DEFAULT, 8).any(|own| own == format), "{format:?}");
                }
            }
        }
    }

    #[test]
    fn a_format_outside_the_table_is_no_match() {
        let stereo = DEFAULT;
        for wrong in [
            WaveFormat { bits: 24, valid_bits: 20, ..stereo },
            WaveFormat { channels: 17, ..stereo },
            WaveFormat { rate: 384_001, ..stereo },
        ] {
            assert_eq!(engine_format(wrong), Err(Error::NoMatch), "{wrong:?}");
        }
    }
}
