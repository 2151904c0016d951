//! Properties, methods and events as raw bytes, to every handle: each status is a documented one,
//! lengths keep their rules, and nothing is written behind what is answered.

use acx_client::{File, Reply, System};
use acx_sys::*;
use acxvad::properties::PROPERTY_SET;

use crate::bytes::{Bytes, put_number};
use crate::session::Bench;
use crate::status::{DOCUMENTED, name};

/// Circuits that clients open, and the pins of them that streams are opened at: None is the filter
/// itself.
pub const HANDLES: [(&str, Option<u32>); 14] = [
    ("Speaker0", None),
    ("Microphone0", None),
    ("SpeakerDsp", None),
    ("MicrophoneDsp", None),
    ("SpeakerCodec", None),
    ("SpeakerAmp", None),
    ("MicrophoneCodec", None),
    ("Speaker0", Some(0)),
    ("Speaker0", Some(1)),
    ("Speaker0", Some(2)),
    ("Microphone0", Some(0)),
    ("Microphone0", Some(2)),
    ("SpeakerDsp", Some(0)),
    ("MicrophoneDsp", Some(0)),
];

/// Sets that somebody answers, and some that nobody does. 255 in their place: any set.
const SETS: [GUID; 18] = [
    KSPROPSETID_General,
    KSPROPSETID_Topology,
    KSPROPSETID_Pin,
    KSPROPSETID_AudioSignalProcessing,
    KSPROPSETID_Connection,
    KSPROPSETID_RtAudio,
    KSPROPSETID_Audio,
    KSPROPSETID_AudioEngine,
    KSPROPSETID_Jack,
    KSPROPSETID_AudioModule,
    KSPROPSETID_SoundDetector,
    KSPROPSETID_SoundDetector2,
    PROPERTY_SET,
    KSEVENTSETID_AudioControlChange,
    KSEVENTSETID_PinCapsChange,
    KSNOTIFICATIONID_SoundDetector,
    KSCATEGORY_AUDIO,
    KSNODETYPE_SPEAKER,
];

/// What is sent. 255 in their place: any code.
const CODES: [u32; 6] = [
    IOCTL_KS_PROPERTY,
    IOCTL_KS_METHOD,
    IOCTL_KS_ENABLE_EVENT,
    IOCTL_KS_DISABLE_EVENT,
    IOCTL_KS_PROPERTY | 4,
    // Not sent: time passes.
    0,
];
const PASS: u8 = 5;

/// Requests of one execution.
const MOST: usize = 48;
/// Bytes behind the client's value that must stay as they are.
const GUARD: usize = 64;
/// The longest value.
const ROOM: usize = 4096;
/// Bytes of a buffer that are let through: longer ones are good, and take long.
const BUFFER: u32 = 1 << 20;

/// One request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Which handle; above those that there are, the same streams running.
    pub who: u8,
    /// The control code.
    pub code: u32,
    /// KSIDENTIFIER and what is behind it.
    pub input: Vec<u8>,
    /// The client's value, or none.
    pub value: Option<Vec<u8>>,
    /// Milliseconds that pass instead.
    pub pass: u8,
}

impl Request {
    /// Reads one.
    pub fn read(bytes: &mut Bytes<'_>) -> Self {
        let who = bytes.byte();
        let code = match bytes.byte() {
            PASS => return Self { who, pass: bytes.byte(), ..Self::default() },
            255 => bytes.word(),
            known => CODES[usize::from(known) % (CODES.len() - 1)],
        };
        let mut input = match bytes.byte() {
            255 => bytes.take(16).to_vec(),
            known => acx_client::bytes::guid_bytes(&SETS[usize::from(known) % SETS.len()]).to_vec(),
        };
        input.resize(16, 0);
        input.extend(bytes.number().to_le_bytes());
        input.extend(bytes.number().to_le_bytes());
        let instance = usize::from(bytes.byte());
        input.extend(bytes.take(instance));
        // A descriptor that ends too soon.
        if instance == 255 {
            input.truncate(usize::from(bytes.byte() % 40));
        }
        let capacity = (bytes.number() as usize).min(ROOM);
        let value = capacity.checked_sub(1).map(|capacity| {
            let prefix = usize::from(bytes.byte()).min(capacity);
            let mut value = bytes.take(prefix).to_vec();
            value.resize(capacity, 0xA5);
            value
        });
        Self { who, code, input, value, pass: 0 }
    }

