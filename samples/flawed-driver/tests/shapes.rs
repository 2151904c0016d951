//! Drivers with missing features: each command does what is possible with them, or names the
//! missing feature in one sentence.

use std::io::{self, Read};
use std::time::Duration;

use acx_client::endpoint::WaveFormat;
use acx_client::{Direction, System};
use acx_conform::analysis;
use acx_conform::bench::{self, bench};
use acx_conform::faults::{self, Options as Faults};
use acx_conform::load::{self, growth, load, overload};
use acx_conform::melody::{STEREO, melody_in};
use acx_conform::play::{self, Cable, Options, Sound};
use acx_conform::run::{RunError, Time};
use acx_conform::soak::{Soak, soak};
use acx_conform::suite::{self, Selection, Transport};
use acx_conform::{Driver, Subject};
use acx_host::LinkedImage;
use acx_sys::{NTSTATUS, PDRIVER_OBJECT, PUNICODE_STRING, STATUS_UNSUCCESSFUL};
use flawed_driver::{Flaw, Shape};

const LINKED: LinkedImage =
    LinkedImage { name: "flawed-driver", entry: flawed_driver::FxDriverEntry };

/// A driver that does not load.
const REFUSES: LinkedImage = LinkedImage { name: "refuses", entry: refuse };

unsafe extern "C" fn refuse(_driver: PDRIVER_OBJECT, _path: PUNICODE_STRING) -> NTSTATUS {
    STATUS_UNSUCCESSFUL
}

/// Cases that take seconds, and ask nothing of a shape that others do not ask.
const SLOW: [&str; 4] = ["B2", "B3", "B24", "B31"];

fn shaped(shape: Shape) -> Subject {
    let number = Shape::ALL.iter().position(|own| *own == shape).unwrap() as u32;
    Subject::new(Driver::Linked(LINKED)).with_settings([("Shape", number.into())])
}

/// What a command says, in a line.
fn said(answer: Result<String, RunError>) -> String {
    match answer {
        Ok(text) => text,
        Err(why) => {
            let why = why.to_string();
            assert!(why.len() > 20, "{why}");
            why.lines().next().unwrap().to_owned()
        }
    }
}

