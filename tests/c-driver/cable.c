/* A virtual cable in C: what Speaker0 plays is what Microphone0 hears, 10 ms later. As small as an
   ACX driver can be that keeps every rule: the host's conformance suite runs on it, as it runs on
   the driver in Rust. Both ends share a ring of frames by the time at which they sound. A render
   stream puts into it what it has played and clears its own buffer behind itself, so nothing is
   ever played twice; a capture stream takes from it what sounded 10 ms ago. Streams are mixed, and
   each end has a volume and a mute. */
#include "packets.h"

#define RING 65536u /* frames */
#define LATENCY_MS 10u
#define STEP_HNS 50000ll /* how often a running stream looks at the clock */
#define LOWEST (-96 * 0x10000) /* of the volume, in 1/65536 dB */
#define HALF_DECIBEL 0x8000
#define UNITY 0x80000000ull /* a gain of 1 */
#define HALF_DECIBEL_DOWN 2027355295ull /* the gain of half a decibel less */
#define FADE_FRAMES 240u /* from silence to full level */

enum { STOP, PAUSE, RUN };

typedef struct Stream {
    void *object, *timer;
    BOOLEAN render, ended, pausing;
    int state;
    ULONG packets, packet_bytes;
    Clock clock;
    UCHAR *packet[2]; /* where each packet begins */
    ULONGLONG done; /* frames that went through the ring */
    ULONGLONG end; /* where the audio ends, once that is known */
    ULONG gain[CHANNELS]; /* on its way to what the controls say */
    ULONG_PTR lock; /* of the packet path: no control callback takes it */
    ULONGLONG paused[3]; /* a KEVENT */
} Stream;

/* Volume and mute of an end, and the gain that they come to. */
typedef struct Controls { LONG volume[CHANNELS]; ULONG mute[CHANNELS], gain[CHANNELS]; } Controls;

typedef struct Level { Controls *controls; } Level;

typedef struct Device { void *circuit[2]; } Device;

CONTEXT(Stream, GetStream)
CONTEXT(Level, GetLevel)
CONTEXT(Device, GetDevice)

static Controls controls[2]; /* of the microphone and of the speaker */
static ULONG_PTR ring_lock;
static struct { ULONG rate; ULONGLONG at[RING]; ULONG frame[RING]; } *ring;

static ULONGLONG position(const Stream *stream, LONGLONG at)
{
    return stream->state == RUN ? frame_at(&stream->clock, at) : stream->clock.frames;
}

static ULONG gain_of(const Controls *own, ULONG channel)
{
    ULONGLONG gain = UNITY;
    if (own->mute[channel])
        return 0;
    for (LONG level = own->volume[channel]; level <= -HALF_DECIBEL; level += HALF_DECIBEL)
        gain = (gain * HALF_DECIBEL_DOWN + UNITY / 2) / UNITY;
    return (ULONG)gain;
}

static void set_gains(Controls *own)
{
    for (ULONG i = 0; i < CHANNELS; i++)
        own->gain[i] = gain_of(own, i);
}

/* A frame at the stream's gain, which goes on towards what the controls say: a change does not
   click. */
static ULONG at_gain(Stream *stream, ULONG frame)
{
    const ULONG step = (ULONG)(UNITY / FADE_FRAMES);
    ULONG result = 0;
    for (ULONG i = 0; i < CHANNELS; i++) {
        ULONG target = controls[stream->render].gain[i], *gain = &stream->gain[i];
        LONGLONG sample = (SHORT)(frame >> 16 * i);
        if (*gain < target)
            *gain = target - *gain > step ? *gain + step : target;
        else
            *gain = *gain - target > step ? *gain - step : target;
        sample = (sample * (LONGLONG)*gain + (LONGLONG)(UNITY / 2)) >> 31;
        result |= (ULONG)(USHORT)sample << 16 * i;
    }
    return result;
}

/* Whether the gain is 1 and stays there. */
static BOOLEAN is_plain(const Stream *stream)
{
    BOOLEAN plain = TRUE;
    for (ULONG i = 0; i < CHANNELS; i++)
        plain = plain && stream->gain[i] == UNITY && controls[stream->render].gain[i] == UNITY;
    return plain;
}

