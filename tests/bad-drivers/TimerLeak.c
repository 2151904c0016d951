/* Leaves a timer set that is due in an hour. */
#define ON_D0
#include "bad.h"

static ULONGLONG timer[8], dpc[8];

static void routine(void *own, void *context, void *one, void *two)
{
    (void)own, (void)context, (void)one, (void)two;
}

static void on_d0(void *device)
{
    (void)device;
    KeInitializeTimer(timer);
    KeInitializeDpc(dpc, (void *)routine, NULL);
    KeSetTimer(timer, -36000000000ll, dpc);
}
