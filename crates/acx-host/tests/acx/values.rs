//! Every function of formats, lists of formats, object bags and rights, with its result.

use std::ptr::null_mut;

use acx_sys::*;

use crate::driver::*;

/// Every function of formats and lists.
pub(crate) fn formats(device: WDFDEVICE) {
    let own = format(device, STEREO);
    let same = |one: &GUID, other: &GUID| {
        (one.Data1, one.Data2, one.Data3, one.Data4)
            == (other.Data1, other.Data2, other.Data3, other.Data4)
    };
    assert!(same(&acx!(AcxDataFormatGetMajorFormat(own)), &KSDATAFORMAT_TYPE_AUDIO));
    assert!(same(&acx!(AcxDataFormatGetSubFormat(own)), &KSDATAFORMAT_SUBTYPE_PCM));
    let specifier = acx!(AcxDataFormatGetSpecifier(own));
    assert!(same(&specifier, &KSDATAFORMAT_SPECIFIER_WAVEFORMATEX));
    assert_eq!(acx!(AcxDataFormatGetChannelsCount(own)), 2);
    assert_eq!(acx!(AcxDataFormatGetChannelMask(own)), 3);
    assert_eq!(acx!(AcxDataFormatGetSampleSize(own)), 4);
    assert_eq!(acx!(AcxDataFormatGetBitsPerSample(own)), 16);
    assert_eq!(acx!(AcxDataFormatGetValidBitsPerSample(own)), 16);
    // Of a format that is not compressed: the valid bits lie where samples per block would.
    let per_block = acx!(AcxDataFormatGetSamplesPerBlock(own));
    assert!(per_block == 16 || per_block == 0, "{per_block}");
    assert_eq!(acx!(AcxDataFormatGetBlockAlign(own)), 4);
    assert_eq!(acx!(AcxDataFormatGetSampleRate(own)), 48_000);
    assert_eq!(acx!(AcxDataFormatGetAverageBytesPerSec(own)), 192_000);
    assert_eq!(acx!(AcxDataFormatGetEncodedSamplesPerSec(own)), 0);
    assert_eq!(acx!(AcxDataFormatGetEncodedChannelCount(own)), 0);
    assert_eq!(acx!(AcxDataFormatGetEncodedAverageBytesPerSec(own)), 0);
    let whole = acx!(AcxDataFormatGetKsDataFormat(own)) as usize;
    let wave = whole + size_of::<KSDATAFORMAT>();
    assert_ne!(whole, 0);
    assert_eq!(acx!(AcxDataFormatGetWaveFormatEx(own)) as usize, wave);
    assert_eq!(acx!(AcxDataFormatGetWaveFormatExtensible(own)) as usize, wave);
    assert!(acx!(AcxDataFormatGetWaveFormatExtensibleIec61937(own)).is_null());
    let other = format(device, MONO);
    assert_eq!(acx!(AcxDataFormatIsEqual(own, other)), 0);
    assert_eq!(acx!(AcxDataFormatIsEqual(own, format(device, STEREO))), 1);
    lists(device, own, other);
}

fn lists(device: WDFDEVICE, stereo: ACXDATAFORMAT, mono: ACXDATAFORMAT) {
    let mut config = init!(ACX_DATAFORMAT_LIST_CONFIG, ACX_DATAFORMAT_LIST_CONFIG_INIT);
    let mut list: ACXDATAFORMATLIST = null_mut();
    ok!(AcxDataFormatListCreate(device, null_mut(), &raw mut config, &raw mut list));
    ok!(AcxDataFormatListAddDataFormat(list, stereo));
    ok!(AcxDataFormatListAddDataFormat(list, mono));
    let default = || {
        let mut format: ACXDATAFORMAT = null_mut();
        let status = acx!(AcxDataFormatListRetrieveDefaultDataFormat(list, &raw mut format));
        (status, format)
    };
    assert_eq!(default(), (STATUS_SUCCESS, stereo));
    ok!(AcxDataFormatListAssignDefaultDataFormat(list, mono));
    assert_eq!(default(), (STATUS_SUCCESS, mono));
    let mut iterator = init!(ACX_DATAFORMAT_LIST_ITERATOR, ACX_DATAFORMAT_LIST_ITERATOR_INIT);
    let place = &raw mut iterator;
    let next = || {
        let mut format: ACXDATAFORMAT = null_mut();
        let status = acx!(AcxDataFormatListRetrieveNextFormat(list, place, &raw mut format));
        NT_SUCCESS(status).then_some(format)
    };
    // An iterator begins anew.
    for _ in 0..2 {
        acx!(AcxDataFormatListBeginIteration(list, place));
        let all: Vec<ACXDATAFORMAT> = std::iter::from_fn(next).collect();
        acx!(AcxDataFormatListEndIteration(list, place));
        assert_eq!(all, [stereo, mono]);
    }
    ok!(AcxDataFormatListRemoveDataFormat(list, mono));
    assert_eq!(acx!(AcxDataFormatListRemoveDataFormat(list, mono)), STATUS_NOT_FOUND);
    assert_eq!(default(), (STATUS_SUCCESS, stereo));
    ok!(AcxDataFormatListRemoveDataFormats(list));
    assert!(!NT_SUCCESS(default().0));
}