fn conform(subject: &Subject) -> Result<String, RunError> {
    let selection = Selection { without: &SLOW, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    let found = suite::run_over(transport, subject, selection, &mut |_, _| {})?;
    let failures = found.failures();
    let passed = found.verdicts.iter().filter(|verdict| verdict.outcome.is_passed()).count();
    assert!(passed > 1, "{passed}");
    Ok(match &failures[..] {
        [] if passed > 25 => "all that apply pass".to_owned(),
        failures => format!("{passed} pass; {}", failures.join("; ")),
    })
}

fn inject(subject: &Subject) -> Result<String, RunError> {
    let options = Faults { each: Some(1), pairs: 1, ..Faults::default() };
    let found = faults::run(subject, &options, &mut |_, _, _| {})?;
    let wrong: Vec<_> = found.iter().flat_map(|own| own.violations.clone()).collect();
    let asked = found.iter().filter(|own| own.does_not_apply.is_none()).count();
    let failed: usize = found.iter().map(faults::ScenarioFaults::failed).sum();
    assert!(asked > 2 && failed > 10, "{asked} scenarios, {failed} calls");
    Ok(if wrong.is_empty() { "nothing wrong".to_owned() } else { wrong.join("; ") })
}

const ONCE: bench::Load = bench::Load { rounds: 1, streams: 1 };

fn measure(subject: &Subject) -> Result<String, RunError> {
    let found = bench(subject, None, ONCE, &mut |_| {})?;
    assert_eq!(found.driver.findings.count(), 0, "{:?}", found.driver.findings);
    Ok(format!("{}: {}", found.driver.ends.join(" and "), found.format))
}

fn sound(subject: &Subject) -> Result<String, RunError> {
    let (text, findings) = subject.on_device(Time::Virtual, |system, _| {
        let speaker = play::end_of(system, Direction::Render, 0)?;
        let format = play::usual_format(play::end_of(system, Direction::Render, 0)?)?;
        let (microphone, why) = match play::hearing(subject, system, format, 0) {
            Ok(microphone) => (Some(microphone), "recorded".to_owned()),
            Err(why) => (None, why),
        };
        let audio = melody_in(format);
        let cable = Cable { speaker, microphone };
        let found = play::play_on(system, &cable, format, &audio, Options::default(), &mut |_| {})?;
        assert_eq!(found.glitches, 0);
        let frames = audio.len() / format.block_align();
        assert_eq!(found.frames_played, frames as u64);
        Ok(format!("played; {why}"))
    })?;
    assert_eq!(findings.count(), 0, "{findings:?}");
    Ok(text)
}

fn record(subject: &Subject) -> Result<String, RunError> {
    let (text, findings) = subject.on_device(Time::Virtual, |system, _| {
        let microphone = play::end_of(system, Direction::Capture, 0)?;
        let format = play::usual_format(microphone)?;
        let frames = u64::from(format.rate) / 10;
        let (audio, lost) = play::record(system, format, frames, Options::default(), &mut |_| {})?;
        assert_eq!((audio.len(), lost), (frames as usize * format.block_align(), 0));
        Ok(format!("{format}"))
    })?;
    assert_eq!(findings.count(), 0, "{findings:?}");
    Ok(text)
}

fn stream(subject: &Subject) -> Result<String, RunError> {
    let options = load::Options {
        cables: 1,
        streams: 2,
        period_ms: 10,
        realtime: false,
        span: Duration::from_millis(200),
    };
    let found = load(subject, options, &mut |_| {})?;
    assert!(found.is_clean() && found.packets > 10, "{found:?}");
    Ok(format!("{} streams {}", found.options.streams, found.place))
}

fn compare(subject: &Subject) -> Result<String, RunError> {
    let span = Duration::from_secs(2);
    let (found, findings) =
        subject.on_device(Time::Virtual, |machine, _| soak(subject, machine, span, &mut |_| {}))?;
    assert_eq!((findings.count(), found.different, found.drift), (0, 0, 0), "{found:?}");
    assert!(found.compared > 90_000, "{found:?}");
    Ok(format!("compared, {}", found.format))
}

/// What each command says of a driver: a part of its line.
struct Row {
    shape: Shape,
    conform: &'static str,
    faults: &'static str,
    bench: &'static str,
    play: &'static str,
    record: &'static str,
    load: &'static str,
    soak: &'static str,
}

const PASS: &str = "all that apply pass";
const NOTHING: &str = "nothing wrong";
const BOTH: &str = "speaker and microphone: 48000 Hz, 2 ch, 16 bit";
const NO_ENDPOINT: &str = "flawed-driver (linked in) has no endpoint that streams";
const NOT_STARTED: &str = "the device did not start: STATUS_INVALID_DEVICE_STATE";

/// A driver that has everything.
const WHOLE: Row = Row {
    shape: Shape::Cable,
    conform: PASS,
    faults: NOTHING,
    bench: BOTH,
    play: "played; recorded",
    record: "48000 Hz, 2 ch, 16 bit",
    load: "2 streams on 1 cable",
    soak: "compared, 48000 Hz, 2 ch, 16 bit",
};

const ROWS: &[Row] = &[
    WHOLE,
    Row {
        shape: Shape::Speaker,
        bench: "speaker: 48000 Hz",
        play: "played; the driver has no microphone",
        record: "the driver has no microphone",
        load: "2 streams at 1 speaker",
        soak: "the driver has no microphone",
        ..WHOLE
    },
    Row {
        shape: Shape::Microphone,
        bench: "microphone: 48000 Hz",
        play: "the driver has no speaker",
        load: "2 streams at 1 microphone",
        soak: "the driver has no speaker",
        ..WHOLE
    },
    Row {
        shape: Shape::MonoMicrophone,
        bench: "speaker 48000 Hz, 2 ch, 16 bit, microphone 48000 Hz, 1 ch, 16 bit",
        play: "played; 48000 Hz, 2 ch, 16 bit is not a format of Microphone0",
        record: "48000 Hz, 1 ch, 16 bit",
        soak: "nothing to compare: 48000 Hz, 2 ch, 16 bit is not a format of Microphone0",
        ..WHOLE
    },
    Row { shape: Shape::RawOnly, ..WHOLE },
    Row {
        shape: Shape::OtherRates,
        bench: "speaker 44100 Hz, 2 ch, 16 bit, microphone 96000 Hz, 2 ch, 16 bit",
        play: "played; no cable",
        record: "96000 Hz, 2 ch, 16 bit",
        load: "2 streams at 1 speaker and 1 microphone",
        soak: "nothing to compare: no cable",
        ..WHOLE
    },
    Row {
        shape: Shape::NoCable,
        play: "played; no cable",
        load: "2 streams at 1 speaker and 1 microphone",
        soak: "nothing to compare: no cable",
        ..WHOLE
    },
    Row { shape: Shape::NoLimit, ..WHOLE },
    Row { shape: Shape::TwoStreams, ..WHOLE },
    Row { shape: Shape::LongDefault, ..WHOLE },
    Row {
        shape: Shape::NoFormats,
        conform: "Q3",
        faults: NOTHING,
        bench: "Speaker0: the pin lists no format",
        play: "the pin lists no format",
        record: "the pin lists no format",
        load: "lists no format",
        soak: "the pin lists no format",
    },
    Row {
        shape: Shape::NoEndpoint,
        conform: NO_ENDPOINT,
        faults: NOTHING,
        bench: NO_ENDPOINT,
        play: "the driver has no speaker",
        record: "the driver has no microphone",
        load: NO_ENDPOINT,
        soak: "the driver has no speaker",
    },
    Row {
        shape: Shape::DoesNotStart,
        conform: NOT_STARTED,
        faults: NOT_STARTED,
        bench: NOT_STARTED,
        play: NOT_STARTED,
        record: NOT_STARTED,
        load: NOT_STARTED,
        soak: NOT_STARTED,
    },
    Row { shape: Shape::PoolForPower, ..WHOLE },
];

type Command = fn(&Subject) -> Result<String, RunError>;

#[test]
fn each_command_does_what_can_be_done() {
    let mut wrong = Vec::new();
    let shapes: Vec<_> = ROWS.iter().map(|row| row.shape).collect();
    assert_eq!(shapes, Shape::ALL);
    for row in ROWS {
        let subject = shaped(row.shape);
        let commands: [(&str, Command, &str); 7] = [
            ("conform", conform, row.conform),
            ("faults", inject, row.faults),
            ("bench", measure, row.bench),
            ("play", sound, row.play),
            ("record", record, row.record),
            ("load", stream, row.load),
            ("soak", compare, row.soak),
        ];
        for (name, command, wanted) in commands {
            let found = said(command(&subject));
            println!("{:?}, {name}: {found}", row.shape);
            if !found.contains(wanted) {
                wrong.push(format!("{:?}, {name}: {found:?}, not {wanted:?}", row.shape));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_driver_that_does_not_load_is_one_sentence_everywhere() {
    let subject = Subject::new(Driver::Linked(REFUSES));
    let commands: [Command; 7] = [conform, inject, measure, sound, record, stream, compare];
    for command in commands {
        let found = said(command(&subject));
        assert!(found.contains("the driver refuses did not load: STATUS_UNSUCCESSFUL"), "{found}");
    }
}

const SECOND: load::Options = load::Options {
    cables: 1,
    streams: 64,
    period_ms: 10,
    realtime: false,
    span: Duration::from_secs(1),
};

#[test]
fn growth_ends_with_what_the_pins_take() {
    let rows = growth(&shaped(Shape::Speaker), SECOND, &mut |_, _| {}).unwrap();
    let streams: Vec<u32> = rows.iter().map(|row| row.options.streams).collect();
    assert_eq!(streams, [1, 2, 4]);
    let last = rows.last().unwrap();
    assert!(last.is_clean(), "{last:?}");
    let alone = load(&shaped(Shape::Speaker), SECOND, &mut |_| {}).unwrap();
    let rows = alone.rows();
    let said = |name: &str| rows.iter().find(|row| row.0 == name).map(|row| row.1.as_str());
    let streams = last.options.streams;
    let wanted = format!("{streams} at 1 speaker, packets of 10 ms");
    assert_eq!(said("Streams"), Some(wanted.as_str()));
    assert_eq!(said("Asked for"), Some("64: the pins take no more"));
    assert_eq!(said("Not compared"), Some("the driver has no microphone"));
    assert_eq!(said("Recorded"), None);
}

#[test]
fn a_load_is_on_the_cables_that_are_there_and_asked_for() {
    let parts = |shape| shaped(shape).with_settings([("Parts", 1.into())]);
    for (subject, cables, found, place) in [
        (shaped(Shape::Cable), 16, 1, "on 1 cable"),
        (shaped(Shape::NoCable), 16, 1, "at 1 speaker and 1 microphone"),
        // The second speaker has no microphone.
        (parts(Shape::Cable), 1, 1, "on 1 cable"),
        (parts(Shape::NoCable), 1, 1, "at 1 speaker and 1 microphone"),
        (parts(Shape::NoCable), 2, 2, "at 2 speakers and 1 microphone"),
    ] {
        let options = load::Options { cables, streams: 4, ..SECOND };
        let load = load(&subject, options, &mut |_| {}).unwrap();
        let actual = (load.options.cables, load.options.streams, load.place.as_str());
        assert_eq!(actual, (found, 4, place), "{cables} cables asked for");
    }
}

#[test]
fn what_is_played_is_recorded_and_told_to_its_end_event_or_timer_driven() {
    for timer_driven in [false, true] {
        let options = Options { timer_driven, ..Options::default() };
        let audio = melody_in(STEREO);
        let frames = (audio.len() / STEREO.block_align()) as u64;
        let mut told = Vec::new();
        let (found, findings) = shaped(Shape::Cable)
            .on_device(Time::Virtual, |system, _| {
                play::play(system, STEREO, &audio, options, &mut |done| told.push(done))
            })
            .unwrap();
        assert_eq!(findings.count(), 0, "{findings:?}");
        assert_eq!((found.frames_played, found.glitches, found.drift), (frames, 0, 0));
        assert!(found.max_position_error < 1.0, "{}", found.max_position_error);
        let same = analysis::compare(&audio, &found.recording, STEREO.block_align());
        assert!(same.bit_exact, "{same:?}");
        // More than any latency is recorded after the end.
        let recorded = (found.recording.len() / STEREO.block_align()) as u64;
        assert!(recorded >= frames + u64::from(STEREO.rate) / 10, "{recorded}");
        let last = told.last().copied().unwrap_or(0);
        assert!(told.is_sorted() && last >= frames && told.len() as u64 > frames / 960, "{told:?}");
        // Packets of 10 ms at both ends, the microphone's to the sound's end; or rounds of two.
        let least = if timer_driven { frames / 960 } else { 2 * frames / 480 };
        let completed = least..least + 30;
        assert!(completed.contains(&found.packets_completed), "{}", found.packets_completed);
    }
}

/// Plays the melody on a driver, and stops the machine for so long once, in the middle.
fn interrupted(flaw: Flaw, timer_driven: bool, stall: Duration) -> play::Outcome {
    let options = Options { timer_driven, ..Options::default() };
    let subject = flawed(flaw);
    let mut is_done = false;
    let played = subject.on_device(Time::Virtual, |machine, _| {
        play::play(machine, STEREO, &melody_in(STEREO), options, &mut |frames| {
            if frames > 40_000 && !is_done {
                is_done = true;
                machine.stall(stall);
            }
        })
    });
    played.unwrap().0
}

#[test]
fn what_is_late_counts_at_both_ends() {
    // Of five packets each end has one: the one that was written ahead, and the newest. A client
    // without packets counts how often it came too late.
    // Between two of its visits a ring of 1024 frames is played just to its end, or further.
    for (timer_driven, microseconds, glitches) in [
        (false, 0, 0),
        (false, 55_000, 8),
        (true, 0, 0),
        (true, 55_000, 1),
        (true, 16_340, 0),
        (true, 16_360, 1),
    ] {
        let stall = Duration::from_micros(microseconds);
        let found = interrupted(Flaw::Nothing, timer_driven, stall);
        assert_eq!((found.glitches, found.drift), (glitches, 0), "{timer_driven} {microseconds}");
    }
}

/// A driver may refuse a packet that the client has written in time.
#[test]
fn a_packet_that_is_called_late_counts() {
    let found = interrupted(Flaw::CallsLate, false, Duration::ZERO);
    assert_eq!((found.glitches, found.drift), (1, 0));
    assert_eq!(soaked(Flaw::CallsLate, 1, Duration::ZERO).0.glitches, 1);
    let options = load::Options { streams: 2, ..SECOND };
    let found = load(&flawed(Flaw::CallsLate), options, &mut |_| {}).unwrap();
    assert_eq!((found.late, found.is_clean()), (1, false), "{found:?}");
}

/// A hundred packets of one value, on a cable whose machine stops for 55 ms once.
#[test]
fn a_lost_packet_is_recorded_as_silence() {
    let audio = [1; 4].repeat(100 * 480);
    let mut is_done = false;
    let played = shaped(Shape::Cable).on_device(Time::Virtual, |machine, _| {
        play::play(machine, STEREO, &audio, Options::default(), &mut |frames| {
            if frames > 20_000 && !is_done {
                is_done = true;
                machine.stall(Duration::from_millis(55));
            }
        })
    });
    let recording = played.unwrap().0.recording;
    let frames: Vec<&[u8]> = recording.chunks_exact(4).collect();
    let first = frames.iter().position(|own| **own != [0; 4]).unwrap();
    let last = frames.iter().rposition(|own| **own != [0; 4]).unwrap();
    assert_eq!(first, 480);
    // Four that nobody read, and as many that nobody wrote, of which one is the same.
    let silent = frames[first..last].iter().filter(|own| ***own == [0; 4]).count();
    assert_eq!(silent, 7 * 480);
}

#[test]
fn a_sound_of_whole_packets_has_no_packet_more() {
    for (timer_driven, has_microphone, packets, told, recorded) in [
        (false, false, 5, 5, 0),
        (false, true, 37, 18, 5 * 480 + 6720),
        (true, false, 2, 10, 0),
        (true, true, 8, 38, 5 * 480 + 6720),
    ] {
        let options = Options { timer_driven, ..Options::default() };
        let audio = [1; 4].repeat(5 * 480);
        let mut count = 0;
        let played = shaped(Shape::Cable).on_device(Time::Virtual, |system, _| {
            let speaker = play::end_of(system, Direction::Render, 0)?;
            let microphone = play::end_of(system, Direction::Capture, 0)?;
            let cable = Cable { speaker, microphone: has_microphone.then_some(microphone) };
            play::play_on(system, &cable, STEREO, &audio, options, &mut |_| count += 1)
        });
        let found = played.unwrap().0;
        assert_eq!((found.frames_played, found.glitches, found.drift), (5 * 480, 0, 0));
        let figures = (found.packets_completed, count, found.recording.len() / 4);
        assert_eq!(figures, (packets, told, recorded), "{timer_driven} {has_microphone}");
    }
}

/// Fails after so many bytes.
struct Failing(usize);

impl Read for Failing {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let count = self.0.min(room.len());
        room[..count].fill(1);
        self.0 -= count;
        Ok(count)
    }
}

#[test]
fn audio_that_cannot_be_read_or_kept_ends_what_is_played() {
    for timer_driven in [false, true] {
        let options = Options { timer_driven, ..Options::default() };
        let streamed = |length: usize, most: usize| {
            let mut heard = 0;
            let mut keep = |piece: &[u8]| {
                heard += piece.len();
                if heard > most { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
            };
            let streamed = shaped(Shape::Cable).on_device(Time::Virtual, |system, _| {
                let speaker = play::end_of(system, Direction::Render, 0)?;
                let microphone = Some(play::end_of(system, Direction::Capture, 0)?);
                let sound = Sound { source: &mut Failing(length), hear: &mut keep };
                let cable = Cable { speaker, microphone };
                play::stream_on(system, &cable, STEREO, sound, options, &mut |_| {})
            });
            match streamed {
                Err(RunError::Audio(why)) => (why.kind(), heard),
                other => panic!("{other:?}"),
            }
        };
        let (why, heard) = streamed(50_000, usize::MAX);
        assert!(why == io::ErrorKind::UnexpectedEof && heard > 10_000, "{why} {heard}");
        // A packet of 10 ms, or what came in 5 ms, more.
        let (why, heard) = streamed(usize::MAX, 20_000);
        let most = 20_000 + if timer_driven { 960 } else { 1920 };
        assert!(why == io::ErrorKind::StorageFull && heard <= most, "{why} {heard}");
    }
}

#[test]
fn a_recording_ends_where_it_is_told_to() {
    let recorded = |frames: u64, most: usize| {
        let mut pieces = Vec::new();
        let recorded = shaped(Shape::Cable).on_device(Time::Virtual, |machine, _| {
            play::record_to(machine, STEREO, frames, Options::default(), &mut |piece| {
                if pieces.is_empty() {
                    machine.stall(Duration::from_millis(55));
                }
                pieces.push(piece.len() / 4);
                Ok(pieces.len() < most)
            })
        });
        (recorded.unwrap().0, pieces)
    };
    // Of the four packets that are lost, those that are wanted.
    assert_eq!(recorded(3 * 480 - 100, 9), (4, vec![480, 480, 380]));
    assert_eq!(recorded(9 * 480, 2), (4, vec![480, 480]));
    assert_eq!(recorded(7 * 480, 9), (4, vec![480; 7]));
    let failed = shaped(Shape::Cable).on_device(Time::Virtual, |machine, _| {
        let mut fail = |_: &[u8]| Err(io::ErrorKind::StorageFull.into());
        play::record_to(machine, STEREO, 480, Options::default(), &mut fail)
    });
    assert!(matches!(failed, Err(RunError::Audio(_))), "{failed:?}");
}

#[test]
fn the_drift_between_the_ends_of_a_cable_is_told() {
    for timer_driven in [false, true] {
        let found = interrupted(Flaw::EndsDrift, timer_driven, Duration::ZERO);
        assert_eq!(found.drift, -5, "{timer_driven}");
        assert!((4.5..6.0).contains(&found.max_position_error), "{}", found.max_position_error);
    }
}

/// Compares what is played on a cable with what is recorded, and tells the progress.
fn soaked(flaw: Flaw, seconds: u64, stall: Duration) -> (Soak, Vec<u64>) {
    let (found, told) = soak_of(flaw, seconds, stall);
    (found.unwrap(), told)
}

fn soak_of(flaw: Flaw, seconds: u64, stall: Duration) -> (Result<Soak, RunError>, Vec<u64>) {
    let (subject, mut told) = (flawed(flaw), Vec::new());
    let span = Duration::from_secs(seconds);
    let found = subject.on_device(Time::Virtual, |machine, _| {
        soak(&subject, machine, span, &mut |seconds| {
            told.push(seconds);
            machine.stall(stall);
        })
    });
    (found.map(|found| found.0), told)
}

#[test]
fn a_soak_counts_what_it_played_and_compared() {
    let (found, told) = soaked(Flaw::Nothing, 61, Duration::ZERO);
    let frames = 61 * 48_000;
    let wanted = Soak {
        format: STEREO,
        frames,
        compared: frames - 480,
        different: 0,
        glitches: 0,
        packets: 2 * frames / 480,
        drift: 0,
        latency: 480,
    };
    assert_eq!((found, told), (wanted, vec![60]));
    let (found, told) = soaked(Flaw::FlipsBit, 2, Duration::ZERO);
    assert_eq!((found.different, told.len()), (1, 0));
    assert_eq!(soaked(Flaw::EndsDrift, 2, Duration::ZERO).0.drift, -5);
    let late = soaked(Flaw::Nothing, 61, Duration::from_millis(55)).0;
    assert_eq!((late.glitches, late.drift), (8, 0));
    let silent = soak_of(Flaw::SilentAfterStall, 61, Duration::from_secs(6)).0;
    assert!(matches!(silent, Err(RunError::Silent(2000))), "{silent:?}");
}

fn flawed(flaw: Flaw) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    shaped(Shape::Cable).with_settings([("Flaw", (number as u32).into())])
}

#[test]
fn a_load_of_streams_that_complete_nothing_is_not_clean() {
    let flaw = Flaw::ALL.iter().position(|own| *own == Flaw::SilentLongPackets).unwrap() as u32;
    let silent = shaped(Shape::Speaker).with_settings([("Flaw", (flaw + 1).into())]);
    let options = load::Options { streams: 2, period_ms: 500, ..SECOND };
    for (subject, is_clean) in [(shaped(Shape::Speaker), true), (silent, false)] {
        let found = load(&subject, options, &mut |_| {}).unwrap();
        assert_eq!(found.is_clean(), is_clean, "{found:?}");
        let completed = &found.rows()[2].1;
        assert_eq!(completed.ends_with(" of 4 that were due"), !is_clean, "{completed}");
    }
}

#[test]
fn what_nobody_records_is_not_shown_as_no_frame() {
    for (shape, why) in
        [(Shape::Speaker, Some("the driver has no microphone")), (Shape::Cable, None)]
    {
        let options = load::Options { streams: 2, ..SECOND };
        let found = overload(&shaped(shape), options, &mut |_| {}).unwrap();
        assert!(found.recovered, "{found:?}");
        assert_eq!(found.not_compared.as_deref(), why);
        for phase in &found.phases {
            assert_eq!(phase.to_string().contains("frames"), why.is_none(), "{phase}");
        }
        // What was left out counts as late when it was due.
        let late: Vec<u64> = found.phases.iter().map(|phase| phase.late).collect();
        assert!(late[2] > 90 && late[3] < late[2] && late[4..] == [0, 0], "{late:?}");
    }
}

#[test]
fn the_parts_of_an_overload_are_as_long_as_they_have_to_be() {
    for (milliseconds, steps, others) in [
        (10, 40, [(78, 38, 20), (82, 41, 0)]),
        (410, 41, [(78, 38, 20), (86, 43, 0)]),
        (1000, 100, [(194, 94, 48), (206, 103, 0)]),
    ] {
        let span = Duration::from_millis(milliseconds);
        let options = load::Options { streams: 2, span, ..SECOND };
        let mut told = Vec::new();
        let found = overload(&shaped(Shape::Cable), options, &mut |part| told.push(part)).unwrap();
        assert_eq!(told, [0, 1, 2, 3, 4, 5]);
        // Every 20 steps are a stall of ten packets, of which each end has one.
        let lost = u64::div_ceil(steps, 20) * 9;
        for (part, lost) in [(0, 0), (3, lost), (4, 0), (5, 0)] {
            let phase = &found.phases[part];
            let figures = (phase.packets, phase.late, phase.lost);
            assert_eq!(figures, (2 * (steps + lost), lost, lost), "{phase}");
            assert!((phase.seconds - (steps + lost) as f64 / 100.0).abs() < 1e-6, "{phase}");
        }
        // Timers are late by three packets and a half, of which the client has two.
        let figures = |phase: &load::Phase| (phase.packets, phase.late, phase.lost);
        assert_eq!([figures(&found.phases[1]), figures(&found.phases[2])], others, "{steps}");
    }
}

#[test]
fn a_recording_of_a_load_is_whole_wherever_in_a_packet_it_begins() {
    // Of a second, all but the packets in which the latency of 480 frames ends and that before it.
    for (period_ms, packets, whole) in
        [(4, 250, 247 * 192), (10, 100, 99 * 480), (20, 50, 49 * 960)]
    {
        let options = load::Options { streams: 2, period_ms, ..SECOND };
        let found = load(&shaped(Shape::Cable), options, &mut |_| {}).unwrap();
        assert_eq!((found.packets, found.glitches()), (2 * packets, 0));
        let recorded = found.recorded.unwrap();
        assert_eq!(recorded, load::Recorded { whole, ..load::Recorded::default() });
        assert!(found.is_clean(), "{found:?}");
        // It counts no ticks; and virtual time waits for clients.
        assert_eq!((found.worst_tick_us, found.worst_client_us), (0.0, 0.0));
    }
}

#[test]
fn a_load_looks_at_its_memory_twelve_times() {
    let found = load(&shaped(Shape::Cable), load::Options { streams: 2, ..SECOND }, &mut |_| {});
    let found = found.unwrap();
    let seconds: Vec<f64> = found.memory.iter().map(|at| at.seconds).collect();
    assert_eq!((seconds.len(), seconds.last()), (12, Some(&1.0)));
    assert!(seconds[0] < 0.1 && seconds.is_sorted(), "{seconds:?}");
    assert_eq!((found.packets, found.packets_due), (200, 200));
}

#[test]
fn a_client_in_real_time_comes_some_time_after_its_packet() {
    let span = Duration::from_millis(60);
    let options = load::Options { streams: 2, realtime: true, span, ..SECOND };
    let found = load(&shaped(Shape::Cable), options, &mut |_| {}).unwrap();
    assert!(found.packets > 0 && found.worst_client_us > 0.0, "{found:?}");
}

#[test]
fn growth_doubles_the_streams_and_is_told_row_by_row() {
    let mut told = Vec::new();
    let options = load::Options { streams: 3, ..SECOND };
    let rows = growth(&shaped(Shape::Cable), options, &mut |done, all| told.push((done, all)));
    let streams: Vec<u32> = rows.unwrap().iter().map(|row| row.options.streams).collect();
    assert_eq!(streams, [1, 2, 3]);
    assert!(told.iter().all(|(_, all)| *all == 3), "{told:?}");
    let done: Vec<f64> = told.iter().map(|(done, _)| *done).collect();
    assert!(done.is_sorted() && done[0] < 0.1 && done.last() == Some(&3.0), "{done:?}");
    let mut told = Vec::new();
    let options = load::Options { streams: 4, ..SECOND };
    let rows = growth(&shaped(Shape::Cable), options, &mut |_, all| told.push(all)).unwrap();
    assert_eq!(rows.iter().map(|row| row.options.streams).collect::<Vec<_>>(), [1, 2, 4]);
    assert!(told.iter().all(|all| *all == 3), "{told:?}");
}

#[test]
fn a_bench_tells_how_far_stamps_are_off() {
    let measured = |flaw| {
        let found = bench(&flawed(flaw), None, ONCE, &mut |_| {}).unwrap().driver;
        [found.completions, found.completions_when_late].map(Option::unwrap)
    };
    let [on_time, late] = measured(Flaw::Nothing);
    println!("{on_time:?} {late:?}");
    assert!(on_time.stamp_off_ns < 100.0 && on_time.notified_late_ns <= 100.0, "{on_time:?}");
    assert!(late.stamp_off_ns < 100.0, "{late:?}");
    assert!((late.notified_late_ns - 1e6).abs() < 1e3, "{late:?}");
    let [on_time, late] = measured(Flaw::StampsWhenLate);
    assert!(on_time.stamp_off_ns < 100.0, "{on_time:?}");
    assert!((1e6..3e6).contains(&late.stamp_off_ns), "{late:?}");
    assert!((1e6..3e6).contains(&late.stamp_jitter_ns), "{late:?}");
}

#[test]
fn a_bench_tells_its_rounds_and_what_the_verifier_saw() {
    let twice = bench::Load { rounds: 2, streams: 1 };
    let mut told = Vec::new();
    let found = bench(&shaped(Shape::Cable), None, twice, &mut |round| told.push(round)).unwrap();
    assert_eq!((told, found.rounds, found.streams), (vec![0, 1], 2, 1));
    let driver = found.driver;
    assert!(driver.packet_ns.median > 0.0 && driver.position_ns.median > 0.0, "{driver:?}");
    assert_eq!(
        (driver.ends.as_slice(), driver.image_bytes),
        (&["speaker", "microphone"][..], None)
    );
    // One of each stream: four of the timed run, two of the one with page protection.
    let found = bench(&flawed(Flaw::Leaks), None, ONCE, &mut |_| {}).unwrap().driver.findings;
    assert_eq!((found.violations.len(), found.gaps.len()), (6, 0), "{found:?}");
}

#[test]
fn a_bench_tells_what_a_start_costs() {
    let subject = shaped(Shape::Cable);
    let found = bench(&subject, None, ONCE, &mut |_| {}).unwrap().driver.starts;
    let [start] = &found[..] else { panic!("{found:?}") };
    let machine = subject.builder().page_protection(false).build();
    let driver = subject.load(&machine).unwrap();
    let (before, contexts) = (machine.allocations(), machine.context_bytes());
    machine.record_fallible_calls();
    let _device = driver.add_device().unwrap();
    let after = machine.allocations();
    assert_eq!(start.cables, None);
    assert_eq!(start.calls, machine.take_fallible_calls().len());
    assert_eq!(start.objects, after.objects - before.objects);
    assert_eq!(start.pool_bytes, after.bytes - before.bytes);
    assert_eq!(start.context_bytes, machine.context_bytes() - contexts);
    assert!(start.milliseconds.lower_quartile > 0.0, "{start:?}");
}

#[test]
fn a_driver_that_stops_is_told_and_not_waited_for() {
    let narrow = WaveFormat { channels: 1, mask: 4, rate: 8_000, ..STEREO };
    let long = Options { period_ms: 500, ..Options::default() };
    let timer = Options { timer_driven: true, ..Options::default() };
    // The timer-driven client looks every 5 ms, and the position stops after 100 ms.
    for (flaw, format, options, patience, milliseconds) in [
        (Flaw::SilentLongPackets, STEREO, long, 3000, 3000),
        (Flaw::StopsAtFormat, narrow, timer, 2000, 2105),
    ] {
        let mut waited = 0;
        let played = flawed(flaw).on_device(Time::Virtual, |system, _| {
            let speaker = play::end_of(system, Direction::Render, 0)?;
            let audio = vec![1; 100_000];
            let cable = Cable { speaker, microphone: None };
            let before = system.qpc();
            let played = play::play_on(system, &cable, format, &audio, options, &mut |_| {});
            waited = (system.qpc() - before) / 10_000;
            played
        });
        let told = matches!(played, Err(RunError::Silent(found)) if found == patience);
        assert!(told, "{flaw:?}: {played:?}");
        assert_eq!(waited, milliseconds, "{flaw:?}");
    }
    let recorded = flawed(Flaw::SilentLongPackets).on_device(Time::Virtual, |system, _| {
        play::record(system, STEREO, 48_000, long, &mut |_| {})
    });
    let told = matches!(recorded, Err(RunError::Silent(3000)));
    assert!(told, "{recorded:?}");
}

/// What fault injection says of a scenario where each call fails in turn.
fn injected(subject: &Subject, scenario: &str) -> Vec<String> {
    let scenario = Some(scenario.to_owned());
    let options = Faults { scenario, each: None, pairs: 4, seed: 1 };
    let found = faults::run(subject, &options, &mut |_, _, _| {}).unwrap();
    assert!(found[0].failed() > 1 && found[0].does_not_apply.is_none(), "{}", found[0]);
    found.into_iter().flat_map(|own| own.violations).collect()
}

#[test]
fn a_scenario_that_does_not_work_while_nothing_fails_is_told_once() {
    let flaw = Flaw::ALL.iter().position(|own| *own == Flaw::SilentLegacy).unwrap() as u32;
    let silent = shaped(Shape::Cable).with_settings([("Flaw", (flaw + 1).into())]);
    let options = Faults { scenario: Some("play-legacy".to_owned()), ..Faults::default() };
    let found = faults::run(&silent, &options, &mut |_, _, _| {}).unwrap();
    let [wrong] = &found[0].violations[..] else { panic!("{:#?}", found[0].violations) };
    assert!(wrong.starts_with("nothing fails: ") && found[0].failed() == 0, "{wrong}");
}

#[test]
fn what_the_framework_answers_for_a_device_without_power_is_not_the_drivers() {
    let subject = shaped(Shape::PoolForPower);
    for scenario in ["start", "rebalance", "power", "query-remove", "surprise-removal"] {
        assert_eq!(injected(&subject, scenario), [""; 0], "{scenario}");
    }
    let flaw = Flaw::ALL.iter().position(|own| *own == Flaw::UndocumentedFailure).unwrap() as u32;
    let wrong = injected(&subject.with_settings([("Flaw", (flaw + 1).into())]), "power");
    let said = "STATUS_OBJECT_NAME_NOT_FOUND (0xc0000034), which is not documented";
    assert!(wrong.first().is_some_and(|own| own.ends_with(said)), "{wrong:#?}");
}

#[test]
fn two_drivers_that_are_linked_in_are_not_waited_for() {
    let (one, other) = (shaped(Shape::Speaker), shaped(Shape::Microphone));
    let why = bench(&one, Some(&other), ONCE, &mut |_| {}).unwrap_err().to_string();
    assert!(why.contains("both linked in: give one of them as a file"), "{why}");
}

/// The requests of clients in virtual time, by their number and the checksum of their bytes and
/// times: what a command asks for in addition, or no more, does not go unseen. If a change was
/// meant, the message has the new table.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[test]
fn what_each_command_asks_is_on_record() {
    const RECORD: [(&str, u64, u32); 9] = [
        ("play, with events", 93, 0xf202_19f7),
        ("play and record, with events", 161, 0x7189_fd20),
        ("play, with a timer", 122, 0x045f_8329),
        ("play and record, with a timer", 270, 0xa75a_e24c),
        ("record", 53, 0xc3f9_51ca),
        ("soak", 1010, 0xca36_360b),
        ("load", 822, 0xe7f5_cee4),
        ("overload", 1393, 0x9191_61b9),
        ("bench", 4244, 0x0a69_30d6),
    ];
    let played = |timer_driven, has_microphone: bool| {
        let options = Options { timer_driven, ..Options::default() };
        let played = shaped(Shape::Cable).on_device(Time::Virtual, |system, _| {
            let speaker = play::end_of(system, Direction::Render, 0)?;
            let microphone = play::end_of(system, Direction::Capture, 0)?;
            let cable = Cable { speaker, microphone: has_microphone.then_some(microphone) };
            let audio = [1; 4].repeat(3000);
            play::play_on(system, &cable, STEREO, &audio, options, &mut |_| {})
        });
        played.unwrap().1.requests
    };
    let recorded = shaped(Shape::Cable).on_device(Time::Virtual, |system, _| {
        play::record(system, STEREO, 3000, Options::default(), &mut |_| {})
    });
    let soaked = shaped(Shape::Cable).on_device(Time::Virtual, |machine, _| {
        soak(&shaped(Shape::Cable), machine, Duration::from_secs(1), &mut |_| {})
    });
    let two = load::Options { streams: 2, span: Duration::from_millis(100), ..SECOND };
    let subject = shaped(Shape::Cable);
    let measured = bench(&subject, None, bench::Load { rounds: 2, streams: 2 }, &mut |_| {});
    let found = [
        ("play, with events", played(false, false)),
        ("play and record, with events", played(false, true)),
        ("play, with a timer", played(true, false)),
        ("play and record, with a timer", played(true, true)),
        ("record", recorded.unwrap().1.requests),
        ("soak", soaked.unwrap().1.requests),
        ("load", load(&subject, two, &mut |_| {}).unwrap().requests),
        ("overload", overload(&subject, two, &mut |_| {}).unwrap().requests),
        ("bench", measured.unwrap().driver.findings.requests),
    ];
    let found = found.map(|(name, requests)| (name, requests.count, requests.checksum));
    assert!(found == RECORD, "{found:#x?}");
}
