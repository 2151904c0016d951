//! The rules that only images can break: pageable code, kernel threads and timers, faults, and the
//! checks of kernel functions that only images call. An image of a few instructions breaks each. It
//! is assembled here, so no compiler for Windows is needed.

#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[macro_use]
mod linked;
#[path = "images/broken.rs"]
mod broken;
#[path = "images/exceptions.rs"]
mod exceptions;
#[path = "images/faults.rs"]
mod faults;
#[path = "images/nt.rs"]
mod nt;

use acx_host::machine::HostError;
use acx_host::{Image, Machine, Rule};

/// Where the sections lie: code, pageable code, data, imports, relocations.
const TEXT: u32 = 0x1000;
const PAGED: u32 = 0x2000;
const DATA: u32 = 0x3000;
const IMPORTS: u32 = 0x4000;
const RELOCATIONS: u32 = 0x5000;
const END: u32 = 0x6000;
/// A fast mutex that is free, in the data.
const FREE_MUTEX: u32 = DATA + 0x80;
/// The table of functions, and what their unwind data says, in the data.
const FUNCTIONS: u32 = DATA + 0x100;
const UNWINDS: u32 = DATA + 0x140;
/// Where a handler begins.
const HANDLER: u32 = TEXT + 0x80;
/// The alignment of everything in the file.
const FILE_UNIT: u32 = 0x1000;

/// Machine code at an address of the image.
struct Code {
    at: u32,
    bytes: Vec<u8>,
    imports: Vec<&'static str>,
    /// The table of functions, and their unwind data.
    functions: Vec<[u32; 3]>,
    unwinds: Vec<u8>,
}

/// Where the slots of imports are, at the beginning of their section.
fn slot(index: usize) -> u32 {
    IMPORTS + 8 * index as u32
}

impl Code {
    fn new() -> Self {
        let (bytes, imports) = (Vec::new(), Vec::new());
        Self { at: TEXT, bytes, imports, functions: Vec::new(), unwinds: Vec::new() }
    }

    /// Instructions without an address.
    fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// An instruction that ends with the distance to an address.
    fn relative(mut self, opcode: &[u8], target: u32) -> Self {
        self.bytes.extend_from_slice(opcode);
        let next = self.at + self.bytes.len() as u32 + 4;
        self.bytes.extend_from_slice(&target.wrapping_sub(next).to_le_bytes());
        self
    }

    /// `call` of a function of ntoskrnl.exe.
    fn call(mut self, function: &'static str) -> Self {
        let known = self.imports.iter().position(|own| *own == function);
        let index = known.unwrap_or_else(|| {
            self.imports.push(function);
            self.imports.len() - 1
        });
        self.relative(&[0xFF, 0x15], slot(index))
    }

    /// `jmp` to a function of ntoskrnl.exe.
    fn jump(mut self, function: &'static str) -> Self {
        self.imports.push(function);
        let index = self.imports.len() - 1;
        self.relative(&[0xFF, 0x25], slot(index))
    }

    /// `lea rcx`, `lea rdx` or `lea r8` of an address.
    fn rcx(self, target: u32) -> Self {
        self.relative(&[0x48, 0x8D, 0x0D], target)
    }

    fn rdx(self, target: u32) -> Self {
        self.relative(&[0x48, 0x8D, 0x15], target)
    }

    fn r8(self, target: u32) -> Self {
        self.relative(&[0x4C, 0x8D, 0x05], target)
    }

    /// The stack of a function that calls others: `sub rsp, 48h`.
    fn begin(self) -> Self {
        self.raw(&[0x48, 0x83, 0xEC, 0x48])
    }

    /// The following code handles the exceptions of the code before it. Both have the stack of
    /// [`begin`](Self::begin).
    fn handler(mut self) -> Self {
        let filled = (HANDLER - TEXT) as usize;
        assert!(self.bytes.len() <= filled, "the handler begins behind the entry point");
        self.bytes.resize(filled, 0xCC);
        self.functions = vec![[TEXT, HANDLER, UNWINDS], [HANDLER, HANDLER + 0x40, UNWINDS + 12]];
        // UNWIND_INFO of version 1, with UNW_FLAG_EHANDLER: a prolog of four bytes, which is one
        // code, UWOP_ALLOC_SMALL of 48h; then one without a handler.
        self.unwinds = vec![0x09, 4, 1, 0, 4, 0x82, 0, 0];
        self.unwinds.extend_from_slice(&HANDLER.to_le_bytes());
        self.unwinds.extend_from_slice(&[0x01, 4, 1, 0, 4, 0x82, 0, 0]);
        self
    }

    /// `add rsp, 48h`, `xor eax, eax`, `ret`.
    fn succeed(self) -> Self {
        self.raw(&[0x48, 0x83, 0xC4, 0x48, 0x31, 0xC0, 0xC3])
    }
}

