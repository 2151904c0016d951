//! The unwind data of ARM64 images. Source: "ARM64 exception handling" of Microsoft's C++
//! documentation.
//!
//! # Vocabulary
//!
//! *Code*: what undoes one instruction of a prologue, in the order in which they are undone; an
//! epilogue has the same codes, one for each of its instructions, and then its return.
//! *Full record*: .xdata, with codes. *Packed*: an entry of .pdata that says which of the usual
//! prologues it is, from which the codes follow.

use std::ops::{Deref, Range};

use super::shared::{Contents, Frame, Function, Handler, Problem, Stack, word};

#[path = "arm64/packed.rs"]
mod packed;

/// `ARM64_NT_CONTEXT` of winnt.h: the registers of a thread.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// `CONTEXT_ARM64_CONTROL` and its like.
    pub flags: u32,
    /// The processor's flags.
    pub cpsr: u32,
    /// x0 to x30; x29 is the frame pointer, x30 the link register.
    pub general: [u64; 31],
    /// The stack pointer.
    pub sp: u64,
    /// The next instruction.
    pub pc: u64,
    /// The vector registers.
    pub vectors: [u128; 32],
    /// The vector unit's control.
    pub fpcr: u32,
    /// The vector unit's state.
    pub fpsr: u32,
    debug: [u32; 30],
}

const _: () = assert!(size_of::<Context>() == 0x390);

/// Numbers of general registers.
const FP: usize = 29;
const LR: usize = 30;

/// `CONTEXT_ARM64_UNWOUND_TO_CALL`: the next instruction is the one behind a call.
const UNWOUND_TO_CALL: u32 = 0x2000_0000;

/// The size of an instruction in bytes.
const INSTRUCTION: u32 = 4;

impl Context {
    /// All registers are zero.
    pub const ZERO: Self = Self {
        flags: 0,
        cpsr: 0,
        general: [0; 31],
        sp: 0,
        pc: 0,
        vectors: [0; 32],
        fpcr: 0,
        fpsr: 0,
        debug: [0; 30],
    };

    /// The stack pointer.
    pub fn sp(&self) -> u64 {
        self.sp
    }

    /// Sets the stack pointer.
    pub fn set_sp(&mut self, value: u64) {
        self.sp = value;
    }

    /// The next instruction.
    pub fn pc(&self) -> u64 {
        self.pc
    }

    /// Goes on at another instruction.
    pub fn set_pc(&mut self, value: u64) {
        self.pc = value;
        self.flags &= !UNWOUND_TO_CALL;
    }

    /// The address that says where in a function the thread is: that of the call, if it is in one.
    /// What is behind a call can be another block, or another function.
    pub fn control(&self) -> u64 {
        let back = if self.is_unwound() { u64::from(INSTRUCTION) } else { 0 };
        self.pc.wrapping_sub(back)
    }

    /// Whether the next instruction is the one behind a call.
    pub fn is_unwound(&self) -> bool {
        self.flags & UNWOUND_TO_CALL != 0
    }

    /// The thread stands behind a call: [`is_unwound`](Self::is_unwound).
    pub fn set_unwound(&mut self) {
        self.flags |= UNWOUND_TO_CALL;
    }

    /// The first four arguments of a function that has just been called.
    pub fn arguments(&self) -> [u64; 4] {
        [self.general[0], self.general[1], self.general[2], self.general[3]]
    }

    /// Returns from a function that has just been called.
    pub fn return_at_once(&mut self, _stack: &impl Stack) {
        leave(self);
    }

    /// No flag has a meaning at the beginning of a block.
    pub fn clear_flags(&mut self) {}
}

/// The unwind data of an ARM64 image.
#[derive(Debug)]
pub struct Table {
    contents: Contents,
    functions: Result<Range<usize>, Problem>,
}

const ENTRY: usize = 8;

/// A general register and those behind it, or vector registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Register {
    General(usize),
    /// The low eight bytes of a vector register, which are all that functions keep.
    Double(usize),
    /// A whole vector register.
    Vector(usize),
}

