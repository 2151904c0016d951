//! The recording of a packet that the driver refused as late: B45.

use acx_client::Failed;
use acx_sys::STATUS_DATA_LATE_ERROR;

use super::end::{End, preroll};
use super::gain::both_ends;
use super::packets::{listen, open};
use super::through::{channel, late, steady};
use super::{Context, Finding, Unmet, describe, ensure, is_close};

/// Levels relative to full scale: the late packet, and the punctual ones after it.
const LOUD: f64 = 0.25;
const QUIET: f64 = 0.125;

/// The times at which the client writes, in milliseconds from the start of its packet of 10 ms.
/// Drivers read ahead, so the next packet is also late if less than half of this one is left.
const PARTS: [u32; 3] = [1, 3, 5];

/// The number of attempts of a client that has written no packet before. In real time the driver
/// may play some of such a client's audio before the call that refuses it, but not each time.
const ATTEMPTS: usize = 3;

pub(crate) fn late_packets(context: &Context<'_>) -> Finding {
    let Some((speaker, microphone)) = both_ends(context)? else {
        return Err(Unmet::apart("the two ends of the cable list no format in common"));
    };
    let vendor = context.subject.vendor.filter(|own| (own.is_present)(&speaker.endpoint));
    let is_promised = vendor.is_some_and(|own| own.promises.drops_late_packets);
    let mut most = 0;
    for has_written in [true, false] {
        let client = if has_written { "after a packet in time" } else { "as the first packet" };
        for part in PARTS {
            let what = || format!("{client}, {part} ms late");
            let mut least = usize::MAX;
            for _ in 0..if has_written { 1 } else { ATTEMPTS } {
                let heard = heard_of(context, &speaker, &microphone, has_written, part);
                least = least.min(heard.map_err(|why| format!("{}: {why}", what()))?);
                if least == 0 {
                    break;
                }
            }
            ensure(least == 0 || !is_promised, || {
                format!("{}: {least} frames of a packet that was refused are heard", what())
            })?;
            most = most.max(least);
        }
    }
    let clients = 2 * PARTS.len();
    Ok(match most {
        0 => format!("nothing is heard of {clients} late packets; the next ones are whole"),
        most => format!("up to {most} frames of {clients} late packets; the next ones are whole"),
    })
}

/// The number of recorded frames of a packet that the client writes while it is current. By the
/// contract the driver may use some of it, but not after its time and not in place of the next
/// packets.
fn heard_of(
    context: &Context<'_>,
    speaker: &End,
    microphone: &End,
    has_written: bool,
    part: u32,
) -> Result<usize, String> {
    let system = context.system;
    let audio = |value| steady(speaker.format, value, speaker.period());
    let mut listener = open(context, microphone)?;
    let mut stream = open(context, speaker)?;
    if has_written {
        preroll(&mut stream, 0, &audio(0.0))?;
    }
    let mut recording = Vec::new();
    listener.run().map_err(describe)?;
    stream.run().map_err(describe)?;
    listen(system, &mut listener, 10 + part, &mut recording);
    let (current, _) = stream.completed();
    match stream.write(current, &audio(LOUD), None) {
        Err(Failed { status: STATUS_DATA_LATE_ERROR, .. }) => {}
        answer => return Err(format!("packet {current}, which plays: {answer:?}, and not late")),
    }
    // The client continues from the packet count, as after any glitch.
    stream.write(current + 1, &audio(QUIET), None).map_err(late)?;
    listen(system, &mut listener, 10, &mut recording);
    stream.write(current + 2, &audio(QUIET), None).map_err(late)?;
    listen(system, &mut listener, 100, &mut recording);
    let heard = channel(microphone.format, &recording, 0);
    heard_in(&heard, speaker.period() as usize)
}

/// The number of frames of a late packet in a recording that has the next two packets whole, if it
/// is no more than one packet, and before them.
fn heard_in(recording: &[f64], period: usize) -> Result<usize, String> {
    let places = |value: f64| {
        let frames = recording.iter().enumerate();
        let own = frames.filter(move |(_, found)| is_close(**found, value, 1e-3));
        own.map(|(place, _)| place).collect::<Vec<_>>()
    };
    let (loud, quiet) = (places(LOUD), places(QUIET));
    let wanted = 2 * period;
    ensure(quiet.len() == wanted, || {
        format!("{} frames of the packets after it are heard, not {wanted}", quiet.len())
    })?;
    ensure(loud.last() < quiet.first(), || "it is heard after its time".to_owned())?;
    ensure(loud.len() <= period, || format!("{} frames of it are heard", loud.len()))?;
    Ok(loud.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_packet_is_heard_before_the_next_ones_or_not_at_all() {
        let heard = |frames: &[usize]| {
            let levels = frames.iter().zip([LOUD, QUIET, LOUD]);
            let all = levels.flat_map(|(count, level)| std::iter::repeat_n(level, *count));
            heard_in(&[&[0.0; 5][..], &all.collect::<Vec<_>>()].concat(), 10)
        };
        assert_eq!([heard(&[0, 20]), heard(&[3, 20]), heard(&[10, 20])], [Ok(0), Ok(3), Ok(10)]);
        for wrong in [&[0, 19][..], &[0, 21], &[11, 20], &[0, 20, 1], &[1, 20, 1]] {
            assert!(heard(wrong).is_err(), "{wrong:?}");
        }
    }
}
