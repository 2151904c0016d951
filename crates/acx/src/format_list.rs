//! Lists of data formats, and a device's formats, which its lists share. DDI: AcxDataFormatCreate,
//! AcxDataFormatListCreate, AcxDataFormatListAddDataFormat, AcxPinAssignModeDataFormatList.
//!
//! Formats and lists are separate objects: a format can be in any number of lists, and a list can
//! be assigned to any number of pins and modes.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::device::PrepareHardware;
//! use acx::format::WaveFormat;
//! use acx::pin::Mode;
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     const CD: WaveFormat = WaveFormat::stereo(44_100, 16);
//!     const DVD: WaveFormat = WaveFormat::stereo(48_000, 16);
//!     let all = hardware.data_formats([CD, DVD])?;
//!     let list = all.list(&|_| true, hardware.passive())?;
//!     let mut circuit = host::speaker(hardware)?;
//!     let mut pin = circuit.host_pin(1)?;
//!     let lists = pin.lists();
//!     lists.assign(Mode::Media, &list, pin.passive())?;
//!     // These also work later, while the pin is in use:
//!     assert!(list.set_default(DVD, pin.passive())?);
//!     assert_eq!(*list.formats()?, [DVD, CD]);
//!     assert!(list.remove(DVD, pin.passive())?);
//!     assert_eq!(list.default_format()?, Some(CD));
//!     lists.remove(Mode::Media, pin.passive())?;
//!     circuit.add()
//! }
//! ```

use core::ptr::null_mut;

use acx_sys::*;

use crate::device::PrepareHardware;
use crate::error::check;
use crate::format::{DataFormat, WaveFormat};
use crate::mode::Mode;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::{Dispatch, Error, Passive, Result, context};

/// The formats of a device, each created once and shared by lists. They are deleted with the
/// device: create them once, and keep them in the device's context.
pub struct DataFormats {
    device: Reference,
    formats: Vec<(WaveFormat, Reference)>,
}

impl PrepareHardware<'_> {
    /// Creates `formats` for this device.
    ///
    /// # Errors
    ///
    /// ACX's errors; no format is left then.
    #[doc(alias = "AcxDataFormatCreate")]
    pub fn data_formats(
        &mut self,
        formats: impl IntoIterator<Item = WaveFormat>,
    ) -> Result<DataFormats> {
        // SAFETY: the device is alive in its own callback.
        unsafe { DataFormats::new(self.site().device, &mut formats.into_iter()) }
    }
}

impl DataFormats {
    /// # Safety
    ///
    /// A device that is alive in its own callback.
    // Not generic over the iterator, so the image has it once.
    #[inline(never)]
    unsafe fn new(
        device: WDFDEVICE,
        formats: &mut dyn Iterator<Item = WaveFormat>,
    ) -> Result<Self> {
        // SAFETY: alive, by the caller's contract.
        let owner = unsafe { Reference::new(device.cast()) };
        let mut this = Self { device: owner, formats: Vec::new() };
        // SAFETY: alive, by the caller's contract.
        let made = unsafe { this.fill(device, formats) };
        if made.is_err() {
            for (_, format) in &this.formats {
                // SAFETY: created above, and no list has it.
                unsafe { context::delete(format.object()) };
            }
        }
        made.map(|()| this)
    }

    /// # Safety
    ///
    /// A device that is alive in its own callback.
    unsafe fn fill(
        &mut self,
        device: WDFDEVICE,
        formats: &mut dyn Iterator<Item = WaveFormat>,
    ) -> Result<()> {
        for format in formats {
            // SAFETY: the device is alive, by the caller's contract.
            let handle = unsafe { new_format(device, device.cast(), format) }?;
            // SAFETY: created just now.
            let reference = unsafe { Reference::new(handle.cast()) };
            let kept = self.formats.push((format, reference));
            if kept.is_err() {
                // SAFETY: created just now, and nobody else has it.
                unsafe { context::delete(handle.cast()) };
                return kept;
            }
        }
        Ok(())
    }

    /// Creates a list of the formats for which `is_listed` is true, for any pins of the device. The
    /// first one is the default.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the device is gone, or ACX's errors.
    #[doc(alias = "AcxDataFormatListCreate")]
    pub fn list(
        &self,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
        _passive: &Passive,
    ) -> Result<FormatList> {
        self.list_below(&self.device, is_listed)
    }

