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

#[cfg(test)]
mod tests {
    use super::*;

    const MODE: usize = size_of::<KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE>();

    #[test]
    fn a_list_has_its_size_and_count_in_front() {
        let all = list(&[vec![1; 4], vec![2; 4]]);
        assert_eq!(all, [words([16, 2]), vec![1; 4], vec![2; 4]].concat());
        assert_eq!(list(&[]), words([8, 0]));
    }

    /// An attribute of a size, which says that it has another one.
    fn attribute(size: usize, says: usize, id: &GUID, value: &GUID) -> Vec<u8> {
        let mut bytes = words([says as u32, 0]);
        bytes.extend(guid_bytes(id));
        bytes.extend(guid_bytes(value));
        bytes.resize(size, 0);
        bytes
    }

    /// The mode in attributes of which the header says these.
    fn found(size: usize, count: u32, attributes: &[u8]) -> Result<Option<[u8; 16]>, NTSTATUS> {
        let all = [words([size as u32, count]), attributes.to_vec()].concat();
        mode(&all).map(|mode| mode.map(|mode| guid_bytes(&mode)))
    }

    #[test]
    fn the_mode_is_found_in_a_list_of_attributes_that_fits_its_header() {
        let id = &KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
        let (raw, media) = (&AUDIO_SIGNALPROCESSINGMODE_RAW, &AUDIO_SIGNALPROCESSINGMODE_MEDIA);
        let one = attribute(MODE, MODE, id, raw);
        let two = [attribute(MODE, MODE, id, media), one.clone()].concat();
        let wrong = Err(STATUS_INVALID_PARAMETER);
        assert_eq!(found(8, 0, &[]), Ok(None));
        assert_eq!(found(8 + MODE, 1, &one), Ok(Some(guid_bytes(raw))));
        assert_eq!(found(8 + 2 * MODE, 2, &two), Ok(Some(guid_bytes(raw))));
        assert_eq!(found(8 + 2 * MODE, 1, &two), Ok(Some(guid_bytes(media))));
        // The header is too small, or says more than there is.
        assert_eq!(found(7, 0, &[]), wrong);
        assert_eq!(found(9 + MODE, 1, &one), wrong);
        assert_eq!(found(8 + MODE, 2, &one), wrong);
        // The attribute is too small, beyond the list, of another size or of another kind.
        let least = size_of::<KSATTRIBUTE>();
        assert_eq!(found(8 + MODE, 1, &attribute(MODE, least - 1, id, raw)), wrong);
        assert_eq!(found(8 + MODE, 1, &attribute(MODE, MODE + 1, id, raw)), wrong);
        assert_eq!(found(8 + MODE, 1, &attribute(MODE, least, id, raw)), wrong);
        let other = Err(STATUS_NOT_SUPPORTED);
        assert_eq!(found(8 + MODE, 1, &attribute(MODE, MODE, raw, raw)), other);
        assert_eq!(found(8 + MODE, 1, &attribute(MODE, least, raw, raw)), other);
    }
}
