/* Takes a spin lock twice. */
#define ON_D0
#include "bad.h"

static ULONG_PTR lock;

static void on_d0(void *device)
{
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&lock);
    (void)device;
    KeAcquireSpinLockAtDpcLevel(&lock);
    KeReleaseSpinLock(&lock, 2);
    KeReleaseSpinLock(&lock, irql);
}