    #[inline(never)]
    fn list_below(
        &self,
        owner: &Reference,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<FormatList> {
        let device = self.device.alive().ok_or(Error::InvalidState)?;
        let owner = owner.alive().ok_or(Error::InvalidState)?;
        // SAFETY: both are alive, and referenced.
        let list = unsafe { new_list(device.cast(), owner) }?;
        // SAFETY: created just now.
        let added = unsafe { self.add_to(list, is_listed) };
        if added.is_err() {
            // SAFETY: created just now, and no pin has it.
            unsafe { context::delete(list.cast()) };
        }
        // SAFETY: created just now, as a child of the owner.
        added.map(|()| unsafe { FormatList::new(list, owner) })
    }

    /// Adds the formats for which `is_listed` is true to a list.
    ///
    /// # Safety
    ///
    /// A live list.
    #[inline(never)]
    pub(crate) unsafe fn add_to(
        &self,
        list: ACXDATAFORMATLIST,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
    ) -> Result<()> {
        if self.device.alive().is_none() {
            return Err(Error::InvalidState);
        }
        for (_, format) in self.formats.iter().filter(|(format, _)| is_listed(format)) {
            // SAFETY: the list is alive, by the caller's contract; the reference keeps the format's
            // handle valid, and the format lives as long as its device. The list takes its own
            // reference.
            check(unsafe { AcxDataFormatListAddDataFormat(list, format.object().cast()) })?;
        }
        Ok(())
    }
}

/// A list of formats. Keep it in the context of the device or the circuit.
#[derive(Clone)]
pub struct FormatList {
    list: Reference,
    /// The pin or device that the list belongs to. ACX creates some lists itself, and these are
    /// deleted with their pin.
    owner: Reference,
}

impl FormatList {
    /// # Safety
    ///
    /// A live list, which lives as long as `owner` does.
    pub(crate) unsafe fn new(list: ACXDATAFORMATLIST, owner: WDFOBJECT) -> Self {
        // SAFETY: alive, by the caller's contract.
        let list = unsafe { Reference::new(list.cast()) };
        // SAFETY: alive, by the caller's contract.
        Self { list, owner: unsafe { Reference::new(owner) } }
    }

    /// Makes `format` the default if the list contains it, and returns whether it does. ACX
    /// notifies clients that wait for format changes.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the list's pin or device is gone, or ACX's errors.
    #[doc(alias = "AcxDataFormatListAssignDefaultDataFormat")]
    pub fn set_default(&self, format: WaveFormat, _level: &mut Dispatch) -> Result<bool> {
        let Some(format) = self.find(format)? else { return Ok(false) };
        let list = self.list.object().cast();
        // SAFETY: both are referenced, so their handles are valid.
        check(unsafe { AcxDataFormatListAssignDefaultDataFormat(list, format.object().cast()) })?;
        Ok(true)
    }

    /// Removes `format` from the list, and returns whether it was in it. ACX notifies clients that
    /// wait for format changes.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// The same as [`set_default`](Self::set_default).
    #[doc(alias = "AcxDataFormatListRemoveDataFormat")]
    pub fn remove(&self, format: WaveFormat, _level: &mut Dispatch) -> Result<bool> {
        let Some(format) = self.find(format)? else { return Ok(false) };
        let list = self.list.object().cast();
        // SAFETY: both are referenced, so their handles are valid.
        check(unsafe { AcxDataFormatListRemoveDataFormat(list, format.object().cast()) })?;
        Ok(true)
    }

    /// Removes every format from the list.
    ///
    /// # IRQL
    ///
    /// The same as [`remove`](Self::remove).
    ///
    /// # Errors
    ///
    /// The same as [`set_default`](Self::set_default).
    #[doc(alias = "AcxDataFormatListRemoveDataFormats")]
    pub fn clear(&self, _level: &mut Dispatch) -> Result<()> {
        let list = self.alive()?;
        // SAFETY: the reference keeps the handle valid.
        check(unsafe { AcxDataFormatListRemoveDataFormats(list) })
    }

    /// Adds those of the device's `formats` for which `is_listed` is true.
    ///
    /// # IRQL
    ///
    /// The same as [`remove`](Self::remove).
    ///
    /// # Errors
    ///
    /// The same as [`set_default`](Self::set_default).
    #[doc(alias = "AcxDataFormatListAddDataFormat")]
    pub fn add(
        &self,
        formats: &DataFormats,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
        _level: &mut Dispatch,
    ) -> Result<()> {
        // SAFETY: the reference keeps the handle valid, and the list lives as long as its owner.
        unsafe { formats.add_to(self.alive()?, is_listed) }
    }

    /// The default format; None for a list without formats.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`set_default`](Self::set_default); [`Error::NoMatch`] for a format that is not
    /// a [`WaveFormat`].
    #[doc(alias = "AcxDataFormatListRetrieveDefaultDataFormat")]
    pub fn default_format(&self) -> Result<Option<WaveFormat>> {
        // SAFETY: the reference keeps the handle valid, and the list lives as long as its owner.
        let format = unsafe { default_of(self.alive()?) };
        // SAFETY: the list references its formats, and nothing deletes them before their device or
        // pin.
        format.map(|format| unsafe { DataFormat::new(format) }.wave_format()).transpose()
    }

