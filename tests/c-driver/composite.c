/* Composite endpoints in C: a render one of a DSP (where clients stream) and an amplifier, a
   capture one of a DSP and a codec, joined by composite templates. Every callback says who it is to
   the debugger, so that a test can read the order. */
#include "packets.h"

#define CONFIG(n) { 0x0ACE0030 + (n), 1, 2, { 3 } }

/* DSPs are 0 and 2, what is behind them 1 and 3; 2 and 3 capture. */
static const GUID ids[4] = { CONFIG(0), CONFIG(1), CONFIG(2), CONFIG(3) };
static const WCHAR *const names[4] = { TEXT("Dsp0"), TEXT("Amp0"), TEXT("DspIn0"), TEXT("Codec0") };
static const char *const labels[4] = { "dsp", "amp", "dsp-in", "codec" };

typedef struct Part { ULONG index; } Part;
/* A stream: one at a circuit where clients stream has a clock. What is played is heard nowhere, and
   silence is recorded. */
typedef struct Stream {
    void *object, *timer;
    ULONG index, packet_bytes;
    Clock clock;
    BOOLEAN ended, pausing, running;
    UCHAR *packet[2];
    ULONG_PTR lock; /* of the packet path: no control callback takes it */
    ULONGLONG paused[3]; /* a KEVENT */
} Stream;
typedef struct Device { void *circuit[4]; } Device;
CONTEXT(Part, GetPart)
CONTEXT(Stream, GetStream)
CONTEXT(Device, GetDevice)

static const GUID no_mode;
static const GUID *every_mode = &no_mode;
static void *driver_handle;

static NTSTATUS say(void *object, const char *what)
{
    DbgPrint("%s %s\n", labels[GetStream(object)->index], what);
    return STATUS_SUCCESS;
}

static ULONGLONG position(const Stream *stream, LONGLONG at)
{
    return stream->running ? frame_at(&stream->clock, at) : stream->clock.frames;
}

/* When the packet that is in progress will be over. */
static LONGLONG end_of(const Stream *stream, ULONGLONG packet)
{
    return tick_of(&stream->clock, (packet + 1) * stream->clock.packet_frames);
}

static void arm(Stream *stream)
{
    LONGLONG left = end_of(stream, stream->clock.current) - now();
    /* Rounded up: never before the packet is over. */
    WdfTimerStart(stream->timer, left > 0 ? -((left * (LONGLONG)HNS + frequency - 1) / frequency) : -1);
}

static void EvtTimer(void *timer)
{
    Stream *stream = GetStream(WdfTimerGetParentObject(timer));
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&stream->lock);
    LONGLONG at = now();
    ULONGLONG before = stream->clock.current;
    BOOLEAN pausing = stream->pausing;
    if (!stream->running) {
        KeReleaseSpinLock(&stream->lock, irql);
        return;
    }
    stream->clock.current = position(stream, at) / stream->clock.packet_frames;
    if (pausing) {
        LONGLONG done = stream->clock.current == before ? 0 : end_of(stream, stream->clock.current - 1);
        stream->clock.frames = position(stream, at);
        stream->running = FALSE;
        KeReleaseSpinLock(&stream->lock, irql);
        if (done != 0)
            AcxRtStreamNotifyPacketComplete(stream->object, stream->clock.current - 1, (ULONGLONG)done);
        KeSetEvent(stream->paused, 0, FALSE);
        return;
    }
    KeReleaseSpinLock(&stream->lock, irql);
    /* After a stall the last packet that passed is reported; numbers may skip. */
    if (stream->clock.current != before)
        AcxRtStreamNotifyPacketComplete(stream->object, stream->clock.current - 1, (ULONGLONG)end_of(stream, stream->clock.current - 1));
    arm(stream);
}

static NTSTATUS EvtPrepare(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->index % 2 == 0 && stream->timer == NULL) {
        SIZED(WDF_TIMER_CONFIG, config);
        WDF_OBJECT_ATTRIBUTES attributes;
        config.EvtTimerFunc = (void *)EvtTimer;
        config.UseHighResolutionTimer = TRUE;
        Attributes(&attributes, NULL, object);
        RETURN_IF_FAILED(WdfTimerCreate(&config, &attributes, &stream->timer));
    }
    return say(object, "prepare");
}

static NTSTATUS EvtRelease(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->timer != NULL) {
        WdfTimerStop(stream->timer, TRUE);
        WdfObjectDelete(stream->timer);
        stream->timer = NULL;
    }
    stream->clock.frames = stream->clock.current = 0;
    stream->ended = FALSE;
    return say(object, "release");
}

