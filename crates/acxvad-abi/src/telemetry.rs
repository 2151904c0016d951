//! The layout of the property [`STREAMS`](crate::properties::STREAMS), which the audio module also
//! returns: a header, then an entry for each open stream. Little endian. `docs/telemetry.md`
//! documents the layout.

/// The version of the layout.
pub const VERSION: u32 = 3;

/// Bytes of the header.
pub const HEADER_BYTES: usize = 16;

/// The counters of a stream, in order: their display names, and their names in JSON.
pub const COUNTERS: [(&str, &str); 10] = [
    ("packets", "packets_done"),
    ("late", "late_ticks"),
    ("skipped", "packets_skipped"),
    ("underruns", "underruns"),
    ("overwrites", "overwrites"),
    ("late answers", "late_answers"),
    ("early answers", "overrun_answers"),
    ("ends", "ends_of_stream"),
    ("wire silence", "wire_silence"),
    ("wake-ups", "wake_ups"),
];

/// The number of counters in version 1. The worst lateness follows them, and the other counters
/// follow it.
const FIRST_COUNTERS: usize = 9;

/// The counters of errors, as indexes into [`COUNTERS`].
pub const ANOMALIES: [usize; 7] = [1, 2, 3, 4, 5, 6, 8];

/// Eight-byte words of an entry: five before the counters, and the worst lateness among them.
const WORDS: usize = 5 + COUNTERS.len() + 1;

/// The size of an entry in bytes.
pub const ENTRY_BYTES: usize = 8 * WORDS;

/// The beginning of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// [`VERSION`].
    pub version: u32,
    /// [`ENTRY_BYTES`]. A later version may make entries longer.
    pub entry_bytes: u32,
    /// Entries.
    pub entries: u32,
    /// The trim of the cable's clock, in the units of
    /// [`CLOCK_TRIM`](crate::properties::CLOCK_TRIM); zero before version 3.
    pub trim: i32,
}

impl Header {
    /// The header of a value with this many entries, of a cable with this trim.
    pub fn new(entries: usize, trim: i32) -> Self {
        let word = |value: usize| u32::try_from(value).unwrap_or(0);
        Self { version: VERSION, entry_bytes: word(ENTRY_BYTES), entries: word(entries), trim }
    }

    /// The header as bytes.
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let words = [self.version, self.entry_bytes, self.entries, self.trim.cast_unsigned()];
        for (chunk, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// The header at the beginning of a value; None if the value is too short for one.
    pub fn read(value: &[u8]) -> Option<Self> {
        let bytes = value.first_chunk::<HEADER_BYTES>()?;
        let mut words = bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
        let mut next = || words.next().unwrap_or(0);
        Some(Self {
            version: next(),
            entry_bytes: next(),
            entries: next(),
            trim: next().cast_signed(),
        })
    }
}

/// One stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The stream's number, unique among all streams of the circuit ever opened.
    pub stream: u64,
    /// The pin.
    pub pin: u32,
    /// Whether it is in Run.
    pub running: bool,
    /// Frames per second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// The sample type, in the numbering of the setting
    /// [`DEFAULT_SAMPLE`](crate::settings::DEFAULT_SAMPLE).
    pub sample: u32,
    /// The position, in frames since the start.
    pub position: u64,
    /// The counters, in the order of [`COUNTERS`].
    pub counters: [u64; COUNTERS.len()],
    /// The largest delay of a tick, in units of 100 ns.
    pub worst_lateness: u64,
}

/// Packs two words into one.
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// Unpacks two words.
fn halves(word: u64) -> (u32, u32) {
    let half = |word: u64| u32::try_from(word & 0xFFFF_FFFF).unwrap_or(0);
    (half(word), half(word >> 32))
}

impl Entry {
    /// The entry as bytes.
    pub fn to_bytes(&self) -> [u8; ENTRY_BYTES] {
        let first = [
            self.stream,
            pair(self.pin, self.running.into()),
            pair(self.rate, self.channels),
            pair(self.sample, 0),
            self.position,
        ];
        let (counters, later) = self.counters.split_at(FIRST_COUNTERS);
        let words = first.iter().chain(counters).chain([&self.worst_lateness]).chain(later);
        let mut bytes = [0; ENTRY_BYTES];
        for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *chunk = word.to_le_bytes();
        }
        bytes
    }

    /// The entry with these bytes.
    pub fn from_bytes(bytes: &[u8; ENTRY_BYTES]) -> Self {
        let mut words = bytes.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
        let mut next = || words.next().unwrap_or(0);
        let stream = next();
        let (pin, running) = halves(next());
        let (rate, channels) = halves(next());
        let (sample, _) = halves(next());
        let position = next();
        let mut counters = [0; COUNTERS.len()];
        let (first, later) = counters.split_at_mut(FIRST_COUNTERS);
        first.fill_with(&mut next);
        let worst_lateness = next();
        later.fill_with(&mut next);
        Self {
            stream,
            pin,
            running: running != 0,
            rate,
            channels,
            sample,
            position,
            counters,
            worst_lateness,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let entry = Entry {
            stream: 0x0102_0304_0506_0708,
            pin: 3,
            running: true,
            rate: 48_000,
            channels: 2,
            sample: 1,
            position: 9,
            counters: core::array::from_fn(|index| 100 + index as u64),
            worst_lateness: u64::MAX,
        };
        let bytes = entry.to_bytes();
        assert_eq!(Entry::from_bytes(&bytes), entry);
        // The offsets of docs/telemetry.md.
        assert_eq!((bytes[0], bytes[8], bytes[12], bytes[20], bytes[24]), (8, 3, 1, 2, 1));
        assert_eq!((bytes[32], bytes[40], bytes[104], bytes[112]), (9, 100, 108, 255));
        assert_eq!((bytes[120], bytes.len()), (109, 128));
        let header = Header::new(7, -2);
        assert_eq!(Header::read(&header.to_bytes()), Some(header));
        assert_eq!(header.to_bytes()[12..], [0xFE, 0xFF, 0xFF, 0xFF]);
        assert_eq!(Header::read(&[0; 15]), None);
    }
}
