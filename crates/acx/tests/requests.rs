//! Device-control requests of a driver in the host: their buffers, and their completion.

#![deny(unsafe_code)]

mod example {
    include!("example/host.rs");

    pub(crate) use host::{create_and, create_then};
}

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use acx::guid::GUID;
use acx::io_request::{IoRequest, Method, OnCancel, PendingRequest, control_code};
use acx::lock::SpinLock;
use acx::queue::{Dispatching, Handler, ManualQueue, QueueState};
use acx::string::FrameworkString;
use acx::time::Qpc;
use acx::timer::{Expire, Timer};
use acx::{Dispatch, Error};
use acx_client::System as _;
use acx_host::Machine;
use acx_host::machine::{DeviceFile, DeviceNode};
use acx_sys::{
    STATUS_BUFFER_TOO_SMALL, STATUS_CANCELLED, STATUS_INSUFFICIENT_RESOURCES,
    STATUS_INVALID_DEVICE_STATE, STATUS_SUCCESS, STATUS_UNSUCCESSFUL,
};

const CLASS: GUID = acx::guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1079");
const BUFFERED: u32 = control_code(0x8000, 0x800, Method::Buffered);
const IN_DIRECT: u32 = control_code(0x8000, 0x801, Method::InDirect);
const OUT_DIRECT: u32 = control_code(0x8000, 0x802, Method::OutDirect);
const NEITHER: u32 = control_code(0x8000, 0x803, Method::Neither);

/// The driver's globals are shared in the process: one test at a time.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn open(machine: &Machine) -> DeviceFile {
    machine.open_device(&machine.interfaces(&CLASS)[0]).unwrap()
}

/// A handler that is a function.
struct Call<F>(F);

impl<F: Fn(IoRequest<'_>) + Send + Sync + 'static> Handler for Call<F> {
    fn device_control(&self, request: IoRequest<'_>) {
        (self.0)(request);
    }
}

/// A device whose default queue presents its requests to `handler`.
#[track_caller]
fn run(
    handler: impl Fn(IoRequest<'_>) + Send + Sync + 'static,
    during: impl FnOnce(&Machine, DeviceNode<'_>),
) {
    let _turn = turn();
    example::create_then(
        |device| {
            device.interface(&CLASS)?;
            device.default_queue(Dispatching::Parallel, Call(handler))
        },
        during,
    );
}

#[test]
fn an_answer_is_what_was_written_and_no_more() {
    let reply = |request: IoRequest<'_>| {
        let mut question = [0; 2];
        assert_eq!(request.read_input(1, &mut question), 2);
        let mut reply = request.reply().unwrap();
        assert_eq!(reply.room(), 4);
        assert_eq!(reply.write(&[question[0] + 1]), 1);
        assert_eq!(reply.write(&[question[1] + 1]), 1);
        assert_eq!(reply.room(), 2);
        reply.complete();
    };
    run(reply, |machine, _device| {
        let mut answer = [9; 4];
        let reply = open(machine).ioctl(BUFFERED, &[1, 2, 3], &mut answer);
        // The system would copy that many bytes: the previous contents of the buffer.
        assert_eq!((reply.status, reply.information), (STATUS_SUCCESS, 2));
        assert_eq!(answer, [3, 4, 9, 9]);
    });
}

#[test]
fn an_answer_stays_inside_the_clients_buffer() {
    let reply = |request: IoRequest<'_>| match request.input_length() {
        0 => request.answer(&[1; 8]),
        _ => {
            let mut reply = request.reply().unwrap();
            let room = reply.room();
            assert_eq!(reply.write(&[1; 8]), room);
            assert_eq!(reply.write(&[1; 8]), 0);
            reply.complete();
        }
    };
    run(reply, |machine, _device| {
        let file = open(machine);
        for code in [BUFFERED, OUT_DIRECT] {
            let mut answer = [0; 3];
            let refused = file.ioctl(code, &[], &mut answer);
            assert_eq!((refused.status, refused.information), (STATUS_BUFFER_TOO_SMALL, 0));
            assert_eq!(file.ioctl(code, &[1; 8], &mut answer).information, 3);
            assert_eq!(answer, [1; 3]);
            let nothing = file.ioctl(code, &[1; 8], &mut []);
            assert_eq!((nothing.status, nothing.information), (STATUS_SUCCESS, 0));
        }
    });
}

#[test]
fn a_buffer_may_be_a_single_byte() {
    let reply = |request: IoRequest<'_>| {
        let mut bytes = [0; 2];
        assert_eq!((request.read_input(0, &mut bytes), bytes), (1, [5, 0]));
        for beyond in [1, 2, usize::MAX] {
            assert_eq!(request.read_input(beyond, &mut [0; 2]), 0);
        }
        // The answer is in the client's buffer: what METHOD_IN_DIRECT has is only read.
        let read = request.read_data(0, &mut bytes);
        assert_eq!((read, bytes[0]), if request.data_length() == 1 { (1, 7) } else { (0, 5) });
        let mut reply = request.reply().unwrap();
        reply.write(&[6; 2]);
        reply.complete();
    };
    run(reply, |machine, _device| {
        let file = open(machine);
        for (code, answered) in [(BUFFERED, 6), (IN_DIRECT, 7), (OUT_DIRECT, 6)] {
            let mut answer = [7];
            let reply = file.ioctl(code, &[5], &mut answer);
            assert_eq!((reply.status, answer), (STATUS_SUCCESS, [answered]));
        }
    });
}

