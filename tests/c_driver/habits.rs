//! No rule reports habits of Microsoft's public drivers, even those that the documentation does not
//! guarantee.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat, node_value};
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::{AUDIO_SIGNALPROCESSINGMODE_RAW, KSPROPERTY_AUDIO_VOLUMELEVEL};

const STEREO: WaveFormat =
    WaveFormat { float: false, channels: 2, mask: 3, rate: 48_000, bits: 16, valid_bits: 16 };

/// A client plays for 100 ms, through every state and back.
fn play(machine: &Machine) -> EventStream {
    let endpoint = Endpoint::find(machine, Direction::Render).unwrap();
    let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
    let mut stream = EventStream::open(machine, &endpoint, STEREO, mode, 480).unwrap();
    stream.prepare().unwrap();
    stream.write(0, &[0; 1920], None).unwrap();
    stream.run().unwrap();
    machine.sleep(Duration::from_millis(100));
    assert!(stream.completed().0 >= 9, "{:?}", stream.completed());
    stream.pause().unwrap();
    stream.run().unwrap();
    stream.pause().unwrap();
    stream.stop().unwrap();
    let level = node_value(&endpoint.filter, KSPROPERTY_AUDIO_VOLUMELEVEL, 0, Some(1)).unwrap();
    assert_eq!(level, 0);
    stream
}

#[test]
fn no_rule_blames_the_habits_of_microsofts_drivers() {
    let Some(image) = super::driver("habits") else { return };
    let machine = Machine::builder().build();
    {
        let driver = machine.load_image(&image).unwrap();
        let device = driver.add_device().unwrap();
        drop(play(&machine));
        // Its circuit is added again.
        device.rebalance().unwrap();
        drop(play(&machine));
        // Idle: its settings are assigned again on the way down, and once more the next time.
        for _ in 0..2 {
            machine.sleep(Duration::from_secs(5));
            assert!(!device.is_powered());
            drop(play(&machine));
            assert!(device.is_powered());
        }
        // A client that closes late.
        let late = play(&machine);
        device.surprise_remove();
        drop(late);
        drop(device);
        machine.sleep(Duration::from_secs(1));
    }
    assert_eq!(machine.debug_output(), "", "habits that do not work");
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}

#[test]
fn no_rule_blames_the_cable_the_composite_and_the_board() {
    for name in ["cable", "composite", "board"] {
        let Some(image) = super::driver(name) else { return };
        let machine = Machine::builder().build();
        {
            let driver = machine.load_image(&image).unwrap();
            let device = driver.add_device().unwrap();
            device.rebalance().unwrap();
            machine.sleep(Duration::from_secs(30));
            drop(device);
            drop(driver.add_device().unwrap());
        }
        let report = machine.report();
        assert_eq!(report.count(), 0, "{name}: {:#?} {:?}", report.violations(), report.gaps());
    }
}
