//! Errors, each one line that names the cause and the remedy.

use std::fmt;

use crate::choose::ChooseError;
use crate::format::WaveFormat;

/// Why a stream could not be opened, or ended.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No device matches.
    #[error(transparent)]
    Choose(#[from] ChooseError),
    /// Windows refused a call.
    #[error("{device}: {call}")]
    Call {
        /// The subject: a device's name, or Windows itself.
        device: String,
        /// The call and its error.
        call: Refused,
    },
    /// The device supports neither the format nor one that represents it exactly.
    #[error(
        "{device}: does not take {format} in exclusive mode: convert the audio, or leave --exclusive out and Windows converts it"
    )]
    ExclusiveFormat {
        /// The device.
        device: String,
        /// The format.
        format: WaveFormat,
    },
    /// The audio engine does not convert this format.
    #[error(
        "{device}: the audio engine does not take {format}: convert the audio to 16 bit, 48000 Hz"
    )]
    SharedFormat {
        /// The device.
        device: String,
        /// The format.
        format: WaveFormat,
    },
    /// A started stream requests no audio, or delivers none.
    #[error(
        "{device}: stopped streaming ({seconds} s without a sign of life): unplug it and plug it in again, or try --timer"
    )]
    Stalled {
        /// The device.
        device: String,
        /// The time waited.
        seconds: u64,
    },
}

/// A call that Windows refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The call, such as IAudioClient::Initialize.
    pub call: &'static str,
    /// The HRESULT.
    pub code: u32,
    /// The system's message, if there is one.
    pub message: String,
}

/// The result of a call; its error contains the call's name.
const KNOWN: [(u32, &str); 19] = [
    (
        0x8889_000A,
        "in use by another program in exclusive mode: close that program, or choose another device",
    ),
    (
        0x8889_000E,
        "exclusive mode is not allowed: allow it in the device's advanced properties, or leave --exclusive out",
    ),
    (0x8889_0010, "the Windows audio service is not running: start it (`net start audiosrv`)"),
    (
        0x8889_0004,
        "went away while streaming (unplugged, disabled or reconfigured): connect it and start again",
    ),
    (0x8889_0026, "its stream was taken away by Windows: start again"),
    (0x8889_0008, "does not take this format: choose another, or leave --exclusive out"),
    (0x8889_000F, "its driver could not make a stream: close other programs that use it"),
    (0x8889_0012, "takes exclusive streams only: give --exclusive"),
    (
        0x8889_0003,
        "is the wrong end for this stream, or has no loopback: play to a speaker, record from a microphone",
    ),
    (0x8889_0013, "wants buffer and period to be the same: leave --timer out"),
    (0x8889_0016, "does not take a buffer of this length: give another --buffer-ms"),
    (0x8889_0006, "does not take a buffer of this length: give a smaller --buffer-ms"),
    (0x8889_0020, "does not take a period of this length: give another --buffer-ms"),
    (0x8889_0019, "does not take a buffer of this length: give another --buffer-ms"),
    (0x8889_0017, "Windows has no processor time left for another stream: close other programs"),
    (
        0x8889_0021,
        "does not take these options together: leave --loopback, --timer or --exclusive out",
    ),
    (0x8889_0028, "another program holds the engine's period: close it, or choose another device"),
    (
        0x8007_0005,
        "Windows denies access: allow the microphone for desktop programs in the privacy settings",
    ),
    (0x8007_0490, "is not there any more: see --list"),
];

/// Codes that say that what was asked for is not to be had; others say that something happened.
const ASKED_FOR: [u32; 10] = [
    0x8889_000E,
    0x8889_0008,
    0x8889_0012,
    0x8889_0003,
    0x8889_0013,
    0x8889_0016,
    0x8889_0006,
    0x8889_0020,
    0x8889_0019,
    0x8889_0021,
];

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, code, message } = self;
        if let Some((_, text)) = KNOWN.iter().find(|(known, _)| known == code) {
            return out.write_str(text);
        }
        // The system's message may have several lines; an error has one.
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        let message = if message.is_empty() { String::new() } else { format!(", {message}") };
        write!(
            out,
            "{call} failed ({code:#010x}{message}): look the code up in that call's reference page"
        )
    }
}

impl Failure {
    /// The exit status: 2 for wrong arguments, 1 for other failures.
    pub fn status(&self) -> u8 {
        match self {
            Self::Call { call, .. } if ASKED_FOR.contains(&call.code) => 2,
            Self::Call { .. } | Self::Stalled { .. } => 1,
            _ => 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Sample;

    fn refused(code: u32, message: &str) -> Failure {
        let call = Refused { call: "IAudioClient::Start", code, message: message.to_owned() };
        Failure::Call { device: "Speakers".to_owned(), call }
    }

    #[test]
    fn each_known_code_has_a_remedy_after_a_colon() {
        for (code, text) in KNOWN {
            assert!(text.contains(": "), "{text}");
            let line = refused(code, "whatever").to_string();
            assert_eq!(line, format!("Speakers: {text}"));
            assert_eq!(KNOWN.iter().filter(|(other, _)| *other == code).count(), 1, "{code:#x}");
        }
    }

    #[test]
    fn the_four_that_people_meet() {
        let line = refused(0x8889_000A, "").to_string();
        assert!(line.starts_with("Speakers: in use by another program"), "{line}");
        let line = refused(0x8889_000E, "").to_string();
        assert!(line.starts_with("Speakers: exclusive mode is not allowed"), "{line}");
        let line = refused(0x8889_0010, "").to_string();
        assert!(line.contains("audio service is not running"), "{line}");
        let line = refused(0x8889_0004, "").to_string();
        assert!(line.starts_with("Speakers: went away while streaming"), "{line}");
    }

    #[test]
    fn an_unknown_code_names_the_call_in_one_line() {
        let line = refused(0x8000_4005, "Unspecified\r\nerror ").to_string();
        assert_eq!(
            line,
            "Speakers: IAudioClient::Start failed (0x80004005, Unspecified error): look the code up in that call's reference page"
        );
    }

    #[test]
    fn the_status_tells_what_was_given_from_what_happened() {
        assert_eq!(refused(0x8889_000E, "").status(), 2);
        assert_eq!(refused(0x8889_000A, "").status(), 1);
        assert_eq!(refused(0x8889_0004, "").status(), 1);
        let format = Sample::Pcm16.format(44_100, 2);
        let failure = Failure::ExclusiveFormat { device: "Speakers".to_owned(), format };
        assert_eq!(failure.status(), 2);
        let line = failure.to_string();
        assert!(line.contains("44100 Hz, 2 ch, 16 bit") && line.contains("--exclusive"));
    }
}
