//! The wire: a bounded ring of frames between the two ends of a cable, addressed by device frame.
//!
//! State callbacks use its lock-free part ([`WireShared`]): the attached streams, the wire's
//! format, each writer's progress. Only ticks access the ring itself ([`Ring`]), under the wire's
//! own lock, for the copy of one step.
//!
//! The first stream to write a range of frames copies its bytes; a further one is mixed in, with
//! saturation. Frames without a writer are silence. When an end stalls, the oldest frames are
//! dropped; the other end is not affected. Starting or stopping one end flushes nothing.

mod shared;

pub(crate) use self::shared::word_of;
use self::shared::{FORMAT, format_of};
pub use self::shared::{MAX_WRITERS, WireShared, Writer};
use crate::convert::{add_all, load_floats};
use crate::format::Format;
use crate::gain::Slope;
use crate::meter::{Extremes, Meters};
use crate::mix::Mix;
use crate::resample::Word;
use crate::size;
use crate::sync::Ordering;

/// A ring holds at least a second divided by this, if its memory is large enough.
const ENOUGH: u64 = 4;

/// A tick's access to the ring: the wire's own lock, held for one call.
pub trait RingLock {
    /// Calls `use_ring` with the lock held.
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>));
}

/// A ring and its memory.
#[derive(Debug)]
pub struct RingMemory<B> {
    storage: B,
    state: State,
}

/// Bytes at the end of a ring's storage for frames about to be mixed: no stack buffer must be
/// cleared, and pieces can be long.
pub const MIXING: usize = 2048;

impl<B: AsMut<[u8]>> RingMemory<B> {
    /// A silent ring over `storage`. It holds as many frames as fit beside [`MIXING`], rounded down
    /// to a power of two, but not more than a quarter of a second needs.
    pub const fn new(storage: B) -> Self {
        Self { storage, state: State::new() }
    }

    /// The ring, for use.
    pub fn ring(&mut self) -> Ring<'_> {
        let storage = self.storage.as_mut();
        let frames = storage.len().saturating_sub(MIXING);
        let (storage, mixing) = storage.split_at_mut_checked(frames).unwrap_or_default();
        Ring { storage, mixing, state: &mut self.state }
    }
}

/// A ring's state beside its frames.
#[derive(Debug)]
pub(crate) struct State {
    format: Option<Format>,
    /// Every frame before it has been written, or is silence.
    written_to: u64,
    /// The ring's capacity in frames in that format: a power of two, so that offsets need no
    /// division.
    capacity: u64,
    /// The format in the encoding of a wire's word, if it was a wire's.
    word: u64,
}

impl State {
    pub(crate) const fn new() -> Self {
        Self { format: None, written_to: 0, capacity: 1, word: 0 }
    }
}

/// The frames on a wire. Only ticks use it.
#[derive(Debug)]
pub struct Ring<'a> {
    storage: &'a mut [u8],
    /// The buffer for frames about to be mixed; empty for a stream's own ring.
    mixing: &'a mut [u8],
    state: &'a mut State,
}

/// The source of a move's bytes, by their offset in it. Returns whether peaks were found, if
/// requested.
pub(crate) type Reading<'a> = dyn FnMut(usize, &mut [u8], Option<&mut Extremes>) -> bool + 'a;

/// The destination of a move's bytes, by their offset in it.
pub(crate) type Writing<'a> = dyn FnMut(usize, &[u8]) + 'a;

/// A move of frames to or from a ring, with its gain and meters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Move<'a> {
    /// The first frame, at the ring's rate.
    pub(crate) at: u64,
    pub(crate) frames: u64,
    /// The stream's format, at the ring's rate.
    pub(crate) format: Format,
    /// The format as the [word of a wire](word_of), which is compared in one instruction.
    pub(crate) word: u64,
    pub(crate) slope: &'a Slope,
    pub(crate) meter: Meters<'a>,
}

impl Move<'_> {
    /// Reads `bytes`, which begin at frame `done` of the move, and applies gain and meter.
    fn take(&self, done: u64, bytes: &mut [u8], read: &mut Reading<'_>) {
        let start = offset(done, self.format.block_align());
        if self.slope.is_unity() && !self.meter.are_none() && Extremes::tell(self.format) {
            let mut found = Extremes::default();
            if read(start, bytes, Some(&mut found)) {
                return self.meter.take_account(self.format, &found);
            }
        } else {
            read(start, bytes, None);
        }
        self.scale_and_measure(done, bytes);
    }

    /// Applies gain and meter to `bytes`, which begin at frame `done` of the move.
    pub(crate) fn scale_and_measure(&self, done: u64, bytes: &mut [u8]) {
        if self.slope.is_unity() && self.meter.are_none() {
            return;
        }
        self.slope.apply(done, self.format.sample(), self.format.channels(), bytes);
        self.meter.measure(self.format, bytes);
    }
}

/// A piece of a move: the frames of the ring, and its start in the move.
struct Piece {
    frame: u64,
    frames: u64,
    done: u64,
}

/// The size of a piece that is converted or mixed, in bytes.
const SCRATCH: usize = 512;

