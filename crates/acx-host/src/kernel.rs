//! The NT kernel of one machine.
//!
//! | module | contents |
//! |---|---|
//! | `rule`, `report` | the rules of the verifier; violations and gaps |
//! | `abi`, `callback`, `function`, `required` | conventions and memory of drivers; tables of callbacks, of functions that drivers call, and of pointers that must not be null |
//! | `base`, `parts`, `thread`, `gate` | IRQL, clock, work, the machine's lock; slots; real threads; what goes one after the other |
//! | `call`, `guarded` | calls into a driver, and into an image, which may fault |
//! | `locks`, `pool`, `object`, `attributes`, `event` | locks; pool and MDLs; framework objects and what describes them; events of clients |
//! | `device`, `loaded`, `driver`, `interface`, `namespace` | device nodes; the loaded drivers, and where they keep settings; interfaces; what names open |
//! | `registry`, `string` | keys; counted strings |
//! | `failure`, `trace` | fault injection; ETW |
//! | `exports` | the NT functions that both forms of drivers import |
//! | `security` | clients and their tokens; access checks |

pub(crate) mod abi;
pub(crate) mod attributes;
mod base;
pub(crate) mod call;
pub(crate) mod callback;

pub(crate) mod device;
pub(crate) mod driver;
pub(crate) mod event;
pub(crate) mod exports;
pub(crate) mod failed;
pub(crate) mod failure;
pub(crate) mod function;
pub(crate) mod gate;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod guarded;
pub(crate) mod interface;
pub(crate) mod loaded;
pub(crate) mod locks;
pub(crate) mod namespace;
pub(crate) mod object;
mod parts;
pub(crate) mod pool;
pub(crate) mod registry;
pub mod report;
mod required;
mod rule;
pub mod security;
pub(crate) mod string;
mod table;
pub(crate) mod thread;
pub mod trace;

use std::sync::Arc;

pub(crate) use base::{Configuration, DISPATCH, Kernel, PASSIVE, Pace, current};

/// The kernel of a new machine. `page_protection`: pageable memory is inaccessible at
/// DISPATCH_LEVEL.
pub(crate) fn boot(
    configuration: Configuration,
    threads: thread::Threads,
    page_protection: bool,
) -> Arc<Kernel> {
    let kernel = Kernel::new(configuration, threads);
    kernel.hook(|hooks| {
        hooks.kind_of = Some(object::kind_of);
        hooks.driver_name = Some(loaded::name_of_several);
        hooks.page_out = page_protection.then_some(driver::page_out);
    });
    kernel
}
