//! The machine of an execution, and what it must have.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::{Direction, File, System, request};
use acx_host::machine::{DeviceNode, Driver, HostError};
use acx_host::{Image, Machine};
use acx_sys::*;

use super::plan::{Named, Part, Place, Plan, Template};
use super::{Files, Flaw};
use crate::session::{STEREO, check};

/// Drivers: three of parts, one that offers an interface, one that asks for it.
const DRIVERS: usize = 5;
const OFFERS: usize = 3;
const ASKS: usize = 4;
/// Devices of a driver at once.
const DEVICES: usize = 2;
/// Circuits that factories are asked for by hand.
const ASKED: usize = 6;

/// The instance of a circuit that a factory made begins so; behind it is the number of its driver,
/// times this many, and which of its circuits it is.
const CHILD: &str = r"parts\child\child";
const CHILDREN: usize = 30;

/// A device.
struct Node<'m> {
    device: DeviceNode<'m>,
    instance: String,
    /// It was neither removed nor pulled out.
    is_there: bool,
    is_up: bool,
    /// The instance of the device that it stands on.
    below: Option<String>,
    /// How often it was started again.
    starts: u32,
}

/// A driver that is loaded. Its devices go first.
struct Loaded<'m> {
    nodes: Vec<Node<'m>>,
    driver: Rc<Driver<'m>>,
}

impl<'m> Loaded<'m> {
    /// Plugs a device, on top of the one at an instance.
    fn add(&mut self, below: Option<String>) -> Result<(), HostError> {
        // SAFETY: the driver is on the heap, where it stays until `self` is dropped, and fields are
        // dropped in their order: the devices, which alone have this reference, before it.
        let driver: &'m Driver<'m> = unsafe { &*Rc::as_ptr(&self.driver) };
        let device = match &below {
            Some(instance) => driver.add_device_on(instance)?,
            None => driver.add_device()?,
        };
        let instance = device.instance();
        self.nodes.push(Node { device, instance, is_there: true, is_up: true, below, starts: 0 });
        Ok(())
    }
}

/// A circuit or a factory that is there, by its link.
#[derive(Clone, Debug)]
struct Seen {
    named: Named,
    /// The name of the factory that made it.
    made_by: Option<Named>,
}

/// A client's stream.
struct Playing {
    link: String,
    _file: File,
}

pub(super) struct World<'m> {
    machine: &'m Machine,
    images: [Image; DRIVERS],
    plans: [Plan; 3],
    streams: Vec<Playing>,
    loaded: [Option<Loaded<'m>>; DRIVERS],
    asked: usize,
    /// How much of what the drivers printed was read.
    read: usize,
}

