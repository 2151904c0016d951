//! Tests that the page is well-formed and shows the report's data.

use acx_conform::run::RunError;
use acx_host::Rule;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::json;

use super::super::About;
use super::*;

const MARKUP: &str =
    "</style><script>alert('1 & 2')</script><img src=\"https://example.org/x\">.sys";

/// A report whose texts all contain markup.
fn report() -> Report {
    let completion = Completion { packet: 1, stamp_ns: -3.0, woken_ns: 81_234.5 };
    let completions =
        Completions { end: "speaker", period_ms: 10, packets: vec![completion; 20], glitches: 1 };
    let growth = |streams| Growth {
        streams,
        period_ns: Spread::default(),
        each_to_first: 1.0,
        pool_bytes: 8.0,
    };
    let rule = |rule: &Rule| RuleCount {
        rule: rule.name().to_owned(),
        explanation: rule.explanation(),
        violations: vec![MARKUP.to_owned(); 25],
        allowed: false,
    };
    let case = json!({ "id": "W1", "sentence": MARKUP, "result": "failed", "figure": MARKUP });
    let scenario = ScenarioFaults {
        name: "play-event",
        sentence: MARKUP,
        does_not_apply: None,
        calls: 9,
        failed: [("ExAllocatePool2", 4)].into(),
        pairs: 1,
        both_failed: 1,
        violations: vec![MARKUP.to_owned()],
        ..ScenarioFaults::default()
    };
    let driver = DriverReport {
        name: MARKUP.to_owned(),
        not_run: None,
        is_lack: false,
        ignored_settings: vec![MARKUP.to_owned()],
        conformance: vec![case],
        passed: [0, 1, 0, 0],
        machines: 1,
        rules: Rule::ALL.iter().map(rule).collect(),
        faults: Measured::Value(vec![scenario]),
        completions: Measured::Value(vec![completions]),
        completions_when_late: Measured::Missing { why: MARKUP.to_owned() },
        positions: Measured::Value(vec![0.5, -0.5]),
        null_test: Measured::Value(NullTest {
            format: MARKUP.to_owned(),
            frames: 1234,
            latency: 480,
            different: 7,
            seconds: 0.1,
            played: vec![(-0.5, 0.5); 9],
            recorded: vec![(0.0, 0.0); 9],
            difference: vec![(-0.5, 0.5); 9],
            detail: vec![(0.5, 0.0); 9],
        }),
        growth: Measured::Value(vec![growth(1), growth(2)]),
    };
    let about = About {
        driver: MARKUP.to_owned(),
        date: "2026-01-02".to_owned(),
        commit: Some(MARKUP.to_owned()),
        version: "1",
        system: MARKUP.to_owned(),
        depth: Depth::Quick,
        seed: 0,
    };
    let (drivers, missing) = (vec![driver.clone(), driver], Some(MARKUP.to_owned()));
    Report { about, drivers, missing, cost: Measured::Missing { why: MARKUP.to_owned() } }
}

/// The text of a page, if it is well-formed: every element ends where it should.
fn read(page: &str) -> (Vec<String>, String) {
    let mut reader = Reader::from_str(page);
    let (mut elements, mut text) = (Vec::new(), String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) | Event::Empty(tag) => {
                elements.push(tag.name().as_ref().to_owned());
                for attribute in tag.attributes() {
                    let attribute = attribute.unwrap();
                    let refers = ["href", "src"].contains(&attribute.key.as_ref());
                    assert!(!refers || attribute.value.starts_with('#'), "{attribute:?}");
                }
            }
            Event::Text(part) => text += &part,
            Event::GeneralRef(entity) => {
                text += match &*entity {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    other => panic!("no entity of XML: {other}"),
                };
            }
            Event::Eof => return (elements, text),
            _ => {}
        }
    }
}

#[test]
fn markup_in_texts_stays_text() {
    let (elements, text) = read(&page(&report()));
    assert!(!elements.iter().any(|name| name == "script" || name == "img"), "{elements:?}");
    // Name, sentence, violations and reasons are read as they are.
    assert!(text.matches(MARKUP).count() > 20);
    assert!(text.contains("5 more of them"));
    for (_, name) in SECTIONS {
        assert!(text.contains(name), "{name}");
    }
    for rule in Rule::ALL {
        assert!(text.contains(rule.name()) && text.contains(rule.explanation()), "{rule:?}");
    }
}

/// The page's cells about the first driver.
fn cells(report: &Report) -> Vec<String> {
    report.summary().into_iter().map(|(_, figures)| figures[0].clone()).collect()
}

