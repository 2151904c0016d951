use super::*;
use crate::archive::Files as Archive;

/// A disc without anything on it, by its first descriptor.
fn blank(folder: &Path) -> PathBuf {
    let mut bytes = vec![0; 20 * 2048];
    bytes[16 * 2048..16 * 2048 + 6].copy_from_slice(b"\x01CD001");
    bytes[16 * 2048 + 40..16 * 2048 + 72].copy_from_slice(format!("{:32}", "EVAL").as_bytes());
    let iso = folder.join("a, b.iso");
    std::fs::write(&iso, bytes).unwrap();
    iso
}

/// A machine with every tool, in name.
fn machine_with(programs: &[&str]) -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    for name in programs {
        write(&root.path().join("bin").join(name), "").unwrap();
    }
    for name in ["OVMF_CODE_4M.fd", "OVMF_VARS_4M.fd"] {
        write(&root.path().join("usr/share/OVMF").join(name), "").unwrap();
    }
    let bin = root.path().join("bin");
    (root, bin)
}

const ALL: [&str; 3] = ["qemu-system-x86_64", "qemu-img", "genisoimage"];

fn tools(has_kvm: bool, writer: &'static str) -> Tools {
    Tools { writer, code: "/code.fd".into(), variables: "/vars.fd".into(), has_kvm }
}

#[test]
fn an_image_that_is_none_is_refused_with_where_to_get_one() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(volume(&blank(folder.path())).unwrap(), "EVAL");
    let text = folder.path().join("text.iso");
    std::fs::write(&text, "words ".repeat(20_000)).unwrap();
    let short = folder.path().join("short.iso");
    std::fs::write(&short, "CD001").unwrap();
    for (file, said) in [
        (folder.path().join("none.iso"), "none.iso: "),
        (text, "text.iso is no ISO image"),
        (short, "short.iso is no ISO image"),
        (folder.path().to_owned(), ""),
    ] {
        let why = volume(&file).unwrap_err();
        assert!(why.contains(said) && why.contains("microsoft.com/evalcenter"), "{why}");
    }
}

#[test]
fn each_tool_that_is_missing_is_named_with_its_package() {
    let (root, bin) = machine_with(&ALL);
    let found = Tools::find(bin.as_os_str(), root.path()).unwrap();
    assert_eq!((found.writer, found.has_kvm), ("genisoimage", false));
    write(&root.path().join("dev/kvm"), "").unwrap();
    assert!(Tools::find(bin.as_os_str(), root.path()).unwrap().has_kvm);
    for (name, package) in [
        ("qemu-system-x86_64", "qemu-system-x86"),
        ("qemu-img", "qemu-utils"),
        ("genisoimage", "xorriso"),
    ] {
        let others: Vec<&str> = ALL.into_iter().filter(|own| *own != name).collect();
        let (root, bin) = machine_with(&others);
        let why = Tools::find(bin.as_os_str(), root.path()).unwrap_err();
        assert!(
            why.contains(name) && why.ends_with(&format!("apt-get install {package}")),
            "{why}"
        );
        assert_eq!(why.lines().count(), 1, "{why}");
    }
    std::fs::remove_file(root.path().join("usr/share/OVMF/OVMF_VARS_4M.fd")).unwrap();
    let why = Tools::find(bin.as_os_str(), root.path()).unwrap_err();
    assert_eq!(why, "UEFI for QEMU is missing: sudo apt-get install ovmf");
}

#[test]
fn a_disk_that_is_nearly_full_is_refused() {
    let folder = Path::new("/somewhere");
    assert!(enough(folder, ROOM).is_ok());
    let why = enough(folder, ROOM - 1).unwrap_err();
    assert_eq!(why, "/somewhere: 39 GB are free, and the virtual disk may take 40 GB");
}

#[test]
fn the_machine_has_what_windows_needs_and_no_sound() {
    let files = Files::new(Path::new("/images/a, b.iso"), Path::new("/target"));
    for has_kvm in [true, false] {
        let line = machine::run(&tools(has_kvm, "xorriso"), &files, None);
        let all = line.join(" ");
        assert_eq!(all.contains("accel=kvm"), has_kvm, "{all}");
        assert_eq!(all.contains("-cpu host"), has_kvm, "{all}");
        // A comma in a name is doubled.
        assert!(all.contains("file=/images/a,, b.iso,id=setup"), "{all}");
        assert!(all.contains("-netdev user,id=net") && all.contains("-nodefaults"), "{all}");
        for sound in ["hda", "AC97", "audiodev", "sb16", "-soundhw", "-vnc"] {
            assert!(!all.contains(sound), "{sound}: {all}");
        }
        // The disk is tried before the disc: else Setup would begin again after each restart.
        let place = |words: &str| all.find(words).unwrap();
        assert!(
            place("drive=disk,bus=ide.0,bootindex=0") < place("drive=setup,bus=ide.1,bootindex=1")
        );
    }
    let line = machine::run(&tools(true, "xorriso"), &files, Some(3));
    assert!(line.join(" ").ends_with("-vnc 127.0.0.1:3"));
    assert_eq!(
        machine::disk(&files).join(" "),
        "qemu-img create -q -f qcow2 /target/disk.qcow2 64G"
    );
    let written = |writer| machine::answer(&tools(true, writer), &files).join(" ");
    let rest = "-quiet -J -r -V ACXVAD -o /target/answer.iso /target/answer";
    assert_eq!(written("xorriso"), format!("xorriso -as mkisofs {rest}"));
    assert_eq!(written("mkisofs"), format!("mkisofs {rest}"));
}

