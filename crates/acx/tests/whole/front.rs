//! The circuit where clients stream.

#![forbid(unsafe_code)]

use acx::bag::Bag;
use acx::bridge::{ManualBridge, Order, StreamRef};
use acx::bridge_pin::{BridgePin, Sink, SinkConnection};
use acx::circuit::{Circuit, CircuitInit, CompositeCircuit, Direction, NewCircuit};
use acx::composite::JoiningCircuit;
use acx::connection::{Connection, Node, Wire, Wiring};
use acx::device::PrepareHardware;
use acx::drm::{Content, Rights};
use acx::element::{ElementId, Fade, VolumeControl, VolumeRange};
use acx::event::{EventGenerator, EventSource};
use acx::format::DataFormat;
use acx::guid::{KSCATEGORY_AUDIO, KSCATEGORY_RENDER, KSNODETYPE_LINE_CONNECTOR};
use acx::items::{Handler, Method};
use acx::keyword::PnpEvent;
use acx::once::Once;
use acx::own_events::{EventHandler, EventRequest, EventVerb, HasEvents};
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::{Mode, Neighbour, Side, TargetCircuit};
use acx::pool::Arc;
use acx::request::{Filter, Property, Request, RequestType};
use acx::stopped::StoppedWork;
use acx::stream::{CreateStream, HwLatency, Notifier, Position, RtStream, Stream};
use acx::target::{Item, Target};
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
use acx::view::PinKind;
use acx::work::{Work, WorkItem};
use acx::{Error, Passive, Result, wide};

use crate::ask::{Ask, Links};
use crate::driver::{FRONT, SET};
use crate::note;
use crate::others::{Equalizer, FAST, STEREO, answer};

/// Properties of the circuit: a number, and an order for the driver.
pub(crate) const ANSWER: u32 = 1;
pub(crate) const ORDER: u32 = 3;
pub(crate) const METHOD: u32 = 2;
/// Properties of a stream.
pub(crate) const ASK_BEHIND: u32 = 9;
pub(crate) const LEAVE_BRIDGE: u32 = 10;
/// Events.
pub(crate) const EVENT: u32 = 22;
pub(crate) const HANDLED: u32 = 23;
pub(crate) const ALONE: u32 = 27;
pub(crate) const OF_PIN: u32 = 21;
pub(crate) const FORGOTTEN: u32 = 26;
const OF_STREAM: u32 = 24;
pub(crate) const OF_ELEMENT: u32 = 25;
/// Orders.
pub(crate) const RAISE: u32 = 1;
pub(crate) const RAISE_HANDLED: u32 = 2;
pub(crate) const DETECT: u32 = 3;
pub(crate) const ASK: u32 = 4;
pub(crate) const STOP: u32 = 5;

/// The parts of the complete circuit.
struct Parts {
    bridge: ManualBridge,
    event: EventGenerator,
    handled: EventGenerator,
    detection: PnpEvent,
    ask: WorkItem<Ask>,
    stop: StoppedWork<Stopped>,
}

#[derive(Clone)]
struct Front(Arc<Once<Parts>>);

impl Front {
    fn parts(&self) -> Result<&Parts> {
        self.0.get().ok_or(Error::NotReady)
    }

    fn obey(&self, order: u32, passive: &mut Passive) -> Result<()> {
        let parts = self.parts()?;
        match order {
            RAISE => parts.event.generate(passive),
            RAISE_HANDLED => parts.handled.generate(passive),
            DETECT => parts.detection.generate(*b"payload!", passive)?,
            ASK => parts.ask.enqueue(passive),
            STOP => parts.stop.enqueue(passive),
            _ => return Err(Error::InvalidParameter),
        }
        Ok(())
    }
}

