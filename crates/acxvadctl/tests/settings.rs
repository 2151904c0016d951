//! The settings here, in the documents and in the INF are the same.

use std::path::Path;

use acxvadctl::settings::{Allowed, Error, all, parse, shown};
use acxvadctl::system::Value;

fn file(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn the_documents_list_them_all() {
    let text = file("docs/settings.md");
    let table: Vec<&str> = text.lines().filter(|line| line.starts_with("| `")).collect();
    for (name, allowed) in all() {
        let row = table.iter().find(|row| {
            let names = row.split('|').nth(1).unwrap();
            let family = name.ends_with("Name") && {
                let end = if name.starts_with("Speaker") {
                    "`Speaker0Name`"
                } else {
                    "`Microphone0Name`"
                };
                names.contains(end)
            };
            names.contains(&format!("`{name}`")) || family
        });
        let row = row.unwrap_or_else(|| panic!("{name} is not in docs/settings.md"));
        let says = |number: &dyn std::fmt::Display| row.contains(&number.to_string());
        let agrees = match allowed {
            Allowed::Range(least, most) => says(&least) && says(&most),
            Allowed::Signed(least, most) => says(&least) && says(&most),
            Allowed::OneOf(numbers) => numbers.iter().all(|number| says(number)),
            // The names' rows refer to the first one.
            Allowed::Text(most) => says(&most) || row.contains("as above"),
        };
        assert!(agrees, "{name}: {allowed}, but the document says {row}");
    }
    let known: Vec<String> = all().into_iter().map(|(name, _)| name).collect();
    for row in table {
        for name in row.split('|').nth(1).unwrap().split('`').skip(1).step_by(2) {
            assert!(known.iter().any(|known| known == name), "{name} is in docs/settings.md alone");
        }
    }
}

#[test]
fn the_inf_sets_none_that_is_not_one() {
    let text = file("wdk/acxvad.inx");
    let mut count = 0;
    for line in
        text.lines().filter(|line| line.starts_with("HKR,, ") && line.contains("0x00010003"))
    {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let given = format!("{}={}", fields[2], fields[4]);
        let parsed = parse(&given).unwrap_or_else(|why| panic!("{given}: {why}"));
        assert_eq!(parsed.0, fields[2], "the INF's spelling");
        count += 1;
    }
    assert_eq!(count, 14);
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
