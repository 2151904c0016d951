//! Packet memory of RT streams: owned, zeroed, whole pages, mapped into a client by ACX.
//!
//! DDI: EVT_ACX_STREAM_ALLOCATE_RTPACKETS, EVT_ACX_STREAM_FREE_RTPACKETS, ACX_RTPACKET,
//! IoAllocateMdl, MmBuildMdlForNonPagedPool.
//!
//! # Sharing
//!
//! A client may read or write the same memory at any time. So this crate never creates a reference
//! to it: it is copied in a way that is sound whatever the client does (`copy.rs`).
//!
//! # Life
//!
//! The wrapper keeps [`RtPackets`] from allocate to free. A [`PacketView`] shares ownership, so a
//! timer never uses freed memory and freeing never waits for a timer. The client's mapping is gone
//! by then.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::create(|device| {
//! use acx::packets::{PacketLayout, RtPackets};
//! use acx::units::Bytes;
//!
//! // 10 ms at 48 kHz, stereo, 16 bits. Two buffers: a client sees the packets in a row.
//! let size = Bytes(1920);
//! let apart = RtPackets::new(PacketLayout::contiguous(2, size)?, device.passive())?;
//! // One buffer, for hardware with a ring: the second packet follows the first.
//! let ring = PacketLayout::one_buffer(size)?;
//! assert_eq!((ring.buffers, ring.offsets), (1, [0, 1920]));
//! let ring = RtPackets::new(ring, device.passive())?;
//! // For a timer or a DPC; the view may outlive the packets.
//! let view = ring.view();
//! view.write(1920, &[1, 2]);
//! let mut second = [0; 2];
//! view.read(1920, &mut second);
//! assert_eq!(second, [1, 2]);
//! # drop(apart);
//! # Ok(())
//! # }); }
//! ```

use core::num::NonZeroUsize;
use core::ptr::null_mut;

use acx_sys::ntddk::{IoAllocateMdl, IoFreeMdl, MmBuildMdlForNonPagedPool};
use acx_sys::*;

use crate::copy::{Lanes, copy_in, copy_out, copy_out_with_peaks};
use crate::pool::{Arc, Box, PAGE, Pages};
use crate::units::Bytes;
use crate::{Error, Passive, Result};

/// One buffer's pages and their MDL.
struct Buffer {
    pages: Pages,
    mdl: PMDL,
}

// SAFETY: an MDL is a description that belongs to no thread; the pages are plain memory.
unsafe impl Send for Buffer {}
// SAFETY: sharing a buffer gives out addresses only, and no reference to its memory is made.
unsafe impl Sync for Buffer {}

impl Buffer {
    fn new(length: usize) -> Result<Self> {
        let pages = Pages::new(length)?;
        let bytes = ULONG::try_from(pages.length()).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: the pages are a non-paged block of that length.
        let mdl = unsafe {
            IoAllocateMdl(
                pages.as_ptr().cast(),
                bytes,
                BOOLEAN::from(false),
                BOOLEAN::from(true),
                null_mut(),
            )
        };
        if mdl.is_null() {
            return Err(Error::OutOfMemory);
        }
        // SAFETY: a new MDL over non-paged pool.
        unsafe { MmBuildMdlForNonPagedPool(mdl) };
        Ok(Self { pages, mdl })
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        // SAFETY: allocated in `new`; nothing maps it any more.
        unsafe { IoFreeMdl(self.mdl) };
    }
}

/// The memory that owners of packets share.
struct Buffers {
    /// The first packet's buffer, and the second's if that is not in the first's.
    list: [Option<Buffer>; 2],
    count: usize,
    bytes: NonZeroUsize,
    /// The offset at which the audio begins in each buffer.
    offsets: [usize; 2],
}

/// The packets of one stream, between allocate and free.
pub struct RtPackets {
    memory: Arc<Buffers>,
    /// For ACX: its address must not change until free.
    descriptions: Box<[ACX_RTPACKET; 2]>,
}

// SAFETY: the descriptions hold pointers to the memory that the same value owns.
unsafe impl Send for RtPackets {}

/// The layout of packets in memory.
#[derive(Clone, Copy, Debug)]
pub struct PacketLayout {
    /// The number of packets: 1 or 2.
    pub count: usize,
    /// The number of buffers: one for each packet, or one for both.
    pub buffers: usize,
    /// The size of a packet in bytes.
    pub bytes: usize,
    /// The size of a buffer in bytes, whole pages.
    pub allocation: usize,
    /// The offset of each packet in its buffer.
    pub offsets: [usize; 2],
}

