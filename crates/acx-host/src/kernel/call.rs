//! Calls into a driver, and the checks when one returns: its level, its locks, its status, and how
//! long PnP had to wait.

use super::abi::{Convention, Ended, Pointer};
use super::base::Kernel;
use super::callback::{Callback, Frame};
use super::failed;
use super::loaded;
use super::locks;
use super::report::Rule;

/// How long a PnP or power callback may take before the host reports an endless wait, in 100 ns: a
/// minute.
const LONGEST_PNP: u64 = 60 * 10_000_000;

/// Makes a callback into the driver, and checks that it comes back as it went.
pub(crate) fn invoke<F: Pointer>(
    kernel: &Kernel,
    callback: &'static Callback,
    object: usize,
    function: F,
    arguments: F::Arguments,
) -> F::Answer {
    let name = callback.name;
    let (driver, convention) = loaded::whose(kernel, function.address());
    let before = kernel.set_driver(driver);
    let irql = kernel.irql();
    let locks = locks::spin_locks(kernel);
    let regions = kernel.regions.get();
    let since = callback.is_pnp.then(|| kernel.qpc());
    kernel.push(Frame { name, callback: Some((callback, object)) });
    let answer = call(kernel, name, convention, function, arguments).unwrap_or_else(|| {
        // The callback's locks and level went with it.
        kernel.set_irql(irql);
        locks::drop_spin_locks(kernel, locks);
        F::Answer::ended()
    });
    if kernel.irql() != irql {
        let now = kernel.set_irql(irql);
        let what = format!("{name} was called at IRQL {irql} and returned at {now}");
        kernel.violate(Rule::IrqlChange, what);
    }
    if locks::spin_locks(kernel) > locks {
        kernel.violate(Rule::LockHeldOnReturn, format!("{name} returned with a spin lock held"));
        locks::drop_spin_locks(kernel, locks);
    }
    if kernel.regions.replace(regions) != regions && callback.is_watched() {
        let what = format!(
            "{name} returned in another critical region than it was called in: a wait lock or \
             callback lock is still held (bug check 0x10d (0xf, ...))"
        );
        kernel.violate(Rule::LockHeldOnReturn, what);
    }
    if let Some(status) = answer.status()
        && !callback.may_answer(status)
    {
        kernel.violate(Rule::UndocumentedStatus, format!("{name} answered {status:#010x}"));
    }
    if let Some(since) = since {
        check_pnp(kernel, name, since);
    }
    kernel.pop();
    if let Some(status) = answer.status() {
        failed::note(kernel, name, status);
    }
    kernel.set_driver(before);
    answer
}

/// A PnP callback that was called at the tick `since` is back.
fn check_pnp(kernel: &Kernel, name: &str, since: u64) {
    let took = kernel.qpc() - since;
    if took > kernel.ticks_of(LONGEST_PNP) {
        let seconds = took / kernel.qpc_frequency();
        let what = format!("{name} took {seconds} s: it waits for somebody");
        kernel.violate(Rule::PnpWait, what);
    }
}

/// Calls the driver; None if a fault ended the call, which is reported then.
#[cfg_attr(
    not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))),
    expect(clippy::unnecessary_wraps, reason = "only images fault")
)]
fn call<F: Pointer>(
    kernel: &Kernel,
    name: &'static str,
    convention: Convention,
    function: F,
    arguments: F::Arguments,
) -> Option<F::Answer> {
    // SAFETY: the driver registered the pointer for this callback, and the frameworks keep the
    // callback's contract.
    let driver = move || unsafe { function.call(convention, arguments) };
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    if convention == Convention::Windows {
        return super::guarded::call(kernel, name, driver);
    }
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    let _ = name;
    Some(kernel.outside(driver))
}
