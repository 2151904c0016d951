//! The other ways.

use std::sync::Mutex;

use vdma::PacketMemory;
use vdma::format::{Format, SampleType};
use vdma::meter::Meter;

use crate::memory::Memory;
use crate::{Cable, FREQUENCY, Progress, RING, lock, packet_bytes, stretches};

/// Each packet is copied as a whole when it is over, one tick per packet and end, as many drivers
/// do.
///
/// It has marks (a packet that was not written is silence), meters, completions with their ideal
/// moment. It has nothing below a packet: positions between boundaries are guessed from the clock
/// and not what was moved; the microphone lags by one packet whatever the packets' length, 10 ms
/// here and 100 ms with packets of 100 ms; and with one packet, which a timer-driven client
/// overwrites right behind the play position, it is wrong. No volume, mixer, end of stream,
/// counters, or ends of unequal packets.
pub(crate) struct WholePackets {
    format: Format,
    packet: usize,
    speaker: Memory,
    marks: [bool; 2],
    ring: Mutex<Vec<u8>>,
    microphone: Memory,
    meters: [Meter; 2],
    progress: [Mutex<Progress>; 2],
}

impl WholePackets {
    pub(crate) fn new(format: Format) -> Self {
        let packet = packet_bytes(format);
        Self {
            format,
            packet,
            speaker: Memory::new(packet),
            marks: [false; 2],
            ring: Mutex::new(vec![0; RING]),
            microphone: Memory::new(packet),
            meters: [Meter::default(), Meter::default()],
            progress: Default::default(),
        }
    }

    pub(crate) fn render(&mut self, number: u64) {
        let slot = self.speaker.slot(number);
        let written = std::mem::take(&mut self.marks[number as usize % 2]);
        let mut ring = lock(&self.ring);
        // One packet ahead of what the microphone takes: whichever end ticks first.
        stretches(RING, (number + 1) as usize * self.packet, self.packet, |begin, skip, length| {
            let place = &mut ring[begin..begin + length];
            if written {
                self.speaker.read(slot + skip, place);
                self.meters[0].measure(self.format, place);
            } else {
                place.fill(0);
            }
        });
        drop(ring);
        lock(&self.progress[0]).complete();
    }

    pub(crate) fn capture(&mut self, number: u64) {
        let slot = self.microphone.slot(number);
        let ring = lock(&self.ring);
        stretches(RING, number as usize * self.packet, self.packet, |begin, skip, length| {
            let place = &ring[begin..begin + length];
            self.meters[1].measure(self.format, place);
            self.microphone.write(slot + skip, place);
        });
        drop(ring);
        lock(&self.progress[1]).complete();
    }
}

impl Cable for WholePackets {
    fn play(&mut self, number: u64, bytes: &[u8]) {
        self.speaker.write(self.speaker.slot(number), bytes);
        self.mark(number);
    }

    fn mark(&mut self, number: u64) {
        self.marks[number as usize % 2] = true;
    }

    fn pass(&mut self, number: u64) {
        self.render(number);
        self.capture(number);
    }

    fn recorded(&self, number: u64) -> Vec<u8> {
        self.microphone.packet(number)
    }
}

/// Steps of 5 ms as the engine's, sample by sample: from the packet's type to float, times a gain,
/// measured, into a ring of floats, and back again at the microphone, as sample drivers and their
/// effects do.
///
/// The gain is what the engine's fast way does not have: here it costs nothing more. Float has 24
/// bits, so that 32-bit audio does not come back as it was. No mixer, end of stream or counters,
/// and no position of its own.
pub(crate) struct PerSample {
    format: Format,
    packet: usize,
    speaker: Memory,
    marks: [bool; 2],
    ring: Mutex<Vec<f32>>,
    microphone: Memory,
    gains: [f32; 8],
    peaks: [[f32; 8]; 2],
    progress: [Mutex<Progress>; 2],
}

impl PerSample {
    pub(crate) fn new(format: Format) -> Self {
        let packet = packet_bytes(format);
        Self {
            format,
            packet,
            speaker: Memory::new(packet),
            marks: [false; 2],
            ring: Mutex::new(vec![0.0; RING / 4]),
            microphone: Memory::new(packet),
            gains: [1.0; 8],
            peaks: [[0.0; 8]; 2],
            progress: Default::default(),
        }
    }

