/* Completes a packet before the stream runs. */
#define ON_STREAM
#define ON_PREPARE
#include "bad.h"

static NTSTATUS on_prepare(Stream *stream)
{
    return AcxRtStreamNotifyPacketComplete(stream->object, 0, (ULONGLONG)now()) == 0 ? (stream->done = 1, stream->frames = LENGTH, STATUS_SUCCESS) : STATUS_UNSUCCESSFUL;
}