/// The import section: slots, then names, then the directory. The directory's address and size.
fn imports(names: &[&str]) -> (Vec<u8>, u32, u32) {
    let mut bytes = vec![0; 8 * (names.len() + 1)];
    for (index, name) in names.iter().enumerate() {
        let at = IMPORTS + bytes.len() as u32;
        bytes[8 * index..8 * index + 4].copy_from_slice(&at.to_le_bytes());
        bytes.extend_from_slice(&[0, 0]);
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(0);
        bytes.resize(bytes.len().next_multiple_of(2), 0);
    }
    let library = IMPORTS + bytes.len() as u32;
    bytes.extend_from_slice(b"ntoskrnl.exe\0\0\0\0");
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let directory = IMPORTS + bytes.len() as u32;
    // IMAGE_IMPORT_DESCRIPTOR: the names are where their addresses go.
    for field in [0, 0, 0, library, IMPORTS] {
        bytes.extend_from_slice(&u32::to_le_bytes(field));
    }
    bytes.resize(bytes.len() + 20, 0);
    (bytes, directory, 40)
}

/// An image for the native subsystem, entered at its first instruction.
fn image(code: Code) -> Image {
    Image::parse("tiny.sys", file(code)).expect("it is an image")
}

/// The file of one.
fn file(code: Code) -> Vec<u8> {
    let (idata, directory, directory_size) = imports(&code.imports);
    // A fast mutex that is free; the rest is zeros.
    let mut data = vec![0; 0x100];
    data[(FREE_MUTEX - DATA) as usize] = 1;
    let functions: Vec<u8> =
        code.functions.as_flattened().iter().copied().flat_map(u32::to_le_bytes).collect();
    let functions_size = functions.len() as u32;
    data.extend(functions);
    data.resize((UNWINDS - DATA) as usize, 0);
    data.extend(code.unwinds);
    // One block of two relocations that change nothing.
    let relocations = [0, 12, 0_u32].map(u32::to_le_bytes).concat();
    let sections: [(&[u8; 8], u32, u32, Vec<u8>); 5] = [
        (b".text\0\0\0", TEXT, 0x6000_0020, code.bytes),
        (b"PAGE\0\0\0\0", PAGED, 0x6000_0020, vec![0xC3]),
        (b".data\0\0\0", DATA, 0xC000_0040, data),
        (b".idata\0\0", IMPORTS, 0x4000_0040, idata),
        (b".reloc\0\0", RELOCATIONS, 0x4200_0040, relocations),
    ];
    let mut file = vec![0; FILE_UNIT as usize];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        file[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    let long = |value: u32| value.to_le_bytes();
    put(b"MZ");
    put(&[0; 58]);
    put(&long(0x40));
    put(b"PE\0\0");
    // IMAGE_FILE_HEADER: AMD64, the sections, an optional header of 240 bytes, executable.
    put(&[0x64, 0x86, sections.len() as u8, 0]);
    put(&[0; 12]);
    put(&[240, 0, 0x22, 0]);
    // IMAGE_OPTIONAL_HEADER64.
    put(&[0x0B, 0x02, 14, 0]);
    put(&[0; 12]);
    put(&long(TEXT));
    put(&long(TEXT));
    put(&0x1_4000_0000_u64.to_le_bytes());
    put(&long(0x1000));
    put(&long(FILE_UNIT));
    put(&[10, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0, 0]);
    put(&long(END));
    put(&long(FILE_UNIT));
    put(&long(0));
    // IMAGE_SUBSYSTEM_NATIVE; sizes of stack and heap, which drivers do not have.
    put(&[1, 0, 0, 0]);
    put(&[0; 36]);
    put(&long(16));
    for index in 0..16 {
        let (address, size) = match index {
            1 => (directory, directory_size),
            3 if functions_size != 0 => (FUNCTIONS, functions_size),
            5 => (RELOCATIONS, 12),
            _ => (0, 0),
        };
        put(&long(address));
        put(&long(size));
    }
    let mut from = FILE_UNIT;
    for (name, address, flags, bytes) in &sections {
        put(*name);
        put(&long(bytes.len() as u32));
        put(&long(*address));
        put(&long(FILE_UNIT));
        put(&long(from));
        put(&[0; 12]);
        put(&long(*flags));
        from += FILE_UNIT;
    }
    for (.., bytes) in &sections {
        let end = file.len() + FILE_UNIT as usize;
        file.extend_from_slice(bytes);
        file.resize(end, 0);
    }
    file
}

/// Loads and unloads the driver, and returns the broken rules and the first one's message.
#[track_caller]
fn breaks(code: Code, rules: &[Rule], words: &str) {
    let machine = Machine::builder().build();
    drop(machine.load_image(&image(code)));
    let found = machine.report().violations();
    let broken: Vec<Rule> = found.iter().map(|violation| violation.rule).collect();
    assert_eq!(broken, rules, "{found:#?}");
    if let Some(first) = found.first() {
        assert!(first.what.contains(words), "'{}' does not say '{words}'", first.what);
    }
}

/// The status of an entry point that fails, and what the report says.
fn status(code: Code) -> (u32, Vec<String>) {
    let machine = Machine::builder().build();
    let loaded = machine.load_image(&image(code)).map(drop);
    let Err(HostError::Load { status, .. }) = loaded else { panic!("{loaded:?}") };
    let found = machine.report().violations().into_iter().map(|violation| violation.what);
    (status.cast_unsigned(), found.collect())
}

#[test]
fn an_image_that_behaves_breaks_nothing() {
    breaks(Code::new().begin().relative(&[0xE8], PAGED).succeed(), &[], "");
}

#[test]
fn handlers_answer_and_unwind_as_they_may() {
    // mov dword ptr [10h], 1
    let fault = [0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0];
    let faulting = || Code::new().begin().raw(&fault).succeed().handler();
    // mov eax, 7; ret
    let code = faulting().raw(&[0xB8, 7, 0, 0, 0, 0xC3]);
    breaks(code, &[Rule::Exception], "a handler answered 7 to exception 0xc0000005");
    // mov ecx, 10h: a frame that is none; xor edx, edx; xor r8d, r8d; xor r9d, r9d
    let code = faulting().begin().raw(&[0xB9, 0x10, 0, 0, 0, 0x31, 0xD2]);
    let code = code.raw(&[0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]).call("RtlUnwind").succeed();
    breaks(code, &[Rule::Exception], "goes to a frame that is not on the stack");
    // The entry of a function whose description is an entry outside the image.
    let mut code =
        calling("RtlLookupFunctionEntry", |code| code.rcx(TEXT).rdx(DATA).raw(&[0x45, 0x31, 0xC0]));
    code.functions = vec![[TEXT, TEXT + 0x40, 0x7FFF_FFF1]];
    breaks(code, &[Rule::UnwindData], "at 0x7ffffff0");
    // mov ecx, 1; xor edx, edx; mov r8d, 10h: where no code is; xor r9d, r9d; then the context and
    // places for the answers.
    let code = Code::new().begin().raw(&[0xB9, 1, 0, 0, 0, 0x31, 0xD2]);
    let mut code = code.raw(&[0x41, 0xB8, 0x10, 0, 0, 0, 0x45, 0x31, 0xC9]);
    for (place, target) in [(0x20, DATA + 0x200), (0x28, DATA), (0x30, DATA + 8)] {
        code = code.relative(&[0x48, 0x8D, 0x05], target).raw(&[0x48, 0x89, 0x44, 0x24, place]);
    }
    let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x38, 0, 0, 0, 0]);
    let words = "unwind data leads to 0x10, outside the stack";
    breaks(code.call("RtlVirtualUnwind").succeed(), &[Rule::UnwindData], words);
}

