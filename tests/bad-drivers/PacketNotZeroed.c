/* Shows a client what was in the memory before. */
#define ON_STREAM
#define ON_PACKETS
#include "bad.h"

static void on_packets(Stream *stream, ACX_RTPACKET *packets)
{
    (void)packets;
    memset(stream->buffer, 0xA5, PAGE);
}
