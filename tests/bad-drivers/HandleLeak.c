/* Never unregisters its event provider. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    static const GUID provider = { 0x0ACE0BAD, 3, 2, { 3 } };
    ULONGLONG handle;
    (void)device;
    EtwRegister(&provider, NULL, NULL, &handle);
}
