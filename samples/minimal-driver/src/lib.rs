//! The smallest driver on `acx`: one speaker that swallows what is played, in real time. Copy it to begin a driver of your own.
//!
//! A device has a circuit, a circuit has pins, a pin has streams. What a client plays lies in packets; a timer says when each is done.
//! There is no `unsafe` here, and nothing that can panic.

#![no_std]
#![deny(unsafe_code)]

use core::sync::atomic::{AtomicU64, Ordering};

use acx::circuit::{Circuit, CircuitInit, Direction};
use acx::device::{Device, DeviceInit, PrepareHardware};
use acx::driver::Driver;
use acx::format::{Coding, WaveFormat};
use acx::guid::{GUID, KSNODETYPE_SPEAKER};
use acx::jack::JackDescription;
use acx::packets::{PacketLayout, RtPackets};
use acx::pin::Mode;
use acx::pool::Arc;
use acx::stream::{CreateStream, Notifier, RtStream, Stream};
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::{Dispatch, Error, Passive, Result};

/// What this circuit is, for ACX: make a GUID of your own.
const COMPONENT: GUID = GUID {
    Data1: 0xA2F1_63C0,
    Data2: 0x5D1B,
    Data3: 0x4C1E,
    Data4: [0x9D, 0x41, 0x0B, 0x7E, 0x55, 0x10, 0x3A, 0x77],
};

/// The one format.
const FORMAT: WaveFormat = WaveFormat {
    coding: Coding::Pcm,
    channels: 2,
    mask: 0x3,
    rate: 48_000,
    bits: 16,
    valid_bits: 16,
};
const BYTES_PER_FRAME: u32 = 4;

/// The driver.
#[derive(Debug)]
pub struct Minimal;

impl Driver for Minimal {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_settings, _passive| Ok(Soundcard), passive)
    }
}

acx::driver!(Minimal);

/// The device.
#[derive(Debug)]
pub struct Soundcard;

impl Device for Soundcard {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let name = acx::wide!("Speaker0");
        let init = CircuitInit::new(hardware, Direction::Render, name, &COMPONENT)?;
        let mut circuit = init.create(Speaker)?;
        circuit.host_pin(1)?.formats(Mode::Raw, [FORMAT])?.formats(Mode::Default, [FORMAT])?;
        let jack = JackDescription { channel_mask: 0x3, color: 0 };
        circuit.bridge_pin(&KSNODETYPE_SPEAKER)?.fixed_jack(jack)?;
        circuit.add()
    }
}

/// The circuit.
#[derive(Debug)]
pub struct Speaker;

impl Circuit for Speaker {
    fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
        request.create_rt(Direction::Render, |stream| {
            let clock = Arc::new(PlayClock::stopped())?;
            let tick = Tick { clock: clock.clone(), done: 0, notifier: stream.notifier() };
            Ok((Swallow { clock }, Timer::new(stream, tick)?))
        })
    }
}

/// Where a stream is: one word, so that position calls need no lock. While it runs, the moment at which frame 0 would have been; while
/// it does not, the frame that it stopped at, with the highest bit set.
#[derive(Debug)]
struct PlayClock {
    word: AtomicU64,
    /// Frames of a packet.
    packet: AtomicU64,
}

const STOPPED: u64 = 1 << 63;

/// How many ticks of the performance counter `frames` last, rounded up.
fn ticks(frames: u64) -> u64 {
    let ticks = u128::from(frames).saturating_mul(u128::from(Qpc::frequency()));
    u64::try_from(ticks.div_ceil(u128::from(FORMAT.rate))).unwrap_or(u64::MAX)
}

impl PlayClock {
    fn stopped() -> Self {
        Self { word: AtomicU64::new(STOPPED), packet: AtomicU64::new(1) }
    }

    /// The position at `now`.
    fn position(&self, now: Qpc) -> u64 {
        let word = self.word.load(Ordering::Acquire);
        if word & STOPPED != 0 {
            return word & !STOPPED;
        }
        let elapsed = u128::from(now.0.saturating_sub(word));
        let frames = elapsed.saturating_mul(u128::from(FORMAT.rate)) / u128::from(Qpc::frequency());
        u64::try_from(frames).unwrap_or(u64::MAX)
    }

