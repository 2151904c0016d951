//! Streams at the microphone's keyword pin. A stream begins a second before the last detection,
//! delivers the history of the [`Spotter`] as fast as the client reads it (a burst), and then
//! continues in real time.

use core::sync::atomic::{AtomicU64, Ordering};

use acx::guid::KSPROPSETID_RtAudio;
use acx::once::Once;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::Arc;
use acx::request::{Filter, Request};
use acx::stream::{self, CapturedPacket, CreateStream, HwLatency, Notifier, Position, RtStream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::units::{Bytes, Frames};
use acx::{Dispatch, Error, Passive, Result};
use vdma::burst::{Burst, Fill};

use crate::budget::{Budget, Reservation};
use crate::clock::now;
use crate::properties;
use crate::settings::HiddenEndsFor;
use crate::spotter::{BYTES_PER_FRAME, HISTORY, Spotter};

/// The keyword pin's id.
pub const PIN: u32 = 2;

/// The length of the pre-roll in frames: one second of audio from before the detection.
const PRE_ROLL: u64 = 16_000;

/// KSPROPERTY_RTAUDIO_PACKETVREGISTER: an audio stack that gets the register does not request
/// packets by number, which a burst needs.
const PACKET_REGISTER: u32 = 13;

/// The part of a stream that every callback uses. Nothing here waits: the packets' memory is set
/// once, and [`Burst`] decides which party fills the next packet.
struct Reader {
    spotter: Arc<Spotter>,
    burst: Burst,
    packets: Once<Packets>,
    /// The frame of the history at which packet 0 begins.
    begin: AtomicU64,
    notifier: Notifier,
}

/// The packets that a client maps.
struct Packets {
    view: PacketView,
    /// Frames of a packet.
    frames: u64,
    /// Their part of the device's memory budget.
    _reservation: Reservation,
}

impl Reader {
    /// The frame of the history at which `packet` begins.
    fn frame_of(&self, packet: u64) -> u64 {
        let frames = self.packets.get().map_or(0, |packets| packets.frames);
        self.begin.load(Ordering::Acquire).saturating_add(packet.saturating_mul(frames))
    }

    /// Fills the next packet, if the history has all of it, and returns its number.
    fn fill(&self, mut fill: Fill<'_>) -> Option<u64> {
        let Packets { view, frames, .. } = self.packets.get()?;
        let end = self.spotter.end();
        // Packets that the history has lost are skipped: the client sees a gap in their numbers.
        while self.frame_of(fill.packet()).saturating_add(HISTORY) < end.saturating_add(*frames) {
            fill.skip();
        }
        let packet = fill.packet();
        let from = self.frame_of(packet);
        if from.saturating_add(*frames) > end {
            return None;
        }
        let bytes = usize::try_from(frames.saturating_mul(2)).unwrap_or(0);
        let slot = usize::try_from(packet % 2).unwrap_or(0).saturating_mul(bytes);
        let mut piece = [0; 128];
        let mut done = 0_usize;
        while done < bytes {
            let length = bytes.saturating_sub(done).min(piece.len());
            let Some(piece) = piece.get_mut(..length) else { break };
            let frame = from.saturating_add(u64::try_from(done / 2).unwrap_or(0));
            self.spotter.read(frame, piece);
            view.write(slot.saturating_add(done), piece);
            done = done.saturating_add(length);
        }
        fill.done().then_some(packet)
    }

    /// Fills the next packet if possible, and notifies the client. Returns whether it did.
    fn deliver(&self, fill: Option<Fill<'_>>, level: &mut Dispatch) -> bool {
        let Some(packet) = fill.and_then(|fill| self.fill(fill)) else { return false };
        let at = self.spotter.time_of(self.frame_of(packet.saturating_add(1)));
        self.notifier.notify_packet_complete(packet, at, level);
        true
    }
}

/// The state of the timer, which delivers packets in real time.
struct Poll(Arc<Reader>);

impl Expire for Poll {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        self.0.deliver(self.0.burst.next(), level);
        Some(self.0.spotter.next_poll())
    }
}

/// A stream at the keyword pin.
pub struct KeywordStream {
    reader: Arc<Reader>,
    /// The users that may stream there.
    guard: Option<HiddenEndsFor>,
}

/// The requests that a stream at a guarded end preprocesses: the register and the requests for
/// packets.
const GUARDED: &[Filter] = &[REGISTER, properties::BUFFER, properties::BUFFER_WITH_NOTIFICATION];

