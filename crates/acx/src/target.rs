//! Other circuits and what they have: pins, elements, streams, and factories. A driver reads their
//! properties, sets them, and calls their methods. DDI: AcxTargetCircuitFormatRequestForProperty
//! and its siblings.
//!
//! A target is lent by a callback (a [`Neighbour`](crate::pin::Neighbour) is connected to one), or
//! the driver opens it: [`opened`](crate::opened), which has an example. The other circuit may go
//! at any time, for it may be another driver's: requests fail then.
//!
//! A request waits for the other circuit, a second at most, then it is cancelled.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::drm::{Content, Rights};
use crate::error::check;
use crate::format::WaveFormat;
use crate::format_list::formats_of;
use crate::mode::Mode;
use crate::outgoing::Outgoing;
use crate::pool::Vec;
use crate::reference::Reference;
use crate::wdf_text::text_of;
use crate::{Dispatch, Error, Passive, Result, context};

/// A property or method of a target.
#[derive(Clone, Copy)]
pub struct Item<'a> {
    set: &'a GUID,
    id: u32,
    input: &'a [u8],
}

impl<'a> Item<'a> {
    /// Property or method `id` of `set`.
    pub const fn new(set: &'a GUID, id: u32) -> Self {
        Self { set, id, input: &[] }
    }

    /// With what a property's request has beside the value, or a method's arguments.
    #[must_use]
    pub const fn with_input(self, input: &'a [u8]) -> Self {
        Self { input, ..self }
    }
}

/// What a request does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Set,
    Call,
}

/// Something that requests are sent to: a circuit, a pin, an element, a stream, a factory.
///
/// Each of these waits for the other circuit's answer, a second at most; the token says that
/// nothing is held that the other circuit's driver may want.
#[doc(alias = "AcxTargetCircuitFormatRequestForProperty")]
#[doc(alias = "AcxTargetCircuitFormatRequestForMethod")]
#[doc(alias = "AcxTargetCircuitGetWdfIoTarget")]
#[doc(alias = "AcxTargetPinFormatRequestForProperty")]
#[doc(alias = "AcxTargetPinFormatRequestForMethod")]
#[doc(alias = "AcxTargetPinGetWdfIoTarget")]
#[doc(alias = "AcxTargetElementFormatRequestForProperty")]
#[doc(alias = "AcxTargetElementFormatRequestForMethod")]
#[doc(alias = "AcxTargetElementGetWdfIoTarget")]
#[doc(alias = "AcxTargetStreamFormatRequestForProperty")]
#[doc(alias = "AcxTargetStreamFormatRequestForMethod")]
#[doc(alias = "AcxTargetStreamGetWdfIoTarget")]
#[doc(alias = "AcxTargetFactoryCircuitFormatRequestForProperty")]
#[doc(alias = "AcxTargetFactoryCircuitFormatRequestForMethod")]
#[doc(alias = "AcxTargetFactoryCircuitGetWdfIoTarget")]
pub trait Target: sealed::Target {
    /// Reads a property into `value`; returns the number of bytes.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the target is gone; what the other circuit answers.
    fn get(&self, property: &Item<'_>, value: &mut [u8], passive: &mut Passive) -> Result<usize> {
        let (status, length) = ask(self, Verb::Get, property, value, passive)?;
        check(status).map(|()| length.min(value.len()))
    }

    /// The number of bytes that a property has.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn length(&self, property: &Item<'_>, passive: &mut Passive) -> Result<usize> {
        let (status, length) = ask(self, Verb::Get, property, &mut [], passive)?;
        if status != STATUS_BUFFER_OVERFLOW {
            check(status)?;
        }
        Ok(length)
    }

    /// Sets a property.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the target is gone; [`Error::OutOfMemory`]; what the other
    /// circuit answers.
    fn set(&self, property: &Item<'_>, value: &[u8], passive: &mut Passive) -> Result<()> {
        // The other driver gets the place of the value: it is a copy.
        let mut copy = Vec::new();
        copy.extend(value.iter().copied())?;
        let (status, _) = ask(self, Verb::Set, property, &mut copy, passive)?;
        check(status)
    }

    /// Calls a method, whose result goes into `result`; returns the number of bytes.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    fn call(&self, method: &Item<'_>, result: &mut [u8], passive: &mut Passive) -> Result<usize> {
        let (status, length) = ask(self, Verb::Call, method, result, passive)?;
        check(status).map(|()| length.min(result.len()))
    }
}

