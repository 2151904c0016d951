//! The reader: it reads a file or a pipe sequentially, and holds one piece of it in memory.

use std::io::{self, BufRead, BufReader, Read};

use super::{Input, WavError, WavFormat};

/// The longest format chunk that is accepted.
const LONGEST_FORMAT: u64 = 4096;

/// The size of a piece in bytes of the file.
const PIECE: usize = 1 << 16;

/// The lengths that programs write while the length is unknown: ffmpeg the largest number (so does
/// RF64, whose length is in the `ds64` chunk), some the same less the header, sox 0x7FFFF000,
/// arecord the two around 2 GiB.
fn is_unknown(length: u32) -> bool {
    matches!(length, 0x7FFF_F000 | 0x7FFF_FFFF | 0x8000_0000 | 0xFFFF_FF00..)
}

/// A file or a pipe that is read sequentially.
pub struct Reader<R> {
    source: Source<R>,
    input: Input,
    format: WavFormat,
    /// The bytes of audio that the header announces, whole frames only; None if it leaves the
    /// length open.
    promised: Option<u64>,
    /// The bytes after the last whole frame.
    left_out: u64,
    /// The bytes read so far.
    taken: u64,
    ended: bool,
    /// Frames in the endpoint's format that have not been returned yet.
    carried: Vec<u8>,
    given: usize,
    /// A sample that 32 bits cannot hold: reported after the frames before it were returned.
    too_fine: Option<u64>,
}

impl<R: Read> Reader<R> {
    /// Reads up to the first frame. `input` is the input's name in errors.
    ///
    /// # Errors
    ///
    /// [`WavError`], with the remedy.
    pub fn new(source: R, input: Input) -> Result<Self, WavError> {
        let mut source = Source { inner: BufReader::new(source), ahead: Vec::new() };
        let header = Header::read(&mut source, &input)?;
        let frame = header.format.frame_bytes();
        if source.peek(frame).map_err(|error| input.unreadable(error))?.len() < frame
            || header.promised.is_some_and(|bytes| bytes < frame as u64)
        {
            return Err(WavError::NoFrames(input));
        }
        let left_out = header.promised.map_or(0, |bytes| bytes % frame as u64);
        Ok(Self {
            source,
            input,
            format: header.format,
            promised: header.promised.map(|bytes| bytes - left_out),
            left_out,
            taken: 0,
            ended: false,
            carried: Vec::new(),
            given: 0,
            too_fine: None,
        })
    }

    /// The format.
    pub fn format(&self) -> &WavFormat {
        &self.format
    }

    /// The input's name in errors.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The number of frames that the header announces; None if it leaves the length open.
    pub fn frames(&self) -> Option<u64> {
        self.promised.map(|bytes| bytes / self.format.frame_bytes() as u64)
    }

    /// The bytes of audio that the header announces and the file lacks. Known at the end.
    pub fn missing(&self) -> u64 {
        self.promised.filter(|_| self.ended).map_or(0, |bytes| bytes - self.taken)
    }

    /// The bytes after the last whole frame, which are ignored. Known at the end.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }

    /// Reads whole frames in the endpoint's format, as many as fit in `room`: fewer only at the
    /// end, and zero after it.
    ///
    /// # Errors
    ///
    /// [`WavError`]: the input failed, or has a sample of 64-bit float that 32 bits do not hold.
    ///
    /// # Panics
    ///
    /// If `room` is shorter than a frame.
    pub fn read_frames(&mut self, room: &mut [u8]) -> Result<usize, WavError> {
        let block = self.format.carried.block_align();
        let wanted = room.len() - room.len() % block;
        assert!(wanted > 0, "room for one frame at least");
        let mut filled = 0;
        while filled < wanted {
            if self.given == self.carried.len() && !self.refill()? {
                break;
            }
            let ready = &self.carried[self.given..];
            let count = ready.len().min(wanted - filled);
            room[filled..filled + count].copy_from_slice(&ready[..count]);
            self.given += count;
            filled += count;
        }
        Ok(filled)
    }