    fn start(&self, now: Qpc) {
        let origin = now.0.saturating_sub(ticks(self.position(now)));
        self.word.store(origin & !STOPPED, Ordering::Release);
    }

    fn stop_at(&self, frame: u64) {
        self.word.store(frame | STOPPED, Ordering::Release);
    }

    /// When packet `number` begins.
    fn time_of(&self, number: u64) -> Qpc {
        let origin = self.word.load(Ordering::Acquire) & !STOPPED;
        Qpc(origin
            .saturating_add(ticks(number.saturating_mul(self.packet.load(Ordering::Relaxed)))))
    }

    /// The packet that is being played at `now`.
    fn current_packet(&self, now: Qpc) -> u64 {
        self.position(now) / self.packet.load(Ordering::Relaxed).max(1)
    }
}

/// What the timer works on.
struct Tick {
    clock: Arc<PlayClock>,
    /// Packets that are done.
    done: u64,
    notifier: Notifier,
}

impl Expire for Tick {
    /// Reports the newest packet that is done, at the moment at which it was, and asks for the end of the next.
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let current = self.clock.current_packet(Qpc::now());
        if let Some(last) = current.checked_sub(1)
            && current > self.done
        {
            self.notifier.notify_packet_complete(last, self.clock.time_of(current), level);
            self.done = current;
        }
        Some(self.clock.time_of(current.saturating_add(1)))
    }
}

/// The stream.
struct Swallow {
    clock: Arc<PlayClock>,
}

impl Stream for Swallow {
    type Control = Timer<Tick>;

    fn prepare_hardware(&self, timer: &mut Timer<Tick>, passive: &mut Passive) -> Result<()> {
        timer.stop(passive).done = 0;
        self.clock.stop_at(0);
        Ok(())
    }

    fn release_hardware(&self, _timer: &mut Timer<Tick>, _passive: &mut Passive) -> Result<()> {
        self.clock.stop_at(0);
        Ok(())
    }

    fn run(&self, timer: &mut Timer<Tick>, passive: &mut Passive) -> Result<()> {
        let now = Qpc::now();
        self.clock.start(now);
        let next = self.clock.current_packet(now).saturating_add(1);
        timer.start(self.clock.time_of(next), passive);
        Ok(())
    }

    fn pause(&self, timer: &mut Timer<Tick>, passive: &mut Passive) -> Result<()> {
        timer.stop(passive);
        self.clock.stop_at(self.clock.position(Qpc::now()));
        Ok(())
    }
}

impl RtStream for Swallow {
    fn allocate_packets(
        &self,
        _timer: &mut Timer<Tick>,
        count: u32,
        size: u32,
        passive: &mut Passive,
    ) -> Result<RtPackets> {
        if !size.is_multiple_of(BYTES_PER_FRAME) {
            return Err(Error::InvalidParameter);
        }
        let packets = RtPackets::new(PacketLayout::contiguous(count, size)?, passive)?;
        self.clock.packet.store(u64::from(size / BYTES_PER_FRAME), Ordering::Relaxed);
        Ok(packets)
    }

    fn free_packets(&self, _timer: &mut Timer<Tick>, _passive: &mut Passive) {}

    fn hw_latency(&self) -> Result<(u32, u32)> {
        Ok((0, 0))
    }

    fn current_packet(&self) -> Result<u32> {
        let packet = self.clock.current_packet(Qpc::now());
        u32::try_from(packet & u64::from(u32::MAX)).map_err(|_| Error::InvalidState)
    }

    fn presentation_position(&self) -> Result<(u64, Qpc)> {
        let now = Qpc::now();
        Ok((self.clock.position(now), now))
    }

    fn set_render_packet(&self, packet: u32, _end: Option<u32>) -> Result<()> {
        // Signed distance, for the numbers wrap.
        match packet.wrapping_sub(self.current_packet()?).cast_signed() {
            ..0 => Err(Error::Late),
            0 | 1 => Ok(()),
            2.. => Err(Error::Overrun),
        }
    }
}
