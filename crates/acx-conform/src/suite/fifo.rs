//! Audio written right after a speaker's position and FIFO is played completely, and nothing that
//! it overwrote is played: a part of B26.

use std::time::Duration;

use acx_client::request;
use acx_sys::KSSTATE;

use super::client::Driving;
use super::end::End;
use super::through::{LATE, Listener, is_real, pass, steady};
use super::{Context, Unmet, describe, ensure, is_close};

/// The number of loud blocks, the length of each in milliseconds, and the time from one to the
/// next, which is not a multiple of the steps in which drivers move audio.
const BLOCKS: u32 = 24;
const LENGTH: u32 = 3;
const APART: Duration = Duration::from_micros(7_370);

/// The frames that may pass while a block is written, where time passes meanwhile.
const SPARE: usize = 2;

/// Of full scale.
const LOUD: f64 = 0.25;

/// Whether a ring has room for a block behind what the device reads ahead, and for silence.
const fn has_room(ring: usize, fifo: usize, block: usize) -> bool {
    fifo + block < ring
}

/// A client without packets that writes as late as possible: each block begins right after the
/// audio that the device reports as read. Returns the FIFO in bytes.
pub(crate) fn is_heard_behind(
    context: &Context<'_>,
    speaker: &End,
    microphone: &End,
) -> Result<u32, Unmet> {
    let system = context.system;
    let format = speaker.format;
    let mut stream = speaker.open_timer(4 * speaker.period()).map_err(describe)?;
    let mut listener = Listener::open(system, microphone, Driving::Event)?;
    stream.set_state(KSSTATE::KSSTATE_PAUSE).map_err(describe)?;
    let (fifo, _) = request::hw_latency(stream.pin()).map_err(describe)?;
    let ring = stream.ring_bytes();
    let block = steady(format, LOUD, super::end::frames(format, LENGTH));
    if !has_room(ring, fifo as usize, block.len()) {
        return Err(Unmet::apart("its FIFO is as long as its buffer"));
    }
    let (frame, spare) = (format.block_align(), SPARE * usize::from(is_real(system)));
    stream.set_state(KSSTATE::KSSTATE_RUN).map_err(describe)?;
    for _ in 0..BLOCKS {
        system.sleep(APART);
        pass(system, 0, &mut [], Some(&mut listener))?;
        let before = system.qpc();
        let at = stream.device_bytes().map_err(describe)? + u64::from(fifo);
        let at = at + (spare * frame) as u64;
        stream.write_at(at, &block);
        let took = (system.qpc() - before) * u64::from(format.rate);
        ensure(took <= system.qpc_frequency() * spare as u64, || {
            format!("{LATE}: it took {took} ticks to write a block")
        })?;
        // The rest of the ring, with the audio of the last round, is overwritten with silence.
        let silence = vec![0; ring - block.len() - fifo as usize - spare * frame];
        stream.write_at(at + block.len() as u64, &silence);
    }
    pass(system, 60, &mut [], Some(&mut listener))?;
    stream.set_state(KSSTATE::KSSTATE_STOP).map_err(describe)?;
    let heard = listener.channel(0);
    let loud = heard.iter().filter(|value| is_close(**value, LOUD, 1e-3)).count();
    let other = heard.iter().filter(|value| **value != 0.0).count() - loud;
    let played = BLOCKS as usize * block.len() / frame;
    ensure(loud == played && other == 0, || {
        format!(
            "behind a FIFO of {fifo} bytes {loud} of {played} loud frames are heard, and {other} \
             that were not written"
        )
    })?;
    Ok(fifo)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_has_room_behind_its_fifo() {
        assert!(has_room(101, 60, 40) && !has_room(100, 60, 40));
    }
}
