//! Data formats and their lists. Source: acxdataformat.h pages.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_client::bytes::field;
use acx_sys::*;

use crate::acx::arguments::{guid_bytes, guid_of, sized};
use crate::kernel::Kernel;
use crate::kernel::abi::status;
use crate::kernel::abi::{read, read_bytes, write};
use crate::kernel::function::entries;
use crate::kernel::object;
use crate::kernel::object::{Object, Ref};
use crate::kernel::report::Rule;

/// A list of formats; the first one is the default, unless another was set.
#[derive(Default)]
pub(crate) struct FormatList {
    pub(crate) formats: RefCell<Vec<Ref<Format>>>,
    pub(crate) default: Cell<usize>,
    /// Whether a driver has assigned it to a pin.
    pub(crate) is_assigned: Cell<bool>,
}

impl FormatList {
    /// An empty list below `parent`.
    pub(crate) fn create(kernel: &Kernel, parent: &Rc<Object>) -> Result<Ref<Self>, NTSTATUS> {
        let list = Self::default();
        let none = std::ptr::null_mut();
        let list = object::create(kernel, "ACXDATAFORMATLIST", list, none, Some(parent))?;
        Ref::of(list).ok_or(STATUS_UNSUCCESSFUL)
    }

    /// Makes the format equal to `format` the default.
    pub(crate) fn prefer(&self, format: &Format) {
        if let Some(own) = self.formats.borrow().iter().find(|own| own.matches(format)) {
            self.default.set(own.handle());
        }
    }

    pub(crate) fn push(&self, format: Ref<Format>) {
        self.formats.borrow_mut().push(format);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.formats.borrow().is_empty()
    }

    /// All of them, the default first.
    pub(crate) fn formats(&self) -> Vec<Ref<Format>> {
        let mut all = self.formats.borrow().clone();
        if let Some(at) = all.iter().position(|format| format.handle() == self.default.get()) {
            all[..=at].rotate_right(1);
        }
        all
    }
}

/// A data format: a KSDATAFORMAT_WAVEFORMATEX(TENSIBLE), copied.
pub(crate) struct Format {
    pub(crate) bytes: Box<[u8]>,
}

impl Format {
    const WAVE: usize = size_of::<KSDATAFORMAT>();
    /// The size of a WAVEFORMATEXTENSIBLE_IEC61937 in bytes.
    const IEC: usize = size_of::<WAVEFORMATEXTENSIBLE>() + 12;

    /// A field after the extensible part: what an IEC 61937 format carries.
    fn encoded(&self, at: usize) -> u32 {
        if self.bytes.len() < Self::WAVE + Self::IEC {
            return 0;
        }
        u32::from_le_bytes(self.number(size_of::<WAVEFORMATEXTENSIBLE>() + at))
    }

