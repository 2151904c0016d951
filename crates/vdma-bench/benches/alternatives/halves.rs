//! A client that a timer of its own drives: one packet, of which it writes each half when the
//! position has passed it. What the microphone hears of it from the engine, and where the packet is
//! copied when it is over.

use vdma::PacketMemory;
use vdma::Qpc;
use vdma::channel::Channel;
use vdma::format::{Format, SampleType};
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;

use crate::memory::Memory;
use crate::{FREQUENCY, Wiring};

const RATE: u32 = 48_000;
/// Frames of the packet: one page.
const FRAMES: u64 = 1024;
const HALF: u64 = FRAMES / 2;
/// Bytes of a frame, 16 bit stereo.
const BLOCK: usize = 4;
/// Frames of a packet at the microphone.
const HEARD: usize = 480;
/// How often the client looks at the position.
const LOOK: u64 = FREQUENCY / 1000;

/// Each frame is its number.
struct Client {
    written: u64,
}

impl Client {
    /// The packet is full when the stream starts.
    fn new(memory: &Memory) -> Self {
        let mut client = Self { written: 0 };
        client.write(memory, FRAMES);
        client
    }

    fn write(&mut self, memory: &Memory, until: u64) {
        while self.written < until {
            let place = (self.written % FRAMES) as usize * BLOCK;
            self.written += 1;
            memory.write(place, &(self.written as u32).to_le_bytes());
        }
    }

    /// Writes the halves that have been played.
    fn look(&mut self, memory: &Memory, position: u64) {
        self.write(memory, position / HALF * HALF + FRAMES);
    }
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.as_chunks().0.iter().map(|frame| u64::from(u32::from_le_bytes(*frame)))
}

/// How many frames are not as far behind as most are, of how many.
fn out_of_place(heard: &[u64]) -> (usize, usize) {
    let heard: Vec<u64> = heard.iter().copied().skip_while(|number| *number == 0).collect();
    let far = |(index, number): (usize, &u64)| number.wrapping_sub(index as u64);
    let mut distances: Vec<u64> = heard.iter().enumerate().map(far).collect();
    distances.sort_unstable();
    let most = distances.chunk_by(|one, other| one == other).map(<[u64]>::len).max();
    (heard.len() - most.unwrap_or(0), heard.len())
}

/// A second through the engine.
fn engine() -> Vec<u64> {
    let format = Format::new(SampleType::Int16, 2, 0, RATE).expect("the engine knows it");
    let wiring = Wiring::new();
    let bytes = [FRAMES as usize * BLOCK, HEARD * BLOCK];
    let mut channels =
        [Channel::render(format, 5_000), Channel::capture(format, 5_000, Source::Cable)];
    let shared = [Shared::new(format), Shared::new(format)];
    let memory = [Memory::new(bytes[0] / 2), Memory::new(bytes[1])];
    let mut client = Client::new(&memory[0]);
    let Wiring { clock, wire, .. } = &wiring;
    let mut next = [Qpc(FREQUENCY); 2];
    for (end, channel) in channels.iter_mut().enumerate() {
        let layout = Layout::new(1 + end as u32, bytes[end] as u32, BLOCK).expect("whole frames");
        channel.set_packets(layout, &shared[end]);
        channel
            .prepare(wire, |bytes| Ok::<_, vdma::Error>(vec![0; bytes]))
            .expect("the wire has room");
        next[end] = channel.run(|| Qpc(FREQUENCY), &shared[end], clock, wire);
    }
    let mut heard = Vec::new();
    for now in (0..1000).map(|look| FREQUENCY + look * LOOK) {
        for (end, channel) in channels.iter_mut().enumerate() {
            while next[end].0 <= now {
                let mut tick = vdma::channel::Tick::default();
                wiring.with(end, |endpoint| {
                    tick = channel.tick(next[end], &memory[end], &shared[end], endpoint);
                });
                next[end] = tick.next;
                for completion in tick.completions.into_iter().flatten().filter(|_| end == 1) {
                    heard.extend(numbers(&memory[1].packet(completion.packet)));
                }
            }
        }
        let (position, _) = shared[0].position(clock, || Qpc(now));
        client.look(&memory[0], position.0);
    }
    heard
}

/// A second where the whole packet is copied when it is over. The position is the clock's.
fn whole_packets() -> Vec<u64> {
    let memory = Memory::new(FRAMES as usize * BLOCK / 2);
    let mut client = Client::new(&memory);
    let (mut heard, mut packet) = (Vec::new(), vec![0; FRAMES as usize * BLOCK]);
    for position in (0..1000).map(|look| look * LOOK * u64::from(RATE) / FREQUENCY) {
        if position / FRAMES * FRAMES > heard.len() as u64 {
            memory.read(0, &mut packet);
            heard.extend(numbers(&packet));
        }
        client.look(&memory, position);
    }
    heard
}

/// What is heard of a second, of both ways.
pub(crate) fn compare() {
    let [engine, whole] = [engine(), whole_packets()].map(|heard| out_of_place(&heard));
    println!("one packet of 21.3 ms, which the client writes half by half as it is played");
    for (name, (wrong, frames)) in
        [("the engine", engine), ("whole packets, copied at completion", whole)]
    {
        println!("  {name}: {wrong} of {frames} frames out of place");
    }
    assert_eq!(engine.0, 0, "the engine plays what was written");
    assert!(whole.0 > whole.1 / 3, "half of it comes a packet early");
}
