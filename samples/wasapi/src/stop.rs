//! Ctrl-C as a wish, not as an end.

use std::sync::atomic::{AtomicBool, Ordering};

use windows::Win32::System::Console::{CTRL_BREAK_EVENT, CTRL_C_EVENT, SetConsoleCtrlHandler};
use windows::core::BOOL;

use wasapi_client::com::Named;
use wasapi_client::error::Failure;

static REQUESTED: AtomicBool = AtomicBool::new(false);

/// From now on, Ctrl-C and Ctrl-Break make [`requested`] true and nothing else.
///
/// [SetConsoleCtrlHandler](https://learn.microsoft.com/windows/console/setconsolectrlhandler)
pub fn on_ctrl_c() -> Result<(), Failure> {
    // SAFETY: `note` is a function that lives as long as the program and touches an atomic only;
    // Windows calls it on a thread of its own.
    unsafe { SetConsoleCtrlHandler(Some(note), true) }.named("Windows", "SetConsoleCtrlHandler")
}

/// Whether someone wants this to end.
pub fn requested() -> bool {
    REQUESTED.load(Ordering::Relaxed)
}

extern "system" fn note(event: u32) -> BOOL {
    let ours = event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT;
    if ours {
        REQUESTED.store(true, Ordering::Relaxed);
    }
    BOOL::from(ours)
}
