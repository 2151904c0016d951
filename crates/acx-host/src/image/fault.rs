//! Faults in the code of an image: what would stop a machine becomes a report, and privileged instructions that compiled drivers use are
//! emulated. x86-64 Linux.
//!
//! # How
//!
//! [`call`] notes where it stands before it goes into a driver. When an instruction of an image faults, the signal handler either
//! emulates it, or puts the thread back to where the innermost `call` stands. Between the two lie only the driver's own frames and that
//! of the thunk that called it, which owns nothing; host functions that the driver is inside of lie further out and go on.

use std::cell::Cell;
use std::ffi::c_void;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What an image did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The instruction's address.
    pub(crate) instruction: usize,
    /// The address that it wanted.
    pub(crate) address: usize,
    /// Whether it wanted to write there.
    pub(crate) writes: bool,
    /// The host's own function that touched the memory for it, such as memcpy.
    pub(crate) service: Option<&'static str>,
    /// `__fastfail` and its code, such as a stack cookie that was overwritten.
    pub(crate) fast_fail: Option<u32>,
}

/// What the instructions that are emulated read and write: the machine that the thread is in.
pub(crate) trait Processor {
    /// CR8.
    fn irql(&self) -> u8;

    /// See [`irql`](Self::irql).
    fn set_irql(&self, irql: u8);

    /// The interrupt time and the system time, in 100 ns.
    fn times(&self) -> (u64, i64);
}

/// Where a call stands: the registers that a function keeps for its caller.
#[repr(C)]
struct Standing {
    rbx: u64,
    rbp: u64,
    r12: u64,
    r13: u64,
    r14: u64,
    r15: u64,
    rsp: u64,
    fault: Fault,
    /// What is asked while the call is under way.
    processor: *const dyn Processor,
}