impl<T: sealed::Target> Target for T {}

pub(crate) mod sealed {
    use acx_sys::*;

    use crate::Result;

    pub trait Target {
        /// The I/O target, unless it is gone.
        #[doc(hidden)]
        fn io(&self) -> Result<WDFIOTARGET>;

        /// What requests are addressed to below the I/O target.
        #[doc(hidden)]
        fn address(&self) -> (ACX_ITEM_TYPE, ULONG);

        /// # Safety
        ///
        /// At PASSIVE_LEVEL; a request for this target's I/O target, and initialized parameters.
        #[doc(hidden)]
        unsafe fn format(
            &self,
            is_method: bool,
            request: WDFREQUEST,
            parameters: PACX_REQUEST_PARAMETERS,
        ) -> NTSTATUS;
    }
}

/// Sends a request. Status and information of the answer.
pub(crate) fn ask(
    target: &(impl sealed::Target + ?Sized),
    verb: Verb,
    item: &Item<'_>,
    value: &mut [u8],
    passive: &mut Passive,
) -> Result<(NTSTATUS, usize)> {
    // The other driver gets the place of the input: it is a copy.
    let mut input = Vec::new();
    input.extend(item.input.iter().copied())?;
    let mut parameters = parameters(verb, item, target.address(), &mut input, value)?;
    // SAFETY: the target is alive while it is borrowed, and so is its I/O target.
    let outgoing = unsafe { Outgoing::new(target.io()?) }?;
    // SAFETY: at PASSIVE_LEVEL by the token; a request for this I/O target, and parameters of ours.
    check(unsafe { target.format(verb == Verb::Call, outgoing.handle(), &raw mut parameters) })?;
    // SAFETY: formatted just now; input and value outlive the call.
    let (status, information) = unsafe { outgoing.send(passive) };
    Ok((status, usize::try_from(information).unwrap_or(0)))
}

/// The parameters of a request.
fn parameters(
    verb: Verb,
    item: &Item<'_>,
    address: (ACX_ITEM_TYPE, ULONG),
    input: &mut [u8],
    value: &mut [u8],
) -> Result<ACX_REQUEST_PARAMETERS> {
    let place = |bytes: &mut [u8]| -> Result<(PVOID, ULONG)> {
        let length = ULONG::try_from(bytes.len()).map_err(|_| Error::InvalidParameter)?;
        Ok(if length == 0 { (null_mut(), 0) } else { (bytes.as_mut_ptr().cast(), length) })
    };
    let (input, input_length) = place(input)?;
    let (value, length) = place(value)?;
    let (kind, id) = address;
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    if verb == Verb::Call {
        ACX_REQUEST_PARAMETERS_INIT_METHOD(
            &mut parameters,
            *item.set,
            item.id,
            _ACX_METHOD_VERB::AcxMethodVerbSend,
            kind,
            id,
            input,
            input_length,
            value,
            length,
        );
    } else {
        let verb = match verb {
            Verb::Set => _ACX_PROPERTY_VERB::AcxPropertyVerbSet,
            _ => _ACX_PROPERTY_VERB::AcxPropertyVerbGet,
        };
        ACX_REQUEST_PARAMETERS_INIT_PROPERTY(
            &mut parameters,
            *item.set,
            item.id,
            verb,
            kind,
            id,
            input,
            input_length,
            value,
            length,
        );
    }
    Ok(parameters)
}

/// What is no pin and no element.
pub(crate) const ITSELF: (ACX_ITEM_TYPE, ULONG) =
    (_ACX_ITEM_TYPE::AcxItemTypeDefault, AcxItemIdNone);

pub(crate) fn io_target(io: WDFIOTARGET) -> Result<WDFIOTARGET> {
    if io.is_null() { Err(Error::InvalidState) } else { Ok(io) }
}

/// A circuit. It is lent: by the callback that it comes with, or by an
/// [`OpenCircuit`](crate::opened::OpenCircuit).
#[derive(Debug)]
pub struct Circuit {
    // Neither `Clone` nor `Copy`: it is lent by reference only, so it does not outlive the object.
    handle: ACXTARGETCIRCUIT,
}

