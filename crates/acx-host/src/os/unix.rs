//! The Unix implementation: anonymous shared-memory files, mapped at fixed addresses of a reserved
//! range.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use super::{PAGE, Protection};

/// Pages that the kernel has mapped once and that can be mapped again for a client.
#[derive(Debug)]
pub(crate) struct SharedPages {
    file: File,
    view: View,
}

/// A client's contiguous view of one or more ranges of pages.
#[derive(Debug)]
pub(crate) struct Mapping {
    view: View,
}

impl SharedPages {
    /// Allocates `length` zeroed bytes, a whole number of pages, followed by a guard page.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        let file = File::new(length)?;
        let view = View::reserve(length + PAGE)?;
        view.place(0, &file, 0, length)?;
        Ok(Self { file, view })
    }

    /// Sets the kernel's access to them.
    pub(crate) fn protect(&self, protection: Protection) -> io::Result<()> {
        self.view.protect(0, self.length(), protection)
    }

    pub(crate) fn address(&self) -> usize {
        self.view.address()
    }

    pub(crate) fn length(&self) -> usize {
        self.view.length() - PAGE
    }
}

impl Mapping {
    /// Maps whole pages: (pages, offset, length) each.
    pub(crate) fn new(pieces: &[(&SharedPages, usize, usize)]) -> io::Result<Self> {
        let view = View::reserve(pieces.iter().map(|piece| piece.2).sum())?;
        let mut at = 0;
        for (pages, offset, length) in pieces {
            view.place(at, &pages.file, *offset, *length)?;
            at += length;
        }
        Ok(Self { view })
    }

    pub(crate) fn address(&self) -> usize {
        self.view.address()
    }
}

/// Memory for an image.
#[derive(Debug)]
pub(crate) struct Region {
    view: View,
}

impl Region {
    /// Allocates `length` zeroed bytes, rounded up to pages, readable and writable.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        let view = View::reserve(length.next_multiple_of(PAGE))?;
        view.protect(0, view.length(), Protection::ReadWrite)?;
        Ok(Self { view })
    }

    pub(crate) fn address(&self) -> usize {
        self.view.address()
    }

    pub(crate) fn length(&self) -> usize {
        self.view.length()
    }

    /// Copies `bytes` to the beginning, before any page is protected.
    pub(crate) fn fill(&self, bytes: &[u8]) {
        assert!(bytes.len() <= self.length(), "the region was made for them");
        // SAFETY: the region is that long and mapped for writing, and no other code has its address
        // yet.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.address() as *mut u8, bytes.len());
        }
    }

    /// Protects whole pages.
    pub(crate) fn protect(
        &self,
        at: usize,
        length: usize,
        protection: Protection,
    ) -> io::Result<()> {
        self.view.protect(at, length.min(self.length() - at), protection)
    }
}

/// Does nothing: both mappings are the same memory.
pub(crate) fn arrive() {}

/// Does nothing, as in [`arrive`].
pub(crate) fn leave() {}

#[derive(Debug)]
struct File(OwnedFd);

impl File {
    fn new(length: usize) -> io::Result<Self> {
        let descriptor = open()?;
        let length = libc::off_t::try_from(length).map_err(io::Error::other)?;
        // SAFETY: a descriptor that this value owns.
        if unsafe { libc::ftruncate(descriptor.as_raw_fd(), length) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self(descriptor))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn open() -> io::Result<OwnedFd> {
    // SAFETY: a terminated name and a documented flag.
    let descriptor = unsafe { libc::memfd_create(c"acx-host".as_ptr(), libc::MFD_CLOEXEC) };
    own(descriptor)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn open() -> io::Result<OwnedFd> {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = std::ffi::CString::new(format!("/acx-host-{}-{number}", std::process::id()))?;
    let flags = libc::O_RDWR | libc::O_CREAT | libc::O_EXCL;
    // SAFETY: a terminated name; the mode is for the owner only.
    let descriptor = own(unsafe { libc::shm_open(name.as_ptr(), flags, 0o600) })?;
    // SAFETY: the same name; the memory lives as long as the descriptor.
    unsafe { libc::shm_unlink(name.as_ptr()) };
    Ok(descriptor)
}

fn own(descriptor: libc::c_int) -> io::Result<OwnedFd> {
    if descriptor < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just returned it, and it has no other owner.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}

/// Reserves a range of addresses.
#[derive(Debug)]
pub(crate) struct View {
    address: usize,
    length: usize,
}

impl View {
    fn reserve(length: usize) -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANON;
        // SAFETY: a new mapping at an address of the system's choice.
        let address =
            unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { address: address as usize, length })
    }

    /// Maps `length` bytes of `file` from `offset` at `at` of the view.
    fn place(&self, at: usize, file: &File, offset: usize, length: usize) -> io::Result<()> {
        assert!(at + length <= self.length, "a piece lies inside its view");
        let offset = libc::off_t::try_from(offset).map_err(io::Error::other)?;
        let flags = libc::MAP_SHARED | libc::MAP_FIXED;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: inside the range that `reserve` set aside for this view, so nothing else is
        // replaced.
        let address = unsafe {
            libc::mmap(
                (self.address + at) as *mut libc::c_void,
                length,
                protection,
                flags,
                file.0.as_raw_fd(),
                offset,
            )
        };
        if address == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Sets the access to a part of the view.
    fn protect(&self, at: usize, length: usize, protection: Protection) -> io::Result<()> {
        assert!(at + length <= self.length, "a part lies inside its view");
        let bits = match protection {
            Protection::None => libc::PROT_NONE,
            Protection::Read => libc::PROT_READ,
            Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
            Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
        };
        // SAFETY: a part of the range that `reserve` set aside for this view.
        if unsafe { libc::mprotect((self.address + at) as *mut libc::c_void, length, bits) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    fn address(&self) -> usize {
        self.address
    }

    fn length(&self) -> usize {
        self.length
    }
}

impl Drop for View {
    fn drop(&mut self) {
        // SAFETY: the range belongs to this view, and nothing uses it any more.
        unsafe { libc::munmap(self.address as *mut libc::c_void, self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first byte of a page.
    fn at(address: usize) -> *mut u8 {
        address as *mut u8
    }

    #[test]
    fn a_mapping_has_its_pieces_one_after_the_other() {
        let [one, two] = [(); 2].map(|()| SharedPages::new(2 * PAGE).expect("there is memory"));
        let pieces = [(&two, PAGE, PAGE), (&one, 0, 2 * PAGE)];
        let mapping = Mapping::new(&pieces).expect("there is room");
        for (value, address) in [
            (1, one.address()),
            (2, one.address() + PAGE),
            (3, two.address()),
            (4, two.address() + PAGE),
        ] {
            // SAFETY: a mapped page that only this test uses.
            unsafe { at(address).write_volatile(value) };
        }
        let pages = [0, PAGE, 2 * PAGE];
        // SAFETY: the mapping has three pages.
        let found = pages.map(|page| unsafe { at(mapping.address() + page).read_volatile() });
        assert_eq!(found, [4, 1, 2]);
    }

    #[test]
    fn protection_ends_with_the_region() {
        let region = Region::new(PAGE + 1).expect("there is memory");
        assert_eq!(region.length(), 2 * PAGE);
        for (from, length) in [(0, 3 * PAGE), (PAGE, 2 * PAGE), (PAGE, PAGE)] {
            assert!(region.protect(from, length, Protection::ReadWrite).is_ok(), "{from} {length}");
        }
    }
}
