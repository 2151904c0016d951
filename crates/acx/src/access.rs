//! Requests that only an administrator may make. DDI: WdfRequestGetRequestorMode,
//! IoGetRequestorProcess, SeCaptureSubjectContext, SeCaptureSubjectContextEx, SeAccessCheck,
//! SeReleaseSubjectContext.
//!
//! KS checks no rights: any program may open a filter and send it requests. A driver with requests
//! that change the device for everybody checks who sent them.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::run_with(prepare, |machine| {
//! #         use acx_client::{System, request::set};
//! #         use acx_host::security::Token;
//! #         let link = machine.interfaces(&acx_sys::KSCATEGORY_AUDIO).remove(0);
//! #         let denied = Err(acx_sys::STATUS_ACCESS_DENIED);
//! #         for (token, wanted) in [(Token::user(), denied), (Token::administrator(), Ok(()))] {
//! #             let filter = machine.as_client(token).open(&link).unwrap();
//! #             let answer = set(&filter, "the value", &CONTOSO, 1, &[], &[1, 0, 0, 0]);
//! #             assert_eq!(answer.map_err(|failed| failed.status), wanted);
//! #         }
//! #     });
//! # }
//! use acx::circuit::Circuit;
//! use acx::device::PrepareHardware;
//! use acx::guid::GUID;
//! use acx::request::{Property, Request, Verb};
//! use acx::stream::CreateStream;
//! use acx::{Error, Result};
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F6");
//!
//! struct Speaker;
//!
//! impl Circuit for Speaker {
//!     const PROPERTIES: &'static [Property] = &[Property::read_write(&CONTOSO, 1)];
//!
//!     /// Everybody may read the value, and administrators may change it.
//!     fn property(&self, mut request: Request<'_>) {
//!         if request.verb() == Verb::Set
//!             && let Err(error) = request.require_administrator()
//!         {
//!             return request.complete(Err(error));
//!         }
//!         request.complete(Ok(0));
//!     }
//! #
//! #     fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
//! #         drop(request);
//! #         Err(Error::NotSupported)
//! #     }
//! }
//! # fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//! #     host::speaker_of(hardware, Speaker)?.add()
//! # }
//! ```

use core::ptr::null_mut;

use acx_sys::ntddk::{
    IoGetCurrentProcess, IoGetRequestorProcess, SeAccessCheck, SeCaptureSubjectContext,
    SeCaptureSubjectContextEx, SeReleaseSubjectContext,
};
use acx_sys::*;

use crate::io_request::IoRequest;
use crate::request::Request;
use crate::{Error, Passive, Result};

/// The only access right that these checks use.
const RIGHT: ACCESS_MASK = 1;

/// A self-relative SECURITY_DESCRIPTOR that grants [`RIGHT`].
#[repr(C, align(8))]
struct Descriptor<const LENGTH: usize>([u8; LENGTH]);

/// For the system and administrators.
#[rustfmt::skip]
static ADMINISTRATORS: Descriptor<84> = Descriptor([
    // Revision, SE_SELF_RELATIVE | SE_DACL_PRESENT; the offsets of owner, group, SACL and DACL.
    1, 0, 0x04, 0x80,  72, 0, 0, 0,  72, 0, 0, 0,  0, 0, 0, 0,  20, 0, 0, 0,
    // The ACL: its revision, 52 bytes, two entries.
    2, 0, 52, 0,  2, 0, 0, 0,
    // ACCESS_ALLOWED_ACE of 20 bytes: the right, for S-1-5-18, the system.
    0, 0, 20, 0,  1, 0, 0, 0,  1, 1, 0, 0, 0, 0, 0, 5,  18, 0, 0, 0,
    // ACCESS_ALLOWED_ACE of 24 bytes: the right, for S-1-5-32-544, the administrators.
    0, 0, 24, 0,  1, 0, 0, 0,  1, 2, 0, 0, 0, 0, 0, 5,  32, 0, 0, 0,  0x20, 2, 0, 0,
    // Owner and group: the system. Without them the check grants nothing.
    1, 1, 0, 0, 0, 0, 0, 5,  18, 0, 0, 0,
]);

/// For the system, administrators and interactive users.
#[rustfmt::skip]
static INTERACTIVE: Descriptor<104> = Descriptor([
    // The same header, with offsets 20 bytes higher.
    1, 0, 0x04, 0x80,  92, 0, 0, 0,  92, 0, 0, 0,  0, 0, 0, 0,  20, 0, 0, 0,
    // The ACL: its revision, 72 bytes, three entries.
    2, 0, 72, 0,  3, 0, 0, 0,
    // The system and the administrators, as above.
    0, 0, 20, 0,  1, 0, 0, 0,  1, 1, 0, 0, 0, 0, 0, 5,  18, 0, 0, 0,
    0, 0, 24, 0,  1, 0, 0, 0,  1, 2, 0, 0, 0, 0, 0, 5,  32, 0, 0, 0,  0x20, 2, 0, 0,
    // S-1-5-4, interactive users.
    0, 0, 20, 0,  1, 0, 0, 0,  1, 1, 0, 0, 0, 0, 0, 5,  4, 0, 0, 0,
    1, 1, 0, 0, 0, 0, 0, 5,  18, 0, 0, 0,
]);

