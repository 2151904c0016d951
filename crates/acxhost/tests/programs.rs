//! Third-party programs play and record through the driver, served by `acxhost serve`.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};
use std::time::{Duration, Instant};

#[path = "sound/browser.rs"]
mod browser;
#[path = "sound/pipewire.rs"]
mod pipewire;
mod sound;

use sound::{
    RAW, Sound, falls_silent, glitches, has, heard, is_half, noise, records, sound,
    unless_too_busy, wait_until, with_silence,
};

/// A reserve that is large enough for bit exactness on a busy machine.
const STEADY: [&str; 6] = ["--period-ms", "10", "--reserve-ms", "100", "--set", "Composite=0"];

const RATE: u32 = 48_000;

/// One test streams at a time, because they would delay each other.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes noise with silence around it as a WAV. Returns the file and the noise.
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

/// ALSA devices that use the sound server.
const ALSA: &str = "\
pcm.speaker { type pulse device \"Speaker0\" }
pcm.microphone { type pulse device \"Microphone0\" }
";

/// Fails if a program is missing, or Python's module for PortAudio.
fn demand(program: &str) {
    let has_module = || Command::new(PYTHON).args(["-c", "import pyaudio"]).status().unwrap();
    let (what, is_there) = match program {
        PYTHON => ("the module pyaudio", has(PYTHON) && has_module().success()),
        _ => (program, has(program)),
    };
    assert!(
        is_there,
        "{what} is not installed, and ACXVAD_AUDIO or ACXVAD_CI wants it: docs/serve.md has the packages"
    );
}

/// Tests that need a browser, PipeWire or Wine run only in .ci/long.
fn is_long() -> bool {
    let is_asked = std::env::var("ACXVAD_AUDIO").is_ok_and(|value| value == "required");
    if !is_asked {
        eprintln!("not run: ACXVAD_AUDIO=required asks for it");
    }
    is_asked
}

/// The problem with the recording, if any.
fn difference(name: &str, noise: &[u8], back: &[u8]) -> Option<String> {
    if back.len() < noise.len() {
        return Some(format!("{name}: {} bytes of {}", back.len(), noise.len()));
    }
    let differs = noise.iter().zip(back).position(|(one, other)| one != other);
    differs.map(|at| format!("{name}: byte {at} differs"))
}

/// Programs that play a file at Speaker0: name, arguments before and after the file.
const PLAYERS: [(&str, &[&str], &[&str]); 7] = [
    ("paplay", &["--device=Speaker0"], &[]),
    ("sox", &["-q"], &["-t", "pulseaudio", "Speaker0"]),
    // It does not wait for the end of playback: with its default buffer of seconds it would play
    // nothing.
    (
        "ffmpeg",
        &["-v", "error", "-i"],
        &["-f", "pulse", "-device", "Speaker0", "-buffer_duration", "100", "noise"],
    ),
    ("aplay", &["-q", "-D", "speaker"], &[]),
    (
        "mpv",
        &[
            "--no-config",
            "--really-quiet",
            "--no-video",
            "--ao=pulse",
            "--audio-device=pulse/Speaker0",
        ],
        &[],
    ),
    // SDL 2.
    ("ffplay", &["-v", "error", "-nodisp", "-autoexit"], &[]),
    (PYTHON, &["-c", PORTAUDIO_PLAYS], &[]),
];

/// PortAudio is tested through its Python module, which only the system's Python has.
const PYTHON: &str = "/usr/bin/python3";

const PORTAUDIO_PLAYS: &str = r#"
import sys, wave, pyaudio
audio = pyaudio.PyAudio()
every = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
speaker = next(own["index"] for own in every if own["name"] == "speaker")
stream = audio.open(rate=48000, channels=2, format=pyaudio.paInt16, output=True,
                    output_device_index=speaker)
with wave.open(sys.argv[1]) as file:
    stream.write(file.readframes(file.getnframes()))
stream.stop_stream()
audio.terminate()
"#;

const PORTAUDIO_RECORDS: &str = r#"
import sys, pyaudio
audio = pyaudio.PyAudio()
every = (audio.get_device_info_by_index(index) for index in range(audio.get_device_count()))
microphone = next(own["index"] for own in every if own["name"] == "microphone")
stream = audio.open(rate=48000, channels=2, format=pyaudio.paInt16, input=True,
                    input_device_index=microphone)
while True:
    sys.stdout.buffer.write(stream.read(4800, exception_on_overflow=False))
"#;

/// Programs that record Microphone0 to standard output until they are stopped: name, arguments.
const RECORDERS: [(&str, &[&str]); 5] = [
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
            "-f",
            "s16le",
            "-",
        ],
    ),
    ("arecord", &["-q", "-D", "microphone", "-f", "S16_LE", "-r", "48000", "-c", "2", "-t", "raw"]),
    (PYTHON, &["-c", PORTAUDIO_RECORDS]),
];

