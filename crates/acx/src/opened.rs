//! Circuits, streams and factories that a driver opens by the symbolic link of an interface in
//! ACX's category. [`target`](crate::target) describes the requests to them. DDI:
//! AcxTargetCircuitCreate, AcxTargetStreamCreate, AcxTargetFactoryCircuitCreate.
//!
//! Open circuits of other devices only, from a work item or a stream's callback: a device whose
//! hardware is being prepared could wait for itself.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
//! # static ASKED: AtomicBool = AtomicBool::new(false);
//! # fn main() {
//! #     host::run_for_a_second(prepare);
//! #     assert!(ASKED.load(SeqCst));
//! # }
//! use acx::device::{Parent, PrepareHardware};
//! use acx::guid::GUID;
//! use acx::once::Once;
//! use acx::pool::{Arc, Vec};
//! use acx::opened::OpenCircuit;
//! use acx::target::{Item, Target};
//! use acx::work::{Work, WorkItem};
//! use acx::{Error, Passive, Result};
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F1");
//!
//! /// Reads property 7 of Contoso's set from a circuit, once its link is known.
//! struct Ask {
//!     device: Parent,
//!     link: Arc<Once<Vec<u16>>>,
//! }
//!
//! impl Ask {
//!     fn ask(&self, passive: &mut Passive) -> Result<u32> {
//!         let link = self.link.get().ok_or(Error::NotReady)?;
//!         let circuit = OpenCircuit::open(&self.device, link, passive)?;
//!         assert_eq!(circuit.pins_count(), 2);
//!         let mut value = [0; 4];
//!         circuit.get(&Item::new(&CONTOSO, 7), &mut value, passive)?;
//!         Ok(u32::from_le_bytes(value))
//!     }
//! }
//!
//! impl Work for Ask {
//!     fn work(&self, passive: &mut Passive) {
//!         assert_eq!(self.ask(passive), Ok(42));
//! #       ASKED.store(true, SeqCst);
//!     }
//! }
//! # struct Answers;
//! # impl acx::circuit::Circuit for Answers {
//! #     const PROPERTIES: &'static [acx::request::Property] =
//! #         &[acx::request::Property::read_only(&CONTOSO, 7)];
//! #     fn create_stream(&self, request: acx::stream::CreateStream<'_>) -> Result<()> {
//! #         drop(request);
//! #         Err(acx::Error::NotSupported)
//! #     }
//! #     fn property(&self, mut request: acx::request::Request<'_>) {
//! #         let written = request.write_value(&42_u32.to_le_bytes());
//! #         request.complete(Ok(written));
//! #     }
//! # }
//! # fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//! #     let (device, link) = (hardware.parent(), Arc::new(Once::default())?);
//! #     let circuit = host::speaker_of(hardware, Answers)?;
//! #     let work = WorkItem::new(&circuit, Ask { device, link: link.clone() })?;
//! #     let found = circuit.add_then(|circuit, passive| circuit.link(passive))?;
//! #     link.set(found?)?;
//! #     work.enqueue(hardware.passive());
//! #     Ok(())
//! # }
//! ```

use core::ops::Deref;
use core::ptr::null_mut;

use acx_sys::*;

use crate::bag::Bag;
use crate::device::Parent;
use crate::error::check;
use crate::format::WaveFormat;
use crate::format_list::new_format;
use crate::mode::Mode;
use crate::owned::Owned;
use crate::pool::Arc;
use crate::target::{Circuit, ITSELF, Item, Stream, Verb, ask, sealed};
use crate::wdf_text::WdfText;
use crate::{Error, Passive, Result, context};

/// A circuit that the driver opened. Closed when dropped.
pub struct OpenCircuit {
    circuit: Circuit,
    device: Parent,
    _owner: Owned,
}

impl Deref for OpenCircuit {
    type Target = Circuit;

    fn deref(&self) -> &Circuit {
        &self.circuit
    }
}

