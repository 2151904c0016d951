//! `acxhost serve`: programs of the machine play and record through the driver, with a sound server
//! of their own that nobody hears.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, Read, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

#[path = "sound/rtkit.rs"]
mod rtkit;
mod sound;

use rtkit::Asked;
use sound::{RAW, Serving, Sound, at_home, heard, noise, sound, with_silence};

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

/// What a busy machine has failed runs where it is asked for by name: .ci/long.
fn is_asked() -> bool {
    let is_asked = std::env::var("ACXVAD_AUDIO").is_ok_and(|value| value == "required");
    if !is_asked {
        eprintln!("not run: ACXVAD_AUDIO=required asks for it");
    }
    is_asked
}

/// Gives it an order, as somebody at the driver's side.
fn order(serving: &mut Serving, order: &str) {
    let input = serving.program.stdin.as_mut().unwrap();
    writeln!(input, "{order}").and_then(|()| input.flush()).unwrap();
}

/// Reads its lines until one is as it should be; the one after so many is the last.
fn until(serving: &mut Serving, lines: u32, is_it: impl Fn(&Value) -> bool) {
    let mut value = Value::Null;
    for _ in 0..lines {
        let mut line = String::new();
        serving.lines.read_line(&mut line).unwrap();
        value = serde_json::from_str(&line).unwrap();
        if is_it(&value) {
            return;
        }
    }
    panic!("not in {lines} lines: {value}");
}

/// What `pactl` answers.
fn ask(sound: &Sound, arguments: &[&str]) -> String {
    let output = sound.program("pactl").args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Whether `pactl` comes to answer so, within some seconds.
fn comes_to(sound: &Sound, arguments: &[&str], wanted: &str) {
    let mut answer = String::new();
    for _ in 0..100 {
        answer = ask(sound, arguments);
        if answer.contains(wanted) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{arguments:?}: {answer}, not {wanted}");
}

/// The sample that comes out of the microphone while a steady one is played at the speaker.
fn level_at(sound: &Sound, speaker: &str, microphone: &str) -> i16 {
    let steady = 16_384i16.to_le_bytes().repeat(2 * 24_000);
    let file = sound.path("steady.raw");
    fs::write(&file, with_silence(&steady)).unwrap();
    let mut play = sound.program("paplay");
    play.args(RAW).args(["--device", speaker]).arg(&file);
    let back = heard(sound, microphone, &mut play);
    let samples = back.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample));
    // The middle one of those that it lasts: a glitch, and a change that fades, are few.
    let mut samples: Vec<_> = samples.take(2 * 24_000).collect();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or(0)
}

fn level(sound: &Sound) -> i16 {
    level_at(sound, "Speaker0", "Microphone0")
}

/// The volume and mute of a device, of a line.
fn volume_of(value: &Value, name: &str) -> Value {
    let devices = value["devices"].as_array().cloned().unwrap_or_default();
    let own = devices.into_iter().find(|own| own["name"] == name);
    own.map_or(Value::Null, |own| json!([own["volume_db"], own["muted"]]))
}

/// Whether a line has a device at the server's half: -18 dB.
fn is_half(value: &Value, name: &str) -> bool {
    volume_of(value, name)[0].as_f64().is_some_and(|level| (level + 18.06).abs() < 0.01)
}

/// Takes orders, and bears a busy machine.
const ORDERED: [&str; 7] =
    ["--orders", "--period-ms", "10", "--reserve-ms", "60", "--set", "Composite=0"];

