//! Hidden ends in `acxvadctl status`, with the driver in the host.

use std::time::Duration;

use acx_client::endpoint::Endpoint;
use acx_client::event::EventStream;
use acx_client::hidden::{HiddenEnd, Which};
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_sys::AUDIO_SIGNALPROCESSINGMODE_RAW;
use acxvadctl::ends::{self, OtherEnd};

fn with(settings: &[(&str, u32)], test: impl FnOnce(&Machine)) {
    let subject = acxhost::subject::of(None);
    let machine = subject.builder().build();
    for (name, value) in settings {
        machine.set_registry(name, *value);
    }
    let done = subject.on_machine(&machine, |machine, _| {
        test(machine);
        Ok(())
    });
    let ((), findings) = done.unwrap();
    assert_eq!(findings.count(), 0, "{findings:?}");
}

#[test]
fn a_program_at_a_hidden_end_is_seen_to_come_and_go() {
    let settings = [("Speaker0Hidden", 1), ("Microphone0JackFollows", 1)];
    with(&settings, |machine| {
        let is_on = |name: &str| settings.iter().any(|(own, _)| *own == name);
        let look = || ends::hidden(machine, &is_on).unwrap().remove(0);
        let other =
            |plugged| Some(OtherEnd { circuit: "Microphone0".into(), follows: true, plugged });
        let before = look();
        assert_eq!((&*before.circuit, before.is_render, before.streams), ("Speaker0", true, 0));
        assert_eq!(before.other, other(false));
        let end = HiddenEnd::find(machine, Direction::Render, Which::Cable(0)).unwrap().endpoint;
        let format = end.host_pin().unwrap().modes[0].1[0];
        let mode = &AUDIO_SIGNALPROCESSINGMODE_RAW;
        let stream = EventStream::open(machine, &end, format, mode, 480).unwrap();
        stream.prepare().unwrap();
        assert_eq!((look().streams, look().running, look().other), (1, 0, other(false)));
        stream.run().unwrap();
        assert_eq!((look().streams, look().running, look().other), (1, 1, other(true)));
        assert!(look().to_string().ends_with("1 of 1 running; Microphone0 follows, plugged in"));
        drop(stream);
        assert_eq!((look().streams, look().running, look().other), (0, 0, other(true)));
        machine.sleep(Duration::from_secs(3));
        assert_eq!(look().other, other(false));
    });
}

#[test]
fn ends_that_are_not_hidden_are_not_listed() {
    with(&[], |machine| {
        assert_eq!(ends::hidden(machine, &|_| false).unwrap(), []);
        assert!(Endpoint::find(machine, Direction::Render).is_ok());
    });
    // With both ends hidden no jack follows anything.
    with(&[("Speaker0Hidden", 1), ("Microphone0Hidden", 1)], |machine| {
        let all = ends::hidden(machine, &|_| true).unwrap();
        let shown: Vec<_> = all.iter().map(|end| (end.is_render, end.other.clone())).collect();
        assert_eq!(shown, [(true, None), (false, None)]);
    });
}
