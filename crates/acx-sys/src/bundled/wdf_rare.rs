//! Types that only the USB, class-extension and companion entries of the KMDF table mention. No audio driver passes them, so
//! they are incomplete here: enough to type the table, and a pointer to one can be handed on.

use super::*;

macro_rules! incomplete {
    ($($pointer:ident => $name:ident),* $(,)?) => {
        $(
            #[repr(C)]
            #[derive(Debug)]
            pub struct $name {
                _unused: [u8; 0],
            }
            pub type $pointer = *mut $name;
        )*
    };
}

incomplete! {
    PURB => URB,
    PUSB_DEVICE_DESCRIPTOR => USB_DEVICE_DESCRIPTOR,
    PUSB_INTERFACE_DESCRIPTOR => USB_INTERFACE_DESCRIPTOR,
    PWDFCXDEVICE_INIT => WDFCXDEVICE_INIT,
    PWDFCX_FILEOBJECT_CONFIG => WDFCX_FILEOBJECT_CONFIG,
    PWDFCX_PNPPOWER_EVENT_CALLBACKS => WDFCX_PNPPOWER_EVENT_CALLBACKS,
    PWDFCX_POWER_POLICY_EVENT_CALLBACKS => WDFCX_POWER_POLICY_EVENT_CALLBACKS,
    PWDF_USB_CONTINUOUS_READER_CONFIG => WDF_USB_CONTINUOUS_READER_CONFIG,
    PWDF_USB_CONTROL_SETUP_PACKET => WDF_USB_CONTROL_SETUP_PACKET,
    PWDF_USB_DEVICE_CREATE_CONFIG => WDF_USB_DEVICE_CREATE_CONFIG,
    PWDF_USB_DEVICE_INFORMATION => WDF_USB_DEVICE_INFORMATION,
    PWDF_USB_DEVICE_SELECT_CONFIG_PARAMS => WDF_USB_DEVICE_SELECT_CONFIG_PARAMS,
    PWDF_USB_INTERFACE_SELECT_SETTING_PARAMS => WDF_USB_INTERFACE_SELECT_SETTING_PARAMS,
    PWDF_USB_PIPE_INFORMATION => WDF_USB_PIPE_INFORMATION,
}

/// A handle type, as `DECLARE_HANDLE` makes it.
macro_rules! handles {
    ($($handle:ident => $name:ident),* $(,)?) => {
        $(
            #[repr(C)]
            #[derive(Debug, Default, Copy, Clone)]
            pub struct $name {
                pub unused: i32,
            }
            pub type $handle = *mut $name;
        )*
    };
}

handles! {
    WDFUSBDEVICE => WDFUSBDEVICE__,
    WDFUSBINTERFACE => WDFUSBINTERFACE__,
    WDFUSBPIPE => WDFUSBPIPE__,
}

pub type DEVICE_TYPE = ULONG;
pub type USBD_CONFIGURATION_HANDLE = PVOID;
pub type USBD_PIPE_HANDLE = PVOID;

pub mod _WDF_USB_PIPE_TYPE {
    pub type Type = i32;
    pub const WdfUsbPipeTypeInvalid: Type = 0;
    pub const WdfUsbPipeTypeControl: Type = 1;
    pub const WdfUsbPipeTypeIsochronous: Type = 2;
    pub const WdfUsbPipeTypeBulk: Type = 3;
    pub const WdfUsbPipeTypeInterrupt: Type = 4;
}
pub use self::_WDF_USB_PIPE_TYPE::Type as WDF_USB_PIPE_TYPE;

pub type PFN_WDFCXDEVICE_WDM_IRP_PREPROCESS = Option<
    unsafe extern "C" fn(Device: WDFDEVICE, Irp: PIRP, DispatchContext: WDFCONTEXT) -> NTSTATUS,
>;
