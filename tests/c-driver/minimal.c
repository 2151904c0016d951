/* The driver of samples/minimal-driver in C: one speaker that plays into nothing, in real time. The
   host's conformance suite runs on both, and docs/comparison.md compares them. */
#include "driver.h"

#define TAG 'niMC'
#define HNS 10000000ull
#define RATE 48000u

#define STOPPED (1ull << 63)

typedef struct Stream {
    void *object, *timer;
    ULONG packet_frames;
    ULONGLONG reported; /* packets that were reported */
    BOOLEAN ended;      /* the client has written its last packet */
    /* The clock, in one word, so that the packet path needs no lock: when frame 0 sounded, or
       STOPPED and the position. */
    ULONGLONG clock;
} Stream;

/* What a device has: its circuit, while that is added. */
typedef void *Circuit;

CONTEXT(Stream, GetStream)
CONTEXT(Circuit, GetDevice)

static LONGLONG frequency;

static LONGLONG now(void)
{
    return KeQueryPerformanceCounter(NULL).QuadPart;
}

/* Ticks to frames, without running over. */
static ULONGLONG frames_of(LONGLONG ticks, ULONG rate)
{
    ULONGLONG whole = (ULONGLONG)ticks / (ULONGLONG)frequency, rest = (ULONGLONG)ticks % (ULONGLONG)frequency;
    return whole * rate + rest * rate / (ULONGLONG)frequency;
}

/* The first tick at which so many frames have passed. */
static LONGLONG ticks_of(ULONGLONG frames, ULONG rate)
{
    ULONGLONG whole = frames / rate, rest = frames % rate;
    return (LONGLONG)(whole * (ULONGLONG)frequency + (rest * (ULONGLONG)frequency + rate - 1) / rate);
}

static ULONGLONG position(const Stream *stream, LONGLONG at)
{
    ULONGLONG clock = __atomic_load_n(&stream->clock, __ATOMIC_ACQUIRE);
    return clock & STOPPED ? clock & ~STOPPED : frames_of(at - (LONGLONG)clock, RATE);
}

static void set_clock(Stream *stream, ULONGLONG clock)
{
    __atomic_store_n(&stream->clock, clock, __ATOMIC_RELEASE);
}

/* When so many packets are over, if the clock runs. */
static LONGLONG time_of_packet(const Stream *stream, ULONGLONG packets)
{
    ULONGLONG clock = __atomic_load_n(&stream->clock, __ATOMIC_ACQUIRE) & ~STOPPED;
    return (LONGLONG)clock + ticks_of(packets * stream->packet_frames, RATE);
}

/* Arms the timer for the end of the packet in progress. */
static void arm(Stream *stream, LONGLONG due)
{
    LONGLONG at = now(), left = due > at ? ((due - at) * (LONGLONG)HNS + frequency - 1) / frequency : 0;
    WdfTimerStart(stream->timer, left < 1 ? -1 : -left);
}