    /// The sample at which `step` of packet `number` begins, and how many a step has.
    fn samples(&self, number: u64, step: usize) -> (usize, usize) {
        let samples = self.packet / self.format.sample().bytes() / 2;
        ((2 * number as usize + step) * samples, samples)
    }

    fn render<const N: usize>(&mut self, number: u64, step: usize, load: impl Fn([u8; N]) -> f32) {
        // Two steps ahead of what the microphone takes.
        let ((at, samples), channels) = (self.samples(number + 1, step), self.format.channels());
        let begin = self.speaker.slot(number) + step * samples * N;
        let memory = self.speaker.0.borrow();
        let mut ring = lock(&self.ring);
        let mask = ring.len() - 1;
        if !self.marks[number as usize % 2] {
            (0..samples).for_each(|index| ring[(at + index) & mask] = 0.0);
            return;
        }
        let packet = memory[begin..begin + samples * N].as_chunks::<N>().0;
        let peaks = &mut self.peaks[0];
        for (frame, bytes) in packet.chunks_exact(channels).enumerate() {
            for (channel, bytes) in bytes.iter().enumerate() {
                let value = load(*bytes) * self.gains[channel];
                peaks[channel] = peaks[channel].max(value.abs());
                ring[(at + frame * channels + channel) & mask] = value;
            }
        }
    }

    fn capture<const N: usize>(
        &mut self,
        number: u64,
        step: usize,
        store: impl Fn(f32) -> [u8; N],
    ) {
        let ((at, samples), channels) = (self.samples(number, step), self.format.channels());
        let begin = self.microphone.slot(number) + step * samples * N;
        let mut memory = self.microphone.0.borrow_mut();
        let ring = lock(&self.ring);
        let mask = ring.len() - 1;
        let packet = memory[begin..begin + samples * N].as_chunks_mut::<N>().0;
        let peaks = &mut self.peaks[1];
        for (frame, bytes) in packet.chunks_exact_mut(channels).enumerate() {
            for (channel, bytes) in bytes.iter_mut().enumerate() {
                let value = ring[(at + frame * channels + channel) & mask] * self.gains[channel];
                peaks[channel] = peaks[channel].max(value.abs());
                *bytes = store(value);
            }
        }
    }

    fn step<const N: usize>(
        &mut self,
        number: u64,
        step: usize,
        load: impl Fn([u8; N]) -> f32,
        store: impl Fn(f32) -> [u8; N],
    ) {
        self.render(number, step, load);
        self.capture(number, step, store);
    }
}

/// Of a sample that has 24 bits at most, exactly.
mod sample {
    const FULL_16: f32 = 32_768.0;
    const FULL_24: f32 = 8_388_608.0;

    pub(super) fn load_16(bytes: [u8; 2]) -> f32 {
        f32::from(i16::from_le_bytes(bytes)) / FULL_16
    }

    /// Saturates, as a cast from float does.
    pub(super) fn store_16(value: f32) -> [u8; 2] {
        ((value * FULL_16) as i16).to_le_bytes()
    }

    pub(super) fn load_24(bytes: [u8; 4]) -> f32 {
        (i32::from_le_bytes(bytes) >> 8) as f32 / FULL_24
    }

    pub(super) fn store_24(value: f32) -> [u8; 4] {
        let value = (value * FULL_24) as i32;
        (value.clamp(-0x80_0000, 0x7F_FFFF) << 8).to_le_bytes()
    }
}

impl Cable for PerSample {
    fn play(&mut self, number: u64, bytes: &[u8]) {
        self.speaker.write(self.speaker.slot(number), bytes);
        self.mark(number);
    }

    fn mark(&mut self, number: u64) {
        self.marks[number as usize % 2] = true;
    }

    fn pass(&mut self, number: u64) {
        for step in 0..2 {
            // The type is chosen once a step, not once a sample.
            match self.format.sample() {
                SampleType::Int16 => self.step(number, step, sample::load_16, sample::store_16),
                SampleType::Float32 => {
                    self.step(number, step, f32::from_le_bytes, f32::to_le_bytes);
                }
                _ => self.step(number, step, sample::load_24, sample::store_24),
            }
        }
        self.marks[number as usize % 2] = false;
        self.progress.iter().for_each(|progress| lock(progress).complete());
    }