#[test]
fn each_method_lends_the_buffers_that_it_has() {
    let check = |request: IoRequest<'_>| {
        let mut bytes = [0; 8];
        let lengths = (request.input_length(), request.output_length(), request.data_length());
        let read = (request.read_input(0, &mut bytes), request.read_data(0, &mut bytes));
        assert!(request.is_from_user_mode() && !request.is_canceled());
        match request.method() {
            Method::Buffered | Method::OutDirect => {
                assert_eq!((lengths, read), ((2, 4, 0), (2, 0)));
            }
            // The second buffer is read, and never written.
            Method::InDirect => {
                assert_eq!((lengths, read), ((2, 0, 4), (2, 4)));
                assert_eq!(bytes, [7, 7, 7, 7, 0, 0, 0, 0]);
            }
            Method::Neither => assert_eq!((lengths, read), ((0, 0, 0), (0, 0))),
        }
        let mut reply = request.reply().unwrap();
        assert_eq!(reply.write(&[1; 8]), lengths.1);
        reply.complete();
    };
    run(check, |machine, _device| {
        let file = open(machine);
        for (code, written) in [(BUFFERED, 4), (IN_DIRECT, 0), (OUT_DIRECT, 4), (NEITHER, 0)] {
            let mut answer = [7; 4];
            let reply = file.ioctl(code, &[1, 2], &mut answer);
            assert_eq!((reply.status, reply.information), (STATUS_SUCCESS, written));
            assert_eq!(answer, if written == 0 { [7; 4] } else { [1; 4] });
        }
    });
}

#[test]
fn a_request_that_is_dropped_fails_and_no_failure_is_a_success() {
    let end = |request: IoRequest<'_>| match request.input_length() {
        0 => drop(request),
        1 => drop(request.reply()),
        2 => request.complete(Err(Error::Framework(STATUS_SUCCESS))),
        // STATUS_PENDING: a client whose request is completed with it would wait forever.
        _ => request.complete(Err(Error::Framework(0x103))),
    };
    run(end, |machine, _device| {
        for input in [&[][..], &[1], &[1, 2], &[1, 2, 3]] {
            let reply = open(machine).ioctl(BUFFERED, input, &mut [0; 4]);
            assert_eq!((reply.status, reply.information), (STATUS_UNSUCCESSFUL, 0));
        }
    });
}

/// A pending request and its result.
#[derive(Clone, Default)]
struct Shared {
    pending: Arc<Place>,
    canceled: Arc<AtomicU32>,
    /// Whether the cancel callback drops the pending request.
    drops: bool,
}

struct Place(SpinLock<Option<PendingRequest<Shared>>>);

impl Default for Place {
    fn default() -> Self {
        Self(SpinLock::new(None))
    }
}

impl Shared {
    fn take(&self, level: &mut Dispatch) -> Option<PendingRequest<Shared>> {
        self.pending.0.with(level, |pending, _| pending.take())
    }

    fn keep(&self, request: IoRequest<'_>) {
        let (pending, level) = request.mark_cancelable(self.clone()).unwrap();
        drop(self.pending.0.with(level, |place, _| place.replace(pending)));
    }
}

impl OnCancel for Shared {
    fn canceled(&self, level: &mut Dispatch) {
        self.canceled.fetch_add(1, SeqCst);
        if self.drops {
            drop(self.take(level));
        }
    }
}

/// Completes the pending request, each millisecond.
struct Answers(Shared);

impl Expire for Answers {
    fn expire(&mut self, level: &mut Dispatch) -> Option<Qpc> {
        let taken = self.0.take(level);
        if let Some(request) = taken.and_then(|pending| pending.take(level)) {
            request.answer(&[5; 4]);
        }
        Some(Qpc(Qpc::now().0 + Qpc::frequency() / 1000))
    }
}

