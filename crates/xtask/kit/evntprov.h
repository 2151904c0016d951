/* mingw-w64's evntprov.h, with the data descriptor and the information classes of Windows 8.1 and
   later. */
#pragma once
#define _EVENT_DATA_DESCRIPTOR _OLD_EVENT_DATA_DESCRIPTOR
#define EVENT_DATA_DESCRIPTOR OLD_EVENT_DATA_DESCRIPTOR
#define PEVENT_DATA_DESCRIPTOR POLD_EVENT_DATA_DESCRIPTOR
#define _EVENT_INFO_CLASS _OLD_EVENT_INFO_CLASS
#define EVENT_INFO_CLASS OLD_EVENT_INFO_CLASS
#define MaxEventInfo OldMaxEventInfo
#include_next <evntprov.h>
#undef _EVENT_DATA_DESCRIPTOR
#undef EVENT_DATA_DESCRIPTOR
#undef PEVENT_DATA_DESCRIPTOR
#undef _EVENT_INFO_CLASS
#undef EVENT_INFO_CLASS
#undef MaxEventInfo

#define EVENT_DATA_DESCRIPTOR_TYPE_NONE 0
#define EVENT_DATA_DESCRIPTOR_TYPE_EVENT_METADATA 1
#define EVENT_DATA_DESCRIPTOR_TYPE_PROVIDER_METADATA 2
#define EVENT_DATA_DESCRIPTOR_TYPE_TIMESTAMP_OVERRIDE 3

typedef struct _EVENT_DATA_DESCRIPTOR {
    ULONGLONG Ptr;
    ULONG Size;
    union {
        ULONG Reserved;
        struct {
            UCHAR Type;
            UCHAR Reserved1;
            USHORT Reserved2;
        };
    };
} EVENT_DATA_DESCRIPTOR, *PEVENT_DATA_DESCRIPTOR;

typedef enum _EVENT_INFO_CLASS {
    EventProviderBinaryTrackInfo,
    EventProviderSetReserved1,
    EventProviderSetTraits,
    EventProviderUseDescriptorType,
    MaxEventInfo
} EVENT_INFO_CLASS;