#[test]
fn a_probe_is_for_an_alignment_that_there_is() {
    // mov ecx, 10000h; mov edx, 8; mov r8d, `alignment`
    let probe = |alignment| {
        calling("ProbeForRead", |code| {
            code.raw(&[0xB9, 0, 0, 1, 0, 0xBA, 8, 0, 0, 0, 0x41, 0xB8, alignment, 0, 0, 0])
        })
    };
    breaks(probe(4), &[], "");
    breaks(probe(3), &[Rule::BadArgument], "a probe for an alignment of 3");
}

#[test]
fn a_probe_is_of_the_clients_own_memory() {
    // Where a client's memory ends.
    const END: u64 = 0x7FFF_FFFF_0000;
    let (misaligned, denied) = ("0x80000002 raised", "0xc0000005 raised");
    let own = [0_u8; 64];
    let (mine, null) = (own.as_ptr().expose_provenance() as u64, 0x1_0000);
    let probe = |function, address: u64, length: u64, alignment: u8| {
        // mov rcx, address; mov rdx, length; mov r8d, alignment; it returns to the caller of the
        // entry point.
        let code = Code::new().raw(&[0x48, 0xB9]).raw(&address.to_le_bytes());
        let code = code.raw(&[0x48, 0xBA]).raw(&length.to_le_bytes());
        code.raw(&[0x41, 0xB8, alignment, 0, 0, 0]).jump(function)
    };
    for (function, address, length, alignment, exception) in [
        ("ProbeForRead", null, 8, 16, None),
        ("ProbeForRead", null + 4, 1, 8, Some(misaligned)),
        ("ProbeForRead", null + 4, 0, 8, None),
        ("ProbeForRead", END - 16, 16, 1, None),
        ("ProbeForRead", END - 16, 17, 1, Some(denied)),
        ("ProbeForRead", u64::MAX - 7, 16, 8, Some(denied)),
        ("ProbeForWrite", mine, 64, 1, None),
        ("ProbeForWrite", null, 8, 8, Some(denied)),
        ("ProbeForWrite", null + 1, 8, 2, Some(misaligned)),
    ] {
        let code = probe(function, address, length, alignment);
        match exception {
            None => breaks(code, &[], ""),
            Some(words) => breaks(code, &[Rule::Exception], words),
        }
    }
    // The image and pool are the kernel's: lea rcx, [image]; or mov rcx, [block].
    let rest = [0xBA, 8, 0, 0, 0, 0x41, 0xB8, 1, 0, 0, 0];
    let code = Code::new().rcx(DATA).raw(&rest).jump("ProbeForRead");
    breaks(code, &[Rule::Exception], denied);
    let code = pool_of(0x40, 8).relative(&[0x48, 0x8B, 0x0D], DATA).raw(&rest);
    let code = code.raw(&[0x48, 0x83, 0xC4, 0x48]).jump("ProbeForRead");
    breaks(code, &[Rule::Exception], denied);
}

