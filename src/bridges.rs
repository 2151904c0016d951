//! The stream bridges of a DSP circuit to the next circuit of a composite endpoint, and the
//! property that reads the output format through them.

use acx::bridge::{Order, StreamBridge};
use acx::format::WaveFormat;
use acx::lock::SpinLock;
use acx::pin::{Mode, Pin};
use acx::pool::Vec;
use acx::request::{Request, Verb};
use acx::{Error, Passive, Result};

use crate::default_format;

/// The stream bridges of a circuit. Only a DSP circuit has any.
pub struct Bridges(SpinLock<Vec<(Order, StreamBridge)>>);

impl Default for Bridges {
    fn default() -> Self {
        Self(SpinLock::new(Vec::new()))
    }
}

/// The order of state changes for the streams of a mode.
const fn order_of(mode: Mode) -> Order {
    match mode {
        Mode::Communications => Order::Inverted,
        _ => Order::Usual,
    }
}

impl Bridges {
    /// Adds one bridge for each order of state changes to `pin`. Outgoing streams are in RAW mode.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn add_to(&self, pin: &mut Pin<'_>) -> Result<()> {
        for order in [Order::Usual, Order::Inverted] {
            let modes = Mode::ALL.into_iter().filter(|mode| order_of(*mode) == order);
            let bridge = pin.stream_bridge(modes, Mode::Raw, order)?;
            self.0.with(pin.passive(), |bridges, _| bridges.push((order, bridge)))?;
        }
        Ok(())
    }

    fn find(&self, mode: Mode, passive: &mut Passive) -> Option<StreamBridge> {
        self.0.with(passive, |bridges, _| {
            let mut bridges = bridges.iter();
            bridges.find(|(order, _)| *order == order_of(mode)).map(|(_, bridge)| bridge.clone())
        })
    }

    /// Handles the property [`OUTPUT_FORMAT`](crate::properties::OUTPUT_FORMAT) of a stream of
    /// `mode` and `format`: the result is the next circuit's if there is one, else `format`.
    #[inline(never)]
    pub fn handle(&self, mut request: Request<'_>, mode: Mode, format: &WaveFormat) {
        let request = match self.find(mode, request.passive()) {
            Some(bridge) => bridge.forward(request),
            None => Some(request),
        };
        if let Some(request) = request {
            complete_with(request, format);
        }
    }
}

/// Completes a request of the property [`OUTPUT_FORMAT`](crate::properties::OUTPUT_FORMAT) with
/// `format`.
pub fn complete_with(request: Request<'_>, format: &WaveFormat) {
    let Some(mut request) = request.require_length(default_format::BYTES) else { return };
    let result = match request.verb() {
        Verb::Get => Ok(request.write_value(&default_format::to_bytes(format))),
        _ => Err(Error::NotSupported),
    };
    request.complete(result);
}