impl OpenCircuit {
    /// Opens the circuit with the symbolic link `link`, for `device`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone; [`Error::NotFound`] or ACX's other errors.
    #[doc(alias = "AcxTargetCircuitCreate")]
    pub fn open(device: &Parent, link: &[u16], _passive: &mut Passive) -> Result<Self> {
        let parent = device.alive()?;
        // SAFETY: at PASSIVE_LEVEL by the token; the string is the driver's child.
        let link = unsafe { WdfText::new(link, null_mut()) }?;
        let mut config = ACX_TARGET_CIRCUIT_CONFIG::default();
        ACX_TARGET_CIRCUIT_CONFIG_INIT(&mut config);
        config.SymbolicLinkName = link.handle();
        let mut attributes = context::attributes::<()>(parent.cast());
        let mut handle: ACXTARGETCIRCUIT = null_mut();
        // SAFETY: the device is alive; at PASSIVE_LEVEL by the token; ACX copies the configuration
        // and reads the link.
        check(unsafe {
            let (config, place) = (&raw mut config, &raw mut handle);
            AcxTargetCircuitCreate(parent, &raw mut attributes, config, place)
        })?;
        // SAFETY: created just now with these attributes, and owned by no one else.
        let owner = unsafe { Owned::new(handle.cast()) };
        // SAFETY: the owner keeps the handle valid.
        let circuit = unsafe { Circuit::lent(handle) };
        Ok(Self { circuit, device: device.clone(), _owner: owner })
    }
}

/// A stream that the driver opened. Closed when dropped.
pub struct OpenStream {
    stream: Stream,
    _owner: Owned,
    /// Closed after its stream.
    _circuit: Arc<OpenCircuit>,
}

impl Deref for OpenStream {
    type Target = Stream;

    fn deref(&self) -> &Stream {
        &self.stream
    }
}

impl OpenStream {
    /// Opens a stream on pin `pin` of `circuit`, in a format and mode that the pin lists, with
    /// arguments for its driver. Set the stream's state with the property
    /// KSPROPERTY_CONNECTION_STATE.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the circuit or the device is gone; the other circuit's errors.
    #[doc(alias = "AcxTargetStreamCreate")]
    pub fn open(
        circuit: &Arc<OpenCircuit>,
        pin: u32,
        (format, mode): (WaveFormat, Mode),
        arguments: Option<&Bag>,
        _passive: &mut Passive,
    ) -> Result<Self> {
        let (device, target) = (circuit.device.alive()?, sealed::Target::alive(&circuit.circuit)?);
        let mode = mode.guid();
        let mut config = ACX_TARGET_STREAM_CONFIG::default();
        ACX_TARGET_STREAM_CONFIG_INIT(&mut config);
        config.TargetCircuit = target;
        config.PinId = pin;
        // SAFETY: both are alive; the format is deleted with the target circuit.
        config.DataFormat = unsafe { new_format(device, target.cast(), format) }?;
        config.SignalProcessingMode = &raw const mode;
        config.OptionalParameters = arguments.map_or(Ok(null_mut()), Bag::alive)?;
        let mut attributes = context::attributes::<()>(target.cast());
        let mut handle: ACXTARGETSTREAM = null_mut();
        // SAFETY: device, circuit, format and bag are alive; at PASSIVE_LEVEL by the token; ACX
        // copies the configuration and the mode.
        check(unsafe {
            let (config, place) = (&raw mut config, &raw mut handle);
            AcxTargetStreamCreate(device, &raw mut attributes, config, place)
        })?;
        // SAFETY: created just now with these attributes, and owned by no one else.
        let owner = unsafe { Owned::new(handle.cast()) };
        // SAFETY: the owner keeps the handle valid.
        let stream = unsafe { Stream::lent(handle) };
        Ok(Self { stream, _owner: owner, _circuit: circuit.clone() })
    }
}

/// A circuit factory that the driver opened. Closed when dropped.
pub struct OpenFactory {
    owner: Owned,
}