    /// The wave formats of the list, the default first; other formats are omitted.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`set_default`](Self::set_default); [`Error::OutOfMemory`].
    #[doc(alias = "AcxDataFormatListBeginIteration")]
    #[doc(alias = "AcxDataFormatListRetrieveNextFormat")]
    #[doc(alias = "AcxDataFormatListEndIteration")]
    pub fn formats(&self) -> Result<Vec<WaveFormat>> {
        // SAFETY: the reference keeps the handle valid, and the list lives as long as its owner.
        unsafe { formats_of(self.alive()?) }
    }

    fn alive(&self) -> Result<ACXDATAFORMATLIST> {
        self.owner.alive().map(|_| self.list.object().cast()).ok_or(Error::InvalidState)
    }

    /// A reference to the list's format that equals `format`.
    fn find(&self, format: WaveFormat) -> Result<Option<Reference>> {
        let mut found = None;
        let mut visit = |handle: ACXDATAFORMAT, own| {
            if own == Ok(format) {
                // SAFETY: the list references the format during the iteration.
                found = Some(unsafe { Reference::new(handle.cast()) });
            }
            found.is_none()
        };
        // SAFETY: the reference keeps the handle valid, and the list lives as long as its owner.
        unsafe { each(self.alive()?, &mut visit) }?;
        Ok(found)
    }
}

/// Calls `visit` with the formats of a list in order, until it returns false.
///
/// # Safety
///
/// A live list.
#[inline(never)]
unsafe fn each(
    list: ACXDATAFORMATLIST,
    visit: &mut dyn FnMut(ACXDATAFORMAT, Result<WaveFormat>) -> bool,
) -> Result<()> {
    let mut iterator = ACX_DATAFORMAT_LIST_ITERATOR::default();
    ACX_DATAFORMAT_LIST_ITERATOR_INIT(&mut iterator);
    // SAFETY: alive, by the caller's contract; the iterator is ours.
    unsafe { AcxDataFormatListBeginIteration(list, &raw mut iterator) };
    let mut handle: ACXDATAFORMAT = null_mut();
    let end = loop {
        // SAFETY: alive, by the caller's contract; the iteration has begun, and the iterator and
        // the output parameter are ours.
        let next = check(unsafe {
            AcxDataFormatListRetrieveNextFormat(list, &raw mut iterator, &raw mut handle)
        });
        match next {
            Ok(()) => {}
            Err(Error::OutOfMemory) => break Err(Error::OutOfMemory),
            // The end of the list.
            Err(_) => break Ok(()),
        }
        // SAFETY: the list references the format during the iteration.
        let format = unsafe { DataFormat::new(handle) }.wave_format();
        if !visit(handle, format) {
            break Ok(());
        }
    };
    // SAFETY: begun above.
    unsafe { AcxDataFormatListEndIteration(list, &raw mut iterator) };
    end
}

/// The default format of a list, if it has one.
///
/// # Safety
///
/// A live list.
unsafe fn default_of(list: ACXDATAFORMATLIST) -> Option<ACXDATAFORMAT> {
    let mut format: ACXDATAFORMAT = null_mut();
    // SAFETY: alive, by the caller's contract; the output parameter is ours.
    let found = check(unsafe { AcxDataFormatListRetrieveDefaultDataFormat(list, &raw mut format) });
    found.ok().map(|()| format).filter(|format| !format.is_null())
}

/// The wave formats of a list, the default first.
///
/// # Safety
///
/// A live list.
#[inline(never)]
pub(crate) unsafe fn formats_of(list: ACXDATAFORMATLIST) -> Result<Vec<WaveFormat>> {
    // SAFETY: alive, by the caller's contract.
    let default = unsafe { default_of(list) };
    let mut formats = Vec::new();
    let mut pushed = Ok(());
    let mut visit = |handle, format| {
        let Ok(format) = format else { return true };
        let at = if Some(handle) == default { 0 } else { formats.len() };
        pushed = formats.insert(at, format);
        pushed.is_ok()
    };
    // SAFETY: alive, by the caller's contract.
    unsafe { each(list, &mut visit) }?;
    pushed.map(|()| formats)
}

/// The lists of a pin, by mode. Keep it in the circuit's context.
#[derive(Clone)]
pub struct PinLists(Reference);

impl PinLists {
    /// # Safety
    ///
    /// A live pin.
    pub(crate) unsafe fn new(pin: ACXPIN) -> Self {
        // SAFETY: alive, by the caller's contract.
        Self(unsafe { Reference::new(pin.cast()) })
    }

    /// Creates a list of those of the device's `formats` for which `is_listed` is true, for this
    /// pin. The first one is the default.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the pin or its device is gone, or ACX's errors.
    #[doc(alias = "AcxDataFormatListCreate")]
    pub fn make(
        &self,
        formats: &DataFormats,
        is_listed: &dyn Fn(&WaveFormat) -> bool,
        _passive: &Passive,
    ) -> Result<FormatList> {
        formats.list_below(&self.0, is_listed)
    }

