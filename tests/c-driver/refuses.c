/* A driver whose device does not start: its circuit has no identity. It says so to the debugger. A
   test reads what `acxhost` tells its author. */
#include "driver.h"

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    UNICODE_STRING name;
    void *circuit, *init = AcxCircuitInitAllocate(device);
    NTSTATUS status;
    (void)raw, (void)translated;
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, TEXT("Speaker0"));
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, NULL, &init, &circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    DbgPrint("refuses: the circuit came to 0x%08X\n", status);
    return status;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    void *device;
    (void)driver;
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, NULL, &device));
    return AcxDeviceInitialize(device, &config);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    void *handle;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &handle));
    return AcxDriverInitialize(handle, &acx);
}
