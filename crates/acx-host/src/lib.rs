//! The host: the NT kernel services, KMDF, ACX and KS that an ACX driver and its clients see, in one ordinary process.
//!
//! # Vocabulary
//!
//! *Machine*: one simulated PC with its own clock, pool and objects. *Image*: a driver that is loaded into it. *Object*: what a WDF or
//! ACX handle stands for; handle values are never used twice, so a stale one is recognized. *Violation*: something that a driver must
//! not do, with the rule, an explanation and the stack of callbacks it happened in. *Gap*: a framework entry that the host does not have
//! yet; it fails the run as well.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`machine`] | the public face: build a machine, load a driver, plug a device, move time |
//! | [`image`] | drivers as .sys files: read, checked, put into memory |
//! | [`kernel`] | IRQL, clock, timers, events, pool, MDLs, threads and the machine's lock; the NT functions that a linked-in driver imports |
//! | `nt` | what compiled C drivers import beyond that: waits, threads, files, registry, strings, tracing |
//! | `wdf` | KMDF: objects, driver, device and its PnP states, timers, queues, requests, registry |
//! | `acx` | ACX: circuits, pins, formats, elements, streams |
//! | [`ks`] | what a client opens and sends requests to, as bytes |
//! | [`control`] | programs that open a driver's own devices |
//! | [`report`], `rule` | violations and gaps; the rules, each in a sentence |
//! | [`trace`] | what drivers trace: TraceLogging events, field by field |
//! | [`switches`] | what is not public about ACX, to be turned either way |
//! | `abi`, `os` | calling conventions and table entries; mappings of the operating system |
//! | `fault` | what an image does that would stop a machine: reported, or emulated |
//!
//! # Time and threads
//!
//! Virtual time moves only when a client waits or the test advances it; timers run in exact order then. Real time runs the same code from
//! the monotonic clock: timers run while a client waits. One thread uses a machine: callbacks are real calls on it, so a debugger shows
//! driver and client on one stack. A *threaded* machine ([`machine::Builder::threaded`]) is for many: the driver's code runs on all of them at
//! once, timers and work items on threads of the machine's own. How, is in `kernel::thread`. Machines on different threads do not meet,
//! except that drivers which are linked in have one set of globals per process and so take turns.

#![cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    expect(
        dead_code,
        reason = "images load on x86-64 Linux only, and some rooms are for them alone"
    )
)]

pub mod control;
pub mod image;
#[expect(
    non_snake_case,
    non_upper_case_globals,
    clippy::too_many_arguments,
    reason = "functions have the names and arguments of the DDI"
)]
pub mod kernel;
pub mod ks;
pub mod machine;
pub mod report;
mod rule;
pub mod switches;
#[expect(non_snake_case, reason = "functions have the names and arguments of the DDI")]
pub mod trace;

mod abi;
#[expect(
    non_snake_case,
    non_upper_case_globals,
    reason = "functions have the names and arguments of the DDI"
)]
mod acx;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod fault;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[expect(
    non_snake_case,
    clippy::too_many_arguments,
    reason = "functions have the names and arguments of the DDI"
)]
mod nt;
mod os;
#[expect(
    non_snake_case,
    non_upper_case_globals,
    clippy::too_many_arguments,
    reason = "functions have the names and arguments of the DDI"
)]
mod wdf;

pub use image::Image;
pub use machine::{LinkedImage, Machine};
pub use report::{Rule, Violation};
