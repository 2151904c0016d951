//! Work items and system threads. A system thread is a coroutine: it runs until it waits, so that a
//! machine stays on one thread of the process and every run repeats. In a threaded machine, too:
//! system threads run while the thread that made the machine waits in it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use acx_sys::*;
use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult, Yielder};

use crate::kernel::abi::{read, write};
use crate::kernel::call::invoke;
use crate::kernel::failure;
use crate::kernel::function::services;
use crate::kernel::loaded;
use crate::kernel::pool::Pool;
use crate::kernel::report::Rule;
use crate::kernel::thread::ThreadContext;
use crate::kernel::{Kernel, PASSIVE};
use crate::nt::callback;
use crate::nt::handle::{HandleObject, Handles};
use crate::nt::sync::{Header, THREAD, Waiters};
use crate::os::processor;

/// Bytes of a thread object that a driver may wait for.
const OBJECT: usize = 64;
/// Bytes of a thread's stack.
const STACK: usize = 256 * 1024;
const TAG: u32 = u32::from_le_bytes(*b"Thre");

type Routine = unsafe extern "C" fn(PVOID);

/// When a thread that waits can go on.
type Ready = Box<dyn Fn() -> bool>;

/// A thread that waits.
struct Thread {
    object: usize,
    coroutine: Coroutine<(), (), (), DefaultStack>,
    ready: Option<Ready>,
    until: u64,
    /// Its level, and the callbacks under way on it.
    context: ThreadContext,
    /// How often the thread has the machine's lock.
    depth: u32,
    standing: usize,
}

/// A thread object, the references that it has beside the kernel's own, and the number of its
/// driver.
type Referenced = (usize, u32, u32);

/// What runs beside the driver's callbacks.
#[derive(Default)]
pub(crate) struct SystemThreads {
    waiting: RefCell<Vec<Thread>>,
    /// References that thread objects have beside the kernel's own.
    references: RefCell<Vec<Referenced>>,
    /// The thread that runs now: its way out, and what it waits for when it takes it.
    yielder: Cell<*const Yielder<(), ()>>,
    wish: RefCell<Option<(Ready, u64)>>,
    /// PsTerminateSystemThread was called: the thread never goes on.
    ended: Cell<bool>,
}

impl SystemThreads {
    pub(crate) fn reference(&self, object: usize) {
        let mut all = self.references.borrow_mut();
        if let Some((_, count, _)) = all.iter_mut().find(|(other, ..)| *other == object) {
            *count += 1;
        }
    }

    pub(crate) fn dereference(&self, object: usize) {
        let mut all = self.references.borrow_mut();
        if let Some((_, count, _)) = all.iter_mut().find(|(other, ..)| *other == object) {
            *count = count.saturating_sub(1);
        }
    }

    /// At unload every thread must have ended. Thread objects go now.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        for mut thread in loaded::take(&self.waiting, |own| own.context.driver == driver) {
            kernel.violate(Rule::ThreadLeak, "a system thread that never ended".to_owned());
            kernel.part::<Waiters>().forget(thread.object);
            // SAFETY: what is on its stack is leaked with it; nothing ever resumes it.
            unsafe { thread.coroutine.force_reset() };
        }
        for (object, count, _) in loaded::take(&self.references, |(.., own)| *own == driver) {
            if count > 0 {
                let what = "a thread object that is still referenced".to_owned();
                kernel.violate(Rule::ThreadLeak, what);
            }
            kernel.part::<Pool>().free(kernel, object, None);
        }
    }
}

/// A machine has system threads.
pub(crate) fn install(kernel: &Kernel) {
    kernel.hook(|hooks| {
        hooks.run_thread = Some(run);
        hooks.wait_thread = Some(give_way);
    });
}

/// Lets a thread run whose wait is over. Whether there was one.
fn run(kernel: &Kernel) -> bool {
    if !kernel.is_at_home() || !kernel.part::<SystemThreads>().yielder.get().is_null() {
        return false;
    }
    let now = kernel.qpc();
    let mut waiting = kernel.part::<SystemThreads>().waiting.borrow_mut();
    let ready = waiting.iter().position(|thread| {
        thread.until <= now || thread.ready.as_ref().is_none_or(|ready| ready())
    });
    let Some(at) = ready else { return false };
    let thread = waiting.remove(at);
    drop(waiting);
    resume(kernel, thread);
    true
}

