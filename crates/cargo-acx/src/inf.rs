//! Checks of the INF. Sources: the documentation of the driver store and of the audio stack. On
//! Windows `infverif /w` and `/h` are authoritative.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Check;

/// The driver-specific requirements for an INF.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The driver's name, which is that of its image and its catalog.
    pub name: String,
    /// The hardware id that a Models section must have; None for any.
    pub hardware_id: Option<String>,
    /// The driver's circuits, each with whether it renders; None for those that the INF names.
    pub circuits: Option<Vec<(String, bool)>>,
    /// A driver-defined category, for which Windows creates no endpoints, and the circuits that may
    /// have it instead.
    pub hidden: Option<(String, Vec<String>)>,
}

/// An INF, read: section, then its lines in order. Names are compared without case.
struct Inf {
    sections: BTreeMap<String, Vec<String>>,
}

impl Inf {
    fn parse(text: &str) -> Self {
        let mut sections = BTreeMap::<String, Vec<String>>::new();
        let mut current = String::new();
        for line in text.lines() {
            let line = uncommented(line).trim();
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                current = name.to_lowercase();
                sections.entry(current.clone()).or_default();
            } else if !line.is_empty() {
                sections.entry(current.clone()).or_default().push(line.to_owned());
            }
        }
        Self { sections }
    }

    fn lines(&self, section: &str) -> &[String] {
        self.sections.get(&section.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The value of `key` in a section, with strings substituted.
    fn value(&self, section: &str, key: &str) -> Option<String> {
        self.lines(section).iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case(key).then(|| self.expand(value.trim()))
        })
    }

    /// Substitutes %strings%, and removes quotes.
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for line in self.lines("Strings") {
            if let Some((name, value)) = line.split_once('=') {
                text = text.replace(&format!("%{}%", name.trim()), value.trim().trim_matches('"'));
            }
        }
        text.trim_matches('"').to_owned()
    }

    /// The Models sections that the Manufacturer section names: each with its architecture.
    fn models(&self) -> impl Iterator<Item = &str> {
        let values = self.lines("Manufacturer").iter().filter_map(|line| line.split_once('='));
        let names = values.filter_map(|(_, value)| value.split(',').next());
        let names: Vec<String> = names.map(|name| name.trim().to_lowercase()).collect();
        self.sections.keys().map(String::as_str).filter(move |section| {
            names.iter().any(|name| {
                let rest = section.strip_prefix(name.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        })
    }

    /// The hardware ids of the devices that it installs.
    fn hardware_ids(&self) -> Vec<String> {
        let lines = self.models().flat_map(|section| self.lines(section));
        let values = lines.filter_map(|line| line.split_once('=')).map(|(_, value)| value);
        let ids = values.flat_map(|value| value.split(',').skip(1));
        ids.map(|id| self.expand(id.trim())).filter(|id| !id.is_empty()).collect()
    }

    /// The files that its CopyFiles lines name.
    fn copied(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (_, line) in self.all() {
            let Some((key, value)) = line.split_once('=') else { continue };
            if !key.trim().eq_ignore_ascii_case("CopyFiles") {
                continue;
            }
            for list in value.split(',').map(str::trim) {
                match list.strip_prefix('@') {
                    Some(file) => found.push(file.to_owned()),
                    None => {
                        found.extend(self.lines(list).iter().map(|line| {
                            line.split(',').next().unwrap_or_default().trim().to_owned()
                        }));
                    }
                }
            }
        }
        found
    }

    /// Every line of every section.
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sections
            .iter()
            .flat_map(|(name, lines)| lines.iter().map(move |line| (name.as_str(), line.as_str())))
    }
}

/// A line without its comment; a semicolon in quotes does not begin one.
fn uncommented(line: &str) -> &str {
    let mut quoted = false;
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b';' if !quoted => return &line[..at],
            _ => {}
        }
    }
    line
}

