//! `acxhost serve`: programs play and record through the driver, with a separate, inaudible sound
//! server.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, Read, Write};
use std::ops::RangeInclusive;
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
use sound::{
    RAW, Serving, Sound, at_home, glitches, heard, is_half, noise, sound, unless_too_busy,
    volume_of, wait_until, with_silence,
};

#[test]
fn what_paplay_plays_comes_out_of_the_microphone_bit_exact() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let noise = noise(48_000);
    let input = sound.path("in.raw");
    fs::write(&input, with_silence(&noise)).unwrap();
    unless_too_busy(|| {
        // A reserve for most delays of a busy machine.
        let serving =
            sound.serve(&["--period-ms", "10", "--reserve-ms", "100", "--set", "Composite=0"]);
        let names: Vec<_> =
            serving.first["serving"].as_array().unwrap().iter().map(|own| &own["name"]).collect();
        assert_eq!(names, ["Speaker0", "Microphone0"]);
        let mut play = sound.program("paplay");
        play.args(RAW).args(["--device", "Speaker0"]).arg(&input);
        let mut back = heard(&sound, "Microphone0", &mut play);
        let end = serving.stop();
        let last = &end.1;
        assert!(last["devices"][0]["packets"].as_u64().unwrap() > 100, "{last}");
        let after = back.split_off(noise.len().min(back.len()));
        let differs = noise.iter().zip(&back).position(|(one, other)| one != other);
        let is_right = differs.is_none() && back.len() == noise.len();
        let is_silent = after.iter().all(|byte| *byte == 0);
        let wrong = format!(
            "{} bytes of {}, differs at {differs:?}, silent after it: {is_silent}",
            back.len(),
            noise.len()
        );
        ((!is_right || !is_silent).then_some(wrong), glitches(&end))
    });
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

/// Tests that have failed on a busy machine run only in .ci/long.
fn is_asked() -> bool {
    let is_asked = std::env::var("ACXVAD_AUDIO").is_ok_and(|value| value == "required");
    if !is_asked {
        eprintln!("not run: ACXVAD_AUDIO=required asks for it");
    }
    is_asked
}

/// Makes a change in the driver through standard input.
fn order(serving: &mut Serving, order: &str) {
    let input = serving.program.stdin.as_mut().unwrap();
    writeln!(input, "{order}").and_then(|()| input.flush()).unwrap();
}

