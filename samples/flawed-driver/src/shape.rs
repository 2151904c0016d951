//! Shapes of the device, selected by the setting `Shape`: features that other drivers have or lack.
//! None of them is a flaw.

use acx::circuit::Direction;
use acx::format::{Coding, WaveFormat};
use acx::pin::Mode;

use crate::{Flaw, NARROW, STEREO, STREAMS};

macro_rules! shapes {
    ($($name:ident $sentence:literal)*) => {
        /// A shape of the device.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Shape {
            $(#[doc = $sentence] $name,)*
        }

        impl Shape {
            /// Every shape; the number of one is its place, counted from 0.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its description.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence),* }
            }
        }
    };
}

shapes! {
    Cable "a speaker, and a microphone that hears it"
    Speaker "a speaker alone"
    Microphone "a microphone alone"
    MonoMicrophone "a microphone of one channel"
    RawOnly "pins that list RAW alone"
    OtherRates "a speaker at 44.1 kHz, a microphone at 96 kHz"
    NoCable "a microphone that hears nothing"
    NoLimit "pins that take any number of streams"
    TwoStreams "pins that take two streams"
    LongDefault "a DEFAULT mode with packets of 2 ms and more"
    NoFormats "pins that list no format"
    NoEndpoint "no circuit at all"
    DoesNotStart "a device that does not start"
    PoolForPower "a device that takes pool to wake up and to go to sleep"
}

impl From<u32> for Shape {
    /// From its number.
    fn from(number: u32) -> Self {
        let place = usize::try_from(number).ok();
        place.and_then(|place| Self::ALL.get(place)).copied().unwrap_or(Self::Cable)
    }
}

impl Shape {
    /// Whether there is an end of a direction.
    pub(crate) fn has(self, direction: Direction) -> bool {
        match self {
            Self::Speaker => direction == Direction::Render,
            Self::Microphone => direction == Direction::Capture,
            Self::NoEndpoint => false,
            _ => true,
        }
    }

    /// Streams that a pin takes.
    pub(crate) fn streams(self) -> u32 {
        match self {
            Self::NoLimit => u32::MAX,
            Self::TwoStreams => 2,
            _ => STREAMS,
        }
    }

    /// The modes that pins list.
    pub(crate) fn modes(self, flaw: Flaw) -> impl Iterator<Item = Mode> {
        let (first, second) = match flaw {
            Flaw::NoUsualMode => (Mode::Media, Mode::Movie),
            _ => (Mode::Raw, Mode::Default),
        };
        let count = match self {
            Self::NoFormats => 0,
            Self::RawOnly => 1,
            _ => 2,
        };
        [first, second].into_iter().take(count)
    }

    /// What each mode lists.
    pub(crate) fn formats(self, direction: Direction, flaw: Flaw) -> [Option<WaveFormat>; 2] {
        let narrow = match flaw {
            Flaw::WrongMask => WaveFormat { mask: STEREO.mask, ..NARROW },
            Flaw::ExtraBits => WaveFormat { valid_bits: 24, ..NARROW },
            Flaw::FloatBits => {
                WaveFormat { coding: Coding::Float, bits: 32, valid_bits: 24, ..NARROW }
            }
            _ => NARROW,
        };
        match (self, direction) {
            (Self::OtherRates, Direction::Render) => [Some(WaveFormat::stereo(44_100, 16)), None],
            (Self::OtherRates, Direction::Capture) => [Some(WaveFormat::stereo(96_000, 16)), None],
            (Self::MonoMicrophone, Direction::Capture) => {
                [Some(WaveFormat::mono(48_000, 16)), None]
            }
            (_, Direction::Render) => [Some(STEREO), Some(narrow)],
            (_, Direction::Capture) => [Some(STEREO), None],
        }
    }
}
