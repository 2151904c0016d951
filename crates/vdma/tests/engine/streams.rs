//! A cable, streams with their clients, and a clock that the test moves.

use std::cell::{Cell, RefCell};

use vdma::channel::{CABLE_DELAY, Channel, Completion, Endpoint, Tick};
use vdma::clock::Clock;
use vdma::format::{Format, SampleType};
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::resample::{KERNEL, fill_kernel};
use vdma::source::Source;
use vdma::wire::{MIXING, Ring, RingLock, RingMemory, WireShared};
use vdma::{Lanes, PacketMemory, Qpc};

use crate::memory::Memory;

pub(crate) const FREQUENCY: u64 = 10_000_000;
pub(crate) const MILLISECOND: u64 = FREQUENCY / 1000;

pub(crate) struct Cable {
    pub(crate) shared: WireShared,
    pub(crate) ring: RefCell<RingMemory<Vec<u8>>>,
    pub(crate) clock: Clock,
    pub(crate) volume: Volume,
    pub(crate) meter: Meter,
    pub(crate) kernel: Vec<f32>,
}

pub(crate) struct Lock<'a>(&'a RefCell<RingMemory<Vec<u8>>>);

impl RingLock for Lock<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        use_ring(&mut self.0.borrow_mut().ring());
    }
}

impl Cable {
    pub(crate) fn new() -> Self {
        Self {
            shared: WireShared::default(),
            ring: RefCell::new(RingMemory::new(vec![0xEE; 512 * 1024 + MIXING])),
            clock: Clock::new(FREQUENCY),
            volume: Volume::default(),
            meter: Meter::default(),
            kernel: {
                let mut kernel = vec![0.0; KERNEL];
                fill_kernel(&mut kernel);
                kernel
            },
        }
    }
}

/// The controls of an end of the cable, or of a stream.
#[derive(Default)]
pub(crate) struct Controls {
    pub(crate) volume: Volume,
    pub(crate) meter: Meter,
}

/// A stream with the client that serves it.
pub(crate) struct Stream<'a> {
    pub(crate) cable: &'a Cable,
    pub(crate) channel: Channel<Vec<u8>>,
    pub(crate) shared: Shared,
    pub(crate) memory: Memory,
    pub(crate) packet: usize,
    pub(crate) count: usize,
    pub(crate) next: Option<Qpc>,
    /// The audio that the client writes (render) or has read (capture).
    pub(crate) audio: Vec<u8>,
    pub(crate) marks: bool,
    /// The end's controls, if it does not share those of the cable with the other end.
    pub(crate) end: Option<&'a Controls>,
    /// The stream's own controls.
    pub(crate) own: Option<&'a Controls>,
    /// Whether the client writes or reads at all.
    pub(crate) writes: bool,
    pub(crate) render: bool,
    pub(crate) completions: Vec<Completion>,
    pub(crate) written: u64,
}

impl<'a> Stream<'a> {
    pub(crate) fn new(
        cable: &'a Cable,
        format: Format,
        render: bool,
        count: u32,
        packet: usize,
    ) -> Self {
        let channel = if render {
            Channel::render(format, 5_000)
        } else {
            Channel::capture(format, 5_000, Source::Cable)
        };
        Self::of(cable, channel, format, render, count, packet)
    }

    pub(crate) fn of(
        cable: &'a Cable,
        mut channel: Channel<Vec<u8>>,
        format: Format,
        render: bool,
        count: u32,
        packet: usize,
    ) -> Self {
        let layout = Layout::new(count, packet as u32, format.block_align()).unwrap();
        let shared = Shared::new(format);
        channel.set_packets(layout, &shared);
        channel.prepare(&cable.shared, |bytes| Ok::<_, vdma::Error>(vec![0; bytes])).unwrap();
        Self {
            cable,
            channel,
            shared,
            memory: Memory(RefCell::new(vec![0; packet * count as usize])),
            packet,
            count: count as usize,
            next: None,
            audio: Vec::new(),
            marks: true,
            end: None,
            own: None,
            writes: true,
            render,
            completions: Vec::new(),
            written: 0,
        }
    }

    /// Writes the next packet when it is due, unless it has been skipped.
    fn serve(&mut self) {
        let next = u64::from(self.shared.current_packet()) + 1;
        if self.writes && self.written <= next {
            self.written = next;
            self.write();
        }
    }

