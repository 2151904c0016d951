//! Programs that nobody here wrote play and record through the driver, served by `acxhost serve`.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

mod sound;

use sound::{RAW, Sound, has, heard, noise, sound, with_silence};

/// For a busy machine: enough in reserve for bit exactness.
const STEADY: [&str; 6] = ["--period-ms", "10", "--reserve-ms", "100", "--set", "Composite=0"];

const RATE: u32 = 48_000;

/// One test at a time streams: they would be late because of each other.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes the noise as a WAV, silence around it. The file, and the noise.
fn input(sound: &Sound) -> (std::path::PathBuf, Vec<u8>) {
    let noise = noise(RATE / 2);
    let path = sound.path("in.wav");
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for sample in with_silence(&noise).as_chunks::<2>().0 {
        writer.write_sample(i16::from_le_bytes(*sample)).unwrap();
    }
    writer.finalize().unwrap();
    (path, noise)
}

/// ALSA programs go to the sound server by these names.
const ALSA: &str = "\
pcm.speaker { type pulse device \"Speaker0\" }
pcm.microphone { type pulse device \"Microphone0\" }
";

/// These tests run where all of their programs are required.
fn demand(program: &str) {
    assert!(has(program), "{program} is not installed, and ACXVAD_AUDIO wants it");
}

/// Streams until it is bit exact, four times at most. A try that was not must have been counted as a
/// glitch, which a busy machine has: what is lost without a word fails at once.
fn unless_it_glitched(mut stream: impl FnMut() -> (Option<String>, serde_json::Value)) {
    let mut tries = Vec::new();
    for _ in 0..4 {
        let (wrong, last) = stream();
        let Some(wrong) = wrong else { return };
        assert!(last["glitches"].as_u64().unwrap() > 0, "{wrong}, and no glitch: {last}");
        tries.push(wrong);
    }
    panic!("{tries:?}");
}

/// What is wrong with what came back.
fn difference(name: &str, noise: &[u8], back: &[u8]) -> Option<String> {
    if back.len() < noise.len() {
        return Some(format!("{name}: {} bytes of {}", back.len(), noise.len()));
    }
    let differs = noise.iter().zip(back).position(|(one, other)| one != other);
    differs.map(|at| format!("{name}: byte {at} differs"))
}

/// Programs that play a file at Speaker0: name, arguments before and after the file.
const PLAYERS: [(&str, &[&str], &[&str]); 4] = [
    ("paplay", &["--device=Speaker0"], &[]),
    ("sox", &["-q"], &["-t", "pulseaudio", "Speaker0"]),
    // It does not wait until all was played: with its usual buffer, of seconds, nothing would be.
    (
        "ffmpeg",
        &["-v", "error", "-i"],
        &["-f", "pulse", "-device", "Speaker0", "-buffer_duration", "100", "noise"],
    ),
    ("aplay", &["-q", "-D", "speaker"], &[]),
];

/// Programs that record two seconds of Microphone0 to standard output: name, arguments.
const RECORDERS: [(&str, &[&str]); 4] = [
    ("parec", &["--raw", "--format=s16le", "--rate=48000", "--channels=2", "--device=Microphone0"]),
    (
        "sox",
        &[
            "-q",
            "-r",
            "48000",
            "-c",
            "2",
            "-b",
            "16",
            "-e",
            "signed",
            "-t",
            "pulseaudio",
            "Microphone0",
            "-t",
            "raw",
            "-",
            "trim",
            "0",
            "3",
        ],
    ),
    (
        "ffmpeg",
        &[
            "-v",
            "error",
            "-f",
            "pulse",
            "-sample_rate",
            "48000",
            "-channels",
            "2",
            "-i",
            "Microphone0",
            "-t",
            "3",
            "-f",
            "s16le",
            "-",
        ],
    ),
    (
        "arecord",
        &[
            "-q",
            "-D",
            "microphone",
            "-f",
            "S16_LE",
            "-r",
            "48000",
            "-c",
            "2",
            "-d",
            "3",
            "-t",
            "raw",
        ],
    ),
];

#[test]
fn what_players_play_comes_out_of_the_microphone_bit_exact() {
    let _alone = turn();
    let Some(sound) = sound(&["pulseaudio", "pactl", "parec"]) else { return };
    fs::write(sound.path(".asoundrc"), ALSA).unwrap();
    let (file, noise) = input(&sound);
    for (name, before, behind) in PLAYERS {
        demand(name);
        unless_it_glitched(|| {
            let serving = sound.serve(&STEADY);
            assert!(serving.first["serving"].is_array(), "{}", serving.first);
            assert!(sound.list("sources").contains("Microphone0"));
            let mut play = sound.program(name);
            play.args(before).arg(&file).args(behind);
            let back = heard(&sound, "Microphone0", &mut play);
            let (status, last) = serving.stop();
            assert_eq!(status, Some(0), "{last}");
            (difference(name, &noise, &back), last)
        });
        eprintln!("{name} plays: bit exact");
    }
}

/// All record at once, as programs share a microphone. What is wrong with their recordings.
fn record_all(sound: &Sound, file: &std::path::Path, noise: &[u8]) -> Option<String> {
    let recordings = RECORDERS.into_iter().map(|(name, arguments)| {
        demand(name);
        let path = sound.path(&format!("{name}.raw"));
        let to = fs::File::create(&path).unwrap();
        (name, path, sound.program(name).args(arguments).stdout(to).spawn().unwrap())
    });
    let mut recordings: Vec<_> = recordings.collect();
    std::thread::sleep(Duration::from_millis(700));
    let mut play = sound.program("paplay");
    assert!(play.arg("--device=Speaker0").arg(file).status().unwrap().success());
    std::thread::sleep(Duration::from_millis(1500));
    let mut wrong = None;
    for (name, path, recording) in &mut recordings {
        // parec goes on until it is told; the others may have ended.
        let _ = Command::new("kill").args(["-INT", &recording.id().to_string()]).status();
        recording.wait().unwrap();
        let recorded = fs::read(path).unwrap();
        let place = recorded.windows(64).position(|window| *window == noise[..64]);
        let back = place.map_or(&[][..], |place| &recorded[place..]);
        wrong = wrong.or(difference(name, noise, back));
    }
    wrong
}

#[test]
fn recorders_record_what_is_played_bit_exact() {
    let _alone = turn();
    let Some(sound) = sound(&["pulseaudio", "paplay"]) else { return };
    fs::write(sound.path(".asoundrc"), ALSA).unwrap();
    let (file, noise) = input(&sound);
    unless_it_glitched(|| {
        let serving = sound.serve(&STEADY);
        let wrong = record_all(&sound, &file, &noise);
        let (status, last) = serving.stop();
        assert_eq!(status, Some(0), "{last}");
        (wrong, last)
    });
}

/// How long a click takes from the program that plays it to the one that records it: at the monitor of
/// the sink, which is the way without the driver, and at the microphone.
fn latencies(sound: &Sound, sources: &[&str], clicks: u32) -> Vec<Vec<Duration>> {
    let (sender, receiver) = mpsc::channel();
    let mut recordings = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let mut record = sound.program("parec");
        record.args(RAW).args(["--latency-msec=2", "--device", source]);
        let mut recording = record.stdout(Stdio::piped()).spawn().unwrap();
        let mut audio = recording.stdout.take().unwrap();
        let sender = sender.clone();
        recordings.push(recording);
        std::thread::spawn(move || {
            let (mut room, mut quiet) = ([0; 4096], 0);
            while let Ok(count @ 1..) = audio.read(&mut room) {
                let at = Instant::now();
                for byte in &room[..count] {
                    if *byte != 0 && quiet > 4800 {
                        let _ = sender.send((index, at));
                    }
                    quiet = if *byte == 0 { quiet + 1 } else { 0 };
                }
            }
        });
    }
    let mut play = sound.program("pacat");
    play.args(RAW).args(["--latency-msec=2", "--device=Speaker0", "--playback"]);
    let mut playing = play.stdin(Stdio::piped()).spawn().unwrap();
    let mut audio = playing.stdin.take().unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let mut sent = Vec::new();
    for _ in 0..clicks {
        std::thread::sleep(Duration::from_millis(300));
        sent.push(Instant::now());
        // Nothing is played between them: what a program plays in advance would be measured, too.
        audio.write_all(&[0x40; 192 * 4]).unwrap();
    }
    std::thread::sleep(Duration::from_millis(300));
    drop(audio);
    let _ = playing.kill();
    let _ = playing.wait();
    for mut recording in recordings {
        let _ = recording.kill();
        let _ = recording.wait();
    }
    drop(sender);
    let mut found = vec![Vec::new(); sources.len()];
    for (index, at) in receiver {
        // The newest click before it.
        if let Some(from) = sent.iter().rev().find(|from| **from <= at) {
            found[index].push(at - *from);
        }
    }
    for list in &mut found {
        list.sort_unstable();
    }
    found
}

#[test]
fn a_click_comes_back_soon() {
    let _alone = turn();
    let Some(sound) = sound(&["pulseaudio", "pacat", "parec"]) else { return };
    for (words, arguments) in [
        ("default settings", &["--set", "Composite=0"][..]),
        ("small settings", &["--period-ms", "1", "--reserve-ms", "1", "--set", "Composite=0"]),
    ] {
        let serving = sound.serve(arguments);
        let found = latencies(&sound, &["Speaker0.monitor", "Microphone0"], 12);
        let of = |span: Duration| span.as_secs_f64() * 1000.0;
        let middle = |list: &[Duration]| of(list[list.len() / 2]);
        assert!(found.iter().all(|list| !list.is_empty()), "{words}: {found:?}");
        let (without, with) = (middle(&found[0]), middle(&found[1]));
        let least = of(found[1][0]);
        eprintln!(
            "{words}: {with:.1} ms ({least:.1} at least) with the driver, {without:.1} ms without it"
        );
        // Less than a click's distance, or this measures nothing; docs/evidence.md has the figures.
        assert!(with < 200.0, "{words}: {found:?}");
        assert!(without < with, "{words}: {found:?}");
        assert_eq!(serving.stop().0, Some(0));
    }
}
