//! The engine as a whole: a render stream, the wire, a capture stream, and a clock that the test moves.

#![cfg(not(loom))]

mod memory;

use std::cell::{Cell, RefCell};

use vdma::channel::{CABLE_DELAY, Channel, Completion, Endpoint, Tick};
use vdma::clock::Clock;
use vdma::format::{Format, SampleType};
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::resample::{self, KERNEL, fill_kernel};
use vdma::source::Source;
use vdma::telemetry::Event;
use vdma::wire::{Ring, RingLock, RingMemory, WireShared};
use vdma::{PacketMemory, Qpc};

use crate::memory::Memory;

const FREQUENCY: u64 = 10_000_000;
const MILLISECOND: u64 = FREQUENCY / 1000;

struct Cable {
    shared: WireShared,
    ring: RefCell<RingMemory<Vec<u8>>>,
    clock: Clock,
    volume: Volume,
    meter: Meter,
    kernel: Vec<f32>,
}

struct Lock<'a>(&'a RefCell<RingMemory<Vec<u8>>>);

impl RingLock for Lock<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        use_ring(&mut self.0.borrow_mut().ring());
    }
}

impl Cable {
    fn new() -> Self {
        Self {
            shared: WireShared::default(),
            ring: RefCell::new(RingMemory::new(vec![0xEE; 256 * 1024])),
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

/// A stream with the client that serves it.
struct Stream<'a> {
    cable: &'a Cable,
    channel: Channel<Vec<u8>>,
    shared: Shared,
    memory: Memory,
    packet: usize,
    count: usize,
    next: Option<Qpc>,
    /// What the client writes (render) or has read (capture).
    audio: Vec<u8>,
    marks: bool,
    render: bool,
    completions: Vec<Completion>,
    written: u64,
}

impl<'a> Stream<'a> {
    fn new(cable: &'a Cable, format: Format, render: bool, count: u32, packet: usize) -> Self {
        let layout = Layout::new(count, packet as u32, format.block_align()).unwrap();
        let mut channel = if render {
            Channel::render(format, 5_000)
        } else {
            Channel::capture(format, 5_000, Source::Cable)
        };
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
            render,
            completions: Vec::new(),
            written: 0,
        }
    }

    fn endpoint<'b>(cable: &'b Cable, lock: &'b Lock<'b>) -> Endpoint<'b> {
        Endpoint {
            clock: &cable.clock,
            wire: &cable.shared,
            ring: lock,
            volume: &cable.volume,
            meter: &cable.meter,
            own: None,
            kernel: &cable.kernel,
        }
    }

    /// Writes the next packet of the audio, as a client does, and marks it.
    fn write(&mut self) {
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

    fn run(&mut self, now: Qpc) {
        let (clock, wire) = (&self.cable.clock, &self.cable.shared);
        self.channel.run(|| now, &self.shared, clock, wire);
        self.tick(now);
    }

    fn pause(&mut self, now: Qpc) {
        self.next = None;
        self.channel.pause(|| now, &self.shared, &self.cable.clock, &self.cable.shared);
    }

    fn tick(&mut self, now: Qpc) {
        let lock = Lock(&self.cable.ring);
        let endpoint = Self::endpoint(self.cable, &lock);
        let tick = self.channel.tick(now, &self.memory, &self.shared, &endpoint);
        self.after(tick);
    }

    fn after(&mut self, tick: Tick) {
        self.next = Some(tick.next);
        for completion in tick.completions.into_iter().flatten() {
            self.completions.push(completion);
            if self.render {
                self.write();
            } else {
                let (packet, start) = self.shared.capture_packet().unwrap();
                assert_eq!(u64::from(packet), completion.packet);
                assert!(start < completion.at);
                let mut bytes = vec![0; self.packet];
                self.memory.read(packet as usize % self.count * self.packet, &mut bytes);
                self.audio.extend(bytes);
            }
        }
    }

    fn position(&self, now: Qpc) -> u64 {
        self.shared.position(&self.cable.clock, || now).0.0
    }
}

