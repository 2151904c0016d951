//! Each flaw of the driver makes the case that it names fail, and no other.
//!
//! `ACXVAD_LONG=1` runs every case for every flaw; otherwise only the audio cases run.

mod says;
mod vendor;

use std::collections::BTreeSet;

use acx_client::{Direction, System};
use acx_conform::analysis::compare;
use acx_conform::faults::{self, Check};
use acx_conform::melody::{STEREO, melody};
use acx_conform::play::{self, Cable, end_of, play_on};
use acx_conform::run::Time;
use acx_conform::suite::{self, Outcome, Results, Selection, Transport};
use flawed_cable::Flaw;
use vendor::subject;

fn results(flaw: Flaw, without: &[&str]) -> Results {
    let selection = Selection { without, ..Selection::default() };
    let transport = Transport::Host(Time::Virtual);
    suite::run_over(transport, &subject(flaw), selection, &mut |_, _| {}).unwrap()
}

/// Cases about what the driver does not have.
const APART: [&str; 6] = ["Q4", "W6", "W7", "B16", "B17", "B18"];

/// What hears a flaw, or shows one: cases about audio, and those whose flaws are here.
const ASKED: [&str; 24] = [
    "B4", "B13", "B14", "B19", "B21", "B22", "B23", "B26", "B27", "B28", "B29", "B32", "B33",
    "B35", "B36", "B37", "B38", "B39", "B40", "B41", "B43", "B44", "B45", "S3",
];

/// A day of audio: this driver looks at each frame.
const DAY: &str = "B3";

/// A device that starts muted is as good as another one.
#[test]
fn without_a_flaw_every_case_passes() {
    for muted in [0_u32, 1] {
        let subject = subject(Flaw::Nothing).with_settings([("Muted", muted.into())]);
        let selection = Selection { without: &[DAY], ..Selection::default() };
        let transport = Transport::Host(Time::Virtual);
        let found = suite::run_over(transport, &subject, selection, &mut |_, _| {}).unwrap();
        assert_eq!(found.failures(), Vec::<String>::new(), "{muted}");
        let apart = found.verdicts.iter().filter(|verdict| verdict.outcome.is_not_applicable());
        assert_eq!(apart.map(|verdict| verdict.id).collect::<Vec<_>>(), APART, "{muted}");
    }
}

#[test]
fn a_microphone_with_a_sound_of_its_own_is_asked_for_volume_and_mute() {
    let subject = subject(Flaw::Nothing).with_settings([("OwnSound", 1.into())]);
    let found = suite::run_case(&subject, "B33").unwrap().outcome;
    let figure = "a volume of -6.0 dB is heard as -6.00 dB; mute";
    assert_eq!(found, Outcome::Passed(figure.to_owned()));
}

/// Of 150 ms, the last 80 are looked at.
#[test]
fn a_microphone_may_be_silent_for_a_while_before_it_records_a_sine() {
    for (begins_at, is_enough) in [(70 * 48, true), (70 * 48 + 1, false)] {
        let subject = subject(Flaw::Nothing).with_settings([("BeginsAt", begins_at.into())]);
        let found = suite::run_case(&subject, "B38").unwrap().outcome;
        assert_eq!(found.is_passed(), is_enough, "{begins_at}: {found:?}");
    }
}

#[test]
fn a_cable_may_carry_nothing_between_unlike_rates() {
    let subject = subject(Flaw::Nothing).with_settings([("OneRate", 1.into())]);
    let found = |id| suite::run_case(&subject, id).unwrap().outcome;
    let unheard = "2 pairs of streams, off by 0 us at most; 2 hear nothing at unequal rates; ";
    let latency = found("B26");
    assert!(matches!(&latency, Outcome::Passed(said) if said.starts_with(unheard)), "{latency:?}");
    let nothing = "the cable carries nothing between ends in unlike formats";
    assert_eq!(found("B38"), Outcome::NotApplicable(nothing.to_owned()));
}

