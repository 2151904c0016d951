//! The figures that the suite says of the driver without a flaw: how many streams, packets and
//! formats it asked. Virtual time makes them exact.

/// Of a cable. B2's are times of this machine.
const PLAIN: &[(&str, &str)] = &[
    ("Q1", "40 and 40 bytes"),
    ("Q2", "whole GUIDs"),
    ("Q3", "every end"),
    ("Q5", "48000 Hz, 2 ch, 16 bit"),
    ("Q6", "3 formats"),
    ("Q7", "0 to 4 and back; 0 to 4 and back"),
    ("Q9", "every end"),
    ("S1", "12 ways"),
    ("S2", "after the buffer, once"),
    ("S3", "10 times at each end, event and timer driven"),
    ("S4", "3 times"),
    ("W1", "each end, twice"),
    ("W2", "48 frames of 48000 Hz, 2 ch, 16 bit"),
    ("W3", "24000 frames of 48000 Hz, 2 ch, 16 bit"),
    ("W4", "6 streams"),
    ("W5", "at 2 ends"),
    ("K1", "jitter at most 10.2 us, 10.2 us, 10.2 us, 10.2 us"),
    ("K2", "at most 0 us behind real time"),
    ("B1", "20000 pairs of answers"),
    ("B3", "0 frames in 24 h; up to 100 years of uptime"),
    ("B4", "50 packets in 500 ms; two of them sound, once"),
    ("B5", "29 answers"),
    ("B6", "number and start of the same packet; the jump shows"),
    ("B7", "24 requests"),
    ("B8", "60 calls failed in turn"),
    ("B9", "65 points of a packet, at 2 ends"),
    ("B10", "D3 and back with the stream kept; handles outlive the device"),
    ("B11", "position and stamps on the line after each, at 2 ends"),
    ("B12", "36 streams, each beside up to 4 others"),
    ("B13", "Speaker0: 2 channels, -96 dB to 0 dB; no meter of what is played"),
    ("B14", "bit exact; latency 480, 480 frames"),
    ("B15", "1000 us in 0 modes; 16 streams"),
    ("B19", "5 streams with halves of 1 to 10 ms, bit exact; then silence"),
    ("B20", "73 properties, each end's counted"),
    ("B21", "8640 bytes, and then silence; 3840 in the second run"),
    ("B22", "twice at Speaker0 and Microphone0; what is heard"),
    ("B23", "silence after 5 stalls, and of what a stop left"),
    ("B24", "K1, K2 and B9 at 3.58, 19.2 and 24 MHz"),
    ("B25", "20 packets with timers 3 ms late, and a pause, at 2 ends"),
    ("B26", "2 pairs of streams, off by 0 us at most; heard behind a FIFO of 2048 bytes"),
    ("B27", "one of two streams is heard; the cable is before the volume"),
    ("B30", "6 formats"),
    ("B31", "2000 streams at each of 2 ends, memory and objects as before"),
    ("B32", "4 streams are done within 5 ms, and 10 calls at most"),
    ("B35", "8 orders; the streams go on; 3 rebalances, memory as before"),
    ("B36", "Speaker0: 2 channels, -96 dB to 0 dB in steps of 0.5 dB"),
    ("B45", "up to 360 frames of 6 late packets; the next ones are whole"),
];

/// Those of the driver with its parts that are others.
const WITH_PARTS: &[(&str, &str)] = &[
    ("Q4", "44.1, 48, 88.2 and 96 kHz"),
    ("W6", "twice, while the host pin plays"),
    ("W7", "2 formats, while the host pin plays"),
    ("B13", "Speaker0: 2 channels, -96 dB to 0 dB; left at 0.251 of full scale"),
    ("B16", "SpeakerDsp - SpeakerAmp: 2 modes in the usual order, 0 inverted"),
    (
        "B17",
        "192000 to 384000 bytes, 4 streams of 2 s; wake-ups are not counted; \
         mix, fade, mute, positions, protection, last position",
    ),
    ("B18", "230 packets in no time, then 20 in 200 ms"),
    ("B20", "72 properties, each end's counted"),
    ("B22", "twice at Speaker0 and Microphone0; what is heard, the meter, a pause in a fade"),
    (
        "B26",
        "2 pairs of streams, host and offload pin to the loopback pin, off by 0 us at \
         most; heard behind a FIFO of 768 bytes",
    ),
    ("B37", "10 streams at SpeakerDsp"),
];

/// The figure of a case that passes.
pub(crate) fn figure(case: &str, parts: u32) -> Option<&'static str> {
    let own = if parts == 0 { &[] } else { WITH_PARTS };
    own.iter().chain(PLAIN).find(|row| row.0 == case).map(|row| row.1)
}
