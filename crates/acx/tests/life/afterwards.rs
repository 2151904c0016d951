//! Uses of a driver's references after their objects are deleted; and packets that no client
//! requested.

use std::any::Any;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use acx::bag::{Access, ObjectBag};
use acx::circuit::{Circuit, CircuitInit, Direction, NewCircuit};
use acx::circuit_device::{ChildId, Parent};
use acx::connection::{Connection, Node, Wiring};
use acx::constraints::PacketSizes;
use acx::device::{Device, PrepareHardware};
use acx::driver::is_acx_available;
use acx::element::{Fade, VolumeControl, VolumeRange};
use acx::event::{ChangeNotifier, EventGenerator, EventSource};
use acx::factory::{AskedCircuit, Factory, FactoryInit};
use acx::format::WaveFormat;
use acx::format_list::{DataFormats, FormatList, PinLists};
use acx::guid::{GUID, KSNODETYPE_SPEAKER, KSNOTIFICATIONID_SoundDetector};
use acx::jack::{JackDescription, Presence};
use acx::keyword::PnpEvent;
use acx::opened::{OpenCircuit, OpenFactory, OpenStream};
use acx::own_events::{EventHandler, EventRequest, HasEvents};
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stopped::StoppedWork;
use acx::stream::CreateStream;
use acx::target::{Item, Target};
use acx::units::Hns;
use acx::work::{Work, WorkItem};
use acx::{Error, Passive, Result};
use acx_client::System as _;
use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_sys::{
    AUDIO_SIGNALPROCESSINGMODE_RAW, DEVPKEY_KsAudio_PacketSize_Constraints2, KSCATEGORY_AUDIO,
    STATUS_INVALID_PARAMETER,
};

use crate::bench;
use crate::silent::Silent;

const MONO: WaveFormat = WaveFormat::mono(48_000, 16);

struct Plain;

impl Circuit for Plain {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        // Its packets are smaller than requested.
        request.create_rt(|_| Ok((Silent { divisor: 2 }, ())))
    }
}

impl VolumeControl for Plain {
    fn set_level(&self, _: Option<u32>, _: i32, _: Fade, _: &mut Passive) -> Result<()> {
        Ok(())
    }
    fn level(&self, _channel: Option<u32>) -> Result<i32> {
        Ok(0)
    }
}

impl EventSource for Plain {}

impl Presence for Plain {
    fn is_connected(&self, _passive: &mut Passive) -> Result<bool> {
        Ok(true)
    }
}

impl Work for Plain {
    fn work(&self, _passive: &mut Passive) {
        panic!("its owner is gone");
    }
}

impl Device for Plain {
    fn prepare_hardware(&self, _hardware: &mut PrepareHardware<'_>) -> Result<()> {
        Ok(())
    }
}

fn circuit<'a>(hardware: &'a mut PrepareHardware<'_>) -> Result<NewCircuit<'a>> {
    let name = acx::wide!("Test0");
    let mut circuit =
        CircuitInit::new(hardware, Direction::Render, name, &bench::COMPONENT)?.create(Plain)?;
    circuit.host_pin(1)?.formats(Mode::Raw, [MONO])?;
    Ok(circuit)
}

/// References that outlive their objects.
struct Kept {
    volume: ChangeNotifier,
    jack: ChangeNotifier,
    event: EventGenerator,
    detection: PnpEvent,
    formats: FormatList,
    all: DataFormats,
    shared: FormatList,
    lists: PinLists,
    work: WorkItem<Plain>,
    parent: Parent,
}

