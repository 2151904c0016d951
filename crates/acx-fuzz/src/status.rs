//! The statuses that documents name for KS requests, and those that the driver's DDIs name. Source:
//! `ks/interface.md`, sections 2.2 and 3.5; `docs/host-assumptions.md`.

use acx_sys::*;

macro_rules! documented {
    ($($status:ident)*) => {
        /// Each of them.
        pub const DOCUMENTED: &[NTSTATUS] = &[$($status),*];

        /// What a status is called.
        pub fn name(status: NTSTATUS) -> &'static str {
            match status {
                $($status => stringify!($status),)*
                STATUS_OBJECT_NAME_NOT_FOUND => "STATUS_OBJECT_NAME_NOT_FOUND",
                _ => "a status that no document names",
            }
        }
    };
}

documented! {
    STATUS_SUCCESS
    // Lengths.
    STATUS_BUFFER_OVERFLOW STATUS_BUFFER_TOO_SMALL
    // What is asked, and of whom.
    STATUS_INVALID_PARAMETER STATUS_INVALID_DEVICE_REQUEST STATUS_NOT_SUPPORTED STATUS_NOT_FOUND STATUS_PROPSET_NOT_FOUND STATUS_NO_MATCH
    // What there is.
    STATUS_INSUFFICIENT_RESOURCES STATUS_DEVICE_NOT_READY STATUS_INVALID_DEVICE_STATE STATUS_DEVICE_REMOVED
    // Who asks.
    STATUS_ACCESS_DENIED
    // Packets.
    STATUS_DATA_LATE_ERROR STATUS_DATA_OVERRUN
    // Events: one that is registered already, one that is none.
    STATUS_UNSUCCESSFUL STATUS_INVALID_HANDLE
}
