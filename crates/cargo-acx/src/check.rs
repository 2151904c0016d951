//! Checks of a driver's image, each with a name. Sources: the PE format's specification; the
//! requirements of Windows, memory integrity and the driver store.

use std::fmt;
use std::path::Path;

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, Import, PeFile64};

use crate::arm64;
use crate::driver::Driver;
use crate::vectors::{self, Function, Hot};

/// A check and its result.
#[derive(Debug)]
pub struct Check {
    /// Its name.
    pub name: &'static str,
    /// A figure or a word; or the reason for the failure.
    pub found: Result<String, String>,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Ok(figure) => write!(f, "ok      {:<22} {figure}", self.name),
            Err(why) => write!(f, "FAILED  {:<22} {why}", self.name),
        }
    }
}

/// `DriverEntry` and the least version of ACX are the driver's, which Microsoft's stubs refer to;
/// the others are of wdk-sys.
const EXPORTED_WITH_WDK: [&str; 6] = [
    "AcxMinimumVersionRequired",
    "DriverEntry",
    "__CxxFrameHandler3",
    "__CxxFrameHandler4",
    "__GSHandlerCheck_EH4",
    "_fltused",
];

/// The imports of `acx`.
const ALLOWED: [(&str, &[&str]); 2] = [
    (
        "ntoskrnl.exe",
        &[
            "EtwRegister",
            "EtwSetInformation",
            "EtwUnregister",
            "EtwWriteTransfer",
            "ExAllocatePool2",
            "ExFreePool",
            "ExFreePoolWithTag",
            "IoAllocateMdl",
            "IoFreeMdl",
            "IoGetCurrentProcess",
            "IoGetDeviceInterfaceAlias",
            "IoGetRequestorProcess",
            "IoSetDeviceInterfacePropertyData",
            "KeAcquireSpinLockRaiseToDpc",
            "KeBugCheckEx",
            "KeGetCurrentIrql",
            "KeLowerIrql",
            "KeQueryPerformanceCounter",
            "KeReleaseSpinLock",
            "KfRaiseIrql",
            "MmBuildMdlForNonPagedPool",
            "RtlFreeUnicodeString",
            "SeAccessCheck",
            "SeCaptureSubjectContext",
            "SeCaptureSubjectContextEx",
            "SeReleaseSubjectContext",
            "memcmp",
            "memcpy",
            "memmove",
            "memset",
        ],
    ),
    (
        "WDFLDR.SYS",
        &["WdfVersionBind", "WdfVersionBindClass", "WdfVersionUnbind", "WdfVersionUnbindClass"],
    ),
];

/// IMAGE_DEBUG_TYPE_EX_DLLCHARACTERISTICS (winnt.h).
const EX_DLLCHARACTERISTICS: u32 = 20;

/// The limits of an image, beyond the rules for every driver.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The exclusive limit of stack frames in bytes. All drivers of a device share a kernel stack
    /// of 24 KiB.
    pub frame: u32,
    /// The exclusive limit of the image's size in bytes.
    pub image: Option<usize>,
    /// Functions that must use vector instructions.
    pub hot: Vec<Hot>,
    /// Imports beyond those of `acx`, as `LIBRARY!FUNCTION`.
    pub imports: Vec<String>,
}

impl Default for Limits {
    /// Frames below a page, which need no probe of the stack.
    fn default() -> Self {
        Self { frame: 4096, image: None, hot: Vec::new(), imports: Vec::new() }
    }
}

/// The input of the checks: an image with its symbols.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The image.
    pub image: &'a [u8],
    /// Its PDB.
    pub symbols: &'a [u8],
    /// The linker's map.
    pub map: &'a str,
    /// A path that neither may contain.
    pub root: &'a str,
    /// The version that the resource must have.
    pub version: &'a str,
    /// Whether Microsoft's tools linked it.
    pub by_wdk: bool,
    /// Its limits.
    pub limits: &'a Limits,
}

fn demand(holds: bool, good: impl Into<String>, bad: impl Into<String>) -> Result<String, String> {
    if holds { Ok(good.into()) } else { Err(bad.into()) }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    !what.is_empty() && bytes.windows(what.len()).any(|window| window == what)
}

