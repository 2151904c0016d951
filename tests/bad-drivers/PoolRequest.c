/* Asks for pool that code can run in. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    ExFreePoolWithTag(ExAllocatePool2(0x80, 24, TAG), TAG); /* POOL_FLAG_NON_PAGED_EXECUTE */
}
