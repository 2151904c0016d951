//! `__try` blocks of C functions: which filters and `__finally` blocks run, in which order, when an
//! exception is raised in them or a jump leaves them. tests/c-driver has what compilers make of
//! them; the tables of scopes here are written by hand, so that each edge has one.

use super::{Code, DATA, FUNCTIONS, TEXT, UNWINDS, status};

/// An entry of a scope table: begin and end, filter or `__finally` block, `__except` block.
type Scope = [u32; 4];

/// The function's block, which ends where the next begins; and where a call in it returns to.
const BLOCK: u32 = TEXT + 0x10;
const CALL: u32 = TEXT + 0x20;
/// Two places behind it, that the function goes on at.
const FIRST: u32 = TEXT + 0x40;
const SECOND: u32 = TEXT + 0x60;
const END: u32 = TEXT + 0x80;
/// The jump to `__C_specific_handler`, and the filters and blocks.
const BLOCKS: u32 = TEXT + 0xA0;
/// Another function, which the first can call; its block; its unwind data.
const INNER: u32 = TEXT + 0x280;
const INNER_BLOCK: u32 = INNER + 0x10;
const INNER_END: u32 = INNER + 0x40;
const INNER_UNWINDS: u32 = UNWINDS + 0x90;
/// That of the blocks that call: 28h bytes of stack after 20 bytes of code.
const BLOCK_UNWINDS: u32 = UNWINDS + 0x120;

/// What the filters answer: EXCEPTION_CONTINUE_SEARCH, EXCEPTION_EXECUTE_HANDLER, and another
/// positive number. The first four are `__finally` blocks.
const ANSWERS: [u32; 8] = [0, 0, 0, 0, 0, 0, 1, 2];

/// A filter or a `__finally` block that leaves its number behind those before it.
fn block(number: u32) -> u32 {
    BLOCKS + 0x20 * number
}

/// A block whose number is what it is told: 1, since it is left abnormally.
const TELLS: u32 = 4;
const SEARCHES: u32 = 5;
const ACCEPTS: u32 = 6;
const ACCEPTS_TOO: u32 = 7;
/// `__finally` blocks that raise, and that jump to the first place of their function.
const RAISES: u32 = 8;
const JUMPS: u32 = 9;
const BLOCKS_END: u32 = BLOCKS + 0x20 * 11;

fn pad(mut code: Code, to: u32) -> Code {
    let length = (to - TEXT) as usize;
    assert!(code.bytes.len() <= length, "there is room to {to:#x}");
    code.bytes.resize(length, 0x90);
    code
}

/// mov eax, [numbers]; or eax, mark; add rsp, 48h; ret
fn answer(code: Code, mark: u32) -> Code {
    let code = code.relative(&[0x8B, 0x05], DATA).raw(&[0x0D]).raw(&mark.to_le_bytes());
    code.raw(&[0x48, 0x83, 0xC4, 0x48, 0xC3])
}

/// mov ecx, STATUS_INVALID_PARAMETER; a call that ends at the place.
fn raise(code: Code, end: u32) -> Code {
    pad(code, end - 11).raw(&[0xB9, 0x0D, 0, 0, 0xC0]).call("ExRaiseStatus")
}

