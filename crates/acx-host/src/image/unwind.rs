//! The unwind data of x64 images: which function an address is in, what its prologue did, and what the
//! registers were in its caller. Source: "x64 exception handling" of Microsoft's C++ documentation.
//!
//! # Vocabulary
//!
//! *Unwind data*: the table of functions (.pdata) and a description of each one's prologue (.xdata).
//! *Virtual unwind*: the registers of a caller, computed from those of its callee; nothing moves.
//! *Establisher frame*: the address that stands for a call of a function; its handlers get it.
//! *Handler*: the function that decides what becomes of an exception; with C it is
//! `__C_specific_handler`, whose *scopes* are the `__try` blocks.
//!
//! Nothing here runs code or trusts a byte: what contradicts itself is a [`Problem`].

use std::ops::Range;

/// CONTEXT of winnt.h for x64: the registers of a thread.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Context {
    home: [u64; 6],
    /// `CONTEXT_CONTROL` and its like.
    pub flags: u32,
    /// The control register of the vector unit.
    pub mxcsr: u32,
    segments: [u16; 6],
    /// The processor's flags.
    pub eflags: u32,
    debug: [u64; 6],
    /// The general registers as instructions number them: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15.
    pub general: [u64; 16],
    /// The next instruction.
    pub rip: u64,
    /// The x87 part of what `fxsave64` stores.
    pub legacy: [u8; 0xA0],
    /// The vector registers.
    pub vectors: [u128; 16],
    legacy_end: [u8; 0x60],
    extended: [u128; 26],
    last: [u64; 6],
}

const _: () = assert!(size_of::<Context>() == 0x4D0);

/// Numbers of general registers.
const RSP: usize = 4;

impl Context {
    /// All registers are zero.
    pub const ZERO: Self = Self {
        home: [0; 6],
        flags: 0,
        mxcsr: 0,
        segments: [0; 6],
        eflags: 0,
        debug: [0; 6],
        general: [0; 16],
        rip: 0,
        legacy: [0; 0xA0],
        vectors: [0; 16],
        legacy_end: [0; 0x60],
        extended: [0; 26],
        last: [0; 6],
    };

    /// The stack pointer.
    pub fn rsp(&self) -> u64 {
        self.general[RSP]
    }

    /// Sets the stack pointer.
    pub fn set_rsp(&mut self, value: u64) {
        self.general[RSP] = value;
    }
}

/// The memory that frames lie in.
pub trait Stack {
    /// The eight bytes at an address, or None where there is no stack.
    fn word(&self, address: u64) -> Option<u64>;
}

/// What is wrong with unwind data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The table of functions lies outside, has a broken entry, or is not in order.
    #[error("the table of functions is not in order at {at:#x}")]
    Table {
        /// Offset in the image.
        at: u32,
    },
    /// A description or what it refers to lies outside the image.
    #[error("unwind data at {at:#x} is cut off")]
    CutOff {
        /// Offset in the image.
        at: u32,
    },
    /// A version that x64 images do not have.
    #[error("unwind data at {at:#x} has version {version}: 1 and 2 are known")]
    Version {
        /// Offset in the image.
        at: u32,
        /// What is there.
        version: u8,
    },
    /// A code that does not exist, or one with impossible operands.
    #[error("unwind data at {at:#x} has code {code}, which does not exist or makes no sense")]
    Code {
        /// Offset in the image.
        at: u32,
        /// What is there.
        code: u8,
    },
    /// Descriptions that are chained without an end.
    #[error("unwind data at {at:#x} is chained without an end")]
    Chain {
        /// Offset in the image.
        at: u32,
    },
    /// A handler, a filter or the code behind an `__except` lies outside the image's code.
    #[error("unwind data at {at:#x} has a handler at {handler:#x}, where no code is")]
    Handler {
        /// Offset in the image.
        at: u32,
        /// Offset in the image.
        handler: u32,
    },
    /// A return address is none: a function has no unwind data, or wrong data.
    #[error(
        "unwind data leads to {address:#x}, where no code is: a function has none, or wrong data"
    )]
    Return {
        /// Address.
        address: u64,
    },
    /// A frame lies outside the stack: the data does not describe the code.
    #[error("unwind data leads to {address:#x}, outside the stack")]
    Stack {
        /// Address.
        address: u64,
    },
}