#[test]
fn a_request_that_waits_is_answered_at_dispatch_level() {
    let _turn = turn();
    let shared = Shared::default();
    let canceled = shared.canceled.clone();
    example::create_and(
        move |device| {
            device.interface(&CLASS)?;
            let mut timer = Timer::new(device, Answers(shared.clone()))?;
            timer.start(Qpc::now(), device.passive());
            let keep = move |request: IoRequest<'_>| shared.keep(request);
            device.default_queue(Dispatching::Sequential, Call(keep))?;
            Ok(timer)
        },
        |machine| {
            for _ in 0..3 {
                let mut answer = [0; 4];
                assert_eq!(open(machine).ioctl(BUFFERED, &[], &mut answer).information, 4);
                assert_eq!(answer, [5; 4]);
            }
        },
    );
    assert_eq!(canceled.load(SeqCst), 0);
}

/// The timer completes a request at `DISPATCH_LEVEL`, and the queue presents the next one.
#[test]
fn a_sequential_queue_presents_one_request_at_a_time_and_at_passive_level() {
    let _turn = turn();
    let shared = Shared::default();
    let presented = Arc::new(AtomicU32::new(0));
    let seen = presented.clone();
    example::create_and(
        move |device| {
            device.interface(&CLASS)?;
            let mut timer = Timer::new(device, Answers(shared.clone()))?;
            timer.start(Qpc::now(), device.passive());
            let keep = move |mut request: IoRequest<'_>| {
                presented.fetch_add(1, SeqCst);
                // The host checks the level.
                FrameworkString::new(&[], request.passive()).unwrap();
                shared.keep(request);
            };
            device.default_queue(Dispatching::Sequential, Call(keep))?;
            Ok(timer)
        },
        |machine| {
            let file = open(machine);
            let sent = [(); 3].map(|()| file.send(BUFFERED, &[], &[0; 4]).unwrap());
            assert_eq!(seen.load(SeqCst), 1);
            machine.sleep(Duration::from_millis(20));
            assert_eq!(seen.load(SeqCst), 3);
            assert!(sent.iter().all(|sent| sent.reply().unwrap().status == STATUS_SUCCESS));
        },
    );
}

#[test]
fn a_parallel_queue_presents_a_request_while_others_wait() {
    let held = Arc::new(Mutex::new(Vec::new()));
    let keeps = held.clone();
    let keep = move |request: IoRequest<'_>| {
        let (pending, _) = request.mark_cancelable(()).unwrap();
        keeps.lock().unwrap().push(pending);
    };
    run(keep, |machine, _device| {
        let file = open(machine);
        let sent = [(); 3].map(|()| file.send(BUFFERED, &[], &[0; 4]).unwrap());
        let pending = std::mem::take(&mut *held.lock().unwrap());
        assert_eq!(pending.len(), 3);
        machine.inside(|| drop(pending));
        assert!(sent.iter().all(|sent| sent.reply().unwrap().status == STATUS_UNSUCCESSFUL));
    });
}

/// A handler that keeps requests with input, and takes one back for each request without.
struct Keeps(ManualQueue);

impl Handler for Keeps {
    fn device_control(&self, mut request: IoRequest<'_>) {
        if request.input_length() > 0 {
            return request.forward(&self.0).unwrap();
        }
        let found = self.0.retrieve(request.passive()).unwrap();
        let is_found = found.map(|found| found.answer(&[5])).is_some();
        request.answer(&[u8::from(is_found)]);
    }
}

#[test]
fn a_manual_queue_gives_its_requests_back_until_it_is_empty() {
    let _turn = turn();
    example::create_then(
        |device| {
            device.interface(&CLASS)?;
            let queue = device.manual_queue()?;
            device.default_queue(Dispatching::Parallel, Keeps(queue))
        },
        |machine, _device| {
            let file = open(machine);
            let waits = file.send(BUFFERED, &[1], &[0]).unwrap();
            assert!(waits.reply().is_none());
            for found in [1, 0] {
                let mut answer = [9];
                file.ioctl(BUFFERED, &[], &mut answer);
                assert_eq!(answer, [found]);
            }
            assert_eq!(waits.reply().unwrap().information, 1);
        },
    );
}

