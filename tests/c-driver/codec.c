/* The codec of samples/stack in C: a circuit between the DSP and the amplifier, which are drivers
   of their own. */
#include "packets.h"

#ifndef RATE
#define RATE 48000
#endif
#ifdef STRANGER
#define ID 0xFF
#else
#define ID 0x02
#endif

/* What samples/stack/codec says that its circuit is. */
static const GUID id = { 0x5B0B6E0A, 0x2F61, 0x4C0C, { 0x9D, 0x0A, 0x6D, 0x1D, 0x3C, 0x1E, 0x7A, ID } };

typedef struct Device { void *circuit; } Device;
CONTEXT(Device, GetDevice)

static NTSTATUS EvtState(void *object)
{
    (void)object;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    (void)object;
#ifdef STOPS
    return STATUS_INVALID_DEVICE_STATE;
#else
    return STATUS_SUCCESS;
#endif
}

/* What it plays leaves it as a digital signal without protection, which nobody records. */
static NTSTATUS EvtAssignContent(void *object, ULONG content, const ACXDRMRIGHTS *rights)
{
    (void)object, (void)content;
    DbgPrint("codec: copy protect %d, digital output disable %d\n", rights->CopyProtect != 0, rights->DigitalOutputDisable != 0);
    return rights->DigitalOutputDisable ? STATUS_NOT_SUPPORTED : STATUS_SUCCESS;
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *object;
    (void)pin, (void)arguments;
    DbgPrint("codec: a stream of %u Hz in mode %08X\n", AcxDataFormatGetSampleRate(format), mode->Data1);
    callbacks.EvtAcxStreamPrepareHardware = (void *)EvtState;
    callbacks.EvtAcxStreamReleaseHardware = (void *)EvtState;
    callbacks.EvtAcxStreamRun = (void *)EvtRun;
    callbacks.EvtAcxStreamPause = (void *)EvtState;
    callbacks.EvtAcxStreamAssignDrmContentId = (void *)EvtAssignContent;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    Attributes(&attributes, NULL, NULL);
    return AcxStreamCreate(device, circuit, &attributes, &init, &object);
}

static NTSTATUS EvtInitialize(void *device, void *circuit, void *properties)
{
    (void)device, (void)circuit, (void)properties;
    return STATUS_SUCCESS;
}

static NTSTATUS add_pins(void *device, void *circuit)
{
    void *pins[2];
    for (int i = 0; i < 2; i++) {
        SIZED(ACX_PIN_CONFIG, config);
        WDF_OBJECT_ATTRIBUTES attributes;
        config.Id = ~0u;
        config.Type = i == 0 ? AcxPinTypeSink : AcxPinTypeSource;
        config.Communication = AcxPinCommunicationNone;
        config.Category = (void *)&KSCATEGORY_AUDIO;
        Attributes(&attributes, NULL, circuit);
        RETURN_IF_FAILED(AcxPinCreate(circuit, &attributes, &config, &pins[i]));
    }
    RETURN_IF_FAILED(add_format(device, circuit, AcxPinGetRawDataFormatList(pins[0]), RATE));
    return AcxCircuitAddPins(circuit, pins, 2);
}

#ifdef VOLUME
#define LOWEST (-48 * 0x10000) /* in 1/65536 dB */
static LONG levels[2];

static NTSTATUS EvtSetVolume(void *element, ULONG channel, LONG level)
{
    (void)element;
    for (ULONG i = 0; i < 2; i++)
        if (channel == i || channel == ~0u)
            levels[i] = level < LOWEST ? LOWEST : level > 0 ? 0 : level;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtGetVolume(void *element, ULONG channel, LONG *level)
{
    (void)element;
    *level = levels[channel == ~0u ? 0 : channel];
#ifdef OFF
    if (channel == 1)
        *level += 0x10000;
#endif
    return STATUS_SUCCESS;
}

static NTSTATUS add_volume(void *circuit)
{
    SIZED(ACX_VOLUME_CONFIG, config);
    SIZED(ACX_VOLUME_CALLBACKS, callbacks);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *volume;
    callbacks.EvtAcxVolumeAssignLevel = (void *)EvtSetVolume;
    callbacks.EvtAcxVolumeRetrieveLevel = (void *)EvtGetVolume;
    config.Id = ~0u;
    config.ChannelsCount = 2;
    config.Minimum = LOWEST;
    config.Maximum = 0;
    config.SteppingDelta = 0x8000;
    config.Callbacks = &callbacks;
    Attributes(&attributes, NULL, circuit);
    RETURN_IF_FAILED(AcxVolumeCreate(circuit, &attributes, &config, &volume));
    return AcxCircuitAddElements(circuit, &volume, 1);
}
#endif

static NTSTATUS create_circuit(void *device, void **circuit)
{
    SIZED(ACX_CIRCUIT_COMPOSITE_CALLBACKS, composite);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    NTSTATUS status;
    void *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, TEXT("SpeakerCodec0"));
    AcxCircuitInitSetComponentId(init, (void *)&id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    composite.EvtAcxCircuitCompositeCircuitInitialize = (void *)EvtInitialize;
    AcxCircuitInitSetAcxCircuitCompositeCallbacks(init, &composite);
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, NULL, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    RETURN_IF_FAILED(status);
#ifdef VOLUME
    RETURN_IF_FAILED(add_volume(*circuit));
#endif
    return add_pins(device, *circuit);
}

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    (void)raw, (void)translated;
    return AcxDeviceAddCircuit(device, GetDevice(device)->circuit);
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)translated, (void)device;
#ifndef KEEPS
    AcxDeviceRemoveCircuit(device, GetDevice(device)->circuit);
#endif
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *device;
    (void)driver;
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    power.EvtDeviceReleaseHardware = (void *)EvtReleaseHardware;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    Attributes(&attributes, &GetDeviceInfo, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &device));
    RETURN_IF_FAILED(AcxDeviceInitialize(device, &config));
#ifdef LEAKS
    ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, 'kaeL');
#endif
    return create_circuit(device, &GetDevice(device)->circuit);
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
