//! KMDF's callbacks. Source: their pages in the `wdf*.h` references.

use crate::kernel::callback::callbacks;

callbacks! {
    EvtChildListCreateDevice: status;
    EvtChildListIdentificationDescriptionCompare;
    EvtDeviceD0Entry: control pnp status;
    EvtDeviceD0EntryPostInterruptsEnabled: control pnp status;
    EvtDeviceD0Exit: control pnp status;
    EvtDeviceD0ExitPreInterruptsDisabled: control pnp status;
    EvtDeviceFileCreate: control;
    EvtDevicePrepareHardware: control pnp status;
    EvtDeviceQueryRemove: control pnp status;
    EvtDeviceQueryStop: control pnp status;
    EvtDeviceReleaseHardware: control pnp status;
    EvtDeviceSelfManagedIoCleanup: control pnp;
    EvtDeviceSelfManagedIoFlush: control pnp;
    EvtDeviceSelfManagedIoInit: control pnp status;
    EvtDeviceSelfManagedIoRestart: control pnp status;
    EvtDeviceSelfManagedIoSuspend: control pnp status;
    EvtDeviceSurpriseRemoval: control pnp;
    EvtDpcFunc: clock;
    EvtDriverDeviceAdd: status;
    EvtDriverUnload;
    EvtFileCleanup;
    EvtFileClose;
    EvtIoCanceledOnQueue;
    EvtIoDefault;
    EvtIoDeviceControl;
    EvtIoQueueState;
    EvtIoResume;
    EvtIoStop;
    EvtRequestCancel;
    EvtRequestCompletionRoutine;
    EvtTimerFunc: clock;
    EvtWorkItem;
}
