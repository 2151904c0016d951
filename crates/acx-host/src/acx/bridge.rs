//! Stream bridges, which connect a stream of one circuit of a composite endpoint to a stream of the
//! next. A bridge is a mux: for all incoming streams there is one outgoing stream. Source: the
//! pages of acxstreams.h, ACX_STREAM_BRIDGE_CONFIG and its flags.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;

use crate::acx::arguments::{guid_bytes, handles, same, sized};
use crate::acx::bag::Bag;
use crate::acx::circuit::Circuit;
use crate::acx::pin;
use crate::acx::stream::{self, Stream};

use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, write};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;

/// The mode of the stream that goes out.
#[derive(Clone, Copy)]
pub(super) enum OutMode {
    /// None was given: DEFAULT if the bridge pin lists it, else RAW if it lists that, else none.
    Listed,
    /// A GUID of zeros: that of the stream that comes in.
    Same,
    /// This one.
    Given(GUID),
}

/// A bridge.
pub(crate) struct Bridge {
    pub(super) circuit: usize,
    flags: u32,
    /// The modes of the streams that ACX adds. Without any, the driver adds streams.
    in_modes: Vec<[u8; 16]>,
    pub(super) out_mode: OutMode,
    pub(super) arguments: Option<Ref<Bag>>,
    /// Of the target stream.
    pub(super) attributes: Cell<WDF_OBJECT_ATTRIBUTES>,
    /// The incoming streams, and the outgoing one while there are any.
    pub(super) inputs: RefCell<Vec<usize>>,
    pub(super) output: RefCell<Option<Ref<Stream>>>,
    /// The one that goes out, as the driver sees it.
    pub(super) target: RefCell<Option<Rc<Object>>>,
}

impl Bridge {
    /// ACX's bridge for a bridge pin without one from the driver: it accepts every mode, and the
    /// outgoing mode is RAW.
    pub(super) fn of_acx(circuit: usize) -> Self {
        Self {
            circuit,
            flags: 0,
            in_modes: vec![[0; 16]],
            out_mode: OutMode::Given(AUDIO_SIGNALPROCESSINGMODE_RAW),
            arguments: None,
            attributes: Cell::default(),
            inputs: RefCell::default(),
            output: RefCell::default(),
            target: RefCell::default(),
        }
    }

    pub(super) fn has(&self, flag: ACX_STREAM_BRIDGE_CONFIG_FLAGS) -> bool {
        self.flags & flag as u32 != 0
    }

    /// Whether states change in the opposite order.
    pub(crate) fn inverts(&self) -> bool {
        self.has(_ACX_STREAM_BRIDGE_CONFIG_FLAGS::AcxStreamBridgeInvertChangeStateSequence)
    }

    /// A GUID of zeros matches every mode.
    pub(super) fn takes(&self, mode: &GUID) -> bool {
        self.in_modes.iter().any(|own| *own == [0; 16] || *own == guid_bytes(mode))
    }

    /// How far up the streams are that come in, without one of them if it is given.
    pub(crate) fn highest(&self, kernel: &Kernel, but: Option<usize>) -> stream::State {
        let inputs = self.inputs.borrow();
        let others = inputs.iter().filter(|handle| Some(**handle) != but);
        let states = others.filter_map(|handle| object::get::<Stream>(kernel, *handle).ok());
        states.map(|stream| stream.state()).max().unwrap_or(stream::STOP)
    }
}

fn create(
    kernel: &Kernel,
    circuit: usize,
    config: PACX_STREAM_BRIDGE_CONFIG,
) -> Result<Bridge, NTSTATUS> {
    let config = sized(kernel, config, |config| config.Size)?;
    let has_modes = !config.InModes.is_null();
    if config.Type != _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeMux
        || has_modes != (config.InModesCount > 0)
    {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let modes = (0..config.InModesCount as usize).map(|at| {
        let place =
            read(config.InModes.wrapping_add(at).cast_const()).ok_or(STATUS_INVALID_PARAMETER)?;
        read(place).map(|mode| guid_bytes(&mode)).ok_or(STATUS_INVALID_PARAMETER)
    });
    let in_modes = modes.collect::<Result<Vec<_>, _>>()?;
    let out_mode = match read(config.OutMode) {
        None => OutMode::Listed,
        Some(mode) if same(&mode, &GUID::default()) => OutMode::Same,
        Some(mode) => OutMode::Given(mode),
    };
    Ok(Bridge {
        circuit,
        flags: config.Flags,
        in_modes,
        out_mode,
        arguments: object::optional(kernel, config.OutStreamVarArguments as usize)?,
        attributes: Cell::new(config.TargetStreamAttributes),
        inputs: RefCell::default(),
        output: RefCell::default(),
        target: RefCell::default(),
    })
}

fn AcxStreamBridgeCreate(
    kernel: &Kernel,
    circuit: ACXCIRCUIT,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_STREAM_BRIDGE_CONFIG,
    handle: *mut ACXSTREAMBRIDGE,
) -> NTSTATUS {
    let made = object::get::<Circuit>(kernel, circuit as usize).and_then(|circuit| {
        let bridge = create(kernel, circuit.handle(), config)?;
        object::create(kernel, "ACXSTREAMBRIDGE", bridge, attributes, Some(circuit.object()))
    });
    status(made.map(|bridge| write(handle, bridge.as_ptr())))
}

fn AcxPinAddStreamBridges(
    kernel: &Kernel,
    pin: ACXPIN,
    bridges: *mut ACXSTREAMBRIDGE,
    count: ULONG,
) -> NTSTATUS {
    status(pin::get(kernel, pin).and_then(|pin| {
        if pin.is_streaming() {
            kernel.violate(Rule::WrongParent, "stream bridges belong on bridge pins".to_owned());
            return Err(STATUS_INVALID_PARAMETER);
        }
        let added = handles::<Bridge, _>(kernel, bridges, count)?;
        pin.bridges.borrow_mut().extend(added.iter().map(|bridge| bridge.object().clone()));
        Ok(())
    }))
}

fn AcxPinRemoveStreamBridges(
    kernel: &Kernel,
    pin: ACXPIN,
    bridges: *mut ACXSTREAMBRIDGE,
    count: ULONG,
) -> NTSTATUS {
    status(pin::get(kernel, pin).and_then(|pin| {
        let gone = handles::<Bridge, _>(kernel, bridges, count)?;
        pin.bridges
            .borrow_mut()
            .retain(|own| !gone.iter().any(|other| other.handle() == own.handle()));
        Ok(())
    }))
}

entries! {
    /// Bridges.
    entries:
    AcxPinAddStreamBridges: PASSIVE, fallible;
    AcxPinRemoveStreamBridges: PASSIVE;
    AcxStreamBridgeCreate: PASSIVE, fallible;
}
