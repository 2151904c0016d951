/* Completes every other packet with a spin lock held. */
#define ON_STREAM
#define ON_COMPLETE
#include "bad.h"

static ULONG_PTR lock;

static void on_complete(Stream *stream, ULONG packet)
{
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&lock);
    AcxRtStreamNotifyPacketComplete(stream->object, packet + 1, (ULONGLONG)now());
    KeReleaseSpinLock(&lock, irql);
    stream->done++;
}
