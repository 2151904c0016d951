//! What is looked at when a driver's callback comes back: its status, and how long PnP had to wait for it.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::callback::Callback;
use crate::report::Rule;

/// How long a PnP or power callback may take before the host says that it waits for somebody, in 100 ns: a minute.
const LONGEST_PNP: u64 = 60 * 10_000_000;

impl Kernel {
    pub(crate) fn check_status(&self, callback: &Callback, status: NTSTATUS) {
        if !callback.may_answer(status) {
            self.violate(Rule::UndocumentedStatus, format!("{callback} answered {status:#010x}"));
        }
    }

    /// A PnP callback that was called at the tick `since` is back.
    pub(crate) fn check_pnp(&self, callback: &Callback, since: u64) {
        let took = self.qpc() - since;
        if took > self.ticks_of(LONGEST_PNP) {
            let seconds = took / self.qpc_frequency();
            let what = format!("{callback} took {seconds} s: it waits for somebody");
            self.violate(Rule::PnpWait, what);
        }
    }
}
