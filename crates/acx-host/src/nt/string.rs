//! Rtl strings, integers as text, GUIDs as text.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::{read, read_bytes, text, write};
use crate::kernel::function::services;
use crate::kernel::interface::guid_text;
use crate::kernel::pool::Pool;
use crate::kernel::string::{allocate, put};
use acx_client::bytes::guid_bytes;

const TAG: u32 = u32::from_le_bytes(*b"RtlS");

/// UTF-16 up to its terminating zero.
pub(crate) fn wide(from: PCWSTR) -> Vec<u16> {
    (0..0x7FFF).map_while(|at| read(from.wrapping_add(at)).filter(|unit| *unit != 0)).collect()
}

/// The units of a UNICODE_STRING.
pub(crate) fn units(string: PCUNICODE_STRING) -> Vec<u16> {
    let Some(string) = read(string) else { return Vec::new() };
    let count = usize::from(string.Length / 2);
    (0..count).filter_map(|at| read(string.Buffer.wrapping_add(at).cast_const())).collect()
}

/// Bytes up to their terminating zero.
pub(crate) fn narrow(from: *const u8) -> Vec<u8> {
    (0..0x7FFF).map_while(|at| read(from.wrapping_add(at)).filter(|byte| *byte != 0)).collect()
}

fn ansi(string: *const ANSI_STRING) -> Vec<u8> {
    let Some(string) = read(string) else { return Vec::new() };
    let start = string.Buffer.cast::<u8>().cast_const();
    read_bytes(start, usize::from(string.Length))
}

/// The simple upper case of a unit, as the system's table has it for what has one.
fn upper(unit: u16) -> u16 {
    let mut upper = char::from_u32(u32::from(unit)).into_iter().flat_map(char::to_uppercase);
    match (upper.next(), upper.next()) {
        (Some(only), None) => u16::try_from(u32::from(only)).unwrap_or(unit),
        _ => unit,
    }
}

fn folded(units: &[u16], fold: bool) -> Vec<u16> {
    units.iter().map(|unit| if fold { upper(*unit) } else { *unit }).collect()
}

fn compare(one: &[u16], other: &[u16]) -> i32 {
    let differing = one.iter().zip(other).find(|(one, other)| one != other);
    differing.map_or(one.len() as i32 - other.len() as i32, |(one, other)| {
        i32::from(*one) - i32::from(*other)
    })
}

/// A number as RtlUnicodeStringToInteger reads it: blanks, a sign, and 0x, 0o or 0b where no base
/// is given.
fn integer(characters: &str, base: u32) -> Option<u32> {
    let text = characters.trim_start_matches([' ', '\t']);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (base, text) = match (base, text.get(..2)) {
        (0, Some("0x")) => (16, &text[2..]),
        (0, Some("0o")) => (8, &text[2..]),
        (0, Some("0b")) => (2, &text[2..]),
        (0, _) => (10, text),
        (2 | 8 | 10 | 16, _) => (base, text),
        _ => return None,
    };
    let digits = text.chars().map_while(|digit| digit.to_digit(base));
    let value = digits.fold(0u32, |value, digit| value.wrapping_mul(base).wrapping_add(digit));
    Some(if negative { value.wrapping_neg() } else { value })
}

fn in_base(mut value: u64, base: u32) -> Option<String> {
    let base = match base {
        0 => 10,
        2 | 8 | 10 | 16 => base,
        _ => return None,
    };
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((value % u64::from(base)) as u32, base)?.to_ascii_uppercase());
        value /= u64::from(base);
        if value == 0 {
            return Some(digits.iter().rev().collect());
        }
    }
}

