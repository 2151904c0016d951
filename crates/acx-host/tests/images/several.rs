//! Several drivers in one machine, linked in and loaded from images.

use std::ptr::null_mut;

use acx_host::machine::HostError;
use acx_host::{Image, LinkedImage, Machine, Rule};
use acx_sys::*;

use super::{Nt, drive_in, of, out};
use crate::{Code, file, image};

unsafe extern "C" fn device_add(_driver: WDFDRIVER, mut init: PWDFDEVICE_INIT) -> NTSTATUS {
    let mut device: WDFDEVICE = null_mut();
    // SAFETY: the framework's init object, in EvtDriverDeviceAdd.
    unsafe { WdfDeviceCreate(&raw mut init, null_mut(), &raw mut device) }
}

fx_driver_entry!(without_acx device_add);

/// An image that does nothing.
fn idle() -> Code {
    Code::new().begin().succeed()
}

#[test]
fn a_driver_is_linked_in_beside_images_and_is_the_only_one() {
    let machine = Machine::builder().build();
    {
        let _image = machine.load_image(&image(idle())).expect("it loads");
        let linked = |name| LinkedImage { name, entry: fx_driver_entry };
        let driver = machine.load(linked("linked")).expect("it loads beside an image");
        let _device = driver.add_device().expect("it starts");
        let again = machine.load(linked("again")).err();
        assert!(matches!(again, Some(HostError::LinkedTwice { .. })), "{again:?}");
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

/// A deferred procedure call that frees what is no pool.
unsafe extern "win64" fn wrong(_dpc: u64, nt: *const Nt, _one: u64, _two: u64) {
    // SAFETY: the test's own, which waits.
    unsafe { (*nt).call("ExFreePool", &[0x10]) };
}

#[test]
fn a_callback_is_its_drivers_whatever_other_images_there_are() {
    let machine = Machine::builder().build();
    let other = Image::parse("other.sys", file(idle())).expect("an image");
    let other = machine.load_image(&other).expect("it loads");
    drive_in(&machine, |nt| {
        let mut dpc = [0_u64; 8];
        nt.call("KeInitializeDpc", &[out(&mut dpc), wrong as *const () as u64, of(&nt)]);
        nt.call("KeInsertQueueDpc", &[out(&mut dpc), 0, 0]);
    });
    drop(other);
    let found = machine.report().violations();
    assert_eq!((found[0].rule, found.len()), (Rule::BadFree, 1), "{found:#?}");
    assert_eq!(found[0].driver.as_deref(), Some("tiny"));
}
