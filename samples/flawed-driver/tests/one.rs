//! The flaw that `ACXVAD_FLAW` names makes its case fail. `cargo xtask mutants` tests each flaw
//! separately with it. Without the variable one flaw is tested; `ACXVAD_FLAW=list` prints the
//! names.

mod vendor;

use acx_conform::run::Time;
use acx_conform::suite::{self, Selection, Transport};
use acx_conform::{Driver, Subject};
use flawed_driver::Flaw;
use vendor::{LINKED, VENDOR};

#[test]
fn a_flaw_turns_its_case() {
    let name = std::env::var("ACXVAD_FLAW").unwrap_or_else(|_| "FlipsBit".to_owned());
    let is_case = |flaw: &Flaw| suite::ids().any(|id| id == flaw.verdict());
    let mut flaws = Flaw::ALL.iter().enumerate().filter(|(_, flaw)| is_case(flaw));
    if name == "list" {
        flaws.for_each(|(_, flaw)| println!("flaw {flaw:?}"));
        return;
    }
    let (at, flaw) = flaws.find(|(_, flaw)| format!("{flaw:?}") == name).expect("the flaw");
    let subject = |number: usize| {
        let subject = Subject::new(Driver::Linked(LINKED));
        let subject = subject.with_settings([("Flaw", (number as u32).into())]);
        if flaw.needs_parts() { subject.with_vendor(&VENDOR) } else { subject }
    };
    let selection = Selection { case: Some(flaw.verdict()), ..Selection::default() };
    let failures = |number| {
        let transport = Transport::Host(Time::Virtual);
        let found = suite::run_over(transport, &subject(number), selection, &mut |_, _| {});
        found.unwrap().failures().len()
    };
    assert_eq!(failures(at + 1), 1, "{flaw:?}");
    assert_eq!(failures(0), 0, "without a flaw");
}
