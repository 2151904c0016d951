/* Starts its device as if that were a timer. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    WdfTimerStart(device, -10000);
}
