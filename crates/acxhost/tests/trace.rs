//! A driver's own trace of its callbacks, and the differences of two traces.

use std::path::Path;
use std::process::{Command, Output};

use acx_host::Machine;
use acx_host::assumptions::{Assumptions, Creation, Hardware};
use acxhost::subject;
use acxhost::trace::{self, Trace, compare};

fn take(assumptions: Assumptions) -> Trace {
    let (trace, findings) =
        trace::take(&subject::showcase(subject::linked()).assuming(assumptions)).unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    trace.unwrap()
}

#[test]
fn every_callback_is_traced_with_its_object_its_numbers_and_its_level() {
    let trace = take(Assumptions::default());
    assert_eq!(compare(&trace, &take(Assumptions::default())), None, "a run repeats");
    let count = |name: &str| trace.calls.iter().filter(|call| call.callback == name).count();
    assert_eq!(count("EvtDevicePrepareHardware"), 1);
    assert_eq!(count("EvtDeviceReleaseHardware"), 1);
    // Two cables' ends and two composite endpoints stream.
    for name in ["EvtAcxStreamPrepareHardware", "EvtAcxStreamRun", "EvtAcxStreamPause"] {
        assert!(count(name) >= 4, "{name}: {}", count(name));
    }
    assert_eq!(count("EvtTimerFunc"), 0, "timers expire with every packet");
    // Two packets of 10 ms, in the speaker's default format; packets 0 and 1.
    let find = |name: &str| trace.calls.iter().find(|call| call.callback == name).unwrap();
    let allocated = find("EvtAcxStreamAllocateRtPackets");
    assert_eq!((allocated.numbers, allocated.irql), ([2, 480 * 4], 0));
    let run = find("EvtAcxStreamRun");
    assert_eq!(run.object, allocated.object, "the same stream");
    let written = trace.calls.iter().filter(|call| call.callback == "EvtAcxStreamSetRenderPacket");
    let numbers: Vec<u32> = written.map(|call| call.numbers[0]).collect();
    assert_eq!(numbers[..2], [0, 1]);
    assert!(trace.calls.is_sorted_by_key(|call| call.at));
    assert!(trace.calls.last().unwrap().at >= 50_000, "it ran for 50 ms");
}

#[test]
fn callbacks_are_not_traced_unless_the_setting_says_so() {
    let machine = Machine::builder().build();
    let ran = subject::showcase(subject::linked())
        .on_machine(&machine, |machine, _| trace::client(machine));
    ran.unwrap();
    assert!(!machine.take_trace().any(|event| event.name == "Callback"));
}

#[test]
fn a_changed_order_of_callbacks_is_named() {
    let usual = take(Assumptions::default());
    let around = Assumptions { hardware: Hardware::AroundPackets, ..Assumptions::default() };
    let found = compare(&usual, &take(around)).expect("they differ");
    assert_eq!(found.one.as_ref().unwrap().callback, "EvtAcxStreamAllocateRtPackets");
    assert_eq!(found.other.as_ref().unwrap().callback, "EvtAcxStreamPrepareHardware");
    assert!(found.assumptions.contains(&"hardware-order"), "{:?}", found.assumptions);
    let shown = found.to_string();
    assert!(shown.contains("one:") && shown.contains("EvtAcxStreamAllocateRtPackets(2, 1920)"));
    // A composite endpoint whose bridge inverts the order: the other circuit's stream comes first.
    let creation = Creation::StreamingCircuitFirst;
    let first = Assumptions { creation, ..Assumptions::default() };
    let found = compare(&usual, &take(first)).expect("they differ");
    assert!(found.assumptions.contains(&"stream-creation"), "{:?}", found.assumptions);
    let [one, other] = [found.one.unwrap(), found.other.unwrap()];
    assert_eq!([&*one.callback, &*other.callback], ["EvtAcxCircuitCreateStream"; 2]);
    assert_ne!(one.object, other.object, "the same callback of another circuit");
}

