//! Other circuits, with their pins, elements and streams, and circuit factories. A driver reads and
//! sets their properties and calls their methods. DDI: AcxTargetCircuitFormatRequestForProperty and
//! its siblings.
//!
//! A target is lent by a callback (a [`Neighbour`](crate::pin::Neighbour) is connected to one), or
//! the driver opens it: [`opened`](crate::opened), which has an example. The other circuit may
//! belong to another driver and disappear at any time; requests then fail.
//!
//! A request waits at most one second for the other circuit, and is then cancelled.

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

    /// Adds a property request's input, or a method's arguments.
    #[must_use]
    pub const fn with_input(self, input: &'a [u8]) -> Self {
        Self { input, ..self }
    }
}

/// The operation of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Set,
    Call,
}

/// A target of requests: a circuit, pin, element, stream or factory.
///
/// Each call waits at most one second for the other circuit. The token proves that no lock is held
/// that the other circuit's driver may need.
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
    /// Reads a property into `value`. Returns the number of bytes.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if the target is gone; the other circuit's errors.
    fn get(&self, property: &Item<'_>, value: &mut [u8], passive: &mut Passive) -> Result<usize> {
        let (status, length) = ask(self, Verb::Get, property, value, passive)?;
        check(status).map(|()| length.min(value.len()))
    }

    /// The length of a property's value in bytes.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get).
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
    /// [`Error::InvalidState`] if the target is gone; [`Error::OutOfMemory`]; the other circuit's
    /// errors.
    fn set(&self, property: &Item<'_>, value: &[u8], passive: &mut Passive) -> Result<()> {
        // The other driver gets the value's address, so pass a copy.
        let mut copy = Vec::new();
        copy.extend(value.iter().copied())?;
        let (status, _) = ask(self, Verb::Set, property, &mut copy, passive)?;
        check(status)
    }

    /// Calls a method, and stores its result in `result`. Returns the number of bytes.
    ///
    /// # IRQL
    ///
    /// `PASSIVE_LEVEL`.
    ///
    /// # Errors
    ///
    /// The same as [`get`](Self::get).
    fn call(&self, method: &Item<'_>, result: &mut [u8], passive: &mut Passive) -> Result<usize> {
        let (status, length) = ask(self, Verb::Call, method, result, passive)?;
        check(status).map(|()| length.min(result.len()))
    }
}

impl<T: sealed::Target> Target for T {}

pub(crate) mod sealed {
    use acx_sys::*;

    use crate::Result;

    /// A DDI function that sets the parameters of a request.
    pub(crate) type Format<H> = unsafe fn(H, WDFREQUEST, PACX_REQUEST_PARAMETERS) -> NTSTATUS;

    pub trait Target {
        /// The DDI's handle type.
        #[doc(hidden)]
        type Handle;

        /// The function that returns the I/O target.
        #[doc(hidden)]
        const IO: unsafe fn(Self::Handle) -> WDFIOTARGET;

        #[doc(hidden)]
        const FOR_PROPERTY: Format<Self::Handle>;

        #[doc(hidden)]
        const FOR_METHOD: Format<Self::Handle>;

        /// The handle, unless the object is gone. It is valid while the target is borrowed.
        #[doc(hidden)]
        fn alive(&self) -> Result<Self::Handle>;

        /// The item to which requests are addressed within the I/O target.
        #[doc(hidden)]
        fn address(&self) -> (ACX_ITEM_TYPE, ULONG);
    }
}

/// The I/O target of `target`, unless it is gone.
fn io_target<T: sealed::Target + ?Sized>(target: &T) -> Result<WDFIOTARGET> {
    // SAFETY: alive; the handle is valid while the target is borrowed.
    let io = unsafe { T::IO(target.alive()?) };
    if io.is_null() { Err(Error::InvalidState) } else { Ok(io) }
}