/// Nonpaged or paged pool, whose address is left in the data.
fn pool_by(function: &'static str, flags: u32, bytes: u32) -> Code {
    let code = Code::new().begin().raw(&[0xB9]).raw(&flags.to_le_bytes());
    let code = code.raw(&[0xBA]).raw(&bytes.to_le_bytes()).raw(&[0x41, 0xB8]).raw(b"test");
    // No extended parameters: xor r9d, r9d; mov qword ptr [rsp + 20h], 0
    let code = code.raw(&[0x45, 0x31, 0xC9, 0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]);
    code.call(function).relative(&[0x48, 0x89, 0x05], DATA)
}

fn pool_of(flags: u32, bytes: u32) -> Code {
    pool_by("ExAllocatePool2", flags, bytes)
}

#[test]
fn pool_is_touched_inside_while_it_is_there() {
    const NON_PAGED: u32 = 0x40;
    const PAGED_POOL: u32 = 0x100;
    const PAGE: u32 = 0x1000;
    // mov rcx, [block]
    let block = |code: Code| code.relative(&[0x48, 0x8B, 0x0D], DATA);
    // mov byte ptr [rcx + 1000h], 1
    let behind = block(pool_of(NON_PAGED, PAGE)).raw(&[0xC6, 0x81, 0, 0x10, 0, 0, 1]).succeed();
    breaks(behind, &[Rule::PoolOverrun], "behind a block of 4096 bytes");
    // mov byte ptr [rcx + 800h], 1: a block of less than a page ends where nobody may touch.
    let behind = block(pool_of(NON_PAGED, 16)).raw(&[0xC6, 0x81, 0, 8, 0, 0, 1]).succeed();
    breaks(behind, &[Rule::PoolOverrun], "behind a block of 16 bytes");
    // mov byte ptr [rcx - 1], 1: before it are bytes that are looked at when it goes.
    let before = block(pool_of(NON_PAGED, 16)).raw(&[0xC6, 0x41, 0xFF, 1]);
    let before = block(before.raw(&[0xBA]).raw(b"test")).call("ExFreePoolWithTag").succeed();
    breaks(before, &[Rule::PoolUnderrun], "before a block of 16 bytes");
    // mov byte ptr [rcx + 10h], 1: the first byte behind paged pool is no pool.
    let behind = block(pool_of(PAGED_POOL, 16)).raw(&[0xC6, 0x41, 0x10, 1]).succeed();
    breaks(behind, &[Rule::PoolOverrun], "behind a block of 16 bytes");
    // mov edx, 'test'; mov byte ptr [rcx], 1
    let freed = block(pool_of(NON_PAGED, PAGE)).raw(&[0xBA]).raw(b"test").call("ExFreePoolWithTag");
    let freed = block(freed).raw(&[0xC6, 0x01, 1]).succeed();
    breaks(freed, &[Rule::UseAfterFree], "'test', which was freed");
    for function in ["ExAllocatePool2", "ExAllocatePool3"] {
        // mov cl, 2; the rest of the free: mov edx, 'test'
        let raised = pool_by(function, NON_PAGED, 16).raw(&[0xB1, 2]).call("KfRaiseIrql");
        let raised = block(raised).raw(&[0xC6, 0x01, 1]).raw(&[0x31, 0xC9]).call("KeLowerIrql");
        let raised = block(raised).raw(&[0xBA]).raw(b"test").call("ExFreePoolWithTag").succeed();
        breaks(raised, &[], "");
        for bytes in [8, PAGE] {
            let paged = pool_by(function, PAGED_POOL, bytes).raw(&[0xB1, 2]).call("KfRaiseIrql");
            let paged = block(paged).raw(&[0xC6, 0x01, 1]).raw(&[0x31, 0xC9]).call("KeLowerIrql");
            breaks(paged.succeed(), &[Rule::PagedPool], "'test', which is paged");
        }
    }
}