#[test]
fn what_players_play_comes_out_of_the_microphone_bit_exact() {
    let _alone = turn();
    let Some(sound) = sound(&["pulseaudio", "pactl", "parec"]) else { return };
    fs::write(sound.path(".asoundrc"), ALSA).unwrap();
    let (file, noise) = input(&sound);
    for (name, before, behind) in PLAYERS {
        demand(name);
        unless_too_busy(|| {
            let serving = sound.serve(&STEADY);
            assert!(serving.first["serving"].is_array(), "{}", serving.first);
            assert!(sound.list("sources").contains("Microphone0"));
            let mut play = sound.program(name);
            // SDL reads its driver and device from these variables.
            play.env("SDL_AUDIODRIVER", "pulseaudio").env("PULSE_SINK", "Speaker0");
            play.args(before).arg(&file).args(behind);
            let back = heard(&sound, "Microphone0", &mut play);
            (difference(name, &noise, &back), glitches(&serving.stop()))
        });
        eprintln!("{name} plays: bit exact");
    }
}

/// All record at once, as programs share a microphone. Returns the problems of their recordings.
fn record_all(sound: &Sound, file: &std::path::Path, noise: &[u8]) -> Option<String> {
    let recordings = RECORDERS.into_iter().map(|(name, arguments)| {
        demand(name);
        let path = sound.path(&format!("{}.raw", name.replace('/', "_")));
        let to = fs::File::create(&path).unwrap();
        (name, path, sound.program(name).args(arguments).stdout(to).spawn().unwrap())
    });
    let mut recordings: Vec<_> = recordings.collect();
    for (_, path, _) in &recordings {
        records(path, 480);
    }
    let mut play = sound.program("paplay");
    assert!(play.arg("--device=Speaker0").arg(file).status().unwrap().success());
    for (_, path, _) in &recordings {
        falls_silent(path);
    }
    let mut wrong = None;
    for (name, path, recording) in &mut recordings {
        // They record until they are stopped.
        let _ = Command::new("kill").args(["-TERM", &recording.id().to_string()]).status();
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
    unless_too_busy(|| {
        let serving = sound.serve(&STEADY);
        let wrong = record_all(&sound, &file, &noise);
        (wrong, glitches(&serving.stop()))
    });
}

/// The latency of a click from the program that plays it to the one that records it: at the monitor
/// of the sink, which is the path without the driver, and at the microphone.
fn latencies(sound: &Sound, sources: &[&str], clicks: u32) -> Vec<Vec<Duration>> {
    let (sender, receiver) = mpsc::channel();
    let (began, begins) = mpsc::channel();
    let mut recordings = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let mut record = sound.program("parec");
        record.args(RAW).args(["--latency-msec=2", "--device", source]);
        let mut recording = record.stdout(Stdio::piped()).spawn().unwrap();
        let mut audio = recording.stdout.take().unwrap();
        let (sender, began) = (sender.clone(), began.clone());
        recordings.push(recording);
        std::thread::spawn(move || {
            let (mut room, mut quiet) = ([0; 4096], 0);
            while let Ok(count @ 1..) = audio.read(&mut room) {
                let at = Instant::now();
                let _ = began.send(index);
                for byte in &room[..count] {
                    if *byte != 0 && quiet > 4800 {
                        let _ = sender.send((index, at));
                    }
                    quiet = if *byte == 0 { quiet + 1 } else { 0 };
                }
            }
        });
    }
    let streams = sound.list("sink-inputs").lines().count();
    let mut play = sound.program("pacat");
    play.args(RAW).args(["--latency-msec=2", "--device=Speaker0", "--playback"]);
    let mut playing = play.stdin(Stdio::piped()).spawn().unwrap();
    let mut audio = playing.stdin.take().unwrap();
    let mut silent: std::collections::BTreeSet<_> = (0..sources.len()).collect();
    wait_until("the beginning of the recordings", || {
        for index in begins.try_iter() {
            silent.remove(&index);
        }
        silent.is_empty()
    });
    drop(begins);
    wait_until("the stream of pacat", || sound.list("sink-inputs").lines().count() > streams);
    let mut sent = Vec::new();
    for _ in 0..clicks {
        std::thread::sleep(Duration::from_millis(300));
        sent.push(Instant::now());
        // Nothing is played between them, because audio buffered in advance would be measured, too.
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
        unless_too_busy(|| {
            let serving = sound.serve(arguments);
            let found = latencies(&sound, &["Speaker0.monitor", "Microphone0"], 12);
            let glitches = glitches(&serving.stop());
            if found.iter().any(Vec::is_empty) {
                return (Some(format!("{words}: {found:?}")), glitches);
            }
            let of = |span: Duration| span.as_secs_f64() * 1000.0;
            let middle = |list: &[Duration]| of(list[list.len() / 2]);
            let (without, with, least) = (middle(&found[0]), middle(&found[1]), of(found[1][0]));
            eprintln!(
                "{words}: {with:.1} ms ({least:.1} at least) with the driver, {without:.1} ms without it"
            );
            // Less than the distance of two clicks, or the measurement is meaningless;
            // docs/evidence.md has figures.
            let is_right = with < 200.0 && without < with;
            ((!is_right).then(|| format!("{words}: {found:?}")), glitches)
        });
    }
}

