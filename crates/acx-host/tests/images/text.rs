//! Text: functions of the C runtime, Rtl strings, numbers and GUIDs as text.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::ptr::null_mut;

use acx_sys::*;

use super::{Nt, Text, drive, held, of, out, wide};

/// EINVAL, ERANGE and STRUNCATE of the C runtime.
const EINVAL: i32 = 22;
const ERANGE: i32 = 34;
const STRUNCATE: i32 = 80;
/// _TRUNCATE.
const TRUNCATE: u64 = u64::MAX;

/// Bytes with a zero.
fn narrow(text: &str) -> Vec<u8> {
    text.bytes().chain([0]).collect()
}

/// A function in its form for bytes and its form for UTF-16.
type Both = [&'static str; 2];

/// What both forms of a function answer to two texts and more.
fn of_texts(nt: Nt, functions: Both, one: &str, other: &str, more: &[u64]) -> [i32; 2] {
    let bytes = [narrow(one), narrow(other)];
    let units = [wide(one), wide(other)];
    let ask = |function, one, other| nt.status(function, &[&[one, other], more].concat());
    [
        ask(functions[0], of(&bytes[0][0]), of(&bytes[1][0])),
        ask(functions[1], of(&units[0][0]), of(&units[1][0])),
    ]
}

#[test]
fn the_c_runtime_measures_and_compares_text() {
    drive(|nt| {
        for (text, most, length) in [("", 4, 0), ("ab", 4, 2), ("abcd", 4, 4), ("abcde", 4, 4)] {
            let (bytes, units) = (narrow(text), wide(text));
            assert_eq!(nt.call("strnlen", &[of(&bytes[0]), most]), length, "{text}");
            assert_eq!(nt.call("wcsnlen", &[of(&units[0]), most]), length, "{text}");
            assert_eq!(nt.call("strlen", &[of(&bytes[0])]), text.len() as u64);
            assert_eq!(nt.call("wcslen", &[of(&units[0])]), text.len() as u64);
        }
        let (all, fold) = (["strcmp", "wcscmp"], ["_stricmp", "_wcsicmp"]);
        let (some, some_fold) = (["strncmp", "wcsncmp"], ["_strnicmp", "_wcsnicmp"]);
        for (functions, one, other, most, answer) in [
            (all, "", "", 0, Equal),
            (all, "ab", "ab", 0, Equal),
            (all, "ab", "aB", 0, Greater),
            (all, "ab", "abc", 0, Less),
            (all, "b", "abc", 0, Greater),
            (fold, "aB", "Ab", 0, Equal),
            // Of lower case: an underscore is before it.
            (fold, "_", "A", 0, Less),
            (fold, "ab", "A", 0, Greater),
            (some, "abX", "abY", 2, Equal),
            (some, "abX", "abY", 3, Less),
            (some, "ab", "ab", 9, Equal),
            (some, "a", "b", 0, Equal),
            (some_fold, "ABX", "abY", 2, Equal),
            (some_fold, "ABz", "abY", 3, Greater),
        ] {
            for found in of_texts(nt, functions, one, other, &[most]) {
                assert_eq!(found.cmp(&0), answer, "{functions:?} of '{one}' and '{other}'");
            }
        }
    });
}

#[test]
fn the_c_runtime_finds_in_text() {
    drive(|nt| {
        let (bytes, units) = (narrow("a-b-c"), wide("a-b-c"));
        let (start, begin) = (of(&bytes[0]), of(&units[0]));
        let place = |found: u64, from: u64, size| (found != 0).then(|| (found - from) / size);
        for (first, last, sought) in [
            (Some(1), Some(3), u64::from(b'-')),
            (Some(0), Some(0), u64::from(b'a')),
            // The zero is found, too.
            (Some(5), Some(5), 0),
            (None, None, u64::from(b'x')),
        ] {
            assert_eq!(place(nt.call("strchr", &[start, sought]), start, 1), first);
            assert_eq!(place(nt.call("strrchr", &[start, sought]), start, 1), last);
            assert_eq!(place(nt.call("wcschr", &[begin, sought]), begin, 2), first);
            assert_eq!(place(nt.call("wcsrchr", &[begin, sought]), begin, 2), last);
        }
        // Only the low bits are the character.
        assert_eq!(nt.call("strchr", &[start, 0x4142_4300 | u64::from(b'b')]), start + 2);
        assert_eq!(nt.call("strrchr", &[start, 0x100 | u64::from(b'-')]), start + 3);
        assert_eq!(nt.call("wcschr", &[begin, 0x1_0000 | u64::from(b'b')]), begin + 4);
        assert_eq!(nt.call("wcsrchr", &[begin, 0x1_0000 | u64::from(b'-')]), begin + 6);
        for (sought, found) in
            [("", Some(0)), ("b-c", Some(2)), ("-", Some(1)), ("b-d", None), ("a-b-c-", None)]
        {
            let (narrow, wide) = (narrow(sought), wide(sought));
            assert_eq!(place(nt.call("strstr", &[start, of(&narrow[0])]), start, 1), found);
            assert_eq!(place(nt.call("wcsstr", &[begin, of(&wide[0])]), begin, 2), found);
        }
        // Behind the zero, too, but not behind the count.
        let memory = [7_u8, 0, 9, 7];
        let at = of(&memory);
        assert_eq!(nt.call("memchr", &[at, 0x109, 4]), at + 2);
        assert_eq!(nt.call("memchr", &[at, 7, 4]), at);
        assert_eq!(nt.call("memchr", &[at, 9, 2]), 0);
        assert_eq!(nt.call("memchr", &[at, 7, 0]), 0);
        for (upper, lower, raised, lowered) in
            [("AZ", "az", "AZ", "az"), ("@[", "`{", "`{", "@["), ("5~", "5~", "5~", "5~")]
        {
            let folded = |function: &str, text: &str| -> String {
                text.bytes().map(|own| nt.call(function, &[own.into()]) as u8 as char).collect()
            };
            for to_upper in ["toupper", "towupper"] {
                assert_eq!(folded(to_upper, lower), raised);
                assert_eq!(folded(to_upper, upper), upper);
            }
            for to_lower in ["tolower", "towlower"] {
                assert_eq!(folded(to_lower, upper), lowered);
                assert_eq!(folded(to_lower, lower), lower);
            }
        }
    });
}

/// What both forms of a function of (to, from, more) leave in a buffer that had `before`.
fn copied(nt: Nt, functions: Both, before: &str, from: &str, more: &[u64]) -> String {
    let (mut bytes, from_bytes) = (before.as_bytes().to_vec(), narrow(from));
    let to = out(&mut bytes[0]);
    assert_eq!(nt.call(functions[0], &[&[to, of(&from_bytes[0])], more].concat()), to);
    let mut units: Vec<u16> = before.encode_utf16().collect();
    let (to, from_units) = (out(&mut units[0]), wide(from));
    assert_eq!(nt.call(functions[1], &[&[to, of(&from_units[0])], more].concat()), to);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text, String::from_utf16(&units).unwrap(), "{functions:?}");
    text
}