#[test]
fn a_request_that_waits_is_cancelled_once_with_its_client_or_its_device() {
    for drops in [false, true] {
        let shared = Shared { drops, ..Shared::default() };
        let canceled = shared.canceled.clone();
        run(
            move |request| shared.keep(request),
            |machine, device| {
                let file = open(machine);
                let sent = file.send(BUFFERED, &[], &[0; 4]).unwrap();
                assert!(sent.reply().is_none());
                sent.cancel();
                assert_eq!(sent.reply().unwrap().status, STATUS_CANCELLED);
                assert_eq!(canceled.load(SeqCst), 1);

                let sent = file.send(BUFFERED, &[], &[0; 4]).unwrap();
                drop(file);
                drop(device);
                assert_eq!(sent.reply().unwrap().status, STATUS_CANCELLED);
                assert_eq!(canceled.load(SeqCst), 2);
            },
        );
    }
}

#[test]
fn a_request_is_marked_once_and_fails_if_it_is_forgotten_in_time() {
    let end = |request: IoRequest<'_>| {
        let forgets = request.input_length() == 0;
        let (pending, level) = request.mark_cancelable(()).unwrap();
        if forgets {
            return drop(pending);
        }
        let request = pending.take(level).unwrap();
        assert_eq!(request.mark_cancelable(()).err(), Some(Error::InvalidState));
    };
    run(end, |machine, _device| {
        let file = open(machine);
        assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_UNSUCCESSFUL);
        assert_eq!(file.ioctl(BUFFERED, &[1], &mut []).status, STATUS_INVALID_DEVICE_STATE);
    });
}

#[test]
fn a_failure_of_the_framework_is_the_requests_answer() {
    let end = |request: IoRequest<'_>| match request.input_length() {
        1 => drop(request.reply()),
        _ => drop(request.mark_cancelable(()).map(|(pending, _)| pending)),
    };
    run(end, |machine, _device| {
        let file = open(machine);
        for input in [&[1][..], &[1, 2]] {
            machine.fail_at(&[0]);
            let reply = file.ioctl(BUFFERED, input, &mut [0; 4]);
            assert_eq!(reply.status, STATUS_INSUFFICIENT_RESOURCES, "{input:?}");
        }
    });
}

/// A handler that needs the hardware: it marks its first request, and lets the others wait.
struct Powered(ManualQueue);

impl Handler for Powered {
    const POWER_MANAGED: bool = true;

    fn device_control(&self, request: IoRequest<'_>) {
        if request.input_length() == 0 {
            assert_eq!(request.mark_cancelable(()).err(), Some(Error::InvalidState));
        } else {
            request.forward(&self.0).unwrap();
        }
    }
}

#[test]
fn a_request_that_waits_does_not_keep_the_device_awake() {
    let _turn = turn();
    let queue = Arc::new(Mutex::new(None));
    let kept = queue.clone();
    example::create_then(
        move |device| {
            device.interface(&CLASS)?;
            let waiting = device.manual_queue()?;
            *kept.lock().unwrap() = Some(waiting.clone());
            device.default_queue(Dispatching::Parallel, Powered(waiting))
        },
        |machine, device| {
            let queue = queue.lock().unwrap().take().unwrap();
            let state = || machine.inside(|| queue.state());
            let file = open(machine);
            assert_eq!(file.ioctl(BUFFERED, &[], &mut []).status, STATUS_INVALID_DEVICE_STATE);
            let first = file.send(BUFFERED, &[1], &[]).unwrap();
            assert_eq!(state(), QueueState { waiting: 1, owned: 0 });
            device.power_down();
            assert!(!device.is_powered());
            // It is not presented before the device has power again.
            let second = file.send(BUFFERED, &[1], &[]).unwrap();
            assert_eq!(state(), QueueState { waiting: 1, owned: 0 });
            device.power_up().unwrap();
            machine.sleep(Duration::from_millis(1));
            assert_eq!(state(), QueueState { waiting: 2, owned: 0 });
            drop((file, device));
            assert_eq!(first.reply().unwrap().status, STATUS_CANCELLED);
            assert_eq!(second.reply().unwrap().status, STATUS_CANCELLED);
            assert_eq!(state(), QueueState { waiting: 0, owned: 0 }, "it is gone");
            machine.inside(|| drop(queue));
        },
    );
}

#[test]
fn a_driver_knows_the_link_of_its_interface() {
    let _turn = turn();
    let link = Arc::new(Mutex::new(String::new()));
    let told = link.clone();
    example::create_then(
        move |device| {
            let link = device.interface(&CLASS)?;
            *told.lock().unwrap() = String::from_utf16(link.units(device.passive())).unwrap();
            device.default_queue(Dispatching::Parallel, Call(|_: IoRequest<'_>| {}))
        },
        |machine, _device| {
            // The kernel has another prefix than programs.
            let links = machine.interfaces(&CLASS);
            assert_eq!(links[0].strip_prefix(r"\\?\"), link.lock().unwrap().strip_prefix(r"\??\"));
        },
    );
}
