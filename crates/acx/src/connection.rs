//! Connections of pins and elements that differ from the order of creation. DDI:
//! AcxCircuitAddConnections, AcxStreamAddConnections, AcxCircuitAddPhysicalConnections.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::connection::{Connection, Node, Wire, Wiring};
//! use acx::device::PrepareHardware;
//! use acx::element::ElementId;
//! use acx::guid::KSNODETYPE_LINE_CONNECTOR;
//! use acx::{Result, wide};
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     // Pins 0 and 1.
//!     let mut circuit = host::speaker(hardware)?;
//!     // Elements 0 and 1; audio passes the second one first.
//!     circuit.element(ElementId::default(), ())?;
//!     circuit.element(ElementId::default(), ())?;
//!     // Pin 2, which is wired to a pin of another filter.
//!     circuit.bridge_pin(&KSNODETYPE_LINE_CONNECTOR)?;
//!     let connections = [
//!         Connection { from: Node::Pin(0), to: Node::Element(1) },
//!         Connection { from: Node::Element(1), to: Node::Element(0) },
//!         Connection { from: Node::Element(0), to: Node::Pin(1) },
//!     ];
//!     let wires = [Wire { pin: 2, link: wide!(r"\??\Amplifier"), target_pin: 0 }];
//!     circuit.connect(&Wiring { connections: &connections, wires: &wires })?.add()
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::constraints::PacketSizes;
use crate::error::check;
use crate::items::one;
use crate::pool::Vec;
use crate::stream::NewStream;
use crate::view::CircuitView;
use crate::wdf_text::WdfText;
use crate::{Error, Passive, Result};

/// An end of a connection, by its id in its circuit or stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node {
    /// A pin of the circuit.
    Pin(u32),
    /// An element.
    Element(u32),
}

/// A connection, in the direction of the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The connection's source.
    pub from: Node,
    /// The connection's target.
    pub to: Node,
}

/// A bridge pin that is wired to a pin of another filter outside any composite.
#[derive(Clone, Copy, Debug)]
pub struct Wire<'a> {
    /// The pin's id.
    pub pin: u32,
    /// The symbolic link of the other filter.
    pub link: &'a [u16],
    /// The pin of the other filter.
    pub target_pin: u32,
}

/// The connections of a circuit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wiring<'a> {
    /// Inside the circuit; none for the order in which its parts were created.
    pub connections: &'a [Connection],
    /// To other filters.
    pub wires: &'a [Wire<'a>],
}

/// The objects of one circuit or stream, in the order of their ids.
struct Parts<'a> {
    object: ACXOBJECT,
    elements: &'a [WDFOBJECT],
    pins: usize,
}

impl Parts<'_> {
    /// The object of a node, and its pin's id.
    fn end(&self, node: Node) -> Result<(ACXOBJECT, ULONG)> {
        match node {
            Node::Pin(id) if usize::try_from(id).is_ok_and(|id| id < self.pins) => {
                Ok((self.object, id))
            }
            Node::Pin(_) => Err(Error::InvalidParameter),
            Node::Element(id) => {
                let element = usize::try_from(id).ok().and_then(|id| self.elements.get(id));
                let element = element.ok_or(Error::InvalidParameter)?;
                Ok((element.cast(), AcxPinIdDefault))
            }
        }
    }

    fn connections(&self, connections: &[Connection]) -> Result<Vec<ACX_CONNECTION>> {
        let mut all = Vec::new();
        for Connection { from, to } in connections {
            let ((from, from_pin), (to, to_pin)) = (self.end(*from)?, self.end(*to)?);
            let mut connection = ACX_CONNECTION::default();
            ACX_CONNECTION_INIT(&mut connection, from, to);
            connection.FromPin.Id = from_pin;
            connection.ToPin.Id = to_pin;
            all.push(connection)?;
        }
        Ok(all)
    }
}

fn count(length: usize) -> Result<ULONG> {
    ULONG::try_from(length).map_err(|_| Error::InvalidParameter)
}

