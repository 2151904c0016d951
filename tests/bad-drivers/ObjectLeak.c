/* Never gives a reference on an object back. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    WdfObjectReferenceActual(new_timer((void *)on_d0, device), NULL, 0, NULL);
}
