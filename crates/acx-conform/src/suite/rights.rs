//! Protected content: B28.

use acx_client::Direction;
use acx_client::event::EventStream;
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, STATUS_NOT_SUPPORTED};

use super::client::Driving;
use super::end::End;
use super::gain::both_ends;
use super::stream::KINDS;
use super::through::{EXAMINED, Listener, Player, pass, steady};
use super::{Context, Finding, STEREO, Unmet, describe, ensure, is_close};

/// The levels of the protected stream and of the other one, relative to full scale.
const FILM: f64 = 0.5;
const OTHER: f64 = 0.125;

/// Milliseconds after which a change has reached the microphone.
const SETTLED: u32 = 80;

pub(crate) fn protected_content(context: &Context<'_>) -> Finding {
    let Some((speaker, microphone)) = both_ends(context)? else {
        return Err(Unmet::apart("the two ends of the cable list no format in common"));
    };
    let mut count = 0;
    for kind in KINDS {
        let mut all = vec![Listener::open(context.system, &microphone, Driving::Event)?];
        if let Some(listener) = loopback_listener(context)? {
            all.push(listener);
        }
        film(context, &speaker, kind, &mut all)?;
        count = all.len();
    }
    let also = if count > 1 { " and on the loopback pin" } else { "" };
    Ok(format!("silent at the microphone{also} while it is protected, and no longer"))
}

/// A stream at the loopback pin of a speaker with an audio engine.
fn loopback_listener(context: &Context<'_>) -> Result<Option<Listener>, String> {
    let endpoint = context.endpoint(Direction::Render)?;
    let Some(pins) = endpoint.engine else { return Ok(None) };
    let file = endpoint.open_stream_at(pins.loopback, STEREO, &RAW).map_err(describe)?;
    let frames = super::end::frames(STEREO, 10);
    let stream = EventStream::on(context.system, file, STEREO, frames).map_err(describe)?;
    Listener::on(stream, STEREO).map(Some)
}

fn film(
    context: &Context<'_>,
    speaker: &End,
    kind: Driving,
    listeners: &mut [Listener],
) -> Result<(), Unmet> {
    let system = context.system;
    let play = |value: f64, kind| {
        let audio = steady(speaker.format, value, speaker.period());
        let mut player = Player::open(system, speaker, kind, audio, true)?;
        player.run()?;
        Ok::<_, String>(player)
    };
    let mut players = vec![play(FILM, kind)?];
    let protect = |players: &[Player], protected| {
        players[0].pin().assign_content(protected, false).map_err(|status| match status {
            STATUS_NOT_SUPPORTED => Unmet::apart("no stream takes protected content here"),
            status => Unmet::Wrong(format!("the content's rights: {status:#x}")),
        })
    };
    let mut expect = |players: &mut [Player], what: &str, wanted: &[f64]| -> Result<(), String> {
        pass(system, SETTLED, players, listeners.iter_mut())?;
        for listener in listeners.iter() {
            let heard = listener.tail(0, EXAMINED)?;
            let is_wanted = |found: f64| wanted.iter().any(|own| is_close(found, *own, 1e-3));
            let off = heard.into_iter().find(|found| !is_wanted(*found));
            ensure(off.is_none(), || {
                format!("{kind:?}, {what}: {off:?} is heard, not {wanted:?}")
            })?;
        }
        Ok(())
    };
    protect(&players, true)?;
    expect(&mut players, "protected", &[0.0])?;
    protect(&players, false)?;
    expect(&mut players, "not protected any more", &[FILM])?;
    protect(&players, true)?;
    if speaker.takes_two() {
        // A driver may also silence the other stream.
        players.push(play(OTHER, Driving::Event)?);
        expect(&mut players, "protected, beside another stream", &[0.0, OTHER])?;
    }
    players.remove(0);
    if players.is_empty() {
        players.push(play(OTHER, kind)?);
    }
    Ok(expect(&mut players, "after the protected stream was closed", &[OTHER])?)
}
