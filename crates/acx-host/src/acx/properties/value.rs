//! Values of properties as bytes. Layouts: KSMULTIPLE_ITEM, KSATTRIBUTE of ks.h.

use acx_client::bytes::{field, guid_at, guid_bytes, number};
use acx_sys::*;

/// A KSMULTIPLE_ITEM list.
pub(crate) fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let size: usize = items.iter().map(Vec::len).sum();
    let mut bytes = ((size + 8) as u32).to_le_bytes().to_vec();
    bytes.extend((items.len() as u32).to_le_bytes());
    bytes.extend(items.concat());
    bytes
}

/// Numbers in a row.
pub(crate) fn words<const N: usize>(values: [u32; N]) -> Vec<u8> {
    values.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// Text with its zero.
pub(crate) fn text(value: &str) -> Vec<u8> {
    value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The mode of an attribute list.
pub(crate) fn mode(attributes: &[u8]) -> Result<Option<GUID>, NTSTATUS> {
    let (size, count) = (number(attributes, 0) as usize, number(attributes, 4));
    if size < 8 || size > attributes.len() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let mut mode = None;
    let mut rest = &attributes[8..size];
    for _ in 0..count {
        let length = number(rest, 0) as usize;
        if length < size_of::<KSATTRIBUTE>() || length > rest.len() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        if field::<16>(rest, 8) != guid_bytes(&KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE) {
            return Err(STATUS_NOT_SUPPORTED);
        }
        if length != size_of::<KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE>() {
            return Err(STATUS_INVALID_PARAMETER);
        }
        mode = Some(guid_at(rest, 24));
        rest = &rest[length.next_multiple_of(8).min(rest.len())..];
    }
    Ok(mode)
}
