//! `acxvadctl follow`, with the driver in the host: one cable follows another that drifts.

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
use acxvadctl::follow::{Device, State, follow};
use acxvadctl::trim::{self, Trim};

/// A stream of another cable, as a device.
struct Other<'a> {
    stream: EventStream,
    machine: &'a Machine,
}

impl Device for Other<'_> {
    fn read(&mut self) -> Option<(f64, f64)> {
        let (frames, at) = self.stream.position().ok()?;
        Some((frames as f64 / 48_000.0, at as f64 / self.machine.qpc_frequency() as f64))
    }
}

#[test]
fn a_cable_follows_a_device_that_drifts() {
    let machine = Machine::builder().build();
    machine.set_registry("Cables", 2);
    let subject = acxhost::subject::of(None);
    let ((), findings) = subject
        .on_machine(&machine, |machine, _| {
            let end = |index| Endpoint::nth(machine, Direction::Render, index).unwrap();
            let [cable, other] = [0, 1].map(end);
            trim::write(&other, Trim::from_ppm(-237.5)).unwrap();
            let open = |end: &Endpoint| {
                let format = end.host_pin().unwrap().modes[0].1[0];
                let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
                let stream = EventStream::open(machine, end, format, mode, 480).unwrap();
                stream.prepare().unwrap();
                stream.run().unwrap();
                stream
            };
            let (own, stream) = (open(&cable), open(&other));
            let mut device = Other { stream, machine };
            let (mut seconds, mut locked) = (0, 0);
            follow(machine, &cable, &mut device, &mut |report| {
                seconds += 1;
                if report.state == State::Locked && locked == 0 {
                    locked = seconds;
                }
                seconds < 60
            })
            .unwrap();
            assert!((1..=30).contains(&locked), "locked after {locked} s");
            // After another minute the two ends have played the same number of frames, within six.
            let before = own.position().unwrap().0.abs_diff(device.stream.position().unwrap().0);
            machine.sleep(std::time::Duration::from_secs(60));
            let after = own.position().unwrap().0.abs_diff(device.stream.position().unwrap().0);
            assert!(before.abs_diff(after) <= 6, "{before}, then {after}");
            Ok(())
        })
        .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}
