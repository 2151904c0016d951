//! The linked-in driver in the host: it conforms to ACX's contracts, and handles every failing
//! call. `cargo acx conform` tests the same with the file that Windows loads.

use acx_conform::{Driver, Subject, faults, suite};
use acx_host::LinkedImage;

const LINKED: LinkedImage =
    LinkedImage { name: env!("CARGO_PKG_NAME"), entry: minimal_driver::FxDriverEntry };

#[test]
fn it_conforms() {
    let subject = Subject::new(Driver::Linked(LINKED));
    let failures = suite::run(&subject, &mut |_, _| {}).unwrap().failures();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn each_call_that_can_fail_may_fail() {
    let subject = Subject::new(Driver::Linked(LINKED));
    let scenarios = faults::run(&subject, &faults::Options::default(), &mut |_, _, _| {}).unwrap();
    for scenario in scenarios {
        assert!(scenario.violations.is_empty(), "{}: {:?}", scenario.name, scenario.violations);
    }
}