/// The checksum of the PE header, which is at `place`: the sum with carry of all 16-bit words
/// except the checksum itself, plus the length.
pub fn checksum(bytes: &[u8], place: usize) -> u32 {
    let mut sum = 0u32;
    for (at, pair) in bytes.chunks(2).enumerate() {
        if (place..place + 4).contains(&(at * 2)) {
            continue;
        }
        sum += u32::from(pair[0]) | u32::from(pair.get(1).copied().unwrap_or(0)) << 8;
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    (sum & 0xFFFF) + (sum >> 16) + bytes.len() as u32
}

/// The image, read once.
struct Pe<'a> {
    subject: &'a Subject<'a>,
    file: PeFile64<'a>,
    /// The image in its memory layout.
    memory: Vec<u8>,
    /// Where the optional header begins in the file.
    header: usize,
}

impl<'a> Pe<'a> {
    fn parse(subject: &'a Subject<'a>) -> Result<Self, String> {
        let file = PeFile64::parse(subject.image).map_err(|why| why.to_string())?;
        let size = file.nt_headers().optional_header().size_of_image() as usize;
        if size > 1 << 28 {
            return Err(format!("an image of {size} bytes"));
        }
        let mut memory = vec![0; size];
        for section in file.section_table().iter() {
            let at = section.virtual_address.get(LE) as usize;
            let from = section.pointer_to_raw_data.get(LE) as usize;
            let length =
                section.size_of_raw_data.get(LE).min(section.virtual_size.get(LE)) as usize;
            let bytes = subject.image.get(from..from + length).ok_or("a section lies outside")?;
            memory.get_mut(at..at + length).ok_or("a section lies outside")?.copy_from_slice(bytes);
        }
        let header = u32_at(subject.image, 0x3C) as usize + 24;
        Ok(Self { subject, file, memory, header })
    }

    fn directory(&self, index: usize) -> (usize, usize) {
        let entry = self.file.data_directory(index);
        entry.map_or((0, 0), |entry| {
            (entry.virtual_address.get(LE) as usize, entry.size.get(LE) as usize)
        })
    }

    fn characteristic(&self, bit: u16, name: &str) -> Result<String, String> {
        let flags = u16::from_le_bytes([
            self.subject.image[self.header + 70],
            self.subject.image[self.header + 71],
        ]);
        demand(flags & bit != 0, name, format!("{name} is not set in {flags:#06x}"))
    }

    fn is_x64(&self) -> bool {
        self.file.nt_headers().file_header().machine.get(LE) == pe::IMAGE_FILE_MACHINE_AMD64
    }

    fn imports(&self) -> Result<Vec<(String, String)>, String> {
        let bad = |why: object::Error| why.to_string();
        let mut found = Vec::new();
        let Some(table) = self.file.import_table().map_err(bad)? else { return Ok(found) };
        let mut descriptors = table.descriptors().map_err(bad)?;
        while let Some(descriptor) = descriptors.next().map_err(bad)? {
            let library = table.name(descriptor.name.get(LE)).map_err(bad)?;
            let library = String::from_utf8_lossy(library).into_owned();
            let mut thunks = table.thunks(descriptor.original_first_thunk.get(LE)).map_err(bad)?;
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>().map_err(bad)? {
                let function = match table.import::<pe::ImageNtHeaders64>(thunk).map_err(bad)? {
                    Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                    Import::Ordinal(number) => format!("#{number}"),
                };
                found.push((library.clone(), function));
            }
        }
        Ok(found)
    }

    fn check_imports(&self) -> Result<String, String> {
        let imports = self.imports()?;
        let allowed = |library: &str, function: &str| {
            ALLOWED
                .iter()
                .any(|(own, list)| own.eq_ignore_ascii_case(library) && list.contains(&function))
                || self.subject.limits.imports.iter().any(|import| {
                    import.split_once('!').is_some_and(|(own, name)| {
                        own.eq_ignore_ascii_case(library) && name == function
                    })
                })
        };
        let strange: Vec<String> = imports
            .iter()
            .filter(|(library, function)| !allowed(library, function))
            .map(|(library, function)| format!("{library}!{function}"))
            .collect();
        demand(strange.is_empty(), format!("{} imports", imports.len()), strange.join(", "))
    }

    fn sections(&self) -> Result<String, String> {
        let mut names = Vec::new();
        for section in self.file.section_table().iter() {
            let name = String::from_utf8_lossy(section.raw_name()).into_owned();
            let flags = section.characteristics.get(LE).0;
            let both = pe::IMAGE_SCN_MEM_WRITE.0 | pe::IMAGE_SCN_MEM_EXECUTE.0;
            if flags & both == both {
                return Err(format!("{name} is writable and executable"));
            }
            names.push(name);
        }
        Ok(names.join(" "))
    }