const MEDIA: &str = "{4d36e96c-e325-11ce-bfc1-08002be10318}";
const KSPROXY: &str = "{17CCA71B-ECD7-11D0-B908-00A0C9223196}";
const EVENT_DRIVEN: &str = "{1DA5D803-D492-4EDD-8C23-E0C0FFEE7F0E},7";
const AUDIO: &str = "{6994AD04-93EF-11D0-A3CC-00A0C9223196}";
const RENDER: &str = "{65E8773E-8F56-11D0-A3B9-00A0C9223196}";
const CAPTURE: &str = "{65E8773D-8F56-11D0-A3B9-00A0C9223196}";
const REALTIME: &str = "{EB115FFC-10C8-4964-831D-6DCB02E6F23F}";

fn is(inf: &Inf, section: &str, key: &str, wanted: &str) -> Result<String, String> {
    match inf.value(section, key) {
        Some(value) if value.eq_ignore_ascii_case(wanted) => Ok(value),
        Some(value) => Err(format!("[{section}] {key} is {value}, not {wanted}")),
        None => Err(format!("[{section}] has no {key}")),
    }
}

/// The AddInterface lines: category, reference string, section.
fn interfaces(inf: &Inf) -> Vec<[String; 3]> {
    let mut found = Vec::new();
    for (section, line) in inf.all() {
        let Some((key, value)) = line.split_once('=') else { continue };
        if section.ends_with(".interfaces") && key.trim().eq_ignore_ascii_case("AddInterface") {
            let mut parts = value.split(',').map(|part| inf.expand(part.trim()));
            let mut next = || parts.next().unwrap_or_default();
            found.push([next(), next(), next()]);
        }
    }
    found
}

/// Checks that each circuit has its three categories, and nothing else has any of Windows'.
fn circuits(inf: &Inf, circuits: &[(String, bool)]) -> Result<String, String> {
    let found: Vec<_> = interfaces(inf).into_iter().filter(|[own, ..]| is_windows(own)).collect();
    for (circuit, renders) in circuits {
        let side = if *renders { RENDER } else { CAPTURE };
        for category in [AUDIO, side, REALTIME] {
            let there = found.iter().any(|[own, reference, _]| {
                own.eq_ignore_ascii_case(category) && reference == circuit
            });
            if !there {
                return Err(format!("{circuit} has no AddInterface for {}", named(category)));
            }
        }
    }
    match found.iter().find(|[_, reference, _]| circuits.iter().all(|(own, _)| own != reference)) {
        Some([_, reference, _]) => Err(format!("{reference} is no circuit of the driver")),
        None if found.len() == 3 * circuits.len() => Ok(format!("{} lines", found.len())),
        None => Err(format!("{} lines for {} circuits", found.len(), circuits.len())),
    }
}

/// The name of a category.
fn named(category: &str) -> &str {
    match category {
        AUDIO => "KSCATEGORY_AUDIO",
        RENDER => "KSCATEGORY_RENDER",
        CAPTURE => "KSCATEGORY_CAPTURE",
        REALTIME => "KSCATEGORY_REALTIME",
        other => other,
    }
}

/// Whether Windows creates endpoints for a category.
fn is_windows(category: &str) -> bool {
    [AUDIO, RENDER, CAPTURE, REALTIME].iter().any(|own| own.eq_ignore_ascii_case(category))
}

/// Checks that each circuit that may be hidden has a line for the driver-defined category, and that
/// the keys of these interfaces have a security descriptor.
fn hidden(inf: &Inf, category: &str, circuits: &[String]) -> Result<String, String> {
    let own = |[guid, ..]: &[String; 3]| guid.eq_ignore_ascii_case(category);
    let found: Vec<_> = interfaces(inf).into_iter().filter(own).collect();
    for circuit in circuits {
        if !found.iter().any(|[_, reference, _]| reference == circuit) {
            return Err(format!("{circuit} has no AddInterface for the category {category}"));
        }
    }
    for [_, reference, section] in &found {
        let list = inf.value(section, "AddReg").unwrap_or_default();
        let security = format!("{list}.Security");
        let lines = inf.lines(&security);
        if !lines.iter().any(|line| line.trim_matches('"').starts_with("D:P(")) {
            return Err(format!(
                "{reference}: [{security}] has no security descriptor for its key"
            ));
        }
    }
    if found.len() == circuits.len() {
        Ok(format!("{} lines", found.len()))
    } else {
        Err(format!("{} lines for {} circuits", found.len(), circuits.len()))
    }
}

