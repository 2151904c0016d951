/* Calls a function in a pageable section at DISPATCH_LEVEL. */
#define ON_TIMER
#include "bad.h"

static volatile ULONG calls;

__attribute__((section("PAGE"), noinline)) static void pageable(void)
{
    calls = calls + 1;
}

static void on_timer(void *timer)
{
    (void)timer;
    pageable();
}
