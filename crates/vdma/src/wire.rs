//! The wire: a bounded ring of frames between the two ends of a cable, addressed by device frame.
//!
//! Its lock-free part ([`WireShared`]) is what state callbacks use: which streams are attached, in which format the wire runs, how far
//! each writer has come. The ring itself ([`Ring`]) is touched only by ticks, under the wire's own lock, for the copy of one step.
//!
//! The first stream to write a range of frames copies its bytes; a further one is mixed in, with saturation. What nobody wrote is
//! silence. When an end stalls, the oldest frames go; the other end is not disturbed. Starting or stopping one end flushes nothing.

use core::array;

use crate::convert::{add_all, load_all, map_all, mix_all, store_all};
use crate::format::{Format, MAX_CHANNELS};
use crate::gain::Slope;
use crate::meter::Meters;
use crate::resample::{Frame, Ratio};
use crate::sync::{AtomicU64, Ordering};
use crate::{Error, Result, divisor, size};

/// Render streams that one wire takes.
pub const MAX_WRITERS: usize = 64;

const FREE: u64 = u64::MAX;
const IDLE: u64 = u64::MAX - 1;

// The wire's state in one word: rate (20 bits), shape of the format (24), writers (10), readers (10).
const RATE_BITS: u32 = 20;
const SHAPE_SHIFT: u32 = 20;
const WRITERS_SHIFT: u32 = 44;
const READERS_SHIFT: u32 = 54;
const COUNT: u64 = 0x3FF;

/// The part of a wire that needs no lock.
#[derive(Debug)]
pub struct WireShared {
    state: AtomicU64,
    /// For each writer the device frame that it has written up to.
    frontiers: [AtomicU64; MAX_WRITERS],
}

impl Default for WireShared {
    fn default() -> Self {
        Self { state: AtomicU64::new(0), frontiers: array::from_fn(|_| AtomicU64::new(FREE)) }
    }
}

/// The place of a render stream on a wire.
#[derive(Debug, PartialEq, Eq)]
pub struct Writer(usize);

impl WireShared {
    /// Attaches a render stream. The first one gives the wire its format.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`].
    pub fn attach_writer(&self, format: Format) -> Result<Writer> {
        let slot = self
            .frontiers
            .iter()
            .position(|slot| {
                slot.compare_exchange(FREE, IDLE, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            })
            .ok_or(Error::TooManyStreams)?;
        let attached = self.update(|state| join(state, format, WRITERS_SHIFT));
        if let Err(why) = attached {
            self.set_frontier(&Writer(slot), FREE);
            return Err(why);
        }
        Ok(Writer(slot))
    }

    /// Attaches a capture stream.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyStreams`].
    pub fn attach_reader(&self, format: Format) -> Result<()> {
        self.update(|state| join(state, format, READERS_SHIFT))
    }

    /// Takes a render stream off the wire.
    pub fn detach_writer(&self, writer: &Writer) {
        self.set_frontier(writer, FREE);
        let _ = self.update(|state| Ok(leave(state, WRITERS_SHIFT)));
    }

    /// Takes a capture stream off the wire.
    pub fn detach_reader(&self) {
        let _ = self.update(|state| Ok(leave(state, READERS_SHIFT)));
    }

    /// The format that the wire runs in; none while nothing is attached.
    pub fn format(&self) -> Option<Format> {
        format_of(self.state.load(Ordering::Acquire))
    }

    /// The device frame that every running writer has written up to; none if nobody plays.
    pub(crate) fn frontier(&self) -> Option<u64> {
        self.frontiers
            .iter()
            .map(|slot| slot.load(Ordering::Acquire))
            .filter(|frontier| *frontier < IDLE)
            .min()
    }

    pub(crate) fn advance(&self, writer: &Writer, frontier: u64) {
        self.set_frontier(writer, frontier.min(IDLE.saturating_sub(1)));
    }

    pub(crate) fn idle(&self, writer: &Writer) {
        self.set_frontier(writer, IDLE);
    }

    fn set_frontier(&self, writer: &Writer, value: u64) {
        if let Some(slot) = self.frontiers.get(writer.0) {
            slot.store(value, Ordering::Release);
        }
    }

    fn update(&self, change: impl Fn(u64) -> Result<u64>) -> Result<()> {
        let mut state = self.state.load(Ordering::Acquire);
        loop {
            let next = change(state)?;
            match self.state.compare_exchange(state, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(()),
                Err(now) => state = now,
            }
        }
    }
}

fn count(state: u64, shift: u32) -> u64 {
    state >> shift & COUNT
}

fn format_of(state: u64) -> Option<Format> {
    let rate = u32::try_from(state & ((1 << RATE_BITS) - 1)).ok()?;
    Format::from_shape(state >> SHAPE_SHIFT & 0xFF_FFFF, rate)
}

fn join(state: u64, format: Format, shift: u32) -> Result<u64> {
    let (writers, readers) = (count(state, WRITERS_SHIFT), count(state, READERS_SHIFT));
    if count(state, shift) == COUNT {
        return Err(Error::TooManyStreams);
    }
    // Render streams decide; a capture stream only while it is alone.
    let decides = writers == 0 && (shift == WRITERS_SHIFT || readers == 0);
    let kept = if decides {
        state >> WRITERS_SHIFT << WRITERS_SHIFT
            | format.shape() << SHAPE_SHIFT
            | u64::from(format.rate())
    } else {
        state
    };
    Ok(kept.wrapping_add(1 << shift))
}

fn leave(state: u64, shift: u32) -> u64 {
    if count(state, shift) == 0 {
        return state;
    }
    let left = state.wrapping_sub(1 << shift);
    if left >> WRITERS_SHIFT == 0 { 0 } else { left }
}

/// How ticks come to the ring: the wire's own lock, held for one call.
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

impl<B: AsMut<[u8]>> RingMemory<B> {
    /// A silent ring over `storage`. It holds as many frames as fit.
    pub const fn new(storage: B) -> Self {
        Self { storage, state: State { format: None, written_to: 0 } }
    }