/// The same for a ring without a mixing buffer.
const SHORT: usize = 64;

/// The number of whole frames that fit a piece in both formats.
fn piece_frames(one: Format, other: Format) -> u64 {
    whole_frames(SCRATCH, one.block_align().max(other.block_align()))
}

impl<'a> Ring<'a> {
    /// A ring of `format` over `storage`, with its `state`.
    pub(crate) fn of(format: Format, storage: &'a mut [u8], state: &'a mut State) -> Self {
        let mut ring = Self { storage, mixing: &mut [], state };
        ring.take_format(format);
        ring
    }

    fn take_format(&mut self, format: Format) {
        if self.state.format != Some(format) {
            let most = whole_frames(self.storage.len(), format.block_align());
            let most = most.checked_ilog2().map_or(1, |exponent| 1 << exponent);
            // Not more than the engine needs, so that many rings fit in the caches.
            let enough = u64::from(format.rate()) / ENOUGH;
            let capacity =
                enough.checked_next_power_of_two().map_or(most, |enough| enough.min(most));
            *self.state = State { format: Some(format), capacity, ..State::new() };
        }
    }

    /// Follows the wire's format; a change begins with silence. None if nothing is attached.
    fn follow(&mut self, shared: &WireShared) -> Option<Format> {
        let word = shared.state.load(Ordering::Acquire) & FORMAT;
        if word != self.state.word {
            self.take_format(format_of(word)?);
            self.state.word = word;
        }
        self.state.format
    }

    /// The oldest frame in the ring.
    fn oldest(&self) -> u64 {
        self.state.written_to.saturating_sub(self.state.capacity)
    }

    /// The bytes of at most `frames` frames of `block` bytes from `frame` on, up to the ring's
    /// wrap, and the number of frames.
    fn stretch(&mut self, block: usize, frame: u64, frames: u64) -> (&mut [u8], u64) {
        stretch(self.storage, self.state.capacity, block, frame, frames)
    }

    /// Frames before `to` that nobody has written are silence.
    fn silence(&mut self, block: usize, to: u64) {
        let mut from = self.state.written_to.max(to.saturating_sub(self.state.capacity));
        while from < to {
            let (bytes, frames) = self.stretch(block, from, to.saturating_sub(from));
            bytes.fill(0);
            from = from.saturating_add(frames.max(1));
        }
    }

    /// Writes frames to the wire. `read` copies bytes of the move from an offset.
    pub(crate) fn write(
        &mut self,
        shared: &WireShared,
        mix: &mut Mix,
        what: &Move<'_>,
        read: &mut Reading<'_>,
    ) {
        // The usual move continues at the end of the last one and does not wrap.
        if what.at == self.state.written_to
            && self.is_same(shared, what)
            && let Some(bytes) = self.all_of(what)
        {
            what.take(0, bytes, read);
            self.state.written_to = what.at.saturating_add(what.frames);
            return;
        }
        if let Some(bus) = self.follow(shared) {
            self.put(bus, mix, what, read);
        }
    }

    /// The bytes of a move in the ring's format, if they are contiguous.
    fn all_of(&mut self, what: &Move<'_>) -> Option<&mut [u8]> {
        let capacity = self.state.capacity;
        let index = what.at & capacity.wrapping_sub(1);
        if what.frames > capacity.wrapping_sub(index) {
            return None;
        }
        // Within the ring, so nothing wraps.
        let bytes = |frames: u64| {
            usize::try_from(frames).unwrap_or(0).wrapping_mul(what.format.block_align())
        };
        let begin = bytes(index);
        self.storage.get_mut(begin..begin.wrapping_add(bytes(what.frames)))
    }

    /// Whether the wire and the ring both have the format of a move.
    fn is_same(&self, shared: &WireShared, what: &Move<'_>) -> bool {
        let word = shared.state.load(Ordering::Acquire) & FORMAT;
        word == what.word && word == self.state.word
    }

    /// [`write`](Self::write) for a ring with format `bus` and any position of the frames.
    #[inline(never)]
    pub(crate) fn put(
        &mut self,
        bus: Format,
        mix: &mut Mix,
        what: &Move<'_>,
        read: &mut Reading<'_>,
    ) {
        let end = what.at.saturating_add(what.frames);
        let (oldest, bus_block) = (self.oldest(), bus.block_align());
        self.silence(bus_block, what.at);
        let same = bus == what.format;
        let mut frame = what.at.max(oldest).min(end);
        while frame < end {
            let fresh = frame >= self.state.written_to;
            let until = if fresh { end } else { end.min(self.state.written_to) };
            let piece = Piece {
                frame,
                frames: until.saturating_sub(frame),
                done: frame.saturating_sub(what.at),
            };
            let moved = match (same, fresh) {
                (true, true) => {
                    let (bytes, frames) = self.stretch(bus_block, piece.frame, piece.frames);
                    what.take(piece.done, bytes, read);
                    frames
                }
                (true, false) => self.add(bus, what, &piece, read),
                _ => self.blend(bus, mix, what, &piece, fresh, read),
            };
            frame = frame.saturating_add(moved.max(1));
            self.state.written_to = self.state.written_to.max(frame);
        }
    }

