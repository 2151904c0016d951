//! Volume, mute and peak meter. DDI: AcxVolumeCreate, AcxMuteCreate, AcxPeakMeterCreate.
//!
//! ACX checks the channel (or all) before it calls, and makes these callbacks at `PASSIVE_LEVEL`.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::NewCircuit;
use crate::debug::Level;
use crate::error::status;
use crate::event::{ChangeNotifier, Changed};
use crate::owner::Owner;
use crate::trace;
use crate::{Error, Passive, Result, context};

/// How a volume changes to its new level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fade {
    /// How long it takes, in 100 ns; 0 is as soon as it can without a click.
    pub duration: u64,
}

/// Volume, in 1/65536 dB; i32::MIN is silence. No channel means all of them (on set) or the master
/// (on get).
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

/// Mute. No channel means all of them (on set) or the master (on get).
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
    /// The distance between levels.
    pub step: u32,
}

/// An element of a circuit that is being built. It borrows the circuit, so there is one at a time.
#[derive(Debug)]
pub struct Element<'circuit> {
    handle: ACXELEMENT,
    /// The change that clients are notified of; None for a meter.
    changes: Option<Changed>,
    circuit: PhantomData<&'circuit mut ()>,
}

impl Element<'_> {
    /// Notifies clients that the volume or mute changed by itself; None for a peak meter, which
    /// clients poll.
    pub fn change_notifier(&self) -> Option<ChangeNotifier> {
        // SAFETY: the element is alive while its circuit is being built, and `changes` says what it
        // is.
        self.changes.map(|changed| unsafe { ChangeNotifier::new(self.handle.cast(), changed) })
    }
}

/// The circuit's elements.
impl NewCircuit<'_> {
    /// A volume of `channels` channels.
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

    /// A mute of `channels` channels.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn mute<M: MuteControl>(&mut self, channels: u32, control: M) -> Result<Element<'_>> {
        let handle = mute(self, channels, control)?;
        self.keep(handle.cast(), Some(Changed::Mute))
    }

    /// A peak meter of `channels` channels.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn peak_meter<P: PeakMeter>(&mut self, channels: u32, meter: P) -> Result<Element<'_>> {
        let handle = peak_meter(self, channels, meter)?;
        self.keep(handle.cast(), None)
    }

    /// Appends an element to those that the circuit has. A handle has one value whatever its type.
    pub(crate) fn keep(
        &mut self,
        handle: ACXELEMENT,
        changes: Option<Changed>,
    ) -> Result<Element<'_>> {
        self.elements.push(handle.cast())?;
        Ok(Element { handle, changes, circuit: PhantomData })
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
        // SAFETY: the owner's object is alive while the owner is borrowed, and so is the callback's
        // token that it carries; ACX copies configuration and callbacks.
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
        // SAFETY: the owner's object is alive while the owner is borrowed, and so is the callback's
        // token that it carries; ACX copies configuration and callbacks.
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
    config.Minimum = 0;
    config.SteppingDelta = 1;
    config.Callbacks = &raw mut callbacks;
    let parent = owner.object();
    let create = |attributes: &mut WDF_OBJECT_ATTRIBUTES, handle: &mut ACXPEAKMETER| {
        // SAFETY: the owner's object is alive while the owner is borrowed, and so is the callback's
        // token that it carries; ACX copies configuration and callbacks.
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
    // SAFETY: ACX makes callbacks for a live element, and none after its cleanup has begun.
    unsafe { context::get::<T>(object) }.ok_or(Error::InvalidState)
}

/// Stores what a getter found.
///
/// # Safety
///
/// `out` is valid for a write.
pub(crate) unsafe fn answer<T>(out: *mut T, value: Result<T>) -> NTSTATUS {
    let stored = value.map(|value| {
        // SAFETY: valid, says the caller.
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
    // Without a curve there is no way to speak of.
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
