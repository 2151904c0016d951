//! Data formats. DDI: AcxDataFormatCreate, AcxDataFormatGetChannelsCount and its siblings.

use core::marker::PhantomData;

use acx_sys::*;

use crate::units::Bytes;
use crate::{Error, Result};

/// How samples are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Integers.
    Pcm,
    /// IEEE float.
    Float,
}

/// A wave format (WAVEFORMATEXTENSIBLE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaveFormat {
    /// Integer or float.
    pub coding: Coding,
    /// Channels.
    pub channels: u16,
    /// Speaker positions, one bit each.
    pub mask: u32,
    /// Frames a second.
    pub rate: u32,
    /// Bits that a sample takes.
    pub bits: u16,
    /// Bits of them that carry sound, left-justified.
    pub valid_bits: u16,
}

impl WaveFormat {
    /// One channel of integers of `bits` bits, in the middle (SPEAKER_FRONT_CENTER).
    pub const fn mono(rate: u32, bits: u16) -> Self {
        Self { coding: Coding::Pcm, channels: 1, mask: 0x4, rate, bits, valid_bits: bits }
    }

    /// Two channels of integers of `bits` bits, left and right (SPEAKER_FRONT_LEFT,
    /// SPEAKER_FRONT_RIGHT).
    pub const fn stereo(rate: u32, bits: u16) -> Self {
        Self { coding: Coding::Pcm, channels: 2, mask: 0x3, rate, bits, valid_bits: bits }
    }

    /// A frame's size.
    pub fn block(&self) -> Bytes {
        Bytes(u32::from(self.channels).saturating_mul(u32::from(self.bits / 8)))
    }

    /// The format as KS writes it: KSDATAFORMAT_WAVEFORMATEXTENSIBLE.
    pub(crate) fn to_ks(self) -> KSDATAFORMAT_WAVEFORMATEXTENSIBLE {
        #[expect(clippy::as_conversions, reason = "a constant that fits")]
        const SIZE: u32 = size_of::<KSDATAFORMAT_WAVEFORMATEXTENSIBLE>() as u32;
        let sub_format = match self.coding {
            Coding::Pcm => KSDATAFORMAT_SUBTYPE_PCM,
            Coding::Float => KSDATAFORMAT_SUBTYPE_IEEE_FLOAT,
        };
        let block = self.channels.saturating_mul(self.bits / 8);
        KSDATAFORMAT_WAVEFORMATEXTENSIBLE {
            DataFormat: KSDATAFORMAT {
                __bindgen_anon_1: KSDATAFORMAT__bindgen_ty_1 {
                    FormatSize: SIZE,
                    SampleSize: u32::from(block),
                    MajorFormat: KSDATAFORMAT_TYPE_AUDIO,
                    SubFormat: sub_format,
                    Specifier: KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
                    ..Default::default()
                },
            },
            WaveFormatExt: WAVEFORMATEXTENSIBLE {
                Format: WAVEFORMATEX {
                    wFormatTag: WAVE_FORMAT_EXTENSIBLE,
                    nChannels: self.channels,
                    nSamplesPerSec: self.rate,
                    nAvgBytesPerSec: self.rate.saturating_mul(u32::from(block)),
                    nBlockAlign: block,
                    wBitsPerSample: self.bits,
                    cbSize: 22,
                },
                Samples: WAVEFORMATEXTENSIBLE__bindgen_ty_1 {
                    wValidBitsPerSample: self.valid_bits,
                },
                dwChannelMask: self.mask,
                SubFormat: sub_format,
            },
        }
    }
}

/// A format that ACX hands to a callback, for the time of the callback.
#[derive(Clone, Copy, Debug)]
pub struct DataFormat<'callback>(ACXDATAFORMAT, PhantomData<&'callback ()>);

impl DataFormat<'_> {
    /// # Safety
    ///
    /// A handle that is alive as long as the lifetime says.
    pub(crate) unsafe fn new(handle: ACXDATAFORMAT) -> Self {
        Self(handle, PhantomData)
    }

    /// Reads the format.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] if it is neither PCM nor float.
    #[doc(alias = "AcxDataFormatGetChannelsCount")]
    pub fn wave_format(&self) -> Result<WaveFormat> {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let sub_format = unsafe { AcxDataFormatGetSubFormat(self.0) };
        let coding = match sub_format.Data1 {
            1 => Coding::Pcm,
            3 => Coding::Float,
            _ => return Err(Error::NoMatch),
        };
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let channels = unsafe { AcxDataFormatGetChannelsCount(self.0) };
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let mask = unsafe { AcxDataFormatGetChannelMask(self.0) };
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let rate = unsafe { AcxDataFormatGetSampleRate(self.0) };
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let bits = unsafe { AcxDataFormatGetBitsPerSample(self.0) };
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let valid_bits = unsafe { AcxDataFormatGetValidBitsPerSample(self.0) };
        let narrow = |value: u32| u16::try_from(value).map_err(|_| Error::NoMatch);
        Ok(WaveFormat {
            coding,
            channels,
            mask: u32::try_from(mask).map_err(|_| Error::NoMatch)?,
            rate,
            bits: narrow(bits)?,
            valid_bits: narrow(valid_bits)?,
        })
    }
}
