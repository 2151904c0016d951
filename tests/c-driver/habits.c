/* A driver in C with the habits of Microsoft's public ACX drivers: what the pages do not promise
   and compiled drivers do all the same. A speaker whose circuit is made in the first
   EvtDevicePrepareHardware and added again after a rebalance. A habit that does not work says so to
   the debugger; a test reads that, and sees that the verifier blames none of it. */
#include "driver.h"

#define CHECK(condition) ((condition) ? (void)0 : (void)DbgPrint("habits.c, line %d: %s\n", __LINE__, #condition))
#define OK(call) CHECK((call) == STATUS_SUCCESS)
#define TAG 'tbaH'
#define NO_ID 0xFFFFFFFFu
#define PERIOD 100000ull /* 10 ms, in 100 ns */

typedef struct Device { void *circuit; ULONG gone; UCHAR zeros[40]; } Device;
typedef struct Circuit { ULONG mark; } Circuit;
typedef struct Extra { ULONG mark; } Extra;
typedef struct Absent { ULONG mark; } Absent;
typedef struct Stream { void *timer, *format, *given; ULONG done, allocated, prepared, expired; BOOLEAN running; } Stream;
CONTEXT(Device, GetDevice)
CONTEXT(Circuit, GetCircuit)
CONTEXT(Extra, GetExtra)
CONTEXT(Absent, GetAbsent)
CONTEXT(Stream, GetStream)

static void *driver_handle;
static const GUID component = { 0xACE00051, 1, 2, { 3 } };

/* Configurations and callback tables are on the stack, and the stack is used for something else. */
static void spoil(void *structure, size_t bytes) { memset(structure, 0xA5, bytes); }

/* One-shot, of high resolution, below the stream, armed again from its own callback. */
static void EvtTimer(void *timer)
{
    Stream *stream = GetStream(WdfTimerGetParentObject(timer));
    void *object = WdfTimerGetParentObject(timer);
    CHECK(IrqlNow() == 2);
    /* The format's getters run at this level. */
    CHECK(AcxDataFormatGetSampleRate(stream->format) == 48000 && AcxDataFormatGetBlockAlign(stream->format) == FRAME);
    stream->expired++;
    if (!stream->running)
        return;
    (void)AcxRtStreamNotifyPacketComplete(object, stream->done, (ULONGLONG)KeQueryPerformanceCounter(NULL).QuadPart);
    stream->done++;
    (void)WdfTimerStart(timer, -(LONGLONG)PERIOD);
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    Stream *stream = GetStream(object);
    ULONG whole = (size + PAGE - 1) / PAGE * PAGE;
    ACX_RTPACKET *packets = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof *packets, TAG);
    if (packets == NULL)
        return STATUS_NO_MEMORY;
    CHECK(packets->Size == 0 && packets[count - 1].RtPacketSize == 0); /* zeroed */
    for (ULONG i = 0; i < count; i++) {
        UCHAR *buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, whole, TAG);
        MDL *mdl = IoAllocateMdl(buffer, whole, FALSE, TRUE, NULL);
        MmBuildMdlForNonPagedPool(mdl);
        /* A block of a page or more lies on a page; MDLs are read inline. */
        CHECK(((ULONG_PTR)buffer & (PAGE - 1)) == 0 && (UCHAR *)mdl->StartVa + mdl->ByteOffset == buffer);
        packets[i].Size = sizeof *packets;
        packets[i].RtPacketBuffer.Type = 2;
        packets[i].RtPacketBuffer.u_BufferType_Buffer = mdl;
        *(ULONG *)((UCHAR *)&packets[i].RtPacketBuffer.u_BufferType_Buffer + 8) = whole;
        packets[i].RtPacketSize = size;
        packets[i].RtPacketOffset = i == 0 ? whole - size : 0;
    }
    CHECK(!stream->prepared); /* packets come before the hardware is prepared */
    stream->allocated++;
    stream->given = *answer = packets;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    CHECK(packets == GetStream(object)->given);
    for (ULONG i = 0; i < count; i++) {
        MDL *mdl = packets[i].RtPacketBuffer.u_BufferType_Buffer;
        void *buffer = (UCHAR *)mdl->StartVa + mdl->ByteOffset;
        IoFreeMdl(mdl);
        ExFreePoolWithTag(buffer, TAG);
    }
    ExFreePoolWithTag(packets, TAG);
}

