//! Feature staging: the imports of a driver that is built with WIL, Microsoft's C++ library, and
//! has features that Windows Update can turn on and off. No feature is configured here, so a driver
//! uses its defaults, and the configuration never changes.
//!
//! These functions are undocumented. Names and arguments are from the public headers of System
//! Informer (phnt) and import tables of Microsoft's drivers; no source gives IRQLs.

use std::cell::RefCell;

use acx_sys::*;

use crate::kernel::Kernel;
use crate::kernel::abi::write;
use crate::kernel::function::services;
use crate::kernel::loaded;
use crate::kernel::report::Rule;

/// The first registration, so that a registration never equals another type of handle.
const BASE: u64 = 0x7EA7_0000;

/// The stamp of the only configuration.
const STAMP: u64 = 1;

/// The registrations that a driver has not removed.
#[derive(Default)]
pub(crate) struct Registrations(RefCell<Vec<Registration>>);

/// Its handle, its type, and its driver's number.
type Registration = (u64, &'static str, u32);

impl Registrations {
    /// No registration may remain at unload: the kernel would call into the unloaded image.
    pub(crate) fn check_empty(&self, kernel: &Kernel, driver: u32) {
        for (_, what, _) in loaded::take(&self.0, |(.., owner)| *owner == driver) {
            kernel.violate(Rule::HandleLeak, format!("{what} is still registered at unload"));
        }
    }
}

fn register(kernel: &Kernel, what: &'static str, place: *mut u64) -> NTSTATUS {
    let handle = BASE + kernel.next_number();
    kernel.part::<Registrations>().0.borrow_mut().push((handle, what, loaded::number(kernel)));
    write(place, handle);
    STATUS_SUCCESS
}

fn unregister(kernel: &Kernel, what: &'static str, handle: u64) {
    let all = &kernel.part::<Registrations>().0;
    let found = all.borrow().iter().position(|own| (own.0, own.1) == (handle, what));
    if let Some(at) = found {
        all.borrow_mut().remove(at);
    } else {
        kernel.violate(Rule::BadHandle, format!("{handle:#x} is no registration of {what}"));
    }
}

const NOTIFICATION: &str = "a feature configuration change notification";
const PROVIDER: &str = "a feature usage provider";

/// No feature is configured.
fn RtlQueryFeatureConfiguration(
    _kernel: &Kernel,
    _FeatureId: ULONG,
    _ConfigurationType: i32,
    ChangeStamp: *mut u64,
    _FeatureConfiguration: PVOID,
) -> NTSTATUS {
    if !ChangeStamp.is_null() {
        write(ChangeStamp, STAMP);
    }
    STATUS_NOT_FOUND
}

fn RtlQueryFeatureConfigurationChangeStamp(_kernel: &Kernel) -> u64 {
    STAMP
}

fn RtlRegisterFeatureConfigurationChangeNotification(
    kernel: &Kernel,
    _Callback: PVOID,
    _Context: PVOID,
    ObservedChangeStamp: *mut u64,
    Registration: *mut u64,
) -> NTSTATUS {
    if !ObservedChangeStamp.is_null() {
        write(ObservedChangeStamp, STAMP);
    }
    register(kernel, NOTIFICATION, Registration)
}

fn RtlUnregisterFeatureConfigurationChangeNotification(
    kernel: &Kernel,
    Registration: u64,
) -> NTSTATUS {
    unregister(kernel, NOTIFICATION, Registration);
    STATUS_SUCCESS
}

fn RtlRegisterFeatureUsageProvider(
    kernel: &Kernel,
    _FlushCallback: PVOID,
    _Context: PVOID,
    Provider: *mut u64,
) -> NTSTATUS {
    register(kernel, PROVIDER, Provider)
}

fn RtlUnregisterFeatureUsageProvider(kernel: &Kernel, Provider: u64) -> NTSTATUS {
    unregister(kernel, PROVIDER, Provider);
    STATUS_SUCCESS
}

/// Usage is not counted.
fn RtlNotifyFeatureUsage(_kernel: &Kernel, _Report: PVOID) -> NTSTATUS {
    STATUS_SUCCESS
}

services! {
    /// Feature staging.
    services:
    RtlQueryFeatureConfiguration: ANY;
    RtlQueryFeatureConfigurationChangeStamp: ANY;
    RtlRegisterFeatureConfigurationChangeNotification: PASSIVE;
    RtlUnregisterFeatureConfigurationChangeNotification: PASSIVE;
    RtlRegisterFeatureUsageProvider: PASSIVE;
    RtlUnregisterFeatureUsageProvider: PASSIVE;
    RtlNotifyFeatureUsage: ANY;
}