impl Register {
    /// The register that is stored behind this one, in a pair.
    fn next(self) -> Self {
        match self {
            Self::General(number) => Self::General(number + 1),
            Self::Double(number) => Self::Double(number + 1),
            Self::Vector(number) => Self::Vector(number + 1),
        }
    }

    /// The pair that `save_next` means, so many pairs behind: behind x28 comes d8. No page says
    /// where one behind whole vector registers would be.
    fn pairs_behind(self, pairs: usize) -> Option<Self> {
        match self {
            Self::General(number) if number + 2 * pairs >= FP => {
                Some(Self::Double(8 + number + 2 * pairs - FP))
            }
            Self::General(number) => Some(Self::General(number + 2 * pairs)),
            Self::Double(number) => Some(Self::Double(number + 2 * pairs)),
            Self::Vector(_) => None,
        }
    }

    fn exists(self) -> bool {
        match self {
            Self::General(number) => number <= LR,
            Self::Double(number) | Self::Vector(number) => number < 32,
        }
    }
}

/// A store of one or two registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Save {
    register: Register,
    /// The second register, if there are two.
    second: Option<Register>,
    /// Where, from the stack pointer.
    at: u64,
    /// By how much the store moved the stack pointer down before.
    moved: u64,
}

/// What a code undoes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Allocate(u64),
    Save(Save),
    /// `save_next`: the pair behind that of the next store.
    Next,
    /// The frame pointer was set to so much above the stack pointer.
    Frame(u64),
    Nothing,
    /// The return address was signed.
    Sign,
    /// What follows undoes the prologue of the function that this is a part of.
    EndOfPart,
    End,
}

impl Save {
    fn pair(register: Register) -> Self {
        Self { second: Some(register.next()), ..Self::one(register) }
    }

    fn one(register: Register) -> Self {
        Self { register, second: None, at: 0, moved: 0 }
    }

    /// It is there.
    fn at(self, at: u64) -> Self {
        Self { at, ..self }
    }

    /// It makes its own room.
    fn pushes(self, bytes: u64) -> Self {
        Self { moved: bytes, ..self }
    }
}

