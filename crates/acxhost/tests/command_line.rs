//! The command line, as people and scripts use it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

#[path = "../../../tests/variants/mod.rs"]
mod variants;

variants::test_each!(
    every_sample_type_and_channel_count_comes_back_bit_exact,
    more_than_eight_channels_come_back_bit_exact,
    timer_driven_comes_back_bit_exact_too,
    rates_and_periods_come_back_bit_exact,
    play_reports_what_it_must,
    wrong_inputs_are_refused_in_one_line,
    truncated_data_is_played_and_said,
    the_microphone_hears_what_its_source_says,
    topology_names_both_ends,
    two_runs_say_the_same,
    watch_says_what_glitched,
    faults_are_counted_by_scenario,
    load_says_what_it_costs_and_comes_back_from_too_much,
    bench_compares_with_the_driver_itself
);

#[test]
fn what_microsofts_tools_build_comes_back_bit_exact() {
    variants::on_wdk(every_sample_type_and_channel_count_comes_back_bit_exact);
}

/// Runs it on a device with all endpoints.
fn acxhost(arguments: &[&str]) -> Output {
    let alone = ["--live", "--wasapi", "--help", "completions", "man", "rules"];
    if arguments.iter().any(|argument| alone.contains(argument)) {
        return plain(arguments);
    }
    plain(&[arguments, &["--set", "Profile=showcase"]].concat())
}

/// Runs it on a device with the default settings.
fn plain(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
    if let Some(file) = variants::image_path() {
        command.arg("--driver").arg(file);
    }
    command.args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The one JSON object that is all of standard output.
fn object(output: &Output) -> Value {
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value.is_object());
    value
}

/// A WAV of noise, by an independent writer.
fn write_noise(path: &Path, channels: u16, bits: u16, float: bool, rate: u32, frames: u32) {
    let sample_format = if float { hound::SampleFormat::Float } else { hound::SampleFormat::Int };
    let spec = hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for index in 1..=frames * u32::from(channels) {
        let noise = index.wrapping_mul(2_654_435_761).cast_signed();
        if float {
            writer.write_sample(noise as f32 / 2_147_483_648.0).unwrap();
        } else {
            writer.write_sample(noise >> (32 - u32::from(bits))).unwrap();
        }
    }
    writer.finalize().unwrap();
}

/// Samples as bit patterns.
fn samples(path: &Path) -> (hound::WavSpec, Vec<u32>) {
    let reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    let samples = match spec.sample_format {
        hound::SampleFormat::Float => {
            reader.into_samples::<f32>().map(|sample| sample.unwrap().to_bits()).collect()
        }
        hound::SampleFormat::Int => {
            reader.into_samples::<i32>().map(|sample| sample.unwrap().cast_unsigned()).collect()
        }
    };
    (spec, samples)
}

fn round_trip(channels: u16, bits: u16, float: bool, rate: u32, more: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    write_noise(&input, channels, bits, float, rate, 2345);
    let arguments = [&["play", text(&input), "--record", text(&output), "--json"], more].concat();
    let run = acxhost(&arguments);
    let what = format!("{channels} channels, {bits} bit, float {float}, {rate} Hz, {more:?}");
    assert_eq!(run.status.code(), Some(0), "{what}: {run:?}");
    let value = object(&run);
    assert_eq!(value["bit_exact"], true, "{what}");
    assert_eq!(value["frames_played"], 2345, "{what}");
    let latency = value["latency_frames"].as_u64().unwrap() as usize;
    let ((sent_spec, sent), (came_spec, came)) = (samples(&input), samples(&output));
    assert_eq!(sent_spec, came_spec, "{what}");
    assert_eq!(came[latency * usize::from(channels)..], sent, "{what}");
}

fn every_sample_type_and_channel_count_comes_back_bit_exact() {
    round_trip(2, 8, false, 44_100, &[]);
    for (bits, float) in [(16, false), (24, false), (32, false), (32, true)] {
        // Three, five and seven channels are not listed with 32 bit integers.
        let is_listed = |channels: &u16| bits < 32 || float || !matches!(channels, 3 | 5 | 7);
        for channels in (1..=8).filter(is_listed) {
            round_trip(channels, bits, float, 48_000, &[]);
        }
    }
}