/// Runs both streams' timers in order up to `end`, each `late` after its time.
fn drive(streams: &mut [&mut Stream<'_>], now: &Cell<u64>, end: u64, late: u64) {
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

fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut state = seed | 1;
    (0..bytes)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .collect()
}

/// Audio in the bits that the sample type keeps.
fn audio(format: Format, frames: usize, seed: u64) -> Vec<u8> {
    let mut bytes = noise(frames * format.block_align(), seed);
    if format.sample() == SampleType::Int24In32 {
        bytes.chunks_exact_mut(4).for_each(|sample| sample[0] = 0);
    }
    bytes
}

fn delay(format: Format) -> usize {
    (u64::from(format.rate()) * CABLE_DELAY / 1_000_000) as usize
}

#[test]
fn the_cable_is_exact_to_the_bit_in_every_format() {
    for sample in [SampleType::Int16, SampleType::Int24In32, SampleType::Int32, SampleType::Float32]
    {
        for channels in 1..=8 {
            for rate in [8_000, 44_100, 48_000, 96_000, 192_000] {
                let format = Format::new(sample, channels, 0, rate).unwrap();
                let cable = Cable::new();
                let packet = rate as usize / 100 * format.block_align();
                let mut speaker = Stream::new(&cable, format, true, 2, packet);
                let mut microphone = Stream::new(&cable, format, false, 2, packet);
                let played = audio(format, rate as usize / 100 * 7 + 13, 7);
                speaker.audio = played.clone();
                speaker.write();
                speaker.write();
                let now = Cell::new(3600 * FREQUENCY + 12_345);
                microphone.run(Qpc(now.get()));
                speaker.run(Qpc(now.get()));
                let end = now.get() + 150 * MILLISECOND;
                drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
                let lag = delay(format) * format.block_align();
                let heard = &microphone.audio;
                assert!(heard[..lag].iter().all(|byte| *byte == 0));
                assert!(heard.len() > lag + played.len() + packet, "{}", heard.len());
                let same = heard[lag..lag + played.len()] == played[..];
                assert!(same, "{sample:?}, {channels} channels, {rate} Hz");
                assert!(
                    heard[lag + played.len()..].iter().all(|byte| *byte == 0),
                    "EOS is silence"
                );
                assert_eq!(speaker.shared.telemetry().total(Event::Underrun), 0);
                assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
            }
        }
    }
}

#[test]
fn late_timers_leave_the_audio_and_the_clock_alone() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 1920);
    let mut microphone = Stream::new(&cable, format, false, 2, 1920);
    speaker.audio = audio(format, 48_000, 9);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(now.get()));
    microphone.run(Qpc(now.get()));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY * 3 / 2, 3 * MILLISECOND);
    let lag = delay(format) * 4;
    let heard = &microphone.audio;
    assert_eq!(heard[lag..], speaker.audio[..heard.len() - lag]);
    for (index, completion) in speaker.completions.iter().enumerate() {
        let ideal = FREQUENCY + (index as u64 + 1) * 10 * MILLISECOND;
        assert_eq!((completion.packet, completion.at.0), (index as u64, ideal));
    }
    assert!(speaker.shared.telemetry().total(Event::LateTick) > 50);
}

#[test]
fn pausing_anywhere_in_a_packet_keeps_the_cadence_and_every_frame() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let packet_ticks = 10 * MILLISECOND;
    for part in 0..=40u64 {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        // No zeros, so that silence can be told from audio.
        speaker.audio = audio(format, 9_600, part).into_iter().map(|byte| byte | 1).collect();
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        let pause = FREQUENCY + 5 * packet_ticks + part * packet_ticks / 40;
        drive(&mut [&mut speaker, &mut microphone], &now, pause, 0);
        speaker.pause(Qpc(pause));
        let frozen = speaker.position(Qpc(pause));
        assert_eq!(frozen, (pause - FREQUENCY) * 48_000 / FREQUENCY);
        drive(&mut [&mut microphone], &now, pause + 7 * packet_ticks + 3, 0);
        assert_eq!(speaker.position(Qpc(now.get())), frozen, "frozen in pause");
        let resume = now.get();
        speaker.run(Qpc(resume));
        drive(&mut [&mut speaker, &mut microphone], &now, resume + 8 * packet_ticks, 0);
        assert_eq!(
            speaker.position(Qpc(now.get())),
            frozen + 8 * 480,
            "continuous over pause and run"
        );
        let numbers: Vec<u64> = speaker.completions.iter().map(|c| c.packet).collect();
        assert!(numbers.iter().copied().eq(0..numbers.len() as u64), "{numbers:?}");
        let heard: Vec<u8> = microphone
            .audio
            .chunks_exact(2)
            .filter(|sample| *sample != [0, 0])
            .flatten()
            .copied()
            .collect();
        assert_eq!(heard[..], speaker.audio[..heard.len()], "paused {part}/40 into a packet");
    }
}

