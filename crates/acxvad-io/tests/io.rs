//! Feeds and taps over the driver in the host.

use std::time::Duration;

use acx_client::System;
use acx_host::Machine;
use acx_sys::STATUS_OBJECT_NAME_NOT_FOUND;
use acxvad_io::{Error, Event, Feed, Host, Options, Tap, Time, WaveFormat};

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

/// Packets of 10 ms, without equal frames in a second, and without silent ones.
fn sound(packets: usize) -> Vec<u8> {
    let frame = |at: usize| [(at % 31_991) as i16 + 1, -((at % 31_973) as i16) - 1];
    (0..packets * 480).flat_map(frame).flat_map(i16::to_le_bytes).collect()
}

/// The start of `sound` in `heard`, in frames, if all of it was recorded.
fn place(heard: &[u8], sound: &[u8]) -> Option<usize> {
    let first = heard.chunks_exact(4).position(|frame| frame == &sound[..4])?;
    (heard.get(4 * first..)?.starts_with(sound)).then_some(first)
}

/// Feeds and taps a cable alternately, from one thread.
fn through(
    machine: &Machine,
    feed: &mut Feed<&Machine>,
    tap: &mut Tap<&Machine>,
    sound: &[u8],
) -> Vec<u8> {
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
            // A hidden end is found by the visible name of the other end.
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
            // The tap already has the audio for which the feed waits.
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

/// The reported latency of a click, and the time at which it is recorded.
#[test]
fn latency_is_what_it_says() {
    with(&[], |machine| {
        for packet in [96, 480, 960] {
            let options = Options::new(STEREO).packet(packet);
            let mut tap = Tap::open(machine, 0, options).unwrap();
            let started = machine.qpc();
            let mut feed = Feed::open(machine, 0, options).unwrap();
            let silence = vec![0; 4 * packet as usize];
            let click = [vec![0x40; 4], vec![0; 4 * (packet as usize - 1)]].concat();
            let (mut heard, mut part) = (Vec::<u8>::new(), vec![0; 4 * 9_600]);
            let mut said = 0;
            for turn in 0..40 {
                if turn == 20 {
                    let now = (machine.qpc() - started) * 48_000 / machine.qpc_frequency();
                    // The cable's own delay is 10 ms.
                    said = now + feed.latency().unwrap() + 480;
                }
                feed.write(if turn == 20 { &click } else { &silence }).unwrap();
                let count = tap.try_read(&mut part).unwrap();
                heard.extend(&part[..count]);
            }
            assert_eq!((feed.counts().underruns, tap.counts().overruns), (0, 0), "{packet}");
            let place = heard.chunks_exact(4).position(|frame| frame[0] == 0x40);
            let place = place.expect("the click is heard") as u64;
            assert!(place.abs_diff(said) <= 1, "{packet}: at {place}, said {said}");
            assert_eq!(tap.latency(), u64::from(packet));
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

#[path = "../examples/show.rs"]
mod show;

#[test]
fn the_examples_hear_what_they_feed() {
    example::main().unwrap();
    show::main().unwrap();
}

#[test]
fn packets_that_no_stream_has_are_refused() {
    with(&[], |machine| {
        for frames in [0, 96_001, u32::MAX] {
            let options = Options::new(STEREO).packet(frames);
            let refused = Error::Packet { frames, rate: 48_000 };
            assert_eq!(Feed::open(machine, 0, options).err(), Some(refused));
            assert_eq!(Tap::open(machine, 0, options).err(), Some(refused));
        }
    });
}

/// A call that waits for a device continues with it, and does not report it as stalled.
#[test]
fn calls_that_wait_go_on_with_a_device_that_is_back() {
    let host = Host::start(&["Cables=1"], Time::Virtual).unwrap();
    let options = Options { patience: Some(Duration::from_secs(1)), ..Options::new(STEREO) };
    let mut tap = Tap::open(&host, 0, options).unwrap();
    let mut feed = Feed::open(&host, 0, options).unwrap();
    let sound = sound(4);
    feed.write(&sound).unwrap();
    let mut part = vec![0; 1_920];
    host.unplug();
    assert_eq!(tap.read(&mut part), Err(Error::Gone));
    assert_eq!(feed.write(&sound), Err(Error::Gone));
    host.plug().unwrap();
    tap.read(&mut part).unwrap();
    feed.write(&sound).unwrap();
    assert_eq!((tap.counts().gone, feed.counts().gone), (1, 1));
    drop((tap, feed));
    assert_eq!(host.stop(), Vec::<String>::new());
}

#[test]
fn settings_that_the_driver_does_not_have_are_refused() {
    for (text, words) in [
        ("Cables=17", "Cables=17: give a number from 1 to 16"),
        ("Sound=1", "no setting Sound"),
        ("Cables", "NAME=VALUE"),
        ("Cables=two", "give a number"),
        ("Speaker0Name=", "1 to 63"),
    ] {
        let why = acxvad_io::host::setting(text).unwrap_err().to_string();
        assert!(why.contains(words), "{text}: {why}");
        assert_eq!(Host::start(&[text], Time::Virtual).err().unwrap().to_string(), why);
    }
    assert!(acxvad_io::host::setting("ClockTrim=-5").is_ok());
}
