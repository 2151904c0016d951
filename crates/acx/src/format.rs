//! Data formats. DDI: AcxDataFormatCreate, AcxDataFormatGetChannelsCount and its siblings.
//!
//! A format is a [`WaveFormat`], or any other KS format, such as a compressed one:
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() {
//! #     host::run_with(prepare, |machine| host::play(machine, acx_client::Direction::Render))
//! # }
//! use acx::circuit::Circuit;
//! use acx::device::PrepareHardware;
//! use acx::stream::CreateStream;
//! use acx::units::Bytes;
//! use acx::{Error, Result};
//!
//! struct Speaker;
//!
//! impl Circuit for Speaker {
//!     fn create_stream(&self, request: CreateStream<'_>) -> Result<()> {
//!         let format = request.format();
//!         assert_eq!(format.wave_format()?.channels, 2);
//!         assert_eq!(format.block_align(), Bytes(4));
//!         assert_eq!(format.average_bytes_per_second(), 192_000);
//!         // KSDATAFORMAT_WAVEFORMATEXTENSIBLE, of which the last 40 bytes are the wave format.
//!         assert_eq!(format.ks().len(), 104);
//!         let extensible = format.wave_format_extensible().ok_or(Error::NoMatch)?;
//!         assert_eq!(*extensible, format.ks()[64..]);
//!         assert!(format.encoded().is_none());
//!         request.create_rt(|_| Ok((host::STILL, ())))
//!     }
//! }
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     host::speaker_of(hardware, Speaker)?.add()
//! }
//! ```

use core::marker::PhantomData;

use acx_sys::*;

use crate::units::Bytes;
use crate::{Error, Result};

/// The coding of samples.
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
    /// Frames per second.
    pub rate: u32,
    /// The size of a sample in bits.
    pub bits: u16,
    /// The bits of a sample that carry audio, left-justified.
    pub valid_bits: u16,
}

impl WaveFormat {
    /// One channel of `bits`-bit integers, at the centre (SPEAKER_FRONT_CENTER).
    pub const fn mono(rate: u32, bits: u16) -> Self {
        Self { coding: Coding::Pcm, channels: 1, mask: 0x4, rate, bits, valid_bits: bits }
    }

    /// Two channels of `bits`-bit integers, left and right (SPEAKER_FRONT_LEFT,
    /// SPEAKER_FRONT_RIGHT).
    pub const fn stereo(rate: u32, bits: u16) -> Self {
        Self { coding: Coding::Pcm, channels: 2, mask: 0x3, rate, bits, valid_bits: bits }
    }

    /// The size of a frame.
    pub fn block(&self) -> Bytes {
        Bytes(u32::from(self.channels).saturating_mul(u32::from(self.bits / 8)))
    }

    /// The format as a KSDATAFORMAT_WAVEFORMATEXTENSIBLE.
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

/// A format that ACX passes to a callback, valid during the callback.
#[derive(Clone, Copy, Debug)]
pub struct DataFormat<'callback>(ACXDATAFORMAT, PhantomData<&'callback ()>);

impl DataFormat<'_> {
    /// # Safety
    ///
    /// The handle must be alive for the lifetime.
    pub(crate) unsafe fn new(handle: ACXDATAFORMAT) -> Self {
        Self(handle, PhantomData)
    }

    /// Reads the format.
    ///
    /// # Errors
    ///
    /// [`Error::NoMatch`] if it is neither PCM nor float.
    #[doc(alias = "AcxDataFormatGetChannelMask")]
    #[doc(alias = "AcxDataFormatGetBitsPerSample")]
    #[doc(alias = "AcxDataFormatGetValidBitsPerSample")]
    #[doc(alias = "AcxDataFormatGetSampleRate")]
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

/// The audio that a compressed format encodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Frames per second.
    pub rate: u32,
    /// Channels.
    pub channels: u32,
    /// Bytes per second, on average.
    pub bytes_per_second: u32,
}