/// Windows stops for a fault at DISPATCH_LEVEL and for one in the kernel's memory, handler or not.
#[test]
fn handlers_are_asked_for_faults_that_windows_lets_them_handle() {
    let image = |target| Code::new().begin().relative(&[0x48, 0x8D, 0x0D], target);
    // mov rcx, address
    let at = |address: u64| Code::new().begin().raw(&[0x48, 0xB9]).raw(&address.to_le_bytes());
    // The block behind a page of pool: mov rcx, [block]; add rcx, 1000h
    let pool = pool_of(0x40, 0x1000).relative(&[0x48, 0x8B, 0x0D], DATA);
    let pool = pool.raw(&[0x48, 0x81, 0xC1, 0, 0x10, 0, 0]);
    // mov cl, 2
    let raised = Code::new().begin().raw(&[0xB1, 2]).call("KfRaiseIrql");
    let raised = raised.raw(&[0xB9, 0x10, 0, 0, 0]);
    for (code, rule) in [
        (at(0), Rule::Exception),
        (at(0x10), Rule::Exception),
        (at(0x7FFF_FFFF_0000), Rule::Exception),
        (at(0xFFFF_8000_0000_0000), Rule::AccessViolation),
        (image(TEXT), Rule::AccessViolation),
        (pool, Rule::PoolOverrun),
        (raised, Rule::AccessViolation),
    ] {
        // mov byte ptr [rcx], 1; a handler whose answer, 7, is none: mov eax, 7; ret
        let code = code.raw(&[0xC6, 0x01, 1]).succeed().handler();
        breaks(code.raw(&[0xB8, 7, 0, 0, 0, 0xC3]), &[rule], "");
    }
}

/// KeRaiseIrql and KeLowerIrql are instructions in images that are built with them inline.
#[test]
fn the_level_is_the_processors_register() {
    // mov eax, 2; mov cr8, rax
    let raised = || Code::new().begin().raw(&[0xB8, 2, 0, 0, 0, 0x44, 0x0F, 0x22, 0xC0]);
    breaks(raised().succeed(), &[Rule::IrqlChange], "returned at 2");
    // xor eax, eax; mov cr8, rax
    breaks(raised().raw(&[0x31, 0xC0, 0x44, 0x0F, 0x22, 0xC0]).succeed(), &[], "");
}

#[test]
fn what_a_call_holds_goes_with_it_when_a_fault_ends_it() {
    // mov dword ptr [10h], 1
    let code = Code::new().begin().rcx(DATA).call("KeAcquireSpinLockRaiseToDpc");
    let code = code.raw(&[0xC7, 0x04, 0x25, 0x10, 0, 0, 0, 1, 0, 0, 0]).succeed();
    breaks(code, &[Rule::AccessViolation], "write to 0x10 by tiny.sys");
}

#[test]
fn an_exception_is_handled_by_somebody() {
    // mov ecx, 0C000000Dh; the raise returns to the caller of the entry point.
    let code = Code::new().raw(&[0xB9, 0x0D, 0, 0, 0xC0]).jump("ExRaiseStatus");
    breaks(code, &[Rule::Exception], "0xc000000d");
}

#[test]
fn pageable_code_does_not_run_at_dispatch_level() {
    // mov cl, 2: the level; the call of the pageable function ends this one.
    let code = Code::new().begin().raw(&[0xB1, 2]).call("KfRaiseIrql").relative(&[0xE8], PAGED);
    let code = code.raw(&[0x31, 0xC9]).call("KeLowerIrql").succeed();
    breaks(code, &[Rule::PagedCode], "which is pageable");
}

#[test]
fn a_timer_is_not_set_when_its_memory_goes() {
    let (timer, dpc) = (DATA, DATA + 0x40);
    // xor r8d, r8d; mov rdx, -36000000000: an hour.
    let hour = (-36_000_000_000_i64).to_le_bytes();
    let set = |cancels: bool| {
        let code = Code::new().begin().rcx(timer).call("KeInitializeTimer");
        let code = code.rcx(dpc).rdx(PAGED).raw(&[0x45, 0x31, 0xC0]).call("KeInitializeDpc");
        let code = code.rcx(timer).raw(&[0x48, 0xBA]).raw(&hour).r8(dpc).call("KeSetTimer");
        if cancels { code.rcx(timer).call("KeCancelTimer").succeed() } else { code.succeed() }
    };
    breaks(set(true), &[], "");
    breaks(set(false), &[Rule::TimerLeak], "is still set at unload");
    // It is so whatever other drivers come and go meanwhile.
    let machine = Machine::builder().build();
    let driver = machine.load_image(&image(set(false))).expect("it loads");
    let other = Image::parse("other.sys", file(Code::new().begin().succeed())).expect("an image");
    drop(machine.load_image(&other).expect("it loads"));
    assert_eq!(machine.report().count(), 0);
    drop(driver);
    let found = machine.report().violations();
    assert_eq!((found[0].rule, found.len()), (Rule::TimerLeak, 1));
    assert_eq!(found[0].driver.as_deref(), Some("tiny"));
}

