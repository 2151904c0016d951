//! The choice of an endpoint by a part of its name.

use std::fmt;

use serde_json::{Value, json};

use crate::format::WaveFormat;

/// The direction of the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A speaker.
    Render,
    /// A microphone.
    Capture,
}

impl fmt::Display for Direction {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Render => "render",
            Self::Capture => "capture",
        })
    }
}

/// The state of an endpoint:
/// [DEVICE_STATE](https://learn.microsoft.com/windows/win32/coreaudio/device-state-xxx-constants).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It can stream.
    Active,
    /// It is disabled.
    Disabled,
    /// Its device is not present.
    NotPresent,
    /// Nothing is plugged into its jack.
    Unplugged,
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::NotPresent => "not present",
            Self::Unplugged => "unplugged",
        })
    }
}

/// The description of an endpoint.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Speaker or microphone.
    pub direction: Direction,
    /// Its friendly name.
    pub name: String,
    /// Its endpoint ID.
    pub id: String,
    /// Whether it can stream.
    pub state: State,
    /// Whether it is the default endpoint.
    pub default: bool,
    /// The audio engine's mix format; unknown if the endpoint is not active.
    pub mix: Option<WaveFormat>,
}

impl Endpoint {
    /// The text that `--list` prints.
    pub fn line(&self) -> String {
        let mix = self.mix.map_or_else(|| "mix format unknown".to_owned(), |mix| mix.to_string());
        let Self { direction, name, id, state, .. } = self;
        let default = if self.default { ", default" } else { "" };
        format!("{direction:<7}  {name}  [{state}{default}]  {mix}  {id}")
    }

    /// The JSON that `--list --json` prints.
    pub fn json(&self) -> Value {
        json!({
            "direction": self.direction.to_string(),
            "name": self.name,
            "id": self.id,
            "state": self.state.to_string(),
            "default": self.default,
            "mix_format": self.mix.map(|mix| mix.to_string()),
        })
    }
}

/// Why no endpoint was chosen.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// No endpoint can stream.
    #[error("no {0} device: plug one in or enable one in the sound settings")]
    NoDevice(Direction),
    /// No name contains it.
    #[error("{part}: no {direction} device has this in its name: see --list")]
    NoneMatches {
        /// The text searched for.
        part: String,
        /// Speakers or microphones.
        direction: Direction,
    },
    /// Several names contain it.
    #[error("{part}: matches {names}: give more of the name, or the id that --list shows")]
    SeveralMatch {
        /// The text searched for.
        part: String,
        /// The names that contain it.
        names: String,
    },
    /// The matching endpoint cannot stream.
    #[error("{name}: is {state}: {}", remedy(*.state))]
    NotActive {
        /// Its name.
        name: String,
        /// Its state.
        state: State,
    },
}

const fn remedy(state: State) -> &'static str {
    match state {
        State::Active => "try again",
        State::Disabled => "enable it in the sound settings",
        State::NotPresent => "connect its device",
        State::Unplugged => "plug something into its jack",
    }
}

/// Returns the index in `endpoints` of the one that `part` selects: without it the default, else
/// the one whose name contains it (in any case) or equals it, or whose ID it is. Endpoints that
/// cannot stream count only if no other matches.
pub fn choose(
    endpoints: &[Endpoint],
    direction: Direction,
    part: Option<&str>,
) -> Result<usize, ChooseError> {
    let active = |endpoint: &Endpoint| endpoint.state == State::Active;
    let Some(part) = part else {
        let default = endpoints.iter().position(|endpoint| endpoint.default && active(endpoint));
        return default.ok_or(ChooseError::NoDevice(direction));
    };
    if !endpoints.iter().any(active) {
        return Err(ChooseError::NoDevice(direction));
    }
    let wanted = part.to_lowercase();
    let named = |endpoint: &Endpoint| endpoint.name.to_lowercase();
    let ways: [&dyn Fn(&Endpoint) -> bool; 3] = [
        &|endpoint| endpoint.id.eq_ignore_ascii_case(part),
        &|endpoint| named(endpoint) == wanted,
        &|endpoint| named(endpoint).contains(&wanted),
    ];
    for only_active in [true, false] {
        for way in ways {
            let matches = |&index: &usize| {
                let endpoint = &endpoints[index];
                active(endpoint) == only_active && way(endpoint)
            };
            let found: Vec<usize> = (0..endpoints.len()).filter(matches).collect();
            match *found {
                [] => {}
                [one] if only_active => return Ok(one),
                [one, ..] if !only_active => {
                    let Endpoint { name, state, .. } = &endpoints[one];
                    return Err(ChooseError::NotActive { name: name.clone(), state: *state });
                }
                _ => {
                    let names: Vec<&str> =
                        found.iter().map(|&index| endpoints[index].name.as_str()).collect();
                    let names = names.join(" and ");
                    return Err(ChooseError::SeveralMatch { part: part.to_owned(), names });
                }
            }
        }
    }
    Err(ChooseError::NoneMatches { part: part.to_owned(), direction })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(name: &str, state: State, default: bool) -> Endpoint {
        Endpoint {
            direction: Direction::Render,
            name: name.to_owned(),
            id: format!("{{0.0.0}}.{{{name}}}"),
            state,
            default,
            mix: None,
        }
    }

    fn some() -> [Endpoint; 5] {
        [
            endpoint("Speakers (acxvad)", State::Active, false),
            endpoint("Speakers (Realtek)", State::Active, true),
            endpoint("Speakers", State::Active, false),
            endpoint("Headphones (Realtek)", State::Unplugged, false),
            endpoint("Twin", State::Disabled, false),
        ]
    }

    fn pick(part: Option<&str>) -> Result<usize, ChooseError> {
        choose(&some(), Direction::Render, part)
    }

    #[test]
    fn without_a_name_it_is_the_default() {
        assert_eq!(pick(None), Ok(1));
        let none = choose(&[], Direction::Capture, None).unwrap_err().to_string();
        assert_eq!(none, "no capture device: plug one in or enable one in the sound settings");
    }

    #[test]
    fn a_part_of_a_name_is_enough_whatever_its_case() {
        assert_eq!(pick(Some("ACXVAD")), Ok(0));
        assert_eq!(pick(Some("{0.0.0}.{speakers (acxvad)}")), Ok(0), "an id");
        assert_eq!(pick(Some("speakers")), Ok(2), "a whole name comes before parts of names");
        assert_eq!(pick(Some("realtek")), Ok(1), "one that cannot stream does not count");
    }

    #[test]
    fn none_and_several_are_errors_that_say_what_to_do() {
        let several = pick(Some("speak")).unwrap_err().to_string();
        assert!(
            several.starts_with("speak: matches Speakers (acxvad) and Speakers (Realtek) and ")
        );
        let none = pick(Some("hdmi")).unwrap_err().to_string();
        assert_eq!(none, "hdmi: no render device has this in its name: see --list");
        let unplugged = pick(Some("headphones")).unwrap_err().to_string();
        assert_eq!(unplugged, "Headphones (Realtek): is unplugged: plug something into its jack");
        let disabled = pick(Some("twin")).unwrap_err().to_string();
        assert_eq!(disabled, "Twin: is disabled: enable it in the sound settings");
    }

    #[test]
    fn a_line_of_the_list_says_everything() {
        let line = some()[1].line();
        assert!(line.starts_with("render   Speakers (Realtek)  [active, default]  "), "{line}");
        assert_eq!(some()[3].json()["state"], "unplugged");
    }
}