    fn load_config(&self) -> Result<String, String> {
        let (at, size) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG);
        if at == 0 || size < 0x94 {
            return Err("there is no load configuration with a guard table".to_owned());
        }
        let (table, count) = (u64_at(&self.memory, at + 0x80), u64_at(&self.memory, at + 0x88));
        let flags = u32_at(&self.memory, at + 0x90);
        // IMAGE_GUARD_CF_INSTRUMENTED and IMAGE_GUARD_CF_FUNCTION_TABLE_PRESENT.
        let good = table != 0 && count > 0 && flags & 0x500 == 0x500;
        demand(good, format!("{count} functions"), format!("{count} functions, flags {flags:#x}"))
    }

    fn cet(&self) -> Result<String, String> {
        if !self.is_x64() {
            return Ok("not for this processor".to_owned());
        }
        let (at, size) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_DEBUG);
        let entries = (at..at + size).step_by(28);
        let found =
            entries.into_iter().find(|at| u32_at(&self.memory, at + 12) == EX_DLLCHARACTERISTICS);
        let flags =
            found.map_or(0, |at| u32_at(&self.memory, u32_at(&self.memory, at + 20) as usize));
        demand(flags & 1 != 0, "CET_COMPAT", "CET_COMPAT is not set")
    }

    /// The exports of the image: none, or with the WDK those that cargo exports from a dynamic
    /// library, which are the symbols with C names.
    fn exports(&self) -> Result<String, String> {
        let table = self
            .file
            .export_table()
            .map_err(|why| format!("the export table cannot be read: {why}"))?;
        let Some(table) = table else { return Ok("none".to_owned()) };
        let exports = table.exports().map_err(|why| why.to_string())?;
        let names = exports.iter().filter_map(|export| export.name);
        let mut names: Vec<_> = names.map(String::from_utf8_lossy).collect();
        names.sort();
        let known: &[&str] = if self.subject.by_wdk { &EXPORTED_WITH_WDK } else { &[] };
        let strange: Vec<_> = names.iter().filter(|name| !known.contains(&name.as_ref())).collect();
        demand(strange.is_empty(), names.join(", "), format!("{strange:?} are exported"))
    }

    /// The class record of ACX, found by its pointers.
    fn class_record(&self) -> Result<String, String> {
        let base = self.file.nt_headers().optional_header().image_base();
        let name: Vec<u8> = "Acx\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let is_record = |at: usize| {
            let points = u64_at(&self.memory, at + 8).wrapping_sub(base) as usize;
            u32_at(&self.memory, at) == 120
                && self.memory.get(points..points + name.len()) == Some(&name[..])
        };
        // The WDK's stub has a separate section for it, whose name is truncated to eight bytes.
        let section = if self.subject.by_wdk { ".kmdfcla" } else { ".data" };
        let data =
            self.file.section_table().iter().find(|own| own.raw_name() == section.as_bytes());
        let data = data.ok_or_else(|| format!("there is no {section}"))?;
        let start = data.virtual_address.get(LE) as usize;
        let end = start + data.virtual_size.get(LE) as usize;
        let found = (start..end.saturating_sub(120)).step_by(8).find(|at| is_record(*at));
        let at = found.ok_or_else(|| format!("the record of class Acx is not in {section}"))?;
        // The start mark's 16 bytes are in front of it, the end mark's 8 behind it, all zero.
        let zero = |range: std::ops::Range<usize>| {
            self.memory.get(range).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
        };
        demand(
            zero(at - 16..at) && zero(at + 120..at + 128),
            format!("at {at:#x}"),
            format!("the record at {at:#x} is not between its marks"),
        )
    }

    /// The largest stack frame by the unwind data.
    fn frames(&self) -> Result<String, String> {
        if self.imports()?.iter().any(|(_, function)| function == "__chkstk") {
            return Err("a frame of a page or more: __chkstk is imported".to_owned());
        }
        let (at, size) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION);
        let mut largest = (0, 0);
        for entry in (at..at + size).step_by(if self.is_x64() { 12 } else { 8 }) {
            let frame = if self.is_x64() {
                self.frame(u32_at(&self.memory, entry + 8) as usize)
            } else {
                let info = u32_at(&self.memory, entry + 4);
                arm64::frame(&self.memory, info)
                    .ok_or_else(|| format!("the unwind data at {entry:#x} describes nothing"))?
            };
            largest = largest.max((frame, u32_at(&self.memory, entry)));
        }
        let (bytes, function) = largest;
        let figure = format!("largest {bytes} bytes, of the function at {function:#x}");
        demand(bytes < self.subject.limits.frame && size > 0, figure.clone(), figure)
    }

    /// The size of the frame that UNWIND_INFO describes: pushes and allocations.
    fn frame(&self, info: usize) -> u32 {
        let count = usize::from(self.memory.get(info + 2).copied().unwrap_or(0));
        let code = |index: usize| {
            let at = info + 4 + 2 * index;
            self.memory.get(at..at + 2).map_or(0, |pair| u16::from_le_bytes([pair[0], pair[1]]))
        };
        let (mut index, mut bytes) = (0, 0);
        while index < count {
            let (operation, details) = (code(index) >> 8 & 0xF, code(index) >> 12);
            let (slots, more) = match (operation, details) {
                (0, _) => (1, 8),
                (1, 0) => (2, u32::from(code(index + 1)) * 8),
                (1, _) => (3, u32::from(code(index + 1)) | u32::from(code(index + 2)) << 16),
                (2, size) => (1, u32::from(size) * 8 + 8),
                (4 | 8, _) => (2, 0),
                (5 | 9, _) => (3, 0),
                _ => (1, 0),
            };
            index += slots;
            bytes += more;
        }
        bytes
    }

    fn version(&self) -> Result<String, String> {
        let (at, size) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_RESOURCE);
        let bytes = self.memory.get(at..at + size).unwrap_or_default();
        let mark = 0xFEEF_04BDu32.to_le_bytes();
        let fixed = bytes.windows(4).position(|word| word == mark).ok_or("no version resource")?;
        let (high, low) = (u32_at(bytes, fixed + 8), u32_at(bytes, fixed + 12));
        let found = [high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF];
        let wanted = crate::version::numbers(self.subject.version).map(u32::from);
        let kind = u32_at(bytes, fixed + 36);
        let text = |numbers: [u32; 4]| numbers.map(|number| number.to_string()).join(".");
        demand(
            found == wanted && kind == 3,
            text(found),
            format!("{} of type {kind}, not {} of a driver", text(found), text(wanted)),
        )
    }

    /// The identity of the image's PDB.
    fn pdb(&self) -> Result<String, String> {
        const CODEVIEW: u32 = 2;
        let (at, size) = self.directory(pe::IMAGE_DIRECTORY_ENTRY_DEBUG);
        let mut entries = (at..at + size).step_by(28);
        let entry = entries.find(|at| u32_at(&self.memory, at + 12) == CODEVIEW);
        let record = u32_at(&self.memory, entry.ok_or("no record of a PDB")? + 20) as usize;
        let guid = self.memory.get(record + 4..record + 20).ok_or("a record that lies outside")?;
        demand(
            contains(self.subject.symbols, guid),
            "the PDB is the image's",
            "the PDB beside it is not the image's",
        )
    }

    /// The functions of the map, with their code: each extends to the next one.
    fn functions(&self) -> Vec<Function<'_>> {
        let Some(text) = self.file.section_table().iter().next() else { return Vec::new() };
        let begin = text.virtual_address.get(LE) as usize;
        let end = begin + text.virtual_size.get(LE) as usize;
        let mut symbols: Vec<(usize, &str)> = Vec::new();
        for line in self.subject.map.lines() {
            let mut words = line.split_whitespace();
            let place = words.next().and_then(|word| word.strip_prefix("0001:"));
            let offset = place.and_then(|place| usize::from_str_radix(place, 16).ok());
            if let (Some(offset), Some(symbol)) = (offset, words.next()) {
                symbols.push((begin + offset, symbol));
            }
        }
        symbols.sort_unstable();
        let ends = symbols.iter().skip(1).map(|(next, _)| *next).chain([end]);
        let functions = symbols.iter().zip(ends).filter_map(|((at, symbol), end)| {
            let code = self.memory.get(*at..end).filter(|code| !code.is_empty())?;
            Some(Function { symbol, code })
        });
        functions.collect()
    }

    fn baseline(&self) -> Result<String, String> {
        if !self.is_x64() {
            return arm64::baseline(&self.functions());
        }
        vectors::baseline(&self.functions())
    }

    fn size(&self) -> Result<String, String> {
        let size = self.subject.image.len();
        match self.subject.limits.image {
            Some(limit) if size >= limit => Err(format!("{size} bytes are {limit} or more")),
            _ => Ok(format!("{size} bytes")),
        }
    }

    fn panics(&self) -> Result<String, String> {
        let symbols: Vec<&str> = self
            .subject
            .map
            .lines()
            .filter(|line| line.contains("panic") || line.contains("unwrap_failed"))
            .filter_map(|line| line.split_whitespace().nth(1))
            .collect();
        if self.subject.map.is_empty() {
            return Err("there is no map of the image".to_owned());
        }
        demand(symbols.is_empty(), "none", symbols.join(", "))
    }
}

