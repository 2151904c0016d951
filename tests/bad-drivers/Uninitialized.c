/* Creates a timer from a structure of zeros. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    WDF_TIMER_CONFIG config;
    WDF_OBJECT_ATTRIBUTES attributes;
    void *timer;
    memset(&config, 0, sizeof config);
    config.EvtTimerFunc = (void *)on_d0;
    Attributes(&attributes, NULL, device);
    WdfTimerCreate(&config, &attributes, &timer);
}
