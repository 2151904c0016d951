//! KMDF's callbacks. Source: their pages in the `wdf*.h` references.

use crate::kernel::callback::callbacks;

callbacks! {
    EvtChildListCreateDevice: status;
    EvtChildListIdentificationDescriptionCompare;
    EvtDeviceD0Entry: control pnp status;
    EvtDeviceD0EntryPostInterruptsEnabled: control pnp status;
    EvtDeviceD0Exit: control pnp status;
    EvtDeviceD0ExitPreInterruptsDisabled: control pnp status;
    EvtDeviceFileCreate: control watched;
    EvtDevicePrepareHardware: control pnp status;
    EvtDeviceProcessQueryInterfaceRequest: watched;
    EvtDeviceQueryRemove: control pnp status;
    EvtDeviceQueryStop: control pnp status;
    EvtDeviceReleaseHardware: control pnp status;
    EvtDeviceSelfManagedIoCleanup: control pnp;
    EvtDeviceSelfManagedIoFlush: control pnp;
    EvtDeviceSelfManagedIoInit: control pnp status;
    EvtDeviceSelfManagedIoRestart: control pnp status;
    EvtDeviceSelfManagedIoSuspend: control pnp status;
    EvtDeviceSurpriseRemoval: control pnp;
    EvtDeviceWdmIrpPreprocess;
    EvtDpcFunc: clock;
    EvtDriverDeviceAdd: watched status;
    EvtDriverUnload;
    EvtFileCleanup: watched;
    EvtFileClose: watched;
    EvtIoCanceledOnQueue: watched;
    EvtIoDefault: watched;
    EvtIoDeviceControl: watched;
    EvtIoInCallerContext: watched;
    EvtIoQueueState;
    EvtIoResume: watched;
    EvtIoStop: watched;
    EvtRequestCancel;
    EvtRequestCompletionRoutine;
    EvtTimerFunc: clock;
    EvtWorkItem;
    InterfaceReference;
}
