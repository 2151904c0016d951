//! The flaws: each makes one case of the conformance suite fail, or one check of fault injection.

macro_rules! flaws {
    ($($name:ident $id:literal $sentence:literal)*) => {
        /// What is wrong with the driver.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Flaw {
            /// Nothing.
            Nothing,
            $(#[doc = $sentence] $name,)*
        }

        impl Flaw {
            /// Every flaw; the number of one is its place, counted from 1.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The verdict that it turns: a case of the suite, `violations`, or a check of `faults`.
            pub const fn verdict(self) -> &'static str {
                match self { Self::Nothing => "", $(Self::$name => $id),* }
            }

            /// It in a sentence.
            pub const fn sentence(self) -> &'static str {
                match self { Self::Nothing => "nothing is wrong", $(Self::$name => $sentence),* }
            }
        }
    };
}

flaws! {
    ShortModes "Q1" "the list of modes is shorter than its size query says, until something has run"
    HalfGuid "Q2" "the list of modes ends with half a GUID, until something has run"
    NoUsualMode "Q3" "the pin lists MEDIA and MOVIE alone"
    NoHighRate "Q4" "the offload pin does not list 88.2 kHz"
    UnlistedDefault "Q5" "44.1 kHz is preferred, which no pin lists, until something has run"
    RefusesFormat "Q6" "packets of 10 ms at 8 kHz are refused until something has run"
    FewInstances "Q7" "the fourth of four streams is refused"
    Miscounts "Q7" "a third stream is not counted"
    SmallLimit "Q7" "a pin says that it takes three streams, and takes four, until something has run"
    NoNotifications "Q9" "a stream says that it signals no event"
    RefusesAfterClose "S1" "after a timer-driven stream that never ran, the next one is refused"
    EarlyEvent "S2" "an event is accepted before the stream has a buffer"
    FifthRun "S3" "the fifth run of a timer-driven stream fails"
    NoEventAfterReset "S4" "the third run of a stream completes no packet"
    MovesInPause "W1" "the position moves in the second pause"
    KeepsPosition "W1" "after a pause of half a second and a stop, the position is a frame"
    StopsAtShortPeriod "W2" "the position stops after 300 ms with the shortest packets"
    StopsAtLongPeriod "W3" "the position stops after 300 ms in the longest ring"
    StopsAtFormat "W4" "the position stops after 100 ms at 8 kHz, timer driven"
    StopsInSecondMode "W5" "the position stops after 90 ms in the DEFAULT mode"
    LoopbackMovesInPause "W6" "the position of a loopback stream moves in a pause"
    LoopbackStill "W7" "the position of a loopback stream stands still at 8 kHz"
    SlowClock "K1" "the clock is slow by 200 ppm after half a second, timer driven"
    Jitters "K1" "every other answer is 5 ms late, timer driven"
    StartsLate "K2" "the position begins 30 ms late, timer driven"
    RunsAhead "K2" "the position is 40 frames ahead, timer driven"
    Jumps "B1" "the position jumps by 5 frames after a second and a half, timer driven"
    OffLine "B2" "the position is 3 frames ahead after 10,000 queries"
    Drifts "B3" "the position is 5 frames ahead after an hour"
    CounterStops "B4" "packets are not counted while the client writes none"
    PlaysTwice "B4" "what was played is not cleared, and is played again"
    FillsWithNoise "B4" "where the client writes nothing, one frame is not silent"
    AcceptsFarPackets "B5" "a packet two ahead is accepted"
    WrongStart "B6" "the time of a packet of the first stream is that of the next one"
    NoJump "B6" "after five packets that were not read, the next one is delivered"
    WrongEarly "B6" "a packet that is not there yet is answered with another status"
    WrongStatus "B7" "half a frame in a packet is refused with another status"
    WrongFailure "B8" "a buffer that cannot be allocated is answered with another status"
    LosesFrames "B9" "after thirty pauses, a run begins 3 frames ahead"
    ForgetsPackets "B9" "after thirty pauses, no packet is reported"
    MovesAsleep "B10" "the position moves by a frame when the device sleeps"
    ShiftsAfterStall "B11" "the position is 2 frames ahead after a stall of more than a second"
    StillInMode "B12" "the position stands still at 8 kHz in the DEFAULT mode"
    WrongLevel "B13" "the volume of the second channel reads a step too high at -2 dB"
    FlipsBit "B14" "one bit of frame 30,000 is wrong"
    AcceptsShortPackets "B15" "packets shorter than the published ones are accepted"
    EndsAtDsp "B16" "streams of the DEFAULT mode do not go on to the amplifier"
    FixedLimits "B17" "the buffer limits stay when the memory is taken"
    MutesAll "B17" "the mute of an offload stream is that of all streams"
    NothingTaken "B17" "no byte of an offload stream is ever taken"
    StaysProtected "B17" "loopback streams stay silent after a protected stream was closed"
    NoFade "B17" "the volume of an offload stream jumps where it should fade"
    KeywordRegister "B18" "a stream at the keyword pin has a packet register"
    KeywordSkips "B18" "a stream at the keyword pin skips its tenth packet"
    DropsLegacy "B19" "nothing is heard of a client without packet calls, with halves of 2.7 ms"
    RepeatsLegacy "B19" "a client without packet calls that stops writing is played again"
    ShortAnswer "B20" "a buffer that is too short for an answer gets the beginning of it"
    PlaysPastTheEnd "B21" "what lies behind the end of the stream in its last packet is heard"
    ClicksAtTheEnd "B21" "the first frame after the end of the stream is not silent"
    SilentAfterEnd "B21" "a stream that has ended plays nothing when it runs again"
    ReadyAtOnce "B22" "in the second round a packet is there before the first is full"
    KeepsFrame "B22" "after a pause and a stop at once, the position is a frame"
    WrongClock "B24" "the clock is slow by 200 ppm where the counter has 19.2 MHz"
    ShiftsWhenLate "B25" "the position is 2 frames ahead after a timer that was 3 ms late"
    LateInPause "B25" "a pause while a timer is late is five frames late"
    WrongMask "B30" "one channel has two speaker positions"
    LosesSlots "B31" "after 1,500 streams, every one is refused"
    KeepsBlocks "B31" "after 1,000 streams, each one costs a block of pool until the unload"
    NarrowRange "B36" "the volume keeps no level below -90 dB, and publishes -96 dB"
    NarrowSecond "B36" "the second channel keeps no level below -90 dB"
    Leaks "violations" "a block of pool is lost with each stream"
    UndocumentedFailure "faults: status" "a buffer that cannot be allocated is answered with an undocumented status"
    StaysFailed "faults: retry" "after a buffer that could not be allocated, every one is refused"
    RefusesRetry "faults: retry" "a stream that could not be prepared for want of pool cannot be prepared again"
    LeaksOnFailure "faults: memory" "a block of pool is lost where a buffer cannot be allocated"
    LeaksOnce "faults: rules" "a block of pool is lost with the first stream"
    ChangesCalls "faults: repeats" "the first two streams take a block of pool more than later ones"
    StandsStill "faults: moves" "after a buffer that could not be allocated, positions stand still"
    Deaf "faults: hears" "after a buffer that could not be allocated, nothing is heard"
    SilentLegacy "faults: signals" "a client without packet calls gets no event"
    ForgetsPin "faults: describes" "every fifth time a filter has one pin"
    RefusesNextDevice "faults: starts" "the third device of a driver takes no stream"
    SmallerLimit "faults: limit" "a pin says that it takes three streams, and takes four, until something has run"
}

impl Flaw {
    /// The cases about an audio engine, a keyword pin or a composite endpoint.
    pub const OF_PARTS: [&'static str; 6] = ["Q4", "W6", "W7", "B16", "B17", "B18"];

    /// Whether it is one of those parts'.
    pub fn needs_parts(self) -> bool {
        Self::OF_PARTS.contains(&self.verdict())
    }
}

impl From<u32> for Flaw {
    /// From its number.
    fn from(number: u32) -> Self {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| Self::ALL.get(place)).copied().unwrap_or(Self::Nothing)
    }
}