#[test]
fn the_c_runtime_copies_text() {
    drive(|nt| {
        let (copy, some, append) =
            (["strcpy", "wcscpy"], ["strncpy", "wcsncpy"], ["strcat", "wcscat"]);
        assert_eq!(copied(nt, copy, "12345", "ab", &[]), "ab\x0045");
        assert_eq!(copied(nt, copy, "12345", "", &[]), "\x002345");
        // The rest of the count is zeros, and there is no zero where the text fills it.
        assert_eq!(copied(nt, some, "12345", "ab", &[4]), "ab\0\x005");
        assert_eq!(copied(nt, some, "12345", "abcd", &[3]), "abc45");
        assert_eq!(copied(nt, some, "12345", "abcd", &[0]), "12345");
        assert_eq!(copied(nt, append, "1\x00345", "ab", &[]), "1ab\x005");
    });
}

/// What both forms of a function of (to, size, from, more) answer, and leave in a buffer that had
/// `before`, of which they are told `size`.
#[track_caller]
fn copies(
    nt: Nt,
    functions: Both,
    (before, size): (&str, u64),
    from: Option<&str>,
    more: &[u64],
) -> (i32, String) {
    let (from_bytes, from_units) = (from.map(narrow), from.map(wide));
    let (narrow_from, wide_from) = (
        from_bytes.as_ref().map_or(0, |from| of(&from[0])),
        from_units.as_ref().map_or(0, |from| of(&from[0])),
    );
    let mut bytes = before.as_bytes().to_vec();
    let arguments = [out(&mut bytes[0]), size, narrow_from];
    let answer = nt.status(functions[0], &[&arguments, more].concat());
    let mut units: Vec<u16> = before.encode_utf16().collect();
    let arguments = [out(&mut units[0]), size, wide_from];
    assert_eq!(nt.status(functions[1], &[&arguments, more].concat()), answer, "{functions:?}");
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text, String::from_utf16(&units).unwrap(), "{functions:?}");
    (answer, text)
}

