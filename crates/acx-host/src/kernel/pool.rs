//! Pool and MDLs. A block below a page lies between two guards that are checked when it is freed; a block of a page or more is page aligned
//! and can be mapped for a client, and what is left of its last page is a guard.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::collections::HashMap;

use acx_sys::{MDL, MDL_MAPPED_TO_SYSTEM_VA, MDL_SOURCE_IS_NONPAGED_POOL, PMDL};

use crate::kernel::Kernel;
use crate::os::{Mapping, PAGE, SharedPages};
use crate::report::Rule;

const GUARD: usize = 16;
const PATTERN: u8 = 0xFD;

enum Memory {
    /// Between guards.
    Small(Layout),
    Pages(SharedPages),
}

struct Block {
    memory: Memory,
    length: usize,
    tag: u32,
}

impl Block {
    /// Side, address and length of what the driver must leave alone around its bytes at `address`.
    fn guards(&self, address: usize) -> Vec<(&'static str, usize, usize)> {
        let end = address + self.length;
        match &self.memory {
            Memory::Small(_) => vec![("before", address - GUARD, GUARD), ("behind", end, GUARD)],
            Memory::Pages(pages) => vec![("behind", end, pages.length() - self.length)],
        }
    }
}

/// What the driver has allocated.
#[derive(Default)]
pub(crate) struct Pool {
    blocks: RefCell<HashMap<usize, Block>>,
    mdls: RefCell<HashMap<usize, Box<MDL>>>,
}

fn tag_text(tag: u32) -> String {
    String::from_utf8_lossy(&tag.to_le_bytes()).into_owned()
}

impl Pool {
    /// Zeroed memory; 0 if there is none.
    pub(crate) fn allocate(&self, length: usize, tag: u32) -> usize {
        let (address, memory) = if length >= PAGE {
            match SharedPages::new(length.next_multiple_of(PAGE)) {
                Ok(pages) => (pages.address(), Memory::Pages(pages)),
                Err(_) => return 0,
            }
        } else {
            let Ok(layout) = Layout::from_size_align(length + 2 * GUARD, 16) else { return 0 };
            // SAFETY: the layout has a size.
            let start = unsafe { alloc_zeroed(layout) };
            if start.is_null() {
                return 0;
            }
            (start as usize + GUARD, Memory::Small(layout))
        };
        let block = Block { memory, length, tag };
        for (_, start, bytes) in block.guards(address) {
            // SAFETY: guards lie inside the allocation.
            unsafe { (start as *mut u8).write_bytes(PATTERN, bytes) };
        }
        self.blocks.borrow_mut().insert(address, block);
        address
    }

    pub(crate) fn free(&self, kernel: &Kernel, address: usize, tag: Option<u32>) {
        // The MDL of MmAllocatePagesForMdl is freed as pool.
        if self.mdls.borrow_mut().remove(&address).is_some() {
            return;
        }
        let Some(block) = self.blocks.borrow_mut().remove(&address) else {
            let what = format!("{address:#x} freed, which is no pool block (any more)");
            kernel.violate(Rule::BadFree, what);
            return;
        };
        if let Some(tag) = tag.filter(|tag| *tag != block.tag && *tag != 0) {
            let (tag, own) = (tag_text(tag), tag_text(block.tag));
            kernel.violate(Rule::BadFree, format!("block of tag '{own}' freed with tag '{tag}'"));
        }
        for (side, start, bytes) in block.guards(address) {
            let guard = start as *const u8;
            // SAFETY: guards lie inside the allocation, which is still there.
            if !(0..bytes).all(|at| unsafe { guard.add(at).read() } == PATTERN) {
                let (tag, length) = (tag_text(block.tag), block.length);
                let what =
                    format!("bytes {side} a block of {length} bytes, tag '{tag}', were changed");
                kernel.violate(Rule::PoolOverrun, what);
            }
        }
        if let Memory::Small(layout) = block.memory {
            // SAFETY: allocated with this layout, and freed once: the block is off the list.
            unsafe { dealloc((address - GUARD) as *mut u8, layout) };
        }
    }

    /// An MDL over `length` bytes at `address`.
    pub(crate) fn allocate_mdl(&self, address: usize, length: u32) -> PMDL {
        let mut mdl = Box::new(MDL {
            StartVa: (address & !(PAGE - 1)) as *mut _,
            ByteOffset: (address & (PAGE - 1)) as u32,
            ByteCount: length,
            ..Default::default()
        });
        let place: PMDL = &raw mut *mdl;
        self.mdls.borrow_mut().insert(place as usize, mdl);
        place
    }