/// As on Windows: a tenth of a second passes after each case.
#[test]
fn what_is_in_flight_after_a_case_is_gone_before_the_next() {
    let took = |count: usize| {
        let without: Vec<_> = suite::ids().skip(count).collect();
        let selection = Selection { without: &without, ..Selection::default() };
        let on_device = subject(Flaw::Nothing).on_device(Time::Virtual, |machine, _| {
            let begin = machine.qpc();
            let transport = Transport::Live(machine);
            suite::run_over(transport, &subject(Flaw::Nothing), selection, &mut |_, _| {})?;
            Ok(machine.qpc() - begin)
        });
        on_device.unwrap().0
    };
    // Neither of the first two takes any time.
    assert_eq!(took(2) - took(1), 1_000_000);
}

/// As on Windows, where the device of all cases is one, and goes on to be used.
#[test]
fn a_case_leaves_the_device_as_the_next_one_needs_it() {
    let subject = subject(Flaw::Nothing).with_settings([("Muted", 1.into())]);
    let run = |selection| {
        let on_device = subject.on_device(Time::Virtual, |machine, _| {
            let transport = Transport::Live(machine);
            let found = suite::run_over(transport, &subject, selection, &mut |_, _| {})?;
            let tune = melody();
            let [speaker, microphone] = [Direction::Render, Direction::Capture]
                .map(|direction| end_of(machine, direction, 0));
            let cable = Cable { speaker: speaker?, microphone: Some(microphone?) };
            let options = play::Options::default();
            let played = play_on(machine, &cable, STEREO, &tune, options, &mut |_| {})?;
            let heard = compare(&tune, &played.recording, STEREO.block_align());
            Ok((found, heard.bit_exact))
        });
        on_device.unwrap().0
    };
    let selection = Selection::default();
    let (found, is_heard) = run(Selection { without: &["B2"], ..selection });
    assert_eq!(found.failures(), Vec::<String>::new());
    let passed = |id| found.verdicts.iter().any(|own| own.id == id && own.outcome.is_passed());
    assert!(is_heard && ["B13", "B14", "B27", "B33", "B38"].into_iter().all(passed));
    // The case that leaves one channel muted.
    assert!(run(Selection { case: Some("B13"), ..selection }).1);
}

/// What the suite says of the driver without a flaw: how much it has asked.
const FIGURES: &[(&str, &str)] = &[
    ("B5", "29 answers"),
    ("B7", "24 requests"),
    ("B9", "65 points of a packet, at 2 ends"),
    ("B12", "36 streams, each beside up to 4 others"),
    (
        "B13",
        "Speaker0: 2 channels, -96 dB to 6 dB; left at 0.251 of full scale; Microphone0: 2 channels, -96 dB to 6 dB; no meter of what is played",
    ),
    ("B15", "1000 us in 0 modes; 16 streams"),
    ("B19", "5 streams with halves of 1 to 10 ms, bit exact; then silence"),
    ("B20", "78 properties, each end's counted"),
    ("B21", "8640 bytes, and then silence; 3840 in the second run"),
    ("B22", "twice at Speaker0 and Microphone0; what is heard, the meter, a pause in a fade"),
    ("B23", "silence after 5 stalls, and of what a stop left"),
    ("B25", "20 packets with timers 3 ms late, and a pause, at 2 ends"),
    ("B26", "4 pairs of streams, off by 20 us at most; heard behind a FIFO of 768 bytes"),
    ("B27", "peaks of 2 streams; a mix stays within full scale; gain within 0.0000 dB, no click"),
    ("B28", "silent at the microphone while it is protected, and no longer"),
    ("B29", "4 changes and 3 repetitions at 2 jacks"),
    ("B30", "6 formats"),
    ("B33", "gain within 0.0000 dB, no click; mute by channel; the meter equals the recording"),
    ("B35", "8 orders; the streams go on; 3 rebalances, memory as before"),
    (
        "B36",
        "Speaker0: 2 channels, -96 dB to 6 dB in steps of 0.5 dB; Microphone0: 2 channels, -96 dB to 6 dB in steps of 0.5 dB",
    ),
    ("B37", "10 streams at Speaker1"),
    ("B38", "1 pairs of formats, the rest at most -64 dB of a sine; 0 pairs of channel counts"),
    ("B39", "Speaker0 in no list; 108000 frames recorded bit exact"),
    ("B40", "held for 2s after a pause and after a death"),
    ("B43", "the jack at 2 ends"),
    ("B44", "4 streams in 2097152 bytes, and again"),
    ("B45", "nothing is heard of 6 late packets; the next ones are whole"),
];