/// A GUID from its text in braces.
pub(crate) fn parse_guid(text: &str) -> Option<GUID> {
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let parts: Vec<&str> = inner.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    if lengths != [8, 4, 4, 4, 12] || !inner.is_ascii() {
        return None;
    }
    let tail = format!("{}{}", parts[3], parts[4]);
    let mut last = [0; 8];
    for (at, byte) in last.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&tail[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(GUID {
        Data1: u32::from_str_radix(parts[0], 16).ok()?,
        Data2: u16::from_str_radix(parts[1], 16).ok()?,
        Data3: u16::from_str_radix(parts[2], 16).ok()?,
        Data4: last,
    })
}

/// Puts what a conversion gave, which says otherwise than other functions that there is no room.
fn convert(string: PUNICODE_STRING, units: &[u16]) -> NTSTATUS {
    match put(string, 0, units) {
        STATUS_BUFFER_TOO_SMALL => STATUS_BUFFER_OVERFLOW,
        status => status,
    }
}

fn encode(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn RtlInitString(_kernel: &Kernel, DestinationString: *mut ANSI_STRING, SourceString: *const u8) {
    let length = narrow(SourceString).len() as u16;
    let maximum = if SourceString.is_null() { 0 } else { length + 1 };
    write(
        DestinationString,
        ANSI_STRING {
            Length: length,
            MaximumLength: maximum,
            Buffer: SourceString.cast_mut().cast(),
        },
    );
}

fn RtlInitAnsiString(
    _kernel: &Kernel,
    DestinationString: *mut ANSI_STRING,
    SourceString: *const u8,
) {
    let length = narrow(SourceString).len() as u16;
    let maximum = if SourceString.is_null() { 0 } else { length + 1 };
    write(
        DestinationString,
        ANSI_STRING {
            Length: length,
            MaximumLength: maximum,
            Buffer: SourceString.cast_mut().cast(),
        },
    );
}

fn RtlCopyUnicodeString(
    _kernel: &Kernel,
    DestinationString: PUNICODE_STRING,
    SourceString: PCUNICODE_STRING,
) {
    let source = units(SourceString);
    let room = usize::from(read(DestinationString).unwrap_or_default().MaximumLength / 2);
    put(DestinationString, 0, &source[..source.len().min(room)]);
}

fn RtlAppendUnicodeToString(
    _kernel: &Kernel,
    Destination: PUNICODE_STRING,
    Source: PCWSTR,
) -> NTSTATUS {
    let used = read(Destination).unwrap_or_default().Length;
    put(Destination, used, &wide(Source))
}

fn RtlAppendUnicodeStringToString(
    _kernel: &Kernel,
    Destination: PUNICODE_STRING,
    Source: PCUNICODE_STRING,
) -> NTSTATUS {
    let used = read(Destination).unwrap_or_default().Length;
    put(Destination, used, &units(Source))
}

fn RtlCompareUnicodeString(
    _kernel: &Kernel,
    String1: PCUNICODE_STRING,
    String2: PCUNICODE_STRING,
    CaseInSensitive: BOOLEAN,
) -> LONG {
    let fold = CaseInSensitive != 0;
    compare(&folded(&units(String1), fold), &folded(&units(String2), fold))
}

fn RtlEqualUnicodeString(
    _kernel: &Kernel,
    String1: PCUNICODE_STRING,
    String2: PCUNICODE_STRING,
    CaseInSensitive: BOOLEAN,
) -> BOOLEAN {
    let fold = CaseInSensitive != 0;
    BOOLEAN::from(folded(&units(String1), fold) == folded(&units(String2), fold))
}

fn RtlPrefixUnicodeString(
    _kernel: &Kernel,
    String1: PCUNICODE_STRING,
    String2: PCUNICODE_STRING,
    CaseInSensitive: BOOLEAN,
) -> BOOLEAN {
    let fold = CaseInSensitive != 0;
    BOOLEAN::from(folded(&units(String2), fold).starts_with(&folded(&units(String1), fold)))
}

fn RtlUpcaseUnicodeString(
    kernel: &Kernel,
    DestinationString: PUNICODE_STRING,
    SourceString: PCUNICODE_STRING,
    AllocateDestinationString: BOOLEAN,
) -> NTSTATUS {
    let upper = folded(&units(SourceString), true);
    if AllocateDestinationString != 0 {
        allocate(kernel, DestinationString, &upper)
    } else {
        convert(DestinationString, &upper)
    }
}

fn RtlUpcaseUnicodeChar(_kernel: &Kernel, SourceCharacter: u16) -> u16 {
    upper(SourceCharacter)
}

/// The x65599 algorithm, which is the default and the only one there is.
fn RtlHashUnicodeString(
    _kernel: &Kernel,
    String: PCUNICODE_STRING,
    CaseInSensitive: BOOLEAN,
    HashAlgorithm: ULONG,
    HashValue: *mut u32,
) -> NTSTATUS {
    if HashAlgorithm > 1 {
        return STATUS_INVALID_PARAMETER;
    }
    let units = folded(&units(String), CaseInSensitive != 0);
    write(
        HashValue,
        units
            .iter()
            .fold(0u32, |hash, unit| hash.wrapping_mul(65599).wrapping_add(u32::from(*unit))),
    );
    STATUS_SUCCESS
}

fn RtlFreeAnsiString(kernel: &Kernel, String: *mut ANSI_STRING) {
    if let Some(own) = read(String).filter(|own| !own.Buffer.is_null()) {
        kernel.part::<Pool>().free(kernel, own.Buffer as usize, None);
        write(String, ANSI_STRING { Length: 0, MaximumLength: 0, Buffer: std::ptr::null_mut() });
    }
}

fn RtlAnsiStringToUnicodeString(
    kernel: &Kernel,
    DestinationString: PUNICODE_STRING,
    SourceString: *const ANSI_STRING,
    AllocateDestinationString: BOOLEAN,
) -> NTSTATUS {
    let units: Vec<u16> = ansi(SourceString).into_iter().map(u16::from).collect();
    if AllocateDestinationString != 0 {
        return allocate(kernel, DestinationString, &units);
    }
    // There is always room for a zero.
    let room = usize::from(read(DestinationString).unwrap_or_default().MaximumLength);
    if 2 * units.len() >= room {
        return STATUS_BUFFER_OVERFLOW;
    }
    put(DestinationString, 0, &units)
}

fn RtlUnicodeStringToAnsiString(
    kernel: &Kernel,
    DestinationString: *mut ANSI_STRING,
    SourceString: PCUNICODE_STRING,
    AllocateDestinationString: BOOLEAN,
) -> NTSTATUS {
    let bytes: Vec<u8> =
        units(SourceString).into_iter().map(|unit| u8::try_from(unit).unwrap_or(b'?')).collect();
    let Some(mut own) = read(DestinationString) else { return STATUS_INVALID_PARAMETER };
    if AllocateDestinationString != 0 {
        let room = bytes.len() + 1;
        own.Buffer = kernel.part::<Pool>().allocate(kernel, room, TAG, false) as *mut _;
        own.MaximumLength = room as u16;
        if own.Buffer.is_null() {
            return STATUS_INSUFFICIENT_RESOURCES;
        }
    }
    if bytes.len() >= usize::from(own.MaximumLength) {
        return STATUS_BUFFER_OVERFLOW;
    }
    for (at, byte) in bytes.iter().chain(&[0]).enumerate() {
        write(own.Buffer.cast::<u8>().wrapping_add(at), *byte);
    }
    own.Length = bytes.len() as u16;
    write(DestinationString, own);
    STATUS_SUCCESS
}

fn RtlEqualString(
    _kernel: &Kernel,
    String1: *const ANSI_STRING,
    String2: *const ANSI_STRING,
    CaseInSensitive: BOOLEAN,
) -> BOOLEAN {
    let (one, other) = (ansi(String1), ansi(String2));
    BOOLEAN::from(if CaseInSensitive != 0 {
        one.eq_ignore_ascii_case(&other)
    } else {
        one == other
    })
}

fn RtlUnicodeStringToInteger(
    _kernel: &Kernel,
    String: PCUNICODE_STRING,
    Base: ULONG,
    Value: *mut ULONG,
) -> NTSTATUS {
    match integer(&text(String).unwrap_or_default(), Base) {
        Some(value) => {
            write(Value, value);
            STATUS_SUCCESS
        }
        None => STATUS_INVALID_PARAMETER,
    }
}

fn RtlCharToInteger(
    _kernel: &Kernel,
    String: *const u8,
    Base: ULONG,
    Value: *mut ULONG,
) -> NTSTATUS {
    match integer(&String::from_utf8_lossy(&narrow(String)), Base) {
        Some(value) => {
            write(Value, value);
            STATUS_SUCCESS
        }
        None => STATUS_INVALID_PARAMETER,
    }
}

fn RtlIntegerToUnicodeString(
    _kernel: &Kernel,
    Value: ULONG,
    Base: ULONG,
    String: PUNICODE_STRING,
) -> NTSTATUS {
    in_base(u64::from(Value), Base)
        .map_or(STATUS_INVALID_PARAMETER, |text| convert(String, &encode(&text)))
}

fn RtlInt64ToUnicodeString(
    _kernel: &Kernel,
    Value: u64,
    Base: ULONG,
    String: PUNICODE_STRING,
) -> NTSTATUS {
    in_base(Value, Base).map_or(STATUS_INVALID_PARAMETER, |text| convert(String, &encode(&text)))
}

fn RtlGUIDFromString(_kernel: &Kernel, GuidString: PCUNICODE_STRING, Guid: *mut GUID) -> NTSTATUS {
    match parse_guid(&text(GuidString).unwrap_or_default()) {
        Some(guid) => {
            write(Guid, guid);
            STATUS_SUCCESS
        }
        None => STATUS_INVALID_PARAMETER,
    }
}

fn RtlStringFromGUID(kernel: &Kernel, Guid: *const GUID, GuidString: PUNICODE_STRING) -> NTSTATUS {
    let Some(guid) = read(Guid) else { return STATUS_INVALID_PARAMETER };
    allocate(kernel, GuidString, &encode(&guid_text(guid_bytes(&guid)).to_uppercase()))
}

fn RtlCompareMemory(
    _kernel: &Kernel,
    Source1: *const u8,
    Source2: *const u8,
    Length: usize,
) -> usize {
    (0..Length)
        .take_while(|at| read(Source1.wrapping_add(*at)) == read(Source2.wrapping_add(*at)))
        .count()
}

/// Windows 11, 24H2: the build is the one of the public kit.
fn RtlGetVersion(_kernel: &Kernel, VersionInformation: *mut [u32; 5]) -> NTSTATUS {
    let size = read(VersionInformation.cast::<u32>()).unwrap_or_default();
    write(VersionInformation, [size, 10, 0, 26_100, 2]);
    STATUS_SUCCESS
}

fn PsGetVersion(
    _kernel: &Kernel,
    Major: *mut ULONG,
    Minor: *mut ULONG,
    Build: *mut ULONG,
    _service_pack: PVOID,
) -> BOOLEAN {
    write(Major, 10);
    write(Minor, 0);
    write(Build, 26_100);
    0
}

fn RtlRandomEx(_kernel: &Kernel, Seed: *mut ULONG) -> ULONG {
    // Only that it is repeatable matters here: the generator of the C standard's example.
    let next = read(Seed).unwrap_or_default().wrapping_mul(1_103_515_245).wrapping_add(12345)
        & 0x7FFF_FFFF;
    write(Seed, next);
    next
}

services! {
    /// Strings.
    services:
    RtlInitString: ANY;
    RtlInitAnsiString: ANY;
    RtlCopyUnicodeString: DISPATCH;
    RtlAppendUnicodeToString: PASSIVE;
    RtlAppendUnicodeStringToString: PASSIVE;
    RtlCompareUnicodeString: PASSIVE;
    RtlEqualUnicodeString: PASSIVE;
    RtlPrefixUnicodeString: PASSIVE;
    RtlUpcaseUnicodeString: PASSIVE;
    RtlUpcaseUnicodeChar: PASSIVE;
    RtlHashUnicodeString: PASSIVE;
    RtlFreeAnsiString: PASSIVE;
    RtlAnsiStringToUnicodeString: PASSIVE;
    RtlUnicodeStringToAnsiString: PASSIVE;
    RtlEqualString: PASSIVE;
    RtlUnicodeStringToInteger: PASSIVE;
    RtlCharToInteger: PASSIVE;
    RtlIntegerToUnicodeString: PASSIVE;
    RtlInt64ToUnicodeString: PASSIVE;
    RtlGUIDFromString: PASSIVE;
    RtlStringFromGUID: PASSIVE;
    RtlCompareMemory: ANY;
    RtlGetVersion: PASSIVE;
    PsGetVersion: PASSIVE;
    RtlRandomEx: ANY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_guids_are_read_as_windows_reads_them() {
        assert_eq!(integer(" -0x10", 0), Some(16u32.wrapping_neg()));
        assert_eq!(integer("0b101x", 0), Some(5));
        assert_eq!(integer("77", 8), Some(63));
        assert_eq!(integer("1", 7), None);
        assert_eq!(in_base(255, 16).as_deref(), Some("FF"));
        let text = "{6994ad04-93ef-11d0-a3cc-00a0c9223196}";
        let guid = parse_guid(text).expect("it is one");
        assert_eq!(guid_text(guid_bytes(&guid)), text);
        assert!(parse_guid("{6994ad04-93ef-11d0-a3cc-00a0c92231}").is_none());
        assert!(parse_guid("6994ad04-93ef-11d0-a3cc-00a0c9223196").is_none());
    }

    #[test]
    fn a_guid_has_hexadecimal_digits_in_all_its_places() {
        let text = "{6994ad04-93ef-11d0-a3cc-00a0c9223196}";
        for at in (1..text.len() - 1).filter(|at| text.as_bytes()[*at] != b'-') {
            let mut other = text.to_owned();
            other.replace_range(at..=at, "g");
            assert!(parse_guid(&other).is_none(), "{other}");
        }
        assert!(parse_guid("{6994ad04-93ef-11d0-a3cc-00a0c92231é}").is_none());
    }

    #[test]
    fn only_units_with_one_upper_case_have_one() {
        let of = |unit: char| char::from_u32(u32::from(upper(unit as u16)));
        for (lower, capital) in
            [('a', 'A'), ('z', 'Z'), ('é', 'É'), ('ÿ', 'Ÿ'), ('ß', 'ß'), ('1', '1')]
        {
            assert_eq!(of(lower), Some(capital));
        }
        assert_eq!(upper(0xD800), 0xD800, "half of a pair");
        assert!(compare(&[1], &[2]) < 0 && compare(&[2], &[1]) > 0);
        assert!(compare(&[1], &[1, 0]) < 0 && compare(&[1, 0], &[1]) > 0);
        assert_eq!(compare(&[1, 2], &[1, 2]), 0);
    }
}
