//! The driver's own property set and its other GUIDs. `docs/settings.md` describes the properties.

/// A GUID, in Windows' fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guid {
    /// The first 8 hexadecimal digits.
    pub data1: u32,
    /// The next 4 digits.
    pub data2: u16,
    /// The next 4 digits.
    pub data3: u16,
    /// The remaining 16 digits, byte by byte.
    pub data4: [u8; 8],
}

/// {B6C5E1Bx-7B1D-4D2C-9C53-0C6B2B2A5E10}.
const fn guid(x: u32) -> Guid {
    Guid {
        data1: 0xB6C5_E1B0 | x,
        data2: 0x7B1D,
        data3: 0x4D2C,
        data4: [0x9C, 0x53, 0x0C, 0x6B, 0x2B, 0x2A, 0x5E, 0x10],
    }
}

/// {B6C5E1B0-7B1D-4D2C-9C53-0C6B2B2A5E10}, the property set.
pub const PROPERTY_SET: Guid = guid(0);

/// {B6C5E1B1-7B1D-4D2C-9C53-0C6B2B2A5E10}, the class of the audio module. Its one command, which
/// has no arguments, returns the value of [`STREAMS`].
pub const MODULE_CLASS: Guid = guid(1);

/// {B6C5E1B2-7B1D-4D2C-9C53-0C6B2B2A5E10}, the kind of keyword pattern. After its
/// SOUNDDETECTOR_PATTERNHEADER it has a level in 1/65536 dB (LONG, at most 0) and a time in
/// milliseconds (ULONG, 1 to [`LONGEST_PATTERN_MS`]): the pattern is sound that stays above the
/// level for the time.
pub const KEYWORD_PATTERN: Guid = guid(2);

/// {B6C5E1B3-7B1D-4D2C-9C53-0C6B2B2A5E10}, the interface category of [hidden
/// ends](crate::settings::HIDDEN), which have no other category. Programs find them by it.
pub const HIDDEN_END: Guid = guid(3);

/// The size of a keyword pattern with its header in bytes.
pub const KEYWORD_PATTERN_BYTES: usize = 28;

/// The longest keyword pattern, in milliseconds.
pub const LONGEST_PATTERN_MS: u32 = 5_000;

/// The open streams of a circuit with their counters: GET on the filter, with only the KSPROPERTY
/// as input. [`telemetry`](crate::telemetry) defines the layout of the value.
pub const STREAMS: u32 = 1;

/// Whether the jack is connected: GET and SET of a ULONG on the filter, 0 or 1.
pub const JACK_CONNECTED: u32 = 2;

/// The default format: GET and SET on the filter. Three ULONGs with the values of the settings
/// [`DEFAULT_RATE`](crate::settings::DEFAULT_RATE),
/// [`DEFAULT_CHANNELS`](crate::settings::DEFAULT_CHANNELS) and
/// [`DEFAULT_SAMPLE`](crate::settings::DEFAULT_SAMPLE).
pub const DEFAULT_FORMAT: u32 = 3;

/// The format in which a stream leaves the last circuit that changes it: GET on a stream. Three
/// ULONGs, as in [`DEFAULT_FORMAT`].
pub const OUTPUT_FORMAT: u32 = 4;

/// The number of cables: GET and SET of a ULONG on any filter of the device. At least the setting
/// [`CABLES`](crate::settings::CABLES), at most [`MAX_CABLES`](crate::settings::MAX_CABLES). The
/// next start of the device uses the setting again.
pub const CABLES: u32 = 5;

/// The trim of a cable's clock relative to the performance counter, in parts per billion: GET and
/// SET of a signed 32-bit number on the filter of either end, at most [`LARGEST_TRIM`] in either
/// direction. Positive is faster. No position jumps. The next start of the device uses the setting
/// [`CLOCK_TRIM`](crate::settings::CLOCK_TRIM) again, which is in parts per million.
pub const CLOCK_TRIM: u32 = 6;

/// The largest [`CLOCK_TRIM`]: a thousand parts per million.
pub const LARGEST_TRIM: i32 = 1_000_000;

/// The size of [`CLOCK_TRIM`] in bytes.
pub const TRIM_BYTES: usize = 4;

/// The size of a format in bytes: [`DEFAULT_FORMAT`] and [`OUTPUT_FORMAT`].
pub const FORMAT_BYTES: usize = 12;
