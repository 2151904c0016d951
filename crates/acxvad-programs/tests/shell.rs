//! `acxvad-feed` and `acxvad-tap` in a shell: with `ffmpeg` before and after them, with closed
//! pipes, full disks, and Ctrl-C.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};

const FEED: &str = env!("CARGO_BIN_EXE_acxvad-feed");
const TAP: &str = env!("CARGO_BIN_EXE_acxvad-tap");

/// Whether `ffmpeg` is installed. Prints how to get it, and fails if it is required.
fn has_ffmpeg() -> bool {
    let is_there = Command::new("ffmpeg").arg("-version").output().is_ok();
    if !is_there {
        let text = "not run: ffmpeg is missing: sudo apt-get install ffmpeg";
        assert!(std::env::var("ACXVAD_CI").as_deref() != Ok("required"), "{text}");
        eprintln!("{text}");
    }
    is_there
}

/// A second of noise, 16 bit stereo, that begins and ends with a frame that is not silent.
fn noise() -> Vec<u8> {
    let mut noise = wave::noise::bytes(20, 4 * 48_000);
    let length = noise.len();
    noise[..4].fill(0x55);
    noise[length - 4..].fill(0x55);
    noise
}

fn is_in(heard: &[u8], noise: &[u8]) -> bool {
    let first = heard.chunks_exact(4).position(|frame| frame != [0; 4]);
    first.is_some_and(|first| heard[4 * first..].starts_with(noise))
}

/// The output of a pipe of programs with `input`, and their messages.
fn piped(input: &[u8], programs: &[(&str, &str)]) -> (Vec<u8>, Vec<String>) {
    let mut from = Stdio::piped();
    let mut children: Vec<Child> = Vec::new();
    for (program, arguments) in programs {
        let mut command = Command::new(program);
        command.args(arguments.split_whitespace()).stdin(from).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        from = if children.len() + 1 < programs.len() {
            child.stdout.take().unwrap().into()
        } else {
            Stdio::null()
        };
        children.push(child);
    }
    let mut to = children[0].stdin.take().unwrap();
    let last = children.last_mut().unwrap();
    let mut out = last.stdout.take().unwrap();
    let heard = std::thread::scope(|scope| {
        let heard = scope.spawn(move || {
            let mut heard = Vec::new();
            out.read_to_end(&mut heard).unwrap();
            heard
        });
        to.write_all(input).unwrap();
        drop(to);
        heard.join().unwrap()
    });
    let said = children.into_iter().zip(programs).map(|(child, (program, _))| {
        let done = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{program}: {}: {said}", done.status);
        said
    });
    let said = said.collect();
    (heard, said)
}

/// ffmpeg's arguments for raw audio on standard input and standard output.
fn ffmpeg(from: &str, to: &str) -> String {
    let raw = "-ar 48000 -ac 2";
    let input = if from == "wav" { String::new() } else { format!("-f {from} {raw}") };
    let output = if to == "wav" { "-f wav" } else { to };
    let output = if to == "wav" { output.to_owned() } else { format!("-f {output} {raw}") };
    format!("-v error {input} -i - {output} -")
}