#[test]
fn a_driver_that_could_not_be_run_is_explained_once() {
    let mut report = report();
    let why = "the device did not start: STATUS_X\n  the last calls that failed:\n    one";
    let why = RunError::Wrong(why.to_owned());
    report.drivers = vec![DriverReport::not_run("broken.sys".to_owned(), &why)];
    let (_, text) = read(&page(&report));
    assert!(text.contains("broken.sys could not be run") && text.contains("    one"), "{text}");
    assert_eq!(cells(&report)[0], "not run: the device did not start: STATUS_X");
    assert!(cells(&report)[1..].iter().all(|cell| cell == "–"), "{:?}", cells(&report));
    assert_eq!(report.verdict(), "1 driver could not be run");
    assert!(report.is_wrong() && !report.is_tried());
    let lack = RunError::NoEndpoint { driver: "half.sys".to_owned() };
    let half = DriverReport::not_run("half.sys".to_owned(), &lack);
    let broken = std::mem::replace(&mut report.drivers[0], half);
    assert!(!report.is_wrong() && !report.is_tried() && !report.passes());
    report.drivers[0] = broken;
    // Nothing else is on the page: no section without a row, no cell without a figure.
    assert!(!text.contains("Not measured") && !text.contains("Null test"), "{text}");
    // Beside one that ran, its cells say so.
    report.drivers.push(self::report().drivers.swap_remove(0));
    let (_, text) = read(&page(&report));
    assert!(text.contains("– not run") && text.contains("W1"), "{text}");
}

#[test]
fn a_setting_that_the_driver_ignored_is_named() {
    let subject = crate::subject::linked().with_settings([("DefaultChannels", 16.into())]);
    let done = subject.on_device(acx_conform::run::Time::Virtual, |_, _| Ok(()));
    assert_eq!(done.unwrap().1.count(), 0);
    let mut report = report();
    report.drivers.truncate(1);
    report.drivers[0].name = "acxvad".to_owned();
    report.drivers[0].ignored_settings = subject.ignored_settings();
    let (_, text) = read(&page(&report));
    assert!(text.contains("acxvad: ") && text.contains("DefaultChannels"), "{text}");
}

#[test]
fn what_was_not_tried_is_no_success() {
    let mut report = report();
    let driver = &mut report.drivers[0];
    driver.faults = Measured::Value(vec![ScenarioFaults::default()]);
    driver.null_test = Measured::Missing { why: "no cable: it is deaf".to_owned() };
    (driver.passed, driver.conformance) = ([7, 0, 1, 0], Vec::new());
    driver.rules.iter_mut().for_each(|rule| rule.violations.clear());
    driver.machines = 3;
    report.drivers.truncate(1);
    let found = cells(&report);
    assert_eq!(found[0], "7 of 7; 1 do not apply");
    assert_eq!(found[1], "none, in 3 runs from load to unload");
    assert_eq!(found[2], "no call of the driver can fail");
    assert_eq!(found[3], "not measured: no cable: it is deaf");
    assert!(report.passes());
    assert_eq!(report.verdict(), "7 conformance cases pass, no rule is broken");
    let (_, text) = read(&page(&report));
    assert!(text.contains("– the driver makes no call that can fail"), "{text}");
    assert!(!text.contains("✓ every failure is handled"), "{text}");
}

#[test]
fn the_figures_of_packets_are_those_of_bench() {
    let mut report = report();
    let spread = |median: f64| Spread { median, ..Spread::default() };
    let completions = |stamp_off_ns| bench::Completions { stamp_off_ns, ..Default::default() };
    report.cost = Measured::Value(Bench {
        format: "48000 Hz".to_owned(),
        period_ms: 10,
        streams: 1,
        rounds: 3,
        driver: bench::Figures {
            driver: "a".to_owned(),
            image_bytes: None,
            ends: vec!["speaker"],
            packet_ns: spread(4200.0),
            position_ns: spread(310.0),
            completions: Some(completions(12.0)),
            completions_when_late: Some(completions(34.0)),
            memory_per_stream: bench::StreamMemory::default(),
            starts: Vec::new(),
            page_changes_timed: 0,
            page_changes_checked: 0,
            findings: acx_conform::run::Findings::default(),
        },
        against: None,
        ratios: None,
    });
    let found = cells(&report);
    for figure in ["12 ns", "34 ns", "4.2 µs", "310 ns"] {
        assert!(found.iter().any(|own| own == figure), "{figure}: {found:?}");
    }
    let (_, text) = read(&page(&report));
    assert!(text.matches("4.2 µs").count() >= 2, "in the summary and the table of costs");
}

#[test]
fn the_summary_is_a_markdown_table_whatever_the_names() {
    let mut report = report();
    report.drivers.iter_mut().for_each(|driver| driver.name = "a|b".to_owned());
    let text = report.markdown();
    let table: Vec<&str> = text.lines().skip(2).collect();
    assert_eq!(table.len(), report.summary().len() + 2);
    assert!(table[0].contains("a\\|b"));
    for line in table {
        assert_eq!(line.replace("\\|", "").matches('|').count(), 4, "{line}");
    }
}

/// Labels refer to identifiers, so each must be unique.
#[test]
fn identifiers_are_unique_and_nothing_comes_from_elsewhere() {
    let page = page(&report());
    let mut ids: Vec<&str> =
        page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    // `read` sees to elements that refer to something; the rest is style.
    let style = include_str!("../style.css");
    assert!(!style.contains("@import") && !style.contains("url("));
}
