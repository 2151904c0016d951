//! Rights of content.

use std::ptr::null_mut;

use acx_client::Direction;
use acx_client::endpoint::Endpoint;
use acx_sys::*;

use crate::driver::*;

/// New content with the strictest of the rights of others.
fn mixed(mut of: Vec<u32>) -> Result<u32, NTSTATUS> {
    let mut id = 0;
    let count = of.len() as u32;
    let status = acx!(AcxDrmCreateContentMixed(of.as_mut_ptr(), count, &raw mut id));
    if status == STATUS_SUCCESS { Ok(id) } else { Err(status) }
}

/// CopyProtect and DigitalOutputDisable.
fn rights(id: u32) -> Result<(i32, i32), NTSTATUS> {
    let mut rights = ACXDRMRIGHTS::default();
    let status = acx!(AcxDrmRetrieveContentRights(id, &raw mut rights));
    let both = (rights.CopyProtect, rights.DigitalOutputDisable);
    if status == STATUS_SUCCESS { Ok(both) } else { Err(status) }
}

fn forward(id: u32) -> NTSTATUS {
    let forward = ACXDRMFORWARD::default();
    acx!(AcxDrmForwardContentToDeviceObject(id, null_mut(), &raw const forward))
}

#[test]
fn content_has_rights_until_it_is_destroyed() {
    const UNKNOWN: NTSTATUS = STATUS_INVALID_PARAMETER;
    Plan::new(speaker)
        .run(|machine, _| {
            let endpoint = Endpoint::find(machine, Direction::Render).expect("there is one");
            let stream = endpoint.open_stream(STEREO, &RAW).expect("it opens");
            let copy = stream.assign_content(true, false).expect("it takes them");
            let digital = stream.assign_content(false, true).expect("it takes them");
            let free = stream.assign_content(false, false).expect("it takes them");
            machine.inside(|| {
                let own = [copy, digital, free].map(rights);
                assert_eq!(own, [Ok((1, 0)), Ok((0, 1)), Ok((0, 0))]);
                let mix = |of: &[u32]| mixed(of.to_vec()).and_then(rights);
                assert_eq!(mix(&[copy, digital]), Ok((1, 1)));
                assert_eq!(mix(&[copy]), Ok((1, 0)));
                // Content 0 is unprotected.
                assert_eq!(mix(&[0, digital]), Ok((0, 1)));
                assert_eq!(mix(&[free, 0]), Ok((0, 0)));
                assert_eq!(mix(&[]), Ok((0, 0)));
                assert_eq!(mix(&[copy, 1000]), Err(UNKNOWN));
                let mut id = 0;
                let none = acx!(AcxDrmCreateContentMixed(null_mut(), 1, &raw mut id));
                assert_eq!(none, STATUS_INVALID_PARAMETER);
                // No lower driver enforces any.
                assert_eq!([copy, digital].map(forward), [STATUS_NOT_IMPLEMENTED; 2]);
                assert_eq!([free, 0].map(forward), [STATUS_SUCCESS; 2]);
                assert_eq!(forward(1000), UNKNOWN);
                let none = std::ptr::null();
                let forwarded = acx!(AcxDrmForwardContentToDeviceObject(free, null_mut(), none));
                assert_eq!(forwarded, STATUS_INVALID_PARAMETER);
                ok!(AcxDrmDestroyContent(copy));
                assert_eq!(acx!(AcxDrmDestroyContent(copy)), UNKNOWN);
                assert_eq!(acx!(AcxDrmDestroyContent(0)), UNKNOWN);
                assert_eq!([copy, digital].map(rights), [Err(UNKNOWN), Ok((0, 1))]);
            });
        })
        .keeps_every_rule();
}

extern "C" fn handler() {}

#[test]
fn handlers_of_content_are_functions() {
    Plan::new(|_| {})
        .run(|machine, _| {
            machine.inside(|| {
                let add = |id, mut handlers: Vec<PVOID>| {
                    let count = handlers.len() as u32;
                    acx!(AcxDrmAddContentHandlers(id, handlers.as_mut_ptr(), count))
                };
                let own = handler as PVOID;
                assert_eq!(add(0, vec![own, own]), STATUS_SUCCESS);
                for wrong in [vec![null_mut(), own], vec![own, null_mut()]] {
                    assert_eq!(add(0, wrong), STATUS_INVALID_PARAMETER);
                }
                assert_eq!(add(1000, vec![own]), STATUS_INVALID_PARAMETER);
            });
        })
        .keeps_every_rule();
}
