//! Real-time priority for the threads of this process, if the system grants it.
//!
//! It is granted by the user's limits (`ulimit -r`, `/etc/security/limits.d`) or by rtkit, which
//! desktops have. The requests use standard programs, `chrt` and `dbus-send`.

use std::process::{Command, Stdio};

/// Above ordinary programs and below the sound server's own threads, which have 5 and more.
const PRIORITY: &str = "4";

/// The limit that rtkit requires: no thread runs longer than this without waiting, in microseconds.
const LONGEST_RUN: &str = "200000";

/// The source of the priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The user's limits allow it.
    Limits,
    /// rtkit.
    Rtkit,
}

impl std::fmt::Display for Given {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Limits => "limits",
            Self::Rtkit => "rtkit",
        })
    }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Requests it for each current thread. None if the system grants none.
pub(crate) fn ask() -> Option<Given> {
    let process = std::process::id().to_string();
    if succeeds("chrt", &["--all-tasks", "--fifo", "--pid", PRIORITY, &process]) {
        return Some(Given::Limits);
    }
    let limit = format!("--rttime={LONGEST_RUN}:{LONGEST_RUN}");
    if !succeeds("prlimit", &["--pid", &process, &limit]) {
        return None;
    }
    let threads = std::fs::read_dir("/proc/self/task").ok()?;
    let all = threads.flatten().all(|thread| {
        let thread = format!("uint64:{}", thread.file_name().to_string_lossy());
        succeeds(
            "dbus-send",
            &[
                "--system",
                "--print-reply",
                "--reply-timeout=5000",
                "--dest=org.freedesktop.RealtimeKit1",
                "/org/freedesktop/RealtimeKit1",
                "org.freedesktop.RealtimeKit1.MakeThreadRealtimeWithPID",
                &format!("uint64:{process}"),
                &thread,
                &format!("uint32:{PRIORITY}"),
            ],
        )
    });
    all.then_some(Given::Rtkit)
}
