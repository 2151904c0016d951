/* Frees an MDL twice. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *block = allocate(PAGE);
    MDL *mdl = IoAllocateMdl(block, PAGE, FALSE, FALSE, NULL);
    (void)device;
    IoFreeMdl(mdl);
    IoFreeMdl(mdl);
    ExFreePoolWithTag(block, TAG);
}
