//! Pool and MDLs, like Driver Verifier's special pool.
//!
//! A block of an image ends at an inaccessible page, so an overrun stops at the faulting
//! instruction. For a linked-in driver a fault would end the process, so its small blocks have a
//! guard on both sides, which is checked when they are freed. Freed blocks stay inaccessible for a
//! while, so that a later access or a double free is found. Paged blocks of an image are
//! inaccessible at DISPATCH_LEVEL. A block of a page or more is page aligned and can be mapped for
//! a client.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};

use acx_sys::{MDL, MDL_MAPPED_TO_SYSTEM_VA, MDL_SOURCE_IS_NONPAGED_POOL, PMDL};

use crate::kernel::Kernel;
use crate::kernel::abi::Convention;
use crate::kernel::loaded;
use crate::kernel::locks::Locks;
use crate::kernel::report::Rule;
use crate::os::{Mapping, PAGE, Protection, Region, SharedPages};

const GUARD: usize = 16;
const PATTERN: u8 = 0xFD;
/// The contents of a freed block.
const POISON: u8 = 0xDD;
/// The number of freed blocks that are kept inaccessible.
const QUARANTINE: usize = 64;

enum BlockMemory {
    /// Between guards, in the process's own heap.
    Small(Layout),
    /// At the end of a page, before an inaccessible one.
    Special(Region),
    /// Whole pages.
    Pages(SharedPages),
}

struct Block {
    memory: BlockMemory,
    length: usize,
    tag: u32,
    paged: bool,
    /// The number of the driver that it belongs to.
    owner: u32,
    /// A fault in it ends an image's call; for a linked-in driver it would end the process.
    may_fault: bool,
}

/// A side of a block.
#[derive(Clone, Copy)]
enum Side {
    Before,
    Behind,
}

impl Block {
    fn new(
        length: usize,
        tag: u32,
        paged: bool,
        (owner, special): (u32, bool),
    ) -> Option<(usize, Self)> {
        let (address, memory) = if length >= PAGE {
            let pages = SharedPages::new(length.checked_next_multiple_of(PAGE)?).ok()?;
            (pages.address(), BlockMemory::Pages(pages))
        } else if special {
            let region = Region::new(2 * PAGE).ok()?;
            region.protect(PAGE, PAGE, Protection::None).ok()?;
            (region.address() + PAGE - length.next_multiple_of(GUARD), BlockMemory::Special(region))
        } else {
            let layout = Layout::from_size_align(length + 2 * GUARD, 16).ok()?;
            // SAFETY: the layout has a size.
            let start = unsafe { alloc_zeroed(layout) };
            if start.is_null() {
                return None;
            }
            (start as usize + GUARD, BlockMemory::Small(layout))
        };
        let block = Self { memory, length, tag, paged, owner, may_fault: special };
        for (_, start, bytes) in block.guards(address) {
            // SAFETY: guards lie inside the allocation.
            unsafe { (start as *mut u8).write_bytes(PATTERN, bytes) };
        }
        Some((address, block))
    }

    /// Returns side, address and length of the guards around the driver's bytes at `address`.
    fn guards(&self, address: usize) -> Vec<(Side, usize, usize)> {
        let end = address + self.length;
        match &self.memory {
            BlockMemory::Small(_) => {
                vec![(Side::Before, address - GUARD, GUARD), (Side::Behind, end, GUARD)]
            }
            BlockMemory::Special(region) => {
                let (start, edge) = (region.address(), region.address() + PAGE);
                vec![(Side::Before, start, address - start), (Side::Behind, end, edge - end)]
            }
            BlockMemory::Pages(pages) => vec![(Side::Behind, end, pages.length() - self.length)],
        }
    }

    /// Checks the guards, and reports a violation if the driver has changed them.
    fn check_guards(&self, kernel: &Kernel, address: usize) {
        for (side, start, bytes) in self.guards(address) {
            let guard = start as *const u8;
            // SAFETY: guards lie inside the allocation, which is still there and within reach.
            if !(0..bytes).all(|at| unsafe { guard.add(at).read() } == PATTERN) {
                let (rule, side) = match side {
                    Side::Before => (Rule::PoolUnderrun, "before"),
                    Side::Behind => (Rule::PoolOverrun, "behind"),
                };
                kernel.violate(rule, format!("bytes {side} {} were changed", self.text()));
            }
        }
    }

    /// Makes it inaccessible to the driver, or poisons memory that cannot be.
    fn bury(&self, address: usize) {
        if !self.may_fault || self.reach(Protection::None).is_none() {
            // SAFETY: the block's own bytes, still allocated.
            unsafe { (address as *mut u8).write_bytes(POISON, self.length) };
        }
    }