const REGISTER: Filter = Filter::property(&KSPROPSETID_RtAudio, PACKET_REGISTER);

/// The state that only state callbacks use.
pub struct Control {
    timer: Timer<Poll>,
    is_prepared: bool,
}

impl KeywordStream {
    /// Creates the requested stream.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfMemory`], or the framework's errors.
    pub fn create(
        spotter: Arc<Spotter>,
        guard: Option<HiddenEndsFor>,
        mut request: CreateStream<'_>,
    ) -> Result<()> {
        if guard.is_some() {
            request.preprocess(GUARDED);
        }
        request.create_rt(|stream| {
            let reader = Arc::new(Reader {
                spotter,
                burst: Burst::default(),
                packets: Once::default(),
                begin: AtomicU64::new(0),
                notifier: stream.notifier(),
            })?;
            let timer = Timer::new(stream, Poll(reader.clone()))?;
            Ok((Self { reader, guard }, Control { timer, is_prepared: false }))
        })
    }
}

impl stream::Stream for KeywordStream {
    type Control = Control;

    const PREPROCESS: &'static [Filter] = &[REGISTER];

    fn preprocess(&self, request: Request<'_>) {
        match request.identifier() {
            Some((_, PACKET_REGISTER)) => request.complete(Err(Error::NotSupported)),
            _ => properties::admit_to_packets(request, self.guard),
        }
    }

    fn prepare_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        let spotter = &self.reader.spotter;
        if !control.is_prepared {
            spotter.add_reader(passive)?;
            control.is_prepared = true;
        }
        // With a pre-roll if there was a detection, otherwise from now.
        let begin = match spotter.detection() {
            Some(frame) => frame.saturating_sub(PRE_ROLL),
            None => spotter.end(),
        };
        self.reader.begin.store(begin, Ordering::Release);
        Ok(())
    }

    fn release_hardware(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.reader.burst.reset();
        if control.is_prepared {
            self.reader.spotter.remove_reader(passive)?;
            control.is_prepared = false;
        }
        Ok(())
    }

    fn run(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        self.reader.burst.run();
        // The first packet of a burst is available at once.
        self.reader.deliver(self.reader.burst.next(), passive);
        control.timer.start(self.reader.spotter.next_poll(), passive);
        Ok(())
    }

    fn pause(&self, control: &mut Control, passive: &mut Passive) -> Result<()> {
        control.timer.stop(passive);
        self.reader.burst.pause();
        Ok(())
    }
}

impl RtStream for KeywordStream {
    fn allocate_packets(
        &self,
        _control: &mut Control,
        count: u32,
        size: Bytes,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        // Packets of 1 ms to a second, two of them.
        let frames = size.whole_frames(Bytes(BYTES_PER_FRAME));
        let Some(Frames(frames @ 16..=16_000)) = frames.filter(|_| count == 2) else {
            return Err(Error::InvalidParameter);
        };
        let layout = PacketLayout::contiguous(count, size)?;
        let bytes = layout.allocation.saturating_mul(layout.buffers);
        let reservation = Budget::reserve(&self.reader.spotter.cable().common.packets, bytes)?;
        let packets = RtPackets::new(layout, passive)?;
        self.reader.packets.set(Packets {
            view: packets.view(),
            frames,
            _reservation: reservation,
        })?;
        Ok(packets)
    }

    fn hw_latency(&self) -> Result<HwLatency> {
        Ok(HwLatency { fifo: Bytes(0), delay: self.reader.spotter.delay()? })
    }

    fn current_packet(&self) -> Result<u64> {
        Ok(self.reader.burst.filled())
    }

    fn presentation_position(&self) -> Result<Position> {
        let frames = self.reader.packets.get().map_or(0, |packets| packets.frames);
        let frames = Frames(self.reader.burst.filled().saturating_mul(frames));
        Ok(Position { frames, at: Qpc(now().0) })
    }

    fn capture_packet(&self, level: &mut Dispatch) -> Result<CapturedPacket> {
        let (newest, fill) = self.reader.burst.read().ok_or(Error::NotReady)?;
        let began = self.reader.spotter.time_of(self.reader.frame_of(newest));
        let more = self.reader.deliver(fill, level);
        Ok(CapturedPacket { number: newest, began, more })
    }
}
