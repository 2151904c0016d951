//! `acxhost serve`: programs of the machine play and record through the driver, with a sound server of
//! their own that nobody hears.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A PulseAudio without devices, for one test.
struct Sound {
    server: Child,
    folder: TempDir,
}

/// Whether a program is installed.
fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    let asked = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok()
}

/// Whether what is missing fails a test.
fn is_required() -> bool {
    ["ACXVAD_AUDIO", "ACXVAD_CI"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value == "required"))
}

/// The sound server, or None with a loud word where these programs are not installed.
fn sound(programs: &[&str]) -> Option<Sound> {
    let missing: Vec<_> = programs.iter().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Some(Sound::start());
    }
    assert!(!is_required(), "{missing:?} are not installed, and ACXVAD_AUDIO wants them");
    eprintln!(
        "SKIPPED: {missing:?} are not installed (apt-get install pulseaudio pulseaudio-utils)"
    );
    None
}

impl Sound {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new("pulseaudio");
        command
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"])
            .arg("-L")
            .arg(format!(
                "module-native-protocol-unix socket={} auth-anonymous=1",
                folder.path().join("socket").display()
            ))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        at_home(&mut command, folder.path());
        let server = command.spawn().unwrap();
        let sound = Self { server, folder };
        let until = Instant::now() + Duration::from_secs(20);
        while !sound.path("socket").exists() {
            assert!(Instant::now() < until, "pulseaudio does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        sound
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that knows no other sound server.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        at_home(&mut command, self.folder.path());
        command.env("PULSE_SERVER", format!("unix:{}", self.path("socket").display()));
        command
    }

    /// `acxhost serve`, once its devices are there.
    fn serve(&self, arguments: &[&str]) -> Serving {
        let mut command = self.program(env!("CARGO_BIN_EXE_acxhost"));
        command.args(["serve", "--json"]).args(arguments);
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let first = serde_json::from_str(&line).unwrap();
        Serving { program, lines, first }
    }

    /// What `pactl list short` says.
    fn list(&self, what: &str) -> String {
        let output = self.program("pactl").args(["list", "short", what]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn at_home(command: &mut Command, folder: &Path) {
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder);
    for name in ["PULSE_SERVER", "PULSE_RUNTIME_PATH", "PULSE_COOKIE", "DISPLAY"] {
        command.env_remove(name);
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// `acxhost serve` while it runs.
struct Serving {
    program: Child,
    lines: BufReader<std::process::ChildStdout>,
    first: Value,
}

impl Serving {
    /// Asks it to end, as Ctrl-C does; its exit status and last line.
    fn stop(mut self) -> (Option<i32>, Value) {
        let process = self.program.id().to_string();
        assert!(Command::new("kill").args(["-INT", &process]).status().unwrap().success());
        let last = self.lines.by_ref().lines().last().unwrap().unwrap();
        let status = self.program.wait().unwrap();
        (status.code(), serde_json::from_str(&last).unwrap())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Frames of 16 bit stereo noise, none of them silent.
fn noise(frames: u32) -> Vec<u8> {
    let frame = |index: u32| (index.wrapping_mul(2_654_435_761) | 0x0001_0001).to_le_bytes();
    (1..=frames).flat_map(frame).collect()
}

const RAW: [&str; 4] = ["--raw", "--format=s16le", "--rate=48000", "--channels=2"];

/// What comes out of the microphone while `play` plays, from the first frame that is not silent.
fn heard(sound: &Sound, microphone: &str, play: &mut Command) -> Vec<u8> {
    let back = sound.path("back.raw");
    let mut record = sound.program("parec");
    record.args(RAW).args(["--latency-msec=20", "--device", microphone]);
    let mut recording = record.stdout(File::create(&back).unwrap()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let played = play.output().unwrap();
    std::thread::sleep(Duration::from_millis(700));
    recording.kill().unwrap();
    recording.wait().unwrap();
    assert!(played.status.success(), "{play:?}: {}", String::from_utf8_lossy(&played.stderr));
    let recorded = fs::read(back).unwrap();
    let frames = recorded.as_chunks::<4>().0;
    frames.iter().copied().skip_while(|frame| *frame == [0; 4]).flatten().collect()
}

/// Silence first: what the server has recorded already when a program begins to play stays silent.
fn with_silence(noise: &[u8]) -> Vec<u8> {
    let silence = vec![0; 48_000 / 5 * 4];
    [&silence[..], noise, &silence].concat()
}

#[test]
fn what_paplay_plays_comes_out_of_the_microphone_bit_exact() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    // A busy machine may be late: there is enough in reserve.
    let serving =
        sound.serve(&["--period-ms", "10", "--reserve-ms", "100", "--set", "Composite=0"]);
    let names: Vec<_> =
        serving.first["serving"].as_array().unwrap().iter().map(|own| &own["name"]).collect();
    assert_eq!(names, ["Speaker0", "Microphone0"]);
    let noise = noise(48_000);
    let input = sound.path("in.raw");
    fs::write(&input, with_silence(&noise)).unwrap();
    let mut play = sound.program("paplay");
    play.args(RAW).args(["--device", "Speaker0"]).arg(&input);
    let back = heard(&sound, "Microphone0", &mut play);
    let (status, last) = serving.stop();
    assert_eq!(status, Some(0), "{last}");
    assert!(back.len() >= noise.len(), "{} bytes of {}: {last}", back.len(), noise.len());
    let differs = noise.iter().zip(&back).position(|(one, other)| one != other);
    assert_eq!(differs, None, "{last}");
    assert!(back[noise.len()..].iter().all(|byte| *byte == 0));
    assert_eq!(last["violations"], 0);
    assert!(last["devices"][0]["packets"].as_u64().unwrap() > 100, "{last}");
}

#[test]
fn devices_come_with_it_and_go_with_it() {
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    let serving = sound.serve(&["--set", "Cables=2", "--set", "Composite=0", "--seconds", "60"]);
    assert_eq!(serving.first["leftovers_removed"], 0);
    let (sinks, sources) = (sound.list("sinks"), sound.list("sources"));
    for cable in 0..2 {
        assert!(sinks.contains(&format!("\tSpeaker{cable}\t")), "{sinks}");
        assert!(sources.contains(&format!("\tMicrophone{cable}\t")), "{sources}");
    }
    let before = sound.list("modules").lines().count();
    assert_eq!(serving.stop().0, Some(0));
    let after = sound.list("modules");
    assert_eq!((before, after.lines().count()), (7, 1), "{after}");
}

#[test]
fn what_a_killed_one_left_is_removed_and_what_a_living_one_has_stays() {
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    let mut killed = sound.serve(&["--set", "Composite=0"]);
    killed.program.kill().unwrap();
    killed.program.wait().unwrap();
    assert!(sound.list("sinks").contains("Speaker0"), "PulseAudio keeps modules");
    let living = sound.serve(&["--set", "Composite=0"]);
    assert_eq!(living.first["leftovers_removed"], 3);
    let second = sound.serve(&["--set", "Composite=0", "--seconds", "0.2"]);
    assert_eq!(second.first["leftovers_removed"], 0);
    assert_eq!(second.stop().0, Some(0));
    let sinks = sound.list("sinks");
    assert!(sinks.contains("\tSpeaker0\t"), "{sinks}");
    assert_eq!(living.stop().0, Some(0));
    assert_eq!(sound.list("sinks"), "");
}

#[test]
fn a_server_that_goes_away_ends_it_with_a_word() {
    let Some(mut sound) = sound(&["pulseaudio"]) else { return };
    let mut serving = sound.serve(&[]);
    sound.server.kill().unwrap();
    sound.server.wait().unwrap();
    let last = serving.lines.by_ref().lines().last().unwrap().unwrap();
    assert!(last.contains("the sound server went away"), "{last}");
    assert_eq!(serving.program.wait().unwrap().code(), Some(1));
}

fn without_server(folder: &Path, socket: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
    at_home(&mut command, folder);
    if let Some(socket) = socket {
        command.env("PULSE_SERVER", format!("unix:{socket}"));
    }
    command.args(["serve", "--seconds", "1"]).output().unwrap()
}

#[test]
fn without_a_server_there_is_one_clear_sentence() {
    let folder = TempDir::new().unwrap();
    let output = without_server(folder.path(), None);
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), words.lines().count()), (Some(2), 1), "{words}");
    assert!(words.contains("no sound server") && words.contains("apt-get install"), "{words}");
    let dead = folder.path().join("dead");
    // The socket of a server that is gone.
    drop(std::os::unix::net::UnixListener::bind(&dead).unwrap());
    let output = without_server(folder.path(), dead.to_str());
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), words.lines().count()), (Some(2), 1), "{words}");
    assert!(words.contains("no sound server answers at"), "{words}");
}