    /// Reports a violation if it was written after it was freed.
    fn check_poison(&self, kernel: &Kernel, address: usize) {
        let start = address as *const u8;
        let is_poisoned = !self.may_fault || matches!(self.memory, BlockMemory::Small(_));
        // SAFETY: the block's own bytes, still allocated.
        if is_poisoned && !(0..self.length).all(|at| unsafe { start.add(at).read() } == POISON) {
            let what = format!("{} was written to after it was freed", self.text());
            kernel.violate(Rule::UseAfterFree, what);
        }
    }

    /// Sets the access to a block with its own pages; None for one without.
    fn reach(&self, protection: Protection) -> Option<()> {
        match &self.memory {
            BlockMemory::Small(_) => None,
            BlockMemory::Special(region) => region.protect(0, PAGE, protection).ok(),
            BlockMemory::Pages(pages) => pages.protect(protection).ok(),
        }
    }

    /// Its addresses, including the inaccessible pages.
    fn range(&self, address: usize) -> (usize, usize) {
        match &self.memory {
            BlockMemory::Small(_) => (address, address + self.length),
            BlockMemory::Special(region) => (region.address(), region.address() + region.length()),
            BlockMemory::Pages(pages) => (address, address + pages.length() + PAGE),
        }
    }

    fn text(&self) -> String {
        format!("a block of {} bytes, tag '{}'", self.length, tag_text(self.tag))
    }

    fn release(self, address: usize) {
        if let BlockMemory::Small(layout) = self.memory {
            // SAFETY: allocated with this layout, and released once: the block is off both lists.
            unsafe { dealloc((address - GUARD) as *mut u8, layout) };
        }
    }
}

/// The driver's allocations.
#[derive(Default)]
pub(crate) struct Pool {
    blocks: RefCell<HashMap<usize, Block>>,
    /// Freed blocks, oldest first.
    freed: RefCell<VecDeque<(usize, Block)>>,
    /// How many paged blocks there are.
    paged: Cell<usize>,
    /// Ranges of blocks that a client has mapped.
    mapped: RefCell<Vec<(usize, usize)>>,
    /// MDLs, each with the number of the driver that it belongs to.
    mdls: RefCell<HashMap<usize, (Box<MDL>, u32)>>,
    /// The bytes of all blocks, and their peak.
    bytes: Cell<usize>,
    peak: Cell<usize>,
}

fn tag_text(tag: u32) -> String {
    String::from_utf8_lossy(&tag.to_le_bytes()).into_owned()
}

impl Pool {
    /// Zeroed memory; 0 if there is none.
    pub(crate) fn allocate(&self, kernel: &Kernel, length: usize, tag: u32, paged: bool) -> usize {
        let special = loaded::convention(kernel) != Convention::C;
        let whose = (loaded::number(kernel), special);
        let Some((address, block)) = Block::new(length, tag, paged, whose) else { return 0 };
        self.paged.set(self.paged.get() + usize::from(paged));
        self.blocks.borrow_mut().insert(address, block);
        self.bytes.set(self.bytes.get() + length);
        self.peak.set(self.peak.get().max(self.bytes.get()));
        address
    }

    pub(crate) fn free(&self, kernel: &Kernel, address: usize, tag: Option<u32>) {
        // The MDL of MmAllocatePagesForMdl is freed as pool.
        if self.mdls.borrow_mut().remove(&address).is_some() {
            return;
        }
        let Some(block) = self.blocks.borrow_mut().remove(&address) else {
            let freed = self.freed.borrow();
            let before = freed.iter().find(|(other, _)| *other == address);
            let (rule, what) = match before {
                Some((_, block)) => (Rule::DoubleFree, format!("{} freed again", block.text())),
                None => (Rule::BadFree, format!("{address:#x} freed, which is no pool block")),
            };
            kernel.violate(rule, what);
            return;
        };
        self.bytes.set(self.bytes.get() - block.length);
        if let Some(tag) = tag.filter(|tag| *tag != block.tag && *tag != 0) {
            let what = format!("{} freed with tag '{}'", block.text(), tag_text(tag));
            kernel.violate(Rule::WrongTag, what);
        }
        let end = address + block.length;
        if self.mapped.borrow().iter().any(|(from, _)| (address..end).contains(from)) {
            let what = format!("{} freed while a client has it mapped", block.text());
            kernel.violate(Rule::PacketsFreedEarly, what);
        }
        block.check_guards(kernel, address);
        kernel.part::<Locks>().forget(address, end);
        self.paged.set(self.paged.get() - usize::from(block.paged));
        block.bury(address);
        self.freed.borrow_mut().push_back((address, block));
        if self.freed.borrow().len() > QUARANTINE {
            self.exhume(kernel);
        }
    }

