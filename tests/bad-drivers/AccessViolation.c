/* Writes through a null pointer. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    volatile ULONG *nowhere = NULL;
    (void)device;
    *(nowhere + 2) = 1;
}