    /// Unpacks the next piece. Returns false at the end.
    fn refill(&mut self) -> Result<bool, WavError> {
        if let Some(sample) = self.too_fine {
            return Err(WavError::TooFine { input: self.input.clone(), sample });
        }
        if self.ended {
            return Ok(false);
        }
        let frame = self.format.frame_bytes();
        let rest = self.promised.map_or(u64::MAX, |bytes| bytes - self.taken);
        let wanted = rest.min((PIECE / frame).max(1) as u64 * frame as u64) as usize;
        let piece = self.source.peek(wanted).map_err(|error| self.input.unreadable(error))?;
        let whole = piece.len() - piece.len() % frame;
        self.carried.clear();
        self.given = 0;
        if let Err(sample) = self.format.unpack(&piece[..whole], &mut self.carried) {
            let before = self.taken / (frame as u64 / u64::from(self.format.carried.channels));
            self.too_fine = Some(before + sample as u64);
            let block = self.format.carried.block_align();
            self.carried.truncate(self.carried.len() - self.carried.len() % block);
        }
        if piece.len() < wanted || whole as u64 == rest {
            self.ended = true;
            if self.promised.is_none() {
                self.left_out = (piece.len() - whole) as u64;
            }
        }
        self.source.skip_peeked(whole);
        self.taken += whole as u64;
        if self.carried.is_empty() {
            // The end, or the sample that cannot be carried.
            self.ended = true;
            return self.refill();
        }
        Ok(true)
    }
}

/// The error contains the [`WavError`].
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        if room.len() < self.format.carried.block_align() {
            return if room.is_empty() {
                Ok(0)
            } else {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "room for less than a frame"))
            };
        }
        self.read_frames(room).map_err(io::Error::other)
    }
}

/// The parts of the file before the audio.
struct Header {
    format: WavFormat,
    promised: Option<u64>,
}

impl Header {
    fn read<R: Read>(source: &mut Source<R>, input: &Input) -> Result<Self, WavError> {
        let unreadable = |error| input.unreadable(error);
        let front = source.peek(16).map_err(unreadable)?;
        if front.is_empty() {
            return Err(WavError::Empty(input.clone()));
        }
        let is_long = front.starts_with(b"RF64") || front.starts_with(b"BW64");
        let is_wave = front.len() >= 12 && &front[8..12] == b"WAVE";
        if !(is_wave && (is_long || front.starts_with(b"RIFF"))) {
            return Err(match container(front) {
                _ if front.starts_with(b"RIFX") => WavError::OtherOrder(input.clone()),
                Some(what) => WavError::Container { input: input.clone(), what },
                None => input.not_wav("no RIFF/WAVE header"),
            });
        }
        let riff = u32_at(front, 4);
        source.skip_peeked(12);
        let (mut at, mut format, mut long) = (12_u64, None, None);
        loop {
            let chunk = source.peek(8).map_err(unreadable)?;
            if chunk.len() < 8 {
                break;
            }
            let (id, length) = ([chunk[0], chunk[1], chunk[2], chunk[3]], u32_at(chunk, 4));
            source.skip_peeked(8);
            at += 8;
            match &id {
                b"data" => {
                    let format = format.ok_or_else(|| input.not_wav("audio before its format"))?;
                    let is_chunk = is_id(source.peek(4).map_err(unreadable)?);
                    let promised = match long.filter(|_| length == u32::MAX) {
                        // A program that crashed leaves the `ds64` in its initial state.
                        Some(0 | u64::MAX) => None,
                        Some(length) => Some(length),
                        None if is_unknown(length) => None,
                        // Nothing, or a program that does not know yet: then the file seems to end
                        // here, or what comes is not another chunk.
                        None if length == 0
                            && (u64::from(riff) + 8 <= at || is_unknown(riff) || !is_chunk) =>
                        {
                            None
                        }
                        None => Some(u64::from(length)),
                    };
                    return Ok(Self { format, promised });
                }
                // The first format chunk counts: a second one does not describe the audio.
                b"fmt " if format.is_none() => {
                    let length = u64::from(length).min(LONGEST_FORMAT);
                    let chunk = source.peek(length as usize).map_err(unreadable)?;
                    format = Some(WavFormat::parse(chunk, input)?);
                }
                b"ds64" if is_long => {
                    let chunk = source.peek(16).map_err(unreadable)?;
                    if chunk.len() == 16 {
                        let low = u64::from(u32_at(chunk, 8));
                        long = Some(low | u64::from(u32_at(chunk, 12)) << 32);
                    }
                }
                _ => {}
            }
            let mut length = u64::from(length);
            if source.skip(length).map_err(unreadable)? < length {
                break;
            }
            // Chunks begin at even offsets, except those of some writers.
            if length % 2 == 1 && has_padding(source.peek(9).map_err(unreadable)?) {
                length += source.skip(1).map_err(unreadable)?;
            }
            at += length;
        }
        Err(if format.is_some() {
            WavError::NoFrames(input.clone())
        } else {
            input.not_wav("no format")
        })
    }
}

