//! Experiments: the host's own answers, its switches, and files of answers.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use acx_conform::run::Time;
use acx_host::assumptions::{
    Assumptions, Composites, Creation, Destroy, FailedStreams, FormatOffsets, Hardware, Jump,
    PacketHash, RemovedCircuits, SharedLists, Statuses, Unplugged,
};
use acx_sys::*;
use acxhost::probe::answers::{Answer, Answers};
use acxhost::probe::assume::{SWITCHES, assume};
use acxhost::probe::observe::OBSERVATIONS;
use acxhost::probe::{self, EXPERIMENTS};
use acxhost::subject;

const PAGE: &str = include_str!("../../../docs/host-assumptions.md");

/// The page's rows: the id, and whether the last cell names an experiment.
fn rows() -> Vec<(&'static str, bool)> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (id, rest) = row.split_once('`').unwrap();
        let cells: Vec<&str> = rest.trim_matches(['|', ' ']).split(" | ").collect();
        assert_eq!(cells.len(), 3, "{row}");
        (id, cells[2].starts_with("probe: "))
    })
    .collect()
}

#[test]
fn the_page_and_the_experiments_name_each_other() {
    let rows = rows();
    let tables = PAGE.lines().filter(|line| line.starts_with("| ")).count();
    let heads = PAGE.lines().filter(|line| line.starts_with("| id |")).count();
    assert_eq!(rows.len() + heads, tables, "every row has an id");
    let ids: BTreeSet<&str> = rows.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids.len(), rows.len(), "no id twice");
    let asked = rows.iter().filter(|(_, is_asked)| *is_asked).map(|(id, _)| *id);
    let known: BTreeSet<&str> = EXPERIMENTS.iter().map(|own| own.id).collect();
    assert_eq!(asked.collect::<BTreeSet<_>>(), known);
    assert_eq!(known.len(), EXPERIMENTS.len());
    for switch in &SWITCHES {
        assert!(known.contains(switch.id), "{}", switch.id);
    }
    for own in OBSERVATIONS {
        assert!(ids.contains(own.id) && !known.contains(own.id), "{}", own.id);
    }
}

/// The documentation states the effect of each answer.
#[test]
fn the_page_of_the_first_run_says_what_each_answer_changes() {
    let page = include_str!("../../../docs/first-run.md");
    let experiments = EXPERIMENTS.iter().map(|own| (own.id, own.asks, own.changes));
    let observed = OBSERVATIONS.iter().map(|own| (own.id, own.asks, own.changes));
    let rows: Vec<_> = experiments
        .chain(observed)
        .map(|(id, asks, changes)| format!("| `{id}` | {asks} | {changes} |"))
        .collect();
    for row in &rows {
        assert!(page.lines().any(|line| line == row), "docs/first-run.md lacks: {row}");
    }
    let there =
        page.lines().filter(|line| line.starts_with("| `") && line.matches(" | ").count() == 2);
    assert_eq!(there.count(), rows.len());
}

/// The ids of all switches that a file can set.
fn switches() -> BTreeSet<&'static str> {
    let observed = OBSERVATIONS.iter().map(|own| own.id);
    SWITCHES.iter().map(|own| own.id).chain(observed).collect()
}

/// Each switch with a host that behaves differently.
fn others() -> Vec<(&'static str, Assumptions)> {
    let of = |change: fn(&mut Assumptions)| {
        let mut own = Assumptions::default();
        change(&mut own);
        own
    };
    let status = |change: fn(&mut Statuses) -> &mut NTSTATUS| {
        let mut own = Assumptions::default();
        *change(&mut own.statuses) = STATUS_ACCESS_DENIED;
        own
    };
    vec![
        ("short-descriptor", status(|own| &mut own.short_descriptor)),
        ("unknown-set", status(|own| &mut own.unknown_set)),
        ("unknown-id", status(|own| &mut own.unknown_id)),
        ("wrong-verb", status(|own| &mut own.wrong_verb)),
        ("wrong-target", status(|own| &mut own.wrong_target)),
        ("no-such-item", status(|own| &mut own.no_such_item)),
        ("wrong-item", status(|own| &mut own.wrong_item)),
        ("format-offsets", of(|own| own.format_offsets = FormatOffsets::UlongFromHeaderEnd)),
        ("jump", of(|own| own.jump = Jump::Refuse)),
        ("packet-hash", of(|own| own.packet_hash = PacketHash::CountAboveQpc)),
        ("unplugged", of(|own| own.unplugged = Unplugged::StreamsEnd)),
        ("hardware-order", of(|own| own.hardware = Hardware::AroundPackets)),
        ("stream-creation", of(|own| own.creation = Creation::StreamingCircuitFirst)),
        ("composites", of(|own| own.composites = Composites::Refused)),
        ("failed-streams", of(|own| own.failed_streams = FailedStreams::AtOnce)),
        ("removed-circuits", of(|own| own.removed_circuits = RemovedCircuits::Deleted)),
        ("shared-lists", of(|own| own.shared_lists = SharedLists::Refused)),
        ("destroy-callback", of(|own| own.destroy = Destroy::Later)),
    ]
}

