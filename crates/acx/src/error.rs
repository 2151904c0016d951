//! Errors, and the NTSTATUS values that they become at the DDI.

use core::fmt;

use acx_sys::*;

/// The reason for a failure. Each has one NTSTATUS.
///
/// ```
/// let late = acx::Error::Late;
/// assert_eq!(late.to_string(), "the packet has been played already (0xC000003D)");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The pool is exhausted. STATUS_INSUFFICIENT_RESOURCES.
    OutOfMemory,
    /// A value that the contract does not allow. STATUS_INVALID_PARAMETER.
    InvalidParameter,
    /// The object's state does not allow the call, such as a packet after the last one.
    /// STATUS_INVALID_DEVICE_STATE.
    InvalidState,
    /// The stream cannot change to that state from its current one.
    /// STATUS_INVALID_STATE_TRANSITION.
    InvalidTransition,
    /// No data is available yet. STATUS_DEVICE_NOT_READY.
    NotReady,
    /// The packet was already played. STATUS_DATA_LATE_ERROR.
    Late,
    /// The packet is too far ahead. STATUS_DATA_OVERRUN.
    Overrun,
    /// No format or mode matches. STATUS_NO_MATCH.
    NoMatch,
    /// The request is known, but not supported here. STATUS_NOT_SUPPORTED.
    NotSupported,
    /// Another callback of the same object is in progress. STATUS_RESOURCE_IN_USE, because
    /// STATUS_DEVICE_BUSY is only a warning: a request completed with it has neither failed nor
    /// succeeded.
    Busy,
    /// A key or value does not exist. STATUS_OBJECT_NAME_NOT_FOUND.
    NotFound,
    /// The client's buffer is too small. STATUS_BUFFER_TOO_SMALL.
    BufferTooSmall,
    /// The client has no right to do this. STATUS_ACCESS_DENIED.
    AccessDenied,
    /// Another status from the framework.
    Framework(NTSTATUS),
}

/// This crate's result type.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// The NTSTATUS for the DDI.
    pub const fn status(self) -> NTSTATUS {
        match self {
            Self::OutOfMemory => STATUS_INSUFFICIENT_RESOURCES,
            Self::InvalidParameter => STATUS_INVALID_PARAMETER,
            Self::InvalidState => STATUS_INVALID_DEVICE_STATE,
            Self::InvalidTransition => STATUS_INVALID_STATE_TRANSITION,
            Self::NotReady => STATUS_DEVICE_NOT_READY,
            Self::Late => STATUS_DATA_LATE_ERROR,
            Self::Overrun => STATUS_DATA_OVERRUN,
            Self::NoMatch => STATUS_NO_MATCH,
            Self::NotSupported => STATUS_NOT_SUPPORTED,
            Self::Busy => STATUS_RESOURCE_IN_USE,
            Self::NotFound => STATUS_OBJECT_NAME_NOT_FOUND,
            Self::BufferTooSmall => STATUS_BUFFER_TOO_SMALL,
            Self::AccessDenied => STATUS_ACCESS_DENIED,
            Self::Framework(status) => status,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::OutOfMemory => "the pool is exhausted",
            Self::InvalidParameter => "the contract does not allow this value",
            Self::InvalidState => "not in this state of the object",
            Self::InvalidTransition => "the stream cannot go to that state from this one",
            Self::NotReady => "nothing to give yet",
            Self::Late => "the packet has been played already",
            Self::Overrun => "the packet lies too far ahead",
            Self::NoMatch => "no format or mode matches",
            Self::NotSupported => "not supported",
            Self::Busy => "another callback of the object is in progress",
            Self::NotFound => "there is no such key or value",
            Self::BufferTooSmall => "the client's buffer is too small",
            Self::AccessDenied => "the client may not do that",
            Self::Framework(_) => "the framework failed",
        };
        write!(f, "{text} ({:#010X})", self.status())
    }
}

impl core::error::Error for Error {}

impl From<NTSTATUS> for Error {
    fn from(status: NTSTATUS) -> Self {
        const CAUSES: [Error; 13] = [
            Error::BufferTooSmall,
            Error::OutOfMemory,
            Error::InvalidParameter,
            Error::InvalidState,
            Error::InvalidTransition,
            Error::NotReady,
            Error::Late,
            Error::Overrun,
            Error::NoMatch,
            Error::NotSupported,
            Error::Busy,
            Error::NotFound,
            Error::AccessDenied,
        ];
        CAUSES.into_iter().find(|cause| cause.status() == status).unwrap_or(Self::Framework(status))
    }
}

/// Converts the framework's status to a result.
#[cfg_attr(all(feature = "wdk", debug_assertions), track_caller)]
pub(crate) fn check(status: NTSTATUS) -> Result<()> {
    if NT_SUCCESS(status) {
        return Ok(());
    }
    #[cfg(all(feature = "wdk", debug_assertions))]
    crate::debug::failed(status, core::panic::Location::caller());
    Err(status.into())
}

/// Converts a result to the status that a callback returns.
#[cfg_attr(all(feature = "wdk", debug_assertions), track_caller)]
pub(crate) fn status(result: Result<()>) -> NTSTATUS {
    match result {
        Ok(()) => STATUS_SUCCESS,
        Err(error) => {
            #[cfg(all(feature = "wdk", debug_assertions))]
            crate::debug::failed(error.status(), core::panic::Location::caller());
            error.status()
        }
    }
}
