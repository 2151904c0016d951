//! The unwind data of x64 images. Source: "x64 exception handling" of Microsoft's C++
//! documentation.

use std::ops::{Deref, Range};

use super::shared::{Contents, Frame, Function, Handler, Problem, Stack, word};

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
    /// The general registers as instructions number them: rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi,
    /// r8 to r15.
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
    pub fn sp(&self) -> u64 {
        self.general[RSP]
    }

    /// Sets the stack pointer.
    pub fn set_sp(&mut self, value: u64) {
        self.general[RSP] = value;
    }

    /// The next instruction.
    pub fn pc(&self) -> u64 {
        self.rip
    }

    /// Goes on at another instruction.
    pub fn set_pc(&mut self, value: u64) {
        self.rip = value;
    }

    /// The address that says where in a function the thread is.
    pub fn control(&self) -> u64 {
        self.rip
    }

    /// Whether the next instruction is the one behind a call.
    pub fn is_unwound(&self) -> bool {
        false
    }

    /// The thread stands behind a call: [`is_unwound`](Self::is_unwound).
    pub fn set_unwound(&mut self) {}

    /// The first four arguments of a function that has just been called.
    pub fn arguments(&self) -> [u64; 4] {
        [self.general[1], self.general[2], self.general[8], self.general[9]]
    }

    /// Returns from a function that has just been called, if the return address is on the stack.
    pub fn return_at_once(&mut self, stack: &impl Stack) {
        let _ = leave(self, stack);
    }

    /// Clears the flags of the processor that a function expects to be clear: direction and trap.
    pub fn clear_flags(&mut self) {
        self.eflags &= !0x500;
    }
}

/// The unwind data of an x64 image.
#[derive(Debug)]
pub struct Table {
    contents: Contents,
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

impl Deref for Table {
    type Target = Contents;

    fn deref(&self) -> &Contents {
        &self.contents
    }
}

impl Table {
    /// The unwind data of an image at `base`: its sections of code, and the place and the length of
    /// its exception directory.
    pub fn new(base: u64, bytes: Vec<u8>, code: Vec<Range<u32>>, directory: (u32, u32)) -> Self {
        let functions = functions(&bytes, directory);
        Self { contents: Contents { base, bytes, code }, functions }
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

    /// An entry whose description is another entry, as some linkers leave it: the lowest bit says
    /// so.
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
                let establisher = context.sp();
                leave(context, stack)?;
                Ok(Frame { function: None, establisher, handler: None })
            }
        }
    }

    /// Like [`unwind`](Self::unwind), for a function that is known.
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
        // How much of the prologue has run; all of it in a part of a function that is chained to
        // its beginning.
        let ran = offset.wrapping_sub(function.begin);
        let in_prologue = ran < info.prologue;
        let establisher = self.establisher(&info, ran, context)?;
        if !in_prologue && self.leave_by_epilogue(&info, function, offset, context, stack)? {
            return Ok(Frame { function: Some(function), establisher, handler: None });
        }
        let mut has_returned = false;
        for link in 0..=LONGEST_CHAIN {
            let base = if info.frame_register == 0 { context.sp() } else { establisher };
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
            return Ok(context.sp());
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
        Ok(context.sp())
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
        context.set_sp(epilogue.rsp);
        for register in epilogue.pops.into_iter().take(epilogue.count) {
            let rsp = context.sp();
            context.general[register] = word(stack, rsp)?;
            context.set_sp(rsp.wrapping_add(8));
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
        let mut found = Epilogue { rsp: context.sp(), pops: [0; 16], count: 0 };
        let moved = |by: i64| context.sp().wrapping_add(by.cast_unsigned());
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
}

impl Info {
    /// What follows the codes, whose number is made even.
    fn behind_codes(&self) -> u32 {
        self.at.saturating_add(4 + 2 * self.codes.next_multiple_of(2))
    }
}

/// What is left of an epilogue: where the stack pointer goes, and the registers that are popped
/// then.
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
    for (index, entry) in table.as_chunks::<ENTRY>().0.iter().enumerate() {
        // Begin, end, and where its unwind data is.
        let [begin, end, _] = *entry.as_chunks().0 else { unreachable!() };
        let (begin, end) = (u32::from_le_bytes(begin), u32::from_le_bytes(end));
        if begin < last || begin >= end || end as usize > bytes.len() {
            return Err(Problem::Table { at: at + (index * ENTRY) as u32 });
        }
        last = end;
    }
    Ok(range)
}

/// Returns to the caller.
fn leave(context: &mut Context, stack: &impl Stack) -> Result<(), Problem> {
    let rsp = context.sp();
    context.rip = word(stack, rsp)?;
    context.set_sp(rsp.wrapping_add(8));
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
    let rsp = context.sp();
    match *operation {
        Operation::Push(register) => {
            context.general[register] = word(stack, rsp)?;
            context.set_sp(rsp.wrapping_add(8));
        }
        Operation::Allocate(bytes) => context.set_sp(rsp.wrapping_add(bytes)),
        Operation::SetFrame => {
            let frame = context.general[info.frame_register];
            context.set_sp(frame.wrapping_sub(info.frame_offset));
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
            context.set_sp(word(stack, frame.wrapping_add(24))?);
            return Ok(true);
        }
        Operation::Epilogue => {}
    }
    Ok(false)
}

#[cfg(test)]
#[path = "x64_tests.rs"]
mod tests;
