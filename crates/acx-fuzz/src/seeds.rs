//! Inputs to begin with: what real clients send, as a target would read it, and what is good of
//! each kind.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use acx_client::{Direction, File, Handle, Reply, System, endpoint, legacy, timer};
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{Options, play};
use acx_host::Machine;
use acx_sys::*;
use wave::wav::{WavFormat, write_to};

use crate::requests::{HANDLES, Request};

/// A file of a target's corpus: its name, and its bytes.
pub type Seed = (String, Vec<u8>);

/// Requests that are saved in one input: no more than an execution sends.
const TOGETHER: usize = 40;

/// What passed so far.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<Request>>>);

impl Log {
    fn push(&self, request: Request) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(request);
    }

    fn take(&self) -> Vec<Request> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A system that writes down what passes.
struct Recorder<'a> {
    machine: &'a Machine,
    log: Log,
}

/// A handle of it: which one of those that the target knows, if it is one.
struct Recorded {
    file: File,
    name: String,
    who: Option<u8>,
    log: Log,
}

fn who(name: &str, pin: Option<u32>) -> Option<u8> {
    HANDLES.iter().position(|own| *own == (name, pin)).map(|at| at as u8)
}

impl Handle for Recorded {
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        if let Some(who) = self.who {
            let value = output.as_deref().map(<[u8]>::to_vec);
            let request = Request { who, code, input: input.to_vec(), value, pass: 0 };
            self.log.push(request);
        }
        self.file.ioctl(code, input, output)
    }

    fn create_pin(&self, connect: &[u8]) -> Result<File, NTSTATUS> {
        let file = self.file.create_pin(connect)?;
        let pin = acx_client::bytes::number(connect, 48);
        let who = who(&self.name, Some(pin));
        let (name, log) = (self.name.clone(), self.log.clone());
        Ok(File::new(Self { file, name, who, log }))
    }
}

impl System for Recorder<'_> {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        self.machine.interfaces(category)
    }

    fn open(&self, link: &str) -> Result<File, NTSTATUS> {
        let file = self.machine.open(link)?;
        let name = link.rsplit('\\').next().unwrap_or_default().to_owned();
        let who = who(&name, None);
        Ok(File::new(Recorded { file, name, who, log: self.log.clone() }))
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        self.machine.interface_property(link, key)
    }

    fn create_event(&self) -> u64 {
        self.machine.create_event()
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        let before = self.machine.qpc();
        let signalled = self.machine.wait_any(events, timeout);
        let passed = (self.machine.qpc() - before) * 1000 / self.machine.qpc_frequency();
        if passed > 0 {
            let pass = u8::try_from(passed).unwrap_or(u8::MAX);
            self.log.push(Request { pass, ..Request::default() });
        }
        signalled
    }

    fn sleep(&self, span: Duration) {
        self.wait_any(&[], span);
    }

    fn qpc(&self) -> u64 {
        self.machine.qpc()
    }

    fn qpc_frequency(&self) -> u64 {
        self.machine.qpc_frequency()
    }
}

/// What clients of each kind send from their start to their end.
fn traffic() -> Vec<(&'static str, Vec<Request>)> {
    let machine = Machine::builder().build();
    let driver = acxhost::subject::showcase(acxhost::subject::linked())
        .load(&machine)
        .expect("the driver loads");
    let _device = driver.add_device().expect("the device starts");
    let log = Log::default();
    let system = Recorder { machine: &machine, log: log.clone() };
    let mut all = Vec::new();
    let audio = melody();
    let short = &audio[..audio.len().min(STEREO.block_align() * 4800)];
    for (name, cable, timer_driven) in
        [("event", 0, false), ("timer", 0, true), ("composite", 1, false)]
    {
        let options = Options { cable, timer_driven, ..Options::default() };
        play(&system, STEREO, short, options, &mut |_| {}).expect("a cable plays");
        all.push((name, log.take()));
    }
    let speaker = endpoint::Endpoint::find(&system, Direction::Render).expect("a speaker");
    let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
    let opened = legacy::LegacyStream::open(&system, &speaker, STEREO, mode, 480);
    let stream = opened.expect("it opens");
    stream.start(&short[..2 * stream.half_bytes()]).expect("it starts");
    system.sleep(Duration::from_millis(15));
    stream.service(&short[..stream.half_bytes()]).expect("it goes on");
    stream.stop().expect("it stops");
    drop((stream, speaker));
    all.push(("legacy", log.take()));
    let microphone = endpoint::Endpoint::find(&system, Direction::Capture).expect("a microphone");
    let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let mut stream = timer::TimerStream::open(&microphone, STEREO, raw, 1024).expect("it opens");
    stream.set_state(KSSTATE::KSSTATE_RUN).expect("it runs");
    system.sleep(Duration::from_millis(30));
    stream.read(&mut Vec::new()).expect("it is read");
    drop((stream, microphone));
    all.push(("capture", log.take()));
    all
}

