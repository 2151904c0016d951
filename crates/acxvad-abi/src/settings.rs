//! The settings: values of the device's registry key, which the driver reads when the device
//! starts.
//!
//! A value that is absent, not allowed, or of another type is ignored; the default applies.
//! `docs/settings.md` documents the table.

use core::ffi::CStr;
use core::fmt;

/// The maximum number of cables of a device.
pub const MAX_CABLES: u32 = 16;

/// The maximum length of an endpoint's name, in UTF-16 units.
pub const MAX_NAME: usize = 63;

/// The maximum length of a numeric setting's name, in characters.
pub const MAX_NUMBER_NAME: usize = 23;

/// A numeric setting, a REG_DWORD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The name, ASCII. It ends with a zero for the driver's trace events.
    pub label: &'static CStr,
    /// The allowed values.
    pub allowed: Allowed,
    /// The value if it is absent or not allowed.
    pub default: u32,
}

/// The allowed values of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// From the first to the second.
    Range(u32, u32),
    /// A signed range. The registry stores it as two's complement, and regedit shows it so.
    Signed(i32, i32),
    /// One of these, in ascending order.
    OneOf(&'static [u32]),
}

/// Off or on.
pub const SWITCH: Allowed = Allowed::Range(0, 1);

impl Number {
    /// The name.
    pub const fn name(&self) -> &'static str {
        match self.label.to_str() {
            Ok(name) => name,
            Err(_) => "",
        }
    }

    const fn new(label: &'static CStr, allowed: Allowed, default: u32) -> Self {
        assert!(label.count_bytes() <= MAX_NUMBER_NAME, "the driver has room for that");
        Self { label, allowed, default }
    }
}

impl Allowed {
    /// Whether `value` is allowed.
    pub fn contains(&self, value: u32) -> bool {
        match *self {
            Self::Range(least, most) => (least..=most).contains(&value),
            Self::Signed(least, most) => (least..=most).contains(&value.cast_signed()),
            Self::OneOf(numbers) => numbers.contains(&value),
        }
    }

    /// The minimum and the maximum, as registry values.
    pub fn bounds(&self) -> (u32, u32) {
        match *self {
            Self::Range(least, most) => (least, most),
            Self::Signed(least, most) => (least.cast_unsigned(), most.cast_unsigned()),
            Self::OneOf(numbers) => {
                (numbers.first().copied().unwrap_or(0), numbers.last().copied().unwrap_or(0))
            }
        }
    }

    /// Whether the number has a sign.
    pub const fn is_signed(&self) -> bool {
        matches!(self, Self::Signed(..))
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Signed(least, most) => write!(f, "a number from {least} to {most}"),
            Self::OneOf(numbers) => {
                let mut separator = "one of ";
                for number in *numbers {
                    write!(f, "{separator}{number}")?;
                    separator = ", ";
                }
                Ok(())
            }
        }
    }
}

/// `Cables`.
pub const CABLES: Number = Number::new(c"Cables", Allowed::Range(1, MAX_CABLES), 1);

/// `CaptureSource`.
pub const CAPTURE_SOURCE: Number = Number::new(c"CaptureSource", Allowed::Range(0, 2), 0);

/// `DefaultRate`.
pub const DEFAULT_RATE: Number = Number::new(
    c"DefaultRate",
    Allowed::OneOf(&[
        8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400,
        192_000, 352_800, 384_000,
    ]),
    48_000,
);

/// `DefaultChannels`.
pub const DEFAULT_CHANNELS: Number = Number::new(c"DefaultChannels", Allowed::Range(1, 16), 2);

/// `DefaultSample`.
pub const DEFAULT_SAMPLE: Number = Number::new(c"DefaultSample", Allowed::Range(0, 4), 0);

/// `MaxChannels`.
pub const MAX_CHANNELS: Number = Number::new(c"MaxChannels", Allowed::Range(2, 16), 8);

/// `StepMicroseconds`.
pub const STEP_MICROSECONDS: Number =
    Number::new(c"StepMicroseconds", Allowed::Range(1_000, 5_000), 5_000);

/// `ClockTrim`.
pub const CLOCK_TRIM: Number = Number::new(c"ClockTrim", Allowed::Signed(-1_000, 1_000), 0);

/// `Volume`.
pub const VOLUME: Number = Number::new(c"Volume", SWITCH, 1);

/// `Mute`.
pub const MUTE: Number = Number::new(c"Mute", SWITCH, 1);

/// `PeakMeter`.
pub const PEAK_METER: Number = Number::new(c"PeakMeter", SWITCH, 1);

/// `AudioEngine`.
pub const AUDIO_ENGINE: Number = Number::new(c"AudioEngine", SWITCH, 1);

/// `AudioModule`.
pub const AUDIO_MODULE: Number = Number::new(c"AudioModule", SWITCH, 1);