    /// Returns the oldest freed block to the system.
    fn exhume(&self, kernel: &Kernel) {
        let oldest = self.freed.borrow_mut().pop_front();
        if let Some((address, block)) = oldest {
            block.check_poison(kernel, address);
            block.release(address);
        }
    }

    /// Makes an image's paged pool inaccessible or accessible.
    pub(crate) fn page_out(&self, out: bool) {
        if self.paged.get() == 0 {
            return;
        }
        let protection = if out { Protection::None } else { Protection::ReadWrite };
        for block in self.blocks.borrow().values().filter(|block| block.paged) {
            // A fault of a linked-in driver would end the process.
            if block.may_fault {
                let _ = block.reach(protection);
            }
        }
    }

    /// The block of a fault: the broken rule, and a description.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn blame(&self, address: usize) -> Option<(Rule, String)> {
        let is_in = |at: &usize, block: &Block| {
            let (start, end) = block.range(*at);
            (start..end).contains(&address)
        };
        let freed = self.freed.borrow();
        if let Some((_, block)) = freed.iter().find(|(at, block)| is_in(at, block)) {
            return Some((Rule::UseAfterFree, format!("{}, which was freed", block.text())));
        }
        let blocks = self.blocks.borrow();
        let (at, block) = blocks.iter().find(|(at, block)| is_in(at, block))?;
        if block.paged && address < *at + block.length {
            return Some((Rule::PagedPool, format!("{}, which is paged", block.text())));
        }
        Some((Rule::PoolOverrun, format!("behind {}", block.text())))
    }

    /// Returns whether an address is in a block in use, including its guards.
    pub(crate) fn has(&self, address: usize) -> bool {
        self.blocks.borrow().iter().any(|(at, block)| {
            let (start, end) = block.range(*at);
            (start..end).contains(&address)
        })
    }

    /// An MDL over `length` bytes at `address`.
    pub(crate) fn allocate_mdl(&self, kernel: &Kernel, address: usize, length: u32) -> PMDL {
        let mut mdl = Box::new(MDL {
            StartVa: (address & !(PAGE - 1)) as *mut _,
            ByteOffset: (address & (PAGE - 1)) as u32,
            ByteCount: length,
            ..Default::default()
        });
        let place: PMDL = &raw mut *mdl;
        self.mdls.borrow_mut().insert(place as usize, (mdl, loaded::number(kernel)));
        place
    }

    pub(crate) fn build_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        match self.mdls.borrow_mut().get_mut(&(mdl as usize)) {
            Some((mdl, _)) => {
                mdl.MappedSystemVa = mdl.StartVa.wrapping_byte_add(mdl.ByteOffset as usize);
                mdl.MdlFlags |= (MDL_SOURCE_IS_NONPAGED_POOL | MDL_MAPPED_TO_SYSTEM_VA) as i16;
            }
            None => kernel.violate(Rule::MdlMisuse, "an MDL that was never allocated".to_owned()),
        }
    }

    /// Pages of their own, described by an MDL, for MmAllocatePagesForMdl; null if there are none.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn allocate_pages(&self, kernel: &Kernel, length: usize) -> PMDL {
        let Some(length) = length.checked_next_multiple_of(PAGE) else {
            return std::ptr::null_mut();
        };
        let address = self.allocate(kernel, length, u32::from_le_bytes(*b"MmPg"), false);
        if address == 0 {
            return std::ptr::null_mut();
        }
        let mdl = self.allocate_mdl(kernel, address, length as u32);
        self.lock_mdl(kernel, mdl);
        mdl
    }

    /// Frees the pages; the MDL exists until it is freed as pool.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn free_pages(&self, kernel: &Kernel, mdl: PMDL) {
        let Some((start, ..)) = self.mdl(mdl) else {
            kernel.violate(Rule::MdlMisuse, "an MDL freed that is none (any more)".to_owned());
            return;
        };
        self.free(kernel, start, None);
    }

    /// The memory that an MDL describes is locked.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    pub(crate) fn lock_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        // MDL_PAGES_LOCKED.
        match self.mdls.borrow_mut().get_mut(&(mdl as usize)) {
            Some((mdl, _)) => mdl.MdlFlags |= 0x2,
            None => kernel.violate(Rule::MdlMisuse, "an MDL that was never allocated".to_owned()),
        }
    }

    /// The kernel's address of an MDL's memory.
    pub(crate) fn map_mdl(&self, kernel: &Kernel, mdl: PMDL) -> acx_sys::PVOID {
        let mut mdls = self.mdls.borrow_mut();
        let Some((mdl, _)) = mdls.get_mut(&(mdl as usize)) else {
            kernel.violate(Rule::MdlMisuse, "an MDL that was never allocated".to_owned());
            return std::ptr::null_mut();
        };
        // MDL_PAGES_LOCKED, MDL_SOURCE_IS_NONPAGED_POOL, MDL_PARTIAL.
        if mdl.MdlFlags & 0x16 == 0 {
            let what = "an MDL mapped whose pages are neither locked nor of nonpaged pool";
            kernel.violate(Rule::MdlMisuse, what.to_owned());
        }
        mdl.MappedSystemVa = mdl.StartVa.wrapping_byte_add(mdl.ByteOffset as usize);
        mdl.MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA as i16;
        mdl.MappedSystemVa
    }

    pub(crate) fn free_mdl(&self, kernel: &Kernel, mdl: PMDL) {
        if self.mdls.borrow_mut().remove(&(mdl as usize)).is_none() {
            kernel.violate(Rule::MdlMisuse, "an MDL freed that is none (any more)".to_owned());
        }
    }

    /// Address, length and state of an MDL that the driver has: start, offset, bytes, built.
    pub(crate) fn mdl(&self, mdl: PMDL) -> Option<(usize, usize, usize, bool)> {
        let mdls = self.mdls.borrow();
        let (mdl, _) = mdls.get(&(mdl as usize))?;
        let built = mdl.MdlFlags as u32 & MDL_SOURCE_IS_NONPAGED_POOL != 0;
        Some((mdl.StartVa as usize, mdl.ByteOffset as usize, mdl.ByteCount as usize, built))
    }

    /// Maps whole pages of pool, (address, length) each, one after the other for a client, until
    /// [`unmap`](Self::unmap).
    pub(crate) fn map(&self, pieces: &[(usize, usize)]) -> std::io::Result<Mapping> {
        let blocks = self.blocks.borrow();
        let mut found = Vec::new();
        for (address, length) in pieces {
            let pages = blocks.iter().find_map(|(start, block)| match &block.memory {
                BlockMemory::Pages(pages)
                    if *start <= *address && address + length <= start + pages.length() =>
                {
                    Some((pages, address - start, *length))
                }
                _ => None,
            });
            found.push(pages.ok_or_else(|| std::io::Error::other("no pages of pool"))?);
        }
        let mapping = Mapping::new(&found)?;
        self.mapped
            .borrow_mut()
            .extend(pieces.iter().map(|(start, bytes)| (*start, start + bytes)));
        Ok(mapping)
    }

    /// Unmaps `pieces` from the client.
    pub(crate) fn unmap(&self, pieces: &[(usize, usize)]) {
        let mut mapped = self.mapped.borrow_mut();
        for (start, bytes) in pieces {
            if let Some(at) = mapped.iter().position(|own| *own == (*start, start + bytes)) {
                mapped.swap_remove(at);
            }
        }
    }

    /// Whether `length` bytes at `address` are all zero.
    pub(crate) fn is_zero(address: usize, length: usize) -> bool {
        let start = address as *const u8;
        // SAFETY: asked for memory that the driver has just described by an MDL over its own pool
        // block.
        (0..length).all(|at| unsafe { start.add(at).read_volatile() } == 0)
    }

    /// Blocks, and bytes of them.
    pub(crate) fn allocated(&self) -> (usize, usize) {
        (self.blocks.borrow().len(), self.bytes.get())
    }

    /// The peak number of bytes.
    pub(crate) fn peak(&self) -> usize {
        self.peak.get()
    }

    /// MDLs.
    pub(crate) fn mdls(&self) -> usize {
        self.mdls.borrow().len()
    }

    /// At unload of a driver all its blocks must be freed.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        for (address, block) in self.blocks.borrow().iter().filter(|(_, own)| own.owner == driver) {
            kernel.violate(Rule::PoolLeak, block.text());
            block.check_guards(kernel, *address);
        }
        for (mdl, _) in self.mdls.borrow().values().filter(|(_, owner)| *owner == driver) {
            kernel.violate(Rule::MdlLeak, format!("an MDL of {} bytes", mdl.ByteCount));
        }
        let (own, others) = self.freed.take().into_iter().partition(|(_, own)| own.owner == driver);
        self.freed.replace(others);
        let own: VecDeque<_> = own;
        for (address, block) in own {
            block.check_poison(kernel, address);
            block.release(address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_has_to_be_zero() {
        for at in 0..4 {
            let mut bytes = [0_u8; 4];
            assert!(Pool::is_zero(bytes.as_ptr().expose_provenance(), 4));
            bytes[at] = 1;
            let address = bytes.as_ptr().expose_provenance();
            assert!(!Pool::is_zero(address, 4), "byte {at}");
            assert!(Pool::is_zero(address, at), "byte {at} and what is before it");
        }
    }
}
