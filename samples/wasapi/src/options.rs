//! The command lines.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser};
use wasapi_client::buffer::Buffer;
use wasapi_client::format::{FormatExt, Sample, WaveFormat};

/// Options of a stream.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct StreamOptions {
    /// Use exclusive mode: the device's own format, without the audio engine.
    #[arg(long)]
    pub exclusive: bool,
    /// Poll every half buffer, instead of waiting for the device's event.
    #[arg(long)]
    pub timer: bool,
    /// The length of the buffer in milliseconds.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2000))]
    pub buffer_ms: Option<u32>,
    /// Print one JSON object on standard output, and nothing else there.
    #[arg(long)]
    pub json: bool,
}

impl StreamOptions {
    /// The buffer that was asked for, or `otherwise`.
    pub fn buffer(&self, otherwise: Buffer) -> Buffer {
        self.buffer_ms.map_or(otherwise, |ms| Buffer::Lasts(Duration::from_millis(u64::from(ms))))
    }

    /// In words.
    pub const fn mode(&self) -> &'static str {
        match (self.exclusive, self.timer) {
            (false, false) => "shared, event driven",
            (false, true) => "shared, timer driven",
            (true, false) => "exclusive, event driven",
            (true, true) => "exclusive, timer driven",
        }
    }
}

/// A format, as far as it is given.
#[derive(Args, Clone, Copy, Debug, Default)]
pub struct FormatOptions {
    /// Frames per second [default: the device's].
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1_000..=768_000))]
    pub rate: Option<u32>,
    /// Channels [default: the device's].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=8))]
    pub channels: Option<u16>,
    /// The sample type [default: the device's].
    #[arg(long, value_enum)]
    pub sample: Option<Sample>,
}

impl FormatOptions {
    /// What is given, the rest from `mix`; `None` if that is not known and not everything is given.
    pub fn over(&self, mix: Option<WaveFormat>) -> Option<WaveFormat> {
        let sample = self.sample.or(mix.map(FormatExt::sample))?;
        let rate = self.rate.or(mix.map(|mix| mix.rate))?;
        Some(sample.format(rate, self.channels.or(mix.map(|mix| mix.channels))?))
    }

    /// What to try in exclusive mode, best first: what is given is kept; the rest is first as `mix`
    /// has it, then what hardware has.
    pub fn candidates(&self, mix: Option<WaveFormat>) -> Vec<WaveFormat> {
        const SAMPLES: [Sample; 5] =
            [Sample::Pcm24In32, Sample::Pcm32, Sample::Pcm24, Sample::Pcm16, Sample::Float32];
        let or = |given: Option<u32>, mix: Option<u32>, usual: &[u32]| match given {
            Some(given) => vec![given],
            None => mix.into_iter().chain(usual.iter().copied()).collect(),
        };
        let rates = or(self.rate, mix.map(|mix| mix.rate), &[48_000, 44_100]);
        let channels = self.channels.map(u32::from);
        let channels = or(channels, mix.map(|mix| u32::from(mix.channels)), &[2, 1]);
        let samples = self.sample.map_or_else(|| SAMPLES.to_vec(), |sample| vec![sample]);
        let mut formats = Vec::new();
        for &rate in &rates {
            for &channels in &channels {
                for &sample in &samples {
                    let format = sample.format(rate, channels as u16);
                    if !formats.contains(&format) {
                        formats.push(format);
                    }
                }
            }
        }
        formats
    }
}

/// Play a WAV file through WASAPI.
#[derive(Parser, Debug)]
#[command(name = "wasapi-play", version)]
pub struct Play {
    /// PCM of 8, 16, 24 or 32 bits, or 32-bit float.
    #[arg(required_unless_present = "list", value_name = "IN.wav")]
    pub input: Option<PathBuf>,
    /// A part of the device's name [default: the default device].
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// List the render devices and exit.
    #[arg(long)]
    pub list: bool,
    /// Options of the stream.
    #[command(flatten)]
    pub stream: StreamOptions,
}