/// `Profile`: 0 plain, 1 showcase.
pub const PROFILE: Number = Number::new(c"Profile", SWITCH, 0);

/// `KeywordSpotter`. Its default is the profile.
pub const KEYWORD_SPOTTER: Number = Number::new(c"KeywordSpotter", SWITCH, 0);

/// `Composite`. Its default is the profile.
pub const COMPOSITE: Number = Number::new(c"Composite", SWITCH, 0);

/// `PacketMegabytes`.
pub const PACKET_MEGABYTES: Number = Number::new(c"PacketMegabytes", Allowed::Range(1, 1_024), 64);

/// `HiddenEndsFor`: 0 interactive users, 1 administrators, 2 everyone.
pub const HIDDEN_ENDS_FOR: Number = Number::new(c"HiddenEndsFor", Allowed::Range(0, 2), 0);

/// `TraceCallbacks`.
pub const TRACE_CALLBACKS: Number = Number::new(c"TraceCallbacks", SWITCH, 0);

/// A numeric setting with its description. The driver uses only the numbers, so its image does not
/// contain the texts.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name, what is allowed, and the default.
    pub number: Number,
    /// Whether the default is [`PROFILE`]'s value: [`Number::default`] is then that of the plain
    /// profile.
    pub by_profile: bool,
    /// The meaning of each number from 0 on, for choices.
    pub choices: &'static [&'static str],
    /// Its description.
    pub text: &'static str,
}

/// Every numeric setting, in the order of the documentation.
pub const SETTINGS: [Setting; 19] = [
    Setting {
        number: CABLES,
        by_profile: false,
        choices: &[],
        text: "pairs of a speaker and a microphone: `Speaker0` and `Microphone0`, `Speaker1` and ...",
    },
    Setting {
        number: PROFILE,
        by_profile: false,
        choices: &["plain", "showcase"],
        text: "the default of `KeywordSpotter` and `Composite`: a plain device has its cables and nothing else",
    },
    Setting {
        number: CAPTURE_SOURCE,
        by_profile: false,
        choices: &["cable", "tone", "silence"],
        text: "what microphones record",
    },
    Setting {
        number: DEFAULT_RATE,
        by_profile: false,
        choices: &[],
        text: "frames a second of the default format: the format that comes first in each list that has it",
    },
    Setting {
        number: DEFAULT_CHANNELS,
        by_profile: false,
        choices: &[],
        text: "channels of the default format: no more than `MaxChannels`, and above 192 kHz half as many",
    },
    Setting {
        number: DEFAULT_SAMPLE,
        by_profile: false,
        choices: &["16 bit", "24 in 32 bit", "32 bit", "float", "packed 24 bit"],
        text: "sample type of the default format",
    },
    Setting {
        number: MAX_CHANNELS,
        by_profile: false,
        choices: &[],
        text: "the most channels of a format, and those of the volume, the mute and the meter",
    },
    Setting {
        number: STEP_MICROSECONDS,
        by_profile: false,
        choices: &[],
        text: "how much audio is moved at a time: what a stream reports as its FIFO",
    },
    Setting {
        number: CLOCK_TRIM,
        by_profile: false,
        choices: &[],
        text: "parts per million that the clock of each cable is off by at the start, to simulate a device that drifts; 1000 is faster. [Property 6](#while-it-runs) changes it while the device runs",
    },
    Setting {
        number: VOLUME,
        by_profile: false,
        choices: &[],
        text: "whether circuits have a volume; a speaker with an audio engine has it as part of the engine",
    },
    Setting {
        number: MUTE,
        by_profile: false,
        choices: &[],
        text: "whether circuits have a mute; as `Volume` with an engine",
    },
    Setting {
        number: PEAK_METER,
        by_profile: false,
        choices: &[],
        text: "whether circuits have a peak meter; as `Volume` with an engine",
    },
    Setting {
        number: AUDIO_ENGINE,
        by_profile: false,
        choices: &[],
        text: "whether speakers have an audio engine, with an offload and a loopback pin",
    },
    Setting {
        number: AUDIO_MODULE,
        by_profile: false,
        choices: &[],
        text: "whether circuits have the audio module that reports the [counters](telemetry.md) of their \
     streams",
    },
    Setting {
        number: KEYWORD_SPOTTER,
        by_profile: true,
        choices: &[],
        text: "whether microphones have a keyword spotter, with a pin of its own",
    },
    Setting {
        number: COMPOSITE,
        by_profile: true,
        choices: &[],
        text: "whether there are the two [composite endpoints](#the-composite-endpoints), at the ends of a \
     cable of their own that comes after the others",
    },
    Setting {
        number: PACKET_MEGABYTES,
        by_profile: false,
        choices: &[],
        text: "memory that the packets of all streams may take together, in units of 1,048,576 bytes: a stream \
     for which there is none left gets STATUS_INSUFFICIENT_RESOURCES",
    },
    Setting {
        number: HIDDEN_ENDS_FOR,
        by_profile: false,
        choices: &["interactive", "administrators", "everyone"],
        text: "who may stream at [hidden ends](programs.md#who-may-open-it) beside administrators and the \
     system: with 0, users who are logged on at this machine",
    },
    Setting {
        number: TRACE_CALLBACKS,
        by_profile: false,
        choices: &[],
        text: "whether each callback writes an event `Callback`: see [telemetry](telemetry.md)",
    },
];

