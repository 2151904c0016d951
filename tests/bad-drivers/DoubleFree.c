/* Frees a block twice. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *block = allocate(24);
    (void)device;
    ExFreePoolWithTag(block, TAG);
    ExFreePoolWithTag(block, TAG);
}
