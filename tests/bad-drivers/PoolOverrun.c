/* Writes behind a block: still in its last page, where only the guard shows it. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    volatile UCHAR *block = allocate(24);
    (void)device;
    block[24] = 1;
    ExFreePoolWithTag((void *)block, TAG);
}
