/* A driver that offers an interface of direct calls to the drivers of its device's stack, and to
   those that open its device. */
#include "offers.h"

static volatile LONG references, level;

static void Reference(void *context) { (void)context; __atomic_add_fetch(&references, 1, __ATOMIC_SEQ_CST); }
static void Dereference(void *context) { (void)context; __atomic_sub_fetch(&references, 1, __ATOMIC_SEQ_CST); }

static LONG SetLevel(void *context, LONG to)
{
    DbgPrint("offers: level %d, %d references, %s\n", to, references, (const char *)context);
    return __atomic_exchange_n(&level, to, __ATOMIC_SEQ_CST);
}

static NTSTATUS EvtAsked(void *device, const GUID *kind, void *interface, void *data)
{
    (void)device, (void)kind, (void)interface;
    return data != NULL && *(const ULONG *)data == WRONG_PASSWORD ? STATUS_ACCESS_DENIED : STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(WDF_QUERY_INTERFACE_CONFIG, config);
    Level offered = { sizeof offered, LEVEL_VERSION, 0, "of offers", Reference, Dereference, SetLevel };
    void *device;
    (void)driver;
    RETURN_IF_FAILED(WdfDeviceCreate(&init, NULL, &device));
    config.Interface = &offered;
    config.InterfaceType = (void *)&LEVEL_INTERFACE;
    config.EvtDeviceProcessQueryInterfaceRequest = (void *)EvtAsked;
    RETURN_IF_FAILED(WdfDeviceAddQueryInterface(device, &config));
    return WdfDeviceCreateDeviceInterface(device, (void *)&LEVEL_INTERFACE, NULL);
}

static void EvtUnload(void *driver)
{
    (void)driver;
    DbgPrint("offers: %d references are left\n", references);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    config.EvtDriverUnload = (void *)EvtUnload;
    return WdfDriverCreate(driver, path, NULL, &config, NULL);
}
