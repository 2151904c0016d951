/* Frees the middle of a block. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    UCHAR *block = allocate(24);
    (void)device;
    ExFreePoolWithTag(block + 8, TAG);
    ExFreePoolWithTag(block, TAG);
}
