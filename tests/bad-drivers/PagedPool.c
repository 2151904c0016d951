/* Reads paged pool at DISPATCH_LEVEL. */
#define ON_D0
#define ON_RELEASE_DEVICE
#include "bad.h"

static volatile UCHAR *block;

static void on_d0(void *device)
{
    UCHAR byte;
    (void)device;
    block = ExAllocatePool2(0x100, 64, TAG); /* POOL_FLAG_PAGED */
    byte = block[0];
    set_irql(2);
    byte = block[1];
    set_irql(0);
    (void)byte;
}

static void on_release_device(void)
{
    ExFreePoolWithTag((void *)block, TAG);
}
