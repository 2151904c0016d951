/* Reads a block that it has freed. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    volatile UCHAR *block = allocate(24);
    UCHAR byte;
    (void)device;
    ExFreePoolWithTag((void *)block, TAG);
    byte = block[3];
    (void)byte;
}
