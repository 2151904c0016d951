//! The driver's settings: names, what is allowed. `docs/settings.md` is the list for people, and a test holds the two together.

use std::fmt;

use crate::system::{Failed, System, Value};

/// Pairs of a speaker and a microphone.
const MAX_CABLES: u32 = 16;

/// UTF-16 units of a name.
const MAX_NAME: usize = 63;

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// A number between two.
    Range(u32, u32),
    /// A number between two, below zero as well.
    Signed(i32, i32),
    /// One of these numbers.
    OneOf(&'static [u32]),
    /// Text of so many UTF-16 units at most, without control characters.
    Text(usize),
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Range(least, most) => write!(f, "a number from {least} to {most}"),
            Self::Signed(least, most) => write!(f, "a number from {least} to {most}"),
            Self::OneOf(numbers) => {
                let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
                write!(f, "one of {}", numbers.join(", "))
            }
            Self::Text(most) => {
                write!(f, "1 to {most} UTF-16 units without control characters")
            }
        }
    }
}

const NUMBERS: [(&str, Allowed); 14] = [
    ("Cables", Allowed::Range(1, MAX_CABLES)),
    ("CaptureSource", Allowed::Range(0, 2)),
    (
        "DefaultRate",
        Allowed::OneOf(&[
            8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400,
            192_000,
        ]),
    ),
    ("DefaultChannels", Allowed::Range(1, 8)),
    ("DefaultSample", Allowed::Range(0, 3)),
    ("StepMicroseconds", Allowed::Range(1_000, 5_000)),
    ("ClockTrim", Allowed::Signed(-1_000, 1_000)),
    ("Volume", Allowed::Range(0, 1)),
    ("Mute", Allowed::Range(0, 1)),
    ("PeakMeter", Allowed::Range(0, 1)),
    ("AudioEngine", Allowed::Range(0, 1)),
    ("KeywordSpotter", Allowed::Range(0, 1)),
    ("Composite", Allowed::Range(0, 1)),
    ("AudioModule", Allowed::Range(0, 1)),
];

/// Every setting by its name.
pub fn all() -> Vec<(String, Allowed)> {
    let numbers = NUMBERS.into_iter().map(|(name, allowed)| (name.to_owned(), allowed));
    let names = ["Speaker", "Microphone"].into_iter().flat_map(|end| {
        (0..MAX_CABLES).map(move |cable| (format!("{end}{cable}Name"), Allowed::Text(MAX_NAME)))
    });
    numbers.chain(names).collect()
}

/// Why a setting was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no `=`.
    #[error("{0}: give NAME=VALUE, such as Cables=2")]
    Form(String),
    /// There is no such setting.
    #[error("{0}: there is no such setting; `acxvadctl settings` lists them")]
    Name(String),
    /// It may not be that.
    #[error("{name}={value}: give {allowed}")]
    Value {
        /// The setting.
        name: String,
        /// What was given.
        value: String,
        /// What may be given.
        allowed: Allowed,
    },
}

/// NAME=VALUE, as it goes into the registry; the name in its own spelling.
///
/// # Errors
///
/// [`Error`].
pub fn parse(text: &str) -> Result<(String, Value), Error> {
    let (name, value) = text.split_once('=').ok_or_else(|| Error::Form(text.to_owned()))?;
    let known = all().into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, allowed) = known.ok_or_else(|| Error::Name(name.to_owned()))?;
    let number = value.parse::<u32>().ok();
    let taken = match allowed {
        Allowed::Range(least, most) => {
            number.filter(|number| (least..=most).contains(number)).map(Value::Number)
        }
        Allowed::OneOf(numbers) => {
            number.filter(|number| numbers.contains(number)).map(Value::Number)
        }
        Allowed::Signed(least, most) => {
            let number = value.parse::<i32>().ok().filter(|number| (least..=most).contains(number));
            number.map(|number| Value::Number(number.cast_unsigned()))
        }
        Allowed::Text(most) => {
            let units = value.encode_utf16().count();
            let good = (1..=most).contains(&units) && !value.chars().any(char::is_control);
            good.then(|| Value::Text(value.to_owned()))
        }
    };
    match taken {
        Some(taken) => Ok((name, taken)),
        None => Err(Error::Value { name, value: value.to_owned(), allowed }),
    }
}

/// What a device's key has, setting by setting, those that are absent left out.
///
/// # Errors
///
/// [`Failed`] of the first that could not be read.
pub fn read(system: &dyn System, device: &str) -> Result<Vec<(String, Value)>, Failed> {
    let mut found = Vec::new();
    for (name, _) in all() {
        if let Some(value) = system.setting(device, &name)? {
            found.push((name, value));
        }
    }
    Ok(found)
}

/// A value as a person reads it.
pub fn shown(name: &str, value: &Value) -> String {
    let signed = all()
        .into_iter()
        .any(|(known, allowed)| known == name && matches!(allowed, Allowed::Signed(..)));
    match value {
        Value::Number(number) if signed => number.cast_signed().to_string(),
        value => value.to_string(),
    }
}