#[test]
fn positions_lie_on_the_line_while_a_tick_is_late() {
    for rate in [44_100, 48_000] {
        let format = Format::new(SampleType::Int16, 2, 3, rate).unwrap();
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, rate as usize / 25);
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        let began = cable.clock.frame(rate, Qpc(FREQUENCY)).0;
        drive(&mut [&mut speaker], &now, FREQUENCY + 25 * MILLISECOND, 0);
        let mut answers = Vec::new();
        // Several to a frame: stamps do not go back, either.
        for step in 0..4000 {
            let at = FREQUENCY + 25 * MILLISECOND + step * MILLISECOND / 200;
            if step == 3000 {
                speaker.tick(Qpc(at));
            }
            let (frames, stamp) = speaker.shared.position(&cable.clock, || Qpc(at));
            assert_eq!(frames.0, cable.clock.frame(rate, stamp).0 - began, "step {step}");
            assert!(stamp.0 <= at);
            answers.push((frames, stamp));
        }
        assert!(answers.is_sorted());
        assert_eq!(answers[2000], answers[2999], "nothing has been moved since");
        assert!(answers[3000] > answers[2999]);
    }
}

#[test]
fn stalls_do_bounded_work_and_never_move_the_clock() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    for packets in [1u64, 2, 3, 1_000, 60_000] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 1920);
        speaker.audio = audio(format, 4_800, 3);
        speaker.write();
        speaker.write();
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker], &now, FREQUENCY + 25 * MILLISECOND, 0);
        let before = speaker.completions.len();
        let stalled = FREQUENCY + (25 + packets * 10) * MILLISECOND;
        speaker.audio.clear();
        speaker.tick(Qpc(stalled));
        assert!(speaker.completions.len() - before <= 2, "a bounded number of completions");
        let skipped = speaker.shared.telemetry().total(Event::PacketSkipped);
        assert_eq!(skipped, packets.saturating_sub(2));
        let last = speaker.completions.last().unwrap();
        assert_eq!(last.packet, 2 + packets - 1);
        assert_eq!(last.at.0, FREQUENCY + (3 + packets - 1) * 10 * MILLISECOND, "no clock shift");
        assert_eq!(speaker.position(Qpc(stalled)), (stalled - FREQUENCY) * 48_000 / FREQUENCY);
        assert!(speaker.next.unwrap().0 > stalled);
    }
}

#[test]
fn a_packet_that_was_not_written_is_silence_once_and_counted() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 2, 960);
    let mut microphone = Stream::new(&cable, format, false, 2, 960);
    speaker.audio = vec![0x11; 960 * 3];
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 105 * MILLISECOND, 0);
    let sounding = microphone.audio.chunks_exact(2).filter(|sample| *sample == [0x11; 2]).count();
    assert_eq!(sounding, 480 * 3, "each packet once");
    assert_eq!(speaker.shared.current_packet(), 10, "the counter keeps the rate");
    // Packets 3 to 10: the last one has begun.
    assert_eq!(speaker.shared.telemetry().total(Event::Underrun), 8);
}

/// A packet whose mark was refused as late is not heard, not even in part: neither when the client
/// has marked packets before nor when this is its first mark, and wherever in the packet it comes.
#[test]
fn a_packet_that_was_refused_as_late_is_not_half_heard() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    for (marked, part) in
        [false, true].into_iter().flat_map(|marked| (0..10).map(move |p| (marked, p)))
    {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        if marked {
            speaker.shared.set_render_packet(0, None).unwrap();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        let late = FREQUENCY + 10 * MILLISECOND + part * MILLISECOND;
        drive(&mut [&mut speaker, &mut microphone], &now, late, 0);
        speaker.memory.write(960, &[0x11; 960]);
        assert_eq!(speaker.shared.set_render_packet(1, None), Err(vdma::Error::Late));
        // What comes in time afterwards is heard whole.
        speaker.memory.write(0, &[0x22; 960]);
        assert_eq!(speaker.shared.set_render_packet(2, None), Ok(()));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        let count = |byte: u8| microphone.audio.iter().filter(|heard| **heard == byte).count();
        assert_eq!(count(0x11), 0, "marked before: {marked}, {part} ms late");
        assert_eq!(count(0x22), 960, "marked before: {marked}, {part} ms late");
        assert_eq!(speaker.shared.telemetry().total(Event::LateAnswer), 1);
    }
}

