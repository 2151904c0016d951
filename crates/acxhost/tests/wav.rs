//! WAV files and pipes as programs really write them.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn acxhost(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
    command.args(arguments);
    command
}

/// Runs it with `input` on standard input.
fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = acxhost(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that refuses its input reads no more of it.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output().unwrap()
    })
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn object(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// A file of 16-bit stereo whose header says `riff` and `data`.
fn stereo(riff: u32, data: u32, audio: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(riff.to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x02\0");
    bytes.extend(48_000_u32.to_le_bytes());
    bytes.extend(192_000_u32.to_le_bytes());
    bytes.extend(b"\x04\0\x10\0data");
    bytes.extend(data.to_le_bytes());
    bytes.extend(audio);
    bytes
}

/// Sound without a silent frame.
fn sound(frames: usize) -> Vec<u8> {
    (0..frames * 4).map(|index| (index * 31 % 255 + 1) as u8).collect()
}

/// The audio of a file behind its `data` header.
fn audio(file: &[u8]) -> &[u8] {
    let at = file.windows(4).position(|id| id == b"data").unwrap();
    &file[at + 8..]
}

#[test]
fn streamed_files_play_to_their_end() {
    let audio = sound(3000);
    for (riff, data) in [(u32::MAX, u32::MAX), (0x7FFF_F024, 0x7FFF_F000), (0, 0)] {
        for driving in [&["play", "-", "--json"][..], &["play", "-", "--json", "--timer-driven"]] {
            let run = run(driving, &stereo(riff, data, &audio));
            assert_eq!(run.status.code(), Some(0), "{riff:#x} {data:#x}: {run:?}");
            let value = object(&run.stdout);
            assert_eq!(
                (&value["frames_played"], &value["bit_exact"]),
                (&3000.into(), &true.into())
            );
            assert_eq!(value["truncated_input"], false);
        }
    }
}

#[test]
fn a_pipe_goes_in_and_a_pipe_comes_out() {
    let sent = sound(5000);
    let run = run(&["play", "-", "--record", "-", "--json"], &stereo(20_036, 20_000, &sent));
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let value = object(&run.stderr);
    let latency = value["latency_frames"].as_u64().unwrap() as usize;
    let came = audio(&run.stdout);
    assert_eq!((came.len(), &came[latency * 4..]), ((latency + 5000) * 4, &sent[..]));
    assert_eq!(value["frames_recorded"], latency + 5000);

    // A recording knows its length from the start.
    let recorded = acxhost(&["record", "-", "--seconds", "0.5", "--source", "tone"]);
    let recorded = { recorded }.output().unwrap();
    let reader = hound::WavReader::new(&recorded.stdout[..]).unwrap();
    assert_eq!((recorded.status.code(), reader.duration()), (Some(0), 24_000));
}

#[test]
fn a_recording_is_as_long_as_what_was_played_whatever_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wav");
    // Shorter than the cable's latency, with silence at both ends.
    for sent in [sound(3), [&[0; 400], &sound(10)[..], &[0; 400]].concat()] {
        let play = ["play", "-", "--record", text(&output), "--json"];
        let run = run(&play, &stereo(u32::MAX, u32::MAX, &sent));
        let latency = object(&run.stdout)["latency_frames"].as_u64().unwrap() as usize;
        let file = fs::read(&output).unwrap();
        assert_eq!(audio(&file), [&vec![0; latency * 4], &sent[..]].concat());
        assert_eq!(
            hound::WavReader::new(&file[..]).unwrap().len() as usize,
            latency * 2 + sent.len() / 2
        );
    }
}

#[test]
fn silence_that_comes_back_is_not_called_exact() {
    let run = run(&["play", "-"], &stereo(u32::MAX, u32::MAX, &[0; 4000]));
    let table = String::from_utf8(run.stdout).unwrap();
    assert!(table.contains("Bit exact") && !table.contains("yes, every frame"), "{table}");
    assert!(table.contains("the file is silent, and so is the recording"), "{table}");
    assert_eq!(run.status.code(), Some(0));
}

#[test]
fn what_is_no_wav_is_named_with_the_command_that_converts_it() {
    let folder = tempfile::tempdir().unwrap();
    for (front, what) in [(&b"fLaC\0\0\0\x22"[..], "FLAC"), (b"RIFX\0\0\0\0WAVE", "RIFX")] {
        let path = folder.path().join("song.wav");
        fs::write(&path, front).unwrap();
        let run = run(&["play", text(&path)], b"");
        let line = String::from_utf8(run.stderr).unwrap();
        assert!(line.contains(what) && line.contains("`ffmpeg -i "), "{line}");
        assert_eq!((run.status.code(), line.lines().count()), (Some(2), 1));
    }
}

#[test]
fn a_sample_that_endpoints_do_not_carry_ends_the_run_and_leaves_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    let mut bytes = stereo(16_036, 16_000, &[]);
    bytes[20] = 3;
    (bytes[32], bytes[34]) = (16, 64);
    for index in 0..2000 {
        let sample = if index == 1500 { 0.1 } else { f64::from(index) / 2048.0 };
        bytes.extend(f64::to_le_bytes(sample));
    }
    fs::write(&input, &bytes).unwrap();
    fs::write(&output, b"before").unwrap();
    let run = run(&["play", text(&input), "--record", text(&output)], b"");
    let line = String::from_utf8(run.stderr).unwrap();
    assert!(line.contains("in.wav: sample 1500 needs 64-bit float"), "{line}");
    assert_eq!((run.status.code(), fs::read(&output).unwrap()), (Some(2), b"before".to_vec()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[cfg(unix)]
#[test]
fn a_recording_that_cannot_fit_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wav");
    // A header that promises more than any disk has.
    let mut bytes = stereo(u32::MAX, u32::MAX, &sound(100));
    bytes[..4].copy_from_slice(b"RF64");
    let mut long = b"ds64\x1C\0\0\0".to_vec();
    long.extend([0; 8]);
    long.extend((1_u64 << 60).to_le_bytes());
    long.extend([0; 12]);
    bytes.splice(12..12, long);
    let run = run(&["play", "-", "--record", text(&output)], &bytes);
    let line = String::from_utf8(run.stderr).unwrap();
    assert!(line.contains("out.wav: needs 1152921505 GB and the disk has"), "{line}");
    assert_eq!((run.status.code(), output.exists()), (Some(2), false));
}

/// What asks the system for more than a pipe.
#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io::{Read, Write};
    use std::process::{Child, Command, Stdio};

    use super::{acxhost, object, sound, stereo};

    #[test]
    fn a_full_standard_output_is_an_error() {
        for arguments in
            [&["topology"][..], &["record", "-", "--seconds", "1"], &["rules", "--json"]]
        {
            let full = File::options().write(true).open("/dev/full").unwrap();
            let run = acxhost(arguments).stdout(full).stderr(Stdio::piped()).output().unwrap();
            let line = String::from_utf8(run.stderr).unwrap();
            assert!(
                line.contains("standard output: ") && line.contains("No space left"),
                "{arguments:?}: {line}"
            );
            assert_ne!(run.status.code(), Some(0), "{arguments:?}");
        }
    }

    /// A program that is fed forever.
    fn endless(arguments: &[&str]) -> Child {
        let mut child = acxhost(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::thread::spawn(move || {
            let piece = sound(48_000);
            let mut sent = stdin.write_all(&stereo(u32::MAX, u32::MAX, &[]));
            while sent.is_ok() {
                sent = stdin.write_all(&piece);
            }
        });
        child
    }

    /// The most memory that a process had, in kilobytes.
    fn peak_memory(child: &Child) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    #[test]
    fn an_endless_pipe_is_played_in_constant_memory_until_ctrl_c() {
        let mut child = endless(&["play", "-", "--record", "-", "--json"]);
        let mut stdout = child.stdout.take().unwrap();
        let mut piece = vec![0; 1 << 20];
        let mut read = |bytes: usize| {
            for _ in 0..bytes >> 20 {
                stdout.read_exact(&mut piece).unwrap();
            }
        };
        read(8 << 20);
        let before = peak_memory(&child);
        read(64 << 20);
        let after = peak_memory(&child);
        assert!(after < before + 8_000, "{before} kB, then {after} kB");
        let interrupt =
            Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupt.success());
        let rest = std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let run = child.wait_with_output().unwrap();
        rest.join().unwrap().unwrap();
        let value = object(&run.stderr);
        assert_eq!(run.status.code(), Some(0), "{value}");
        assert_eq!((&value["interrupted"], &value["bit_exact"]), (&true.into(), &true.into()));
    }
}
