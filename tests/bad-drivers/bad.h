/* A driver that keeps every rule, until the file that includes this defines a callback of its own
   and breaks one in it. Each file of this folder is a driver, named after the rule that it breaks.
   It defines ON_... for the moments that it wants, includes this, and writes the function of that
   name in small letters. A file that defines ON_STREAM before it has a speaker with one stream, and
   a property to be asked for; one that does not is a device and no more. */
#pragma once
#include "driver.h"

#define TAG 'daB '
#define LENGTH 480u /* frames of a packet, 10 ms */

/* What no other driver of the collection in C imports. */
IMPORT void KeAcquireSpinLockAtDpcLevel(ULONG_PTR *lock);
IMPORT void KeStallExecutionProcessor(ULONG microseconds);
IMPORT void KeBugCheckEx(ULONG code, ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d);
IMPORT void RtlAssert(const char *assertion, const char *file, ULONG line, const char *message);

typedef struct Stream {
    void *object, *timer;
    UCHAR *buffer;
    MDL *mdl;
    LONGLONG run;
    ULONGLONG frames;
    ULONG done;
    BOOLEAN running;
} Stream;

CONTEXT(Stream, GetStream)

static void *bad_device, *bad_circuit;

/* The moments, and what a driver does there that breaks nothing. */
#ifdef ON_D0
static void on_d0(void *device);
#else
#define on_d0(device) ((void)(device))
#endif
#ifdef ON_TIMER /* of a timer that runs once, 1 ms after D0, at DISPATCH_LEVEL */
static void on_timer(void *timer);
#endif
#ifdef ON_RELEASE_DEVICE
static void on_release_device(void);
#else
#define on_release_device() ((void)0)
#endif
#ifdef ON_CREATE
static NTSTATUS on_create(void);
#else
#define on_create() STATUS_SUCCESS
#define CREATES
#endif
#ifdef ON_PACKETS /* the array, before ACX gets it */
static void on_packets(Stream *stream, ACX_RTPACKET *packets);
#else
#define on_packets(stream, packets) ((void)(stream), (void)(packets))
#endif
#ifdef ON_PREPARE
static NTSTATUS on_prepare(Stream *stream);
#else
#define on_prepare(stream) ((void)(stream), STATUS_SUCCESS)
#endif
#ifdef ON_RELEASE
static void on_release(Stream *stream);
#else
#define on_release(stream) ((void)(stream))
#endif
#ifdef ON_PAUSE
static void on_pause(Stream *stream);
#else
#define on_pause(stream) ((void)(stream))
#endif
#ifdef ON_FREE
static void on_free(Stream *stream);
#else
#define on_free(stream) ((void)(stream))
#endif
#ifdef ON_POSITION
static void on_position(ULONGLONG *frames);
#else
#define on_position(frames) ((void)(frames))
#endif
#ifdef ON_COMPLETE /* beside the completion of a packet */
static void on_complete(Stream *stream, ULONG packet);
#else
#define on_complete(stream, packet) ((void)(packet))
#endif
#ifdef ON_PROPERTY
static void on_property(void *request);
#else
#define on_property(request) WdfRequestComplete(request, STATUS_SUCCESS)
#endif

static inline void *allocate(size_t bytes)
{
    return ExAllocatePool2(POOL_FLAG_NON_PAGED, bytes, TAG);
}

/* As KfRaiseIrql and KeLowerIrql, which compilers inline. */
static inline void set_irql(ULONGLONG level)
{
    __asm__ volatile("movq %0, %%cr8" : : "r"(level));
}

