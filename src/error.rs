//! Converts errors of the engine to errors of the driver.

/// The driver's error for one of the engine's.
pub fn engine_error(error: vdma::Error) -> acx::Error {
    match error {
        vdma::Error::Late => acx::Error::Late,
        vdma::Error::Overrun => acx::Error::Overrun,
        vdma::Error::AfterEndOfStream => acx::Error::InvalidState,
        vdma::Error::NotReady => acx::Error::NotReady,
        vdma::Error::UnsupportedFormat => acx::Error::NoMatch,
        vdma::Error::TooManyStreams => acx::Error::OutOfMemory,
        _ => acx::Error::InvalidParameter,
    }
}

/// An error of the driver, with a conversion from the engine's.
#[derive(Debug)]
pub struct DriverError(pub acx::Error);

impl From<vdma::Error> for DriverError {
    fn from(error: vdma::Error) -> Self {
        Self(engine_error(error))
    }
}
