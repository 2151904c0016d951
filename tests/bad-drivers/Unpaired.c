/* Lets its device idle again that it never kept awake. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    WdfDeviceResumeIdleActual(device, NULL, 0, NULL);
}
