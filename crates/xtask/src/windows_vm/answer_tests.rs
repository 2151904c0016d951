//! The answer file against a table of what the reference permits.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::*;

/// What an element may have in it.
#[derive(Clone, Copy)]
enum Kind {
    /// Elements of the table.
    Parent,
    /// An entry of a list, with `wcm:action="add"`.
    Entry,
    Boolean,
    /// A number from one to another.
    Number(u32, u32),
    /// So many characters at most, and not none.
    Text(usize),
    OneOf(&'static [&'static str]),
}
use Kind::*;

const LOCALE: Kind = OneOf(&["en-US"]);
const WILL_SHOW: Kind = OneOf(&["Always", "Never", "OnError"]);

/// The elements, by pass and component, as the reference has them.
const TABLE: &[(&str, &[(&str, Kind)])] = &[
    (
        "windowsPE/Microsoft-Windows-International-Core-WinPE",
        &[
            ("SetupUILanguage", Parent),
            ("SetupUILanguage/UILanguage", LOCALE),
            ("InputLocale", LOCALE),
            ("SystemLocale", LOCALE),
            ("UILanguage", LOCALE),
            ("UserLocale", LOCALE),
        ],
    ),
    (
        "windowsPE/Microsoft-Windows-Setup",
        &[
            ("DiskConfiguration", Parent),
            ("DiskConfiguration/WillShowUI", WILL_SHOW),
            ("DiskConfiguration/Disk", Entry),
            ("DiskConfiguration/Disk/DiskID", Number(0, 100)),
            ("DiskConfiguration/Disk/WillWipeDisk", Boolean),
            ("DiskConfiguration/Disk/CreatePartitions", Parent),
            ("DiskConfiguration/Disk/CreatePartitions/CreatePartition", Entry),
            ("DiskConfiguration/Disk/CreatePartitions/CreatePartition/Order", Number(1, 128)),
            (
                "DiskConfiguration/Disk/CreatePartitions/CreatePartition/Type",
                OneOf(&["EFI", "Extended", "Logical", "MSR", "Primary"]),
            ),
            ("DiskConfiguration/Disk/CreatePartitions/CreatePartition/Size", Number(1, u32::MAX)),
            ("DiskConfiguration/Disk/CreatePartitions/CreatePartition/Extend", Boolean),
            ("DiskConfiguration/Disk/ModifyPartitions", Parent),
            ("DiskConfiguration/Disk/ModifyPartitions/ModifyPartition", Entry),
            ("DiskConfiguration/Disk/ModifyPartitions/ModifyPartition/Order", Number(1, 128)),
            ("DiskConfiguration/Disk/ModifyPartitions/ModifyPartition/PartitionID", Number(1, 128)),
            (
                "DiskConfiguration/Disk/ModifyPartitions/ModifyPartition/Format",
                OneOf(&["NTFS", "FAT32"]),
            ),
            ("DiskConfiguration/Disk/ModifyPartitions/ModifyPartition/Label", Text(32)),
            ("ImageInstall", Parent),
            ("ImageInstall/OSImage", Parent),
            ("ImageInstall/OSImage/WillShowUI", WILL_SHOW),
            ("ImageInstall/OSImage/InstallFrom", Parent),
            ("ImageInstall/OSImage/InstallFrom/MetaData", Entry),
            (
                "ImageInstall/OSImage/InstallFrom/MetaData/Key",
                OneOf(&["/IMAGE/INDEX", "/IMAGE/NAME", "/IMAGE/DESCRIPTION"]),
            ),
            ("ImageInstall/OSImage/InstallFrom/MetaData/Value", Text(256)),
            ("ImageInstall/OSImage/InstallTo", Parent),
            ("ImageInstall/OSImage/InstallTo/DiskID", Number(0, 100)),
            ("ImageInstall/OSImage/InstallTo/PartitionID", Number(1, 128)),
            ("RunSynchronous", Parent),
            ("RunSynchronous/RunSynchronousCommand", Entry),
            ("RunSynchronous/RunSynchronousCommand/Order", Number(1, 500)),
            ("RunSynchronous/RunSynchronousCommand/Path", Text(259)),
            ("UserData", Parent),
            ("UserData/AcceptEula", Boolean),
            ("UserData/ProductKey", Parent),
            ("UserData/ProductKey/WillShowUI", WILL_SHOW),
        ],
    ),
    (
        "specialize/Microsoft-Windows-Deployment",
        &[
            ("RunSynchronous", Parent),
            ("RunSynchronous/RunSynchronousCommand", Entry),
            ("RunSynchronous/RunSynchronousCommand/Order", Number(1, 500)),
            ("RunSynchronous/RunSynchronousCommand/Path", Text(259)),
        ],
    ),
    (
        "oobeSystem/Microsoft-Windows-International-Core",
        &[
            ("InputLocale", LOCALE),
            ("SystemLocale", LOCALE),
            ("UILanguage", LOCALE),
            ("UserLocale", LOCALE),
        ],
    ),
    (
        "oobeSystem/Microsoft-Windows-Shell-Setup",
        &[
            ("AutoLogon", Parent),
            ("AutoLogon/Enabled", Boolean),
            ("AutoLogon/LogonCount", Number(1, u32::MAX)),
            ("AutoLogon/Username", Text(256)),
            ("AutoLogon/Password", Parent),
            ("AutoLogon/Password/Value", Text(127)),
            ("AutoLogon/Password/PlainText", Boolean),
            ("FirstLogonCommands", Parent),
            ("FirstLogonCommands/SynchronousCommand", Entry),
            ("FirstLogonCommands/SynchronousCommand/Order", Number(1, 500)),
            ("FirstLogonCommands/SynchronousCommand/CommandLine", Text(1024)),
            ("OOBE", Parent),
            ("OOBE/HideEULAPage", Boolean),
            ("OOBE/HideOnlineAccountScreens", Boolean),
            ("OOBE/HideWirelessSetupInOOBE", Boolean),
            ("OOBE/ProtectYourPC", OneOf(&["1", "2", "3"])),
            ("UserAccounts", Parent),
            ("UserAccounts/LocalAccounts", Parent),
            ("UserAccounts/LocalAccounts/LocalAccount", Entry),
            ("UserAccounts/LocalAccounts/LocalAccount/Group", Text(256)),
            ("UserAccounts/LocalAccounts/LocalAccount/Name", Text(20)),
            ("UserAccounts/LocalAccounts/LocalAccount/Password", Parent),
            ("UserAccounts/LocalAccounts/LocalAccount/Password/Value", Text(127)),
            ("UserAccounts/LocalAccounts/LocalAccount/Password/PlainText", Boolean),
        ],
    ),
];

