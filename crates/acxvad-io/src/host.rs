//! The driver in this process, in the host, as a system for feeds and taps: for tests, and for
//! machines without acxvad.
//!
//! ```
//! use acxvad_io::{Feed, Host, Options, Time};
//!
//! let host = Host::start(&["Cables=2", "Speaker1Hidden=1"], Time::Virtual)?;
//! let mut feed = Feed::open(&host, "Microphone1", Options::stereo_f32(48_000))?;
//! feed.write(&[0; 8 * 4_800])?;
//! drop(feed);
//! assert_eq!(host.stop(), Vec::<String>::new());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Host`] has its own thread, which loads the driver and unloads it. In real time every thread
//! that uses the host runs the driver's code. In virtual time the host's thread runs all of it, one
//! request after the other, and time passes while a caller waits: with one waiting thread, the same
//! calls give the same audio in every run.

use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use acx_client::{File, Handle, Reply, System};
use acx_host::Machine;
use acx_host::machine::{DeviceNode, Driver, HostError, LinkedImage, Setting};
use acx_sys::{DEVPROPKEY, GUID, IOCTL_KS_ENABLE_EVENT, NTSTATUS, STATUS_NOT_SUPPORTED};
use acxvad_abi::settings::{self, Kind};

const ACXVAD: LinkedImage = LinkedImage { name: "acxvad", entry: acxvad::FxDriverEntry };

/// The kind of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Time {
    /// Real time.
    #[default]
    Real,
    /// Virtual time, which passes only while a caller waits, and then as fast as possible.
    Virtual,
}

/// The reason why a host did not start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// A setting that the driver does not have, or a value that it does not accept.
    #[error("{0}")]
    Setting(String),
    /// The driver did not start.
    #[error(transparent)]
    Driver(#[from] HostError),
}

/// Work for the host's thread.
type Job = Box<dyn for<'a> FnOnce(&mut Loaded<'a>) + Send>;

/// The driver while it is loaded.
struct Loaded<'a> {
    machine: &'a Machine,
    driver: &'a Driver<'a>,
    device: Option<DeviceNode<'a>>,
}

/// A machine with acxvad. A program has one at a time: starting another one waits for its end.
pub struct Host {
    jobs: Sender<Job>,
    /// In real time, when any thread may use it.
    machine: Option<Arc<Machine>>,
    thread: Option<JoinHandle<Vec<String>>>,
}

/// Parses a value of the device's registry key from `NAME=VALUE`, like `acxhost --set`.
///
/// # Errors
///
/// [`StartError::Setting`], with the allowed values.
pub fn setting(text: &str) -> Result<(String, Setting), StartError> {
    let wrong = |why: String| StartError::Setting(why);
    let (name, value) =
        text.split_once('=').ok_or_else(|| wrong(format!("{text}: give NAME=VALUE")))?;
    let kind = settings::kind_of(name).ok_or_else(|| {
        wrong(format!("acxvad has no setting {name}: `acxhost topology --set {text}` lists them"))
    })?;
    let number = value.parse().or(value.parse().map(i32::cast_unsigned)).ok();
    let good = match kind {
        Kind::Number(allowed) => {
            number.filter(|number| allowed.contains(*number)).map(Setting::from)
        }
        Kind::Name => {
            let units: Vec<u16> = value.encode_utf16().collect();
            settings::is_good_name(&units).then(|| Setting::Text(value.to_owned()))
        }
    };
    let value = good.ok_or_else(|| wrong(format!("{text}: give {kind}")))?;
    Ok((name.to_owned(), value))
}

impl Host {
    /// Loads the driver with these settings, each `NAME=VALUE` (docs/settings.md), and starts its
    /// device.
    ///
    /// # Errors
    ///
    /// [`StartError`].
    pub fn start(settings: &[impl AsRef<str>], time: Time) -> Result<Self, StartError> {
        let settings = settings.iter().map(|text| setting(text.as_ref()));
        let settings = settings.collect::<Result<Vec<_>, _>>()?;
        let (jobs, todo) = mpsc::channel::<Job>();
        let (started, start) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            // A machine without threads belongs to its first thread.
            let machine = Arc::new(Machine::builder().threaded(time == Time::Real).build());
            for (name, value) in settings {
                machine.set_registry(&name, value);
            }
            let failed = |why| {
                let _ = started.send(Err(why));
            };
            {
                let driver = match machine.load(ACXVAD) {
                    Ok(driver) => driver,
                    Err(why) => {
                        failed(why);
                        return Vec::new();
                    }
                };
                let device = match driver.add_device() {
                    Ok(device) => Some(device),
                    Err(why) => {
                        failed(why);
                        return Vec::new();
                    }
                };
                let _ = started.send(Ok((time == Time::Real).then(|| machine.clone())));
                let mut loaded = Loaded { machine: &machine, driver: &driver, device };
                for job in todo {
                    job(&mut loaded);
                }
            }
            machine.report().violations().iter().map(ToString::to_string).collect()
        });
        let lost = || HostError::Start { status: acx_sys::STATUS_UNSUCCESSFUL };
        let machine = start.recv().map_err(|_| lost())??;
        Ok(Self { jobs, machine, thread: Some(thread) })
    }

    /// Unplugs the device (surprise removal). Does nothing if it is unplugged.
    pub fn unplug(&self) {
        self.call(|loaded| {
            if let Some(device) = loaded.device.take() {
                device.surprise_remove();
            }
        });
    }

    /// Plugs the device in again after [`unplug`](Self::unplug).
    ///
    /// # Errors
    ///
    /// [`HostError`] if it does not start.
    pub fn plug(&self) -> Result<(), HostError> {
        self.call(|loaded| {
            if loaded.device.is_none() {
                loaded.device = Some(loaded.driver.add_device()?);
            }
            Ok(())
        })
    }

    /// Stops the device and unloads the driver. Returns the verifier's findings in the whole run: a
    /// sentence for each broken rule, which is an error of the driver.
    ///
    /// # Panics
    ///
    /// If the driver or the host panicked.
    pub fn stop(mut self) -> Vec<String> {
        self.end().expect("it is stopped once")
    }

    fn end(&mut self) -> Option<Vec<String>> {
        // The thread ends when its channel is closed.
        self.jobs = mpsc::channel().0;
        self.machine = None;
        match self.thread.take()?.join() {
            Ok(violations) => Some(violations),
            Err(panic) if !std::thread::panicking() => std::panic::resume_unwind(panic),
            Err(_) => None,
        }
    }

    /// Runs `work` on the host's thread.
    fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Loaded<'_>) -> T + Send + 'static,
    ) -> T {
        call(&self.jobs, work)
    }
}