    /// The way back, for requests that name a known set.
    pub fn write(&self, into: &mut Vec<u8>) {
        into.push(self.who);
        if self.pass > 0 {
            into.extend([PASS, self.pass]);
            return;
        }
        let code = CODES.iter().position(|code| *code == self.code).unwrap_or(0);
        into.push(code as u8);
        let known = |set: &GUID| self.input.get(..16) == Some(&acx_client::bytes::guid_bytes(set));
        match SETS.iter().position(known) {
            Some(known) => into.push(known as u8),
            None => {
                into.push(255);
                into.extend(&self.input[..16]);
            }
        }
        put_number(into, acx_client::bytes::number(&self.input, 16));
        put_number(into, acx_client::bytes::number(&self.input, 20));
        let instance = self.input.get(24..).unwrap_or_default();
        let instance = &instance[..instance.len().min(254)];
        into.push(instance.len() as u8);
        into.extend(instance);
        match &self.value {
            None => put_number(into, 0),
            Some(value) => {
                put_number(into, value.len() as u32 + 1);
                // What a GET finds in its buffer says nothing.
                let sent = if self.flags() == KSPROPERTY_TYPE_GET { 0 } else { value.len() };
                let prefix = &value[..sent.min(255)];
                into.push(prefix.len() as u8);
                into.extend(prefix);
            }
        }
    }

    fn set(&self) -> &[u8] {
        self.input.get(..16).unwrap_or_default()
    }

    fn id(&self) -> u32 {
        acx_client::bytes::number(&self.input, 16)
    }

    /// The flags without the one for nodes.
    fn flags(&self) -> u32 {
        acx_client::bytes::number(&self.input, 20) & !KSPROPERTY_TYPE_TOPOLOGY
    }

    fn is(&self, set: &GUID, id: u32) -> bool {
        self.set() == acx_client::bytes::guid_bytes(set) && self.id() == id
    }

    /// Keeps what is good and only takes long within limits.
    fn tame(&mut self) {
        let buffers = [KSPROPERTY_RTAUDIO_BUFFER, KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION];
        let is_buffer = buffers.iter().any(|id| self.is(&KSPROPSETID_RtAudio, *id));
        if let (true, Some(size)) = (is_buffer, self.input.get_mut(32..36)) {
            let asked = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
            // Two packets of the longest: what is above is refused.
            if asked <= 2 << 28 {
                size.copy_from_slice(&(asked % BUFFER).to_le_bytes());
            }
        }
        // Many cables are slow to make.
        if let (true, Some(value)) =
            (self.is(&PROPERTY_SET, acxvad::properties::CABLES), &mut self.value)
            && let Some(four) = value.get_mut(..4)
            && four[1..] == [0; 3]
            && (3..=16).contains(&four[0])
        {
            four[0] = 2;
        }
    }
}

/// The handles that an execution has opened.
struct Handles<'a> {
    bench: &'a Bench<'a>,
    files: Vec<Option<File>>,
}

impl Handles<'_> {
    /// The handle, opened when it is first used.
    fn get(&mut self, who: u8) -> Option<&File> {
        let streams = HANDLES.iter().filter(|(_, pin)| pin.is_some()).count();
        let at = usize::from(who) % (HANDLES.len() + streams);
        let known = if at < HANDLES.len() { at } else { at - streams };
        let (name, pin) = HANDLES[known];
        if self.files[at].is_none() {
            let opened = match pin {
                None => self.bench.open(name),
                Some(pin) => self.bench.open_stream(name, pin),
            };
            let file = opened.ok()?;
            if at >= HANDLES.len() {
                start(&file, pin == Some(1));
            }
            self.files[at] = Some(file);
        }
        self.files[at].as_ref()
    }
}

/// Packets of 10 ms, or what offload streams take, and RUN.
fn start(file: &File, is_offload: bool) {
    let total: u32 = if is_offload { 2 * 192_000 } else { 2 * 1920 };
    let instance = [[0; 4], [0; 4], total.to_le_bytes(), 2_u32.to_le_bytes()].concat();
    let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
    let _ = acx_client::request::get_sized(file, &KSPROPSETID_RtAudio, id, &instance, 16);
    let _ = acx_client::request::set_state(file, KSSTATE::KSSTATE_RUN);
}