// SAFETY: a handle is a number that belongs to no thread.
unsafe impl Send for Circuit {}
// SAFETY: sharing one gives out that number only; each request is an object of its own.
unsafe impl Sync for Circuit {}

impl Circuit {
    /// # Safety
    ///
    /// A target circuit that stays valid while this is lent.
    pub(crate) unsafe fn lent(handle: ACXTARGETCIRCUIT) -> Self {
        Self { handle }
    }

    pub(crate) fn alive(&self) -> Result<ACXTARGETCIRCUIT> {
        // SAFETY: what lends the circuit keeps its handle valid.
        let is_gone = unsafe { context::is_gone(self.handle.cast()) };
        if is_gone { Err(Error::InvalidState) } else { Ok(self.handle) }
    }

    /// How many pins it has; 0 when it is gone.
    #[doc(alias = "AcxTargetCircuitGetPinsCount")]
    pub fn pins_count(&self) -> u32 {
        // SAFETY: alive; what lends the circuit keeps its handle valid.
        self.alive().map_or(0, |circuit| unsafe { AcxTargetCircuitGetPinsCount(circuit) })
    }

    /// How many elements it has; 0 when it is gone.
    #[doc(alias = "AcxTargetCircuitGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: alive; what lends the circuit keeps its handle valid.
        self.alive().map_or(0, |circuit| unsafe { AcxTargetCircuitGetElementsCount(circuit) })
    }

    /// The pin at `index`, counted from 0.
    #[doc(alias = "AcxTargetCircuitGetTargetPin")]
    pub fn pin_at(&self, index: u32) -> Option<Pin<'_>> {
        if index >= self.pins_count() {
            return None;
        }
        // SAFETY: alive; what lends the circuit keeps its handle valid.
        let handle = unsafe { AcxTargetCircuitGetTargetPin(self.alive().ok()?, index) };
        (!handle.is_null()).then_some(Pin { handle, circuit: PhantomData })
    }

    /// The element at `index`, counted from 0.
    #[doc(alias = "AcxTargetCircuitGetTargetElement")]
    pub fn element_at(&self, index: u32) -> Option<Element<'_>> {
        if index >= self.elements_count() {
            return None;
        }
        // SAFETY: alive; what lends the circuit keeps its handle valid.
        let handle = unsafe { AcxTargetCircuitGetTargetElement(self.alive().ok()?, index) };
        (!handle.is_null()).then_some(Element { handle, owner: PhantomData })
    }

    /// Its symbolic link.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is gone; [`Error::OutOfMemory`].
    #[doc(alias = "AcxTargetCircuitGetSymbolicLinkName")]
    pub fn link(&self, _passive: &Passive) -> Result<Vec<u16>> {
        // SAFETY: alive; at PASSIVE_LEVEL by the token.
        let string = unsafe { AcxTargetCircuitGetSymbolicLinkName(self.alive()?) };
        if string.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the circuit's own string, which lasts as long as the circuit and does not change.
        unsafe { text_of(string) }
    }
}

impl sealed::Target for Circuit {
    fn io(&self) -> Result<WDFIOTARGET> {
        // SAFETY: alive; what lends the circuit keeps its handle valid.
        io_target(unsafe { AcxTargetCircuitGetWdfIoTarget(self.alive()?) })
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        ITSELF
    }

    unsafe fn format(
        &self,
        is_method: bool,
        request: WDFREQUEST,
        parameters: PACX_REQUEST_PARAMETERS,
    ) -> NTSTATUS {
        let format = if is_method {
            AcxTargetCircuitFormatRequestForMethod
        } else {
            AcxTargetCircuitFormatRequestForProperty
        };
        // SAFETY: what lends the circuit keeps its handle valid; the rest is the caller's.
        unsafe { format(self.handle, request, parameters) }
    }
}

/// A pin of a target circuit.
#[derive(Debug)]
pub struct Pin<'circuit> {
    handle: ACXTARGETPIN,
    circuit: PhantomData<&'circuit Circuit>,
}

