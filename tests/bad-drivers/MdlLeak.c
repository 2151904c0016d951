/* Never frees an MDL. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *block = allocate(PAGE);
    (void)device;
    IoAllocateMdl(block, PAGE, FALSE, FALSE, NULL);
    ExFreePoolWithTag(block, TAG);
}
