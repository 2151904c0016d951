//! The samples as programs, on the default endpoints of Windows, or of Wine.
//!
//! They play noise and listen, so they run only with `ACXVAD_AUDIO=required` in the environment, on
//! a machine whose default devices are there for it; else they say so and pass. Nothing here
//! depends on how fast the machine is, beyond "the burst was heard within two seconds".

#![cfg(windows)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

const PLAY: &str = env!("CARGO_BIN_EXE_wasapi-play");
const RECORD: &str = env!("CARGO_BIN_EXE_wasapi-record");
const LATENCY: &str = env!("CARGO_BIN_EXE_wasapi-latency");

/// One at a time: what two play at once is mixed.
static DEVICES: Mutex<()> = Mutex::new(());

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap()
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).trim_end().to_owned()
}

fn object(program: &str, arguments: &[&str]) -> Value {
    let output = run(program, &[arguments, &["--json"]].concat());
    assert!(output.status.success(), "{arguments:?}: {}", error(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The devices, if there is an active one in each of these directions.
fn devices(directions: &[&str]) -> Option<MutexGuard<'static, ()>> {
    if std::env::var("ACXVAD_AUDIO").as_deref() != Ok("required") {
        println!("not run: this plays noise on the default devices; ACXVAD_AUDIO=required lets it");
        return None;
    }
    let listed = object(LATENCY, &["--list"]);
    let endpoints = listed["endpoints"].as_array().unwrap();
    for direction in directions {
        let there =
            |endpoint: &&Value| endpoint["direction"] == *direction && endpoint["default"] == true;
        if endpoints.iter().find(there).is_none_or(|endpoint| endpoint["state"] != "active") {
            panic!("no active {direction} device, and ACXVAD_AUDIO=required");
        }
    }
    // A test that failed leaves the devices as they were.
    Some(DEVICES.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Half a second of noise.
fn write_noise(path: &Path, rate: u32, channels: u16, bits: u16, float: bool) {
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for index in 1..=rate / 2 * u32::from(channels) {
        let noise = index.wrapping_mul(2_654_435_761).cast_signed() / 8;
        if float {
            writer.write_sample(noise as f32 / 2_147_483_648.0).unwrap();
        } else {
            writer.write_sample(noise >> (32 - u32::from(bits))).unwrap();
        }
    }
    writer.finalize().unwrap();
}

#[test]
fn they_list_what_there_is() {
    let listed = object(PLAY, &["--list"]);
    for endpoint in listed["endpoints"].as_array().unwrap() {
        assert_eq!(endpoint["direction"], "render");
        assert!(!endpoint["name"].as_str().unwrap().is_empty());
        assert!(!endpoint["id"].as_str().unwrap().is_empty());
        if endpoint["state"] == "active" {
            assert!(endpoint["mix_format"].as_str().unwrap().contains(" Hz, "), "{endpoint}");
        }
    }
    let output = run(RECORD, &["--list"]);
    assert!(output.status.success() && !output.stdout.is_empty());
}

#[test]
fn any_wav_plays_to_its_last_frame() {
    let Some(_devices) = devices(&["render"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.wav");
    for (rate, channels, bits, float) in [
        (48_000, 2, 16, false),
        (44_100, 1, 8, false),
        (22_050, 1, 16, false),
        (96_000, 2, 24, false),
        (48_000, 2, 32, true),
    ] {
        write_noise(&path, rate, channels, bits, float);
        for mode in [&[][..], &["--timer"], &["--buffer-ms", "300"]] {
            let played = object(PLAY, &[&[path.to_str().unwrap()], mode].concat());
            assert_eq!(played["frames"], rate / 2, "{played}");
            assert_eq!(played["frames_played"], rate / 2, "{played}");
            assert_eq!(played["interrupted"], false);
        }
    }
}

#[test]
fn a_recording_has_the_length_and_the_format_that_were_asked_for() {
    let Some(_devices) = devices(&["capture"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    fs::write(&path, b"something that was there before").unwrap();
    for mode in [&[][..], &["--timer"]] {
        for (sample, bits) in [("s16", 16), ("s24", 24), ("s24in32", 24), ("f32", 32)] {
            let name = path.to_str().unwrap();
            let format = ["--rate", "48000", "--channels", "2", "--sample", sample];
            let recorded =
                object(RECORD, &[&[name, "--seconds", "0.3"], &format[..], mode].concat());
            assert_eq!(recorded["frames"], 14_400, "{recorded}");
            let reader = hound::WavReader::open(&path).unwrap();
            assert_eq!(reader.duration(), 14_400);
            assert_eq!(reader.spec().bits_per_sample, bits);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
        }
    }
}

#[test]
fn loopback_records_or_says_that_there_is_none() {
    let Some(_devices) = devices(&["render"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.wav");
    let output = run(RECORD, &[path.to_str().unwrap(), "--seconds", "0.5", "--loopback"]);
    if output.status.success() {
        assert!(path.exists());
    } else {
        // Where there is one, it hears nothing while nothing plays.
        let said = error(&output);
        assert!(
            said.contains("has no loopback: ") || said.contains("nothing was recorded"),
            "{said}"
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no half a file");
    }
}

#[test]
fn bursts_are_measured_where_they_come_back() {
    let Some(_devices) = devices(&["render", "capture"]) else { return };
    for mode in [&[][..], &["--timer"]] {
        let arguments =
            [&["--rounds", "3", "--window-ms", "2000", "--buffer-ms", "100"], mode].concat();
        let output = run(LATENCY, &[&arguments[..], &["--json"]].concat());
        let measured: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", error(&output)));
        assert_eq!(measured["rounds"].as_array().unwrap().len(), 3, "{measured}");
        let heard = measured["heard"].as_u64().unwrap();
        assert!(heard > 0 && output.status.success(), "not heard: {measured}");
        let median = measured["latency_ms"]["median"].as_f64().unwrap();
        assert!(median > 0.0 && median < 2000.0, "{measured}");
    }
}

#[test]
fn exclusive_mode_plays_or_says_why_not() {
    let Some(_devices) = devices(&["render"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.wav");
    write_noise(&path, 48_000, 2, 16, false);
    for mode in [&["--exclusive"][..], &["--exclusive", "--timer"]] {
        let output = run(PLAY, &[&[path.to_str().unwrap()], mode].concat());
        let said = error(&output);
        let known = ["in use by another", "mode is not allowed", "does not take 48000 Hz"];
        assert!(
            output.status.success() || known.iter().any(|text| said.contains(text)),
            "{mode:?}: {said}"
        );
        assert!(said.lines().count() <= 1, "{said}");
    }
}

#[test]
fn what_was_given_wrong_is_named_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.wav");
    fs::write(&text, "no audio here").unwrap();
    let song = folder.path().join("song.wav");
    write_noise(&song, 48_000, 2, 16, false);
    let (text, song) = (text.to_str().unwrap(), song.to_str().unwrap());
    let nowhere = folder.path().join("no").join("such").join("out.wav");
    let nowhere = nowhere.to_str().unwrap();
    for (program, arguments, names, remedy) in [
        (PLAY, &["gone.wav"][..], "gone.wav: cannot be read", "check the path"),
        (PLAY, &[text], "text.wav: not a WAV file", "give a RIFF/WAVE file"),
        (RECORD, &[nowhere, "--seconds", "1"], "out.wav: cannot be written", "choose another"),
    ] {
        let output = run(program, arguments);
        let said = error(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(said.contains(names) && said.contains(remedy), "{said}");
    }
    let output = run(PLAY, &[song, "--device", "no such thing"]);
    let said = error(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("no such thing: no render device has this in its name: see --list")
            || said.contains("no render device: plug one in"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
}
