//! A private sound server for a test, and `acxhost serve` with it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The maximum wait for something that a busy machine only delays.
const LIMIT: Duration = Duration::from_secs(60);

/// Waits until a condition holds. `what` names it in the failure.
pub(crate) fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let until = Instant::now() + LIMIT;
    while !is_so() {
        assert!(Instant::now() < until, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A PulseAudio or PipeWire without devices, for one test.
pub(crate) struct Sound {
    pub(crate) server: Child,
    /// PipeWire's processes beside its Pulse server.
    pub(crate) others: Vec<Child>,
    pub(crate) folder: TempDir,
    pub(crate) socket: &'static str,
}

/// Whether a program is installed.
pub(crate) fn has(program: &str) -> bool {
    let mut command = Command::new(program);
    let asked = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok()
}

/// Whether a missing program fails a test.
fn is_required() -> bool {
    ["ACXVAD_AUDIO", "ACXVAD_CI"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value == "required"))
}

/// The sound server, or None if these tests are not requested: they stream in real time, and other
/// work on the machine would make them fail.
pub(crate) fn sound(programs: &[&str]) -> Option<Sound> {
    if !is_required() {
        eprintln!("not run: this streams in real time; ACXVAD_AUDIO=required lets it");
        return None;
    }
    let missing: Vec<_> = programs.iter().filter(|name| !has(name)).collect();
    assert!(
        missing.is_empty(),
        "{missing:?} are not installed (apt-get install pulseaudio pulseaudio-utils), and ACXVAD_AUDIO wants them"
    );
    Some(Sound::start())
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
        let sound = Self { server, others: Vec::new(), folder, socket: "socket" };
        sound.wait_for(sound.socket);
        sound
    }

    pub(crate) fn wait_for(&self, name: &str) {
        wait_until("the socket of the sound server", || self.path(name).exists());
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that uses this sound server only.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        self.at_home(&mut command);
        command
    }

    /// Makes a program use this sound server only.
    pub(crate) fn at_home(&self, command: &mut Command) {
        at_home(command, self.folder.path());
        command.env("PULSE_SERVER", format!("unix:{}", self.path(self.socket).display()));
    }

    /// `acxhost serve`, once its devices exist.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        self.serve_driver(&[], arguments)
    }

    /// Like [`serve`](Self::serve), for a driver.
    pub(crate) fn serve_driver(&self, driver: &[&str], arguments: &[&str]) -> Serving {
        let mut command = self.program(env!("CARGO_BIN_EXE_acxhost"));
        command.args(driver).args(["serve", "--json"]).args(arguments);
        Serving::start(command)
    }

    /// The output of `pactl list short`.
    pub(crate) fn list(&self, what: &str) -> String {
        let output = self.program("pactl").args(["list", "short", what]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

pub(crate) fn at_home(command: &mut Command, folder: &Path) {
    command.env("HOME", folder).env("XDG_RUNTIME_DIR", folder);
    for name in ["PULSE_SERVER", "PULSE_RUNTIME_PATH", "PULSE_COOKIE", "DISPLAY"] {
        command.env_remove(name);
    }
}

impl Drop for Sound {
    fn drop(&mut self) {
        for process in std::iter::once(&mut self.server).chain(&mut self.others) {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// The maximum wait in seconds, counted by `serve`'s lines.
const LINES: u32 = 180;

/// `acxhost serve` while it runs.
pub(crate) struct Serving {
    pub(crate) program: Child,
    pub(crate) lines: BufReader<std::process::ChildStdout>,
    /// Its first line.
    pub(crate) first: Value,
}

impl Serving {
    /// Starts it, and waits for its first line.
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped());
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut lines = BufReader::new(program.stdout.take().unwrap());
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        let first = serde_json::from_str(&line).unwrap();
        Self { program, lines, first }
    }

    /// Reads its lines, one per second, until one satisfies `is_it`. `what` names it in the
    /// failure.
    pub(crate) fn until(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) {
        let mut value = Value::Null;
        for _ in 0..LINES {
            let mut line = String::new();
            self.lines.read_line(&mut line).unwrap();
            value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{what}: {why}"));
            if is_it(&value) {
                return;
            }
        }
        panic!("{what}: not in {LINES} lines of it, of which the last is {value}");
    }

    /// Stops it like Ctrl-C. Returns its exit status and last line.
    pub(crate) fn stop(mut self) -> (Option<i32>, Value) {
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
pub(crate) fn noise(frames: u32) -> Vec<u8> {
    let frame = |index: u32| (index.wrapping_mul(2_654_435_761) | 0x0001_0001).to_le_bytes();
    (1..=frames).flat_map(frame).collect()
}

/// pacat's options for that format.
pub(crate) const RAW: [&str; 4] = ["--raw", "--format=s16le", "--rate=48000", "--channels=2"];

/// The length of a file.
fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// Waits until a recorder of 16 bit stereo has written this many frames.
pub(crate) fn records(path: &Path, frames: u64) {
    wait_until(&format!("{frames} frames in {}", path.display()), || length(path) > 4 * frames);
}

/// Waits until a recorder of 16 bit stereo has written another second that ends in silence: then
/// the file has all audio, however late the recorder is.
pub(crate) fn falls_silent(path: &Path) {
    let before = length(path);
    wait_until(&format!("silence at the end of {}", path.display()), || {
        let recorded = fs::read(path).unwrap();
        let tail = recorded.len().saturating_sub(48_000 / 5 * 4);
        recorded.len() as u64 > before + 48_000 * 4
            && recorded[tail..].iter().all(|byte| *byte == 0)
    });
}

/// The microphone's recording while `play` plays, from the first frame that is not silent.
pub(crate) fn heard(sound: &Sound, microphone: &str, play: &mut Command) -> Vec<u8> {
    let back = sound.path("back.raw");
    let mut record = sound.program("parec");
    record.args(RAW).args(["--latency-msec=20", "--device", microphone]);
    let mut recording = record.stdout(File::create(&back).unwrap()).spawn().unwrap();
    records(&back, 480);
    let played = play.output().unwrap();
    falls_silent(&back);
    recording.kill().unwrap();
    recording.wait().unwrap();
    assert!(played.status.success(), "{play:?}: {}", String::from_utf8_lossy(&played.stderr));
    let recorded = fs::read(back).unwrap();
    let frames = recorded.as_chunks::<4>().0;
    frames.iter().copied().skip_while(|frame| *frame == [0; 4]).flatten().collect()
}

/// The ticks of all processors so far: idle ones, and all.
fn ticks() -> [u64; 2] {
    let table = fs::read_to_string("/proc/stat").unwrap();
    let fields = table.lines().next().unwrap().split_whitespace().skip(1);
    let ticks: Vec<u64> = fields.map(|field| field.parse().unwrap()).collect();
    [ticks[3], ticks.iter().sum()]
}

/// A machine with a smaller share of idle time is busy. These tests alone leave more.
const IDLE: f64 = 0.25;

/// The number of attempts in real time.
const TRIES: usize = 10;

/// Repeats something in real time until it is right. `one` returns the problem and the number of
/// glitches. A problem on an idle machine without a glitch fails at once; on a busy machine it is
/// repeated. It never passes without being right once.
pub(crate) fn unless_too_busy(mut one: impl FnMut() -> (Option<String>, u64)) {
    let mut tries = Vec::new();
    for _ in 0..TRIES {
        let start = ticks();
        let (wrong, glitches) = one();
        let Some(wrong) = wrong else { return };
        let end = ticks();
        let [idle, all] = [0, 1].map(|index| (end[index] - start[index]) as f64);
        let idle = idle / all.max(1.0);
        let words =
            format!("{wrong}\n({glitches} glitches, processors idle: {:.0} %)", idle * 100.0);
        eprintln!("{words}");
        assert!(
            glitches > 0 || idle < IDLE,
            "the machine was not busy, nor did it glitch: {words}"
        );
        tries.push(words);
    }
    panic!("the machine was too busy for {TRIES} tries, or it is wrong: {tries:#?}");
}

/// The glitches in a last line, which must show that no rule was broken.
pub(crate) fn glitches((status, last): &(Option<i32>, Value)) -> u64 {
    assert_eq!((*status, last["violations"].as_u64()), (Some(0), Some(0)), "{last}");
    last["glitches"].as_u64().unwrap()
}

/// The volume and mute of a device in a line.
pub(crate) fn volume_of(value: &Value, name: &str) -> Value {
    let devices = value["devices"].as_array().cloned().unwrap_or_default();
    let own = devices.into_iter().find(|own| own["name"] == name);
    own.map_or(Value::Null, |own| json!([own["volume_db"], own["muted"]]))
}

/// Whether a line has a device at the server's half volume, -18 dB.
pub(crate) fn is_half(value: &Value, name: &str) -> bool {
    volume_of(value, name)[0].as_f64().is_some_and(|level| (level + 18.06).abs() < 0.01)
}

/// Adds silence before the noise, so that audio recorded before a program starts to play is silent.
pub(crate) fn with_silence(noise: &[u8]) -> Vec<u8> {
    let silence = vec![0; 48_000 / 5 * 4];
    [&silence[..], noise, &silence].concat()
}
