//! Bridge pins with driver-defined properties, methods and callbacks. DDI: ACX_PIN_CALLBACKS,
//! EVT_ACX_PIN_SET_DATAFORMAT, EVT_ACX_PIN_RETRIEVE_JACK_SINK_INFO.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::bridge_pin::{BridgePin, Sink, SinkConnection};
//! use acx::device::PrepareHardware;
//! use acx::guid::KSNODETYPE_LINE_CONNECTOR;
//! use acx::items::Handler;
//!
//! /// A television.
//! struct Television;
//!
//! impl Handler for Television {}
//!
//! impl BridgePin for Television {
//!     const HAS_SINK: bool = true;
//!
//!     fn sink(&self) -> Result<Sink> {
//!         let mut sink = Sink::new(SinkConnection::Hdmi);
//!         sink.describe(acx::wide!("Contoso TV"));
//!         Ok(sink)
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let mut circuit = host::speaker(hardware)?;
//!     circuit.bridge_pin_of(&KSNODETYPE_LINE_CONNECTOR, Television)?;
//!     circuit.add()
//! }
//! ```

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::element::answer;
use crate::error::status;
use crate::format::DataFormat;
use crate::items::{Handler, Items};
use crate::pin::{Pin, bridge_config};
use crate::trace;
use crate::units::low_half;
use crate::{Error, Passive, Result, context};

/// A bridge pin with callbacks of its own. ACX calls them at `PASSIVE_LEVEL`.
pub trait BridgePin: Handler {
    /// Whether ACX calls [`sink`](Self::sink).
    const HAS_SINK: bool = false;

    /// Whether ACX calls [`set_format`](Self::set_format).
    const HAS_FORMAT: bool = false;

    /// EvtAcxPinRetrieveJackSinkInfo: describes the connected sink. Called if
    /// [`HAS_SINK`](Self::HAS_SINK) is set.
    fn sink(&self) -> Result<Sink> {
        Err(Error::NotSupported)
    }

    /// EvtAcxPinSetDataFormat: sets the outgoing format, where no stream determines it. Called if
    /// [`HAS_FORMAT`](Self::HAS_FORMAT) is set.
    fn set_format(&self, _format: DataFormat<'_>, _passive: &mut Passive) -> Result<()> {
        Err(Error::NotSupported)
    }
}

/// How a sink is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SinkConnection {
    /// HDMI.
    Hdmi,
    /// DisplayPort.
    DisplayPort,
}

/// The device at a digital jack, as it describes itself (KSJACK_SINK_INFORMATION).
#[derive(Clone, Copy, Debug)]
pub struct Sink {
    /// How it is connected.
    pub connection: SinkConnection,
    /// The manufacturer's id.
    pub manufacturer: u16,
    /// The manufacturer's product id.
    pub product: u16,
    /// The latency of its audio, in milliseconds.
    pub latency: u16,
    /// Whether it protects content (HDCP).
    pub is_hdcp_capable: bool,
    /// Whether it takes commands (Supports_AI).
    pub is_ai_capable: bool,
    /// The id of its port.
    pub port: u64,
    description: [u16; 32],
    length: u8,
}

impl Sink {
    /// A sink with this connection; everything else is unknown.
    pub const fn new(connection: SinkConnection) -> Self {
        Self {
            connection,
            manufacturer: 0,
            product: 0,
            latency: 0,
            is_hdcp_capable: false,
            is_ai_capable: false,
            port: 0,
            description: [0; 32],
            length: 0,
        }
    }

    /// Sets the description that users see, in UTF-16; only the first 31 units are used.
    pub fn describe(&mut self, text: &[u16]) {
        self.description = [0; 32];
        self.length = 0;
        for (place, unit) in self.description.iter_mut().take(31).zip(text) {
            *place = *unit;
            self.length = self.length.saturating_add(1);
        }
    }

    fn to_acx(self) -> ACX_JACK_SINK_INFORMATION {
        use _ACX_JACK_SINK_INFO_CONNECTION_TYPE as Type;
        let [low, high] = halves(self.port);
        ACX_JACK_SINK_INFORMATION {
            ConnType: match self.connection {
                SinkConnection::Hdmi => Type::AcxJackSinkInfoConnectionTypeHdmi,
                SinkConnection::DisplayPort => Type::AcxJackSinkInfoConnectionTypeDisplayPort,
            },
            ManufacturerId: self.manufacturer,
            ProductId: self.product,
            AudioLatency: self.latency,
            HDCPCapable: self.is_hdcp_capable.into(),
            AICapable: self.is_ai_capable.into(),
            SinkDescriptionLength: self.length,
            SinkDescription: self.description,
            PortId: LUID { LowPart: low, HighPart: high.cast_signed() },
        }
    }
}

