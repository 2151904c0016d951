/* Writes before a block. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    volatile UCHAR *block = allocate(24);
    (void)device;
    block[-1] = 1;
    ExFreePoolWithTag((void *)block, TAG);
}
