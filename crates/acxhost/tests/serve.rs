//! `acxhost serve`: programs of the machine play and record through the driver, with a sound server of
//! their own that nobody hears.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead, Read};
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

mod sound;

use sound::{RAW, at_home, heard, noise, sound, with_silence};

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
