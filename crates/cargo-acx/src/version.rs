//! The version resource: a .res file with one VS_VERSIONINFO, for the linker. Formats:
//! RESOURCEHEADER and VS_VERSIONINFO of the Windows SDK's documentation.

const VFT_DRV: u32 = 3;
const VFT2_DRV_SYSTEM: u32 = 7;
const VOS_NT_WINDOWS32: u32 = 0x4_0004;
const US_ENGLISH: u16 = 0x0409;
const UNICODE: u16 = 1200;

/// The properties of an image.
#[derive(Clone, Copy, Debug)]
pub struct About<'a> {
    /// The image's name, without `.sys`.
    pub name: &'a str,
    /// Its version in cargo's form.
    pub version: &'a str,
    /// The author.
    pub company: &'a str,
    /// A one-line description.
    pub description: &'a str,
    /// The license.
    pub copyright: &'a str,
}

/// A version as four numbers: the package's and a zero.
pub fn numbers(version: &str) -> [u16; 4] {
    let mut parts = version.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    [(); 4].map(|()| parts.next().unwrap_or(0))
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

fn pad(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
}

/// A block of a version resource: length, length of the value, type, key, value, children.
fn block(key: &str, text: bool, value: &[u8], children: &[Vec<u8>]) -> Vec<u8> {
    let units = if text { value.len() / 2 } else { value.len() };
    let mut bytes = vec![0; 2];
    bytes.extend((units as u16).to_le_bytes());
    bytes.extend(u16::from(text).to_le_bytes());
    bytes.extend(wide(key));
    pad(&mut bytes);
    bytes.extend(value);
    for child in children {
        pad(&mut bytes);
        bytes.extend(child);
    }
    let length = bytes.len() as u16;
    bytes[..2].copy_from_slice(&length.to_le_bytes());
    bytes
}

/// VS_VERSIONINFO of a driver.
fn version_info(about: About<'_>) -> Vec<u8> {
    let About { name, version, company, description, copyright } = about;
    let [major, minor, patch, build] = numbers(version).map(u32::from);
    let (high, low) = (major << 16 | minor, patch << 16 | build);
    let fixed: Vec<u8> = [
        0xFEEF_04BD,
        0x1_0000,
        high,
        low,
        high,
        low,
        0x3F,
        0,
        VOS_NT_WINDOWS32,
        VFT_DRV,
        VFT2_DRV_SYSTEM,
        0,
        0,
    ]
    .into_iter()
    .flat_map(u32::to_le_bytes)
    .collect();
    let shown = format!("{major}.{minor}.{patch}.{build}");
    let file = format!("{name}.sys");
    let strings = [
        ("CompanyName", company),
        ("FileDescription", description),
        ("FileVersion", &shown),
        ("InternalName", &file),
        ("LegalCopyright", copyright),
        ("OriginalFilename", &file),
        ("ProductName", name),
        ("ProductVersion", &shown),
    ]
    .map(|(key, value)| block(key, true, &wide(value), &[]));
    let table = block(&format!("{US_ENGLISH:04x}{UNICODE:04x}"), true, &[], &strings);
    let translation: Vec<u8> =
        [US_ENGLISH, UNICODE].into_iter().flat_map(u16::to_le_bytes).collect();
    block(
        "VS_VERSION_INFO",
        false,
        &fixed,
        &[
            block("StringFileInfo", true, &[], &[table]),
            block("VarFileInfo", true, &[], &[block("Translation", false, &translation, &[])]),
        ],
    )
}

/// A resource in a .res file, type and name by number.
fn resource(kind: u16, name: u16, data: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in
        [data.len() as u32, 32, u32::from(kind) << 16 | 0xFFFF, u32::from(name) << 16 | 0xFFFF]
    {
        bytes.extend(word.to_le_bytes());
    }
    // Data version, memory flags, language, version, characteristics.
    bytes.extend([0; 6]);
    bytes.extend(if kind == 0 { 0 } else { US_ENGLISH }.to_le_bytes());
    bytes.extend([0; 8]);
    bytes.extend(data);
    pad(&mut bytes);
    bytes
}

/// The .res file of a driver.
pub fn res(about: About<'_>) -> Vec<u8> {
    const RT_VERSION: u16 = 16;
    // A .res file begins with an empty resource.
    [resource(0, 0, &[]), resource(RT_VERSION, 1, &version_info(about))].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'static> = About {
        name: "driver",
        version: "1.2.3",
        company: "Company",
        description: "a driver",
        copyright: "MIT",
    };

    #[test]
    fn versions_become_four_numbers() {
        assert_eq!(numbers("1.2.3"), [1, 2, 3, 0]);
        assert_eq!(numbers("0.10.0-rc.4"), [0, 10, 0, 0]);
    }

    #[test]
    fn blocks_say_their_length_and_begin_on_words() {
        let info = version_info(ABOUT);
        assert_eq!(usize::from(u16::from_le_bytes([info[0], info[1]])), info.len());
        assert_eq!(u16::from_le_bytes([info[2], info[3]]), 52, "VS_FIXEDFILEINFO");
        let signature = info.windows(4).position(|word| word == 0xFEEF_04BDu32.to_le_bytes());
        assert_eq!(signature.map(|at| at % 4), Some(0));
        let has = |text: &str| {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            info.windows(wide.len()).any(|part| part == wide)
        };
        assert!(has("Company") && has("a driver") && has("driver.sys") && has("1.2.3.0"));
        assert!(res(ABOUT).len().is_multiple_of(4));
    }
}