impl Pin<'_> {
    /// Its id.
    #[doc(alias = "AcxTargetPinGetId")]
    pub fn id(&self) -> u32 {
        // SAFETY: alive while its circuit is lent.
        unsafe { AcxTargetPinGetId(self.handle) }
    }

    /// The wave formats that it lists for `mode`, the default first; other formats are left out.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors, such as for a mode that has no list.
    #[doc(alias = "AcxTargetPinRetrieveModeDataFormatList")]
    pub fn formats(&self, mode: Mode, _passive: &Passive) -> Result<Vec<WaveFormat>> {
        let mode = mode.guid();
        let mut list: ACXDATAFORMATLIST = null_mut();
        // SAFETY: alive while its circuit is lent; at PASSIVE_LEVEL by the token; the GUID and the
        // output parameter are ours.
        check(unsafe {
            AcxTargetPinRetrieveModeDataFormatList(self.handle, &raw const mode, &raw mut list)
        })?;
        // ACX may replace its list when the formats change.
        // SAFETY: ACX has just given the list, so it is alive.
        let list = unsafe { Reference::new(list.cast()) };
        // SAFETY: the reference keeps the list.
        unsafe { formats_of(list.object().cast()) }
    }

    /// Has the next [`formats`](Self::formats) ask the other circuit again. ACX does so by itself
    /// when it learns that they have changed.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxTargetPinFlushModeDataFormatListCache")]
    pub fn flush_formats(&self, mode: Mode, _passive: &Passive) -> Result<()> {
        let mode = mode.guid();
        // SAFETY: alive while its circuit is lent; at PASSIVE_LEVEL by the token; ACX reads the
        // GUID.
        check(unsafe { AcxTargetPinFlushModeDataFormatListCache(self.handle, &raw const mode) })
    }
}

impl sealed::Target for Pin<'_> {
    fn io(&self) -> Result<WDFIOTARGET> {
        // SAFETY: alive while its circuit is lent.
        io_target(unsafe { AcxTargetPinGetWdfIoTarget(self.handle) })
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        (_ACX_ITEM_TYPE::AcxItemTypePin, self.id())
    }

    unsafe fn format(
        &self,
        is_method: bool,
        request: WDFREQUEST,
        parameters: PACX_REQUEST_PARAMETERS,
    ) -> NTSTATUS {
        let format = if is_method {
            AcxTargetPinFormatRequestForMethod
        } else {
            AcxTargetPinFormatRequestForProperty
        };
        // SAFETY: alive while its circuit is lent; the rest is the caller's.
        unsafe { format(self.handle, request, parameters) }
    }
}

/// An element of a target circuit or of a stream on it.
#[derive(Debug)]
pub struct Element<'owner> {
    handle: ACXTARGETELEMENT,
    owner: PhantomData<&'owner ()>,
}

impl Element<'_> {
    /// Its id.
    #[doc(alias = "AcxTargetElementGetId")]
    pub fn id(&self) -> u32 {
        // SAFETY: alive while its owner is lent.
        unsafe { AcxTargetElementGetId(self.handle) }
    }

    /// What it is: a node type, such as KSNODETYPE_VOLUME.
    #[doc(alias = "AcxTargetElementGetType")]
    pub fn kind(&self) -> GUID {
        // SAFETY: alive while its owner is lent.
        unsafe { AcxTargetElementGetType(self.handle) }
    }

    /// Its name, as a GUID.
    #[doc(alias = "AcxTargetElementGetNameTag")]
    pub fn name(&self) -> GUID {
        // SAFETY: alive while its owner is lent.
        unsafe { AcxTargetElementGetNameTag(self.handle) }
    }
}

impl sealed::Target for Element<'_> {
    fn io(&self) -> Result<WDFIOTARGET> {
        // SAFETY: alive while its owner is lent.
        io_target(unsafe { AcxTargetElementGetWdfIoTarget(self.handle) })
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        (_ACX_ITEM_TYPE::AcxItemTypeElement, self.id())
    }

    unsafe fn format(
        &self,
        is_method: bool,
        request: WDFREQUEST,
        parameters: PACX_REQUEST_PARAMETERS,
    ) -> NTSTATUS {
        let format = if is_method {
            AcxTargetElementFormatRequestForMethod
        } else {
            AcxTargetElementFormatRequestForProperty
        };
        // SAFETY: alive while its owner is lent; the rest is the caller's.
        unsafe { format(self.handle, request, parameters) }
    }
}

