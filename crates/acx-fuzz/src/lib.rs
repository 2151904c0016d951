//! Bodies of the fuzz targets: each interprets arbitrary bytes as KS requests, formats, packet
//! numbers, settings, WAV files, images or the life cycles of several drivers, and panics if the
//! driver, the host or a parser breaks its contract.
//!
//! # Vocabulary
//!
//! *Target*: one such interpretation. *Session*: a machine with the driver that the executions of a
//! target share; it is torn down after a number of executions, and must not leak. *Oracle*: a model
//! of a stream's correct results that shares no code with the driver.
//!
//! The fuzzers in `fuzz/` run a target until they are stopped. `tests/fuzz.rs` runs each target
//! briefly. `cargo run -p acx-fuzz -- run TARGET FILE` runs one file. See `docs/fuzzing.md`.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`requests`] | properties, methods and events sent to every handle |
//! | [`formats`] | opening pins |
//! | [`packets`] | packet numbers, states and times, compared with the oracle |
//! | [`settings`] | the registry |
//! | [`wav`], [`loader`] | files that the command line reads |
//! | [`unwind`] | unwind data of images |
//! | [`several`] | URIs, factories and composites of several drivers |
//! | [`oracle`] | the correct results of a stream |
//! | [`status`] | the documented statuses, by name |
//! | [`session`] | a machine for many executions |
//! | [`seeds`] | initial inputs, recorded from real clients |
//! | [`bytes`] | reading numbers from an input |

pub mod bytes;
pub mod formats;
pub mod loader;
pub mod oracle;
pub mod packets;
pub mod requests;
pub mod seeds;
pub mod session;
pub mod settings;
pub mod several;
pub mod status;
pub mod unwind;
pub mod wav;

use std::cell::RefCell;

use acx_conform::Subject;

use session::{Bench, Session};

/// The body of a target.
#[derive(Clone, Copy)]
pub enum Body {
    /// It needs no driver.
    Alone(fn(&[u8])),
    /// It loads the driver into a machine of its own.
    OnDriver(fn(&Subject, &[u8])),
    /// It uses a machine that many executions share.
    OnMachine(fn(&Bench<'_>, &[u8])),
    /// It loads several drivers, which are files.
    OnFiles(fn(&several::Files, &[u8])),
}

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Its body.
    pub body: Body,
}

/// Every target.
pub static TARGETS: [Target; 8] = [
    Target { name: "formats", body: Body::OnMachine(formats::run) },
    Target { name: "loader", body: Body::Alone(loader::run) },
    Target { name: "packets", body: Body::OnMachine(packets::run) },
    Target { name: "requests", body: Body::OnMachine(requests::run) },
    Target { name: "settings", body: Body::OnDriver(settings::run) },
    Target { name: "several", body: Body::OnFiles(several::run) },
    Target { name: "unwind", body: Body::Alone(unwind::run) },
    Target { name: "wav", body: Body::OnMachine(wav::run) },
];

/// Finds a target by its name.
pub fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

thread_local! {
    static SESSION: RefCell<Option<Session>> = const { RefCell::new(None) };
    static FILES: RefCell<Option<several::Files>> = const { RefCell::new(None) };
}

/// Runs one execution for a fuzzer, whose process has one target.
///
/// # Panics
///
/// If the contract is broken.
pub fn fuzz(name: &str, bytes: &[u8]) {
    let target = target(name).expect("a target of that name");
    match target.body {
        Body::Alone(run) => run(bytes),
        Body::OnDriver(run) => run(&acxhost::subject::showcase(acxhost::subject::linked()), bytes),
        Body::OnMachine(body) => SESSION.with_borrow_mut(|session| {
            session.get_or_insert_with(|| Session::new(body, None)).run(bytes);
        }),
        Body::OnFiles(run) => FILES.with_borrow_mut(|files| {
            let read = || several::Files::of(&several::Files::folder());
            run(files.get_or_insert_with(|| read().unwrap_or_else(|why| panic!("{why}"))), bytes);
        }),
    }
}
