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
            // A program that refuses its input does not read the rest.
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

/// The audio of a file after its `data` header.
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
    // Shorter than the cable's latency, and with silence at both ends.
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
    for (front, what) in [(&b"fLaC\0\0\0\x22"[..], "FLAC"), (b"OggS\0\x02\0\0", "Ogg")] {
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

/// Tests that need more of the system than a pipe, and tests with other programs.
#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io::{Read, Seek, SeekFrom, Write};
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use wave::wav::Wav;

    use super::{acxhost, object, sound, stereo, text};

    /// Whether ffmpeg and sox are installed. Prints how to get them, and fails if they are
    /// required.
    fn has_programs() -> bool {
        let is_there = |name| Command::new(name).arg("-h").output().is_ok();
        let all = ["ffmpeg", "sox"].into_iter().all(is_there);
        if !all {
            let words = "not run: ffmpeg or sox is missing: sudo apt-get install ffmpeg sox";
            assert!(std::env::var("ACXVAD_CI").as_deref() != Ok("required"), "{words}");
            eprintln!("{words}");
        }
        all
    }

    /// Runs it in a folder. Returns its standard output.
    fn shell(folder: &Path, line: &str) -> Vec<u8> {
        let mut command = Command::new("sh");
        let output = command.args(["-c", line]).current_dir(folder).stdin(Stdio::null()).output();
        let output = output.unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {errors}");
        output.stdout
    }

    /// Whether float samples are equal except for rounding.
    fn is_near(one: &[u8], other: &[u8]) -> bool {
        let samples = |bytes: &[u8]| -> Vec<f32> {
            bytes.as_chunks::<4>().0.iter().map(|own| f32::from_le_bytes(*own)).collect()
        };
        let (one, other) = (samples(one), samples(other));
        one.len() == other.len() && one.iter().zip(&other).all(|(a, b)| (a - b).abs() < 1e-6)
    }

    /// ffmpeg and sox read a file correctly.
    fn others_read(file: &Path, what: &str) {
        let wav = Wav::read(file).unwrap();
        let carried = wav.format.carried;
        let wide = match carried.bits {
            16 => {
                wav.audio.as_chunks::<2>().0.iter().flat_map(|own| [0, 0, own[0], own[1]]).collect()
            }
            _ => wav.audio,
        };
        let kind = if carried.float { "f32" } else { "s32" };
        let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap().display());
        for line in
            [format!("ffmpeg -v error -i {name} -f {kind}le -"), format!("sox {name} -t {kind} -")]
        {
            let found = shell(folder, &line);
            // sox converts float to 32-bit integers internally.
            let near = carried.float && line.starts_with("sox");
            let is_same = if near { is_near(&found, &wide) } else { found == wide };
            assert!(is_same, "{what}: {line}: {} of {} bytes", found.len(), wide.len());
        }
    }

    #[test]
    fn other_programs_read_what_was_recorded() {
        if !has_programs() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out.wav");
        for setting in [
            "DefaultSample=0",
            "DefaultSample=1",
            "DefaultSample=2",
            "DefaultSample=3",
            "DefaultSample=4",
            "DefaultChannels=1",
            "DefaultChannels=6",
        ] {
            let record = ["record", text(&file), "--seconds", "0.1", "--source", "tone"];
            let run = acxhost(&[&record[..], &["--set", setting]].concat()).output().unwrap();
            assert_eq!(run.status.code(), Some(0), "{setting}: {run:?}");
            others_read(&file, setting);
        }
        // Bits, bytes of a sample, and whether the chunk is an extensible one.
        for (bits, bytes, long) in [
            (8, 1, false),
            (12, 2, false),
            (12, 2, true),
            (20, 3, false),
            (20, 3, true),
            (16, 4, false),
            (20, 4, true),
            (24, 4, false),
            (24, 4, true),
            (32, 4, true),
        ] {
            let mut audio = sound(3000);
            audio.truncate(audio.len() / (2 * usize::from(bytes)) * 2 * usize::from(bytes));
            for sample in audio.chunks_mut(usize::from(bytes)) {
                let unused = 8 * usize::from(bytes) - bits;
                sample[..unused / 8].fill(0);
                sample[unused / 8] &= 0xFF << (unused % 8);
            }
            let mut input = stereo(0, audio.len() as u32, &audio);
            (input[32], input[34]) = (2 * bytes, bits as u8);
            if long {
                (input[20], input[21], input[34]) = (0xFE, 0xFF, 8 * bytes);
                let mut rest = vec![22, 0, bits as u8, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0];
                rest.extend([0x80, 0, 0, 0xAA, 0, 0x38, 0x9B, 0x71]);
                input[16] = 40;
                input.splice(36..36, rest);
            }
            let what = format!("{bits} bits in {bytes} bytes, extensible {long}");
            fs::write(folder.path().join("in.wav"), &input).unwrap();
            let run = acxhost(&["play", "in.wav", "--record", "out.wav", "--json"])
                .current_dir(folder.path())
                .output()
                .unwrap();
            assert_eq!(run.status.code(), Some(0), "{what}: {run:?}");
            let value = object(&run.stdout);
            assert_eq!(value["bit_exact"], true, "{what}");
            others_read(&file, &what);
            // The recording equals the original.
            let [sent, came] =
                ["in.wav", "out.wav"].map(|name| Wav::read(&folder.path().join(name)).unwrap());
            let block = sent.audio.len() / value["frames_played"].as_u64().unwrap() as usize;
            let latency = value["latency_frames"].as_u64().unwrap() as usize * block;
            assert!(came.audio[latency..] == sent.audio, "{what}");
        }
    }

    #[test]
    fn the_command_that_is_named_converts_the_file() {
        if !has_programs() {
            return;
        }
        let tone = "ffmpeg -v error -f lavfi -i sine=duration=0.1";
        for (name, made_by) in [
            ("song.aiff", ""),
            ("song.flac", ""),
            ("song.mp3", ""),
            ("song.ogg", ""),
            ("song.w64", ""),
            ("song.au", ""),
            ("song.caf", ""),
            ("song.m4a", ""),
            ("song.aac", ""),
            ("song.mka", ""),
            ("song.wma", ""),
            ("song.wv", ""),
            ("song.voc", ""),
            ("bare.mp3", "-write_xing 0 -id3v2_version 0"),
            ("my law.wav", "-c:a pcm_alaw"),
            ("adpcm.wav", "-c:a adpcm_ms"),
            ("fine.wav", "-af aformat=dbl,volume=0.3:precision=double -c:a pcm_f64le"),
            ("rifx.wav", "-f wav - | sox -t wav - -B -b 32"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            shell(folder.path(), &format!("{tone} {made_by} '{name}'"));
            let play =
                |name: &str| acxhost(&["play", name]).current_dir(folder.path()).output().unwrap();
            let run = play(name);
            let line = String::from_utf8(run.stderr).unwrap();
            assert_eq!((run.status.code(), line.lines().count()), (Some(2), 1), "{name}: {line}");
            let command = line.split('`').nth(1).unwrap_or_else(|| panic!("{name}: {line}"));
            shell(folder.path(), command);
            let run = play("converted.wav");
            assert_eq!(run.status.code(), Some(0), "{command}: {run:?}");
        }
    }

    /// Takes half a minute or more.
    #[test]
    fn a_file_of_three_gigabytes_is_played_in_constant_memory() {
        if std::env::var("ACXVAD_LONG").is_err() {
            eprintln!("not run: this takes half a minute or more; ACXVAD_LONG=1 lets it");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        // Eight channels of 4 bytes at 192 kHz; the file has one piece of sound, and then holes.
        let bytes: u32 = 3_000_000_000 / 32 * 32;
        let mut header = stereo(36 + bytes, bytes, &sound(32));
        (header[22], header[32], header[34]) = (8, 32, 32);
        header[24..28].copy_from_slice(&192_000_u32.to_le_bytes());
        header[28..32].copy_from_slice(&(192_000_u32 * 32).to_le_bytes());
        let mut file = File::create(&path).unwrap();
        file.write_all(&header).unwrap();
        file.set_len(44 + u64::from(bytes)).unwrap();
        file.seek(SeekFrom::End(-128)).unwrap();
        file.write_all(&sound(32)).unwrap();
        let mut child = acxhost(&["play", text(&path), "--record", "-", "--json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdout, mut room) = (child.stdout.take().unwrap(), vec![0; 1 << 20]);
        let (mut came, mut most) = (0, 0);
        loop {
            let count = stdout.read(&mut room).unwrap();
            if count == 0 {
                break;
            }
            came += count as u64;
            // Check just before its end, too.
            if came >> 26 != (came - count as u64) >> 26 {
                most = peak_memory(&child).max(most);
            }
        }
        let run = child.wait_with_output().unwrap();
        assert_eq!(run.status.code(), Some(0), "{run:?}");
        let value = object(&run.stderr);
        assert_eq!(
            (&value["bit_exact"], &value["frames_played"]),
            (&true.into(), &(bytes / 32).into())
        );
        eprintln!("{came} bytes came, with {most} kB of memory at most");
        assert!(came > bytes.into() && most < 40_000, "{came} bytes, {most} kB");
    }

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

    /// The peak memory of a process, in kilobytes.
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
