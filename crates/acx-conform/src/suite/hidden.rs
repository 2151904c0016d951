//! Hidden ends: B39 to B41, on a vendor's device whose first speaker is hidden and whose first
//! microphone's jack follows the programs that stream there.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, name_of};
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::machine::DeviceNode;
use acx_host::security::Token;
use acx_sys::*;

use super::end::End;
use super::gain::open_up;
use super::jack::{Waiting, is_connected};
use super::{STEREO, Unmet, describe, ensure};
use crate::Subject;
use crate::analysis::compare;
use crate::melody::melody;
use crate::play::{Player, Recorder, open_event_at};
use crate::run::{Findings, Time};
use crate::vendor::Hidden;

/// The duration of packets in milliseconds.
const PERIOD: u32 = 10;

/// The tolerance of a jack's hold time, in both directions.
const TOLERANCE: Duration = Duration::from_millis(50);

/// The maximum wait for a packet.
const PATIENCE: Duration = Duration::from_secs(1);

/// A case's figure, with what the verifier saw.
type Judged = Result<(String, Findings), Unmet>;

/// A device with a hidden end.
struct Trial<'a, 'd> {
    machine: &'a Machine,
    device: &'a DeviceNode<'d>,
    hidden: Hidden,
    /// The hidden end.
    speaker: Endpoint,
    /// The visible one.
    microphone: Endpoint,
}

fn text(why: impl std::fmt::Display) -> String {
    why.to_string()
}

fn on_hidden(
    subject: &Subject,
    test: impl FnOnce(&Trial<'_, '_>) -> Result<String, String>,
) -> Judged {
    let Some(hidden) = subject.vendor.and_then(|vendor| vendor.hidden) else {
        return Err(Unmet::apart("no end that can be hidden"));
    };
    let subject = subject.clone().with_settings((hidden.settings)());
    let ran = subject.on_device(Time::Virtual, |machine, device| {
        let found = || {
            let link = machine.interfaces(&hidden.category).into_iter().next();
            let link = link.ok_or("no interface of the category for hidden ends")?;
            let speaker = || Endpoint::open(machine, &link).map_err(describe);
            let microphone = || Endpoint::find(machine, Direction::Capture).map_err(describe);
            for endpoint in [speaker()?, microphone()?] {
                open_up(machine, &End::of(endpoint)?);
            }
            let (speaker, microphone) = (speaker()?, microphone()?);
            test(&Trial { machine, device, hidden, speaker, microphone })
        };
        Ok(found())
    });
    let (finding, found) = ran.map_err(|why| Unmet::Wrong(why.to_string()))?;
    Ok((finding?, found))
}

impl Trial<'_, '_> {
    /// A program at the hidden end, in PAUSE.
    fn program(&self) -> Result<EventStream, String> {
        let opened = open_event_at(self.machine, &self.speaker, STEREO, PERIOD);
        let stream = opened.map_err(|why| format!("a stream at the hidden end: {why}"))?;
        stream.prepare().map_err(describe)?;
        Ok(stream)
    }

    /// The microphone's recording while programs feed these sounds.
    fn recorded(&self, sounds: &[&[u8]], bytes: usize) -> Result<Vec<u8>, String> {
        let open = |endpoint| open_event_at(self.machine, endpoint, STEREO, PERIOD).map_err(text);
        let mut recorder = Recorder::prepare(open(&self.microphone)?).map_err(text)?;
        let mut players = Vec::new();
        for sound in sounds {
            players.push(Player::prepare(open(&self.speaker)?, *sound).map_err(text)?);
        }
        recorder.stream.run().map_err(describe)?;
        for player in &players {
            player.stream.run().map_err(describe)?;
        }
        let mut events = vec![recorder.stream.event()];
        events.extend(players.iter().map(|player| player.stream.event()));
        let mut heard = Vec::new();
        while heard.len() < bytes {
            match self.machine.wait_any(&events, PATIENCE) {
                Some(0) => {
                    recorder.service(|bytes| heard.extend_from_slice(bytes)).map_err(describe)?;
                }
                Some(player) => players[player - 1].service().map_err(text)?,
                None => return Err("no packet for a second".to_owned()),
            }
        }
        Ok(heard)
    }

