//! Handwritten items of wdk-sys: the pool flags, and the severity of a status.

use crate::*;

pub const POOL_FLAG_REQUIRED_START: POOL_FLAGS = 0x1;
pub const POOL_FLAG_USE_QUOTA: POOL_FLAGS = 0x1;
pub const POOL_FLAG_UNINITIALIZED: POOL_FLAGS = 0x2;
pub const POOL_FLAG_SESSION: POOL_FLAGS = 0x4;
pub const POOL_FLAG_CACHE_ALIGNED: POOL_FLAGS = 0x8;
pub const POOL_FLAG_RAISE_ON_FAILURE: POOL_FLAGS = 0x20;
pub const POOL_FLAG_NON_PAGED: POOL_FLAGS = 0x40;
pub const POOL_FLAG_NON_PAGED_EXECUTE: POOL_FLAGS = 0x80;
pub const POOL_FLAG_PAGED: POOL_FLAGS = 0x100;

/// A status of success or information.
#[inline]
pub const fn NT_SUCCESS(status: NTSTATUS) -> bool {
    status >= 0
}

/// A status of information: the operation succeeded and there is more to say.
#[inline]
pub const fn NT_INFORMATION(status: NTSTATUS) -> bool {
    status.cast_unsigned() >> 30 == 1
}

/// A warning: the operation did part of its work.
#[inline]
pub const fn NT_WARNING(status: NTSTATUS) -> bool {
    status.cast_unsigned() >> 30 == 2
}

/// An error.
#[inline]
pub const fn NT_ERROR(status: NTSTATUS) -> bool {
    status.cast_unsigned() >> 30 == 3
}
