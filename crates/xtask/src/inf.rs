//! What the INF must say, line by line. Sources: the driver store's and the audio stack's rules as PACKAGE.md of the design lists them; on
//! Windows `infverif /w` and `/h` have the last word.

use std::collections::BTreeMap;

use crate::check::Check;

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

    /// The value of `key` in a section, its strings put in.
    fn value(&self, section: &str, key: &str) -> Option<String> {
        self.lines(section).iter().find_map(|line| {
            let (name, value) = line.split_once('=')?;
            name.trim().eq_ignore_ascii_case(key).then(|| self.expand(value.trim()))
        })
    }

    /// Puts %strings% in, and takes quotes off.
    fn expand(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for line in self.lines("Strings") {
            if let Some((name, value)) = line.split_once('=') {
                text = text.replace(&format!("%{}%", name.trim()), value.trim().trim_matches('"'));
            }
        }
        text.trim_matches('"').to_owned()
    }

    /// Every line of every section.
    fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.sections
            .iter()
            .flat_map(|(name, lines)| lines.iter().map(move |line| (name.as_str(), line.as_str())))
    }
}

/// A line without its comment; a semicolon inside quotes is none.
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

/// Each circuit has its three categories, and nothing else has any.
fn circuits(inf: &Inf) -> Result<String, String> {
    let circuits = all_circuits();
    let found = interfaces(inf);
    for (circuit, renders) in &circuits {
        let side = if *renders { RENDER } else { CAPTURE };
        for category in [AUDIO, side, REALTIME] {
            let there = found.iter().any(|[own, reference, _]| {
                own.eq_ignore_ascii_case(category) && reference == circuit
            });
            if !there {
                return Err(format!("{circuit} has no AddInterface for {category}"));
            }
        }
    }
    match found.iter().find(|[_, reference, _]| circuits.iter().all(|(own, _)| own != reference)) {
        Some([_, reference, _]) => Err(format!("{reference} is no circuit of the driver")),
        None if found.len() == 3 * circuits.len() => Ok(format!("{} lines", found.len())),
        None => Err(format!("{} lines for {} circuits", found.len(), circuits.len())),
    }
}