static NTSTATUS EvtPrepare(void *object)
{
    Stream *stream = GetStream(object);
    SIZED(WDF_TIMER_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    CHECK(stream->allocated == 1);
    config.EvtTimerFunc = (void *)EvtTimer;
    config.UseHighResolutionTimer = TRUE;
    Attributes(&attributes, NULL, object);
    attributes.SynchronizationScope = WdfSynchronizationScopeNone;
    RETURN_IF_FAILED(WdfTimerCreate(&config, &attributes, &stream->timer));
    spoil(&config, sizeof config);
    stream->prepared++;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRelease(void *object)
{
    Stream *stream = GetStream(object);
    stream->running = FALSE;
    WdfTimerStop(stream->timer, TRUE);
    WdfObjectDelete(stream->timer);
    stream->timer = NULL;
    stream->prepared = stream->done = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    Stream *stream = GetStream(object);
    stream->running = TRUE;
    /* Not queued before, then queued. */
    CHECK(!WdfTimerStart(stream->timer, -(LONGLONG)PERIOD));
    CHECK(WdfTimerStart(stream->timer, -(LONGLONG)PERIOD));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPause(void *object)
{
    Stream *stream = GetStream(object);
    stream->running = FALSE;
    WdfTimerStop(stream->timer, TRUE);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtLatency(void *object, ULONG *fifo, ULONG *delay) { (void)object; *fifo = 0; *delay = 0; return STATUS_SUCCESS; }
static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length) { (void)object, (void)packet, (void)flags, (void)length; return STATUS_SUCCESS; }
static NTSTATUS EvtCurrent(void *object, ULONG *packet) { *packet = GetStream(object)->done; return STATUS_SUCCESS; }
static NTSTATUS EvtPosition(void *object, ULONGLONG *frames, ULONGLONG *at)
{
    *frames = GetStream(object)->done * 480ull;
    *at = (ULONGLONG)KeQueryPerformanceCounter(NULL).QuadPart;
    return STATUS_SUCCESS;
}

/* No EvtAcxStreamAssignDrmContentId: it may be absent. */
static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *object;
    (void)pin, (void)mode, (void)arguments;
    callbacks.EvtAcxStreamPrepareHardware = (void *)EvtPrepare;
    callbacks.EvtAcxStreamReleaseHardware = (void *)EvtRelease;
    callbacks.EvtAcxStreamRun = (void *)EvtRun;
    callbacks.EvtAcxStreamPause = (void *)EvtPause;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    rt.EvtAcxStreamGetHwLatency = (void *)EvtLatency;
    rt.EvtAcxStreamAllocateRtPackets = (void *)EvtAllocate;
    rt.EvtAcxStreamFreeRtPackets = (void *)EvtFree;
    rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
    rt.EvtAcxStreamGetCurrentPacket = (void *)EvtCurrent;
    rt.EvtAcxStreamGetPresentationPosition = (void *)EvtPosition;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
    spoil(&callbacks, sizeof callbacks);
    spoil(&rt, sizeof rt);
    AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
    Attributes(&attributes, &GetStreamInfo, NULL);
    RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, &attributes, &init, &object));
    CHECK(init == NULL);
    GetStream(object)->format = format;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtLevel(void *volume, ULONG channel, LONG *level) { (void)volume; CHECK(channel == 0 || channel == 1 || channel == NO_ID); *level = 0; return STATUS_SUCCESS; }
static NTSTATUS EvtRamp(void *volume, ULONG channel, LONG level, int curve, ULONGLONG duration) { (void)volume, (void)level, (void)curve, (void)duration; CHECK(channel == 0 || channel == 1 || channel == NO_ID); return STATUS_SUCCESS; }

static void add_volume(void *circuit)
{
    SIZED(ACX_VOLUME_CALLBACKS, callbacks);
    SIZED(ACX_VOLUME_CONFIG, config);
    void *volume;
    callbacks.EvtAcxRampedVolumeAssignLevel = (void *)EvtRamp;
    callbacks.EvtAcxVolumeRetrieveLevel = (void *)EvtLevel;
    config.Id = NO_ID;
    config.ChannelsCount = 2;
    config.Callbacks = &callbacks;
    OK(AcxVolumeCreate(circuit, NULL, &config, &volume));
    spoil(&callbacks, sizeof callbacks);
    spoil(&config, sizeof config);
    /* An ACXVOLUME passed as an ACXELEMENT; ids follow the order of adding. */
    OK(AcxCircuitAddElements(circuit, &volume, 1));
    CHECK(AcxElementGetId(volume) == 0 && AcxCircuitGetElementById(circuit, 0) == volume);
}

static void add_pins(void *device, void *circuit)
{
    void *pins[2], *list, *format;
    for (int i = 0; i < 2; i++) {
        SIZED(ACX_PIN_CONFIG, config);
        config.Id = NO_ID;
        config.Type = i == 0 ? AcxPinTypeSink : AcxPinTypeSource;
        config.Communication = i == 0 ? AcxPinCommunicationSink : AcxPinCommunicationNone;
        config.Category = (void *)(i == 0 ? &KSCATEGORY_AUDIO : &KSNODETYPE_SPEAKER);
        config.MaxStreams = i == 0;
        OK(AcxPinCreate(circuit, NULL, &config, &pins[i]));
        spoil(&config, sizeof config);
    }
    /* The raw list is there right away, and the first format added is its default. */
    list = AcxPinGetRawDataFormatList(pins[0]);
    CHECK(list != NULL);
    OK(add_format(device, circuit, list, 48000));
    OK(add_format(device, circuit, list, 44100));
    OK(AcxDataFormatListRetrieveDefaultDataFormat(list, &format));
    CHECK(AcxDataFormatGetSampleRate(format) == 48000);
    OK(AcxCircuitAddPins(circuit, pins, 2));
    CHECK(AcxPinGetId(pins[0]) == 0 && AcxPinGetId(pins[1]) == 1);
    /* No AcxCircuitAddConnections: ACX connects sink, elements and source in order. */
}

static void EvtCircuitCleanup(void *circuit)
{
    CHECK(GetCircuit(circuit)->mark == 7);
    GetDevice(AcxCircuitGetWdfDevice(circuit))->gone++;
}

static NTSTATUS make_circuit(void *device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    void *circuit, *second, *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, TEXT("Habit0"));
    AcxCircuitInitSetComponentId(init, (void *)&component);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    OK(AcxCircuitInitAssignName(init, &name));
    OK(AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream));
    Attributes(&attributes, &GetCircuitInfo, NULL);
    attributes.EvtCleanupCallback = (void *)EvtCircuitCleanup;
    RETURN_IF_FAILED(AcxCircuitCreate(device, &attributes, &init, &circuit));
    CHECK(init == NULL);
    CHECK(GetCircuit(circuit)->mark == 0);
    GetCircuit(circuit)->mark = 7;
    /* A second context, and one that is not there. */
    Attributes(&attributes, &GetExtraInfo, NULL);
    OK(WdfObjectAllocateContext(circuit, &attributes, &second));
    CHECK(second == GetExtra(circuit) && GetExtra(circuit)->mark == 0 && GetAbsent(circuit) == NULL);
    add_pins(device, circuit);
    add_volume(circuit);
    GetDevice(device)->circuit = circuit;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    (void)raw, (void)translated;
    if (GetDevice(device)->circuit == NULL)
        RETURN_IF_FAILED(make_circuit(device));
    return AcxDeviceAddCircuit(device, GetDevice(device)->circuit);
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)translated;
    OK(AcxDeviceRemoveCircuit(device, GetDevice(device)->circuit));
    return STATUS_SUCCESS;
}

