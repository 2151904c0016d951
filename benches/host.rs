//! What a completed packet costs through the whole driver in the host, and how it grows with
//! streams.
//!
//! `cargo bench -p acxvad-driver`. One iteration is a period of 10 ms of virtual time: for every
//! stream two ticks, a completion, and the client's answer. Compare the groups with each other; the
//! machine's speed cancels out. The driver is `acxvad.sys`, if that is built.

#![expect(missing_docs, reason = "criterion's macro makes an undocumented function")]

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::machine::Driver;
use acx_host::{Image, LinkedImage, Machine};
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const DRIVER: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };
const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// The driver as the file that Windows loads, if it is there.
fn image() -> Option<Image> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/target/image/x64/acxvad.sys");
    let image = Image::read(file.as_ref());
    if image.is_err() {
        println!("linked in only: there is no {file}; `cargo xtask build --release` makes it");
    }
    image.ok()
}

fn load<'a>(machine: &'a Machine, image: Option<&Image>) -> Driver<'a> {
    let driver = match image {
        Some(image) => machine.load_image(image),
        None => machine.load(DRIVER),
    };
    driver.expect("the driver loads")
}

fn streams(machine: &Machine, direction: Direction, count: usize) -> Vec<EventStream> {
    let endpoint = Endpoint::find(machine, direction).expect("the endpoint is there");
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let open = |_| {
        let stream = EventStream::open(machine, &endpoint, STEREO, mode, 480).expect("it opens");
        stream.prepare().expect("it prepares");
        stream.run().expect("it runs");
        stream
    };
    (0..count).map(open).collect()
}

fn period(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("period of n streams, half of each kind");
    let image = image();
    // One endpoint takes 32 streams: 64 is as far as one cable goes.
    for count in [1usize, 2, 4, 8, 16, 32, 64] {
        let machine = Machine::builder().build();
        let driver = load(&machine, image.as_ref());
        let _device = driver.add_device().expect("the device starts");
        let mut speakers = streams(&machine, Direction::Render, count.div_ceil(2));
        let _microphones = streams(&machine, Direction::Capture, count / 2);
        let packet = vec![1; speakers[0].packet_bytes()];
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                machine.sleep(Duration::from_millis(10));
                for speaker in &mut speakers {
                    let next = speaker.completed().0 + 1;
                    speaker.write(next, &packet, None).expect("the packet is in time");
                }
            });
        });
    }
    group.finish();
}

/// A completed packet with the driver linked in, and with the driver as the file that Windows
/// loads: the same within noise, or the way into an image costs something.
fn forms(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("completed packet, both forms");
    for (name, image) in [("linked in", None), ("acxvad.sys", image())] {
        if image.is_none() && name != "linked in" {
            continue;
        }
        let machine = Machine::builder().build();
        let driver = load(&machine, image.as_ref());
        let _device = driver.add_device().expect("the device starts");
        let mut speakers = streams(&machine, Direction::Render, 1);
        let packet = vec![1; speakers[0].packet_bytes()];
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                machine.sleep(Duration::from_millis(10));
                let next = speakers[0].completed().0 + 1;
                speakers[0].write(next, &packet, None).expect("the packet is in time");
            });
        });
    }
    group.finish();
}

fn position(criterion: &mut Criterion) {
    let machine = Machine::builder().build();
    let image = image();
    let driver = load(&machine, image.as_ref());
    let _device = driver.add_device().expect("the device starts");
    let speakers = streams(&machine, Direction::Render, 1);
    criterion.bench_function("position query", |bencher| {
        bencher.iter(|| speakers[0].position().expect("it answers"));
    });
}

criterion_group!(benches, period, forms, position);
criterion_main!(benches);
