/* Holds a spin lock for 100 microseconds. */
#define ON_D0
#include "bad.h"

static ULONG_PTR lock;

static void on_d0(void *device)
{
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&lock);
    (void)device;
    KeStallExecutionProcessor(100);
    KeReleaseSpinLock(&lock, irql);
}