/// The circuits that the INF names: those in the render category render, all others capture.
fn own_circuits(inf: &Inf) -> Result<Vec<(String, bool)>, String> {
    let mut found = BTreeMap::new();
    for [category, reference, _] in interfaces(inf) {
        if !is_windows(&category) {
            continue;
        }
        let renders = found.entry(reference).or_insert(false);
        *renders |= category.eq_ignore_ascii_case(RENDER);
    }
    if found.is_empty() {
        return Err("there is no AddInterface line: Windows finds no circuit".to_owned());
    }
    Ok(found.into_iter().collect())
}

/// Checks the AddReg section of each interface.
fn each_interface(
    inf: &Inf,
    what: &str,
    is_meant: fn(&str) -> bool,
    holds: impl Fn(&str) -> bool,
) -> Result<String, String> {
    for [category, reference, section] in interfaces(inf) {
        if !is_meant(&category) {
            continue;
        }
        let lists = inf.value(&section, "AddReg").unwrap_or_default();
        if !inf.lines(&lists).iter().any(|line| holds(&inf.expand(line))) {
            return Err(format!("{reference}: [{lists}] does not set {what}"));
        }
    }
    Ok(what.to_owned())
}

/// The friendly names of the interfaces, one for each section that they add.
fn friendly_names(inf: &Inf) -> Result<String, String> {
    let mut names = BTreeMap::new();
    for [_, _, section] in interfaces(inf) {
        let lists = inf.value(&section, "AddReg").unwrap_or_default();
        let mut lines = inf.lines(&lists).iter().filter(|line| line.contains("FriendlyName"));
        let name = lines.find_map(|line| line.rsplit(',').next());
        let name = name.map(|name| inf.expand(name.trim()));
        names.insert(section, name.unwrap_or_default());
    }
    let distinct: BTreeSet<&String> = names.values().collect();
    let shown = names.values().cloned().collect::<Vec<_>>().join(" / ");
    if distinct.len() == names.len() && names.values().all(|name| !name.is_empty()) {
        Ok(shown)
    } else {
        Err(format!("ends without names of their own: {shown}"))
    }
}

/// The text of an INF, which is ASCII or UTF-16LE with a byte order mark.
///
/// # Errors
///
/// It is neither.
pub fn text(bytes: &[u8]) -> Result<String, String> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units: Vec<u16> =
                rest.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            String::from_utf16(&units).map_err(|why| why.to_string())
        }
        _ if bytes.is_ascii() => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err("neither ASCII nor UTF-16LE with a byte order mark".to_owned()),
    }
}