    /// The ring, to use it.
    pub fn ring(&mut self) -> Ring<'_> {
        Ring { storage: self.storage.as_mut(), state: &mut self.state }
    }
}

#[derive(Debug)]
struct State {
    format: Option<Format>,
    /// Every frame before it has been written, or is silence.
    written_to: u64,
}

/// The frames on a wire. Touched by ticks only.
#[derive(Debug)]
pub struct Ring<'a> {
    storage: &'a mut [u8],
    state: &'a mut State,
}

/// Where the bytes of a move come from, by their offset in it.
pub(crate) type Reading<'a> = dyn FnMut(usize, &mut [u8]) + 'a;

/// Where the bytes of a move go, by their offset in it.
pub(crate) type Writing<'a> = dyn FnMut(usize, &[u8]) + 'a;

/// What a piece of a move looks like: which frames of the ring, and where it begins in the move.
struct Piece {
    frame: u64,
    frames: u64,
    done: u64,
}

/// Bytes of a piece that is converted or mixed, and samples of it.
const SCRATCH: usize = 256;
const SAMPLES: usize = SCRATCH / 4;

/// Whole frames that fit a piece in both formats.
fn piece_frames(one: Format, other: Format) -> u64 {
    u64::try_from(SAMPLES / size(one.channels().max(other.channels()))).unwrap_or(1)
}

