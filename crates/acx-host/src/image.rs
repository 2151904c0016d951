//! Driver images: PE32+ files like those that Windows loads, and their loading into this process.
//! Sources: the PE format's specification, and the kernel loader's behaviour: section protections,
//! relocations, imports by name.
//!
//! Running one needs Linux on the processor that it is built for, x64 or ARM64; reading one works
//! anywhere.

#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod doors;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod engine;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod exception;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod fault;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#[cfg_attr(target_arch = "x86_64", path = "image/x64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "image/arm64.rs")]
pub(crate) mod native;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod outcome;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod specific;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub(crate) mod standing;
pub mod unwind;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod walk;

use std::path::Path;
use std::rc::Rc;

use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, ImageOptionalHeader, Import, PeFile64};

use crate::os::{PAGE, Protection, Region};

/// The machine type of images that this process can run, and the processor's name.
#[cfg(not(target_arch = "aarch64"))]
const MACHINE: u16 = pe::IMAGE_FILE_MACHINE_AMD64.0;
#[cfg(not(target_arch = "aarch64"))]
const PROCESSOR: &str = "x64";
#[cfg(target_arch = "aarch64")]
const MACHINE: u16 = pe::IMAGE_FILE_MACHINE_ARM64.0;
#[cfg(target_arch = "aarch64")]
const PROCESSOR: &str = "ARM64";

/// The reason why a file cannot be loaded as a driver.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageError {
    /// The file cannot be read.
    #[error("{path}: cannot be read ({why}): check the path and its permissions")]
    Read {
        /// The file.
        path: String,
        /// The system's error.
        why: String,
    },
    /// It is not a PE32+ file, or it is inconsistent.
    #[error("{name}: not a driver image ({why}): give a .sys file for 64-bit Windows")]
    Malformed {
        /// The image.
        name: String,
        /// The problem.
        why: String,
    },
    /// It is built for another processor.
    #[error(
        "{name}: built for another processor (machine {machine:#06x}): give the {PROCESSOR} build"
    )]
    Machine {
        /// The image.
        name: String,
        /// The machine in its header.
        machine: u16,
    },
    /// It has a section that is writable and executable. Windows with memory integrity refuses such
    /// an image, and so does the host.
    #[error("{name}: section {section} is writable and executable: link it without such sections")]
    WritableCode {
        /// The image.
        name: String,
        /// The section.
        section: String,
    },
    /// It imports functions that the host does not have.
    #[error(
        "{name}: imports that the host does not have: {}: link without them to run it here",
        missing.join(", ")
    )]
    Imports {
        /// The image.
        name: String,
        /// Each as library!function.
        missing: Vec<String>,
    },
    /// This system cannot run Windows code.
    #[error(
        "{name}: images run on x86-64 and AArch64 Linux only: run the host there, or use the linked-in driver"
    )]
    Unsupported {
        /// The image.
        name: String,
    },
}

/// A driver image, read and checked.
#[derive(Clone, Debug)]
pub struct Image {
    name: String,
    bytes: Vec<u8>,
    /// Where functions begin, in order, if a linker's map lies beside the image.
    symbols: Vec<(usize, String)>,
}

/// Names for places in a loaded image.
#[derive(Debug)]
pub(crate) struct Places {
    name: String,
    start: usize,
    symbols: Vec<(usize, String)>,
    /// Offset, length and protection of its pageable sections.
    paged: Vec<(usize, usize, Protection)>,
    region: Rc<Region>,
}

impl Places {
    /// Makes the pageable sections inaccessible, or accessible again.
    pub(crate) fn page_out(&self, out: bool) {
        for (at, length, protection) in &self.paged {
            let protection = if out { Protection::None } else { *protection };
            let _ = self.region.protect(*at, *length, protection);
        }
    }

    /// Whether an address is in the image.
    pub(crate) fn has(&self, address: usize) -> bool {
        (self.start..self.start + self.region.length()).contains(&address)
    }

    /// Whether an address is in a pageable section.
    pub(crate) fn is_paged(&self, address: usize) -> bool {
        let offset = address.wrapping_sub(self.start);
        self.paged.iter().any(|(at, length, _)| (*at..at + length).contains(&offset))
    }

