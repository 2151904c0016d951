/* Comes back with a spin lock held. */
#define ON_TIMER
#include "bad.h"

static ULONG_PTR lock;

static void on_timer(void *timer)
{
    (void)timer;
    KeAcquireSpinLockAtDpcLevel(&lock);
}
