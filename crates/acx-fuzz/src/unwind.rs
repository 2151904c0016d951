//! Unwind data of images: any bytes are refused with a reason, or lead from frame to frame, inside
//! the stack. As x64's, and as ARM64's.

use acx_host::image::unwind::{Contents, Frame, Problem, Stack, arm64, x64};

use crate::bytes::Bytes;

/// Where the image lies, and the stack.
const BASE: u64 = 0x1_4000_0000;
const STACK: u64 = 0x9_0000;
const WORDS: u64 = 1024;
/// How many frames are unwound.
const FRAMES: usize = 64;

/// A stack of addresses: every other word is in the image, the rest is on the stack.
struct Addresses(u64);

impl Stack for Addresses {
    fn word(&self, address: u64) -> Option<u64> {
        let at = address.checked_sub(STACK).filter(|at| *at < 8 * WORDS)? / 8;
        let spread = at.wrapping_mul(0x9E37_79B9) >> 3;
        Some(match at % 2 {
            0 => BASE + spread % self.0.max(1),
            _ => STACK + 8 * (spread % WORDS),
        })
    }
}

/// What is asked of the registers of either processor.
trait Registers: Copy {
    type Table;
    fn control(&self) -> u64;
    fn all(&self) -> (u64, u64, Vec<u64>);
    fn unwind(&mut self, table: &Self::Table, stack: &Addresses) -> Result<Frame, Problem>;
    fn contents(table: &Self::Table) -> &Contents;
}

macro_rules! registers {
    ($processor:ident) => {
        impl Registers for $processor::Context {
            type Table = $processor::Table;

            fn control(&self) -> u64 {
                Self::control(self)
            }

            fn all(&self) -> (u64, u64, Vec<u64>) {
                (self.pc(), self.sp(), self.general.to_vec())
            }

            fn unwind(&mut self, table: &Self::Table, stack: &Addresses) -> Result<Frame, Problem> {
                table.unwind(self, stack)
            }

            fn contents(table: &Self::Table) -> &Contents {
                table
            }
        }
    };
}

registers!(x64);
registers!(arm64);

/// Unwinds frame by frame.
fn walk<R: Registers>(table: &R::Table, mut context: R, size: u32) {
    let (contents, stack) = (R::contents(table), Addresses(u64::from(size)));
    for _ in 0..FRAMES {
        let before = context;
        let Ok(frame) = context.unwind(table, &stack) else { return };
        let offset = contents.offset(before.control()).expect("it was unwound in the image");
        assert!(frame.function.is_none_or(|own| (own.begin..own.end).contains(&offset)));
        let mut again = before;
        assert_eq!(again.unwind(table, &stack), Ok(frame));
        assert_eq!(again.all(), context.all());
        let Some(handler) = frame.handler else { continue };
        assert!(handler.address < size / 2 && (handler.handles || handler.unwinds));
        for index in 0..contents.scopes(handler.data).unwrap_or(0) {
            if let Ok(scope) = contents.scope(handler.data, index) {
                assert!(scope.target < size / 2 && scope.handler < size / 2);
            }
        }
    }
}

/// One execution: where the thread is, where the table of functions is, the registers, then the
/// image.
///
/// # Panics
///
/// If the data leads out of what it describes.
pub fn run(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let [at, table, length] = [bytes.half(), bytes.half(), bytes.half()].map(u32::from);
    let pc = BASE + u64::from(at);
    let registers: Vec<u64> = (0..16).map(|_| STACK + 8 * u64::from(bytes.byte())).collect();
    let image = bytes.rest().to_vec();
    let size = image.len() as u32;
    let code = || vec![0..size / 4, size / 4..size / 2];
    let mut context = x64::Context::ZERO;
    context.general.copy_from_slice(&registers);
    context.set_pc(pc);
    walk(&x64::Table::new(BASE, image.clone(), code(), (table, length)), context, size);
    let mut context = arm64::Context::ZERO;
    for (register, value) in context.general.iter_mut().zip(registers.iter().cycle()) {
        *register = *value;
    }
    // The link register is in the image, too.
    context.general[30] = BASE + (registers[14] - STACK) / 2;
    context.set_sp(registers[4]);
    context.set_pc(pc);
    walk(&arm64::Table::new(BASE, image, code(), (table, length)), context, size);
}
