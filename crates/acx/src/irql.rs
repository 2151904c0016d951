//! The IRQL as a value: a function that needs a level takes the token that proves it.
//!
//! A callback lends its code *one* token, as a mutable reference. A token can be neither copied nor
//! made, so the kind of reference matters, too:
//!
//! | parameter | requirement |
//! |---|---|
//! | `&Passive` | `PASSIVE_LEVEL`, so no spin lock is held |
//! | `&mut Dispatch` | at most `DISPATCH_LEVEL`, and no spin lock is held |
//! | `&Dispatch` | at most `DISPATCH_LEVEL` |
//!
//! [`SpinLock::with`](crate::lock::SpinLock::with) takes `&mut Dispatch` and lends `&Dispatch` for
//! as long as it holds the lock. Meanwhile the callback's token is borrowed: a call that needs
//! `PASSIVE_LEVEL`, takes another lock, or requires that no lock is held does not compile.
//!
//! A `&mut Passive` is accepted wherever a `&mut Dispatch` is required: `PASSIVE_LEVEL` is below
//! `DISPATCH_LEVEL`.

use core::marker::PhantomData;
use core::ops::{Deref, DerefMut};

/// Proof that the code runs at `PASSIVE_LEVEL`. Only callbacks at that level get one.
#[derive(Debug)]
pub struct Passive(Dispatch);

/// Proof that the code runs at most at `DISPATCH_LEVEL`.
#[derive(Debug)]
pub struct Dispatch {
    /// The level belongs to the thread: a token is neither sent to nor shared with another thread.
    on_this_thread: PhantomData<*const ()>,
}

impl Passive {
    /// # Safety
    ///
    /// The code runs at `PASSIVE_LEVEL` for as long as the token lives, except while a spin lock
    /// borrows it. The callback has no other token.
    pub(crate) unsafe fn assume() -> Self {
        // SAFETY: PASSIVE_LEVEL is below DISPATCH_LEVEL.
        Self(unsafe { Dispatch::assume() })
    }
}

impl Dispatch {
    /// # Safety
    ///
    /// The code runs at most at `DISPATCH_LEVEL` for as long as the token lives. The callback has
    /// no other token that is not borrowed meanwhile.
    pub(crate) unsafe fn assume() -> Self {
        Self { on_this_thread: PhantomData }
    }
}

impl Deref for Passive {
    type Target = Dispatch;

    fn deref(&self) -> &Dispatch {
        &self.0
    }
}

impl DerefMut for Passive {
    fn deref_mut(&mut self) -> &mut Dispatch {
        &mut self.0
    }
}

/// Either token. No other type can implement it.
pub trait Irql: sealed::Token {}

impl Irql for Passive {}
impl Irql for Dispatch {}

mod sealed {
    pub trait Token {}

    impl Token for super::Passive {}
    impl Token for super::Dispatch {}
}