/* The clock stops itself, at its next tick: a position call never waits for a control callback. */
static NTSTATUS EvtPause(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->timer != NULL) {
        KeInitializeEvent(stream->paused, 0, FALSE);
        stream->pausing = TRUE;
        WdfTimerStart(stream->timer, -1);
        KeWaitForSingleObject(stream->paused, 0, 0, FALSE, NULL);
        WdfTimerStop(stream->timer, TRUE);
        stream->pausing = FALSE;
    }
    return say(object, "pause");
}

static NTSTATUS EvtRun(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->timer != NULL) {
        stream->clock.run = now();
        stream->running = TRUE;
        arm(stream);
    }
    return say(object, "run");
}

static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length)
{
    Stream *stream = GetStream(object);
    LONG ahead = (LONG)(packet - (ULONG)stream->clock.current); /* the low 32 bits are what clients have */
    if (stream->ended)
        return STATUS_INVALID_DEVICE_STATE;
    if (flags & ~0x200u || (flags != 0 && (length > stream->packet_bytes || length % FRAME != 0)))
        return STATUS_INVALID_PARAMETER;
    if (ahead < 0 || (stream->running && ahead == 0))
        return STATUS_DATA_LATE_ERROR;
    if (ahead > 1)
        return STATUS_DATA_OVERRUN;
    stream->ended = flags != 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtGetPacket(void *object, ULONG *last, ULONGLONG *start, BOOLEAN *more)
{
    return last_packet(&GetStream(object)->clock, last, start, more);
}

static NTSTATUS EvtCurrent(void *object, ULONG *packet)
{
    *packet = (ULONG)GetStream(object)->clock.current;
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
    Stream *stream = GetStream(object);
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&stream->lock);
    LONGLONG tick = now();
    *frames = position(stream, tick);
    *at = (ULONGLONG)tick;
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    Stream *stream = GetStream(object);
    RETURN_IF_FAILED(allocate_packets(count, size, answer, stream->packet));
    stream->packet_bytes = size;
    stream->clock.packet_frames = size / FRAME;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    (void)object;
    free_packets(packets, count);
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    WDF_OBJECT_ATTRIBUTES attributes;
    ULONG index = GetPart(circuit)->index;
    void *object;
    (void)pin, (void)mode, (void)arguments;
    callbacks.EvtAcxStreamPrepareHardware = (void *)EvtPrepare;
    callbacks.EvtAcxStreamReleaseHardware = (void *)EvtRelease;
    callbacks.EvtAcxStreamRun = (void *)EvtRun;
    callbacks.EvtAcxStreamPause = (void *)EvtPause;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    Attributes(&attributes, &GetStreamInfo, NULL);
    if (index % 2 == 0) {
        rt.EvtAcxStreamGetHwLatency = (void *)EvtLatency;
        rt.EvtAcxStreamAllocateRtPackets = (void *)EvtAllocate;
        rt.EvtAcxStreamFreeRtPackets = (void *)EvtFree;
        rt.EvtAcxStreamGetCurrentPacket = (void *)EvtCurrent;
        rt.EvtAcxStreamGetPresentationPosition = (void *)EvtPosition;
        if (index == 0)
            rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
        else
            rt.EvtAcxStreamGetCapturePacket = (void *)EvtGetPacket;
        RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
        AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
        RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, &attributes, &init, &object));
    } else {
        RETURN_IF_FAILED(AcxStreamCreate(device, circuit, &attributes, &init, &object));
    }
    GetStream(object)->object = object;
    GetStream(object)->index = index;
    GetStream(object)->clock.rate = AcxDataFormatGetSampleRate(format);
    return say(object, "create");
}

static void EvtConnected(void *pin, void *target, ULONG id)
{
    (void)pin;
    DbgPrint("connected to pin %u of %s\n", id, AcxTargetCircuitGetWdfIoTarget(target) != NULL ? "a target" : "nothing");
}

static void EvtDisconnected(void *pin, void *target, ULONG id)
{
    (void)pin, (void)target;
    DbgPrint("disconnected from pin %u\n", id);
}

static NTSTATUS EvtInitialize(void *device, void *circuit, void *properties)
{
    (void)device, (void)properties;
    DbgPrint("%s is in a composite\n", labels[GetPart(circuit)->index]);
    return STATUS_SUCCESS;
}