#[test]
fn the_c_runtimes_safe_copies_stay_in_their_buffers() {
    let (copy, some, append) =
        (["strcpy_s", "wcscpy_s"], ["strncpy_s", "wcsncpy_s"], ["strcat_s", "wcscat_s"]);
    drive(|nt| {
        for (functions, buffer, from, most, answer, left) in [
            (copy, ("12345", 5), Some("abcd"), 0, 0, "abcd\0"),
            (copy, ("12345", 4), Some("abcd"), 0, ERANGE, "\x002345"),
            (copy, ("12345", 3), Some("ab"), 0, 0, "ab\x0045"),
            (copy, ("12345", 0), Some("ab"), 0, EINVAL, "12345"),
            (copy, ("12345", 3), None, 0, EINVAL, "\x002345"),
            (some, ("12345", 4), Some("abcd"), 3, 0, "abc\x005"),
            (some, ("12345", 3), Some("abcd"), 3, ERANGE, "\x002345"),
            (some, ("12345", 3), Some("ab"), 9, 0, "ab\x0045"),
            (some, ("12345", 0), Some("ab"), 2, EINVAL, "12345"),
            (some, ("12345", 3), Some("abcd"), TRUNCATE, STRUNCATE, "ab\x0045"),
            (some, ("12345", 3), Some("ab"), TRUNCATE, 0, "ab\x0045"),
            (some, ("12345", 1), Some("ab"), TRUNCATE, STRUNCATE, "\x002345"),
            (some, ("12345", 0), Some("ab"), TRUNCATE, EINVAL, "12345"),
            (append, ("1\x00345", 4), Some("ab"), 0, 0, "1ab\x005"),
            (append, ("1\x00345", 3), Some("ab"), 0, ERANGE, "\0\x00345"),
            (append, ("1\x00345", 0), Some("ab"), 0, EINVAL, "1\x00345"),
        ] {
            let what = format!("{functions:?} of {from:?} to {buffer:?}");
            let found = copies(nt, functions, buffer, from, &[most]);
            assert_eq!(found, (answer, left.to_owned()), "{what}");
            // Nowhere.
            let text = [0_u16];
            assert_eq!(nt.status(functions[0], &[0, 5, of(&text), 1]), EINVAL);
            assert_eq!(nt.status(functions[1], &[0, 5, of(&text), 1]), EINVAL);
        }
        let from = *b"abcd";
        for (size, from, count, answer, left) in [
            (4, of(&from), 4, 0, *b"abcd"),
            (4, of(&from), 2, 0, *b"ab34"),
            (3, of(&from), 4, ERANGE, *b"\0\0\x004"),
            (4, of(&from), 0, 0, *b"1234"),
            (3, 0, 2, EINVAL, *b"\0\0\x004"),
            (3, 0, 0, 0, *b"1234"),
        ] {
            let mut to = *b"1234";
            assert_eq!(nt.status("memcpy_s", &[out(&mut to), size, from, count]), answer);
            assert_eq!(to, left, "{count} bytes to {size}");
        }
        assert_eq!(nt.status("memcpy_s", &[0, 4, of(&from), 4]), EINVAL);
    });
}