/// A function of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    /// Where its entry in the table is, as an offset in the image.
    pub entry: u32,
    /// Its first instruction, as an offset in the image.
    pub begin: u32,
    /// What is behind its last one.
    pub end: u32,
    /// Its description.
    info: u32,
}

/// A function's handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Offset in the image.
    pub address: u32,
    /// The handler's own data: an offset in the image.
    pub data: u32,
    /// Whether it is asked what to do with an exception.
    pub handles: bool,
    /// Whether it is called while frames are left.
    pub unwinds: bool,
}

/// A frame that was unwound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// None for a leaf function, which has no entry.
    pub function: Option<Function>,
    /// The establisher frame.
    pub establisher: u64,
    /// What is asked about exceptions here. None in prologues and epilogues, too.
    pub handler: Option<Handler>,
}

/// An entry of a C function's scope table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The block's first instruction, as an offset in the image.
    pub begin: u32,
    /// What is behind its last one.
    pub end: u32,
    /// The filter, 1 for `EXCEPTION_EXECUTE_HANDLER`, or the `__finally` block.
    pub handler: u32,
    /// Where the `__except` block begins; 0 for `__finally`.
    pub target: u32,
}

impl Scope {
    /// Whether an offset in the image is inside the block.
    pub fn has(&self, offset: u32) -> bool {
        (self.begin..self.end).contains(&offset)
    }
}

/// The unwind data of an image, with a copy of the image: what the driver writes or takes out of reach changes nothing here.
#[derive(Debug)]
pub struct Table {
    base: u64,
    bytes: Vec<u8>,
    code: Vec<Range<u32>>,
    functions: Result<Range<usize>, Problem>,
}

const ENTRY: usize = 12;
const LONGEST_CHAIN: usize = 32;

const EXCEPTION_HANDLER: u8 = 1;
const UNWIND_HANDLER: u8 = 2;
const CHAINED: u8 = 4;

/// The head of an UNWIND_INFO.
#[derive(Clone, Copy)]
struct Info {
    at: u32,
    flags: u8,
    prologue: u32,
    codes: u32,
    frame_register: usize,
    frame_offset: u64,
}

/// An UNWIND_CODE with its operands.
enum Operation {
    Push(usize),
    Allocate(u64),
    SetFrame,
    Save(usize, u64),
    SaveVector(usize, u64),
    MachineFrame { error: bool },
    Epilogue,
}

impl Table {
    /// Of an image that lies at `base`, with its sections of code, and the place and the length of its exception directory.
    pub fn new(base: u64, bytes: Vec<u8>, code: Vec<Range<u32>>, directory: (u32, u32)) -> Self {
        let functions = functions(&bytes, directory);
        Self { base, bytes, code, functions }
    }

    /// Where the image lies.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// An address as an offset in the image, if it is inside.
    pub fn offset(&self, address: u64) -> Option<u32> {
        let offset = address.checked_sub(self.base)?;
        (offset < self.bytes.len() as u64).then_some(offset as u32)
    }

    fn is_code(&self, offset: u32) -> bool {
        self.code.iter().any(|section| section.contains(&offset))
    }

    fn byte(&self, at: u32) -> Option<u8> {
        self.bytes.get(at as usize).copied()
    }

    fn half(&self, at: u32) -> Result<u16, Problem> {
        let bytes = self.bytes.get(at as usize..).and_then(|rest| rest.first_chunk());
        bytes.copied().map(u16::from_le_bytes).ok_or(Problem::CutOff { at })
    }

