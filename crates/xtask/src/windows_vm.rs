//! `cargo xtask windows-vm --iso FILE`: the first run on a virtual Windows machine.
//!
//! It installs Windows unattended from an evaluation image, turns test signing on, passes the kit
//! of [`crate::first_run_kit`] to the guest, runs `first-run` there, and fetches its evidence. This
//! has not been tested with a real image: docs/windows.md lists the parts that have been.

mod answer;
mod exchange;
mod machine;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use cargo_acx::files::{at, read, write};
use serde_json::Value;

use crate::{archive, c_driver, first_run_kit};
use exchange::Exchange;
use machine::{Files, Tools, shown};

/// What the disk's file and the kit come to, and some room.
const ROOM: u64 = 40 << 30;

/// How long Setup's question for a key may be late: with KVM, and without.
const KEYS: [Duration; 2] = [Duration::from_secs(45), Duration::from_secs(300)];

#[derive(clap::Args)]
pub(crate) struct Options {
    /// An evaluation image of Windows 11 Enterprise, x64, from Microsoft's evaluation center
    #[arg(long, value_name = "FILE")]
    iso: PathBuf,
    /// Only show what would be run
    #[arg(long)]
    dry_run: bool,
    /// Emulate the processor even if /dev/kvm exists
    #[arg(long)]
    no_kvm: bool,
    /// The time limit in minutes [default: 300 with KVM, 2400 without]
    #[arg(long)]
    minutes: Option<u64>,
    /// Show the screen at this display of this machine (0 is port 5900)
    #[arg(long, value_name = "DISPLAY")]
    vnc: Option<u16>,
}

