//! The Windows implementation: sections, mapped over placeholders, which need only page alignment
//! (Windows 10 1803).
//!
//! On a system without placeholders (Wine 8), a client's view is a separate copy, and the host
//! synchronizes both: it copies the client's writes when a call enters, and the drivers' writes
//! when the outermost call returns. Client and driver run on one thread, so neither sees a
//! difference.

use std::cell::RefCell;
use std::ffi::c_void;
use std::io;
use std::ptr::{null, null_mut};
use std::rc::{Rc, Weak};

use super::{PAGE, Protection};
use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Memory as memory;
use windows_sys::Win32::System::Threading::GetCurrentProcess;

/// Pages that the kernel has mapped once and that can be mapped again for a client.
#[derive(Debug)]
pub(crate) struct SharedPages {
    section: Section,
    view: View,
    length: usize,
}

/// A client's contiguous view of one or more ranges of pages.
#[derive(Debug)]
pub(crate) struct Mapping(Way);

#[derive(Debug)]
enum Way {
    Placed(Placed),
    Mirrored(Rc<Mirror>),
}

/// A section of the paging file.
#[derive(Debug)]
struct Section(HANDLE);

/// A whole section, mapped at an address that the system chooses.
#[derive(Debug)]
struct View(usize);

/// A range with sections in it, page by page.
#[derive(Debug)]
struct Placed {
    address: usize,
    /// Where the views begin.
    views: Vec<usize>,
    /// The start of the remaining placeholder.
    rest: usize,
    end: usize,
}

/// A client's memory and its sources.
#[derive(Debug)]
struct Mirror {
    address: usize,
    /// The contents of both sides at the last synchronization.
    alike: RefCell<Vec<u64>>,
    /// For each range: a view of its section, offset, length.
    pieces: Vec<(View, usize, usize)>,
}

thread_local! {
    static MIRRORS: RefCell<Vec<Weak<Mirror>>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Section {
    fn drop(&mut self) {
        // SAFETY: a handle that only this value owns.
        unsafe { CloseHandle(self.0) };
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: a view that only this value owns.
        unsafe { memory::UnmapViewOfFile(address_of(self.0)) };
    }
}

fn address_of(view: usize) -> memory::MEMORY_MAPPED_VIEW_ADDRESS {
    memory::MEMORY_MAPPED_VIEW_ADDRESS { Value: view as *mut c_void }
}

impl Section {
    fn new(length: usize) -> io::Result<Self> {
        let (high, low) = ((length as u64 >> 32) as u32, length as u32);
        // SAFETY: no file, no attributes, no name.
        let section = unsafe {
            memory::CreateFileMappingW(
                INVALID_HANDLE_VALUE,
                null(),
                memory::PAGE_READWRITE,
                high,
                low,
                null(),
            )
        };
        if section.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(section)) }
    }

    fn view(&self) -> io::Result<View> {
        let access = memory::FILE_MAP_READ | memory::FILE_MAP_WRITE;
        // SAFETY: the whole of a section of this process, at an address of the system's choice.
        let view = unsafe { memory::MapViewOfFile(self.0, access, 0, 0, 0) };
        if view.Value.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(View(view.Value as usize))
    }
}

impl SharedPages {
    /// `length` zeroed bytes, a whole number of pages.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        let section = Section::new(length)?;
        let view = section.view()?;
        Ok(Self { section, view, length })
    }

    /// Sets the kernel's access to them.
    pub(crate) fn protect(&self, protection: Protection) -> io::Result<()> {
        protect(self.view.0, self.length, protection)
    }

    pub(crate) fn address(&self) -> usize {
        self.view.0
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }
}