/// What happens in the block.
#[derive(Clone, Copy, Debug)]
enum Event {
    Raises,
    /// A call of another function, with these scopes, that raises.
    Calls(&'static [Scope]),
    /// A jump out of the block, to the first place.
    Leaves,
}

/// UNWIND_INFO of a function of [`Code::begin`]'s stack, for exceptions and unwinds.
fn unwinds(scopes: &[Scope]) -> Vec<u8> {
    let mut bytes = vec![0x19, 4, 1, 0, 4, 0x82, 0, 0];
    bytes.extend_from_slice(&END.to_le_bytes());
    bytes.extend_from_slice(&(scopes.len() as u32).to_le_bytes());
    bytes.extend(scopes.as_flattened().iter().flat_map(|field| field.to_le_bytes()));
    bytes
}

/// The numbers of what ran, and whether the function went on at the first place or the second.
fn trail(event: Event, scopes: &[Scope]) -> (u32, u32) {
    let code = Code::new().begin();
    let code = match event {
        Event::Raises => raise(code, CALL),
        Event::Calls(_) => pad(code, CALL - 5).relative(&[0xE8], INNER),
        // mov rcx, rsp: the establisher frame; lea rdx
        Event::Leaves => {
            let code = pad(code, CALL - 16).raw(&[0x48, 0x89, 0xE1]);
            code.rdx(FIRST).call("_local_unwind")
        }
    };
    let code = answer(pad(code, FIRST), 0xE000_0000);
    let code = answer(pad(code, SECOND), 0xF000_0000);
    let mut code = pad(code, END).jump("__C_specific_handler");
    for (number, answer) in (0..).zip(ANSWERS) {
        // imul eax, [numbers], 10; add eax, number; mov [numbers], eax; mov eax, answer; ret
        code = pad(code, block(number)).relative(&[0x6B, 0x05], DATA - 1).raw(&[10]);
        let plus = if number == TELLS { [0x01, 0xC8, 0x90] } else { [0x83, 0xC0, number as u8] };
        code = code.raw(&plus).relative(&[0x89, 0x05], DATA);
        code = code.raw(&[0xB8]).raw(&answer.to_le_bytes()).raw(&[0xC3]);
    }
    for number in [RAISES, JUMPS] {
        code = pad(code, block(number)).relative(&[0x6B, 0x05], DATA - 1).raw(&[10]);
        code = code.raw(&[0x83, 0xC0, number as u8]).relative(&[0x89, 0x05], DATA);
        // sub rsp, 28h
        code = code.raw(&[0x48, 0x83, 0xEC, 0x28]);
        code = match number {
            RAISES => raise(code, block(number) + 31),
            // mov rcx, rdx: the frame.
            _ => code.raw(&[0x48, 0x89, 0xD1]).rdx(FIRST).call("_local_unwind"),
        };
    }
    let code = raise(pad(code, INNER).begin(), INNER + 0x20);
    let mut code = pad(code, INNER_END);
    code.functions = vec![
        [TEXT, END, UNWINDS],
        [block(RAISES), block(JUMPS), BLOCK_UNWINDS],
        [block(JUMPS), BLOCKS_END, BLOCK_UNWINDS],
        [INNER, INNER_END, INNER_UNWINDS],
    ];
    code.unwinds = unwinds(scopes);
    code.unwinds.resize((INNER_UNWINDS - UNWINDS) as usize, 0);
    code.unwinds.extend(unwinds(if let Event::Calls(inner) = event { inner } else { &[] }));
    code.unwinds.resize((BLOCK_UNWINDS - UNWINDS) as usize, 0);
    code.unwinds.extend([1, 20, 1, 0, 20, 0x42, 0, 0]);
    let (status, found) = status(code);
    assert!(found.is_empty(), "{found:#?}");
    (status & 0x0FFF_FFFF, if status >> 28 == 0xE { FIRST } else { SECOND })
}

const fn scope(range: (u32, u32), handler: u32, target: u32) -> Scope {
    [range.0, range.1, handler, target]
}

const IN_BLOCK: (u32, u32) = (BLOCK, FIRST);
const AT_FIRST: (u32, u32) = (FIRST, SECOND);

#[test]
fn filters_are_asked_from_the_inside_out_and_then_the_blocks_run_up_to_the_one_that_accepts() {
    let accepts = scope(IN_BLOCK, block(ACCEPTS), FIRST);
    for (scopes, numbers, place) in [
        (&[scope(IN_BLOCK, block(1), 0), accepts][..], 61, FIRST),
        (&[accepts, scope(IN_BLOCK, block(1), 0)], 6, FIRST),
        (
            &[
                scope(IN_BLOCK, block(SEARCHES), SECOND),
                scope(IN_BLOCK, block(1), 0),
                scope(IN_BLOCK, block(2), 0),
                accepts,
            ],
            5612,
            FIRST,
        ),
        // A constant, EXCEPTION_EXECUTE_HANDLER, is no function; any positive number accepts.
        (&[scope(IN_BLOCK, block(3), 0), scope(IN_BLOCK, 1, SECOND), accepts], 3, SECOND),
        (&[scope(IN_BLOCK, block(ACCEPTS_TOO), SECOND), accepts], 7, SECOND),
        (&[scope(IN_BLOCK, block(TELLS), 0), accepts], 61, FIRST),
        // The call is in a scope that begins where it returns to, and in none that ends there.
        (&[scope((CALL, CALL + 1), block(ACCEPTS_TOO), SECOND), accepts], 7, SECOND),
        (&[scope((BLOCK, CALL), block(ACCEPTS_TOO), SECOND), accepts], 6, FIRST),
        (&[scope((CALL + 1, FIRST), block(ACCEPTS_TOO), SECOND), accepts], 6, FIRST),
        (&[scope(AT_FIRST, block(1), 0), accepts], 6, FIRST),
    ] {
        assert_eq!(trail(Event::Raises, scopes), (numbers, place), "{scopes:x?}");
    }
}

#[test]
fn the_blocks_of_functions_on_the_way_run_from_the_inside_out() {
    const IN_INNER: (u32, u32) = (INNER_BLOCK, INNER_END);
    let scopes = [scope(IN_BLOCK, block(1), 0), scope(IN_BLOCK, block(ACCEPTS), FIRST)];
    for (inner, numbers) in [
        (&[scope(IN_INNER, block(3), 0)][..], 631),
        (&[scope(IN_INNER, block(SEARCHES), INNER), scope(IN_INNER, block(3), 0)], 5631),
        // That the target is in a block of this number, too, counts in the target's function only.
        (&[scope(IN_INNER, block(3), 0), scope(AT_FIRST, block(3), 0)], 631),
    ] {
        // The scopes live as long as the test program.
        let inner: &'static [Scope] = inner.to_vec().leak();
        assert_eq!(trail(Event::Calls(inner), &scopes), (numbers, FIRST), "{inner:x?}");
    }
}

#[test]
fn an_exception_or_a_jump_out_of_a_block_takes_the_place_of_what_the_block_was_left_for() {
    const IN_INNER: (u32, u32) = (INNER_BLOCK, INNER_END);
    let (raises, jumps) = (scope(IN_BLOCK, block(RAISES), 0), scope(IN_BLOCK, block(JUMPS), 0));
    let last = scope(IN_BLOCK, block(2), 0);
    let (searches, accepts) =
        (scope(IN_BLOCK, block(SEARCHES), FIRST), scope(IN_BLOCK, block(ACCEPTS), SECOND));
    let calls = |inner: &[Scope]| Event::Calls(inner.to_vec().leak());
    let inner_raises = scope(IN_INNER, block(RAISES), 0);
    let inner_last = scope(IN_INNER, block(3), 0);
    for (event, scopes, numbers, place) in [
        // The filter is asked for the second exception, too. No block runs twice.
        (Event::Raises, &[raises, last, accepts][..], 6862, SECOND),
        (Event::Raises, &[raises, last, searches, accepts], 56_8562, SECOND),
        // What is further in than the block is not asked any more.
        (Event::Raises, &[searches, raises, accepts], 5686, SECOND),
        (Event::Leaves, &[raises, last, accepts], 862, SECOND),
        (calls(&[inner_raises, inner_last]), &[last, accepts], 68_632, SECOND),
        (calls(&[inner_raises, inner_raises]), &[accepts], 68_686, SECOND),
        // A jump leaves the blocks that its target is not in, and forgets the exception.
        (Event::Raises, &[jumps, last, accepts], 692, FIRST),
        (Event::Raises, &[jumps, scope((BLOCK, SECOND), block(2), 0), accepts], 69, FIRST),
        (Event::Leaves, &[jumps, last], 92, FIRST),
        (calls(&[inner_last]), &[jumps, last, accepts], 6392, FIRST),
        // An exception, then a jump out of the block that runs for the second one.
        (Event::Raises, &[raises, jumps, last, accepts], 68_692, FIRST),
        (calls(&[inner_raises, inner_last]), &[jumps, accepts], 68_639, FIRST),
    ] {
        assert_eq!(trail(event, scopes), (numbers, place), "{event:x?} {scopes:x?}");
    }
}

#[test]
fn a_jump_runs_the_blocks_that_it_leaves_and_no_filter() {
    let leaves = scope(IN_BLOCK, block(1), 0);
    for (scopes, numbers) in [
        (&[leaves, scope(IN_BLOCK, block(2), 0)][..], 12),
        // The second block has the target in it, too.
        (&[leaves, scope((BLOCK, SECOND), block(2), 0)], 1),
        (&[scope((BLOCK, FIRST + 1), block(1), 0), scope(IN_BLOCK, block(2), 0)], 0),
        // One block in two parts, of which either may be first.
        (&[scope(AT_FIRST, block(1), 0), leaves], 0),
        (&[leaves, scope(AT_FIRST, block(1), 0)], 0),
        // The target is in another one.
        (&[scope(AT_FIRST, block(2), 0), leaves], 1),
        (&[scope(AT_FIRST, block(1), SECOND), leaves], 1),
        (&[scope((SECOND, END), block(1), 0), leaves], 1),
        // A filter is not asked; where its `__except` block is the target, the jump ends.
        (&[scope(IN_BLOCK, block(ACCEPTS), SECOND), leaves], 1),
        (&[scope(IN_BLOCK, block(ACCEPTS), FIRST), leaves], 0),
    ] {
        assert_eq!(trail(Event::Leaves, scopes), (numbers, FIRST), "{scopes:x?}");
    }
}

#[test]
fn a_handler_that_the_driver_calls_itself_goes_on_searching() {
    // Where the stack has something that looks like a dispatcher context, as an offset.
    const PLACE: u8 = 0x40;
    let called = |record: &[u8], dispatcher: &[u8]| {
        // sub rsp, 408h; a context of this function and its scopes: lea rax; mov [rsp + 40h], rax
        // and at 78h.
        let code = Code::new().raw(&[0x48, 0x81, 0xEC, 8, 4, 0, 0]);
        let code = code.relative(&[0x48, 0x8D, 0x05], CALL).raw(&[0x48, 0x89, 0x44, 0x24, PLACE]);
        let code = code.relative(&[0x48, 0x8D, 0x05], UNWINDS + 12);
        let code = code.raw(&[0x48, 0x89, 0x44, 0x24, PLACE + 0x38]).raw(&[0xC7, 0x44, 0x24]);
        // mov dword ptr [rsp + 88h - 40h], 0: the next scope.
        let code = code.raw(&[PLACE + 0x48 - 0x40, 0, 0, 0, 0]);
        let code = code.raw(record).raw(dispatcher).call("__C_specific_handler");
        // or eax, 0E0000000h; add rsp, 408h; ret
        let mut code = code.raw(&[0x0D, 0, 0, 0, 0xE0, 0x48, 0x81, 0xC4, 8, 4, 0, 0, 0xC3]);
        code.functions = vec![[TEXT, TEXT + 0x80, UNWINDS]];
        code.unwinds = unwinds(&[scope((TEXT, TEXT + 0x80), 1, TEXT)]);
        let (status, found) = status(code);
        assert!(found.is_empty(), "{found:#?}");
        status & 0x0FFF_FFFF
    };
    // mov ecx or r9d, 10h; lea of the stack, on a word and beside one.
    let (null, null_context) = ([0xB9, 0x10, 0, 0, 0], [0x41, 0xB9, 0x10, 0, 0, 0]);
    let record = |at| [0x48, 0x8D, 0x4C, 0x24, at];
    let context = |at| [0x4C, 0x8D, 0x4C, 0x24, at];
    // ExceptionContinueSearch
    assert_eq!(called(&null, &context(PLACE)), 1);
    assert_eq!(called(&record(0x20), &null_context), 1);
    assert_eq!(called(&record(0x20), &context(PLACE + 4)), 1);
    assert_eq!(called(&record(0x24), &context(PLACE)), 1);
}

/// `RtlUnwind` to the function's own frame, or of all frames, for a record in the data or for none,
/// with the value 7; the function's handler, if it has one, is of these instructions. What the
/// report says, and the status of the function.
fn unwound(is_own: bool, record: Option<[u32; 2]>, handler: &[u8]) -> (Vec<String>, u32) {
    // mov [record], code and flags: each ends with its value.
    let mut code = Code::new().begin();
    for (at, value) in (DATA..).step_by(4).zip(record.unwrap_or_default()) {
        code = code.relative(&[0xC7, 0x05], at - 4).raw(&value.to_le_bytes());
    }
    // mov rcx, rsp; or xor ecx, ecx: an exit unwind, which ends nowhere. lea rdx, [first]
    code = code.raw(if is_own { &[0x48, 0x89, 0xE1] } else { &[0x31, 0xC9, 0x90] });
    code = code.rdx(FIRST);
    // lea r8, [record]; or xor r8d, r8d. mov r9d, 7
    code = if record.is_some() { code.r8(DATA) } else { code.raw(&[0x45, 0x31, 0xC0]) };
    code = code.raw(&[0x41, 0xB9, 7, 0, 0, 0]).call("RtlUnwind");
    // At the target: add eax, [record + 4]; or eax, 0E0000000h; add rsp, 48h; ret
    code = pad(code, FIRST).relative(&[0x03, 0x05], DATA + 4).raw(&[0x0D, 0, 0, 0, 0xE0]);
    code = pad(code.raw(&[0x48, 0x83, 0xC4, 0x48, 0xC3]), END).raw(handler);
    code.functions = vec![[TEXT, END, UNWINDS]];
    code.unwinds = unwinds(&[]);
    if handler.is_empty() {
        code.unwinds[0] &= 7;
    }
    let (status, found) = status(code);
    (found, status)
}

#[test]
fn a_handler_is_told_of_an_unwind_by_the_records_flags_and_the_registers() {
    const UNWINDING: u32 = 2;
    const EXIT_UNWIND: u32 = 4;
    const TARGET_UNWIND: u32 = 0x20;
    // mov eax, [rcx + 4]: the flags; add eax, 100; ret
    let flags = [0x8B, 0x41, 4, 0x83, 0xC0, 100, 0xC3];
    // A record that says that an unwind collided is of another one; what the driver says stays.
    let given = [0xE000_0001, 0x41];
    for (is_own, record, told, exception) in [
        (true, None, UNWINDING | TARGET_UNWIND, 0xC000_0027_u32),
        (false, None, UNWINDING | EXIT_UNWIND, 0xC000_0027),
        (true, Some(given), 1 | UNWINDING | TARGET_UNWIND, 0xE000_0001),
        (false, Some(given), 1 | UNWINDING | EXIT_UNWIND, 0xE000_0001),
    ] {
        let (found, _) = unwound(is_own, record, &flags);
        let words = format!("a handler answered {} to exception {exception:#010x}", 100 + told);
        assert!(found.len() == 1 && found[0].contains(&words), "'{words}' is not {found:?}");
    }
    // mov eax, [r8 + 78h]: the value, in the frame's rax; and mov rax, [r8 + 98h]; sub rax, rdx:
    // its stack pointer is what stands for the frame. Then add eax, 100; ret.
    let value = [0x41, 0x8B, 0x40, 0x78, 0x83, 0xC0, 100, 0xC3];
    let place = [0x49, 0x8B, 0x80, 0x98, 0, 0, 0, 0x48, 0x29, 0xD0, 0x83, 0xC0, 100, 0xC3];
    for (handler, answer) in [(&value[..], 107), (&place[..], 100)] {
        let (found, _) = unwound(true, None, handler);
        let words = format!("a handler answered {answer} to exception");
        assert!(found.len() == 1 && found[0].contains(&words), "'{words}' is not {found:?}");
    }
    // mov rax, [r9 + 10h]; the function's entry in the table: lea rdx, [table]; sub rax, rdx; then
    // add eax, 100; ret.
    let entry = Code { at: END, ..Code::new() }.raw(&[0x49, 0x8B, 0x41, 0x10]).rdx(FUNCTIONS);
    let entry = entry.raw(&[0x48, 0x29, 0xD0, 0x83, 0xC0, 100, 0xC3]).bytes;
    let (found, _) = unwound(true, None, &entry);
    assert!(found.len() == 1 && found[0].contains("a handler answered 100 to"), "{found:?}");
    // mov eax, 1; ret: at the target the function has the value, and the record is not of the
    // target any more.
    let (found, status) = unwound(true, Some(given), &[0xB8, 1, 0, 0, 0, 0xC3]);
    assert_eq!((found, status), (Vec::new(), 0xE000_0000 | (7 + 1 + UNWINDING)));
    // Without a handler it is the same.
    let (found, status) = unwound(true, Some(given), &[]);
    assert_eq!((found, status), (Vec::new(), 0xE000_0000 | (7 + 1 + UNWINDING)));
}

#[test]
fn an_exception_that_a_driver_makes_is_copied_and_continues_only_if_it_may() {
    const CODE: u32 = 0xE000_0001;
    let raised = |flags: u32| {
        let mut code = Code::new().begin();
        // mov [record], code and flags; and an address, which is not the driver's to say.
        for (at, value) in [(0, CODE), (4, flags), (0x10, 0x1234)] {
            let place = DATA + at - 4;
            code = code.relative(&[0xC7, 0x05], place).raw(&value.to_le_bytes());
        }
        code = pad(code, FIRST - 13).rcx(DATA).call("RtlRaiseException");
        // mov eax, [record + 10h]; or eax, 0E0000000h; add rsp, 48h; ret
        code = code.relative(&[0x8B, 0x05], DATA + 0x10).raw(&[0x0D, 0, 0, 0, 0xE0]);
        code = pad(code.raw(&[0x48, 0x83, 0xC4, 0x48, 0xC3]), END);
        // The handler: mov eax, [rcx]; xor eax, code; lea rdx, [first]; xor rdx, [rcx + 10h];
        // or eax, edx; ret: to continue is 0.
        code = code.raw(&[0x8B, 0x01, 0x35]).raw(&CODE.to_le_bytes()).rdx(FIRST);
        code = code.raw(&[0x48, 0x33, 0x51, 0x10, 0x09, 0xD0, 0xC3]);
        code.functions = vec![[TEXT, END, UNWINDS]];
        code.unwinds = unwinds(&[]);
        status(code)
    };
    assert_eq!(raised(0), (0xE000_1234, Vec::new()));
    let (_, found) = raised(1);
    let words = "which cannot be continued";
    assert!(found.len() == 1 && found[0].contains(words), "'{words}' is not in {found:?}");
}

#[test]
fn registers_that_were_captured_can_be_restored() {
    // push rbx; sub rsp, 500h; mov ebx, 5; lea rcx, [rsp + 20h]
    let code = Code::new().raw(&[0x53, 0x48, 0x81, 0xEC, 0, 5, 0, 0, 0xBB, 5, 0, 0, 0]);
    let code = code.raw(&[0x48, 0x8D, 0x4C, 0x24, 0x20]).call("RtlCaptureContext");
    // add dword ptr [times], 1; cmp dword ptr [times], 2; je over the next 18 bytes
    let code = code.relative(&[0x83, 0x05], DATA - 1).raw(&[1]);
    let code = code.relative(&[0x83, 0x3D], DATA - 1).raw(&[2, 0x74, 18]);
    // mov ebx, 9; lea rcx, [rsp + 20h]; xor edx, edx
    let code = code.raw(&[0xBB, 9, 0, 0, 0, 0x48, 0x8D, 0x4C, 0x24, 0x20, 0x31, 0xD2]);
    let code = code.call("RtlRestoreContext");
    // mov eax, ebx; or eax, 0E0000000h; add eax, [times]; add rsp, 500h; pop rbx; ret
    let code = code.raw(&[0x89, 0xD8, 0x0D, 0, 0, 0, 0xE0]).relative(&[0x03, 0x05], DATA);
    let code = code.raw(&[0x48, 0x81, 0xC4, 0, 5, 0, 0, 0x5B, 0xC3]);
    assert_eq!(status(code), (0xE000_0000 + 5 + 2, Vec::new()));
}
