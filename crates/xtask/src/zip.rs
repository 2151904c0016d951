//! Zip files: stored, in the order that is given, without times, so that the same files make the same
//! bytes.
//!
//! Source: .ZIP File Format Specification (APPNOTE.TXT) 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.

/// The version that a reader must have: 1.0.
const VERSION: u16 = 10;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// The first day that the format has, midnight: 1 January 1980.
const DATE: u16 = 0x21;

/// A zip with these files.
pub(crate) fn zip(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let too_large = |_| "a zip of more than 4 GiB".to_owned();
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, data) in files {
        let length = u32::try_from(data.len()).map_err(too_large)?;
        let place = u32::try_from(bytes.len()).map_err(too_large)?;
        let name_length = u16::try_from(name.len()).map_err(|_| format!("{name}: too long"))?;
        // From the version to the length of the extra field, the same in both headers.
        let mut common = Vec::new();
        for word in [VERSION, FLAGS, 0, 0, DATE] {
            common.extend(word.to_le_bytes());
        }
        for double in [crc32(data), length, length] {
            common.extend(double.to_le_bytes());
        }
        common.extend(name_length.to_le_bytes());
        common.extend([0; 2]);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(data);
        directory.extend(b"PK\x01\x02");
        directory.extend(VERSION.to_le_bytes());
        directory.extend(&common);
        // Comment, disk and attributes: none.
        directory.extend([0; 10]);
        directory.extend(place.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let count = u16::try_from(files.len()).map_err(|_| "more than 65535 files".to_owned())?;
    let place = u32::try_from(bytes.len()).map_err(too_large)?;
    let length = u32::try_from(directory.len()).map_err(too_large)?;
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(length.to_le_bytes());
    bytes.extend(place.to_le_bytes());
    bytes.extend([0; 2]);
    Ok(bytes)
}

/// The checksum of the format, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut rest = u32::MAX;
    for byte in bytes {
        rest ^= u32::from(*byte);
        for _ in 0..8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ 0xEDB8_8320 } else { rest >> 1 };
        }
    }
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of the catalogue of CRCs.
    #[test]
    fn the_checksum_is_crc_32() {
        assert_eq!((crc32(b"123456789"), crc32(b"")), (0xCBF4_3926, 0));
    }

    /// By a program that nobody here wrote. Where there is no Python the test passes.
    #[test]
    fn another_program_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("some.zip");
        let files =
            [("one.txt".to_owned(), b"first".to_vec()), ("a/two".to_owned(), vec![7; 70_000])];
        let bytes = zip(&files).unwrap();
        let program = "import sys, zipfile\nz = zipfile.ZipFile(sys.argv[1])\nbad = z.testzip()\n\
                       print(bad, [(i.filename, i.file_size) for i in z.infolist()])";
        let read = |bytes: &[u8]| {
            std::fs::write(&file, bytes).unwrap();
            let python = std::process::Command::new("python3");
            let mut python = python;
            python.arg("-c").arg(program).arg(&file).output().ok()
        };
        let Some(output) = read(&bytes) else {
            eprintln!("no python3: not compared");
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(said.trim(), "None [('one.txt', 5), ('a/two', 70000)]", "{output:?}");
        // It does find a wrong byte.
        let mut wrong = bytes;
        let at = wrong.windows(5).position(|own| own == b"first").unwrap();
        wrong[at] ^= 1;
        let said = read(&wrong).unwrap();
        assert!(String::from_utf8_lossy(&said.stdout).starts_with("one.txt"), "{said:?}");
    }
}