impl Circuit for Front {
    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Method), set: Some(&SET), id: None }];
    const PROPERTIES: &'static [Property] =
        &[Property::read_only(&SET, ANSWER), Property::read_write(&SET, ORDER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];
    const HAS_HARDWARE: bool = true;

    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        let format = request.format();
        formats(format)?;
        let pin = request.pin();
        same!((pin.id(), pin.kind()), (request.pin_id(), PinKind::Sink));
        let circuit = request.circuit();
        same!(pin.circuit().pins_count(), circuit.pins_count());
        let circuit_id = circuit.notification_id();
        let bridge = &self.parts()?.bridge;
        request.create_rt(|stream| {
            let element = ElementId { kind: Some(&SET), name: None };
            stream.element(element, Equalizer)?;
            stream.element(element, Equalizer)?;
            stream.connect(&[Connection { from: Node::Element(1), to: Node::Element(0) }])?;
            sure!(stream.connect(&[Connection { from: Node::Pin(0), to: Node::Pin(0) }]).is_err());
            stream.source_event(&SET, OF_STREAM, Plain)?;
            let view = stream.view();
            same!(view.elements_count(), 2);
            let element = view.element(1).ok_or(Error::NotFound)?;
            same!(element.id(), 1);
            sure!(element.is_of_stream(&view) && !element.is_of_circuit(&view.circuit()));
            sure!(view.element(2).is_none());
            same!(view.circuit().notification_id().Data4, circuit_id.Data4);
            same!(view.notification_id().Data4, circuit_id.Data4);
            let stopped = StoppedWork::of_stream(stream, Stopped)?;
            stopped.enqueue(stream.passive());
            let own = stream.reference();
            bridge.add(&own, stream.passive())?;
            sure!(bridge.add(&own, stream.passive()).is_err(), "it is in the bridge");
            let bridge = Some((bridge.clone(), own));
            let playing = Playing { bridge, notifier: Some(stream.notifier()) };
            Ok((playing, ()))
        })
    }

    fn property(&self, mut request: Request<'_>) {
        let Some((_, ORDER)) = request.identifier() else { return answer(request) };
        let mut order = [0; 4];
        request.read_value(&mut order);
        let done = self.obey(u32::from_le_bytes(order), request.passive());
        request.complete(done.map(|()| 0));
    }

    fn method(&self, request: Request<'_>) {
        answer(request);
    }

    fn joins_composite(&self, mut circuit: JoiningCircuit<'_>) -> Result<()> {
        note("joins a composite");
        same!(circuit.circuit().pins_count(), 3);
        let own = circuit.properties();
        let own = own.map(|(bag, passive)| bag.get::<u32>(wide!("drv_test_circuit"), passive));
        same!(own, Some(Ok(2)));
        circuit.passive();
        Ok(())
    }

    fn prepare_hardware(&self, _passive: &mut Passive) -> Result<()> {
        note("circuit: prepare hardware");
        Ok(())
    }

    fn release_hardware(&self, _passive: &mut Passive) -> Result<()> {
        note("circuit: release hardware");
        Ok(())
    }

    fn power_up(&self, _passive: &mut Passive) -> Result<()> {
        note("circuit: power up");
        Ok(())
    }

    fn power_down(&self, _passive: &mut Passive) -> Result<()> {
        note("circuit: power down");
        Ok(())
    }
}

impl CompositeCircuit for Front {
    fn composite_complete(&self, properties: Option<&Bag>, passive: &mut Passive) -> Result<()> {
        note("the composite is complete");
        let own = properties.map(|bag| bag.get::<u32>(wide!("drv_test_endpoint"), passive));
        same!(own, Some(Ok(1)));
        Ok(())
    }

    fn composite_parted(&self, _properties: Option<&Bag>, _passive: &mut Passive) {
        note("the composite parts");
    }
}

