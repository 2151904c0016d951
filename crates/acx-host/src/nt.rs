//! What images import from the kernel beside [`crate::kernel::exports`]: the functions that C and C++ drivers use, in the Windows
//! convention only. Sources: the functions' DDI pages; IRQLs are the documented highest ones.
//!
//! | module | what is in it |
//! |---|---|
//! | `memory` | pool by its old names, MDLs, memory and string functions of the C runtime |
//! | `sync` | events, mutexes, semaphores, waits, DPCs, timers, locks, lists |
//! | `thread` | work items, system threads, object references |
//! | `string` | Rtl strings, integers, GUIDs |
//! | `registry` | keys and values through handles, RtlQueryRegistryValues |
//! | `file` | files, in a sandbox folder |
//! | `io` | device interfaces and properties, device objects, notifications, power |
//! | `trace` | DbgPrint, the printf family, ETW, WPP, assertions |
//! | `handle` | what a HANDLE stands for |
//! | `processor` | the part of the processor block that compiled code reads |

pub(crate) mod callback;
pub(crate) mod file;
pub(crate) mod handle;
mod io;
mod memory;
pub(crate) mod processor;
mod registry;
mod string;
pub(crate) mod sync;
pub(crate) mod thread;
mod trace;

use crate::abi::Export;
use crate::kernel::Kernel;

/// What these services keep in one machine.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) handles: handle::Handles,
    pub(crate) threads: thread::Threads,
    pub(crate) timers: sync::Timers,
    pub(crate) files: file::Sandbox,
}

impl State {
    /// At unload nothing of the driver's may be left.
    pub(crate) fn check_empty(&self, kernel: &Kernel) {
        self.threads.check_empty(kernel);
        self.timers.check_empty(kernel);
        self.handles.check_empty(kernel);
    }
}

/// The libraries that the host has, and what they export to images.
pub(crate) fn library(name: &str) -> Option<Vec<Export>> {
    match name.to_ascii_lowercase().as_str() {
        "ntoskrnl.exe" | "hal.dll" => {
            let mut all = crate::kernel::exports::exports();
            all.extend(crate::kernel::exports::for_images());
            all.extend(crate::trace::exports());
            all.extend(memory::services());
            all.extend(memory::runtime());
            all.extend(sync::services());
            all.extend(thread::services());
            all.extend(string::services());
            all.extend(registry::services());
            all.extend(file::services());
            all.extend(io::services());
            all.extend(trace::services());
            all.extend(trace::printing());
            all.extend(handle::services());
            Some(all)
        }
        "wdfldr.sys" => Some(crate::wdf::loader::exports()),
        "wpprecorder.sys" => Some(trace::recorder()),
        _ => None,
    }
}

/// The address of a function of the kernel, as MmGetSystemRoutineAddress finds it.
pub(crate) fn routine(name: &str) -> Option<usize> {
    let all = library("ntoskrnl.exe")?;
    all.iter().find(|export| export.name == name).map(|export| export.win64 as usize)
}