impl Ring<'_> {
    fn capacity(&mut self, format: Format) -> u64 {
        whole_frames(self.storage.len(), format.block_align()).max(1)
    }

    /// Follows the wire's format; a change begins with silence. None if nothing is attached.
    fn follow(&mut self, shared: &WireShared) -> Option<Format> {
        let format = shared.format()?;
        if self.state.format != Some(format) {
            self.state.format = Some(format);
            self.state.written_to = 0;
        }
        Some(format)
    }

    /// The bytes of at most `frames` frames from `frame` on, up to where the ring wraps.
    fn stretch(&mut self, format: Format, frame: u64, frames: u64) -> &mut [u8] {
        let capacity = self.capacity(format);
        let index = frame % divisor(capacity);
        let frames = frames.min(capacity.saturating_sub(index));
        let block = format.block_align();
        let place = |frames: u64| usize::try_from(frames).unwrap_or(0).saturating_mul(block);
        let (begin, end) = (place(index), place(index.saturating_add(frames)));
        self.storage.get_mut(begin..end).unwrap_or_default()
    }

    fn silence(&mut self, format: Format, mut from: u64, to: u64) {
        from = from.max(to.saturating_sub(self.capacity(format)));
        while from < to {
            let bytes = self.stretch(format, from, to.saturating_sub(from));
            bytes.fill(0);
            let frames = whole_frames(bytes.len(), format.block_align());
            from = from.saturating_add(frames.max(1));
        }
    }

    /// Puts `frames` frames of `format` on the wire, from device frame `at` on. `read` copies bytes of the move from an offset.
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    pub(crate) fn write(
        &mut self,
        shared: &WireShared,
        at: u64,
        frames: u64,
        format: Format,
        slope: &Slope,
        meter: Meters<'_>,
        read: &mut Reading<'_>,
    ) {
        if let Some(bus) = self.follow(shared) {
            self.put(bus, at, frames, format, slope, meter, read);
        }
    }

    /// [`write`](Self::write) on a ring that runs in `bus`.
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    pub(crate) fn put(
        &mut self,
        bus: Format,
        at: u64,
        frames: u64,
        format: Format,
        slope: &Slope,
        meter: Meters<'_>,
        read: &mut Reading<'_>,
    ) {
        let end = at.saturating_add(frames);
        let oldest = self.state.written_to.saturating_sub(self.capacity(bus));
        if at > self.state.written_to {
            self.silence(bus, self.state.written_to, at);
            self.state.written_to = at;
        }
        let block = format.block_align();
        let straight = bus == format && slope.is_unity();
        let mut frame = at.max(oldest).min(end);
        while frame < end {
            let fresh = frame >= self.state.written_to;
            let until = if fresh { end } else { end.min(self.state.written_to) };
            let piece = Piece {
                frame,
                frames: until.saturating_sub(frame),
                done: frame.saturating_sub(at),
            };
            let moved = if straight && fresh {
                let bytes = self.stretch(bus, piece.frame, piece.frames);
                read(offset(piece.done, block), bytes);
                meter.measure(bus, bytes);
                whole_frames(bytes.len(), block)
            } else if straight {
                self.add(bus, meter, &piece, read)
            } else {
                self.blend(bus, format, slope, meter, &piece, fresh, read)
            };
            frame = frame.saturating_add(moved.max(1));
            self.state.written_to = self.state.written_to.max(frame);
        }
    }

    /// Mixes a piece whose format is the wire's. Not inlined, as the other long ways: their scratch stays off the stack of the short way.
    #[inline(never)]
    fn add(
        &mut self,
        bus: Format,
        meter: Meters<'_>,
        piece: &Piece,
        read: &mut Reading<'_>,
    ) -> u64 {
        let block = bus.block_align();
        let mut scratch = [0; 2 * SCRATCH];
        let most = whole_frames(scratch.len(), block);
        let there = self.stretch(bus, piece.frame, piece.frames.min(most));
        let Some(source) = scratch.get_mut(..there.len()) else { return 0 };
        read(offset(piece.done, block), source);
        meter.measure(bus, source);
        add_all(bus.sample(), source, there);
        whole_frames(there.len(), block)
    }

    /// The long way of [`write`](Self::write): gain, conversion, mixing, a few frames at a time.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    fn blend(
        &mut self,
        bus: Format,
        format: Format,
        slope: &Slope,
        meter: Meters<'_>,
        piece: &Piece,
        fresh: bool,
        read: &mut Reading<'_>,
    ) -> u64 {
        let block = format.block_align();
        let mut scratch = [0; SCRATCH];
        let mut values = [0; SAMPLES];
        let mut mapped = [0; SAMPLES];
        let there = self.stretch(bus, piece.frame, piece.frames.min(piece_frames(bus, format)));
        let frames = whole_frames(there.len(), bus.block_align());
        let Some(source) = scratch.get_mut(..offset(frames, block)) else { return 0 };
        read(offset(piece.done, block), source);
        let Some(values) = values.get_mut(..offset(frames, format.channels())) else { return 0 };
        load_all(format.sample(), source, values);
        if !slope.is_unity() {
            slope.apply(piece.done, format.channels(), values);
            store_all(format.sample(), values, source);
        }
        meter.measure(format, source);
        let values = if bus.channels() == format.channels() {
            &*values
        } else {
            map_all(values, format.channels(), &mut mapped, bus.channels());
            &mapped
        };
        if fresh {
            store_all(bus.sample(), values, there);
        } else {
            mix_all(bus.sample(), values, there);
        }
        frames
    }

    /// Takes `frames` frames off the wire as `format`, from device frame `at` on; what is not there is silence. `write` copies bytes
    /// to an offset of the move. Taking leaves the frames for other readers.
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    pub(crate) fn read(
        &mut self,
        shared: &WireShared,
        at: u64,
        frames: u64,
        format: Format,
        slope: &Slope,
        meter: Meters<'_>,
        kernel: &[f32],
        write: &mut Writing<'_>,
    ) {
        let bus = self.follow(shared);
        if let Some(bus) = bus.filter(|bus| bus.rate() != format.rate()) {
            return self.read_resampled(bus, at, frames, format, slope, meter, kernel, write);
        }
        let block = format.block_align();
        let end = at.saturating_add(frames);
        let oldest = bus.map_or(u64::MAX, |bus| {
            let capacity = self.capacity(bus);
            self.state.written_to.saturating_sub(capacity)
        });
        let mut frame = at;
        while frame < end {
            let done = frame.saturating_sub(at);
            let left = end.saturating_sub(frame);
            let moved = match bus {
                Some(bus) if frame >= oldest && frame < self.state.written_to => {
                    let left = left.min(self.state.written_to.saturating_sub(frame));
                    let bytes = self.stretch(bus, frame, left);
                    if bus == format && slope.is_unity() {
                        meter.measure(bus, bytes);
                        write(offset(done, block), bytes);
                        whole_frames(bytes.len(), block)
                    } else {
                        render(bus, format, slope, meter, done, bytes, write)
                    }
                }
                _ => {
                    let until = if frame < oldest { oldest.min(end) } else { end };
                    let silent = until.saturating_sub(frame).min(whole_frames(SCRATCH, block));
                    let zeros = [0; SCRATCH];
                    write(offset(done, block), zeros.get(..offset(silent, block)).unwrap_or(&[]));
                    silent
                }
            };
            frame = frame.saturating_add(moved.max(1));
        }
    }
}