#[test]
fn pw_cat_plays_and_records_bit_exact_through_pipewire_and_its_volume_is_applied_once() {
    let _alone = turn();
    if !is_long() {
        return;
    }
    for name in ["dbus-daemon", "pipewire", "wireplumber", "pipewire-pulse", "pw-cat"] {
        demand(name);
    }
    let sound = Sound::pipewire();
    let (file, noise) = input(&sound);
    let back = sound.path("back.wav");
    let through = |sound: &Sound| {
        let program = || {
            let mut command = real_time("pw-cat");
            sound.at_home(&mut command);
            command
        };
        let mut record = program();
        record.args(["-r", "--target=Microphone0", "--rate=48000", "--channels=2", "--format=s16"]);
        let mut recording = record.arg(&back).spawn().unwrap();
        // Its rate adapts to the server's for a second.
        records(&back, 72_000);
        let mut play = program();
        assert!(play.args(["-p", "--target=Speaker0"]).arg(&file).status().unwrap().success());
        falls_silent(&back);
        let _ = Command::new("kill").args(["-TERM", &recording.id().to_string()]).status();
        recording.wait().unwrap();
        // Its header has 44 bytes.
        fs::read(&back).unwrap().split_off(44)
    };
    unless_too_busy(|| {
        let mut serving = sound.serve(&STEADY);
        let recorded = through(&sound);
        let place = recorded.windows(64).position(|window| *window == noise[..64]);
        let wrong = difference("pw-cat", &noise, place.map_or(&[], |place| &recorded[place..]));
        let half = ["set-sink-volume", "Speaker0", "50%"];
        assert!(sound.program("pactl").args(half).status().unwrap().success());
        serving.until("half volume", |value| is_half(value, "Speaker0"));
        let samples = through(&sound);
        let samples = samples.as_chunks::<2>().0.iter().map(|two| i16::from_le_bytes(*two));
        let loudest = samples.map(i16::unsigned_abs).max();
        // An eighth of 32767: 64 would be twice.
        let is_right = loudest.is_some_and(|loudest| (4_000..4_200).contains(&loudest));
        let wrong = wrong.or((!is_right).then(|| format!("at half volume: {loudest:?}")));
        (wrong, glitches(&serving.stop()))
    });
}

