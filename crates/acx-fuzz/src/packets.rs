//! Packet numbers, flags, lengths, states and times of any size, each against the oracle.

use std::time::Duration;

use acx_client::request::{descriptor, get_sized, long, number};
use acx_client::{File, Reply, System};
use acx_sys::*;

use crate::bytes::Bytes;
use crate::oracle::{MEGABYTE, Memory, PinKind, RUN, STOP, Stream};
use crate::session::{Bench, KEYWORD, STEREO};
use crate::status::name;

/// Streams to choose from.
const STREAMS: [(&str, u32, PinKind, bool); 6] = [
    ("Speaker0", 0, PinKind::Host, true),
    ("Microphone0", 0, PinKind::Host, false),
    ("Speaker0", 1, PinKind::Offload, true),
    ("SpeakerDsp", 0, PinKind::Host, true),
    ("Speaker0", 2, PinKind::Loopback, false),
    ("Microphone0", 2, PinKind::Keyword, false),
];

/// Steps of one execution.
const MOST: usize = 64;
/// A machine has one stream at a time.
const MEMORY: Memory = Memory { offload: 0, device: 0, most: 64 * MEGABYTE };
/// Bytes of a buffer: longer ones are good, and take long.
const BUFFER: u32 = 1 << 21;

fn set(file: &File, set: &GUID, id: u32, instance: &[u8], words: &[u32]) -> NTSTATUS {
    let mut value: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let input = descriptor(set, id, KSPROPERTY_TYPE_SET, instance);
    file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value)).status
}

/// A stream and what the oracle says of it.
struct Both<'a> {
    bench: &'a Bench<'a>,
    file: File,
    stream: Stream,
    reported: u64,
}

/// One execution.
///
/// # Panics
///
/// If an answer is not the oracle's.
pub fn run(bench: &Bench<'_>, bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let (circuit, pin, kind, is_render) = STREAMS[usize::from(bytes.byte()) % STREAMS.len()];
    let format = if kind == PinKind::Keyword { KEYWORD } else { STEREO };
    let file = bench.open_stream(circuit, pin).expect("a stream can be opened");
    let mut both = Both { bench, file, stream: Stream::new(kind, is_render, format), reported: 0 };
    for _ in 0..MOST {
        if bytes.is_empty() {
            break;
        }
        both.step(&mut bytes);
        bench.check();
    }
}