/// Lets a thread run until it waits again, or ends.
fn resume(kernel: &Kernel, mut thread: Thread) {
    let threads = &kernel.part::<SystemThreads>();
    let outer = processor::current_thread();
    processor::set_current_thread(thread.object);
    kernel.swap_context(&mut thread.context);
    let depth = Kernel::swap_depth(thread.depth);
    let standing = crate::image::standing::swap_standing(thread.standing);
    let result = thread.coroutine.resume(());
    threads.yielder.set(std::ptr::null());
    thread.standing = crate::image::standing::swap_standing(standing);
    thread.depth = Kernel::swap_depth(depth);
    kernel.swap_context(&mut thread.context);
    processor::set_current_thread(outer);
    let ended = threads.ended.replace(false) || matches!(result, CoroutineResult::Return(()));
    if ended {
        Header(thread.object).signal(kernel, 1);
        if !thread.coroutine.done() {
            // SAFETY: the thread asked to end inside its routine: its frames own nothing of the
            // host's that has to be dropped.
            unsafe { thread.coroutine.force_reset() };
        }
        return;
    }
    if let Some((ready, until)) = threads.wish.borrow_mut().take() {
        (thread.ready, thread.until) = (Some(ready), until);
    }
    threads.waiting.borrow_mut().push(thread);
}