/// One execution.
///
/// # Panics
///
/// If an answer breaks a rule.
pub fn run(bench: &Bench<'_>, bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let files = (0..2 * HANDLES.len()).map(|_| None).collect();
    let mut handles = Handles { bench, files };
    for _ in 0..MOST {
        if bytes.is_empty() {
            break;
        }
        let mut request = Request::read(&mut bytes);
        request.tame();
        if request.pass > 0 {
            bench.machine.sleep(std::time::Duration::from_millis(request.pass.into()));
            continue;
        }
        if let Some(file) = handles.get(request.who) {
            send(file, &request);
        }
        bench.check();
    }
    drop(handles);
    restore(bench);
}

/// Sends a request and holds the answer to the rules.
fn send(file: &File, request: &Request) {
    let capacity = request.value.as_ref().map_or(0, Vec::len);
    let before = request.value.clone().unwrap_or_default();
    let mut memory = before.clone();
    memory.resize(capacity + GUARD, 0x5A);
    // What is disabled is named by an address that nobody enabled; no bytes mean everything.
    let output = request.value.as_ref().map(|_| &mut memory[..capacity]);
    let reply = file.ioctl(request.code, &request.input, output);
    let say = || {
        let Reply { status, information } = reply;
        format!("{request:?}\nanswered {} ({status:#010x}), {information} bytes", name(status))
    };
    assert!(DOCUMENTED.contains(&reply.status), "no documented status: {}", say());
    assert!(
        memory[capacity..].iter().all(|byte| *byte == 0x5A),
        "bytes behind the value: {}",
        say()
    );
    let is_property = request.code == IOCTL_KS_PROPERTY;
    let is_set = is_property && request.flags() == KSPROPERTY_TYPE_SET;
    // A module says with it what it would need, whatever the room.
    let is_command = request.is(&KSPROPSETID_AudioModule, KSPROPERTY_AUDIOMODULE_COMMAND);
    match reply.status {
        STATUS_SUCCESS => {
            assert!(reply.information <= capacity, "more than there is room for: {}", say());
            assert!(!is_set || reply.information == 0, "a SET writes nothing: {}", say());
            let rest = reply.information..capacity;
            assert!(memory[rest.clone()] == before[rest], "behind what is answered: {}", say());
        }
        STATUS_BUFFER_OVERFLOW => {
            let asks = capacity == 0 || is_command;
            assert!(asks && reply.information > capacity, "no size query: {}", say());
            assert!(!is_set, "a SET is no size query: {}", say());
            if is_property && capacity == 0 {
                fits(file, request, reply.information);
            }
        }
        STATUS_BUFFER_TOO_SMALL => {
            assert!(
                capacity > 0 || is_set || request.code == IOCTL_KS_ENABLE_EVENT,
                "no room: {}",
                say()
            );
            assert!(reply.information == 0, "a size with BUFFER_TOO_SMALL: {}", say());
        }
        _ => assert!(reply.information == 0, "bytes with an error: {}", say()),
    }
    if !NT_SUCCESS(reply.status) {
        assert!(memory[..capacity] == before, "a request that failed has written: {}", say());
    }
}

/// What a size query answers is enough.
fn fits(file: &File, request: &Request, needed: usize) {
    let mut value = vec![0; needed];
    let reply = file.ioctl(request.code, &request.input, Some(&mut value));
    let short = matches!(reply.status, STATUS_BUFFER_OVERFLOW | STATUS_BUFFER_TOO_SMALL);
    assert!(!short, "{request:?}: {needed} bytes were asked for, and do not do");
    if reply.status == STATUS_SUCCESS {
        assert_eq!(reply.information, needed, "{request:?}: less than was asked for");
    }
}

/// As the next execution should find it.
fn restore(bench: &Bench<'_>) {
    let Ok(speaker) = bench.open("Speaker0") else { return };
    let one = 1_u32.to_le_bytes();
    let set = |id: u32, value: &[u8]| {
        let done = acx_client::request::set(&speaker, "restoring", &PROPERTY_SET, id, &[], value);
        done.expect("what was good at the start is good");
    };
    set(acxvad::properties::CABLES, &one);
    set(acxvad::properties::JACK_CONNECTED, &one);
    set(acxvad::properties::CLOCK_TRIM, &[0; 4]);
    if let Ok(microphone) = bench.open("Microphone0") {
        let (set, id) = (&KSPROPSETID_SoundDetector, KSPROPERTY_SOUNDDETECTOR_RESET);
        let done = acx_client::request::set(&microphone, "restoring", set, id, &[], &one);
        done.expect("a spotter can be reset");
    }
}
