/* Opens a registry key at DISPATCH_LEVEL. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    void *key;
    set_irql(2);
    WdfDeviceOpenRegistryKey(device, 1, 1, NULL, &key);
    set_irql(0);
}
