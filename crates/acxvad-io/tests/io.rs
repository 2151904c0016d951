//! Feeds and taps over the driver in the host.

use std::time::Duration;

use acx_client::System;
use acx_host::Machine;
use acx_sys::STATUS_OBJECT_NAME_NOT_FOUND;
use acxvad_io::{Error, Event, Feed, Options, Tap, WaveFormat};

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

#[track_caller]
fn with(settings: &[(&str, u32)], test: impl FnOnce(&Machine)) {
    let machine = Machine::builder().build();
    machine.set_registry("Microphone0Name", "Camera");
    for (name, value) in settings {
        machine.set_registry(name, *value);
    }
    let subject = acxhost::subject::of(None);
    let ((), findings) = subject
        .on_machine(&machine, |machine, _| {
            test(machine);
            Ok(())
        })
        .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

/// So many packets of 10 ms, no two frames of a second alike, and none silent.
fn sound(packets: usize) -> Vec<u8> {
    let frame = |at: usize| [(at % 31_991) as i16 + 1, -((at % 31_973) as i16) - 1];
    (0..packets * 480).flat_map(frame).flat_map(i16::to_le_bytes).collect()
}

/// Where `sound` begins in `heard`, in frames, if all of it is there.
fn place(heard: &[u8], sound: &[u8]) -> Option<usize> {
    let first = heard.chunks_exact(4).position(|frame| frame == &sound[..4])?;
    (heard.get(4 * first..)?.starts_with(sound)).then_some(first)
}

/// Feeds and taps a cable in turns, as one thread can.
fn through(machine: &Machine, feed: &mut Feed<'_>, tap: &mut Tap<'_>, sound: &[u8]) -> Vec<u8> {
    let (mut heard, mut part) = (Vec::new(), vec![0; 4 * 4_800]);
    let mut rest = sound;
    for _ in 0..sound.len() / 1_920 + 20 {
        rest = &rest[feed.try_write(rest).unwrap()..];
        machine.sleep(Duration::from_millis(10));
        let count = tap.try_read(&mut part).unwrap();
        heard.extend(&part[..count]);
    }
    assert!(rest.is_empty(), "{} bytes were not taken", rest.len());
    heard
}

#[test]
fn a_visible_end_and_a_hidden_one_carry_every_bit() {
    for hidden in [0, 1] {
        with(&[("Speaker0Hidden", hidden)], |machine| {
            let options = Options::new(STEREO);
            let mut tap = Tap::open(machine, 0, options).unwrap();
            // A hidden end is found by the name that people see at the other one.
            let name = if hidden == 1 { "Camera" } else { "Speaker0" };
            let mut feed = Feed::open(machine, name, options).unwrap();
            let sound = sound(50);
            let heard = through(machine, &mut feed, &mut tap, &sound);
            assert!(place(&heard, &sound).is_some(), "hidden: {hidden}");
            assert_eq!(tap.counts().overruns, 0);
            assert_eq!(feed.counts().packets, 50);
        });
    }
}

#[test]
fn a_call_that_waits_writes_all_and_reads_all() {
    with(&[], |machine| {
        let options = Options::new(STEREO);
        let mut tap = Tap::open(machine, "Microphone0", options).unwrap();
        let mut feed = Feed::open(machine, 0, options).unwrap();
        let sound = sound(20);
        let (mut heard, mut part) = (Vec::new(), vec![0; 1_920]);
        for packet in sound.chunks(1_920) {
            feed.write(packet).unwrap();
            // What the feed waits for, the tap has already.
            tap.read(&mut part).unwrap();
            heard.extend(&part);
        }
        for _ in 0..10 {
            tap.read(&mut part).unwrap();
            heard.extend(&part);
        }
        assert!(place(&heard, &sound).is_some());
        assert_eq!(tap.counts().overruns, 0);
    });
}

/// What `latency` says before the first frame is where the microphone's end records it.
#[test]
fn latency_is_what_it_says() {
    with(&[], |machine| {
        for packet in [48, 96, 480, 960] {
            let options = Options::new(STEREO).packet(packet);
            let mut feed = Feed::open(machine, 0, options).unwrap();
            let silence = vec![0; 4 * packet as usize];
            feed.write(&silence).unwrap();
            feed.write(&silence).unwrap();
            assert!(feed.latency().unwrap() >= 2 * u64::from(packet));
            drop(feed);
        }
    });
}

#[test]
fn what_comes_too_late_is_counted_and_told() {
    with(&[], |machine| {
        let options = Options::new(STEREO);
        let mut tap = Tap::open(machine, 0, options).unwrap();
        let mut feed = Feed::open(machine, 0, options).unwrap();
        let sound = sound(4);
        assert_eq!(feed.try_write(&sound).unwrap(), 3 * 1_920, "two packets, and one that waits");
        machine.sleep(Duration::from_millis(105));
        assert_eq!(feed.try_write(&sound[..1_920]).unwrap(), 1_920);
        assert!(feed.counts().underruns >= 8, "{:?}", feed.counts());
        assert!(matches!(feed.event(), Some(Event::Underrun(8..))));
        let mut part = vec![0; 1_920 * 20];
        let read = tap.try_read(&mut part).unwrap();
        assert_eq!((read, tap.counts().overruns), (1_920, 9));
        assert_eq!(tap.event(), Some(Event::Overrun(9)));
        // Nothing more, and no endless search for it.
        assert_eq!(tap.try_read(&mut part).unwrap(), 0);
    });
}

#[test]
fn a_device_that_goes_is_told_and_its_return_as_well() {
    let machine = Machine::builder().build();
    let subject = acxhost::subject::of(None);
    {
        let driver = subject.load(&machine).unwrap();
        let device = driver.add_device().unwrap();
        let options = Options { patience: Some(Duration::from_secs(1)), ..Options::new(STEREO) };
        let mut tap = Tap::open(&machine, 0, options).unwrap();
        let mut feed = Feed::open(&machine, 0, options).unwrap();
        let sound = sound(10);
        assert!(feed.try_write(&sound).unwrap() > 0);
        device.surprise_remove();
        let mut part = vec![0; 4 * 4_800];
        for _ in 0..10 {
            let _ = feed.try_write(&sound[..1_920]);
            let _ = tap.try_read(&mut part);
            machine.sleep(Duration::from_millis(10));
        }
        assert_eq!(feed.try_write(&sound), Err(Error::Gone));
        assert_eq!(feed.write(&sound[..1_920]), Err(Error::Gone), "after a second of patience");
        assert_eq!((feed.counts().gone, tap.counts().gone), (1, 1));
        drop(device);
        let _device = driver.add_device().unwrap();
        let heard = through(&machine, &mut feed, &mut tap, &sound);
        assert!(heard.len() >= sound.len());
        let events: Vec<_> = std::iter::from_fn(|| feed.event()).collect();
        assert!(matches!(events[..], [Event::Gone(_), Event::Back]), "{events:?}");
    }
    assert_eq!(subject.findings(&machine).count(), 0);
}

#[test]
fn what_is_not_there_is_said() {
    with(&[], |machine| {
        for which in ["Speaker7", "", "Microphone0"] {
            let opened = Feed::open(machine, which, Options::new(STEREO)).map(drop);
            let status = match opened {
                Err(Error::Request(failed)) => failed.status,
                other => panic!("{which}: {other:?}"),
            };
            assert_eq!(status, STATUS_OBJECT_NAME_NOT_FOUND, "{which}");
        }
        let mut feed = Feed::open(machine, 0, Options::stereo_f32(48_000)).unwrap();
        assert_eq!(feed.write(&[0; 7]), Err(Error::Frames { bytes: 7, block: 8 }));
    });
}

#[path = "../examples/feed.rs"]
mod example;

#[test]
fn the_example_hears_what_it_feeds() {
    example::main().unwrap();
}
