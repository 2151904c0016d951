//! A device's queues, for device-control requests that programs and drivers send to one of its
//! interfaces, beside the requests that ACX handles. DDI: WdfIoQueueCreate,
//! WdfIoQueueRetrieveNextRequest, WdfRequestForwardToIoQueue.
//!
//! A queue presents its requests to a [`Handler`], at `PASSIVE_LEVEL`: the execution level of the
//! queue is passive, and the framework takes no lock for the callback. A [`ManualQueue`] presents
//! none: requests wait there until the driver retrieves them, at any level up to `DISPATCH_LEVEL`,
//! for example from a timer. The framework cancels waiting requests when their client or the device
//! is gone.
//!
//! # Power
//!
//! A handler that needs the hardware sets [`POWER_MANAGED`](Handler::POWER_MANAGED): it gets
//! requests in D0 only, and the device stays in D0 until the callback has ended its request. So
//! such a request cannot be kept in a [`PendingRequest`](crate::io_request::PendingRequest);
//! forward it to a manual queue, which is not power-managed. EvtIoStop is not needed: the driver
//! only ever owns requests of running callbacks and requests that the framework can cancel.
//!
//! # Example
//!
//! A gain that programs read and write, and whose changes they can wait for.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! use acx::Error;
//! use acx::guid::GUID;
//! use acx::io_request::{IoRequest, Method, control_code};
//! use acx::queue::{Dispatching, Handler, ManualQueue};
//! use std::sync::atomic::{AtomicU32, Ordering};
//!
//! # use acx_client::System as _;
//! /// The class of the interface.
//! const CLASS: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1078");
//! const GET_GAIN: u32 = control_code(0x8000, 0x800, Method::Buffered);
//! const SET_GAIN: u32 = control_code(0x8000, 0x801, Method::Buffered);
//! const WAIT_FOR_GAIN: u32 = control_code(0x8000, 0x802, Method::Buffered);
//!
//! struct Amplifier {
//!     gain: AtomicU32,
//!     waiting: ManualQueue,
//! }
//!
//! impl Handler for Amplifier {
//!     fn device_control(&self, mut request: IoRequest<'_>) {
//!         match request.code() {
//!             GET_GAIN => request.answer(&self.gain.load(Ordering::Relaxed).to_le_bytes()),
//!             SET_GAIN => {
//!                 let mut gain = [0; 4];
//!                 if request.read_input(0, &mut gain) != gain.len() {
//!                     return request.complete(Err(Error::InvalidParameter));
//!                 }
//!                 self.gain.store(u32::from_le_bytes(gain), Ordering::Relaxed);
//!                 while let Ok(Some(waiting)) = self.waiting.retrieve(request.passive()) {
//!                     waiting.answer(&gain);
//!                 }
//!                 request.complete(Ok(()));
//!             }
//!             // If it cannot wait, it is completed with the error.
//!             WAIT_FOR_GAIN => drop(request.forward(&self.waiting)),
//!             _ => request.complete(Err(Error::NotSupported)),
//!         }
//!     }
//! }
//!
//! # fn main() { host::create_and(|device| {
//! device.interface(&CLASS)?;
//! let amplifier = Amplifier { gain: AtomicU32::new(3), waiting: device.manual_queue()? };
//! device.default_queue(Dispatching::Parallel, amplifier)?;
//! # Ok(())
//! # }, |machine| {
//! #     let file = machine.open_device(&machine.interfaces(&CLASS)[0]).unwrap();
//! #     let mut gain = [0; 4];
//! #     assert_eq!(file.ioctl(GET_GAIN, &[], &mut gain).information, 4);
//! #     assert_eq!(gain, [3, 0, 0, 0]);
//! #     let waiting = file.send(WAIT_FOR_GAIN, &[], &gain).unwrap();
//! #     assert!(waiting.reply().is_none());
//! #     assert_eq!(file.ioctl(SET_GAIN, &[9, 0, 0, 0], &mut []).status, 0);
//! #     waiting.wait(&mut gain);
//! #     assert_eq!(gain, [9, 0, 0, 0]);
//! #     assert_eq!(file.ioctl(SET_GAIN, &[9], &mut []).status, acx_sys::STATUS_INVALID_PARAMETER);
//! #     let canceled = file.send(WAIT_FOR_GAIN, &[], &gain).unwrap();
//! #     canceled.cancel();
//! #     assert_eq!(canceled.reply().unwrap().status, acx_sys::STATUS_CANCELLED);
//! #     file.send(WAIT_FOR_GAIN, &[], &gain).unwrap();
//! # }); }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::{self, Level};
use crate::device::NewDevice;
use crate::error::check;
use crate::io_request::IoRequest;
use crate::irql::Irql;
use crate::reference::Reference;
use crate::{Error, Passive, Result, context};

