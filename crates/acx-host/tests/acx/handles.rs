//! A machine's record of its clients' requests, and the bytes with which a client opens a pin.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, connect};
use acx_client::{Direction, System};
use acx_host::Machine;
use acx_host::ks::Requests;
use acx_sys::*;

use crate::driver::*;

/// The machine's requests after a client has done this.
fn asked(deed: impl FnOnce(&Machine, &Endpoint)) -> Requests {
    let mut found = Requests::default();
    Plan::new(speaker).run(|machine, _| {
        let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
        deed(machine, &endpoint);
        found = machine.requests();
    });
    found
}

fn ask(endpoint: &Endpoint, code: u32, input: &[u8], output: &[u8]) {
    endpoint.filter.ioctl(code, input, Some(&mut output.to_vec()));
}

#[test]
fn each_request_of_a_client_counts_once() {
    asked(|machine, endpoint| {
        let begin = machine.requests().count;
        let so_far = || machine.requests().count - begin;
        ask(endpoint, IOCTL_KS_PROPERTY, &[], &[]);
        assert_eq!(so_far(), 1);
        let name = machine.interfaces(&KSCATEGORY_AUDIO).remove(0);
        let filter = machine.open(&name).expect("it opens");
        assert_eq!(so_far(), 2);
        drop(filter);
        assert_eq!(so_far(), 3);
        let pin = endpoint.filter.create_pin(&connect(0, &STEREO.to_ks(), Some(&RAW)));
        assert_eq!(so_far(), 4);
        drop(pin.expect("it opens"));
        assert_eq!(so_far(), 5);
        assert!(machine.open("none").is_err());
        assert_eq!(so_far(), 6);
    });
}

#[test]
fn the_checksum_tells_requests_apart_by_their_bytes_and_times() {
    const P: u32 = IOCTL_KS_PROPERTY;
    let all = || {
        let own = [
            asked(|_, _| ()),
            asked(|machine, _| machine.sleep(Duration::from_millis(1))),
            asked(|_, endpoint| ask(endpoint, P, &[1, 2], &[])),
            asked(|_, endpoint| ask(endpoint, P, &[1, 3], &[])),
            asked(|_, endpoint| ask(endpoint, P, &[1], &[2])),
            asked(|_, endpoint| ask(endpoint, IOCTL_KS_METHOD, &[1, 2], &[])),
            asked(|machine, endpoint| {
                machine.sleep(Duration::from_millis(1));
                ask(endpoint, P, &[1, 2], &[]);
            }),
            asked(|machine, endpoint| {
                ask(endpoint, P, &[1, 2], &[]);
                machine.sleep(Duration::from_millis(1));
            }),
        ];
        own.map(|requests| requests.checksum)
    };
    let found = all();
    assert_eq!(found, all());
    let different: std::collections::BTreeSet<_> = found.iter().collect();
    assert_eq!(different.len(), found.len());
}

#[test]
fn requests_of_two_machines_are_added_in_their_order() {
    let (one, two) = (
        Requests { count: 5, checksum: 0x1234_5678 },
        Requests { count: 2, checksum: 0x9ABC_DEF0 },
    );
    assert_eq!((one.and(two).count, two.and(one).count), (7, 7));
    assert_ne!(one.and(two).checksum, two.and(one).checksum);
}

#[test]
fn a_pin_is_opened_with_a_whole_structure_and_the_one_interface_and_medium() {
    asked(|_, endpoint| {
        let whole = connect(0, &STEREO.to_ks(), Some(&RAW));
        let open = |bytes: &[u8]| endpoint.filter.create_pin(bytes).map(drop);
        assert_eq!(open(&whole), Ok(()));
        let least = size_of::<KSPIN_CONNECT>() + size_of::<KSDATAFORMAT>();
        for length in [0, size_of::<KSPIN_CONNECT>(), least - 1] {
            assert_eq!(open(&whole[..length]), Err(STATUS_INVALID_PARAMETER), "{length}");
        }
        assert_eq!(open(&whole[..least]), Err(STATUS_NO_MATCH));
        // The set and the id of the interface, and of the medium.
        for at in [0, 16, 24, 40] {
            let mut other = whole.clone();
            other[at] ^= 0x40;
            assert_eq!(open(&other), Err(STATUS_NO_MATCH), "{at}");
        }
        // The flags of both are nobody's.
        for at in [20, 44] {
            let mut other = whole.clone();
            other[at] = 1;
            assert_eq!(open(&other), Ok(()), "{at}");
        }
        // Without attributes it has no mode, whatever follows, and this pin has none but RAW.
        let plain = connect(0, &STEREO.to_ks(), None);
        for behind in [&[][..], &[0xFF; 8], &whole[plain.len()..]] {
            assert_eq!(open(&[&plain[..], behind].concat()), Err(STATUS_NO_MATCH), "{behind:x?}");
        }
    });
}

#[test]
fn what_a_driver_has_queued_is_done_before_a_client_opens_something() {
    unsafe extern "C" fn works(_item: WDFWORKITEM) {
        note("worked");
    }
    fn enqueue() {
        let device = acx!(AcxCircuitGetWdfDevice(kept("circuit")));
        let mut config = WDF_WORKITEM_CONFIG::default();
        WDF_WORKITEM_CONFIG_INIT(&mut config, Some(works));
        let mut attributes = child_of(device.cast());
        let mut item: WDFWORKITEM = std::ptr::null_mut();
        let (own, place) = (&raw mut attributes, &raw mut item);
        ok!(WdfWorkItemCreate(&raw mut config, own, place));
        acx!(WdfWorkItemEnqueue(item));
    }
    Plan::new(speaker)
        .run(|machine, _| {
            let name = machine.interfaces(&KSCATEGORY_AUDIO).remove(0);
            machine.inside(enqueue);
            assert!(!notes().iter().any(|note| note == "worked"));
            let file = machine.open(&name).expect("it opens");
            assert!(notes().iter().any(|note| note == "worked"));
            drop(file);
        })
        .keeps_every_rule();
}
