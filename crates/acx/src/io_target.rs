//! I/O targets: other drivers to which a driver sends device-control requests. DDI:
//! WdfIoTargetCreate, WdfIoTargetOpen, WdfIoTargetSendIoctlSynchronously. For circuits of other
//! drivers see [`target`](crate::target).
//!
//! Every request has a timeout. It is sent with no lock held, so a driver can also send requests to
//! itself.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # use acx_client::System as _;
//! use acx::device::Parent;
//! use acx::guid::GUID;
//! use acx::io_request::{IoRequest, Method, control_code};
//! use acx::io_target::IoTarget;
//! use acx::queue::{Dispatching, Handler};
//! use acx::units::Hns;
//! use acx::work::{Work, WorkItem};
//! use acx::{Error, Passive, Result};
//!
//! /// The interface of a codec, and its one request.
//! const CLASS: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A107A");
//! const DOUBLE: u32 = control_code(0x8000, 0x800, Method::Buffered);
//! /// 10 ms, in units of 100 ns.
//! const TIMEOUT: Hns = Hns(100_000);
//!
//! fn ask(device: &Parent, link: &[u16], passive: &mut Passive) -> Result<u8> {
//!     let target = IoTarget::open(device, link, passive)?;
//!     let mut answer = [0; 4];
//!     let length = target.ioctl(DOUBLE, &[21], &mut answer, TIMEOUT, passive)?;
//!     if length == 1 { Ok(answer[0]) } else { Err(Error::InvalidParameter) }
//! }
//! # /// Doubles, and asks itself when a program says so.
//! # struct Codec(WorkItem<Asks>);
//! # impl Handler for Codec {
//! #     fn device_control(&self, mut request: IoRequest<'_>) {
//! #         if request.code() != DOUBLE {
//! #             self.0.enqueue(request.passive());
//! #             return request.complete(Ok(()));
//! #         }
//! #         let mut byte = [0];
//! #         assert_eq!(request.read_input(0, &mut byte), 1);
//! #         request.answer(&[byte[0] * 2]);
//! #     }
//! # }
//! # struct Asks(Parent, Vec<u16>);
//! # static ANSWER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
//! # impl Work for Asks {
//! #     fn work(&self, passive: &mut Passive) {
//! #         let absent = ask(&self.0, acx::wide!("\\??\\none"), passive);
//! #         assert_eq!(absent, Err(Error::NotFound));
//! #         let answer = ask(&self.0, &self.1, passive).unwrap();
//! #         ANSWER.store(answer.into(), std::sync::atomic::Ordering::Relaxed);
//! #     }
//! # }
//! # fn main() { host::create_and(|device| {
//! #     let link = device.interface(&CLASS)?;
//! #     let asks = Asks(device.parent(), link.units(device.passive()).to_vec());
//! #     let codec = Codec(WorkItem::new(device, asks)?);
//! #     device.default_queue(Dispatching::Parallel, codec)
//! # }, |machine| {
//! #     let file = machine.open_device(&machine.interfaces(&CLASS)[0]).unwrap();
//! #     assert_eq!(file.ioctl(DOUBLE + 4, &[], &mut []).status, 0);
//! #     machine.sleep(std::time::Duration::from_millis(1));
//! #     assert_eq!(ANSWER.load(std::sync::atomic::Ordering::Relaxed), 42);
//! # }); }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::device::Parent;
use crate::error::check;
use crate::owned::Owned;
use crate::unicode::unicode;
use crate::units::Hns;
use crate::{Error, Passive, Result, context};

/// Another driver's device, opened by the link of one of its interfaces. Closed when dropped.
#[doc(alias = "WDFIOTARGET")]
pub struct IoTarget(Owned);

impl IoTarget {
    /// Opens the device with the interface `link` for `device`, with read and write access.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if no device has it, [`Error::InvalidState`] if `device` is gone, or the
    /// framework's errors.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, with no lock held: the other driver's callbacks run during the call.
    #[doc(alias = "WdfIoTargetCreate")]
    #[doc(alias = "WdfIoTargetOpen")]
    pub fn open(device: &Parent, link: &[u16], _passive: &mut Passive) -> Result<Self> {
        let device = device.alive()?;
        let link = unicode(link)?;
        let mut attributes = context::attributes::<()>(device.cast());
        let mut handle: WDFIOTARGET = null_mut();
        // SAFETY: the device's handle is valid; filled attributes, and an output parameter for the
        // handle.
        check(unsafe { WdfIoTargetCreate(device, &raw mut attributes, &raw mut handle) })?;
        // SAFETY: created just now, and owned by no one else.
        let target = Self(unsafe { Owned::new(handle.cast()) });
        let mut params = WDF_IO_TARGET_OPEN_PARAMS::default();
        let access = GENERIC_READ | GENERIC_WRITE;
        WDF_IO_TARGET_OPEN_PARAMS_INIT_OPEN_BY_NAME(&mut params, &link, access);
        // SAFETY: created just now; the framework copies the parameters and the name.
        check(unsafe { WdfIoTargetOpen(handle, &raw mut params) })?;
        Ok(target)
    }

    /// Sends a device-control request and waits for its completion, at most for `timeout`. Returns
    /// the number of bytes written to `output`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the target is gone; STATUS_IO_TIMEOUT after the timeout; the
    /// other driver's status, or the framework's errors.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`, with no lock held: the token proves both.
    #[doc(alias = "WdfIoTargetSendIoctlSynchronously")]
    pub fn ioctl(
        &self,
        code: u32,
        input: &[u8],
        output: &mut [u8],
        timeout: Hns,
        _passive: &mut Passive,
    ) -> Result<usize> {
        let target = self.0.alive().ok_or(Error::InvalidState)?;
        let mut sent = buffer(input.as_ptr().cast_mut(), input.len())?;
        let mut received = buffer(output.as_mut_ptr(), output.len())?;
        let mut options = WDF_REQUEST_SEND_OPTIONS::default();
        WDF_REQUEST_SEND_OPTIONS_INIT(&mut options, 0);
        // A negative value is relative. Zero would mean no timeout.
        let timeout = i64::from(timeout.0).max(1).saturating_neg();
        WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(&mut options, timeout);
        let mut written = 0;
        let place = |own: &mut Option<WDF_MEMORY_DESCRIPTOR>| {
            own.as_mut().map_or(null_mut(), core::ptr::from_mut)
        };
        // SAFETY: the reference keeps the target. The framework uses `input` and `output` only
        // until it returns: after a timeout, too, it waits until the request is completed.
        check(unsafe {
            WdfIoTargetSendIoctlSynchronously(
                target.cast(),
                null_mut(),
                code,
                place(&mut sent),
                place(&mut received),
                &raw mut options,
                &raw mut written,
            )
        })?;
        Ok(usize::try_from(written).unwrap_or(usize::MAX).min(output.len()))
    }
}

/// The descriptor of a buffer; None for an empty one.
fn buffer(start: *mut u8, length: usize) -> Result<Option<WDF_MEMORY_DESCRIPTOR>> {
    let length = ULONG::try_from(length).map_err(|_| Error::InvalidParameter)?;
    let mut descriptor = WDF_MEMORY_DESCRIPTOR::default();
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(&mut descriptor, start.cast(), length);
    Ok((length != 0).then_some(descriptor))
}
