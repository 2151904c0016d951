//! The direction of a circuit. DDI: ACX_CIRCUIT_TYPE.

/// Which way audio goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the device.
    Render,
    /// From the device to the client.
    Capture,
}
