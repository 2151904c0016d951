/* Completes a request as pending. */
#define ON_STREAM
#define ON_PROPERTY
#include "bad.h"

static void on_property(void *request)
{
    WdfRequestComplete(request, 0x103); /* STATUS_PENDING */
}