#[test]
fn a_system_thread_ends_before_the_driver_is_unloaded() {
    let (event, handle) = (DATA, DATA + 0x20);
    let thread = TEXT + 0x80;
    let start = |signalled: u8| {
        // xor edx, edx; mov r8b, `signalled`.
        let code = Code::new().begin().rcx(event).raw(&[0x31, 0xD2, 0x41, 0xB0, signalled]);
        let code = code.call("KeInitializeEvent").rcx(handle);
        // mov edx, 1FFFFFh; xor r8d, r8d; xor r9d, r9d; a null client id and context on the stack,
        // the start address between them.
        let code = code.raw(&[0xBA, 0xFF, 0xFF, 0x1F, 0, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
        let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]);
        let code = code.relative(&[0x48, 0x8D, 0x05], thread).raw(&[0x48, 0x89, 0x44, 0x24, 0x28]);
        let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x30, 0, 0, 0, 0]);
        // mov rcx, [handle]
        let code = code.call("PsCreateSystemThread").relative(&[0x48, 0x8B, 0x0D], handle);
        let mut code = code.call("ZwClose").succeed();
        let filled = (thread - TEXT) as usize;
        assert!(code.bytes.len() <= filled, "the thread begins behind the entry point");
        code.bytes.resize(filled, 0xCC);
        // The thread waits for the event, without a timeout.
        let code = code.begin().rcx(event).raw(&[0x31, 0xD2, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
        let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]);
        code.call("KeWaitForSingleObject").succeed()
    };
    breaks(start(1), &[], "");
    breaks(start(0), &[Rule::ThreadLeak], "a system thread that never ended");
}

/// One function is called with these first arguments.
fn calling(function: &'static str, prepare: impl FnOnce(Code) -> Code) -> Code {
    prepare(Code::new().begin()).call(function).succeed()
}

/// A thread that ends at once, whose handle is left in the data.
fn ended_thread() -> Code {
    let code = Code::new().begin().rcx(DATA);
    let code = code.raw(&[0xBA, 0xFF, 0xFF, 0x1F, 0, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
    let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]);
    let code = code.relative(&[0x48, 0x8D, 0x05], PAGED).raw(&[0x48, 0x89, 0x44, 0x24, 0x28]);
    let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x30, 0, 0, 0, 0]);
    code.call("PsCreateSystemThread")
}

#[test]
fn work_items_are_queued_once() {
    // What lies before the mutex looks like an item that is queued.
    let queued = |code: Code| code.rcx(FREE_MUTEX - 8);
    let code = calling("IoQueueWorkItem", |code| {
        queued(code).rdx(PAGED).raw(&[0x41, 0xB8, 1, 0, 0, 0, 0x45, 0x31, 0xC9])
    });
    breaks(code, &[Rule::BadArgument], "a work item queued that waits already, or none");
    let rules = [Rule::BadArgument, Rule::BadFree];
    breaks(calling("IoFreeWorkItem", queued), &rules, "a work item freed while it is queued");
}

#[test]
fn handles_and_registrations_are_open_while_they_are_used() {
    // mov ecx, 1234h
    let bogus = |code: Code| code.raw(&[0xB9, 0x34, 0x12, 0, 0]);
    breaks(calling("ZwClose", bogus), &[Rule::BadHandle], "is no open handle");
    let name = "RtlUnregisterFeatureConfigurationChangeNotification";
    breaks(calling(name, bogus), &[Rule::BadHandle], "is no registration of a feature");
    // xor ecx, ecx; xor edx, edx; xor r8d, r8d; a place for the handle.
    let registers = |code: Code| {
        let code = code.raw(&[0x31, 0xC9, 0x31, 0xD2, 0x45, 0x31, 0xC0]);
        code.relative(&[0x4C, 0x8D, 0x0D], DATA)
    };
    let code = calling("RtlRegisterFeatureConfigurationChangeNotification", registers);
    breaks(code, &[Rule::HandleLeak], "is still registered at unload");
    breaks(ended_thread().succeed(), &[Rule::HandleLeak], "a system thread was never closed");
    // mov rcx, [handle]; xor edx, edx; xor r8d, r8d; xor r9d, r9d; a place for the object on the
    // stack.
    let handle = [0x48, 0x8B, 0x0D];
    let referenced = || {
        let code = ended_thread().relative(&handle, DATA);
        let code = code.raw(&[0x31, 0xD2, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
        let place = [0x48, 0x89, 0x44, 0x24, 0x20];
        let code = code.relative(&[0x48, 0x8D, 0x05], DATA + 8).raw(&place);
        let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x28, 0, 0, 0, 0]);
        code.call("ObReferenceObjectByHandle").relative(&handle, DATA).call("ZwClose")
    };
    let words = "a thread object that is still referenced";
    breaks(referenced().succeed(), &[Rule::ThreadLeak], words);
    let with = |code: Code, function| code.relative(&handle, DATA + 8).call(function);
    breaks(with(referenced(), "ObfDereferenceObject").succeed(), &[], "");
    let twice = with(with(referenced(), "ObfReferenceObject"), "ObfDereferenceObject");
    breaks(twice.succeed(), &[Rule::ThreadLeak], words);
    let code = calling("PsTerminateSystemThread", |code| code.raw(&[0x31, 0xC9]));
    breaks(code, &[Rule::OutOfPlace], "PsTerminateSystemThread outside a system thread");
}

