//! The driver's settings, for this program. Their table is [`acxvad_abi::settings`].

use acxvad_abi::settings::{
    DEFAULT_CHANNELS, ENDS, Kind, MAX_CABLES, MAX_CHANNELS, Number, OF_ENDS, SETTINGS, is_good_name,
};

use crate::system::{Failed, System, Value};

/// Every setting by its name.
pub fn all() -> Vec<(String, Kind)> {
    let numbers = SETTINGS.iter().map(|setting| setting.number);
    let numbers = numbers.map(|own| (own.name().to_owned(), Kind::Number(own.allowed)));
    let ends = OF_ENDS.into_iter().flat_map(|(suffix, kind)| {
        ENDS.into_iter().flat_map(move |end| {
            (0..MAX_CABLES).map(move |cable| (format!("{end}{cable}{suffix}"), kind))
        })
    });
    numbers.chain(ends).collect()
}

/// The reason why a setting was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It has no `=`.
    #[error("{0}: give NAME=VALUE, such as Cables=2")]
    Form(String),
    /// There is no such setting.
    #[error("{0}: there is no such setting; `acxvadctl settings` lists them")]
    Name(String),
    /// The value is not allowed.
    #[error("{name}={value}: give {allowed}")]
    Value {
        /// The setting.
        name: String,
        /// The value given.
        value: String,
        /// The allowed values.
        allowed: Kind,
    },
}

/// Parses NAME=VALUE to a registry value, with the name in its canonical spelling.
///
/// # Errors
///
/// [`Error`].
pub fn parse(text: &str) -> Result<(String, Value), Error> {
    let (name, value) = text.split_once('=').ok_or_else(|| Error::Form(text.to_owned()))?;
    let known = all().into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    let (name, allowed) = known.ok_or_else(|| Error::Name(name.to_owned()))?;
    let taken = match allowed {
        Kind::Number(allowed) => {
            let number = if allowed.is_signed() {
                value.parse::<i32>().ok().map(i32::cast_unsigned)
            } else {
                value.parse::<u32>().ok()
            };
            number.filter(|number| allowed.contains(*number)).map(Value::Number)
        }
        Kind::Name => {
            let units: Vec<u16> = value.encode_utf16().collect();
            is_good_name(&units).then(|| Value::Text(value.to_owned()))
        }
    };
    match taken {
        Some(taken) => Ok((name, taken)),
        None => Err(Error::Value { name, value: value.to_owned(), allowed }),
    }
}

/// The settings in a device's key, without absent ones.
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

/// The values of `read` that the driver ignores, as text.
pub fn ignored(found: &[(String, Value)]) -> Vec<String> {
    let known = all();
    let kind = |name: &str| known.iter().find(|(own, _)| own == name).map(|(_, kind)| *kind);
    let is_taken = |kind: Kind, value: &Value| match (kind, value) {
        (Kind::Number(allowed), Value::Number(number)) => allowed.contains(*number),
        (Kind::Name, Value::Text(text)) => is_good_name(&text.encode_utf16().collect::<Vec<u16>>()),
        (Kind::Number(_), Value::Text(_)) | (Kind::Name, Value::Number(_)) => false,
    };
    let bad = found.iter().filter_map(|(name, value)| {
        let kind = kind(name).filter(|kind| !is_taken(*kind, value))?;
        Some(format!("the driver ignores {name}={}: give {kind}", shown(name, value)))
    });
    let number = |of: &Number| {
        let own = found.iter().find(|(name, _)| name == of.name());
        let value = own.and_then(|(_, value)| match value {
            Value::Number(number) => Some(*number),
            Value::Text(_) => None,
        });
        value.filter(|value| of.allowed.contains(*value)).unwrap_or(of.default)
    };
    // Values that are allowed alone but not in combination.
    let (channels, most) = (number(&DEFAULT_CHANNELS), number(&MAX_CHANNELS));
    let above = (channels > most).then(|| {
        format!("the driver ignores DefaultChannels={channels}: MaxChannels allows {most}")
    });
    bad.chain(above).collect()
}

/// A value as text.
pub fn shown(name: &str, value: &Value) -> String {
    let signed =
        SETTINGS.iter().any(|own| own.number.name() == name && own.number.allowed.is_signed());
    match value {
        Value::Number(number) if signed => number.cast_signed().to_string(),
        value => value.to_string(),
    }
}