/// If a system thread runs now, it waits until `done` or the tick `until` while others run. Whether
/// one does.
fn give_way(kernel: &Kernel, until: u64, done: &dyn Fn() -> bool) -> bool {
    let yielder = kernel.part::<SystemThreads>().yielder.get();
    if yielder.is_null() || !kernel.is_at_home() {
        return false;
    }
    // SAFETY: the closure is asked only while this call is suspended, when what it borrows lives on
    // the thread's stack.
    let ready =
        unsafe { std::mem::transmute::<&dyn Fn() -> bool, &'static dyn Fn() -> bool>(done) };
    let irql = kernel.set_irql(PASSIVE);
    while !done() && kernel.qpc() < until {
        // A moment at which the machine looks at its threads again.
        let alarm = kernel.schedule(until, Rc::new(Kernel::wake));
        *kernel.part::<SystemThreads>().wish.borrow_mut() = Some((Box::new(ready), until));
        // SAFETY: the coroutine of this thread is running, so its yielder is alive.
        unsafe { (*yielder).suspend(()) };
        kernel.part::<SystemThreads>().yielder.set(yielder);
        kernel.cancel(alarm);
    }
    kernel.set_irql(irql);
    true
}

/// A new system thread, which waits for its first turn.
fn create(kernel: &Kernel, routine: Routine, context: usize) -> Result<usize, NTSTATUS> {
    let object = kernel.part::<Pool>().allocate(kernel, OBJECT, TAG, false);
    let stack = DefaultStack::new(STACK).map_err(|_| STATUS_INSUFFICIENT_RESOURCES)?;
    if object == 0 {
        return Err(STATUS_INSUFFICIENT_RESOURCES);
    }
    Header(object).initialize(THREAD, 0);
    let driver = loaded::number(kernel);
    kernel.part::<SystemThreads>().references.borrow_mut().push((object, 0, driver));
    let coroutine = Coroutine::with_stack(stack, move |yielder: &Yielder<(), ()>, ()| {
        // Not an owner: a thread that terminates itself leaves its stack as it is.
        let kernel: *const Kernel = &raw const *crate::kernel::current();
        // SAFETY: a machine's threads run only while the machine is entered, which keeps its kernel
        // alive.
        let kernel = unsafe { &*kernel };
        kernel.part::<SystemThreads>().yielder.set(yielder);
        invoke(kernel, &callback::KSTART_ROUTINE, 0, routine, (context as PVOID,));
    });
    kernel.part::<SystemThreads>().waiting.borrow_mut().push(Thread {
        object,
        coroutine,
        ready: None,
        until: 0,
        context: ThreadContext { driver, ..ThreadContext::default() },
        depth: 1,
        standing: 0,
    });
    Ok(object)
}

/// An IO_WORKITEM: whose it is, and whether it waits.
#[repr(C)]
#[derive(Clone, Copy)]
struct WorkItem {
    object: PVOID,
    queued: u64,
}

type WorkRoutine = unsafe extern "C" fn(PVOID, PVOID);
type WorkRoutineEx = unsafe extern "C" fn(PVOID, PVOID, PVOID);

/// The item at `item`, if it is not queued already.
fn take_item(kernel: &Kernel, item: PVOID) -> Option<*mut WorkItem> {
    let item = item.cast::<WorkItem>();
    let queued = read(item).map(|item| item.queued);
    if queued != Some(0) {
        kernel.violate(
            Rule::BadArgument,
            "a work item queued that waits already, or none".to_owned(),
        );
        return None;
    }
    // SAFETY: it was just read.
    unsafe { (*item).queued = 1 };
    Some(item)
}

fn IoAllocateWorkItem(kernel: &Kernel, DeviceObject: PVOID) -> PVOID {
    if failure::fails(kernel, "IoAllocateWorkItem") {
        return std::ptr::null_mut();
    }
    let item = kernel.part::<Pool>().allocate(
        kernel,
        size_of::<WorkItem>(),
        u32::from_le_bytes(*b"IoWi"),
        false,
    );
    write(item as *mut WorkItem, WorkItem { object: DeviceObject, queued: 0 });
    item as PVOID
}

fn IoFreeWorkItem(kernel: &Kernel, IoWorkItem: PVOID) {
    if read(IoWorkItem.cast::<WorkItem>()).is_some_and(|item| item.queued != 0) {
        kernel.violate(Rule::BadArgument, "a work item freed while it is queued".to_owned());
    }
    kernel.part::<Pool>().free(kernel, IoWorkItem as usize, None);
}

fn IoSizeofWorkItem(_kernel: &Kernel) -> ULONG {
    size_of::<WorkItem>() as u32
}

fn IoInitializeWorkItem(_kernel: &Kernel, IoObject: PVOID, IoWorkItem: PVOID) {
    write(IoWorkItem.cast(), WorkItem { object: IoObject, queued: 0 });
}

fn IoUninitializeWorkItem(_kernel: &Kernel, _item: PVOID) {}

/// The routine may free the item, so it is not queued any more when the routine runs.
fn IoQueueWorkItem(
    kernel: &Kernel,
    IoWorkItem: PVOID,
    Routine: Option<WorkRoutine>,
    _queue: i32,
    Context: PVOID,
) {
    if let (Some(item), Some(routine)) = (take_item(kernel, IoWorkItem), Routine) {
        kernel.queue_work(move |kernel| {
            // SAFETY: queued, so not freed.
            let object = unsafe {
                (*item).queued = 0;
                (*item).object
            };
            invoke(kernel, &callback::IO_WORKITEM_ROUTINE, 0, routine, (object, Context));
        });
    }
}

fn IoQueueWorkItemEx(
    kernel: &Kernel,
    IoWorkItem: PVOID,
    Routine: Option<WorkRoutineEx>,
    _queue: i32,
    Context: PVOID,
) {
    if let (Some(item), Some(routine)) = (take_item(kernel, IoWorkItem), Routine) {
        kernel.queue_work(move |kernel| {
            // SAFETY: queued, so not freed.
            let object = unsafe {
                (*item).queued = 0;
                (*item).object
            };
            invoke(
                kernel,
                &callback::IO_WORKITEM_ROUTINE_EX,
                0,
                routine,
                (object, Context, item.cast()),
            );
        });
    }
}

/// A WORK_QUEUE_ITEM has its routine at 16 and its parameter at 24.
fn ExQueueWorkItem(kernel: &Kernel, WorkItem: PVOID, _queue: i32) {
    let routine = read((WorkItem as usize + 16) as *const Option<Routine>).flatten();
    let parameter = read((WorkItem as usize + 24) as *const PVOID).unwrap_or(std::ptr::null_mut());
    if let Some(routine) = routine {
        kernel.queue_work(move |kernel| {
            invoke(kernel, &callback::WORKER_THREAD_ROUTINE, 0, routine, (parameter,));
        });
    }
}

fn PsCreateSystemThread(
    kernel: &Kernel,
    ThreadHandle: *mut HANDLE,
    _access: ULONG,
    _attributes: PVOID,
    _process: HANDLE,
    _client: PVOID,
    StartRoutine: Option<Routine>,
    StartContext: PVOID,
) -> NTSTATUS {
    let Some(routine) = StartRoutine else { return STATUS_INVALID_PARAMETER };
    match create(kernel, routine, StartContext as usize) {
        Ok(object) => {
            write(
                ThreadHandle,
                kernel.part::<Handles>().open(kernel, HandleObject::Thread(object)),
            );
            STATUS_SUCCESS
        }
        Err(status) => status,
    }
}

/// Does not come back.
fn PsTerminateSystemThread(kernel: &Kernel, _status: NTSTATUS) -> NTSTATUS {
    let yielder = kernel.part::<SystemThreads>().yielder.get();
    if yielder.is_null() || !kernel.is_at_home() {
        kernel.violate(
            Rule::OutOfPlace,
            "PsTerminateSystemThread outside a system thread".to_owned(),
        );
        return STATUS_INVALID_PARAMETER;
    }
    kernel.part::<SystemThreads>().ended.set(true);
    // SAFETY: the coroutine of this thread is running, so its yielder is alive. It is never
    // resumed.
    unsafe { (*yielder).suspend(()) };
    STATUS_SUCCESS
}

fn KeSetPriorityThread(_kernel: &Kernel, _thread: PVOID, _priority: LONG) -> LONG {
    8
}

fn KeSetBasePriorityThread(_kernel: &Kernel, _thread: PVOID, _increment: LONG) -> LONG {
    0
}

fn PsGetCurrentThreadId(_kernel: &Kernel) -> HANDLE {
    processor::current_thread() as HANDLE
}

fn PsGetCurrentProcessId(_kernel: &Kernel) -> HANDLE {
    4 as HANDLE
}

fn ExGetPreviousMode(_kernel: &Kernel) -> KPROCESSOR_MODE {
    0
}

fn ObReferenceObjectByHandle(
    kernel: &Kernel,
    Handle: HANDLE,
    _access: ACCESS_MASK,
    _kind: PVOID,
    _mode: KPROCESSOR_MODE,
    Object: *mut PVOID,
    _information: PVOID,
) -> NTSTATUS {
    match kernel.part::<Handles>().get(kernel, Handle) {
        Ok(HandleObject::Thread(address)) => {
            kernel.part::<SystemThreads>().reference(address);
            write(Object, address as PVOID);
            STATUS_SUCCESS
        }
        Ok(_) => STATUS_NOT_SUPPORTED,
        Err(status) => status,
    }
}

fn ObReferenceObjectByHandleWithTag(
    kernel: &Kernel,
    Handle: HANDLE,
    DesiredAccess: ACCESS_MASK,
    ObjectType: PVOID,
    AccessMode: KPROCESSOR_MODE,
    _tag: ULONG,
    Object: *mut PVOID,
    HandleInformation: PVOID,
) -> NTSTATUS {
    ObReferenceObjectByHandle(
        kernel,
        Handle,
        DesiredAccess,
        ObjectType,
        AccessMode,
        Object,
        HandleInformation,
    )
}

fn ObfReferenceObjectWithTag(kernel: &Kernel, Object: PVOID, _tag: ULONG) -> LONG_PTR {
    ObfReferenceObject(kernel, Object)
}

fn ObfDereferenceObjectWithTag(kernel: &Kernel, Object: PVOID, _tag: ULONG) -> LONG_PTR {
    ObfDereferenceObject(kernel, Object)
}

fn ObfReferenceObject(kernel: &Kernel, Object: PVOID) -> LONG_PTR {
    kernel.part::<SystemThreads>().reference(Object as usize);
    2
}

fn ObfDereferenceObject(kernel: &Kernel, Object: PVOID) -> LONG_PTR {
    kernel.part::<SystemThreads>().dereference(Object as usize);
    1
}

fn ObDereferenceObjectDeferDelete(kernel: &Kernel, Object: PVOID) {
    kernel.part::<SystemThreads>().dereference(Object as usize);
}

services! {
    /// Work items, threads.
    services:
    ObReferenceObjectByHandle: PASSIVE;
    ObReferenceObjectByHandleWithTag: PASSIVE;
    ObfReferenceObjectWithTag: DISPATCH;
    ObfDereferenceObjectWithTag: DISPATCH;
    ObfReferenceObject: DISPATCH;
    ObfDereferenceObject: DISPATCH;
    ObDereferenceObjectDeferDelete: DISPATCH;
    IoAllocateWorkItem: DISPATCH;
    IoFreeWorkItem: DISPATCH;
    IoSizeofWorkItem: DISPATCH;
    IoInitializeWorkItem: DISPATCH;
    IoUninitializeWorkItem: DISPATCH;
    IoQueueWorkItem: DISPATCH;
    IoQueueWorkItemEx: DISPATCH;
    ExQueueWorkItem: DISPATCH;
    PsCreateSystemThread: PASSIVE, fallible;
    PsTerminateSystemThread: ANY, untracked;
    KeSetPriorityThread: DISPATCH;
    KeSetBasePriorityThread: DISPATCH;
    PsGetCurrentThreadId: DISPATCH;
    PsGetCurrentProcessId: DISPATCH;
    ExGetPreviousMode: DISPATCH;
}
