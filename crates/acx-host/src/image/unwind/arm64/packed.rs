//! Entries of .pdata that say which of the usual prologues a function has.

use super::super::shared::Function;
use super::{Context, FP, INSTRUCTION, LR, Operation, Register, Save, undo};
use crate::image::unwind::{Problem, Stack};

/// The fields of a packed entry.
struct Packed {
    /// It has a prologue at its beginning and an epilogue at its end; if not, it is a part of a
    /// function.
    is_whole: bool,
    /// Bytes of the frame.
    frame: u64,
    /// General registers that are saved, from x19 on.
    general: usize,
    /// Vector registers that are saved, from d8 on.
    doubles: usize,
    /// The function stores its arguments.
    homes: bool,
    /// Its frame is in the chain of frames.
    is_chained: bool,
    saves_return: bool,
    signs_return: bool,
}

/// An operation, and whether only the prologue has an instruction for it.
type Step = (Operation, bool);

/// Where a single instruction moves the stack pointer by at most so much, for a frame that is
/// larger.
const MOST: u64 = 4080;

/// At most 5 stores of general registers and of x30 each, 4 of vector registers, 4 of arguments, 4
/// for the rest of the frame, 1 that signs.
#[derive(Default)]
struct Steps {
    all: [Option<Step>; 24],
    count: usize,
}

impl Steps {
    fn push(&mut self, operation: Operation, is_of_prologue: bool) {
        if let Some(place) = self.all.get_mut(self.count) {
            *place = Some((operation, is_of_prologue));
            self.count += 1;
        }
    }
}

fn fields(function: &Function) -> Result<Packed, Problem> {
    let info = function.info;
    let bits = |shift: u32, count: u32| info >> shift & ((1 << count) - 1);
    let chain = bits(21, 2);
    let doubles = bits(13, 3) as usize;
    let packed = Packed {
        is_whole: bits(0, 2) == 1,
        frame: 16 * u64::from(info >> 23),
        general: bits(16, 4) as usize,
        doubles: if doubles == 0 { 0 } else { doubles + 1 },
        homes: bits(20, 1) != 0,
        is_chained: chain >= 2,
        saves_return: chain == 1,
        signs_return: chain == 2,
    };
    let locals = packed.frame.checked_sub(packed.saved());
    let least = if packed.is_chained { 16 } else { 0 };
    if packed.general > 10 || locals.is_none_or(|locals| locals < least) {
        return Err(Problem::Code { at: function.entry, code: info as u8 });
    }
    Ok(packed)
}

impl Packed {
    /// Bytes of general registers, with the return address among them.
    fn of_general(&self) -> u64 {
        8 * (self.general as u64 + u64::from(self.saves_return))
    }

    /// Bytes of all that is saved above the locals.
    fn saved(&self) -> u64 {
        let arguments = if self.homes { 64 } else { 0 };
        (self.of_general() + 8 * self.doubles as u64 + arguments).next_multiple_of(16)
    }

    /// What undoes the prologue, its last instruction first.
    fn steps(&self) -> Steps {
        let mut steps = Steps::default();
        let saved = self.saved();
        let locals = self.frame - saved;
        let frame = Register::General(FP);
        if self.is_chained {
            steps.push(Operation::Frame(0), true);
        }
        if self.is_chained && locals <= 512 {
            steps.push(Operation::Save(Save::pair(frame).pushes(locals)), false);
        } else {
            if self.is_chained {
                steps.push(Operation::Save(Save::pair(frame)), false);
            }
            let rest = locals.saturating_sub(MOST);
            if rest > 0 {
                steps.push(Operation::Allocate(rest), false);
            }
            // The last to be undone of these; if there are no locals, the very first, of nothing.
            steps.push(Operation::Allocate(locals - rest), false);
        }
        // The first store of all makes the room.
        let is_first =
            |store: usize, of_general: bool| store == 0 && (of_general || self.of_general() == 0);
        if self.homes {
            for _ in 1..4 {
                steps.push(Operation::Nothing, true);
            }
            if self.of_general() == 0 && self.doubles == 0 {
                steps.push(Operation::Allocate(saved), false);
            } else {
                steps.push(Operation::Nothing, true);
            }
        }
        let mut store = |save: Save, is_first: bool| {
            let save = if is_first { save.pushes(saved) } else { save };
            steps.push(Operation::Save(save), false);
        };
        for pair in (0..self.doubles.div_ceil(2)).rev() {
            let register = Register::Double(8 + 2 * pair);
            let at = self.of_general() + 16 * pair as u64;
            let is_alone = 2 * pair + 1 == self.doubles;
            let save = if is_alone { Save::one(register) } else { Save::pair(register) };
            store(save.at(at), is_first(pair, false));
        }
        let link = Register::General(LR);
        if self.saves_return && self.general.is_multiple_of(2) {
            store(Save::one(link).at(self.of_general() - 8), self.general == 0);
        }
        for pair in (0..self.general.div_ceil(2)).rev() {
            let register = Register::General(19 + 2 * pair);
            let at = 16 * pair as u64;
            let is_alone = 2 * pair + 1 == self.general;
            let mut save = if is_alone { Save::one(register) } else { Save::pair(register) };
            if is_alone && self.saves_return {
                save.second = Some(link);
            }
            store(save.at(at), is_first(pair, true));
        }
        if self.signs_return {
            steps.push(Operation::Sign, false);
        }
        steps
    }
}

/// Undoes the prologue of a function of which so many instructions have run, or what is left of its
/// epilogue.
pub(super) fn unwind(
    function: &Function,
    ran: u32,
    context: &mut Context,
    stack: &impl Stack,
) -> Result<(), Problem> {
    let packed = fields(function)?;
    let steps = packed.steps();
    let of_epilogue = |step: &Step| !step.1;
    let all = || steps.all.iter().flatten();
    let (prologue, epilogue) = (steps.count as u32, all().filter(|step| of_epilogue(step)).count());
    let length = (function.end - function.begin) / INSTRUCTION;
    // The return is the last instruction.
    let left = length - ran;
    let apply = |step: &Step, context: &mut Context| undo(&step.0, context, stack);
    if packed.is_whole && left as usize <= epilogue + 1 {
        let done = epilogue + 1 - left as usize;
        let mut rest = all().filter(|step| of_epilogue(step)).skip(done);
        rest.try_for_each(|step| apply(step, context))
    } else {
        // In the body nothing is left out, nor in a part of a function.
        let not_yet = if packed.is_whole { prologue.saturating_sub(ran) } else { 0 };
        all().skip(not_yet as usize).try_for_each(|step| apply(step, context))
    }
}