/// The output of `pactl`.
fn ask(sound: &Sound, arguments: &[&str]) -> String {
    let output = sound.program("pactl").args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Waits until `pactl` has this output.
fn comes_to(sound: &Sound, arguments: &[&str], wanted: &str) {
    let what = format!("pactl {} with {wanted}", arguments.join(" "));
    wait_until(&what, || ask(sound, arguments).contains(wanted));
}

/// The microphone's sample while a steady one is played at the speaker.
fn level_at(sound: &Sound, speaker: &str, microphone: &str) -> i16 {
    let steady = 16_384i16.to_le_bytes().repeat(2 * 24_000);
    let file = sound.path("steady.raw");
    fs::write(&file, with_silence(&steady)).unwrap();
    let mut play = sound.program("paplay");
    play.args(RAW).args(["--device", speaker]).arg(&file);
    let back = heard(sound, microphone, &mut play);
    let samples = back.as_chunks::<2>().0.iter().map(|sample| i16::from_le_bytes(*sample));
    // The median: glitches and fades affect few samples.
    let mut samples: Vec<_> = samples.take(2 * 24_000).collect();
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or(0)
}

/// Expects a level, from a speaker to a microphone.
fn hears(sound: &Sound, (speaker, microphone): (&str, &str), levels: RangeInclusive<i16>) {
    unless_too_busy(|| {
        let found = level_at(sound, speaker, microphone);
        let is_right = levels.contains(&found);
        ((!is_right).then(|| format!("{found} at {microphone}, not {levels:?}")), 0)
    });
}

/// Levels of 16384: unchanged, at the server's half volume, and at -6 dB.
const WHOLE: RangeInclusive<i16> = 16_384..=16_384;
const HALF: RangeInclusive<i16> = 1_950..=2_150;
const LOWER: RangeInclusive<i16> = 8_100..=8_350;
const SILENCE: RangeInclusive<i16> = 0..=0;

/// Waits until the stream of `serve` at a speaker, or at a microphone's feed, has this
/// compensation: then the driver and the server are set.
fn takes_back(sound: &Sound, kind: &str, decibels: &str) {
    comes_to(sound, &["list", kind], &format!(" {decibels} dB"));
}

/// With changes from standard input, and a reserve for a busy machine.
const ORDERED: [&str; 7] =
    ["--orders", "--period-ms", "10", "--reserve-ms", "60", "--set", "Composite=0"];

#[test]
fn volume_and_mute_follow_both_ways_and_are_applied_once() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let mut serving = sound.serve(&ORDERED);
    let (speaker, microphone) = ("Speaker0", "Microphone0");
    let both = (speaker, microphone);
    // The server's half is -18 dB: 16384 becomes 2049, and -36 dB would be 256.
    hears(&sound, both, WHOLE);
    ask(&sound, &["set-sink-volume", speaker, "50%"]);
    serving.until("half volume", |value| is_half(value, speaker));
    takes_back(&sound, "source-outputs", "18.06");
    hears(&sound, both, HALF);
    ask(&sound, &["set-sink-volume", speaker, "100%"]);
    serving.until("full volume", |value| volume_of(value, speaker)[0] == 0.0);
    takes_back(&sound, "source-outputs", "0.00");
    ask(&sound, &["set-source-volume", microphone, "50%"]);
    serving.until("half volume", |value| is_half(value, microphone));
    takes_back(&sound, "sink-inputs", "18.06");
    hears(&sound, both, HALF);
    ask(&sound, &["set-source-mute", microphone, "1"]);
    serving.until("mute", |value| volume_of(value, microphone)[1] == true);
    hears(&sound, both, SILENCE);
    // And the other way.
    order(&mut serving, "mute Microphone0 off");
    comes_to(&sound, &["get-source-mute", microphone], "no");
    order(&mut serving, "volume Microphone0 0");
    comes_to(&sound, &["get-source-volume", microphone], " 0.00 dB");
    takes_back(&sound, "sink-inputs", "0.00");
    hears(&sound, both, WHOLE);
    order(&mut serving, "volume Speaker0 -6");
    comes_to(&sound, &["get-sink-volume", speaker], "-6.00 dB");
    takes_back(&sound, "source-outputs", "6.00");
    hears(&sound, both, LOWER);
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
    // The codec's filter has the volume, the amplifier's has the speaker's mute and jack.
    let (speaker, microphone) = ("SpeakerDsp", "MicrophoneDsp");
    let both = (speaker, microphone);
    hears(&sound, both, WHOLE);
    ask(&sound, &["set-sink-volume", speaker, "50%"]);
    serving.until("half volume", |value| is_half(value, speaker));
    takes_back(&sound, "source-outputs", "18.06");
    hears(&sound, both, HALF);
    order(&mut serving, "volume SpeakerDsp 0");
    comes_to(&sound, &["get-sink-volume", speaker], " 0.00 dB");
    takes_back(&sound, "source-outputs", "0.00");
    order(&mut serving, "volume MicrophoneDsp -6");
    comes_to(&sound, &["get-source-volume", microphone], "-6.00 dB");
    takes_back(&sound, "sink-inputs", "6.00");
    hears(&sound, both, LOWER);
    ask(&sound, &["set-sink-mute", speaker, "1"]);
    serving.until("mute", |value| volume_of(value, speaker)[1] == true);
    hears(&sound, both, SILENCE);
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
    serving.until("the jack", |value| *value == json!({ "jack": "Microphone0", "plugged": false }));
    let (sinks, sources) = (sound.list("sinks"), sound.list("sources"));
    assert!(sinks.contains("\tSpeaker0\t") && !sinks.contains("feed"), "{sinks}");
    assert!(!sources.contains("\tMicrophone0\t"), "{sources}");
    order(&mut serving, "jack Microphone0 in");
    serving.until("the jack", |value| *value == json!({ "jack": "Microphone0", "plugged": true }));
    hears(&sound, ("Speaker0", "Microphone0"), WHOLE);
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
    assert_eq!((sound.list("sinks"), sound.list("sources")), (String::new(), String::new()));
}

