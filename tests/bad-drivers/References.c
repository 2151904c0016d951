/* Gives back a reference that it never took. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *timer = new_timer((void *)on_d0, device);
    WdfObjectDereferenceActual(timer, NULL, 0, NULL);
    WdfObjectDereferenceActual(timer, NULL, 0, NULL);
    WdfObjectReferenceActual(timer, NULL, 0, NULL);
}
