//! The steps of a random life. Indices are taken modulo the current number of objects, so that any
//! list of steps is a life, also a shortened one.

use acx_client::Direction;
use acx_client::hidden::cable;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

/// The parameters of a machine and its device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setup {
    /// Ticks of the performance counter per second.
    pub(crate) frequency: u64,
    pub(crate) cables: u32,
    pub(crate) composite: bool,
    pub(crate) engine: bool,
    pub(crate) spotter: bool,
    pub(crate) step_microseconds: u32,
    pub(crate) packet_megabytes: u32,
    /// Which ends are hidden: a bit for each speaker, and the next one for its microphone.
    pub(crate) hidden: u32,
    /// The same of the setting `JackFollows`.
    pub(crate) follows: u32,
    /// Clients close their handles after the device is gone.
    pub(crate) closes_late: bool,
}

impl Setup {
    /// The bit of an end.
    fn bit(circuit: &str) -> Option<u32> {
        let bit = |direction, offset| Some((2 * cable(circuit, direction)? + offset) % 32);
        bit(Direction::Render, 0).or(bit(Direction::Capture, 1))
    }

    /// Whether the end with this circuit is hidden.
    pub(crate) fn hides(&self, circuit: &str) -> bool {
        Self::bit(circuit).is_some_and(|bit| self.hidden >> bit & 1 == 1)
    }

    /// Whether the setting says that its jack follows.
    pub(crate) fn switches_follow(&self, circuit: &str) -> bool {
        Self::bit(circuit).is_some_and(|bit| self.follows >> bit & 1 == 1)
    }

    /// Timers are set in units of 100 ns: how many ticks late that may make them.
    pub(crate) fn timer_ticks(&self) -> u64 {
        if self.frequency == 10_000_000 { 0 } else { self.frequency / 10_000_000 + 1 }
    }
}

/// The error in an opening of a pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Interface,
    Medium,
    PinId,
    Rate,
    Mode,
    UnknownAttribute,
    AttributeSize,
    CutFormat,
    CutConnect,
}

/// The length of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    Milliseconds(u16),
    Pages(u16),
    Frames(u16),
    /// Not whole frames.
    Odd,
    Huge,
}

/// What the end of a stream is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    None,
    Blocks(u16),
    Whole,
    Odd,
    TooLong,
    /// Flags that nobody knows.
    Flags(u32),
}

/// The target of a level query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Filter(u8),
    Pin(u8),
}

/// A step. Which filter, pin or end is meant: modulo those that there are.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// Quarters of the packet of a pin; of 10 ms if there is none.
    Sleep {
        pin: u8,
        quarters: u16,
    },
    /// Up to a packet's end, and some ticks off it.
    ToBoundary {
        pin: u8,
        ticks: i8,
    },
    SetState {
        pin: u8,
        state: i32,
    },
    Write {
        pin: u8,
        ahead: i32,
        ending: Ending,
    },
    Read {
        pin: u8,
    },
    Ask {
        pin: u8,
        what: u8,
        capacity: u8,
    },
    AskFilter {
        filter: u8,
        what: u8,
        capacity: u8,
    },
    OpenPin {
        filter: u8,
        pin: u8,
        format: u8,
        mode: u8,
        flaw: Flaw,
    },
    Buffer {
        pin: u8,
        packets: u32,
        notifies: bool,
        length: Length,
    },
    ClosePin {
        pin: u8,
    },
    /// What clients do when they are told that a device has gone.
    CloseGone,
    OpenFilter {
        end: u8,
        /// By a plain user's program, not an administrator's.
        user: bool,
    },
    CloseFilter {
        filter: u8,
    },
    Register {
        pin: u8,
        good: bool,
    },
    Unregister {
        pin: u8,
        good: bool,
    },
    FillPin {
        filter: u8,
        pin: u8,
    },
    SetLevel {
        who: Who,
        mute: bool,
        channel: i8,
        value: i32,
    },
    GetLevel {
        who: Who,
        mute: bool,
        channel: i8,
    },
    /// The trim of a cable's clock, in parts per billion.
    Trim {
        filter: u8,
        trim: i32,
    },
    Plug {
        filter: u8,
        value: u32,
    },
    DefaultFormat {
        filter: u8,
        rate: u32,
        channels: u32,
        sample: u32,
    },
    Cables {
        filter: u8,
        count: u32,
    },
    Listen {
        filter: u8,
        jack: bool,
        once: bool,
    },
    StopListening {
        listener: u8,
    },
    Protect {
        pin: u8,
        option: u32,
    },
    EndAt {
        pin: u8,
        last: bool,
        quarters: u8,
    },
    Content {
        pin: u8,
        protect: bool,
    },
    Arm {
        filter: u8,
        pattern: bool,
        arm: bool,
    },
    Stall {
        milliseconds: u16,
    },
    Lateness {
        milliseconds: u8,
    },
    PowerDown,
    PowerUp,
    Rebalance,
    QueryRemove,
    SurpriseRemove,
    AddDevice,
}