#[test]
fn a_dry_run_shows_every_command_and_file() {
    let files = Files::new(Path::new("/images/a b.iso"), Path::new("/target"));
    let text = plan(&tools(true, "xorriso"), &files, "http://10.0.2.2:1", Some(0));
    for part in [
        "qemu-img create",
        "xorriso -as mkisofs",
        "cp /vars.fd /target/variables.fd",
        "qemu-system-x86_64 -name acxvad",
        "'if=none,file=/images/a b.iso,id=setup",
        "/target/answer/autounattend.xml:\n<?xml",
        "http://10.0.2.2:1/start.cmd:\n@echo off\n",
        "cargo xtask kit",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(shown(&["it's".to_owned(), String::new()]), "'it'\\''s' ''");
}

/// The real program writes the image, and the file in it can be found.
#[test]
fn the_answer_files_image_is_made_by_whichever_program_is_there() {
    let path = std::env::var_os("PATH").unwrap();
    let has = |name: &&str| std::env::split_paths(&path).any(|own| own.join(name).is_file());
    let Some(writer) = machine::WRITERS.into_iter().find(has) else {
        println!("not run: there is no program that writes ISO images");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let files = Files::new(Path::new("none.iso"), folder.path());
    let text = answer::file("http://10.0.2.2:1");
    write(&files.answer_folder.join("autounattend.xml"), &text).unwrap();
    let line = machine::answer(&tools(true, writer), &files);
    c_driver::run(Command::new(&line[0]).args(&line[1..])).unwrap();
    assert_eq!(volume(&files.answer).unwrap(), "ACXVAD");
    let image = std::fs::read(&files.answer).unwrap();
    let has = |part: &[u8]| image.windows(part.len()).any(|own| own == part);
    // The name as Windows reads it: Joliet has UTF-16, big end first.
    let name: Vec<u8> = "autounattend.xml".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(has(&name) && has(text.as_bytes()));
}

fn evidence(record: &str) -> Vec<u8> {
    archive::zip(&Archive::from([("first-run.json".to_owned(), record.into())])).unwrap()
}

#[test]
fn the_end_is_what_the_first_run_says() {
    let folder = tempfile::tempdir().unwrap();
    let step = |state: &str| {
        format!("{{\"title\": \"sleep\", \"state\": \"{state}\", \"sentence\": \"a reason\"}}")
    };
    let record = |states: &[&str]| {
        let steps: Vec<String> = states.iter().map(|state| step(state)).collect();
        format!("{{\"steps\": [{}]}}", steps.join(", "))
    };
    let end = |record: &str| keep(&evidence(record), folder.path());
    assert_eq!(end(&record(&["passed", "not-run"])), Ok(()));
    assert!(folder.path().join("evidence/first-run.json").exists());
    for (text, said) in [
        (record(&["passed", "failed"]), "the first run failed:\n  sleep: a reason"),
        // It went down in the middle.
        (record(&["passed", "started"]), "the first run failed:\n  sleep: a reason"),
        (record(&["not-run"]), "no step of the first run was run"),
        (record(&[]), "lists no step"),
        ("{}".to_owned(), "lists no step"),
        ("words".to_owned(), "first-run.json of the evidence: "),
    ] {
        let why = end(&text).unwrap_err();
        assert!(why.contains(said), "{text}: {why}");
    }
    let other = archive::zip(&Archive::from([("other".to_owned(), Vec::new())])).unwrap();
    assert!(keep(&other, folder.path()).unwrap_err().contains("first-run.json"));
}

#[cfg(unix)]
#[test]
fn a_machine_that_ends_is_found_with_what_it_said() {
    let folder = tempfile::tempdir().unwrap();
    let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let log = folder.path().join("log");
    let line = words(&["sh", "-c", "read line; echo \"bad option: $line\" >&2; exit 3"]);
    let mut machine = Machine::start(&line, &log).unwrap();
    assert_eq!(machine.is_on(), Ok(()));
    machine.say("sendkey ret").unwrap();
    let why = loop {
        if let Err(why) = machine.is_on() {
            break why;
        }
        std::thread::sleep(Duration::from_millis(10));
    };
    assert_eq!(why, "QEMU has ended (exit status: 3): bad option: sendkey ret");
    let why = Machine::start(&words(&["no-such-program"]), &log).err().unwrap();
    assert!(why.starts_with("no-such-program: "), "{why}");
}
