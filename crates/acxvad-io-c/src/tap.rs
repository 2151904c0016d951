//! Taps: out of a cable.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acxvad_io::Tap;

use crate::arguments::{Out, room, text, value};
use crate::status::{AcxvadStatus, Failure, call};
use crate::system::{AcxvadSystem, SYSTEMS, Shared};
use crate::table::Table;
use crate::types::{AcxvadCounts, AcxvadEvent, AcxvadOptions};

/// Reads the audio that a speaker plays.
pub struct AcxvadTap {
    _nothing: (),
}

type SharedTap = Mutex<Tap<Shared>>;

static TAPS: Table<SharedTap> = Table::new(3);

fn lock(own: &SharedTap) -> MutexGuard<'_, Tap<Shared>> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the microphone's end of a cable, and starts to record. `end` is a name; case is ignored:
/// the circuit's, such as "Microphone0", the one that users see, or for a hidden end the one that
/// users see for the other end of its cable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_open(
    system: *mut AcxvadSystem,
    end: *const c_char,
    options: *const AcxvadOptions,
    tap: *mut *mut AcxvadTap,
) -> AcxvadStatus {
    call(|| {
        let place = SYSTEMS.get(system)?;
        // SAFETY: by the header's rule for texts.
        let end = unsafe { text(end, "end") }?;
        // SAFETY: by the header's rule for options.
        let options = unsafe { value(options, "options") }?.options()?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(tap, "tap") }?;
        let opened = Tap::open(place.system()?, end, options).map_err(|error| {
            let failure = Failure::from(error);
            Failure { text: format!("{end:?}: {}", failure.text), ..failure }
        })?;
        out.set(TAPS.add(Arc::new(Mutex::new(opened))));
        Ok(())
    })
}

/// Fills `frames` with `bytes` bytes, and waits for them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_read(
    tap: *mut AcxvadTap,
    frames: *mut c_void,
    bytes: usize,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: by the header's rule for audio.
        let room = unsafe { room(frames, bytes) }?;
        Ok(lock(&own).read(room)?)
    })
}

/// Reads the available audio, at most `bytes` bytes, in whole frames, without waiting, and stores
/// the number of bytes in `read`. ACXVAD_STATUS_GONE while the device is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_try_read(
    tap: *mut AcxvadTap,
    frames: *mut c_void,
    bytes: usize,
    read: *mut usize,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(read, "read") }?;
        // SAFETY: by the header's rule for audio.
        let room = unsafe { room(frames, bytes) }?;
        out.set(lock(&own).try_read(room)?);
        Ok(())
    })
}

/// The maximum age, in frames, of the oldest frame that can be read next, since it passed the
/// microphone's end.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_latency(tap: *mut AcxvadTap, frames: *mut u64) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: by the header's rule for results.
        unsafe { Out::new(frames, "frames") }?.set(lock(&own).latency());
        Ok(())
    })
}

/// The counts so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_counts(
    tap: *mut AcxvadTap,
    counts: *mut AcxvadCounts,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: by the header's rule for results.
        unsafe { Out::new(counts, "counts") }?.set(lock(&own).counts().into());
        Ok(())
    })
}

/// The next event; ACXVAD_EVENT_KIND_NONE when there are no more. The newest 64 are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_tap_event(
    tap: *mut AcxvadTap,
    event: *mut AcxvadEvent,
) -> AcxvadStatus {
    call(|| {
        let own = TAPS.get(tap)?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(event, "event") }?;
        out.set(lock(&own).event().into());
        Ok(())
    })
}

/// Closes it. A closed handle is never reused.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_tap_close(tap: *mut AcxvadTap) -> AcxvadStatus {
    call(|| TAPS.take(tap).map(drop))
}