    /// An address as image and offset, and the function that it is in.
    pub(crate) fn place(&self, address: usize) -> String {
        let offset = address.wrapping_sub(self.start);
        let behind = self.symbols.partition_point(|(start, _)| *start <= offset);
        let symbol = behind.checked_sub(1).and_then(|index| self.symbols.get(index));
        let file = Path::new(&self.name)
            .file_name()
            .map_or_else(|| self.name.clone().into(), |name| name.to_string_lossy());
        match symbol {
            Some((start, name)) => format!("{file}+{offset:#x} ({name}+{:#x})", offset - start),
            None => format!("{file}+{offset:#x}"),
        }
    }
}

/// The functions of a linker's map (lld-link and link.exe write the same): section and offset,
/// name, address.
fn symbols(map: &str) -> Vec<(usize, String)> {
    let address = |text: &str| usize::from_str_radix(text, 16).ok();
    let base = map
        .lines()
        .find_map(|line| address(line.trim().strip_prefix("Preferred load address is")?.trim()));
    let Some(base) = base else { return Vec::new() };
    let mut found: Vec<(usize, String)> = map
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (place, name, at) = (words.next()?, words.next()?, words.next()?);
            let is_place = place.len() == 13 && place.as_bytes().get(4) == Some(&b':');
            let at = address(at).filter(|at| is_place && at.checked_sub(base).is_some())?;
            Some((at - base, name.to_owned()))
        })
        .collect();
    found.sort();
    found.dedup_by_key(|(at, _)| *at);
    found
}

/// The mapping between the image's offsets and its memory.
struct Layout {
    base: u64,
    size: usize,
    headers: usize,
    entry: usize,
    sections: Vec<Section>,
}

struct Section {
    name: String,
    at: usize,
    /// Bytes in memory.
    size: usize,
    from: usize,
    /// Bytes in the file.
    length: usize,
    protection: Protection,
}

impl Image {
    /// Reads a .sys file.
    ///
    /// # Errors
    ///
    /// [`ImageError`]: unreadable, malformed, for another processor, or with a section that is
    /// writable and executable.
    pub fn read(path: &Path) -> Result<Self, ImageError> {
        let shown = path.display().to_string();
        let bytes = std::fs::read(path)
            .map_err(|why| ImageError::Read { path: shown.clone(), why: why.to_string() })?;
        let map = std::fs::read_to_string(path.with_extension("map")).unwrap_or_default();
        Ok(Self { symbols: symbols(&map), ..Self::parse(&shown, bytes)? })
    }

    /// An image from its bytes; `name` is for messages, and its stem is the driver's service.
    ///
    /// # Errors
    ///
    /// The same as [`read`](Self::read).
    pub fn parse(name: &str, bytes: Vec<u8>) -> Result<Self, ImageError> {
        let image = Self { name: name.to_owned(), bytes, symbols: Vec::new() };
        image.layout()?;
        Ok(image)
    }

    /// Bytes of the file.
    pub fn file_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The name of the driver's service: the file's stem.
    pub fn service(&self) -> String {
        let stem = Path::new(&self.name).file_stem();
        stem.map_or_else(|| self.name.clone(), |stem| stem.to_string_lossy().into_owned())
    }

    fn malformed(&self, why: impl std::fmt::Display) -> ImageError {
        ImageError::Malformed { name: self.name.clone(), why: why.to_string() }
    }

