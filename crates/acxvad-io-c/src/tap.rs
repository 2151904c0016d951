//! Out of a cable.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acxvad_io::Tap;

use crate::arguments::{Out, room, text, value};
use crate::status::{AcxvadStatus, Failure, call};
use crate::system::{AcxvadSystem, SYSTEMS, Shared};
use crate::table::Table;
use crate::types::{AcxvadCounts, AcxvadEvent, AcxvadOptions};

/// Reads what a speaker plays.
pub struct AcxvadTap {
    _nothing: (),
}

type SharedTap = Mutex<Tap<Shared>>;

static TAPS: Table<SharedTap> = Table::new(3);

fn lock(own: &SharedTap) -> MutexGuard<'_, Tap<Shared>> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the microphone's end of a cable, and starts to record. `end` is a name, in any case: the
/// circuit's, such as "Microphone0", the one that people see, or, of a hidden end, the one that
/// people see at the other end of its cable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_open(
    system: *mut AcxvadSystem,
    end: *const c_char,
    options: *const AcxvadOptions,
    tap: *mut *mut AcxvadTap,
) -> AcxvadStatus {
    call(|| {
        let place = SYSTEMS.get(system)?;
        // SAFETY: as the header says of texts.
        let end = unsafe { text(end, "end") }?;
        // SAFETY: as the header says of options.
        let options = unsafe { value(options, "options") }?.options()?;
        // SAFETY: as the header says of results.
        let out = unsafe { Out::new(tap, "tap") }?;
        let opened = Tap::open(place.system()?, end, options).map_err(|error| {
            let failure = Failure::from(error);
            Failure { text: format!("{end:?}: {}", failure.text), ..failure }
        })?;
        out.set(TAPS.add(Arc::new(Mutex::new(opened))));
        Ok(())
    })
}

/// Fills `frames`, of so many bytes, and waits for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_read(
    tap: *mut AcxvadTap,
    frames: *mut c_void,
    bytes: usize,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: as the header says of audio.
        let room = unsafe { room(frames, bytes) }?;
        Ok(lock(&own).read(room)?)
    })
}

/// Reads what is there, at most so many bytes, in whole frames, and waits for nothing. How many
/// bytes they were goes to `read`. ACXVAD_STATUS_GONE while the device is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_try_read(
    tap: *mut AcxvadTap,
    frames: *mut c_void,
    bytes: usize,
    read: *mut usize,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: as the header says of results.
        let out = unsafe { Out::new(read, "read") }?;
        // SAFETY: as the header says of audio.
        let room = unsafe { room(frames, bytes) }?;
        out.set(lock(&own).try_read(room)?);
        Ok(())
    })
}

/// Frames since the oldest one that can be read next went past the microphone's end, at most.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_latency(tap: *mut AcxvadTap, frames: *mut u64) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: as the header says of results.
        unsafe { Out::new(frames, "frames") }?.set(lock(&own).latency());
        Ok(())
    })
}

/// What was counted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_counts(
    tap: *mut AcxvadTap,
    counts: *mut AcxvadCounts,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: as the header says of results.
        unsafe { Out::new(counts, "counts") }?.set(lock(&own).counts().into());
        Ok(())
    })
}

/// What happened, one event at a time; ACXVAD_EVENT_KIND_NONE when there is no more. The newest 64
/// are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_event(
    tap: *mut AcxvadTap,
    event: *mut AcxvadEvent,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: as the header says of results.
        let out = unsafe { Out::new(event, "event") }?;
        out.set(lock(&own).event().into());
        Ok(())
    })
}

/// Closes it. A handle that is closed is known as closed for ever.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_tap_close(tap: *mut AcxvadTap) -> AcxvadStatus {
    call(|| TAPS.take(tap).map(drop))
}