/// The instance and the name in a link: `\\?\ROOT#parts#0000#{...}\Part1`.
fn parts_of(link: &str) -> (String, String) {
    let (path, name) = link.rsplit_once('\\').unwrap_or((link, ""));
    let path = path.trim_start_matches(r"\\?\");
    let instance = path.rsplit_once("#{").map_or(path, |(instance, _)| instance);
    (instance.replace('#', "\\").to_lowercase(), name.to_owned())
}

impl<'m> World<'m> {
    pub(super) fn new(
        machine: &'m Machine,
        files: &Files,
        plans: [Plan; 3],
        flaw: Option<Flaw>,
    ) -> Self {
        let image = |at: usize| match at.checked_sub(plans.len()) {
            Some(other) => files.others[other].clone(),
            None => {
                let image = plans[at].flawed(flaw).image(at as u8, &files.parts);
                image.expect("the driver is a driver with any parts")
            }
        };
        let images = std::array::from_fn(image);
        let loaded = [const { None }; DRIVERS];
        Self { machine, images, plans, streams: Vec::new(), loaded, asked: 0, read: 0 }
    }

    /// The devices that are there.
    fn nodes(&self) -> impl Iterator<Item = (usize, &Node<'m>)> {
        let all = self.loaded.iter().enumerate();
        all.flat_map(|(at, loaded)| {
            loaded.iter().flat_map(move |own| own.nodes.iter().map(move |node| (at, node)))
        })
        .filter(|(_, node)| node.is_there)
    }

    fn is_up(&self) -> bool {
        self.nodes().all(|(_, node)| node.is_up)
    }

    /// What the drivers have printed since this was last asked.
    fn printed(&mut self) -> Vec<String> {
        let all = self.machine.debug_output();
        let new = all[self.read..].lines().map(str::to_owned).collect();
        self.read = all.len();
        new
    }

    /// The templates of the drivers that are loaded.
    fn templates(&self) -> impl Iterator<Item = &Template> {
        let loaded = self.plans.iter().zip(&self.loaded).filter(|(_, own)| own.is_some());
        loaded.flat_map(|(plan, _)| &plan.templates)
    }

    /// What may be at a link, of the devices that are there.
    fn seen(&self, link: &str) -> Option<Seen> {
        let (instance, name) = parts_of(link);
        let mut plans = self.nodes().filter(|(at, _)| *at < self.plans.len());
        if let Some(child) = instance.strip_prefix(CHILD) {
            // A factory has made it, whose device is there.
            let maker = child.parse::<usize>().expect("its number") / CHILDREN;
            plans.find(|(at, _)| *at == maker)?;
            let (factory, made) = self.plans[maker].factory?;
            return (name == format!("Part{}", made.named.name))
                .then_some(Seen { named: made.named, made_by: Some(factory) });
        }
        let (at, node) = plans.find(|(_, node)| node.instance.to_lowercase() == instance)?;
        let mut circuits = self.plans[at].circuits(node.starts).iter();
        let own = circuits.find(|own| name == format!("Part{}", own.named.name))?;
        Some(Seen { named: own.named, made_by: None })
    }

    /// One step; `with` says which of what there is.
    pub(super) fn step(&mut self, step: u8, with: usize) {
        let at = with % DRIVERS;
        let which = with / DRIVERS;
        match step % 16 {
            0 | 1 => self.load(at),
            2 => self.unload(at),
            3..=5 => self.add(at, which),
            6 => self.remove(at, which, false),
            7 => self.remove(at, which, true),
            8 => self.power(at, which),
            9 => self.rebalance(at, which),
            10 | 11 => self.play(with),
            12 if !self.streams.is_empty() => drop(self.streams.remove(with % self.streams.len())),
            13 => self.ask(with),
            14 => self.machine.sleep(Duration::from_millis(with as u64 % 32)),
            _ => self.forget(at),
        }
    }

    fn load(&mut self, at: usize) {
        let loaded = self.machine.load_image(&self.images[at]);
        match &self.loaded[at] {
            Some(_) => {
                assert!(matches!(loaded.err(), Some(HostError::LoadedTwice { .. })));
            }
            None => {
                let driver = loaded.expect("it is loaded once");
                self.loaded[at] = Some(Loaded { nodes: Vec::new(), driver: Rc::new(driver) });
            }
        }
    }

    fn unload(&mut self, at: usize) {
        let Some(loaded) = self.loaded[at].take() else { return };
        // A driver stays while a client has one of its devices open.
        self.streams.clear();
        let gone: Vec<String> = loaded.nodes.iter().map(|node| node.instance.clone()).collect();
        drop(loaded);
        for instance in &gone {
            self.fall(instance);
        }
        if at == OFFERS {
            let last = self.printed().pop();
            assert_eq!(last.as_deref(), Some("offers: 0 references are left"));
        }
    }

    /// What stood on a device goes with it.
    fn fall(&mut self, instance: &str) {
        for node in self.loaded.iter_mut().flatten().flat_map(|own| &mut own.nodes) {
            if node.below.as_deref() == Some(instance) {
                node.is_there = false;
            }
        }
    }

    fn add(&mut self, at: usize, which: usize) {
        let offers = self.nodes().any(|(at, _)| at == OFFERS);
        let stands: Vec<(usize, String)> = self
            .nodes()
            .filter(|(own, node)| {
                let is_base = *own != ASKS && node.is_up;
                let carries =
                    self.nodes().any(|(_, other)| other.below.as_ref() == Some(&node.instance));
                is_base && !carries
            })
            .map(|(at, node)| (at, node.instance.clone()))
            .collect();
        let below = if at == ASKS { stands.get(which) } else { None }.cloned();
        let Some(loaded) = &mut self.loaded[at] else { return };
        if loaded.nodes.len() == DEVICES {
            return;
        }
        let instance = below.as_ref().map(|(_, instance)| instance.clone());
        loaded.add(instance).expect("a device starts");
        if at != ASKS {
            return;
        }
        let on_offers = below.is_some_and(|(at, _)| at == OFFERS);
        let said = self.printed();
        let none = "0xC00000BB";
        let stack = if on_offers { "version 2, it was 5" } else { none };
        let target = if offers { "0x00000000" } else { none };
        for words in [format!("asks: stack {stack}"), format!("asks: target {target}")] {
            assert!(said.contains(&words), "'{words}' is not in {said:?}");
        }
    }

    /// The device that a step is about.
    fn node(&mut self, at: usize, which: usize) -> Option<&mut Node<'m>> {
        let nodes = &mut self.loaded[at].as_mut()?.nodes;
        let there = nodes.iter().filter(|node| node.is_there).count();
        nodes.iter_mut().filter(|node| node.is_there).nth(which % there.max(1))
    }

    fn remove(&mut self, at: usize, which: usize, by_surprise: bool) {
        let Some(node) = self.node(at, which) else { return };
        let instance = node.instance.clone();
        node.is_there = false;
        if by_surprise {
            // Its handle is held until somebody drops it.
            node.device.surprise_remove();
        } else {
            let nodes = &mut self.loaded[at].as_mut().expect("its driver is loaded").nodes;
            nodes.retain(|node| node.is_there || node.instance != instance);
        }
        self.fall(&instance);
    }

    /// Devices that are gone are dropped.
    fn forget(&mut self, at: usize) {
        if let Some(loaded) = &mut self.loaded[at] {
            loaded.nodes.retain(|node| node.is_there);
        }
    }

    /// Down, or up again. What stands on another goes with that.
    fn power(&mut self, at: usize, which: usize) {
        let Some(node) = self.node(at, which).filter(|node| node.below.is_none()) else { return };
        if node.is_up {
            node.device.power_down();
        } else {
            node.device.power_up().expect("a device comes back");
        }
        node.is_up = !node.is_up;
        assert_eq!(node.device.is_powered(), node.is_up);
    }

    fn rebalance(&mut self, at: usize, which: usize) {
        let Some(node) = self.node(at, which) else { return };
        if node.below.is_none() && node.is_up {
            let done = node.device.rebalance();
            assert!(matches!(done, Ok(()) | Err(HostError::Streaming)), "{done:?}");
            node.starts += u32::from(done.is_ok());
        }
    }

    fn endpoints(&self) -> Vec<Endpoint> {
        Endpoint::all(self.machine, Direction::Render).expect("each endpoint answers")
    }

    fn play(&mut self, which: usize) {
        if !self.is_up() {
            return;
        }
        let endpoints = self.endpoints();
        let Some(endpoint) = endpoints.get(which % endpoints.len().max(1)) else { return };
        let is_free = self.streams.iter().all(|own| own.link != endpoint.link);
        let opened = endpoint.open_stream(STEREO, &AUDIO_SIGNALPROCESSINGMODE_RAW);
        let file = match opened {
            Ok(file) => file,
            Err(why) => {
                assert!(!is_free, "{}: {why:?}", endpoint.link);
                return;
            }
        };
        let instance = [[0; 4], [0; 4], 4096_u32.to_le_bytes(), [0; 4]].concat();
        let id = KSPROPERTY_RTAUDIO_BUFFER;
        let (reply, _) = request::get_sized(&file, &KSPROPSETID_RtAudio, id, &instance, 16);
        assert_eq!(reply.status, STATUS_SUCCESS, "a buffer");
        request::set_state(&file, KSSTATE::KSSTATE_RUN).expect("a stream runs");
        self.streams.push(Playing { link: endpoint.link.clone(), _file: file });
    }

    /// Asks a factory by hand.
    fn ask(&mut self, which: usize) {
        if !self.is_up() || self.asked == ASKED {
            return;
        }
        let number = which % 7;
        let is_there = self.nodes().any(|(at, _)| {
            let plan = self.plans.get(at).and_then(|plan| plan.factory);
            plan.is_some_and(|(own, _)| usize::from(own.name) == number)
        });
        self.asked += 1;
        let asked = self.machine.ask_factory(&format!("factory{number}"));
        let expected = if is_there { Ok(()) } else { Err(STATUS_OBJECT_NAME_NOT_FOUND) };
        assert_eq!(asked, expected, "Factory{number}");
    }

    /// The machine has what its drivers have.
    pub(super) fn check(&self) {
        // What PnP and the manager do soon, they have done.
        self.machine.sleep(Duration::from_millis(1));
        check(self.machine);
        self.check_own_links();
        let visible = self.machine.interfaces(&KSCATEGORY_AUDIO);
        for link in &visible {
            assert!(self.seen(link).is_some(), "{link} is of no device that is there");
        }
        let mut idle = self.machine.idle_factories();
        idle.retain(|name| {
            !self.factories().any(|(_, own)| *name == format!("Factory{}", own.name))
        });
        assert!(idle.is_empty(), "{idle:?}: of no device that is there");
        if self.is_up() {
            self.check_endpoints();
        }
    }

    /// The circuits that a device has now.
    fn circuits(&self, at: usize, node: &Node<'_>) -> &[Part] {
        self.plans.get(at).map_or(&[], |plan| plan.circuits(node.starts))
    }

    /// The factories that are there, with their device's instance.
    fn factories(&self) -> impl Iterator<Item = (&str, Named)> {
        self.nodes().filter_map(|(at, node)| {
            let (own, _) = self.plans.get(at)?.factory?;
            Some((node.instance.as_str(), own))
        })
    }

    /// ACX's own links: each circuit and factory that is there, and no other.
    fn check_own_links(&self) {
        let links = self.machine.interfaces(&KSCATEGORY_ACXCIRCUIT);
        let (children, own): (Vec<_>, Vec<_>) = links
            .iter()
            .map(|link| parts_of(link))
            .partition(|(instance, _)| instance.starts_with(r"parts\child\"));
        let count = own.len();
        let own: BTreeSet<(String, String)> = own.into_iter().collect();
        assert_eq!(own.len(), count, "a link twice: {links:?}");
        let circuits = self.nodes().flat_map(|(at, node)| {
            self.circuits(at, node)
                .iter()
                .map(|part| (node.instance.to_lowercase(), format!("Part{}", part.named.name)))
        });
        let factories = self
            .factories()
            .map(|(instance, own)| (instance.to_lowercase(), format!("Factory{}", own.name)));
        assert_eq!(own, circuits.chain(factories).collect());
        assert!(children.is_empty() || self.factories().next().is_some(), "{children:?}");
    }

    /// Each endpoint is what a template describes, or stands alone and is in none.
    fn check_endpoints(&self) {
        let mut used = BTreeSet::new();
        let mut made: Vec<Vec<Seen>> = Vec::new();
        for endpoint in self.endpoints() {
            let links = self.path(endpoint);
            let path: Vec<Seen> =
                links.iter().map(|link| self.seen(link).expect("it is there")).collect();
            for link in &links {
                assert!(used.insert(link.to_lowercase()), "{link} is in two endpoints");
            }
            let is_described = self.templates().any(|own| own.describes(&path));
            // A place that names only a factory takes what that made for it, not for others.
            let wants = |own: &Template| {
                let mut places = own.places.iter().filter(|place| place.circuit.is_given());
                places.any(|place| takes(*place, &path[0]))
            };
            let is_wanted = self.templates().any(wants);
            assert!(is_described || path.len() == 1 && !is_wanted, "no template has {path:?}");
            made.push(path);
        }
        self.check_whole(&made);
    }

    /// The links of an endpoint's circuits, from the client on.
    fn path(&self, endpoint: Endpoint) -> Vec<String> {
        let mut links = vec![endpoint.link.clone()];
        let (mut at, mut from) = (endpoint, None);
        loop {
            let mut pins = at.pins.iter().filter(|pin| Some(pin.id) != from);
            let Some((link, pin)) = pins.find_map(|pin| pin.joined.clone()) else { return links };
            assert!(links.len() < 8, "an endpoint goes in circles: {links:?}");
            at = Endpoint::open(self.machine, &link).expect("a circuit of an endpoint is there");
            links.push(link);
            from = Some(pin);
        }
    }

    /// A template whose circuits are there, and are wanted by nobody else, has its endpoint. Those
    /// of factories are left out: they may be on demand.
    fn check_whole(&self, made: &[Vec<Seen>]) {
        let there: Vec<Seen> = self
            .nodes()
            .flat_map(|(at, node)| self.circuits(at, node))
            .map(|part| Seen { named: part.named, made_by: None })
            .collect();
        let wants = |own: &Template, circuit: &Seen| {
            own.places.iter().filter(|place| takes(**place, circuit)).count()
        };
        for template in self.templates() {
            if template.places.iter().any(|place| place.factory.is_given()) {
                continue;
            }
            let is_sure = template.places.iter().all(|place| {
                let mut candidates =
                    there.iter().filter(|circuit| takes(*place, circuit)).peekable();
                candidates.peek().is_some()
                    && candidates.all(|circuit| {
                        let all: usize = self.templates().map(|own| wants(own, circuit)).sum();
                        all == 1
                    })
            });
            let is_made = made.iter().any(|path| template.describes(path));
            assert!(!is_sure || is_made, "there is no endpoint of {template:?}: {made:?}");
        }
    }

    /// Everything goes: streams, then drivers, with their devices.
    pub(super) fn end(mut self) {
        self.streams.clear();
        for at in 0..DRIVERS {
            self.unload(at);
            self.check();
        }
        assert_eq!(self.machine.interfaces(&KSCATEGORY_ACXCIRCUIT), Vec::<String>::new());
    }
}

/// Whether a place of a template may be a circuit's.
fn takes(place: Place, circuit: &Seen) -> bool {
    if place.circuit.is_given() {
        return place.circuit.fits(circuit.named);
    }
    circuit.made_by.is_some_and(|factory| place.factory.fits(factory))
}

impl Template {
    /// Whether an endpoint is the one that it describes.
    fn describes(&self, path: &[Seen]) -> bool {
        self.places.len() == path.len()
            && self.places.iter().zip(path).all(|(place, circuit)| takes(*place, circuit))
    }
}
