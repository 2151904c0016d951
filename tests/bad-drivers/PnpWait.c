/* Waits in EvtDeviceReleaseHardware until its client has closed. */
#define ON_STREAM
#define ON_PACKETS
#define ON_FREE
#define ON_RELEASE_DEVICE
#include "bad.h"

static ULONGLONG closed[3];
static BOOLEAN is_open;

static void on_packets(Stream *stream, ACX_RTPACKET *packets)
{
    (void)stream, (void)packets;
    KeInitializeEvent(closed, 0, FALSE);
    is_open = TRUE;
}

static void on_free(Stream *stream)
{
    (void)stream;
    is_open = FALSE;
    KeSetEvent(closed, 0, FALSE);
}

static void on_release_device(void)
{
    if (is_open)
        KeWaitForSingleObject(closed, 0, 0, FALSE, NULL);
}
