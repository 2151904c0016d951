//! The IRQL as a value: a function that needs a level takes the token that proves it.

use core::marker::PhantomData;

/// Proof that the code runs at `PASSIVE_LEVEL`. Only callbacks that ACX makes at that level have one to lend.
#[derive(Clone, Copy, Debug)]
pub struct Passive<'callback>(PhantomData<(&'callback (), *const ())>);

/// Proof that the code runs at most at `DISPATCH_LEVEL`.
#[derive(Clone, Copy, Debug)]
pub struct Dispatch<'callback>(PhantomData<(&'callback (), *const ())>);

impl<'callback> Passive<'callback> {
    /// # Safety
    ///
    /// The code runs at `PASSIVE_LEVEL` for as long as `'callback`.
    pub(crate) unsafe fn assume() -> Self {
        Self(PhantomData)
    }

    /// `PASSIVE_LEVEL` is below `DISPATCH_LEVEL`.
    pub fn at_most_dispatch(self) -> Dispatch<'callback> {
        Dispatch(PhantomData)
    }
}

impl Dispatch<'_> {
    /// # Safety
    ///
    /// The code runs at most at `DISPATCH_LEVEL` for as long as the token lives.
    pub(crate) unsafe fn assume() -> Self {
        Self(PhantomData)
    }
}
