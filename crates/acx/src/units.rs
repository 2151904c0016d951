//! Numbers with their unit, as distinct types that cannot be confused.

/// A number of frames: one sample for each channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frames(pub u64);

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u32);

/// A duration in units of 100 ns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hns(pub u32);

impl Hns {
    /// A duration in milliseconds, at most 429,496.
    pub const fn from_milliseconds(milliseconds: u32) -> Self {
        Self(milliseconds.saturating_mul(10_000))
    }
}

impl Bytes {
    /// The number of frames of `block` bytes; `None` if it is not a whole number.
    pub fn whole_frames(self, block: Self) -> Option<Frames> {
        let frames = self.0.checked_div(block.0)?;
        self.0.is_multiple_of(block.0).then_some(Frames(frames.into()))
    }
}

/// The lower 32 bits of a packet's number, for ACX.
pub(crate) fn low_half(number: u64) -> u32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
