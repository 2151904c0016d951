//! A cable whose streams run, driven tick by tick.

use std::cell::RefCell;
use std::hint::black_box;

use vdma::channel::{Channel, Endpoint};
use vdma::clock::Clock;
use vdma::format::Format;
use vdma::gain::Volume;
use vdma::meter::Meter;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::resample::{KERNEL, fill_kernel};
use vdma::source::Source;
use vdma::wire::{Ring, RingLock, RingMemory, WireShared};
use vdma::{PacketMemory, Qpc};

const FREQUENCY: u64 = 10_000_000;

/// A step of 5 ms.
pub(crate) const STEP: u64 = FREQUENCY / 200;

/// Every byte of what is played: in each sample type a sample of some loudness.
const AUDIO: u8 = 0x3E;

struct Lock<'a>(&'a RefCell<RingMemory<Vec<u8>>>);

impl RingLock for Lock<'_> {
    fn with(&self, use_ring: &mut dyn FnMut(&mut Ring<'_>)) {
        use_ring(&mut self.0.borrow_mut().ring());
    }
}

struct Memory(RefCell<Vec<u8>>);

impl PacketMemory for Memory {
    fn read(&self, offset: usize, into: &mut [u8]) {
        into.copy_from_slice(&self.0.borrow()[offset..offset + into.len()]);
    }
    fn write(&self, offset: usize, from: &[u8]) {
        self.0.borrow_mut()[offset..offset + from.len()].copy_from_slice(from);
    }
    fn zero(&self, offset: usize, length: usize) {
        self.0.borrow_mut()[offset..offset + length].fill(0);
    }
}

/// A cable with running streams.
pub(crate) struct Rig {
    clock: Clock,
    wire: WireShared,
    ring: RefCell<RingMemory<Vec<u8>>>,
    volume: Volume,
    meter: Meter,
    kernel: Vec<f32>,
    streams: Vec<(Channel<Vec<u8>>, Shared, Memory)>,
    is_metered: bool,
    now: u64,
}

impl Rig {
    /// `renders` streams that play `played`, and `captures` that record as `heard`.
    pub(crate) fn new(played: Format, heard: Format, renders: usize, captures: usize) -> Self {
        let mut rig = Self {
            clock: Clock::new(FREQUENCY),
            wire: WireShared::default(),
            ring: RefCell::new(RingMemory::new(vec![0; 256 * 1024])),
            volume: Volume::default(),
            meter: Meter::default(),
            kernel: vec![0.0; KERNEL],
            streams: Vec::new(),
            is_metered: false,
            now: FREQUENCY,
        };
        fill_kernel(&mut rig.kernel);
        for index in 0..renders + captures {
            let is_render = index < renders;
            let format = if is_render { played } else { heard };
            let packet = format.rate() as usize / 100 * format.block_align();
            let mut channel = if is_render {
                Channel::render(format, 5_000)
            } else {
                Channel::capture(format, 5_000, Source::Cable)
            };
            let shared = Shared::new(format);
            let layout = Layout::new(2, packet as u32, format.block_align());
            channel.set_packets(layout.expect("two packets of whole frames"), &shared);
            if is_render {
                shared.set_render_packet(0, None).expect("the first packet is in time");
            }
            let allocate = |bytes| Ok::<_, vdma::Error>(vec![0; bytes]);
            channel.prepare(&rig.wire, allocate).expect("a wire takes these streams");
            rig.streams.push((channel, shared, Memory(RefCell::new(vec![AUDIO; 2 * packet]))));
        }
        let lock = Lock(&rig.ring);
        let endpoint = Endpoint {
            clock: &rig.clock,
            wire: &rig.wire,
            ring: &lock,
            volume: &rig.volume,
            meter: &rig.meter,
            own: None,
            kernel: &rig.kernel,
        };
        for (channel, shared, memory) in &mut rig.streams {
            channel.run(|| Qpc(FREQUENCY), shared, &rig.clock, &rig.wire);
            channel.tick(Qpc(FREQUENCY), memory, shared, &endpoint);
        }
        rig
    }

    /// At -6 dB.
    #[must_use]
    pub(crate) fn quieter(self) -> Self {
        self.volume.set_level(None, -6 * 65_536);
        self
    }

    /// With a client that reads the peak meter all the time.
    #[must_use]
    pub(crate) fn metered(mut self) -> Self {
        self.is_metered = true;
        self
    }

    /// Every stream's tick, `ticks` of the clock later.
    pub(crate) fn tick(&mut self, ticks: u64) {
        self.now += ticks;
        let lock = Lock(&self.ring);
        let endpoint = Endpoint {
            clock: &self.clock,
            wire: &self.wire,
            ring: &lock,
            volume: &self.volume,
            meter: &self.meter,
            own: None,
            kernel: &self.kernel,
        };
        if self.is_metered {
            black_box(self.meter.take(None));
        }
        for (channel, shared, memory) in &mut self.streams {
            // Fails for captures, and for a packet that was marked already.
            let _ = shared.set_render_packet(shared.current_packet().wrapping_add(1), None);
            black_box(channel.tick(Qpc(self.now), memory, shared, &endpoint));
        }
    }
}