    /// A format from bytes that begin with a KSDATAFORMAT.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let size = u32::from_le_bytes(field(bytes, 0)) as usize;
        let least = Self::WAVE + size_of::<WAVEFORMATEX>();
        let is_wave = |specifier| specifier == guid_bytes(&KSDATAFORMAT_SPECIFIER_WAVEFORMATEX);
        if size < least || bytes.len() < size || !is_wave(field(bytes, 48)) {
            return None;
        }
        let extra = usize::from(u16::from_le_bytes(field(bytes, Self::WAVE + 16)));
        (size >= least + extra).then(|| Self { bytes: bytes[..size].into() })
    }

    fn number<const N: usize>(&self, at: usize) -> [u8; N] {
        field(&self.bytes, Self::WAVE + at)
    }

    fn is_extensible(&self) -> bool {
        u16::from_le_bytes(self.number(0)) == WAVE_FORMAT_EXTENSIBLE
    }

    pub(crate) fn channels(&self) -> u16 {
        u16::from_le_bytes(self.number(2))
    }

    pub(crate) fn rate(&self) -> u32 {
        u32::from_le_bytes(self.number(4))
    }

    pub(crate) fn block_align(&self) -> u16 {
        u16::from_le_bytes(self.number(12))
    }

    pub(crate) fn bits(&self) -> u16 {
        u16::from_le_bytes(self.number(14))
    }

    pub(crate) fn valid_bits(&self) -> u16 {
        if self.is_extensible() { u16::from_le_bytes(self.number(18)) } else { self.bits() }
    }

    pub(crate) fn mask(&self) -> u32 {
        if self.is_extensible() { u32::from_le_bytes(self.number(20)) } else { 0 }
    }

    pub(crate) fn sub_format(&self) -> [u8; 16] {
        field(&self.bytes, 32)
    }

    /// Whether a client's format equals this one in meaning, even if it is encoded differently.
    pub(crate) fn matches(&self, other: &Self) -> bool {
        let mask = |format: &Self| if format.is_extensible() { Some(format.mask()) } else { None };
        let masks = match (mask(self), mask(other)) {
            (Some(one), Some(other)) => one == other,
            (None, None) => true,
            // Mono and stereo need no mask.
            _ => self.channels() <= 2,
        };
        masks
            && self.bytes[16..64] == other.bytes[16..64]
            && (self.channels(), self.rate(), self.bits(), self.valid_bits(), self.block_align())
                == (
                    other.channels(),
                    other.rate(),
                    other.bits(),
                    other.valid_bits(),
                    other.block_align(),
                )
    }
}

/// A format object below `parent`.
pub(crate) fn new_format(
    kernel: &Kernel,
    format: Format,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    parent: Option<&Rc<Object>>,
) -> Result<Rc<Object>, NTSTATUS> {
    object::create(kernel, "ACXDATAFORMAT", format, attributes, parent)
}

/// A KSDATAFORMAT that a driver points at, as bytes.
fn ks_format(config: &ACX_DATAFORMAT_CONFIG) -> Option<Format> {
    // SAFETY: the KS variant is the only one that the type allows.
    let place = unsafe { config.u.KsFormat }.cast::<u8>().cast_const();
    let size = u32::from_le_bytes(read(place.cast::<[u8; 4]>())?) as usize;
    let bytes: Vec<u8> = read_bytes(place, size.min(4096));
    Format::parse(&bytes)
}

pub(crate) fn format(kernel: &Kernel, handle: ACXDATAFORMAT) -> Option<Ref<Format>> {
    object::get::<Format>(kernel, handle as usize).ok()
}

fn ask<T: Default>(kernel: &Kernel, handle: ACXDATAFORMAT, what: impl FnOnce(&Format) -> T) -> T {
    format(kernel, handle).map_or_else(T::default, |format| what(&format))
}

/// The wave format inside a format, if it is of that kind; null otherwise.
fn wave(kernel: &Kernel, handle: ACXDATAFORMAT, is: impl FnOnce(&Format) -> bool) -> PVOID {
    let found = format(kernel, handle).filter(|format| is(format));
    found.map_or(std::ptr::null_mut(), |format| {
        format.bytes[Format::WAVE..].as_ptr().cast_mut().cast()
    })
}

/// The list of a handle.
pub(crate) fn get_list(
    kernel: &Kernel,
    handle: ACXDATAFORMATLIST,
) -> Result<Ref<FormatList>, NTSTATUS> {
    object::get::<FormatList>(kernel, handle as usize)
}

fn AcxDataFormatListCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_DATAFORMAT_LIST_CONFIG,
    handle: *mut ACXDATAFORMATLIST,
) -> NTSTATUS {
    let created = object::any(kernel, device as usize).and_then(|device| {
        sized(kernel, config, |config| config.Size)?;
        object::create(
            kernel,
            "ACXDATAFORMATLIST",
            FormatList::default(),
            attributes,
            Some(&device),
        )
    });
    status(created.map(|list| write(handle, list.as_ptr())))
}