#[test]
fn figures_say_how_much_was_asked() {
    for (case, figure) in FIGURES {
        let found = suite::run_case(&subject(Flaw::Nothing), case).unwrap().outcome;
        assert_eq!(found, Outcome::Passed((*figure).to_owned()), "{case}");
    }
}

#[test]
fn each_flaw_turns_its_verdict_and_no_other() {
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let is_left_out = |id: &&str| *id == DAY || !is_long && !ASKED.contains(id);
    let without: Vec<_> = suite::ids().filter(is_left_out).collect();
    let mut wrong = Vec::new();
    for flaw in Flaw::ALL.iter().filter(|flaw| !flaw.verdict().starts_with("faults")) {
        let found = results(*flaw, &without);
        let failed = found.verdicts.iter().filter(|verdict| verdict.outcome.is_failure());
        let turned: Vec<_> = failed.map(|verdict| verdict.id).collect();
        println!("{flaw:?}: {turned:?}, {:#?}", found.failures());
        let sentence = found.failures().join("\n");
        let is_told = sentence.contains(says::says(*flaw));
        if turned != [flaw.verdict()] || !found.breaches.is_empty() || !is_told {
            wrong.push(format!("{flaw:?}: {turned:?}: {:#?}", found.failures()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What fault injection finds in a scenario.
fn injected(flaw: Flaw, scenario: &str) -> (BTreeSet<Check>, Vec<String>) {
    let scenario = Some(scenario.to_owned());
    let options = faults::Options { scenario, each: None, pairs: 0, seed: 1 };
    let mut found = faults::run(&subject(flaw), &options, &mut |_, _, _| {}).unwrap();
    let own = found.pop().unwrap();
    // A scenario that does not work while nothing fails is not gone on with.
    let is_broken = own.violations.iter().any(|why| why.starts_with("nothing fails: "));
    assert!(own.calls > 0 && (own.failed() > 0 || is_broken), "{own}");
    (own.checks, own.violations)
}

#[test]
fn fault_injection_finds_what_fails_at_a_hidden_end() {
    for (scenario, flaw) in [("hidden", Flaw::LosesJack), ("hidden-device", Flaw::StandsStill)] {
        assert_eq!(injected(Flaw::Nothing, scenario), (BTreeSet::new(), Vec::new()), "{scenario}");
        let (checks, violations) = injected(flaw, scenario);
        let names: Vec<_> =
            checks.iter().map(|check| format!("faults: {}", check.name())).collect();
        assert_eq!(names, [flaw.verdict()], "{violations:#?}");
    }
}

#[test]
fn fault_injection_finds_what_the_vendor_describes_and_does_not_work() {
    for (flaw, scenario, said) in [
        (Flaw::Copies, "protection", "nothing fails: 3000 is heard, not 0"),
        (Flaw::StaysSilent, "protection", "nothing fails: 0 is heard, not 3000"),
        (Flaw::SilentJack, "jack", "nothing fails: no client was notified of the jack"),
    ] {
        assert_eq!(injected(Flaw::Nothing, scenario), (BTreeSet::new(), Vec::new()));
        let (checks, violations) = injected(flaw, scenario);
        assert!(checks.iter().eq([&Check::Vendor]), "{flaw:?}: {violations:#?}");
        assert_eq!(violations, [said], "{flaw:?}");
    }
}

#[test]
fn flaws_of_one_case_are_told_apart() {
    assert_eq!(says::unsaid(), []);
}

#[test]
fn the_table_of_the_documentation_has_these_flaws() {
    let text = include_str!("../../../docs/conformance.md");
    for flaw in Flaw::ALL {
        let begin = format!("| {} |", flaw.verdict());
        let mut rows = text.lines().filter(|line| line.starts_with(&begin));
        assert!(rows.any(|row| row.contains(flaw.sentence())), "{flaw:?}");
    }
}