impl Op {
    /// The kind of step: what a life is counted by.
    pub(crate) fn kind(&self) -> String {
        let text = format!("{self:?}");
        text.split([' ', '{', '(']).next().unwrap_or_default().to_owned()
    }
}

pub(crate) fn setup() -> impl Strategy<Value = Setup> {
    let frequency = select(vec![10_000_000, 3_579_545, 24_000_000]);
    let step = select(vec![5_000, 1_000, 3_000]);
    // Enough for anything that a life comes to; and so little that two streams may have it.
    let megabytes = select(vec![64, 64, 1, 2]);
    let hidden = prop_oneof![Just(0), any::<u32>()];
    let ends = (hidden, any::<u32>());
    (frequency, 1..=2_u32, any::<[bool; 4]>(), step, megabytes, ends).prop_map(
        |(
            frequency,
            cables,
            [composite, engine, spotter, closes_late],
            step,
            megabytes,
            (hidden, follows),
        )| Setup {
            frequency,
            cables,
            // The most to build, and the least to find: less often.
            composite: composite && spotter,
            engine,
            spotter,
            step_microseconds: step,
            packet_megabytes: megabytes,
            hidden,
            follows,
            closes_late,
        },
    )
}

fn who() -> impl Strategy<Value = Who> {
    any::<(bool, u8)>().prop_map(|(pin, at)| if pin { Who::Pin(at) } else { Who::Filter(at) })
}

fn length() -> impl Strategy<Value = Length> {
    prop_oneof![
        12 => select(vec![10, 3, 1, 7, 20, 100]).prop_map(Length::Milliseconds),
        // What offload streams take, and a little more than any stream.
        3 => select(vec![1000, 1500, 2000, 2001, 2100]).prop_map(Length::Milliseconds),
        4 => (1..=4_u16).prop_map(Length::Pages),
        2 => (0..=300_u16).prop_map(Length::Frames),
        1 => Just(Length::Odd),
        1 => Just(Length::Huge),
    ]
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        24 => Just(Ending::None),
        1 => (0..=600_u16).prop_map(Ending::Blocks),
        1 => Just(Ending::Whole),
        1 => Just(Ending::Odd),
        1 => Just(Ending::TooLong),
        1 => any::<u32>().prop_map(Ending::Flags),
    ]
}

fn ahead() -> impl Strategy<Value = i32> {
    prop_oneof![
        12 => Just(1),
        4 => Just(0),
        4 => -2..=3_i32,
        1 => any::<i32>(),
    ]
}

fn flaw() -> impl Strategy<Value = Flaw> {
    let all = vec![
        Flaw::Interface,
        Flaw::Medium,
        Flaw::PinId,
        Flaw::Rate,
        Flaw::Mode,
        Flaw::UnknownAttribute,
        Flaw::AttributeSize,
        Flaw::CutFormat,
        Flaw::CutConnect,
    ];
    prop_oneof![8 => Just(Flaw::None), 2 => select(all)]
}