    /// Makes `list` the pin's list for `mode`, replacing the current one. ACX notifies clients that
    /// wait for format changes.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the pin or the list is gone, or ACX's errors.
    #[doc(alias = "AcxPinAssignModeDataFormatList")]
    #[inline(never)]
    pub fn assign(&self, mode: Mode, list: &FormatList, _level: &mut Dispatch) -> Result<()> {
        let pin = self.0.alive().ok_or(Error::InvalidState)?;
        if list.owner.alive().is_none() {
            return Err(Error::InvalidState);
        }
        let mode = mode.guid();
        // SAFETY: both handles are referenced and their objects alive; ACX copies the GUID. The pin
        // takes a reference to the list.
        check(unsafe {
            AcxPinAssignModeDataFormatList(pin.cast(), &raw const mode, list.list.object().cast())
        })
    }
}

/// Removal of lists, and notification of changes.
impl PinLists {
    /// Removes the list of `mode` from the pin. ACX notifies clients that wait for format changes.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the pin is gone; ACX's errors, such as for a mode without a list.
    #[doc(alias = "AcxPinRemoveModeDataFormatList")]
    pub fn remove(&self, mode: Mode, _level: &mut Dispatch) -> Result<()> {
        let pin = self.0.alive().ok_or(Error::InvalidState)?;
        let mode = mode.guid();
        let mut list: ACXDATAFORMATLIST = null_mut();
        // SAFETY: the handle is referenced and its object alive; the GUID and the output parameter
        // are ours. The list belongs to its parent, which deletes it.
        check(unsafe { AcxPinRemoveModeDataFormatList(pin.cast(), &raw const mode, &raw mut list) })
    }

    /// Notifies clients and the connected circuit that the pin's formats have changed. For a pin
    /// that reports its formats itself; changes of a list notify by themselves.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the pin is gone; ACX's errors.
    #[doc(alias = "AcxPinNotifyDataFormatChange")]
    pub fn notify_change(&self, _level: &mut Dispatch) -> Result<()> {
        let pin = self.0.alive().ok_or(Error::InvalidState)?;
        // SAFETY: the handle is referenced and its object alive.
        check(unsafe { AcxPinNotifyDataFormatChange(pin.cast()) })
    }
}

/// Adds formats to a list that is not in use yet.
///
/// # Safety
///
/// A live list of a device that is alive in its own callback; `parent` is alive.
pub(crate) unsafe fn add_formats(
    device: WDFDEVICE,
    parent: WDFOBJECT,
    list: ACXDATAFORMATLIST,
    formats: &mut dyn Iterator<Item = WaveFormat>,
) -> Result<()> {
    for format in formats {
        // SAFETY: both are alive, by the caller's contract.
        let handle = unsafe { new_format(device, parent, format) }?;
        // SAFETY: the list is alive, by the caller's contract, and the format was created just now;
        // the list takes a reference.
        check(unsafe { AcxDataFormatListAddDataFormat(list, handle) })?;
    }
    Ok(())
}

/// A format, child of `parent`.
///
/// # Safety
///
/// A device that is alive in its own callback, and a live parent.
pub(crate) unsafe fn new_format(
    device: WDFDEVICE,
    parent: WDFOBJECT,
    format: WaveFormat,
) -> Result<ACXDATAFORMAT> {
    let mut bytes = format.to_ks();
    let mut config = ACX_DATAFORMAT_CONFIG::default();
    ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, (&raw mut bytes).cast());
    let mut attributes = context::attributes::<()>(parent);
    let mut handle: ACXDATAFORMAT = null_mut();
    // SAFETY: the device and the parent are alive, by the caller's contract; ACX copies the format.
    check(unsafe {
        AcxDataFormatCreate(device, &raw mut attributes, &raw mut config, &raw mut handle)
    })?;
    Ok(handle)
}

/// An empty list, child of `parent`.
///
/// # Safety
///
/// A live device, and a live parent.
#[inline(never)]
pub(crate) unsafe fn new_list(device: WDFDEVICE, parent: WDFOBJECT) -> Result<ACXDATAFORMATLIST> {
    let mut config = ACX_DATAFORMAT_LIST_CONFIG::default();
    ACX_DATAFORMAT_LIST_CONFIG_INIT(&mut config);
    let mut attributes = context::attributes::<()>(parent);
    let mut list: ACXDATAFORMATLIST = null_mut();
    // SAFETY: the device and the parent are alive, by the caller's contract.
    check(unsafe {
        AcxDataFormatListCreate(device, &raw mut attributes, &raw mut config, &raw mut list)
    })?;
    Ok(list)
}