/// A packet that was accepted plays to its end, whatever is refused meanwhile; and so does one that
/// began before the client marked at all, as long as nobody refuses it.
#[test]
fn a_refused_mark_does_not_touch_a_packet_that_plays() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    for marked in [false, true] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, 2, 960);
        let mut microphone = Stream::new(&cable, format, false, 2, 960);
        speaker.memory.write(0, &[0x11; 960]);
        if marked {
            speaker.shared.set_render_packet(0, None).unwrap();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 3 * MILLISECOND, 0);
        if marked {
            assert_eq!(speaker.shared.set_render_packet(0, None), Err(vdma::Error::Late));
        }
        assert_eq!(speaker.shared.set_render_packet(2, None), Err(vdma::Error::Overrun));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
        assert_eq!(microphone.audio.iter().filter(|heard| **heard == 0x11).count(), 960);
    }
}

#[test]
fn a_client_that_never_marks_is_played_as_the_buffer_stands_and_never_repeated() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    for (count, packet) in [(1u32, 8192usize), (2, 1920)] {
        let cable = Cable::new();
        let mut speaker = Stream::new(&cable, format, true, count, packet);
        let mut microphone = Stream::new(&cable, format, false, 2, 1920);
        speaker.marks = false;
        speaker.audio = audio(format, packet * count as usize / 4, 5);
        for _ in 0..count {
            speaker.write();
        }
        let now = Cell::new(FREQUENCY);
        speaker.run(Qpc(FREQUENCY));
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 400 * MILLISECOND, 0);
        let lag = delay(format) * 4;
        let played = &speaker.audio;
        assert_eq!(microphone.audio[lag..lag + played.len()], played[..]);
        assert!(microphone.audio[lag + played.len()..].iter().all(|byte| *byte == 0));
        assert!(speaker.memory.0.borrow().iter().all(|byte| *byte == 0), "consumed and cleared");
    }
}

#[test]
fn a_timer_driven_client_may_write_right_behind_the_position() {
    let format = Format::new(SampleType::Int16, 2, 3, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, format, true, 1, 8192);
    let mut microphone = Stream::new(&cable, format, false, 2, 1920);
    speaker.marks = false;
    let whole = audio(format, 48_000, 21);
    speaker.memory.write(0, &whole[..8192]);
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let mut written = 8192;
    for poll in 1..500 {
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + poll * 7_001, 0);
        // Everything up to the very position that was told is the client's again.
        let free_to = speaker.position(Qpc(now.get())) as usize * 4 + 8192;
        while written < free_to {
            let at = written % 8192;
            let length = (free_to - written).min(8192 - at);
            speaker.memory.write(at, &whole[written..written + length]);
            written += length;
        }
    }
    let lag = delay(format) * 4;
    let heard = &microphone.audio[lag..];
    assert!(heard.len() > 40_000);
    assert_eq!(heard, &whole[..heard.len()]);
}

#[test]
fn two_speakers_mix_with_saturation() {
    let format = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let cable = Cable::new();
    let mut first = Stream::new(&cable, format, true, 2, 960);
    let mut second = Stream::new(&cable, format, true, 2, 960);
    let mut microphone = Stream::new(&cable, format, false, 2, 960);
    first.audio = audio(format, 4_800, 1);
    second.audio = audio(format, 4_800, 2);
    for stream in [&mut first, &mut second] {
        stream.write();
        stream.write();
    }
    let now = Cell::new(FREQUENCY);
    first.run(Qpc(FREQUENCY));
    second.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    let end = FREQUENCY + 100 * MILLISECOND;
    drive(&mut [&mut first, &mut second, &mut microphone], &now, end, 0);
    let samples = |bytes: &[u8]| -> Vec<i16> {
        bytes.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect()
    };
    let sum: Vec<i16> = samples(&first.audio)
        .into_iter()
        .zip(samples(&second.audio))
        .map(|(a, b)| a.saturating_add(b))
        .collect();
    let heard = samples(&microphone.audio[delay(format) * 2..]);
    assert_eq!(heard[..], sum[..heard.len()]);
}

