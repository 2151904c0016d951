//! Bytes from anywhere, made into what a driver must not believe: KS requests, formats, packet numbers, settings, WAV files, images.
//!
//! # Vocabulary
//!
//! *Target*: one such reading of bytes, with what must hold whatever they are. A target panics if it does not. *Session*: a machine with
//! the driver that a target's executions share; after some of them it is taken down, and nothing may be left. *Oracle*: what a stream should
//! answer, without the code that is tested.
//!
//! The fuzzer in `fuzz/` runs a target without end; `tests/hostile.rs` runs each shortly; `cargo run -p hostile -- run TARGET FILE` runs a file.
//! `docs/fuzzing.md` is the page for people.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`requests`] | properties, methods and events to every handle |
//! | [`formats`] | openings of pins |
//! | [`packets`] | packet numbers, states and times, against the oracle |
//! | [`settings`] | the registry |
//! | [`wav`], [`loader`] | files that the command line reads |
//! | [`oracle`] | what a stream should answer |
//! | [`status`] | the documented statuses, by name |
//! | [`session`] | a machine for many executions |
//! | [`seeds`] | inputs to begin with, from what real clients send |
//! | [`bytes`] | reading numbers off an input |

pub mod bytes;
pub mod formats;
pub mod loader;
pub mod oracle;
pub mod packets;
pub mod requests;
pub mod seeds;
pub mod session;
pub mod settings;
pub mod status;
pub mod wav;

use std::cell::RefCell;

use session::{Bench, Session};

/// What a target does with an input.
#[derive(Clone, Copy)]
pub enum Body {
    /// It needs no machine, or makes its own.
    Alone(fn(&[u8])),
    /// It uses one that stays.
    OnMachine(fn(&Bench<'_>, &[u8])),
}

/// A reading of bytes.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: that of the fuzz target.
    pub name: &'static str,
    /// What it does.
    pub body: Body,
}

/// Every target.
pub static TARGETS: [Target; 6] = [
    Target { name: "formats", body: Body::OnMachine(formats::run) },
    Target { name: "loader", body: Body::Alone(loader::run) },
    Target { name: "packets", body: Body::OnMachine(packets::run) },
    Target { name: "requests", body: Body::OnMachine(requests::run) },
    Target { name: "settings", body: Body::Alone(settings::run) },
    Target { name: "wav", body: Body::OnMachine(wav::run) },
];

/// The target of a name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
}

/// One execution for a fuzzer, whose process has one target.
///
/// # Panics
///
/// If something does not hold.
pub fn fuzz(name: &str, bytes: &[u8]) {
    let target = target(name).expect("a target of that name");
    match target.body {
        Body::Alone(run) => run(bytes),
        Body::OnMachine(body) => SESSION.with_borrow_mut(|session| {
            session.get_or_insert_with(|| Session::new(body, None)).run(bytes);
        }),
    }
}
