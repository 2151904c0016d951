//! The first run of acxvad on a Windows machine, as a program: it installs the driver, runs
//! every test, continues after each restart, uninstalls, and leaves one zip.
//!
//! A [step](plan) is a row of data: the programs that it runs, and the function that judges their
//! output. So the same rows are run, shown by `--what-if`, and walked by the tests, which replace
//! each program by a stand-in and let each call fail in turn. Nothing here calls Windows itself, so
//! it runs and is tested on any system.
//!
//! ```text
//!   plan: the rows ──► run: one after the other ──► record: first-run.json, after each step
//!     │                   │                              │
//!     └─ judge            └─ program: a call, its log    ├─ page: first-run.html
//!                                                        └─ bundle: first-run.zip
//! ```

pub mod answers;
pub mod bundle;
pub mod page;
pub mod plan;
pub mod program;
pub mod record;
pub mod run;
pub mod setup;

/// Exit statuses.
pub mod exit {
    /// Every step passed, or does not apply here with a reason.
    pub const DONE: i32 = 0;
    /// Something failed, or nothing ran.
    pub const FAILED: i32 = 1;
    /// A wrong command line, or a file that is missing.
    pub const USAGE: i32 = 2;
    /// Windows must restart before the next step.
    pub const RESTART: i32 = 3010;
}