#[test]
fn unequal_formats_are_converted() {
    let wide = Format::new(SampleType::Float32, 2, 3, 48_000).unwrap();
    let narrow = Format::new(SampleType::Int16, 1, 4, 48_000).unwrap();
    let cable = Cable::new();
    let mut speaker = Stream::new(&cable, narrow, true, 2, 960);
    let mut microphone = Stream::new(&cable, wide, false, 2, 3840);
    speaker.audio = audio(narrow, 4_800, 1);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    speaker.run(Qpc(FREQUENCY));
    microphone.run(Qpc(FREQUENCY));
    drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 100 * MILLISECOND, 0);
    let heard = microphone.audio[delay(wide) * 8..].as_chunks::<4>().0;
    let heard: Vec<f32> = heard.iter().map(|sample| f32::from_le_bytes(*sample)).collect();
    for (index, pair) in heard.chunks_exact(2).enumerate() {
        let sample = i16::from_le_bytes([speaker.audio[2 * index], speaker.audio[2 * index + 1]]);
        let expected = f32::from(sample) / 32768.0;
        assert_eq!(pair, [expected, expected], "frame {index}");
    }
}

#[test]
fn a_day_of_duplex_has_no_drift_and_no_glitch() {
    let format = Format::new(SampleType::Int16, 1, 4, 8_000).unwrap();
    let cable = Cable::new();
    // Packets of a second keep the number of steps down; the arithmetic is that of any other.
    let mut speaker = Stream::new(&cable, format, true, 2, 16_000);
    speaker.channel = Channel::render(format, 1_000_000);
    let layout = Layout::new(2, 16_000, 2).unwrap();
    speaker.channel.set_packets(layout, &speaker.shared);
    speaker.marks = false;
    let start = 987_654_321;
    let now = Cell::new(start);
    speaker.run(Qpc(start));
    drive(&mut [&mut speaker], &now, start + 86_400 * FREQUENCY, 1);
    let position = speaker.position(Qpc(now.get()));
    assert!(position.abs_diff(86_400 * 8_000) <= 1, "{position}");
    assert_eq!(speaker.shared.telemetry().total(Event::PacketSkipped), 0);
}

/// A sine of full scale a half, as 32-bit stereo: left the sine, right the cosine.
fn sine(rate: u32, hertz: f64, frames: usize) -> Vec<u8> {
    let sample = |value: f64| ((value * 1_073_741_824.0).round() as i32).to_le_bytes();
    (0..frames)
        .flat_map(|frame| {
            let phase = frame as f64 * hertz / f64::from(rate) * std::f64::consts::TAU;
            [sample(phase.sin()), sample(phase.cos())].concat()
        })
        .collect()
}

fn stereo(rate: u32) -> Format {
    Format::new(SampleType::Int32, 2, 3, rate).unwrap()
}

/// Plays `audio` at one rate; what is heard at another one, as halves of full scale, with the silence of its delay cut off.
fn through(from: u32, to: u32, audio: &[u8], milliseconds: u64) -> Vec<[f64; 2]> {
    through_as(SampleType::Int32, from, to, audio, milliseconds)
}

/// 32-bit samples in another type, rounded.
fn stored(sample: SampleType, audio: &[u8]) -> Vec<u8> {
    let words = audio.chunks_exact(4).map(|word| i32::from_le_bytes(word.try_into().unwrap()));
    words
        .flat_map(|word| match sample {
            SampleType::Int16 => {
                ((f64::from(word) / 65_536.0).round() as i16).to_le_bytes().to_vec()
            }
            SampleType::Int24In32 => {
                (((f64::from(word) / 256.0).round() as i32) << 8).to_le_bytes().to_vec()
            }
            SampleType::Int32 => word.to_le_bytes().to_vec(),
            SampleType::Float32 => {
                ((f64::from(word) / 2_147_483_648.0) as f32).to_le_bytes().to_vec()
            }
        })
        .collect()
}