#[test]
fn the_kernels_locks_are_taken_and_released_in_their_places() {
    let code = calling("KeAcquireSpinLockAtDpcLevel", |code| code.rcx(DATA));
    let words = "KeAcquireSpinLockAtDpcLevel below DISPATCH_LEVEL";
    breaks(code, &[Rule::Irql, Rule::LockHeldOnReturn], words);
    let code = calling("ExReleaseFastMutex", |code| code.rcx(FREE_MUTEX));
    breaks(code, &[Rule::LockNotHeld], "a fast mutex released that nobody holds");
    // A zeroed mutex is never free.
    let code = Code::new().begin().rcx(DATA).call("ExAcquireFastMutex").rcx(DATA);
    let words = "a fast mutex is never released";
    breaks(code.call("ExReleaseFastMutex").succeed(), &[Rule::Deadlock], words);
    let code = Code::new().begin().rcx(FREE_MUTEX).call("ExAcquireFastMutexUnsafe");
    let code = code.rcx(FREE_MUTEX).call("ExReleaseFastMutexUnsafe").succeed();
    breaks(code, &[Rule::OutOfPlace], "ExAcquireFastMutexUnsafe outside a critical region");
    let code = calling("ExReleaseRundownProtection", |code| code.rcx(DATA));
    breaks(code, &[Rule::Unpaired], "ExReleaseRundownProtection without");
    let holder = || Code::new().begin().rcx(DATA).call("ExAcquireRundownProtection");
    let wait = |code: Code| code.rcx(DATA).call("ExWaitForRundownProtectionRelease").succeed();
    let words = "a rundown protection is never released";
    breaks(wait(holder()), &[Rule::Deadlock], words);
    breaks(wait(holder().rcx(DATA).call("ExReleaseRundownProtection")), &[], "");
    // xor edx, edx
    let none = [0x31, 0xD2];
    let code = Code::new().begin().rcx(DATA).raw(&none).call("KeInitializeMutex");
    let code = code.rcx(DATA).raw(&none).call("KeReleaseMutex").succeed();
    breaks(code, &[Rule::LockNotHeld], "a mutex released by a thread that does not hold it");
    // mov r8d, 1; then a release of 2: mov r8d, 2; xor r9d, r9d.
    let code = Code::new().begin().rcx(DATA).raw(&none).raw(&[0x41, 0xB8, 1, 0, 0, 0]);
    let code = code.call("KeInitializeSemaphore").rcx(DATA).raw(&none);
    let code = code.raw(&[0x41, 0xB8, 2, 0, 0, 0, 0x45, 0x31, 0xC9]);
    let code = code.call("KeReleaseSemaphore").succeed();
    breaks(code, &[Rule::BadArgument], "a semaphore of limit 1 released to 2");
}

/// Waits for an event that is never set, without a timeout.
fn wait_for_ever(code: Code) -> Code {
    let code = code.rcx(DATA).raw(&[0x31, 0xD2, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
    code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]).call("KeWaitForSingleObject")
}

#[test]
fn what_is_waited_for_comes_and_nothing_waits_at_dispatch_level() {
    let begin = || {
        let code = Code::new().begin().rcx(DATA).raw(&[0x31, 0xD2, 0x45, 0x31, 0xC0]);
        code.call("KeInitializeEvent")
    };
    let words = "a wait without a timeout that nothing ends";
    breaks(wait_for_ever(begin()).succeed(), &[Rule::Deadlock], words);
    // mov cl, 2; xor ecx, ecx
    let code = wait_for_ever(begin().raw(&[0xB1, 2]).call("KfRaiseIrql"));
    let code = code.raw(&[0x31, 0xC9]).call("KeLowerIrql").succeed();
    breaks(code, &[Rule::WaitAtDispatch], "a wait at DISPATCH_LEVEL");
    // mov ecx, 1; mov edx, 10h; mov r8d, 'test'; the block: mov rcx, rax; mov edx, 'test'.
    let code = Code::new().begin().raw(&[0xB1, 2]).call("KfRaiseIrql");
    let code = code.raw(&[0xB9, 1, 0, 0, 0, 0xBA, 0x10, 0, 0, 0, 0x41, 0xB8]).raw(b"test");
    let code = code.call("ExAllocatePoolWithTag").raw(&[0x48, 0x89, 0xC1, 0xBA]).raw(b"test");
    let code = code.call("ExFreePoolWithTag").raw(&[0x31, 0xC9]).call("KeLowerIrql").succeed();
    breaks(code, &[Rule::PagedPool], "paged pool above APC_LEVEL");
}

