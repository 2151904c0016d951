//! The clock of a stream without hardware, on counters of several frequencies.

use acx::Error;
use acx::clock::PacketClock;
use acx::guid::GUID;
use acx::time::Qpc;
use acx::units::{Bytes, Frames};
// The wrappers call its functions.
use acx_host as _;

/// Rates, and frequencies of the counter: 10 MHz, a processor's, and one below the rate's tenfold.
const CLOCKS: [(u32, u64); 5] = [
    (48_000, 10_000_000),
    (44_100, 10_000_000),
    (44_100, 2_441_406_250),
    (192_000, 1_193_182),
    (8_000, 3_579_545),
];

#[test]
fn a_packet_ends_exactly_when_its_last_frame_does() {
    for (rate, frequency) in CLOCKS {
        let clock = PacketClock::with_frequency(rate, frequency);
        let frames = u64::from(rate / 100);
        clock.set_packet(Frames(frames)).unwrap();
        let start = Qpc(123_456_789);
        let mut end = clock.run(start);
        // A day of packets, with steps that grow.
        for number in (0..).map(|step: u64| step * step * step).take_while(|at| *at < 8_640_000) {
            end = clock.time_of_packet(number + 1);
            let before = Qpc(end.0 - 1);
            assert_eq!(clock.current_packet(before), number, "{rate} Hz on {frequency}");
            assert_eq!(clock.current_packet(end), number + 1, "{rate} Hz on {frequency}");
            assert_eq!(clock.position(end).frames, Frames((number + 1) * frames));
        }
        assert!(end > start);
    }
}

#[test]
fn a_run_returns_the_end_of_the_packet_in_progress() {
    let clock = PacketClock::with_frequency(48_000, 48_000);
    clock.set_packet(Frames(10)).unwrap();
    assert_eq!(clock.run(Qpc(1000)), Qpc(1010));
    clock.pause(Qpc(1025));
    // Five frames of the third packet were played.
    assert_eq!(clock.run(Qpc(2000)), Qpc(2005));
}

#[test]
fn a_clock_without_a_rate_or_a_counter_still_goes() {
    let clock = PacketClock::with_frequency(0, 0);
    clock.run(Qpc(5));
    assert_eq!(clock.position(Qpc(8)).frames, Frames(3));
    assert_eq!(clock.time_of(Frames(3)), Qpc(8));
    // Its packets have one frame until it is told otherwise.
    assert_eq!((clock.current_packet(Qpc(8)), clock.time_of_packet(3)), (3, Qpc(8)));
}

#[test]
fn it_stands_still_in_pause_and_loses_no_frame() {
    for (rate, frequency) in CLOCKS {
        let clock = PacketClock::with_frequency(rate, frequency);
        clock.set_packet(Frames(100)).unwrap();
        assert_eq!(clock.position(Qpc(5)).frames, Frames(0));
        let mut now = 1_000_000;
        let mut played = 0;
        for round in 1..200_u64 {
            clock.run(Qpc(now));
            assert_eq!(clock.position(Qpc(now)).frames, Frames(played), "{rate} Hz {frequency}");
            now += round * frequency / 777;
            played = clock.position(Qpc(now)).frames.0;
            clock.pause(Qpc(now));
            now += frequency;
            assert_eq!(clock.position(Qpc(now)).frames, Frames(played));
        }
        clock.reset();
        assert_eq!(clock.position(Qpc(now)).frames, Frames(0));
    }
}

#[test]
fn a_client_is_late_in_time_or_too_early() {
    let clock = PacketClock::with_frequency(48_000, 48_000);
    clock.set_packet(Frames(10)).unwrap();
    // The results continue beyond 32 bits.
    for first in [2_u64, u64::from(u32::MAX) - 1, u64::from(u32::MAX), 1 << 32] {
        clock.reset();
        clock.run(Qpc(0));
        let now = clock.time_of_packet(first);
        let answer = |distance: i32| {
            clock.check_render_packet((first as u32).wrapping_add_signed(distance), None, now)
        };
        assert_eq!((answer(-1), answer(0)), (Err(Error::Late), Err(Error::Late)));
        assert_eq!((answer(1), answer(2)), (Ok(()), Err(Error::Overrun)));
        // A packet in progress while the clock is paused is not completed.
        clock.pause(now);
        assert_eq!((answer(-1), answer(0)), (Err(Error::Late), Ok(())));
    }
    assert_eq!(clock.set_packet(Frames(0)), Err(Error::InvalidParameter));
}

#[test]
fn nothing_is_accepted_after_the_last_packet() {
    let clock = PacketClock::with_frequency(48_000, 48_000);
    clock.set_packet(Frames(10)).unwrap();
    let set = |packet, end| clock.check_render_packet(packet, end, Qpc(0));
    assert_eq!(set(0, Some(Frames(11))), Err(Error::InvalidParameter));
    assert_eq!(set(3, Some(Frames(4))), Err(Error::Overrun));
    assert_eq!(set(0, None), Ok(()));
    assert_eq!(set(1, Some(Frames(0))), Ok(()));
    assert_eq!((set(1, None), set(2, None)), (Err(Error::InvalidState), Err(Error::InvalidState)));
    clock.reset();
    assert_eq!(set(0, Some(Frames(10))), Ok(()));
}

#[test]
fn units_and_guids() {
    assert_eq!(Bytes(12).whole_frames(Bytes(4)), Some(Frames(3)));
    assert_eq!(Bytes(13).whole_frames(Bytes(4)), None);
    assert_eq!(Bytes(13).whole_frames(Bytes(0)), None);
    let guid: GUID = acx::guid!("a2F163c0-5D1B-4C1E-9D41-0B7E55103A77");
    assert_eq!((guid.Data1, guid.Data2, guid.Data3), (0xA2F1_63C0, 0x5D1B, 0x4C1E));
    assert_eq!(guid.Data4, [0x9D, 0x41, 0x0B, 0x7E, 0x55, 0x10, 0x3A, 0x77]);
}
