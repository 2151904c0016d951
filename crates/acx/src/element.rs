//! Volume, mute, peak meter, and elements of other types. DDI: AcxVolumeCreate, AcxMuteCreate,
//! AcxPeakMeterCreate, AcxElementCreate.
//!
//! ACX checks the channel number before each call, and calls these at `PASSIVE_LEVEL`.
//!
//! The driver defines the properties and methods of an element for which ACX has no type:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::device::PrepareHardware;
//! use acx::element::ElementId;
//! use acx::guid::GUID;
//! use acx::items::{Handler, Method};
//! use acx::request::{Property, Request};
//!
//! const CONTOSO: GUID = acx::guid!("6B2F4F35-6C4F-4E0E-8DA9-5A3D4E2AB6F1");
//!
//! struct Equalizer;
//!
//! impl Handler for Equalizer {
//!     const PROPERTIES: &'static [Property] = &[Property::read_only(&CONTOSO, 1)];
//!     const METHODS: &'static [Method] = &[Method::new(&CONTOSO, 2)];
//!
//!     fn property(&self, request: Request<'_>) {
//!         if let Some(mut request) = request.require_length(4) {
//!             let written = request.write_value(&10_u32.to_le_bytes());
//!             request.complete(Ok(written));
//!         }
//!     }
//!
//!     fn method(&self, request: Request<'_>) {
//!         request.complete(Ok(0));
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     let mut circuit = host::speaker(hardware)?;
//!     let kind = ElementId { kind: Some(&CONTOSO), name: None };
//!     circuit.element(kind, Equalizer)?;
//!     circuit.add_then(|circuit, _| {
//!         let element = circuit.element(0).expect("it was added");
//!         assert!(element.is_of_circuit(circuit));
//!     })
//! }
//! ```

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::error::{check, status};
use crate::event::{ChangeNotifier, Changed};
use crate::items::{Handler, Items, one};
use crate::owner::Owner;
use crate::stream::NewStream;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// The way in which a volume changes to its new level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fade {
    /// The duration, in units of 100 ns; 0 is as short as possible without a click.
    pub duration: u64,
}

/// A volume, in 1/65536 dB; i32::MIN is silence. The channel None means all channels (set) or the
/// master (get).
pub trait VolumeControl: Send + Sync + 'static {
    /// EvtAcxRampedVolumeAssignLevel.
    fn set_level(
        &self,
        channel: Option<u32>,
        level: i32,
        fade: Fade,
        passive: &mut Passive,
    ) -> Result<()>;
    /// EvtAcxVolumeRetrieveLevel.
    fn level(&self, channel: Option<u32>) -> Result<i32>;
}

/// A mute. The channel None means all channels (set) or the master (get).
pub trait MuteControl: Send + Sync + 'static {
    /// EvtAcxMuteAssignState.
    fn set_muted(&self, channel: Option<u32>, muted: bool, passive: &mut Passive) -> Result<()>;
    /// EvtAcxMuteRetrieveState.
    fn muted(&self, channel: Option<u32>) -> Result<bool>;
}

/// Peak meter.
pub trait PeakMeter: Send + Sync + 'static {
    /// EvtAcxPeakMeterRetrieveLevel: the peak since the last query; i32::MAX is full scale.
    fn peak(&self, channel: Option<u32>, passive: &mut Passive) -> Result<i32>;
}

/// The range of a volume, in 1/65536 dB.
#[derive(Clone, Copy, Debug)]
pub struct VolumeRange {
    /// The lowest level.
    pub minimum: i32,
    /// The highest level.
    pub maximum: i32,
    /// The step between levels.
    pub step: u32,
}

/// An element of a circuit under construction. It borrows the circuit, so only one exists at a
/// time.
#[derive(Debug)]
pub struct Element<'circuit> {
    handle: ACXELEMENT,
    /// The kind of change that clients are notified of; None for a meter.
    changes: Option<Changed>,
    circuit: PhantomData<&'circuit mut ()>,
}

