//! The flaws: each makes one case of the conformance suite fail.

macro_rules! flaws {
    ($($name:ident $id:literal $sentence:literal)*) => {
        /// What is wrong with the driver.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            /// Nothing.
            Nothing,
            $(#[doc = $sentence] $name,)*
        }

        impl Flaw {
            /// Every flaw; the number of one is its place, counted from 1.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The case that it turns.
            pub const fn verdict(self) -> &'static str {
                match self { Self::Nothing => "", $(Self::$name => $id),* }
            }

            /// It in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { Self::Nothing => "nothing is wrong", $(Self::$name => $sentence),* }
            }
        }
    };
}

flaws! {
    BlindMeter "B22" "the meter is blind in the second run of a stream"
    FadeStops "B22" "a fade stops where a pause meets it"
    StaleMark "B23" "a packet that was marked before a stall is played after it"
    KeptMark "B23" "a mark is kept over a stop"
    NoDelay "B26" "the microphone reports no delay"
    LateAtHalfRate "B26" "what is played at 24 kHz is heard a millisecond later than reported"
    NoNegativePeaks "B27" "the speaker's meter does not see negative peaks"
    Wraps "B27" "a mix beyond full scale wraps around"
    Inexact "B27" "the speaker's gain is 0.02 dB too much at -1 dB"
    Clicks "B27" "the speaker's volume changes from one sample to the next"
    Copies "B28" "protected content is recorded"
    StaysProtected "B28" "after a protected stream was closed, nothing is heard"
    SilentJack "B29" "a jack that is pulled causes no event"
    NoisyJack "B29" "a jack that is set to what it is causes an event"
    StuckJack "B29" "a jack that is pulled is described as plugged in"
    WorksLong "B32" "what a stall skipped is looked at frame by frame"
    MutesBoth "B33" "the microphone's mute of a channel is that of both"
    IgnoresVolume "B33" "the microphone's volume is kept and not applied"
    NoNegativeSound "B33" "the microphone's meter does not see negative peaks"
    ClicksToo "B33" "the microphone's volume changes from one sample to the next"
    OneOrder "B35" "a buffer is refused once the hardware is prepared"
    StillElsewhere "B37" "the position of the second speaker stops after 60 ms"
    Quiet "B38" "what is played at 24 kHz is 0.1 dB too quiet"
    Holds "B38" "each frame at 24 kHz is played twice, without anything between"
}

impl From<u32> for Flaw {
    /// From its number.
    fn from(number: u32) -> Self {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| Self::ALL.get(place)).copied().unwrap_or(Self::Nothing)
    }
}
