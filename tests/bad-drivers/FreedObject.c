/* Starts a timer that it has deleted. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *timer = new_timer((void *)on_d0, device);
    WdfObjectDelete(timer);
    WdfTimerStart(timer, -10000);
}
