//! Unwind data of images: any bytes are refused with a reason, or lead from frame to frame, inside the stack.

use acx_host::image::unwind::{Context, Stack, Table};

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

/// One execution: where the thread is, where the table of functions is, then the image.
///
/// # Panics
///
/// If the data leads out of what it describes.
pub fn run(bytes: &[u8]) {
    let mut bytes = Bytes::new(bytes);
    let [at, table, length] = [bytes.half(), bytes.half(), bytes.half()].map(u32::from);
    let mut context = Context::ZERO;
    context.rip = BASE + u64::from(at);
    for register in &mut context.general {
        *register = STACK + 8 * u64::from(bytes.byte());
    }
    let image = bytes.rest().to_vec();
    let size = image.len() as u32;
    let unwinder = Table::new(BASE, image, vec![0..size / 4, size / 4..size / 2], (table, length));
    let stack = Addresses(u64::from(size));
    for _ in 0..FRAMES {
        let before = context;
        let Ok(frame) = unwinder.unwind(&mut context, &stack) else { return };
        let offset = unwinder.offset(before.rip).expect("it was unwound in the image");
        assert!(frame.function.is_none_or(|own| (own.begin..own.end).contains(&offset)));
        let mut again = before;
        assert_eq!(unwinder.unwind(&mut again, &stack), Ok(frame));
        assert_eq!((again.rip, again.general), (context.rip, context.general));
        let Some(handler) = frame.handler else { continue };
        assert!(handler.address < size / 2 && (handler.handles || handler.unwinds));
        for index in 0..unwinder.scopes(handler.data).unwrap_or(0) {
            if let Ok(scope) = unwinder.scope(handler.data, index) {
                assert!(scope.target < size / 2 && scope.handler < size / 2);
            }
        }
    }
}
