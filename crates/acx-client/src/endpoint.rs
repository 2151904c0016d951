//! A client's view of a filter: pins, modes, formats, nodes.

use acx_sys::*;

use crate::bytes::{field, guid_bytes, text};
use crate::request::{descriptor, get, get_known, number, pin};
use crate::{Direction, Failed, File, System};

/// A wave format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WaveFormat {
    /// Whether the samples are IEEE float; integer otherwise.
    pub float: bool,
    /// Channels.
    pub channels: u16,
    /// Speaker positions, one bit each.
    pub mask: u32,
    /// Frames per second.
    pub rate: u32,
    /// The size of a sample in bits.
    pub bits: u16,
    /// The bits of a sample that carry audio.
    pub valid_bits: u16,
}

impl WaveFormat {
    /// The usual speaker positions for a number of channels (KSAUDIO_SPEAKER_* of ksmedia.h). Zero
    /// if there are none.
    pub const fn usual_mask(channels: u16) -> u32 {
        match channels {
            1 => 0x4,
            2 => 0x3,
            3 => 0xB,
            4 => 0x33,
            5 => 0x37,
            6 => 0x3F,
            7 => 0x13F,
            8 => 0x63F,
            _ => 0,
        }
    }

    /// The size of a frame in bytes.
    pub fn block_align(&self) -> usize {
        usize::from(self.channels) * usize::from(self.bits / 8)
    }

    /// Converts the format to a KSDATAFORMAT_WAVEFORMATEXTENSIBLE.
    pub fn to_ks(self) -> Vec<u8> {
        let sub =
            if self.float { KSDATAFORMAT_SUBTYPE_IEEE_FLOAT } else { KSDATAFORMAT_SUBTYPE_PCM };
        let block = self.block_align() as u16;
        let mut bytes = Vec::with_capacity(104);
        bytes.extend(104u32.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes.extend(u32::from(block).to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        for guid in [KSDATAFORMAT_TYPE_AUDIO, sub, KSDATAFORMAT_SPECIFIER_WAVEFORMATEX] {
            bytes.extend(guid_bytes(&guid));
        }
        bytes.extend(WAVE_FORMAT_EXTENSIBLE.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.rate.to_le_bytes());
        bytes.extend((self.rate * u32::from(block)).to_le_bytes());
        bytes.extend(block.to_le_bytes());
        bytes.extend(self.bits.to_le_bytes());
        bytes.extend(22u16.to_le_bytes());
        bytes.extend(self.valid_bits.to_le_bytes());
        bytes.extend(self.mask.to_le_bytes());
        bytes.extend(guid_bytes(&sub));
        bytes
    }

    /// Parses a KSDATAFORMAT with a wave format.
    pub fn from_ks(bytes: &[u8]) -> Option<Self> {
        let head = size_of::<KSDATAFORMAT>();
        let size = number(bytes, 0) as usize;
        let wave = bytes.get(head..size)?;
        let half = |at: usize| u16::from_le_bytes(field(wave, at));
        if wave.len() < size_of::<WAVEFORMATEX>() + usize::from(half(16)) {
            return None;
        }
        let is_extensible = half(0) == WAVE_FORMAT_EXTENSIBLE;
        Some(Self {
            float: field(bytes, 32) == guid_bytes(&KSDATAFORMAT_SUBTYPE_IEEE_FLOAT),
            channels: half(2),
            mask: if is_extensible { number(wave, 20) } else { 0 },
            rate: number(wave, 4),
            bits: half(14),
            valid_bits: half(if is_extensible { 18 } else { 14 }),
        })
    }
}

impl std::fmt::Display for WaveFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { channels, rate, bits, valid_bits, .. } = self;
        write!(f, "{rate} Hz, {channels} ch, ")?;
        match (self.float, bits == valid_bits) {
            (true, _) => write!(f, "float{bits}"),
            (false, true) => write!(f, "{bits} bit"),
            (false, false) => write!(f, "{valid_bits} in {bits} bit"),
        }
    }
}

/// A pin of a filter.
#[derive(Clone, Debug)]
pub struct Pin {
    /// Its id.
    pub id: u32,
    /// Whether clients open streams here.
    pub is_streaming: bool,
    /// Whether data flows into the filter: true for render.
    pub flows_in: bool,
    /// The maximum number of streams, and the current number.
    pub instances: (u32, u32),
    /// Each mode with its formats, the default first.
    pub modes: Vec<([u8; 16], Vec<WaveFormat>)>,
    /// The number of its jacks.
    pub jacks: u32,
    /// The name that users see; empty if it has none of its own.
    pub name: String,
    /// The pin's category: KSPROPERTY_PIN_CATEGORY.
    pub category: [u8; 16],
    /// The next filter of a composite endpoint and its pin: KSPROPERTY_PIN_PHYSICALCONNECTION.
    pub joined: Option<(String, u32)>,
}

