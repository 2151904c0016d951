//! Connections between the elements of a circuit or stream, as a driver describes them. Source: the
//! page of ACX_CONNECTION.

use acx_sys::*;

use crate::acx::arguments::sized;
use crate::acx::pin::Pin;
use crate::kernel::Kernel;
use crate::kernel::object;

/// A connection between two objects of a circuit or stream: handle and pin of each end. None stands
/// for the default pin.
#[derive(Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) from: (usize, Option<u32>),
    pub(crate) to: (usize, Option<u32>),
}

/// The connections at `place`.
pub(crate) fn all(
    kernel: &Kernel,
    array: PACX_CONNECTION,
    count: ULONG,
) -> Result<Vec<Connection>, NTSTATUS> {
    let end = |object: ACXOBJECT, is_object: bool, raw: usize| {
        // The union holds a pin's handle or its number.
        let pin = if is_object {
            object::get::<Pin>(kernel, raw)?.id.get()
        } else {
            Some(raw as u32).filter(|id| *id != AcxPinIdDefault)
        };
        Ok::<_, NTSTATUS>((object as usize, pin))
    };
    (0..count as usize)
        .map(|at| {
            let own = sized(kernel, array.wrapping_add(at), |own| own.Size)?;
            // SAFETY: both variants are plain data of at most a pointer's size, zeroed by the INIT.
            let (from, to) = unsafe { (own.FromPin.Object as usize, own.ToPin.Object as usize) };
            let has = |flag: i32| own.Flags & flag as u32 != 0;
            let from_object = has(_ACX_CONNECTION_FLAGS::AcxConnectionFromPinObject);
            let to_object = has(_ACX_CONNECTION_FLAGS::AcxConnectionToPinObject);
            Ok(Connection {
                from: end(own.FromObject, from_object, from)?,
                to: end(own.ToObject, to_object, to)?,
            })
        })
        .collect()
}
