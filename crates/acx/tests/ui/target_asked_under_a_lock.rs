//! What waits for another circuit does not run with a lock held, not even with one that waits.

use acx::Passive;
use acx::guid::GUID;
use acx::lock::WaitLock;
use acx::opened::OpenCircuit;
use acx::target::{Item, Target};

fn ask(lock: &WaitLock<u32>, circuit: &OpenCircuit, set: &GUID, passive: &mut Passive) {
    let _ = lock.with(passive, |_, passive| {
        let _ = circuit.get(&Item::new(set, 1), &mut [0; 4], passive);
    });
}

fn main() {}
