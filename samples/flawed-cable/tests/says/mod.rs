//! What the suite says of a flaw: a part of the sentence. Where several flaws turn one verdict,
//! each is turned by the condition that it breaks.

use flawed_cable::Flaw;

const SAYS: &[(Flaw, &str)] = &[
    (Flaw::StuckMute, "mute set to"),
    (Flaw::MeterOfMuted, "left at"),
    (Flaw::MeterBeforeMute, "muted right at"),
    (Flaw::KeepsPeak, "in silence"),
    (Flaw::BlindMeter, "a peak in the first frame, channel"),
    (Flaw::FadeStops, "after a pause in a fade"),
    (Flaw::StaleMark, "frames sound, though nothing was written"),
    (Flaw::KeptMark, "frames of the packet before the stop are heard"),
    (Flaw::HalfAfterStop, "frames of the new packet are heard, not"),
    (Flaw::NoFifo, "behind a FIFO of 0 bytes"),
    (Flaw::HalfFifo, "behind a FIFO of "),
    (Flaw::NoDelay, "ms reported"),
    (Flaw::LateAtHalfRate, "ms reported"),
    (Flaw::NoNegativePeaks, "a peak in the first frame, channel"),
    (Flaw::Wraps, "each are heard at"),
    (Flaw::Inexact, "is heard, not"),
    (Flaw::IgnoresMute, "the mute comes on"),
    (Flaw::Clicks, "the volume goes down: two samples of channel"),
    (Flaw::Copies, "is heard, not"),
    (Flaw::StaysProtected, "after the protected stream was closed"),
    (Flaw::SilentJack, "no event when a jack that is plugged in is set to that it is pulled"),
    (Flaw::NoisyJack, "an event when a jack that is plugged in is set to that it is plugged in"),
    (Flaw::StuckJack, "described as plugged in, it is pulled"),
    (Flaw::WorksLong, "ms of work"),
    (Flaw::AsksOften, "calls after hours"),
    (Flaw::MutesBoth, "is heard of channel"),
    (Flaw::IgnoresVolume, "the microphone's volume is not heard in what it records"),
    (Flaw::NoNegativeSound, "the meter of channel"),
    (Flaw::ClicksToo, "the volume goes down: two samples of channel"),
    (Flaw::OneOrder, "prepared first: allocating the buffer failed with status"),
    (Flaw::StillElsewhere, "Speaker1"),
    (Flaw::Quiet, " dB off"),
    (Flaw::Holds, "what is not the sine is at -"),
    (Flaw::AlsoVisible, "is hidden and in KSCATEGORY_AUDIO"),
    (Flaw::ClipsFeed, "what is fed at the hidden end is recorded as Comparison"),
    (Flaw::ServesServices, "a service that wants packets at the hidden end is answered Ok"),
    (Flaw::NoHold, "the jack is unplugged while the program starts again, not plugged in"),
    (
        Flaw::StaysPlugged,
        "the jack is plugged in when the hold is over, after a pause, not unplugged",
    ),
    (
        Flaw::CountsOpen,
        "the jack is plugged in while the program only has its stream, not unplugged",
    ),
    (Flaw::Forgets, "a sleep changed the jack"),
    (Flaw::Replaces, "are recorded as"),
    (Flaw::NoisyStall, "a stalled program is heard"),
    (Flaw::Haunts, "is recorded as"),
    (Flaw::TakesAll, "packets before its time"),
    (Flaw::Unguarded, "a plain user, the jack: Ok"),
    (Flaw::DeniedAndDone, "a plain user, the jack: denied, and changed"),
    (Flaw::Overdraws, "bytes of packets, of"),
    (Flaw::RefusesOtherwise, "beyond the budget: allocating the buffer failed with status"),
    (Flaw::LosesOnRefusal, "after a stream that was refused, Allocations"),
    (Flaw::LosesOnClose, "after the second round, Allocations"),
    (Flaw::KeepsFew, "streams in the second round"),
    (Flaw::KeepsReservation, "refused at"),
    (Flaw::HalfHeard, "frames of a packet that was refused are heard"),
    (Flaw::LosesNext, "frames of the packets after it are heard, not"),
];

/// The part of the sentence; empty where a case has one flaw.
pub(crate) fn says(flaw: Flaw) -> &'static str {
    SAYS.iter().find(|(own, _)| *own == flaw).map_or("", |(_, says)| says)
}

/// Flaws of which it is not written what the suite says, though another one turns the same verdict.
pub(crate) fn unsaid() -> Vec<Flaw> {
    let is_alone = |flaw: &Flaw| {
        let alike = Flaw::ALL.iter().filter(|own| own.verdict() == flaw.verdict());
        alike.count() == 1 || !flaw.verdict().starts_with(|first: char| first.is_ascii_uppercase())
    };
    Flaw::ALL.iter().copied().filter(|flaw| !is_alone(flaw) && says(*flaw).is_empty()).collect()
}