/// Such a file is extensible with positions in one case, and plain, as many programs write it, in
/// the other.
fn more_than_eight_channels_come_back_bit_exact() {
    let sixteen = &["--set", "MaxChannels=16"];
    for channels in 9..=16 {
        round_trip(channels, 16, false, 48_000, sixteen);
    }
    round_trip(16, 24, false, 96_000, sixteen);
    round_trip(11, 32, true, 44_100, sixteen);
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    let data: Vec<u8> = (0..24 * 1_000_u32).map(|byte| (byte % 251 + 1) as u8).collect();
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data.len() as u32).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x0C\0");
    bytes.extend([48_000_u32, 24 * 48_000].map(u32::to_le_bytes).concat());
    bytes.extend(b"\x18\0\x10\0data");
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes.extend(&data);
    fs::write(&input, bytes).unwrap();
    let play = ["play", text(&input), "--record", text(&output), "--json"];
    let run = acxhost(&[&play[..], sixteen].concat());
    assert_eq!((run.status.code(), object(&run)["bit_exact"].as_bool()), (Some(0), Some(true)));
    // Without the setting the message names the device's formats.
    refused(folder.path(), &play[..4], "it has 8000/");
    // A recording has as many.
    let record = ["record", text(&output), "--seconds", "0.1", "--source", "tone", "--json"];
    let run = acxhost(&[&record[..], sixteen, &["--set", "DefaultChannels=16"]].concat());
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let (spec, heard) = samples(&output);
    assert_eq!((spec.channels, heard.len()), (16, 16 * 4_800));
    assert!(heard.iter().any(|sample| *sample != 0));
}

fn timer_driven_comes_back_bit_exact_too() {
    for (bits, float) in [(16, false), (24, false), (32, true)] {
        for channels in [1, 2, 3, 8] {
            round_trip(channels, bits, float, 44_100, &["--timer-driven"]);
        }
    }
}

fn rates_and_periods_come_back_bit_exact() {
    for rate in [8_000, 22_050, 192_000] {
        for period in ["3", "7", "100"] {
            round_trip(2, 16, false, rate, &["--period-ms", period]);
        }
    }
}

fn play_reports_what_it_must() {
    let folder = tempfile::tempdir().unwrap();
    let run = acxhost(&["play", "--record", text(&folder.path().join("out.wav")), "--json"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let value = object(&run);
    for key in [
        "frames_played",
        "frames_recorded",
        "latency_frames",
        "glitches",
        "packets_completed",
        "max_position_error_frames",
        "drift_frames",
        "violations",
    ] {
        assert!(value[key].is_number(), "{key}: {value}");
    }
    assert_eq!(value["bit_exact"], true);
}

/// The run must fail with status 2 and one line that contains the file's name and `words`, and must
/// create no file.
fn refused(folder: &Path, arguments: &[&str], words: &str) {
    let before = fs::read_dir(folder).unwrap().count();
    let run = acxhost(arguments);
    let line = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{line}");
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.contains(words) && !line.contains("panicked"), "{line}");
    assert!(run.stdout.is_empty());
    assert_eq!(fs::read_dir(folder).unwrap().count(), before);
}

fn wrong_inputs_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (input, output) = (folder.join("in.wav"), folder.join("out.wav"));
    let play = ["play", text(&input), "--record", text(&output)];
    refused(folder, &play, "in.wav: cannot be read");
    fs::write(&input, b"").unwrap();
    refused(folder, &play, "in.wav: the file is empty");
    fs::write(&input, b"This is no audio at all.").unwrap();
    refused(folder, &play, "in.wav: not a WAV file");
    write_noise(&input, 2, 16, false, 400_000, 100);
    refused(folder, &play, "it has 8000/11025");
    write_noise(&input, 1, 16, false, 48_000, 100);
    let mut a_law = fs::read(&input).unwrap();
    a_law[20] = 6;
    fs::write(&input, &a_law).unwrap();
    refused(folder, &play, "WAV coding 0x0006");
    write_noise(&input, 2, 16, false, 48_000, 100);
    refused(folder, &["play", text(&input), "--record", text(&input)], "is the input as well");
    let nowhere = folder.join("no/out.wav");
    refused(folder, &["play", text(&input), "--record", text(&nowhere)], "cannot be written");
    refused(folder, &["play", text(&input), "--record", text(folder)], "not a regular file");
    refused(folder, &["record", text(&nowhere), "--seconds", "1"], "cannot be written");
    refused(folder, &["conform", "--case", "Z9"], "Z9: not a case");
    refused(folder, &["report", "--out", text(&nowhere)], "cannot be written");
    refused(folder, &["bench", "--against", text(&input)], "in.wav: not a driver image");
    let nothing = folder.join("nothing.sys");
    refused(folder, &["bench", "--against", text(&nothing)], "nothing.sys: cannot be read");
}

fn truncated_data_is_played_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.wav"), folder.path().join("out.wav"));
    write_noise(&input, 2, 16, false, 48_000, 1000);
    let bytes = fs::read(&input).unwrap();
    fs::write(&input, &bytes[..bytes.len() - 402]).unwrap();
    let run = acxhost(&["play", text(&input), "--record", text(&output), "--json"]);
    assert_eq!(run.status.code(), Some(2));
    let value = object(&run);
    assert_eq!((&value["frames_played"], &value["bit_exact"]), (&899.into(), &true.into()));
    assert!(String::from_utf8(run.stderr).unwrap().contains("truncated"));
}

