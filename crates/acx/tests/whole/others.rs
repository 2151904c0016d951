//! The circuit behind the front circuit, the circuit in front of the factory's circuit, and the
//! factory.

#![forbid(unsafe_code)]

use acx::bridge::Order;
use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::circuit_device::ChildId;
use acx::composite::JoiningCircuit;
use acx::connection::{Connection, Node, Wiring};
use acx::device::PrepareHardware;
use acx::element::ElementId;
use acx::factory::{AskedCircuit, Factory, FactoryInit};
use acx::format::WaveFormat;
use acx::guid::{GUID, KSCATEGORY_AUDIO, KSNODETYPE_SPEAKER};
use acx::items::{Handler, Method};
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::Arc;
use acx::request::{Filter, Property, Request, RequestType};
use acx::stream::{CreateStream, Stream};
use acx::view::PinKind;
use acx::{Error, Passive, Result, wide};

use crate::ask::Links;
use crate::driver::{BACK, FACTORY, IDLE, SET, SOURCE};
use crate::front::{ALONE, ANSWER, METHOD, Plain, Playing};
use crate::note;

pub(crate) const STEREO: WaveFormat = WaveFormat::stereo(48_000, 16);
pub(crate) const FAST: WaveFormat = WaveFormat::stereo(96_000, 16);

/// Completes a property or method with 42.
pub(crate) fn answer(request: Request<'_>) {
    if let Some(mut request) = request.require_length(4) {
        let written = request.write_value(&42_u32.to_le_bytes());
        request.complete(Ok(written));
    }
}

/// A pin without requests.
pub(crate) struct Quiet;

impl Neighbour for Quiet {
    fn connected(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {}
    fn disconnected(&self, _passive: &mut Passive) {}
}

/// An element with a property and a method.
pub(crate) struct Equalizer;

impl Handler for Equalizer {
    const PROPERTIES: &'static [Property] = &[Property::read_write(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn property(&self, request: Request<'_>) {
        note("element: property");
        answer(request);
    }

    fn method(&self, request: Request<'_>) {
        note("element: method");
        let mut arguments = [0; 8];
        // Arguments come with the call, if it has any.
        let length = request.read_input(&mut arguments);
        match arguments[..length] {
            [] | [1, 2, 3, 4] => {}
            [9] => note("element: an argument"),
            _ => panic!("{length} bytes of arguments: {arguments:?}"),
        }
        answer(request);
    }
}

/// An element that lists requests and handles none.
struct Unfinished;

impl Handler for Unfinished {
    const PROPERTIES: &'static [Property] = &[Property::read_write(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];
}

/// The circuit behind: its streams are basic ones.
struct Back;

impl Circuit for Back {
    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Property), set: Some(&SET), id: None }];
    // It handles neither.
    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn joins_composite(&self, _circuit: JoiningCircuit<'_>) -> Result<()> {
        note("circuit behind: joins a composite");
        Ok(())
    }

    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        if let Some((arguments, passive)) = request.arguments() {
            same!(arguments.get::<u16>(wide!("depth"), passive), Ok(24));
            note("stream: arguments");
        }
        same!(request.pin().kind(), PinKind::Sink);
        if request.mode() == Some(Mode::Movie) {
            same!(request.format().wave_format()?, FAST);
            return request.create_basic(|_| Ok((Idle, ())));
        }
        same!((request.format().wave_format()?, request.mode()), (STEREO, Some(Mode::Raw)));
        request.create_basic(|stream| {
            stream.element(ElementId { kind: Some(&SET), name: None }, Unfinished)?;
            Ok((Behind, ()))
        })
    }
}

/// A stream that lists requests and handles none.
struct Idle;

impl Stream for Idle {
    type Control = ();

    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Property), set: Some(&SET), id: None }];
    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
}

/// A stream behind.
struct Behind;

impl Drop for Behind {
    fn drop(&mut self) {
        note("stream behind: gone");
    }
}

impl Stream for Behind {
    type Control = ();

    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn run(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        note("stream behind: run");
        Ok(())
    }
    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        note("stream behind: pause");
        Ok(())
    }
    fn set_copy_protected(&self, _protected: bool) -> Result<()> {
        Ok(())
    }
    fn property(&self, request: Request<'_>) {
        answer(request);
    }
    fn method(&self, request: Request<'_>) {
        answer(request);
    }
}

pub(crate) fn back(hardware: &mut PrepareHardware<'_>, links: &Arc<Links>) -> Result<()> {
    let init = CircuitInit::new(hardware, Direction::Render, wide!("Back0"), &BACK)?;
    let mut circuit = init.in_composite::<Back>().create(Back)?;
    circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
    let mut near = circuit.pin_between(Side::Near, Quiet)?;
    near.formats(Mode::Raw, [STEREO])?.formats(Mode::Movie, [FAST])?;
    same!(*near.format_list(Mode::Movie)?.formats()?, [FAST]);
    links.pin.set(near.lists())?;
    circuit.event(&SET, ALONE, Plain)?;
    circuit.element(ElementId { kind: Some(&SET), name: Some(&BACK) }, Equalizer)?;
    let connections = [
        Connection { from: Node::Pin(1), to: Node::Element(0) },
        Connection { from: Node::Element(0), to: Node::Pin(0) },
    ];
    let circuit = circuit.connect(&Wiring { connections: &connections, wires: &[] })?;
    links.back.set(circuit.add_then(|circuit, passive| circuit.link(passive))??)
}

