//! The cost of a packet for a program beside its copy, and the latency from one program to another:
//! `cargo bench -p acxvad-io`.
//!
//! The cost includes the library, the host's requests and the driver's code for them, in virtual
//! time, compared with a copy of as many bytes. On Windows a request is a system call. The latency
//! is that of a click: in virtual time by its position in the recording, in real time by the clock,
//! from the call that writes it to the return of the one that reads it.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use acx_client::System;
use acx_host::Machine;
use acxvad_io::{Feed, Host, Options, Tap, Time};

/// Frames per second.
const RATE: u32 = 48_000;

/// The number of timed packets.
const PACKETS: usize = 4_000;

/// The number of clicks in real time.
const CLICKS: usize = 60;

fn options(packet: u32) -> Options {
    Options::stereo_f32(RATE).packet(packet)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

fn nanoseconds(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64() * 1e9
}

/// The median time to write, read and copy a packet, in nanoseconds.
fn cost(machine: &Machine, packet: u32) -> [f64; 3] {
    let bytes = 8 * packet as usize;
    let span = Duration::from_secs_f64(f64::from(packet) / f64::from(RATE));
    let mut tap = Tap::open(machine, 0, options(packet)).expect("the tap opens");
    let mut feed = Feed::open(machine, 0, options(packet)).expect("the feed opens");
    let (sound, mut heard, mut copy) = (vec![1; bytes], vec![0; bytes], vec![0; bytes]);
    feed.write(&sound).expect("the first packet is taken");
    feed.write(&sound).expect("the second is, too");
    let mut all = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..PACKETS {
        machine.sleep(span);
        all[0].push(nanoseconds(|| {
            assert_eq!(feed.try_write(&sound), Ok(bytes));
        }));
        all[1].push(nanoseconds(|| {
            assert_eq!(tap.try_read(&mut heard), Ok(bytes));
        }));
        all[2].push(nanoseconds(|| black_box(&mut copy).copy_from_slice(black_box(&sound))));
    }
    assert_eq!((feed.counts().underruns, tap.counts().overruns), (0, 0));
    all.map(median)
}

/// The time from `write` to `read` by the clock in milliseconds, and the library's upper bound.
fn latency(packet: u32) -> (Vec<f64>, f64) {
    let host = Arc::new(Host::start(&["Speaker0Hidden=1"], Time::Real).expect("the driver starts"));
    let mut tap = Tap::open(host.clone(), "Microphone0", options(packet)).expect("the tap opens");
    let mut feed = Feed::open(host.clone(), "Speaker0", options(packet)).expect("the feed opens");
    let bytes = 8 * packet as usize;
    let (silence, click) = (vec![0; bytes], vec![0x3E; bytes]);
    let (clicked, clicks) = mpsc::channel();
    let is_over = Arc::new(AtomicBool::new(false));
    let over = is_over.clone();
    let feeder = std::thread::spawn(move || {
        let mut said = 0;
        let mut at = 0;
        while !over.load(Ordering::Acquire) {
            at += 1;
            let is_click = at % 30 == 0;
            if is_click {
                let ahead = feed.latency().expect("the device is there");
                let _ = clicked.send(Instant::now());
                said = said.max(ahead);
            }
            feed.write(if is_click { &click } else { &silence }).expect("the device is there");
        }
        said
    });
    let (mut room, mut heard) = (vec![0; bytes], Vec::new());
    let mut was_silent = true;
    while heard.len() < CLICKS {
        tap.read(&mut room).expect("the device is there");
        let is_silent = room.iter().all(|byte| *byte == 0);
        if was_silent && !is_silent {
            let began = clicks.recv().expect("it was written");
            heard.push(began.elapsed().as_secs_f64() * 1e3);
        }
        was_silent = is_silent;
    }
    is_over.store(true, Ordering::Release);
    let ahead = feeder.join().expect("the feeder ends");
    // The cable's 10 ms, and the tap's latency.
    let said = ahead + u64::from(RATE / 100) + u64::from(packet);
    drop(tap);
    let host = Arc::into_inner(host).expect("nobody uses it any more");
    assert_eq!(host.stop(), Vec::<String>::new());
    (heard, said as f64 * 1e3 / f64::from(RATE))
}

fn main() {
    println!("packet    write      read      copy    write/copy  read/copy");
    let machine = Machine::builder().build();
    let subject = acxhost::subject::of(None);
    let run = subject.on_machine(&machine, |machine, _| {
        for packet in [96, 480, 4_800] {
            let [write, read, copy] = cost(machine, packet);
            let span = f64::from(packet) * 1e3 / f64::from(RATE);
            println!(
                "{span:>3} ms {write:>7.0} ns {read:>7.0} ns {copy:>6.0} ns {:>10.1} {:>10.1}",
                write / copy,
                read / copy
            );
        }
        Ok(())
    });
    assert_eq!(run.expect("the driver runs").1.count(), 0);
    println!("\npacket   median    least     most   told, at most   (real time, {CLICKS} clicks)");
    for packet in [96, 480, 960] {
        let (heard, said) = latency(packet);
        let [least, most] =
            [f64::min, f64::max].map(|pick| heard.iter().copied().reduce(pick).unwrap_or_default());
        let span = f64::from(packet) * 1e3 / f64::from(RATE);
        println!(
            "{span:>3} ms {:>7.1} ms {least:>5.1} ms {most:>5.1} ms {said:>9.1} ms",
            median(heard)
        );
    }
}
