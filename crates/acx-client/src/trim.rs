//! A cable's clock trim: its rate relative to the system's clock.

use std::fmt;
use std::str::FromStr;

use crate::endpoint::Endpoint;
use crate::request::{get_known, set};
use crate::telemetry::PROPERTY_SET;
use crate::{Direction, Failed, System};
use acxvad_abi::properties::{CLOCK_TRIM, LARGEST_TRIM, TRIM_BYTES};

/// A trim, in parts per billion: positive is faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trim(i32);

/// The reason why a trim could not be read or set.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The argument is not a trim.
    #[error(
        "{0}: a trim is a number of parts per million from -1000 to 1000, with at most three decimals"
    )]
    Value(String),
    /// No endpoint, or more than one, has the name.
    #[error(
        "{0}: no endpoint of acxvad, or more than one, is called so: acxvadctl status lists them"
    )]
    NoEndpoint(String),
    /// The driver refused the request.
    #[error("{0}: acxvadctl status says what is there")]
    Request(#[from] Failed),
}

impl Trim {
    /// A trim in parts per billion, limited to the allowed range.
    pub fn new(parts_per_billion: i32) -> Self {
        Self(parts_per_billion.clamp(-LARGEST_TRIM, LARGEST_TRIM))
    }

    /// A trim in parts per million, limited to the allowed range.
    pub fn from_ppm(ppm: f64) -> Self {
        Self::new((ppm * 1000.0).round() as i32)
    }

    /// Parts per billion.
    pub fn ppb(self) -> i32 {
        self.0
    }

    /// Parts per million.
    pub fn ppm(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl fmt::Display for Trim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.0 {
            0 => "",
            1.. => ", ahead",
            _ => ", behind",
        };
        write!(f, "{:+.3} ppm{way}", self.ppm())
    }
}

impl FromStr for Trim {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::Value(text.to_owned());
        let number: f64 = text.parse().map_err(|_| wrong())?;
        let parts = number * 1000.0;
        // Thousandths are shown exactly; finer input is refused.
        let is_whole = (parts - parts.round()).abs() < 1e-6;
        if !is_whole || parts.abs().round() > f64::from(LARGEST_TRIM) {
            return Err(wrong());
        }
        Ok(Self(parts.round() as i32))
    }
}

/// The end of a cable with the name `name`.
///
/// # Errors
///
/// [`Error::NoEndpoint`]; [`Error::Request`] for a request that failed.
pub fn endpoint(system: &dyn System, name: &str) -> Result<Endpoint, Error> {
    use acx_sys::{STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_NOT_FOUND};
    let found = Endpoint::named(system, &[Direction::Render, Direction::Capture], name);
    found.map_err(|failed| match failed.status {
        STATUS_OBJECT_NAME_NOT_FOUND | STATUS_OBJECT_NAME_COLLISION => {
            Error::NoEndpoint(name.to_owned())
        }
        _ => Error::Request(failed),
    })
}

/// The trim of the cable at an endpoint.
///
/// # Errors
///
/// [`Failed`] with the driver's status.
pub fn read(endpoint: &Endpoint) -> Result<Trim, Failed> {
    let what = "reading the clock's trim";
    let value = get_known(&endpoint.filter, what, &PROPERTY_SET, CLOCK_TRIM, &[], TRIM_BYTES)?;
    Ok(Trim(i32::from_le_bytes(crate::bytes::field(&value, 0))))
}

/// Sets the trim of the cable at an endpoint.
///
/// # Errors
///
/// [`Failed`] with the driver's status.
pub fn write(endpoint: &Endpoint, trim: Trim) -> Result<(), Failed> {
    let what = "setting the clock's trim";
    set(&endpoint.filter, what, &PROPERTY_SET, CLOCK_TRIM, &[], &trim.0.to_le_bytes())
}

/// `acxvadctl trim`: sets the trim, if one is given, and returns the current one.
///
/// # Errors
///
/// [`Error`].
pub fn run(system: &dyn System, name: &str, value: Option<Trim>) -> Result<Trim, Error> {
    let endpoint = endpoint(system, name)?;
    if let Some(trim) = value {
        write(&endpoint, trim)?;
    }
    Ok(read(&endpoint)?)
}