/// The head of a full record.
struct Record {
    at: u32,
    has_handler: bool,
    /// The place of the epilogues' list and their number; or the first code of the only one.
    epilogues: Result<(u32, u32), u32>,
    /// Where the codes are, and what is behind them.
    codes: Range<u32>,
    /// Bytes of the function.
    length: u32,
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
        let contents = Contents { base, bytes, code };
        let functions = functions(&contents, directory);
        Self { contents, functions }
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
            let function = entry(self, (table.start + middle * ENTRY) as u32)?;
            if offset < function.begin {
                high = middle;
            } else if offset >= function.end {
                low = middle + 1;
            } else {
                return Ok(Some(function));
            }
        }
        Ok(None)
    }

    /// Turns the registers in a function into those of its caller.
    ///
    /// # Errors
    ///
    /// A [`Problem`]; what `context` holds then is of no use.
    pub fn unwind(&self, context: &mut Context, stack: &impl Stack) -> Result<Frame, Problem> {
        let control = context.control();
        let Some(offset) = self.offset(control) else {
            return Err(Problem::Stack { address: control });
        };
        let Some(function) = self.function(offset)? else {
            leave(context);
            return Ok(Frame { function: None, establisher: context.sp, handler: None });
        };
        // Whole instructions from the beginning of the function.
        let ran = (offset - function.begin) / INSTRUCTION;
        let handler = if function.info.is_multiple_of(4) {
            self.unwind_record(&record(self, function.info)?, ran, context, stack)?
        } else {
            packed::unwind(&function, ran, context, stack)?;
            None
        };
        leave(context);
        Ok(Frame { function: Some(function), establisher: context.sp, handler })
    }

    /// By a full record; the handler, if the thread is in the function's body.
    fn unwind_record(
        &self,
        record: &Record,
        ran: u32,
        context: &mut Context,
        stack: &impl Stack,
    ) -> Result<Option<Handler>, Problem> {
        let prologue = self.instructions(record, record.codes.start)?;
        if ran < prologue {
            self.undo(record, record.codes.start, prologue - ran, context, stack)?;
            return Ok(None);
        }
        if let Some((code, ran)) = self.epilogue(record, ran)? {
            self.undo(record, code, ran, context, stack)?;
            return Ok(None);
        }
        self.undo(record, record.codes.start, 0, context, stack)?;
        if record.has_handler { self.handler(record.codes.end).map(Some) } else { Ok(None) }
    }

    /// The function's handler, whose address is at `at`. It is for exceptions and for unwinds.
    fn handler(&self, at: u32) -> Result<Handler, Problem> {
        let address = self.long(at)?;
        if !self.is_code(address) {
            return Err(Problem::Handler { at, handler: address });
        }
        Ok(Handler { address, data: at.saturating_add(4), handles: true, unwinds: true })
    }

    /// The epilogue that an instruction is in: its first code, and how many of its instructions
    /// have run.
    fn epilogue(&self, record: &Record, at: u32) -> Result<Option<(u32, u32)>, Problem> {
        let first = |index: u32| {
            let code = record.codes.start.saturating_add(index);
            let bad = Problem::CutOff { at: record.at };
            if record.codes.contains(&code) { Ok(code) } else { Err(bad) }
        };
        match record.epilogues {
            Err(index) => {
                let code = first(index)?;
                // Its return is the function's last instruction.
                let length = self.instructions(record, code)? + 1;
                let begin = (record.length / INSTRUCTION).checked_sub(length);
                Ok(begin.and_then(|begin| at.checked_sub(begin)).map(|ran| (code, ran)))
            }
            Ok((list, count)) => {
                for index in 0..count {
                    let scope = self.long(list.saturating_add(4 * index))?;
                    let Some(ran) = at.checked_sub(scope & 0x3_FFFF) else { continue };
                    let code = first(scope >> 22)?;
                    if ran <= self.instructions(record, code)? {
                        return Ok(Some((code, ran)));
                    }
                }
                Ok(None)
            }
        }
    }

    /// How many instructions the codes from here on stand for.
    fn instructions(&self, record: &Record, from: u32) -> Result<u32, Problem> {
        let (mut at, mut count) = (from, 0);
        loop {
            let (operation, next) = self.operation(record, at)?;
            if matches!(operation, Operation::End | Operation::EndOfPart) {
                return Ok(count);
            }
            (at, count) = (next, count + 1);
        }
    }

    /// Undoes what the codes from here on say, without so many of them.
    fn undo(
        &self,
        record: &Record,
        from: u32,
        without: u32,
        context: &mut Context,
        stack: &impl Stack,
    ) -> Result<(), Problem> {
        let mut at = from;
        for _ in 0..without {
            at = self.operation(record, at)?.1;
        }
        let mut pairs_behind = 0;
        loop {
            let (operation, next) = self.operation(record, at)?;
            match operation {
                Operation::End => return Ok(()),
                Operation::Next => pairs_behind += 1,
                Operation::Save(save) => {
                    for pairs in (1..=pairs_behind).rev() {
                        let pair = save.register.pairs_behind(pairs);
                        let pair = pair
                            .map(|register| Save::pair(register).at(save.at + 16 * pairs as u64));
                        let pair = pair.filter(|pair| save.second.is_some() && pair.exists());
                        let code = self.byte(at).unwrap_or(0);
                        let pair = pair.ok_or(Problem::Code { at, code })?;
                        undo(&Operation::Save(pair), context, stack)?;
                    }
                    undo(&operation, context, stack)?;
                    pairs_behind = 0;
                }
                _ => undo(&operation, context, stack)?,
            }
            at = next;
        }
    }

    /// The code at a place, and the place of the next one.
    fn operation(&self, record: &Record, at: u32) -> Result<(Operation, u32), Problem> {
        let byte = |index: u32| {
            let place = at.saturating_add(index);
            let byte = if record.codes.contains(&place) { self.byte(place) } else { None };
            byte.map(u32::from).ok_or(Problem::CutOff { at })
        };
        let code = byte(0)?;
        let bad = Problem::Code { at, code: code as u8 };
        let length = match code {
            0xC0..=0xDE | 0xE2 => 2,
            0xE7 => 3,
            0xE0 => 4,
            _ => 1,
        };
        let mut value = code;
        for index in 1..length {
            value = value << 8 | byte(index)?;
        }
        // The lowest bits; and those above them, without what the range of codes has in common.
        let low = |count: u32| value & ((1 << count) - 1);
        let above = |first: u32, count: u32| (value - (first << 8)) >> count;
        let words = |bits: u32| 8 * u64::from(bits);
        let general = |bits: u32| Register::General(19 + bits as usize);
        let double = |bits: u32| Register::Double(8 + bits as usize);
        let down = |bits: u32| words(bits + 1);
        let save = match code {
            0x20..=0x3F => Save::pair(general(0)).pushes(words(low(5))),
            0x40..=0x7F => Save::pair(Register::General(FP)).at(words(low(6))),
            0x80..=0xBF => Save::pair(Register::General(FP)).pushes(down(value - 0x80)),
            0xC8..=0xCB => Save::pair(general(above(0xC8, 6))).at(words(low(6))),
            0xCC..=0xCF => Save::pair(general(above(0xCC, 6))).pushes(down(low(6))),
            0xD0..=0xD3 => Save::one(general(above(0xD0, 6))).at(words(low(6))),
            0xD4 | 0xD5 => Save::one(general(above(0xD4, 5))).pushes(down(low(5))),
            0xD6 | 0xD7 => {
                let own = Save::one(general(2 * above(0xD6, 6))).at(words(low(6)));
                Save { second: Some(Register::General(LR)), ..own }
            }
            0xD8 | 0xD9 => Save::pair(double(above(0xD8, 6))).at(words(low(6))),
            0xDA | 0xDB => Save::pair(double(above(0xDA, 6))).pushes(down(low(6))),
            0xDC | 0xDD => Save::one(double(above(0xDC, 6))).at(words(low(6))),
            0xDE => Save::one(double(above(0xDE, 5))).pushes(down(low(5))),
            0xE7 => any(value).ok_or(bad)?,
            _ => {
                let operation = match code {
                    0..=0x1F => Operation::Allocate(16 * u64::from(value)),
                    0xC0..=0xC7 => Operation::Allocate(16 * u64::from(above(0xC0, 0))),
                    0xE0 => Operation::Allocate(16 * u64::from(value - 0xE000_0000)),
                    0xE1 => Operation::Frame(0),
                    0xE2 => Operation::Frame(words(above(0xE2, 0))),
                    0xE3 => Operation::Nothing,
                    0xE4 => Operation::End,
                    0xE5 => Operation::EndOfPart,
                    0xE6 => Operation::Next,
                    0xFC => Operation::Sign,
                    // Reserved, or for the kernel's own frames.
                    _ => return Err(bad),
                };
                return Ok((operation, at + length));
            }
        };
        if save.exists() { Ok((Operation::Save(save), at + length)) } else { Err(bad) }
    }
}

