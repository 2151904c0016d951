//! The kernel's functions that only images import, each asked for what its page says of it: its
//! result, what it stores, where its bounds are, and how it refuses a wrong argument.
//!
//! The image of these tests is a few instructions that call back into the test, so that the driver
//! is Rust in the Windows calling convention.

mod file;
mod frames;
mod io;
mod library;
mod registry;
mod several;
mod sync;
mod text;
mod thread;
mod waits;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use acx_host::{Machine, Rule};
use acx_sys::UNICODE_STRING;

use super::{Code, image, slot};

/// Any function of the kernel's: one that takes fewer arguments does not look at the others, and
/// the caller cleans the stack up.
type Function =
    unsafe extern "win64" fn(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64) -> u64;

/// Calls a function.
///
/// # Safety
///
/// The arguments are as the function's page says.
unsafe fn call(function: Function, a: [u64; 12]) -> u64 {
    // SAFETY: handed on to the caller.
    unsafe { function(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]) }
}

/// The functions that tests call above PASSIVE_LEVEL, where none can be looked up.
const RAISED: [&str; 27] = [
    "ExAcquireFastMutex",
    "ExAcquirePushLockExclusiveEx",
    "ExAcquirePushLockSharedEx",
    "ExAllocatePool3",
    "ExAllocatePoolWithTag",
    "ExFreePool",
    "ExReleaseFastMutex",
    "ExReleasePushLockExclusiveEx",
    "ExReleasePushLockSharedEx",
    "ExTryToAcquireFastMutex",
    "KeAcquireInStackQueuedSpinLock",
    "KeAcquireInStackQueuedSpinLockAtDpcLevel",
    "KeAcquireSpinLockAtDpcLevel",
    "KeAreAllApcsDisabled",
    "KeAreApcsDisabled",
    "KeDelayExecutionThread",
    "KeGetCurrentIrql",
    "KeInsertQueueDpc",
    "KeLowerIrql",
    "KeReleaseInStackQueuedSpinLock",
    "KeReleaseInStackQueuedSpinLockFromDpcLevel",
    "KeReleaseSpinLockFromDpcLevel",
    "KeRemoveQueueDpc",
    "KeTryToAcquireGuardedMutex",
    "KeTryToAcquireSpinLockAtDpcLevel",
    "KeWaitForSingleObject",
    "KfRaiseIrql",
];

/// The kernel, as an image finds it: by MmGetSystemRoutineAddress.
#[derive(Clone, Copy)]
struct Nt {
    find: Function,
    raised: [u64; RAISED.len()],
}

impl Nt {
    fn new(find: Function) -> Self {
        let own = Self { find, raised: [0; RAISED.len()] };
        Self { raised: RAISED.map(|name| own.find(name)), ..own }
    }

    /// The function or variable of this name; 0 if there is none.
    fn find(self, name: &str) -> u64 {
        let known = RAISED.iter().position(|own| *own == name).map(|at| self.raised[at]);
        if let Some(known) = known.filter(|known| *known != 0) {
            return known;
        }
        let mut name = Text::new(name);
        let a = [out(&mut name.string), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        // SAFETY: its only argument is a string that lives as long as the call.
        unsafe { call(self.find, a) }
    }

    /// What a function answers to these arguments.
    #[track_caller]
    fn call(self, name: &str, arguments: &[u64]) -> u64 {
        let function = self.find(name);
        assert_ne!(function, 0, "{name}");
        let mut a = [0; 12];
        a[..arguments.len()].copy_from_slice(arguments);
        // SAFETY: the kernel's function of that name; the tests give it the arguments of its page.
        unsafe {
            let function = std::mem::transmute::<u64, Function>(function);
            call(function, a)
        }
    }

    /// The status that a function answers, or another number of 32 bits.
    #[track_caller]
    fn status(self, name: &str, arguments: &[u64]) -> i32 {
        self.call(name, arguments) as i32
    }

    /// Whether a function answers TRUE.
    #[track_caller]
    fn is(self, name: &str, arguments: &[u64]) -> bool {
        match self.call(name, arguments) as u8 {
            0 => false,
            1 => true,
            other => panic!("{name} answered {other}, which is no BOOLEAN"),
        }
    }
}

/// The address of something that a function reads.
fn of<T: ?Sized>(place: &T) -> u64 {
    (&raw const *place).expose_provenance() as u64
}

/// The address of something that a function writes.
fn out<T: ?Sized>(place: &mut T) -> u64 {
    (&raw mut *place).expose_provenance() as u64
}

/// UTF-16 with its zero.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A UNICODE_STRING and its buffer.
struct Text {
    string: UNICODE_STRING,
    units: Vec<u16>,
}

impl Text {
    /// A string that fills its buffer but for a zero.
    fn new(text: &str) -> Self {
        let mut units = wide(text);
        let length = (2 * units.len() - 2) as u16;
        let buffer = units.as_mut_ptr();
        Self {
            string: UNICODE_STRING { Length: length, MaximumLength: length + 2, Buffer: buffer },
            units,
        }
    }