/// A filter with its pins, formats and nodes.
pub struct Endpoint {
    /// The interface's symbolic link.
    pub link: String,
    /// The open filter.
    pub filter: File,
    /// The direction of its streams.
    pub direction: Direction,
    /// Its pins, by id.
    pub pins: Vec<Pin>,
    /// Node types, by id.
    pub nodes: Vec<[u8; 16]>,
    /// The pins of the audio engine, if there is one.
    pub engine: Option<EnginePins>,
}

/// The descriptor of an audio engine (KSAUDIOENGINE_DESCRIPTOR).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnginePins {
    /// Its node.
    pub node: u32,
    /// The pin of the system's own mix.
    pub host: u32,
    /// The pin of offload streams, which the engine mixes.
    pub offload: u32,
    /// The pin that captures the mix.
    pub loopback: u32,
}

fn failed(what: &'static str) -> impl Fn(NTSTATUS) -> Failed {
    move |status| Failed { what, status }
}

/// The name of a link's circuit, which is the link's reference string.
pub fn name_of(link: &str) -> &str {
    link.rsplit('\\').next().unwrap_or_default()
}

impl Endpoint {
    /// Opens the first endpoint of a direction and reads its pins, formats and nodes.
    ///
    /// # Errors
    ///
    /// [`Failed`]: there is none, or a request failed.
    pub fn find(system: &dyn System, direction: Direction) -> Result<Self, Failed> {
        Self::nth(system, direction, 0)
    }

    /// Like [`find`](Self::find), for the endpoint at `index`.
    ///
    /// # Errors
    ///
    /// [`Failed`]: there are fewer endpoints, or a request failed.
    pub fn nth(system: &dyn System, direction: Direction, index: usize) -> Result<Self, Failed> {
        let endpoint = Self::all(system, direction)?.into_iter().nth(index);
        endpoint.ok_or(STATUS_OBJECT_NAME_NOT_FOUND).map_err(failed("finding an endpoint"))
    }

