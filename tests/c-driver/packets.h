/* What the drivers with streams share: time in frames, and the memory of packets. */
#pragma once
#include "driver.h"

#define TAG 'lbaC'
#define HNS 10000000ull

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

/* The clock of a stream. */
typedef struct Clock {
    ULONG rate, packet_frames;
    ULONGLONG frames; /* since the stream began, at the last pause */
    ULONGLONG current; /* the packet in progress */
    LONGLONG run; /* the counter when it last began to run */
} Clock;

/* When a frame is reached. */
static LONGLONG tick_of(const Clock *clock, ULONGLONG frame)
{
    return clock->run + ticks_of(frame - clock->frames, clock->rate);
}

/* The frame that a running stream has reached. */
static ULONGLONG frame_at(const Clock *clock, LONGLONG at)
{
    return clock->frames + frames_of(at - clock->run, clock->rate);
}

/* For EvtAcxStreamGetCapturePacket: the last packet that is full. */
static NTSTATUS last_packet(const Clock *clock, ULONG *last, ULONGLONG *start, BOOLEAN *more)
{
    ULONGLONG current = clock->current; /* read once: the timer counts on */
    if (current == 0)
        return STATUS_DEVICE_NOT_READY;
    *last = (ULONG)(current - 1);
    *start = (ULONGLONG)tick_of(clock, (current - 1) * clock->packet_frames);
    *more = FALSE;
    return STATUS_SUCCESS;
}

static void free_packets(ACX_RTPACKET *packets, ULONG count)
{
    for (ULONG i = 0; i < count; i++) {
        MDL *mdl = packets[i].RtPacketBuffer.u_BufferType_Buffer;
        /* As the macro of the public headers has it. */
        void *buffer = (UCHAR *)mdl->StartVa + mdl->ByteOffset;
        IoFreeMdl(mdl);
        ExFreePool(buffer);
    }
    ExFreePool(packets);
}

/* Packets for EvtAcxStreamAllocateRtPackets, and where each begins. */
static NTSTATUS allocate_packets(ULONG count, ULONG size, ACX_RTPACKET **answer, UCHAR *place[2])
{
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
                ExFreePool(buffer);
            free_packets(packets, i);
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
        place[i] = (UCHAR *)buffer + packets[i].RtPacketOffset;
    }
    *answer = packets;
    return STATUS_SUCCESS;
}