fn call<T: Send + 'static>(
    jobs: &Sender<Job>,
    work: impl FnOnce(&mut Loaded<'_>) -> T + Send + 'static,
) -> T {
    let (done, result) = mpsc::channel();
    let job: Job = Box::new(move |loaded| {
        let _ = done.send(work(loaded));
    });
    let sent = jobs.send(job).is_ok();
    let result = result.recv();
    assert!(sent && result.is_ok(), "the host's thread ended: its panic says why");
    result.unwrap_or_else(|_| unreachable!())
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

/// An open file of a host in virtual time. It is used, and closed, on the host's thread.
struct Remote {
    file: Option<Arc<File>>,
    jobs: Sender<Job>,
}

impl Remote {
    fn file(file: File, jobs: &Sender<Job>) -> File {
        File::new(Self { file: Some(Arc::new(file)), jobs: jobs.clone() })
    }

    /// Runs `work` with the file.
    fn call<T: Send + 'static>(&self, work: impl FnOnce(&File) -> T + Send + 'static) -> T {
        let file = self.file.clone().expect("it is closed once");
        call(&self.jobs, move |_| work(&file))
    }
}

impl Handle for Remote {
    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        // The address of the client's memory identifies these events.
        if code == IOCTL_KS_ENABLE_EVENT {
            return Reply::failed(STATUS_NOT_SUPPORTED);
        }
        let (input, mut copy) = (input.to_vec(), output.as_ref().map(|bytes| bytes.to_vec()));
        let (reply, copy) = self.call(move |file| {
            let reply = file.ioctl(code, &input, copy.as_deref_mut());
            (reply, copy)
        });
        if let (Some(output), Some(copy)) = (output, copy) {
            output.copy_from_slice(&copy);
        }
        reply
    }

    fn create_pin(&self, connect: &[u8]) -> Result<File, NTSTATUS> {
        let connect = connect.to_vec();
        let pin = self.call(move |file| file.create_pin(&connect))?;
        Ok(Self::file(pin, &self.jobs))
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let file = self.file.take();
        // If the thread has ended, the unsent job and its file are dropped.
        let _ = self.jobs.send(Box::new(move |_| drop(file)));
    }
}

impl System for Host {
    fn interfaces(&self, category: &GUID) -> Vec<String> {
        if let Some(machine) = &self.machine {
            return machine.interfaces(category);
        }
        let category = *category;
        self.call(move |loaded| loaded.machine.interfaces(&category))
    }

    fn open(&self, link: &str) -> Result<File, NTSTATUS> {
        if let Some(machine) = &self.machine {
            return machine.open(link);
        }
        let link = link.to_owned();
        let file = self.call(move |loaded| loaded.machine.open(&link))?;
        Ok(Remote::file(file, &self.jobs))
    }

    fn interface_property(&self, link: &str, key: &DEVPROPKEY) -> Option<Vec<u8>> {
        let (link, key) = (link.to_owned(), *key);
        self.call(move |loaded| loaded.machine.interface_property(&link, &key))
    }

    fn create_event(&self) -> u64 {
        if let Some(machine) = &self.machine {
            return machine.create_event();
        }
        self.call(|loaded| loaded.machine.create_event())
    }

    fn wait_any(&self, events: &[u64], timeout: Duration) -> Option<usize> {
        if let Some(machine) = &self.machine {
            return machine.wait_any(events, timeout);
        }
        let events = events.to_vec();
        self.call(move |loaded| loaded.machine.wait_any(&events, timeout))
    }

    fn sleep(&self, span: Duration) {
        self.wait_any(&[], span);
    }

    fn qpc(&self) -> u64 {
        if let Some(machine) = &self.machine {
            return machine.qpc();
        }
        self.call(|loaded| loaded.machine.qpc())
    }

    fn qpc_frequency(&self) -> u64 {
        if let Some(machine) = &self.machine {
            return machine.qpc_frequency();
        }
        self.call(|loaded| loaded.machine.qpc_frequency())
    }
}
