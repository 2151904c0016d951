//! A stream of either kind behind one interface, for cases that use both.

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::event::EventStream;
use acx_client::timer::TimerStream;
use acx_client::{Direction, Failed, System};
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW, GUID, KSSTATE};

use super::Context;

/// How a client streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driving {
    /// Two packets and an event.
    Event,
    /// One packet and a poll.
    Timer,
}

enum EitherStream {
    Event(EventStream),
    Timer(TimerStream),
}

/// A stream whose audio is not looked at.
pub(crate) struct Client(EitherStream);

impl Client {
    /// Opens a stream at the endpoint of `direction`, in PAUSE.
    pub(crate) fn open(
        context: &Context<'_>,
        direction: Direction,
        kind: Driving,
        format: WaveFormat,
        period: u32,
    ) -> Result<Self, Failed> {
        let endpoint = context.subject.endpoint(context.system, direction)?;
        Self::open_at(
            context.system,
            &endpoint,
            &AUDIO_SIGNALPROCESSINGMODE_RAW,
            kind,
            format,
            period,
        )
    }

    /// As [`open`](Self::open), at an endpoint that is known, in a mode.
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