#[test]
fn the_page_and_the_trace_name_each_other() {
    let page = include_str!("../../../docs/host-assumptions.md");
    let rows = page.lines().filter(|line| line.starts_with("| `") && line.contains(" | trace: "));
    let mut ids: Vec<&str> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    ids.sort_unstable();
    let mut shown: Vec<&str> = trace::SHOWN.iter().map(|(id, _)| *id).collect();
    shown.dedup();
    assert_eq!(ids, shown);
    // Each of the callbacks is in a trace.
    let trace = take(Assumptions::default());
    for (id, name) in trace::SHOWN {
        assert!(trace.calls.iter().any(|call| call.callback == name), "{id}: {name}");
    }
}

fn acxhost(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acxhost"));
    command.args(arguments);
    if !arguments.contains(&"--compare") {
        command.args(["--set", "Profile=showcase"]);
    }
    command.output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The same trace in the format of `tracerpt -of XML`, as far as it is documented.
fn as_xml(trace: &Trace) -> String {
    let event = |call: &trace::Call| {
        // Handles like the kernel's.
        let object = 0xFFFF_8000_0000_0000_u64 + u64::from(call.object) * 0x40;
        let [first, second] = call.numbers;
        format!(
            "<Event xmlns=\"http://schemas.microsoft.com/win/2004/08/events/event\">\n\
             <System><Provider Name=\"acxvad\" /></System>\n<EventData>\n\
             <Data Name=\"Name\">{}</Data>\n<Data Name=\"Object\">0x{object:X}</Data>\n\
             <Data Name=\"First\">{first}</Data>\n<Data Name=\"Second\">       {second}</Data>\n\
             <Data Name=\"Irql\">{}</Data>\n</EventData>\n</Event>\n",
            call.callback, call.irql
        )
    };
    let events: String = trace.calls.iter().map(event).collect();
    format!("<?xml version=\"1.0\"?>\n<Events>\n{events}</Events>\n")
}

#[test]
fn files_of_both_kinds_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let (host, xml, wide) = (file("host.json"), file("windows.xml"), file("wide.xml"));
    let run = acxhost(&["trace", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    std::fs::write(&host, &run.stdout).unwrap();
    let mut trace = Trace::read(&host).unwrap();
    let content = as_xml(&trace);
    std::fs::write(&xml, &content).unwrap();
    let units = std::iter::once(0xFEFF).chain(content.encode_utf16());
    std::fs::write(&wide, units.flat_map(u16::to_le_bytes).collect::<Vec<_>>()).unwrap();
    for other in [&host, &xml, &wide] {
        let same = acxhost(&["trace", "--compare", text(&host), text(other)]);
        assert_eq!(same.status.code(), Some(0), "{same:?}");
    }
    // Two callbacks change places.
    let at = trace.calls.iter().position(|call| call.callback == "EvtAcxStreamRun").unwrap();
    trace.calls.swap(at - 1, at);
    std::fs::write(&xml, as_xml(&trace)).unwrap();
    let differ = acxhost(&["trace", "--compare", text(&host), text(&xml)]);
    assert_eq!(differ.status.code(), Some(1), "{differ:?}");
    let shown = String::from_utf8_lossy(&differ.stdout).into_owned();
    assert!(
        shown.contains("the first difference:") && shown.contains("EvtAcxStreamRun"),
        "{shown}"
    );
    let json = acxhost(&["trace", "--json", "--compare", text(&host), text(&xml)]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["difference"]["other"]["callback"], "EvtAcxStreamRun");
    // A trace that ends early.
    trace.calls.truncate(3);
    std::fs::write(&xml, as_xml(&trace)).unwrap();
    let short = acxhost(&["trace", "--compare", text(&host), text(&xml)]);
    assert!(String::from_utf8_lossy(&short.stdout).contains("other: nothing more"), "{short:?}");

    for (content, wanted) in [
        ("{}", "not a trace: missing field"),
        ("nothing", "not a trace"),
        ("<Events></Events>", "it has no event Callback"),
        (
            "{\"acxhost_trace\": 2, \"system\": \"host\", \"driver\": \"a\", \"calls\": []}",
            "it has version 2",
        ),
    ] {
        std::fs::write(&xml, content).unwrap();
        let run = acxhost(&["trace", "--compare", text(&host), text(&xml)]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(2), "{content}: {said}");
        assert!(said.contains(wanted) && said.lines().count() == 1, "{content}: {said}");
    }
}