/// Sends a request. Returns the completion's status and information.
pub(crate) fn ask<T: sealed::Target + ?Sized>(
    target: &T,
    verb: Verb,
    item: &Item<'_>,
    value: &mut [u8],
    passive: &mut Passive,
) -> Result<(NTSTATUS, usize)> {
    // The other driver gets the input's address, so pass a copy.
    let mut input = Vec::new();
    input.extend(item.input.iter().copied())?;
    let mut parameters = parameters(verb, item, target.address(), &mut input, value)?;
    // SAFETY: the target is alive while it is borrowed, and so is its I/O target.
    let outgoing = unsafe { Outgoing::new(io_target(target)?) }?;
    let format = if verb == Verb::Call { T::FOR_METHOD } else { T::FOR_PROPERTY };
    // SAFETY: alive; at PASSIVE_LEVEL by the token; a request for this I/O target, and parameters
    // of ours.
    check(unsafe { format(target.alive()?, outgoing.handle(), &raw mut parameters) })?;
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

/// The item of a target that is neither pin nor element.
pub(crate) const ITSELF: (ACX_ITEM_TYPE, ULONG) =
    (_ACX_ITEM_TYPE::AcxItemTypeDefault, AcxItemIdNone);

/// The handle of a borrowed target. Neither `Clone` nor `Copy`: its holder is only borrowed, so it
/// does not outlive the object.
#[derive(Debug)]
struct Lent<H>(*mut H);

// SAFETY: a handle is a number that belongs to no thread.
unsafe impl<H> Send for Lent<H> {}
// SAFETY: sharing one gives out that number only; each request is a separate object.
unsafe impl<H> Sync for Lent<H> {}

impl<H> Lent<H> {
    fn alive(&self) -> Result<*mut H> {
        // SAFETY: the lender of the object keeps its handle valid.
        let is_gone = unsafe { context::is_gone(self.0.cast()) };
        if is_gone { Err(Error::InvalidState) } else { Ok(self.0) }
    }
}

/// The result of `count` for a target; 0 when it is gone.
///
/// # Safety
///
/// `count` must require nothing but a live handle.
unsafe fn count_of<T: sealed::Target>(target: &T, count: unsafe fn(T::Handle) -> ULONG) -> u32 {
    // SAFETY: alive, and valid while the target is borrowed; nothing else is required.
    target.alive().map_or(0, |handle| unsafe { count(handle) })
}

/// The result of `find` for `index`, if it is below `count`'s result.
///
/// # Safety
///
/// `find` must require nothing but a live handle and an index below `count`'s result.
unsafe fn part_of<T: sealed::Target, P>(
    target: &T,
    index: u32,
    count: u32,
    find: unsafe fn(T::Handle, ULONG) -> *mut P,
) -> Option<*mut P> {
    let handle = target.alive().ok().filter(|_| index < count)?;
    // SAFETY: alive, and valid while the target is borrowed; the index is below the count.
    let part = unsafe { find(handle, index) };
    (!part.is_null()).then_some(part)
}

/// A circuit, borrowed from a callback or from an [`OpenCircuit`](crate::opened::OpenCircuit).
#[derive(Debug)]
pub struct Circuit {
    handle: Lent<ACXTARGETCIRCUIT__>,
}

impl Circuit {
    /// # Safety
    ///
    /// A target circuit that stays valid while this is lent.
    pub(crate) unsafe fn lent(handle: ACXTARGETCIRCUIT) -> Self {
        Self { handle: Lent(handle) }
    }

    /// The number of its pins; 0 when it is gone.
    #[doc(alias = "AcxTargetCircuitGetPinsCount")]
    pub fn pins_count(&self) -> u32 {
        // SAFETY: the function requires only a live handle.
        unsafe { count_of(self, AcxTargetCircuitGetPinsCount) }
    }

    /// The number of its elements; 0 when it is gone.
    #[doc(alias = "AcxTargetCircuitGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: the function requires only a live handle.
        unsafe { count_of(self, AcxTargetCircuitGetElementsCount) }
    }

    /// The pin at `index`, counted from 0.
    #[doc(alias = "AcxTargetCircuitGetTargetPin")]
    pub fn pin_at(&self, index: u32) -> Option<Pin<'_>> {
        let (count, find) = (self.pins_count(), AcxTargetCircuitGetTargetPin);
        // SAFETY: the count is that of the pins.
        let handle = unsafe { part_of(self, index, count, find) }?;
        Some(Pin { handle, circuit: PhantomData })
    }

    /// The element at `index`, counted from 0.
    #[doc(alias = "AcxTargetCircuitGetTargetElement")]
    pub fn element_at(&self, index: u32) -> Option<Element<'_>> {
        let (count, find) = (self.elements_count(), AcxTargetCircuitGetTargetElement);
        // SAFETY: the count is that of the elements.
        let handle = unsafe { part_of(self, index, count, find) }?;
        Some(Element { handle, owner: PhantomData })
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
        let string = unsafe { AcxTargetCircuitGetSymbolicLinkName(self.handle.alive()?) };
        if string.is_null() {
            return Err(Error::InvalidState);
        }
        // SAFETY: the circuit's own string, which lasts as long as the circuit and does not change.
        unsafe { text_of(string) }
    }
}

impl sealed::Target for Circuit {
    type Handle = ACXTARGETCIRCUIT;

    const IO: unsafe fn(Self::Handle) -> WDFIOTARGET = AcxTargetCircuitGetWdfIoTarget;
    const FOR_PROPERTY: sealed::Format<Self::Handle> = AcxTargetCircuitFormatRequestForProperty;
    const FOR_METHOD: sealed::Format<Self::Handle> = AcxTargetCircuitFormatRequestForMethod;

