/* Stops the system. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    KeBugCheckEx(0xBAD, 1, 2, 3, 4);
}
