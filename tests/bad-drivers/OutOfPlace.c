/* Ends a system thread outside one. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    PsTerminateSystemThread(STATUS_SUCCESS);
}
