//! Pins. DDI: AcxPinCreate, AcxPinGetRawDataFormatList, AcxPinAssignModeDataFormatList, AcxPinAddJacks.

use core::marker::PhantomData;
use core::ptr::null_mut;

use acx_sys::*;

use crate::circuit::{Direction, NewCircuit};
use crate::error::check;
use crate::format::WaveFormat;
use crate::jack::Jack;
use crate::{Error, Result, context};

/// A signal-processing mode that a pin lists formats for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Untouched.
    Raw,
    /// What an application gets that asks for nothing.
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

/// A pin of a circuit that is being built.
#[derive(Debug)]
pub struct Pin<'circuit> {
    handle: ACXPIN,
    device: WDFDEVICE,
    circuit: PhantomData<&'circuit ()>,
}

impl<'circuit> Pin<'circuit> {
    /// The pin where clients open streams, `max_streams` of them at once.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinCreate")]
    pub fn host(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        max_streams: u32,
    ) -> Result<Self> {
        let category = KSCATEGORY_AUDIO;
        let mut config = config(&category);
        config.Type = match direction {
            Direction::Render => _ACX_PIN_TYPE::AcxPinTypeSink,
            Direction::Capture => _ACX_PIN_TYPE::AcxPinTypeSource,
        };
        config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationSink;
        config.MaxStreams = max_streams;
        Self::create(circuit, &mut config)
    }

    /// The pin where the path leaves the device, of `category` (a node type such as a speaker).
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn bridge(
        circuit: &'circuit NewCircuit<'_>,
        direction: Direction,
        category: &GUID,
    ) -> Result<Self> {
        let mut config = config(category);
        config.Type = match direction {
            Direction::Render => _ACX_PIN_TYPE::AcxPinTypeSource,
            Direction::Capture => _ACX_PIN_TYPE::AcxPinTypeSink,
        };
        config.Communication = _ACX_PIN_COMMUNICATION::AcxPinCommunicationNone;
        config.MaxStreams = 0;
        Self::create(circuit, &mut config)
    }

    fn create(circuit: &'circuit NewCircuit<'_>, config: &mut ACX_PIN_CONFIG) -> Result<Self> {
        let mut attributes = context::attributes::<()>(circuit.handle().cast());
        let mut handle: ACXPIN = null_mut();
        // SAFETY: a live circuit; ACX copies the configuration and the GUIDs that it points at.
        check(unsafe {
            AcxPinCreate(circuit.handle(), &raw mut attributes, config, &raw mut handle)
        })?;
        Ok(Self { handle, device: circuit.device(), circuit: PhantomData })
    }

    pub(crate) fn handle(&self) -> ACXPIN {
        self.handle
    }

    /// Lists `formats` for `mode`. The first one is the default.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinAssignModeDataFormatList")]
    pub fn list_formats(
        &self,
        mode: Mode,
        formats: impl IntoIterator<Item = WaveFormat>,
    ) -> Result<()> {
        let list = match mode {
            // ACX has made this one with the pin.
            // SAFETY: a live pin.
            Mode::Raw => unsafe { AcxPinGetRawDataFormatList(self.handle) },
            _ => self.new_list(mode)?,
        };
        if list.is_null() {
            return Err(Error::InvalidState);
        }
        for format in formats {
            let handle = self.new_format(format)?;
            // SAFETY: a live list and a live format; the list takes a reference.
            check(unsafe { AcxDataFormatListAddDataFormat(list, handle) })?;
        }
        Ok(())
    }

    fn new_list(&self, mode: Mode) -> Result<ACXDATAFORMATLIST> {
        let mut config = ACX_DATAFORMAT_LIST_CONFIG::default();
        ACX_DATAFORMAT_LIST_CONFIG_INIT(&mut config);
        let mut attributes = context::attributes::<()>(self.handle.cast());
        let mut list: ACXDATAFORMATLIST = null_mut();
        // SAFETY: a live device; the list becomes the pin's child.
        check(unsafe {
            AcxDataFormatListCreate(
                self.device,
                &raw mut attributes,
                &raw mut config,
                &raw mut list,
            )
        })?;
        let mode = mode.guid();
        // SAFETY: a live pin and a live list; ACX copies the GUID.
        check(unsafe { AcxPinAssignModeDataFormatList(self.handle, &raw const mode, list) })?;
        Ok(list)
    }

    fn new_format(&self, format: WaveFormat) -> Result<ACXDATAFORMAT> {
        let mut bytes = format.to_ks();
        let mut config = ACX_DATAFORMAT_CONFIG::default();
        ACX_DATAFORMAT_CONFIG_INIT_KS(&mut config, (&raw mut bytes).cast());
        let mut attributes = context::attributes::<()>(self.handle.cast());
        let mut handle: ACXDATAFORMAT = null_mut();
        // SAFETY: a live device; ACX copies the format.
        check(unsafe {
            AcxDataFormatCreate(self.device, &raw mut attributes, &raw mut config, &raw mut handle)
        })?;
        Ok(handle)
    }

    /// Gives a bridge pin its jacks.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    #[doc(alias = "AcxPinAddJacks")]
    pub fn add_jacks<const N: usize>(&self, jacks: [Jack<'_>; N]) -> Result<()> {
        let mut jacks = jacks.map(|jack| jack.handle());
        let count = ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: jacks of this pin, created and not yet added; ACX copies the array.
        check(unsafe { AcxPinAddJacks(self.handle, jacks.as_mut_ptr(), count) })
    }
}

/// A configuration that points at `category`, which outlives the create call.
fn config(category: &GUID) -> ACX_PIN_CONFIG {
    let mut config = ACX_PIN_CONFIG::default();
    ACX_PIN_CONFIG_INIT(&mut config);
    config.Category = category;
    config
}
