//! Owners: the objects that timers, elements and work items belong to and are deleted with.

use crate::circuit::NewCircuit;
use crate::device::NewDevice;
use crate::stream::NewStream;

/// A device, circuit or stream under construction. No other type can implement it: its object
/// becomes the parent of framework objects.
pub trait Owner: sealed::Object {}

impl Owner for NewDevice<'_> {}
impl Owner for NewCircuit<'_> {}
impl Owner for NewStream<'_> {}

/// Private, so that only types of this crate can be owners.
pub(crate) mod sealed {
    use acx_sys::WDFOBJECT;

    pub trait Object {
        #[doc(hidden)]
        fn object(&self) -> WDFOBJECT;
    }

    impl Object for super::NewDevice<'_> {
        fn object(&self) -> WDFOBJECT {
            self.handle().cast()
        }
    }

    impl Object for super::NewCircuit<'_> {
        fn object(&self) -> WDFOBJECT {
            self.handle().cast()
        }
    }

    impl Object for super::NewStream<'_> {
        fn object(&self) -> WDFOBJECT {
            self.handle().cast()
        }
    }
}