/// A stream on a target circuit. It is lent: by [`StreamBridge::ask`](crate::bridge::StreamBridge),
/// or by an [`OpenStream`](crate::opened::OpenStream).
#[derive(Debug)]
pub struct Stream {
    handle: ACXTARGETSTREAM,
}

// SAFETY: a handle is a number that belongs to no thread.
unsafe impl Send for Stream {}
// SAFETY: sharing one gives out that number only; each request is an object of its own.
unsafe impl Sync for Stream {}

impl Stream {
    /// # Safety
    ///
    /// A target stream that stays valid while this is lent.
    pub(crate) unsafe fn lent(handle: ACXTARGETSTREAM) -> Self {
        Self { handle }
    }

    fn alive(&self) -> Result<ACXTARGETSTREAM> {
        // SAFETY: what lends the stream keeps its handle valid.
        let is_gone = unsafe { context::is_gone(self.handle.cast()) };
        if is_gone { Err(Error::InvalidState) } else { Ok(self.handle) }
    }

    /// How many elements it has; 0 when it is gone.
    #[doc(alias = "AcxTargetStreamGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: alive; what lends the stream keeps its handle valid.
        self.alive().map_or(0, |stream| unsafe { AcxTargetStreamGetElementsCount(stream) })
    }

    /// The element at `index`, counted from 0.
    #[doc(alias = "AcxTargetStreamGetTargetElement")]
    pub fn element_at(&self, index: u32) -> Option<Element<'_>> {
        if index >= self.elements_count() {
            return None;
        }
        // SAFETY: alive; what lends the stream keeps its handle valid.
        let handle = unsafe { AcxTargetStreamGetTargetElement(self.alive().ok()?, index) };
        (!handle.is_null()).then_some(Element { handle, owner: PhantomData })
    }

    /// Gives it content with these rights; its driver enforces them.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token says both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is gone; what the other circuit answers.
    #[doc(alias = "AcxTargetStreamAssignDrmContentId")]
    pub fn assign_content(
        &self,
        content: Content,
        rights: Rights,
        _level: &mut Dispatch,
    ) -> Result<()> {
        let mut rights = rights.to_acx();
        // SAFETY: alive; at most DISPATCH_LEVEL by the token; the rights are ours.
        check(unsafe {
            AcxTargetStreamAssignDrmContentId(self.alive()?, content.id(), &raw mut rights)
        })
    }
}

impl Stream {
    /// Asks the stream's driver, through the system, whether it protects the content as well.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is gone; the error of a driver that cannot protect it.
    #[doc(alias = "AcxDrmForwardContentToDeviceObject")]
    pub fn forward_content(&self, content: Content, _passive: &mut Passive) -> Result<()> {
        let io = sealed::Target::io(self)?;
        let forward = ACXDRMFORWARD {
            // SAFETY: an open I/O target, whose device is there as long as it is.
            DeviceObject: unsafe { WdfIoTargetWdmGetTargetDeviceObject(io) },
            // SAFETY: an open I/O target, whose file is there as long as it is.
            FileObject: unsafe { WdfIoTargetWdmGetTargetFileObject(io) },
            ..Default::default()
        };
        if forward.DeviceObject.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: at PASSIVE_LEVEL by the token; device and file are the target's, and the
        // structure is ours.
        check(unsafe {
            AcxDrmForwardContentToDeviceObject(content.id(), null_mut(), &raw const forward)
        })
    }
}

impl sealed::Target for Stream {
    fn io(&self) -> Result<WDFIOTARGET> {
        // SAFETY: alive; what lends the stream keeps its handle valid.
        io_target(unsafe { AcxTargetStreamGetWdfIoTarget(self.alive()?) })
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        ITSELF
    }

    unsafe fn format(
        &self,
        is_method: bool,
        request: WDFREQUEST,
        parameters: PACX_REQUEST_PARAMETERS,
    ) -> NTSTATUS {
        let format = if is_method {
            AcxTargetStreamFormatRequestForMethod
        } else {
            AcxTargetStreamFormatRequestForProperty
        };
        // SAFETY: what lends the stream keeps its handle valid; the rest is the caller's.
        unsafe { format(self.handle, request, parameters) }
    }
}
