//! What the suite asks and checks of each shape of the driver, and of the driver with its parts, is
//! on record in `record.tsv`.

// Numbers of floating point are rounded otherwise by other systems' libraries.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

#[path = "../../flaws/record.rs"]
mod record;
mod vendor;

use acx_conform::{Driver, Subject};
use flawed_driver::Shape;
use vendor::{LINKED, VENDOR};

/// Cases that take seconds, or race.
const SLOW: [&str; 5] = ["B1", "B2", "B3", "B24", "B31"];

#[test]
fn what_is_asked_of_each_shape_is_on_record() {
    let with = |name: &str, number: u32| {
        let subject = Subject::new(Driver::Linked(LINKED));
        subject.with_settings([(name, number.into())])
    };
    let shapes = Shape::ALL
        .iter()
        .zip(0..)
        .map(|(shape, number)| record::row(&format!("{shape:?}"), &with("Shape", number), &SLOW));
    let parts = with("Parts", 1).with_vendor(&VENDOR);
    let rows: Vec<_> = shapes.chain([record::row("Parts", &parts, &SLOW)]).collect();
    record::compare(&rows, include_str!("record.tsv"));
}
