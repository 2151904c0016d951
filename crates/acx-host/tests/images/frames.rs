//! Frames that a driver walks itself.

use acx_host::Machine;

use super::super::{FUNCTIONS, TEXT, UNWINDS};
use super::{Code, Nt, drive_code, out};

/// Two functions with a stack of 48h bytes each: one handles exceptions, one unwinds.
const PLACES: [u32; 2] = [TEXT + 0x100, TEXT + 0x140];
const END: u32 = TEXT + 0x180;
const HANDLER: u32 = TEXT + 0x170;

/// A CONTEXT: Rsp is at 98h, Rip at F8h.
#[repr(C, align(16))]
struct Context([u64; 0x4D0 / 8]);

const RSP: usize = 0x98 / 8;
const RIP: usize = 0xF8 / 8;

fn functions(mut code: Code) -> Code {
    code.bytes.resize((END - TEXT) as usize, 0x90);
    code.functions = vec![[PLACES[0], PLACES[1], UNWINDS], [PLACES[1], END, UNWINDS + 0x10]];
    for flags in [1_u8, 2] {
        // UNWIND_INFO of version 1: a prolog of four bytes, UWOP_ALLOC_SMALL of 48h.
        code.unwinds.extend([1 | flags << 3, 4, 1, 0, 4, 0x82, 0, 0]);
        code.unwinds.extend(HANDLER.to_le_bytes());
        // The handler's data.
        code.unwinds.extend([0; 4]);
    }
    code
}

fn unwound(nt: Nt, base: u64) {
    for (number, place) in (0..).zip(PLACES) {
        let pc = base + u64::from(place) + 8;
        let mut found = 0_u64;
        let entry = nt.call("RtlLookupFunctionEntry", &[pc, out(&mut found), 0]);
        assert_eq!((entry, found), (base + u64::from(FUNCTIONS) + 12 * number, base));
        for asked in 0..4 {
            let mut stack = [0_u64; 16];
            stack[9] = base + 0x1234;
            let frame = out(&mut stack);
            let (mut data, mut establisher) = (7_u64, 7_u64);
            let mut context = Context([0; 0x4D0 / 8]);
            context.0[RSP] = frame;
            let outs = [out(&mut context), out(&mut data), out(&mut establisher), 0];
            let arguments = [&[asked, base, pc, entry][..], &outs].concat();
            let handler = nt.call("RtlVirtualUnwind", &arguments);
            assert_eq!(establisher, frame);
            assert_eq!((context.0[RIP], context.0[RSP]), (base + 0x1234, frame + 0x50));
            // The handler, and its data, of a function whose kind was asked for.
            let own_data = base + u64::from(UNWINDS) + 0x10 * number + 12;
            let own = if asked & 1 << number == 0 {
                (0, 7)
            } else {
                (base + u64::from(HANDLER), own_data)
            };
            assert_eq!((handler, data), own, "{asked} of function {number}");
        }
    }
}

#[test]
fn a_frame_is_unwound_to_its_caller_and_gives_the_handler_that_is_asked_for() {
    let machine = Machine::builder().build();
    drive_code(&machine, functions, unwound);
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}