#[test]
fn what_is_kept_of_an_object_does_nothing_when_it_is_gone() {
    static KEPT: Mutex<Option<Kept>> = Mutex::new(None);
    bench::run_after(
        |hardware| {
            let parent = hardware.parent();
            let all = hardware.data_formats([MONO])?;
            let shared = all.list(&|_| true, hardware.passive())?;
            let mut circuit = circuit(hardware)?;
            let range = VolumeRange { minimum: 0, maximum: 0, step: 0 };
            let jack = JackDescription { channel_mask: 4, color: 0 };
            let mut bridge = circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
            let lists = bridge.lists();
            lists.assign(Mode::Default, &shared, bridge.passive())?;
            lists.assign(Mode::Media, &shared, bridge.passive())?;
            let (formats, jack) =
                (bridge.format_list(Mode::Raw)?, bridge.detected_jack(jack, Plain)?);
            *KEPT.lock().unwrap() = Some(Kept {
                all,
                shared,
                lists,
                volume: circuit.volume(1, range, Plain)?.change_notifier().unwrap(),
                jack,
                event: circuit.event(&bench::COMPONENT, 1, Plain)?,
                detection: PnpEvent::new(&circuit, &KSNOTIFICATIONID_SoundDetector)?,
                formats,
                work: WorkItem::new(&circuit, Plain)?,
                parent,
            });
            circuit.add()
        },
        |hardware| {
            let kept = KEPT.lock().unwrap().take().unwrap();
            let passive = hardware.passive();
            kept.volume.notify(passive);
            kept.jack.notify(passive);
            kept.event.generate(passive);
            kept.work.enqueue(passive);
            assert_eq!(kept.detection.generate([], passive), Err(Error::InvalidState));
            assert_eq!(kept.formats.set_default(MONO, passive), Err(Error::InvalidState));
            assert_eq!(kept.shared.set_default(MONO, passive), Err(Error::InvalidState));
            let assigned = kept.lists.assign(Mode::Movie, &kept.shared, passive);
            assert_eq!(assigned, Err(Error::InvalidState));
            let made = kept.all.list(&|_| true, passive).err();
            assert_eq!(made, Some(Error::InvalidState));
            let made = kept.lists.make(&kept.all, &|_| true, passive).err();
            assert_eq!(made, Some(Error::InvalidState));
            let name = acx::wide!("Value");
            let read = kept.parent.settings().number(name, passive);
            assert_eq!(read, Err(Error::InvalidState));
            let id = ChildId { device: name, instance: name, text: name };
            let added = kept.parent.add_circuit_device(&id, Plain, passive);
            assert_eq!(added.err(), Some(Error::InvalidState));
            Ok(())
        },
    );
}

impl EventHandler for Plain {
    fn request(&self, request: EventRequest<'_>) {
        request.complete(Ok(()));
    }
}

impl Factory for Plain {
    fn child(&self, _id: &GUID) -> Result<ChildId<'_>> {
        Err(Error::NotSupported)
    }
    fn create_circuit<'a>(&self, _circuit: AskedCircuit<'a>) -> Result<NewCircuit<'a>> {
        Err(Error::NotSupported)
    }
}

/// More references that outlive their objects.
struct KeptToo {
    bag: ObjectBag,
    lists: PinLists,
    formats: FormatList,
    stopped: StoppedWork<Plain>,
    event: EventGenerator,
}

#[test]
fn lists_events_and_stopped_work_do_nothing_when_their_circuit_is_gone() {
    static KEPT: Mutex<Option<KeptToo>> = Mutex::new(None);
    bench::run_after(
        |hardware| {
            let name = acx::wide!("drv_test");
            let bag = ObjectBag::create(name, Access::ReadWrite, hardware.passive())?;
            let mut circuit = circuit(hardware)?;
            let bridge = circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
            *KEPT.lock().unwrap() = Some(KeptToo {
                bag,
                lists: bridge.lists(),
                formats: bridge.format_list(Mode::Raw)?,
                stopped: StoppedWork::of_circuit(&circuit, Plain)?,
                event: circuit.handled_event(&bench::COMPONENT, 1, Plain)?,
            });
            circuit.add()
        },
        |hardware| {
            let kept = KEPT.lock().unwrap().take().unwrap();
            let gone = Some(Error::InvalidState);
            let device = hardware.parent();
            let passive = hardware.passive();
            assert_eq!(kept.lists.remove(Mode::Raw, passive).err(), gone);
            assert_eq!(kept.lists.notify_change(passive).err(), gone);
            assert_eq!(kept.formats.formats().err(), gone);
            assert_eq!(kept.formats.clear(passive).err(), gone);
            assert_eq!(kept.formats.remove(MONO, passive).err(), gone);
            assert_eq!(kept.formats.default_format().err(), gone);
            kept.stopped.enqueue(passive);
            kept.event.generate(passive);
            // A bag is the driver's.
            kept.bag.add(acx::wide!("value"), 1_u8, passive)?;
            assert!(is_acx_available(&device, (1, 0), passive)?);
            Ok(())
        },
    );
}

/// A circuit, a stream and a factory that the driver opened when its device was started.
struct Opened {
    circuit: Arc<OpenCircuit>,
    stream: OpenStream,
    factory: OpenFactory,
}

static OPENED: Mutex<Option<Opened>> = Mutex::new(None);

struct Opens {
    device: Parent,
    /// Of the circuit and of the factory.
    links: std::sync::Arc<Mutex<[Vec<u16>; 2]>>,
}

impl Work for Opens {
    fn work(&self, passive: &mut Passive) {
        let [circuit, factory] = &*self.links.lock().unwrap();
        let circuit = OpenCircuit::open(&self.device, circuit, passive).unwrap();
        let circuit = Arc::new(circuit).unwrap();
        let stream = OpenStream::open(&circuit, 0, (MONO, Mode::Raw), None, passive).unwrap();
        let factory = OpenFactory::open(&self.device, factory, passive).unwrap();
        *OPENED.lock().unwrap() = Some(Opened { circuit, stream, factory });
    }
}