    fn recorded(&self, number: u64) -> Vec<u8> {
        self.microphone.packet(number)
    }
}

/// One mutex around everything that two streams share: ring, marks, positions, completed packets.
/// Ticks move the same bytes in the same steps as the engine's; a position query waits for whatever
/// a tick does.
///
/// No volume, mixer, end of stream, or counters.
pub(crate) struct OneLock {
    pub(crate) packets: Packets,
    pub(crate) state: Mutex<Locked>,
}

/// What the ticks of [`OneLock`] alone touch.
pub(crate) struct Packets {
    format: Format,
    bytes: usize,
    speaker: Memory,
    microphone: Memory,
}

/// What [`OneLock`] guards.
pub(crate) struct Locked {
    ring: Vec<u8>,
    pub(crate) marks: [bool; 2],
    meters: [Meter; 2],
    progress: [Progress; 2],
    /// Frames that have been moved.
    moved: [u64; 2],
}

impl Locked {
    /// Frames of a stream at the moment `now`, never ahead of what has been moved, and that moment.
    pub(crate) fn position(&self, end: usize, rate: u32, now: u64) -> (u64, u64) {
        let frames = now.saturating_sub(FREQUENCY) * u64::from(rate) / FREQUENCY;
        (frames.min(self.moved[end]), now)
    }
}

impl Packets {
    /// Where `step` of packet `number` begins in all that is played, and in its packets, and its
    /// bytes.
    fn place(&self, number: u64, step: usize) -> (usize, usize, usize) {
        let length = self.bytes / 2;
        let (at, slot) = (number as usize * self.bytes, self.speaker.slot(number));
        (at + step * length, slot + step * length, length)
    }

    pub(crate) fn render(&self, state: &Mutex<Locked>, number: u64, step: usize) {
        let (at, slot, length) = self.place(number, step);
        let state = &mut *lock(state);
        let written = state.marks[number as usize % 2];
        // One packet ahead of what the microphone takes.
        stretches(RING, at + self.bytes, length, |begin, skip, length| {
            let place = &mut state.ring[begin..begin + length];
            if written {
                self.speaker.read(slot + skip, place);
                state.meters[0].measure(self.format, place);
            } else {
                place.fill(0);
            }
        });
        state.moved[0] = ((at + length) / self.format.block_align()) as u64;
        if step == 1 {
            state.marks[number as usize % 2] = false;
            state.progress[0].complete();
        }
    }

    pub(crate) fn capture(&self, state: &Mutex<Locked>, number: u64, step: usize) {
        let (at, slot, length) = self.place(number, step);
        let state = &mut *lock(state);
        stretches(RING, at, length, |begin, skip, length| {
            let place = &state.ring[begin..begin + length];
            state.meters[1].measure(self.format, place);
            self.microphone.write(slot + skip, place);
        });
        state.moved[1] = ((at + length) / self.format.block_align()) as u64;
        if step == 1 {
            state.progress[1].complete();
        }
    }
}

impl OneLock {
    pub(crate) fn new(format: Format) -> Self {
        let bytes = packet_bytes(format);
        let [speaker, microphone] = [Memory::new(bytes), Memory::new(bytes)];
        let state = Locked {
            ring: vec![0; RING],
            marks: [false; 2],
            meters: [Meter::default(), Meter::default()],
            progress: Default::default(),
            moved: [0; 2],
        };
        Self { packets: Packets { format, bytes, speaker, microphone }, state: Mutex::new(state) }
    }
}

impl Cable for OneLock {
    fn play(&mut self, number: u64, bytes: &[u8]) {
        let memory = &self.packets.speaker;
        memory.write(memory.slot(number), bytes);
        self.mark(number);
    }

    fn mark(&mut self, number: u64) {
        lock(&self.state).marks[number as usize % 2] = true;
    }

    fn pass(&mut self, number: u64) {
        for step in 0..2 {
            self.packets.render(&self.state, number, step);
            self.packets.capture(&self.state, number, step);
        }
    }

    fn recorded(&self, number: u64) -> Vec<u8> {
        self.packets.microphone.packet(number)
    }
}