    pub(crate) fn build_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        match self.mdls.borrow_mut().get_mut(&(mdl as usize)) {
            Some(mdl) => {
                mdl.MappedSystemVa = mdl.StartVa.wrapping_byte_add(mdl.ByteOffset as usize);
                mdl.MdlFlags |= (MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA) as i16;
            }
            None => kernel.violate(Rule::BadFree, "an MDL that was never allocated".to_owned()),
        }
    }

    /// Pages of their own, described by an MDL, for MmAllocatePagesForMdl; null if there are none.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn allocate_pages(&self, kernel: &Kernel, length: usize) -> PMDL {
        let length = length.next_multiple_of(PAGE);
        let address = self.allocate(length, u32::from_le_bytes(*b"MmPg"));
        if address == 0 {
            return std::ptr::null_mut();
        }
        let mdl = self.allocate_mdl(address, length as u32);
        self.lock_mdl(kernel, mdl);
        mdl
    }

    /// Gives the pages back; the MDL stays until it is freed as pool.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn free_pages(&self, kernel: &Kernel, mdl: PMDL) {
        let Some((start, ..)) = self.mdl(mdl) else {
            kernel.violate(Rule::BadFree, "an MDL freed that is none (any more)".to_owned());
            return;
        };
        self.free(kernel, start, None);
    }

    /// The memory that an MDL describes is locked.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub(crate) fn lock_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        // MDL_PAGES_LOCKED.
        match self.mdls.borrow_mut().get_mut(&(mdl as usize)) {
            Some(mdl) => mdl.MdlFlags |= 0x2,
            None => kernel.violate(Rule::BadFree, "an MDL that was never allocated".to_owned()),
        }
    }

    /// Where the kernel sees the memory of an MDL.
    pub(crate) fn map_mdl(&self, kernel: &Kernel, mdl: PMDL) -> acx_sys::PVOID {
        match self.mdls.borrow_mut().get_mut(&(mdl as usize)) {
            Some(mdl) => {
                mdl.MappedSystemVa = mdl.StartVa.wrapping_byte_add(mdl.ByteOffset as usize);
                mdl.MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA as i16;
                mdl.MappedSystemVa
            }
            None => {
                kernel.violate(Rule::BadFree, "an MDL that was never allocated".to_owned());
                std::ptr::null_mut()
            }
        }
    }

    pub(crate) fn free_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        if self.mdls.borrow_mut().remove(&(mdl as usize)).is_none() {
            kernel.violate(Rule::BadFree, "an MDL freed that is none (any more)".to_owned());
        }
    }

    /// Address, length and state of an MDL that the driver has: start, offset, bytes, built.
    pub(crate) fn mdl(&self, mdl: PMDL) -> Option<(usize, usize, usize, bool)> {
        let mdls = self.mdls.borrow();
        let mdl = mdls.get(&(mdl as usize))?;
        let built = mdl.MdlFlags as u32 & MDL_SOURCE_IS_NONPAGED_POOL != 0;
        Some((mdl.StartVa as usize, mdl.ByteOffset as usize, mdl.ByteCount as usize, built))
    }

    /// Maps whole pages of pool, (address, length) each, one behind the other for a client.
    pub(crate) fn map(&self, pieces: &[(usize, usize)]) -> std::io::Result<Mapping> {
        let blocks = self.blocks.borrow();
        let mut found = Vec::new();
        for (address, length) in pieces {
            let pages = blocks.iter().find_map(|(start, block)| match &block.memory {
                Memory::Pages(pages)
                    if *start <= *address && address + length <= start + pages.length() =>
                {
                    Some((pages, address - start, *length))
                }
                _ => None,
            });
            found.push(pages.ok_or_else(|| std::io::Error::other("no pages of pool"))?);
        }
        Mapping::new(&found)
    }

    /// Whether `length` bytes at `address` are all zero.
    pub(crate) fn is_zero(address: usize, length: usize) -> bool {
        let start = address as *const u8;
        // SAFETY: asked for memory that the driver has just described by an MDL over its own pool block.
        (0..length).all(|at| unsafe { start.add(at).read_volatile() } == 0)
    }

    /// At unload nothing may be left.
    pub(crate) fn check_empty(&self, kernel: &Kernel) {
        for block in self.blocks.borrow().values() {
            let what = format!("{} bytes, tag '{}'", block.length, tag_text(block.tag));
            kernel.violate(Rule::PoolLeak, what);
        }
        for mdl in self.mdls.borrow().values() {
            kernel.violate(Rule::MdlLeak, format!("an MDL of {} bytes", mdl.ByteCount));
        }
    }
}
