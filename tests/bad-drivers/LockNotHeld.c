/* Releases a spin lock that nobody holds. */
#define ON_TIMER
#include "bad.h"

static ULONG_PTR lock;

static void on_timer(void *timer)
{
    (void)timer;
    KeReleaseSpinLock(&lock, 2);
}
