/* Comes back from a callback at DISPATCH_LEVEL. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    set_irql(2);
}
