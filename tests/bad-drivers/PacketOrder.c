/* Completes each packet twice. */
#define ON_STREAM
#define ON_COMPLETE
#include "bad.h"

static void on_complete(Stream *stream, ULONG packet)
{
    AcxRtStreamNotifyPacketComplete(stream->object, packet, (ULONGLONG)now());
}
