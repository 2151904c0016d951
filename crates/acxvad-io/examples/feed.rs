//! A program feeds `Microphone1`, whose speaker is hidden, and records it. Here the driver runs in
//! the host; with an installed driver the same code uses Windows as its system.

use acxvad_io::{Feed, Options, System, Tap};

/// Feeds a second of sound. Returns it with the recording.
fn feed(system: &dyn System) -> Result<(Vec<u8>, Vec<u8>), acxvad_io::Error> {
    let mut tap = Tap::open(system, "Microphone1", Options::stereo_f32(48_000))?;
    let mut feed = Feed::open(system, 1, Options::stereo_f32(48_000))?;
    let sine = |at: usize| (at as f32 * 0.0575).sin() * 0.5 + 0.25;
    let sound: Vec<u8> = (1..96_001).map(sine).flat_map(f32::to_le_bytes).collect();
    let mut heard = vec![0; sound.len() + 8 * 4_800];
    let (mut written, mut read) = (0, 0);
    while read < heard.len() {
        written += feed.try_write(&sound[written..])?;
        tap.read(&mut heard[read..][..8 * 480])?;
        read += 8 * 480;
    }
    Ok((sound, heard))
}

pub(crate) fn main() -> Result<(), Box<dyn std::error::Error>> {
    let machine = acx_host::Machine::builder().build();
    machine.set_registry("Cables", 2);
    machine.set_registry("Speaker1Hidden", 1);
    let run = acxhost::subject::of(None).on_machine(&machine, |machine, _| Ok(feed(machine)));
    let (sound, heard) = run?.0?;
    let exact = heard.windows(sound.len()).step_by(8).position(|part| part == sound);
    let latency = exact.ok_or("what was recorded is not what was fed")?;
    println!("a second of sound came back bit exact, {latency} frames after the first packet");
    Ok(())
}