fn open_later(hardware: &mut PrepareHardware<'_>) -> Result<()> {
    let device = hardware.parent();
    let factory = FactoryInit::new(hardware, acx::wide!("Factory0"), &bench::COMPONENT)?;
    let factory = factory.create(Plain)?;
    let factory_link = factory.link()?.to_vec();
    factory.add()?;
    let mut circuit = circuit(hardware)?;
    circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
    let links = std::sync::Arc::new(Mutex::default());
    let opens = WorkItem::new(&circuit, Opens { device, links: links.clone() })?;
    let link = circuit.add_then(|circuit, passive| circuit.link(passive))??;
    *links.lock().unwrap() = [link.to_vec(), factory_link];
    opens.enqueue(hardware.passive());
    Ok(())
}

#[test]
fn what_a_driver_opened_answers_an_error_when_its_device_was_removed() {
    bench::run_after(open_later, |hardware| {
        let Opened { circuit, stream, factory } = OPENED.lock().unwrap().take().unwrap();
        let passive = hardware.passive();
        let item = Item::new(&bench::COMPONENT, 1);
        assert!(circuit.get(&item, &mut [], passive).is_err());
        assert!(stream.call(&item, &mut [], passive).is_err());
        assert!(factory.length(&item, passive).is_err());
        let again = OpenStream::open(&circuit, 0, (MONO, Mode::Raw), None, passive);
        assert!(again.is_err());
        Ok(())
    });
}

#[test]
fn packets_that_were_not_asked_for_are_refused() {
    bench::run(
        |hardware, later| {
            later.release.clear();
            later.kept.push(Box::new(()) as Box<dyn Any + Send>);
            let mut circuit = circuit(hardware)?;
            circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
            circuit.add()
        },
        |machine| {
            let endpoint = Endpoint::find(machine, acx_client::Direction::Render).unwrap();
            let mono = acx_client::endpoint::WaveFormat {
                float: false,
                channels: 1,
                mask: 4,
                rate: 48_000,
                bits: 16,
                valid_bits: 16,
            };
            let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
            let opened = EventStream::open(machine, &endpoint, mono, raw, 480).map(drop);
            assert_eq!(opened.unwrap_err().status, STATUS_INVALID_PARAMETER);
        },
    );
}

/// A circuit that says when it goes.
struct Leaves(std::sync::Arc<AtomicBool>);

impl Circuit for Leaves {
    fn create_stream(&self, _request: CreateStream<'_>) -> Result<()> {
        Err(Error::NotSupported)
    }
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.0.store(true, SeqCst);
    }
}

#[test]
fn a_circuit_of_a_start_that_fails_is_gone_before_the_hardware_is_released() {
    let seen = std::sync::Arc::new(AtomicBool::new(false));
    let released = seen.clone();
    bench::fail(move |hardware, later| {
        let is_gone = std::sync::Arc::new(AtomicBool::new(false));
        let name = acx::wide!("Test0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &bench::COMPONENT)?;
        let mut circuit = init.create(Leaves(is_gone.clone()))?;
        circuit.host_pin(1)?;
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
        circuit.add()?;
        assert!(!is_gone.load(SeqCst));
        later.release.push(Box::new(move |_| {
            assert!(is_gone.load(SeqCst), "it was not removed");
            released.store(true, SeqCst);
        }));
        Err(Error::NotReady)
    });
    assert!(seen.load(SeqCst));
}

#[test]
fn a_circuit_that_was_connected_by_hand_is_an_endpoint_with_its_packet_sizes() {
    const SIZES: PacketSizes<0> =
        PacketSizes { minimum: Hns::from_milliseconds(2), maximum: None, modes: [] };
    bench::run(
        |hardware, _| {
            let mut circuit = circuit(hardware)?;
            circuit.bridge_pin(&KSNODETYPE_SPEAKER)?;
            let connections = [Connection { from: Node::Pin(0), to: Node::Pin(1) }];
            let wiring = Wiring { connections: &connections, wires: &[] };
            circuit.connect(&wiring)?.add_endpoint(&SIZES)
        },
        |machine| {
            Endpoint::find(machine, acx_client::Direction::Render).unwrap();
            let key = &DEVPKEY_KsAudio_PacketSize_Constraints2;
            let link = &machine.interfaces(&KSCATEGORY_AUDIO)[0];
            let sizes = machine.interface_property(link, key).unwrap();
            assert_eq!(sizes[..4], 20_000_u32.to_le_bytes());
        },
    );
}