#[test]
fn what_ffmpeg_feeds_ffmpeg_records_bit_exact() {
    if !has_ffmpeg() {
        return;
    }
    let noise = noise();
    for format in ["wav", "s16le", "s24le", "s32le", "f32le"] {
        let own = if format == "wav" { "" } else { &format!("--format {format} --raw") };
        let feed = format!("Microphone1 --host --record - --json {own}");
        let (before, behind) = (ffmpeg("s16le", format), ffmpeg(format, "s16le"));
        let pipe = [("ffmpeg", &*before), (FEED, &*feed), ("ffmpeg", &*behind)];
        let (heard, said) = piped(&noise, &pipe);
        assert!(is_in(&heard, &noise), "{format}: {} bytes; {said:?}", heard.len());
        assert!(said[1].contains(r#""frames":48000"#), "{format}: {said:?}");
    }
}

#[test]
fn what_ffmpeg_plays_ffmpeg_taps_bit_exact() {
    if !has_ffmpeg() {
        return;
    }
    let noise = noise();
    for (format, own) in [("wav", ""), ("s24le", "--raw --format s24le")] {
        let tap = format!("Speaker0 --host --play - {own}");
        let (before, behind) = (ffmpeg("s16le", "wav"), ffmpeg(format, "s16le"));
        let pipe = [("ffmpeg", &*before), (TAP, &*tap), ("ffmpeg", &*behind)];
        let (heard, said) = piped(&noise, &pipe);
        assert!(is_in(&heard, &noise), "{format}: {} bytes; {said:?}", heard.len());
    }
}

#[test]
fn time_as_it_passes_carries_every_bit_or_says_what_it_lost() {
    let mut run = Command::new(FEED);
    run.args("Microphone0 --host --realtime --record - --raw --format s16le --json".split(' '));
    run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let noise = noise();
    let mut to = run.stdin.take().unwrap();
    let sent = noise.clone();
    let writing = std::thread::spawn(move || to.write_all(&sent).unwrap());
    let done = run.wait_with_output().unwrap();
    writing.join().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    match done.status.code() {
        Some(0) => assert!(is_in(&done.stdout, &noise), "{said}"),
        // A busy machine loses audio, which the status shows.
        status => assert_eq!(status, Some(1), "{said}"),
    }
}

fn run(program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn refused(program: &str, arguments: &[&str], words: &str) {
    let done = run(program, arguments);
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(words), "{arguments:?}: {said}");
    assert!(done.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn what_cannot_be_done_is_said_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let wav = folder.path().join("in.wav");
    fs::write(&wav, "no audio").unwrap();
    let wav = wav.to_str().unwrap();
    refused(FEED, &["Microphone0", "--tone", "440"], "--host runs the driver in this program");
    refused(TAP, &["Speaker0", "--seconds", "1", "--raw"], "--host runs the driver");
    refused(FEED, &["Microphone0", "/no/such.wav", "--host"], "/no/such.wav: cannot be read");
    refused(FEED, &["Microphone0", wav, "--host"], "not a WAV file");
    refused(FEED, &["Nobody", "--host", "--tone", "440"], "there are Speaker0 (hidden)");
    refused(
        FEED,
        &["Speaker16", "--host", "--tone", "440"],
        "Cables=17: give a number from 1 to 16",
    );
    refused(FEED, &["Speaker0", "--host", "--tone", "440", "--set", "Foo=1"], "no setting Foo");
    let odd = ["Speaker0", "--host", "--tone", "440", "--rate", "12345"];
    refused(FEED, &odd, "Speaker0: ");
    refused(FEED, &["Speaker0", "--record", "out.wav"], "--host");
    let nowhere = ["Speaker0", "--host", "--tone", "440", "--record", "/no/such/out.wav"];
    refused(FEED, &nowhere, "its folder does not exist");
}

#[test]
fn a_tone_is_recorded_and_a_file_is_complete_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.wav");
    let path = out.to_str().unwrap();
    let tone = ["Microphone0", "--host", "--tone", "1000", "--seconds", "0.5", "--json"];
    let done = run(FEED, &[&tone[..], &["--record", path]].concat());
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(said.contains(r#""ended":"time""#) && said.contains(r#""frames":24000"#), "{said}");
    let mut heard = hound::WavReader::open(&out).unwrap();
    let samples: Vec<f32> = heard.samples::<f32>().map(Result::unwrap).collect();
    let peak = samples.iter().copied().fold(0.0_f32, f32::max);
    assert!((0.2499..=0.25).contains(&peak), "{peak}");
    assert!(samples.len() >= 48_000);

    // The input is not overwritten.
    let done = run(FEED, &["Microphone0", path, "--host", "--record", path]);
    assert_eq!(done.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&done.stderr).contains("is the input as well"));
}

#[test]
fn bytes_behind_the_last_frame_are_told() {
    let mut run = Command::new(FEED);
    run.args(["Microphone0", "--host", "--format", "s16le", "--json"]).stdin(Stdio::piped());
    let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    run.stdin.take().unwrap().write_all(&[1; 4 * 700 + 3]).unwrap();
    let done = run.wait_with_output().unwrap();
    let (out, said) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(
        out.contains(r#""bytes_left_out_of_input":3"#) && out.contains(r#""frames":700"#),
        "{out}"
    );
    assert!(said.contains("3 bytes behind the last whole frame"), "{said}");
}

#[test]
fn a_full_disk_is_an_error_and_a_reader_that_goes_is_none() {
    for arguments in [
        &["Microphone0", "--host", "--tone", "440", "--seconds", "5", "--record", "-"][..],
        &["Microphone0", "--host", "--tone", "440", "--seconds", "1", "--json"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut run = Command::new(FEED);
        let done = run.args(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{said}");
        assert!(said.contains("No space left"), "{said}");
    }
    // Endless, so that only the reader ends it.
    let mut run = Command::new(TAP);
    run.args(["Speaker0", "--host", "--json"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut run = run.spawn().unwrap();
    let mut room = [0; 1000];
    run.stdout.take().unwrap().read_exact(&mut room).unwrap();
    let done = run.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(said.contains(r#""ended":"reader gone""#), "{said}");
    assert_eq!(&room[..4], b"RIFF");
}

fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}

#[test]
fn ctrl_c_ends_it_cleanly() {
    // While it streams, and while it waits for an empty pipe.
    for arguments in [
        "Microphone0 --host --realtime --tone 440 --record - --json",
        "Microphone0 --host --format s16le --record - --json",
    ] {
        let mut run = Command::new(FEED);
        run.args(arguments.split(' ')).stdin(Stdio::piped());
        let mut run = run.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The header: from here on Ctrl-C is handled.
        let mut out = run.stdout.take().unwrap();
        out.read_exact(&mut [0; 44]).unwrap();
        interrupt(&run);
        let reading = std::thread::spawn(move || out.read_to_end(&mut Vec::new()).unwrap());
        let quiet = run.stdin.take();
        let done = run.wait_with_output().unwrap();
        drop(quiet);
        reading.join().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(said.contains(r#""ended":"stopped""#), "{arguments}: {said}");
        // A busy machine may have lost audio by then.
        assert!(matches!(done.status.code(), Some(0 | 1)), "{arguments}: {said}");
    }
}

#[test]
fn help_has_examples_and_exit_statuses() {
    for program in [FEED, TAP] {
        let help = String::from_utf8(run(program, &["--help"]).stdout).unwrap();
        for words in ["Examples:", "ffmpeg", "--host", "Exit status:", "130"] {
            assert!(help.contains(words), "{program}: {words}: {help}");
        }
    }
}
