//! The sample in the host, linked in and as the file that Windows loads: it loads, plays in real
//! time, pauses, and leaks nothing.

#[path = "../../../tests/variants/built.rs"]
mod built;

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_conform::melody::STEREO;
use acx_conform::{Subject, suite};
use acx_host::machine::{Driver, HostError};
use acx_host::{Image, LinkedImage, Machine};
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_DEFAULT;

const LINKED: LinkedImage =
    LinkedImage { name: "minimal-driver", entry: minimal_driver::FxDriverEntry };

#[test]
fn it_plays_in_real_time_and_leaves_nothing_behind() {
    plays(|machine| machine.load(LINKED));
}

#[test]
fn as_a_file_it_plays_as_well() {
    let made_by = "cargo xtask build --release --package minimal-driver";
    if let Some(file) = built::built("image/x64/minimal-driver.sys", made_by) {
        let image = Image::read(&file).unwrap();
        plays(|machine| machine.load_image(&image));
    }
}

fn plays(load: impl FnOnce(&Machine) -> Result<Driver<'_>, HostError>) {
    let machine = Machine::builder().build();
    {
        let driver = load(&machine).unwrap();
        let _device = driver.add_device().unwrap();
        let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
        let mode = &AUDIO_SIGNALPROCESSINGMODE_DEFAULT;
        let mut stream = EventStream::open(&machine, &endpoint, STEREO, mode, 480).unwrap();
        assert_eq!(stream.position().unwrap().0, 0);
        stream.prepare().unwrap();
        stream.run().unwrap();
        for packet in 1..=100 {
            let event = machine.wait_any(&[stream.event()], Duration::from_millis(11));
            assert_eq!(event, Some(0), "packet {packet} is announced");
            assert_eq!(stream.completed().0, packet);
            stream.write(packet + 1, &[1; 1920], None).unwrap();
        }
        assert_eq!(stream.position().unwrap().0, 48_000);

        machine.sleep(Duration::from_millis(3));
        stream.pause().unwrap();
        machine.sleep(Duration::from_secs(1));
        assert_eq!(stream.position().unwrap().0, 48_144, "frozen in pause");
        stream.run().unwrap();
        machine.sleep(Duration::from_millis(7));
        assert_eq!(stream.completed().0, 101, "the cadence goes on");
        stream.stop().unwrap();
        assert_eq!(stream.position().unwrap().0, 0);
    }
    for violation in machine.report().violations() {
        println!("{violation}");
    }
    assert_eq!(machine.report().count(), 0, "{:?}", machine.report().gaps());
}

#[test]
fn as_a_file_it_conforms() {
    let made_by = "cargo xtask build --release --package minimal-driver";
    let Some(file) = built::built("image/x64/minimal-driver.sys", made_by) else { return };
    let subject = Subject::new(acx_conform::Driver::Image(Image::read(&file).unwrap()));
    let found = suite::run(&subject, &mut |_, _| {}).unwrap();
    assert_eq!(found.failures(), Vec::<String>::new());
}

/// It publishes no limits of its packets: ACX promises 10 ms then.
#[test]
fn without_limits_packets_have_10_ms() {
    let subject = Subject::new(acx_conform::Driver::Linked(LINKED));
    let found = suite::run_case(&subject, "B15").unwrap().outcome;
    assert_eq!(found, suite::Outcome::Passed("none published: 10 ms; 2 streams".to_owned()));
}

/// Its pin takes one stream, so no other one runs meanwhile.
#[test]
fn each_stream_is_tested_alone() {
    let subject = Subject::new(acx_conform::Driver::Linked(LINKED));
    let found = suite::run_case(&subject, "B12").unwrap().outcome;
    assert_eq!(found, suite::Outcome::Passed("12 streams, one after the other".to_owned()));
}
