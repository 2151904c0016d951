//! A program feeds `Microphone1`, whose speaker is hidden, while the recorder of `acxhost record`
//! records it.

use std::io;

use acx_conform::play::{self, Options as Recording};
use acxvad_io::{Feed, Host, Options, Time};

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let host = Host::start(&["Cables=2", "Speaker1Hidden=1"], Time::Virtual)?;

    // The program: each recorded packet makes space for another one.
    let options = Options::stereo_f32(48_000);
    let sine = |frame: u32| [(f64::from(frame) * 0.0575).sin() as f32 * 0.5; 2];
    let sound: Vec<u8> = (1..=48_000).flat_map(sine).flat_map(f32::to_le_bytes).collect();
    let mut feed = Feed::open(&host, "Microphone1", options)?;
    let mut written = 0;
    let mut program = || {
        written += feed.try_write(&sound[written..]).map_err(io::Error::other)?;
        Ok(true)
    };
    program()?;

    // The recorder, like another program.
    let how = Recording { cable: 1, ..Recording::default() };
    let mut heard: Vec<u8> = Vec::new();
    let glitches = play::record_to(&host, options.format, 50_400, how, &mut |packet| {
        heard.extend(packet);
        program()
    })?;
    drop(feed);

    let place = heard.windows(sound.len()).step_by(8).position(|part| part == sound);
    let place = place.ok_or("what was recorded is not what was fed")?;
    println!("{} frames bit exact from frame {place} on, {glitches} glitches", sound.len() / 8);
    assert_eq!((glitches, host.stop()), (0, Vec::new()));
    Ok(())
}
