//! The driver's requests to other circuits, in a work item.

#![forbid(unsafe_code)]

use acx::bag::ObjectBag;
use acx::bridge::ManualBridge;
use acx::device::Parent;
use acx::drm::{Content, Rights};
use acx::format_list::PinLists;
use acx::guid::{AUDIO_SIGNALPROCESSINGMODE_RAW, GUID, KSPROPSETID_Pin};
use acx::once::Once;
use acx::opened::{OpenCircuit, OpenFactory, OpenStream};
use acx::pin::Mode;
use acx::pool::{Arc, Vec};
use acx::target::{Item, Target};
use acx::work::Work;
use acx::{Error, Passive, Result, wide};

use crate::driver::{BACK, SET};
use crate::front::{ANSWER, METHOD};
use crate::note;
use crate::others::{FAST, STEREO};

/// The links of the circuits and the factory, the pin behind, and the bridge in front.
#[derive(Default)]
pub(crate) struct Links {
    pub(crate) front: Once<Vec<u16>>,
    pub(crate) back: Once<Vec<u16>>,
    pub(crate) factory: Once<Vec<u16>>,
    pub(crate) unfinished: Once<Vec<u16>>,
    pub(crate) pin: Once<PinLists>,
    pub(crate) bridge: Once<ManualBridge>,
}

pub(crate) struct Ask {
    pub(crate) device: Parent,
    pub(crate) links: Arc<Links>,
}

impl Work for Ask {
    fn work(&self, passive: &mut Passive) {
        assert_eq!(self.circuit(passive), Ok(()));
        assert_eq!(self.stream(passive), Ok(()));
        assert_eq!(self.factory(passive), Ok(()));
        let pin = self.links.pin.get().expect("it was built");
        assert_eq!(pin.notify_change(passive), Ok(()));
    }
}

/// A property and a method that answer 42.
fn ask(target: &impl Target, passive: &mut Passive) -> Result<()> {
    let mut value = [0; 8];
    assert_eq!(target.length(&Item::new(&SET, ANSWER), passive)?, 4);
    // The answers are as long as they are, not as their buffers.
    assert_eq!(target.get(&Item::new(&SET, ANSWER), &mut value, passive)?, 4);
    assert_eq!(value, [42, 0, 0, 0, 0, 0, 0, 0]);
    let method = Item::new(&SET, METHOD);
    let mut result = [0; 8];
    assert_eq!(target.call(&method, &mut result, passive)?, 4);
    assert_eq!(result, value);
    assert!(target.get(&Item::new(&BACK, 1), &mut value, passive).is_err());
    assert!(target.length(&Item::new(&BACK, 1), passive).is_err());
    Ok(())
}

/// A property and a method that are listed, of an object that does not handle them.
fn is_unfinished(target: &impl Target, passive: &mut Passive) {
    let (property, method) = (Item::new(&SET, ANSWER), Item::new(&SET, METHOD));
    let refused = Err(Error::NotSupported);
    assert_eq!(target.get(&property, &mut [0; 4], passive), refused);
    assert_eq!(target.call(&method, &mut [0; 4], passive), refused);
}