/// A step, the usual ones more often than what ends everything.
pub(crate) fn op() -> BoxedStrategy<Op> {
    let byte = any::<u8>;
    let state =
        || prop_oneof![5 => Just(3), 4 => Just(2), 2 => Just(1), 2 => Just(0), 1 => any::<i32>()];
    let quarters = prop_oneof![20 => 0..=12_u16, 1 => 13..=80_u16];
    let packets = || prop_oneof![8 => Just(2), 4 => Just(1), 1 => Just(0), 1 => any::<u32>()];
    let channel = || prop_oneof![Just(-1), 0..=9_i8];
    let all: Vec<(u32, BoxedStrategy<Op>)> = vec![
        (200, (byte(), quarters).prop_map(|(pin, quarters)| Op::Sleep { pin, quarters }).boxed()),
        (60, (byte(), -1..=1_i8).prop_map(|(pin, ticks)| Op::ToBoundary { pin, ticks }).boxed()),
        (150, (byte(), state()).prop_map(|(pin, state)| Op::SetState { pin, state }).boxed()),
        (
            150,
            (byte(), ahead(), ending())
                .prop_map(|(pin, ahead, ending)| Op::Write { pin, ahead, ending })
                .boxed(),
        ),
        (40, byte().prop_map(|pin| Op::Read { pin }).boxed()),
        (
            60,
            (byte(), byte(), byte())
                .prop_map(|(pin, what, capacity)| Op::Ask { pin, what, capacity })
                .boxed(),
        ),
        (
            40,
            (byte(), byte(), byte())
                .prop_map(|(filter, what, capacity)| Op::AskFilter { filter, what, capacity })
                .boxed(),
        ),
        (
            50,
            (byte(), byte(), byte(), byte(), flaw())
                .prop_map(|(filter, pin, format, mode, flaw)| Op::OpenPin {
                    filter,
                    pin,
                    format,
                    mode,
                    flaw,
                })
                .boxed(),
        ),
        (
            80,
            (byte(), packets(), any::<bool>(), length())
                .prop_map(|(pin, packets, notifies, length)| Op::Buffer {
                    pin,
                    packets,
                    notifies,
                    length,
                })
                .boxed(),
        ),
        (12, byte().prop_map(|pin| Op::ClosePin { pin }).boxed()),
        (
            25,
            (byte(), byte())
                .prop_map(|(end, user)| Op::OpenFilter { end, user: user < 64 })
                .boxed(),
        ),
        (8, byte().prop_map(|filter| Op::CloseFilter { filter }).boxed()),
        (
            40,
            (byte(), any::<u8>())
                .prop_map(|(pin, good)| Op::Register { pin, good: good > 32 })
                .boxed(),
        ),
        (
            10,
            (byte(), any::<u8>())
                .prop_map(|(pin, good)| Op::Unregister { pin, good: good > 64 })
                .boxed(),
        ),
        (1, (byte(), byte()).prop_map(|(filter, pin)| Op::FillPin { filter, pin }).boxed()),
        (
            30,
            (who(), any::<bool>(), channel(), any::<i32>())
                .prop_map(|(who, mute, channel, value)| Op::SetLevel {
                    who,
                    mute,
                    channel,
                    value: value >> (value & 15),
                })
                .boxed(),
        ),
        (
            30,
            (who(), any::<bool>(), channel())
                .prop_map(|(who, mute, channel)| Op::GetLevel { who, mute, channel })
                .boxed(),
        ),
        (
            10,
            (byte(), prop_oneof![8 => -1_000_000..=1_000_000, 1 => Just(0), 1 => any::<i32>()])
                .prop_map(|(filter, trim)| Op::Trim { filter, trim })
                .boxed(),
        ),
        (15, (byte(), 0..=2_u32).prop_map(|(filter, value)| Op::Plug { filter, value }).boxed()),
        (
            5,
            (byte(), select(vec![48_000, 384_000, 16_000, 47_999]), 0..=9_u32, 0..=5_u32)
                .prop_map(|(filter, rate, channels, sample)| Op::DefaultFormat {
                    filter,
                    rate,
                    channels,
                    sample,
                })
                .boxed(),
        ),
        (
            2,
            (byte(), prop_oneof![9 => 0..=3_u32, 1 => 17..=99_u32])
                .prop_map(|(filter, count)| Op::Cables { filter, count })
                .boxed(),
        ),
        (
            15,
            (byte(), any::<bool>(), any::<bool>())
                .prop_map(|(filter, jack, once)| Op::Listen { filter, jack, once })
                .boxed(),
        ),
        (4, byte().prop_map(|listener| Op::StopListening { listener }).boxed()),
        (8, (byte(), 0..=2_u32).prop_map(|(pin, option)| Op::Protect { pin, option }).boxed()),
        (
            14,
            (byte(), any::<bool>(), 0..=9_u8)
                .prop_map(|(pin, last, quarters)| Op::EndAt { pin, last, quarters })
                .boxed(),
        ),
        (
            5,
            (byte(), any::<bool>()).prop_map(|(pin, protect)| Op::Content { pin, protect }).boxed(),
        ),
        (
            6,
            (byte(), any::<bool>(), any::<bool>())
                .prop_map(|(filter, pattern, arm)| Op::Arm { filter, pattern, arm })
                .boxed(),
        ),
        (
            8,
            select(vec![1, 3, 10, 21, 100, 10_000])
                .prop_map(|milliseconds| Op::Stall { milliseconds })
                .boxed(),
        ),
        (
            8,
            select(vec![0, 1, 4, 12])
                .prop_map(|milliseconds| Op::Lateness { milliseconds })
                .boxed(),
        ),
        (8, Just(Op::PowerDown).boxed()),
        (30, Just(Op::PowerUp).boxed()),
        (10, Just(Op::CloseGone).boxed()),
        (2, Just(Op::Rebalance).boxed()),
        (1, Just(Op::QueryRemove).boxed()),
        (1, Just(Op::SurpriseRemove).boxed()),
        (20, Just(Op::AddDevice).boxed()),
    ];
    Union::new_weighted(all).boxed()
}
