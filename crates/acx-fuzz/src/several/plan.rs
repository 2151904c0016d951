//! What the drivers of an execution are: circuits, a factory and templates, as numbers that
//! `tests/c-driver/parts.c` finds in its file.
//!
//! Names of circuits where clients stream and of those behind them are apart: no template asks for
//! two circuits that cannot be joined, which is an author's mistake and not the manager's.

use acx_host::Image;
use acx_host::image::ImageError;

use super::Flaw;
use crate::bytes::Bytes;

/// Circuits of a device.
const CIRCUITS: usize = 2;
/// Templates of a driver.
const TEMPLATES: usize = 2;
/// Circuits of a template.
const PLACES: usize = 3;
/// What is in front of the plan in the driver's file.
const MARK: &[u8; 16] = b"PARTS BEGIN HERE";

/// How something is named: a number for each way, 0 where it is not named so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) id: u8,
    pub(super) uri: u8,
    pub(super) name: u8,
}

/// What a circuit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Clients stream here.
    Front,
    /// It is behind another one.
    Behind,
}

/// A circuit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) kind: Kind,
    pub(super) named: Named,
}

/// A circuit that a template names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) circuit: Named,
    pub(super) factory: Named,
    on_demand: bool,
}

/// An endpoint that is wanted: the circuits from the client on.
#[derive(Clone, Debug)]
pub(super) struct Template {
    pub(super) places: Vec<Place>,
    /// One of them comes first, if any.
    core: Option<usize>,
    /// The driver lists them the other way round.
    is_reversed: bool,
}

/// What a driver is.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    circuits: Vec<Part>,
    /// A factory, and what it makes.
    pub(super) factory: Option<(Named, Part)>,
    pub(super) templates: Vec<Template>,
    /// The driver never removes its circuits and its factory: ACX does, when the device goes.
    keeps: bool,
    /// Its first circuit is there only with each other start of a device.
    changes: bool,
}

impl Named {
    const NONE: Self = Self { id: 0, uri: 0, name: 0 };

    /// Three numbers of 0 to 3, of names for things of a kind.
    fn read(bytes: &mut Bytes<'_>, kind: Kind) -> Self {
        let byte = bytes.byte();
        let first = if kind == Kind::Front { 0 } else { 3 };
        let number = |shift: u8| match byte >> shift & 3 {
            0 => 0,
            some => first + some,
        };
        Self { id: number(0), uri: number(2), name: number(4) }
    }

    /// With a name and an id, as each circuit has them.
    fn whole(self, kind: Kind) -> Self {
        let first = if kind == Kind::Front { 1 } else { 4 };
        let given = |number: u8| if number == 0 { first } else { number };
        Self { id: given(self.id), name: given(self.name), ..self }
    }

    pub(super) fn is_given(self) -> bool {
        self != Self::NONE
    }

    /// Whether what is `own` is meant: everything that is named fits.
    pub(super) fn fits(self, own: Self) -> bool {
        let fits = |wanted: u8, own: u8| wanted == 0 || wanted == own;
        self.is_given()
            && fits(self.id, own.id)
            && fits(self.uri, own.uri)
            && fits(self.name, own.name)
    }

    fn bytes(self) -> [u8; 3] {
        [self.id, self.uri, self.name]
    }
}

impl Kind {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        match bytes.byte() % 3 {
            0 => None,
            1 => Some(Self::Front),
            _ => Some(Self::Behind),
        }
    }
}

impl Part {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let kind = Kind::read(bytes)?;
        Some(Self { kind, named: Named::read(bytes, kind).whole(kind) })
    }

    fn bytes(part: Option<Self>) -> [u8; 4] {
        part.map_or([0; 4], |Self { kind, named }| {
            let [id, uri, name] = named.bytes();
            [if kind == Kind::Front { 1 } else { 2 }, id, uri, name]
        })
    }
}

impl Place {
    /// One that says what it wants: a circuit, or whatever a factory makes.
    fn read(bytes: &mut Bytes<'_>, kind: Kind) -> Self {
        let mut circuit = Named::read(bytes, kind);
        let how = bytes.byte();
        let factory = if how & 1 == 0 { Named::NONE } else { Named::read(bytes, kind) };
        if !circuit.is_given() && !factory.is_given() {
            circuit = Named::NONE.whole(kind);
        }
        Self { circuit, factory, on_demand: factory.is_given() && how & 2 != 0 }
    }
}