    fn long(&self, at: u32) -> Result<u32, Problem> {
        let bytes = self.bytes.get(at as usize..).and_then(|rest| rest.first_chunk());
        bytes.copied().map(u32::from_le_bytes).ok_or(Problem::CutOff { at })
    }

    fn entry(&self, at: u32) -> Result<Function, Problem> {
        let [begin, end, info] = [0, 4, 8].map(|field| self.long(at.saturating_add(field)));
        Ok(Function { entry: at, begin: begin?, end: end?, info: info? })
    }

    /// The function that an offset in the image is in; None in a leaf function.
    ///
    /// # Errors
    ///
    /// [`Problem::Table`].
    pub fn function(&self, offset: u32) -> Result<Option<Function>, Problem> {
        let table = self.functions.clone()?;
        let (mut low, mut high) = (0, table.len() / ENTRY);
        while low < high {
            let middle = low.midpoint(high);
            let function = self.entry((table.start + middle * ENTRY) as u32)?;
            if offset < function.begin {
                high = middle;
            } else if offset >= function.end {
                low = middle + 1;
            } else {
                return self.primary(function).map(Some);
            }
        }
        Ok(None)
    }

    /// An entry whose description is another entry, as some linkers leave it: the lowest bit says so.
    fn primary(&self, function: Function) -> Result<Function, Problem> {
        if function.info & 1 == 0 {
            return Ok(function);
        }
        let other = self.entry(function.info & !1)?;
        if other.info & 1 == 0 {
            Ok(Function { info: other.info, ..function })
        } else {
            Err(Problem::Chain { at: function.info })
        }
    }

    fn info(&self, at: u32) -> Result<Info, Problem> {
        let head = self.long(at)?.to_le_bytes();
        let (version, flags) = (head[0] & 7, head[0] >> 3);
        if !matches!(version, 1 | 2) {
            return Err(Problem::Version { at, version });
        }
        Ok(Info {
            at,
            flags,
            prologue: u32::from(head[1]),
            codes: u32::from(head[2]),
            frame_register: usize::from(head[3] & 15),
            frame_offset: u64::from(head[3] >> 4) * 16,
        })
    }

    /// The code in a slot: where in the prologue it ends, what it did, and how many slots it takes.
    fn operation(&self, info: &Info, slot: u32) -> Result<(u32, Operation, u32), Problem> {
        let at = |slot: u32| info.at.saturating_add(4 + 2 * slot);
        let [ends, code] = self.half(at(slot))?.to_le_bytes();
        let (operation, operand) = (code & 15, usize::from(code >> 4));
        let bad = Problem::Code { at: at(slot), code: operation };
        let small = || self.half(at(slot + 1)).map(u64::from);
        let large = || self.long(at(slot + 1)).map(u64::from);
        let (operation, slots) = match operation {
            0 => (Operation::Push(operand), 1),
            1 if operand == 0 => (Operation::Allocate(small()? * 8), 2),
            1 if operand == 1 => (Operation::Allocate(large()?), 3),
            2 => (Operation::Allocate(operand as u64 * 8 + 8), 1),
            3 if info.frame_register != 0 => (Operation::SetFrame, 1),
            4 => (Operation::Save(operand, small()? * 8), 2),
            5 => (Operation::Save(operand, large()?), 3),
            // Version 2 lists the epilogues first; their instructions say the same.
            6 => (Operation::Epilogue, 1),
            8 => (Operation::SaveVector(operand, small()? * 16), 2),
            9 => (Operation::SaveVector(operand, large()?), 3),
            10 if operand < 2 => (Operation::MachineFrame { error: operand == 1 }, 1),
            _ => return Err(bad),
        };
        if slot + slots > info.codes { Err(bad) } else { Ok((u32::from(ends), operation, slots)) }
    }