    /// [`write`](Self::write) for resampled floats: frames of `made` from the wire's frame `at` on.
    pub(crate) fn write_floats(
        &mut self,
        shared: &WireShared,
        mix: &mut Mix,
        made: Format,
        mut at: u64,
        samples: &[f32],
    ) {
        let Some(bus) = self.follow(shared) else { return };
        let (block, channels) = (bus.block_align(), size(made.channels()));
        self.silence(block, at);
        // The oldest frames are already dropped.
        let lost = self.oldest().saturating_sub(at);
        let mut rest = samples.get(offset(lost, made.channels())..).unwrap_or_default();
        at = at.saturating_add(lost);
        let mix = mix.follow(made, bus);
        let most = piece_frames(bus, made);
        loop {
            let frames = u64::try_from(rest.len() / channels).unwrap_or(0).min(most);
            let late = self.state.written_to.saturating_sub(at);
            let frames = if late > 0 { frames.min(late) } else { frames };
            if frames == 0 {
                return;
            }
            let (there, frames) = self.stretch(block, at, frames);
            let Some((now, later)) = rest.split_at_checked(offset(frames, made.channels())) else {
                return;
            };
            if late == 0 {
                mix.convert_floats(now, there);
            } else {
                convert_and_add_floats(mix, bus, now, there);
            }
            (at, rest) = (at.saturating_add(frames.max(1)), later);
            self.state.written_to = self.state.written_to.max(at);
        }
    }

    /// Mixes a piece with the wire's format. Not inlined, like the other slow paths, so that their
    /// buffers are not on the fast path's stack.
    #[inline(never)]
    fn add(&mut self, bus: Format, what: &Move<'_>, piece: &Piece, read: &mut Reading<'_>) -> u64 {
        let block = bus.block_align();
        let Self { storage, mixing, state } = self;
        let mut short = [0; SHORT];
        let mixing = if mixing.is_empty() { &mut short[..] } else { mixing };
        let most = piece.frames.min(whole_frames(mixing.len(), block));
        let (there, frames) = stretch(storage, state.capacity, block, piece.frame, most);
        let source = mixing.get_mut(..there.len()).unwrap_or_default();
        what.take(piece.done, source, read);
        add_all(bus.sample(), source, there);
        frames
    }

    /// The slow path of [`write`](Self::write): conversion and mixing, a few frames at a time.
    #[inline(never)]
    fn blend(
        &mut self,
        bus: Format,
        mix: &mut Mix,
        what: &Move<'_>,
        piece: &Piece,
        fresh: bool,
        read: &mut Reading<'_>,
    ) -> u64 {
        let block = what.format.block_align();
        let mut scratch = [0; SCRATCH];
        let most = piece_frames(bus, what.format);
        let (there, frames) = self.stretch(bus.block_align(), piece.frame, piece.frames.min(most));
        let source = scratch.get_mut(..offset(frames, block)).unwrap_or_default();
        what.take(piece.done, source, read);
        let mix = mix.follow(what.format, bus);
        if fresh {
            mix.convert(source, there);
        } else {
            convert_and_add(mix, bus, source, there);
        }
        frames
    }

    /// Reads frames from the wire; missing frames are silence. `write` copies bytes to an offset of
    /// the move. The frames stay for other readers.
    pub(crate) fn read(
        &mut self,
        shared: &WireShared,
        mix: &mut Mix,
        what: &Move<'_>,
        write: &mut Writing<'_>,
    ) {
        let end = what.at.saturating_add(what.frames);
        // The usual move is in the ring and does not wrap.
        if what.at >= self.oldest()
            && end <= self.state.written_to
            && what.slope.is_unity()
            && self.is_same(shared, what)
            && let Some(bytes) = self.all_of(what)
        {
            what.meter.measure(what.format, bytes);
            write(0, bytes);
            return;
        }
        // At another rate it is silence: the wire's rate has just changed, and the next tick
        // handles it.
        let bus = self.follow(shared).filter(|bus| bus.rate() == what.format.rate());
        self.read_pieces(bus, mix, what, write);
    }

    /// [`read`](Self::read) for any position of the frames.
    #[inline(never)]
    fn read_pieces(
        &mut self,
        bus: Option<Format>,
        mix: &mut Mix,
        what: &Move<'_>,
        write: &mut Writing<'_>,
    ) {
        let block = what.format.block_align();
        let end = what.at.saturating_add(what.frames);
        let (oldest, written_to) = (self.oldest(), self.state.written_to);
        let mut frame = what.at;
        while frame < end {
            let done = frame.saturating_sub(what.at);
            let left = end.saturating_sub(frame);
            let moved = match bus {
                Some(bus) if frame >= oldest && frame < written_to => {
                    let left = left.min(written_to.saturating_sub(frame));
                    let (bytes, frames) = self.stretch(bus.block_align(), frame, left);
                    if bus == what.format && what.slope.is_unity() {
                        what.meter.measure(bus, bytes);
                        write(offset(done, block), bytes);
                        frames
                    } else {
                        render(bus, mix, what, done, bytes, write)
                    }
                }
                _ => {
                    let until = if frame < oldest { oldest.min(end) } else { end };
                    let silent = until.saturating_sub(frame).min(whole_frames(ZEROS.len(), block));
                    write(offset(done, block), ZEROS.get(..offset(silent, block)).unwrap_or(&[]));
                    silent
                }
            };
            frame = frame.saturating_add(moved.max(1));
        }
    }

