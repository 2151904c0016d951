//! The default format of an endpoint, which a property changes while the device runs. At the start
//! it is what the settings `DefaultRate`, `DefaultChannels` and `DefaultSample` say. ACX notifies
//! clients that wait for formats to change.

use acx::format::WaveFormat;
use acx::lock::SpinLock;
use acx::pin::{FormatList, Mode, Pin};
use acx::pool::{Arc, Vec};
use acx::request::{Request, Verb};
use acx::{Error, Result};

use crate::formats;

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

/// The default of a host pin, in each of its lists that has the format.
pub struct DefaultFormat(SpinLock<Current>);

struct Current {
    format: WaveFormat,
    lists: Option<Arc<Vec<FormatList>>>,
}

impl DefaultFormat {
    /// `format`, for a pin that is yet to be created.
    pub const fn new(format: WaveFormat) -> Self {
        Self(SpinLock::new(Current { format, lists: None }))
    }

    /// Makes this the default format of `pin`, whose lists are complete.
    ///
    /// # Errors
    ///
    /// ACX's errors.
    pub fn attach(&self, pin: &mut Pin<'_>) -> Result<()> {
        let mut lists = Vec::new();
        for mode in Mode::ALL {
            lists.push(pin.format_list(mode)?)?;
        }
        let lists = Arc::new(lists)?;
        self.0.with(pin.passive(), |current, _| current.lists = Some(lists));
        Ok(())
    }

    /// Handles the property [`DEFAULT_FORMAT`](crate::properties::DEFAULT_FORMAT).
    pub fn handle(&self, request: Request<'_>) {
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
                let mut next = || numbers.next().unwrap_or(0);
                let format = formats::named(next(), next(), next());
                let done = format.ok_or(Error::InvalidParameter).and_then(|format| {
                    // ACX is not called with a lock held.
                    let passive = request.passive();
                    let lists = self.0.with(passive, |current, _| current.lists.clone());
                    let lists = lists.ok_or(Error::NotReady)?;
                    for list in lists.iter() {
                        list.set_default(format, passive)?;
                    }
                    self.0.with(passive, |current, _| current.format = format);
                    Ok(0)
                });
                request.complete(done);
            }
            _ => request.complete(Err(Error::NotSupported)),
        }
    }
}
