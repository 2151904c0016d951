//! The cases, in order: id, sentence, the feature that the device needs, and the way in which the
//! case is run.

use super::features::Needs;
use super::{
    Context, Finding, HostContext, Level, Unmet, access, composite, constraints, continued,
    controls, edges, engine, format, gain, hidden, jack, keyword, legacy, others, packets, rates,
    rebalance, refused, requests, rights, stalled, stream, threads,
};
use crate::run::Findings;
use crate::subject::Subject;

/// The way in which a case is run.
pub(crate) enum Test {
    /// On any system.
    Anywhere(fn(&Context<'_>) -> Finding),
    /// Only in the host: it stops time, injects failures, removes the device, or watches its
    /// callbacks.
    Hosted(fn(&HostContext<'_, '_>) -> Finding),
    /// Only in the host, on machines that it creates.
    Alone(fn(&Subject) -> Result<(String, Findings), Unmet>),
    /// On any system; in the host on a threaded machine, whose time is real.
    Threads(fn(&Context<'_>) -> Finding),
}

/// A case.
pub(crate) struct Case {
    pub(crate) id: &'static str,
    pub(crate) level: Level,
    pub(crate) sentence: &'static str,
    pub(crate) needs: Needs,
    pub(crate) test: Option<Test>,
}

macro_rules! cases {
    ($($level:ident $id:literal $sentence:literal => $needs:ident $(, $how:ident $test:path)?;)*) => {
        &[$(Case {
            id: $id,
            level: Level::$level,
            sentence: $sentence,
            needs: Needs::$needs,
            test: cases!(@ $($how $test)?),
        }),*]
    };
    (@ $how:ident $test:path) => { Some(Test::$how($test)) };
    (@) => { None };
}

pub(crate) const CASES: &[Case] = cases! {
    A "Q1" "the mode list answers a size query, then data" => Endpoint, Anywhere format::mode_lists;
    A "Q2" "the mode list's data minus its header is whole GUIDs" => Endpoint, Anywhere format::mode_list_sizes;
    A "Q3" "the host pin lists RAW or DEFAULT" => Endpoint, Anywhere format::raw_or_default;
    A "Q4" "offload pins list stereo 16 bit at 44.1, 48, 88.2 and 96 kHz" => Engine, Anywhere engine::offload_formats;
    A "Q5" "the preferred format of a mode is a member of its list" => Ends, Anywhere format::preferred_is_listed;
    A "Q6" "a period of 10 ms is accepted for every format" => Ends, Anywhere format::ten_milliseconds;
    A "Q7" "pin instance counts follow the open streams, and the limit holds" => Ends, Anywhere format::instances;
    A "Q9" "every endpoint supports event-driven streaming" => Ends, Anywhere format::event_driven;
    A "S1" "open, set the buffer, close: in any state" => Ends, Anywhere stream::open_and_close;
    A "S2" "the notification event is accepted once the buffer is there" => Ends, Anywhere stream::set_event;
    A "S3" "start and stop succeed, again and again" => Ends, Anywhere stream::start_and_stop;
    A "S4" "reset succeeds, and nothing ever waits for ever" => Ends, Anywhere stream::reset;
    A "W1" "the position moves in run, freezes in pause, is zero after a stop" => Ends, Anywhere stream::state_control;
    A "W2" "W1's running part at the smallest period" => Ends, Anywhere stream::smallest_period;
    A "W3" "W1's running part at the largest period" => Ends, Anywhere stream::largest_period;
    A "W4" "W1's running part for every format" => Ends, Anywhere stream::every_format;
    A "W5" "two modes of one pin at once" => Ends, Anywhere stream::two_modes;
    A "W6" "W1 on the loopback pin, while the host pin plays" => Engine, Anywhere engine::loopback_states;
    A "W7" "W4 on the loopback pin, while the host pin plays" => Engine, Anywhere engine::loopback_formats;
    A "K1" "position against its own stamp: rate, jitter" => Ends, Anywhere stream::drift_and_jitter;
    A "K2" "the position starts in time, and is never ahead of real time" => Ends, Anywhere stream::latency;
    B "B1" "the position never decreases and never outruns the stamp" => Ends, Anywhere stream::monotonic;
    B "B2" "50,000 concurrent answers at each end lie within one frame and one tick of the line" => Ends, Threads threads::concurrent;
    B "B3" "rate error over 24 hours, an hour at a microphone, is 0 frames; no overflow at extreme uptimes" => Ends, Alone stream::rate_and_uptime;
    B "B4" "the counter keeps its rate when the client stops writing; silence, once" => Render, Anywhere packets::underrun;
    B "B5" "every answer to SETWRITEPACKET, end of stream included" => Render, Anywhere packets::set_packet_answers;
    B "B6" "capture: not ready, then number and start of the same packet; a skip is seen" => Capture, Anywhere packets::capture_answers;
    B "B7" "packet geometry; bad counts and sizes are refused" => Ends, Anywhere packets::geometry;
    B "B8" "every state edge with each call that can fail failing in turn" => Ends, Hosted edges::every_edge;
    B "B9" "a pause at each of N points of a packet keeps the cadence" => Ends, Anywhere packets::pause_points;
    B "B10" "D0 exit while running, idle D3, surprise removal, handles kept open" => Ends, Hosted stream::power;
    B "B11" "stalls of 1 packet to 10 min, and past 2^32 frames and packets: bounded work, no clock shift" => Ends, Hosted packets::stalls;
    B "B12" "every format, period, mode and endpoint together" => Ends, Anywhere edges::everything;
    B "B13" "volume, mute and peak meter: ranges, channels, the meter equals the data" => Ends, Anywhere controls::controls;
    B "B14" "the ends of the cable do not drift; the recording is what was played" => Cable, Anywhere stream::null_test;
    B "B15" "packet-size constraints are published and honoured" => Ends, Anywhere constraints::honoured;
    B "B16" "state-change order over a composite endpoint" => Composite, Hosted composite::order;
    B "B17" "offload: limits, large packets, mix, own volume and mute, positions, loopback protection" => Engine, Anywhere engine::offload;
    B "B18" "keyword pin: no packet register; the burst gives the history as fast as it is read, then real time" => Keyword, Hosted keyword::burst;
    B "B19" "a legacy KS client is played, bit exact; silence when it stops writing" => Cable, Anywhere legacy::legacy;
    B "B20" "request rules for every property" => Ends, Anywhere requests::rules;
    B "B21" "end of stream: silence after the last byte; a second run plays what it is given" => Cable, Anywhere continued::end_of_stream;
    B "B22" "a second round on the same stream is as the first: counters, numbers, positions, what is heard" => Ends, Anywhere continued::second_round;
    B "B23" "a packet that was marked before a stall or a stop is not heard after it" => Cable, Hosted stalled::stale_marks;
    B "B24" "K1, K2 and B9 with performance counters of 3.58, 19.2 and 24 MHz" => Ends, Alone continued::other_clocks;
    B "B25" "timers 3 ms late: stamps and positions on the line, and a pause in between" => Ends, Hosted continued::late_timers;
    B "B26" "the latency that each pin reports is the one that is measured, at each pair of rates" => Cable, Anywhere rates::latency;
    B "B27" "peaks of every channel count and sign; a mix saturates; gain within 0.01 dB; no clicks" => Ends, Anywhere gain::meter_mix_and_volume;
    B "B28" "protected content is silent where it could be copied, until it is closed" => Cable, Anywhere rights::protected_content;
    B "B29" "a jack: its state, and one event for each change" => Endpoint, Anywhere jack::changes;
    B "B30" "speaker positions and valid bits of every format agree with its channels and sizes" => Ends, Anywhere continued::format_descriptions;
    B "B31" "2,000 streams at each pin: the last as the first, memory and objects flat" => Ends, Hosted continued::many_streams;
    B "B32" "after a stall of hours the driver is done within milliseconds, and with as few calls as ever" => Ends, Hosted stalled::work_after_a_stall;
    B "B33" "the microphone's volume, mute and meter are those of what it records" => Capture, Anywhere gain::microphone_controls;
    B "B35" "a rebalance while streams run and after; a buffer before and after ACQUIRE" => Ends, Hosted rebalance::rebalance;
    B "B36" "the volume's published range and steps are those that it keeps" => Ends, Anywhere continued::published_range;
    B "B37" "W4 and B15 at every other endpoint, those of several circuits among them" => Endpoint, Anywhere others::other_endpoints;
    B "B38" "a sine of each sample type at another rate and type is that sine; channels keep their positions" => Cable, Anywhere rates::sample_types_at_other_rates;
    B "B39" "a hidden end is in no list of endpoints, and takes what a program feeds, bit exact, but not from a service" => Hidden, Alone hidden::feeds;
    B "B40" "the jack of the visible end follows the program: a hold, a pause, a sleep, a death" => Hidden, Alone hidden::jack_follows;
    B "B41" "programs at a hidden end are mixed; one that stalls, hurries, dies or loses the device" => Hidden, Alone hidden::programs;
    B "B43" "what changes the device for others is denied to a plain user, and changes nothing; an administrator may" => Endpoint, Hosted access::changes_are_guarded;
    B "B44" "packets beyond their budget are refused at once with INSUFFICIENT_RESOURCES; closed, all of it is there again" => Ends, Alone access::packet_budget;
    B "B45" "a packet that was refused as late is not heard later, nor at all where that is promised; the next is whole" => Cable, Anywhere refused::late_packets;
};