    fn file(&self) -> Result<PeFile64<'_>, ImageError> {
        // For another kind of file a message about headers would not help.
        if self.bytes.is_empty() {
            return Err(self.malformed("the file is empty"));
        }
        if !self.bytes.starts_with(b"MZ") {
            return Err(self.malformed("it is no PE file: it does not begin with MZ"));
        }
        PeFile64::parse(&*self.bytes).map_err(|why| self.malformed(why))
    }

    /// Reads the headers, and validates everything.
    fn layout(&self) -> Result<Layout, ImageError> {
        let file = self.file()?;
        let headers = file.nt_headers();
        let machine = headers.file_header().machine.get(LE);
        if machine.0 != MACHINE {
            return Err(ImageError::Machine { name: self.name.clone(), machine: machine.0 });
        }
        let optional = headers.optional_header();
        if optional.subsystem() != pe::IMAGE_SUBSYSTEM_NATIVE {
            return Err(self.malformed("its subsystem is not NATIVE"));
        }
        let size = optional.size_of_image() as usize;
        let header_size = optional.size_of_headers() as usize;
        let alignment = optional.section_alignment() as usize;
        if alignment == 0 || !alignment.is_multiple_of(PAGE) {
            return Err(self.malformed("its sections are not aligned to pages"));
        }
        if size > 1 << 30 || header_size > size || header_size > self.bytes.len() {
            return Err(self.malformed("its sizes contradict each other"));
        }
        let mut sections = Vec::new();
        let mut end = header_size;
        for section in file.section_table().iter() {
            let name = String::from_utf8_lossy(section.raw_name()).into_owned();
            let at = section.virtual_address.get(LE) as usize;
            let in_memory = section.virtual_size.get(LE) as usize;
            let from = section.pointer_to_raw_data.get(LE) as usize;
            let in_file = section.size_of_raw_data.get(LE) as usize;
            let length = in_file.min(in_memory);
            let flags = section.characteristics.get(LE);
            let (write, run) = (
                flags.0 & pe::IMAGE_SCN_MEM_WRITE.0 != 0,
                flags.0 & pe::IMAGE_SCN_MEM_EXECUTE.0 != 0,
            );
            if write && run {
                return Err(ImageError::WritableCode { name: self.name.clone(), section: name });
            }
            let fits = at >= end
                && at.is_multiple_of(alignment)
                && at.checked_add(in_memory).is_some_and(|end| end <= size)
                && from.checked_add(length).is_some_and(|end| end <= self.bytes.len());
            if !fits {
                return Err(self.malformed(format_args!(
                    "section {name} lies outside the file, which may be cut short"
                )));
            }
            let protection = match (write, run) {
                (true, _) => Protection::ReadWrite,
                (_, true) => Protection::ReadExecute,
                _ => Protection::Read,
            };
            end = at + in_memory;
            sections.push(Section { name, at, size: in_memory, from, length, protection });
        }
        let entry = optional.address_of_entry_point() as usize;
        let code = |section: &&Section| section.protection == Protection::ReadExecute;
        let inside = |section: &Section| (section.at..section.at + section.size).contains(&entry);
        if !sections.iter().filter(code).any(inside) {
            return Err(self.malformed("its entry point is not code"));
        }
        let base = optional.image_base();
        Ok(Layout { base, size, headers: header_size, entry, sections })
    }

    /// Maps the image into memory as for a run, with unbound imports, and unmaps it. None of its
    /// code runs.
    ///
    /// # Errors
    ///
    /// [`ImageError`]: any reason that would prevent loading, except missing imports.
    pub fn rehearse(&self) -> Result<(), ImageError> {
        self.load(|_, _| Some(0)).map(drop)
    }

    /// Maps the image into memory, bound to the host's functions.
    ///
    /// # Errors
    ///
    /// [`ImageError::Imports`] with everything that is missing, [`ImageError::Unsupported`] on
    /// another system.
    pub(crate) fn load(
        &self,
        find: impl Fn(&str, &str) -> Option<usize>,
    ) -> Result<Loaded, ImageError> {
        let layout = self.layout()?;
        let unsupported = || ImageError::Unsupported { name: self.name.clone() };
        if !cfg!(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))) {
            return Err(unsupported());
        }
        let region = Region::new(layout.size).map_err(|why| self.malformed(why))?;
        let mut memory = vec![0; layout.size];
        memory[..layout.headers].copy_from_slice(&self.bytes[..layout.headers]);
        for section in &layout.sections {
            let bytes = &self.bytes[section.from..section.from + section.length];
            memory[section.at..section.at + section.length].copy_from_slice(bytes);
        }
        self.relocate(&mut memory, (region.address() as u64).wrapping_sub(layout.base))?;
        self.bind(&mut memory, find)?;
        self.set_cookie(&mut memory, region.address() as u64)?;
        region.fill(&memory);
        let protect = |at: usize, size: usize, protection| {
            region.protect(at, size.next_multiple_of(PAGE), protection)
        };
        protect(0, layout.headers, Protection::Read).map_err(|why| self.malformed(why))?;
        for section in &layout.sections {
            protect(section.at, section.size, section.protection)
                .map_err(|why| self.malformed(format_args!("{}: {why}", section.name)))?;
        }
        let start = region.address();
        #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
        for section in &layout.sections {
            if section.protection == Protection::ReadExecute {
                native::sync_code(start + section.at, section.size);
            }
        }
        let region = Rc::new(region);
        // Source: section names that begin with PAGE are pageable ("Making Drivers Pageable").
        let pageable = layout.sections.iter().filter(|section| section.name.starts_with("PAGE"));
        let pages = |section: &Section| {
            (section.at, section.size.next_multiple_of(PAGE), section.protection)
        };
        let places = Places {
            name: self.name.clone(),
            start,
            symbols: self.symbols.clone(),
            paged: pageable.map(pages).collect(),
            region: region.clone(),
        };
        Ok(Loaded {
            entry: start + layout.entry,
            #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
            _watch: fault::watch(region.length(), self.unwind_data(&layout, start, memory)?),
            places: Some(places),
            _region: region,
        })
    }

    /// The image's unwind data, with what was put into memory at `start`.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn unwind_data(
        &self,
        layout: &Layout,
        start: usize,
        memory: Vec<u8>,
    ) -> Result<unwind::Table, ImageError> {
        let file = self.file()?;
        let place = file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_EXCEPTION);
        let place =
            place.map_or((0, 0), |place| (place.virtual_address.get(LE), place.size.get(LE)));
        let code = layout.sections.iter().filter(|own| own.protection == Protection::ReadExecute);
        let code = code.map(|own| own.at as u32..(own.at + own.size) as u32).collect();
        Ok(unwind::Table::new(start as u64, memory, code, place))
    }

    /// Adds `by` to every address in the image.
    fn relocate(&self, memory: &mut [u8], by: u64) -> Result<(), ImageError> {
        let file = self.file()?;
        let blocks = file.data_directories().relocation_blocks(&*self.bytes, &file.section_table());
        let Some(mut blocks) = blocks.map_err(|why| self.malformed(why))? else {
            return Err(self.malformed("it has no relocations"));
        };
        while let Some(block) = blocks.next().map_err(|why| self.malformed(why))? {
            for relocation in block {
                let at = relocation.virtual_address as usize;
                match relocation.typ {
                    pe::IMAGE_REL_BASED_ABSOLUTE => {}
                    pe::IMAGE_REL_BASED_DIR64 => {
                        let place = memory.get_mut(at..).and_then(|rest| rest.first_chunk_mut());
                        let place =
                            place.ok_or_else(|| self.malformed("a relocation lies outside"))?;
                        *place = u64::from_le_bytes(*place).wrapping_add(by).to_le_bytes();
                    }
                    other => {
                        return Err(self.malformed(format_args!("a relocation of type {other}")));
                    }
                }
            }
        }
        Ok(())
    }

    /// Sets the image's stack cookie, as Windows does before the entry point; an image built by
    /// MSVC stops itself if it finds the linker's value (the load configuration of the PE format,
    /// `SecurityCookie`).
    fn set_cookie(&self, memory: &mut [u8], start: u64) -> Result<(), ImageError> {
        let file = self.file()?;
        let Some(directory) = file.data_directory(pe::IMAGE_DIRECTORY_ENTRY_LOAD_CONFIG) else {
            return Ok(());
        };
        let at = directory.virtual_address.get(LE) as usize;
        let word = |from: usize, memory: &[u8]| -> Option<u64> {
            let bytes = memory.get(from..from.checked_add(8)?)?;
            bytes.try_into().ok().map(u64::from_le_bytes)
        };
        let place = word(at.saturating_add(SECURITY_COOKIE), memory);
        let (Some(size), Some(place)) = (word(at, memory), place) else { return Ok(()) };
        // Size, a ULONG, says how much of the structure there is.
        if size & 0xFFFF_FFFF < SECURITY_COOKIE as u64 + 8 || place == 0 {
            return Ok(());
        }
        let place = place.checked_sub(start).and_then(|place| usize::try_from(place).ok());
        let bytes = place.and_then(|place| memory.get_mut(place..place.checked_add(8)?));
        let bytes = bytes.ok_or_else(|| self.malformed("its security cookie lies outside"))?;
        bytes.copy_from_slice(&COOKIE.to_le_bytes());
        Ok(())
    }

    /// Fills the import address table.
    fn bind(
        &self,
        memory: &mut [u8],
        find: impl Fn(&str, &str) -> Option<usize>,
    ) -> Result<(), ImageError> {
        let mut missing = Vec::new();
        for import in self.imports()? {
            match find(&import.library, &import.function) {
                Some(address) => {
                    let place = memory.get_mut(import.slot..import.slot + 8);
                    let place = place.ok_or_else(|| self.malformed("an import lies outside"))?;
                    place.copy_from_slice(&(address as u64).to_le_bytes());
                }
                None => missing.push(format!("{}!{}", import.library, import.function)),
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(ImageError::Imports { name: self.name.clone(), missing })
        }
    }

    fn imports(&self) -> Result<Vec<Imported>, ImageError> {
        let file = self.file()?;
        let bad = |why: object::Error| self.malformed(why);
        let Some(table) = file.import_table().map_err(bad)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut descriptors = table.descriptors().map_err(bad)?;
        while let Some(descriptor) = descriptors.next().map_err(bad)? {
            let library = table.name(descriptor.name.get(LE)).map_err(bad)?;
            let library = String::from_utf8_lossy(library).into_owned();
            let names = match descriptor.original_first_thunk.get(LE) {
                0 => descriptor.first_thunk.get(LE),
                names => names,
            };
            let mut thunks = table.thunks(names).map_err(bad)?;
            let mut slot = descriptor.first_thunk.get(LE) as usize;
            while let Some(thunk) = thunks.next::<pe::ImageNtHeaders64>().map_err(bad)? {
                let import = table.import::<pe::ImageNtHeaders64>(thunk).map_err(bad)?;
                let function = match import {
                    Import::Name(_, name) => String::from_utf8_lossy(name).into_owned(),
                    Import::Ordinal(number) => format!("#{number}"),
                };
                found.push(Imported { library: library.clone(), function, slot });
                slot += 8;
            }
        }
        Ok(found)
    }
}