    /// The endpoint `name`: the name that users see, or its circuit's, such as `Speaker0`. Case is
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`Failed`]: there is none (STATUS_OBJECT_NAME_NOT_FOUND), there are several
    /// (STATUS_OBJECT_NAME_COLLISION), or a request failed.
    pub fn named(
        system: &dyn System,
        directions: &[Direction],
        name: &str,
    ) -> Result<Self, Failed> {
        let what = "finding an endpoint by its name";
        // A pin without a name has an empty one.
        let same = |other: &str| !name.is_empty() && other.to_lowercase() == name.to_lowercase();
        let mut found = Vec::new();
        for direction in directions {
            found.extend(Self::all(system, *direction)?);
        }
        found.retain(|end| same(end.name()) || end.pins.iter().any(|pin| same(&pin.name)));
        // An end may have been given the name of another one's circuit.
        let status = match found.len() {
            0 => STATUS_OBJECT_NAME_NOT_FOUND,
            1 => return Ok(found.remove(0)),
            _ => STATUS_OBJECT_NAME_COLLISION,
        };
        Err(Failed { what, status })
    }

    /// Every endpoint of a direction: the filters with a streaming pin. The other filters of a
    /// composite endpoint have none.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn all(system: &dyn System, direction: Direction) -> Result<Vec<Self>, Failed> {
        let category = match direction {
            Direction::Render => KSCATEGORY_RENDER,
            Direction::Capture => KSCATEGORY_CAPTURE,
        };
        let mut all = Vec::new();
        for link in system.interfaces(&category) {
            let endpoint = Self::open(system, &link)?;
            if endpoint.pins.iter().any(|pin| pin.is_streaming) {
                all.push(endpoint);
            }
        }
        Ok(all)
    }

    /// Opens a filter by its link and reads its pins, formats and nodes.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn open(system: &dyn System, link: &str) -> Result<Self, Failed> {
        let filter = system.open(link).map_err(failed("opening the filter"))?;
        let count = get(&filter, "the pin count", &KSPROPSETID_Pin, KSPROPERTY_PIN_CTYPES, &[])?;
        let pins: Vec<Pin> =
            (0..number(&count, 0)).map(|id| ask_pin(&filter, id)).collect::<Result<_, _>>()?;
        let id = KSPROPERTY_TOPOLOGY_NODES;
        let nodes = get(&filter, "the nodes", &KSPROPSETID_Topology, id, &[])?;
        let nodes = nodes[8..].as_chunks::<16>().0.to_vec();
        // Without a streaming pin the interface category gives the direction.
        let name = |link: &str| name_of(link).to_lowercase();
        let is_render = if pins.iter().any(|pin| pin.is_streaming) {
            pins.iter().any(|pin| pin.is_streaming && pin.flows_in)
        } else {
            let renders = system.interfaces(&KSCATEGORY_RENDER);
            renders.iter().any(|other| name(other) == name(link))
        };
        let direction = if is_render { Direction::Render } else { Direction::Capture };
        let engine = ask_engine(&filter, &nodes);
        Ok(Self { link: link.to_owned(), filter, direction, pins, nodes, engine })
    }

    /// The names of the filters that a stream passes: this one, and the next ones of a composite
    /// endpoint.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn path(&self, system: &dyn System) -> Result<Vec<String>, Failed> {
        let behind = self.behind(system)?;
        Ok(std::iter::once(self).chain(&behind).map(|filter| filter.name().to_owned()).collect())
    }

    /// The filters after this one in a composite endpoint, in the order of a stream's path; none if
    /// it is an endpoint by itself.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn behind(&self, system: &dyn System) -> Result<Vec<Self>, Failed> {
        let mut filters = Vec::new();
        let mut way = self.way_on(None);
        while let Some((link, pin)) = way {
            let next = Self::open(system, &link)?;
            way = next.way_on(Some(pin));
            filters.push(next);
        }
        Ok(filters)
    }

    /// The next filter and pin of a stream that came in through pin `from`.
    fn way_on(&self, from: Option<u32>) -> Option<(String, u32)> {
        self.pins.iter().filter(|pin| Some(pin.id) != from).find_map(|pin| pin.joined.clone())
    }

    /// The circuit's name, as [`name_of`] its link.
    pub fn name(&self) -> &str {
        name_of(&self.link)
    }

    /// The pin where streams are opened.
    ///
    /// # Errors
    ///
    /// [`Failed`] if there is none.
    pub fn host_pin(&self) -> Result<&Pin, Failed> {
        let is_host = |pin: &&Pin| match self.engine {
            Some(engine) => pin.id == engine.host,
            None => pin.is_streaming,
        };
        let pin = self.pins.iter().find(is_host);
        pin.ok_or(STATUS_NOT_FOUND).map_err(failed("finding the host pin"))
    }

    /// Opens a stream.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the filter's status.
    pub fn open_stream(&self, format: WaveFormat, mode: &GUID) -> Result<File, Failed> {
        self.open_stream_at(self.host_pin()?.id, format, mode)
    }

    /// Opens a stream at a pin.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the filter's status.
    pub fn open_stream_at(
        &self,
        pin: u32,
        format: WaveFormat,
        mode: &GUID,
    ) -> Result<File, Failed> {
        let connect = connect(pin, &format.to_ks(), Some(mode));
        self.filter.create_pin(&connect).map_err(failed("opening the pin"))
    }
}