fn AcxDataFormatCreate(
    kernel: &Kernel,
    device: WDFDEVICE,
    attributes: PWDF_OBJECT_ATTRIBUTES,
    config: PACX_DATAFORMAT_CONFIG,
    handle: *mut ACXDATAFORMAT,
) -> NTSTATUS {
    let created = object::any(kernel, device as usize).and_then(|device| {
        let config = sized(kernel, config, |config| config.Size)?;
        let format = ks_format(&config).ok_or_else(|| {
            kernel.violate(
                Rule::BadArgument,
                "a data format is a KSDATAFORMAT_WAVEFORMATEX".to_owned(),
            );
            STATUS_INVALID_PARAMETER
        })?;
        new_format(kernel, format, attributes, Some(&device))
    });
    status(created.map(|format| write(handle, format.as_ptr())))
}

fn AcxDataFormatGetSubFormat(kernel: &Kernel, handle: ACXDATAFORMAT) -> GUID {
    let bytes = ask(kernel, handle, Format::sub_format);
    guid_of(bytes)
}

fn AcxDataFormatGetChannelsCount(kernel: &Kernel, handle: ACXDATAFORMAT) -> USHORT {
    ask(kernel, handle, Format::channels)
}

fn AcxDataFormatGetChannelMask(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONGLONG {
    u64::from(ask(kernel, handle, Format::mask))
}

fn AcxDataFormatGetBitsPerSample(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    u32::from(ask(kernel, handle, Format::bits))
}

fn AcxDataFormatGetValidBitsPerSample(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    u32::from(ask(kernel, handle, Format::valid_bits))
}

fn AcxDataFormatGetBlockAlign(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    u32::from(ask(kernel, handle, Format::block_align))
}

fn AcxDataFormatGetSampleRate(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, Format::rate)
}

fn AcxDataFormatGetKsDataFormat(kernel: &Kernel, handle: ACXDATAFORMAT) -> PVOID {
    format(kernel, handle)
        .map_or(std::ptr::null_mut(), |format| format.bytes.as_ptr().cast_mut().cast())
}

fn AcxDataFormatGetMajorFormat(kernel: &Kernel, handle: ACXDATAFORMAT) -> GUID {
    guid_of(ask(kernel, handle, |format| field(&format.bytes, 16)))
}

fn AcxDataFormatGetSpecifier(kernel: &Kernel, handle: ACXDATAFORMAT) -> GUID {
    guid_of(ask(kernel, handle, |format| field(&format.bytes, 48)))
}

/// KSDATAFORMAT's SampleSize: bytes of a frame.
fn AcxDataFormatGetSampleSize(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, |format| u32::from_le_bytes(field(&format.bytes, 8)))
}

/// The union of an extensible format: for compressed audio, samples in a block.
fn AcxDataFormatGetSamplesPerBlock(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    u32::from(ask(kernel, handle, Format::valid_bits))
}

fn AcxDataFormatGetAverageBytesPerSec(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, |format| u32::from_le_bytes(format.number(8)))
}

fn AcxDataFormatGetEncodedSamplesPerSec(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, |format| format.encoded(0))
}

fn AcxDataFormatGetEncodedChannelCount(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, |format| format.encoded(4))
}

fn AcxDataFormatGetEncodedAverageBytesPerSec(kernel: &Kernel, handle: ACXDATAFORMAT) -> ULONG {
    ask(kernel, handle, |format| format.encoded(8))
}

fn AcxDataFormatGetWaveFormatEx(kernel: &Kernel, handle: ACXDATAFORMAT) -> PVOID {
    wave(kernel, handle, |_| true)
}

fn AcxDataFormatGetWaveFormatExtensible(kernel: &Kernel, handle: ACXDATAFORMAT) -> PVOID {
    wave(kernel, handle, Format::is_extensible)
}

fn AcxDataFormatGetWaveFormatExtensibleIec61937(kernel: &Kernel, handle: ACXDATAFORMAT) -> PVOID {
    wave(kernel, handle, |format| {
        format.is_extensible() && format.bytes.len() >= Format::WAVE + Format::IEC
    })
}