/// Record to a WAV file through WASAPI.
#[derive(Parser, Debug)]
#[command(name = "wasapi-record", version)]
pub struct Record {
    /// The file to write; an existing file is replaced when the recording is complete.
    #[arg(required_unless_present = "list", value_name = "OUT.wav")]
    pub output: Option<PathBuf>,
    /// How long; fractions are fine.
    #[arg(long, value_name = "S", required_unless_present = "list", value_parser = seconds)]
    pub seconds: Option<f64>,
    /// A part of the device's name [default: the default device].
    #[arg(long, value_name = "NAME")]
    pub device: Option<String>,
    /// Record the audio of a render device (loopback); shared mode only.
    #[arg(long, conflicts_with = "exclusive")]
    pub loopback: bool,
    /// List the devices and exit.
    #[arg(long)]
    pub list: bool,
    /// The format of the recording.
    #[command(flatten)]
    pub format: FormatOptions,
    /// Options of the stream.
    #[command(flatten)]
    pub stream: StreamOptions,
}

/// Play bursts of noise and measure their latency through a microphone, a cable or a virtual cable.
#[derive(Parser, Debug)]
#[command(name = "wasapi-latency", version)]
pub struct Latency {
    /// A part of the playing device's name [default: the default device].
    #[arg(long, value_name = "NAME")]
    pub render: Option<String>,
    /// A part of the recording device's name [default: the default device].
    #[arg(long, value_name = "NAME")]
    pub capture: Option<String>,
    /// The number of bursts.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: u32,
    /// The time to record for each; a longer latency is not measured.
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=10_000))]
    pub window_ms: u32,
    /// List the devices and exit.
    #[arg(long)]
    pub list: bool,
    /// The format on both ends.
    #[command(flatten)]
    pub format: FormatOptions,
    /// Options of the streams.
    #[command(flatten)]
    pub stream: StreamOptions,
}

fn seconds(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number| (0.001..=86_400.0).contains(number));
    number.ok_or_else(|| "give a number of seconds from 0.001 to 86400".to_owned())
}

/// Options common to all samples.
pub trait Common: Parser {
    /// Whether to print JSON.
    fn json(&self) -> bool;
}

impl Common for Play {
    fn json(&self) -> bool {
        self.stream.json
    }
}

impl Common for Record {
    fn json(&self) -> bool {
        self.stream.json
    }
}

impl Common for Latency {
    fn json(&self) -> bool {
        self.stream.json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_lines_of_the_readme_are_taken() {
        let play =
            Play::try_parse_from(["wasapi-play", "song.wav", "--exclusive", "--timer"]).unwrap();
        assert_eq!(play.stream.mode(), "exclusive, timer driven");
        assert_eq!(play.stream.buffer(Buffer::Smallest), Buffer::Smallest);
        let record = ["wasapi-record", "out.wav", "--seconds", "1.5", "--sample", "s24in32"];
        let record = Record::try_parse_from(record).unwrap();
        assert_eq!(record.format.sample, Some(Sample::Pcm24In32));
        let latency = Latency::try_parse_from(["wasapi-latency", "--buffer-ms", "30"]).unwrap();
        assert_eq!(latency.rounds, 5);
        assert_eq!(latency.stream.buffer(Buffer::Usual), Buffer::Lasts(Duration::from_millis(30)));
        assert!(Play::try_parse_from(["wasapi-play", "--list"]).is_ok());
        assert!(Record::try_parse_from(["wasapi-record", "--list"]).is_ok());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        assert!(Play::try_parse_from(["wasapi-play"]).is_err());
        assert!(Record::try_parse_from(["wasapi-record", "out.wav"]).is_err());
        for seconds in ["0", "-1", "NaN", "inf", "x"] {
            let line = ["wasapi-record", "out.wav", "--seconds", seconds];
            assert!(Record::try_parse_from(line).is_err(), "{seconds}");
        }
        let both = ["wasapi-record", "o.wav", "--seconds", "1", "--loopback", "--exclusive"];
        assert!(Record::try_parse_from(both).is_err());
        assert!(Latency::try_parse_from(["wasapi-latency", "--rounds", "0"]).is_err());
    }

    #[test]
    fn candidates_begin_with_the_mix_format_and_keep_what_is_given() {
        let mix = Sample::Float32.format(96_000, 6);
        let all = FormatOptions::default().candidates(Some(mix));
        assert_eq!(all.len(), 3 * 3 * 5);
        assert_eq!(all[0], mix.with(Sample::Pcm24In32));
        let given = FormatOptions { rate: Some(44_100), channels: Some(2), sample: None };
        assert_eq!(given.candidates(Some(mix)).len(), 5);
        assert_eq!(given.over(None), None);
        let full = FormatOptions { sample: Some(Sample::Pcm16), ..given };
        let format = Sample::Pcm16.format(44_100, 2);
        assert_eq!(full.over(None), Some(format));
        assert_eq!(full.candidates(None), [format]);
    }
}