fn formats(format: DataFormat<'_>) -> Result<()> {
    same!(format.wave_format()?, STEREO);
    same!(format.major_format().Data1, u32::from_le_bytes(*b"auds"));
    same!(format.sub_format().Data1, 1, "PCM");
    same!(format.specifier().Data1, 0x0558_9F81);
    same!((format.sample_size(), format.block_align()), (Bytes(4), Bytes(4)));
    // The valid bits lie where a compressed format has its samples per block.
    sure!([0, 16].contains(&format.samples_per_block()));
    same!(format.average_bytes_per_second(), 192_000);
    same!(format.encoded(), None);
    same!(format.ks().len(), 104);
    same!(format.wave_format_ex(), format.wave_format_extensible());
    same!(format.wave_format_extensible(), Some(&format.ks()[64..]));
    sure!(format.is_equal(&format));
    Ok(())
}

/// A stream that clients play into.
#[derive(Default)]
pub(crate) struct Playing {
    bridge: Option<(ManualBridge, StreamRef)>,
    notifier: Option<Notifier>,
}

impl Playing {
    /// Queries the stream of the circuit behind.
    fn ask(&self, request: &mut Request<'_>) -> Option<u32> {
        let (bridge, _) = self.bridge.as_ref()?;
        bridge.bridge().ask(request, |behind, passive| {
            let mut value = [0; 4];
            same!(behind.get(&Item::new(&SET, ANSWER), &mut value, passive), Ok(4));
            same!(behind.call(&Item::new(&SET, METHOD), &mut value, passive), Ok(4));
            same!(behind.elements_count(), 1);
            sure!(behind.element_at(0).is_some() && behind.element_at(1).is_none());
            let rights = Rights { copy_protect: true, digital_output_disable: false };
            same!(behind.assign_content(Content::UNPROTECTED, rights, passive), Ok(()));
            u32::from_le_bytes(value)
        })
    }
}

impl Stream for Playing {
    type Control = ();

    const PREPROCESS: &'static [Filter] =
        &[Filter { request_type: Some(RequestType::Method), set: Some(&SET), id: None }];
    const PROPERTIES: &'static [Property] =
        &[Property::read_only(&SET, ASK_BEHIND), Property::read_write(&SET, LEAVE_BRIDGE)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn prepare_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn release_hardware(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn run(&self, (): &mut (), passive: &mut Passive) -> Result<()> {
        note("stream: run");
        if let Some(notifier) = &self.notifier {
            notifier.notify_packet_complete(0, Qpc::now(), passive);
        }
        Ok(())
    }
    fn pause(&self, (): &mut (), _passive: &mut Passive) -> Result<()> {
        note("stream: pause");
        Ok(())
    }

    fn assign_content(
        &self,
        content: Content,
        rights: Rights,
        passive: &mut Passive,
    ) -> Result<()> {
        note("stream: content");
        same!(content.rights(passive)?, rights);
        sure!(rights.copy_protect && !rights.digital_output_disable);
        Ok(())
    }

    fn property(&self, mut request: Request<'_>) {
        match (request.identifier(), &self.bridge) {
            (Some((_, LEAVE_BRIDGE)), Some((bridge, own))) => {
                let left = bridge.remove(own, request.passive());
                sure!(bridge.remove(own, request.passive()).is_err(), "it has left");
                request.complete(left.map(|()| 0));
            }
            _ => match self.ask(&mut request) {
                Some(42) => answer(request),
                _ => request.complete(Err(Error::NotFound)),
            },
        }
    }

    fn method(&self, request: Request<'_>) {
        answer(request);
    }
}

impl RtStream for Playing {
    fn allocate_packets(
        &self,
        (): &mut (),
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        RtPackets::new(PacketLayout::contiguous(count, size)?, passive)
    }
    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency::default())
    }
    fn current_packet(&self) -> Result<u64> {
        Ok(0)
    }
    fn presentation_position(&self) -> Result<Position> {
        Ok(Position { frames: Frames(0), at: Qpc::now() })
    }
}

/// An event whose clients ACX manages, and a volume.
pub(crate) struct Plain;

impl EventSource for Plain {}