impl Save {
    fn exists(&self) -> bool {
        self.register.exists() && self.second.is_none_or(Register::exists)
    }
}

/// `save_any_reg`: 0, pair, moves, register (5 bits); kind (2 bits), place (6 bits).
fn any(value: u32) -> Option<Save> {
    let number = (value >> 8 & 31) as usize;
    let (is_pair, moves) = (value >> 14 & 1 != 0, value >> 13 & 1 != 0);
    let register = match value >> 6 & 3 {
        0 => Register::General(number),
        1 => Register::Double(number),
        2 => Register::Vector(number),
        _ => return None,
    };
    let is_wide = is_pair || matches!(register, Register::Vector(_));
    let place = u64::from(value & 63);
    let at = if is_wide { 16 * place } else { 8 * place };
    let save = if is_pair { Save::pair(register) } else { Save::one(register) };
    let save = if moves { save.pushes(16 * (place + 1)) } else { save.at(at) };
    (value >> 15 & 1 == 0).then_some(save)
}

/// An entry of the table.
fn entry(contents: &Contents, at: u32) -> Result<Function, Problem> {
    let (begin, info) = (contents.long(at)?, contents.long(at.saturating_add(4))?);
    let length = match info & 3 {
        0 => record(contents, info)?.length,
        1 | 2 => (info >> 2 & 0x7FF) * INSTRUCTION,
        _ => return Err(Problem::Table { at }),
    };
    let end = begin.checked_add(length).ok_or(Problem::Table { at })?;
    Ok(Function { entry: at, begin, end, info })
}