static NTSTATUS add_pins(void *device, void *circuit, ULONG index)
{
    /* The pin towards the client, and the one towards the world. */
    void *pins[2], *bridge, *jack;
    BOOLEAN dsp = index % 2 == 0, render = index < 2;
    WDF_OBJECT_ATTRIBUTES attributes;
    SIZED(ACX_PIN_CALLBACKS, callbacks);
    callbacks.EvtAcxPinConnected = (void *)EvtConnected;
    callbacks.EvtAcxPinDisconnected = (void *)EvtDisconnected;
    for (int i = 0; i < 2; i++) {
        SIZED(ACX_PIN_CONFIG, config);
        config.Id = ~0u;
        config.Type = (i == 0) == render ? AcxPinTypeSink : AcxPinTypeSource;
        config.Communication = dsp && i == 0 ? AcxPinCommunicationSink : AcxPinCommunicationNone;
        config.Category = (void *)(!dsp && i == 1 ? (render ? &KSNODETYPE_SPEAKER : &KSNODETYPE_MICROPHONE) : &KSCATEGORY_AUDIO);
        config.MaxStreams = dsp && i == 0 ? 4 : 0;
        if (dsp && i == 1)
            config.PinCallbacks = &callbacks;
        Attributes(&attributes, NULL, circuit);
        RETURN_IF_FAILED(AcxPinCreate(circuit, &attributes, &config, &pins[i]));
    }
    if (dsp) {
        SIZED(ACX_STREAM_BRIDGE_CONFIG, config);
        RETURN_IF_FAILED(add_format(device, circuit, AcxPinGetRawDataFormatList(pins[0]), 48000));
        /* The capture one goes the other way round than by default. */
        config.Flags = render ? AcxStreamBridgeConfigNoFlags : AcxStreamBridgeInvertChangeStateSequence;
        config.Type = AcxStreamBridgeDefaultType;
        /* A GUID of zeros: every mode comes in by itself, and goes out as it is. */
        config.InModes = &every_mode;
        config.InModesCount = 1;
        config.OutMode = (void *)&no_mode;
        Attributes(&attributes, NULL, circuit);
        RETURN_IF_FAILED(AcxStreamBridgeCreate(circuit, &attributes, &config, &bridge));
        RETURN_IF_FAILED(AcxPinAddStreamBridges(pins[1], &bridge, 1));
    } else {
        SIZED(ACX_JACK_CONFIG, socket);
        socket.Description.ChannelMapping = 3;
        Attributes(&attributes, NULL, pins[1]);
        RETURN_IF_FAILED(AcxJackCreate(pins[1], &attributes, &socket, &jack));
        RETURN_IF_FAILED(AcxPinAddJacks(pins[1], &jack, 1));
    }
    return AcxCircuitAddPins(circuit, pins, 2);
}

static NTSTATUS create_circuit(void *device, ULONG index, void **circuit)
{
    SIZED(ACX_CIRCUIT_COMPOSITE_CALLBACKS, composite);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    NTSTATUS status;
    void *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, names[index]);
    AcxCircuitInitSetComponentId(init, (void *)&ids[index]);
    AcxCircuitInitSetCircuitType(init, index < 2 ? AcxCircuitTypeRender : AcxCircuitTypeCapture);
    composite.EvtAcxCircuitCompositeCircuitInitialize = (void *)EvtInitialize;
    AcxCircuitInitSetAcxCircuitCompositeCallbacks(init, &composite);
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, &GetPartInfo, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    RETURN_IF_FAILED(status);
    GetPart(*circuit)->index = index;
    return add_pins(device, *circuit, index);
}

/* The endpoint of circuits `first` and the next. */
static NTSTATUS add_template(void *driver, ULONG first)
{
    SIZED(ACX_COMPOSITE_TEMPLATE_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *composite, *parts[2];
    Attributes(&attributes, NULL, driver);
    RETURN_IF_FAILED(AcxCompositeTemplateCreate(driver, &attributes, &config, &composite));
    for (ULONG i = 0; i < 2; i++) {
        SIZED(ACX_CIRCUIT_TEMPLATE_CONFIG, part);
        part.CircuitId = (void *)&ids[first + i];
        RETURN_IF_FAILED(AcxCircuitTemplateCreate(driver, &attributes, &part, &parts[i]));
    }
    RETURN_IF_FAILED(AcxCompositeTemplateAssignCircuits(composite, parts, 2));
    AcxCompositeTemplateSetCoreCircuit(composite, parts[0]);
    return AcxManagerAddCompositeTemplate(AcxGetManager(NULL), composite);
}

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    (void)raw, (void)translated;
    for (int i = 0; i < 4; i++)
        RETURN_IF_FAILED(AcxDeviceAddCircuit(device, GetDevice(device)->circuit[i]));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)translated;
    for (int i = 0; i < 4; i++)
        AcxDeviceRemoveCircuit(device, GetDevice(device)->circuit[i]);
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
    for (ULONG i = 0; i < 4; i++)
        RETURN_IF_FAILED(create_circuit(device, i, &GetDevice(device)->circuit[i]));
    return STATUS_SUCCESS;
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    LARGE_INTEGER counter;
    KeQueryPerformanceCounter(&counter);
    frequency = counter.QuadPart;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &driver_handle));
    RETURN_IF_FAILED(AcxDriverInitialize(driver_handle, &acx));
    RETURN_IF_FAILED(add_template(driver_handle, 0));
    return add_template(driver_handle, 2);
}