/// The bytes of an INF with this text.
pub(crate) fn bytes(text: &str) -> Vec<u8> {
    if text.is_ascii() {
        return text.as_bytes().to_owned();
    }
    [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

/// The hardware ids of the devices that an INF installs.
pub(crate) fn hardware_ids(text: &str) -> Vec<String> {
    Inf::parse(text).hardware_ids()
}

/// The circuits that an INF names in its AddInterface lines, in order.
pub fn circuit_names(text: &str) -> BTreeSet<String> {
    let interfaces = interfaces(&Inf::parse(text));
    interfaces.into_iter().map(|[_, reference, _]| reference).collect()
}

/// Every check of an INF or INX.
pub fn inf(bytes: &[u8], expected: &Expected) -> Vec<Check> {
    let text = match text(bytes) {
        Ok(text) => text,
        Err(why) => return vec![Check { name: "inf-encoding", found: Err(why) }],
    };
    let inf = Inf::parse(&text);
    let none = |what: &'static str| -> Result<String, String> {
        let lower = what.to_lowercase();
        let found = inf.all().find(|(_, line)| line.to_lowercase().contains(&lower));
        found.map_or_else(
            || Ok("none".to_owned()),
            |(section, line)| Err(format!("[{section}] {line}")),
        )
    };
    let registry = || {
        for (section, line) in inf.all() {
            let line = line.trim_start().to_uppercase();
            let others = ["HKLM", "HKCR", "HKCU", "HKU"];
            if others.iter().any(|root| line.starts_with(&format!("{root},"))) {
                return Err(format!("[{section}] {line}: only HKR belongs to the driver"));
            }
        }
        Ok("HKR only".to_owned())
    };
    let models = || {
        let lines = inf.lines("Manufacturer").join(" ");
        let good = lines.contains("NT$ARCH$.10.0...19041")
            || (lines.contains("NTamd64.10.0...19041") || lines.contains("NTarm64.10.0...19041"));
        if good { Ok("Windows 10 2004 and later".to_owned()) } else { Err(lines) }
    };
    let hardware = || {
        let found = inf.hardware_ids();
        let wanted = |id: &String| {
            expected.hardware_id.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(id))
        };
        let missing = expected.hardware_id.as_deref().unwrap_or("hardware id in a Models section");
        let found: Vec<String> = found.into_iter().filter(wanted).collect();
        if found.is_empty() { Err(format!("no {missing}")) } else { Ok(found.join(", ")) }
    };
    let image = format!("{}.sys", expected.name);
    let files = || {
        let copied = inf.copied();
        let listed = |file: &&String| inf.value("SourceDisksFiles", file).is_none();
        match copied.iter().find(listed) {
            Some(file) => Err(format!("{file} is not in [SourceDisksFiles]")),
            None if copied.iter().all(|file| !file.eq_ignore_ascii_case(&image)) => {
                Err(format!("no CopyFiles line copies {image}"))
            }
            None => Ok(copied.join(", ")),
        }
    };
    let interfaces = || match &expected.circuits {
        Some(wanted) => circuits(&inf, wanted),
        None => circuits(&inf, &own_circuits(&inf)?),
    };
    let hidden = expected.hidden.iter().map(|(category, circuits)| Check {
        name: "inf-hidden",
        found: hidden(&inf, category, circuits),
    });
    let kmdf = || {
        let found = inf.all().find_map(|(_, line)| {
            let (key, value) = line.split_once('=')?;
            key.trim().eq_ignore_ascii_case("KmdfLibraryVersion").then(|| value.trim().to_owned())
        });
        match found.as_deref() {
            Some("1.31") => Ok("1.31".to_owned()),
            other => Err(format!("KmdfLibraryVersion is {}, not 1.31", other.unwrap_or("missing"))),
        }
    };
    let catalog = format!("{}.cat", expected.name);
    let check = |name, found| Check { name, found };
    let mut all = vec![
        check("inf-encoding", Ok(if bytes.is_ascii() { "ASCII" } else { "UTF-16LE" }.to_owned())),
        check("inf-class", is(&inf, "Version", "Class", "MEDIA")),
        check("inf-class-guid", is(&inf, "Version", "ClassGuid", MEDIA)),
        check("inf-catalog", is(&inf, "Version", "CatalogFile", &catalog)),
        check("inf-pnp-lockdown", is(&inf, "Version", "PnpLockdown", "1")),
        check("inf-driver-store", is(&inf, "DestinationDirs", "DefaultDestDir", "13")),
        check("inf-models", models()),
        check("inf-hardware-id", hardware()),
        check("inf-registry", registry()),
        check("inf-no-co-installer", none("CoInstaller")),
        check("inf-kmdf", kmdf()),
        check("inf-files", files()),
        check("inf-interfaces", interfaces()),
        check(
            "inf-ksproxy",
            each_interface(
                &inf,
                "CLSID",
                |_| true,
                |line| line.contains("CLSID") && line.to_uppercase().contains(KSPROXY),
            ),
        ),
        check(
            "inf-event-driven",
            each_interface(&inf, "event-driven mode", is_windows, |line| {
                line.to_uppercase().contains(EVENT_DRIVEN) && line.ends_with('1')
            }),
        ),
        check("inf-friendly-names", friendly_names(&inf)),
    ];
    all.extend(hidden);
    all
}