static void EvtTimer(void *timer)
{
    Stream *stream = GetStream(WdfTimerGetParentObject(timer));
    ULONGLONG current = position(stream, now()) / stream->packet_frames;
    /* After a stall the newest packet is reported; numbers may skip. */
    if (current > stream->reported) {
        ULONGLONG over = (ULONGLONG)time_of_packet(stream, current);
        AcxRtStreamNotifyPacketComplete(stream->object, current - 1, over);
        stream->reported = current;
    }
    arm(stream, time_of_packet(stream, current + 1));
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    Stream *stream = GetStream(object);
    ULONG whole = (size + PAGE - 1) / PAGE * PAGE;
    ACX_RTPACKET *packets;
    if (count < 1 || count > 2 || size == 0 || size % FRAME != 0)
        return STATUS_INVALID_PARAMETER;
    /* A single packet is mapped twice, back to back: whole pages. */
    if (count == 1 && size % PAGE != 0)
        return STATUS_INVALID_PARAMETER;
    packets = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof *packets, TAG);
    if (packets == NULL)
        return STATUS_NO_MEMORY;
    memset(packets, 0, count * sizeof *packets);
    for (ULONG i = 0; i < count; i++) {
        void *buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, whole, TAG);
        MDL *mdl = buffer == NULL ? NULL : IoAllocateMdl(buffer, whole, FALSE, TRUE, NULL);
        if (mdl == NULL) {
            if (buffer != NULL)
                ExFreePoolWithTag(buffer, TAG);
            while (i-- > 0) {
                MDL *made = packets[i].RtPacketBuffer.u_BufferType_Buffer;
                void *memory = made->MappedSystemVa;
                IoFreeMdl(made);
                ExFreePoolWithTag(memory, TAG);
            }
            ExFreePoolWithTag(packets, TAG);
            return STATUS_NO_MEMORY;
        }
        MmBuildMdlForNonPagedPool(mdl);
        packets[i].Size = sizeof *packets;
        packets[i].RtPacketBuffer.Type = 2; /* an MDL */
        packets[i].RtPacketBuffer.u_BufferType_Buffer = mdl;
        *(ULONG *)((UCHAR *)&packets[i].RtPacketBuffer.u_BufferType_Buffer + 8) = whole;
        packets[i].RtPacketSize = size;
        /* Packet 0 ends on a page boundary and packet 1 begins on one: in a row for the client. */
        packets[i].RtPacketOffset = i == 0 ? whole - size : 0;
    }
    stream->packet_frames = size / FRAME;
    *answer = packets;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    (void)object;
    for (ULONG i = 0; i < count; i++) {
        MDL *mdl = packets[i].RtPacketBuffer.u_BufferType_Buffer;
        /* As the macro of the public headers has it. */
        void *buffer = (UCHAR *)mdl->StartVa + mdl->ByteOffset;
        IoFreeMdl(mdl);
        ExFreePool(buffer);
    }
    ExFreePool(packets);
}

