//! The proof of an IRQL ends with the callback that it was lent to.

use acx::circuit::Circuit;
use acx::stream::CreateStream;
use acx::{Passive, Result};

struct Hoarder;

static mut KEPT: Option<&'static mut Passive> = None;

impl Circuit for Hoarder {
    fn create_stream(&self, mut request: CreateStream<'_>) -> Result<()> {
        let kept: &'static mut Passive = request.passive();
        unsafe { KEPT = Some(kept) };
        Ok(())
    }
}

fn main() {}