impl Element<'_> {
    pub(crate) fn handle(&self) -> ACXELEMENT {
        self.handle
    }

    /// Returns a notifier for changes that no client made to the volume or mute; None for a peak
    /// meter, which clients poll.
    pub fn change_notifier(&self) -> Option<ChangeNotifier> {
        // SAFETY: the element is alive while its circuit is being built, and `changes` is its type.
        self.changes.map(|changed| unsafe { ChangeNotifier::new(self.handle.cast(), changed) })
    }
}

/// The circuit's elements.
impl NewCircuit<'_> {
    /// Adds a volume with `channels` channels.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn volume<V: VolumeControl>(
        &mut self,
        channels: u32,
        range: VolumeRange,
        control: V,
    ) -> Result<Element<'_>> {
        let handle = volume(self, channels, range, control)?;
        self.keep(handle.cast(), Some(Changed::Volume))
    }

    /// Adds a mute with `channels` channels.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn mute<M: MuteControl>(&mut self, channels: u32, control: M) -> Result<Element<'_>> {
        let handle = mute(self, channels, control)?;
        self.keep(handle.cast(), Some(Changed::Mute))
    }

    /// Adds a peak meter with `channels` channels.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn peak_meter<P: PeakMeter>(&mut self, channels: u32, meter: P) -> Result<Element<'_>> {
        let handle = peak_meter(self, channels, meter)?;
        self.keep(handle.cast(), None)
    }

    /// Appends an element to the circuit's. It is kept as `WDFOBJECT`: a handle's value does not
    /// depend on its type.
    pub(crate) fn keep(
        &mut self,
        handle: ACXELEMENT,
        changes: Option<Changed>,
    ) -> Result<Element<'_>> {
        self.elements.push(handle.cast())?;
        Ok(Element { handle, changes, circuit: PhantomData })
    }
}

/// The ids of a driver-defined element. Both are optional.
#[derive(Clone, Copy, Debug, Default)]
pub struct ElementId<'a> {
    /// The node type that clients see.
    pub kind: Option<&'a GUID>,
    /// Its name, as a GUID.
    pub name: Option<&'a GUID>,
}

impl NewCircuit<'_> {
    /// Adds a driver-defined element, with the properties and methods of `handler`.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxElementCreate")]
    pub fn element<H: Handler>(&mut self, id: ElementId<'_>, handler: H) -> Result<Element<'_>> {
        // SAFETY: the circuit is alive while it is being built, at PASSIVE_LEVEL by its token.
        let handle = unsafe { general(self.handle().cast(), id, handler) }?;
        self.keep(handle, None)
    }
}

impl NewStream<'_> {
    /// Adds a driver-defined element, with the properties and methods of `handler`. The ids of a
    /// stream's elements count from 0 in the order in which they are added.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    #[doc(alias = "AcxElementCreate")]
    #[doc(alias = "AcxStreamAddElements")]
    pub fn element<H: Handler>(&mut self, id: ElementId<'_>, handler: H) -> Result<Element<'_>> {
        // SAFETY: the stream is alive while it is being created, at PASSIVE_LEVEL by its token.
        let mut handle = unsafe { general(self.handle().cast(), id, handler) }?;
        let (place, count) = one(&mut handle);
        // SAFETY: an element of this stream, created and not yet added; ACX copies the array.
        check(unsafe { AcxStreamAddElements(self.handle(), place, count) })?;
        Ok(Element { handle, changes: None, circuit: PhantomData })
    }
}

/// A driver-defined element, child of `parent`.
///
/// # Safety
///
/// A circuit, stream or factory that is being built, at `PASSIVE_LEVEL`.
pub(crate) unsafe fn general<H: Handler>(
    parent: ACXOBJECT,
    id: ElementId<'_>,
    handler: H,
) -> Result<ACXELEMENT> {
    let mut items = Items::new::<H>()?;
    let mut config = ACX_ELEMENT_CONFIG::default();
    ACX_ELEMENT_CONFIG_INIT(&mut config);
    if let Some(kind) = id.kind {
        config.Type = kind;
    }
    if let Some(name) = id.name {
        config.Name = name;
    }
    (config.Properties, config.PropertiesCount) = items.properties()?;
    (config.Methods, config.MethodsCount) = items.methods()?;
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXELEMENT| {
        // SAFETY: the parent is alive at PASSIVE_LEVEL, by the caller's contract; ACX copies
        // configuration, GUIDs and items.
        unsafe { AcxElementCreate(parent, attributes, &raw mut config, handle) }
    };
    // SAFETY: `create` makes a new object with the attributes it gets.
    unsafe {
        context::create(parent.cast(), handler, null_mut(), <*mut ACXELEMENT__>::cast, create)
    }
}

