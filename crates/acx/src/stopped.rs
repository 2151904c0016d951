//! Work during which a circuit's or stream's requests are stopped, such as a change of formats.
//! DDI: AcxCircuitStopIoActual, AcxCircuitResumeIoActual, AcxStreamStopIoActual,
//! AcxStreamResumeIoActual.
//!
//! Stopping waits for the request in progress, so a thread that handles one would wait for itself.
//! So the work runs in a work item, and the requests are resumed when it returns.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
//! # static DONE: AtomicBool = AtomicBool::new(false);
//! # fn main() {
//! #     host::run_for_a_second(prepare);
//! #     assert!(DONE.load(SeqCst));
//! # }
//! use acx::device::PrepareHardware;
//! use acx::stopped::StoppedWork;
//! use acx::work::Work;
//! use acx::{Passive, Result};
//!
//! struct ChangeFormats;
//!
//! impl Work for ChangeFormats {
//!     fn work(&self, _passive: &mut Passive) {
//!         // No stream can be opened now.
//! #       DONE.store(true, SeqCst);
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let circuit = host::speaker(hardware)?;
//!     let change = StoppedWork::of_circuit(&circuit, ChangeFormats)?;
//!     circuit.add()?;
//!     change.enqueue(hardware.passive());
//!     Ok(())
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::error::check;
use crate::owner::Owner;
use crate::reference::Reference;
use crate::stream::NewStream;
use crate::work::{Work, WorkItem};
use crate::{Dispatch, Passive, Result};

/// The kind of object whose requests are stopped.
#[derive(Clone, Copy)]
enum Kind {
    Circuit,
    Stream,
}

/// The work of a [`StoppedWork`], and the object whose requests it stops.
struct Stopped<W> {
    object: Reference,
    kind: Kind,
    work: W,
}

/// A work item that runs while its owner's requests are stopped. It is deleted with its owner.
pub struct StoppedWork<W>(WorkItem<Stopped<W>>);

impl<W: Work> StoppedWork<W> {
    /// Work while no client's request reaches the circuit: no stream is opened and no property is
    /// set.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "AcxCircuitStopIoActual")]
    #[doc(alias = "AcxCircuitResumeIoActual")]
    pub fn of_circuit(circuit: &NewCircuit<'_>, work: W) -> Result<Self> {
        // SAFETY: the circuit is alive while it is being built.
        let object = unsafe { Reference::new(circuit.handle().cast()) };
        Self::new(circuit, Stopped { object, kind: Kind::Circuit, work })
    }

    /// Work while no client's request reaches the stream, such as a change of its state. Packet and
    /// position calls continue.
    ///
    /// # Errors
    ///
    /// The framework's errors.
    #[doc(alias = "AcxStreamStopIoActual")]
    #[doc(alias = "AcxStreamResumeIoActual")]
    pub fn of_stream(stream: &NewStream<'_>, work: W) -> Result<Self> {
        // SAFETY: the stream is alive in its creation.
        let object = unsafe { Reference::new(stream.handle().cast()) };
        Self::new(stream, Stopped { object, kind: Kind::Stream, work })
    }

    fn new(owner: &impl Owner, work: Stopped<W>) -> Result<Self> {
        WorkItem::new(owner, work).map(Self)
    }

    /// Queues the work, which runs once however often this is called before it starts. It does not
    /// run if the owner is gone or ACX refuses to stop its requests.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    pub fn enqueue(&self, level: &Dispatch) {
        self.0.enqueue(level);
    }
}

impl<W: Work> Work for Stopped<W> {
    fn work(&self, passive: &mut Passive) {
        if let Ok(_stop) = Stop::new(&self.object, self.kind, passive) {
            self.work.work(passive);
        }
    }
}

/// Stopped requests. Resumed when dropped, in the work item that stopped them.
struct Stop<'a> {
    object: &'a Reference,
    kind: Kind,
}

impl<'a> Stop<'a> {
    #[inline(never)]
    fn new(object: &'a Reference, kind: Kind, _passive: &Passive) -> Result<Self> {
        let handle = object.alive().ok_or(crate::Error::InvalidState)?;
        let flags = _ACX_STOP_IO_FLAGS::AcxStopIoNoFlags.cast_unsigned();
        let file = c"acx".as_ptr().cast();
        check(match kind {
            // SAFETY: a circuit, by the kind; the reference keeps its handle valid. At
            // PASSIVE_LEVEL by the token, in a work item: this thread handles no request.
            Kind::Circuit => unsafe {
                AcxCircuitStopIoActual(handle.cast(), flags, null_mut(), 0, file)
            },
            // SAFETY: the same for a stream.
            Kind::Stream => unsafe {
                AcxStreamStopIoActual(handle.cast(), flags, null_mut(), 0, file)
            },
        })?;
        Ok(Self { object, kind })
    }
}

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        // The owner's cleanup waits for its work items, so the owner still exists.
        let handle = self.object.object();
        let file = c"acx".as_ptr().cast();
        match self.kind {
            // SAFETY: stopped by `new`, in this work item at PASSIVE_LEVEL; the reference keeps
            // the handle valid.
            Kind::Circuit => unsafe {
                AcxCircuitResumeIoActual(handle.cast(), null_mut(), 0, file);
            },
            // SAFETY: the same for a stream.
            Kind::Stream => unsafe {
                AcxStreamResumeIoActual(handle.cast(), null_mut(), 0, file);
            },
        }
    }
}