    /// A service under a standard account gets no packets; an interactive user does.
    fn refuses_services(&self) -> Result<(), String> {
        for (who, token, wanted) in [
            ("a service", Token::service(), Err(STATUS_ACCESS_DENIED)),
            ("a plain user", Token::user(), Ok(())),
        ] {
            let client = self.machine.as_client(token);
            let speaker = Endpoint::open(&client, &self.speaker.link).map_err(describe)?;
            let raw = &AUDIO_SIGNALPROCESSINGMODE_RAW;
            let stream = EventStream::open(&client, &speaker, STEREO, raw, 480);
            let answer = stream.map(drop).map_err(|failed| failed.status);
            ensure(answer == wanted, || {
                format!("{who} that wants packets at the hidden end is answered {answer:x?}")
            })?;
        }
        Ok(())
    }

    /// A program's audio is recorded bit exact.
    fn is_exact(&self) -> Result<usize, String> {
        let tune = melody();
        // A quarter of a second for the latency.
        let heard = self.recorded(&[&tune], tune.len() + 48_000)?;
        let found = compare(&tune, &heard, STEREO.block_align());
        ensure(found.bit_exact, || {
            format!("what is fed at the hidden end is recorded as {found:?}")
        })?;
        Ok(tune.len() / STEREO.block_align())
    }

    /// The microphone's pin with the jack.
    fn bridge(&self) -> Result<u32, String> {
        let bridge = self.microphone.pins.iter().find(|pin| pin.jacks > 0);
        Ok(bridge.ok_or("the microphone has no jack")?.id)
    }

    /// Whether clients see the microphone's jack plugged in.
    fn is_plugged(&self) -> Result<bool, String> {
        is_connected(&self.microphone, self.bridge()?)
    }

    fn expect_jack(&self, plugged: bool, when: &str) -> Result<(), String> {
        let found = self.is_plugged()?;
        let state = |plugged| if plugged { "plugged in" } else { "unplugged" };
        ensure(found == plugged, || {
            format!("the jack is {} {when}, not {}", state(found), state(plugged))
        })
    }

    /// The jack stays plugged in for the hold time from now on, and no longer.
    fn expect_hold(&self, after: &str) -> Result<(), String> {
        self.machine.sleep(self.hidden.hold.saturating_sub(TOLERANCE));
        self.expect_jack(true, &format!("shortly before the hold ends, after {after}"))?;
        self.machine.sleep(2 * TOLERANCE);
        self.expect_jack(false, &format!("when the hold is over, after {after}"))
    }
}

pub(crate) fn feeds(subject: &Subject) -> Judged {
    on_hidden(subject, |trial| {
        let name = trial.speaker.name().to_owned();
        for (category, what) in [
            (&KSCATEGORY_AUDIO, "AUDIO"),
            (&KSCATEGORY_RENDER, "RENDER"),
            (&KSCATEGORY_CAPTURE, "CAPTURE"),
            (&KSCATEGORY_REALTIME, "REALTIME"),
        ] {
            let links = trial.machine.interfaces(category);
            let is_listed = links.iter().any(|link| name_of(link) == &*name);
            ensure(!is_listed, || format!("{name} is hidden and in KSCATEGORY_{what}"))?;
        }
        let links = trial.machine.interfaces(&trial.hidden.category);
        ensure(links.len() == 1, || format!("{} hidden ends, of one", links.len()))?;
        if trial.hidden.is_guarded {
            trial.refuses_services()?;
        }
        let frames = trial.is_exact()?;
        Ok(format!("{name} in no list; {frames} frames recorded bit exact"))
    })
}