fn AcxDataFormatIsEqual(kernel: &Kernel, one: ACXDATAFORMAT, other: ACXDATAFORMAT) -> BOOLEAN {
    match (format(kernel, one), format(kernel, other)) {
        (Some(one), Some(other)) => BOOLEAN::from(one.matches(&other)),
        _ => 0,
    }
}

fn AcxDataFormatListRetrieveDefaultDataFormat(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    out: *mut ACXDATAFORMAT,
) -> NTSTATUS {
    status(get_list(kernel, list).and_then(|list| {
        let formats = list.formats();
        let default = formats.first().ok_or(STATUS_NOT_FOUND)?;
        write(out, default.object().as_ptr());
        Ok(())
    }))
}

/// The iterator's first reserved word is its position.
fn AcxDataFormatListBeginIteration(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    iterator: PACX_DATAFORMAT_LIST_ITERATOR,
) {
    if get_list(kernel, list).is_ok()
        && let Ok(mut own) = sized(kernel, iterator, |own| own.Size)
    {
        own.Reserved[0] = std::ptr::null_mut();
        write(iterator, own);
    }
}

fn AcxDataFormatListRetrieveNextFormat(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    iterator: PACX_DATAFORMAT_LIST_ITERATOR,
    out: *mut ACXDATAFORMAT,
) -> NTSTATUS {
    let (Ok(list), Some(mut own)) = (get_list(kernel, list), read(iterator)) else {
        return STATUS_INVALID_PARAMETER;
    };
    let at = own.Reserved[0] as usize;
    let formats = list.formats.borrow();
    let Some(format) = formats.get(at) else { return STATUS_NO_MORE_ENTRIES };
    own.Reserved[0] = (at + 1) as PVOID;
    write(iterator, own);
    write(out, format.object().as_ptr());
    STATUS_SUCCESS
}

fn AcxDataFormatListEndIteration(
    kernel: &Kernel,
    list: ACXDATAFORMATLIST,
    _iterator: PACX_DATAFORMAT_LIST_ITERATOR,
) {
    let _ = get_list(kernel, list);
}

entries! {
    /// Formats and lists.
    entries:
    AcxDataFormatListCreate: PASSIVE, fallible;
    AcxDataFormatCreate: PASSIVE, fallible;
    AcxDataFormatGetSubFormat: DISPATCH;
    AcxDataFormatGetChannelsCount: DISPATCH;
    AcxDataFormatGetChannelMask: DISPATCH;
    AcxDataFormatGetBitsPerSample: DISPATCH;
    AcxDataFormatGetValidBitsPerSample: DISPATCH;
    AcxDataFormatGetBlockAlign: DISPATCH;
    AcxDataFormatGetSampleRate: DISPATCH;
    AcxDataFormatGetKsDataFormat: DISPATCH;
    AcxDataFormatGetMajorFormat: DISPATCH;
    AcxDataFormatGetSpecifier: DISPATCH;
    AcxDataFormatGetSampleSize: DISPATCH;
    AcxDataFormatGetSamplesPerBlock: DISPATCH;
    AcxDataFormatGetAverageBytesPerSec: DISPATCH;
    AcxDataFormatGetEncodedSamplesPerSec: DISPATCH;
    AcxDataFormatGetEncodedChannelCount: DISPATCH;
    AcxDataFormatGetEncodedAverageBytesPerSec: DISPATCH;
    AcxDataFormatGetWaveFormatEx: DISPATCH;
    AcxDataFormatGetWaveFormatExtensible: DISPATCH;
    AcxDataFormatGetWaveFormatExtensibleIec61937: DISPATCH;
    AcxDataFormatIsEqual: DISPATCH;
    AcxDataFormatListRetrieveDefaultDataFormat: DISPATCH, fallible;
    AcxDataFormatListBeginIteration: DISPATCH;
    AcxDataFormatListRetrieveNextFormat: DISPATCH, fallible;
    AcxDataFormatListEndIteration: DISPATCH;
}
