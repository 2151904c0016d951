//! Settings from an arbitrary registry: the device starts whatever it holds, with what is good of
//! it, and says what is not.

use std::collections::BTreeMap;

use acx_client::System;
use acx_client::request::{get_known, number};
use acx_conform::Subject;
use acx_host::Machine;
use acx_host::machine::Setting;
use acx_sys::*;
use acxvad::properties::PROPERTY_SET;
use acxvad_abi::settings::{
    self, Allowed, END_SWITCHES, ENDS, MAX_CABLES, Number, OF_ENDS, SETTINGS,
};

use crate::bytes::Bytes;
use crate::session::check;

/// Cables whose ends' settings inputs name: those that most inputs have, and the last one.
const CABLES: [u32; 3] = [0, 1, MAX_CABLES - 1];

/// Values of one execution.
pub(crate) const MOST: usize = 12;

/// Every setting that the driver's table has, in the order that inputs select them by.
pub(crate) fn names() -> Vec<String> {
    let numbers = SETTINGS.iter().map(|setting| setting.number.name().to_owned());
    let ends = CABLES.into_iter().flat_map(|cable| {
        let of_end = move |end| OF_ENDS.map(|(suffix, _)| format!("{end}{cable}{suffix}"));
        ENDS.into_iter().flat_map(of_end)
    });
    numbers.chain(ends).collect()
}

/// A name and a value.
fn entry(bytes: &mut Bytes<'_>) -> (String, Setting) {
    let which = usize::from(bytes.byte());
    let names = names();
    let known = |which: usize| names[which % names.len()].clone();
    let name = match which {
        0..=127 => known(which),
        // Names are compared without case.
        128..=191 => known(which).to_uppercase(),
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
    // The subject's own settings come after the input's.
    for (name, value) in &subject.settings {
        key.insert(name.to_lowercase(), value.clone());
    }
    let mut bad = Vec::new();
    let mut value = |name: &str, allowed: Allowed, default: u32| {
        let Some(setting) = key.get(&name.to_lowercase()) else { return default };
        as_number(setting).filter(|number| allowed.contains(*number)).unwrap_or_else(|| {
            bad.push(name.to_owned());
            default
        })
    };
    let profile = settings::PROFILE;
    let profile = value(profile.name(), profile.allowed, profile.default);
    let mut numbers = BTreeMap::from([(settings::PROFILE.name(), profile)]);
    for setting in SETTINGS.iter().filter(|setting| setting.number != settings::PROFILE) {
        let Number { allowed, default, .. } = setting.number;
        let default = if setting.by_profile { profile } else { default };
        let name = setting.number.name();
        numbers.insert(name, value(name, allowed, default));
    }
    let of = |number: Number| numbers[number.name()];
    let cables = of(settings::CABLES);
    let mut hidden = 0;
    for (cable, end) in (0..cables).flat_map(|cable| ENDS.map(|end| (cable, end))) {
        for switch in END_SWITCHES {
            let name = format!("{end}{cable}{}", switch.suffix);
            let is_on = value(&name, settings::SWITCH, 0);
            hidden += if switch.suffix == settings::HIDDEN.suffix { is_on } else { 0 };
        }
    }
    let (rate, mut channels) = (of(settings::DEFAULT_RATE), of(settings::DEFAULT_CHANNELS));
    let sample = of(settings::DEFAULT_SAMPLE);
    let (composite, most) = (of(settings::COMPOSITE), of(settings::MAX_CHANNELS));
    // As many as the device has, and as a ring has room for.
    if channels > most.min(if most > 8 { 16 } else { 8 } * 192_000 / rate) {
        bad.push(settings::DEFAULT_CHANNELS.name().to_owned());
        channels = settings::DEFAULT_CHANNELS.default;
    }
    {
        let driver = subject.load(&machine).expect("the driver loads");
        let _device = driver.add_device().expect("the device starts, whatever its key holds");
        let mut links = machine.interfaces(&KSCATEGORY_AUDIO);
        assert_eq!(links.len() as u32, 2 * cables + 5 * composite - hidden, "{key:?}");
        let not_shown = machine.interfaces(&acx_client::hidden::CATEGORY);
        assert_eq!(not_shown.len() as u32, hidden, "{key:?}");
        links.extend(not_shown);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Each setting that the driver's tables have can be selected, and is one that it reads.
    #[test]
    fn inputs_name_every_setting() {
        let names = names();
        assert!(names.len() <= 128, "a byte below 128 selects each of them");
        for name in &names {
            assert!(settings::kind_of(name).is_some(), "{name}");
        }
        for (index, setting) in SETTINGS.iter().enumerate() {
            let (name, _) = entry(&mut Bytes::new(&[index as u8]));
            assert_eq!(name, setting.number.name());
        }
        for switch in END_SWITCHES {
            let own = names.iter().filter(|name| name.ends_with(switch.suffix));
            assert_eq!(own.count(), ENDS.len() * CABLES.len(), "{}", switch.suffix);
        }
    }
}
