//! Signal-processing modes. DDI: AUDIO_SIGNALPROCESSINGMODE_* of ksmedia.h.

use acx_sys::*;

/// A signal-processing mode that a pin lists formats for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Unprocessed.
    Raw,
    /// The mode of an application that requests none.
    Default,
    /// Calls.
    Communications,
    /// Music.
    Media,
    /// Films.
    Movie,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 5] =
        [Self::Raw, Self::Default, Self::Communications, Self::Media, Self::Movie];

    /// The mode's GUID.
    pub const fn guid(self) -> GUID {
        match self {
            Self::Raw => AUDIO_SIGNALPROCESSINGMODE_RAW,
            Self::Default => AUDIO_SIGNALPROCESSINGMODE_DEFAULT,
            Self::Communications => AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS,
            Self::Media => AUDIO_SIGNALPROCESSINGMODE_MEDIA,
            Self::Movie => AUDIO_SIGNALPROCESSINGMODE_MOVIE,
        }
    }
}