impl Template {
    fn read(bytes: &mut Bytes<'_>) -> Option<Self> {
        let how = bytes.byte();
        let count = usize::from(how & 3);
        let core = usize::from(how >> 2 & 3).checked_sub(1).filter(|core| *core < count);
        let kind = |at: usize| if at == 0 { Kind::Front } else { Kind::Behind };
        let places = (0..count).map(|at| Place::read(bytes, kind(at))).collect();
        (count > 0).then_some(Self { places, core, is_reversed: how & 16 != 0 })
    }

    fn bytes(template: Option<&Self>) -> Vec<u8> {
        let mut bytes = vec![0];
        let mut places = template.map_or(Vec::new(), |own| own.places.clone());
        if let Some(template) = template {
            let last = places.len() - 1;
            let at = |core: usize| if template.is_reversed { last - core } else { core };
            bytes[0] = template.core.map_or(0, |core| at(core) as u8 + 1);
            if template.is_reversed {
                places.reverse();
            }
        }
        for at in 0..PLACES {
            let Some(Place { circuit, factory, on_demand }) = places.get(at) else {
                bytes.extend([0; 8]);
                continue;
            };
            bytes.push(1);
            bytes.extend(circuit.bytes());
            bytes.extend(factory.bytes());
            bytes.push(u8::from(*on_demand));
        }
        bytes
    }
}

impl Plan {
    pub(super) fn read(bytes: &mut Bytes<'_>) -> Self {
        let mut circuits: Vec<Part> = Vec::new();
        for mut part in (0..CIRCUITS).filter_map(|_| Part::read(bytes)) {
            // A device has each name and each id once.
            let first = if part.kind == Kind::Front { 1 } else { 4 };
            let next = |number: u8| first + (number - first + 1) % 3;
            if circuits.iter().any(|own| own.named.name == part.named.name) {
                part.named.name = next(part.named.name);
            }
            if circuits.iter().any(|own| own.named.id == part.named.id) {
                part.named.id = next(part.named.id);
            }
            circuits.push(part);
        }
        let factory = Part::read(bytes).map(|made| {
            let own = Named::read(bytes, made.kind).whole(made.kind);
            (own, made)
        });
        let templates = (0..TEMPLATES).filter_map(|_| Template::read(bytes)).collect();
        let how = bytes.byte();
        let (keeps, changes) = (how & 1 != 0, how & 3 == 2 && circuits.len() == CIRCUITS);
        Self { circuits, factory, templates, keeps, changes }
    }

    /// The circuits of a device that has started so often after its first start.
    pub(super) fn circuits(&self, starts: u32) -> &[Part] {
        if self.changes && !starts.is_multiple_of(2) { &self.circuits[1..] } else { &self.circuits }
    }

    /// As the driver has it.
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for at in 0..CIRCUITS {
            bytes.extend(Part::bytes(self.circuits.get(at).copied()));
        }
        bytes.extend(self.factory.map_or([0; 3], |(own, _)| own.bytes()));
        bytes.extend(Part::bytes(self.factory.map(|(_, made)| made)));
        for at in 0..TEMPLATES {
            bytes.extend(Template::bytes(self.templates.get(at)));
        }
        bytes
    }

    /// With a flaw.
    pub(super) fn flawed(&self, flaw: Option<Flaw>) -> Self {
        let mut own = self.clone();
        match flaw {
            Some(Flaw::LinksKept) => own.changes = false,
            Some(Flaw::UriIgnored) => {
                let places = own.templates.iter_mut().flat_map(|template| &mut template.places);
                places
                    .map(|place| &mut place.circuit.uri)
                    .filter(|uri| **uri > 0)
                    .for_each(|uri| *uri += 1);
            }
            None => {}
        }
        own
    }

    /// The driver's file with this in it, under a name.
    pub(super) fn image(&self, number: u8, file: &[u8]) -> Result<Image, ImageError> {
        let mut file = file.to_vec();
        let mark = file.windows(MARK.len()).position(|window| window == MARK);
        let begin = mark.expect("the driver has a mark where its parts are") + MARK.len();
        let how = [number, u8::from(self.keeps), u8::from(self.changes)];
        let plan = [&how[..], &self.bytes()].concat();
        file[begin..][..plan.len()].copy_from_slice(&plan);
        Image::parse(&format!("parts{number}.sys"), file)
    }
}
