/* Asserts what is not so. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    (void)device;
    RtlAssert("1 == 2", __FILE__, __LINE__, NULL);
}