fn the_microphone_hears_what_its_source_says() {
    let folder = tempfile::tempdir().unwrap();
    for (source, silent) in [("tone", false), ("silence", true), ("cable", true)] {
        let output = folder.path().join(format!("{source}.wav"));
        let run =
            acxhost(&["record", text(&output), "--seconds", "1", "--source", source, "--json"]);
        assert_eq!(run.status.code(), Some(0), "{source}: {run:?}");
        assert_eq!(object(&run)["silent"], silent, "{source}");
        let (_, heard) = samples(&output);
        assert_eq!(heard.len(), 96_000);
        assert_eq!(heard.iter().all(|sample| *sample == 0), silent, "{source}");
    }
}

fn topology_names_both_ends() {
    let run = acxhost(&["topology", "--json"]);
    assert_eq!(run.status.code(), Some(0));
    let value = object(&run);
    let names: Vec<_> = value["circuits"].as_array().unwrap().iter().map(|c| &c["name"]).collect();
    assert_eq!(names[..2], ["Speaker0", "Microphone0"]);
    let composite =
        ["SpeakerDsp", "SpeakerCodec", "SpeakerAmp", "MicrophoneDsp", "MicrophoneCodec"];
    assert_eq!(names[2..], composite);
    let tree = String::from_utf8(acxhost(&["topology"]).stdout).unwrap();
    assert!(tree.contains("Speaker0") && tree.contains("peak meter"), "{tree}");
    assert!(tree.contains("pin 1: goes on at pin 0 of SpeakerCodec"), "{tree}");
    assert!(tree.contains("SpeakerAmp (render)"), "{tree}");
    assert!(tree.ends_with("as ITU-R BS.775 says (docs/channels.md)\n"), "{tree}");
    assert_eq!(value["unequal_channels"], "mixed by speaker positions, as ITU-R BS.775 says");
}

fn two_runs_say_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out.wav");
    let run = || acxhost(&["play", "--record", text(&output), "--json"]).stdout;
    assert_eq!(run(), run());
}

/// Figures that do not depend on the machine's speed are equal for the same driver; the others
/// exist.
fn bench_compares_with_the_driver_itself() {
    let alone = acxhost(&["bench", "--rounds", "3", "--json"]);
    assert_eq!(alone.status.code(), Some(0), "{alone:?}");
    let alone = object(&alone);
    assert!(alone["against"].is_null() && alone["ratios"].is_null(), "{alone}");
    assert!(alone["driver"]["packet_ns"]["median"].as_f64() > Some(0.0), "{alone}");
    assert_eq!(alone["driver"]["image_bytes"].is_u64(), variants::is_image(), "{alone}");
    assert_eq!(alone["driver"]["completions"]["stamp_jitter_ns"], 0.0, "{alone}");

    let Some(file) = variants::image_file() else { return };
    let arguments = ["bench", "--against", text(&file), "--rounds", "3", "--streams", "2"];
    let both = acxhost(&[&arguments[..], &["--json"]].concat());
    assert_eq!(both.status.code(), Some(0), "{both:?}");
    let both = object(&both);
    for key in ["completions", "completions_when_late", "memory_per_stream", "ends"] {
        assert_eq!(both["driver"][key], both["against"][key], "{key}");
    }
    assert_eq!(both["ratios"]["memory_per_stream"], 1.0, "{both}");
    for key in ["packet", "position"] {
        assert!(both["ratios"][key]["median"].as_f64() > Some(0.0), "{both}");
    }
    let table = String::from_utf8(acxhost(&arguments).stdout).unwrap();
    assert!(table.contains("acxvad.sys") && table.contains("Completed packet"), "{table}");
}

