/* Completes a request twice. */
#define ON_STREAM
#define ON_PROPERTY
#include "bad.h"

static void on_property(void *request)
{
    WdfRequestComplete(request, STATUS_SUCCESS);
    WdfRequestComplete(request, STATUS_SUCCESS);
}
