//! The command lines.

use std::path::PathBuf;

use acxvad_io::WaveFormat;
use clap::{Args, Parser, ValueEnum};

/// The end of `--help`, after the examples.
macro_rules! help {
    ($examples:literal) => {
        concat!(
            $examples,
            "\n\nExit status:\n",
            "  0    everything was streamed, or Ctrl-C or a reader that closed its pipe ended it\n",
            "  1    audio was lost, which --json counts; or the driver has an error\n",
            "  2    the command line, a file or the driver cannot be used; the message says why\n",
            "  130  stopped by a second Ctrl-C"
        )
    };
}

const FEED_HELP: &str = help!(
    "Examples:\n  \
     ffmpeg -i song.mp3 -f wav - | acxvad-feed Microphone0\n  \
     acxvad-feed Microphone0 song.wav\n  \
     acxvad-feed Microphone0 --tone 440 --seconds 3\n  \
     ffmpeg -i song.mp3 -f s16le -ar 48000 -ac 2 - | acxvad-feed Microphone0 --format s16le\n  \
     ffmpeg -i song.mp3 -f wav - | acxvad-feed Microphone0 --host --record - | ffplay -"
);

const TAP_HELP: &str = help!(
    "Examples:\n  \
     acxvad-tap Speaker0 | ffmpeg -i - song.flac\n  \
     acxvad-tap Speaker0 song.wav --seconds 60\n  \
     acxvad-tap Speaker0 --raw --format s16le | ffmpeg -f s16le -ar 48000 -ac 2 -i - song.flac\n  \
     ffmpeg -i song.mp3 -f wav - | acxvad-tap Speaker0 --host --play - | ffplay -"
);

/// Writes the audio that a microphone of acxvad records.
#[derive(Clone, Debug, Parser)]
#[command(name = "acxvad-feed", version, after_help = FEED_HELP)]
pub struct Feed {
    /// The end to feed: the microphone whose speaker is hidden, or the speaker, by the name that
    /// users see or the circuit's, such as Speaker0.
    pub end: String,
    /// A WAV file; `-` is standard input. With --format, --rate or --channels the input is raw PCM.
    #[arg(default_value = "-")]
    pub input: PathBuf,
    /// The format of raw PCM.
    #[command(flatten)]
    pub raw: RawFormat,
    /// Feed a sine of this frequency instead of a file, until --seconds or Ctrl-C.
    #[arg(long, value_name = "HZ", value_parser = positive, conflicts_with = "input")]
    pub tone: Option<f64>,
    /// End after this many seconds; fractions are fine.
    #[arg(long, value_parser = positive)]
    pub seconds: Option<f64>,
    /// With --host: write what the microphone records to a WAV file; `-` is standard output.
    #[arg(long, value_name = "OUT", requires = "host")]
    pub record: Option<PathBuf>,
    /// With --record: write raw PCM.
    #[arg(long = "raw", requires = "record")]
    pub raw_output: bool,
    /// The options of both programs.
    #[command(flatten)]
    pub common: Common,
}

/// Reads the audio that a speaker of acxvad plays.
#[derive(Clone, Debug, Parser)]
#[command(name = "acxvad-tap", version, after_help = TAP_HELP)]
pub struct Tap {
    /// The end to read: the speaker whose microphone is hidden, or the microphone, by the name that
    /// users see or the circuit's, such as Microphone0.
    pub end: String,
    /// The WAV file to write; `-` is standard output.
    #[arg(default_value = "-")]
    pub output: PathBuf,
    /// Write raw PCM.
    #[arg(long)]
    pub raw: bool,
    /// The format requested from the driver.
    #[command(flatten)]
    pub format: RawFormat,
    /// End after this many seconds; fractions are fine.
    #[arg(long, value_parser = positive)]
    pub seconds: Option<f64>,
    /// With --host: a WAV file to play at the speaker; `-` is standard input. --format, --rate and
    /// --channels are the output's.
    #[arg(long, value_name = "IN", requires = "host")]
    pub play: Option<PathBuf>,
    /// The options of both programs.
    #[command(flatten)]
    pub common: Common,
}

/// The options of both programs.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// Run the driver in this program, in the host, instead of the installed one. Required on
    /// Linux. Cables and hidden ends are set as the name of the end requires.
    #[arg(long)]
    pub host: bool,
    /// With --host: a setting of the driver. May be repeated.
    #[arg(long = "set", value_name = "NAME=VALUE", requires = "host")]
    pub settings: Vec<String>,
    /// With --host: in real time, as hardware runs.
    #[arg(long, requires = "host", conflicts_with = "fast")]
    pub realtime: bool,
    /// With --host: in virtual time, as fast as the processor can: the default.
    #[arg(long, requires = "host")]
    pub fast: bool,
    /// Duration of a packet.
    #[arg(long, default_value_t = 10, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub packet_ms: u32,
    /// Print the counters as one JSON object: on standard output, or on standard error if audio
    /// goes there.
    #[arg(long)]
    pub json: bool,
    /// The service of the installed driver (Windows).
    #[arg(long, hide = cfg!(not(windows)), default_value = "acxvad", conflicts_with = "host")]
    pub service: String,
}

/// A sample type, by ffmpeg's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Sample {
    /// 16-bit integer.
    S16le,
    /// 24-bit integer in 3 bytes.
    S24le,
    /// 32-bit integer.
    S32le,
    /// 32-bit float.
    F32le,
}

/// The format of raw PCM, or the one requested from the driver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct RawFormat {
    /// The sample type (s16le if --rate or --channels is given, f32le if none is).
    #[arg(long)]
    pub format: Option<Sample>,
    /// Frames per second (48000).
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub rate: Option<u32>,
    /// Channels (2).
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=16))]
    pub channels: Option<u16>,
}

impl RawFormat {
    /// Whether any of it was given.
    pub fn is_given(self) -> bool {
        self != Self::default()
    }

    /// The format.
    pub fn format(self) -> WaveFormat {
        let usual = if self.is_given() { Sample::S16le } else { Sample::F32le };
        let (float, bits) = match self.format.unwrap_or(usual) {
            Sample::S16le => (false, 16),
            Sample::S24le => (false, 24),
            Sample::S32le => (false, 32),
            Sample::F32le => (true, 32),
        };
        let channels = self.channels.unwrap_or(2);
        let mask = WaveFormat::usual_mask(channels);
        let rate = self.rate.unwrap_or(48_000);
        WaveFormat { float, channels, mask, rate, bits, valid_bits: bits }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.filter(|number| *number < 1e9).ok_or_else(|| "give a number above 0".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_lines_fit_together() {
        Feed::command().debug_assert();
        Tap::command().debug_assert();
    }
}
