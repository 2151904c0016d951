//! Legacy KS clients: B19.

use acx_client::Direction;
use acx_client::endpoint::WaveFormat;
use acx_client::legacy::LegacyStream;

use super::packets::{collect, listen};
use super::stream::{noise_in, shared_formats};
use super::{Context, Finding, IN_FLIGHT, StartTime, describe, ensure, wait_for};

/// Halves of a legacy client's buffer, in microseconds.
const HALVES: [u32; 5] = [1_000, 2_000, 2_700, 5_000, 10_000];

/// The number of attempts of a client that the system wakes up too late. In virtual time no client
/// is late.
const ATTEMPTS: u32 = 5;

pub(crate) fn legacy(context: &Context<'_>) -> Finding {
    let speaker = context.endpoint(Direction::Render)?;
    let microphone = context.endpoint(Direction::Capture)?;
    let (mut streams, mut late) = (0, Vec::new());
    for format in shared_formats(&speaker, &microphone)? {
        for half in HALVES {
            let what = format!("{format}, halves of {} ms", f64::from(half) / 1000.0);
            let played = || legacy_stream(context, format, half);
            let in_time = (0..ATTEMPTS).map(|_| played()).find(|found| *found != Ok(false));
            match in_time {
                Some(Ok(_)) => streams += 1,
                Some(Err(why)) => return Err(format!("{what}: {why}").into()),
                None => late.push(what),
            }
        }
    }
    ensure(streams != 0, || format!("nothing could be asked; too late for {}", late.join(", ")))?;
    let late =
        if late.is_empty() { String::new() } else { format!("; too late for {}", late.join(", ")) };
    Ok(format!("{streams} streams with halves of 1 to 10 ms, bit exact; then silence{late}"))
}

/// Whether a client writes a half more than a quarter of one late: when the half before the last
/// one has ended. All are times, since the start.
fn is_late(number: u64, half: u64, now: u64) -> bool {
    now.saturating_sub((number - 1) * half) > half / 4
}

/// One legacy stream with halves of this many microseconds. Returns whether the client was in time
/// for each half; a late client proves nothing about the driver.
fn legacy_stream(context: &Context<'_>, format: WaveFormat, half: u32) -> Result<bool, String> {
    let system = context.system;
    let frames = (u64::from(format.rate) * u64::from(half)).div_ceil(1_000_000) as u32;
    let end = context.end(Direction::Render)?;
    let speaker =
        LegacyStream::open(system, &end.endpoint, format, &end.mode, frames).map_err(describe)?;
    let mut end = context.end(Direction::Capture)?;
    end.format = format;
    let mut microphone = end.open(system, end.period()).map_err(describe)?;
    microphone.prepare().map_err(describe)?;
    let (bytes, block) = (speaker.half_bytes(), format.block_align());
    // A driver may allocate longer halves than requested.
    let span = (bytes / block) as u64 * system.qpc_frequency() / u64::from(format.rate);
    let halves = (100_000 / half as usize).max(12);
    let audio = noise_in(format, u64::from(half), bytes / block * halves);
    microphone.run().map_err(describe)?;
    let started = StartTime::with(system, || speaker.start(&audio))?;
    let mut recording = Vec::new();
    let mut wrong = None;
    for (number, bytes) in audio.chunks(bytes).enumerate().skip(2) {
        wait_for("event", system, speaker.event())?;
        let written = speaker.service(bytes).map_err(describe)?;
        wrong = wrong.or((written != number % 2).then_some(number));
        if is_late(number as u64, span, system.qpc().saturating_sub(started.after)) {
            // What is in flight must not be heard by the next attempt.
            drop(speaker);
            system.sleep(IN_FLIGHT);
            return Ok(false);
        }
        collect(&mut microphone, &mut recording);
    }
    listen(system, &mut microphone, 200, &mut recording);
    speaker.stop().map_err(describe)?;
    if let Some(half) = wrong {
        return Err(format!("half {half} was written where another one plays"));
    }
    let silence = recording.chunks_exact(block).take_while(|frame| frame.iter().all(|b| *b == 0));
    let begin = silence.count() * block;
    let found = recording.get(begin..begin + audio.len()).ok_or("not all of it was heard")?;
    let frames = found.chunks_exact(block).zip(audio.chunks_exact(block));
    let wrong = frames.filter(|(found, played)| found != played).count();
    ensure(wrong == 0, || format!("{wrong} of {} frames are wrong", audio.len() / block))?;
    let silent = recording[begin + audio.len()..].iter().all(|byte| *byte == 0);
    ensure(silent, || "not silent after the client stopped writing".to_owned())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_may_be_late_by_a_quarter_of_a_half() {
        // The third half is written over the first one, which lasts until 200.
        for (now, late) in [(0, false), (200, false), (225, false), (226, true)] {
            assert_eq!(is_late(3, 100, now), late, "{now}");
        }
    }
}