impl Ask {
    fn circuit(&self, passive: &mut Passive) -> Result<()> {
        let link = self.links.front.get().ok_or(Error::NotReady)?;
        let circuit = OpenCircuit::open(&self.device, link, passive)?;
        assert_eq!(*circuit.link(passive)?, **link);
        ask(&*circuit, passive)?;
        assert_eq!((circuit.pins_count(), circuit.elements_count()), (3, 2));
        let host = circuit.pin_at(0).ok_or(Error::NotFound)?;
        assert_eq!(*host.formats(Mode::Raw, passive)?, [STEREO]);
        host.flush_formats(Mode::Raw, passive)?;
        assert!(host.formats(Mode::Movie, passive).is_err());
        let pin = circuit.pin_at(2).ok_or(Error::NotFound)?;
        assert_eq!(pin.id(), 2);
        ask(&pin, passive)?;
        let mut category = [0; 16];
        let asked = Item::new(&KSPROPSETID_Pin, 11);
        assert_eq!(pin.get(&asked, &mut category, passive)?, 16);
        assert!(circuit.pin_at(3).is_none());
        let element = circuit.element_at(1).ok_or(Error::NotFound)?;
        assert_eq!(element.id(), 1);
        ask(&element, passive)?;
        element.set(&Item::new(&SET, ANSWER), &[1, 0, 0, 0], passive)?;
        let method = Item::new(&SET, METHOD).with_input(&[1, 2, 3, 4]);
        element.call(&method, &mut [0; 4], passive)?;
        // A single byte is an argument, and a buffer.
        let method = Item::new(&SET, METHOD).with_input(&[9]);
        element.call(&method, &mut [0; 4], passive)?;
        let short = element.get(&Item::new(&SET, ANSWER), &mut [0], passive);
        assert_eq!(short, Err(Error::BufferTooSmall));
        assert!(circuit.element_at(2).is_none());
        assert!(OpenCircuit::open(&self.device, wide!("none"), passive).is_err());
        note("asked another circuit");
        Ok(())
    }

    fn stream(&self, passive: &mut Passive) -> Result<()> {
        let link = self.links.back.get().ok_or(Error::NotReady)?;
        let circuit = Arc::new(OpenCircuit::open(&self.device, link, passive)?)?;
        is_unfinished(&**circuit, passive);
        let element = circuit.element_at(0).ok_or(Error::NotFound)?;
        let same = |one: GUID, other: GUID| (one.Data1, one.Data4) == (other.Data1, other.Data4);
        assert!(same(element.kind(), SET) && same(element.name(), BACK));
        let arguments = ObjectBag::new(passive)?;
        arguments.add(wide!("depth"), 24_u16, passive)?;
        let stream = OpenStream::open(&circuit, 1, (STEREO, Mode::Raw), Some(&arguments), passive)?;
        assert_eq!(stream.elements_count(), 1);
        ask(&*stream, passive)?;
        let element = stream.element_at(0).ok_or(Error::NotFound)?;
        assert!(same(element.kind(), SET) && stream.element_at(1).is_none());
        let (property, method) = (Item::new(&SET, ANSWER), Item::new(&SET, METHOD));
        assert_eq!(element.set(&property, &[0; 4], passive), Err(Error::NotSupported));
        assert_eq!(element.call(&method, &mut [0; 4], passive), Err(Error::NotSupported));
        let rights = Rights { copy_protect: false, digital_output_disable: true };
        stream.assign_content(Content::UNPROTECTED, rights, passive)?;
        stream.forward_content(Content::UNPROTECTED, passive)?;
        let other = OpenStream::open(&circuit, 1, (FAST, Mode::Movie), None, passive)?;
        is_unfinished(&*other, passive);
        drop(other);
        let again = OpenStream::open(&circuit, 7, (STEREO, Mode::Raw), None, passive);
        assert!(again.is_err(), "there is no such pin");
        note("opened a stream");
        let before = crate::notes().len();
        drop(stream);
        assert_eq!(crate::notes()[before..], ["stream behind: gone"], "closed when dropped");
        assert_eq!(Mode::Raw.guid().Data1, AUDIO_SIGNALPROCESSINGMODE_RAW.Data1);
        Ok(())
    }

    fn factory(&self, passive: &mut Passive) -> Result<()> {
        let link = self.links.factory.get().ok_or(Error::NotReady)?;
        let factory = OpenFactory::open(&self.device, link, passive)?;
        ask(&factory, passive)?;
        for _ in 0..2 {
            factory.add_circuit(&SET, passive)?;
            factory.remove_circuit(&SET, passive)?;
        }
        assert_eq!(factory.add_circuit(&BACK, passive), Err(Error::NoMatch), "it is refused");
        assert!(factory.remove_circuit(&SET, passive).is_err(), "it has gone");
        let link = self.links.unfinished.get().ok_or(Error::NotReady)?;
        is_unfinished(&OpenFactory::open(&self.device, link, passive)?, passive);
        note("asked a factory");
        Ok(())
    }
}
