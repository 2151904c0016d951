//! The virtual machine: its disk, its firmware, its command line.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

pub(super) const QEMU: &str = "qemu-system-x86_64";
pub(super) const IMAGER: &str = "qemu-img";

/// Programs that write an ISO image with one and the same command line.
pub(super) const WRITERS: [&str; 3] = ["xorriso", "genisoimage", "mkisofs"];

/// UEFI without Secure Boot, where distributions put it: code, and the variables of a new machine.
const FIRMWARE: [(&str, &str); 4] = [
    ("/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"),
    ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"),
    ("/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"),
    ("/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"),
];

/// A command line.
pub(super) type Words = Vec<String>;

fn words(words: &[&str]) -> Words {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// A path as an option of QEMU's takes it: a comma would end it.
fn option(path: &Path) -> String {
    path.display().to_string().replace(',', ",,")
}

/// What this machine has.
#[derive(Clone, Debug)]
pub(super) struct Tools {
    /// Which of [`WRITERS`].
    pub(super) writer: &'static str,
    pub(super) code: PathBuf,
    pub(super) variables: PathBuf,
    /// Whether the processor runs the guest by itself.
    pub(super) has_kvm: bool,
}

impl Tools {
    /// Looks for all of it in the folders of `path`, and for firmware below `root`.
    ///
    /// # Errors
    ///
    /// A line for each thing that is missing, with the Debian package that has it.
    pub(super) fn find(path: &OsStr, root: &Path) -> Result<Self, String> {
        let has = |name: &str| std::env::split_paths(path).any(|own| own.join(name).is_file());
        let mut missing = Vec::new();
        for (name, package) in [(QEMU, "qemu-system-x86"), (IMAGER, "qemu-utils")] {
            if !has(name) {
                missing.push(format!("{name} is missing: sudo apt-get install {package}"));
            }
        }
        let writer = WRITERS.into_iter().find(|name| has(name));
        if writer.is_none() {
            missing.push(format!(
                "none of {} is there, to write the answer file's image: \
                 sudo apt-get install xorriso",
                WRITERS.join(", ")
            ));
        }
        let below = |path: &str| root.join(path.trim_start_matches('/'));
        let mut firmware = FIRMWARE.iter().map(|(code, own)| (below(code), below(own)));
        let firmware = firmware.find(|(code, own)| code.is_file() && own.is_file());
        if firmware.is_none() {
            missing.push("UEFI for QEMU is missing: sudo apt-get install ovmf".to_owned());
        }
        let (Some(writer), Some((code, variables)), true) = (writer, firmware, missing.is_empty())
        else {
            return Err(missing.join("\n"));
        };
        // There and permitted: the group `kvm` has it.
        let kvm = std::fs::OpenOptions::new().read(true).write(true).open(below("/dev/kvm"));
        Ok(Self { writer, code, variables, has_kvm: kvm.is_ok() })
    }
}

/// The machine's files.
pub(super) struct Files {
    pub(super) iso: PathBuf,
    /// With the answer file, for [`Files::answer`].
    pub(super) answer_folder: PathBuf,
    pub(super) answer: PathBuf,
    pub(super) disk: PathBuf,
    pub(super) variables: PathBuf,
}

impl Files {
    pub(super) fn new(iso: &Path, folder: &Path) -> Self {
        Self {
            iso: iso.to_owned(),
            answer_folder: folder.join("answer"),
            answer: folder.join("answer.iso"),
            disk: folder.join("disk.qcow2"),
            variables: folder.join("variables.fd"),
        }
    }
}

/// Makes the disk. Windows 11 asks for 64 GB; the file grows to what is used of it.
pub(super) fn disk(files: &Files) -> Words {
    let mut line = words(&[IMAGER, "create", "-q", "-f", "qcow2"]);
    line.extend([files.disk.display().to_string(), "64G".to_owned()]);
    line
}

/// Makes the image with the answer file, which Setup looks for in every drive.
pub(super) fn answer(tools: &Tools, files: &Files) -> Words {
    let mut line = words(&[tools.writer]);
    if tools.writer == "xorriso" {
        line.extend(words(&["-as", "mkisofs"]));
    }
    line.extend(words(&["-quiet", "-J", "-r", "-V", "ACXVAD", "-o"]));
    line.extend([&files.answer, &files.answer_folder].map(|path| path.display().to_string()));
    line
}

/// Runs the machine. It has no sound device: the only audio is acxvad. Its monitor is at standard
/// input; its screen can be looked at with VNC, if a display is given.
pub(super) fn run(tools: &Tools, files: &Files, vnc: Option<u16>) -> Words {
    let mut line = words(&[QEMU, "-name", "acxvad", "-nodefaults", "-machine"]);
    if tools.has_kvm {
        // What Windows asks a hypervisor for, so that its clocks are right.
        line.extend(words(&["q35,accel=kvm", "-cpu"]));
        line.push("host,hv-relaxed,hv-vapic,hv-time,hv-spinlocks=0x1fff".to_owned());
    } else {
        // Windows 11 wants SSE 4.2 and POPCNT.
        line.extend(words(&["q35,accel=tcg,kernel-irqchip=off", "-cpu", "Nehalem"]));
    }
    line.extend(words(&["-smp", "2", "-m", "4G", "-rtc", "base=localtime"]));
    let drive = |kind: &str, path: &Path| format!("if={kind},file={}", option(path));
    line.push("-drive".to_owned());
    line.push(format!("{},format=raw,unit=0,readonly=on", drive("pflash", &tools.code)));
    line.push("-drive".to_owned());
    line.push(format!("{},format=raw,unit=1", drive("pflash", &files.variables)));
    // The disk first: it is empty when the machine is switched on for the first time, and Setup's
    // question for a key is not asked again once it is not.
    let disk = format!("{},id=disk,format=qcow2,cache=unsafe", drive("none", &files.disk));
    let setup =
        format!("{},id=setup,format=raw,media=cdrom,readonly=on", drive("none", &files.iso));
    let answer =
        format!("{},id=answer,format=raw,media=cdrom,readonly=on", drive("none", &files.answer));
    for (drive, device) in [
        (disk, "ide-hd,drive=disk,bus=ide.0,bootindex=0"),
        (setup, "ide-cd,drive=setup,bus=ide.1,bootindex=1"),
        (answer, "ide-cd,drive=answer,bus=ide.2"),
    ] {
        line.extend(["-drive".to_owned(), drive, "-device".to_owned(), device.to_owned()]);
    }
    // Devices that Windows has drivers for.
    line.extend(words(&[
        "-device",
        "VGA",
        "-device",
        "e1000e,netdev=net",
        "-netdev",
        "user,id=net",
    ]));
    line.extend(words(&["-monitor", "stdio", "-display", "none"]));
    if let Some(display) = vnc {
        line.extend(["-vnc".to_owned(), format!("127.0.0.1:{display}")]);
    }
    line
}

/// A command line as a shell takes it.
pub(super) fn shown(line: &[String]) -> String {
    let is_plain = |one: char| one.is_ascii_alphanumeric() || "-_=,./:+".contains(one);
    let word = |word: &String| {
        if !word.is_empty() && word.chars().all(is_plain) {
            word.clone()
        } else {
            format!("'{}'", word.replace('\'', "'\\''"))
        }
    };
    line.iter().map(word).collect::<Vec<_>>().join(" ")
}
