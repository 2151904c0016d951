//! The driver's own identifiers: its property set with the ids in it, the class of its audio
//! module, the kind of its keyword patterns. `docs/settings.md` describes the properties.

use acx::guid::GUID;
use acx::request::Property;

/// {B6C5E1B0-7B1D-4D2C-9C53-0C6B2B2A5E10}, the driver's own property set.
pub const PROPERTY_SET: GUID = GUID {
    Data1: 0xB6C5_E1B0,
    Data2: 0x7B1D,
    Data3: 0x4D2C,
    Data4: [0x9C, 0x53, 0x0C, 0x6B, 0x2B, 0x2A, 0x5E, 0x10],
};

/// The class of the audio module. Its one command, which has no arguments, returns the value of
/// [`STREAMS`].
pub const MODULE_CLASS: GUID = GUID { Data1: 0xB6C5_E1B1, ..PROPERTY_SET };

/// {B6C5E1B2-7B1D-4D2C-9C53-0C6B2B2A5E10}, the kind of keyword pattern. After its header it has a
/// level in 1/65536 dB (LONG, at most 0) and a time in milliseconds (ULONG, 1 to 5000): the pattern
/// is sound that stays above the level for the time.
pub const KEYWORD_PATTERN: GUID = GUID { Data1: 0xB6C5_E1B2, ..PROPERTY_SET };

/// The streams of a circuit with their counters: GET on the filter, with no more than the
/// KSPROPERTY. `docs/telemetry.md` has the layout of the value.
pub const STREAMS: u32 = 1;

/// Whether the jack is connected: GET and SET of a ULONG on the filter, 0 or 1.
pub const JACK_CONNECTED: u32 = 2;

/// The default format: GET and SET on the filter. Three ULONGs: frames a second, channels, and the
/// sample type as the setting `DefaultSample` has it.
pub const DEFAULT_FORMAT: u32 = 3;

/// The format in which a stream leaves the last circuit that changes it: GET on a stream. Three
/// ULONGs, as [`DEFAULT_FORMAT`] has them.
pub const OUTPUT_FORMAT: u32 = 4;

/// How many cables there are: GET and SET of a ULONG on any filter of the device. At least the
/// number in the settings, at most 16. The next start of the device uses the number in the settings
/// again.
pub const CABLES: u32 = 5;

/// The properties of a circuit.
pub const CIRCUIT: &[Property] = &[
    Property::read_only(&PROPERTY_SET, STREAMS),
    Property::read_write(&PROPERTY_SET, JACK_CONNECTED),
    Property::read_write(&PROPERTY_SET, DEFAULT_FORMAT),
    Property::read_write(&PROPERTY_SET, CABLES),
];

/// The properties of a stream.
pub const STREAM: &[Property] = &[Property::read_only(&PROPERTY_SET, OUTPUT_FORMAT)];