/// A volume, child of `owner`.
#[doc(alias = "AcxVolumeCreate")]
#[inline(never)]
pub(crate) fn volume<V: VolumeControl>(
    owner: &impl Owner,
    channels: u32,
    range: VolumeRange,
    control: V,
) -> Result<ACXVOLUME> {
    let mut callbacks = ACX_VOLUME_CALLBACKS::default();
    ACX_VOLUME_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtAcxRampedVolumeAssignLevel = Some(set_level::<V>);
    callbacks.EvtAcxVolumeRetrieveLevel = Some(level::<V>);
    let mut config = ACX_VOLUME_CONFIG::default();
    ACX_VOLUME_CONFIG_INIT(&mut config);
    config.ChannelsCount = channels;
    config.Minimum = range.minimum;
    config.Maximum = range.maximum;
    config.SteppingDelta = range.step;
    config.Callbacks = &raw mut callbacks;
    let parent = owner.object();
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXVOLUME| {
        // SAFETY: the owner's object and the callback's token stay valid while the owner is
        // borrowed; ACX copies configuration and callbacks.
        unsafe { AcxVolumeCreate(parent, attributes, &raw mut config, handle) }
    };
    // SAFETY: `create` makes a new object with the attributes it gets.
    unsafe { context::create(parent, control, null_mut(), <*mut ACXVOLUME__>::cast, create) }
}

/// A mute, child of `owner`.
#[doc(alias = "AcxMuteCreate")]
#[inline(never)]
pub(crate) fn mute<M: MuteControl>(
    owner: &impl Owner,
    channels: u32,
    control: M,
) -> Result<ACXMUTE> {
    let mut callbacks = ACX_MUTE_CALLBACKS::default();
    ACX_MUTE_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtAcxMuteAssignState = Some(set_muted::<M>);
    callbacks.EvtAcxMuteRetrieveState = Some(muted::<M>);
    let mut config = ACX_MUTE_CONFIG::default();
    ACX_MUTE_CONFIG_INIT(&mut config);
    config.ChannelsCount = channels;
    config.Callbacks = &raw mut callbacks;
    let parent = owner.object();
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXMUTE| {
        // SAFETY: the owner's object and the callback's token stay valid while the owner is
        // borrowed; ACX copies configuration and callbacks.
        unsafe { AcxMuteCreate(parent, attributes, &raw mut config, handle) }
    };
    // SAFETY: `create` makes a new object with the attributes it gets.
    unsafe { context::create(parent, control, null_mut(), <*mut ACXMUTE__>::cast, create) }
}

/// A peak meter, child of `owner`.
#[doc(alias = "AcxPeakMeterCreate")]
#[inline(never)]
pub(crate) fn peak_meter<P: PeakMeter>(
    owner: &impl Owner,
    channels: u32,
    meter: P,
) -> Result<ACXPEAKMETER> {
    let mut callbacks = ACX_PEAKMETER_CALLBACKS::default();
    ACX_PEAKMETER_CALLBACKS_INIT(&mut callbacks);
    callbacks.EvtAcxPeakMeterRetrieveLevel = Some(peak::<P>);
    let mut config = ACX_PEAKMETER_CONFIG::default();
    ACX_PEAKMETER_CONFIG_INIT(&mut config);
    config.ChannelsCount = channels;
    config.Maximum = i32::MAX;
    config.SteppingDelta = 1;
    config.Callbacks = &raw mut callbacks;
    let parent = owner.object();
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXPEAKMETER| {
        // SAFETY: the owner's object and the callback's token stay valid while the owner is
        // borrowed; ACX copies configuration and callbacks.
        unsafe { AcxPeakMeterCreate(parent, attributes, &raw mut config, handle) }
    };
    // SAFETY: `create` makes a new object with the attributes it gets.
    unsafe { context::create(parent, meter, null_mut(), <*mut ACXPEAKMETER__>::cast, create) }
}