fn ansi(text: &mut [u8]) -> ANSI_STRING {
    let length = text.len() as u16;
    ANSI_STRING { Length: length, MaximumLength: length, Buffer: text.as_mut_ptr().cast() }
}

#[test]
fn strings_are_initialized_appended_and_copied() {
    drive(|nt| {
        for function in ["RtlInitString", "RtlInitAnsiString"] {
            let mut string = ANSI_STRING::default();
            let text = narrow("abc");
            nt.call(function, &[out(&mut string), of(&text[0])]);
            assert_eq!((string.Length, string.MaximumLength), (3, 4));
            assert_eq!(string.Buffer as u64, of(&text[0]));
            nt.call(function, &[out(&mut string), 0]);
            assert_eq!((string.Length, string.MaximumLength), (0, 0));
            assert!(string.Buffer.is_null());
        }
        // What does not fit is cut off by a copy, and not appended at all.
        let mut to = Text::room(4);
        nt.call("RtlCopyUnicodeString", &[to.at(), Text::new("abc").at()]);
        assert!(to.text() == "abc" && to.is_ended());
        nt.call("RtlCopyUnicodeString", &[to.at(), Text::new("abcdef").at()]);
        assert_eq!(to.text(), "abcd");
        nt.call("RtlCopyUnicodeString", &[to.at(), 0]);
        assert_eq!(to.text(), "");
        let units = wide("bcd");
        let mut more = Text::new("bcd");
        for (function, source) in [
            ("RtlAppendUnicodeToString", of(&units[0])),
            ("RtlAppendUnicodeStringToString", more.at()),
        ] {
            for (room, status, text) in [
                (3, STATUS_BUFFER_TOO_SMALL, "a"),
                (4, STATUS_SUCCESS, "abcd"),
                (5, STATUS_SUCCESS, "abcd"),
            ] {
                let mut to = Text::room(room);
                nt.call("RtlCopyUnicodeString", &[to.at(), Text::new("a").at()]);
                assert_eq!(nt.status(function, &[to.at(), source]), status, "{function} {room}");
                assert_eq!((to.text().as_str(), to.is_ended()), (text, room != 4), "{function}");
            }
        }
    });
}

#[test]
fn strings_are_compared_with_and_without_case() {
    drive(|nt| {
        for (one, other, fold, order, is_prefix) in [
            ("abc", "abc", 0, Equal, true),
            ("ab", "abc", 0, Less, true),
            ("abc", "ab", 0, Greater, false),
            ("ABC", "abc", 0, Less, false),
            ("ABC", "abc", 1, Equal, true),
            ("aB", "Abc", 1, Less, true),
            ("", "", 0, Equal, true),
            // A letter has one capital letter, or stays.
            ("\u{e9}\u{df}", "\u{c9}\u{df}", 1, Equal, true),
            // Of upper case: an underscore is behind it.
            ("_", "a", 1, Greater, false),
        ] {
            let (mut one, mut other) = (Text::new(one), Text::new(other));
            let arguments = [one.at(), other.at(), fold];
            let what = format!("{} and {}", one.text(), other.text());
            let found = nt.status("RtlCompareUnicodeString", &arguments);
            assert_eq!(found.cmp(&0), order, "{what}");
            let is_equal = nt.is("RtlEqualUnicodeString", &arguments);
            assert_eq!(is_equal, order == Equal, "{what}");
            assert_eq!(nt.is("RtlPrefixUnicodeString", &arguments), is_prefix, "{what}");
        }
        for (one, other, fold, is_equal) in [
            ("abc", "abc", 0, true),
            ("abc", "ABC", 0, false),
            ("abc", "ABC", 1, true),
            ("abc", "ABCD", 1, false),
        ] {
            let (mut one, mut other) = (one.as_bytes().to_vec(), other.as_bytes().to_vec());
            let (one, other) = (ansi(&mut one), ansi(&mut other));
            assert_eq!(nt.is("RtlEqualString", &[of(&one), of(&other), fold]), is_equal);
        }
        assert_eq!(nt.call("RtlUpcaseUnicodeChar", &[0xE9]) as u16, 0xC9);
        assert_eq!(nt.call("RtlUpcaseUnicodeChar", &[0xDF]) as u16, 0xDF);
        // The x65599 hash of "aB": 'a' * 65599 + 'B'.
        let (mut text, mut hash) = (Text::new("aB"), 0_u32);
        let mut of_text = |fold, algorithm| {
            let place = out(&mut hash);
            let arguments = [text.at(), fold, algorithm, place];
            let status = nt.status("RtlHashUnicodeString", &arguments);
            (status, std::mem::take(&mut hash))
        };
        assert_eq!(of_text(0, 0), (STATUS_SUCCESS, 97 * 65_599 + 66));
        assert_eq!(of_text(1, 1), (STATUS_SUCCESS, 65 * 65_599 + 66));
        assert_eq!(of_text(0, 2), (STATUS_INVALID_PARAMETER, 0));
        let memory = [*b"abcd", *b"abxd"];
        let compare =
            |length| nt.call("RtlCompareMemory", &[of(&memory[0]), of(&memory[1]), length]);
        assert_eq!([compare(0), compare(2), compare(4)], [0, 2, 2]);
        assert_eq!(nt.call("RtlCompareMemory", &[of(&memory), of(&memory), 8]), 8);
    });
}