/// As [`through`], with both ends in `sample`.
fn through_as(
    sample: SampleType,
    from: u32,
    to: u32,
    audio: &[u8],
    milliseconds: u64,
) -> Vec<[f64; 2]> {
    let cable = Cable::new();
    let format = |rate| Format::new(sample, 2, 3, rate).unwrap();
    let bytes = sample.bytes();
    let packet = |rate: u32| rate.div_ceil(100) as usize * 2 * bytes;
    let mut speaker = Stream::new(&cable, format(from), true, 2, packet(from));
    let mut microphone = Stream::new(&cable, format(to), false, 2, packet(to));
    speaker.audio = stored(sample, audio);
    speaker.write();
    speaker.write();
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    speaker.run(Qpc(FREQUENCY));
    let end = FREQUENCY + milliseconds * MILLISECOND;
    drive(&mut [&mut speaker, &mut microphone], &now, end, 0);
    assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
    let lag = delay(stereo(to)) + resample::delay(from, to) as usize;
    let value = |bytes: &[u8]| match sample {
        SampleType::Int16 => f64::from(i16::from_le_bytes(bytes.try_into().unwrap())) / 16_384.0,
        SampleType::Float32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())) * 2.0,
        _ => f64::from(i32::from_le_bytes(bytes.try_into().unwrap())) / 1_073_741_824.0,
    };
    let frames = microphone.audio.chunks_exact(2 * bytes).skip(lag);
    frames.map(|frame| [value(&frame[..bytes]), value(&frame[bytes..])]).collect()
}

fn decibel(ratio: f64) -> f64 {
    20.0 * ratio.log10()
}

const RATES: [(u32, u32); 10] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (48_000, 96_000),
    (96_000, 48_000),
    (192_000, 44_100),
    (44_100, 192_000),
    (8_000, 48_000),
    (48_000, 8_000),
    (192_000, 8_000),
    (8_000, 192_000),
];

/// Pass band: what is heard is the very sine that was played, later by the published delay and nothing else. In every sample type, and of
/// 16 bits what two roundings leave.
#[test]
fn in_the_pass_band_a_resampled_sine_is_the_sine() {
    for sample in [SampleType::Int16, SampleType::Int24In32, SampleType::Int32, SampleType::Float32]
    {
        let limit = if sample == SampleType::Int16 { -80.0 } else { -88.0 };
        for (from, to) in RATES {
            let lower = f64::from(from.min(to));
            for part in [0.01, 0.1, 0.25, 0.4, 0.47] {
                let hertz = lower * part;
                let played = sine(from, hertz, from as usize / 4);
                let heard = through_as(sample, from, to, &played, 200);
                // Steady: away from the beginning, where the kernel still sees the silence before it.
                let steady = 2 * resample::delay(from, to) as usize + 8;
                let worst = heard[steady..].iter().enumerate().map(|(index, [left, right])| {
                    let turns = (index + steady) as f64 * hertz / f64::from(to);
                    let phase = turns * std::f64::consts::TAU;
                    (left - phase.sin()).abs().max((right - phase.cos()).abs())
                });
                let worst = decibel(worst.fold(1e-12, f64::max));
                assert!(heard.len() > steady + to as usize / 50);
                assert!(
                    worst < limit,
                    "{sample:?}, {from} -> {to}, {part} of the lower rate: off by {worst:.1} dB"
                );
            }
        }
    }
}

/// Stop band: what a lower rate cannot carry is gone, not folded back.
#[test]
fn beyond_the_stop_band_nothing_is_heard() {
    let samples = [SampleType::Int24In32, SampleType::Int32, SampleType::Float32];
    let pairs = RATES.into_iter().filter(|(from, to)| from > to);
    for (sample, (from, to)) in samples.into_iter().flat_map(|s| pairs.clone().map(move |p| (s, p)))
    {
        for part in [0.53, 0.7, 0.9] {
            let hertz = f64::from(to) * part;
            if hertz >= f64::from(from) / 2.0 {
                continue;
            }
            let heard = through_as(sample, from, to, &sine(from, hertz, from as usize / 4), 200);
            let steady = 2 * resample::delay(from, to) as usize + 8;
            let loudest = heard[steady..]
                .iter()
                .flatten()
                .fold(1e-12, |most: f64, value| most.max(value.abs()));
            let loudest = decibel(loudest);
            assert!(loudest < -95.0, "{sample:?}, {from} -> {to}, {part}: {loudest:.1} dB");
        }
    }
}

