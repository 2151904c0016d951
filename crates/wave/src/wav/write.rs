//! The writer: the header of a file is corrected at the end; that of a pipe cannot be.

use std::io::{self, Seek, SeekFrom, Write};

use super::WavFormat;

/// The largest 32-bit length, less the size of a header.
const LONGEST_RIFF: u64 = u32::MAX as u64 - 0x1000;

/// Writes a file sequentially.
pub struct Writer<W> {
    out: W,
    format: WavFormat,
    /// The bytes of audio written so far.
    written: u64,
    /// The length in the header; None if it leaves the length open.
    promised: Option<u64>,
    /// The offset of the file in `out`, and the size of its header.
    header: u64,
}

impl<W: Write> Writer<W> {
    /// Begins a file. With `frames`, its header is correct if so many frames follow. Without, it
    /// leaves the length open as other programs do, and readers play the file to its end.
    ///
    /// A file with more than 4 GiB of audio becomes an RF64 file (EBU Tech 3306).
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn new(mut out: W, format: WavFormat, frames: Option<u64>) -> io::Result<Self> {
        let promised = frames.map(|frames| frames * format.frame_bytes() as u64);
        let header = header(&format, promised, false);
        out.write_all(&header)?;
        Ok(Self { out, format, written: 0, promised, header: header.len() as u64 })
    }

    /// Writes whole frames in the endpoint's format.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn write(&mut self, audio: &[u8]) -> io::Result<()> {
        let bytes = self.format.pack(audio);
        self.written += bytes.len() as u64;
        self.out.write_all(&bytes)
    }

    /// Ends the file and returns the output. A wrong length in the header stays wrong:
    /// [`finish`](Self::finish) corrects it for files.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn end(mut self) -> io::Result<W> {
        if self.written % 2 == 1 {
            self.out.write_all(&[0])?;
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a file whose length is unknown: it leaves room for the header of a long one.
    ///
    /// # Errors
    ///
    /// The errors of `out`.
    pub fn of_any_length(mut out: W, format: WavFormat) -> io::Result<Self> {
        let header = header(&format, None, true);
        out.write_all(&header)?;
        Ok(Self { out, format, written: 0, promised: None, header: header.len() as u64 })
    }

    /// Ends the file, corrects the header, and returns the output.
    ///
    /// # Errors
    ///
    /// Those of `out`, and audio that is too long for its header.
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

/// Returns the header of `data` bytes of audio. A file whose length is unknown can have `room` for
/// the header of a long one.
fn header(format: &WavFormat, data: Option<u64>, room: bool) -> Vec<u8> {
    let chunk = format.written();
    // A decoder of float or extensible formats may want to know the number of frames.
    let fact = if chunk.len() > 16 { 12 } else { 0 };
    let is_long = data.is_some_and(|data| data > LONGEST_RIFF);
    let long = if is_long || room { 36 } else { 0 };
    let body = (4 + long + 8 + chunk.len() + chunk.len() % 2 + fact + 8) as u64;
    let whole = data.map(|data| body + data + data % 2);
    let frames = data.map(|data| data / format.frame_bytes() as u64);
    // If 32 bits are too few, the fields have their largest value.
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