    /// Turns the registers in a function into those of its caller.
    ///
    /// # Errors
    ///
    /// A [`Problem`]; what `context` holds then is of no use.
    pub fn unwind(&self, context: &mut Context, stack: &impl Stack) -> Result<Frame, Problem> {
        let Some(offset) = self.offset(context.rip) else {
            return Err(Problem::Stack { address: context.rip });
        };
        match self.function(offset)? {
            Some(function) => self.unwind_function(function, offset, context, stack),
            None => {
                let establisher = context.rsp();
                leave(context, stack)?;
                Ok(Frame { function: None, establisher, handler: None })
            }
        }
    }

    /// As [`unwind`](Self::unwind), for a function that is known.
    ///
    /// # Errors
    ///
    /// As it.
    pub fn unwind_function(
        &self,
        function: Function,
        offset: u32,
        context: &mut Context,
        stack: &impl Stack,
    ) -> Result<Frame, Problem> {
        let mut info = self.info(function.info)?;
        // How much of the prologue has run; all of it in a part of a function that is chained to its beginning.
        let ran = offset.wrapping_sub(function.begin);
        let in_prologue = ran < info.prologue;
        let establisher = self.establisher(&info, ran, context)?;
        if !in_prologue && self.leave_by_epilogue(&info, function, offset, context, stack)? {
            return Ok(Frame { function: Some(function), establisher, handler: None });
        }
        let mut has_returned = false;
        for link in 0..=LONGEST_CHAIN {
            let base = if info.frame_register == 0 { context.rsp() } else { establisher };
            let mut slot = 0;
            while slot < info.codes {
                let (ends, operation, slots) = self.operation(&info, slot)?;
                slot += slots;
                if link > 0 || !in_prologue || ends <= ran {
                    has_returned |= undo(&operation, &info, base, context, stack)?;
                }
            }
            if info.flags & CHAINED == 0 {
                break;
            }
            if link == LONGEST_CHAIN {
                return Err(Problem::Chain { at: info.at });
            }
            info = self.info(self.primary(self.entry(info.behind_codes())?)?.info)?;
        }
        if !has_returned {
            leave(context, stack)?;
        }
        let handler = if in_prologue { None } else { self.handler(&info)? };
        Ok(Frame { function: Some(function), establisher, handler })
    }

    /// What stands for the call: the frame register's place once it is set, else the stack pointer.
    fn establisher(&self, info: &Info, ran: u32, context: &Context) -> Result<u64, Problem> {
        if info.frame_register == 0 {
            return Ok(context.rsp());
        }
        let of_register = context.general[info.frame_register].wrapping_sub(info.frame_offset);
        if ran >= info.prologue || info.flags & CHAINED != 0 {
            return Ok(of_register);
        }
        let mut slot = 0;
        while slot < info.codes {
            let (ends, operation, slots) = self.operation(info, slot)?;
            if matches!(operation, Operation::SetFrame) && ends <= ran {
                return Ok(of_register);
            }
            slot += slots;
        }
        Ok(context.rsp())
    }

    fn handler(&self, info: &Info) -> Result<Option<Handler>, Problem> {
        if info.flags & (EXCEPTION_HANDLER | UNWIND_HANDLER) == 0 {
            return Ok(None);
        }
        let at = info.behind_codes();
        let address = self.long(at)?;
        if !self.is_code(address) {
            return Err(Problem::Handler { at, handler: address });
        }
        Ok(Some(Handler {
            address,
            data: at.saturating_add(4),
            handles: info.flags & EXCEPTION_HANDLER != 0,
            unwinds: info.flags & UNWIND_HANDLER != 0,
        }))
    }

    /// If the instructions from here on are the end of an epilogue, does what is left of it.
    fn leave_by_epilogue(
        &self,
        info: &Info,
        function: Function,
        offset: u32,
        context: &mut Context,
        stack: &impl Stack,
    ) -> Result<bool, Problem> {
        let Some(epilogue) = self.epilogue(info, function, offset, context) else {
            return Ok(false);
        };
        context.set_rsp(epilogue.rsp);
        for register in epilogue.pops.into_iter().take(epilogue.count) {
            let rsp = context.rsp();
            context.general[register] = word(stack, rsp)?;
            context.set_rsp(rsp.wrapping_add(8));
        }
        leave(context, stack)?;
        Ok(true)
    }

