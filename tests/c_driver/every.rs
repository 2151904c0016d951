//! The driver in C that calls every function of ACX's (tests/c-driver/every.h), with the clients
//! that have it do so.

use std::collections::BTreeSet;
use std::time::Duration;

use acx_client::bytes::guid_bytes;
use acx_client::endpoint::Endpoint;
use acx_client::request::get_known;
use acx_client::{Direction, File, System};
use acx_host::Machine;
use acx_sys::*;

use client::{Act, Client, callbacks};

// The same client asks the driver in Rust that calls every function.
#[path = "../../crates/acx-host/tests/acx/client.rs"]
mod client;

/// The driver's own set.
const SET: GUID = GUID { Data1: 0xACE0_0041, Data2: 1, Data3: 2, Data4: [3; 8] };

/// What the driver does when it is asked for a property of this id: `EvtAct` of every.c.
#[derive(Clone, Copy)]
enum Deed {
    Raise = 101,
    RaiseAnswered,
    Stream,
    Complete,
    Part,
    Device,
    Factory,
    Template,
}

/// Has the driver do something, by a request to the circuit that does what it is asked for.
fn act(behind: &File, deed: Deed) {
    let answer = get_known(behind, "an act", &SET, deed as u32, &[], 4).unwrap();
    assert_eq!(answer, 42_u32.to_le_bytes());
}

#[test]
fn a_driver_in_c_calls_every_function_and_is_called_by_every_callback() {
    let Some(image) = super::driver("every") else { return };
    let machine = Machine::builder().build();
    machine.record_calls();
    {
        let driver = machine.load_image(&image).unwrap();
        let device = driver.add_device().unwrap();
        let links = machine.interfaces(&KSCATEGORY_AUDIO);
        let behind = links.iter().find(|link| link.ends_with("Behind0")).unwrap();
        let behind = machine.open(behind).unwrap();
        let endpoint = Endpoint::find(&machine, Direction::Render).unwrap();
        let client = Client {
            machine: &machine,
            endpoint: &endpoint,
            set: SET,
            module: guid_bytes(&SET),
            act: &|what| {
                act(
                    &behind,
                    match what {
                        Act::Raise(22) => Deed::Raise,
                        Act::Raise(_) => Deed::RaiseAnswered,
                        Act::Stream => Deed::Stream,
                        Act::Complete => Deed::Complete,
                        Act::Part => Deed::Part,
                    },
                );
            },
        };
        client.use_filter();
        client.use_stream();
        act(&behind, Deed::Device);
        assert_eq!(machine.take_pnp_events().len(), 1);
        act(&behind, Deed::Factory);
        act(&behind, Deed::Template);
        drop((endpoint, behind));
        machine.sleep(Duration::from_secs(1));
        drop(device);
        machine.sleep(Duration::from_secs(1));
    }
    // Each check that does not hold is a line of the driver's.
    assert_eq!(machine.debug_output(), "");
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
    let called = machine.take_calls();
    let functions: BTreeSet<&str> = ACX_FUNCTION_NAMES.into_iter().collect();
    assert_eq!(functions.len(), 221);
    let missing: Vec<_> = functions.difference(&called).collect();
    assert!(missing.is_empty(), "{} functions are not called: {missing:?}", missing.len());
    let callbacks = callbacks();
    assert_eq!(callbacks.len(), 62);
    let missing: Vec<_> = callbacks.difference(&called).collect();
    assert!(missing.is_empty(), "{} callbacks do not come: {missing:?}", missing.len());
}

#[test]
fn what_a_driver_imports_that_is_built_with_wil_is_there() {
    let Some(image) = super::driver("imports") else { return };
    let machine = Machine::builder().build();
    drop(
        machine
            .load_image(&image)
            .unwrap_or_else(|why| panic!("{why}: {}", machine.debug_output())),
    );
    let report = machine.report();
    assert_eq!(report.count(), 0, "{:#?} {:?}", report.violations(), report.gaps());
}
