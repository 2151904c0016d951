//! What timers, elements and work items belong to, and go with.

use acx_sys::WDFOBJECT;

use crate::circuit::NewCircuit;
use crate::stream::NewStream;

/// A circuit that is being built, or a stream that is being created.
pub trait Owner: Sealed {}

impl Owner for NewCircuit<'_> {}
impl Owner for NewStream<'_> {}

/// Only types of this crate know their object.
pub trait Sealed {
    #[doc(hidden)]
    fn object(&self) -> WDFOBJECT;
}

impl Sealed for NewCircuit<'_> {
    fn object(&self) -> WDFOBJECT {
        self.handle().cast()
    }
}

impl Sealed for NewStream<'_> {
    fn object(&self) -> WDFOBJECT {
        NewStream::object(self)
    }
}
