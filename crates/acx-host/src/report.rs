//! What a run found: violations by the driver, gaps of the host.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::fmt;

/// A rule that a driver must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// A function was called above its highest IRQL, or a callback returned at another IRQL than it was called at.
    Irql,
    /// A handle of an object that is gone.
    FreedObject,
    /// A handle of another kind of object, or of none.
    WrongHandle,
    /// Pool that was still allocated at unload.
    PoolLeak,
    /// Bytes before or behind a pool block were overwritten.
    PoolOverrun,
    /// Memory that is not a pool block was freed, or a block twice, or with another tag.
    BadFree,
    /// An object whose context was not cleaned up by unload.
    ContextLeak,
    /// An MDL that was still allocated at unload.
    MdlLeak,
    /// A kernel handle that was still open at unload.
    HandleLeak,
    /// A system thread, or a reference on one, that was there at unload.
    ThreadLeak,
    /// The driver's own assertion failed, or it stopped for a debugger.
    Assertion,
    /// A spin lock was held on return from a callback, or taken twice.
    SpinLock,
    /// The contract of a framework function or callback.
    Contract,
    /// The driver called KeBugCheckEx.
    BugCheck,
    /// An instruction of an image touched memory that is not there, or was none. Its callback ended there.
    AccessViolation,
}

impl Rule {
    /// The rule in a sentence.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Irql => {
                "functions have a highest IRQL, and a callback returns at the IRQL it was called at"
            }
            Self::FreedObject => "a handle is dead once its object is deleted",
            Self::WrongHandle => "a handle goes only to functions of its own kind of object",
            Self::PoolLeak => "a driver frees all its pool before it is unloaded",
            Self::PoolOverrun => "a driver writes only inside its pool blocks",
            Self::BadFree => "a pool block is freed once, with its own tag",
            Self::ContextLeak => {
                "every object is deleted, and its cleanup called, before the driver is unloaded"
            }
            Self::MdlLeak => "a driver frees all its MDLs before it is unloaded",
            Self::HandleLeak => "a driver closes every handle that it opened",
            Self::ThreadLeak => "a driver ends its threads before it is unloaded",
            Self::Assertion => "what a driver asserts holds",
            Self::SpinLock => "a spin lock is taken once and released before the callback returns",
            Self::Contract => "callbacks and framework calls keep their documented contract",
            Self::BugCheck => "a driver never brings the system down",
            Self::AccessViolation => "a driver touches only memory that is its own",
        }
    }
}

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which rule.
    pub rule: Rule,
    /// What happened.
    pub what: String,
    /// The callbacks and framework calls under way, outermost first.
    pub callbacks: Vec<String>,
    /// The native stack, where the process can give one (`RUST_BACKTRACE=1`).
    pub stack: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {} ({})", self.rule, self.what, self.rule.explanation())?;
        for frame in self.callbacks.iter().rev() {
            write!(f, "\n    in {frame}")?;
        }
        Ok(())
    }
}

/// Everything a run found.
#[derive(Debug, Default)]
pub struct Report {
    violations: RefCell<Vec<Violation>>,
    gaps: RefCell<Vec<&'static str>>,
}

impl Report {
    pub(crate) fn violate(&self, rule: Rule, what: String, callbacks: Vec<String>) {
        let stack = Backtrace::capture().to_string();
        self.violations.borrow_mut().push(Violation { rule, what, callbacks, stack });
    }

    pub(crate) fn gap(&self, entry: &'static str) {
        let mut gaps = self.gaps.borrow_mut();
        if !gaps.contains(&entry) {
            gaps.push(entry);
        }
    }

    /// What the driver did wrong so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.violations.borrow().clone()
    }

    /// Framework entries that were called and that the host does not have.
    pub fn gaps(&self) -> Vec<&'static str> {
        self.gaps.borrow().clone()
    }

    /// How many violations and gaps there are.
    pub fn count(&self) -> usize {
        self.violations.borrow().len() + self.gaps.borrow().len()
    }
}