static void set_idle(void *device)
{
    SIZED(WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, idle);
    idle.IdleCaps = IdleCannotWakeFromS0;
    idle.DxState = WdfPowerDeviceD3;
    idle.IdleTimeout = 2000;
    idle.UserControlOfIdleSettings = IdleDoNotAllowUserControl;
    idle.Enabled = WdfTrue;
    OK(WdfDeviceAssignS0IdleSettings(device, &idle));
}

static NTSTATUS EvtD0Entry(void *device, int previous) { (void)device, (void)previous; return STATUS_SUCCESS; }

static NTSTATUS EvtD0Exit(void *device, int target)
{
    int action = WdfDeviceGetSystemPowerAction(device);
    if (target == WdfPowerDeviceD3 && action == 0) {
        (void)AcxDeviceGetCurrentDxExitLatency(device, action, target);
        set_idle(device);
    }
    return STATUS_SUCCESS;
}

/* The circuit has been cleaned up before its device, and its context is still there. */
static void EvtDeviceCleanup(void *device)
{
    Device *own = GetDevice(device);
    if (own->circuit != NULL)
        CHECK(own->gone == 1 && GetCircuit(own->circuit)->mark == 7);
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    WDF_OBJECT_ATTRIBUTES attributes;
    Device *own;
    void *device;
    CHECK(driver == driver_handle);
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    power.EvtDeviceReleaseHardware = (void *)EvtReleaseHardware;
    power.EvtDeviceD0Entry = (void *)EvtD0Entry;
    power.EvtDeviceD0Exit = (void *)EvtD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    spoil(&power, sizeof power);
    Attributes(&attributes, &GetDeviceInfo, NULL);
    attributes.EvtCleanupCallback = (void *)EvtDeviceCleanup;
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &device));
    CHECK(init == NULL);
    own = GetDevice(device);
    for (size_t i = 0; i < sizeof own->zeros; i++)
        CHECK(own->zeros[i] == 0);
    RETURN_IF_FAILED(AcxDeviceInitialize(device, &config));
    set_idle(device);
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    CHECK(path->Buffer[path->Length / 2] == 0);
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &driver_handle));
    spoil(&config, sizeof config);
    /* WdfGetDriver is inline: the first word of the globals. */
    CHECK(*(void **)WdfDriverGlobals == driver_handle);
    return AcxDriverInitialize(driver_handle, &acx);
}