fn requests() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, log) in traffic() {
        // The same question, asked again, is no news; what changes a stream's state is.
        let mut known = BTreeSet::new();
        let mut saved = Vec::new();
        for request in log {
            let mut bytes = Vec::new();
            request.write(&mut bytes);
            if request.pass > 0 || known.insert(bytes.clone()) {
                saved.push(bytes);
            }
        }
        for (at, some) in saved.chunks(TOGETHER).enumerate() {
            seeds.push((format!("{name}-{at:02}"), some.concat()));
        }
    }
    seeds
}

fn formats() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for circuit in 0..5_u8 {
        for kind in 0..6 {
            for (mode, pin) in [(0, 0), (1, 0), (255, 0), (0, 1), (0, 2)] {
                let name = format!("open-{circuit}-{kind}-{mode}-{pin}");
                // No byte changed, none cut off; then one changed, and some cut.
                seeds.push((name.clone(), vec![circuit, kind, mode, pin, 0, 0]));
                seeds.push((
                    format!("{name}-other"),
                    vec![circuit, kind, mode, pin, 1, 76, 0, 96, 1],
                ));
            }
        }
    }
    let whole = endpoint::connect(0, &STEREO.to_ks(), Some(&AUDIO_SIGNALPROCESSINGMODE_RAW));
    seeds.push(("whole".to_owned(), [&[0, 255][..], &whole].concat()));
    seeds
}

fn packets() -> Vec<Seed> {
    let buffer = |count: u8, bytes: u32| [&[5, count][..], &bytes.to_le_bytes()].concat();
    let run = [4, 3];
    let next = [1, 1, 0];
    let ten = [3, 0xE8, 3];
    let mut seeds = Vec::new();
    for stream in 0..6_u8 {
        let bytes = match stream {
            2 => 2 * 192_000,
            5 => 2 * 320,
            _ => 2 * 1920,
        };
        let first = [&[stream][..], &buffer(2, bytes), &[1, 0, 0], &run].concat();
        let round = [&next[..], &ten, &[6]].concat();
        let last = [&[2, 1, 64][..], &ten, &next, &[4, 0], &[8, 100, 0], &[9]].concat();
        let whole = [&first[..], &round.repeat(4), &last].concat();
        seeds.push((format!("stream-{stream}"), whole));
        let wild =
            [&first[..], &[0], &[0xFF; 12], &[7], &bytes.to_le_bytes(), &[10, 1, 2]].concat();
        seeds.push((format!("wild-{stream}"), wild));
        let one = [&[stream][..], &buffer(1, 8192), &run, &ten].concat();
        seeds.push((format!("one-{stream}"), one));
    }
    seeds
}

fn settings() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let names = crate::settings::names();
    let at = |name: &str| names.iter().position(|own| own == name).unwrap_or_default() as u8;
    for (index, name) in (0_u8..).zip(&names) {
        seeds.push((format!("small-{name}"), vec![index, 0, 1]));
        seeds.push((format!("large-{name}"), vec![index, 1, 0x80, 0xBB, 0, 0]));
        seeds.push((format!("text-{name}"), vec![index, 2, 2, b'4', b'8']));
        seeds.push((format!("bytes-{name}"), vec![index, 3, 4, 4, 1, 0, 0, 0]));
        seeds.push((format!("raw-{name}"), vec![index, 3, 1, 5, 0, 0xD8, 0x41, 0, 7]));
    }
    for (name, most, channels) in [("many", 16, 16), ("few", 2, 3)] {
        let (limit, default) = (at("MaxChannels"), at("DefaultChannels"));
        seeds.push((format!("channels-{name}"), vec![limit, 0, most, default, 0, channels]));
    }
    let desk = [&[at("Speaker0Name"), 2, 8][..], b"The desk"].concat();
    seeds.push(("name".to_owned(), desk));
    // A plain device that is a showcase, with an end that is hidden and one that follows it.
    let fed = ["Profile", "Speaker0Hidden", "Microphone0JackFollows", "TraceCallbacks"];
    seeds.push(("fed".to_owned(), fed.iter().flat_map(|name| [at(name), 0, 1]).collect()));
    let all: Vec<u8> = (0..names.len() as u8).collect();
    for (part, some) in all.chunks(crate::settings::MOST).enumerate() {
        let values = some.iter().flat_map(|name| [*name, 0, 1]).collect();
        seeds.push((format!("all-{part}"), values));
    }
    seeds
}

