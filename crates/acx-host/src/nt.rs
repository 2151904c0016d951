//! The kernel's functions beyond [`crate::kernel::exports`] that images of C and C++ drivers
//! import, in the Windows calling convention only. Sources: the functions' DDI pages; IRQLs are the
//! documented maxima.
//!
//! | module | what is in it |
//! |---|---|
//! | `memory` | pool by its old names, MDLs, memory and string functions of the C runtime |
//! | `sync`, `lock` | events, mutexes, semaphores, waits, DPCs, timers; locks, lists |
//! | `mutex` | fast and guarded mutexes, push locks, rundown protection |
//! | `time` | the time, the processors |
//! | `thread` | work items, system threads, object references |
//! | `feature` | feature staging of drivers built with WIL |
//! | `string` | Rtl strings, integers, GUIDs |
//! | `registry` | keys and values through handles, RtlQueryRegistryValues |
//! | `file` | files, in a sandbox folder |
//! | `io` | device interfaces and properties, device objects, notifications, power |
//! | `trace` | DbgPrint, the printf family, ETW, WPP, assertions |
//! | `exception` | raising, probing, `__C_specific_handler`, unwinding |
//! | `handle` | HANDLEs and their objects |
//! | `sandbox` | the folder for files of drivers |
//! | `library` | all of these, as exports of ntoskrnl.exe |

pub(crate) mod callback;
mod exception;
mod feature;
pub(crate) mod file;
pub(crate) mod handle;
mod io;
pub(crate) mod library;
mod lock;
mod memory;
mod mutex;
mod print;
mod registry;
pub(crate) mod sandbox;
mod string;
pub(crate) mod sync;
pub(crate) mod thread;
mod time;
pub(crate) mod trace;
