/* Never completes a request. */
#define ON_STREAM
#define ON_PROPERTY
#include "bad.h"

static void on_property(void *request)
{
    (void)request;
}
