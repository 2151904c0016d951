/* Streams: an RT stream at the circuit's host pin, a basic one at every other circuit. */
#include "every.h"

#define TAG 'ptkP'

static NTSTATUS EvtState(void *stream) { (void)stream; return STATUS_SUCCESS; }
static NTSTATUS EvtContent(void *stream, ULONG content, ACXDRMRIGHTS *rights) { (void)stream, (void)content, (void)rights; return STATUS_SUCCESS; }
static NTSTATUS EvtSetPacket(void *stream, ULONG packet, ULONG flags, ULONG length) { (void)stream, (void)packet, (void)flags, (void)length; return STATUS_SUCCESS; }
static NTSTATUS EvtGetPacket(void *stream, ULONG *last, ULONGLONG *start, BOOLEAN *more) { (void)stream; *last = 6; *start = 1; *more = FALSE; return STATUS_SUCCESS; }
static NTSTATUS EvtCurrent(void *stream, ULONG *packet) { (void)stream; *packet = 7; return STATUS_SUCCESS; }
static NTSTATUS EvtLatency(void *stream, ULONG *fifo, ULONG *delay) { (void)stream; *fifo = 128; *delay = 0; return STATUS_SUCCESS; }
static NTSTATUS EvtPosition(void *stream, ULONGLONG *frames, ULONGLONG *at) { (void)stream; *frames = 0; *at = 1; return STATUS_SUCCESS; }

static NTSTATUS EvtAllocate(void *stream, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    ULONG whole = (size + PAGE - 1) / PAGE * PAGE;
    ACX_RTPACKET *packets = ExAllocatePool2(POOL_FLAG_NON_PAGED, count * sizeof *packets, TAG);
    (void)stream;
    if (packets == NULL)
        return STATUS_NO_MEMORY;
    for (ULONG i = 0; i < count; i++) {
        UCHAR *buffer = ExAllocatePool2(POOL_FLAG_NON_PAGED, whole, TAG);
        MDL *mdl = IoAllocateMdl(buffer, whole, FALSE, FALSE, NULL);
        MmBuildMdlForNonPagedPool(mdl);
        packets[i].Size = sizeof *packets;
        packets[i].RtPacketBuffer.Type = 2;
        packets[i].RtPacketBuffer.u_BufferType_Buffer = mdl;
        *(ULONG *)((UCHAR *)&packets[i].RtPacketBuffer.u_BufferType_Buffer + 8) = whole;
        packets[i].RtPacketSize = size;
        packets[i].RtPacketOffset = i == 0 ? whole - size : 0;
    }
    *answer = packets;
    return STATUS_SUCCESS;
}

static void EvtFree(void *stream, ACX_RTPACKET *packets, ULONG count)
{
    (void)stream;
    for (ULONG i = 0; i < count; i++) {
        MDL *mdl = packets[i].RtPacketBuffer.u_BufferType_Buffer;
        void *buffer = mdl->MappedSystemVa;
        IoFreeMdl(mdl);
        ExFreePoolWithTag(buffer, TAG);
    }
    ExFreePoolWithTag(packets, TAG);
}

static void EvtPreprocess(void *stream, void *context, void *request)
{
    (void)context;
    OK(AcxStreamDispatchAcxRequest(stream, request));
}

/* The stream's property 9: the driver asks the stream behind. */
static void EvtAskBehind(void *stream, void *request)
{
    void *target = AcxStreamBridgeGetTargetStream(kept.bridge, stream);
    CHECK(target != NULL);
    use_target_stream(target);
    EvtProcess(stream, request);
}

static void describe(void *init)
{
    ACX_PROPERTY_ITEM properties[2] = { property(3), property(9) };
    ACX_METHOD_ITEM methods[1] = { method(2) };
    properties[1].EvtAcxObjectProcessRequest = (void *)EvtAskBehind;
    OK(AcxStreamInitAssignProperties(init, properties, 2));
    OK(AcxStreamInitAssignMethods(init, methods, 1));
    OK(AcxStreamInitAssignAcxRequestPreprocessCallback(init, (void *)EvtPreprocess, NULL, AcxRequestTypeMethod, AT(own_set), NO_ID));
}

NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    void *stream = NULL, *event;
    (void)pin, (void)format, (void)mode, (void)arguments;
    callbacks.EvtAcxStreamPrepareHardware = callbacks.EvtAcxStreamReleaseHardware = (void *)EvtState;
    callbacks.EvtAcxStreamRun = callbacks.EvtAcxStreamPause = (void *)EvtState;
    callbacks.EvtAcxStreamAssignDrmContentId = (void *)EvtContent;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    describe(init);
    if (circuit != kept.circuit) {
        RETURN_IF_FAILED(AcxStreamCreate(device, circuit, NULL, &init, &stream));
    } else {
        rt.EvtAcxStreamGetHwLatency = (void *)EvtLatency;
        rt.EvtAcxStreamAllocateRtPackets = (void *)EvtAllocate;
        rt.EvtAcxStreamFreeRtPackets = (void *)EvtFree;
        rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
        rt.EvtAcxStreamGetCapturePacket = (void *)EvtGetPacket;
        rt.EvtAcxStreamGetCurrentPacket = (void *)EvtCurrent;
        rt.EvtAcxStreamGetPresentationPosition = (void *)EvtPosition;
        RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
        AcxStreamInitSetAcxRtStreamSupportsNotifications(init);
        RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, NULL, &init, &stream));
        kept.stream = stream;
    }
    add_to_stream(stream);
    event = own_event(stream, 24, FALSE);
    return AcxStreamAddEvents(stream, &event, 1);
}

/* What a driver does with a stream that is open. */
void use_stream(void)
{
    GUID stream = AcxStreamGetNotificationId(kept.stream), circuit = AcxCircuitGetNotificationId(kept.circuit);
    OK(AcxStreamBridgeAddStream(kept.bridge, kept.stream));
    CHECK(AcxStreamGetCircuit(kept.stream) == kept.circuit);
    CHECK(memcmp(stream.Data4, circuit.Data4, sizeof stream.Data4) == 0);
    OK(AcxStreamStopIoActual(kept.stream, 0, NULL, 0, NULL));
    AcxStreamResumeIoActual(kept.stream, NULL, 0, NULL);
    OK(AcxCircuitStopIoActual(kept.circuit, 0, NULL, 0, NULL));
    AcxCircuitResumeIoActual(kept.circuit, NULL, 0, NULL);
}
