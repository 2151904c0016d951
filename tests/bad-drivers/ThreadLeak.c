/* Leaves a system thread behind that waits. */
#define ON_D0
#include "bad.h"

static ULONGLONG event[3];

static void thread(void *context)
{
    (void)context;
    KeWaitForSingleObject(event, 0, 0, FALSE, NULL);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static void on_d0(void *device)
{
    void *handle;
    (void)device;
    KeInitializeEvent(event, 0, FALSE);
    PsCreateSystemThread(&handle, 0x1FFFFF, NULL, NULL, NULL, (void *)thread, NULL);
    ZwClose(handle);
}
