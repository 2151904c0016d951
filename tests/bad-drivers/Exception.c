/* Raises an exception that nobody handles. */
#define ON_D0
#include "bad.h"

IMPORT void ExRaiseStatus(NTSTATUS status) __attribute__((noreturn));

static void on_d0(void *device)
{
    (void)device;
    ExRaiseStatus(STATUS_INSUFFICIENT_RESOURCES);
}
