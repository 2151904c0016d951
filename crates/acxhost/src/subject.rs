//! The drivers that the command line works on, as subjects of the conformance suite: acxvad, linked
//! in, as a file or installed; and any other driver as a file or installed.

use std::rc::Rc;
use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::request::{get_known, number, set};
use acx_client::{File, System, telemetry};
use acx_conform::vendor::{
    Answer, Cables, Counters, DefaultFormat, Hidden, Keyword, PacketBudget, Promises, Vendor,
};
use acx_conform::{Driver, Subject};
use acx_host::machine::Setting;
use acx_host::{Image, LinkedImage};
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS, STATUS_INSUFFICIENT_RESOURCES};
use acxvad::properties::{self, PROPERTY_SET};
use acxvad_abi::settings::{self, Kind};

/// acxvad, linked into this process.
const ACXVAD: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };

/// The name of the linked-in driver.
pub const fn linked_name() -> &'static str {
    ACXVAD.name
}

/// The maximum number of streams of one cable of acxvad, at both ends together.
pub const STREAMS_OF_A_CABLE: u32 = 64;

/// acxvad's additions to ACX. Other drivers do not have its property set, so the suite uses none of
/// this with them.
pub static VENDOR: Vendor = Vendor {
    name: "acxvad",
    is_present: |endpoint| telemetry::counters(endpoint).is_ok(),
    promises: Promises {
        out_of_resources: &[STATUS_INSUFFICIENT_RESOURCES],
        converts_rates: true,
        silences_protected: true,
        drops_late_packets: true,
        guards_changes: true,
        inverted_mode: Some(AUDIO_SIGNALPROCESSINGMODE_COMMUNICATIONS),
    },
    cables: Some(Cables {
        settings: |cables| {
            vec![(settings::CABLES.name(), cables.into()), (settings::COMPOSITE.name(), 0.into())]
        },
        set: |filter, cables| {
            let value = cables.to_le_bytes();
            set(filter, "the cables", &PROPERTY_SET, properties::CABLES, &[], &value)
        },
        speaker: |cable| format!("Speaker{cable}"),
        microphone: |cable| format!("Microphone{cable}"),
        most: settings::MAX_CABLES,
        streams: STREAMS_OF_A_CABLE,
    }),
    counters: Some(counters),
    module: Some(properties::MODULE_CLASS),
    default_format: Some(DefaultFormat {
        get: default_format,
        set: set_default_format,
        other: WaveFormat {
            float: true,
            channels: 2,
            mask: 3,
            rate: 96_000,
            bits: 32,
            valid_bits: 32,
        },
    }),
    set_jack: Some(|filter, plugged| {
        let value = u32::from(plugged).to_le_bytes();
        set(filter, "the jack", &PROPERTY_SET, properties::JACK_CONNECTED, &[], &value)
    }),
    read_stream: Some(|stream| {
        let id = properties::OUTPUT_FORMAT;
        get_known(stream, "the output format", &PROPERTY_SET, id, &[], 12).map(drop)
    }),
    keyword: Some(Keyword { pattern: properties::KEYWORD_PATTERN, loud_sound }),
    packet_budget: Some(PacketBudget {
        settings: || vec![(settings::PACKET_MEGABYTES.name(), 1.into())],
        bytes: 1024 * 1024,
    }),
    hidden: Some(Hidden {
        settings: || {
            vec![
                ("Speaker0Hidden", 1.into()),
                ("Microphone0Hidden", 0.into()),
                ("Microphone0JackFollows", 1.into()),
            ]
        },
        category: acx_client::hidden::CATEGORY,
        hold: Duration::from_secs(acxvad::follow::HOLD_SECONDS),
        is_guarded: true,
    }),
};

fn counters(endpoint: &Endpoint) -> Answer<Vec<Counters>> {
    let streams = telemetry::counters(endpoint)?;
    let names = telemetry::COUNTERS.map(|(_, name)| name);
    let one = |stream: telemetry::Counters| Counters {
        counts: names.into_iter().zip(stream.counts).collect(),
        worst_lateness: stream.worst_lateness,
    };
    Ok(streams.into_iter().map(one).collect())
}

/// The sample types, in the order of the setting `DefaultSample`: float, bits, valid bits.
const SAMPLES: [(bool, u16, u16); 5] =
    [(false, 16, 16), (false, 32, 24), (false, 32, 32), (true, 32, 32), (false, 24, 24)];

fn default_format(filter: &File) -> Answer<WaveFormat> {
    let id = properties::DEFAULT_FORMAT;
    let value = get_known(filter, "the default format", &PROPERTY_SET, id, &[], 12)?;
    let [rate, channels, sample] = [0, 4, 8].map(|at| number(&value, at));
    let (float, bits, valid_bits) = SAMPLES[sample as usize % SAMPLES.len()];
    // The value has no speaker positions.
    Ok(WaveFormat { float, channels: channels as u16, mask: 0, rate, bits, valid_bits })
}

fn set_default_format(filter: &File, format: WaveFormat) -> Answer<()> {
    let own = (format.float, format.bits, format.valid_bits);
    let sample = SAMPLES.iter().position(|sample| *sample == own).unwrap_or(SAMPLES.len());
    let value = [format.rate, format.channels.into(), sample as u32].map(u32::to_le_bytes).concat();
    let id = properties::DEFAULT_FORMAT;
    set(filter, "the default format", &PROPERTY_SET, id, &[], &value)
}