/// The circuit in front of the factory's circuit.
struct Source(Arc<Links>);

impl Circuit for Source {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_rt(|stream| {
            let bridge = self.0.bridge.get().ok_or(Error::NotReady)?;
            let added = bridge.add(&stream.reference(), stream.passive());
            same!(added, Err(Error::InvalidParameter), "the bridge is another circuit's");
            Ok((Playing::default(), ()))
        })
    }
}

pub(crate) fn source(hardware: &mut PrepareHardware<'_>, links: &Arc<Links>) -> Result<()> {
    let init = CircuitInit::new(hardware, Direction::Render, wide!("Source0"), &SOURCE)?
        .component_uri(wide!("test:source"))?;
    let mut circuit = init.in_composite::<Source>().create(Source(links.clone()))?;
    circuit.host_pin(1)?.formats(Mode::Raw, [STEREO])?;
    let mut far = circuit.pin_between(Side::Far, Quiet)?;
    far.stream_bridge([Mode::Raw], Mode::Raw, Order::Inverted)?;
    // Audio passes the element by.
    circuit.element(ElementId::default(), Unfinished)?;
    let by = [Connection { from: Node::Pin(0), to: Node::Pin(1) }];
    circuit.connect(&Wiring { connections: &by, wires: &[] })?.add()
}

struct Maker;

impl Factory for Maker {
    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Method), set: Some(&SET), id: None }];
    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn child(&self, id: &GUID) -> Result<ChildId<'_>> {
        note("factory: child");
        // One for the template, one that the test requests.
        let is_by_hand = [SET.Data4, BACK.Data4].contains(&id.Data4);
        let instance: &[u16] = if is_by_hand { wide!("1") } else { wide!("0") };
        let (device, text) = (wide!(r"Whole\Circuit"), wide!("A circuit"));
        Ok(ChildId { device, instance, text })
    }

    fn create_circuit<'a>(&self, mut circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>> {
        note("factory: circuit");
        let is_by_hand = [SET.Data4, BACK.Data4].contains(&circuit.id().Data4);
        same!(circuit.target_link()?.len(), 0);
        let bags = [
            (circuit.composite_properties()?, wide!("drv_test_endpoint").as_slice(), 1_u32),
            (circuit.circuit_properties()?, wide!("drv_test_circuit"), 2),
            (circuit.factory_properties()?, wide!("drv_test_factory"), 3),
        ];
        for (bag, name, value) in bags {
            same!(bag.is_none(), is_by_hand);
            let found = bag.map(|bag| bag.get::<u32>(name, circuit.passive())).transpose()?;
            sure!(found.is_none_or(|found| found == value));
        }
        let name: &[u16] = if is_by_hand { wide!("Made1") } else { wide!("Made0") };
        let is_refused = circuit.id().Data4 == BACK.Data4;
        let init = circuit.init(Direction::Render, name)?;
        if is_refused {
            return Err(Error::NoMatch);
        }
        let mut circuit = init.create(Back)?;
        circuit.pin_between(Side::Near, Quiet)?;
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
        Ok(circuit)
    }

    fn circuit_goes(&self, _passive: &mut Passive) {
        note("factory: circuit goes");
    }
    fn prepare_hardware(&self, _passive: &mut Passive) -> Result<()> {
        note("factory: prepare hardware");
        Ok(())
    }
    fn release_hardware(&self, _passive: &mut Passive) -> Result<()> {
        note("factory: release hardware");
        Ok(())
    }
    fn power_up(&self, _passive: &mut Passive) -> Result<()> {
        note("factory: power up");
        Ok(())
    }
    fn power_down(&self, _passive: &mut Passive) -> Result<()> {
        note("factory: power down");
        Ok(())
    }
    fn preprocess(&self, request: Request<'_>) {
        note("factory: preprocess");
        request.dispatch();
    }
    fn property(&self, request: Request<'_>) {
        note("factory: property");
        answer(request);
    }
    fn method(&self, request: Request<'_>) {
        note("factory: method");
        answer(request);
    }
}

pub(crate) fn factory(hardware: &mut PrepareHardware<'_>, links: &Arc<Links>) -> Result<()> {
    drop(FactoryInit::new(hardware, wide!("Unused0"), &FACTORY)?);
    let init = FactoryInit::new(hardware, wide!("Factory0"), &FACTORY)?
        .component_uri(wide!("test:factory"))?
        .categories(&[KSCATEGORY_AUDIO])?;
    let mut factory = init.create(Maker)?;
    factory.element(ElementId::default(), Equalizer)?;
    links.factory.set(factory.link()?)?;
    factory.add()
}

/// A factory that lists requests and handles none, and makes nothing.
struct Idler;

impl Factory for Idler {
    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Property), set: Some(&SET), id: None }];
    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn child(&self, _id: &GUID) -> Result<ChildId<'_>> {
        Err(Error::NotSupported)
    }

    fn create_circuit<'a>(&self, _circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>> {
        Err(Error::NotSupported)
    }
}

pub(crate) fn idle_factory(hardware: &mut PrepareHardware<'_>, links: &Arc<Links>) -> Result<()> {
    let factory = FactoryInit::new(hardware, wide!("Idle0"), &IDLE)?.create(Idler)?;
    links.unfinished.set(factory.link()?)?;
    factory.add()
}
