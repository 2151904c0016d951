//! `acxvadctl trim`, over the driver in the host.

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
use acxvadctl::trim::{Error, Trim, run};

/// Runs a test on a machine with two cables.
fn with(test: impl FnOnce(&Machine)) {
    let machine = Machine::builder().build();
    machine.set_registry("Cables", 2);
    machine.set_registry("Speaker1Name", "To the stream");
    let subject = acxhost::subject::of(None);
    let ((), findings) = subject
        .on_machine(&machine, |machine, _| {
            test(machine);
            Ok(())
        })
        .unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

#[test]
fn the_cable_is_found_by_either_end_and_by_the_name_that_people_see() {
    with(|machine| {
        let trim = |ppm| Some(Trim::from_ppm(ppm));
        assert_eq!(run(machine, "speaker0", trim(12.5)).unwrap().ppb(), 12_500);
        assert_eq!(run(machine, "Microphone0", None).unwrap().ppb(), 12_500);
        assert_eq!(run(machine, "to the Stream", trim(-0.125)).unwrap().ppb(), -125);
        assert_eq!(run(machine, "Microphone1", None).unwrap().ppb(), -125);
        for missing in ["Speaker2", ""] {
            assert!(matches!(run(machine, missing, None), Err(Error::NoEndpoint(_))), "{missing}");
        }
    });
}

#[test]
fn a_positive_trim_is_ahead() {
    with(|machine| {
        let speaker = Endpoint::find(machine, Direction::Render).unwrap();
        let format = speaker.host_pin().unwrap().modes[0].1[0];
        let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(machine, &speaker, format, mode, 480).unwrap();
        run(machine, "Speaker0", Some("1000".parse().unwrap())).unwrap();
        stream.prepare().unwrap();
        stream.run().unwrap();
        machine.sleep(std::time::Duration::from_secs(1));
        assert_eq!(stream.position().unwrap().0, 48_048);
    });
}

#[test]
fn what_is_given_is_a_number_of_parts_per_million() {
    for (text, ppb) in
        [("1000", 1_000_000), ("-1000", -1_000_000), ("0.001", 1), ("+12.345", 12_345)]
    {
        assert_eq!(text.parse::<Trim>().unwrap().ppb(), ppb, "{text}");
    }
    for wrong in ["1000.001", "-1001", "0.0005", "NaN", "inf", "ten", ""] {
        assert!(matches!(wrong.parse::<Trim>(), Err(Error::Value(_))), "{wrong}");
    }
    assert_eq!(Trim::new(1_500).to_string(), "+1.500 ppm, ahead");
    assert_eq!(Trim::new(-1).to_string(), "-0.001 ppm, behind");
}
