//! The host: the NT kernel services, KMDF, ACX and KS that an ACX driver and its clients see, in
//! one ordinary process.
//!
//! # Vocabulary
//!
//! *Machine*: one simulated PC with its own clock, pool and objects, and any number of drivers.
//! *Image*: a driver that is loaded into it. *Object*: what a WDF or ACX handle stands for; handle
//! values are never used twice, so a stale one is recognized. *Violation*: something that a driver
//! must not do, with the rule, an explanation and the stack of callbacks it happened in. *Gap*: a
//! framework entry that the host does not have yet; it fails the run as well.
//!
//! # Map
//!
//! The modules are floors: each uses those above it in this table, and none below. No two files use
//! each other, over any number of files. What a lower floor has to reach of a higher one is
//! registered with it, as on Windows: ACX with KMDF as a class extension, what names open with the
//! kernel, and what a file keeps in a machine in a slot of the kernel's. `tests/architecture.rs`
//! checks it.
//!
//! | module | what is in it |
//! |---|---|
//! | `os` | mappings and guard pages of the operating system; the processor block |
//! | [`image`] | drivers as .sys files: read, checked, put into memory; faults of their code |
//! | `kernel` | IRQL, clock, timers, pool, MDLs, objects, threads and the machine's lock; rules and reports; tables of functions and callbacks |
//! | `nt` | what compiled C drivers import from the kernel: waits, threads, files, registry, strings, tracing |
//! | `wdf` | KMDF: driver, device and its PnP and power states, timers, queues, requests, registry |
//! | `acx` | ACX: circuits, pins, formats, elements, streams; what they answer |
//! | [`ks`] | what the bytes of opening a pin mean, and the handles that a client has |
//! | [`machine`] | the public face: build a machine, load a driver, plug a device, move time |
//!
//! [`report`], [`trace`], [`assumptions`] and [`control`] are public parts of these: violations and
//! gaps, what drivers trace, what is not public about ACX, and programs that open a driver's own
//! devices.
//!
//! # Time and threads
//!
//! Virtual time moves only when a client waits or the test advances it; timers run in exact order
//! then. Real time runs the same code from the monotonic clock: timers run while a client waits.
//! One thread uses a machine: callbacks are real calls on it, so a debugger shows driver and client
//! on one stack. A *threaded* machine ([`machine::Builder::threaded`]) is for many: the driver's
//! code runs on all of them at once, timers and work items on threads of the machine's own. How, is
//! in `kernel::thread`. Machines on different threads do not meet, except that drivers which are
//! linked in have one set of globals per process and so take turns.

#![cfg_attr(
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))),
    expect(
        dead_code,
        reason = "images load on x86-64 and AArch64 Linux only, and some modules are for them alone"
    )
)]

pub mod image;
#[expect(
    non_snake_case,
    non_upper_case_globals,
    clippy::too_many_arguments,
    reason = "functions have the names and arguments of the DDI"
)]
mod kernel;
pub mod ks;
pub mod machine;

#[expect(
    non_snake_case,
    non_upper_case_globals,
    reason = "functions have the names and arguments of the DDI"
)]
mod acx;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
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

pub use acx::assumptions;
pub use image::Image;
pub use kernel::report::{self, Rule, Violation};
pub use kernel::security;
pub use kernel::trace;
pub use machine::control;
pub use machine::{Client, LinkedImage, Machine};