/// Opens a page in a browser that uses the driver's devices, and checks the page's results.
fn hears_the_tones_that_it_plays(start: fn(&Sound, &str) -> Command) {
    let _alone = turn();
    if !is_long() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    unless_too_busy(|| {
        let serving = sound.serve(&STEADY);
        for (what, device) in [("sink", "Speaker0"), ("source", "Microphone0")] {
            let mut pactl = sound.program("pactl");
            let set = pactl.arg(format!("set-default-{what}")).arg(device).status();
            assert!(set.unwrap().success());
        }
        let mut command = start(&sound, &address);
        let mut browser = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let heard = browser::said(&listener);
        let _ = browser.kill();
        let _ = browser.wait();
        let glitches = glitches(&serving.stop());
        let figure = |name: &str| heard[name].as_f64().unwrap_or(0.0);
        let is_near = |name, wanted: f64, off: f64| (figure(name) - wanted).abs() < off;
        // A quarter and an eighth of full scale, of sines.
        let is_right = is_near("hz0", 1000.0, 2.0)
            && is_near("level0", 0.1768, 0.002)
            && is_near("hz1", 1500.0, 2.0)
            && is_near("level1", 0.0884, 0.001);
        eprintln!("{command:?} hears {heard}");
        ((!is_right).then(|| heard.to_string()), glitches)
    });
}

#[test]
fn a_page_in_chromium_hears_the_tones_that_it_plays() {
    hears_the_tones_that_it_plays(browser::chromium);
}

#[test]
fn a_page_in_firefox_hears_the_tones_that_it_plays() {
    hears_the_tones_that_it_plays(browser::firefox);
}

/// A program with real-time priority, which audio gets on a desktop through rtkit and on Windows,
/// so that other work does not disturb it. Without the right to do so, a normal one.
fn real_time(program: &str) -> Command {
    let priority = ["--rr", "1"];
    let asked = Command::new("chrt").args(priority).arg("true").stderr(Stdio::null()).status();
    if !asked.is_ok_and(|status| status.success()) {
        return Command::new(program);
    }
    let mut command = Command::new("chrt");
    command.args(priority).arg(program);
    command
}

/// Windows programs of this workspace, as `cargo xtask programs --test` leaves them, and Wine.
fn windows_program(sound: &Sound, name: &str) -> Command {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/programs");
    let built = |profile| root.join("x86_64-pc-windows-gnu").join(profile).join(name);
    let program = [built("release"), built("debug")].into_iter().find(|path| path.exists());
    let program = program.unwrap_or_else(|| panic!("{name}: cargo xtask programs builds it"));
    let prefix = root.join("wine");
    assert!(
        prefix.exists(),
        "cargo xtask programs --test makes Wine's folder {}",
        prefix.display()
    );
    let wine = ["wine64", "/usr/lib/wine/wine64", "wine"].into_iter().find(|name| has(name));
    let mut command = real_time(wine.expect("apt-get install wine64"));
    sound.at_home(&mut command);
    command.arg(program);
    command.env("WINEPREFIX", prefix).env("WINEDEBUG", "-all");
    command
}

#[test]
fn programs_for_windows_play_and_record_over_wasapi_under_wine() {
    let _alone = turn();
    if !is_long() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "parec"]) else { return };
    let (file, noise) = input(&sound);
    // When Wine is late it plays silence, and its start varies: only the second half must be
    // complete.
    let noise = &noise[noise.len() / 2..];
    unless_too_busy(|| {
        let serving = sound.serve(&STEADY);
        let mut play = windows_program(&sound, "wasapi-play.exe");
        play.args(["--device", "Speaker0"]).arg(&file);
        let back = heard(&sound, "Microphone0", &mut play);
        let place = back.windows(64).position(|window| *window == noise[..64]);
        let wrong =
            difference("wasapi-play.exe", noise, place.map_or(&[][..], |place| &back[place..]));
        let mut both = windows_program(&sound, "wasapi-latency.exe");
        both.args(["--render", "Speaker0", "--capture", "Microphone0 (acxvad)", "--json"]);
        let both = both.output().unwrap();
        let words = String::from_utf8_lossy(&both.stdout);
        eprintln!("WASAPI, from play to record: {words}");
        // It fails if it records none, with the same message.
        let errors = String::from_utf8_lossy(&both.stderr);
        let found: serde_json::Value = serde_json::from_str(&words).unwrap_or_default();
        let is_heard = both.status.success() && found["heard"] == 5;
        let wrong = wrong.or((!is_heard).then(|| format!("wasapi-latency.exe: {words}{errors}")));
        (wrong, glitches(&serving.stop()))
    });
}