#[test]
fn strings_are_converted_in_place_or_into_pool() {
    drive(|nt| {
        let mut text = Text::new("aé");
        for (room, status, upper) in
            [(1, STATUS_BUFFER_OVERFLOW, ""), (2, STATUS_SUCCESS, "AÉ"), (3, STATUS_SUCCESS, "AÉ")]
        {
            let mut to = Text::room(room);
            let arguments = [to.at(), text.at(), 0];
            assert_eq!(nt.status("RtlUpcaseUnicodeString", &arguments), status, "{room}");
            assert_eq!(to.text(), upper);
        }
        let mut made = UNICODE_STRING::default();
        let arguments = [out(&mut made), text.at(), 1];
        assert_eq!(nt.status("RtlUpcaseUnicodeString", &arguments), STATUS_SUCCESS);
        assert_eq!((held(&made).as_str(), made.Length, made.MaximumLength), ("AÉ", 4, 6));
        // SAFETY: three units, of which the last is the zero.
        assert_eq!(unsafe { made.Buffer.add(2).read() }, 0);
        nt.call("RtlFreeUnicodeString", &[out(&mut made)]);
        assert_eq!((made.Length, made.MaximumLength), (0, 0));
        assert!(made.Buffer.is_null());
        // Latin 1, as a code page.
        let mut bytes = *b"a\xE9";
        let source = ansi(&mut bytes);
        for (room, status, converted) in [
            (1, STATUS_BUFFER_OVERFLOW, ""),
            (2, STATUS_BUFFER_OVERFLOW, ""),
            (3, STATUS_SUCCESS, "aé"),
        ] {
            let mut to = Text::room(room);
            let arguments = [to.at(), of(&source), 0];
            assert_eq!(nt.status("RtlAnsiStringToUnicodeString", &arguments), status, "{room}");
            assert_eq!((to.text().as_str(), to.is_ended()), (converted, room == 3));
        }
        let arguments = [out(&mut made), of(&source), 1];
        assert_eq!(nt.status("RtlAnsiStringToUnicodeString", &arguments), STATUS_SUCCESS);
        assert_eq!(held(&made), "aé");
        nt.call("RtlFreeUnicodeString", &[out(&mut made)]);
        let mut text = Text::new("aé\u{20AC}");
        for (room, status, length) in
            [(3, STATUS_BUFFER_OVERFLOW, 9), (4, STATUS_SUCCESS, 3), (5, STATUS_SUCCESS, 3)]
        {
            let mut buffer = [b'x'; 5];
            let mut to = ansi(&mut buffer);
            (to.Length, to.MaximumLength) = (9, room);
            let arguments = [out(&mut to), text.at(), 0];
            assert_eq!(nt.status("RtlUnicodeStringToAnsiString", &arguments), status, "{room}");
            assert_eq!(to.Length, length);
            let left = if length == 9 { *b"xxxxx" } else { *b"a\xE9?\0x" };
            assert_eq!(buffer, left);
        }
        let mut made = ANSI_STRING::default();
        let arguments = [out(&mut made), text.at(), 1];
        assert_eq!(nt.status("RtlUnicodeStringToAnsiString", &arguments), STATUS_SUCCESS);
        assert_eq!((made.Length, made.MaximumLength), (3, 4));
        assert_eq!(nt.call("strlen", &[made.Buffer as u64]), 3);
        nt.call("RtlFreeAnsiString", &[out(&mut made)]);
        assert_eq!((made.Length, made.MaximumLength, made.Buffer), (0, 0, null_mut()));
        nt.call("RtlFreeAnsiString", &[out(&mut made)]);
        let arguments = [0, text.at(), 1];
        let status = nt.status("RtlUnicodeStringToAnsiString", &arguments);
        assert_eq!(status, STATUS_INVALID_PARAMETER);
    });
}