    /// Loads frames of the ring, which has format `bus`, as floats, channel by channel: `planes`
    /// has a row of `length` for each. The first frame of a row is `first`; missing frames are
    /// silence.
    #[inline(never)]
    pub(crate) fn load(&mut self, bus: Format, first: u64, planes: &mut [Word], length: usize) {
        let end = first.saturating_add(u64::try_from(length).unwrap_or(0));
        let (channels, block) = (bus.channels(), bus.block_align());
        let mut at = first.max(self.oldest());
        if at > first || end > self.state.written_to {
            planes.fill([0; 4]);
        }
        let end = end.min(self.state.written_to);
        let mut values = [0.0; SCRATCH / 4];
        let most = whole_frames(values.len(), channels);
        while at < end {
            let (bytes, frames) = self.stretch(block, at, end.saturating_sub(at).min(most));
            load_floats(bus.sample(), bytes, &mut values);
            for value in &mut values {
                // Inaudible values become zero: products with them would be subnormal, which are a
                // hundred times slower.
                *value = if value.abs() < 1e-25 { 0.0 } else { *value };
            }
            let place = usize::try_from(at.saturating_sub(first)).unwrap_or(usize::MAX);
            let count = usize::try_from(frames).unwrap_or(0);
            let mut planes = planes
                .chunks_exact_mut(length.max(1))
                .take(channels)
                .map(|plane| plane.get_mut(place..place.saturating_add(count)).unwrap_or_default());
            if channels == 2
                && let (Some(left), Some(right)) = (planes.next(), planes.next())
            {
                // The common case, which the compiler turns into shuffles.
                for ((left, right), frame) in left.iter_mut().zip(right).zip(values.as_chunks().0) {
                    [*left, *right] = frame.map(f32::to_le_bytes);
                }
            }
            for (channel, plane) in planes.enumerate() {
                let values = values.chunks_exact(channels.max(1));
                for (place, frame) in plane.iter_mut().zip(values) {
                    *place = frame.get(channel).copied().unwrap_or(0.0).to_le_bytes();
                }
            }
            at = at.saturating_add(frames.max(1));
        }
    }

    /// [`load`](Self::load) from the wire of `shared`; silence if its rate differs from that of
    /// `bus`.
    pub(crate) fn load_wire(
        &mut self,
        shared: &WireShared,
        bus: Format,
        first: u64,
        planes: &mut [Word],
        length: usize,
    ) {
        match self.follow(shared) {
            Some(now) if now == bus => self.load(bus, first, planes, length),
            _ => planes.fill([0; 4]),
        }
    }
}

/// [`Ring::stretch`] for a ring's parts.
fn stretch(
    storage: &mut [u8],
    capacity: u64,
    block: usize,
    frame: u64,
    frames: u64,
) -> (&mut [u8], u64) {
    let index = frame & capacity.wrapping_sub(1);
    let frames = frames.min(capacity.saturating_sub(index));
    let (begin, length) = (offset(index, block), offset(frames, block));
    (storage.get_mut(begin..begin.saturating_add(length)).unwrap_or_default(), frames)
}

static ZEROS: [u8; SCRATCH] = [0; SCRATCH];

#[inline(never)]
fn convert_and_add(mix: &Mix, bus: Format, source: &[u8], there: &mut [u8]) {
    let mut scratch = [0; SCRATCH];
    let Some(converted) = scratch.get_mut(..there.len()) else { return };
    mix.convert(source, converted);
    add_all(bus.sample(), converted, there);
}

#[inline(never)]
fn convert_and_add_floats(mix: &Mix, bus: Format, source: &[f32], there: &mut [u8]) {
    let mut scratch = [0; SCRATCH];
    let Some(converted) = scratch.get_mut(..there.len()) else { return };
    mix.convert_floats(source, converted);
    add_all(bus.sample(), converted, there);
}

/// The slow path of [`Ring::read`].
#[inline(never)]
fn render(
    bus: Format,
    mix: &mut Mix,
    what: &Move<'_>,
    done: u64,
    bytes: &[u8],
    write: &mut Writing<'_>,
) -> u64 {
    let block = what.format.block_align();
    let mut scratch = [0; SCRATCH];
    let frames = whole_frames(bytes.len(), bus.block_align()).min(piece_frames(bus, what.format));
    let target = scratch.get_mut(..offset(frames, block)).unwrap_or_default();
    mix.follow(bus, what.format).convert(bytes, target);
    what.scale_and_measure(done, target);
    write(offset(done, block), target);
    frames
}

pub(crate) fn offset(frames: u64, block: usize) -> usize {
    usize::try_from(frames).unwrap_or(0).saturating_mul(block)
}