impl VolumeControl for Plain {
    fn set_level(&self, _: Option<u32>, _: i32, _: Fade, _: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn level(&self, _channel: Option<u32>) -> Result<i32> {
        Ok(0)
    }
}

/// An event whose clients the driver sees.
struct Seen;

impl EventHandler for Seen {
    fn request(&self, request: EventRequest<'_>) {
        match request.verb() {
            EventVerb::Enable => note("event: enable"),
            EventVerb::Disable => note("event: disable"),
            EventVerb::Support => {}
        }
        request.complete(Ok(()));
    }
}

/// An event that refuses its clients.
struct Refuses;

impl EventHandler for Refuses {
    fn request(&self, request: EventRequest<'_>) {
        request.complete(Err(Error::NotSupported));
    }
}

/// An event that forgets its clients' requests.
struct Forgets;

impl EventHandler for Forgets {
    fn request(&self, _request: EventRequest<'_>) {}
}

/// An event that sees whether it has clients.
struct Counted;

impl EventSource for Counted {
    fn enable(&self) -> Result<()> {
        note("event of an element: enable");
        Ok(())
    }
    fn disable(&self) {
        note("event of an element: disable");
    }
}

/// Work while no request is in progress.
struct Stopped;

impl Work for Stopped {
    fn work(&self, _passive: &mut Passive) {
        note("worked while stopped");
    }
}

/// The pin to the circuit behind.
struct Behind;

impl Neighbour for Behind {
    const HAS_FORMATS: bool = true;

    fn connected(&self, circuit: &TargetCircuit<'_>, passive: &mut Passive) {
        note("pin: connected");
        same!((circuit.pin(), circuit.pins_count(), circuit.elements()), (1, 2, 1));
        same!(circuit.pin_at(1).map(|pin| pin.id()), Some(1));
        sure!(circuit.link(passive).is_ok());
    }

    fn disconnected(&self, _passive: &mut Passive) {
        note("pin: disconnected");
    }

    fn formats_changed(&self, _circuit: &TargetCircuit<'_>, _passive: &mut Passive) {
        note("pin: formats changed");
    }
}

/// A television on a wire.
struct Television;

impl Handler for Television {
    const PROPERTIES: &'static [Property] = &[Property::read_only(&SET, ANSWER)];
    const METHODS: &'static [Method] = &[Method::new(&SET, METHOD)];

    fn property(&self, request: Request<'_>) {
        note("pin: property");
        answer(request);
    }
    fn method(&self, request: Request<'_>) {
        note("pin: method");
        answer(request);
    }
}

impl BridgePin for Television {
    const HAS_SINK: bool = true;
    const HAS_FORMAT: bool = true;

    fn sink(&self) -> Result<Sink> {
        let mut sink = Sink::new(SinkConnection::DisplayPort);
        sink.describe(wide!("Another television"));
        sink.describe(wide!("Television"));
        (sink.manufacturer, sink.product, sink.latency) = (2, 3, 4);
        sink.port = 0x8877_6655_4433_2211;
        sink.is_ai_capable = true;
        Ok(sink)
    }

