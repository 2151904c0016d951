//! A client whose looks at the clock take time, as on a busy system: what it comes too late for
//! says
//! nothing about the driver.

mod vendor;

use std::cell::Cell;
use std::time::Duration;

use acx_client::{File, System};
use acx_conform::run::Time;
use acx_conform::suite::{self, Outcome, Selection, Transport};
use acx_host::Machine;
use acx_sys::{DEVPROPKEY, GUID, NTSTATUS};
use flawed_cable::Flaw;
use vendor::subject;

/// A machine where each look at the clock takes so long. Its time is virtual, and passes as real
/// time does.
struct Slow<'m> {
    machine: &'m Machine,
    look: Duration,
    /// The looks so far, and the one that takes longer.
    looks: Cell<u32>,
    late: Option<u32>,
}

impl<'m> Slow<'m> {
    fn new(machine: &'m Machine, look: Duration, late: Option<u32>) -> Self {
        Self { machine, look, looks: Cell::new(0), late }
    }
}

/// How much longer: an attempt of a client ends.
const LATE: Duration = Duration::from_millis(5);

impl System for Slow<'_> {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        self.machine.interfaces(category)
    }

    fn open(&self, link: &str) -> Result<File, NTSTATUS> {
        self.machine.open(link)
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        self.machine.interface_property(link, key)
    }

    fn create_event(&self) -> u64 {
        self.machine.create_event()
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        self.machine.wait_any(events, timeout)
    }

    fn sleep(&self, span: Duration) {
        self.machine.sleep(span);
    }

    fn qpc(&self) -> u64 {
        let number = self.looks.get();
        self.looks.set(number + 1);
        self.machine
            .sleep(self.look + if self.late == Some(number) { LATE } else { Duration::ZERO });
        self.machine.qpc()
    }

    fn qpc_frequency(&self) -> u64 {
        self.machine.qpc_frequency()
    }
}

/// What the suite finds in the driver without a flaw where a look at the clock takes so many
/// microseconds.
fn found(case: &str, microseconds: u64) -> Outcome {
    found_once_late(case, microseconds, None).0
}

/// The same where one look takes longer. Also the number of looks, and the time, in milliseconds.
fn found_once_late(case: &str, microseconds: u64, late: Option<u32>) -> (Outcome, u32, u64) {
    let subject = subject(Flaw::Nothing);
    let found = subject.on_device(Time::Virtual, |machine, _| {
        let slow = Slow::new(machine, Duration::from_micros(microseconds), late);
        let selection = Selection { case: Some(case), ..Selection::default() };
        let begin = machine.qpc();
        let found = suite::run_over(Transport::Live(&slow), &subject, selection, &mut |_, _| {})?;
        let ticks = machine.qpc() - begin;
        Ok((found, slow.looks.get(), ticks * 1000 / machine.qpc_frequency()))
    });
    let (mut found, looks, span) = found.unwrap().0;
    (found.verdicts.pop().unwrap().outcome, looks, span)
}

/// Two frames of 48 kHz may pass while a block is written: 41.7 us.
#[test]
fn a_block_that_was_written_too_slowly_is_no_finding() {
    let figure = "4 pairs of streams, off by 19 us at most; heard behind a FIFO of 768 bytes";
    assert_eq!(found("B26", 41), Outcome::Passed(figure.to_owned()));
    let why = "this system wakes its clients up too late";
    assert_eq!(found("B26", 42), Outcome::NotApplicable(why.to_owned()));
}

/// One that falls behind by more than a quarter of a half proves nothing. Each of its five attempts
/// begins when nothing of the one before is heard any more.
#[test]
fn a_legacy_client_that_comes_too_late_leaves_short_halves_out() {
    let too_late = |halves: &[&str]| {
        let all = halves.iter().map(|half| format!("48000 Hz, 2 ch, 16 bit, halves of {half} ms"));
        all.collect::<Vec<_>>().join(", ")
    };
    let all = ["1", "2", "2.7", "5", "10"];
    for (microseconds, late) in [(1_000, 0), (1_100, 1), (2_100, 2), (2_800, 3)] {
        let streams = all.len() - late;
        let also = match late {
            0 => String::new(),
            late => format!("; too late for {}", too_late(&all[..late])),
        };
        let figure =
            format!("{streams} streams with halves of 1 to 10 ms, bit exact; then silence{also}");
        assert_eq!(found("B19", microseconds), Outcome::Passed(figure));
    }
    let nothing = format!("nothing could be asked; too late for {}", too_late(&all));
    // Or this machine was late as well.
    let asked = found("B19", 11_000);
    assert!(asked == Outcome::Failed(nothing) || asked.is_not_applicable(), "{asked:?}");
}

/// It begins again when nothing of its first attempt is heard any more.
#[test]
fn a_legacy_client_that_comes_too_late_once_is_asked_again() {
    let all = "5 streams with halves of 1 to 10 ms, bit exact; then silence".to_owned();
    let all = Outcome::Passed(all);
    let (in_time, looks, span) = found_once_late("B19", 0, None);
    assert_eq!(in_time, all);
    // In one of the last halves, and in one of a stream with shorter ones.
    for back in [2, 8, 40] {
        let (again, _, longer) = found_once_late("B19", 0, Some(looks - back));
        assert_eq!(again, all, "{back}");
        assert!(longer > span + 100, "{back}: {longer} ms, and {span} ms in time");
    }
}
