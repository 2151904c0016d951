//! The settings here, in the documents and in the INF are the same.

use std::path::Path;

use acxvad_abi::settings::{
    Allowed, END_SWITCHES, ENDS, EndSwitch, MAX_CABLES, MAX_NAME, NAME, OF_ENDS, SETTINGS, Setting,
    kind_of,
};
use acxvadctl::settings::{Error, all, parse, shown};
use acxvadctl::system::Value;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A row of the table in docs/settings.md.
fn row(setting: &Setting) -> String {
    let Setting { number, by_profile, choices, text } = setting;
    let (kind, allowed) = match number.allowed {
        Allowed::Range(0, most) if !choices.is_empty() => {
            assert_eq!(choices.len() as u32, most + 1, "each number has a meaning");
            let choices = choices.iter().enumerate();
            let choices: Vec<_> = choices.map(|(at, meaning)| format!("{at} {meaning}")).collect();
            ("REG_DWORD", choices.join(", "))
        }
        Allowed::Range(0, 1) => ("REG_DWORD", "0, 1".to_owned()),
        Allowed::Range(least, most) => ("REG_DWORD", format!("{least} to {most}")),
        Allowed::Signed(least, most) => ("REG_DWORD, signed", format!("{least} to {most}")),
        Allowed::OneOf(numbers) => {
            let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
            ("REG_DWORD", numbers.join(", "))
        }
    };
    let default = if *by_profile { "`Profile`".to_owned() } else { number.default.to_string() };
    format!("| `{}` | {kind} | {allowed} | {default} | {text} |", number.name())
}

#[test]
fn the_documents_list_them_all() {
    let text = file("docs/settings.md");
    let table: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let (names, numbers): (Vec<&str>, Vec<&str>) =
        table.into_iter().partition(|row| row.contains("REG_SZ"));
    let (switches, numbers): (Vec<&str>, Vec<&str>) =
        numbers.into_iter().partition(|row| row.split('|').nth(1).unwrap().contains(" ... "));
    assert_eq!(numbers, SETTINGS.iter().map(row).collect::<Vec<_>>());
    let last = MAX_CABLES - 1;
    for (end, row) in ENDS.iter().zip(names) {
        let first = format!("| `{end}0{NAME}` ... `{end}{last}{NAME}` | REG_SZ | ");
        assert!(row.starts_with(&first), "{row}");
        assert!(row.contains(&format!("1 to {MAX_NAME} UTF-16 units")), "{row}");
    }
    let mut switches = switches.into_iter();
    for EndSwitch { suffix, text } in END_SWITCHES {
        let name =
            |end| format!("| `{end}0{suffix}` ... `{end}{last}{suffix}` | REG_DWORD | 0, 1 | 0 | ");
        for (end, text) in ENDS.into_iter().zip([text, "the same"]) {
            assert_eq!(switches.next(), Some(&*format!("{}{text} |", name(end))));
        }
    }
    assert_eq!(switches.next(), None);
    let of_ends = OF_ENDS.len() * ENDS.len() * MAX_CABLES as usize;
    assert_eq!(all().len(), SETTINGS.len() + of_ends);
}

#[test]
fn the_inf_has_each_with_its_default() {
    let text = file("wdk/acxvad.inx");
    let lines =
        text.lines().filter(|line| line.starts_with("HKR,, ") && line.contains("0x00010003"));
    let in_inf: Vec<(String, String)> = lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            (fields[2].to_owned(), fields[4].to_owned())
        })
        .collect();
    // What the profile decides, the INF leaves to it.
    let table = SETTINGS.iter().filter(|setting| !setting.by_profile);
    let table = table
        .map(|setting| setting.number)
        .map(|own| (own.name().to_owned(), own.default.to_string()));
    assert_eq!(in_inf, table.collect::<Vec<_>>());
}

#[test]
fn values_are_held_to_what_is_allowed() {
    assert_eq!(parse("cables=3").unwrap(), ("Cables".to_owned(), Value::Number(3)));
    let trim = parse("ClockTrim=-40").unwrap();
    assert_eq!(trim, ("ClockTrim".to_owned(), Value::Number(40u32.wrapping_neg())));
    assert_eq!(shown(&trim.0, &trim.1), "-40");
    let name = parse("Speaker1Name=To the stream").unwrap();
    assert_eq!(name.1, Value::Text("To the stream".to_owned()));
    for wrong in [
        "Cables=0",
        "Cables=17",
        "Cables=",
        "Cables=-1",
        "DefaultRate=12345",
        "ClockTrim=1001",
        "Mute=2",
        "Speaker0Name=",
        "Speaker0Name=a\tb",
    ] {
        let error = parse(wrong).unwrap_err();
        assert!(matches!(error, Error::Value { .. }), "{wrong}: {error}");
        assert!(error.to_string().starts_with(wrong), "{error}");
    }
    let long = format!("Microphone15Name={}", "x".repeat(64));
    assert!(parse(&long).is_err() && parse(&long[..long.len() - 1]).is_ok());
    assert!(matches!(parse("Cables"), Err(Error::Form(_))));
    assert!(matches!(parse("Microphone16Name=x"), Err(Error::Name(_))));
}

/// What one table lists, the other knows, in any case.
#[test]
fn every_setting_is_known_by_its_name() {
    for (name, kind) in all() {
        assert_eq!(kind_of(&name), Some(kind), "{name}");
        assert_eq!(kind_of(&name.to_uppercase()), Some(kind), "{name}");
    }
    for wrong in [
        "",
        "Foo",
        "Cable",
        "Speaker0",
        "Speaker16Name",
        "Speaker01Name",
        "SpeakerName",
        "0Name",
        "Microphone-1Hidden",
        "Speaker1Hidden2",
        "\u{fc}bung0Name",
    ] {
        assert_eq!(kind_of(wrong), None, "{wrong}");
    }
}