static NTSTATUS EvtPrepare(void *object)
{
    Stream *stream = GetStream(object);
    stream->reported = 0;
    stream->ended = FALSE;
    set_clock(stream, STOPPED);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRelease(void *object)
{
    Stream *stream = GetStream(object);
    WdfTimerStop(stream->timer, TRUE);
    set_clock(stream, STOPPED);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    Stream *stream = GetStream(object);
    LONGLONG at = now();
    ULONGLONG frames = position(stream, at);
    set_clock(stream, (ULONGLONG)(at - ticks_of(frames, RATE)) & ~STOPPED);
    arm(stream, time_of_packet(stream, frames / stream->packet_frames + 1));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPause(void *object)
{
    Stream *stream = GetStream(object);
    WdfTimerStop(stream->timer, TRUE);
    set_clock(stream, position(stream, now()) | STOPPED);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtLatency(void *object, ULONG *fifo, ULONG *delay)
{
    (void)object;
    *fifo = 0;
    *delay = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPosition(void *object, ULONGLONG *frames, ULONGLONG *at)
{
    LONGLONG tick = now();
    *frames = position(GetStream(object), tick);
    *at = (ULONGLONG)tick;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCurrent(void *object, ULONG *packet)
{
    ULONGLONG frames, at;
    EvtPosition(object, &frames, &at);
    *packet = (ULONG)(frames / GetStream(object)->packet_frames);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length)
{
    Stream *stream = GetStream(object);
    BOOLEAN running = !(__atomic_load_n(&stream->clock, __ATOMIC_ACQUIRE) & STOPPED);
    ULONG current;
    LONG ahead;
    if (flags & ~0x200u || (flags != 0 && (length > stream->packet_frames * FRAME || length % FRAME != 0)))
        return STATUS_INVALID_PARAMETER;
    if (stream->ended)
        return STATUS_INVALID_DEVICE_STATE;
    EvtCurrent(object, &current);
    ahead = (LONG)(packet - current);
    if (ahead < 0 || (running && ahead == 0))
        return STATUS_DATA_LATE_ERROR;
    if (ahead > 1)
        return STATUS_DATA_OVERRUN;
    stream->ended = flags != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    SIZED(WDF_TIMER_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    Stream *stream;
    void *object;
    (void)pin;
    (void)format;
    (void)mode;
    (void)arguments;
    callbacks.EvtAcxStreamPrepareHardware = (void *)EvtPrepare;
    callbacks.EvtAcxStreamReleaseHardware = (void *)EvtRelease;
    callbacks.EvtAcxStreamRun = (void *)EvtRun;
    callbacks.EvtAcxStreamPause = (void *)EvtPause;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    rt.EvtAcxStreamGetHwLatency = (void *)EvtLatency;
    rt.EvtAcxStreamAllocateRtPackets = (void *)EvtAllocate;
    rt.EvtAcxStreamFreeRtPackets = (void *)EvtFree;
    rt.EvtAcxStreamGetCurrentPacket = (void *)EvtCurrent;
    rt.EvtAcxStreamGetPresentationPosition = (void *)EvtPosition;
    rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
    AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
    Attributes(&attributes, &GetStreamInfo, NULL);
    RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, &attributes, &init, &object));
    stream = GetStream(object);
    stream->object = object;
    stream->packet_frames = 1;
    stream->clock = STOPPED;
    config.EvtTimerFunc = (void *)EvtTimer;
    config.UseHighResolutionTimer = TRUE;
    Attributes(&attributes, NULL, object);
    return WdfTimerCreate(&config, &attributes, &stream->timer);
}

static NTSTATUS add_pins(void *device, void *circuit)
{
    void *pins[2], *list, *jack, *modes;
    WDF_OBJECT_ATTRIBUTES attributes;
    SIZED(ACX_PIN_CONFIG, host);
    SIZED(ACX_PIN_CONFIG, bridge);
    SIZED(ACX_JACK_CONFIG, socket);
    SIZED(ACX_DATAFORMAT_LIST_CONFIG, config);
    Attributes(&attributes, NULL, circuit);
    host.Id = bridge.Id = ~0u;
    host.MaxStreams = 1;
    bridge.MaxStreams = 0;
    host.Type = AcxPinTypeSink;
    host.Communication = AcxPinCommunicationSink;
    host.Category = (void *)&KSCATEGORY_AUDIO;
    bridge.Type = AcxPinTypeSource;
    bridge.Communication = AcxPinCommunicationNone;
    bridge.Category = (void *)&KSNODETYPE_SPEAKER;
    RETURN_IF_FAILED(AcxPinCreate(circuit, &attributes, &host, &pins[0]));
    RETURN_IF_FAILED(AcxPinCreate(circuit, &attributes, &bridge, &pins[1]));
    socket.Description.ChannelMapping = 3;
    socket.Description.ConnectionType = 1;
    Attributes(&attributes, NULL, pins[1]);
    RETURN_IF_FAILED(AcxJackCreate(pins[1], &attributes, &socket, &jack));
    RETURN_IF_FAILED(AcxPinAddJacks(pins[1], &jack, 1));
    list = AcxPinGetRawDataFormatList(pins[0]);
    if (list == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RETURN_IF_FAILED(add_format(device, circuit, list, RATE));
    /* The DEFAULT mode has a list of its own. */
    Attributes(&attributes, NULL, circuit);
    RETURN_IF_FAILED(AcxDataFormatListCreate(device, &attributes, &config, &modes));
    RETURN_IF_FAILED(add_format(device, circuit, modes, RATE));
    RETURN_IF_FAILED(AcxPinAssignModeDataFormatList(pins[0], (void *)&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, modes));
    return AcxCircuitAddPins(circuit, pins, 2);
}

static NTSTATUS add_circuit(void *device)
{
    static const GUID id = { 0x0ACE0012, 1, 2, { 3 } };
    UNICODE_STRING name;
    void *circuit;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;
    void *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, TEXT("Speaker0"));
    AcxCircuitInitSetComponentId(init, (void *)&id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, NULL, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, &circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    RETURN_IF_FAILED(status);
    RETURN_IF_FAILED(add_pins(device, circuit));
    RETURN_IF_FAILED(AcxDeviceAddCircuit(device, circuit));
    *GetDevice(device) = circuit;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    (void)raw;
    (void)translated;
    return add_circuit(device);
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    Circuit *own = GetDevice(device);
    (void)translated;
    if (*own != NULL)
        AcxDeviceRemoveCircuit(device, *own);
    *own = NULL;
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
    return AcxDeviceInitialize(device, &config);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    LARGE_INTEGER ticks;
    void *own;
    KeQueryPerformanceCounter(&ticks);
    frequency = ticks.QuadPart;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &own));
    return AcxDriverInitialize(own, &acx);
}