/// A bag of this name.
fn bag(title: &Name, creates: bool) -> ACXOBJECTBAG {
    let mut config = init!(ACX_OBJECTBAG_CONFIG, ACX_OBJECTBAG_CONFIG_INIT);
    config.Name = &raw const title.string;
    config.Flags = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableReads as u32
        | _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableWrites as u32;
    let mut bag: ACXOBJECTBAG = null_mut();
    if creates {
        ok!(AcxObjectBagCreate(null_mut(), &raw mut config, &raw mut bag));
    } else {
        ok!(AcxObjectBagOpen(null_mut(), &raw mut config, &raw mut bag));
    }
    bag
}

/// Writes a number and reads it back.
macro_rules! number {
    ($one:ident, $other:ident: $add:ident, $retrieve:ident, $value:expr) => {{
        let title = name(stringify!($add));
        let mut found = $value;
        ok!($add($one, &raw const title.string, $value));
        found = !found;
        ok!($retrieve($other, &raw const title.string, &raw mut found));
        assert_eq!(found, $value, stringify!($retrieve));
    }};
}

/// Every function of object bags: values written through one handle are read through another.
pub(crate) fn bags(device: WDFDEVICE) {
    let title = name("drv_test_values");
    let (one, other) = (bag(&title, true), bag(&title, false));
    number!(one, other: AcxObjectBagAddI1, AcxObjectBagRetrieveI1, -1);
    number!(one, other: AcxObjectBagAddUI1, AcxObjectBagRetrieveUI1, 2);
    number!(one, other: AcxObjectBagAddI2, AcxObjectBagRetrieveI2, -3);
    number!(one, other: AcxObjectBagAddUI2, AcxObjectBagRetrieveUI2, 4);
    number!(one, other: AcxObjectBagAddI4, AcxObjectBagRetrieveI4, -5);
    number!(one, other: AcxObjectBagAddUI4, AcxObjectBagRetrieveUI4, 6);
    number!(one, other: AcxObjectBagAddI8, AcxObjectBagRetrieveI8, -7);
    number!(one, other: AcxObjectBagAddUI8, AcxObjectBagRetrieveUI8, 8);
    number!(one, other: AcxObjectBagAddSizeT, AcxObjectBagRetrieveSizeT, 9);
    let title = name("id");
    let mut id = GUID::default();
    ok!(AcxObjectBagAddGuid(one, &raw const title.string, SET));
    ok!(AcxObjectBagRetrieveGuid(other, &raw const title.string, &raw mut id));
    assert_eq!((id.Data1, id.Data4), (SET.Data1, SET.Data4));
    let title = name("none");
    let missing = acx!(AcxObjectBagRetrieveGuid(other, &raw const title.string, &raw mut id));
    assert_eq!(missing, STATUS_OBJECT_NAME_NOT_FOUND);
    texts(device, one, other);
    blobs(device, one, other);
}