fn wavs() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (name, channels, bits, valid_bits, float) in [
        ("pcm16", 2, 16, 16, false),
        ("pcm24in32", 1, 32, 24, false),
        ("float", 6, 32, 32, true),
        ("pcm32", 8, 32, 32, false),
        ("pcm24", 16, 24, 24, false),
    ] {
        let format = endpoint::WaveFormat { channels, bits, valid_bits, float, ..STEREO };
        let audio: Vec<u8> = (1..=7 * format.block_align()).map(|byte| byte as u8).collect();
        let mut file = Vec::new();
        write_to(&mut file, &WavFormat::of(format), &audio).expect("a short file");
        // A list behind the format, and one byte too few.
        let mut odd = file.clone();
        odd.splice(12..12, *b"LIST\x03\0\0\0abc\0");
        odd.pop();
        seeds.push((format!("{name}.wav"), file));
        seeds.push((format!("{name}-odd.wav"), odd));
    }
    // Packed 24 bit, plain.
    let mut packed =
        b"RIFF\x2E\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xAC\0\0\xCC\x04\x02\0\x03\0\x18\0"
            .to_vec();
    packed.extend(b"data\x09\0\0\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\0");
    seeds.push(("pcm24-plain.wav".to_owned(), packed));
    // And in 4 bytes.
    let mut wide =
        b"RIFF\x2C\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x44\xAC\0\0\x10\xB1\x02\0\x04\0\x18\0"
            .to_vec();
    wide.extend(b"data\x08\0\0\0\0\x01\x02\x03\0\x04\x05\x06");
    seeds.push(("pcm24-wide.wav".to_owned(), wide));
    seeds
}

/// Each kind of unwind data: registers, 40h bytes of code, a description at 40h, a table of two
/// functions at 68h.
fn unwind_data() -> Vec<Seed> {
    let kinds: [(&str, &[u8], &[u8]); 6] = [
        ("pushes", &[1, 7, 3, 0, 7, 0x42, 3, 0x70, 2, 0x30], &[0x90; 4]),
        (
            "epilogue",
            &[1, 7, 3, 0, 7, 0x42, 3, 0x70, 2, 0x30],
            &[0x48, 0x83, 0xC4, 0x28, 0x5F, 0xC3],
        ),
        (
            "frame",
            &[1, 7, 6, 0x25, 19, 0x68, 3, 0, 14, 0x64, 6, 0, 10, 3, 5, 0x72, 1, 0x50],
            &[0x5D, 0xC3],
        ),
        // Its beginning is the other function.
        ("chained", &[0x21, 0, 2, 0, 0, 0x34, 6, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0x64], &[0x90]),
        ("machine", &[2, 0, 3, 0, 0, 6, 0, 6, 0, 0x1A], &[0x90]),
        // A handler with one scope.
        (
            "handler",
            &[
                0x19, 0, 0, 0, 0x10, 0, 0, 0, 1, 0, 0, 0, 0x10, 0, 0, 0, 0x20, 0, 0, 0, 1, 0, 0, 0,
                8,
            ],
            &[0x90],
        ),
    ];
    kinds
        .into_iter()
        .map(|(name, info, code)| {
            // The place, the table's place and length, sixteen registers.
            let mut seed = [0x10, 0, 0x68, 0, 24, 0].to_vec();
            seed.extend(0x10..0x20_u8);
            let mut image = vec![0; 0x80];
            image[0x10..][..code.len()].copy_from_slice(code);
            image[0x40..][..info.len()].copy_from_slice(info);
            image[0x64] = 1;
            let entries = [0, 0x20, 0x40, 0x20, 0x40, 0x64];
            let entries: Vec<u8> = entries.into_iter().flat_map(u32::to_le_bytes).collect();
            image[0x68..][..entries.len()].copy_from_slice(&entries);
            (name.to_owned(), [seed, image].concat())
        })
        .collect()
}

