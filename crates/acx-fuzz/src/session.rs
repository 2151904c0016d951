//! A machine with the driver that many executions share.
//!
//! It lives on its own thread: a driver borrows its machine, and a device its driver, so that all
//! three are on that thread's stack. After a number of executions they are torn down and created
//! again, and the verifier says what was left.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use acx_client::endpoint::{WaveFormat, connect};
use acx_client::{File, System};
use acx_conform::Subject;
pub use acx_conform::melody::STEREO;
use acx_host::machine::DeviceNode;
use acx_host::{Image, Machine};
use acx_sys::*;

/// Executions until the machine is created again.
const EXECUTIONS: u32 = 2_000;

/// The format of the keyword pin.
pub const KEYWORD: WaveFormat =
    WaveFormat { float: false, channels: 1, mask: 4, rate: 16_000, bits: 16, valid_bits: 16 };

/// What an execution works on.
pub struct Bench<'a> {
    /// The machine, with the driver in it.
    pub machine: &'a Machine,
    /// Its device.
    pub device: &'a DeviceNode<'a>,
    links: Vec<String>,
}

/// The machine of many executions. Taken down when dropped.
pub struct Session {
    inputs: Option<SyncSender<Vec<u8>>>,
    done: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Bench<'_> {
    /// Opens a filter by its circuit's name.
    ///
    /// # Errors
    ///
    /// STATUS_OBJECT_NAME_NOT_FOUND if it is not there.
    pub fn open(&self, name: &str) -> Result<File, NTSTATUS> {
        let is = |link: &&String| link.rsplit('\\').next() == Some(name);
        let link = self.links.iter().find(is).ok_or(STATUS_OBJECT_NAME_NOT_FOUND)?;
        self.machine.open(link)
    }

    /// Opens a stream at a pin of a filter, in the usual format.
    ///
    /// # Errors
    ///
    /// What the filter answers.
    pub fn open_stream(&self, name: &str, pin: u32) -> Result<File, NTSTATUS> {
        let format = if (name, pin) == ("Microphone0", 2) { KEYWORD } else { STEREO };
        let connect = connect(pin, &format.to_ks(), Some(&AUDIO_SIGNALPROCESSINGMODE_RAW));
        self.open(name)?.create_pin(&connect)
    }

    /// Nothing that the verifier calls wrong has happened.
    ///
    /// # Panics
    ///
    /// If something has.
    #[track_caller]
    pub fn check(&self) {
        check(self.machine);
    }
}

/// Nothing that the verifier calls wrong has happened.
///
/// # Panics
///
/// If something has.
#[track_caller]
pub fn check(machine: &Machine) {
    if machine.report().count() > 0 {
        let (violations, gaps) = (machine.report().violations(), machine.report().gaps());
        panic!(
            "{}; gaps: {gaps:?}",
            violations.first().map(ToString::to_string).unwrap_or_default()
        );
    }
}

impl Session {
    /// A machine for `body`, with the driver linked in or the one of an image.
    pub fn new(body: fn(&Bench<'_>, &[u8]), image: Option<Image>) -> Self {
        let (inputs, taken) = sync_channel(0);
        let (finished, done) = sync_channel(0);
        let thread = std::thread::spawn(move || {
            let subject = acxhost::subject::showcase(acxhost::subject::of(image));
            while live(&subject, body, &taken, &finished) {}
        });
        Self { inputs: Some(inputs), done, thread: Some(thread) }
    }

    /// One execution.
    ///
    /// # Panics
    ///
    /// As the target does.
    pub fn run(&mut self, bytes: &[u8]) {
        let sent = self.inputs.as_ref().is_some_and(|inputs| inputs.send(bytes.to_vec()).is_ok());
        if !sent || self.done.recv().is_err() {
            self.end();
            panic!("the machine's thread has ended");
        }
    }

    /// Takes the machine down.
    ///
    /// # Panics
    ///
    /// If something is left.
    pub fn end(&mut self) {
        self.inputs = None;
        if let Some(Err(panic)) = self.thread.take().map(JoinHandle::join) {
            resume_unwind(panic);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.inputs = None;
        // Who wants to know what was left ends it.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One machine, from its start to its end; whether there will be more inputs.
fn live(
    subject: &Subject,
    body: fn(&Bench<'_>, &[u8]),
    inputs: &Receiver<Vec<u8>>,
    finished: &SyncSender<()>,
) -> bool {
    let machine = Machine::builder().build();
    let mut goes_on = true;
    {
        let driver = subject.load(&machine).expect("the driver loads");
        let device = driver.add_device().expect("the device starts");
        let links = machine.interfaces(&KSCATEGORY_AUDIO);
        let bench = Bench { machine: &machine, device: &device, links };
        for _ in 0..EXECUTIONS {
            let Ok(bytes) = inputs.recv() else {
                goes_on = false;
                break;
            };
            body(&bench, &bytes);
            bench.check();
            // What the driver traced is of no interest, and would pile up.
            drop(machine.take_trace());
            machine.take_pnp_events();
            goes_on = finished.send(()).is_ok();
        }
    }
    check(&machine);
    goes_on
}