/// The parts of a format that a [`WaveFormat`] does not have.
///
/// # IRQL
///
/// Any: the callback that lends the format runs at `DISPATCH_LEVEL` or below.
impl<'callback> DataFormat<'callback> {
    /// KSDATAFORMAT_TYPE_AUDIO, or another type.
    #[doc(alias = "AcxDataFormatGetMajorFormat")]
    pub fn major_format(&self) -> GUID {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatGetMajorFormat(self.0) }
    }

    /// KSDATAFORMAT_SUBTYPE_PCM, or another coding.
    #[doc(alias = "AcxDataFormatGetSubFormat")]
    pub fn sub_format(&self) -> GUID {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatGetSubFormat(self.0) }
    }

    /// KSDATAFORMAT_SPECIFIER_WAVEFORMATEX, or another layout of the format block.
    #[doc(alias = "AcxDataFormatGetSpecifier")]
    pub fn specifier(&self) -> GUID {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatGetSpecifier(self.0) }
    }

    /// The size of a frame, or of a compressed sample.
    #[doc(alias = "AcxDataFormatGetSampleSize")]
    pub fn sample_size(&self) -> Bytes {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        Bytes(unsafe { AcxDataFormatGetSampleSize(self.0) })
    }

    /// The number of samples in a block of a compressed format. Meaningless in other formats.
    #[doc(alias = "AcxDataFormatGetSamplesPerBlock")]
    pub fn samples_per_block(&self) -> u32 {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatGetSamplesPerBlock(self.0) }
    }

    /// The size of a block, the unit of presentation positions. In PCM a block is a frame.
    #[doc(alias = "AcxDataFormatGetBlockAlign")]
    pub fn block_align(&self) -> Bytes {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        Bytes(unsafe { AcxDataFormatGetBlockAlign(self.0) })
    }

    /// Bytes per second, on average.
    #[doc(alias = "AcxDataFormatGetAverageBytesPerSec")]
    pub fn average_bytes_per_second(&self) -> u32 {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatGetAverageBytesPerSec(self.0) }
    }

    /// The audio that an IEC 61937 format encodes; None for another format.
    #[doc(alias = "AcxDataFormatGetEncodedSamplesPerSec")]
    #[doc(alias = "AcxDataFormatGetEncodedChannelCount")]
    #[doc(alias = "AcxDataFormatGetEncodedAverageBytesPerSec")]
    #[doc(alias = "AcxDataFormatGetWaveFormatExtensibleIec61937")]
    pub fn encoded(&self) -> Option<Encoded> {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        if unsafe { AcxDataFormatGetWaveFormatExtensibleIec61937(self.0) }.is_null() {
            return None;
        }
        Some(Encoded {
            // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
            rate: unsafe { AcxDataFormatGetEncodedSamplesPerSec(self.0) },
            // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
            channels: unsafe { AcxDataFormatGetEncodedChannelCount(self.0) },
            // SAFETY: the handle is alive; this getter reads the format like the others.
            bytes_per_second: unsafe { AcxDataFormatGetEncodedAverageBytesPerSec(self.0) },
        })
    }

    /// The whole KS format: a KSDATAFORMAT and the format block that its specifier names.
    #[doc(alias = "AcxDataFormatGetKsDataFormat")]
    pub fn ks(&self) -> &'callback [u8] {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        let place = unsafe { AcxDataFormatGetKsDataFormat(self.0) };
        if place.is_null() {
            return &[];
        }
        // SAFETY: a KSDATAFORMAT begins with its size, which is that of the whole format.
        let size = unsafe { place.cast::<ULONG>().read_unaligned() };
        let size = usize::try_from(size).unwrap_or(0);
        // SAFETY: this many bytes are valid as long as the format, and a format never changes.
        unsafe { core::slice::from_raw_parts(place.cast::<u8>(), size) }
    }

    /// The format's WAVEFORMATEX with the bytes that follow it; None if it has none.
    #[doc(alias = "AcxDataFormatGetWaveFormatEx")]
    pub fn wave_format_ex(&self) -> Option<&'callback [u8]> {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        self.rest(unsafe { AcxDataFormatGetWaveFormatEx(self.0) })
    }

    /// The format's WAVEFORMATEXTENSIBLE with the bytes that follow it; None if it has none.
    #[doc(alias = "AcxDataFormatGetWaveFormatExtensible")]
    pub fn wave_format_extensible(&self) -> Option<&'callback [u8]> {
        // SAFETY: the handle is alive; this getter runs at DISPATCH_LEVEL and below.
        self.rest(unsafe { AcxDataFormatGetWaveFormatExtensible(self.0) })
    }

    /// The bytes of the format from `place` on, which is an address inside it, or null, which is
    /// before it.
    fn rest(&self, place: PVOID) -> Option<&'callback [u8]> {
        let whole = self.ks();
        let offset = place.addr().checked_sub(whole.as_ptr().addr())?;
        whole.get(offset..).filter(|rest| !rest.is_empty())
    }

    /// Returns whether ACX considers both formats equal.
    #[doc(alias = "AcxDataFormatIsEqual")]
    pub fn is_equal(&self, other: &DataFormat<'_>) -> bool {
        // SAFETY: both handles are alive; this function runs at DISPATCH_LEVEL and below.
        unsafe { AcxDataFormatIsEqual(self.0, other.0) != 0 }
    }
}
