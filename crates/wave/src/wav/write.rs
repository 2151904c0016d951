//! Writing: to a file whose header is put right at the end, or to a pipe, which cannot be.

use std::io::{self, Seek, SeekFrom, Write};

use super::WavFormat;

/// What a 32-bit length holds at the most, less what a header takes.
const LONGEST_RIFF: u64 = u32::MAX as u64 - 0x1000;

/// Writes a file as its audio comes.
pub struct Writer<W> {
    out: W,
    format: WavFormat,
    /// Bytes of audio that were written.
    written: u64,
    /// What the header says of them; none if it says that it does not know.
    promised: Option<u64>,
    /// Where the file begins in `out`, and how long its header is.
    header: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a file. With `frames`, its header is right from the start if so many come; without,
    /// it says what programs say that do not know yet, and readers play it to its end.
    ///
    /// Audio beyond 4 GiB makes an RF64 file (EBU Tech 3306).
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn new(mut out: W, format: WavFormat, frames: Option<u64>) -> io::Result<Self> {
        let promised = frames.map(|frames| frames * format.frame_bytes() as u64);
        let header = header(&format, promised, false);
        out.write_all(&header)?;
        Ok(Self { out, format, written: 0, promised, header: header.len() as u64 })
    }

    /// Writes whole frames, as the endpoint carries them.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write(&mut self, audio: &[u8]) -> io::Result<()> {
        let bytes = self.format.pack(audio);
        self.written += bytes.len() as u64;
        self.out.write_all(&bytes)
    }

    /// Ends it, and gives back where it was written to. A header that promised something else stays
    /// wrong: [`finish`](Self::finish) is for files.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn end(mut self) -> io::Result<W> {
        if self.written % 2 == 1 {
            self.out.write_all(&[0])?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file whose length is not known: there is room for the header of a long one.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn of_any_length(mut out: W, format: WavFormat) -> io::Result<Self> {
        let header = header(&format, None, true);
        out.write_all(&header)?;
        Ok(Self { out, format, written: 0, promised: None, header: header.len() as u64 })
    }

    /// Ends it, puts the header right, and gives back where it was written to.
    ///
    /// # Errors
    ///
    /// Those of `out`, and audio that is longer than its header can say.
    pub fn finish(mut self) -> io::Result<W> {
        if self.written % 2 == 1 {
            self.out.write_all(&[0])?;
        }
        if self.promised != Some(self.written) {
            let plain = header(&self.format, Some(self.written), false);
            let room = header(&self.format, Some(self.written), true);
            let right = [plain, room].into_iter().find(|own| own.len() as u64 == self.header);
            let right = right.ok_or_else(|| io::Error::other("longer than its header can say"))?;
            self.out.seek(SeekFrom::Start(0))?;
            self.out.write_all(&right)?;
            self.out.seek(SeekFrom::End(0))?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

/// What stands before `data` bytes of audio. A file whose length is not known can have `room` for
/// that of a long one.
fn header(format: &WavFormat, data: Option<u64>, room: bool) -> Vec<u8> {
    let chunk = format.written();
    // A decoder of float or extensible formats may want to know the number of frames.
    let fact = if chunk.len() > 16 { 12 } else { 0 };
    let is_long = data.is_some_and(|data| data > LONGEST_RIFF);
    let long = if is_long || room { 36 } else { 0 };
    let body = (4 + long + 8 + chunk.len() + chunk.len() % 2 + fact + 8) as u64;
    let whole = data.map(|data| body + data + data % 2);
    let frames = data.map(|data| data / format.frame_bytes() as u64);
    // Where 32 bits do not do, they say so.
    let short = |length: Option<u64>| {
        length.filter(|_| !is_long).map_or(u32::MAX, |length| length as u32).to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(body as usize + 8);
    bytes.extend(if is_long { b"RF64" } else { b"RIFF" });
    bytes.extend(short(whole));
    bytes.extend(b"WAVE");
    if long > 0 {
        bytes.extend(if is_long { b"ds64" } else { b"JUNK" });
        bytes.extend(28_u32.to_le_bytes());
        for number in [whole, data, frames] {
            bytes.extend(number.filter(|_| is_long).unwrap_or(0).to_le_bytes());
        }
        bytes.extend([0; 4]);
    }
    bytes.extend(b"fmt ");
    bytes.extend((chunk.len() as u32).to_le_bytes());
    bytes.extend(&chunk);
    bytes.extend(&[0][..chunk.len() % 2]);
    if fact > 0 {
        bytes.extend(b"fact");
        bytes.extend(4_u32.to_le_bytes());
        bytes.extend(short(frames));
    }
    bytes.extend(b"data");
    bytes.extend(short(data));
    bytes
}
