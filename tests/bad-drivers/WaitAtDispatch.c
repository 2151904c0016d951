/* Waits for an event at DISPATCH_LEVEL. */
#define ON_TIMER
#include "bad.h"

static void on_timer(void *timer)
{
    ULONGLONG event[3];
    (void)timer;
    KeInitializeEvent(event, 0, FALSE);
    KeWaitForSingleObject(event, 0, 0, FALSE, NULL);
}
