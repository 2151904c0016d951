//! Numbers off an input, which may end anywhere: then they are zero.

/// What is left of an input.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    /// All of it.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As many bytes as are left, and no more than `length`.
    pub fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        self.take(usize::MAX)
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut array = [0; N];
        let taken = self.take(N);
        array[..taken.len()].copy_from_slice(taken);
        array
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.array::<1>()[0]
    }

    /// Two bytes, the low one first.
    pub fn half(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }

    /// Four bytes.
    pub fn word(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }

    /// A byte, and behind 255 a number of four.
    pub fn number(&mut self) -> u32 {
        match self.byte() {
            255 => self.word(),
            small => small.into(),
        }
    }
}

/// The way back of [`Bytes::number`].
pub fn put_number(into: &mut Vec<u8>, number: u32) {
    match u8::try_from(number) {
        Ok(small) if small < 255 => into.push(small),
        _ => {
            into.push(255);
            into.extend(number.to_le_bytes());
        }
    }
}