impl<'hardware> NewCircuit<'hardware> {
    /// Connects the circuit's parts according to `wiring`. The circuit takes no more parts after
    /// this.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for an id that no part has; ACX's errors. The circuit is deleted
    /// then.
    #[doc(alias = "AcxCircuitAddConnections")]
    #[doc(alias = "AcxCircuitAddPhysicalConnections")]
    pub fn connect(mut self, wiring: &Wiring<'_>) -> Result<ConnectedCircuit<'hardware>> {
        self.assemble()?;
        let object = self.handle();
        let parts =
            Parts { object: object.cast(), elements: &self.elements, pins: self.pins.len() };
        let mut connections = parts.connections(wiring.connections)?;
        let number = count(connections.len())?;
        if number > 0 {
            let place = connections.as_mut_ptr();
            // SAFETY: the circuit is alive, and the connections are between its own parts; ACX
            // copies the array.
            check(unsafe { AcxCircuitAddConnections(object, place, number) })?;
        }
        for wire in wiring.wires {
            let (_, pin) = parts.end(Node::Pin(wire.pin))?;
            // SAFETY: at PASSIVE_LEVEL by the token that the circuit carries; the string is the
            // driver's child.
            let link = unsafe { WdfText::new(wire.link, null_mut()) }?;
            let mut connection = ACX_PHYSICAL_CONNECTION::default();
            ACX_PHYSICAL_CONNECTION_INIT(&mut connection);
            connection.FromPin.Id = pin;
            connection.TargetName = link.handle();
            connection.TargetPinId = wire.target_pin;
            let (place, count) = one(&mut connection);
            // SAFETY: the circuit is alive, and the pin is its own; ACX copies the structure and
            // the link.
            check(unsafe { AcxCircuitAddPhysicalConnections(object, place, count) })?;
        }
        Ok(ConnectedCircuit(self))
    }
}

/// A circuit with its parts and connections, not yet added to its device. Deleted when dropped.
pub struct ConnectedCircuit<'hardware>(NewCircuit<'hardware>);

impl ConnectedCircuit<'_> {
    /// The same as [`NewCircuit::add`].
    ///
    /// # Errors
    ///
    /// ACX's errors; the circuit is then deleted.
    pub fn add(mut self) -> Result<()> {
        self.0.add_assembled()
    }

    /// The same as [`NewCircuit::add_then`].
    ///
    /// # Errors
    ///
    /// The same as [`add`](Self::add).
    pub fn add_then<R>(
        mut self,
        look: impl FnOnce(&CircuitView<'_>, &mut Passive) -> R,
    ) -> Result<R> {
        self.0.add_assembled()?;
        Ok(self.0.look(look))
    }

    /// The same as [`NewCircuit::add_endpoint`].
    ///
    /// # Errors
    ///
    /// ACX's or the kernel's errors. The device may have the circuit even then: return the error.
    pub fn add_endpoint<const N: usize>(mut self, sizes: &PacketSizes<N>) -> Result<()> {
        self.0.add_assembled()?;
        self.0.publish(sizes)
    }
}

impl NewStream<'_> {
    /// Connects the elements that were added to the stream, by their ids, which count from 0. By
    /// default they are connected in the order in which they were added.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for an id that no element has, and for pins; ACX's errors.
    #[doc(alias = "AcxStreamAddConnections")]
    pub fn connect(&mut self, connections: &[Connection]) -> Result<()> {
        let stream = self.handle();
        let mut elements = Vec::new();
        // SAFETY: the stream is alive while it is being created.
        for id in 0..unsafe { AcxStreamGetElementsCount(stream) } {
            // SAFETY: the stream is alive while it is being created.
            let element = unsafe { AcxStreamGetElementById(stream, id) };
            if element.is_null() {
                return Err(Error::InvalidParameter);
            }
            elements.push(element.cast())?;
        }
        let parts = Parts { object: stream.cast(), elements: &elements, pins: 0 };
        let mut all = parts.connections(connections)?;
        let number = count(all.len())?;
        // SAFETY: the stream is alive, and the connections are between its own elements; ACX
        // copies the array.
        check(unsafe { AcxStreamAddConnections(stream, all.as_mut_ptr(), number) })
    }
}