/// Three drivers each, whose templates name their own circuits, each other's or what a factory
/// makes; then steps, as [`crate::several`] reads them.
fn several() -> Vec<Seed> {
    let nothing = [0; 6];
    // Without circuits: a factory, and a template whose first circuit it makes.
    let dsp = |keeps: u8| [0, 0, 1, 1, 1, 7, 1, 1, 1, 1, 0, 2, 0, 0, keeps];
    let codec = |keeps: u8| [2, 1, 0, 0, 0, 0, keeps];
    let amplifier = [2, 2, 0, 0, 0, 0, 0];
    let stack = [&dsp(0)[..], &codec(0), &amplifier].concat();
    let kept = [&dsp(1)[..], &codec(1), &amplifier].concat();
    // Two circuits, each behind the other driver's by another way of naming it.
    let pair = |way: u8, how: u8| {
        let template = [2, way, 0, way, 0];
        [&[1, way, 2, way, 0][..], &template, &[0, how]].concat()
    };
    let crossed = [pair(4, 0), pair(16, 0), pair(1, 0)].concat();
    let rivals = [pair(1, 0), pair(1, 0), pair(1, 0)].concat();
    let changing = [pair(1, 2), pair(16, 2), pair(4, 0)].concat();
    // Circuits that are there first and are named otherwise in every way, and a template that names
    // its driver's in one way.
    let strangers = |way: u8| {
        let first = [1, 42, 2, 42, 0, 0, 0, 0];
        [&first[..], &[1, 21, 2, 21, 0, 2, way, 0, way, 0, 0, 0], &nothing].concat()
    };
    let on_demand = |keeps: u8| {
        let with_factory = [0, 0, 2, 2, 2, 18, 1, 0, 2, 3, 2, 0, keeps];
        [&with_factory[..], &[1, 1, 0, 0, 0, 0, keeps], &nothing].concat()
    };
    // Two factories whose circuits have one name, and a template that names the second.
    let namesakes = [
        &[0, 0, 2, 17, 17, 0, 0, 0][..],
        &[0, 0, 2, 18, 34, 0, 0, 0],
        &[1, 17, 0, 0, 2, 16, 0, 0, 1, 32, 0, 0],
    ];
    let none = nothing.repeat(3);
    let begin: Vec<u8> = [[0, 0, 0, 1, 0, 2], [3, 0, 3, 1, 3, 2]].concat();
    let played = [&begin[..], &[10, 0, 14, 15]].concat();
    let lives: [(&str, &[u8]); 7] = [
        ("removed", &[6, 0, 3, 0, 10, 0, 6, 1, 3, 1, 6, 2]),
        ("pulled", &[7, 1, 14, 9, 3, 1, 10, 0, 7, 0, 15, 0, 3, 0]),
        ("unloaded", &[2, 0, 0, 0, 3, 0, 2, 1, 2, 2]),
        ("power", &[8, 1, 14, 9, 8, 1, 12, 0, 9, 0, 9, 1, 10, 0]),
        ("asked", &[13, 1, 13, 4, 13, 2, 6, 0, 13, 1]),
        ("twice", &[3, 0, 3, 1, 3, 2, 10, 1, 7, 1, 6, 6, 0, 0]),
        ("interfaces", &[0, 4, 3, 4, 6, 4, 0, 3, 3, 3, 3, 4, 3, 19, 7, 3, 2, 3, 2, 4]),
    ];
    let plans = [
        ("stack", stack),
        ("crossed", crossed),
        ("rivals", rivals),
        ("changing", changing),
        ("strangers-id", strangers(1)),
        ("strangers-uri", strangers(4)),
        ("strangers-name", strangers(16)),
        ("kept", kept),
        ("on-demand", on_demand(0)),
        ("on-demand-kept", on_demand(1)),
        ("namesakes", namesakes.concat()),
        ("none", none),
    ];
    let each = |(plan, drivers): &(&str, Vec<u8>)| {
        lives
            .map(|(life, steps)| (format!("{plan}-{life}"), [drivers, &played[..], steps].concat()))
    };
    plans.iter().flat_map(each).collect()
}

/// The seeds of a target. The loader's are images, which nobody keeps: `cargo xtask build` and
/// `cargo xtask c-driver` make them.
pub fn of(target: &str) -> Vec<Seed> {
    match target {
        "requests" => requests(),
        "formats" => formats(),
        "packets" => packets(),
        "settings" => settings(),
        "several" => several(),
        "unwind" => unwind_data(),
        "wav" => wavs(),
        _ => Vec::new(),
    }
}
