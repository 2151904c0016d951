//! The host: the NT kernel services, KMDF, ACX and KS that an ACX driver and its clients see, in
//! one ordinary process.
//!
//! # Vocabulary
//!
//! *Machine*: one simulated PC with its own clock, pool and objects, and any number of drivers.
//! *Image*: a driver that is loaded into it. *Object*: the target of a WDF or ACX handle; handle
//! values are never reused, so a stale one is recognized. *Violation*: a driver's breach of a rule,
//! with an explanation and the stack of callbacks. *Gap*: a framework function that the host does
//! not have yet; it also fails the run.
//!
//! # Map
//!
//! The modules are layers: each uses those above it in this table, and none below it. There are no
//! cycles between files. Where an earlier layer must call a later one, that registers itself, as on
//! Windows: ACX with KMDF as a class extension, openers of names with the kernel, and per-machine
//! state in a slot of the kernel. `tests/architecture.rs` checks this.
//!
//! | module | contents |
//! |---|---|
//! | `os` | mappings and guard pages of the operating system; the processor block |
//! | [`image`] | drivers as .sys files: read, checked, put into memory; faults of their code |
//! | `kernel` | IRQL, clock, timers, pool, MDLs, objects, threads and the machine's lock; rules and reports; tables of functions and callbacks |
//! | `nt` | the kernel functions of compiled C drivers: waits, threads, files, registry, strings, tracing |
//! | `wdf` | KMDF: driver, device and its PnP and power states, timers, queues, requests, registry |
//! | `acx` | ACX: circuits, pins, formats, elements, streams, and their properties |
//! | [`ks`] | opening of pins, and clients' handles |
//! | [`machine`] | the public interface: build a machine, load a driver, plug a device, move time |
//!
//! [`report`], [`trace`], [`assumptions`] and [`control`] are public parts of these: violations and
//! gaps, drivers' trace events, assumptions about ACX's undocumented behaviour, and programs that
//! open a driver's own devices.
//!
//! # Time and threads
//!
//! Virtual time passes only while a client waits or the test advances it, and timers then run in
//! exact order. Real time uses the same code with the monotonic clock: timers run while a client
//! waits. One thread uses a machine: callbacks are real calls on it, so a debugger shows driver and
//! client on one stack. A *threaded* machine ([`machine::Builder::threaded`]) is used by many
//! threads: the driver's code runs on all of them at once, timers and work items on the machine's
//! own threads (see `kernel::thread`). Machines on different threads are independent, except that
//! linked-in drivers have one set of globals per process and so take turns.

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
