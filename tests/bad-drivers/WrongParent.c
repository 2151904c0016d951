/* Makes a timer that belongs to nobody. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    new_timer((void *)on_d0, NULL);
}