impl Both<'_> {
    fn get(&self, id: u32, instance: &[u8], length: usize) -> (Reply, Vec<u8>) {
        get_sized(&self.file, &KSPROPSETID_RtAudio, id, instance, length)
    }

    #[track_caller]
    fn expect(&self, what: &str, got: NTSTATUS, wanted: Result<(), NTSTATUS>) {
        let wanted = wanted.err().unwrap_or(STATUS_SUCCESS);
        assert!(
            got == wanted,
            "{what}: {}, and should be {}\n{:?}",
            name(got),
            name(wanted),
            self.stream
        );
    }

    fn write(&mut self, packet: u32, flags: u32, end: u32) {
        let id = KSPROPERTY_RTAUDIO_SETWRITEPACKET;
        let got = set(&self.file, &KSPROPSETID_RtAudio, id, &[], &[packet, flags, end]);
        let wanted = self.stream.write(packet, flags, end);
        self.expect(&format!("packet {packet}, flags {flags:#x}, end {end}"), got, wanted);
    }

    fn step(&mut self, bytes: &mut Bytes<'_>) {
        let now = self.bench.machine.qpc();
        let frequency = self.bench.machine.qpc_frequency();
        let ahead = |packet: i8| (self.stream.completed as u32).wrapping_add_signed(packet.into());
        let end_of_stream = KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM;
        match bytes.byte() % 12 {
            0 => {
                let (packet, flags, end) = (bytes.word(), bytes.word(), bytes.word());
                self.write(packet, flags, end);
            }
            1 => {
                let packet = ahead(bytes.byte().cast_signed());
                self.write(packet, 0, bytes.number());
            }
            2 => {
                let packet = ahead(bytes.byte().cast_signed());
                self.write(packet, end_of_stream, bytes.number());
            }
            3 => {
                let span = Duration::from_micros(u64::from(bytes.half()) * 10);
                self.bench.machine.sleep(span);
            }
            4 => {
                let state = bytes.number().cast_signed();
                let words = [state.cast_unsigned()];
                let id = KSPROPERTY_CONNECTION_STATE;
                let got = set(&self.file, &KSPROPSETID_Connection, id, &[], &words);
                let wanted = if (STOP..=RUN).contains(&state) {
                    self.stream.walk(state, now, frequency, false)
                } else {
                    Err(STATUS_INVALID_PARAMETER)
                };
                self.expect(&format!("state {state}"), got, wanted);
                if self.stream.state == STOP {
                    self.reported = 0;
                }
            }
            5 => self.allocate(bytes),
            6 => {
                let (reply, value) = self.get(KSPROPERTY_RTAUDIO_GETREADPACKET, &[], 24);
                let wanted = match (self.stream.is_render, self.stream.completed) {
                    (true, _) => Err(STATUS_NOT_SUPPORTED),
                    (_, 0) => Err(STATUS_DEVICE_NOT_READY),
                    _ => Ok(()),
                };
                self.expect("reading a packet", reply.status, wanted);
                if wanted.is_ok() {
                    assert_eq!(u64::from(number(&value, 0)) + 1, self.stream.completed);
                    assert!(long(&value, 8) <= now, "a packet of the future");
                }
            }
            7 => {
                let position = bytes.word();
                let id = KSPROPERTY_AUDIO_WAVERT_CURRENT_WRITE_LASTBUFFER_POSITION;
                let got = set(&self.file, &KSPROPSETID_Audio, id, &[0; 8], &[position]);
                let wanted = match self.stream.kind {
                    PinKind::Offload => self.stream.end_at(position),
                    _ => Err(STATUS_NOT_SUPPORTED),
                };
                self.expect(&format!("the end at {position}"), got, wanted);
            }
            8 => self.bench.machine.stall(Duration::from_micros(u64::from(bytes.half()) * 100)),
            9 => {
                self.bench.device.power_down();
                let state = self.stream.state;
                let paused = state.min(KSSTATE::KSSTATE_PAUSE);
                let _ = self.stream.walk(paused, now, frequency, false);
                self.look();
                self.bench.device.power_up().expect("a device wakes");
                let _ = self.stream.walk(state, now, frequency, false);
            }
            10 => {
                let words = [bytes.number(), bytes.number()];
                let input = [words[0].to_le_bytes(), words[1].to_le_bytes()].concat();
                // A position register, a clock register: never on ACX.
                for id in [KSPROPERTY_RTAUDIO_POSITIONREGISTER, KSPROPERTY_RTAUDIO_CLOCKREGISTER] {
                    assert_eq!(self.get(id, &input, 40).0.status, STATUS_NOT_FOUND);
                }
            }
            _ => {}
        }
        self.look();
    }

    fn allocate(&mut self, bytes: &mut Bytes<'_>) {
        let (count, size) = (bytes.number(), bytes.word());
        // What is above is refused.
        let size = if size <= 2 << 28 { size % BUFFER } else { size };
        let instance = [[0; 4], [0; 4], size.to_le_bytes(), count.to_le_bytes()].concat();
        let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
        let (reply, value) = self.get(id, &instance, 16);
        let wanted = match count {
            1 | 2 => self.stream.allocate(count, size, MEMORY),
            _ => Err(STATUS_INVALID_PARAMETER),
        };
        self.expect(&format!("{count} packets in {size} bytes"), reply.status, wanted);
        if wanted.is_ok() {
            assert_eq!(number(&value, 8), size);
        }
    }

    /// What holds at any time.
    fn look(&mut self) {
        let now = self.bench.machine.qpc();
        let frequency = self.bench.machine.qpc_frequency();
        let (_, value) = self.get(KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, &[], 16);
        let (position, moment) = (long(&value, 0), long(&value, 8));
        let (_, value) = self.get(KSPROPERTY_RTAUDIO_PACKETCOUNT, &[], 4);
        let completed = u64::from(number(&value, 0));
        let stream = &mut self.stream;
        assert!(
            moment <= now && position >= self.reported,
            "{position} after {}: {stream:?}",
            self.reported
        );
        assert!(completed >= stream.completed, "{completed} packets: {stream:?}");
        let packet = stream.packet();
        if stream.kind != PinKind::Keyword {
            assert!(position <= stream.ideal(now, frequency), "{position} is ahead: {stream:?}");
            let within = completed * packet..=(completed + 1) * packet;
            assert!(within.contains(&position), "{completed} packets at {position}: {stream:?}");
        }
        stream.stand(position);
        (self.reported, stream.completed) = (position, completed);
    }
}