/// What each interface's AddReg section must set.
fn each_interface(inf: &Inf, what: &str, holds: impl Fn(&str) -> bool) -> Result<String, String> {
    for [_, reference, section] in interfaces(inf) {
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
    let distinct: std::collections::BTreeSet<&String> = names.values().collect();
    let shown = names.values().cloned().collect::<Vec<_>>().join(" / ");
    if distinct.len() == names.len() && names.values().all(|name| !name.is_empty()) {
        Ok(shown)
    } else {
        Err(format!("ends without names of their own: {shown}"))
    }
}

/// Every check of an INF or INX.
pub(crate) fn inf(bytes: &[u8]) -> Vec<Check> {
    let encoded = match bytes {
        [0xFF, 0xFE, rest @ ..] => {
            let units: Vec<u16> =
                rest.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
            String::from_utf16(&units).map_err(|why| why.to_string())
        }
        _ if bytes.is_ascii() => Ok(String::from_utf8_lossy(bytes).into_owned()),
        _ => Err("neither ASCII nor UTF-16LE with a mark".to_owned()),
    };
    let text = match encoded {
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
        let found = inf.all().find(|(_, line)| line.to_lowercase().ends_with("root\\acxvad"));
        found.map(|(section, _)| format!("[{section}]")).ok_or("no ROOT\\acxvad".to_owned())
    };
    let files = || {
        let copied: Vec<&str> = inf
            .all()
            .filter(|(section, line)| {
                section.rsplit('.').next() == Some("files") && !line.contains('=')
            })
            .map(|(_, line)| line)
            .collect();
        let listed = |file: &&str| inf.value("SourceDisksFiles", file).is_none();
        match copied.iter().find(|file| listed(file)) {
            Some(file) => Err(format!("{file} is not in [SourceDisksFiles]")),
            None if copied.is_empty() => Err("no file is copied".to_owned()),
            None => Ok(copied.join(", ")),
        }
    };
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
    let check = |name, found| Check { name, found };
    vec![
        check("inf-encoding", Ok(if bytes.is_ascii() { "ASCII" } else { "UTF-16LE" }.to_owned())),
        check("inf-class", is(&inf, "Version", "Class", "MEDIA")),
        check("inf-class-guid", is(&inf, "Version", "ClassGuid", MEDIA)),
        check("inf-catalog", is(&inf, "Version", "CatalogFile", "acxvad.cat")),
        check("inf-pnp-lockdown", is(&inf, "Version", "PnpLockdown", "1")),
        check("inf-driver-store", is(&inf, "DestinationDirs", "DefaultDestDir", "13")),
        check("inf-models", models()),
        check("inf-hardware-id", hardware()),
        check("inf-registry", registry()),
        check("inf-no-co-installer", none("CoInstaller")),
        check("inf-kmdf", kmdf()),
        check("inf-files", files()),
        check("inf-interfaces", circuits(&inf)),
        check(
            "inf-ksproxy",
            each_interface(&inf, "CLSID", |line| {
                line.contains("CLSID") && line.to_uppercase().contains(KSPROXY)
            }),
        ),
        check(
            "inf-event-driven",
            each_interface(&inf, "event-driven mode", |line| {
                line.to_uppercase().contains(EVENT_DRIVEN) && line.ends_with('1')
            }),
        ),
        check("inf-friendly-names", friendly_names(&inf)),
    ]
}

/// Cables that a device can have.
const CABLES: usize = acxvad_abi::settings::MAX_CABLES as usize;

/// The circuits that a device can have: name, and whether it renders.
fn all_circuits() -> Vec<(String, bool)> {
    let pair = |index| [(format!("Speaker{index}"), true), (format!("Microphone{index}"), false)];
    let composite = [
        ("SpeakerDsp", true),
        ("SpeakerCodec", true),
        ("SpeakerAmp", true),
        ("MicrophoneDsp", false),
        ("MicrophoneCodec", false),
    ];
    let composite = composite.map(|(name, renders)| (name.to_owned(), renders));
    (0..CABLES).flat_map(pair).chain(composite).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INX: &str = include_str!("../../../wdk/acxvad.inx");

    fn failures(text: &str) -> Vec<&'static str> {
        let failed = inf(text.as_bytes()).into_iter().filter(|check| check.found.is_err());
        failed.map(|check| check.name).collect()
    }

    #[test]
    fn the_inf_passes_in_both_encodings() {
        assert_eq!(failures(INX), Vec::<&str>::new());
        let mut wide = vec![0xFF, 0xFE];
        wide.extend(INX.encode_utf16().flat_map(u16::to_le_bytes));
        assert!(inf(&wide).iter().all(|check| check.found.is_ok()));
    }

    #[test]
    fn each_check_fails_for_what_it_is_about() {
        for (name, from, to) in [
            ("inf-encoding", "acxvad cable playback", "acxv\u{e4}d"),
            ("inf-class", "= MEDIA", "= System"),
            ("inf-class-guid", "4d36e96c", "4d36e96d"),
            ("inf-catalog", "CatalogFile = acxvad.cat", ""),
            ("inf-pnp-lockdown", "PnpLockdown = 1", "PnpLockdown = 0"),
            ("inf-driver-store", "DefaultDestDir = 13", "DefaultDestDir = 12"),
            ("inf-models", "acxvad, NT$ARCH$.10.0...19041", "acxvad, NT$ARCH$"),
            ("inf-hardware-id", "acxvad_Device, ROOT\\acxvad", "acxvad_Device, ROOT\\other"),
            (
                "inf-registry",
                "HKR,,       CLSID,                            , %KSProxy.CLSID%",
                "HKLM,,x\nHKR,,CLSID,,%KSProxy.CLSID%",
            ),
            (
                "inf-no-co-installer",
                "[acxvad_Service]",
                "[acxvad_Device.NT.CoInstallers]\nAddReg = CoInstallers_AddReg\n[acxvad_Service]",
            ),
            ("inf-kmdf", "KmdfLibraryVersion = 1.31", "KmdfLibraryVersion = 1.15"),
            ("inf-files", "[SourceDisksFiles]\nacxvad.sys = 1", "[SourceDisksFiles]"),
            (
                "inf-interfaces",
                "AddInterface = %KSCATEGORY_REALTIME%, \"Speaker0\",     acxvad_Speaker",
                "",
            ),
            (
                "inf-interfaces",
                "%KSCATEGORY_AUDIO%,    \"Speaker0\"",
                "%KSCATEGORY_AUDIO%,    \"Speaker16\"",
            ),
            ("inf-ksproxy", "17CCA71B", "17CCA71C"),
            ("inf-event-driven", "0x00010001, 1", "0x00010001, 0"),
            ("inf-friendly-names", "acxvad cable recording", "acxvad cable playback"),
        ] {
            assert!(INX.contains(from), "the INF has '{from}'");
            let broken = INX.replacen(from, to, 1);
            assert_eq!(failures(&broken), [name], "{from} -> {to}");
        }
    }
}
