//! The rows of the table, and their yardsticks.

use std::hint::black_box;

use vdma::format::{Format, SampleType};

use crate::rig::{Rig, STEP};

/// Code to measure.
pub(crate) type Work = Box<dyn FnMut()>;

/// The unit of a row's figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// The ratio to its yardstick.
    Ratio,
    /// Nanoseconds of a step.
    Nanoseconds,
    /// Milliseconds of a second of audio.
    MillisecondsPerSecond,
}

/// A row.
pub(crate) struct Row {
    /// Its name, which is also its key in the table of ratios.
    pub(crate) name: &'static str,
    /// What its figure is.
    pub(crate) unit: Unit,
    /// Makes what is timed.
    pub(crate) work: Box<dyn Fn() -> Work>,
    /// Makes what it is compared with.
    pub(crate) against: Box<dyn Fn() -> Work>,
    /// Another way to do the same, with its name.
    pub(crate) peer: Option<Peer>,
    /// The stream's format.
    pub(crate) format: Format,
    /// What the smoke test compares it with.
    pub(crate) yardstick: Yardstick,
}

/// What the smoke test compares a row with: something that uses the processor as the row does, by
/// instructions that every processor has. `memcpy` is another one on each machine, and is twice as
/// fast here as there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Yardstick {
    /// The bytes of a step from packets to a ring, 16 at a time: the widest registers that a kernel
    /// may use.
    Copy,
    /// Products of floats, four at a time.
    Products,
}

impl Yardstick {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Copy => "copy",
            Self::Products => "products",
        }
    }

    /// Makes what is timed.
    pub(crate) fn work(self, format: Format) -> Work {
        match self {
            Self::Copy => plain_copies(format),
            Self::Products => products(),
        }
    }
}

/// The same as [`copies`]. Compilers would make `memcpy` of a loop that only copies.
fn plain_copies(format: Format) -> Work {
    let bytes = step_bytes(format);
    let (packets, mut ring) = (vec![1_u8; 4 * bytes], vec![0_u8; 256 * 1024]);
    let (mut step, key) = (0_usize, black_box(0_u64));
    Box::new(move || {
        step += 1;
        let (from, to) = (step % 4 * bytes, step % (ring.len() / bytes) * bytes);
        let there = black_box(&mut ring[to..to + bytes]).as_chunks_mut::<8>().0.iter_mut();
        for (place, word) in there.zip(packets[from..from + bytes].as_chunks::<8>().0) {
            *place = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
        }
    })
}

fn products() -> Work {
    const LANES: usize = 16;
    let [one, other] = [vec![0.5_f32; 8192], vec![0.25_f32; 8192]];
    Box::new(move || {
        let mut sums = [0.0_f32; LANES];
        let ones = black_box(&one).as_chunks::<LANES>().0;
        for (ones, others) in ones.iter().zip(other.as_chunks::<LANES>().0) {
            for ((sum, one), other) in sums.iter_mut().zip(ones).zip(others) {
                *sum += one * other;
            }
        }
        black_box(sums);
    })
}

/// Another way to do what a row does.
pub(crate) struct Peer {
    /// What it is.
    pub(crate) name: &'static str,
    /// Makes what is timed.
    pub(crate) work: Box<dyn Fn() -> Work>,
}

fn format(sample: SampleType, channels: u8, rate: u32) -> Format {
    let mask = match channels {
        1 => 0x4,
        2 => 0x3,
        8 => 0x63F,
        _ => 0,
    };
    Format::new(sample, channels, mask, rate).expect("a format of the table")
}

/// Bytes of a step of 5 ms.
fn step_bytes(format: Format) -> usize {
    format.rate() as usize / 200 * format.block_align()
}

/// Copies the bytes of a step of 5 ms, between the same places as the step: two packets, and a ring
/// of 256 KiB.
fn copies(format: Format) -> Box<dyn Fn() -> Work> {
    let bytes = step_bytes(format);
    Box::new(move || {
        let (packets, mut ring) = (vec![1_u8; 4 * bytes], vec![0_u8; 256 * 1024]);
        let mut step = 0_usize;
        Box::new(move || {
            step += 1;
            let (from, to) = (step % 4 * bytes, step % (ring.len() / bytes) * bytes);
            black_box(&mut ring[to..to + bytes]).copy_from_slice(&packets[from..from + bytes]);
        })
    })
}

/// The bytes of a step of 5 ms of each of so many streams, 16 bit: the first one's are copied,
/// those of the others added with saturation, in one loop that knows where everything is.
fn sums(format: Format, streams: usize) -> Peer {
    let bytes = step_bytes(format);
    let work = move || -> Work {
        let packets: Vec<Vec<u8>> = (0..streams).map(|_| vec![1_u8; 4 * bytes]).collect();
        let (mut ring, mut step) = (vec![0_u8; 256 * 1024], 0_usize);
        Box::new(move || {
            step += 1;
            let (from, to) = (step % 4 * bytes, step % (ring.len() / bytes) * bytes);
            let there = black_box(&mut ring[to..to + bytes]);
            for (index, packets) in packets.iter().enumerate() {
                let packet = &packets[from..from + bytes];
                if index == 0 {
                    there.copy_from_slice(packet);
                    continue;
                }
                let samples = there.as_chunks_mut().0.iter_mut().zip(packet.as_chunks().0);
                for (place, sample) in samples {
                    let sum =
                        i16::from_le_bytes(*place).saturating_add(i16::from_le_bytes(*sample));
                    *place = sum.to_le_bytes();
                }
            }
        })
    };
    Peer { name: "one saturating loop", work: Box::new(work) }
}