fn texts(device: WDFDEVICE, one: ACXOBJECTBAG, other: ACXOBJECTBAG) {
    let parent: WDFOBJECT = device.cast();
    let (title, value) = (name("text"), string(parent, "value"));
    let empty = string(parent, "");
    ok!(AcxObjectBagAddString(one, &raw const title.string, value));
    ok!(AcxObjectBagRetrieveString(other, &raw const title.string, empty));
    assert_eq!(text_of(empty), "value");
    let (title, value) = (name("unicode"), name("text"));
    let mut units = [0u16; 8];
    let mut found = UNICODE_STRING { Length: 0, MaximumLength: 16, Buffer: units.as_mut_ptr() };
    ok!(AcxObjectBagAddUnicodeString(one, &raw const title.string, &raw const value.string));
    ok!(AcxObjectBagRetrieveUnicodeString(other, &raw const title.string, &raw mut found));
    assert_eq!(found.Length, 8);
    let title = name("many");
    let (mut given, mut got): (WDFCOLLECTION, WDFCOLLECTION) = (null_mut(), null_mut());
    let mut attributes = child_of(parent);
    let place = &raw mut attributes;
    // SAFETY: a live parent; both collections go with it.
    unsafe {
        assert_eq!(WdfCollectionCreate(place, &raw mut given), STATUS_SUCCESS);
        assert_eq!(WdfCollectionCreate(place, &raw mut got), STATUS_SUCCESS);
        for text in ["one", "two"] {
            assert_eq!(WdfCollectionAdd(given, string(parent, text).cast()), STATUS_SUCCESS);
        }
    }
    ok!(AcxObjectBagAddMultiString(one, &raw const title.string, given));
    ok!(AcxObjectBagRetrieveMultiString(other, &raw const title.string, place, got));
    // SAFETY: a live collection of strings.
    let second = unsafe { WdfCollectionGetItem(got, 1) };
    assert_eq!(text_of(second.cast()), "two");
}

fn blobs(device: WDFDEVICE, one: ACXOBJECTBAG, other: ACXOBJECTBAG) {
    let title = name("blob");
    let mut attributes = child_of(device.cast());
    let place = &raw mut attributes;
    let (mut given, mut got): (WDFMEMORY, WDFMEMORY) = (null_mut(), null_mut());
    let mut buffer: PVOID = null_mut();
    let tag = u32::from_le_bytes(*b"blob");
    // SAFETY: a live parent; the memory goes with it.
    unsafe {
        let made = WdfMemoryCreate(
            place,
            _POOL_TYPE::NonPagedPoolNx,
            tag,
            4,
            &raw mut given,
            &raw mut buffer,
        );
        assert_eq!(made, STATUS_SUCCESS);
        buffer.cast::<[u8; 4]>().write(*b"abcd");
    }
    ok!(AcxObjectBagAddBlob(one, &raw const title.string, given));
    ok!(AcxObjectBagRetrieveBlob(other, &raw const title.string, place, &raw mut got));
    let mut length = 0;
    // SAFETY: live memory of four bytes.
    let bytes = unsafe { WdfMemoryGetBuffer(got, &raw mut length).cast::<[u8; 4]>().read() };
    assert_eq!((&bytes, length), (b"abcd", 4));
}

/// Every function of rights.
pub(crate) fn rights() {
    let mut ids = [0; 2];
    let mut mixed = 0;
    ok!(AcxDrmCreateContentMixed(ids.as_mut_ptr(), 2, &raw mut mixed));
    assert_ne!(mixed, 0);
    let mut rights = ACXDRMRIGHTS { CopyProtect: 1, ..ACXDRMRIGHTS::default() };
    ok!(AcxDrmRetrieveContentRights(mixed, &raw mut rights));
    assert_eq!((rights.CopyProtect, rights.DigitalOutputDisable), (0, 0));
    let mut handlers = [rights_handler as PVOID];
    ok!(AcxDrmAddContentHandlers(mixed, handlers.as_mut_ptr(), 1));
    let forward = ACXDRMFORWARD::default();
    ok!(AcxDrmForwardContentToDeviceObject(mixed, null_mut(), &raw const forward));
    ok!(AcxDrmDestroyContent(mixed));
    let gone = acx!(AcxDrmRetrieveContentRights(mixed, &raw mut rights));
    assert_eq!(gone, STATUS_INVALID_PARAMETER);
}

extern "C" fn rights_handler() {}