#[test]
fn volume_and_mute_follow_both_ways_and_are_applied_once() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let mut serving = sound.serve(&ORDERED);
    let (speaker, microphone) = ("Speaker0", "Microphone0");
    // The server's half is -18 dB: 16384 becomes 2049, and -36 dB would be 256.
    assert_eq!(level(&sound), 16_384);
    ask(&sound, &["set-sink-volume", speaker, "50%"]);
    until(&mut serving, 10, |value| is_half(value, speaker));
    let found = level(&sound);
    assert!((1_950..2_150).contains(&found), "speaker at half: {found}");
    ask(&sound, &["set-sink-volume", speaker, "100%"]);
    until(&mut serving, 10, |value| volume_of(value, speaker)[0] == 0.0);
    ask(&sound, &["set-source-volume", microphone, "50%"]);
    until(&mut serving, 10, |value| is_half(value, microphone));
    let found = level(&sound);
    assert!((1_950..2_150).contains(&found), "microphone at half: {found}");
    ask(&sound, &["set-source-mute", microphone, "1"]);
    until(&mut serving, 10, |value| volume_of(value, microphone)[1] == true);
    assert_eq!(level(&sound), 0);
    // And the other way.
    order(&mut serving, "mute Microphone0 off");
    comes_to(&sound, &["get-source-mute", microphone], "no");
    order(&mut serving, "volume Microphone0 0");
    comes_to(&sound, &["get-source-volume", microphone], "0.00 dB");
    assert_eq!(level(&sound), 16_384);
    order(&mut serving, "volume Speaker0 -6");
    comes_to(&sound, &["get-sink-volume", speaker], "-6.00 dB");
    let found = level(&sound);
    assert!((8_100..8_350).contains(&found), "speaker at -6 dB: {found}");
    order(&mut serving, "mute Speaker0 on");
    comes_to(&sound, &["get-sink-mute", speaker], "yes");
    order(&mut serving, "mute Nobody on");
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
}

#[test]
fn a_composite_endpoint_is_set_where_its_filters_have_their_controls() {
    if !is_asked() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let mut serving = sound.serve(&[&ORDERED[..6], &["Composite=1"]].concat());
    // The volume is in the codec's filter, the speaker's mute and jack in the amplifier's.
    let (speaker, microphone) = ("SpeakerDsp", "MicrophoneDsp");
    let level = |sound: &Sound| level_at(sound, speaker, microphone);
    assert_eq!(level(&sound), 16_384);
    ask(&sound, &["set-sink-volume", speaker, "50%"]);
    until(&mut serving, 10, |value| is_half(value, speaker));
    let found = level(&sound);
    assert!((1_950..2_150).contains(&found), "speaker at half: {found}");
    order(&mut serving, "volume SpeakerDsp 0");
    comes_to(&sound, &["get-sink-volume", speaker], "0.00 dB");
    order(&mut serving, "volume MicrophoneDsp -6");
    comes_to(&sound, &["get-source-volume", microphone], "-6.00 dB");
    let found = level(&sound);
    assert!((8_100..8_350).contains(&found), "microphone at -6 dB: {found}");
    ask(&sound, &["set-sink-mute", speaker, "1"]);
    until(&mut serving, 10, |value| volume_of(value, speaker)[1] == true);
    assert_eq!(level(&sound), 0);
    order(&mut serving, "mute SpeakerDsp off");
    comes_to(&sound, &["get-sink-mute", speaker], "no");
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
}

#[test]
fn a_jack_that_is_pulled_takes_its_device_and_brings_it_back() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let mut serving = sound.serve(&ORDERED);
    order(&mut serving, "jack Microphone0 out");
    until(&mut serving, 10, |value| *value == json!({ "jack": "Microphone0", "plugged": false }));
    let (sinks, sources) = (sound.list("sinks"), sound.list("sources"));
    assert!(sinks.contains("\tSpeaker0\t") && !sinks.contains("feed"), "{sinks}");
    assert!(!sources.contains("\tMicrophone0\t"), "{sources}");
    order(&mut serving, "jack Microphone0 in");
    until(&mut serving, 10, |value| *value == json!({ "jack": "Microphone0", "plugged": true }));
    assert_eq!(level(&sound), 16_384);
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
    assert_eq!((sound.list("sinks"), sound.list("sources")), (String::new(), String::new()));
}

