/* Never frees a block. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    allocate(24);
}