#[test]
fn a_default_format_that_changes_is_the_devices() {
    let Some(sound) = sound(&["pulseaudio", "pactl", "paplay", "parec"]) else { return };
    let mut serving = sound.serve(&ORDERED);
    for (name, kind) in [("Speaker0", "sinks"), ("Microphone0", "sources")] {
        assert!(device(&sound, kind, name).contains("48000Hz"), "{}", device(&sound, kind, name));
        order(&mut serving, &format!("rate {name} 44100"));
        let new = json!({ "device": name, "format": "44100 Hz, 2 ch, 16 bit" });
        serving.until("the format", |value| *value == new);
        assert!(device(&sound, kind, name).contains("44100Hz"), "{}", device(&sound, kind, name));
    }
    // The server resamples 48 kHz twice.
    hears(&sound, ("Speaker0", "Microphone0"), 16_300..=16_470);
    // A rate that the driver does not have changes nothing.
    order(&mut serving, "rate Speaker0 12345");
    order(&mut serving, "rate Speaker0 96000");
    let new = json!({ "device": "Speaker0", "format": "96000 Hz, 2 ch, 16 bit" });
    serving.until("the next format", |value| {
        assert!(!value["format"].to_string().contains("12345"), "{value}");
        *value == new
    });
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
    assert_eq!((sound.list("sinks"), sound.list("sources")), (String::new(), String::new()));
}

/// The line of a device in the server's list.
fn device(sound: &Sound, kind: &str, name: &str) -> String {
    let list = sound.list(kind);
    list.lines().find(|line| line.contains(&format!("\t{name}\t"))).unwrap_or_default().to_owned()
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
    // 60 to 70 ms are usual, and the surplus of such a stall is too small to be dropped at once.
    let is_usual = |value: &Value| {
        let devices = value["devices"].as_array().cloned().unwrap_or_default();
        let usual = 30 * 48..100 * 48;
        let is_usual = |own: &Value| usual.contains(&own["queued_frames"].as_u64().unwrap());
        devices.len() == 2 && devices.iter().all(is_usual)
    };
    serving.until("the usual latency", is_usual);
    for _ in 0..3 {
        signal("-STOP");
        std::thread::sleep(Duration::from_millis(80));
        signal("-CONT");
        // The line during the stall may still show the old values.
        serving.until("the next second", |value| value["seconds"].is_number());
        serving.until("the usual latency", is_usual);
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
    serving.until("in step, within 10 ppm", |value| {
        let own = &value["devices"][0];
        own["in_step"] == true && own["trim_ppm"].as_f64().unwrap().abs() < 10.0
    });
    let (status, last) = serving.stop();
    assert_eq!((status, &last["violations"]), (Some(0), &json!(0)), "{last}");
}

/// Serves without priority by limits, with an rtkit on a system bus. Returns its requests.
fn with_rtkit(grants: bool) -> Option<(Value, u32, Vec<Asked>)> {
    let sound = sound(&["pulseaudio", "dbus-send", "prlimit"])?;
    let refuses = sound.path("chrt");
    fs::write(&refuses, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&refuses, fs::Permissions::from_mode(0o755)).unwrap();
    // Not `bus`: the sound server uses the one in its XDG_RUNTIME_DIR as the session's.
    let bus = sound.path("system-bus");
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
    // The threads that stream, read from the server, follow volumes, and wait for Ctrl-C.
    assert_eq!(asked.len(), 4, "{asked:?}");
    let threads: std::collections::BTreeSet<_> = asked.iter().map(|one| one.thread).collect();
    assert_eq!(threads.len(), 4, "{asked:?}");
    assert!(threads.contains(&process.into()), "{asked:?}");
    for one in asked {
        let Asked { member, process: of, priority, longest_run, .. } = &one;
        assert_eq!((member.as_str(), *of), ("MakeThreadRealtimeWithPID", process.into()));
        // rtkit refuses processes that may run for longer than 200 ms, and priorities above 20.
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