/// A KSPIN_CONNECT, the format, and the mode as its attribute.
pub fn connect(pin: u32, format: &[u8], mode: Option<&GUID>) -> Vec<u8> {
    let mut bytes = guid_bytes(&KSINTERFACESETID_Standard).to_vec();
    bytes.extend(KSINTERFACE_STANDARD_LOOPED_STREAMING.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(guid_bytes(&KSMEDIUMSETID_Standard));
    bytes.extend([0; 8]);
    bytes.extend(pin.to_le_bytes());
    bytes.extend([0; 12]);
    bytes.extend(KSPRIORITY_NORMAL.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    let mut format = format.to_vec();
    if let Some(mode) = mode {
        format[4..8].copy_from_slice(&KSDATAFORMAT_ATTRIBUTES.to_le_bytes());
        format.resize(format.len().next_multiple_of(8), 0);
        for number in [48u32, 1, 40, 0] {
            format.extend(number.to_le_bytes());
        }
        format.extend(guid_bytes(&KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE));
        format.extend(guid_bytes(mode));
    }
    bytes.extend(format);
    bytes
}

fn ask_engine(filter: &File, nodes: &[[u8; 16]]) -> Option<EnginePins> {
    let kind = guid_bytes(&KSNODETYPE_AUDIO_ENGINE);
    let node = nodes.iter().position(|node| *node == kind)? as u32;
    let instance = [node.to_le_bytes(), [0; 4]].concat();
    let id = KSPROPERTY_AUDIOENGINE_DESCRIPTOR;
    let value =
        get_known(filter, "the engine's pins", &KSPROPSETID_AudioEngine, id, &instance, 12).ok()?;
    let [host, offload, loopback] = [0, 4, 8].map(|at| number(&value, at));
    Some(EnginePins { node, host, offload, loopback })
}

fn ask_pin(filter: &File, id: u32) -> Result<Pin, Failed> {
    let set = &KSPROPSETID_Pin;
    let ask = |what, property| get(filter, what, set, property, &pin(id));
    let category = ask("the category", KSPROPERTY_PIN_CATEGORY)?;
    let communication = ask("the communication", KSPROPERTY_PIN_COMMUNICATION)?;
    let flow = ask("the data flow", KSPROPERTY_PIN_DATAFLOW)?;
    let instances = ask("the instances", KSPROPERTY_PIN_CINSTANCES)?;
    let is_streaming = number(&communication, 0) == 1;
    let mut modes = Vec::new();
    if is_streaming {
        let property = KSPROPERTY_AUDIOSIGNALPROCESSING_MODES;
        let what = "the signal processing modes";
        let list = get(filter, what, &KSPROPSETID_AudioSignalProcessing, property, &pin(id))?;
        for mode in list[8..].as_chunks::<16>().0 {
            modes.push((*mode, mode_formats(filter, id, mode)?));
        }
    }
    let jacks = get_jacks(filter, id);
    let joined = if is_streaming {
        None
    } else {
        ask("the other filter", KSPROPERTY_PIN_PHYSICALCONNECTION).ok().and_then(|value| {
            let link = text(value.get(8..)?);
            Some((link, number(&value, 4)))
        })
    };
    let name = if is_streaming {
        Vec::new()
    } else {
        ask("the name", KSPROPERTY_PIN_NAME).unwrap_or_default()
    };
    Ok(Pin {
        id,
        is_streaming,
        flows_in: number(&flow, 0) == 1,
        instances: (number(&instances, 0), number(&instances, 4)),
        modes,
        jacks,
        category: category.first_chunk().copied().unwrap_or_default(),
        name: text(&name),
        joined,
    })
}

/// The formats of a pin in a mode, the default first. A loopback pin has them in RAW, although it
/// lists no mode.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn mode_formats(filter: &File, id: u32, mode: &[u8; 16]) -> Result<Vec<WaveFormat>, Failed> {
    let instance = [pin(id), mode.to_vec()].concat();
    let (what, property) = ("the formats of a mode", KSPROPERTY_PIN_MODEDATAFORMATS);
    get(filter, what, &KSPROPSETID_Pin, property, &instance).map(|list| parse_formats(&list))
}

fn get_jacks(filter: &File, id: u32) -> u32 {
    let input =
        descriptor(&KSPROPSETID_Jack, KSPROPERTY_JACK_DESCRIPTION, KSPROPERTY_TYPE_GET, &pin(id));
    // A buffer for the header only: the number of modes.
    let mut header = [0; 8];
    let reply = filter.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut header));
    if reply.status == STATUS_SUCCESS { number(&header, 4) } else { 0 }
}

/// Microsoft's documentation of the list contradicts itself, so this accepts both forms: the first
/// offset distinguishes them.
fn parse_formats(list: &[u8]) -> Vec<WaveFormat> {
    let count = number(list, 4) as usize;
    let is_long = crate::request::long(list, 8) as usize == 8 + 8 * count;
    let offset = |index: usize| {
        if is_long {
            crate::request::long(list, 8 + 8 * index) as usize
        } else {
            8 + number(list, 8 + 4 * index) as usize
        }
    };
    (0..count).filter_map(|index| WaveFormat::from_ks(list.get(offset(index)..)?)).collect()
}

/// The default format of a mode (PROPOSEDATAFORMAT2).
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn preferred_format(filter: &File, id: u32, mode: &[u8; 16]) -> Result<WaveFormat, Failed> {
    let mut instance = pin(id);
    for number in [48u32, 1, 40, 0] {
        instance.extend(number.to_le_bytes());
    }
    instance.extend(guid_bytes(&KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE));
    instance.extend(mode);
    let what = "the preferred format";
    let value = get(filter, what, &KSPROPSETID_Pin, KSPROPERTY_PIN_PROPOSEDATAFORMAT2, &instance)?;
    WaveFormat::from_ks(&value).ok_or(Failed { what, status: STATUS_NO_MATCH })
}

/// The value of a node's channel, or of all channels.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn node_value(
    filter: &File,
    property: u32,
    node: u32,
    channel: Option<u32>,
) -> Result<i32, Failed> {
    let instance = crate::request::node(node, channel);
    let value = get_known(filter, "a node's value", &KSPROPSETID_Audio, property, &instance, 4)?;
    Ok(number(&value, 0).cast_signed())
}
