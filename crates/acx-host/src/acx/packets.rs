//! The packets of an RT stream: a driver's allocation, checked and mapped for the client. Source:
//! EVT_ACX_STREAM_ALLOCATE_RTPACKETS, ACX_RTPACKET.

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::read;
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::os::{Mapping, PAGE};

/// Packets that a client has mapped.
pub(super) struct Packets {
    array: PACX_RTPACKET,
    pub(super) count: u32,
    pub(super) size: u32,
    /// Where the client sees packet 0.
    pub(super) address: usize,
    pieces: Vec<(usize, usize)>,
    _mapping: Mapping,
}

impl Packets {
    /// Takes them from the client, before the driver gets its array back and may free them.
    pub(super) fn unmap(self, kernel: &Kernel) -> (PACX_RTPACKET, u32) {
        kernel.part::<Pool>().unmap(&self.pieces);
        (self.array, self.count)
    }
}

/// Whether the second packet of an array lies in the first one's buffer.
fn is_shared(array: PACX_RTPACKET) -> bool {
    let second = read(array.wrapping_add(1).cast_const());
    second.is_some_and(|packet| {
        packet.RtPacketBuffer.Type == _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeInvalid
    })
}

/// Checks a driver's allocation, and maps it for the client: two packets consecutively, a single
/// packet twice.
pub(super) fn map(
    kernel: &Kernel,
    array: PACX_RTPACKET,
    count: u32,
    size: u32,
) -> Result<Packets, (Rule, String)> {
    let layout = |what: String| (Rule::PacketLayout, what);
    let mut pieces: Vec<(usize, usize)> = Vec::new();
    let mut offsets = Vec::new();
    for index in 0..count as usize {
        let packet = read(array.wrapping_add(index).cast_const())
            .ok_or_else(|| layout("no array of packets".to_owned()))?;
        if packet.Size != size_of::<ACX_RTPACKET>() as u32 || packet.RtPacketSize != size {
            return Err(layout(format!("packet {index} has a wrong Size or RtPacketSize")));
        }
        let kind = packet.RtPacketBuffer.Type;
        if index == 1 && kind == _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeInvalid {
            // Both lie in one buffer, one right after the other.
            let at = packet.RtPacketOffset;
            if at as usize != offsets[0] + size as usize {
                return Err(layout(format!("packet 1 of a shared buffer lies at {at}")));
            }
            continue;
        }
        if kind != _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeMdl {
            return Err(layout(format!("packet {index} is not described by an MDL")));
        }
        // SAFETY: the type says which variant it is.
        let mdl = unsafe { packet.RtPacketBuffer.u.MdlType.Mdl };
        let Some((start, offset, bytes, built)) = kernel.part::<Pool>().mdl(mdl) else {
            return Err(layout(format!("packet {index}: an MDL that the driver does not have")));
        };
        let (at, length) = (packet.RtPacketOffset as usize, size as usize);
        if offset != 0 || !bytes.is_multiple_of(PAGE) || !built {
            return Err(layout(format!("packet {index} is not whole, locked pages")));
        }
        let whole = length.next_multiple_of(PAGE);
        let shares = index == 0 && count == 2 && is_shared(array);
        let placed = match (count, index) {
            // Whole pages begin on one; less than that lies anywhere inside, as Microsoft's samples
            // put it at the end.
            (1, _) if length.is_multiple_of(PAGE) => at == 0 && length == bytes,
            (1, _) => at + length <= bytes && bytes == whole,
            (_, 0) if shares => at + 2 * length <= bytes,
            (_, 0) => at + length == bytes && bytes == whole,
            _ => at == 0 && bytes == whole,
        };
        if !placed {
            let what = format!("packet {index} of {length} bytes lies at {at} of {bytes}");
            return Err(layout(what));
        }
        pieces.push((start, bytes));
        offsets.push(at);
    }
    if count == 1 {
        pieces.push(pieces[0]);
    }
    // Only now is it known that the MDLs' memory exists.
    let mapping = kernel.part::<Pool>().map(&pieces).map_err(|why| layout(why.to_string()))?;
    if let Some(index) = pieces.iter().position(|(start, bytes)| !Pool::is_zero(*start, *bytes)) {
        kernel.part::<Pool>().unmap(&pieces);
        let what = format!("packet {index} shows the client memory that is not zeroed");
        return Err((Rule::PacketNotZeroed, what));
    }
    let address = mapping.address() + offsets[0];
    Ok(Packets { array, count, size, address, pieces, _mapping: mapping })
}
