//! The default format of an endpoint, which a property changes while the device runs. At the start
//! it is that of the settings `DefaultRate`, `DefaultChannels` and `DefaultSample`. A rebalance,
//! which builds the circuits again, keeps it. ACX notifies clients that wait for format changes.

use acx::format::WaveFormat;
use acx::format_list::{FormatList, PinLists};
use acx::lock::SpinLock;
use acx::pin::{Mode, Pin};
use acx::pool::Arc;
use acx::request::{Request, Verb};
use acx::{Error, Passive, Result};

use crate::formats::{self, Lists};

/// Bytes of the property's value.
pub const BYTES: usize = acxvad_abi::properties::FORMAT_BYTES;

/// A format as the property's value.
pub fn to_bytes(format: &WaveFormat) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let numbers = [format.rate, format.channels.into(), formats::sample_number(format)];
    for (word, number) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(numbers) {
        *word = number.to_le_bytes();
    }
    bytes
}

/// The default format of an end of a cable, if a property has changed it. It outlives the circuit.
pub type Chosen = SpinLock<Option<WaveFormat>>;

/// The default of a host pin.
pub struct DefaultFormat(SpinLock<Current>);

struct Current {
    format: WaveFormat,
    pin: Option<(PinLists, Arc<Lists>)>,
    /// The pin's own list, and whether every mode has it. Created at the first change of the
    /// default; until then the pin shares the device's list.
    own: Option<(FormatList, bool)>,
}

impl DefaultFormat {
    /// The default `format`, for a pin that is not created yet.
    pub const fn new(format: WaveFormat) -> Self {
        Self(SpinLock::new(Current { format, pin: None, own: None }))
    }

    /// Makes this the default format of `pin`, which shares `lists`.
    pub fn attach(&self, pin: &mut Pin<'_>, lists: &Arc<Lists>) {
        let state = Some((pin.lists(), lists.clone()));
        self.0.with(pin.passive(), |current, _| current.pin = state);
    }

    /// Restores the default format that was chosen before a rebalance, after the circuit was added.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn restore(&self, chosen: &Chosen, passive: &mut Passive) -> Result<()> {
        match chosen.with(passive, |chosen, _| *chosen) {
            Some(format) => self.set(format, passive),
            None => Ok(()),
        }
    }

    /// Handles the property [`DEFAULT_FORMAT`](crate::properties::DEFAULT_FORMAT).
    pub fn handle(&self, chosen: &Chosen, request: Request<'_>) {
        let Some(mut request) = request.require_length(BYTES) else { return };
        match request.verb() {
            Verb::Get => {
                let format = self.0.with(request.passive(), |current, _| current.format);
                let bytes = to_bytes(&format);
                let written = request.write_value(&bytes);
                request.complete(Ok(written));
            }
            Verb::Set => {
                let mut bytes = [0; BYTES];
                request.read_value(&mut bytes);
                let mut numbers =
                    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word));
                let mut next = || numbers.next().unwrap_or_default();
                let format = formats::named(next(), next(), next());
                let done = format.ok_or(Error::InvalidParameter).and_then(|format| {
                    self.set(format, request.passive())?;
                    chosen.with(request.passive(), |chosen, _| *chosen = Some(format));
                    Ok(0)
                });
                request.complete(done);
            }
            _ => request.complete(Err(Error::NotSupported)),
        }
    }

    /// ACX is not called with a lock held. Two concurrent requests each create a list, and the pin
    /// keeps the first.
    #[inline(never)]
    fn set(&self, format: WaveFormat, passive: &mut Passive) -> Result<()> {
        let (pin, own) =
            self.0.with(passive, |current, _| (current.pin.clone(), current.own.clone()));
        let (pin, lists) = pin.ok_or(Error::NotReady)?;
        let (list, is_assigned) = match own {
            Some(own) => own,
            None => {
                let made = pin.make(lists.formats(), &|_| true, passive)?;
                self.0.with(passive, |current, _| current.own.get_or_insert((made, false)).clone())
            }
        };
        if !list.set_default(format, passive)? {
            return Err(Error::InvalidParameter);
        }
        if !is_assigned {
            Mode::ALL.into_iter().try_for_each(|mode| pin.assign(mode, &list, passive))?;
        }
        self.0.with(passive, |current, _| {
            current.format = format;
            current.own = Some((list, true));
        });
        Ok(())
    }
}