    fn set_format(&self, format: DataFormat<'_>, _passive: &mut Passive) -> Result<()> {
        note("pin: set format");
        same!(format.wave_format()?, STEREO);
        Ok(())
    }
}

/// Connections of parts that a circuit does not have: it is deleted.
fn wrong_connections(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    let to_pin = |pin| [Connection { from: Node::Pin(0), to: Node::Pin(pin) }];
    let to_element = [Connection { from: Node::Pin(0), to: Node::Element(0) }];
    let wire = [Wire { pin: 2, link: wide!("nowhere"), target_pin: 0 }];
    for wrong in [
        Wiring { connections: &to_pin(2), wires: &[] },
        Wiring { connections: &to_element, wires: &[] },
        Wiring { connections: &to_pin(1), wires: &wire },
    ] {
        let init = CircuitInit::new(hardware, Direction::Render, wide!("Wrong0"), &SET)?;
        let mut circuit = init.in_composite::<Front>().create(Front(Arc::new(Once::default())?))?;
        circuit.host_pin(1)?;
        circuit.pin_between(Side::Far, Behind)?;
        same!(circuit.connect(&wrong).err(), Some(Error::InvalidParameter));
    }
    Ok(())
}

pub(crate) fn add(hardware: &mut PrepareHardware<'_>, links: &Arc<Links>) -> Result<()> {
    let device = hardware.parent();
    wrong_connections(hardware)?;
    let formats = hardware.data_formats([STEREO, FAST])?;
    let media = formats.list(&|format| *format == FAST, hardware.passive())?;
    let own = Front(Arc::new(Once::default())?);
    let init = CircuitInit::new(hardware, Direction::Render, wide!("Front0"), &FRONT)?
        .component_uri(wide!("test:front"))?
        .categories(&[KSCATEGORY_AUDIO, KSCATEGORY_RENDER])?
        .with_bridges_by_hand()
        .seeing_composite::<Front>();
    let mut circuit: NewCircuit<'_> = init.create(own.clone())?;
    let mut host = circuit.host_pin(1)?;
    host.formats(Mode::Raw, [STEREO])?;
    let lists = host.lists();
    lists.assign(Mode::Media, &media, host.passive())?;
    same!(*host.format_list(Mode::Media)?.formats()?, [FAST]);
    same!(*host.format_list(Mode::Raw)?.formats()?, [STEREO]);
    lists.remove(Mode::Media, host.passive())?;
    sure!(lists.remove(Mode::Media, host.passive()).is_err());
    let mut far = circuit.pin_between(Side::Far, Behind)?;
    same!(far.view().kind(), PinKind::Source);
    let extra = far.stream_bridge([Mode::Raw], Mode::Raw, Order::Usual)?;
    far.remove_stream_bridge(&extra)?;
    let bridge = far.stream_bridge_by_hand(Mode::Raw, Order::Usual)?;
    links.bridge.set(bridge.clone())?;
    far.handled_event(&SET, OF_PIN, Refuses)?;
    far.handled_event(&SET, FORGOTTEN, Forgets)?;
    circuit.bridge_pin_of(&KSNODETYPE_LINE_CONNECTOR, Television)?;
    let range = VolumeRange { minimum: 0, maximum: 0, step: 0 };
    circuit.volume(1, range, Plain)?;
    let mut element = circuit.element(ElementId::default(), Equalizer)?;
    element.source_event(&SET, OF_ELEMENT, Counted)?;
    let parts = Parts {
        bridge,
        event: circuit.event(&SET, EVENT, Plain)?,
        handled: circuit.handled_event(&SET, HANDLED, Seen)?,
        detection: PnpEvent::new(&circuit, &SET)?,
        ask: WorkItem::new(&circuit, Ask { device, links: links.clone() })?,
        stop: StoppedWork::of_circuit(&circuit, Stopped)?,
    };
    own.0.set(parts)?;
    let connections = [
        Connection { from: Node::Pin(0), to: Node::Element(1) },
        Connection { from: Node::Element(1), to: Node::Element(0) },
        Connection { from: Node::Element(0), to: Node::Pin(1) },
    ];
    let wires = [Wire { pin: 2, link: wide!(r"\??\somewhere else"), target_pin: 7 }];
    let circuit = circuit.connect(&Wiring { connections: &connections, wires: &wires })?;
    circuit.add_then(|circuit, passive| {
        same!((circuit.pins_count(), circuit.elements_count()), (3, 2));
        let pin = circuit.pin(1).ok_or(Error::NotFound)?;
        same!((pin.id(), pin.kind()), (1, PinKind::Source));
        let element = circuit.element(1).ok_or(Error::NotFound)?;
        sure!(element.id() == 1 && element.is_of_circuit(circuit));
        let device = circuit.device();
        same!(device.settings().number(wide!("None"), passive), Err(Error::NotFound));
        links.front.set(circuit.link(passive)?)
    })?
}
