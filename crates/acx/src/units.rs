//! Numbers with their unit. A function that takes or answers one of these cannot mix it up with
//! another.

/// A number of frames: one sample for each channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frames(pub u64);

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u32);

/// A duration in hundreds of nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hns(pub u32);

impl Hns {
    /// So many milliseconds; 429,496 are the most that there can be.
    pub const fn from_milliseconds(milliseconds: u32) -> Self {
        Self(milliseconds.saturating_mul(10_000))
    }
}

impl Bytes {
    /// How many whole frames of `block` bytes these are; `None` if a part of a frame is left over.
    pub fn whole_frames(self, block: Self) -> Option<Frames> {
        let frames = self.0.checked_div(block.0)?;
        self.0.is_multiple_of(block.0).then_some(Frames(frames.into()))
    }
}

/// A packet's number as ACX's 32 bits have it.
pub(crate) fn low_half(number: u64) -> u32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
