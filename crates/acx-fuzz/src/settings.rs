//! Settings from an arbitrary registry: the device starts whatever it holds, with what is good of it, and says what is not.

use std::collections::BTreeMap;

use acx_client::System;
use acx_client::request::{get_known, number};
use acx_conform::Subject;
use acx_host::Machine;
use acx_host::machine::Setting;
use acx_sys::*;
use acxvad::properties::PROPERTY_SET;
use acxvad_abi::settings::{self, Number};

use crate::bytes::Bytes;
use crate::session::check;

/// The numbers of the driver's table, in the order that inputs select them by.
const NUMBERS: [Number; 15] = [
    settings::CABLES,
    settings::DEFAULT_RATE,
    settings::DEFAULT_CHANNELS,
    settings::DEFAULT_SAMPLE,
    settings::CAPTURE_SOURCE,
    settings::STEP_MICROSECONDS,
    settings::CLOCK_TRIM,
    settings::VOLUME,
    settings::MUTE,
    settings::PEAK_METER,
    settings::AUDIO_ENGINE,
    settings::AUDIO_MODULE,
    settings::KEYWORD_SPOTTER,
    settings::COMPOSITE,
    settings::MAX_CHANNELS,
];

/// So many of them are selected by the numbers that inputs had before there were more.
const FIRST: usize = 14;

/// What is text.
const TEXTS: [&str; 4] = ["Speaker0Name", "Microphone0Name", "Speaker1Name", "Microphone15Name"];

/// Values of one execution.
const MOST: usize = 12;

/// A name and a value.
fn entry(bytes: &mut Bytes<'_>) -> (String, Setting) {
    let which = usize::from(bytes.byte());
    let name = match which {
        0..=27 => NUMBERS[which % FIRST].name().to_owned(),
        28..=39 => TEXTS[which % TEXTS.len()].to_owned(),
        // Names are compared without case.
        40..=49 => NUMBERS[which % FIRST].name().to_uppercase(),
        50 => NUMBERS[FIRST].name().to_owned(),
        _ => {
            let length = usize::from(bytes.byte());
            String::from_utf8_lossy(bytes.take(length)).into_owned()
        }
    };
    let setting = match bytes.byte() % 4 {
        0 => Setting::Number(bytes.number()),
        1 => Setting::Number(bytes.word()),
        2 => {
            let length = usize::from(bytes.byte());
            Setting::Text(String::from_utf8_lossy(bytes.take(length)).into_owned())
        }
        _ => {
            let (kind, length) = (bytes.number(), usize::from(bytes.byte()));
            Setting::Raw(kind, bytes.take(length).to_vec())
        }
    };
    // A value has to have a name.
    if name.is_empty() { ("Nameless".to_owned(), setting) } else { (name, setting) }
}

/// The number that a value is, if it is one.
fn as_number(setting: &Setting) -> Option<u32> {
    match setting {
        Setting::Number(number) => Some(*number),
        Setting::Raw(REG_DWORD, bytes) => bytes.as_slice().try_into().ok().map(u32::from_le_bytes),
        _ => None,
    }
}

/// One execution.
///
/// # Panics
///
/// If the device does not start, or is not as the good values say.
pub fn run(subject: &Subject, bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let machine = Machine::builder().build();
    let mut key = BTreeMap::new();
    for _ in 0..MOST {
        if bytes.is_empty() {
            break;
        }
        let (name, mut setting) = entry(&mut bytes);
        // Many cables are slow to make.
        if name.eq_ignore_ascii_case("Cables")
            && as_number(&setting).is_some_and(|number| (4..16).contains(&number))
        {
            setting = Setting::Number(3);
        }
        machine.set_registry(&name, setting.clone());
        key.insert(name.to_lowercase(), setting);
    }
    let mut bad = Vec::new();
    // What the profile decides. The subject's own settings come after the input's.
    let is_showcase = subject.settings.iter().any(|(name, value)| {
        *name == settings::PROFILE.name() && as_number(value).is_some_and(|number| number == 1)
    });
    let default = |own: &Number| {
        let by_profile = [settings::KEYWORD_SPOTTER, settings::COMPOSITE].contains(own);
        if by_profile { u32::from(is_showcase) } else { own.default }
    };
    let numbers = NUMBERS.map(|own| {
        let Some(setting) = key.get(&own.name().to_lowercase()) else { return default(&own) };
        as_number(setting).filter(|number| own.allowed.contains(*number)).unwrap_or_else(|| {
            bad.push(own.name().to_owned());
            default(&own)
        })
    });
    let [cables, rate, mut channels, sample, ..] = numbers;
    let (composite, most) = (numbers[13], numbers[14]);
    // As many as the device has, and as a ring has room for.
    if channels > most.min(if most > 8 { 16 } else { 8 } * 192_000 / rate) {
        bad.push(settings::DEFAULT_CHANNELS.name().to_owned());
        channels = settings::DEFAULT_CHANNELS.default;
    }
    {
        let driver = subject.load(&machine).expect("the driver loads");
        let _device = driver.add_device().expect("the device starts, whatever its key holds");
        let links = machine.interfaces(&KSCATEGORY_AUDIO);
        assert_eq!(links.len() as u32, 2 * cables + 5 * composite, "{key:?}");
        let link = links.iter().find(|link| link.ends_with("\\Speaker0")).expect("a speaker");
        let speaker = System::open(&machine, link).expect("a speaker can be opened");
        let id = acxvad::properties::DEFAULT_FORMAT;
        let format = get_known(&speaker, "the default", &PROPERTY_SET, id, &[], 12);
        let format = format.expect("a speaker has a default format");
        assert_eq!([0, 4, 8].map(|at| number(&format, at)), [rate, channels, sample], "{key:?}");
        let mut said: Vec<String> = machine
            .take_trace()
            .filter(|event| event.name == "BadSetting")
            .filter_map(|event| event.fields.into_iter().find(|(name, _)| name == "Name"))
            .map(|(_, name)| name.trim_matches('"').to_owned())
            .collect();
        said.sort();
        bad.sort();
        assert_eq!(said, bad, "{key:?}");
    }
    check(&machine);
}