fn watch_says_what_glitched() {
    let run = acxhost(&["watch", "--seconds", "2.5", "--fast", "--set", "Cables=2", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let value = object(&run);
    // Two cables, and that of the composite endpoints.
    assert_eq!(value["streams"].as_array().unwrap().len(), 6);
    assert_eq!((&value["glitches"], &value["violations"]), (&0.into(), &0.into()));
    let run = acxhost(&["watch", "--seconds", "2.5", "--fast", "--stall", "40", "--json"]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let value = object(&run);
    assert!(value["glitches"].as_u64() > Some(0), "{value}");
    assert_eq!(value["events"][0]["name"], "Glitch", "{value}");
    assert_eq!(value["events"][0]["fields"]["LateTicks"], 1, "{value}");
    // The table fits a terminal, without a dump of events after it.
    let run = acxhost(&["watch", "--seconds", "2.5", "--fast", "--stall", "40"]);
    let table = String::from_utf8(run.stdout).unwrap();
    assert!(table.starts_with("endpoint"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

fn faults_are_counted_by_scenario() {
    let run = acxhost(&["faults", "--scenario", "record-event", "--pairs", "3", "--all", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let value = object(&run);
    assert_eq!((&value["violations"], &value["pairs"]), (&0.into(), &3.into()), "{value}");
    assert_eq!(value["failed_in_turn"], value["calls"], "all of them: {value}");
    let scenario = &value["scenarios"][0];
    assert_eq!(scenario["name"], "record-event");
    assert_eq!(scenario["failed"]["AcxRtStreamCreate"], 1, "{value}");
    let run = acxhost(&["faults", "--scenario", "nothing-like-it"]);
    let line = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), line.lines().count()), (Some(2), 1), "{line}");
    assert!(line.contains("nothing-like-it: not a scenario"), "{line}");
}

fn load_says_what_it_costs_and_comes_back_from_too_much() {
    let small = ["load", "--cables", "2", "--streams", "4", "--period-ms", "2", "--json"];
    let run = acxhost(&[&small[..], &["--seconds", "0.5"]].concat());
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let row = &object(&run)["loads"][0];
    assert_eq!((&row["packets"], &row["counters"]["late_ticks"]), (&1000.into(), &0.into()));
    assert!(row["memory"].as_array().unwrap().len() > 2, "{row}");
    let run = acxhost(&[&small[..], &["--overload", "--seconds", "0.2"]].concat());
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    assert_eq!(object(&run)["overload"]["recovered"], true);
    let run = acxhost(&["load", "--cables", "2", "--streams", "300"]);
    let line = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), line.lines().count()), (Some(2), 1), "{line}");
    assert!(line.contains("2 cables take 128"), "{line}");
}

/// The short form; without a file that Windows loads, it tells how to get one.
#[test]
fn a_report_is_one_page_with_every_case_and_every_rule() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("out.html");
    let run = Command::new(env!("CARGO_BIN_EXE_acxhost"))
        .args(["report", "--quick", "--json", "--out", text(&page)])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    let value = object(&run);
    let page = fs::read_to_string(page).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>"));
    let form = &value["drivers"][0];
    for case in acx_conform::suite::ids() {
        assert!(form["conformance"].as_array().unwrap().iter().any(|own| own["id"] == case));
        assert!(page.contains(&format!(">{case}</th>")), "{case}");
    }
    for rule in acx_host::Rule::ALL {
        assert!(page.contains(&format!(">{}</th>", rule.name())), "{rule:?}");
    }
    assert_eq!(form["null_test"]["different"], 0);
    assert_eq!(form["growth"].as_array().unwrap().len(), 4);
    assert!(value["missing"].as_str().unwrap().contains("cargo xtask build"), "{value}");
    assert!(page.contains("One driver only"));
}

#[test]
fn a_driver_that_does_not_start_is_explained() {
    let Some(file) = variants::built("c-driver/refuses.sys", "cargo xtask c-driver") else {
        return;
    };
    let run = Command::new(env!("CARGO_BIN_EXE_acxhost"))
        .args(["--driver", text(&file), "topology"])
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(1));
    let said = String::from_utf8(run.stderr).unwrap();
    let status = "STATUS_INVALID_DEVICE_STATE (0xc0000184)";
    for part in [
        &format!("the device did not start: {status}"),
        &format!("AcxCircuitCreate answered {status}, in EvtDevicePrepareHardware"),
        &format!("EvtDevicePrepareHardware answered {status}"),
        "BadArgument: a circuit needs a name, and a component id or URI",
        "refuses: the circuit came to 0xC0000184",
    ] {
        assert!(said.contains(part), "{part}: not in\n{said}");
    }
}

/// Runs it on a driver, in a folder of its own. Gives the status, and what it said.
fn status(driver: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_acxhost"))
        .current_dir(folder.path())
        .args(["--driver", text(driver)])
        .args(arguments)
        .output()
        .unwrap();
    let said = [run.stdout, run.stderr].concat();
    (run.status.code(), String::from_utf8(said).unwrap())
}

/// Each command, as short as it goes.
const EACH: [&[&str]; 12] = [
    &["conform"],
    &["faults", "--scenario", "play-event", "--each", "1", "--pairs", "1"],
    &["bench", "--rounds", "1"],
    &["play"],
    &["record", "out.wav", "--seconds", "0.1"],
    &["load", "--seconds", "0.1"],
    &["load", "--seconds", "0.1", "--overload"],
    &["soak", "--hours", "0.001"],
    &["watch", "--fast", "--seconds", "0.1"],
    &["report", "--quick"],
    &["probe"],
    &["trace"],
];