#[test]
fn numbers_and_guids_are_read_from_text_and_written() {
    drive(|nt| {
        for (text, base, answer) in [
            ("42x", 0, Some(42)),
            ("\t +0x1F", 0, Some(31)),
            ("-0b11", 0, Some(u32::MAX - 2)),
            ("0o17", 0, Some(15)),
            ("0x1F", 16, Some(0)),
            ("1F", 16, Some(31)),
            ("78", 8, Some(7)),
            ("102", 2, Some(2)),
            ("", 10, Some(0)),
            // Only 32 bits.
            ("4294967297", 10, Some(1)),
            ("1", 3, None),
            ("1", 36, None),
        ] {
            let status = if answer.is_some() { STATUS_SUCCESS } else { STATUS_INVALID_PARAMETER };
            let (mut wide, bytes) = (Text::new(text), narrow(text));
            let mut value = 7_u32;
            let arguments = [wide.at(), base, out(&mut value)];
            assert_eq!(nt.status("RtlUnicodeStringToInteger", &arguments), status, "{text}");
            assert_eq!(value, answer.unwrap_or(7), "{text}");
            let mut value = 7_u32;
            let arguments = [of(&bytes[0]), base, out(&mut value)];
            assert_eq!(nt.status("RtlCharToInteger", &arguments), status, "{text}");
            assert_eq!(value, answer.unwrap_or(7), "{text}");
        }
        let wide_value = 0xFFFF_FFFF_0000_00FF;
        for (function, value, base, room, status, text) in [
            ("RtlIntegerToUnicodeString", wide_value, 16, 3, STATUS_SUCCESS, "FF"),
            ("RtlIntegerToUnicodeString", 255, 0, 4, STATUS_SUCCESS, "255"),
            ("RtlIntegerToUnicodeString", 255, 10, 2, STATUS_BUFFER_OVERFLOW, ""),
            ("RtlIntegerToUnicodeString", 5, 2, 4, STATUS_SUCCESS, "101"),
            ("RtlIntegerToUnicodeString", 0, 8, 4, STATUS_SUCCESS, "0"),
            ("RtlIntegerToUnicodeString", 1, 7, 4, STATUS_INVALID_PARAMETER, ""),
            ("RtlInt64ToUnicodeString", wide_value, 16, 17, STATUS_SUCCESS, "FFFFFFFF000000FF"),
            ("RtlInt64ToUnicodeString", wide_value, 16, 15, STATUS_BUFFER_OVERFLOW, ""),
            ("RtlInt64ToUnicodeString", 8, 8, 4, STATUS_SUCCESS, "10"),
            ("RtlInt64ToUnicodeString", 1, 3, 4, STATUS_INVALID_PARAMETER, ""),
        ] {
            let mut to = Text::room(room);
            let found = nt.status(function, &[value, base, to.at()]);
            assert_eq!((found, to.text().as_str()), (status, text), "{function} {value} {base}");
        }
        let text = "{6994AD04-93EF-11D0-A3CC-00A0C9223196}";
        let mut guid = GUID::default();
        let mut from = Text::new(text);
        let arguments = [from.at(), out(&mut guid)];
        assert_eq!(nt.status("RtlGUIDFromString", &arguments), STATUS_SUCCESS);
        assert_eq!(guid.Data1, KSCATEGORY_AUDIO.Data1);
        assert_eq!(guid.Data4, KSCATEGORY_AUDIO.Data4);
        let mut made = UNICODE_STRING::default();
        let arguments = [of(&guid), out(&mut made)];
        assert_eq!(nt.status("RtlStringFromGUID", &arguments), STATUS_SUCCESS);
        assert_eq!(held(&made), text);
        nt.call("RtlFreeUnicodeString", &[out(&mut made)]);
        let arguments = [0, out(&mut made)];
        assert_eq!(nt.status("RtlStringFromGUID", &arguments), STATUS_INVALID_PARAMETER);
        for wrong in ["", "{6994AD04}", "6994AD04-93EF-11D0-A3CC-00A0C9223196"] {
            let mut from = Text::new(wrong);
            let arguments = [from.at(), out(&mut guid)];
            assert_eq!(nt.status("RtlGUIDFromString", &arguments), STATUS_INVALID_PARAMETER);
        }
    });
}

