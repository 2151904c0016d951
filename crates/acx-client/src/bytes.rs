//! The encoding of requests: little-endian fields and GUIDs.

use acx_sys::GUID;

/// A little-endian field of a client's bytes; zero past their end.
pub fn field<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..at + N).and_then(|field| field.try_into().ok()).unwrap_or([0; N])
}

/// A little-endian number; zero past the end of the bytes.
pub fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(field(bytes, at))
}

/// Like [`number`], 64 bits.
pub fn long(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(field(bytes, at))
}

/// A GUID in memory layout.
pub fn guid_bytes(guid: &GUID) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&guid.Data1.to_le_bytes());
    bytes[4..6].copy_from_slice(&guid.Data2.to_le_bytes());
    bytes[6..8].copy_from_slice(&guid.Data3.to_le_bytes());
    bytes[8..].copy_from_slice(&guid.Data4);
    bytes
}

/// The GUID at `at`; zeros past the end of the bytes.
pub fn guid_at(bytes: &[u8], at: usize) -> GUID {
    GUID {
        Data1: number(bytes, at),
        Data2: u16::from_le_bytes(field(bytes, at + 4)),
        Data3: u16::from_le_bytes(field(bytes, at + 6)),
        Data4: field(bytes, at + 8),
    }
}

/// UTF-16 text up to its terminating zero, or to the end of the bytes.
pub fn text(bytes: &[u8]) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit));
    String::from_utf16_lossy(&units.take_while(|unit| *unit != 0).collect::<Vec<_>>())
}