/* The sum of two frames, each sample within its range. */
static ULONG mixed(ULONG one, ULONG other)
{
    ULONG result = 0;
    for (ULONG i = 0; i < CHANNELS; i++) {
        LONG sum = (SHORT)(one >> 16 * i) + (SHORT)(other >> 16 * i);
        if (sum > 32767)
            sum = 32767;
        if (sum < -32768)
            sum = -32768;
        result |= (ULONG)(USHORT)sum << 16 * i;
    }
    return result;
}

/* What a client wrote and was not played is forgotten. */
static void clear(const Stream *stream)
{
    for (ULONG i = 0; stream->render && i < stream->packets; i++)
        memset(stream->packet[i], 0, stream->packet_bytes);
}

/* Carries frames through the ring, up to where the clock is. */
static void carry(Stream *stream, LONGLONG at)
{
    ULONGLONG until = position(stream, at);
    /* When frame 0 would have sounded. */
    ULONGLONG base = frames_of(stream->clock.run, stream->clock.rate) - stream->clock.frames;
    BOOLEAN plain = is_plain(stream);
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&ring_lock);
    if (until - stream->done > RING) {
        /* A stall: what is older than the ring is lost, and what lies in the packets as well. */
        stream->done = until - RING;
        clear(stream);
    }
    if (stream->render && ring->rate != stream->clock.rate)
        ring->rate = stream->clock.rate;
    while (stream->done < until) {
        /* As far as both the packet and the ring go without turning over. */
        ULONGLONG time = base + stream->done, left = until - stream->done, heard = time - (ULONGLONG)stream->clock.rate * LATENCY_MS / 1000;
        ULONGLONG inside = stream->done % stream->clock.packet_frames, at_ring = (stream->render ? time : heard) % RING;
        UCHAR *own = stream->packet[stream->done / stream->clock.packet_frames % stream->packets] + inside * FRAME;
        if (left > stream->clock.packet_frames - inside)
            left = stream->clock.packet_frames - inside;
        if (left > RING - at_ring)
            left = RING - at_ring;
        for (ULONGLONG i = 0; i < left; i++) {
            ULONG value = 0;
            if (stream->render) {
                /* A packet need not begin at a multiple of four. */
                if (stream->done + i < stream->end)
                    memcpy(&value, own + i * FRAME, FRAME);
                value = plain ? value : at_gain(stream, value);
                if (ring->at[at_ring + i] == time + i)
                    value = mixed(ring->frame[at_ring + i], value);
                ring->at[at_ring + i] = time + i;
                ring->frame[at_ring + i] = value;
            } else {
                if (ring->rate == stream->clock.rate && ring->at[at_ring + i] == heard + i)
                    value = ring->frame[at_ring + i];
                value = plain ? value : at_gain(stream, value);
                memcpy(own + i * FRAME, &value, FRAME);
            }
        }
        if (stream->render)
            memset(own, 0, left * FRAME);
        stream->done += left;
    }
    KeReleaseSpinLock(&ring_lock, irql);
}

static void arm(Stream *stream)
{
    ULONGLONG end = (stream->clock.current + 1) * stream->clock.packet_frames;
    LONGLONG at = now(), due = tick_of(&stream->clock, end);
    LONGLONG left = due > at ? (due - at) * (LONGLONG)HNS / frequency : 0;
    if ((due - at) * (LONGLONG)HNS % frequency != 0)
        left++;
    if (left > STEP_HNS)
        left = STEP_HNS;
    if (left < 1)
        left = 1;
    WdfTimerStart(stream->timer, -left);
}

