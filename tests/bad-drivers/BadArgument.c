/* Takes an item out of an empty collection. */
#define ON_D0
#include "bad.h"

static void on_d0(void *device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    void *collection;
    Attributes(&attributes, NULL, device);
    WdfCollectionCreate(&attributes, &collection);
    WdfCollectionRemoveItem(collection, 3);
}