/// Steps of 5 ms of a rig, against copies of the bytes of a step in `format`.
fn steps(name: &'static str, unit: Unit, format: Format, rig: impl Fn() -> Rig + 'static) -> Row {
    let work = move || -> Work {
        let mut rig = rig();
        Box::new(move || rig.tick(STEP))
    };
    let computes = unit == Unit::MillisecondsPerSecond
        || ["-6 dB", "heard as", "packed"].iter().any(|part| name.contains(part));
    let yardstick = if computes { Yardstick::Products } else { Yardstick::Copy };
    let (work, against) = (Box::new(work), copies(format));
    Row { name, unit, work, against, peer: None, format, yardstick }
}

/// Every row.
pub(crate) fn rows() -> Vec<Row> {
    use SampleType::{Float32, Int16, Int24, Int32};
    use Unit::{MillisecondsPerSecond, Nanoseconds, Ratio};
    let stereo = format(Int16, 2, 192_000);
    let (wide, words) = (format(Float32, 8, 192_000), format(Int32, 8, 192_000));
    let (packed, many) = (format(Int24, 2, 192_000), format(Int32, 16, 192_000));
    let usual = format(Int16, 2, 48_000);
    let float = format(Float32, 2, 48_000);
    let one = |format| move || Rig::new(format, 1, 0);
    let both = |format| move || Rig::new(format, 1, 1);
    let mixed = |count| move || Rig::new(stereo, count, 0);
    let heard = |heard| move || Rig::heard_as(float, heard, 1, 1, true);
    let rates = |from, to| {
        let (from, to) = (format(Float32, 2, from), format(Float32, 2, to));
        move || Rig::heard_as(from, to, 1, 1, true)
    };
    let mut rows = vec![
        steps("render, 16 bit stereo 192 kHz, meter asked for", Ratio, stereo, move || {
            let mut rig = one(stereo)();
            rig.is_metered = true;
            rig
        }),
        steps("render, 16 bit stereo 192 kHz", Ratio, stereo, one(stereo)),
        steps("render, float 7.1 192 kHz", Ratio, wide, one(wide)),
        steps("render, 32 bit 7.1 192 kHz", Ratio, words, one(words)),
        steps("render and capture, 16 bit stereo 192 kHz", Ratio, stereo, both(stereo)),
        steps("render at -6 dB, 16 bit stereo 192 kHz", Ratio, stereo, move || {
            let rig = one(stereo)();
            rig.cable.volume.set_level(None, -6 * 65_536);
            rig
        }),
        steps("two streams mixed, 16 bit stereo 192 kHz", Ratio, stereo, mixed(2)),
        steps("eight streams mixed, 16 bit stereo 192 kHz", Ratio, stereo, mixed(8)),
        steps("float stereo heard as 16 bit", Nanoseconds, float, heard(format(Int16, 2, 48_000))),
        steps("float stereo heard as 7.1", Nanoseconds, float, heard(format(Float32, 8, 48_000))),
        steps("float stereo heard as mono", Nanoseconds, float, heard(format(Float32, 1, 48_000))),
        steps("resampled, 44.1 to 48 kHz", MillisecondsPerSecond, float, rates(44_100, 48_000)),
        steps("resampled, 48 to 96 kHz", MillisecondsPerSecond, float, rates(48_000, 96_000)),
        steps("resampled, 48 to 44.1 kHz", MillisecondsPerSecond, float, rates(48_000, 44_100)),
        steps("render, 16 bit stereo 48 kHz", Nanoseconds, usual, one(usual)),
        steps("render and capture, 16 bit stereo 48 kHz", Nanoseconds, usual, both(usual)),
    ];
    rows.extend([
        steps("render, packed 24 bit stereo 192 kHz, meter asked for", Ratio, packed, move || {
            let mut rig = one(packed)();
            rig.is_metered = true;
            rig
        }),
        steps("render, packed 24 bit stereo 192 kHz", Ratio, packed, one(packed)),
        steps("render at -6 dB, packed 24 bit stereo 192 kHz", Ratio, packed, move || {
            let rig = one(packed)();
            rig.cable.volume.set_level(None, -6 * 65_536);
            rig
        }),
        steps("two streams mixed, packed 24 bit stereo 192 kHz", Ratio, packed, move || {
            Rig::new(packed, 2, 0)
        }),
        steps("render, 16 channels of 32 bit 192 kHz", Ratio, many, one(many)),
        steps("16 channels of float heard as stereo", Nanoseconds, float, move || {
            Rig::heard_as(format(Float32, 16, 48_000), float, 1, 1, true)
        }),
        steps("resampled, 352.8 to 384 kHz", MillisecondsPerSecond, float, rates(352_800, 384_000)),
        steps("resampled, 384 to 48 kHz", MillisecondsPerSecond, float, rates(384_000, 48_000)),
        steps("resampled, 44.1 to 384 kHz", MillisecondsPerSecond, float, rates(44_100, 384_000)),
    ]);
    let idle = move || -> Work {
        let mut rig = one(usual)();
        Box::new(move || rig.tick(0))
    };
    rows.push(Row {
        name: "tick with nothing due",
        unit: Nanoseconds,
        work: Box::new(idle),
        against: copies(usual),
        peer: None,
        format: usual,
        yardstick: Yardstick::Copy,
    });
    for (name, streams) in [("two streams mixed", 2), ("eight streams mixed", 8)] {
        for row in
            rows.iter_mut().filter(|row| row.name.starts_with(name) && row.name.contains("16 bit"))
        {
            row.peer = Some(sums(stereo, streams));
        }
    }
    rows
}