impl PacketLayout {
    /// The layout that ACX requires for `count` packets of `size`, so that a client sees them
    /// contiguously. With two packets, the first ends and the second begins on a page boundary. A
    /// single packet fills whole pages, which the client sees twice.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for another count, no bytes, or one packet that does not fill
    /// its pages.
    pub fn contiguous(count: u32, size: Bytes) -> Result<Self> {
        let bytes = usize::try_from(size.0).map_err(|_| Error::InvalidParameter)?;
        let allocation = bytes.checked_next_multiple_of(PAGE).ok_or(Error::InvalidParameter)?;
        match count {
            1 if bytes > 0 && bytes == allocation => {
                Ok(Self { count: 1, buffers: 1, bytes, allocation, offsets: [0, 0] })
            }
            2 if bytes > 0 => {
                let offsets = [allocation.saturating_sub(bytes), 0];
                Ok(Self { count: 2, buffers: 2, bytes, allocation, offsets })
            }
            _ => Err(Error::InvalidParameter),
        }
    }

    /// Two consecutive packets of `size` in one buffer, for hardware with a ring buffer. The first
    /// packet's entry has the buffer; the second entry's buffer is Invalid, as the documentation of
    /// EvtAcxStreamAllocateRtPackets requires.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] for no bytes, or a size that overflows an address.
    pub fn one_buffer(size: Bytes) -> Result<Self> {
        let bytes = usize::try_from(size.0).map_err(|_| Error::InvalidParameter)?;
        let both = bytes.checked_mul(2).filter(|both| *both > 0).ok_or(Error::InvalidParameter)?;
        let allocation = both.checked_next_multiple_of(PAGE).ok_or(Error::InvalidParameter)?;
        Ok(Self { count: 2, buffers: 1, bytes, allocation, offsets: [0, bytes] })
    }
}

impl RtPackets {
    /// Allocates zeroed packets. Their buffers share their pages with nothing else.
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] if a packet does not fit its pages; [`Error::OutOfMemory`].
    /// Nothing stays allocated then.
    pub fn new(layout: PacketLayout, _passive: &Passive) -> Result<Self> {
        let PacketLayout { count, buffers, bytes, allocation, offsets } = layout;
        if !matches!((count, buffers), (1 | 2, 1) | (2, 2)) {
            return Err(Error::InvalidParameter);
        }
        let bytes = NonZeroUsize::new(bytes).ok_or(Error::InvalidParameter)?;
        for offset in offsets.iter().take(count) {
            let end = offset.checked_add(bytes.get()).ok_or(Error::InvalidParameter)?;
            if end > allocation || !allocation.is_multiple_of(PAGE) {
                return Err(Error::InvalidParameter);
            }
        }
        let second = if buffers == 2 { Some(Buffer::new(allocation)?) } else { None };
        let list = [Some(Buffer::new(allocation)?), second];
        let mut descriptions = [ACX_RTPACKET::default(); 2];
        for ((description, buffer), offset) in
            descriptions.iter_mut().take(count).zip(&list).zip(offsets)
        {
            let length = |value: usize| ULONG::try_from(value).map_err(|_| Error::InvalidParameter);
            ACX_RTPACKET_INIT(description);
            // A packet in the first one's buffer keeps an Invalid buffer of its own.
            if let Some(buffer) = buffer {
                WDF_MEMORY_DESCRIPTOR_INIT_MDL(
                    &mut description.RtPacketBuffer,
                    buffer.mdl,
                    length(buffer.pages.length())?,
                );
            }
            description.RtPacketOffset = length(offset)?;
            description.RtPacketSize = length(bytes.get())?;
        }
        Ok(Self {
            memory: Arc::new(Buffers { list, count, bytes, offsets })?,
            descriptions: Box::new(descriptions)?,
        })
    }

    /// Returns whether these are `count` packets of `size` bytes.
    pub(crate) fn are(&self, count: u32, size: u32) -> bool {
        let is = |own: usize, asked: u32| u32::try_from(own) == Ok(asked);
        is(self.memory.count, count) && is(self.memory.bytes.get(), size)
    }

    /// A handle for the code that moves the audio.
    pub fn view(&self) -> PacketView {
        PacketView(self.memory.clone())
    }

    pub(crate) fn descriptions(&mut self) -> PACX_RTPACKET {
        self.descriptions.as_mut_ptr()
    }
}