fn ask(assumptions: Assumptions) -> Answers {
    let subject = subject::showcase(subject::linked()).assuming(assumptions);
    let asked = subject.on_system(Time::Virtual, |system| Ok(probe::ask(system, &subject)));
    let (answers, findings) = asked.unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    answers
}

#[test]
fn every_switch_changes_the_answer_of_its_experiment_and_is_set_from_it() {
    let usual = ask(Assumptions::default());
    assert_eq!(assume(&usual).assumptions, Assumptions::default());
    let others = others();
    let ids: BTreeSet<&str> = others.iter().map(|(id, _)| *id).collect();
    assert_eq!(ids, switches());
    for (id, assumptions) in others {
        let answers = ask(assumptions);
        for switch in switches() {
            let same = usual.answer(switch) == answers.answer(switch);
            assert_eq!(same, switch != id, "{id}: {:?}", answers.answers[switch]);
        }
        let assumed = assume(&answers);
        assert_eq!((assumed.assumptions, assumed.unknown), (assumptions, Vec::new()), "{id}");
    }
}

/// The fields in the `Debug` output of the host's switches, with those of its statuses separate.
fn fields(of: &Assumptions) -> Vec<(String, String)> {
    let text = format!("{of:?}").replace("statuses: Statuses {", "");
    let inside = text.trim_start_matches("Assumptions {").trim_end_matches(['}', ' ']);
    let pairs = inside.split(',').filter_map(|pair| pair.split_once(": "));
    pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect()
}

#[test]
fn files_set_every_switch_that_the_host_has() {
    let usual = fields(&Assumptions::default());
    assert_eq!(usual.len(), switches().len(), "{usual:?}");
    // Each of these hosts differs from the usual one in one switch, which no other one changes.
    let changed = others().into_iter().map(|(id, own)| {
        let pairs = usual.iter().zip(fields(&own));
        let names: Vec<_> = pairs.filter(|(one, other)| *one != other).collect();
        assert_eq!(names.len(), 1, "{id}");
        names[0].0.0.clone()
    });
    assert_eq!(changed.collect::<BTreeSet<_>>().len(), usual.len());
}

#[test]
fn what_a_driver_sees_has_an_answer_for_each_behaviour() {
    for own in OBSERVATIONS {
        let mut answers = ask(Assumptions::default());
        let mut hosts = BTreeSet::new();
        for answer in own.answers {
            let text = Answer::Answered((*answer).to_owned());
            answers.answers.insert(own.id.to_owned(), text);
            let assumed = assume(&answers);
            assert!(assumed.unknown.is_empty(), "{}: {answer}", own.id);
            hosts.insert(format!("{:?}", assumed.assumptions));
        }
        assert_eq!(hosts.len(), own.answers.len(), "{}", own.id);
        let text = Answer::Answered("perhaps".to_owned());
        answers.answers.insert(own.id.to_owned(), text);
        assert_eq!(assume(&answers).unknown, [(own.id, "perhaps".to_owned())]);
    }
}