/// Every check of an image.
pub fn image(subject: &Subject<'_>) -> Vec<Check> {
    let pe = match Pe::parse(subject) {
        Ok(pe) => pe,
        Err(why) => return vec![Check { name: "pe32-plus", found: Err(why) }],
    };
    let optional = pe.file.nt_headers().optional_header();
    let alignment = optional.section_alignment();
    let entry = optional.address_of_entry_point();
    let own = u32_at(subject.image, pe.header + 64);
    let computed = checksum(subject.image, pe.header + 64);
    let in_code = pe.file.section_table().iter().any(|section| {
        let start = section.virtual_address.get(LE);
        section.characteristics.get(LE).0 & pe::IMAGE_SCN_MEM_EXECUTE.0 != 0
            && (start..start + section.virtual_size.get(LE)).contains(&entry)
    });
    // Microsoft's tools leave the paths of objects in the symbols.
    let paths = contains(subject.image, subject.root.as_bytes())
        || !subject.by_wdk && contains(subject.symbols, subject.root.as_bytes());
    let names = |found: Result<String, String>, name| Check { name, found };
    let mut checks = vec![
        names(Ok("PE32+".to_owned()), "pe32-plus"),
        names(
            demand(optional.subsystem() == pe::IMAGE_SUBSYSTEM_NATIVE, "NATIVE", "not NATIVE"),
            "subsystem",
        ),
        names(
            demand(in_code, format!("{entry:#x}"), format!("{entry:#x} is not code")),
            "entry-point",
        ),
        names(pe.characteristic(0x0100, "NX_COMPAT"), "nx-compat"),
        names(pe.characteristic(0x0040, "DYNAMIC_BASE"), "dynamic-base"),
        names(pe.characteristic(0x0020, "HIGH_ENTROPY_VA"), "high-entropy-va"),
        names(
            demand(pe.directory(pe::IMAGE_DIRECTORY_ENTRY_BASERELOC).1 > 0, "kept", "stripped"),
            "relocations",
        ),
        names(pe.characteristic(0x4000, "GUARD_CF"), "guard-cf"),
        names(pe.load_config(), "guard-table"),
        names(pe.cet(), "cet-compat"),
        names(pe.sections(), "no-writable-code"),
        names(
            demand(
                alignment > 0 && alignment.is_multiple_of(0x1000),
                format!("{alignment:#x}"),
                format!("{alignment:#x} is not a multiple of 0x1000"),
            ),
            "section-alignment",
        ),
        names(
            demand(
                own != 0 && own == computed,
                format!("{own:#x}"),
                format!("{own:#x} in the header, {computed:#x} computed"),
            ),
            "checksum",
        ),
        names(pe.check_imports(), "imports"),
        names(pe.exports(), "exports"),
        names(
            demand(pe.directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION).1 > 0, "present", "no .pdata"),
            "unwind-data",
        ),
        names(pe.version(), "version-resource"),
        names(pe.pdb(), "pdb"),
        names(demand(!paths, "none", format!("{} occurs", subject.root)), "build-paths"),
        names(pe.class_record(), "class-record"),
        names(pe.frames(), "stack-frames"),
        names(pe.panics(), "panic-machinery"),
        names(pe.baseline(), if pe.is_x64() { "sse2-at-most" } else { "armv8.0-at-most" }),
        names(pe.size(), "size"),
    ];
    if !pe.is_x64() {
        checks.push(names(arm64::reserved(&pe.functions()), "x18-of-the-kernel"));
    }
    let hot = &subject.limits.hot;
    if !hot.is_empty() {
        let found = vectors::hot(hot, &pe.functions(), pe.is_x64());
        checks.push(Check { name: "vector-instructions", found });
    }
    checks
}

/// Reads and checks a driver's output in `folder`, of `build` or of Microsoft's tools (`by_wdk`).
///
/// # Errors
///
/// A file is missing.
pub fn folder(driver: &Driver, folder: &Path, by_wdk: bool) -> Result<Vec<Check>, String> {
    let read = |extension: &str| {
        let path = driver.file(folder, extension);
        let hint = driver.build_command;
        std::fs::read(&path)
            .map_err(|why| format!("{}: {why}; build it first: {hint}", path.display()))
    };
    let (bytes, symbols, map) = (read("sys")?, read("pdb")?, read("map")?);
    Ok(image(&Subject {
        image: &bytes,
        symbols: &symbols,
        map: &String::from_utf8_lossy(&map),
        root: &driver.folder.display().to_string(),
        version: &driver.version,
        by_wdk,
        limits: &driver.limits,
    }))
}