/// Returns whether a chunk seems to begin with these bytes.
fn is_id(front: &[u8]) -> bool {
    front.len() == 4 && front.iter().all(|byte| (b' '..=b'~').contains(byte))
}

/// Whether a padding byte stands between an odd chunk and `next`: it is zero, or what comes behind
/// it begins like a chunk and it does not.
fn has_padding(next: &[u8]) -> bool {
    const KNOWN: [&[u8; 4]; 12] = [
        b"fmt ", b"data", b"fact", b"LIST", b"JUNK", b"junk", b"bext", b"cue ", b"PEAK", b"smpl",
        b"inst", b"id3 ",
    ];
    let known =
        |at: usize| next.get(at..at + 4).is_some_and(|id| KNOWN.iter().any(|own| id == *own));
    match next.first() {
        None | Some(0) => true,
        Some(_) => known(1) || !known(0),
    }
}

/// Files of other types, by their first bytes.
fn container(front: &[u8]) -> Option<&'static str> {
    let form = front.get(8..12);
    Some(match front {
        [b'r', b'i', b'f', b'f', ..] => "Sony Wave64 (W64)",
        [b'F', b'O', b'R', b'M', ..] if form == Some(b"AIFF") => "AIFF",
        [b'F', b'O', b'R', b'M', ..] if form == Some(b"AIFC") => "AIFF-C",
        [b'R', b'I', b'F', b'F', ..] if form == Some(b"AVI ") => "AVI",
        [b'f', b'L', b'a', b'C', ..] => "FLAC",
        [b'O', b'g', b'g', b'S', ..] => "Ogg",
        [b'I', b'D', b'3', ..] => "MP3",
        // Twelve bits of synchronization, and no layer.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => "AAC",
        // Eleven bits of synchronization, and a layer and a bit rate that exist.
        [0xFF, second, third, ..]
            if second & 0xE0 == 0xE0 && second & 0x06 != 0 && third & 0xF0 != 0xF0 =>
        {
            "MP3"
        }
        [b'.', b's', b'n', b'd', ..] => "Sun AU",
        [b'c', b'a', b'f', b'f', ..] => "Apple CAF",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "MP4",
        [0x1A, 0x45, 0xDF, 0xA3, ..] => "Matroska",
        [0x30, 0x26, 0xB2, 0x75, ..] => "Windows Media",
        [b'w', b'v', b'p', b'k', ..] => "WavPack",
        [b'C', b'r', b'e', b'a', b't', b'i', b'v', b'e', b' ', ..] => "Creative VOC",
        _ => return None,
    })
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// A source with lookahead.
struct Source<R> {
    inner: BufReader<R>,
    /// Bytes read ahead.
    ahead: Vec<u8>,
}

impl<R: Read> Source<R> {
    /// Returns the next `count` bytes, fewer at the end, and does not consume them.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if let Some(missing) = count.checked_sub(self.ahead.len()) {
            (&mut self.inner).take(missing as u64).read_to_end(&mut self.ahead)?;
        }
        Ok(&self.ahead[..count.min(self.ahead.len())])
    }

    /// Skips bytes that were read ahead.
    fn skip_peeked(&mut self, count: usize) {
        self.ahead.drain(..count);
    }

    /// Skips bytes: fewer only at the end.
    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let peeked = count.min(self.ahead.len() as u64);
        self.skip_peeked(peeked as usize);
        let mut skipped = peeked;
        while skipped < count {
            let ready = self.inner.fill_buf()?.len();
            if ready == 0 {
                break;
            }
            let now = (count - skipped).min(ready as u64);
            self.inner.consume(now as usize);
            skipped += now;
        }
        Ok(skipped)
    }
}