    fn alive(&self) -> Result<Self::Handle> {
        self.handle.alive()
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        ITSELF
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

    /// The wave formats that it lists for `mode`, the default first; other formats are omitted.
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
        // SAFETY: ACX has just returned the list, so it is alive.
        let list = unsafe { Reference::new(list.cast()) };
        // SAFETY: the reference keeps the list.
        unsafe { formats_of(list.object().cast()) }
    }

    /// Makes the next [`formats`](Self::formats) query the other circuit again. ACX does this by
    /// itself when it is notified of a change.
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
    type Handle = ACXTARGETPIN;

    const IO: unsafe fn(Self::Handle) -> WDFIOTARGET = AcxTargetPinGetWdfIoTarget;
    const FOR_PROPERTY: sealed::Format<Self::Handle> = AcxTargetPinFormatRequestForProperty;
    const FOR_METHOD: sealed::Format<Self::Handle> = AcxTargetPinFormatRequestForMethod;

    fn alive(&self) -> Result<Self::Handle> {
        // While its circuit is lent.
        Ok(self.handle)
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        (_ACX_ITEM_TYPE::AcxItemTypePin, self.id())
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

    /// Its node type, such as KSNODETYPE_VOLUME.
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
    type Handle = ACXTARGETELEMENT;

    const IO: unsafe fn(Self::Handle) -> WDFIOTARGET = AcxTargetElementGetWdfIoTarget;
    const FOR_PROPERTY: sealed::Format<Self::Handle> = AcxTargetElementFormatRequestForProperty;
    const FOR_METHOD: sealed::Format<Self::Handle> = AcxTargetElementFormatRequestForMethod;

    fn alive(&self) -> Result<Self::Handle> {
        // While its owner is lent.
        Ok(self.handle)
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        (_ACX_ITEM_TYPE::AcxItemTypeElement, self.id())
    }
}

/// A stream on a target circuit, borrowed from [`StreamBridge::ask`](crate::bridge::StreamBridge)
/// or from an [`OpenStream`](crate::opened::OpenStream).
#[derive(Debug)]
pub struct Stream {
    handle: Lent<ACXTARGETSTREAM__>,
}

impl Stream {
    /// # Safety
    ///
    /// A target stream that stays valid while this is lent.
    pub(crate) unsafe fn lent(handle: ACXTARGETSTREAM) -> Self {
        Self { handle: Lent(handle) }
    }

    /// The number of its elements; 0 when it is gone.
    #[doc(alias = "AcxTargetStreamGetElementsCount")]
    pub fn elements_count(&self) -> u32 {
        // SAFETY: the function requires only a live handle.
        unsafe { count_of(self, AcxTargetStreamGetElementsCount) }
    }

    /// The element at `index`, counted from 0.
    #[doc(alias = "AcxTargetStreamGetTargetElement")]
    pub fn element_at(&self, index: u32) -> Option<Element<'_>> {
        let (count, find) = (self.elements_count(), AcxTargetStreamGetTargetElement);
        // SAFETY: the count is that of the elements.
        let handle = unsafe { part_of(self, index, count, find) }?;
        Some(Element { handle, owner: PhantomData })
    }

    /// Assigns content with these rights, which the stream's driver enforces.
    ///
    /// # IRQL
    ///
    /// At most `DISPATCH_LEVEL`, with no lock held: the token proves both.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if it is gone; the other circuit's errors.
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
            let stream = self.handle.alive()?;
            AcxTargetStreamAssignDrmContentId(stream, content.id(), &raw mut rights)
        })
    }
}

impl Stream {
    /// Asks the stream's driver, through the system, to protect the content too.
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
        let io = io_target(self)?;
        let forward = ACXDRMFORWARD {
            // SAFETY: an open I/O target, whose device exists as long as it is open.
            DeviceObject: unsafe { WdfIoTargetWdmGetTargetDeviceObject(io) },
            // SAFETY: an open I/O target, whose file exists as long as it is open.
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
    type Handle = ACXTARGETSTREAM;

    const IO: unsafe fn(Self::Handle) -> WDFIOTARGET = AcxTargetStreamGetWdfIoTarget;
    const FOR_PROPERTY: sealed::Format<Self::Handle> = AcxTargetStreamFormatRequestForProperty;
    const FOR_METHOD: sealed::Format<Self::Handle> = AcxTargetStreamFormatRequestForMethod;

    fn alive(&self) -> Result<Self::Handle> {
        self.handle.alive()
    }

    fn address(&self) -> (ACX_ITEM_TYPE, ULONG) {
        ITSELF
    }
}