/// The packets as one sequence of bytes: packet 0, then packet 1, as the client sees them.
#[derive(Clone)]
pub struct PacketView(Arc<Buffers>);

impl PacketView {
    /// The length of all packets together in bytes.
    pub fn length(&self) -> usize {
        self.0.count.saturating_mul(self.0.bytes.get())
    }

    /// Splits `length` bytes from `offset` on into contiguous pieces, and calls `each` with the
    /// address and length of each piece and its offset from the first.
    fn pieces(&self, offset: usize, length: usize, mut each: impl FnMut(*mut u8, usize, usize)) {
        let memory = &*self.0;
        let end = offset.saturating_add(length).min(self.length());
        let mut at = offset;
        while at < end {
            // There are two at most.
            let (slot, within) = match at.checked_sub(memory.bytes.get()) {
                Some(within) => (1, within),
                None => (0, at),
            };
            let own = memory.list.get(slot).and_then(Option::as_ref);
            let Some(buffer) = own.or(memory.list[0].as_ref()) else { return };
            let Some(start) = memory.offsets.get(slot) else { return };
            let piece = memory.bytes.get().saturating_sub(within).min(end.saturating_sub(at));
            // `start + within + piece` is inside the pages: checked when they were allocated.
            let address = buffer.pages.as_ptr().wrapping_add(start.saturating_add(within));
            each(address, piece, at.saturating_sub(offset));
            at = at.saturating_add(piece);
        }
    }

    /// Copies bytes from `offset` on; bytes of `into` beyond the packets are not changed. At most
    /// `DISPATCH_LEVEL`.
    pub fn read(&self, offset: usize, into: &mut [u8]) {
        self.pieces(offset, into.len(), |from, length, begin| {
            if let Some(into) = into.get_mut(begin..).and_then(|rest| rest.get_mut(..length)) {
                // SAFETY: `pieces` gives addresses inside pages that `self` keeps alive.
                unsafe { copy_out(from, into) };
            }
        });
    }

    /// Like [`read`](Self::read), for 16-bit samples, and finds their peaks: each lane of `high`
    /// and `low` becomes the maximum or minimum of itself and of the samples in that lane, eight
    /// lanes to a row from the beginning of `into`. If whole frames of 1, 2, 4 or 8 samples are
    /// read, each sample counts in a lane of its channel. Returns whether the peaks include all
    /// samples: short pieces are not included, and on ARM64 none are. At most `DISPATCH_LEVEL`.
    pub fn read_with_peaks(
        &self,
        offset: usize,
        into: &mut [u8],
        high: &mut Lanes,
        low: &mut Lanes,
    ) -> bool {
        let mut found = true;
        self.pieces(offset, into.len(), |from, length, begin| {
            if let Some(into) = into.get_mut(begin..).and_then(|rest| rest.get_mut(..length)) {
                // SAFETY: `pieces` gives addresses inside pages that `self` keeps alive.
                found &= unsafe { copy_out_with_peaks(from, into, high, low) };
            }
        });
        found
    }

    /// Copies `from` to `offset`; bytes that do not fit are dropped. At most `DISPATCH_LEVEL`.
    pub fn write(&self, offset: usize, from: &[u8]) {
        self.pieces(offset, from.len(), |to, length, begin| {
            if let Some(from) = from.get(begin..).and_then(|rest| rest.get(..length)) {
                // SAFETY: `pieces` gives addresses inside pages that `self` keeps alive.
                unsafe { copy_in(to, from) };
            }
        });
    }

    /// Zeroes `length` bytes from `offset` on. At most `DISPATCH_LEVEL`.
    pub fn zero(&self, offset: usize, length: usize) {
        const ZEROS: [u8; 256] = [0; 256];
        self.pieces(offset, length, |to, length, _| {
            let mut done = 0;
            while done < length {
                let count = length.saturating_sub(done).min(ZEROS.len());
                let zeros = ZEROS.get(..count).unwrap_or(&ZEROS);
                // SAFETY: `pieces` gives addresses inside pages that `self` keeps alive, for
                // `length` bytes.
                unsafe { copy_in(to.wrapping_add(done), zeros) };
                done = done.saturating_add(count);
            }
        });
    }
}