#[test]
fn text_is_printed_into_buffers_by_each_functions_rule() {
    drive(|nt| {
        let (format, wide_format) = (narrow("%u"), wide("%u"));
        let (format, wide_format) = (of(&format[0]), of(&wide_format[0]));
        let list = [1234_u64];
        // The answer, and the buffer, with and without a list of arguments. `at` is how many bytes
        // or units fit, and `more` what else the function takes.
        for (names, wide_names, sizes, answer, left) in [
            (["_snprintf", "_vsnprintf"], ["_snwprintf", "_vsnwprintf"], &[3][..], -1, "123xxx"),
            (["_snprintf", "_vsnprintf"], ["_snwprintf", "_vsnwprintf"], &[4], 4, "1234xx"),
            (["_snprintf", "_vsnprintf"], ["_snwprintf", "_vsnwprintf"], &[5], 4, "1234\0x"),
            (["sprintf", "vsprintf"], ["swprintf", "vswprintf"], &[], 4, "1234\0x"),
            (["sprintf_s", "vsprintf_s"], ["swprintf_s", "vswprintf_s"], &[5], 4, "1234\0x"),
            (["sprintf_s", "vsprintf_s"], ["swprintf_s", "vswprintf_s"], &[4], -1, "\0xxxxx"),
            (["sprintf_s", "vsprintf_s"], ["swprintf_s", "vswprintf_s"], &[0], -1, "xxxxxx"),
            (
                ["_snprintf_s", "_vsnprintf_s"],
                ["_snwprintf_s", "_vsnwprintf_s"],
                &[6, 4],
                4,
                "1234\0x",
            ),
            (
                ["_snprintf_s", "_vsnprintf_s"],
                ["_snwprintf_s", "_vsnwprintf_s"],
                &[6, 2],
                -1,
                "12\0xxx",
            ),
            (
                ["_snprintf_s", "_vsnprintf_s"],
                ["_snwprintf_s", "_vsnwprintf_s"],
                &[3, TRUNCATE],
                -1,
                "12\0xxx",
            ),
        ] {
            for (name, last) in names.iter().zip([list[0], of(&list)]) {
                let mut buffer = *b"xxxxxx";
                let arguments = [&[out(&mut buffer)], sizes, &[format, last]].concat();
                assert_eq!(nt.status(name, &arguments), answer, "{name} {sizes:?}");
                assert_eq!(String::from_utf8_lossy(&buffer), left, "{name} {sizes:?}");
            }
            for (name, last) in wide_names.iter().zip([list[0], of(&list)]) {
                let mut buffer = [u16::from(b'x'); 6];
                let arguments = [&[out(&mut buffer)], sizes, &[wide_format, last]].concat();
                assert_eq!(nt.status(name, &arguments), answer, "{name} {sizes:?}");
                assert_eq!(String::from_utf16_lossy(&buffer), left, "{name} {sizes:?}");
            }
        }
    });
}
