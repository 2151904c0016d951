//! A pin of a target circuit does not outlive the circuit.

use acx::opened::OpenCircuit;

fn id(circuit: OpenCircuit) -> Option<u32> {
    let pin = circuit.pin_at(0)?;
    drop(circuit);
    Some(pin.id())
}

fn main() {}