#[test]
fn mdls_are_the_kernels_own() {
    let of_data = |code: Code| code.rcx(DATA);
    let never = "an MDL that was never allocated";
    breaks(calling("MmProbeAndLockPages", of_data), &[Rule::MdlMisuse], never);
    breaks(calling("MmMapLockedPagesSpecifyCache", of_data), &[Rule::MdlMisuse], never);
    let none = "an MDL freed that is none";
    breaks(calling("MmFreePagesFromMdl", of_data), &[Rule::MdlMisuse], none);
    // Of zeros, with one byte: xor r8d, r8d; mov r9d, 1.
    let code = calling("IoBuildPartialMdl", |code| {
        let code = code.rcx(DATA).rdx(DATA + 0x40);
        code.raw(&[0x45, 0x31, 0xC0, 0x41, 0xB9, 1, 0, 0, 0])
    });
    breaks(code, &[Rule::MdlMisuse], "a partial MDL that is longer than its source");
}

#[test]
fn nothing_stops_the_system_or_maps_registers() {
    let plain = |code: Code| code;
    for function in ["MmMapIoSpace", "MmMapIoSpaceEx"] {
        let words = "a virtual device has no registers to map";
        breaks(calling(function, plain), &[Rule::BadArgument], words);
    }
    breaks(calling("_purecall", plain), &[Rule::Assertion], "a pure virtual function");
    breaks(calling("DbgBreakPoint", plain), &[Rule::Assertion], "DbgBreakPoint without");
    let one = |code: Code| code.raw(&[0xB9, 1, 0, 0, 0]);
    let words = "DbgBreakPointWithStatus(0x1) without a debugger";
    breaks(calling("DbgBreakPointWithStatus", one), &[Rule::Assertion], words);
    // mov r8d, 7; xor r9d, r9d: line 7 of an empty name.
    let code = calling("RtlAssert", |code| {
        let code = code.rcx(DATA).rdx(DATA);
        code.raw(&[0x41, 0xB8, 7, 0, 0, 0, 0x45, 0x31, 0xC9])
    });
    breaks(code, &[Rule::Assertion], ":7: ");
}

#[test]
fn an_mdl_is_built_before_it_is_mapped() {
    // mov edx, 10h; xor r8d, r8d; xor r9d, r9d; no IRP on the stack; the MDL is left in the data.
    let code = Code::new().begin().rcx(DATA);
    let code = code.raw(&[0xBA, 0x10, 0, 0, 0, 0x45, 0x31, 0xC0, 0x45, 0x31, 0xC9]);
    let code = code.raw(&[0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]).call("IoAllocateMdl");
    let code = code.relative(&[0x48, 0x89, 0x05], DATA + 0x40);
    // mov rcx, rax
    let code = code.raw(&[0x48, 0x89, 0xC1]).call("MmMapLockedPagesSpecifyCache");
    let code = code.relative(&[0x48, 0x8B, 0x0D], DATA + 0x40).call("IoFreeMdl").succeed();
    breaks(code, &[Rule::MdlMisuse], "neither locked nor of nonpaged pool");
}

/// RtlQueryRegistryValues with one entry of these flags, for a value without a name.
fn queries(flags: u32) -> Code {
    // lea rax of a name of zeros; the entry's name; mov dword of its flags, whose four bytes follow
    // the distance.
    let code = Code::new().begin().relative(&[0x48, 0x8D, 0x05], DATA + 0x90);
    let code = code.relative(&[0x48, 0x89, 0x05], DATA + 0x10);
    let code = code.relative(&[0xC7, 0x05], DATA + 8 - 4).raw(&flags.to_le_bytes());
    // mov ecx, 1: RTL_REGISTRY_SERVICES; its path of zeros; the table; no context, no environment.
    let code = code.raw(&[0xB9, 1, 0, 0, 0]).rdx(DATA + 0x90).r8(DATA);
    let code = code.raw(&[0x45, 0x31, 0xC9, 0x48, 0xC7, 0x44, 0x24, 0x20, 0, 0, 0, 0]);
    code.call("RtlQueryRegistryValues").succeed()
}

#[test]
fn values_that_are_stored_directly_have_their_type_checked() {
    let (direct, type_check) = (0x20, 0x100);
    breaks(queries(direct | type_check), &[], "");
    breaks(queries(direct), &[Rule::BadArgument], "DIRECT and without TYPECHECK");
}

/// A bug check ends the process: it happens in one of its own, which is this test again.
#[test]
fn a_bug_check_ends_the_run_and_says_which() {
    const CHILD: &str = "ACX_HOST_BUG_CHECK";
    if std::env::var_os(CHILD).is_some() {
        // mov ecx, 0E2h
        breaks(calling("KeBugCheck", |code| code.raw(&[0xB9, 0xE2, 0, 0, 0])), &[], "");
        unreachable!("a bug check does not return");
    }
    let mut child = std::process::Command::new(std::env::current_exe().expect("it runs"));
    child.args(["--exact", "a_bug_check_ends_the_run_and_says_which", "--nocapture"]);
    let output = child.env(CHILD, "1").output().expect("it runs again");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("BugCheck: bug check 0xe2 (0x0, 0x0, 0x0, 0x0)"), "{said}");
}