    /// Writes the next packet of the audio, as a client does, and marks it.
    pub(crate) fn write(&mut self) {
        let from = self.written as usize * self.packet;
        if from >= self.audio.len() {
            return;
        }
        let to = (from + self.packet).min(self.audio.len());
        let slot = self.written as usize % self.count * self.packet;
        let mut bytes = self.audio[from..to].to_vec();
        let last = (bytes.len() < self.packet).then_some(bytes.len() as u32);
        bytes.resize(self.packet, 0xAA);
        self.memory.write(slot, &bytes);
        if self.marks {
            self.shared.set_render_packet(self.written as u32, last).unwrap();
        }
        self.written += 1;
    }

    pub(crate) fn run(&mut self, now: Qpc) {
        let (clock, wire) = (&self.cable.clock, &self.cable.shared);
        self.channel.run(|| now, &self.shared, clock, wire);
        self.tick(now);
    }

    pub(crate) fn pause(&mut self, now: Qpc) {
        self.next = None;
        self.channel.pause(|| now, &self.shared, &self.cable.clock, &self.cable.shared);
    }

    pub(crate) fn tick(&mut self, now: Qpc) {
        let cable = self.cable;
        let endpoint = Endpoint {
            clock: &cable.clock,
            wire: &cable.shared,
            ring: &Lock(&cable.ring),
            volume: self.end.map_or(&cable.volume, |end| &end.volume),
            meter: self.end.map_or(&cable.meter, |end| &end.meter),
            own: self.own.map(|own| (&own.volume, &own.meter)),
            kernel: &cable.kernel,
        };
        let tick = self.channel.tick(now, &Looking(&self.memory), &self.shared, &endpoint);
        self.after(tick);
    }

    fn after(&mut self, tick: Tick) {
        self.next = Some(tick.next);
        let newest = tick.completions.into_iter().flatten().last();
        for completion in tick.completions.into_iter().flatten() {
            self.completions.push(completion);
            if self.render {
                self.serve();
            } else if self.writes && Some(completion) == newest {
                let (packet, start) = self.shared.capture_packet().unwrap();
                assert_eq!(u64::from(packet), completion.packet);
                // Within a frame, if the packet had ended when the stream paused.
                assert!(start.0 < completion.at.0 + FREQUENCY / 8_000);
                let mut bytes = vec![0; self.packet];
                self.memory.read(packet as usize % self.count * self.packet, &mut bytes);
                self.audio.extend(bytes);
            }
        }
    }

    pub(crate) fn position(&self, now: Qpc) -> u64 {
        self.shared.position(&self.cable.clock, || now).0.0
    }
}

/// Packets whose peaks are found during the copy, as in the driver: not those of short copies, and
/// the last samples count from the end.
struct Looking<'a>(&'a Memory);

impl PacketMemory for Looking<'_> {
    fn read(&self, offset: usize, into: &mut [u8]) {
        self.0.read(offset, into);
    }

    fn read_with_peaks(
        &self,
        offset: usize,
        into: &mut [u8],
        high: &mut Lanes,
        low: &mut Lanes,
    ) -> bool {
        self.read(offset, into);
        let Some(last) = into.len().checked_sub(64).filter(|last| *last >= 64) else {
            return false;
        };
        for block in into[..last].chunks(16).chain(into[last..].chunks(16)) {
            for (place, sample) in block.as_chunks().0.iter().enumerate() {
                let sample = i16::from_le_bytes(*sample);
                high[place] = high[place].max(sample);
                low[place] = low[place].min(sample);
            }
        }
        true
    }

    fn write(&self, offset: usize, from: &[u8]) {
        self.0.write(offset, from);
    }

    fn zero(&self, offset: usize, length: usize) {
        self.0.zero(offset, length);
    }
}

/// Runs both streams' timers in order up to `end`, each `late` after its time.
pub(crate) fn drive(streams: &mut [&mut Stream<'_>], now: &Cell<u64>, end: u64, late: u64) {
    loop {
        let due = streams.iter_mut().filter_map(|s| s.next.map(|next| (next.0 + late, s)));
        let Some((at, stream)) = due.min_by_key(|(at, _)| *at) else { break };
        if at > end {
            break;
        }
        now.set(at.max(now.get()));
        stream.tick(Qpc(now.get()));
    }
    now.set(end);
}

/// Audio in the bits that the sample type keeps.
pub(crate) fn audio(format: Format, frames: usize, seed: u64) -> Vec<u8> {
    let mut bytes = vec![0; frames * format.block_align()];
    fastrand::Rng::with_seed(seed).fill(&mut bytes);
    if format.sample() == SampleType::Int24In32 {
        bytes.chunks_exact_mut(4).for_each(|sample| sample[0] = 0);
    }
    bytes
}

pub(crate) fn delay(format: Format) -> usize {
    (u64::from(format.rate()) * CABLE_DELAY / 1_000_000) as usize
}