/// ULONG -1 stands for all channels.
fn channel(channel: ULONG) -> Option<u32> {
    (channel != ULONG::MAX).then_some(channel)
}

/// The driver's value in the context of an element.
///
/// # Safety
///
/// Inside a callback that ACX makes for `object`, an element that this module made.
unsafe fn control<'a, T: 'static>(object: WDFOBJECT) -> Result<&'a T> {
    // SAFETY: ACX calls back for a live element, and not after its cleanup has begun.
    unsafe { context::get::<T>(object) }.ok_or(Error::InvalidState)
}

/// Stores a getter's result.
///
/// # Safety
///
/// `out` is valid for a write.
pub(crate) unsafe fn answer<T>(out: *mut T, value: Result<T>) -> NTSTATUS {
    let stored = value.map(|value| {
        // SAFETY: valid, by the caller's contract.
        unsafe { out.write(value) };
    });
    status(stored)
}

unsafe extern "C" fn set_level<V: VolumeControl>(
    volume: ACXVOLUME,
    index: ULONG,
    level: LONG,
    curve: ACX_VOLUME_CURVE_TYPE,
    duration: ULONGLONG,
) -> NTSTATUS {
    trace::callback(
        Level::Info,
        c"EvtAcxRampedVolumeAssignLevel",
        volume,
        [index, level.cast_unsigned()],
    );
    // Without a curve the change is immediate.
    let faded = curve == _ACX_VOLUME_CURVE_TYPE::AcxVolumeCurveTypeFade;
    let fade = Fade { duration: if faded { duration } else { 0 } };
    // SAFETY: in a callback for this volume.
    let control = unsafe { control::<V>(volume.cast()) };
    // SAFETY: EvtAcxRampedVolumeAssignLevel runs at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    let set = |control: &V| control.set_level(channel(index), level, fade, &mut passive);
    status(control.and_then(set))
}

unsafe extern "C" fn level<V: VolumeControl>(
    volume: ACXVOLUME,
    index: ULONG,
    out: *mut LONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxVolumeRetrieveLevel", volume, [index, 0]);
    // SAFETY: in a callback for this volume.
    let control = unsafe { control::<V>(volume.cast()) };
    let level = control.and_then(|control| control.level(channel(index)));
    // SAFETY: EvtAcxVolumeRetrieveLevel's own output parameter.
    unsafe { answer(out, level) }
}

unsafe extern "C" fn set_muted<M: MuteControl>(
    mute: ACXMUTE,
    index: ULONG,
    state: ULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxMuteAssignState", mute, [index, state]);
    // SAFETY: in a callback for this mute.
    let control = unsafe { control::<M>(mute.cast()) };
    // SAFETY: EvtAcxMuteAssignState runs at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    let set = |control: &M| control.set_muted(channel(index), state != 0, &mut passive);
    status(control.and_then(set))
}

unsafe extern "C" fn muted<M: MuteControl>(
    mute: ACXMUTE,
    index: ULONG,
    out: *mut ULONG,
) -> NTSTATUS {
    trace::callback(Level::Info, c"EvtAcxMuteRetrieveState", mute, [index, 0]);
    // SAFETY: in a callback for this mute.
    let control = unsafe { control::<M>(mute.cast()) };
    let muted = control.and_then(|control| control.muted(channel(index)));
    // SAFETY: EvtAcxMuteRetrieveState's own output parameter.
    unsafe { answer(out, muted.map(ULONG::from)) }
}

unsafe extern "C" fn peak<P: PeakMeter>(
    meter: ACXPEAKMETER,
    index: ULONG,
    out: *mut LONG,
) -> NTSTATUS {
    trace::callback(Level::Verbose, c"EvtAcxPeakMeterRetrieveLevel", meter, [index, 0]);
    // SAFETY: in a callback for this meter.
    let control = unsafe { control::<P>(meter.cast()) };
    // SAFETY: EvtAcxPeakMeterRetrieveLevel runs at PASSIVE_LEVEL; this is its one token.
    let mut passive = unsafe { Passive::assume() };
    let peak = control.and_then(|control| control.peak(channel(index), &mut passive));
    // SAFETY: EvtAcxPeakMeterRetrieveLevel's own output parameter.
    unsafe { answer(out, peak) }
}