impl Placed {
    /// None: the system knows no placeholders.
    fn reserve(length: usize) -> Option<Self> {
        // SAFETY: no process but this one, an address of the system's choice, no further
        // parameters.
        let address = unsafe {
            memory::VirtualAlloc2(
                null_mut(),
                null(),
                length,
                memory::MEM_RESERVE | memory::MEM_RESERVE_PLACEHOLDER,
                memory::PAGE_NOACCESS,
                null_mut(),
                0,
            )
        } as usize;
        (address != 0).then(|| Self {
            address,
            views: Vec::new(),
            rest: address,
            end: address + length,
        })
    }

    /// Maps `length` bytes of a section from `offset` after the previous ranges.
    fn place(&mut self, section: &Section, offset: usize, length: usize) -> io::Result<()> {
        assert!(self.rest + length <= self.end, "a piece lies inside its view");
        if self.rest + length < self.end {
            let split = memory::MEM_RELEASE | memory::MEM_PRESERVE_PLACEHOLDER;
            // SAFETY: a part of this value's own placeholder, which becomes a placeholder by
            // itself.
            if unsafe { memory::VirtualFree(self.rest as *mut c_void, length, split) } == 0 {
                return Err(io::Error::last_os_error());
            }
        }
        // SAFETY: a placeholder of exactly this length, and pages of a section of this process.
        let view = unsafe {
            memory::MapViewOfFile3(
                section.0,
                GetCurrentProcess(),
                self.rest as *const c_void,
                offset as u64,
                length,
                memory::MEM_REPLACE_PLACEHOLDER,
                memory::PAGE_READWRITE,
                null_mut(),
                0,
            )
        };
        if view.Value.is_null() {
            return Err(io::Error::last_os_error());
        }
        self.views.push(self.rest);
        self.rest += length;
        Ok(())
    }
}

impl Drop for Placed {
    fn drop(&mut self) {
        for view in &self.views {
            // SAFETY: a view that this value placed.
            unsafe { memory::UnmapViewOfFile(address_of(*view)) };
        }
        if self.rest < self.end {
            // SAFETY: the rest of this value's placeholder.
            unsafe { memory::VirtualFree(self.rest as *mut c_void, 0, memory::MEM_RELEASE) };
        }
    }
}

impl Mirror {
    fn new(pieces: &[(&SharedPages, usize, usize)]) -> io::Result<Rc<Self>> {
        let length = pieces.iter().map(|piece| piece.2).sum();
        let own = |(pages, offset, length): &(&SharedPages, usize, usize)| {
            pages.section.view().map(|view| (view, *offset, *length))
        };
        let pieces = pieces.iter().map(own).collect::<Result<_, _>>()?;
        let address = private(length)?;
        let alike = RefCell::new(vec![0; length / 8]);
        let mirror = Rc::new(Self { address, alike, pieces });
        MIRRORS.with_borrow_mut(|mirrors| mirrors.push(Rc::downgrade(&mirror)));
        mirror.show();
        Ok(mirror)
    }

    /// Each word of the client's memory: its address, and the address of the driver's word that it
    /// copies. Ranges are whole pages.
    fn words(&self) -> impl Iterator<Item = (*mut u64, *mut u64)> {
        let places = self.pieces.iter().flat_map(|(view, offset, length)| {
            let start = view.0 + offset;
            (start..start + length).step_by(8)
        });
        let own = (self.address..).step_by(8);
        own.zip(places).map(|(own, place)| (own as *mut u64, place as *mut u64))
    }

    /// Copies the client's new writes to the driver's side.
    fn take(&self) {
        let mut alike = self.alike.borrow_mut();
        for ((own, place), alike) in self.words().zip(alike.iter_mut()) {
            // SAFETY: inside this value's own memory, on a word.
            let word = unsafe { own.read_volatile() };
            if word != *alike {
                *alike = word;
                // SAFETY: inside a view that this value keeps, on a word.
                unsafe { place.write_volatile(word) };
            }
        }
    }

