//! A cable with running streams, whose ticks are what is measured.

use std::cell::RefCell;
use std::hint::black_box;

use vdma::Qpc;
use vdma::channel::Channel;
use vdma::format::Format;
use vdma::packets::Layout;
use vdma::position::Shared;
use vdma::source::Source;

use crate::cable::{Cable, FREQUENCY};
use crate::memory::Memory;

/// Every byte of what is played: in each type a sample of some loudness. Not 1, which as a float is
/// next to nothing.
const AUDIO: u8 = 0x3E;
/// A step of 5 ms.
pub(crate) const STEP: u64 = FREQUENCY / 200;

/// A cable with running streams.
pub(crate) struct Rig {
    pub(crate) cable: Cable,
    /// Whether a client reads the peak meter all the time.
    pub(crate) is_metered: bool,
    streams: Vec<(Channel<Vec<u8>>, Shared, Memory)>,
    /// Whether the clients mark the packets that they write, as event-driven ones do; what others
    /// wrote is zeroed once it is played.
    marks: bool,
    now: u64,
}

impl Rig {
    pub(crate) fn new(format: Format, renders: usize, captures: usize) -> Self {
        Self::with_marks(format, renders, captures, true)
    }

    pub(crate) fn with_marks(format: Format, renders: usize, captures: usize, marks: bool) -> Self {
        Self::heard_as(format, format, renders, captures, marks)
    }

    /// A cable whose microphones run in `heard`, with packets of 10 ms.
    pub(crate) fn heard_as(
        format: Format,
        heard: Format,
        renders: usize,
        captures: usize,
        marks: bool,
    ) -> Self {
        Self::with_packets(format, heard, [renders, captures], marks, 10)
    }

    /// Like [`heard_as`](Self::heard_as), with packets of so many milliseconds.
    pub(crate) fn with_packets(
        format: Format,
        heard: Format,
        [renders, captures]: [usize; 2],
        marks: bool,
        milliseconds: usize,
    ) -> Self {
        // As the driver's: twice as much where there may be more than 8 channels.
        let ring = if format.channels() > 8 { 512 } else { 256 } * 1024;
        let mut rig = Self {
            cable: Cable::new(ring),
            streams: Vec::new(),
            marks,
            is_metered: false,
            now: FREQUENCY,
        };
        for index in 0..renders + captures {
            let format = if index < renders { format } else { heard };
            let packet = format.rate() as usize * milliseconds / 1000 * format.block_align();
            let mut channel = if index < renders {
                Channel::render(format, 5_000)
            } else {
                Channel::capture(format, 5_000, Source::Cable)
            };
            let shared = Shared::new(format);
            let layout = Layout::new(2, packet as u32, format.block_align()).unwrap();
            channel.set_packets(layout, &shared);
            if index < renders && marks {
                for packet in [0, 1] {
                    shared.set_render_packet(packet, None).unwrap();
                }
            }
            channel.prepare(&rig.cable.wire, |bytes| Ok::<_, vdma::Error>(vec![0; bytes])).unwrap();
            rig.streams.push((channel, shared, Memory(RefCell::new(vec![AUDIO; 2 * packet]))));
        }
        rig.cable.with(|endpoint| {
            for (channel, shared, memory) in &mut rig.streams {
                channel.run(|| Qpc(FREQUENCY), shared, endpoint.clock, endpoint.wire);
                channel.tick(Qpc(FREQUENCY), memory, shared, endpoint);
            }
        });
        rig
    }

    /// Every stream's tick, `ticks` later.
    pub(crate) fn tick(&mut self, ticks: u64) {
        self.now += ticks;
        if self.is_metered {
            black_box(self.cable.meter.take(None));
        }
        self.cable.with(|endpoint| {
            for (channel, shared, memory) in &mut self.streams {
                let tick = channel.tick(Qpc(self.now), memory, shared, endpoint);
                black_box(&tick);
                if self.marks && tick.completions[0].is_some() {
                    // The client hands over the next packet once.
                    let next = shared.current_packet().wrapping_add(1);
                    let _ = shared.set_render_packet(next, None);
                }
            }
        });
    }
}