/// The callbacks of a queue.
pub trait Handler: Send + Sync + 'static {
    /// Whether requests are presented in D0 only, and keep the device in D0.
    const POWER_MANAGED: bool = false;

    /// EvtIoDeviceControl, at `PASSIVE_LEVEL`. If the request is dropped without being ended, it
    /// fails.
    fn device_control(&self, request: IoRequest<'_>);
}

/// The number of requests that a queue presents at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatching {
    /// The next request when the last one was completed or forwarded.
    Sequential,
    /// Each request as it arrives.
    Parallel,
}

/// A queue from which the driver retrieves the requests. Keep it in the device's context; the queue
/// object is deleted with the device.
#[derive(Clone)]
pub struct ManualQueue(Reference);

/// The numbers of a queue's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Requests that wait in it.
    pub waiting: u32,
    /// Requests that the driver owns.
    pub owned: u32,
}

/// A configuration, and attributes for callbacks at `PASSIVE_LEVEL` without a lock.
fn configure<C: 'static>(
    dispatch: WDF_IO_QUEUE_DISPATCH_TYPE,
) -> (WDF_IO_QUEUE_CONFIG, WDF_OBJECT_ATTRIBUTES) {
    let mut config = WDF_IO_QUEUE_CONFIG::default();
    WDF_IO_QUEUE_CONFIG_INIT(&mut config, dispatch);
    config.PowerManaged = _WDF_TRI_STATE::WdfFalse;
    // The parent of a queue is its device.
    let mut attributes = context::attributes::<C>(null_mut());
    attributes.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
    (config, attributes)
}

impl NewDevice<'_> {
    /// Creates the device's default queue, which gets every device-control request that ACX does
    /// not handle. A device has one.
    ///
    /// # Errors
    ///
    /// The framework's errors; STATUS_UNSUCCESSFUL if the device already has one.
    #[doc(alias = "WdfIoQueueCreate")]
    #[inline(never)]
    pub fn default_queue<H: Handler>(
        &mut self,
        dispatching: Dispatching,
        handler: H,
    ) -> Result<()> {
        let (mut config, attributes) = configure::<H>(match dispatching {
            Dispatching::Sequential => _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential,
            Dispatching::Parallel => _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel,
        });
        config.DefaultQueue = BOOLEAN::from(true);
        config.EvtIoDeviceControl = Some(device_control::<H>);
        if H::POWER_MANAGED {
            config.PowerManaged = _WDF_TRI_STATE::WdfTrue;
        }
        self.add_queue(config, attributes, handler).map(drop)
    }

    /// Creates a queue that presents nothing, for waiting requests.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[inline(never)]
    pub fn manual_queue(&mut self) -> Result<ManualQueue> {
        let manual = _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchManual;
        let (config, attributes) = configure::<()>(manual);
        self.add_queue(config, attributes, ()).map(ManualQueue)
    }

    fn add_queue<C: 'static>(
        &mut self,
        mut config: WDF_IO_QUEUE_CONFIG,
        mut attributes: WDF_OBJECT_ATTRIBUTES,
        value: C,
    ) -> Result<Reference> {
        let mut queue: WDFQUEUE = null_mut();
        let (config, attributes) = (&raw mut config, &raw mut attributes);
        // SAFETY: the device was created just now and is not started; filled configuration and
        // attributes, and an output parameter for the handle.
        check(unsafe { WdfIoQueueCreate(self.handle(), config, attributes, &raw mut queue) })?;
        // SAFETY: created just now with attributes of `C`; no request arrives before the device is
        // started.
        unsafe { context::set(queue.cast(), value) }?;
        // SAFETY: created just now.
        Ok(unsafe { Reference::new(queue.cast()) })
    }
}