struct Imported {
    library: String,
    function: String,
    /// The offset in the image for its address.
    slot: usize,
}

/// Where IMAGE_LOAD_CONFIG_DIRECTORY64 has the address of the cookie.
const SECURITY_COOKIE: usize = 0x58;

/// Any number but the linker's own, with the upper 16 bits clear. Always the same, so that runs are
/// reproducible.
const COOKIE: u64 = 0x0000_AC5A_0DE1_7B39;

/// An image in memory. Unmapped when dropped: none of its code may then run.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) entry: usize,
    /// For the reports of the machine that it is loaded into.
    pub(crate) places: Option<Places>,
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    _watch: Option<standing::Watch>,
    _region: Rc<Region>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_where_functions_begin_and_nothing_else() {
        let map = " driver\r\n Preferred load address is 0000000140000000\r\n\
             Start         Length     Name                   Class\r\n \
             0001:00000000 00001000H  .text                  CODE\r\n\
             Address         Publics by Value              Rva+Base       Lib:Object\r\n \
             0001:00000040       later      0000000140001040 f   one.obj\r\n \
             0001:00000000       first      0000000140001000 f   one.obj\r\n \
             0001:00000000       same       0000000140001000 f   two.obj\r\n \
             0000:00000000       absolute   0000000000000000     <absolute>\r\n \
             0001-00000050       no_place   0000000140001050 f   one.obj\r\n \
             0001:000000         short      0000000140001060 f   one.obj\r\n";
        let found = symbols(map);
        assert_eq!(found, [(0x1000, "first".to_owned()), (0x1040, "later".to_owned())]);
        let start = map.find("Start").expect("it is there");
        assert_eq!(symbols(&map[start..]), [], "offsets are from an address that it does not say");
    }

    #[test]
    fn a_place_is_told_from_the_function_before_it() {
        let region = Region::new(3 * PAGE).expect("there is memory");
        let start = region.address();
        let places = Places {
            name: "folder/tiny.sys".to_owned(),
            start,
            symbols: vec![(0x1000, "first".to_owned()), (0x1040, "later".to_owned())],
            paged: vec![(PAGE, PAGE, Protection::ReadExecute)],
            region: Rc::new(region),
        };
        for (offset, words) in [
            (0xFFF, "tiny.sys+0xfff"),
            (0x1000, "tiny.sys+0x1000 (first+0x0)"),
            (0x103F, "tiny.sys+0x103f (first+0x3f)"),
            (0x1040, "tiny.sys+0x1040 (later+0x0)"),
            (0x2FFF, "tiny.sys+0x2fff (later+0x1fbf)"),
        ] {
            assert_eq!(places.place(start + offset), words);
        }
        for (offset, is_inside, is_paged) in [
            (usize::MAX, false, false),
            (0, true, false),
            (PAGE - 1, true, false),
            (PAGE, true, true),
            (2 * PAGE - 1, true, true),
            (2 * PAGE, true, false),
            (3 * PAGE - 1, true, false),
            (3 * PAGE, false, false),
        ] {
            let address = start.wrapping_add(offset);
            let found = (places.has(address), places.is_paged(address));
            assert_eq!(found, (is_inside, is_paged), "{offset:#x}");
        }
    }
}
