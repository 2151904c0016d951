/* Places packet 1 apart from packet 0. */
#define ON_STREAM
#define ON_PACKETS
#include "bad.h"

static void on_packets(Stream *stream, ACX_RTPACKET *packets)
{
    (void)stream;
    packets[1].RtPacketOffset += 4;
}