/// The head of a full record.
fn record(contents: &Contents, at: u32) -> Result<Record, Problem> {
    let head = contents.long(at)?;
    let version = (head >> 18 & 3) as u8;
    if version != 0 {
        return Err(Problem::Version { at, version });
    }
    let (mut count, mut words, mut behind) = (head >> 22 & 31, head >> 27, at.saturating_add(4));
    if count == 0 && words == 0 {
        let more = contents.long(behind)?;
        (count, words, behind) = (more & 0xFFFF, more >> 16 & 0xFF, behind.saturating_add(4));
    }
    // The only epilogue is in the head, or each has a word.
    let epilogues = if head >> 21 & 1 != 0 { Err(count) } else { Ok((behind, count)) };
    let list = if epilogues.is_ok() { 4 * count } else { 0 };
    let codes = behind.saturating_add(list);
    Ok(Record {
        at,
        has_handler: head >> 20 & 1 != 0,
        epilogues,
        codes: codes..codes.saturating_add(4 * words),
        length: (head & 0x3_FFFF) * INSTRUCTION,
    })
}

/// The table of functions, if it is in order.
fn functions(contents: &Contents, (at, length): (u32, u32)) -> Result<Range<usize>, Problem> {
    let (start, length) = (at as usize, length as usize / ENTRY * ENTRY);
    let range = start..start.saturating_add(length);
    if contents.bytes.get(range.clone()).is_none() {
        return Err(Problem::Table { at });
    }
    let mut last = 0;
    for place in range.clone().step_by(ENTRY) {
        let own = entry(contents, place as u32)?;
        let is_there = own.end as usize <= contents.bytes.len() && own.begin < own.end;
        if own.begin < last || !is_there || !own.begin.is_multiple_of(INSTRUCTION) {
            return Err(Problem::Table { at: place as u32 });
        }
        last = own.end;
    }
    Ok(range)
}

/// Returns to the caller.
fn leave(context: &mut Context) {
    context.pc = context.general[LR];
    context.set_unwound();
}

fn load(
    register: Register,
    at: u64,
    context: &mut Context,
    stack: &impl Stack,
) -> Result<(), Problem> {
    let low = word(stack, at)?;
    match register {
        Register::General(number) => context.general[number] = low,
        Register::Double(number) => {
            let own = &mut context.vectors[number];
            *own = *own >> 64 << 64 | u128::from(low);
        }
        Register::Vector(number) => {
            let high = word(stack, at.wrapping_add(8))?;
            context.vectors[number] = u128::from(high) << 64 | u128::from(low);
        }
    }
    Ok(())
}

/// Undoes an operation of a prologue.
fn undo(operation: &Operation, context: &mut Context, stack: &impl Stack) -> Result<(), Problem> {
    match *operation {
        Operation::Allocate(bytes) => context.sp = context.sp.wrapping_add(bytes),
        Operation::Save(save) => {
            let at = context.sp.wrapping_add(save.at);
            load(save.register, at, context, stack)?;
            if let Some(second) = save.second {
                let step = if matches!(second, Register::Vector(_)) { 16 } else { 8 };
                load(second, at.wrapping_add(step), context, stack)?;
            }
            context.sp = context.sp.wrapping_add(save.moved);
        }
        Operation::Frame(above) => context.sp = context.general[FP].wrapping_sub(above),
        // What signs leaves the address' own bits alone: an image lies in the lower half.
        Operation::Sign => context.general[LR] &= (1 << 48) - 1,
        Operation::Next | Operation::Nothing | Operation::EndOfPart | Operation::End => {}
    }
    Ok(())
}

#[cfg(test)]
#[path = "arm64_tests.rs"]
mod tests;
