//! Ends of a cable with unequal channels: the microphone's recording matches docs/channels.md.

mod variants;

use std::fmt::Write as _;
use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat, connect};
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_conform::play::{Player, Recorder};
use acx_host::Machine;
use acx_host::machine::Setting;
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW as RAW, STATUS_NO_MATCH, WAVE_FORMAT_PCM};

variants::test_each!(
    every_row_of_the_table_is_what_is_heard,
    a_plain_wave_format_is_taken_up_to_stereo,
);

/// Speaker positions, by the bits of a mask.
const POSITIONS: [&str; 18] = [
    "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR",
    "TBL", "TBC", "TBR",
];

/// Channels and mask of what is played and of what is heard.
const ROWS: [[(u16, u32); 2]; 19] = [
    [(1, 0x4), (2, 0x3)],
    [(1, 0x4), (6, 0x3F)],
    [(1, 0x0), (6, 0x3F)],
    [(2, 0x3), (1, 0x4)],
    [(2, 0x3), (6, 0x3F)],
    [(4, 0x33), (2, 0x3)],
    [(4, 0x107), (2, 0x3)],
    [(6, 0x3F), (1, 0x4)],
    [(6, 0x3F), (2, 0x3)],
    [(6, 0x60F), (2, 0x3)],
    [(6, 0x60F), (6, 0x3F)],
    [(6, 0x60F), (8, 0x63F)],
    [(8, 0x63F), (2, 0x3)],
    [(8, 0x63F), (6, 0x3F)],
    [(8, 0xFF), (2, 0x3)],
    [(12, 0x2_D63F), (2, 0x3)],
    [(12, 0x2_D63F), (8, 0x63F)],
    [(16, 0x0), (2, 0x3)],
    [(2, 0x3), (16, 0x0)],
];

const FRAMES: usize = 4_800;

fn format((channels, mask): (u16, u32)) -> WaveFormat {
    WaveFormat { float: true, channels, mask, rate: 48_000, bits: 32, valid_bits: 32 }
}

fn open(machine: &Machine, direction: Direction, format: WaveFormat) -> EventStream {
    let endpoint = Endpoint::find(machine, direction).unwrap();
    EventStream::open(machine, &endpoint, format, &RAW, 480).unwrap()
}

/// The gain from each played channel to each recorded one. The channels play in turn, for 30 ms
/// each.
fn gains(machine: &Machine, played: WaveFormat, heard: WaveFormat) -> Vec<Vec<f32>> {
    const TURN: usize = 1_440;
    let channels = usize::from(played.channels);
    let mut audio = Vec::new();
    for frame in 0..TURN * channels + FRAMES {
        for channel in 0..channels {
            let value = if frame / TURN == channel { 0.5_f32 } else { 0.0 };
            audio.extend(value.to_le_bytes());
        }
    }
    let mut recorder = Recorder::prepare(open(machine, Direction::Capture, heard)).unwrap();
    let mut player = Player::prepare(open(machine, Direction::Render, played), &*audio).unwrap();
    recorder.stream.run().unwrap();
    player.stream.run().unwrap();
    let events = [player.stream.event(), recorder.stream.event()];
    let mut bytes = Vec::new();
    while !player.finished() {
        match machine.wait_any(&events, Duration::from_secs(1)) {
            Some(0) => player.service().unwrap(),
            Some(_) => recorder.service(|packet| bytes.extend_from_slice(packet)).unwrap(),
            None => panic!("nobody signals"),
        }
    }
    let samples: Vec<f32> =
        bytes.as_chunks().0.iter().map(|sample| f32::from_le_bytes(*sample)).collect();
    let frames: Vec<&[f32]> = samples.chunks_exact(heard.channels.into()).collect();
    // 10 ms later, in the middle of each turn.
    let middle = |turn: usize| frames[480 + turn * TURN + TURN / 2];
    (0..channels).map(|turn| middle(turn).iter().map(|value| value * 2.0).collect()).collect()
}

/// The name of a channel.
fn name((channels, mask): (u16, u32), channel: usize) -> String {
    let bits = (0..18).filter(|bit| mask >> bit & 1 == 1);
    let position = bits.map(|bit| POSITIONS[bit]).nth(channel);
    match position {
        Some(position) => position.to_owned(),
        None if channels == 1 => "it".to_owned(),
        None => (channel + 1).to_string(),
    }
}

/// A row of the page.
fn row(played: (u16, u32), heard: (u16, u32), gains: &[Vec<f32>]) -> String {
    let mut text = format!("| {}, {:#x} | {}, {:#x} | ", played.0, played.1, heard.0, heard.1);
    let mut between = "";
    for target in 0..usize::from(heard.0) {
        let of: Vec<(usize, f32)> =
            gains.iter().map(|row| row[target]).enumerate().filter(|own| own.1 > 0.0).collect();
        if of.is_empty() {
            continue;
        }
        write!(text, "{between}{}:", name(heard, target)).unwrap();
        between = "; ";
        for (index, (source, gain)) in of.into_iter().enumerate() {
            let plus = if index > 0 { " +" } else { "" };
            let gain = if gain > 0.9999 { String::new() } else { format!("{gain:.3} ") };
            write!(text, "{plus} {gain}{}", name(played, source)).unwrap();
        }
    }
    text + " |"
}

fn every_row_of_the_table_is_what_is_heard() {
    let machine = Machine::builder().build();
    machine.set_registry("MaxChannels", Setting::Number(16));
    let (rows, findings) = variants::on_machine(&machine, |machine, _| {
        let of = |[played, heard]: [(u16, u32); 2]| {
            row(played, heard, &gains(machine, format(played), format(heard)))
        };
        Ok(ROWS.map(of))
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
    let page = include_str!("../docs/channels.md");
    let mut lines = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    for row in &rows {
        assert_eq!(lines.next(), Some(row.as_str()), "all of them:\n{}", rows.join("\n"));
    }
    assert_eq!(lines.next(), None);
}

/// A WAVEFORMATEX has no speaker positions, so beyond stereo its channels are ambiguous: a pin
/// refuses it, and the client must send a WAVEFORMATEXTENSIBLE.
fn a_plain_wave_format_is_taken_up_to_stereo() {
    let machine = Machine::builder().build();
    machine.set_registry("MaxChannels", Setting::Number(16));
    let ((), findings) = variants::on_machine(&machine, |machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
        let pin = endpoint.host_pin().unwrap().id;
        for (channels, mask) in [(1, 0x4), (2, 0x3), (3, 0xB), (6, 0x3F), (8, 0x63F), (16, 0)] {
            let format =
                WaveFormat { float: false, bits: 16, valid_bits: 16, ..format((channels, mask)) };
            let mut plain = format.to_ks();
            // KSDATAFORMAT with a WAVEFORMATEX: 64 and 18 bytes.
            plain.truncate(82);
            plain[..4].copy_from_slice(&82_u32.to_le_bytes());
            plain[64..66].copy_from_slice(&WAVE_FORMAT_PCM.to_le_bytes());
            plain[80..].fill(0);
            let opened = endpoint.filter.create_pin(&connect(pin, &plain, Some(&RAW)));
            let wanted = if channels > 2 { Err(STATUS_NO_MATCH) } else { Ok(()) };
            assert_eq!(opened.map(drop), wanted, "{channels} channels");
            assert!(endpoint.open_stream(format, &RAW).is_ok(), "{channels} channels");
        }
        Ok(())
    })
    .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}
