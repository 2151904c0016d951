/* Frees a block with another tag. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    ExFreePoolWithTag(allocate(24), 'eslF');
}