#[test]
fn a_file_that_is_no_driver_is_refused_by_each_command_in_one_line() {
    if !cfg!(target_os = "linux") {
        println!("not run: images load on Linux only");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let mut files = vec![(place("text.sys", b"no driver"), "not a driver image")];
    if let Some(driver) = variants::built("c-driver/cable.sys", "cargo xtask c-driver") {
        let bytes = fs::read(driver).unwrap();
        files.push((place("short.sys", &bytes[..bytes.len() / 2]), "which may be cut short"));
        let (known, unknown) = (b"KeFlushQueuedDpcs", b"KeFlushQueuedDpcz");
        let at = bytes.windows(known.len()).position(|own| own == known).unwrap();
        let patched = [&bytes[..at], unknown, &bytes[at + known.len()..]].concat();
        files.push((
            place("unknown.sys", &patched),
            "does not have: ntoskrnl.exe!KeFlushQueuedDpcz",
        ));
    }
    if cfg!(target_arch = "x86_64")
        && let Some(other) =
            variants::built("image/arm64/acxvad.sys", "cargo xtask build --release")
    {
        files.push((place("arm64.sys", &fs::read(other).unwrap()), "give the x64 build"));
    }
    for (file, words) in &files {
        for arguments in EACH.into_iter().chain([&["topology"][..]]) {
            let (code, said) = status(file, arguments);
            assert_eq!(code, Some(2), "{arguments:?}: {said}");
            assert!(said.contains(words), "{arguments:?}: {said}");
            // A report names the page, too.
            let lines = said.lines().filter(|line| !line.starts_with("Page"));
            assert_eq!(lines.count(), 1, "{arguments:?}: {said}");
        }
    }
}

#[test]
fn each_command_ends_with_the_same_status_for_the_same_reason() {
    let built = |name: &str| variants::built(&format!("c-driver/{name}"), "cargo xtask c-driver");
    let Some(lacks) = built("codec.sys") else { return };
    let (Some(refuses), Some(minimal)) = (built("refuses.sys"), built("minimal.sys")) else {
        return;
    };
    for arguments in EACH {
        let (code, said) = status(&lacks, arguments);
        assert_eq!(code, Some(2), "no endpoint, {arguments:?}: {said}");
        assert_eq!(said.matches("0xc0000034").count(), 0, "{arguments:?}: {said}");
        let (code, said) = status(&refuses, arguments);
        assert_eq!(code, Some(1), "does not start, {arguments:?}: {said}");
        assert!(said.contains("the device did not start"), "{arguments:?}: {said}");
    }
    // What can be done is done.
    for arguments in [&["topology"][..], &["faults", "--each", "1", "--pairs", "1"]] {
        let (code, said) = status(&lacks, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
    }
    let reason = "not asked, no endpoint that streams: link,";
    assert_eq!(status(&lacks, &["probe"]).1.matches(reason).count(), 1);
    // What a driver lacks for one case, and what it is asked that it has.
    for (arguments, wanted) in [
        (&["conform", "--case", "B18"][..], 2),
        (&["faults", "--scenario", "keyword"], 2),
        (&["soak", "--hours", "0.001"], 2),
        (&["topology", "--ask-factory", "Nothing"], 2),
        (&["conform", "--case", "Q1"], 0),
        (&["faults", "--scenario", "load"], 0),
        (&["probe"], 0),
        (&["load", "--seconds", "0.1"], 0),
    ] {
        let (code, said) = status(&minimal, arguments);
        assert_eq!(code, Some(wanted), "{arguments:?}: {said}");
    }
}

#[test]
fn settings_are_given_as_name_and_value() {
    for wrong in ["Cables", "=2"] {
        let run = acxhost(&["topology", "--set", wrong]);
        let line = String::from_utf8(run.stderr).unwrap();
        assert_eq!(run.status.code(), Some(2), "{line}");
        assert!(line.contains("NAME=VALUE"), "{line}");
    }
    let run =
        acxhost(&["topology", "--json", "--set", "Cables=0x3", "--set", "Speaker2Name=Radio"]);
    let value = object(&run);
    assert_eq!(value["circuits"].as_array().unwrap().len(), 11);
    let pins = value["circuits"][4]["pins"].as_array().unwrap();
    assert_eq!(pins.iter().find(|pin| pin["host"] == false).unwrap()["name"], "Radio");
    // Settings that the driver would ignore are refused, with the allowed values; the case of names
    // does not matter.
    for (wrong, says) in [
        ("Foo=1", "acxvad has no setting Foo; it has Cables, Profile,"),
        ("Speaker16Hidden=1", "for each end of each cable Speaker0Name, Speaker0Hidden,"),
        ("Cables=17", "Cables cannot be 17: give a number from 1 to 16"),
        ("cables=many", "cables cannot be \"many\": give a number from 1 to 16"),
        ("DefaultRate=12345", "DefaultRate cannot be 12345: give one of 8000, "),
        ("ClockTrim=-1001", "ClockTrim cannot be -1001: give a number from -1000 to 1000"),
        ("Profile=nothing", "Profile cannot be \"nothing\""),
        ("Speaker0JackFollows=2", "Speaker0JackFollows cannot be 2: give a number from 0 to 1"),
        ("Microphone3Name=", "Microphone3Name cannot be \"\": give 1 to 63 UTF-16 units"),
    ] {
        for command in ["topology", "conform", "faults"] {
            let run = plain(&[command, "--set", wrong]);
            let line = String::from_utf8(run.stderr).unwrap();
            assert_eq!(run.status.code(), Some(2), "{line}");
            assert!(line.contains(says), "{line}");
            assert_eq!(run.stdout, b"");
        }
    }
    let plain_circuits = |arguments: &[&str]| {
        let run = plain(&[&["topology", "--json"], arguments].concat());
        object(&run)["circuits"].as_array().unwrap().len()
    };
    assert_eq!(plain_circuits(&[]), 2);
    assert_eq!(plain_circuits(&["--set", "composite=1"]), 7);
    assert_eq!(plain_circuits(&["--set", "Profile=SHOWCASE", "--set", "Speaker0Name=2026"]), 7);
    // Every command that starts a device reports settings that are valid alone but not in
    // combination.
    let wide = ["--set", "DefaultChannels=16"];
    let says = "the driver ignores DefaultChannels=16: it takes 1 to 8 here";
    let output = std::env::temp_dir().join(format!("acxhost-{}.wav", std::process::id()));
    let output = output.to_str().unwrap();
    for arguments in [
        &["topology"][..],
        &["play"],
        &["record", output, "--seconds", "0.1", "--source", "tone"],
        &["watch", "--seconds", "0.5", "--fast"],
        &["conform", "--case", "Q1"],
        &["probe"],
    ] {
        let run = plain(&[arguments, &wide].concat());
        let text = String::from_utf8(run.stdout).unwrap();
        assert_eq!(text.matches(says).count(), 1, "{arguments:?}: {text}");
        let run = plain(&[arguments, &wide, &["--json", "--set", "MaxChannels=16"]].concat());
        assert!(object(&run).get("ignored_settings").is_none(), "{arguments:?}");
        if arguments[0] != "record" {
            let run = plain(&[arguments, &wide, &["--json"]].concat());
            assert_eq!(object(&run)["ignored_settings"][0], says, "{arguments:?}");
        }
    }
    fs::remove_file(output).unwrap();
    // A hidden end is shown and marked.
    let hidden = ["topology", "--json", "--set", "Speaker0Hidden=1"];
    let circuits = object(&plain(&hidden))["circuits"].clone();
    assert_eq!(circuits[1]["name"], "Speaker0");
    assert_eq!((&circuits[0]["hidden"], &circuits[1]["hidden"]), (&false.into(), &true.into()));
    let run = plain(&["play", "--set", "Speaker0Hidden=1"]);
    let line = String::from_utf8(run.stderr).unwrap();
    assert!(line.contains("Speaker0 is hidden"), "{line}");
    // A cable that does not exist.
    let run = acxhost(&["play", "--cable", "3"]);
    let line = String::from_utf8(run.stderr).unwrap();
    assert_eq!(run.status.code(), Some(2), "{line}");
    assert!(line.contains("no cable 3: the driver has 2"), "{line}");
}

#[cfg(not(windows))]
#[test]
fn what_is_for_windows_says_so_in_one_line() {
    for (arguments, word) in [
        (&["topology", "--live"][..], "not Windows"),
        (&["conform", "--wasapi"], "not Windows"),
        (&["--live", "soak", "--hours", "1"], "runs only in the host"),
        (&["--live", "watch", "--stall", "5"], "runs only in the host"),
        (&["--live", "bench"], "runs only in the host"),
        (
            &["--live", "record", "out.wav", "--seconds", "1", "--source", "tone"],
            "runs only in the host",
        ),
    ] {
        let output = acxhost(arguments);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(word) && said.trim().lines().count() == 1, "{said}");
    }
}

/// Streams silence on the default devices, so only on request: CI does it under Wine.
#[cfg(windows)]
#[test]
fn cases_run_through_wasapi() {
    if std::env::var("ACXVAD_AUDIO").as_deref() != Ok("required") {
        println!("not run: this streams on the default devices; ACXVAD_AUDIO=required lets it");
        return;
    }
    for case in ["S1", "S3", "S4", "W1", "B1"] {
        let output = acxhost(&["conform", "--wasapi", "--case", case, "--json"]);
        let value = object(&output);
        assert_eq!(value["cases"][0]["id"], case);
        assert_eq!(value["cases"][0]["result"], "passed", "{value}");
    }
}

#[test]
fn a_rule_that_may_be_broken_has_a_name() {
    let output = acxhost(&["conform", "--case", "Q3", "--allow", "Nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    let why = String::from_utf8(output.stderr).unwrap();
    assert!(why.contains("not a rule of the verifier") && why.contains("PoolLeak"), "{why}");
    let allowed = ["--json", "conform", "--case", "Q3", "--allow", "poolleak"];
    let value = object(&acxhost(&allowed));
    assert_eq!((&value["allowed"][0], &value["passed"]), (&"PoolLeak".into(), &1.into()));
    assert_eq!(value["violations"], serde_json::json!([]));
}

/// The samples have one end each; the board lists no format, and `refuses` does not start.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn a_driver_that_lacks_something_is_told_so_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let tone = folder.path().join("tone.wav");
    for (file, made_by, arguments, status, words) in [
        (
            "image/x64/minimal-driver.sys",
            "cargo xtask build",
            &["play"][..],
            0,
            "the driver has no microphone",
        ),
        (
            "image/x64/minimal-driver.sys",
            "cargo xtask build",
            &["record", text(&tone), "--seconds", "1"],
            2,
            "no microphone",
        ),
        ("image/x64/minimal-driver.sys", "cargo xtask build", &["watch"], 2, "has no counters"),
        (
            "image/x64/minimal-driver.sys",
            "cargo xtask build",
            &["load", "--seconds", "1"],
            0,
            "1 at 1 speaker, packets of 1 ms\nAsked for          256: the pins take no more\n",
        ),
        ("image/x64/microphone-driver.sys", "cargo xtask build", &["play"], 2, "no speaker"),
        (
            "image/x64/microphone-driver.sys",
            "cargo xtask build",
            &["record", text(&tone), "--seconds", "1"],
            0,
            "48000 Hz, 1 ch",
        ),
        ("c-driver/board.sys", "cargo xtask c-driver", &["load"], 1, "lists no format"),
        ("c-driver/refuses.sys", "cargo xtask c-driver", &["conform"], 1, "did not start"),
    ] {
        let Some(driver) = variants::built(file, made_by) else { continue };
        let output = acxhost(&[&["--driver", text(&driver)], arguments].concat());
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(output.status.code(), Some(status), "{file} {arguments:?}: {said}");
        assert!(said.contains(words), "{file} {arguments:?}: {said}");
    }
}

/// The reasons and rows for a driver without cables.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[test]
fn a_driver_with_one_end_is_told_each_reason_once_and_nothing_of_cables() {
    let file = "image/x64/minimal-driver.sys";
    let Some(driver) = variants::built(file, "cargo xtask build") else { return };
    let said = |arguments: &[&str]| {
        let output = acxhost(&[&["--driver", text(&driver)], arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let bench = said(&["bench", "--rounds", "1"]);
    assert!(bench.contains(", 1 round\n"), "{bench}");
    assert!(bench.contains("Start, as installed") && !bench.contains("cable"), "{bench}");
    let faults = said(&["faults", "--each", "1", "--pairs", "0"]);
    assert_eq!(faults.matches("no microphone").count(), 1, "{faults}");
    assert!(faults.contains("does not apply, no microphone: record-event, record-timer"));
    let conform = said(&["conform", "--level", "a"]);
    assert!(conform.contains("does not apply, no audio engine: Q4, W6, W7"), "{conform}");
    assert!(conform.contains(" 1 format\n") && !conform.contains("1 formats"), "{conform}");
}

/// The names of all commands.
fn commands() -> Vec<String> {
    let help = String::from_utf8(acxhost(&["--help"]).stdout).unwrap();
    let list = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    // The description of a command may continue on indented lines.
    let lines = list.lines().filter_map(|line| line.strip_prefix("  "));
    let lines = lines.filter(|line| !line.starts_with(' '));
    let names = lines.filter_map(|line| line.split_whitespace().next());
    let names: Vec<_> = names.filter(|name| *name != "help").map(str::to_owned).collect();
    assert!(names.len() >= 13, "{names:?}");
    names
}

#[test]
fn the_help_of_each_command_has_an_example_and_the_exit_status() {
    for name in commands() {
        let help = String::from_utf8(acxhost(&[&name, "--help"]).stdout).unwrap();
        assert!(help.contains("  acxhost "), "{name} has no example: {help}");
        assert!(help.contains("Exit status:"), "{name}: {help}");
        let windows = help.contains("--live") || help.contains("--wasapi");
        assert_eq!(windows, cfg!(windows), "{name}: flags for Windows: {help}");
    }
}

/// Examples with one of these words need a file, another program, a sound server, or minutes.
const NOT_RUN: [&str; 11] = [
    "|",
    ">",
    ".sys",
    "song.wav",
    "--compare",
    "--all",
    "--hours",
    "--level",
    "watch",
    "load",
    "serve",
];

#[test]
fn examples_of_the_help_run() {
    let mut ran = 0;
    for name in commands() {
        let help = String::from_utf8(acxhost(&[&name, "--help"]).stdout).unwrap();
        let examples = help.lines().filter_map(|line| line.trim().strip_prefix("acxhost "));
        for line in examples.filter(|line| !NOT_RUN.iter().any(|word| line.contains(word))) {
            let folder = tempfile::tempdir().unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
            let output = command.current_dir(&folder).args(line.split(' ')).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{line}: {output:?}");
            ran += 1;
        }
    }
    assert!(ran >= 4, "{ran} examples ran");
}

#[test]
fn shells_and_manuals_know_every_command() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = acxhost(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let written = String::from_utf8(output.stdout).unwrap();
        for name in commands() {
            assert!(written.contains(&name), "{shell} does not complete {name}");
        }
        // On the system where they work.
        let windows = written.contains("live") && written.contains("wasapi");
        assert_eq!(windows, cfg!(windows), "{shell}: flags for Windows");
    }
    let manual = String::from_utf8(acxhost(&["man"]).stdout).unwrap();
    for name in commands() {
        let title = format!(".SH \"ACXHOST {}\"", name.to_uppercase());
        assert!(manual.contains(&title), "{title}");
    }
}

/// Standard input and output in place of each file.
#[test]
fn a_dash_is_a_pipe_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let at_home = |arguments: &[&str], from: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
        command.args(arguments).current_dir(&folder).stdin(from).output().unwrap()
    };
    let file = |name: &str| Stdio::from(fs::File::open(folder.path().join(name)).unwrap());
    for command in ["probe", "trace"] {
        let asked = at_home(&[command, "--json"], Stdio::null());
        fs::write(folder.path().join("own.json"), asked.stdout).unwrap();
        let compared = at_home(&[command, "--compare", "own.json", "-"], file("own.json"));
        assert_eq!(compared.status.code(), Some(0), "{compared:?}");
        // A trace also sets assumptions.
        let assumed = at_home(&["topology", "--assume", "-", "--json"], file("own.json"));
        assert_eq!((assumed.status.code(), assumed.stderr.len()), (Some(0), 0), "{assumed:?}");
        let refused = at_home(&[command, "--compare", "-", "own.json"], Stdio::null());
        let line = String::from_utf8(refused.stderr).unwrap();
        assert!(line.contains("standard input: not"), "{line}");
        assert_eq!(refused.status.code(), Some(2));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
}

#[test]
fn time_is_chosen_by_the_same_flags_everywhere() {
    for arguments in [
        &["watch", "--seconds", "0.1"][..],
        &["conform", "--case", "W1"],
        &["load", "--cables", "1", "--streams", "1", "--seconds", "0.1"],
    ] {
        for speed in ["--fast", "--realtime"] {
            let output = acxhost(&[arguments, &[speed]].concat());
            assert_ne!(output.status.code(), Some(2), "{arguments:?} {speed}: {output:?}");
        }
        let output = acxhost(&[arguments, &["--fast", "--realtime"]].concat());
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
}

#[test]
fn what_load_prints_fits_a_terminal() {
    let small = ["load", "--cables", "1", "--streams", "2", "--seconds", "0.2"];
    for (more, columns) in [(&[][..], 80), (&["--growth"], 100), (&["--overload"], 80)] {
        let output = acxhost(&[&small, more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let table = String::from_utf8(output.stdout).unwrap();
        assert!(table.lines().count() > 2, "{table}");
        assert!(!table.contains("wire_silence"), "counters of 0 are not shown: {table}");
        for line in table.lines() {
            assert!(line.len() <= columns, "{more:?}: {} columns: {line}", line.len());
        }
    }
}

#[test]
fn rules_are_told_by_name() {
    let output = acxhost(&["rules", "--json"]);
    assert!(output.status.success());
    let rules = object(&output)["rules"].as_array().unwrap().clone();
    assert_eq!(rules.len(), acx_host::Rule::ALL.len());
    assert_eq!(rules[0]["name"], "Irql");
    let table = String::from_utf8(acxhost(&["rules"]).stdout).unwrap();
    assert!(table.contains("two locks are taken in the same order everywhere"), "{table}");
}