    fn epilogue(
        &self,
        info: &Info,
        function: Function,
        offset: u32,
        context: &Context,
    ) -> Option<Epilogue> {
        let mut at = offset;
        let byte = |at: u32| self.byte(at).filter(|_| at < function.end);
        let long = |at: u32| self.long(at).ok().map(|value| i64::from(value.cast_signed()));
        let short = |at: u32| byte(at).map(|value| i64::from(value.cast_signed()));
        let mut found = Epilogue { rsp: context.rsp(), pops: [0; 16], count: 0 };
        let moved = |by: i64| context.rsp().wrapping_add(by.cast_unsigned());
        match (byte(at)?, byte(at + 1), byte(at + 2)) {
            // add rsp, imm8; add rsp, imm32
            (0x48, Some(0x83), Some(0xC4)) => (found.rsp, at) = (moved(short(at + 3)?), at + 4),
            (0x48, Some(0x81), Some(0xC4)) => (found.rsp, at) = (moved(long(at + 3)?), at + 7),
            // lea rsp, [frame register + disp]
            (rex @ (0x48 | 0x49), Some(0x8D), Some(operands))
                if info.frame_register != 0 && operands >> 3 & 7 == RSP as u8 =>
            {
                let base = usize::from(operands & 7) | usize::from(rex & 1) << 3;
                let scaled = u32::from(operands & 7 == 4);
                let (by, length) = match operands >> 6 {
                    1 => (short(at + 3 + scaled)?, 4 + scaled),
                    2 => (long(at + 3 + scaled)?, 7 + scaled),
                    _ => return None,
                };
                if base != info.frame_register {
                    return None;
                }
                found.rsp = context.general[base].wrapping_add(by.cast_unsigned());
                at += length;
            }
            _ => {}
        }
        loop {
            let (register, length) = match (byte(at)?, byte(at + 1)) {
                (pop @ 0x58..=0x5F, _) => (usize::from(pop - 0x58), 1),
                (0x41, Some(pop @ 0x58..=0x5F)) => (usize::from(pop - 0x58) + 8, 2),
                _ => break,
            };
            *found.pops.get_mut(found.count)? = register;
            found.count += 1;
            at += length;
        }
        let leaves = |target: i64| {
            let inside = i64::from(function.begin)..i64::from(function.end);
            !inside.contains(&target) || target == i64::from(function.begin)
        };
        let is_end = match (byte(at)?, byte(at + 1), byte(at + 2)) {
            (0xC3, ..) | (0xF3, Some(0xC3), _) => true,
            (0xE9, ..) => leaves(i64::from(at) + 5 + long(at + 1)?),
            (0xEB, ..) => leaves(i64::from(at) + 2 + short(at + 1)?),
            // jmp of a place in memory; with REX.W, of a register.
            (0xFF, Some(operands), _) => operands & 0xF8 == 0x20,
            (0x48, Some(0xFF), Some(operands)) => matches!(operands & 0xF8, 0x20 | 0xE0),
            _ => false,
        };
        is_end.then_some(found)
    }

    /// How many scopes a C function has; `data` is its handler's own data.
    ///
    /// # Errors
    ///
    /// [`Problem::CutOff`].
    pub fn scopes(&self, data: u32) -> Result<u32, Problem> {
        let count = self.long(data)?;
        let end = u64::from(data) + 4 + 16 * u64::from(count);
        if end > self.bytes.len() as u64 {
            return Err(Problem::CutOff { at: data });
        }
        Ok(count)
    }

