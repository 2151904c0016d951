/* Frees its packets in EvtAcxStreamReleaseHardware, while the client still has them. */
#define ON_STREAM
#define ON_RELEASE
#include "bad.h"

static void on_release(Stream *stream)
{
    if (stream->mdl != NULL) {
        IoFreeMdl(stream->mdl);
        ExFreePoolWithTag(stream->buffer, TAG);
        stream->mdl = NULL;
    }
}
