//! Audio from the server to the driver, whose clocks and timing differ.

use std::collections::VecDeque;

/// The number of packets in a window, after which the level is checked.
pub(crate) const WINDOW: u32 = 64;

/// The number of windows after which a surplus that is not silent is dropped.
pub(crate) const PATIENCE: u32 = 20;

/// A queue that holds its first audio back until there is enough to cover the jitter of both sides,
/// and counts losses.
pub(crate) struct Ring {
    bytes: VecDeque<u8>,
    block: usize,
    /// The fill level in bytes at which output starts.
    reserve: usize,
    /// The maximum fill level in bytes.
    most: usize,
    /// Whether the reserve was reached and audio is output.
    flows: bool,
    /// Whether the driver takes audio.
    is_taken: bool,
    /// The packets taken in this window, and the lowest level after one.
    window: (u32, usize),
    /// The number of consecutive windows with a surplus.
    surpluses: u32,
    /// The number of underruns.
    pub(crate) underruns: u64,
    /// The total number of bytes received.
    pub(crate) received: u64,
    /// Frames dropped because they were not taken in time.
    pub(crate) dropped: u64,
}

impl Ring {
    /// An empty ring, for frames of `block` bytes.
    pub(crate) fn new(block: usize, reserve: usize, most: usize) -> Self {
        Self {
            bytes: VecDeque::with_capacity(most),
            block,
            reserve,
            most: most.max(reserve),
            flows: false,
            is_taken: false,
            window: (0, usize::MAX),
            surpluses: 0,
            underruns: 0,
            received: 0,
            dropped: 0,
        }
    }

    /// The number of queued frames.
    pub(crate) fn frames(&self) -> u64 {
        (self.bytes.len() / self.block) as u64
    }

    /// Adds whole frames from the server. If they do not fit, the oldest are dropped, down to the
    /// reserve.
    pub(crate) fn push(&mut self, audio: &[u8]) {
        self.bytes.extend(audio);
        self.received += audio.len() as u64;
        // Audio from before the stream runs is neither kept nor counted.
        let limit = if self.is_taken { self.most } else { self.reserve };
        if self.bytes.len() > limit {
            let surplus = self.bytes.len() - self.reserve;
            self.bytes.drain(..surplus);
            if self.is_taken {
                self.dropped += (surplus / self.block) as u64;
            }
        }
    }

    /// Fills a packet, with silence if there is too little audio.
    pub(crate) fn take(&mut self, packet: &mut [u8]) {
        self.is_taken = true;
        if !self.flows && self.bytes.len() < self.reserve {
            packet.fill(0);
            return;
        }
        if !self.flows {
            // Silence beyond the reserve is only latency.
            let surplus = self.bytes.len() - self.reserve;
            let is_silence = self.bytes.range(..surplus).all(|byte| *byte == 0);
            self.bytes.drain(..if is_silence { surplus } else { 0 });
        }
        self.flows = true;
        let count = packet.len().min(self.bytes.len());
        let (audio, silence) = packet.split_at_mut(count);
        for (to, from) in audio.iter_mut().zip(self.bytes.drain(..count)) {
            *to = from;
        }
        if !silence.is_empty() {
            silence.fill(0);
            self.underruns += 1;
            // The reserve was too small: fill it again.
            self.flows = false;
        }
        self.give_up_surplus(packet.len());
    }

    /// After a stall the level exceeds the reserve, which would be permanent latency. The surplus
    /// is dropped as soon as it is silent, which is inaudible, or after it has persisted for long.
    fn give_up_surplus(&mut self, packet: usize) {
        let (taken, lowest) = self.window;
        let (taken, lowest) = (taken + 1, lowest.min(self.bytes.len()));
        self.window = (taken, lowest);
        if taken < WINDOW {
            return;
        }
        self.window = (0, usize::MAX);
        let surplus = lowest.saturating_sub(self.reserve.saturating_sub(packet));
        let is_silence = self.bytes.range(..surplus).all(|byte| *byte == 0);
        // A surplus of sound below a packet is jitter.
        if surplus <= packet && !is_silence {
            self.surpluses = 0;
            return;
        }
        self.surpluses += 1;
        if is_silence || self.surpluses >= PATIENCE {
            self.bytes.drain(..surplus);
            self.surpluses = 0;
            if !is_silence {
                self.dropped += (surplus / self.block) as u64;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_given_before_the_reserve_is_there() {
        let mut ring = Ring::new(1, 4, 8);
        let mut packet = [9; 2];
        ring.push(&[1, 2, 3]);
        ring.take(&mut packet);
        assert_eq!((packet, ring.underruns), ([0, 0], 0));
        ring.push(&[4]);
        ring.take(&mut packet);
        assert_eq!((packet, ring.bytes.len()), ([1, 2], 2));
    }

    #[test]
    fn silence_beyond_the_reserve_is_left_out_when_it_begins_and_nothing_else_is() {
        for (first, left) in [(0, 2), (7, 3)] {
            let mut ring = Ring::new(1, 4, 8);
            // Before audio is taken, the reserve is the limit.
            ring.take(&mut [0; 2]);
            ring.push(&[first, 1, 2, 3, 4]);
            ring.take(&mut [0; 2]);
            assert_eq!(ring.bytes.len(), left);
        }
    }

    #[test]
    fn too_little_is_counted_and_the_reserve_is_filled_anew() {
        let mut ring = Ring::new(1, 2, 8);
        let mut packet = [9; 3];
        ring.push(&[1, 2]);
        ring.take(&mut packet);
        assert_eq!((packet, ring.underruns), ([1, 2, 0], 1));
        ring.push(&[3]);
        ring.take(&mut packet);
        assert_eq!((packet, ring.underruns), ([0, 0, 0], 1), "one is no reserve");
        ring.push(&[4, 5]);
        ring.take(&mut packet);
        assert_eq!((packet, ring.underruns), ([3, 4, 5], 1));
    }

    #[test]
    fn too_much_goes_down_to_the_reserve_and_is_counted_once_somebody_takes() {
        let mut ring = Ring::new(2, 4, 8);
        ring.push(&[1; 20]);
        assert_eq!((ring.bytes.len(), ring.dropped), (4, 0));
        ring.take(&mut [0; 2]);
        ring.push(&[2; 6]);
        assert_eq!((ring.bytes.len(), ring.dropped), (8, 0));
        ring.push(&[3; 2]);
        assert_eq!((ring.bytes.len(), ring.dropped), (4, 3));
        let mut packet = [0; 4];
        ring.take(&mut packet);
        assert_eq!(packet, [2, 2, 3, 3], "the newest stays");
    }

    /// The loss of a ring with a surplus of 8 bytes after a number of windows of 2-byte packets.
    fn with_surplus(audio: u8, windows: u32) -> (usize, u64) {
        let mut ring = Ring::new(1, 4, 64);
        ring.push(&[audio; 2]);
        // A window without a surplus.
        for _ in 0..WINDOW {
            ring.push(&[audio; 2]);
            ring.take(&mut [0; 2]);
        }
        ring.push(&[audio; 8]);
        for _ in 0..windows * WINDOW {
            ring.push(&[audio; 2]);
            ring.take(&mut [0; 2]);
        }
        (ring.bytes.len(), ring.dropped)
    }

    #[test]
    fn what_a_stall_left_goes_at_once_where_it_is_silence_and_later_where_it_is_not() {
        assert_eq!(with_surplus(0, 1), (2, 0));
        assert_eq!(with_surplus(1, PATIENCE - 1), (10, 0));
        assert_eq!(with_surplus(1, PATIENCE), (2, 8));
    }
}