fn whole_frames(bytes: usize, block: usize) -> u64 {
    u64::try_from(bytes / size(block)).unwrap_or(0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Error;
    use crate::format::SampleType;

    fn format(sample: SampleType, channels: u8, rate: u32) -> Format {
        Format::new(sample, channels, 0, rate).unwrap()
    }

    #[test]
    fn capture_streams_are_counted_whatever_came_after_them() {
        let wire = WireShared::default();
        let stereo = format(SampleType::Int16, 2, 48_000);
        wire.attach_reader(stereo).unwrap();
        let writer = wire.attach_writer(stereo).unwrap();
        assert!(wire.is_heard());
        wire.detach_writer(&writer);
        assert!(wire.is_heard());
        wire.detach_reader();
        assert!(!wire.is_heard());
        // A stream too many that leaves changes nothing.
        for _ in 0..2 {
            let states =
                [&wire, &WireShared::default()].map(|wire| wire.state.load(Ordering::Relaxed));
            assert_eq!(states, [0; 2], "it is as a new one");
            wire.detach_reader();
        }
    }

    #[test]
    fn a_wire_has_its_format_until_the_last_stream_leaves() {
        let (stereo, mono) =
            (format(SampleType::Int16, 2, 48_000), format(SampleType::Int16, 1, 8_000));
        let wire = WireShared::default();
        let writers = [stereo, mono].map(|format| wire.attach_writer(format).unwrap());
        for writer in &writers {
            assert_eq!(wire.format(), Some(stereo));
            wire.detach_writer(writer);
        }
        assert_eq!(wire.format(), None);
        for format in [mono, stereo] {
            wire.attach_reader(format).unwrap();
        }
        for _ in 0..2 {
            assert_eq!((wire.format(), wire.is_heard()), (Some(mono), true));
            wire.detach_reader();
        }
        assert_eq!((wire.format(), wire.is_heard()), (None, false));
    }

    #[test]
    fn render_gives_the_wire_its_format_even_when_capture_came_first() {
        let wire = WireShared::default();
        let mono = format(SampleType::Int16, 1, 48_000);
        let wide = format(SampleType::Float32, 2, 48_000);
        wire.attach_reader(mono).unwrap();
        assert_eq!(wire.format(), Some(mono));
        let writer = wire.attach_writer(wide).unwrap();
        assert_eq!(wire.format(), Some(wide));
        let other_rate = format(SampleType::Int16, 2, 44_100);
        assert!(wire.attach_writer(other_rate).is_ok());
        assert!(wire.attach_reader(other_rate).is_ok());
        assert_eq!(wire.format(), Some(wide), "the second render stream is converted");
        wire.detach_writer(&writer);
        assert_eq!(wire.format(), Some(wide));
    }

    /// A row of each channel: the ring's frames, with silence on both sides whatever was there.
    #[test]
    fn what_a_ring_does_not_have_is_loaded_as_silence() {
        for channels in [1, 2, 3] {
            let bus = format(SampleType::Int16, channels, 48_000);
            let channels = usize::from(channels);
            let (mut memory, mut state) = (vec![0xEE; 16 * bus.block_align()], State::new());
            let mut ring = Ring::of(bus, &mut memory, &mut state);
            let mut mix = Mix::new(bus, bus);
            let slope = crate::gain::LEVEL;
            let meter = Meters::default();
            let word = word_of(bus);
            let what = Move { at: 100, frames: 20, format: bus, word, slope: &slope, meter };
            let value = |byte: usize| (byte / 2 % 251) as u8;
            ring.put(bus, &mut mix, &what, &mut |start, into, _| {
                for (byte, place) in (start..).zip(into) {
                    *place = value(byte);
                }
                false
            });
            // It has 16 frames, from 104 to 120.
            for (first, length) in [(100, 30), (104, 16), (110, 4), (90, 20), (112, 20), (300, 5)] {
                let mut planes = vec![[0xAA; 4]; length * channels];
                ring.load(bus, first, &mut planes, length);
                for (index, word) in planes.into_iter().enumerate() {
                    let (channel, at) = (index / length, first + (index % length) as u64);
                    let wanted = if (104..120).contains(&at) {
                        let byte = value(((at - 100) as usize * channels + channel) * 2);
                        f32::from(i16::from_le_bytes([byte, byte])) / 32_768.0
                    } else {
                        0.0_f32
                    };
                    assert_eq!(word, wanted.to_le_bytes(), "{at} of {first}, channel {channel}");
                }
            }
        }
    }

    /// On a ring with a mixing buffer, and on one without.
    #[test]
    fn what_is_written_over_others_is_added() {
        let bus = format(SampleType::Int16, 2, 48_000);
        for mixing in [0, MIXING] {
            let (mut memory, mut state) = (vec![0; 256 * bus.block_align()], State::new());
            let (mut place, mut mix) = (vec![0; mixing], Mix::new(bus, bus));
            let mut ring = Ring::of(bus, &mut memory, &mut state);
            ring.mixing = &mut place;
            let (slope, meter) = (crate::gain::LEVEL, Meters::default());
            let mut write = |at, frames, sample: i16| {
                let word = word_of(bus);
                let what = Move { at, frames, format: bus, word, slope: &slope, meter };
                ring.put(bus, &mut mix, &what, &mut |_, into, _| {
                    for place in into.as_chunks_mut().0 {
                        *place = sample.to_le_bytes();
                    }
                    false
                });
            };
            // Around the end of the ring, the last write beyond the others.
            write(0, 200, 1);
            write(200, 100, 30_000);
            write(190, 140, 5_000);
            let samples = memory.as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
            let samples: Vec<i16> = samples.collect();
            for frame in 190..330_usize {
                let wanted = match frame {
                    190..200 => 5_001,
                    200..300 => i16::MAX,
                    _ => 5_000,
                };
                let index = frame % 256 * 2;
                assert_eq!(samples[index..index + 2], [wanted; 2], "{mixing}: {frame}");
            }
        }
    }

    /// A frame that is silent, or each of whose channels is further from zero than the one before.
    fn frame_of(value: i16, channels: u8) -> Vec<i16> {
        (1..=i16::from(channels)).map(|channel| value / 4 * channel).collect()
    }

    /// What a ring would be that keeps every frame, and how far it was written.
    #[derive(Default)]
    struct Everything {
        frames: std::collections::BTreeMap<u64, Vec<i16>>,
        written_to: u64,
    }

    impl Everything {
        const KEPT: u64 = 16;

        fn oldest(&self) -> u64 {
            self.written_to.saturating_sub(Self::KEPT)
        }

        fn write(&mut self, at: u64, frames: &[Vec<i16>]) {
            let (oldest, written_to) = (self.oldest(), self.written_to);
            for (at, frame) in (at..).zip(frames).filter(|(at, _)| *at >= oldest) {
                let place = self.frames.entry(at).or_insert_with(|| vec![0; frame.len()]);
                for (place, sample) in place.iter_mut().zip(frame) {
                    *place = place.saturating_add(*sample);
                }
            }
            self.written_to = written_to.max(at + frames.len() as u64);
        }

        fn read(&self, at: u64, channels: u8) -> Vec<i16> {
            let kept = (self.oldest()..self.written_to).contains(&at);
            let frame = kept.then(|| self.frames.get(&at).cloned()).flatten();
            frame.unwrap_or_else(|| vec![0; usize::from(channels)])
        }
    }

    /// Samples of 16 bits as bytes of `sample`, which keeps them.
    fn stored(sample: SampleType, values: &[i16]) -> Vec<u8> {
        let one = |value: &i16| match sample {
            SampleType::Int16 => value.to_le_bytes().to_vec(),
            _ => (i32::from(*value) << 16).to_le_bytes().to_vec(),
        };
        values.iter().flat_map(one).collect()
    }

    /// Writes that continue, leave a gap, or come late, in three forms; reads from before the ring
    /// to beyond it, in four.
    #[test]
    fn a_ring_is_one_that_keeps_everything_as_far_as_it_goes() {
        for channels in [1, 2, 3] {
            let bus = format(SampleType::Int16, channels, 48_000);
            let wide = format(SampleType::Int32, channels, 48_000);
            let made = format(SampleType::Float32, channels, 48_000);
            let other_rate = format(SampleType::Int16, channels, 44_100);
            let wire = WireShared::default();
            let _writer = wire.attach_writer(bus).unwrap();
            let mut memory = RingMemory::new(vec![0xEE; 16 * bus.block_align() + MIXING]);
            let mut mix = Mix::new(bus, bus);
            let (mut wanted, meter) = (Everything::default(), crate::meter::Meter::default());
            let slope = crate::gain::LEVEL;
            let a_move = |at, frames: usize, format, meter| {
                let (frames, word) = (frames as u64, word_of(format));
                Move { at, frames, format, word, slope: &slope, meter }
            };
            let mut random = fastrand::Rng::with_seed(channels.into());
            for step in 0..6_000_u64 {
                let near = (wanted.written_to + random.u64(..40)).saturating_sub(20);
                let (at, count) = match random.u8(..4) {
                    // In most cases what comes next.
                    0 | 1 => (wanted.written_to, random.usize(1..9)),
                    _ => (near, random.usize(1..24)),
                };
                let mut frames: Vec<_> =
                    (0..count).map(|_| frame_of(random.i16(..), channels)).collect();
                let way = if step < 9 { 3 + step % 3 } else { random.u64(..9) };
                match way {
                    0 | 1 => {
                        let format = if way == 0 { bus } else { wide };
                        let bytes = stored(format.sample(), &frames.concat());
                        let what = a_move(at, count, format, Meters::default());
                        memory.ring().write(&wire, &mut mix, &what, &mut |start, into, _| {
                            into.copy_from_slice(&bytes[start..start + into.len()]);
                            false
                        });
                        wanted.write(at, &frames);
                    }
                    2 => {
                        let samples = frames.concat();
                        let samples =
                            samples.into_iter().map(|sample| f32::from(sample) / 32_768.0);
                        let samples: Vec<f32> = samples.collect();
                        memory.ring().write_floats(&wire, &mut mix, made, at, &samples);
                        wanted.write(at, &frames);
                    }
                    3..=6 => {
                        let format = [bus, wide, other_rate, bus][way as usize - 3];
                        let from = if way == 6 { wanted.oldest() } else { near };
                        let meters = Meters(Some(&meter), None);
                        let what = a_move(from, count, format, meters);
                        let mut found = vec![0xAA; count * format.block_align()];
                        memory.ring().read(&wire, &mut mix, &what, &mut |start, bytes| {
                            found[start..start + bytes.len()].copy_from_slice(bytes);
                        });
                        for (at, frame) in (from..).zip(&mut frames) {
                            *frame = match format.rate() {
                                44_100 => frame_of(0, channels),
                                _ => wanted.read(at, channels),
                            };
                        }
                        let frames = frames.concat();
                        assert_eq!(found, stored(format.sample(), &frames), "step {step}: {way}");
                        let peak = frames.iter().map(|sample| i32::from(sample.unsigned_abs()));
                        let peak = peak.max().unwrap_or(0);
                        assert_eq!(meter.take(None) >> 16, peak.min(0x7FFF), "step {step}: {way}");
                    }
                    _ => {
                        let length = count;
                        let mut planes = vec![[0xAA; 4]; length * usize::from(channels)];
                        memory.ring().load_wire(&wire, bus, near, &mut planes, length);
                        for (index, word) in planes.into_iter().enumerate() {
                            let (channel, at) = (index / length, near + (index % length) as u64);
                            let sample = wanted.read(at, channels)[channel];
                            assert_eq!(
                                word,
                                (f32::from(sample) / 32_768.0).to_le_bytes(),
                                "step {step}"
                            );
                        }
                    }
                }
            }
            assert!(wanted.written_to > 10_000);
        }
    }

    #[test]
    fn a_ring_holds_a_quarter_of_a_second_or_what_fits() {
        let frames = |bytes: usize, channels, rate| {
            let wire = WireShared::default();
            let _writer = wire.attach_writer(format(SampleType::Int16, channels, rate)).unwrap();
            let mut memory = RingMemory::new(vec![0; bytes]);
            let mut ring = memory.ring();
            ring.follow(&wire).unwrap();
            ring.state.capacity
        };
        for (bytes, channels, rate, wanted) in [
            (1 << 20, 2, 48_000, 16_384),
            (1 << 20, 1, 48_000, 16_384),
            (1 << 20, 2, 8_000, 2_048),
            (MIXING + 4 * 1_024, 2, 48_000, 1_024),
            (MIXING + 4 * 1_023, 2, 48_000, 512),
            (MIXING + 4, 2, 48_000, 1),
            (MIXING + 3, 2, 48_000, 1),
            (0, 2, 48_000, 1),
        ] {
            assert_eq!(frames(bytes, channels, rate), wanted, "{bytes} bytes, {rate} Hz");
        }
    }

    /// Also where its first frame is the one after the last of the old format.
    #[test]
    fn a_wire_of_another_format_begins_with_silence() {
        let (old, new) =
            (format(SampleType::Int16, 2, 48_000), format(SampleType::Int32, 1, 48_000));
        let wire = WireShared::default();
        let mut memory = RingMemory::new(vec![0xEE; 64 * 4 + MIXING]);
        let mut mix = Mix::new(old, old);
        let slope = crate::gain::LEVEL;
        let a_move = |at, format| {
            let (word, meter) = (word_of(format), Meters::default());
            Move { at, frames: 8, format, word, slope: &slope, meter }
        };
        let mut write = |memory: &mut RingMemory<_>, at, format| {
            memory.ring().write(&wire, &mut mix, &a_move(at, format), &mut |_, into, _| {
                into.fill(0x11);
                false
            });
        };
        let writer = wire.attach_writer(old).unwrap();
        write(&mut memory, 0, old);
        wire.detach_writer(&writer);
        let _writer = wire.attach_writer(new).unwrap();
        let mut mix = Mix::new(new, new);
        let mut heard = |memory: &mut RingMemory<_>, at| {
            let mut found = vec![0xAA; 8 * 4];
            memory.ring().read(&wire, &mut mix, &a_move(at, new), &mut |start, bytes| {
                found[start..start + bytes.len()].copy_from_slice(bytes);
            });
            found
        };
        // With a reader first, or a writer.
        let mut other = RingMemory { storage: memory.storage.clone(), state: State::new() };
        other.state = State { format: Some(old), ..*memory.ring().state };
        assert_eq!(heard(&mut memory, 0), [0; 32]);
        write(&mut other, 8, new);
        assert_eq!(heard(&mut other, 0), [0; 32]);
        assert_eq!(heard(&mut other, 8), [0x11; 32]);
    }

    /// A resampler that expects a format, which the wire has just lost.
    #[test]
    fn a_wire_of_another_format_is_loaded_as_silence() {
        let (bus, other) =
            (format(SampleType::Int16, 2, 48_000), format(SampleType::Int16, 2, 44_100));
        let wire = WireShared::default();
        let mut memory = RingMemory::new(vec![0xEE; 64 * 4 + MIXING]);
        for attached in [None, Some(other)] {
            let _writer = attached.map(|format| wire.attach_writer(format).unwrap());
            let mut planes = [[0xAA; 4]; 8];
            memory.ring().load_wire(&wire, bus, 0, &mut planes, 4);
            assert_eq!(planes, [[0; 4]; 8]);
        }
    }

    /// Products with smaller numbers take a hundred times as long.
    #[test]
    fn what_nobody_could_hear_is_loaded_as_silence() {
        let bus = format(SampleType::Float32, 1, 48_000);
        let (mut memory, mut state) = (vec![0xEE; 16 * 4], State::new());
        let mut ring = Ring::of(bus, &mut memory, &mut state);
        let (mut mix, slope, meter) = (Mix::new(bus, bus), crate::gain::LEVEL, Meters::default());
        let played = [0.5_f32, 1e-20, 1e-25, 9.9e-26, -9.9e-26, -1e-25, -1e-20, 1e-40];
        let bytes = played.map(f32::to_le_bytes);
        let what = Move { at: 0, frames: 8, format: bus, word: 0, slope: &slope, meter };
        ring.put(bus, &mut mix, &what, &mut |start, into, _| {
            into.copy_from_slice(&bytes.as_flattened()[start..start + into.len()]);
            false
        });
        let mut planes = [[0xAA; 4]; 8];
        ring.load(bus, 0, &mut planes, 8);
        let wanted = [0.5_f32, 1e-20, 1e-25, 0.0, 0.0, -1e-25, -1e-20, 0.0];
        assert_eq!(planes, wanted.map(f32::to_le_bytes));
    }

    /// A resampler that is late for more than a ring.
    #[test]
    fn resampled_frames_that_a_ring_no_longer_has_are_dropped() {
        let bus = format(SampleType::Int16, 1, 48_000);
        let made = format(SampleType::Float32, 1, 48_000);
        let wire = WireShared::default();
        wire.attach_writer(bus).unwrap();
        let (mut memory, mut state) = (vec![0; 16 * bus.block_align()], State::new());
        let (mut ring, mut mix) = (Ring::of(bus, &mut memory, &mut state), Mix::new(made, bus));
        ring.write_floats(&wire, &mut mix, made, 0, &[0.25; 40]);
        ring.write_floats(&wire, &mut mix, made, 20, &[0.125; 10]);
        ring.write_floats(&wire, &mut mix, made, 3, &[0.125; 10]);
        for frame in 24..40_usize {
            let wanted: i16 = if frame < 30 { 12_288 } else { 8_192 };
            let index = frame % 16 * 2;
            assert_eq!(memory[index..index + 2], wanted.to_le_bytes(), "frame {frame}");
        }
    }

    /// Also with the maximum number of streams: the counts use separate bits.
    #[test]
    fn a_wire_knows_the_largest_format_that_there_is() {
        let widest = Format::new(SampleType::Int24, 16, 0x3_FFFF, 384_000).unwrap();
        let wire = WireShared::default();
        for _ in 0..1023 {
            wire.attach_reader(widest).unwrap();
        }
        assert_eq!(wire.attach_reader(widest), Err(Error::TooManyStreams));
        assert_eq!(wire.format(), Some(widest));
        for code in 0..5 {
            for (channels, mask, rate) in [(1, 0, 8_000), (16, 1 << 17, 352_800), (9, 1, 44_100)] {
                let sample = SampleType::from_code(code);
                let format = Format::new(sample, channels, mask, rate).unwrap();
                assert_eq!(format_of(word_of(format)), Some(format));
            }
        }
        for (channels, mask, rate) in
            [(0, 0, 8_000), (17, 0, 8_000), (2, 1 << 18, 8_000), (2, 0, 7_999), (2, 0, 384_001)]
        {
            let wrong = Format::new(SampleType::Int16, channels, mask, rate);
            assert_eq!(wrong, Err(Error::UnsupportedFormat));
        }
    }

    #[test]
    fn a_wire_takes_so_many_writers_and_no_more() {
        let wire = WireShared::default();
        let format = format(SampleType::Int16, 2, 48_000);
        let writers: Vec<Writer> =
            (0..MAX_WRITERS).map(|_| wire.attach_writer(format).unwrap()).collect();
        assert_eq!(wire.attach_writer(format), Err(Error::TooManyStreams));
        for writer in &writers {
            wire.detach_writer(writer);
        }
        assert_eq!(wire.format(), None);
    }

    #[test]
    fn the_slowest_running_writer_is_the_frontier() {
        let wire = WireShared::default();
        let format = format(SampleType::Int16, 2, 48_000);
        let (first, second) =
            (wire.attach_writer(format).unwrap(), wire.attach_writer(format).unwrap());
        assert_eq!(wire.frontier(), None);
        wire.advance(&first, 100);
        wire.advance(&second, 70);
        assert_eq!(wire.frontier(), Some(70));
        wire.idle(&second);
        assert_eq!(wire.frontier(), Some(100));
    }
}
