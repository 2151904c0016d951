/* Has no place for the lock that it creates. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    WdfSpinLockCreate(NULL, NULL);
}
