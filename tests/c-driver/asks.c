/* A driver that asks its device's stack for the interface of offers.c, or a device that offers it,
   if it stands on none that does. */
#include "offers.h"

IMPORT NTSTATUS IoGetDeviceInterfaces(const GUID *category, void *device, ULONG flags, WCHAR **links);

static void use(const char *way, NTSTATUS status, const Level *level)
{
    if (!NT_SUCCESS(status)) {
        DbgPrint("asks: %s 0x%08X\n", way, status);
        return;
    }
    level->SetLevel(level->Context, 5);
    DbgPrint("asks: %s version %d, it was %d\n", way, level->Version, level->SetLevel(level->Context, 6));
    level->InterfaceDereference(level->Context);
}

static void ask_stack(void *device)
{
    Level level;
    ULONG password = WRONG_PASSWORD;
    use("stack", WdfFdoQueryForInterface(device, (void *)&LEVEL_INTERFACE, &level, sizeof level, LEVEL_VERSION, NULL), &level);
    use("old", WdfFdoQueryForInterface(device, (void *)&LEVEL_INTERFACE, &level, sizeof level, LEVEL_VERSION - 1, NULL), &level);
    use("password", WdfFdoQueryForInterface(device, (void *)&LEVEL_INTERFACE, &level, sizeof level, LEVEL_VERSION, &password), &level);
}

/* Through a target that is open on the first device with the interface. */
static NTSTATUS ask_target(void *device)
{
    SIZED(WDF_IO_TARGET_OPEN_PARAMS, open);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    Level level;
    WCHAR *links;
    void *target;
    NTSTATUS status;
    RETURN_IF_FAILED(IoGetDeviceInterfaces(&LEVEL_INTERFACE, NULL, 0, &links));
    Attributes(&attributes, NULL, device);
    status = *links != 0 ? WdfIoTargetCreate(device, &attributes, &target) : STATUS_NOT_SUPPORTED;
    if (NT_SUCCESS(status)) {
        open.Type = 2; /* by name */
        open.DesiredAccess = 0x80000000;
        RtlInitUnicodeString(&name, links);
        open.TargetDeviceName_Length = name.Length;
        open.TargetDeviceName_MaximumLength = name.MaximumLength;
        open.TargetDeviceName_Buffer = name.Buffer;
        status = WdfIoTargetOpen(target, &open);
        if (NT_SUCCESS(status)) {
            use("target", WdfIoTargetQueryForInterface(target, (void *)&LEVEL_INTERFACE, &level, sizeof level, LEVEL_VERSION, NULL), &level);
            WdfIoTargetClose(target);
        }
        WdfObjectDelete(target);
    }
    ExFreePool(links);
    return status;
}

static NTSTATUS EvtD0Entry(void *device, int from)
{
    (void)from;
    ask_stack(device);
    DbgPrint("asks: target 0x%08X\n", ask_target(device));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    void *device;
    (void)driver;
    WdfFdoInitSetFilter(init);
    power.EvtDeviceD0Entry = (void *)EvtD0Entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    return WdfDeviceCreate(&init, NULL, &device);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    return WdfDriverCreate(driver, path, NULL, &config, NULL);
}
