//! Feeds: into a cable.

use std::ffi::{c_char, c_void};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use acxvad_io::Feed;

use crate::arguments::{Out, audio, text, value};
use crate::status::{AcxvadStatus, Failure, call};
use crate::system::{AcxvadSystem, SYSTEMS, Shared};
use crate::table::Table;
use crate::types::{AcxvadCounts, AcxvadEvent, AcxvadOptions};

/// Writes the audio that a microphone records.
pub struct AcxvadFeed {
    _nothing: (),
}

type SharedFeed = Mutex<Feed<Shared>>;

static FEEDS: Table<SharedFeed> = Table::new(2);

fn lock(own: &SharedFeed) -> MutexGuard<'_, Feed<Shared>> {
    own.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Opens the speaker's end of a cable for writing. `end` is a name; case is ignored: the circuit's,
/// such as "Speaker0", the one that users see, or for a hidden end the one that users see for the
/// other end of its cable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_open(
    system: *mut AcxvadSystem,
    end: *const c_char,
    options: *const AcxvadOptions,
    feed: *mut *mut AcxvadFeed,
) -> AcxvadStatus {
    call(|| {
        let place = SYSTEMS.get(system)?;
        // SAFETY: by the header's rule for texts.
        let end = unsafe { text(end, "end") }?;
        // SAFETY: by the header's rule for options.
        let options = unsafe { value(options, "options") }?.options()?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(feed, "feed") }?;
        let opened = Feed::open(place.system()?, end, options).map_err(|error| {
            let failure = Failure::from(error);
            Failure { text: format!("{end:?}: {}", failure.text), ..failure }
        })?;
        out.set(FEEDS.add(Arc::new(Mutex::new(opened))));
        Ok(())
    })
}

/// Writes `bytes` bytes of audio, and waits for buffer space. The stream starts with its second
/// packet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_write(
    feed: *mut AcxvadFeed,
    frames: *const c_void,
    bytes: usize,
) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        // SAFETY: by the header's rule for audio.
        let audio = unsafe { audio(frames, bytes) }?;
        Ok(lock(&own).write(audio)?)
    })
}

/// Writes as many of these bytes as fit, in whole frames, without waiting, and stores their number
/// in `taken`. A packet that was filled early is passed to the device by a later call, which may
/// have no bytes. ACXVAD_STATUS_GONE while the device is gone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_try_write(
    feed: *mut AcxvadFeed,
    frames: *const c_void,
    bytes: usize,
    taken: *mut usize,
) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(taken, "taken") }?;
        // SAFETY: by the header's rule for audio.
        let audio = unsafe { audio(frames, bytes) }?;
        out.set(lock(&own).try_write(audio)?);
        Ok(())
    })
}

/// Fills a partial packet with silence, and waits until everything has been played.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_feed_drain(feed: *mut AcxvadFeed) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        Ok(lock(&own).drain()?)
    })
}

/// The number of frames that are played before the next frame written. The microphone's end records
/// it after the cable's delay, 10 ms.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_latency(
    feed: *mut AcxvadFeed,
    frames: *mut u64,
) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(frames, "frames") }?;
        out.set(lock(&own).latency()?);
        Ok(())
    })
}

/// The counts so far.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_counts(
    feed: *mut AcxvadFeed,
    counts: *mut AcxvadCounts,
) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        // SAFETY: by the header's rule for results.
        unsafe { Out::new(counts, "counts") }?.set(lock(&own).counts().into());
        Ok(())
    })
}

/// The next event; ACXVAD_EVENT_KIND_NONE when there are no more. The newest 64 are kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn acxvad_feed_event(
    feed: *mut AcxvadFeed,
    event: *mut AcxvadEvent,
) -> AcxvadStatus {
    call(|| {
        let own = FEEDS.get(feed)?;
        // SAFETY: by the header's rule for results.
        let out = unsafe { Out::new(event, "event") }?;
        out.set(lock(&own).event().into());
        Ok(())
    })
}

/// Closes it. Audio that has not been played is discarded; acxvad_feed_drain waits for it.
#[unsafe(no_mangle)]
pub extern "C" fn acxvad_feed_close(feed: *mut AcxvadFeed) -> AcxvadStatus {
    call(|| FEEDS.take(feed).map(drop))
}
