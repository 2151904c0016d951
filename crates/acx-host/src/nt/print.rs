//! Debug output and the printf family.

use acx_sys::*;

use crate::image::native;
use crate::kernel::abi::{read, write};
use crate::kernel::function::{Export, services};
use crate::kernel::loaded::Loaded;
use crate::kernel::report::Rule;
use crate::kernel::{Kernel, current};
use crate::nt::string::{narrow, units, wide};

/// The arguments of a variadic function in the Windows convention: eight bytes each, one after the
/// other.
struct Arguments(*const u64);

impl Arguments {
    fn next(&mut self) -> u64 {
        let value = read(self.0).unwrap_or_default();
        self.0 = self.0.wrapping_add(1);
        value
    }
}

/// The text between `%` and the conversion.
#[derive(Default)]
struct Spec {
    left: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    zeros: bool,
    width: usize,
    precision: Option<usize>,
    length: String,
}

impl Spec {
    fn is_long(&self) -> bool {
        matches!(self.length.as_str(), "ll" | "I64" | "I" | "j" | "z" | "t")
    }

    /// Whether text is UTF-16: `s` is as wide as the format unless it says otherwise, `S` the other
    /// way round.
    fn is_wide(&self, conversion: char, format_is_wide: bool) -> bool {
        match self.length.as_str() {
            "h" => false,
            "l" | "w" => true,
            _ => format_is_wide == conversion.is_lowercase(),
        }
    }

    fn pad(&self, sign: &str, body: &str, zeros: bool) -> String {
        let used = sign.chars().count() + body.chars().count();
        let room = self.width.saturating_sub(used);
        if self.left {
            format!("{sign}{body}{}", " ".repeat(room))
        } else if self.zeros && zeros {
            format!("{sign}{}{body}", "0".repeat(room))
        } else {
            format!("{}{sign}{body}", " ".repeat(room))
        }
    }

    fn number(&self, negative: bool, digits: &str, prefix: &str) -> String {
        let least = self.precision.unwrap_or(1);
        let digits = format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len())));
        let sign = match (negative, self.plus, self.space) {
            (true, ..) => "-",
            (_, true, _) => "+",
            (.., true) => " ",
            _ => "",
        };
        self.pad(&format!("{sign}{prefix}"), &digits, self.precision.is_none())
    }

    fn text(&self, text: &str) -> String {
        let most = self.precision.unwrap_or(usize::MAX);
        self.pad("", &text.chars().take(most).collect::<String>(), false)
    }
}

fn spec(format: &mut std::iter::Peekable<std::str::Chars<'_>>, arguments: &mut Arguments) -> Spec {
    let mut spec = Spec::default();
    while let Some(flag) = format.next_if(|unit| "-+ #0".contains(*unit)) {
        match flag {
            '-' => spec.left = true,
            '+' => spec.plus = true,
            ' ' => spec.space = true,
            '#' => spec.alternate = true,
            _ => spec.zeros = true,
        }
    }
    let mut number = |format: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        if format.next_if_eq(&'*').is_some() {
            return arguments.next() as u32 as i32;
        }
        let mut value = 0i32;
        while let Some(digit) = format.next_if(char::is_ascii_digit) {
            value = value
                .saturating_mul(10)
                .saturating_add(digit.to_digit(10).unwrap_or_default() as i32);
        }
        value
    };
    let width = number(format);
    spec.left |= width < 0;
    spec.width = (width.unsigned_abs() as usize).min(4096);
    if format.next_if_eq(&'.').is_some() {
        spec.precision = usize::try_from(number(format)).ok();
    }
    while let Some(unit) = format.next_if(|unit| "hlwIjzt".contains(*unit)) {
        spec.length.push(unit);
        if unit == 'I' {
            while let Some(digit) = format.next_if(|digit| "3264".contains(*digit)) {
                spec.length.push(digit);
            }
        }
    }
    spec
}