#[test]
fn a_trace_is_assumed_as_far_as_it_shows_a_choice() {
    let folder = tempfile::tempdir().unwrap();
    let [answers, trace] = ["answers.json", "trace.json"].map(|name| folder.path().join(name));
    let around = Assumptions { hardware: Hardware::AroundPackets, ..Assumptions::default() };
    std::fs::write(&answers, serde_json::to_string(&ask(around)).unwrap()).unwrap();
    let run = acxhost(&["trace", "--json", "--assume", text(&answers)]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    std::fs::write(&trace, &run.stdout).unwrap();
    let order = |files: &[&str]| {
        let all = files.iter().flat_map(|file| ["--assume", *file]);
        let run = acxhost(&["probe", "--json"].into_iter().chain(all).collect::<Vec<_>>());
        let value: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
        value["answers"]["hardware-order"].as_str().unwrap().to_owned()
    };
    assert_eq!(order(&[]), "the packets");
    assert_eq!(order(&[text(&trace)]), "the hardware");
    // The last file takes precedence; a file without an answer keeps that of the one before.
    let mut usual = ask(Assumptions::default());
    std::fs::write(&answers, serde_json::to_string(&usual).unwrap()).unwrap();
    assert_eq!(order(&[text(&trace), text(&answers)]), "the packets");
    usual.answers.remove("hardware-order");
    std::fs::write(&answers, serde_json::to_string(&usual).unwrap()).unwrap();
    assert_eq!(order(&[text(&trace), text(&answers)]), "the hardware");
}

#[test]
fn every_experiment_can_be_done_with_a_driver_of_ours() {
    for (id, answer) in ask(Assumptions::default()).answers {
        assert!(matches!(answer, Answer::Answered(_)), "{id}: {answer}");
    }
}

#[test]
fn the_answers_are_the_same_again() {
    assert_eq!(ask(Assumptions::default()), ask(Assumptions::default()));
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

#[test]
fn files_of_answers_are_compared_and_assumed() {
    let folder = tempfile::tempdir().unwrap();
    let [host, other] = ["host.json", "other.json"].map(|name| folder.path().join(name));
    let run = acxhost(&["probe", "--json"]);
    assert_eq!(run.status.code(), Some(0), "{run:?}");
    std::fs::write(&host, &run.stdout).unwrap();
    let same = acxhost(&["probe", "--compare", text(&host), text(&host)]);
    assert_eq!(same.status.code(), Some(0), "{same:?}");
    assert!(String::from_utf8_lossy(&same.stdout).contains("Different     0"), "{same:?}");

    // A file that another system could have written.
    let mut answers = Answers::read(&host).unwrap();
    "windows".clone_into(&mut answers.system);
    let answered = |text: &str| Answer::Answered(text.to_owned());
    answers.answers.insert("wrong-verb".to_owned(), answered("0xc00000bb"));
    answers.answers.insert("jump".to_owned(), answered("0xc0000001"));
    let not_asked = Answer::NotAsked("no jack".to_owned());
    answers.answers.insert("unplugged".to_owned(), not_asked);
    std::fs::write(&other, serde_json::to_string(&answers).unwrap()).unwrap();
    let differ = acxhost(&["probe", "--compare", text(&host), text(&other)]);
    assert_eq!(differ.status.code(), Some(1), "{differ:?}");
    let shown = String::from_utf8_lossy(&differ.stdout).into_owned();
    for wanted in [
        "wrong-verb: How is SET of a read-only property refused?\n  0xc0000010\n  0xc00000bb\n",
        "changes: the switch statuses.wrong_verb",
        "jump: ",
        "acxvad on windows",
        "Different     2",
        "Not compared  1",
    ] {
        assert!(shown.contains(wanted), "{wanted}\n{shown}");
    }
    let json = acxhost(&["probe", "--compare", text(&host), text(&other), "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(value["differences"][0]["id"], "wrong-verb");
    assert_eq!(value["not_compared"][0], "unplugged");

    // The host applies the answers that it supports, and reports the others.
    let assumed = acxhost(&["probe", "--json", "--assume", text(&other)]);
    let complaint = String::from_utf8_lossy(&assumed.stderr).into_owned();
    assert!(complaint.contains("the host has no such behaviour") && complaint.contains("jump"));
    let value: serde_json::Value = serde_json::from_slice(&assumed.stdout).unwrap();
    assert_eq!(value["answers"]["wrong-verb"], "0xc00000bb");
    assert_eq!(value["answers"]["jump"], "0x00000000");
    // With another command, too: the suite expects the usual answer.
    let conform = acxhost(&["conform", "--case", "B20", "--assume", text(&other)]);
    assert_eq!(conform.status.code(), Some(1), "{conform:?}");
    assert!(String::from_utf8_lossy(&conform.stdout).contains("0xc00000bb"), "{conform:?}");
}

#[test]
fn a_file_that_is_none_of_answers_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("answers.json");
    for (content, wanted) in [
        ("", "not JSON"),
        ("{\"acxhost_answers\": 1,", "not JSON"),
        ("[1, 2]", "not a file of answers"),
        ("{\"circuits\": []}", "not a file of answers: missing field `acxhost_answers`"),
        (
            "{\"acxhost_answers\": 1, \"system\": \"host\", \"driver\": \"a\", \"answers\": {\"jump\": 7}}",
            "not a file of answers",
        ),
        ("{\"acxhost_answers\": 2, \"answers\": 3}", "answers of version 2"),
        (
            "{\"acxhost_answers\": 1, \"system\": \"host\", \"driver\": \"a\", \
             \"answers\": {\"leap\": \"0x00000000\"}}",
            "there is no question leap",
        ),
    ] {
        std::fs::write(&file, content).unwrap();
        for arguments in [
            ["probe", "--assume", text(&file)].as_slice(),
            &["probe", "--compare", text(&file), text(&file)],
        ] {
            let run = acxhost(arguments);
            let said = String::from_utf8_lossy(&run.stderr).into_owned();
            assert_eq!(run.status.code(), Some(2), "{content}: {said}");
            assert!(said.contains(wanted) && said.lines().count() == 1, "{content}: {said}");
            assert!(said.contains("answers.json"), "{content}: {said}");
        }
    }
    let missing = acxhost(&["probe", "--assume", "no-such-file.json"]);
    assert_eq!(missing.status.code(), Some(2), "{missing:?}");
}

/// A machine that is built in another way would not have the assumptions of `--assume`.
#[test]
fn every_machine_of_a_command_is_its_subjects() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![crates.join("acxhost/src"), crates.join("acx-conform/src")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let built =
                std::fs::read_to_string(&path).unwrap().matches("Machine::builder()").count();
            let allowed = usize::from(path.ends_with("acx-conform/src/subject.rs"));
            assert_eq!(built, allowed, "{}", path.display());
        }
    }
    assert!(files > 20);
}