static inline void *new_timer(void *routine, void *parent)
{
    SIZED(WDF_TIMER_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *timer = NULL;
    config.EvtTimerFunc = routine;
    Attributes(&attributes, NULL, parent);
    WdfTimerCreate(&config, &attributes, &timer);
    return timer;
}

#ifdef ON_STREAM
static LONGLONG now(void)
{
    return KeQueryPerformanceCounter(NULL).QuadPart;
}

/* Frames since the stream began; the counter runs at 10 MHz in these tests. */
static ULONGLONG frames_of(const Stream *stream)
{
    return stream->frames + (stream->running ? (ULONGLONG)(now() - stream->run) * 48 / 10000 : 0);
}

static void EvtTick(void *timer)
{
    Stream *stream = GetStream(WdfTimerGetParentObject(timer));
    if (!stream->running)
        return;
    while ((stream->done + 1) * LENGTH <= frames_of(stream)) {
        ULONG packet = stream->done++;
        AcxRtStreamNotifyPacketComplete(stream->object, packet, (ULONGLONG)now());
        on_complete(stream, packet);
    }
    WdfTimerStart(timer, -10000);
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    Stream *stream = GetStream(object);
    ACX_RTPACKET *packets;
    if (count != 2 || size == 0 || size > PAGE / 2 || size % FRAME != 0)
        return STATUS_INVALID_PARAMETER;
    /* One page for both: they lie in a row. */
    packets = allocate(2 * sizeof *packets);
    stream->buffer = allocate(PAGE);
    stream->mdl = IoAllocateMdl(stream->buffer, PAGE, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(stream->mdl);
    memset(packets, 0, 2 * sizeof *packets);
    for (ULONG i = 0; i < 2; i++) {
        packets[i].Size = sizeof *packets;
        packets[i].RtPacketSize = size;
        packets[i].RtPacketOffset = i * size;
    }
    packets[0].RtPacketBuffer.Type = 2; /* an MDL */
    packets[0].RtPacketBuffer.u_BufferType_Buffer = stream->mdl;
    on_packets(stream, packets);
    *answer = packets;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    Stream *stream = GetStream(object);
    (void)count;
    on_free(stream);
    if (stream->mdl != NULL) {
        IoFreeMdl(stream->mdl);
        ExFreePoolWithTag(stream->buffer, TAG);
    }
    ExFreePoolWithTag(packets, TAG);
}

static NTSTATUS EvtPrepare(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->timer == NULL)
        stream->timer = new_timer(EvtTick, object);
    return on_prepare(stream);
}

static NTSTATUS EvtRelease(void *object)
{
    Stream *stream = GetStream(object);
    on_release(stream);
    stream->frames = stream->done = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    Stream *stream = GetStream(object);
    stream->run = now();
    stream->running = TRUE;
    WdfTimerStart(stream->timer, -10000);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPause(void *object)
{
    Stream *stream = GetStream(object);
    WdfTimerStop(stream->timer, TRUE);
    on_pause(stream);
    stream->frames = frames_of(stream);
    stream->running = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtLatency(void *object, ULONG *fifo, ULONG *delay)
{
    (void)object;
    *fifo = *delay = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length)
{
    (void)object, (void)packet, (void)flags, (void)length;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCurrent(void *object, ULONG *packet)
{
    *packet = GetStream(object)->done;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPosition(void *object, ULONGLONG *frames, ULONGLONG *at)
{
    *frames = frames_of(GetStream(object));
    *at = (ULONGLONG)now();
    on_position(frames);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *object;
    (void)pin, (void)format, (void)mode, (void)arguments;
#ifndef CREATES
    return on_create();
#endif
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
    GetStream(object)->object = object;
    return STATUS_SUCCESS;
}

static void EvtProperty(void *object, void *request)
{
    (void)object;
    on_property(request);
}

static NTSTATUS create_circuit(void *device)
{
    static const GUID id = { 0x0ACE0BAD, 1, 2, { 3 } }, set = { 0x0ACE0BAD, 2, 2, { 3 } };
    static const ACX_PROPERTY_ITEM item = { .Set = (void *)&set, .Id = 1, .Flags = 1, .EvtAcxObjectProcessRequest = (void *)EvtProperty };
    UNICODE_STRING name;
    WDF_OBJECT_ATTRIBUTES attributes;
    void *pins[2], *jack, *init = AcxCircuitInitAllocate(device);
    SIZED(ACX_PIN_CONFIG, host);
    SIZED(ACX_PIN_CONFIG, bridge);
    SIZED(ACX_JACK_CONFIG, socket);
    RtlInitUnicodeString(&name, TEXT("Speaker0"));
    AcxCircuitInitSetComponentId(init, (void *)&id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    RETURN_IF_FAILED(AcxCircuitInitAssignName(init, &name));
    RETURN_IF_FAILED(AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream));
    RETURN_IF_FAILED(AcxCircuitInitAssignProperties(init, (void *)&item, 1));
    Attributes(&attributes, NULL, NULL);
    RETURN_IF_FAILED(AcxCircuitCreate(device, &attributes, &init, &bad_circuit));
    Attributes(&attributes, NULL, bad_circuit);
    host.Id = bridge.Id = ~0u;
    host.MaxStreams = 8;
    host.Type = AcxPinTypeSink;
    host.Communication = AcxPinCommunicationSink;
    host.Category = (void *)&KSCATEGORY_AUDIO;
    bridge.Type = AcxPinTypeSource;
    bridge.Communication = AcxPinCommunicationNone;
    bridge.Category = (void *)&KSNODETYPE_SPEAKER;
    RETURN_IF_FAILED(AcxPinCreate(bad_circuit, &attributes, &host, &pins[0]));
    RETURN_IF_FAILED(AcxPinCreate(bad_circuit, &attributes, &bridge, &pins[1]));
    socket.Description.ChannelMapping = 3;
    Attributes(&attributes, NULL, pins[1]);
    RETURN_IF_FAILED(AcxJackCreate(pins[1], &attributes, &socket, &jack));
    RETURN_IF_FAILED(AcxPinAddJacks(pins[1], &jack, 1));
    RETURN_IF_FAILED(add_format(device, bad_circuit, AcxPinGetRawDataFormatList(pins[0]), 48000));
    return AcxCircuitAddPins(bad_circuit, pins, 2);
}
#endif

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    (void)device, (void)raw, (void)translated;
#ifdef ON_STREAM
    return AcxDeviceAddCircuit(device, bad_circuit);
#else
    return STATUS_SUCCESS;
#endif
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)device, (void)translated;
    on_release_device();
#ifdef ON_STREAM
    AcxDeviceRemoveCircuit(device, bad_circuit);
#endif
    return STATUS_SUCCESS;
}

static NTSTATUS EvtD0Entry(void *device, int previous)
{
    (void)previous;
    on_d0(device);
#ifdef ON_TIMER
    WdfTimerStart(new_timer(on_timer, device), -10000);
#endif
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    SIZED(WDF_DEVICE_PNP_CAPABILITIES, capabilities);
    WDF_OBJECT_ATTRIBUTES attributes;
    (void)driver;
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    power.EvtDeviceReleaseHardware = (void *)EvtReleaseHardware;
    power.EvtDeviceD0Entry = (void *)EvtD0Entry;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    Attributes(&attributes, NULL, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &bad_device));
    RETURN_IF_FAILED(AcxDeviceInitialize(bad_device, &config));
    capabilities.SurpriseRemovalOK = WdfTrue;
    WdfDeviceSetPnpCapabilities(bad_device, &capabilities);
#ifdef ON_STREAM
    return create_circuit(bad_device);
#else
    return STATUS_SUCCESS;
#endif
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    void *own;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &own));
    return AcxDriverInitialize(own, &acx);
}
