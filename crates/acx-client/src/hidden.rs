//! Hidden ends of acxvad's cables (docs/programs.md): circuits for which Windows creates no
//! endpoint, and which programs find by a separate interface category.
//!
//! A hidden end is an [`Endpoint`] like any other: its host pin takes the same streams.

use acx_sys::{GUID, KSCATEGORY_AUDIO, STATUS_OBJECT_NAME_NOT_FOUND};
use acxvad_abi::properties;
use acxvad_abi::settings::ENDS;

use crate::endpoint::{Endpoint, name_of};
use crate::{Direction, Failed, System};

/// The interface category of hidden ends, their only one.
pub const CATEGORY: GUID = GUID {
    Data1: properties::HIDDEN_END.data1,
    Data2: properties::HIDDEN_END.data2,
    Data3: properties::HIDDEN_END.data3,
    Data4: properties::HIDDEN_END.data4,
};

/// Selects a hidden end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which<'a> {
    /// That of a cable, counted from 0.
    Cable(u32),
    /// The end with this name; case is ignored. The name is its circuit's (`Speaker0`), the one
    /// from the settings, or the one that users see for the other end of its cable.
    Named(&'a str),
}

/// A hidden end.
pub struct HiddenEnd {
    /// The endpoint for streams: the speaker's end to feed the cable, the microphone's to read it.
    pub endpoint: Endpoint,
    /// The cable, counted from 0.
    pub cable: u32,
}

impl HiddenEnd {
    /// Every hidden end of a direction, by cable.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn all(system: &dyn System, direction: Direction) -> Result<Vec<Self>, Failed> {
        let mut all = Vec::new();
        for link in system.interfaces(&CATEGORY) {
            let Some(cable) = cable(name_of(&link), direction) else { continue };
            all.push(Self { endpoint: Endpoint::open(system, &link)?, cable });
        }
        all.sort_by_key(|end| end.cable);
        Ok(all)
    }

    /// The selected hidden end of a direction.
    ///
    /// # Errors
    ///
    /// [`Failed`]: there is none, or a request failed.
    pub fn find(
        system: &dyn System,
        direction: Direction,
        which: Which<'_>,
    ) -> Result<Self, Failed> {
        for end in Self::all(system, direction)? {
            let is_it = match which {
                Which::Cable(cable) => end.cable == cable,
                Which::Named(name) => end.is_named(system, direction, name)?,
            };
            if is_it {
                return Ok(end);
            }
        }
        Err(Failed { what: "finding a hidden end", status: STATUS_OBJECT_NAME_NOT_FOUND })
    }

    fn is_named(
        &self,
        system: &dyn System,
        direction: Direction,
        name: &str,
    ) -> Result<bool, Failed> {
        let is_it = |endpoint: &Endpoint| {
            let shown = endpoint.pins.iter().any(|pin| is_same(&pin.name, name));
            shown || is_same(endpoint.name(), name)
        };
        if is_it(&self.endpoint) {
            return Ok(true);
        }
        Ok(self.other(system, direction)?.is_some_and(|other| is_it(&other)))
    }

    /// The other end of the cable, if it is visible. `direction` is this end's.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn other(
        &self,
        system: &dyn System,
        direction: Direction,
    ) -> Result<Option<Endpoint>, Failed> {
        let links = system.interfaces(&KSCATEGORY_AUDIO);
        let other = links.iter().find(|link| {
            cable(name_of(link), direction.other()) == Some(self.cable)
                && is_same(device_of(link), device_of(&self.endpoint.link))
        });
        other.map(|link| Endpoint::open(system, link)).transpose()
    }
}

/// The visible endpoints of a direction, each with the number of its cable. If no end is hidden,
/// that is its index among them. An endpoint without a numbered cable, such as a composite one,
/// comes last.
///
/// # Errors
///
/// [`Failed`] of the first request that failed.
pub fn visible(
    system: &dyn System,
    direction: Direction,
) -> Result<Vec<(usize, Endpoint)>, Failed> {
    let all = Endpoint::all(system, direction)?;
    let hidden = system.interfaces(&CATEGORY);
    if hidden.is_empty() {
        return Ok(all.into_iter().enumerate().collect());
    }
    let links = system.interfaces(&KSCATEGORY_AUDIO);
    let numbers = links.iter().chain(&hidden).flat_map(|link| {
        let name = name_of(link);
        [cable(name, Direction::Render), cable(name, Direction::Capture)].into_iter().flatten()
    });
    let mut next = numbers.max().map_or(0, |last| last as usize + 1);
    let number = |endpoint: Endpoint| match cable(endpoint.name(), direction) {
        Some(number) => (number as usize, endpoint),
        None => {
            next += 1;
            (next - 1, endpoint)
        }
    };
    Ok(all.into_iter().map(number).collect())
}

/// The number of a circuit's cable, from 0; None if it is not a cable's end of this direction.
/// Windows returns links in lower case.
pub fn cable(circuit: &str, direction: Direction) -> Option<u32> {
    let [speaker, microphone] = ENDS;
    let end = match direction {
        Direction::Render => speaker,
        Direction::Capture => microphone,
    };
    let (name, number) = circuit.split_at_checked(end.len())?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| name.eq_ignore_ascii_case(end) && digits)
}

fn is_same(name: &str, other: &str) -> bool {
    !name.is_empty() && name.to_lowercase() == other.to_lowercase()
}

/// The device of a link: the part before the category.
fn device_of(link: &str) -> &str {
    link.rsplit_once('#').map_or(link, |(device, _)| device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circuit_of_a_cable_has_its_number_in_its_name() {
        assert_eq!(cable("Speaker0", Direction::Render), Some(0));
        assert_eq!(cable("speaker15", Direction::Render), Some(15));
        assert_eq!(cable("Microphone7", Direction::Capture), Some(7));
        for other in ["Speaker", "SpeakerDsp", "Speaker+1", "Microphone1", "\u{fc}bung"] {
            assert_eq!(cable(other, Direction::Render), None, "{other}");
        }
    }

    #[test]
    fn ends_of_one_device_share_what_stands_before_the_category() {
        let link = r"\\?\root#acxvad#0000#{b6c5e1b3-7b1d-4d2c-9c53-0c6b2b2a5e10}\speaker0";
        assert_eq!(device_of(link), r"\\?\root#acxvad#0000");
        assert_eq!(name_of(link), "speaker0");
    }
}