fn double(spec: &Spec, conversion: char, value: f64) -> String {
    let precision = spec.precision.unwrap_or(6);
    let magnitude = value.abs();
    let body = match conversion.to_ascii_lowercase() {
        'e' => {
            let text = format!("{magnitude:.precision$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let exponent: i32 = exponent.parse().unwrap_or_default();
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{mantissa}e{sign}{:03}", exponent.abs())
        }
        'g' => format!("{magnitude}"),
        _ => format!("{magnitude:.precision$}"),
    };
    let sign = if value.is_sign_negative() {
        "-"
    } else if spec.plus {
        "+"
    } else {
        ""
    };
    spec.pad(sign, &body, true)
}

/// What a format and its arguments come to.
fn render(format: &str, format_is_wide: bool, arguments: *const u64) -> String {
    let mut arguments = Arguments(arguments);
    let mut out = String::new();
    let mut rest = format.chars().peekable();
    while let Some(unit) = rest.next() {
        if unit != '%' {
            out.push(unit);
            continue;
        }
        let spec = spec(&mut rest, &mut arguments);
        let Some(conversion) = rest.next() else { break };
        let piece = match conversion {
            '%' => "%".to_owned(),
            'd' | 'i' => {
                let raw = arguments.next();
                let value = if spec.is_long() {
                    raw.cast_signed()
                } else if spec.length == "h" {
                    i64::from(raw as i16)
                } else {
                    i64::from(raw as i32)
                };
                spec.number(value < 0, &value.unsigned_abs().to_string(), "")
            }
            'u' | 'x' | 'X' | 'o' => {
                let raw = arguments.next();
                let value = if spec.is_long() {
                    raw
                } else if spec.length == "h" {
                    u64::from(raw as u16)
                } else {
                    u64::from(raw as u32)
                };
                let (digits, prefix) = match conversion {
                    'u' => (value.to_string(), ""),
                    'o' => (format!("{value:o}"), "0"),
                    'x' => (format!("{value:x}"), "0x"),
                    _ => (format!("{value:X}"), "0X"),
                };
                let prefix = if spec.alternate && value != 0 { prefix } else { "" };
                Spec { plus: false, space: false, ..spec }.number(false, &digits, prefix)
            }
            'p' => spec.text(&format!("{:016X}", arguments.next())),
            'c' | 'C' => {
                let unit = arguments.next();
                spec.text(&char::from_u32(unit as u32 & 0xFFFF).unwrap_or('?').to_string())
            }
            's' | 'S' => {
                let place = arguments.next();
                let text = if place == 0 {
                    "(null)".to_owned()
                } else if spec.is_wide(conversion, format_is_wide) {
                    String::from_utf16_lossy(&wide(place as PCWSTR))
                } else {
                    String::from_utf8_lossy(&narrow(place as *const u8)).into_owned()
                };
                spec.text(&text)
            }
            'Z' => {
                let place = arguments.next();
                let text =
                    if spec.length.contains('w') || format_is_wide && !spec.length.contains('h') {
                        String::from_utf16_lossy(&units(place as PCUNICODE_STRING))
                    } else {
                        let string = read(place as *const ANSI_STRING).unwrap_or_default();
                        let bytes = (0..usize::from(string.Length)).filter_map(|at| {
                            read(string.Buffer.cast::<u8>().wrapping_add(at).cast_const())
                        });
                        String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
                    };
                spec.text(&text)
            }
            'e' | 'E' | 'f' | 'g' | 'G' => {
                double(&spec, conversion, f64::from_bits(arguments.next()))
            }
            'n' => {
                arguments.next();
                String::new()
            }
            other => format!("%{other}"),
        };
        out.push_str(&piece);
    }
    out
}

fn narrow_format(format: *const u8, arguments: *const u64) -> Vec<u8> {
    render(&String::from_utf8_lossy(&narrow(format)), false, arguments).into_bytes()
}

fn wide_format(format: PCWSTR, arguments: *const u64) -> Vec<u16> {
    render(&String::from_utf16_lossy(&wide(format)), true, arguments).encode_utf16().collect()
}

/// `_vsnprintf`: at most `count` units, a zero only where there is room, -1 if it did not fit.
fn bounded<T: Copy + Default>(buffer: *mut T, count: usize, units: &[T]) -> i32 {
    for (at, unit) in units.iter().take(count).enumerate() {
        write(buffer.wrapping_add(at), *unit);
    }
    if units.len() < count {
        write(buffer.wrapping_add(units.len()), T::default());
    }
    if units.len() > count { -1 } else { units.len() as i32 }
}

/// `vsprintf_s`: all of it with its zero, or nothing and -1.
fn checked<T: Copy + Default>(buffer: *mut T, size: usize, units: &[T]) -> i32 {
    if units.len() < size {
        return bounded(buffer, size, units);
    }
    if size > 0 {
        write(buffer, T::default());
    }
    -1
}

/// `_vsnprintf_s`: at most `count` units and always a zero; with a count of -1 (_TRUNCATE) what
/// does not fit is cut.
fn truncated<T: Copy + Default>(buffer: *mut T, size: usize, count: usize, units: &[T]) -> i32 {
    let kept = units.len().min(count).min(size.saturating_sub(1));
    bounded(buffer, size, &units[..kept]);
    if kept < units.len() { -1 } else { kept as i32 }
}

fn log(kernel: &Kernel, text: &[u8]) -> NTSTATUS {
    kernel.part::<Loaded>().debug_output.borrow_mut().push_str(&String::from_utf8_lossy(text));
    STATUS_SUCCESS
}

fn vDbgPrintEx(
    kernel: &Kernel,
    _component: ULONG,
    _level: ULONG,
    Format: *const u8,
    arglist: *const u64,
) -> ULONG {
    log(kernel, &narrow_format(Format, arglist)).cast_unsigned()
}

fn vDbgPrintExWithPrefix(
    kernel: &Kernel,
    Prefix: *const u8,
    _component: ULONG,
    _level: ULONG,
    Format: *const u8,
    arglist: *const u64,
) -> ULONG {
    log(kernel, &[narrow(Prefix), narrow_format(Format, arglist)].concat()).cast_unsigned()
}

fn DbgQueryDebugFilterState(_kernel: &Kernel, _component: ULONG, _level: ULONG) -> ULONG {
    1
}

fn RtlAssert(
    kernel: &Kernel,
    FailedAssertion: *const u8,
    FileName: *const u8,
    LineNumber: ULONG,
    _message: *const u8,
) {
    let text = |place| String::from_utf8_lossy(&narrow(place)).into_owned();
    let what = format!("{}:{LineNumber}: {}", text(FileName), text(FailedAssertion));
    kernel.violate(Rule::Assertion, what);
}

fn DbgBreakPoint(kernel: &Kernel) {
    kernel.violate(Rule::Assertion, "DbgBreakPoint without a debugger stops the system".to_owned());
}

fn DbgBreakPointWithStatus(kernel: &Kernel, Status: ULONG) {
    kernel.violate(
        Rule::Assertion,
        format!("DbgBreakPointWithStatus({Status:#x}) without a debugger stops the system"),
    );
}

fn _vsnprintf(
    _kernel: &Kernel,
    buffer: *mut u8,
    count: usize,
    format: *const u8,
    args: *const u64,
) -> i64 {
    i64::from(bounded(buffer, count, &narrow_format(format, args)))
}

fn _vsnwprintf(
    _kernel: &Kernel,
    buffer: *mut u16,
    count: usize,
    format: PCWSTR,
    args: *const u64,
) -> i64 {
    i64::from(bounded(buffer, count, &wide_format(format, args)))
}

fn vsprintf(_kernel: &Kernel, buffer: *mut u8, format: *const u8, args: *const u64) -> i64 {
    i64::from(bounded(buffer, usize::MAX, &narrow_format(format, args)))
}

fn vswprintf(_kernel: &Kernel, buffer: *mut u16, format: PCWSTR, args: *const u64) -> i64 {
    i64::from(bounded(buffer, usize::MAX, &wide_format(format, args)))
}

fn vsprintf_s(
    _kernel: &Kernel,
    buffer: *mut u8,
    size: usize,
    format: *const u8,
    args: *const u64,
) -> i64 {
    i64::from(checked(buffer, size, &narrow_format(format, args)))
}

fn vswprintf_s(
    _kernel: &Kernel,
    buffer: *mut u16,
    size: usize,
    format: PCWSTR,
    args: *const u64,
) -> i64 {
    i64::from(checked(buffer, size, &wide_format(format, args)))
}

fn _vsnprintf_s(
    _kernel: &Kernel,
    buffer: *mut u8,
    size: usize,
    count: usize,
    format: *const u8,
    args: *const u64,
) -> i64 {
    i64::from(truncated(buffer, size, count, &narrow_format(format, args)))
}

fn _vsnwprintf_s(
    _kernel: &Kernel,
    buffer: *mut u16,
    size: usize,
    count: usize,
    format: PCWSTR,
    args: *const u64,
) -> i64 {
    i64::from(truncated(buffer, size, count, &wide_format(format, args)))
}

services! {
    /// Debug output and printing to memory.
    services:
    vDbgPrintEx: ANY;
    vDbgPrintExWithPrefix: ANY;
    DbgQueryDebugFilterState: ANY;
    RtlAssert: ANY;
    DbgBreakPoint: ANY;
    DbgBreakPointWithStatus: ANY;
    _vsnprintf: ANY;
    _vsnwprintf: ANY;
    vsprintf: ANY;
    vswprintf: ANY;
    vsprintf_s: ANY;
    vswprintf_s: ANY;
    _vsnprintf_s: ANY;
    _vsnwprintf_s: ANY;
}

/// A variadic function, with the number of its named arguments.
macro_rules! variadic {
    ($name:ident $count:tt $body:path) => {
        Export { name: stringify!($name), windows: native::variadic!($count $body) }
    };
}

/// The variadic functions, and the data that goes with them.
pub(crate) fn printing() -> Vec<Export> {
    extern "efiapi" fn debug(format: *const u8, args: *const u64) -> i32 {
        log(&current(), &narrow_format(format, args))
    }
    extern "efiapi" fn debug_ex(
        _component: u32,
        _level: u32,
        format: *const u8,
        args: *const u64,
    ) -> i32 {
        log(&current(), &narrow_format(format, args))
    }
    extern "efiapi" fn print(buffer: *mut u8, format: *const u8, args: *const u64) -> i32 {
        bounded(buffer, usize::MAX, &narrow_format(format, args))
    }
    extern "efiapi" fn print_n(
        buffer: *mut u8,
        count: usize,
        format: *const u8,
        args: *const u64,
    ) -> i32 {
        bounded(buffer, count, &narrow_format(format, args))
    }
    extern "efiapi" fn print_n_wide(
        buffer: *mut u16,
        count: usize,
        format: PCWSTR,
        args: *const u64,
    ) -> i32 {
        bounded(buffer, count, &wide_format(format, args))
    }
    extern "efiapi" fn print_wide(buffer: *mut u16, format: PCWSTR, args: *const u64) -> i32 {
        bounded(buffer, usize::MAX, &wide_format(format, args))
    }
    extern "efiapi" fn print_s(
        buffer: *mut u8,
        size: usize,
        format: *const u8,
        args: *const u64,
    ) -> i32 {
        checked(buffer, size, &narrow_format(format, args))
    }
    extern "efiapi" fn print_s_wide(
        buffer: *mut u16,
        size: usize,
        format: PCWSTR,
        args: *const u64,
    ) -> i32 {
        checked(buffer, size, &wide_format(format, args))
    }
    extern "efiapi" fn print_n_s(
        buffer: *mut u8,
        size: usize,
        count: usize,
        format: *const u8,
        args: *const u64,
    ) -> i32 {
        truncated(buffer, size, count, &narrow_format(format, args))
    }
    extern "efiapi" fn print_n_s_wide(
        buffer: *mut u16,
        size: usize,
        count: usize,
        format: PCWSTR,
        args: *const u64,
    ) -> i32 {
        truncated(buffer, size, count, &wide_format(format, args))
    }
    vec![
        variadic!(DbgPrint 1 debug),
        variadic!(DbgPrintReturnControlC 1 debug),
        variadic!(DbgPrintEx 3 debug_ex),
        variadic!(sprintf 2 print),
        variadic!(swprintf 2 print_wide),
        variadic!(_snprintf 3 print_n),
        variadic!(_snwprintf 3 print_n_wide),
        variadic!(sprintf_s 3 print_s),
        variadic!(swprintf_s 3 print_s_wide),
        variadic!(_snprintf_s 4 print_n_s),
        variadic!(_snwprintf_s 4 print_n_s_wide),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(format: &str, arguments: &[u64]) -> String {
        render(format, false, arguments.as_ptr())
    }

    #[test]
    fn formats_come_out_as_the_c_runtime_writes_them() {
        assert_eq!(rendered("%d|%5d|%-5d|%05d", &[u64::MAX, 42, 42, 42]), "-1|   42|42   |00042");
        assert_eq!(
            rendered("%u %I64u %lld", &[u64::from(u32::MAX), u64::MAX, u64::MAX]),
            "4294967295 18446744073709551615 -1"
        );
        assert_eq!(rendered("%#x %08X %.3d", &[255, 0xBEEF, 7]), "0xff 0000BEEF 007");
        assert_eq!(
            rendered("%.2f %e", &[1.5f64.to_bits(), 1500.0f64.to_bits()]),
            "1.50 1.500000e+003"
        );
        assert_eq!(rendered("%*d%%", &[4, 7]), "   7%");
        let wide: Vec<u16> = "weit\0".encode_utf16().collect();
        let arguments = [c"eng".as_ptr() as u64, wide.as_ptr() as u64, wide.as_ptr() as u64];
        assert_eq!(rendered("%s %S %.2ws", &arguments), "eng weit we");
        assert_eq!(rendered("%s", &[0]), "(null)");
        for (format, argument, text) in [
            ("%12d|%.3d", 7, "           7|000"),
            ("%+d|% d", 7, "+7| 0"),
            ("%d|%x", 0, "0|0"),
            ("%#x|%#X", 0, "0|0"),
            ("%#x|%#o", 1, "0x1|0"),
            ("%hd|%d", 0x1_8000, "-32768|0"),
            ("%hx|%d", 0x1_2345, "2345|0"),
            ("%x|%d", 0x1_2345_6789, "23456789|0"),
            ("%llx|%d", 0x1_2345_6789, "123456789|0"),
            ("%I32u|%d", u64::MAX, "4294967295|0"),
            ("%Iu|%d", u64::MAX, "18446744073709551615|0"),
            ("%p|%d", 0x1234, "0000000000001234|0"),
            ("%c|%d", 0x1_0041, "A|0"),
            ("%e|%d", 1.0f64.to_bits(), "1.000000e+000|0"),
            ("%.1e|%d", 0.05f64.to_bits(), "5.0e-002|0"),
            ("%+.1f|%d", (-0.5f64).to_bits(), "-0.5|0"),
            ("%+g|%d", 0.5f64.to_bits(), "+0.5|0"),
            ("%n%d", 1, "0"),
            ("%*d", (-4_i32).cast_unsigned().into(), "0   "),
            ("%y|%d", 5, "%y|5"),
        ] {
            assert_eq!(rendered(format, &[argument, 0]), text, "{format}");
        }
        assert_eq!(rendered("%9999d", &[0]).len(), 4096);
    }

    #[test]
    fn counted_strings_are_of_the_width_that_the_format_says() {
        let (mut units, mut bytes) = ([0x61_u16, 0xE9, 0x62], *b"xyz");
        let wide = UNICODE_STRING { Length: 4, MaximumLength: 6, Buffer: units.as_mut_ptr() };
        let narrow = ANSI_STRING { Length: 2, MaximumLength: 3, Buffer: bytes.as_mut_ptr().cast() };
        let (wide, narrow) = (&raw const wide as u64, &raw const narrow as u64);
        for (format, format_is_wide, place, text) in [
            ("%wZ", false, wide, "aé"),
            ("%Z", false, narrow, "xy"),
            ("%Z", true, wide, "aé"),
            ("%wZ", true, wide, "aé"),
            ("%hZ", true, narrow, "xy"),
            ("%4Z", false, narrow, "  xy"),
        ] {
            assert_eq!(render(format, format_is_wide, [place].as_ptr()), text, "{format}");
        }
    }

    #[test]
    fn no_unit_is_written_behind_what_a_function_may_write() {
        type Fill = fn(*mut u8) -> i32;
        let cases: [(&str, Fill, i32, &[u8]); 11] = [
            ("exact, without a zero", |to| bounded(to, 4, b"abcd"), 4, b"abcd9"),
            ("a zero where there is room", |to| bounded(to, 4, b"abc"), 3, b"abc\x009"),
            ("cut", |to| bounded(to, 4, b"abcde"), -1, b"abcd9"),
            ("no room", |to| bounded(to, 0, b"a"), -1, b"99999"),
            ("checked, exact", |to| checked(to, 4, b"abc"), 3, b"abc\x009"),
            ("checked, too long", |to| checked(to, 4, b"abcd"), -1, b"\x009999"),
            ("checked, no room", |to| checked(to, 0, b""), -1, b"99999"),
            ("all of it", |to| truncated(to, 4, usize::MAX, b"abc"), 3, b"abc\x009"),
            ("by its count", |to| truncated(to, 4, 2, b"abc"), -1, b"ab\x0099"),
            ("its count, exact", |to| truncated(to, 4, 2, b"ab"), 2, b"ab\x0099"),
            ("truncated, no room", |to| truncated(to, 0, usize::MAX, b"a"), -1, b"99999"),
        ];
        for (what, fill, answer, left) in cases {
            let mut buffer = *b"99999";
            assert_eq!(fill(buffer.as_mut_ptr()), answer, "{what}");
            assert_eq!(&buffer, left, "{what}");
        }
    }

    #[test]
    fn signs_and_prefixes_count_for_the_width() {
        let seven = |format| rendered(format, &[7, 0]);
        assert_eq!(seven("%+05d|%d"), "+0007|0");
        assert_eq!(seven("%+5d|%d"), "   +7|0");
        assert_eq!(seven("%-+5d|%d"), "+7   |0");
        assert_eq!(seven("%#06x|%d"), "0x0007|0");
        assert_eq!(seven("%+5.3d|%d"), " +007|0");
        assert_eq!(seven("%+u|%d"), "7|0");
        // A precision that is negative is none; it is one of 1 otherwise.
        assert_eq!(rendered("%.*d|%d", &[u64::from(u32::MAX), 7, 0]), "7|0");
        assert_eq!(rendered("%.0d|%d", &[7, 0]), "7|0");
        assert_eq!(rendered("%3c|%d", &[0x41, 0]), "  A|0");
        assert_eq!(rendered("%f|%d", &[0.5f64.to_bits(), 0]), "0.500000|0");
        assert_eq!(rendered("%08.2f|%d", &[(-0.5f64).to_bits(), 0]), "-0000.50|0");
        assert_eq!(rendered("a%", &[0]), "a");
    }
}