impl ManualQueue {
    /// Takes the oldest request, if there is one. The caller owns it, and it borrows the token.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone, or the framework's errors.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    #[doc(alias = "WdfIoQueueRetrieveNextRequest")]
    pub fn retrieve<'token, L: Irql>(
        &self,
        level: &'token mut L,
    ) -> Result<Option<IoRequest<'token, L>>> {
        let queue = self.0.alive().ok_or(Error::InvalidState)?;
        let mut request: WDFREQUEST = null_mut();
        // SAFETY: the reference keeps the handle valid; the output parameter is ours. At most
        // DISPATCH_LEVEL by the token.
        let status = unsafe { WdfIoQueueRetrieveNextRequest(queue.cast(), &raw mut request) };
        if status == STATUS_NO_MORE_ENTRIES {
            return Ok(None);
        }
        check(status)?;
        // SAFETY: retrieved just now. A handler forwards device-control requests only, and a manual
        // queue is not power-managed.
        Ok(Some(unsafe { IoRequest::new(request, true, level) }))
    }

    /// The queue's current numbers of requests, which may change at any time. At most
    /// `DISPATCH_LEVEL`.
    #[doc(alias = "WdfIoQueueGetState")]
    pub fn state(&self) -> QueueState {
        let (mut waiting, mut owned) = (0, 0);
        if let Some(queue) = self.0.alive() {
            // SAFETY: the reference keeps the handle valid; the output parameters are ours. Safe
            // code runs at most at DISPATCH_LEVEL.
            unsafe { WdfIoQueueGetState(queue.cast(), &raw mut waiting, &raw mut owned) };
        }
        QueueState { waiting, owned }
    }
}

impl<L: Irql> IoRequest<'_, L> {
    /// Lets the request wait in `queue`, where the framework cancels it if its client or the device
    /// is gone.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the queue's device is gone, or the framework's errors, such as
    /// STATUS_INVALID_DEVICE_REQUEST for the queue that it was retrieved from. The request is
    /// completed with the error.
    #[doc(alias = "WdfRequestForwardToIoQueue")]
    pub fn forward(self, queue: &ManualQueue) -> Result<()> {
        let Some(queue) = queue.0.alive() else {
            self.complete(Err(Error::InvalidState));
            return Err(Error::InvalidState);
        };
        // SAFETY: the driver owns the request, and the reference keeps the queue's handle valid. A
        // manual queue presents nothing, so no handler runs inside this call.
        let forwarded = check(unsafe { WdfRequestForwardToIoQueue(self.request(), queue.cast()) });
        match forwarded {
            // The queue owns it now.
            Ok(()) => drop(self.into_handle()),
            Err(error) => self.complete(Err(error)),
        }
        forwarded
    }
}

unsafe extern "C" fn device_control<H: Handler>(
    queue: WDFQUEUE,
    request: WDFREQUEST,
    _output_length: usize,
    _input_length: usize,
    _code: ULONG,
) {
    debug::callback(Level::Info, c"EvtIoDeviceControl");
    // SAFETY: EvtIoDeviceControl of a queue with passive execution level is called at
    // PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: a device-control request that the driver was just given.
    let request = unsafe { IoRequest::new(request, !H::POWER_MANAGED, &mut passive) };
    // SAFETY: the framework calls for a live queue, before its cleanup.
    match unsafe { context::get::<H>(queue.cast()) } {
        Some(handler) => handler.device_control(request),
        None => request.complete(Err(Error::InvalidState)),
    }
}