/// The circuits that the registry may name: the setting of cable `n` is the circuit's name, `n`,
/// and [`NAME`], such as `Speaker0Name`. A REG_SZ; [`is_good_name`] checks it.
pub const ENDS: [&str; 2] = ["Speaker", "Microphone"];

/// The end of such a setting's name.
pub const NAME: &str = "Name";

/// A switch of each end of each cable: the setting of cable `n` is the circuit's name, `n`, and the
/// suffix, such as `Speaker0Hidden`. A REG_DWORD, 0 or 1; the default is 0.
#[derive(Clone, Copy, Debug)]
pub struct EndSwitch {
    /// The end of the setting's name, ASCII.
    pub suffix: &'static str,
    /// Its description.
    pub text: &'static str,
}

/// `Speaker0Hidden`, `Microphone0Hidden` and so on.
pub const HIDDEN: EndSwitch = EndSwitch {
    suffix: "Hidden",
    text: "whether the end is [hidden](programs.md): Windows makes no endpoint of it, and programs \
     that know of it stream there",
};

/// `Speaker0JackFollows`, `Microphone0JackFollows` and so on.
pub const JACK_FOLLOWS: EndSwitch = EndSwitch {
    suffix: "JackFollows",
    text: "whether the end's jack [follows](programs.md#the-jack) the streams at the other end of \
     its cable, if that is hidden: plugged in while a program streams there",
};

/// Every switch of an end.
pub const END_SWITCHES: [EndSwitch; 2] = [HIDDEN, JACK_FOLLOWS];

impl EndSwitch {
    /// The setting's name for an end of cable `index`, written to `label`.
    pub fn name_in<'a>(
        &self,
        circuit: &str,
        index: u32,
        label: &'a mut [u8; MAX_NUMBER_NAME + 1],
    ) -> Option<&'a CStr> {
        let digit = |number: u32| u8::try_from(number).ok().and_then(|n| n.checked_add(b'0'));
        let tens = index.checked_div(10)?;
        let digits = [digit(tens).filter(|_| tens > 0), digit(index.checked_rem(10)?)];
        let name = circuit.bytes().chain(digits.into_iter().flatten()).chain(self.suffix.bytes());
        let (last, room) = label.split_last_mut()?;
        *last = 0;
        room.fill(0);
        for (place, byte) in room.iter_mut().zip(name) {
            *place = byte;
        }
        CStr::from_bytes_until_nul(label).ok()
    }
}

/// The kind of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number.
    Number(Allowed),
    /// The name of an endpoint.
    Name,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(allowed) => write!(f, "{allowed}"),
            Self::Name => {
                write!(f, "1 to {MAX_NAME} UTF-16 units without control characters")
            }
        }
    }
}

/// The settings of each end of each cable: the end of their names, and their kind.
pub const OF_ENDS: [(&str, Kind); 3] = [
    (NAME, Kind::Name),
    (HIDDEN.suffix, Kind::Number(SWITCH)),
    (JACK_FOLLOWS.suffix, Kind::Number(SWITCH)),
];

/// The kind of a setting by its name, ignoring case; None if the driver has no such setting.
pub fn kind_of(name: &str) -> Option<Kind> {
    let numbers = SETTINGS.iter().map(|setting| setting.number);
    let mut numbers = numbers.filter(|number| number.name().eq_ignore_ascii_case(name));
    if let Some(number) = numbers.next() {
        return Some(Kind::Number(number.allowed));
    }
    ENDS.into_iter().find_map(|end| {
        let (start, rest) = name.split_at_checked(end.len())?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, suffix) = rest.split_at_checked(digits)?;
        // Cable 1 is not written 01.
        let is_plain = number == "0" || !number.starts_with('0');
        let is_cable = number.parse::<u32>().is_ok_and(|number| number < MAX_CABLES);
        if !start.eq_ignore_ascii_case(end) || !is_plain || !is_cable {
            return None;
        }
        let mut kinds = OF_ENDS.into_iter().filter(|(own, _)| own.eq_ignore_ascii_case(suffix));
        kinds.next().map(|(_, kind)| kind)
    })
}

/// Whether an endpoint may have this name, in UTF-16: not empty, not too long, and without control
/// characters.
pub fn is_good_name(name: &[u16]) -> bool {
    (1..=MAX_NAME).contains(&name.len()) && name.iter().all(|unit| *unit >= 0x20 && *unit != 0x7F)
}