    /// Copies the driver's side to the client.
    fn show(&self) {
        let mut alike = self.alike.borrow_mut();
        for ((own, place), alike) in self.words().zip(alike.iter_mut()) {
            // SAFETY: inside a view that this value keeps, on a word.
            let word = unsafe { place.read_volatile() };
            if word != *alike {
                *alike = word;
                // SAFETY: inside this value's own memory, on a word.
                unsafe { own.write_volatile(word) };
            }
        }
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        // SAFETY: memory that only this value owns.
        unsafe { memory::VirtualFree(self.address as *mut c_void, 0, memory::MEM_RELEASE) };
    }
}

/// Memory for an image.
#[derive(Debug)]
pub(crate) struct Region {
    address: usize,
    length: usize,
}

impl Region {
    /// Allocates `length` zeroed bytes, rounded up to pages, readable and writable.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        let length = length.next_multiple_of(PAGE);
        Ok(Self { address: private(length)?, length })
    }

    pub(crate) fn address(&self) -> usize {
        self.address
    }

    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Copies `bytes` to the beginning, before any page is protected.
    pub(crate) fn fill(&self, bytes: &[u8]) {
        assert!(bytes.len() <= self.length, "the region was made for them");
        // SAFETY: the region is that long and writable, and no other code has its address yet.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.address as *mut u8, bytes.len());
        }
    }

    /// Protects whole pages.
    pub(crate) fn protect(
        &self,
        at: usize,
        length: usize,
        protection: Protection,
    ) -> io::Result<()> {
        protect(self.address + at, length.min(self.length - at), protection)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: memory that only this value owns.
        unsafe { memory::VirtualFree(self.address as *mut c_void, 0, memory::MEM_RELEASE) };
    }
}

/// Protects whole pages that the caller owns.
fn protect(address: usize, length: usize, protection: Protection) -> io::Result<()> {
    let bits = match protection {
        Protection::None => memory::PAGE_NOACCESS,
        Protection::Read => memory::PAGE_READONLY,
        Protection::ReadWrite => memory::PAGE_READWRITE,
        Protection::ReadExecute => memory::PAGE_EXECUTE_READ,
    };
    let mut before = 0;
    // SAFETY: pages that the caller owns.
    if unsafe { memory::VirtualProtect(address as *const c_void, length, bits, &raw mut before) }
        == 0
    {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The address of `length` zeroed bytes of this process's own.
fn private(length: usize) -> io::Result<usize> {
    let kind = memory::MEM_RESERVE | memory::MEM_COMMIT;
    // SAFETY: new memory at an address of the system's choice.
    let address = unsafe { memory::VirtualAlloc(null(), length, kind, memory::PAGE_READWRITE) };
    if address.is_null() { Err(io::Error::last_os_error()) } else { Ok(address as usize) }
}

impl Mapping {
    /// Maps whole pages: (pages, offset, length) each.
    pub(crate) fn new(pieces: &[(&SharedPages, usize, usize)]) -> io::Result<Self> {
        let Some(mut placed) = Placed::reserve(pieces.iter().map(|piece| piece.2).sum()) else {
            return Mirror::new(pieces).map(|mirror| Self(Way::Mirrored(mirror)));
        };
        for (pages, offset, length) in pieces {
            placed.place(&pages.section, *offset, *length)?;
        }
        Ok(Self(Way::Placed(placed)))
    }

    pub(crate) fn address(&self) -> usize {
        match &self.0 {
            Way::Placed(placed) => placed.address,
            Way::Mirrored(mirror) => mirror.address,
        }
    }
}

fn each_mirror(act: impl Fn(&Mirror)) {
    MIRRORS.with_borrow_mut(|mirrors| {
        mirrors.retain(|mirror| mirror.upgrade().inspect(|mirror| act(mirror)).is_some());
    });
}

/// A call enters: copies the clients' writes to the drivers' side.
pub(crate) fn arrive() {
    each_mirror(Mirror::take);
}

/// The outermost call returns: copies the drivers' writes to the clients.
pub(crate) fn leave() {
    each_mirror(Mirror::show);
}
