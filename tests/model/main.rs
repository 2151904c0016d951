//! Random lives of a device: legal and illegal steps in any order, checked against an oracle that
//! predicts the result of each.
//!
//! A life is a list of steps on its own machine. A life that differs from the oracle is shrunk to
//! the fewest steps that still differ. The seed is printed, and `ACXVAD_SEED` runs another one;
//! `ACXVAD_LONG=1` runs a hundred times as many steps.

mod filters;
mod follow;
mod op;
mod shrink;
mod streams;
mod trim;
mod world;

#[path = "../variants/mod.rs"]
mod variants;

use acx_host::Machine;
use acxvad_abi::settings::ENDS;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::op::{Flaw, Length, Op, Setup};
use crate::world::{Outcome, Tally, World};

variants::test_each!(lives_are_what_the_oracle_says, a_device_that_sleeps_while_a_hold_ends);

/// Steps of each variant in the short run: together more than a million.
const STEPS: u64 = 520_000;
/// Steps of a life.
const LONGEST: usize = 1_000;

/// The kinds of steps and results that a run must have covered to be meaningful.
const REACHED: &[(&str, &[&str])] = &[
    (
        "SetState",
        &[
            "STATUS_SUCCESS",
            "STATUS_INVALID_PARAMETER",
            "STATUS_INVALID_DEVICE_STATE",
            "STATUS_DEVICE_NOT_READY",
            "STATUS_DEVICE_REMOVED",
        ],
    ),
    (
        "Write",
        &[
            "STATUS_SUCCESS",
            "STATUS_DATA_LATE_ERROR",
            "STATUS_DATA_OVERRUN",
            "STATUS_INVALID_DEVICE_STATE",
            "STATUS_INVALID_PARAMETER",
            "STATUS_NOT_SUPPORTED",
        ],
    ),
    ("Read", &["STATUS_SUCCESS", "STATUS_DEVICE_NOT_READY", "STATUS_NOT_SUPPORTED"]),
    (
        "Buffer",
        &[
            "STATUS_SUCCESS",
            "STATUS_INVALID_PARAMETER",
            "STATUS_INVALID_DEVICE_STATE",
            "STATUS_INSUFFICIENT_RESOURCES",
            "STATUS_DEVICE_NOT_READY",
        ],
    ),
    (
        "OpenPin",
        &[
            "STATUS_SUCCESS",
            "STATUS_NO_MATCH",
            "STATUS_NOT_SUPPORTED",
            "STATUS_INVALID_PARAMETER",
            "STATUS_INSUFFICIENT_RESOURCES",
            "STATUS_DEVICE_NOT_READY",
            "STATUS_DEVICE_REMOVED",
        ],
    ),
    ("FillPin", &["STATUS_SUCCESS", "STATUS_INSUFFICIENT_RESOURCES"]),
    ("OpenFilter", &["STATUS_SUCCESS", "STATUS_OBJECT_NAME_NOT_FOUND"]),
    (
        "Register",
        &[
            "STATUS_SUCCESS",
            "STATUS_INVALID_HANDLE",
            "STATUS_INVALID_DEVICE_STATE",
            "STATUS_UNSUCCESSFUL",
        ],
    ),
    ("Unregister", &["STATUS_SUCCESS", "STATUS_NOT_FOUND"]),
    (
        "Ask",
        &[
            "STATUS_SUCCESS",
            "STATUS_BUFFER_OVERFLOW",
            "STATUS_BUFFER_TOO_SMALL",
            "STATUS_NOT_FOUND",
            "STATUS_INVALID_DEVICE_REQUEST",
        ],
    ),
    (
        "AskFilter",
        &[
            "STATUS_SUCCESS",
            "STATUS_BUFFER_OVERFLOW",
            "STATUS_BUFFER_TOO_SMALL",
            "STATUS_PROPSET_NOT_FOUND",
            "STATUS_INVALID_PARAMETER",
        ],
    ),
    ("SetLevel", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_NOT_SUPPORTED"]),
    ("GetLevel", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_NOT_SUPPORTED"]),
    ("Follow", &["plugged in", "unplugged"]),
    ("Plug", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_ACCESS_DENIED"]),
    ("Trim", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_ACCESS_DENIED"]),
    ("DefaultFormat", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_ACCESS_DENIED"]),
    ("Cables", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_ACCESS_DENIED"]),
    ("Listen", &["STATUS_SUCCESS", "STATUS_NOT_SUPPORTED"]),
    ("StopListening", &["STATUS_SUCCESS", "STATUS_UNSUCCESSFUL"]),
    ("Protect", &["STATUS_SUCCESS", "STATUS_INVALID_PARAMETER", "STATUS_NOT_SUPPORTED"]),
    ("EndAt", &["STATUS_SUCCESS", "STATUS_DATA_OVERRUN", "STATUS_INVALID_PARAMETER"]),
    ("Content", &["STATUS_SUCCESS", "STATUS_NOT_SUPPORTED"]),
    ("Arm", &["STATUS_SUCCESS"]),
    ("Rebalance", &["SUCCESS", "refused: streaming"]),
    ("QueryRemove", &["SUCCESS", "refused: streaming"]),
    ("Sleep", &["made"]),
    ("ToBoundary", &["made"]),
    ("Stall", &["made"]),
    ("Lateness", &["made"]),
    ("PowerDown", &["made"]),
    ("PowerUp", &["made"]),
    ("SurpriseRemove", &["made"]),
    ("AddDevice", &["made"]),
    ("ClosePin", &["made"]),
    ("CloseFilter", &["made"]),
    ("CloseGone", &["made"]),
];

/// Lives one life; how many steps there were to make.
fn live(setup: Setup, ops: &[Op], tally: &mut Tally) -> Outcome<u64> {
    let machine = Machine::builder().qpc_frequency(setup.frequency).build();
    for (name, value) in [
        ("Cables", setup.cables),
        ("Composite", setup.composite.into()),
        ("AudioEngine", setup.engine.into()),
        ("KeywordSpotter", setup.spotter.into()),
        ("StepMicroseconds", setup.step_microseconds),
        ("PacketMegabytes", setup.packet_megabytes),
    ] {
        machine.set_registry(name, value);
    }
    for circuit in (0..16).flat_map(|cable| ENDS.map(|end| format!("{end}{cable}"))) {
        machine.set_registry(&format!("{circuit}Hidden"), u32::from(setup.hides(&circuit)));
        let follows = u32::from(setup.switches_follow(&circuit));
        machine.set_registry(&format!("{circuit}JackFollows"), follows);
    }
    let mut steps = 0;
    {
        let driver = variants::load(&machine).map_err(|error| error.to_string())?;
        let mut world = World::new(&machine, &driver, setup, tally)?;
        let mut outcome = Ok(());
        for (at, op) in ops.iter().enumerate() {
            match world.step(op) {
                Ok(made) => steps += u64::from(made),
                Err(what) => {
                    outcome = Err(format!("step {at}, {op:?}: {what}"));
                    break;
                }
            }
        }
        world.end();
        outcome?;
    }
    match machine.report().violations().first() {
        Some(violation) => Err(format!("at the end: {violation}")),
        None => Ok(steps),
    }
}

fn seed() -> u64 {
    let text = std::env::var("ACXVAD_SEED").ok();
    text.map_or(2026, |text| text.parse().expect("ACXVAD_SEED is a number"))
}

fn lives_are_what_the_oracle_says() {
    let is_long = std::env::var_os("ACXVAD_LONG").is_some();
    let wanted = if is_long { 100 * STEPS } else { STEPS };
    let seed = seed();
    println!("seed {seed}; another one: ACXVAD_SEED=N; more: ACXVAD_LONG=1");
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (setups, steps_of_lives) = (op::setup(), op::op());
    let (mut tally, mut steps, mut count) = (Tally::new(), 0, 0);
    while steps < wanted {
        let setup = setups.new_tree(&mut runner).expect("a set-up can be drawn").current();
        let mut draw = || steps_of_lives.new_tree(&mut runner).expect("a step can be drawn");
        let trees: Vec<_> = (0..LONGEST).map(|_| draw()).collect();
        match live(setup, &shrink::current(&trees), &mut tally) {
            Ok(made) => steps += made,
            Err(why) => {
                let again = |ops: &[Op]| live(setup, ops, &mut Tally::new()).err();
                let (ops, why) = shrink::shrink(trees, why, again);
                let list: Vec<String> = ops.iter().map(|op| format!("{op:?}")).collect();
                let list = list.join(",\n    ");
                panic!("life {count} of seed {seed}: {why}\n{setup:?}\n[\n    {list},\n]");
            }
        }
        count += 1;
    }
    println!("{steps} steps in {count} lives");
    for ((op, status), times) in &tally {
        println!("{op:>16} {status:<32} {times}");
    }
    for (op, statuses) in REACHED {
        for status in *statuses {
            assert!(tally.contains_key(&((*op).to_owned(), *status)), "no {op} came to {status}");
        }
    }
}

/// Timers are late, and nobody knows whether the one that ends the hold was stopped by the sleep.
fn a_device_that_sleeps_while_a_hold_ends() {
    let setup = Setup {
        frequency: 10_000_000,
        cables: 2,
        composite: false,
        engine: true,
        spotter: false,
        step_microseconds: 1_000,
        packet_megabytes: 64,
        hidden: 3_247_938_318,
        follows: 2_358_427_453,
        closes_late: true,
    };
    let ops = [
        Op::OpenFilter { end: 44, user: false },
        Op::Listen { filter: 0, jack: true, once: false },
        Op::Lateness { milliseconds: 1 },
        Op::Plug { filter: 0, value: 1 },
        Op::Sleep { pin: 0, quarters: 1 },
        Op::OpenPin { filter: 0, pin: 76, format: 144, mode: 0, flaw: Flaw::None },
        Op::Buffer { pin: 0, packets: 2, notifies: true, length: Length::Milliseconds(100) },
        Op::Sleep { pin: 0, quarters: 4 },
        Op::PowerDown,
        Op::Plug { filter: 0, value: 1 },
    ];
    live(setup, &ops, &mut Tally::new()).unwrap();
}