    /// A scope of a C function.
    ///
    /// # Errors
    ///
    /// [`Problem::CutOff`]; [`Problem::Handler`] if it leads to where no function is.
    pub fn scope(&self, data: u32, index: u32) -> Result<Scope, Problem> {
        let at = data.saturating_add(4).saturating_add(index.saturating_mul(16));
        let field = |field: u32| self.long(at.saturating_add(field));
        let scope =
            Scope { begin: field(0)?, end: field(4)?, handler: field(8)?, target: field(12)? };
        let is_constant = scope.handler == 1 && scope.target != 0;
        if !is_constant && !self.is_code(scope.handler) {
            return Err(Problem::Handler { at, handler: scope.handler });
        }
        if scope.target != 0 && !self.is_code(scope.target) {
            return Err(Problem::Handler { at, handler: scope.target });
        }
        Ok(scope)
    }
}

impl Info {
    /// What follows the codes, whose number is made even.
    fn behind_codes(&self) -> u32 {
        self.at.saturating_add(4 + 2 * self.codes.next_multiple_of(2))
    }
}

/// What is left of an epilogue: where the stack pointer goes, and the registers that are popped then.
struct Epilogue {
    rsp: u64,
    pops: [usize; 16],
    count: usize,
}

/// The table of functions, if it is in order.
fn functions(bytes: &[u8], (at, length): (u32, u32)) -> Result<Range<usize>, Problem> {
    let (start, length) = (at as usize, length as usize / ENTRY * ENTRY);
    let range = start..start.saturating_add(length);
    let table = bytes.get(range.clone()).ok_or(Problem::Table { at })?;
    let mut last = 0;
    for (index, entry) in table.chunks_exact(ENTRY).enumerate() {
        let field = |at: usize| {
            entry.get(at..).and_then(|rest| rest.first_chunk()).copied().map(u32::from_le_bytes)
        };
        let (begin, end) = (field(0).unwrap_or(0), field(4).unwrap_or(0));
        if begin < last || begin >= end || end as usize > bytes.len() {
            return Err(Problem::Table { at: at + (index * ENTRY) as u32 });
        }
        last = end;
    }
    Ok(range)
}

fn word(stack: &impl Stack, address: u64) -> Result<u64, Problem> {
    stack.word(address).ok_or(Problem::Stack { address })
}

/// Returns to the caller.
fn leave(context: &mut Context, stack: &impl Stack) -> Result<(), Problem> {
    let rsp = context.rsp();
    context.rip = word(stack, rsp)?;
    context.set_rsp(rsp.wrapping_add(8));
    Ok(())
}

/// Undoes an operation of a prologue; whether that was a whole return, out of a machine frame.
fn undo(
    operation: &Operation,
    info: &Info,
    base: u64,
    context: &mut Context,
    stack: &impl Stack,
) -> Result<bool, Problem> {
    let rsp = context.rsp();
    match *operation {
        Operation::Push(register) => {
            context.general[register] = word(stack, rsp)?;
            context.set_rsp(rsp.wrapping_add(8));
        }
        Operation::Allocate(bytes) => context.set_rsp(rsp.wrapping_add(bytes)),
        Operation::SetFrame => {
            let frame = context.general[info.frame_register];
            context.set_rsp(frame.wrapping_sub(info.frame_offset));
        }
        Operation::Save(register, at) => {
            context.general[register] = word(stack, base.wrapping_add(at))?;
        }
        Operation::SaveVector(register, at) => {
            let low = word(stack, base.wrapping_add(at))?;
            let high = word(stack, base.wrapping_add(at).wrapping_add(8))?;
            context.vectors[register] = u128::from(low) | u128::from(high) << 64;
        }
        Operation::MachineFrame { error } => {
            let frame = if error { rsp.wrapping_add(8) } else { rsp };
            context.rip = word(stack, frame)?;
            context.set_rsp(word(stack, frame.wrapping_add(24))?);
            return Ok(true);
        }
        Operation::Epilogue => {}
    }
    Ok(false)
}

#[cfg(test)]
#[path = "unwind/tests.rs"]
mod tests;
