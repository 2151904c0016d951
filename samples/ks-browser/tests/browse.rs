//! The browser on the driver in the host: what it asks is what it would ask on Windows.

use acx_client::System;
use std::process::Command;

use acx_conform::run::Time;
use acx_sys::{KSCATEGORY_AUDIO, STATUS_NOT_FOUND, STATUS_PROPSET_NOT_FOUND};
use acxhost::subject;
use ks_browser::{Target, browse, guid, raw};

#[test]
fn it_finds_what_the_filters_have() {
    let ((), findings) = subject::showcase(subject::linked())
        .on_device(Time::Virtual, |machine, _| {
            for link in machine.interfaces(&KSCATEGORY_AUDIO) {
                let found = browse(machine, &link)?;
                let has =
                    |name: &str| found.iter().any(|own| own.name == name && own.value.is_ok());
                assert!(has("TOPOLOGY_NODES") && has("PIN_CATEGORY"), "{link}");
                // Nothing that it found is without verbs, and what can be got has a value or says
                // why not.
                for property in &found {
                    assert!(property.access.is_some() || property.value.is_ok(), "{property}");
                    assert!(!property.to_string().contains('\n'));
                    assert_eq!(property.value()["id"], property.id);
                }
                if link.ends_with("Speaker0") {
                    assert!(has("AUDIOSIGNALPROCESSING_MODES") && has("JACK_DESCRIPTION"));
                    assert!(has("AUDIOENGINE_DESCRIPTOR"));
                }
                if link.ends_with("Microphone0") {
                    assert!(has("AUDIO_MUTE") && has("SOUNDDETECTOR_SUPPORTEDPATTERNS"));
                }
            }
            Ok(())
        })
        .unwrap();
    assert_eq!(findings.count(), 0, "{:?}", findings.violations);
}

#[test]
fn one_property_can_be_asked_for_by_its_numbers() {
    let pins = guid("{8C134960-51AD-11CF-878A-94F801C10000}").unwrap();
    let ours = guid("b6c5e1b0-7b1d-4d2c-9c53-0c6b2b2a5e10").unwrap();
    let nobodys = guid("{00000000-1111-2222-3333-444444444444}").unwrap();
    subject::showcase(subject::linked())
        .on_device(Time::Virtual, |machine, _| {
            let links = machine.interfaces(&KSCATEGORY_AUDIO);
            let speaker = links.iter().find(|link| link.ends_with("Speaker0")).unwrap();
            let flow = raw(machine, speaker, &pins, 2, Target::Pin(0))?;
            assert_eq!(flow.value, Ok(vec![1, 0, 0, 0]), "{flow}");
            let telemetry = raw(machine, speaker, &ours, 1, Target::Filter)?;
            assert_eq!(telemetry.value.map(|value| value.len()), Ok(16), "no stream is open");
            let missing = raw(machine, speaker, &pins, 4711, Target::Filter).unwrap_err();
            assert_eq!(missing.status, STATUS_NOT_FOUND);
            let missing = raw(machine, speaker, &nobodys, 1, Target::Filter).unwrap_err();
            assert_eq!(missing.status, STATUS_PROPSET_NOT_FOUND);
            Ok(())
        })
        .unwrap();
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    for (arguments, word) in [
        (&["x", "--property", "nonsense", "1"][..], "give a GUID"),
        (&["x", "--property", "{8C134960-51AD-11CF-878A-94F801C10000}", "one"], "as a number"),
        #[cfg(not(windows))]
        (&[], "for Windows"),
        #[cfg(windows)]
        (&["no such filter"], "no audio filter"),
    ] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_ks-browser")).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(word) && said.lines().count() == 1, "{said}");
    }
}