/// The lower and the upper 32 bits.
fn halves(number: u64) -> [u32; 2] {
    [low_half(number), low_half(number >> 32)]
}

impl NewCircuit<'_> {
    /// Like [`bridge_pin`](NewCircuit::bridge_pin), with driver-defined properties, methods and
    /// callbacks.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "EVT_ACX_PIN_SET_DATAFORMAT")]
    #[doc(alias = "EVT_ACX_PIN_RETRIEVE_JACK_SINK_INFO")]
    pub fn bridge_pin_of<P: BridgePin>(&mut self, category: &GUID, pin: P) -> Result<Pin<'_>> {
        let mut callbacks = ACX_PIN_CALLBACKS::default();
        ACX_PIN_CALLBACKS_INIT(&mut callbacks);
        if P::HAS_SINK {
            callbacks.EvtAcxPinRetrieveJackSinkInfo = Some(retrieve_sink::<P>);
        }
        if P::HAS_FORMAT {
            callbacks.EvtAcxPinSetDataFormat = Some(set_format::<P>);
        }
        let mut items = Items::new::<P>()?;
        let mut config = bridge_config(self.direction, category);
        config.PinCallbacks = &raw mut callbacks;
        (config.Properties, config.PropertiesCount) = items.properties()?;
        (config.Methods, config.MethodsCount) = items.methods()?;
        let handle = self.create_pin(&mut config, pin)?;
        Ok(self.pin(handle))
    }
}

unsafe extern "C" fn retrieve_sink<P: BridgePin>(
    pin: ACXPIN,
    out: PACX_JACK_SINK_INFORMATION,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxPinRetrieveJackSinkInfo", pin, [0, 0]);
    // SAFETY: ACX calls back for a live pin, and not after its cleanup.
    let own = unsafe { context::get::<P>(pin.cast()) }.ok_or(Error::InvalidState);
    let sink = own.and_then(BridgePin::sink).map(Sink::to_acx);
    // SAFETY: EvtAcxPinRetrieveJackSinkInfo's own output parameter.
    unsafe { answer(out, sink) }
}

unsafe extern "C" fn set_format<P: BridgePin>(pin: ACXPIN, format: ACXDATAFORMAT) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxPinSetDataFormat", pin, [0, 0]);
    // SAFETY: EvtAcxPinSetDataFormat is called at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    // SAFETY: ACX calls back for a live pin, and not after its cleanup.
    let own = unsafe { context::get::<P>(pin.cast()) }.ok_or(Error::InvalidState);
    // SAFETY: the callback's own format, which is alive while it runs.
    let format = unsafe { DataFormat::new(format) };
    status(own.and_then(|own| own.set_format(format, &mut passive)))
}

#[cfg(test)]
mod tests {
    use _ACX_JACK_SINK_INFO_CONNECTION_TYPE as Type;

    use super::*;

    #[test]
    fn of_a_new_sink_only_its_connection_is_known() {
        let own = Sink::new(SinkConnection::DisplayPort).to_acx();
        assert_eq!(own.ConnType, Type::AcxJackSinkInfoConnectionTypeDisplayPort);
        assert_eq!((own.ManufacturerId, own.ProductId, own.AudioLatency), (0, 0, 0));
        assert_eq!((own.HDCPCapable, own.AICapable), (0, 0));
        assert_eq!((own.SinkDescriptionLength, own.SinkDescription), (0, [0; 32]));
        assert_eq!((own.PortId.LowPart, own.PortId.HighPart), (0, 0));
    }

    #[test]
    fn a_sink_says_what_it_can_do_and_what_it_is_called_now() {
        let mut sink = Sink::new(SinkConnection::Hdmi);
        sink.is_hdcp_capable = true;
        sink.describe(&[7; 40]);
        let own = sink.to_acx();
        assert_eq!(own.ConnType, Type::AcxJackSinkInfoConnectionTypeHdmi);
        assert_eq!((own.HDCPCapable, own.AICapable), (1, 0));
        // A zero ends the text.
        assert_eq!((own.SinkDescriptionLength, own.SinkDescription[30]), (31, 7));
        assert_eq!(own.SinkDescription[31], 0);
        let mut sink = Sink { is_hdcp_capable: false, is_ai_capable: true, ..sink };
        sink.describe(&[8]);
        let own = sink.to_acx();
        assert_eq!((own.HDCPCapable, own.AICapable), (0, 1));
        assert_eq!((own.SinkDescriptionLength, own.SinkDescription[0]), (1, 8));
        assert_eq!(own.SinkDescription[1], 0);
    }
}
