//! The entry points of a driver that is linked into its test.

/// `fx_driver_entry`, which the host calls: over a DriverEntry, or over one that is written here
/// for a driver with an EvtDriverDeviceAdd and without ACX.
macro_rules! fx_driver_entry {
    ($driver_entry:ident) => {
        unsafe extern "C" fn fx_driver_entry(
            driver: PDRIVER_OBJECT,
            path: PUNICODE_STRING,
        ) -> NTSTATUS {
            // SAFETY: the host calls once per load.
            unsafe { acx_sys::entry::driver_entry(driver, path, $driver_entry) }
        }
    };
    (without_acx $device_add:ident) => {
        unsafe extern "C" fn driver_entry(
            driver: PDRIVER_OBJECT,
            path: PUNICODE_STRING,
        ) -> NTSTATUS {
            let mut config = WDF_DRIVER_CONFIG::default();
            WDF_DRIVER_CONFIG_INIT(&mut config, Some($device_add));
            // SAFETY: DriverEntry's own arguments.
            unsafe { WdfDriverCreate(driver, path, null_mut(), &raw mut config, null_mut()) }
        }

        fx_driver_entry!(driver_entry);
    };
}