/// Runs all of it; the evidence is unpacked in target/windows-vm/evidence.
///
/// # Errors
///
/// Something is missing, a program failed, no evidence came in time, or a step of the first run
/// failed.
pub(crate) fn run(root: &Path, options: &Options) -> Result<(), String> {
    let root = at(root, root.canonicalize())?;
    let label = volume(&options.iso)?;
    let iso = at(&options.iso, options.iso.canonicalize())?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut tools = Tools::find(&path, Path::new("/"))?;
    let may_have_kvm = tools.has_kvm;
    tools.has_kvm &= !options.no_kvm;
    let folder = root.join("target/windows-vm");
    let files = Files::new(&iso, &folder);
    println!("image: {} ({label})", iso.display());
    let minutes = options.minutes.unwrap_or(if tools.has_kvm { 300 } else { 2400 });
    if !tools.has_kvm {
        let why = if may_have_kvm { "--no-kvm" } else { "/dev/kvm is not there or not permitted" };
        println!("WARNING: {why}: the guest is emulated, and the installation may take a day");
    }
    let mut exchange = Exchange::new()?;
    let host = format!("http://10.0.2.2:{}", exchange.port()?);
    if options.dry_run {
        print!("{}", plan(&tools, &files, &host, options.vnc));
        return Ok(());
    }
    room(&folder)?;
    exchange.kit = first_run_kit::make(&root).and_then(|kit| at(&kit, std::fs::read(&kit)))?;
    exchange.start = answer::start(&host);
    write(&files.answer_folder.join("autounattend.xml"), answer::file(&host))?;
    for old in [&files.disk, &files.answer] {
        let _ = std::fs::remove_file(old);
    }
    at(&files.variables, std::fs::copy(&tools.variables, &files.variables))?;
    for line in [machine::disk(&files), machine::answer(&tools, &files)] {
        c_driver::run(Command::new(&line[0]).args(&line[1..]))?;
    }
    let line = machine::run(&tools, &files, options.vnc);
    println!("{}", shown(&line));
    let mut machine = Machine::start(&line, &folder.join("monitor.log"))?;
    let began = Instant::now();
    let mut tell = |words: &str| {
        let seconds = began.elapsed().as_secs();
        println!("{:02}:{:02}:{:02}  {words}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    };
    tell("the machine is on; a screen that stands still can be seen with --vnc");
    let until = KEYS[usize::from(!tools.has_kvm)];
    let mut pressed = Instant::now();
    let mut watch = || {
        // "Press any key to boot from CD or DVD"
        if began.elapsed() < until && pressed.elapsed() > Duration::from_secs(1) {
            pressed = Instant::now();
            machine.say("sendkey ret")?;
        }
        machine.is_on()
    };
    let time = Duration::from_secs(60 * minutes);
    let zip = exchange.serve(time, &mut watch, &mut tell)?;
    tell("the evidence is here; the machine is switched off");
    machine.stop();
    keep(&zip, &folder)
}

/// Everything that would be run and served.
fn plan(tools: &Tools, files: &Files, host: &str, vnc: Option<u16>) -> String {
    let copy = ["cp".to_owned()].into_iter();
    let copy =
        copy.chain([&tools.variables, &files.variables].map(|own| own.display().to_string()));
    let lines = [
        machine::disk(files),
        machine::answer(tools, files),
        copy.collect(),
        machine::run(tools, files, vnc),
    ];
    format!(
        "{}\n\n{}:\n{}\n{host}/start.cmd:\n{}\n{host}/kit.zip: what `cargo xtask kit` makes\n",
        lines.map(|line| shown(&line)).join("\n"),
        files.answer_folder.join("autounattend.xml").display(),
        answer::file(host),
        answer::start(host).replace('\r', ""),
    )
}

/// The name of an image's volume.
///
/// # Errors
///
/// There is no such file, or it is no image of a disc.
fn volume(iso: &Path) -> Result<String, String> {
    let get = "download the ISO of Windows 11 Enterprise (x64) from \
               https://www.microsoft.com/evalcenter";
    let mut file = File::open(iso).map_err(|why| format!("{}: {why}; {get}", iso.display()))?;
    // The primary volume descriptor of ISO 9660: the sixteenth sector.
    let mut sector = [0; 2048];
    let read = file.seek(SeekFrom::Start(16 * 2048)).and_then(|_| file.read_exact(&mut sector));
    if read.is_err() || sector[0] != 1 || &sector[1..6] != b"CD001" {
        return Err(format!("{} is no ISO image; {get}", iso.display()));
    }
    Ok(String::from_utf8_lossy(&sector[40..72]).trim().to_owned())
}

/// Whether there is room below `folder`.
fn room(folder: &Path) -> Result<(), String> {
    at(folder, std::fs::create_dir_all(folder))?;
    enough(folder, at(folder, fs4::available_space(folder))?)
}

fn enough(folder: &Path, free: u64) -> Result<(), String> {
    let gigabytes = |bytes: u64| bytes >> 30;
    if free >= ROOM {
        return Ok(());
    }
    Err(format!(
        "{}: {} GB are free, and the virtual disk may take {} GB",
        folder.display(),
        gigabytes(free),
        gigabytes(ROOM)
    ))
}

/// QEMU while it runs. It ends with this.
struct Machine {
    child: Child,
    log: PathBuf,
}

impl Machine {
    fn start(line: &[String], log: &Path) -> Result<Self, String> {
        let output = at(log, File::create(log))?;
        let errors = at(log, output.try_clone())?;
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).stdin(Stdio::piped()).stdout(output).stderr(errors);
        let child = command.spawn().map_err(|why| format!("{}: {why}", line[0]))?;
        Ok(Self { child, log: log.to_owned() })
    }

    /// A command to the monitor.
    fn say(&mut self, words: &str) -> Result<(), String> {
        let Some(input) = &mut self.child.stdin else { return Ok(()) };
        // One that has ended is found by `is_on`, with what it printed.
        if writeln!(input, "{words}").and_then(|()| input.flush()).is_err() {
            return self.is_on();
        }
        Ok(())
    }

    /// # Errors
    ///
    /// It has ended; with the last that it printed.
    fn is_on(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => {
                let text = read(&self.log).unwrap_or_default();
                let last: Vec<&str> = text.lines().rev().take(5).collect();
                let last: Vec<&str> = last.into_iter().rev().collect();
                Err(format!("QEMU has ended ({status}): {}", last.join("\n")))
            }
            Err(why) => Err(format!("QEMU: {why}")),
        }
    }

    /// Switches it off as its button does; after a minute as its plug does.
    fn stop(&mut self) {
        let _ = self.say("system_powerdown");
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until && self.is_on().is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Unpacks the evidence, and says what the first run came to.
fn keep(zip: &[u8], folder: &Path) -> Result<(), String> {
    write(&folder.join("evidence.zip"), zip)?;
    let evidence = folder.join("evidence");
    let _ = std::fs::remove_dir_all(&evidence);
    let count = archive::unzip(zip, &evidence)?;
    println!("{count} files of evidence: {}", evidence.display());
    let record = read(&evidence.join("first-run.json"))?;
    outcome(&record)
}

/// What a record of `first-run` says: the steps that failed are an error.
fn outcome(record: &str) -> Result<(), String> {
    let record: Value = serde_json::from_str(record)
        .map_err(|why| format!("first-run.json of the evidence: {why}"))?;
    let steps = record["steps"].as_array().filter(|steps| !steps.is_empty());
    let steps = steps.ok_or("first-run.json of the evidence lists no step: nothing was run")?;
    let text = |step: &Value, key: &str| step[key].as_str().unwrap_or("?").to_owned();
    let of = |state: &str| steps.iter().filter(|step| step["state"] == state).count();
    println!("{} steps passed, {} were not run", of("passed"), of("not-run"));
    let failed: Vec<String> = steps
        .iter()
        .filter(|step| step["state"] != "passed" && step["state"] != "not-run")
        .map(|step| format!("  {}: {}", text(step, "title"), text(step, "sentence")))
        .collect();
    if !failed.is_empty() {
        return Err(format!("the first run failed:\n{}", failed.join("\n")));
    }
    if of("passed") == 0 { Err("no step of the first run was run".to_owned()) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