    /// An empty string with room for so many units, among them a zero if there is to be one.
    fn room(count: usize) -> Self {
        let mut units = vec![0xABCD; count];
        let string = UNICODE_STRING {
            Length: 0,
            MaximumLength: 2 * count as u16,
            Buffer: units.as_mut_ptr(),
        };
        Self { string, units }
    }

    fn at(&mut self) -> u64 {
        out(&mut self.string)
    }

    /// What it holds.
    fn text(&self) -> String {
        held(&self.string)
    }

    /// Whether a zero ends it.
    fn is_ended(&self) -> bool {
        self.units.get(usize::from(self.string.Length / 2)) == Some(&0)
    }
}

/// What a UNICODE_STRING holds.
fn held(string: &UNICODE_STRING) -> String {
    if string.Length == 0 {
        return String::new();
    }
    // SAFETY: a string of a test's or of the kernel's, whose buffer is there.
    let units =
        unsafe { std::slice::from_raw_parts(string.Buffer, usize::from(string.Length / 2)) };
    String::from_utf16_lossy(units)
}

/// What the driver does, and how that ended.
struct Deed<'a> {
    body: Option<Box<dyn FnOnce(Nt, u64) + 'a>>,
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "win64" fn perform(deed: *mut Deed<'_>, find: *const Function) {
    // SAFETY: the test's own, which waits for the image to be loaded.
    let (deed, function) = unsafe { (&mut *deed, *find) };
    let base = find.expose_provenance() as u64 - u64::from(slot(0));
    if let Some(body) = deed.body.take() {
        // Nothing may unwind through the image.
        deed.panic = catch_unwind(AssertUnwindSafe(|| body(Nt::new(function), base))).err();
    }
}

/// Loads an image whose entry point does this, and unloads it; in this machine.
fn drive_in(machine: &Machine, body: impl FnOnce(Nt)) {
    drive_code(machine, |code| code, |nt, _base| body(nt));
}

/// The same with more in the image, whose address the driver is told.
fn drive_code(machine: &Machine, more: impl FnOnce(Code) -> Code, body: impl FnOnce(Nt, u64)) {
    let mut deed = Deed { body: Some(Box::new(body)), panic: None };
    let mut code = Code::new().begin();
    code.imports.push("MmGetSystemRoutineAddress");
    // mov rcx, deed; lea rdx, [slot]; mov rax, perform; call rax
    let code = code.raw(&[0x48, 0xB9]).raw(&out(&mut deed).to_le_bytes()).rdx(slot(0));
    let perform = perform as *const () as u64;
    let code = code.raw(&[0x48, 0xB8]).raw(&perform.to_le_bytes()).raw(&[0xFF, 0xD0]);
    drop(machine.load_image(&image(more(code.succeed()))));
    assert!(deed.body.is_none(), "the image was not called: {:#?}", machine.report().violations());
    if let Some(panic) = deed.panic {
        resume_unwind(panic);
    }
}

/// Does this in an image, which breaks no rule.
#[track_caller]
fn drive(body: impl FnOnce(Nt)) {
    breaks(&[], body);
}

/// Does this in an image, which breaks these rules in this order.
#[track_caller]
fn breaks(rules: &[Rule], body: impl FnOnce(Nt)) {
    let machine = Machine::builder().build();
    drive_in(&machine, body);
    let found = machine.report().violations();
    let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, rules, "{found:#?}");
}