impl Request<'_> {
    /// Checks that an administrator, the system or a driver sent the request.
    ///
    /// An administrator's program that is not elevated counts as a standard user's. If the server
    /// impersonates its client and the request arrives in the server's own thread, the client is
    /// checked. If ACX passes the request to a system thread, the server is checked.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`: it carries the token.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`].
    #[doc(alias = "SeAccessCheck")]
    pub fn require_administrator(&mut self) -> Result<()> {
        let handle = self.handle();
        // SAFETY: the driver owns the request.
        unsafe { require(handle, &ADMINISTRATORS.0, self.passive()) }
    }

    /// Checks that an interactive user, an administrator, the system or a driver sent the request.
    /// Services under standard accounts and network logons are refused.
    ///
    /// The sender is determined as in [`require_administrator`](Self::require_administrator).
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`: it carries the token.
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`].
    #[doc(alias = "SeAccessCheck")]
    pub fn require_interactive(&mut self) -> Result<()> {
        let handle = self.handle();
        // SAFETY: the driver owns the request.
        unsafe { require(handle, &INTERACTIVE.0, self.passive()) }
    }
}

impl IoRequest<'_, Passive> {
    /// The same as [`Request::require_administrator`].
    ///
    /// # Errors
    ///
    /// [`Error::AccessDenied`].
    #[doc(alias = "SeAccessCheck")]
    pub fn require_administrator(&mut self) -> Result<()> {
        let handle = self.request();
        // SAFETY: the driver owns the request.
        unsafe { require(handle, &ADMINISTRATORS.0, self.level()) }
    }
}

/// Checks that the sender of `request` is a driver, or that `descriptor` grants it [`RIGHT`].
///
/// # Safety
///
/// The driver must own the request; the descriptor must be one of those above.
#[inline(never)]
unsafe fn require(
    request: WDFREQUEST,
    descriptor: &'static [u8],
    _passive: &Passive,
) -> Result<()> {
    // SAFETY: the driver owns the request, by the caller's contract.
    if unsafe { WdfRequestGetRequestorMode(request) } == 0 {
        // KernelMode: a driver sent it. No program can send such a request.
        return Ok(());
    }
    // SAFETY: the driver owns the request, by the caller's contract.
    let irp = unsafe { WdfRequestWdmGetIrp(request) };
    // SAFETY: the IRP of a request that the driver owns.
    let process = unsafe { IoGetRequestorProcess(irp) };
    if process.is_null() {
        return Err(Error::AccessDenied);
    }
    let mut context = SECURITY_SUBJECT_CONTEXT::default();
    // SAFETY: it has no conditions.
    if process == unsafe { IoGetCurrentProcess() } {
        // SAFETY: at PASSIVE_LEVEL by the token; the structure is ours.
        unsafe { SeCaptureSubjectContext(&raw mut context) };
    } else {
        // The IRP's thread may have ended. Its process stays as long as the request.
        // SAFETY: at PASSIVE_LEVEL by the token; the process has a request in progress.
        unsafe { SeCaptureSubjectContextEx(null_mut(), process, &raw mut context) };
    }
    let mut mapping = GENERIC_MAPPING {
        GenericRead: RIGHT,
        GenericWrite: RIGHT,
        GenericExecute: RIGHT,
        GenericAll: RIGHT,
    };
    let (mut granted, mut status) = (0, STATUS_ACCESS_DENIED);
    let descriptor = descriptor.as_ptr().cast_mut().cast();
    // SAFETY: at PASSIVE_LEVEL by the token. The descriptor is valid and only read; the context was
    // captured; no privileges are asked for; the output parameters are ours.
    let is_granted = unsafe {
        SeAccessCheck(
            descriptor,
            &raw mut context,
            BOOLEAN::from(false),
            RIGHT,
            0,
            null_mut(),
            &raw mut mapping,
            USER_MODE,
            &raw mut granted,
            &raw mut status,
        )
    };
    // SAFETY: captured above, and released once.
    unsafe { SeReleaseSubjectContext(&raw mut context) };
    if is_granted != 0 && NT_SUCCESS(status) { Ok(()) } else { Err(Error::AccessDenied) }
}

/// Checks as for user mode: a check for KernelMode grants everything.
const USER_MODE: KPROCESSOR_MODE = 1;

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;

    /// Checks that the sizes and offsets in the descriptors agree.
    #[test]
    fn the_descriptor_is_as_long_as_it_says() {
        for bytes in [&ADMINISTRATORS.0[..], &INTERACTIVE.0] {
            let word = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
            let (owner, list) = (word(4), word(16));
            assert_eq!((owner, word(8)), (list + word(list + 2), owner));
            let mut entry = list + 8;
            for _ in 0..word(list + 4) {
                let next = entry + word(entry + 2);
                let sid = entry + 8;
                assert_eq!(sid + 8 + 4 * usize::from(bytes[sid + 1]), next, "{sid}");
                entry = next;
            }
            assert_eq!(entry, owner);
            assert_eq!(owner + 8 + 4 * usize::from(bytes[owner + 1]), bytes.len());
            assert_eq!(u32::from_le_bytes([bytes[68], bytes[69], bytes[70], bytes[71]]), 544);
        }
    }
}