thread_local! {
    /// The innermost call of this thread.
    static INNERMOST: Cell<*mut Standing> = const { Cell::new(std::ptr::null_mut()) };
    /// The function of the host that touches memory for the driver at this moment.
    static SERVICE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// While it lives, a fault is the driver's that called: for functions like memcpy, which own nothing and touch only what they are given.
pub(crate) struct Service(());

impl Service {
    pub(crate) fn begin(name: &'static str) -> Self {
        SERVICE.set(Some(name));
        Self(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        SERVICE.set(None);
    }
}

/// Where images lie: pairs of start and end; zero where there is none.
static IMAGES: [[AtomicUsize; 2]; 64] = [const { [const { AtomicUsize::new(0) }; 2] }; 64];

fn is_in_an_image(address: usize) -> bool {
    IMAGES.iter().any(|[start, end]| {
        let start = start.load(Ordering::Acquire);
        start != 0 && (start..end.load(Ordering::Relaxed)).contains(&address)
    })
}

/// While it lives, faults inside the range are an image's.
#[derive(Debug)]
pub(crate) struct Watch(usize);

impl Watch {
    /// None if there are as many images as the host can watch.
    pub(crate) fn new(start: usize, length: usize) -> Option<Self> {
        static INSTALLED: Once = Once::new();
        INSTALLED.call_once(install);
        let free = |[place, _]: &[AtomicUsize; 2]| {
            place.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        let index = IMAGES.iter().position(free)?;
        let [place, end] = IMAGES.get(index)?;
        end.store(start + length, Ordering::Relaxed);
        place.store(start, Ordering::Release);
        Some(Self(index))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some([start, _]) = IMAGES.get(self.0) {
            start.store(0, Ordering::Release);
        }
    }
}

/// Calls `function(data)` after noting where it stands in `standing`; 0 if it came back, 1 if the handler put the thread here.
#[unsafe(naked)]
unsafe extern "sysv64" fn stand(
    function: unsafe extern "sysv64" fn(*mut c_void),
    data: *mut c_void,
    standing: *mut Standing,
) -> u64 {
    core::arch::naked_asm!(
        "mov [rdx], rbx",
        "mov [rdx + 8], rbp",
        "mov [rdx + 16], r12",
        "mov [rdx + 24], r13",
        "mov [rdx + 32], r14",
        "mov [rdx + 40], r15",
        "mov [rdx + 48], rsp",
        "sub rsp, 8",
        "mov rax, rdi",
        "mov rdi, rsi",
        "call rax",
        "add rsp, 8",
        "xor eax, eax",
        "ret",
    )
}

/// Where the handler lets a thread go on, with the registers of its standing: the return of [`stand`].
#[unsafe(naked)]
unsafe extern "sysv64" fn put_back() {
    core::arch::naked_asm!("mov eax, 1", "ret")
}

/// Calls into a driver. `driver` owns nothing but what is plain data, for a fault leaves it where it is.
///
/// # Errors
///
/// What an image did, if it did not come back.
pub(crate) fn call<R: Copy>(
    processor: &'static dyn Processor,
    driver: impl Fn() -> R,
) -> Result<R, Fault> {
    struct Call<'a, R, F> {
        driver: &'a F,
        answer: Option<R>,
    }
    unsafe extern "sysv64" fn thunk<R: Copy, F: Fn() -> R>(data: *mut c_void) {
        // SAFETY: `call` hands its own structure on.
        let call = unsafe { &mut *data.cast::<Call<'_, R, F>>() };
        call.answer = Some((call.driver)());
    }
    fn thunk_of<R: Copy, F: Fn() -> R>(
        _call: &Call<'_, R, F>,
    ) -> unsafe extern "sysv64" fn(*mut c_void) {
        thunk::<R, F>
    }
    let mut call = Call { driver: &driver, answer: None };
    let function = thunk_of(&call);
    let mut standing = Standing {
        rbx: 0,
        rbp: 0,
        r12: 0,
        r13: 0,
        r14: 0,
        r15: 0,
        rsp: 0,
        fault: Fault { instruction: 0, address: 0, writes: false, fast_fail: None, service: None },
        processor,
    };
    let place = &raw mut standing;
    let outer = INNERMOST.replace(place);
    // SAFETY: the thunk gets the structure that it expects, and the standing outlives the call.
    let faulted = unsafe { stand(function, (&raw mut call).cast(), place) };
    INNERMOST.set(outer);
    // SAFETY: the handler may have written it, and nobody writes it now.
    let fault = unsafe { (*place).fault };
    match call.answer {
        Some(answer) if faulted == 0 => Ok(answer),
        _ => Err(fault),
    }
}

/// The innermost call of this thread, for that of another stack that runs on it from now on.
pub(crate) fn swap_standing(standing: usize) -> usize {
    INNERMOST.replace(standing as *mut Standing) as usize
}

/// The handler that was there before: Rust's own, which tells of stack overflows.
static BEFORE: AtomicUsize = AtomicUsize::new(0);

fn install() {
    // SAFETY: a zeroed sigaction is a valid one, filled in here; the handler keeps to what a handler may do.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_fault as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
        let mut before: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGSEGV, &raw const action, &raw mut before);
        if before.sa_flags & libc::SA_SIGINFO != 0 {
            BEFORE.store(before.sa_sigaction, Ordering::Release);
        }
        libc::sigaction(libc::SIGBUS, &raw const action, std::ptr::null_mut());
        libc::sigaction(libc::SIGILL, &raw const action, std::ptr::null_mut());
    }
}

/// The general registers in the order in which instructions number them.
const REGISTERS: [libc::c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// A move to or from CR8, the IRQL: REX.R, 0F 20 or 0F 22, and a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cr8 {
    Read { to: usize },
    Write { from: usize },
}

fn decode(bytes: [u8; 4]) -> Option<Cr8> {
    let [prefix, 0x0F, operation, operands] = bytes else { return None };
    // CR8 is control register 0 with the extension bit of the prefix; the register form has both upper bits set.
    if prefix & 0xF6 != 0x44 || operands & 0xF8 != 0xC0 {
        return None;
    }
    let register = usize::from(operands & 7) | usize::from(prefix & 1) << 3;
    match operation {
        0x20 => Some(Cr8::Read { to: register }),
        0x22 => Some(Cr8::Write { from: register }),
        _ => None,
    }
}

/// KUSER_SHARED_DATA of every process and of the kernel (ntddk.h): `KeQuerySystemTime` and its like are macros that read it.
const SHARED_DATA: usize = 0xFFFF_F780_0000_0000;

/// What the shared page has at an offset: the interrupt time, the system time and the tick count, and no more. It may allocate: the thread
/// faulted in the code of an image, and nowhere else.
fn shared_data(processor: &dyn Processor, offset: usize) -> Option<[u8; 8]> {
    // KSYSTEM_TIME: low, high, high again. Ticks are of 15.625 ms; the multiplier is milliseconds in 8.24.
    let time = |value: u64| {
        let (low, high) = (value as u32, (value >> 32) as u32);
        [low.to_le_bytes(), high.to_le_bytes(), high.to_le_bytes()].concat()
    };
    let (interrupt, system) = processor.times();
    let fields = [
        (0x04, (0x0FA0_0000u32).to_le_bytes().to_vec()),
        (0x08, time(interrupt)),
        (0x14, time(system.cast_unsigned())),
        (0x320, time(interrupt / 156_250)),
    ];
    let field = fields.iter().find(|(at, bytes)| (*at..at + bytes.len()).contains(&offset));
    let (at, bytes) = field?;
    let mut value = [0; 8];
    for (to, from) in value.iter_mut().zip(bytes.get(offset - at..)?) {
        *to = *from;
    }
    Some(value)
}

/// A load of a general register from memory: which register, how many bytes it takes, how long the instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Load {
    to: usize,
    wide: bool,
    length: usize,
}