impl Ring<'_> {
    /// Output frame `n` at another rate, left-justified, in the channels of `bus`; what is not there is silence.
    #[inline(never)]
    pub(crate) fn resample(
        &mut self,
        bus: Format,
        kernel: &[f32],
        ratio: Ratio,
        n: u64,
        into: &mut [i32],
    ) {
        let mut frame = Frame::new(kernel, ratio, n);
        let (first, end) = ratio.source(n);
        let oldest = self.state.written_to.saturating_sub(self.capacity(bus));
        let (mut at, end) = (first.max(oldest), end.min(self.state.written_to));
        while at < end {
            let bytes = self.stretch(bus, at, end.saturating_sub(at));
            frame.add(at, bus, bytes);
            at = at.saturating_add(whole_frames(bytes.len(), bus.block_align()).max(1));
        }
        frame.finish(into);
    }

    /// [`read`](Self::read) from a wire of another rate. `at` counts frames of the reader's rate.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "one move, said once; a structure would only rename it"
    )]
    fn read_resampled(
        &mut self,
        bus: Format,
        at: u64,
        frames: u64,
        format: Format,
        slope: &Slope,
        meter: Meters<'_>,
        kernel: &[f32],
        write: &mut Writing<'_>,
    ) {
        let ratio = Ratio::new(bus.rate(), format.rate());
        let (mut made, mut mapped) = ([0; MAX_CHANNELS], [0; MAX_CHANNELS]);
        let mut bytes = [0; MAX_CHANNELS * 4];
        let block = format.block_align();
        let (Some(made), Some(values), Some(bytes)) = (
            made.get_mut(..bus.channels()),
            mapped.get_mut(..format.channels()),
            bytes.get_mut(..block),
        ) else {
            return;
        };
        for done in 0..frames {
            self.resample(bus, kernel, ratio, at.saturating_add(done), made);
            map_all(made, bus.channels(), values, format.channels());
            slope.apply(done, format.channels(), values);
            store_all(format.sample(), values, bytes);
            meter.measure(format, bytes);
            write(offset(done, block), bytes);
        }
    }
}

/// The long way of [`Ring::read`].
#[inline(never)]
fn render(
    bus: Format,
    format: Format,
    slope: &Slope,
    meter: Meters<'_>,
    done: u64,
    bytes: &[u8],
    write: &mut Writing<'_>,
) -> u64 {
    let block = format.block_align();
    let mut scratch = [0; SCRATCH];
    let mut values = [0; SAMPLES];
    let mut mapped = [0; SAMPLES];
    let frames = whole_frames(bytes.len(), bus.block_align()).min(piece_frames(bus, format));
    let Some(target) = scratch.get_mut(..offset(frames, block)) else { return 0 };
    let Some(values) = values.get_mut(..offset(frames, bus.channels())) else { return 0 };
    load_all(bus.sample(), bytes, values);
    let values = if bus.channels() == format.channels() {
        values
    } else {
        map_all(values, bus.channels(), &mut mapped, format.channels());
        &mut mapped
    };
    slope.apply(done, format.channels(), values);
    store_all(format.sample(), values, target);
    meter.measure(format, target);
    write(offset(done, block), target);
    frames
}

fn offset(frames: u64, block: usize) -> usize {
    usize::try_from(frames).unwrap_or(0).saturating_mul(block)
}

fn whole_frames(bytes: usize, block: usize) -> u64 {
    u64::try_from(bytes / size(block)).unwrap_or(0)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::format::SampleType;

    fn format(sample: SampleType, channels: u8, rate: u32) -> Format {
        Format::new(sample, channels, 0, rate).unwrap()
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
