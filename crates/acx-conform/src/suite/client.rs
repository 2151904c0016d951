//! A stream of either kind behind one interface, for cases that use both.

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Failed, System};
use acx_sys::{GUID, KSSTATE};

/// The kind of streaming.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driving {
    /// Two packets and an event.
    Event,
    /// One packet and a poll.
    Timer,
}

/// A stream of either kind.
pub(crate) enum EitherStream {
    Event(EventStream),
    Timer(TimerStream),
}

/// A stream whose audio is ignored.
pub(crate) struct Client(pub(crate) EitherStream);

impl Client {
    /// Opens a stream at an endpoint, in a mode. It is in PAUSE.
    pub(crate) fn open_at(
        system: &dyn System,
        endpoint: &Endpoint,
        mode: &GUID,
        kind: Driving,
        format: WaveFormat,
        period: u32,
    ) -> Result<Self, Failed> {
        Ok(Self(match kind {
            Driving::Event => {
                let stream = EventStream::open(system, endpoint, format, mode, period)?;
                stream.prepare()?;
                EitherStream::Event(stream)
            }
            Driving::Timer => {
                let mut stream = TimerStream::open(endpoint, format, mode, 4 * period)?;
                stream.set_state(KSSTATE::KSSTATE_ACQUIRE)?;
                stream.set_state(KSSTATE::KSSTATE_PAUSE)?;
                EitherStream::Timer(stream)
            }
        }))
    }

    /// PAUSE to RUN, or STOP to RUN.
    pub(crate) fn run(&mut self) -> Result<(), Failed> {
        match &mut self.0 {
            EitherStream::Event(stream) => stream.run(),
            EitherStream::Timer(stream) => stream.set_state(KSSTATE::KSSTATE_RUN),
        }
    }

    /// To STOP.
    pub(crate) fn stop(&mut self) -> Result<(), Failed> {
        match &mut self.0 {
            EitherStream::Event(stream) => {
                stream.pause()?;
                stream.stop()
            }
            EitherStream::Timer(stream) => stream.set_state(KSSTATE::KSSTATE_STOP),
        }
    }

    /// The position and its QPC.
    pub(crate) fn position(&mut self) -> Result<(u64, u64), Failed> {
        match &self.0 {
            EitherStream::Event(stream) => stream.position(),
            EitherStream::Timer(stream) => stream.position(),
        }
    }
}
