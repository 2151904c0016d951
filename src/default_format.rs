//! The default format of an endpoint, changed while it runs: what the settings `DefaultRate`, `DefaultChannels` and `DefaultSample` say at
//! its start. Clients that wait for formats to change are told by ACX.

use acx::format::WaveFormat;
use acx::lock::SpinLock;
use acx::pin::{FormatList, Mode, Pin};
use acx::pool::{Arc, Vec};
use acx::request::{Property, Request, Verb};
use acx::{Error, Result};

use crate::formats;
use crate::telemetry::PROPERTY_SET;

/// The default format: GET and SET on the filter, of the driver's own property set. Three ULONGs: frames a second, channels, and the sample
/// type as the setting `DefaultSample` has it.
pub const DEFAULT_FORMAT: u32 = 3;

/// The property, as a circuit declares it.
pub const PROPERTY: Property = Property::read_write(&PROPERTY_SET, DEFAULT_FORMAT);

/// Bytes of its value.
pub const BYTES: usize = 12;

/// A format as its value.
pub fn to_bytes(format: &WaveFormat) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let numbers = [format.rate, format.channels.into(), formats::sample_number(format)];
    for (place, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
        *place = number.to_le_bytes();
    }
    bytes
}

/// The default of a host pin, in each of its lists that has the format.
pub struct DefaultFormat(SpinLock<State>);

struct State {
    format: WaveFormat,
    lists: Option<Arc<Vec<FormatList>>>,
}

impl DefaultFormat {
    /// `format`, of a pin that is not there yet.
    pub const fn new(format: WaveFormat) -> Self {
        Self(SpinLock::new(State { format, lists: None }))
    }

    /// From now on this is the default of `pin`, whose lists are complete.
    ///
    /// # Errors
    ///
    /// What ACX answers.
    pub fn watch(&self, pin: &mut Pin<'_>) -> Result<()> {
        let mut lists = Vec::new();
        for mode in Mode::ALL {
            lists.push(pin.format_list(mode)?)?;
        }
        let lists = Arc::new(lists)?;
        self.0.with(pin.passive(), |state, _| state.lists = Some(lists));
        Ok(())
    }

    /// Answers [`PROPERTY`].
    pub fn answer(&self, request: Request<'_>) {
        let Some(mut request) = request.with_room(BYTES) else { return };
        match request.verb() {
            Verb::Get => {
                let format = self.0.with(request.passive(), |state, _| state.format);
                let bytes = to_bytes(&format);
                let written = request.write_value(&bytes);
                request.complete(Ok(written));
            }
            Verb::Set => {
                let mut bytes = [0; BYTES];
                request.read_value(&mut bytes);
                let mut numbers =
                    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
                let mut next = || numbers.next().unwrap_or(0);
                let format = formats::named(next(), next(), next());
                let done = format.ok_or(Error::InvalidParameter).and_then(|format| {
                    // ACX is not called with a lock held.
                    let passive = request.passive();
                    let lists = self.0.with(passive, |state, _| state.lists.clone());
                    let lists = lists.ok_or(Error::NotReady)?;
                    for list in lists.iter() {
                        list.set_default(format, passive)?;
                    }
                    self.0.with(passive, |state, _| state.format = format);
                    Ok(0)
                });
                request.complete(done);
            }
            _ => request.complete(Err(Error::NotSupported)),
        }
    }
}