/// What each component's element must have.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("processorArchitecture", "amd64"),
    ("publicKeyToken", "31bf3856ad364e35"),
    ("language", "neutral"),
    ("versionScope", "nonSxS"),
];

const NAMESPACES: [(&str, &str); 2] = [
    ("xmlns", "urn:schemas-microsoft-com:unattend"),
    ("xmlns:wcm", "http://schemas.microsoft.com/WMIConfig/2002/State"),
];

fn attribute(start: &BytesStart, name: &str) -> String {
    let found = start.attributes().flatten().find(|own| own.key.as_ref() == name);
    found.map(|own| own.value.into_owned()).unwrap_or_default()
}

fn is_good(text: &str, kind: Kind) -> bool {
    match kind {
        Parent | Entry => text.is_empty(),
        Boolean => matches!(text, "true" | "false"),
        Number(least, most) => {
            text.parse().is_ok_and(|number: u32| (least..=most).contains(&number))
        }
        Text(most) => (1..=most).contains(&text.chars().count()),
        OneOf(words) => words.contains(&text),
    }
}

/// An answer file while it is read.
#[derive(Default)]
struct Check {
    /// Pass, component, and the elements that are open.
    open: Vec<String>,
    text: String,
    /// The last order of each list.
    orders: BTreeMap<String, u32>,
    seen: Vec<String>,
    wrong: Vec<String>,
}

impl Check {
    fn kind(&self) -> Option<Kind> {
        let (place, path) = (self.open.get(..2)?.join("/"), self.open.get(2..)?.join("/"));
        let (_, rows) = TABLE.iter().find(|(own, _)| *own == place)?;
        rows.iter().find(|(own, _)| *own == path).map(|(_, kind)| *kind)
    }

    fn begin(&mut self, depth: usize, start: &BytesStart) {
        let name = start.name().as_ref().to_owned();
        self.text.clear();
        let mut expect = |own: bool, what: String| {
            if !own {
                self.wrong.push(what);
            }
        };
        match depth {
            0 => {
                expect(name == "unattend", format!("{name} is the root"));
                for (key, value) in NAMESPACES {
                    expect(attribute(start, key) == value, format!("{key} of the root"));
                }
            }
            1 => {
                expect(name == "settings", format!("{name} below the root"));
                self.open.push(attribute(start, "pass"));
            }
            2 => {
                expect(name == "component", format!("{name} in a pass"));
                for (key, value) in ATTRIBUTES {
                    expect(attribute(start, key) == value, format!("{key} of a component"));
                }
                self.open.push(attribute(start, "name"));
            }
            _ => {
                self.open.push(name);
                let place = self.open.join("/");
                let is_entry = attribute(start, "wcm:action") == "add";
                match self.kind() {
                    None => self.wrong.push(format!("{place} is no element")),
                    Some(kind) if matches!(kind, Entry) != is_entry => {
                        self.wrong.push(format!("{place}: wcm:action"));
                    }
                    Some(_) => self.seen.push(place),
                }
            }
        }
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        let text = text.trim();
        if self.open.len() > 2
            && let Some(kind) = self.kind()
        {
            let place = self.open.join("/");
            if !is_good(text, kind) {
                self.wrong.push(format!("{place}: {text}"));
            }
            if place.ends_with("/Order") {
                let last = self.orders.insert(place.clone(), text.parse().unwrap_or(0));
                if last.unwrap_or(0) + 1 != text.parse().unwrap_or(0) {
                    self.wrong.push(format!("{place}: {text} after {last:?}"));
                }
            }
        }
        self.open.pop();
    }
}

