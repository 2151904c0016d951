//! The direction of a circuit. DDI: ACX_CIRCUIT_TYPE.

/// The direction of the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From the client to the device.
    Render,
    /// From the device to the client.
    Capture,
}