pub(crate) fn jack_follows(subject: &Subject) -> Judged {
    on_hidden(subject, |trial| {
        let machine = trial.machine;
        trial.expect_jack(false, "before any program")?;
        let first = trial.program()?;
        trial.expect_jack(false, "while the program only has its stream")?;
        first.run().map_err(describe)?;
        trial.expect_jack(true, "when the program streams")?;
        // A restart.
        first.pause().map_err(describe)?;
        drop(first);
        machine.sleep(trial.hidden.hold.saturating_sub(TOLERANCE));
        trial.expect_jack(true, "while the program starts again")?;
        let again = trial.program()?;
        again.run().map_err(describe)?;
        machine.sleep(2 * trial.hidden.hold);
        trial.expect_jack(true, "when it streams again")?;
        // Another one beside it.
        let other = trial.program()?;
        other.run().map_err(describe)?;
        again.pause().map_err(describe)?;
        machine.sleep(2 * trial.hidden.hold);
        trial.expect_jack(true, "while one of two programs streams")?;
        // A sleep does not affect the jack.
        {
            let waiting = Waiting::new(machine, &trial.microphone, trial.bridge()?)?;
            let _ = waiting.is_signalled(machine);
            trial.device.power_down();
            machine.sleep(2 * trial.hidden.hold);
            trial.device.power_up().map_err(|why| why.to_string())?;
            trial.expect_jack(true, "after a sleep")?;
            machine.sleep(2 * trial.hidden.hold);
            ensure(!waiting.is_signalled(machine), || "a sleep changed the jack".to_owned())?;
        }
        other.pause().map_err(describe)?;
        trial.expect_hold("a pause")?;
        // The program is killed: its handles are closed in RUN.
        again.run().map_err(describe)?;
        drop((other, again));
        trial.expect_hold("a death")?;
        Ok(format!("held for {:?} after a pause and after a death", trial.hidden.hold))
    })
}

/// Frames of a constant `level`, `bytes` long.
fn constant(level: i16, bytes: usize) -> Vec<u8> {
    level.to_le_bytes().repeat(bytes / 2)
}

pub(crate) fn programs(subject: &Subject) -> Judged {
    on_hidden(subject, |trial| {
        let machine = trial.machine;
        // Two at once: half a second.
        let sounds = [constant(1_000, 96_000), constant(300, 96_000)];
        let heard = trial.recorded(&[&sounds[0], &sounds[1]], 76_800)?;
        let sum = i16::from_le_bytes(*heard.last_chunk().ok_or("nothing was recorded")?);
        ensure(sum == 1_300, || format!("1000 and 300 are recorded as {sum}"))?;
        // One program stalls: it runs and writes nothing.
        let stalled = trial.program()?;
        stalled.run().map_err(describe)?;
        machine.sleep(Duration::from_secs(1));
        let heard = trial.recorded(&[], 48_000)?;
        ensure(heard.iter().all(|byte| *byte == 0), || "a stalled program is heard".to_owned())?;
        // Another one runs ahead: it reports packets far in the future.
        let mut hurried = trial.program()?;
        hurried.run().map_err(describe)?;
        machine.sleep(Duration::from_millis(25));
        let loud = constant(20_000, hurried.packet_bytes());
        let now = hurried.completed().0;
        for ahead in [3, 10, 1_000] {
            let taken = hurried.write(now + ahead, &loud, None).is_ok();
            ensure(!taken, || format!("a packet is taken {ahead} packets before its time"))?;
        }
        // The stalled program is killed, and the cable still works.
        drop(stalled);
        let heard = trial.recorded(&[&sounds[0]], 76_800)?;
        let alone = i16::from_le_bytes(*heard.last_chunk().ok_or("nothing was recorded")?);
        ensure(alone == 1_000, || format!("after a death 1000 is recorded as {alone}"))?;
        // The device is removed with a program attached.
        let last = trial.program()?;
        last.run().map_err(describe)?;
        machine.sleep(Duration::from_millis(25));
        trial.device.surprise_remove();
        let status = last.pause().err().map(|failed| failed.status);
        ensure(status == Some(STATUS_DEVICE_REMOVED), || {
            format!("a program whose device is gone is answered {status:x?}")
        })?;
        ensure(machine.interfaces(&trial.hidden.category).is_empty(), || {
            "a hidden end is there after its device".to_owned()
        })?;
        machine.sleep(2 * trial.hidden.hold);
        Ok("two mixed; a stall, a hurry, a death and a removal".to_owned())
    })
}