/// What is wrong with an answer file.
fn wrong(text: &str) -> Vec<String> {
    let mut check = Check::default();
    let mut reader = Reader::from_str(text);
    let mut depth = 0;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                check.begin(depth, &start);
                depth += 1;
            }
            Ok(Event::End(_)) => {
                depth -= 1;
                check.end();
            }
            Ok(Event::Text(text)) => check.text.push_str(&text),
            Ok(Event::GeneralRef(name)) => {
                let name = name.to_string();
                if !["amp", "lt", "gt"].contains(&name.as_str()) {
                    check.wrong.push(format!("&{name};"));
                }
                check.text.push('&');
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(why) => {
                check.wrong.push(format!("not well formed: {why}"));
                break;
            }
        }
    }
    if depth != 0 {
        check.wrong.push("not well formed: an element is not closed".to_owned());
    }
    // Without any of these Setup would ask somebody.
    for needed in [
        "AcceptEula",
        "DiskConfiguration/Disk/DiskID",
        "InstallTo/PartitionID",
        "SetupUILanguage/UILanguage",
        "OOBE/HideEULAPage",
        "OOBE/HideOnlineAccountScreens",
        "OOBE/ProtectYourPC",
        "AutoLogon/Username",
        "AutoLogon/Password/Value",
        "LocalAccount/Name",
    ] {
        if !check.seen.iter().any(|place| place.ends_with(needed)) {
            check.wrong.push(format!("{needed} is missing"));
        }
    }
    check.wrong
}

const HOST: &str = "http://10.0.2.2:54321";

#[test]
fn the_answer_file_is_as_the_reference_has_it() {
    assert_eq!(wrong(&file(HOST)), Vec::<String>::new());
}

#[test]
fn each_fault_of_an_answer_file_is_found() {
    let good = file(HOST);
    for (from, to, named) in [
        ("<AcceptEula>true", "<AcceptEula>yes", "AcceptEula: yes"),
        ("AcceptEula>", "AcceptEULA>", "AcceptEULA is no element"),
        ("pass=\"specialize\"", "pass=\"generalize\"", "generalize/Microsoft-Windows-Deployment"),
        ("amd64", "x64", "processorArchitecture of a component"),
        ("unattend\"\n", "unattended\"\n", "xmlns of the root"),
        ("<Disk wcm:action=\"add\">", "<Disk>", "DiskConfiguration/Disk: wcm:action"),
        ("<Order>2</Order>\n<Type>MSR", "<Order>3</Order>\n<Type>MSR", "Order: 3 after"),
        ("<Type>MSR", "<Type>Reserved", "Type: Reserved"),
        ("<PartitionID>3", "<PartitionID>0", "PartitionID: 0"),
        ("<Name>acx", "<Name>somebody with a long name", "LocalAccount/Name"),
        ("</OOBE>", "", "not well formed"),
        ("</unattend>", "", "not closed"),
        ("<HideOnlineAccountScreens>true</HideOnlineAccountScreens>", "", "is missing"),
    ] {
        assert!(good.contains(from), "{from}");
        let found = wrong(&good.replace(from, to)).join("\n");
        assert!(found.contains(named), "{to}: {found}");
    }
    assert!(!wrong(&file(&format!("http://{}", "long".repeat(300)))).is_empty());
    // The characters that XML has for itself.
    assert_eq!(wrong(&file("http://host/?a=1&b=<2>")), Vec::<String>::new());
}

#[test]
fn the_guest_asks_for_what_the_host_has() {
    let all = file(HOST) + &start(HOST);
    for path in ["start.cmd", "kit.zip", "evidence.zip", "progress/", "failed/"] {
        assert!(all.contains(&format!("{HOST}/{path}")), "{path}");
    }
    // The task that runs it has less than normal priority.
    assert!(
        start(HOST).contains("\nstart \"acxvad\" /b /wait /normal C:\\acxvad\\first-run.exe run ")
    );
    assert!(start(HOST).lines().all(|line| !line.contains('\n')));
    assert!(start(HOST).split_inclusive('\n').all(|line| line.ends_with("\r\n")));
    let logon = first_logon(HOST);
    let order = ["start.cmd", "testsigning on", "schtasks", "shutdown"]
        .map(|word| logon.iter().position(|line| line.contains(word)).unwrap());
    assert!(order.is_sorted(), "{logon:#?}");
}