/// A second speaker at another rate is resampled onto the wire, and both are heard.
#[test]
fn speakers_of_unequal_rates_are_mixed() {
    let cable = Cable::new();
    let (first, second) = (48_000, 44_100);
    let mut one = Stream::new(&cable, stereo(first), true, 2, 480 * 8);
    let mut two = Stream::new(&cable, stereo(second), true, 2, 441 * 8);
    let mut microphone = Stream::new(&cable, stereo(first), false, 2, 480 * 8);
    let quiet = |bytes: Vec<u8>| -> Vec<u8> {
        let half =
            |sample: &[u8]| (i32::from_le_bytes(sample.try_into().unwrap()) / 2).to_le_bytes();
        bytes.chunks_exact(4).flat_map(half).collect()
    };
    one.audio = quiet(sine(first, 1_000.0, 12_000));
    two.audio = quiet(sine(second, 3_000.0, 11_025));
    for stream in [&mut one, &mut two] {
        stream.write();
        stream.write();
    }
    let now = Cell::new(FREQUENCY);
    microphone.run(Qpc(FREQUENCY));
    one.run(Qpc(FREQUENCY));
    two.run(Qpc(FREQUENCY));
    drive(&mut [&mut one, &mut two, &mut microphone], &now, FREQUENCY + 200 * MILLISECOND, 0);
    let lag = delay(stereo(first));
    let later = resample::delay(second, first) as usize;
    let wave =
        |frame: f64, hertz: f64| (frame * hertz / 48_000.0 * std::f64::consts::TAU).sin() / 2.0;
    let heard = microphone.audio.chunks_exact(8).skip(lag).enumerate().skip(3 * later);
    let mut worst: f64 = 0.0;
    for (index, frame) in heard {
        let left = f64::from(i32::from_le_bytes(frame[..4].try_into().unwrap())) / 1_073_741_824.0;
        let expected = wave(index as f64, 1_000.0) + wave(index as f64 - later as f64, 3_000.0);
        worst = worst.max((left - expected).abs());
    }
    assert!(decibel(worst) < -80.0, "off by {:.1} dB", decibel(worst));
    assert_eq!(microphone.shared.telemetry().total(Event::WireSilence), 0);
}

/// A microphone that was opened first hears whatever rate the wire then gets, with the memory that it has.
#[test]
fn a_wire_that_gets_another_rate_while_it_is_heard_is_heard_on() {
    for (from, to) in RATES {
        let cable = Cable::new();
        let packet = |rate: u32| rate.div_ceil(100) as usize * 8;
        let mut microphone = Stream::new(&cable, stereo(to), false, 2, packet(to));
        let now = Cell::new(FREQUENCY);
        microphone.run(Qpc(FREQUENCY));
        drive(&mut [&mut microphone], &now, FREQUENCY + 35 * MILLISECOND, 0);
        let mut speaker = Stream::new(&cable, stereo(from), true, 2, packet(from));
        let hertz = f64::from(from.min(to)) / 10.0;
        speaker.audio = sine(from, hertz, from as usize / 4);
        speaker.write();
        speaker.write();
        speaker.run(Qpc(now.get()));
        drive(&mut [&mut speaker, &mut microphone], &now, FREQUENCY + 200 * MILLISECOND, 0);
        let words = microphone.audio.chunks_exact(4);
        let end =
            words.skip(to as usize / 5).map(|word| i32::from_le_bytes(word.try_into().unwrap()));
        let loudest = f64::from(end.max().unwrap()) / 1_073_741_824.0;
        assert!((loudest - 1.0).abs() < 0.03, "{from} -> {to}: {loudest}");
    }
}

/// Frames have numbers at every rate: after a day the delay is what it was.
#[test]
fn unequal_rates_never_drift() {
    for (from, to) in [(44_100, 48_000), (48_000, 44_100)] {
        let first = through(from, to, &sine(from, 1_000.0, from as usize / 10), 80);
        let cable = Cable::new();
        let day = 86_400 * FREQUENCY + FREQUENCY;
        let mut speaker =
            Stream::new(&cable, stereo(from), true, 2, from.div_ceil(100) as usize * 8);
        let mut microphone =
            Stream::new(&cable, stereo(to), false, 2, to.div_ceil(100) as usize * 8);
        speaker.audio = sine(from, 1_000.0, from as usize / 10);
        speaker.write();
        speaker.write();
        let now = Cell::new(day);
        microphone.run(Qpc(day));
        speaker.run(Qpc(day));
        drive(&mut [&mut speaker, &mut microphone], &now, day + 80 * MILLISECOND, 0);
        let lag = delay(stereo(to)) + resample::delay(from, to) as usize;
        for (index, frame) in microphone.audio.chunks_exact(8).skip(lag).enumerate() {
            let left =
                f64::from(i32::from_le_bytes(frame[..4].try_into().unwrap())) / 1_073_741_824.0;
            // Sums of floats depend on where the ring wraps, by a few of the last bits.
            let off = (left - first[index][0]).abs();
            assert!(off < 1e-6, "{from} -> {to}: frame {index} is off by {off}");
        }
    }
}