fn decode_load(bytes: &[u8; 15]) -> Option<Load> {
    let (rex, at) = if bytes[0] & 0xF0 == 0x40 { (bytes[0], 1) } else { (0, 0) };
    let wide = rex & 8 != 0;
    match bytes[at] {
        // mov eax or rax, moffs64
        0xA1 => Some(Load { to: 0, wide, length: at + 9 }),
        // mov r, r/m
        0x8B => {
            let operands = bytes[at + 1];
            let (mode, base) = (operands >> 6, operands & 7);
            let scaled = usize::from(base == 4);
            let no_base = if base == 4 { bytes[at + 2] & 7 == 5 } else { base == 5 };
            let displacement = match mode {
                0 if no_base => 4,
                0 => 0,
                1 => 1,
                2 => 4,
                _ => return None,
            };
            let to = usize::from(operands >> 3 & 7) | usize::from(rex & 4) << 1;
            Some(Load { to, wide, length: at + 2 + scaled + displacement })
        }
        _ => None,
    }
}

/// Runs on the thread that faulted, at the very instruction: what it reads of the thread, nothing else touches meanwhile.
unsafe extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: the system gives a ucontext_t and a siginfo_t that are the handler's for its time.
    let (registers, address) = unsafe {
        (&mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs, (*info).si_addr() as usize)
    };
    let at = |register: libc::c_int| register as usize;
    let instruction = registers[at(libc::REG_RIP)] as usize;
    let service = SERVICE.take();
    if is_in_an_image(instruction) || service.is_some() {
        // An instruction that could not even be fetched: its page is out of reach.
        let is_there = address != instruction && service.is_none();
        let bytes = if is_there {
            // SAFETY: the processor has just read the instruction there; images end with whole pages, and a move to CR8 has four bytes.
            unsafe { (instruction as *const [u8; 4]).read_unaligned() }
        } else {
            [0; 4]
        };
        let standing = INNERMOST.get();
        // SAFETY: the innermost call of this thread is under way, for an image was called by it; it has what it was given.
        let processor = (!standing.is_null()).then(|| unsafe { &*(*standing).processor });
        match (decode(bytes), processor) {
            (Some(Cr8::Read { to }), Some(processor)) => {
                registers[at(REGISTERS[to])] = i64::from(processor.irql());
                registers[at(libc::REG_RIP)] += 4;
                return;
            }
            (Some(Cr8::Write { from }), Some(processor)) => {
                processor.set_irql(registers[at(REGISTERS[from])] as u8);
                registers[at(libc::REG_RIP)] += 4;
                return;
            }
            _ => {}
        }
        if let Some(processor) = processor
            && is_there
            && (SHARED_DATA..SHARED_DATA + 4096).contains(&address)
        {
            let mut bytes = [0; 15];
            for (offset, byte) in bytes.iter_mut().enumerate() {
                if is_in_an_image(instruction + offset) {
                    // SAFETY: inside an image, whose code is mapped.
                    *byte = unsafe { ((instruction + offset) as *const u8).read() };
                }
            }
            let value = shared_data(processor, address - SHARED_DATA);
            if let (Some(load), Some(value)) = (decode_load(&bytes), value) {
                let value = u64::from_le_bytes(value);
                let value = if load.wide { value } else { value & 0xFFFF_FFFF };
                registers[at(REGISTERS[load.to])] = value.cast_signed();
                registers[at(libc::REG_RIP)] += load.length as i64;
                return;
            }
        }
        if !standing.is_null() {
            // SAFETY: the innermost call of this thread is under way, for the image was called by it.
            let standing = unsafe { &mut *standing };
            // Bit 1 of a page fault's error code: a write.
            let writes = registers[at(libc::REG_ERR)] & 2 != 0;
            // int 29h: the driver gave up itself, and says why in ECX.
            let gave_up = bytes[0] == 0xCD && bytes[1] == 0x29;
            let fast_fail = gave_up.then_some(registers[at(libc::REG_RCX)] as u32);
            standing.fault = Fault { instruction, address, writes, service, fast_fail };
            for (register, value) in [
                (libc::REG_RBX, standing.rbx),
                (libc::REG_RBP, standing.rbp),
                (libc::REG_R12, standing.r12),
                (libc::REG_R13, standing.r13),
                (libc::REG_R14, standing.r14),
                (libc::REG_R15, standing.r15),
                (libc::REG_RSP, standing.rsp),
                (libc::REG_RIP, put_back as *const () as u64),
            ] {
                registers[at(register)] = value as i64;
            }
            return;
        }
    }
    let before = BEFORE.load(Ordering::Acquire);
    if before != 0 && signal == libc::SIGSEGV {
        // SAFETY: what the system said was the handler before, of this shape.
        let before = unsafe {
            std::mem::transmute::<
                usize,
                unsafe extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut c_void),
            >(before)
        };
        // SAFETY: its own arguments.
        unsafe { before(signal, info, context) };
    } else {
        // SAFETY: the default action, for this time and the next.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_as_long_as_they_are() {
        let load = |bytes: &[u8]| {
            let mut all = [0x90; 15];
            all[..bytes.len()].copy_from_slice(bytes);
            decode_load(&all)
        };
        let found = |to, wide, length| Some(Load { to, wide, length });
        // mov rax, moffs64; mov rcx, [rax]; mov r9d, [rdx + 14h]; mov rax, [rcx + rdx*8 + 320h]; mov rax, [disp32]
        assert_eq!(load(&[0x48, 0xA1, 8, 0, 0, 0, 0x80, 0xF7, 0xFF, 0xFF]), found(0, true, 10));
        assert_eq!(load(&[0x48, 0x8B, 0x08]), found(1, true, 3));
        assert_eq!(load(&[0x44, 0x8B, 0x4A, 0x14]), found(9, false, 4));
        assert_eq!(load(&[0x48, 0x8B, 0x84, 0xD1, 0x20, 3, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0x04, 0x25, 8, 0, 0, 0]), found(0, true, 8));
        assert_eq!(load(&[0x48, 0x8B, 0xC1]), None);
        assert_eq!(load(&[0x48, 0x89, 0x08]), None);
    }

    #[test]
    fn moves_to_and_from_the_irql_are_told_from_other_instructions() {
        assert_eq!(decode([0x44, 0x0F, 0x20, 0xC0]), Some(Cr8::Read { to: 0 }));
        assert_eq!(decode([0x44, 0x0F, 0x20, 0xC3]), Some(Cr8::Read { to: 3 }));
        assert_eq!(decode([0x45, 0x0F, 0x20, 0xC7]), Some(Cr8::Read { to: 15 }));
        assert_eq!(decode([0x44, 0x0F, 0x22, 0xC1]), Some(Cr8::Write { from: 1 }));
        // CR0, CR3, memory operands, other instructions.
        for other in [
            [0x40, 0x0F, 0x20, 0xC0],
            [0x44, 0x0F, 0x20, 0xD8],
            [0x44, 0x0F, 0x20, 0x00],
            [0x48, 0x8B, 0x04, 0x25],
        ] {
            assert_eq!(decode(other), None, "{other:x?}");
        }
    }
}