#[test]
fn a_stall_leaves_no_latency() {
    if !is_asked() {
        return;
    }
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    let mut serving = sound.serve(&ORDERED);
    let process = serving.program.id().to_string();
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
    };
    // 60 to 70 ms are usual, and the surplus of such a stall is below what is dropped at once.
    let is_usual = |value: &Value| {
        let devices = value["devices"].as_array().cloned().unwrap_or_default();
        let usual = 30 * 48..100 * 48;
        let is_usual = |own: &Value| usual.contains(&own["queued_frames"].as_u64().unwrap());
        devices.len() == 2 && devices.iter().all(is_usual)
    };
    until(&mut serving, 20, is_usual);
    for _ in 0..3 {
        signal("-STOP");
        std::thread::sleep(Duration::from_millis(80));
        signal("-CONT");
        // The line of the stall itself may still be as before.
        until(&mut serving, 3, |value| value["seconds"].is_number());
        until(&mut serving, 20, is_usual);
    }
    assert_eq!(serving.stop().0, Some(0));
}

#[test]
fn the_clock_of_the_driver_comes_into_step_with_the_servers() {
    let Some(sound) = sound(&["pulseaudio", "pactl"]) else { return };
    // The server's clock is the machine's, and this driver's is 200 ppm ahead of it.
    let mut serving = sound.serve(&["--set", "ClockTrim=200", "--set", "Composite=0"]);
    assert_eq!(serving.first["serving"][0]["trim_ppm"], 200.0);
    assert_eq!(serving.first["serving"][1]["trim_ppm"], Value::Null, "one end leads");
    until(&mut serving, 120, |value| {
        let own = &value["devices"][0];
        own["in_step"] == true && own["trim_ppm"].as_f64().unwrap().abs() < 10.0
    });
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
}

/// Serves where limits give no priority, and a system bus has an rtkit; what that was asked.
fn with_rtkit(grants: bool) -> Option<(Value, u32, Vec<Asked>)> {
    let sound = sound(&["pulseaudio", "dbus-send", "prlimit"])?;
    let refuses = sound.path("chrt");
    fs::write(&refuses, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&refuses, fs::Permissions::from_mode(0o755)).unwrap();
    let bus = sound.path("bus");
    let asked = rtkit::bus(&bus, grants);
    let mut command = sound.program(env!("CARGO_BIN_EXE_acxhost"));
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", sound.folder.path().display()));
    command.env("DBUS_SYSTEM_BUS_ADDRESS", format!("unix:path={}", bus.display()));
    command.args(["serve", "--json", "--set", "Composite=0"]);
    let serving = Serving::start(command);
    let (first, process) = (serving.first["realtime_by"].clone(), serving.program.id());
    assert_eq!(serving.stop().0, Some(0));
    Some((first, process, asked.try_iter().collect()))
}

#[test]
fn rtkit_is_asked_for_each_thread_and_believed() {
    if !is_asked() {
        return;
    }
    let Some((given, process, asked)) = with_rtkit(true) else { return };
    assert_eq!(given, "rtkit", "{asked:?}");
    // What streams, what reads from the server, what follows volumes, and what waits for Ctrl-C.
    assert_eq!(asked.len(), 4, "{asked:?}");
    let threads: std::collections::BTreeSet<_> = asked.iter().map(|one| one.thread).collect();
    assert_eq!(threads.len(), 4, "{asked:?}");
    assert!(threads.contains(&process.into()), "{asked:?}");
    for one in asked {
        let Asked { member, process: of, priority, longest_run, .. } = &one;
        assert_eq!((member.as_str(), *of), ("MakeThreadRealtimeWithPID", process.into()));
        // rtkit refuses who may run for longer than 200 ms, and more than 20.
        assert_eq!((*priority, longest_run.as_str()), (4, "200000 200000"));
    }
    let (given, _, asked) = with_rtkit(false).unwrap();
    assert_eq!((given, asked.len()), (Value::Null, 1), "the first no is enough: {asked:?}");
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
