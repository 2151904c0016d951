//! Volume, mute and peak meter. DDI: AcxVolumeCreate, AcxMuteCreate, AcxPeakMeterCreate.
//!
//! ACX checks the channel (or all) before it calls, and makes these callbacks at `PASSIVE_LEVEL`.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::debug::{self, Level};
use crate::error::status;
use crate::event::{ChangeNotifier, Changed};
use crate::owner::Owner;
use crate::{Error, Result, context};

/// How a volume goes to its new level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fade {
    /// How long it takes, in 100 ns; 0 is as soon as it can without a click.
    pub duration: u64,
}

/// Volume, in 1/65536 dB; i32::MIN is silence. No channel means all of them (on set) or the master (on get).
pub trait VolumeControl: Send + Sync + 'static {
    /// EvtAcxRampedVolumeAssignLevel.
    fn set_level(&self, channel: Option<u32>, level: i32, fade: Fade) -> Result<()>;
    /// EvtAcxVolumeRetrieveLevel.
    fn level(&self, channel: Option<u32>) -> Result<i32>;
}

/// Mute. No channel means all of them (on set) or the master (on get).
pub trait MuteControl: Send + Sync + 'static {
    /// EvtAcxMuteAssignState.
    fn set_muted(&self, channel: Option<u32>, muted: bool) -> Result<()>;
    /// EvtAcxMuteRetrieveState.
    fn muted(&self, channel: Option<u32>) -> Result<bool>;
}

/// Peak meter.
pub trait PeakMeter: Send + Sync + 'static {
    /// EvtAcxPeakMeterRetrieveLevel: the peak since the last query; i32::MAX is full scale.
    fn peak(&self, channel: Option<u32>) -> Result<i32>;
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

/// An element of a circuit that is being built, or of a stream.
#[derive(Debug)]
pub struct Element<'circuit> {
    handle: ACXELEMENT,
    /// What clients can hear of; a meter has nothing.
    changes: Option<Changed>,
    circuit: PhantomData<&'circuit ()>,
}

impl<'circuit> Element<'circuit> {
    pub(crate) fn handle(&self) -> ACXELEMENT {
        self.handle
    }

    /// An element whose changes clients hear of in another way, or not at all.
    pub(crate) fn without_changes(handle: ACXELEMENT) -> Self {
        Self { handle, changes: None, circuit: PhantomData }
    }

    /// Tells clients that the volume or mute changed by itself; None for a peak meter, which clients poll.
    pub fn change_notifier(&self) -> Option<ChangeNotifier> {
        // SAFETY: the element is alive while its circuit is being built, and `changes` says what it is.
        self.changes.map(|changed| unsafe { ChangeNotifier::new(self.handle.cast(), changed) })
    }

    /// A volume of `channels` channels.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxVolumeCreate")]
    #[inline(never)]
    pub fn volume<V: VolumeControl>(
        owner: &'circuit impl Owner,
        channels: u32,
        range: VolumeRange,
        control: V,
    ) -> Result<Self> {
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
            // SAFETY: a live circuit; ACX copies configuration and callbacks.
            unsafe { AcxVolumeCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, control, null_mut(), <*mut ACXVOLUME__>::cast, create)
        }?;
        // A handle has one value whatever its type.
        Ok(Self { handle: handle.cast(), changes: Some(Changed::Volume), circuit: PhantomData })
    }

    /// A mute of `channels` channels.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxMuteCreate")]
    #[inline(never)]
    pub fn mute<M: MuteControl>(
        owner: &'circuit impl Owner,
        channels: u32,
        control: M,
    ) -> Result<Self> {
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
            // SAFETY: a live circuit; ACX copies configuration and callbacks.
            unsafe { AcxMuteCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, control, null_mut(), <*mut ACXMUTE__>::cast, create)
        }?;
        Ok(Self { handle: handle.cast(), changes: Some(Changed::Mute), circuit: PhantomData })
    }

    /// A peak meter of `channels` channels.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPeakMeterCreate")]
    #[inline(never)]
    pub fn peak_meter<P: PeakMeter>(
        owner: &'circuit impl Owner,
        channels: u32,
        meter: P,
    ) -> Result<Self> {
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
            // SAFETY: a live circuit; ACX copies configuration and callbacks.
            unsafe { AcxPeakMeterCreate(parent, attributes, &raw mut config, handle) }
        };
        // SAFETY: `create` makes a new object with the attributes it gets.
        let handle = unsafe {
            context::create(parent, meter, null_mut(), <*mut ACXPEAKMETER__>::cast, create)
        }?;
        Ok(Self { handle: handle.cast(), changes: None, circuit: PhantomData })
    }
}

/// ULONG -1 stands for all channels.
fn channel(channel: ULONG) -> Option<u32> {
    (channel != ULONG::MAX).then_some(channel)
}

fn control<'a, T: 'static>(object: WDFOBJECT) -> Result<&'a T> {
    // SAFETY: ACX makes callbacks for a live element, and not after its cleanup.
    unsafe { context::get::<T>(object) }.ok_or(Error::InvalidState)
}

/// Stores what a getter found.
pub(crate) fn answer<T>(place: *mut T, value: Result<T>) -> NTSTATUS {
    let stored = value.map(|value| {
        // SAFETY: ACX gives a getter a valid place for its answer.
        unsafe { place.write(value) };
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
    debug::callback(Level::Info, "EvtAcxRampedVolumeAssignLevel");
    // Without a curve there is no way to speak of.
    let faded = curve == _ACX_VOLUME_CURVE_TYPE::AcxVolumeCurveTypeFade;
    let fade = Fade { duration: if faded { duration } else { 0 } };
    let control = control::<V>(volume.cast());
    status(control.and_then(|control| control.set_level(channel(index), level, fade)))
}

unsafe extern "C" fn level<V: VolumeControl>(
    volume: ACXVOLUME,
    index: ULONG,
    place: *mut LONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxVolumeRetrieveLevel");
    answer(place, control::<V>(volume.cast()).and_then(|control| control.level(channel(index))))
}

unsafe extern "C" fn set_muted<M: MuteControl>(
    mute: ACXMUTE,
    index: ULONG,
    state: ULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxMuteAssignState");
    let control = control::<M>(mute.cast());
    status(control.and_then(|control| control.set_muted(channel(index), state != 0)))
}

unsafe extern "C" fn muted<M: MuteControl>(
    mute: ACXMUTE,
    index: ULONG,
    place: *mut ULONG,
) -> NTSTATUS {
    debug::callback(Level::Info, "EvtAcxMuteRetrieveState");
    let muted = control::<M>(mute.cast()).and_then(|control| control.muted(channel(index)));
    answer(place, muted.map(ULONG::from))
}

unsafe extern "C" fn peak<P: PeakMeter>(
    meter: ACXPEAKMETER,
    index: ULONG,
    place: *mut LONG,
) -> NTSTATUS {
    debug::callback(Level::Verbose, "EvtAcxPeakMeterRetrieveLevel");
    answer(place, control::<P>(meter.cast()).and_then(|control| control.peak(channel(index))))
}
