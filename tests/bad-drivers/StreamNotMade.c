/* Says that it made a stream, and made none. */
#define ON_STREAM
#define ON_CREATE
#include "bad.h"

static NTSTATUS on_create(void)
{
    return STATUS_SUCCESS;
}