/// A pattern that matches audio louder than 20 dB below full scale for 100 ms.
fn loud_sound() -> Vec<u8> {
    let mut list = [36_u32, 1, 28].map(u32::to_le_bytes).concat();
    list.extend(guid_bytes(&properties::KEYWORD_PATTERN));
    list.extend((-20 * 65_536_i32).to_le_bytes());
    list.extend(100_u32.to_le_bytes());
    list
}

fn with_vendor(driver: Driver) -> Subject {
    Subject::new(driver).with_vendor(&VENDOR)
}

/// acxvad, linked in.
pub fn linked() -> Subject {
    with_vendor(Driver::Linked(ACXVAD))
}

/// The driver of a file.
pub fn image(image: Image) -> Subject {
    with_vendor(Driver::Image(image))
}

/// The driver of a file; by default the linked-in acxvad.
pub fn of(file: Option<Image>) -> Subject {
    file.map_or_else(linked, image)
}

/// acxvad with all its endpoints, including those that a default installation does not have.
#[must_use]
pub fn showcase(subject: Subject) -> Subject {
    subject.with_settings([(settings::PROFILE.name(), 1.into())])
}

/// Whether the driver is acxvad, which has the settings of [`settings`].
pub fn is_acxvad(image: Option<&Image>) -> bool {
    image.is_none_or(|image| image.service().eq_ignore_ascii_case(ACXVAD.name))
}

/// Converts a setting of acxvad from text to its registry value.
///
/// # Errors
///
/// The problem, and the allowed values.
pub fn setting(name: &str, value: &Setting) -> Result<Setting, String> {
    let Some(kind) = settings::kind_of(name) else {
        let numbers = settings::SETTINGS.iter().map(|setting| setting.number.name());
        let numbers = numbers.collect::<Vec<_>>().join(", ");
        let ends = settings::OF_ENDS.map(|(suffix, _)| format!("Speaker0{suffix}")).join(", ");
        return Err(format!(
            "acxvad has no setting {name}; it has {numbers}, and for each end of each cable {ends}"
        ));
    };
    let good = match (kind, value) {
        (Kind::Number(allowed), Setting::Number(number)) => {
            allowed.contains(*number).then(|| value.clone())
        }
        // Numbers can be given by their names: Profile=showcase.
        (Kind::Number(_), Setting::Text(word)) => {
            let is_it = |own: &&settings::Setting| own.number.name().eq_ignore_ascii_case(name);
            let choices = settings::SETTINGS.iter().find(is_it).map_or(&[][..], |own| own.choices);
            let at = choices.iter().position(|choice| choice.eq_ignore_ascii_case(word));
            at.map(|at| Setting::from(at as u32))
        }
        (Kind::Name, Setting::Text(text)) => {
            let units: Vec<u16> = text.encode_utf16().collect();
            settings::is_good_name(&units).then(|| value.clone())
        }
        (Kind::Name, _) | (_, Setting::Raw(..)) => None,
    };
    good.ok_or_else(|| format!("{name} cannot be {}: give {kind}", shown(value)))
}

fn shown(value: &Setting) -> String {
    match value {
        Setting::Number(number) if *number > u32::MAX / 2 => number.cast_signed().to_string(),
        Setting::Number(number) => number.to_string(),
        Setting::Text(text) => format!("{text:?}"),
        Setting::Raw(kind, bytes) => format!("{bytes:?} of type {kind}"),
    }
}

/// The source of the microphone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Source {
    /// The speaker.
    #[default]
    Cable,
    /// A tone.
    Tone,
    /// Silence.
    Silence,
}

impl Source {
    /// The settings of acxvad for it.
    pub fn settings(self) -> Vec<(&'static str, Setting)> {
        match self {
            Self::Cable => Vec::new(),
            Self::Tone => vec![(settings::CAPTURE_SOURCE.name(), 1.into())],
            Self::Silence => vec![(settings::CAPTURE_SOURCE.name(), 2.into())],
        }
    }
}

/// An installed driver was not found.
#[derive(Debug, thiserror::Error)]
#[error("--live {service}: {why}")]
pub struct NotInstalled {
    /// The driver's service.
    pub service: String,
    /// The reason, and what to do.
    pub why: &'static str,
}

/// The driver of this service, installed on this system.
///
/// # Errors
///
/// [`NotInstalled`] on a system other than Windows, and where no interface of such a driver is
/// enabled.
pub fn installed(service: &str) -> Result<Subject, NotInstalled> {
    let not_installed = |why| NotInstalled { service: service.to_owned(), why };
    let system = system(service).map_err(not_installed)?;
    Ok(with_vendor(Driver::Installed { service: service.to_owned(), system }))
}

#[cfg(windows)]
fn system(service: &str) -> Result<Rc<dyn System>, &'static str> {
    let system = acx_client::Windows::new(service);
    let is_there = |category| !system.interfaces(category).is_empty();
    if !is_there(&acx_sys::KSCATEGORY_AUDIO) && !is_there(&acx_client::hidden::CATEGORY) {
        return Err("it has no audio interface: `acxvadctl status` says why");
    }
    Ok(Rc::new(system))
}

#[cfg(not(windows))]
fn system(_: &str) -> Result<Rc<dyn System>, &'static str> {
    Err("this is not Windows: leave --live out to run the driver in the host")
}
