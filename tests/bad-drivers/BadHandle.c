/* Closes a handle that it never had. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    ZwClose((void *)0x1234);
}