static void EvtTimer(void *timer)
{
    Stream *stream = GetStream(WdfTimerGetParentObject(timer));
    LONGLONG at = now();
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&stream->lock);
    ULONGLONG before = stream->clock.current, passed;
    BOOLEAN pausing;
    LONGLONG done;
    if (stream->state != RUN) {
        KeReleaseSpinLock(&stream->lock, irql);
        return;
    }
    carry(stream, at);
    passed = position(stream, at) / stream->clock.packet_frames;
    /* When the packet was over, however late this is. */
    done = tick_of(&stream->clock, passed * stream->clock.packet_frames);
    stream->clock.current = passed;
    pausing = stream->pausing;
    if (pausing) {
        stream->clock.frames = position(stream, at);
        stream->state = PAUSE;
    }
    KeReleaseSpinLock(&stream->lock, irql);
    /* After a stall the last packet that passed is told; numbers may skip. */
    if (passed != before)
        AcxRtStreamNotifyPacketComplete(stream->object, passed - 1, (ULONGLONG)done);
    if (pausing)
        KeSetEvent(stream->paused, 0, FALSE);
    else
        arm(stream);
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    Stream *stream = GetStream(object);
    RETURN_IF_FAILED(allocate_packets(count, size, answer, stream->packet));
    stream->packets = count;
    stream->packet_bytes = size;
    stream->clock.packet_frames = size / FRAME;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    GetStream(object)->packets = 0;
    free_packets(packets, count);
}