/// Cases of `conform --wasapi` that pass through Wine's mixer.
const THROUGH_WINE: [&str; 8] = ["S1", "S3", "S4", "W1", "W2", "B1", "B22", "B31"];

/// Cases that need exclusive mode, which Wine's driver for PulseAudio does not have.
const EXCLUSIVE_ONLY: [&str; 2] = ["W4", "K1"];

/// Runs a case of the suite. Its verdict, and whether it streamed at the two devices.
fn conform(sound: &Sound, id: &str) -> (serde_json::Value, [bool; 2]) {
    let mut suite = windows_program(sound, "acxhost.exe");
    suite.args(["--json", "conform", "--case", id]);
    suite.args(["--wasapi", "Speaker0", "Microphone0 (acxvad)"]);
    let mut suite = suite.stdout(Stdio::piped()).spawn().unwrap();
    let mut streamed = [false; 2];
    while suite.try_wait().unwrap().is_none() {
        let of = |what: &str, device: &str| {
            let devices = sound.list(what);
            let device = devices.lines().find(|line| line.contains(&format!("\t{device}\t")));
            device.map_or(String::new(), |line| line.split('\t').next().unwrap().to_owned())
        };
        let streams = |what: &str, device: &str| {
            let streams = sound.list(what);
            streams.lines().any(|line| line.split('\t').nth(1) == Some(device))
        };
        streamed[0] |= streams("sink-inputs", &of("sinks", "Speaker0"));
        streamed[1] |= streams("source-outputs", &of("sources", "Microphone0"));
        std::thread::sleep(Duration::from_millis(200));
    }
    let output = suite.wait_with_output().unwrap();
    let words = String::from_utf8_lossy(&output.stdout);
    let found: serde_json::Value =
        serde_json::from_str(&words).unwrap_or_else(|why| panic!("{id}: {why}: {words}"));
    let case = found["cases"].as_array().unwrap().iter().find(|case| case["id"] == id);
    (case.unwrap_or_else(|| panic!("{id}: {found}")).clone(), streamed)
}

/// Whether a case has the expected verdict through Wine.
fn is_expected(case: &serde_json::Value) -> bool {
    let figure = case["figure"].as_str().unwrap_or_default();
    if EXCLUSIVE_ONLY.iter().any(|id| case["id"] == *id) {
        return figure == "no end takes streams in exclusive mode";
    }
    let modes = ["Render shared event", "Render shared timer", "Capture shared event"];
    case["result"] == "passed" && modes.iter().all(|mode| figure.contains(mode))
}

#[test]
fn the_conformance_suite_runs_over_wasapi_under_wine() {
    let _alone = turn();
    if !is_long() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    let serving = sound.serve(&STEADY);
    let mut streamed = [false; 2];
    for id in [&THROUGH_WINE[..], &EXCLUSIVE_ONLY].concat() {
        // Wine's position stops while the machine is busy.
        unless_too_busy(|| {
            let (case, ends) = conform(&sound, id);
            streamed = [streamed[0] || ends[0], streamed[1] || ends[1]];
            ((!is_expected(&case)).then(|| case.to_string()), 0)
        });
    }
    assert_eq!(streamed, [true; 2], "streams of it at the speaker and at the microphone");
    glitches(&serving.stop());
}

#[test]
fn other_drivers_are_served_too() {
    let _alone = turn();
    if !is_long() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "paplay", "parec"]) else { return };
    let (file, noise) = input(&sound);
    let made = [
        ("c-driver/cable.sys", "c-driver"),
        ("image/x64/acxvad.sys", "build --release"),
        ("wdk/x64/acxvad.sys", "wdk-check"),
    ];
    for (image, task) in made {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target").join(image);
        assert!(path.exists(), "target/{image} is missing: cargo xtask {task} makes it");
        unless_too_busy(|| {
            let driver = ["--driver", path.to_str().unwrap()];
            let serving = sound.serve_driver(&driver, &STEADY[..4]);
            let description = serving.first["serving"][0]["description"].as_str().unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert_eq!(description, format!("Speaker0 ({name})"));
            let mut play = sound.program("paplay");
            play.arg("--device=Speaker0").arg(&file);
            let back = heard(&sound, "Microphone0", &mut play);
            (difference(image, &noise, &back), glitches(&serving.stop()))
        });
    }
}