impl OpenFactory {
    /// Opens the factory with the symbolic link `link`, for `device`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`OpenCircuit::open`].
    #[doc(alias = "AcxTargetFactoryCircuitCreate")]
    pub fn open(device: &Parent, link: &[u16], _passive: &mut Passive) -> Result<Self> {
        let parent = device.alive()?;
        // SAFETY: at PASSIVE_LEVEL by the token; the string is the driver's child.
        let link = unsafe { WdfText::new(link, null_mut()) }?;
        let mut config = ACX_TARGET_FACTORY_CIRCUIT_CONFIG::default();
        ACX_TARGET_FACTORY_CIRCUIT_CONFIG_INIT(&mut config);
        config.SymbolicLinkName = link.handle();
        let mut attributes = context::attributes::<()>(parent.cast());
        let mut handle: ACXTARGETFACTORYCIRCUIT = null_mut();
        // SAFETY: the device is alive; at PASSIVE_LEVEL by the token; ACX copies the configuration
        // and reads the link.
        check(unsafe {
            let (config, place) = (&raw mut config, &raw mut handle);
            AcxTargetFactoryCircuitCreate(parent, &raw mut attributes, config, place)
        })?;
        // SAFETY: created just now with these attributes, and owned by no one else.
        Ok(Self { owner: unsafe { Owned::new(handle.cast()) } })
    }

    /// Lets the factory create the circuit `id`.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`Target::call`](crate::target::Target::call).
    #[doc(alias = "KSMETHOD_ACXFACTORYCIRCUIT_ADDCIRCUIT")]
    pub fn add_circuit(&self, id: &GUID, passive: &mut Passive) -> Result<()> {
        let mut value = ACX_FACTORY_CIRCUIT_ADD_CIRCUIT::default();
        ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_INIT(&mut value);
        value.CircuitUniqueId = *id;
        self.call_with(ADD_CIRCUIT, &mut value, passive)
    }

    /// Lets the factory remove the circuit `id`, which it created.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`Target::call`](crate::target::Target::call).
    #[doc(alias = "KSMETHOD_ACXFACTORYCIRCUIT_REMOVECIRCUIT")]
    pub fn remove_circuit(&self, id: &GUID, passive: &mut Passive) -> Result<()> {
        let mut value = ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT::default();
        ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_INIT(&mut value);
        value.CircuitUniqueId = *id;
        self.call_with(REMOVE_CIRCUIT, &mut value, passive)
    }

    /// Calls one of ACX's methods with a DDI structure.
    fn call_with<T>(&self, id: u32, value: &mut T, passive: &mut Passive) -> Result<()> {
        let place = core::ptr::from_mut(value).cast::<u8>();
        // SAFETY: a DDI structure, all of whose bytes its INIT function has set.
        let bytes = unsafe { core::slice::from_raw_parts_mut(place, size_of::<T>()) };
        let method = Item::new(&KSMETHODSETID_AcxFactoryCircuit, id);
        let (status, _) = ask(self, Verb::Call, &method, bytes, passive)?;
        check(status)
    }
}

/// The methods of KSMETHODSETID_AcxFactoryCircuit, from acxcircuit.h.
const ADD_CIRCUIT: u32 = 1;
const REMOVE_CIRCUIT: u32 = 2;

impl sealed::Target for OpenFactory {
    type Handle = ACXTARGETFACTORYCIRCUIT;

    const IO: unsafe fn(Self::Handle) -> WDFIOTARGET = AcxTargetFactoryCircuitGetWdfIoTarget;
    const FOR_PROPERTY: sealed::Format<Self::Handle> =
        AcxTargetFactoryCircuitFormatRequestForProperty;
    const FOR_METHOD: sealed::Format<Self::Handle> = AcxTargetFactoryCircuitFormatRequestForMethod;

    fn alive(&self) -> Result<Self::Handle> {
        // A reference keeps the handle valid.
        self.owner.alive().map(<*mut _>::cast).ok_or(Error::InvalidState)
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        ITSELF
    }
}