static NTSTATUS EvtPrepare(void *object)
{
    Stream *stream = GetStream(object);
    SIZED(WDF_TIMER_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    if (stream->state == PAUSE)
        return STATUS_SUCCESS;
    config.EvtTimerFunc = (void *)EvtTimer;
    config.UseHighResolutionTimer = TRUE;
    Attributes(&attributes, NULL, object);
    RETURN_IF_FAILED(WdfTimerCreate(&config, &attributes, &stream->timer));
    stream->state = PAUSE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRelease(void *object)
{
    Stream *stream = GetStream(object);
    if (stream->timer != NULL) {
        WdfTimerStop(stream->timer, TRUE);
        WdfObjectDelete(stream->timer);
        stream->timer = NULL;
    }
    KeFlushQueuedDpcs();
    clear(stream);
    stream->state = STOP;
    stream->clock.frames = stream->done = 0;
    stream->end = ~0ull;
    stream->clock.current = 0;
    stream->ended = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    Stream *stream = GetStream(object);
    /* A stream begins at its volume. */
    if (stream->clock.frames == 0)
        memcpy(stream->gain, controls[stream->render].gain, sizeof stream->gain);
    stream->clock.run = now();
    stream->state = RUN;
    arm(stream);
    return STATUS_SUCCESS;
}

/* The clock stops itself, at its next tick: a position call never waits for a control callback. */
static NTSTATUS EvtPause(void *object)
{
    Stream *stream = GetStream(object);
    KeInitializeEvent(stream->paused, 0, FALSE);
    stream->pausing = TRUE;
    WdfTimerStart(stream->timer, -1);
    KeWaitForSingleObject(stream->paused, 0, 0, FALSE, NULL);
    WdfTimerStop(stream->timer, TRUE);
    stream->pausing = FALSE;
    return STATUS_SUCCESS;
}

/* The cable's delay is the microphone's, in 100 ns. */
static NTSTATUS EvtLatency(void *object, ULONG *fifo, ULONG *delay)
{
    *fifo = 0;
    *delay = GetStream(object)->render ? 0 : LATENCY_MS * 10000u;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length)
{
    Stream *stream = GetStream(object);
    LONG ahead = (LONG)(packet - (ULONG)stream->clock.current); /* the low 32 bits are what clients have */
    BOOLEAN running = stream->state == RUN;
    if (stream->ended)
        return STATUS_INVALID_DEVICE_STATE;
    if (flags & ~0x200u || (flags != 0 && (length > stream->packet_bytes || length % FRAME != 0)))
        return STATUS_INVALID_PARAMETER;
    if (ahead < 0 || (running && ahead == 0))
        return STATUS_DATA_LATE_ERROR;
    if (ahead > 1)
        return STATUS_DATA_OVERRUN;
    if (flags != 0) {
        stream->ended = TRUE;
        stream->end = (stream->clock.current + (ULONGLONG)ahead) * stream->clock.packet_frames + length / FRAME;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCurrent(void *object, ULONG *packet)
{
    *packet = (ULONG)GetStream(object)->clock.current;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCapturePacket(void *object, ULONG *last, ULONGLONG *start, BOOLEAN *more)
{
    return last_packet(&GetStream(object)->clock, last, start, more);
}

static NTSTATUS EvtPosition(void *object, ULONGLONG *frames, ULONGLONG *at)
{
    Stream *stream = GetStream(object);
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&stream->lock);
    LONGLONG tick = now();
    /* A client may write up to the position that it is told: what is behind it has to be gone by
       then. */
    if (stream->state == RUN)
        carry(stream, tick);
    *frames = position(stream, tick);
    *at = (ULONGLONG)tick;
    KeReleaseSpinLock(&stream->lock, irql);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    WDF_OBJECT_ATTRIBUTES attributes;
    Stream *stream;
    void *object;
    BOOLEAN render = AcxPinGetType(pin) == AcxPinTypeSink;
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
    if (render)
        rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
    else
        rt.EvtAcxStreamGetCapturePacket = (void *)EvtCapturePacket;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
    AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
    Attributes(&attributes, &GetStreamInfo, NULL);
    RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, &attributes, &init, &object));
    stream = GetStream(object);
    stream->object = object;
    stream->render = render;
    stream->clock.rate = AcxDataFormatGetSampleRate(format);
    stream->end = ~0ull;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetVolume(void *element, ULONG channel, LONG level)
{
    Controls *own = GetLevel(element)->controls;
    if (level < LOWEST)
        level = LOWEST;
    if (level > 0)
        level = 0;
    for (ULONG i = 0; i < CHANNELS; i++)
        if (channel == i || channel == ~0u)
            own->volume[i] = level;
    set_gains(own);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtGetVolume(void *element, ULONG channel, LONG *level)
{
    *level = GetLevel(element)->controls->volume[channel == ~0u ? 0 : channel];
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetMute(void *element, ULONG channel, ULONG state)
{
    Controls *own = GetLevel(element)->controls;
    for (ULONG i = 0; i < CHANNELS; i++)
        if (channel == i || channel == ~0u)
            own->mute[i] = state;
    set_gains(own);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtGetMute(void *element, ULONG channel, ULONG *state)
{
    *state = GetLevel(element)->controls->mute[channel == ~0u ? 0 : channel];
    return STATUS_SUCCESS;
}

static NTSTATUS add_elements(void *circuit, BOOLEAN render)
{
    void *elements[2];
    WDF_OBJECT_ATTRIBUTES attributes;
    SIZED(ACX_VOLUME_CONFIG, volume);
    SIZED(ACX_VOLUME_CALLBACKS, on_volume);
    SIZED(ACX_MUTE_CONFIG, mute);
    SIZED(ACX_MUTE_CALLBACKS, on_mute);
    on_volume.EvtAcxVolumeAssignLevel = (void *)EvtSetVolume;
    on_volume.EvtAcxVolumeRetrieveLevel = (void *)EvtGetVolume;
    volume.Id = ~0u;
    volume.ChannelsCount = CHANNELS;
    volume.Minimum = LOWEST;
    volume.Maximum = 0;
    volume.SteppingDelta = HALF_DECIBEL;
    volume.Callbacks = &on_volume;
    Attributes(&attributes, &GetLevelInfo, circuit);
    RETURN_IF_FAILED(AcxVolumeCreate(circuit, &attributes, &volume, &elements[0]));
    GetLevel(elements[0])->controls = &controls[render];
    on_mute.EvtAcxMuteAssignState = (void *)EvtSetMute;
    on_mute.EvtAcxMuteRetrieveState = (void *)EvtGetMute;
    mute.Id = ~0u;
    mute.ChannelsCount = CHANNELS;
    mute.Callbacks = &on_mute;
    RETURN_IF_FAILED(AcxMuteCreate(circuit, &attributes, &mute, &elements[1]));
    GetLevel(elements[1])->controls = &controls[render];
    set_gains(&controls[render]);
    return AcxCircuitAddElements(circuit, elements, 2);
}

static NTSTATUS add_pins(void *device, void *circuit, BOOLEAN render)
{
    void *pins[2], *list, *jack, *modes;
    WDF_OBJECT_ATTRIBUTES attributes;
    SIZED(ACX_PIN_CONFIG, host);
    SIZED(ACX_PIN_CONFIG, bridge);
    SIZED(ACX_JACK_CONFIG, socket);
    SIZED(ACX_DATAFORMAT_LIST_CONFIG, config);
    Attributes(&attributes, NULL, circuit);
    host.Id = bridge.Id = ~0u;
    host.MaxStreams = 8;
    bridge.MaxStreams = 0;
    host.Type = render ? AcxPinTypeSink : AcxPinTypeSource;
    host.Communication = AcxPinCommunicationSink;
    host.Category = (void *)&KSCATEGORY_AUDIO;
    bridge.Type = render ? AcxPinTypeSource : AcxPinTypeSink;
    bridge.Communication = AcxPinCommunicationNone;
    bridge.Category = (void *)(render ? &KSNODETYPE_SPEAKER : &KSNODETYPE_MICROPHONE);
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
    RETURN_IF_FAILED(add_format(device, circuit, list, 48000));
    RETURN_IF_FAILED(add_format(device, circuit, list, 44100));
    /* The DEFAULT mode has a list of its own. */
    Attributes(&attributes, NULL, circuit);
    RETURN_IF_FAILED(AcxDataFormatListCreate(device, &attributes, &config, &modes));
    RETURN_IF_FAILED(add_format(device, circuit, modes, 48000));
    RETURN_IF_FAILED(add_format(device, circuit, modes, 44100));
    RETURN_IF_FAILED(AcxPinAssignModeDataFormatList(pins[0], (void *)&AUDIO_SIGNALPROCESSINGMODE_DEFAULT, modes));
    return AcxCircuitAddPins(circuit, pins, 2);
}

static NTSTATUS create_circuit(void *device, BOOLEAN render, void **circuit)
{
    static const GUID ids[2] = { { 0x0ACE0010, 1, 2, { 3 } }, { 0x0ACE0011, 1, 2, { 3 } } };
    UNICODE_STRING name;
    WDF_OBJECT_ATTRIBUTES attributes;
    NTSTATUS status;
    void *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, render ? TEXT("Speaker0") : TEXT("Microphone0"));
    AcxCircuitInitSetComponentId(init, (void *)&ids[render]);
    AcxCircuitInitSetCircuitType(init, render ? AcxCircuitTypeRender : AcxCircuitTypeCapture);
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, NULL, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    if (NT_SUCCESS(status))
        status = add_elements(*circuit, render);
    if (NT_SUCCESS(status))
        status = add_pins(device, *circuit, render);
    return status;
}

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    Device *own = GetDevice(device);
    (void)raw;
    (void)translated;
    for (int i = 0; i < 2; i++)
        RETURN_IF_FAILED(AcxDeviceAddCircuit(device, own->circuit[i]));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    Device *own = GetDevice(device);
    (void)translated;
    for (int i = 0; i < 2; i++)
        AcxDeviceRemoveCircuit(device, own->circuit[i]);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    SIZED(WDF_DEVICE_PNP_CAPABILITIES, capabilities);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *device;
    Device *own;
    (void)driver;
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    power.EvtDeviceReleaseHardware = (void *)EvtReleaseHardware;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    Attributes(&attributes, &GetDeviceInfo, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &device));
    RETURN_IF_FAILED(AcxDeviceInitialize(device, &config));
    capabilities.SurpriseRemovalOK = WdfTrue;
    WdfDeviceSetPnpCapabilities(device, &capabilities);
    own = GetDevice(device);
    RETURN_IF_FAILED(create_circuit(device, TRUE, &own->circuit[0]));
    return create_circuit(device, FALSE, &own->circuit[1]);
}

static void EvtUnload(void *driver)
{
    (void)driver;
    ExFreePoolWithTag(ring, TAG);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    LARGE_INTEGER ticks;
    void *own;
    NTSTATUS status;
    KeQueryPerformanceCounter(&ticks);
    frequency = ticks.QuadPart;
    ring = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof *ring, TAG);
    if (ring == NULL)
        return STATUS_NO_MEMORY;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    config.EvtDriverUnload = (void *)EvtUnload;
    status = WdfDriverCreate(driver, path, NULL, &config, &own);
    if (NT_SUCCESS(status))
        status = AcxDriverInitialize(own, &acx);
    if (!NT_SUCCESS(status))
        ExFreePoolWithTag(ring, TAG);
    return status;
}
