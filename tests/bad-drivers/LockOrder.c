/* Takes two spin locks in one order, and then in the other. */
#define ON_TIMER
#include "bad.h"

static ULONG_PTR one, other;

static void both(ULONG_PTR *first, ULONG_PTR *second)
{
    KeAcquireSpinLockAtDpcLevel(first);
    KeAcquireSpinLockAtDpcLevel(second);
    KeReleaseSpinLock(second, 2);
    KeReleaseSpinLock(first, 2);
}

static void on_timer(void *timer)
{
    (void)timer;
    both(&one, &other);
    both(&other, &one);
}
