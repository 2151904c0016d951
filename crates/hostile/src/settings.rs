//! Settings from an arbitrary registry: the device starts whatever it holds, with what is good of it, and says what is not.

use std::collections::BTreeMap;

use acx_client::System;
use acx_client::request::{get_known, number};
use acx_host::Machine;
use acx_host::machine::Setting;
use acx_sys::*;
use acxvad::properties::PROPERTY_SET;

use crate::bytes::Bytes;
use crate::session::check;

/// The numbers of `docs/settings.md`: the name, what is used if there is none, and whether a value is allowed.
type Number = (&'static str, u32, fn(u32) -> bool);

const RATES: [u32; 12] = [
    8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000,
];

const NUMBERS: [Number; 14] = [
    ("Cables", 1, |value| (1..=16).contains(&value)),
    ("DefaultRate", 48_000, |value| RATES.contains(&value)),
    ("DefaultChannels", 2, |value| (1..=8).contains(&value)),
    ("DefaultSample", 0, |value| value <= 3),
    ("CaptureSource", 0, |value| value <= 2),
    ("StepMicroseconds", 5_000, |value| (1_000..=5_000).contains(&value)),
    ("ClockTrim", 0, |value| (-1_000..=1_000).contains(&value.cast_signed())),
    ("Volume", 1, |value| value <= 1),
    ("Mute", 1, |value| value <= 1),
    ("PeakMeter", 1, |value| value <= 1),
    ("AudioEngine", 1, |value| value <= 1),
    ("AudioModule", 1, |value| value <= 1),
    ("KeywordSpotter", 1, |value| value <= 1),
    ("Composite", 1, |value| value <= 1),
];

/// What is text.
const TEXTS: [&str; 4] = ["Speaker0Name", "Microphone0Name", "Speaker1Name", "Microphone15Name"];

/// Values of one execution.
const MOST: usize = 12;

/// A name and a value.
fn entry(bytes: &mut Bytes<'_>) -> (String, Setting) {
    let which = usize::from(bytes.byte());
    let name = match which {
        0..=27 => NUMBERS[which % NUMBERS.len()].0.to_owned(),
        28..=39 => TEXTS[which % TEXTS.len()].to_owned(),
        // Names are compared without case.
        40..=49 => NUMBERS[which % NUMBERS.len()].0.to_uppercase(),
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
pub fn run(bytes: &[u8]) {
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
    let mut value = |name: &str| {
        let (name, default, is_good) =
            NUMBERS.iter().find(|(own, ..)| *own == name).expect("a setting of that name");
        let Some(setting) = key.get(&name.to_lowercase()) else { return *default };
        as_number(setting).filter(|number| is_good(*number)).unwrap_or_else(|| {
            bad.push((*name).to_owned());
            *default
        })
    };
    let numbers = NUMBERS.map(|(name, ..)| value(name));
    let [cables, rate, channels, sample, ..] = numbers;
    let composite = numbers[13];
    {
        let driver = acxhost::run::load(&machine).expect("the driver loads");
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
