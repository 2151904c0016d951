//! A sound server of a test's own, and `acxhost serve` at it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// A PulseAudio or PipeWire without devices, for one test.
pub(crate) struct Sound {
    pub(crate) server: Child,
    /// What PipeWire consists of beside its Pulse server.
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

/// Whether what is missing fails a test.
fn is_required() -> bool {
    ["ACXVAD_AUDIO", "ACXVAD_CI"]
        .iter()
        .any(|name| std::env::var(name).is_ok_and(|value| value == "required"))
}

/// The sound server, or None where these tests are not asked for: they stream in real time, and
/// other work on the machine would fail them.
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
        let until = Instant::now() + Duration::from_secs(20);
        while !self.path(name).exists() {
            assert!(Instant::now() < until, "the sound server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that knows no other sound server.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        at_home(&mut command, self.folder.path());
        command.env("PULSE_SERVER", format!("unix:{}", self.path(self.socket).display()));
        command
    }

    /// `acxhost serve`, once its devices are there.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Serving {
        self.serve_driver(&[], arguments)
    }

    /// As [`serve`](Self::serve), of a driver.
    pub(crate) fn serve_driver(&self, driver: &[&str], arguments: &[&str]) -> Serving {
        let mut command = self.program(env!("CARGO_BIN_EXE_acxhost"));
        command.args(driver).args(["serve", "--json"]).args(arguments);
        Serving::start(command)
    }

    /// What `pactl list short` says.
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

    /// Asks it to end, as Ctrl-C does; its exit status and last line.
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

/// That format, as pacat is told it.
pub(crate) const RAW: [&str; 4] = ["--raw", "--format=s16le", "--rate=48000", "--channels=2"];

/// What comes out of the microphone while `play` plays, from the first frame that is not silent.
pub(crate) fn heard(sound: &Sound, microphone: &str, play: &mut Command) -> Vec<u8> {
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
pub(crate) fn with_silence(noise: &[u8]) -> Vec<u8> {
    let silence = vec![0; 48_000 / 5 * 4];
    [&silence[..], noise, &silence].concat()
}
