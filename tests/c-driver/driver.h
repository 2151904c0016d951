/* What both drivers share: kernel declarations, and short forms for what every ACX driver says
   again and again. */
#pragma once
#include "facts.h"

#define STATUS_SUCCESS ((NTSTATUS)0)
#define STATUS_NOT_IMPLEMENTED ((NTSTATUS)0xC0000002)
#define STATUS_INVALID_PARAMETER ((NTSTATUS)0xC000000D)
#define STATUS_NO_MEMORY ((NTSTATUS)0xC0000017)
#define STATUS_DATA_OVERRUN ((NTSTATUS)0xC000003C)
#define STATUS_DATA_LATE_ERROR ((NTSTATUS)0xC000003D)
#define STATUS_INSUFFICIENT_RESOURCES ((NTSTATUS)0xC000009A)
#define STATUS_DEVICE_NOT_READY ((NTSTATUS)0xC00000A3)
#define STATUS_NOT_SUPPORTED ((NTSTATUS)0xC00000BB)
#define STATUS_INVALID_DEVICE_STATE ((NTSTATUS)0xC0000184)
#define STATUS_BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
#define STATUS_BUFFER_OVERFLOW ((NTSTATUS)0x80000005)
#define STATUS_UNSUCCESSFUL ((NTSTATUS)0xC0000001)
#define STATUS_IMAGE_FORMAT ((NTSTATUS)0xC000007B)
#define NT_SUCCESS(status) ((status) >= 0)
#define NULL ((void *)0)
#define TRUE 1
#define FALSE 0
#define PAGE 4096u
#define POOL_FLAG_NON_PAGED 0x40ull

typedef struct UNICODE_STRING { USHORT Length, MaximumLength; ULONG Padding; WCHAR *Buffer; } UNICODE_STRING;
typedef struct MDL { struct MDL *Next; SHORT Size, MdlFlags; ULONG Padding; void *Process, *MappedSystemVa, *StartVa; ULONG ByteCount, ByteOffset; } MDL;
typedef struct LIST_ENTRY { struct LIST_ENTRY *Flink, *Blink; } LIST_ENTRY;
typedef union LARGE_INTEGER { LONGLONG QuadPart; } LARGE_INTEGER;

#define IMPORT __declspec(dllimport)
IMPORT ULONG DbgPrint(const char *format, ...);
IMPORT ULONG DbgPrintEx(ULONG component, ULONG level, const char *format, ...);
IMPORT NTSTATUS EtwRegister(const GUID *provider, void *callback, void *context, ULONGLONG *handle);
IMPORT NTSTATUS EtwUnregister(ULONGLONG handle);
IMPORT void *ExAllocatePool2(ULONGLONG flags, size_t bytes, ULONG tag);
IMPORT void *ExAllocatePoolWithTag(int type, size_t bytes, ULONG tag);
IMPORT void ExFreePool(void *block);
IMPORT void ExFreePoolWithTag(void *block, ULONG tag);
IMPORT LIST_ENTRY *ExInterlockedInsertTailList(LIST_ENTRY *head, LIST_ENTRY *entry, ULONG_PTR *lock);
IMPORT LIST_ENTRY *ExInterlockedRemoveHeadList(LIST_ENTRY *head, ULONG_PTR *lock);
IMPORT MDL *IoAllocateMdl(void *address, ULONG length, BOOLEAN secondary, BOOLEAN quota, void *irp);
IMPORT void *IoAllocateWorkItem(void *device);
IMPORT void IoFreeMdl(MDL *mdl);
IMPORT void IoFreeWorkItem(void *item);
IMPORT NTSTATUS IoGetDeviceInterfaceAlias(UNICODE_STRING *link, const GUID *category, UNICODE_STRING *alias);
IMPORT NTSTATUS IoOpenDriverRegistryKey(void *driver, int type, ULONG access, ULONG flags, void **key);
IMPORT void IoQueueWorkItem(void *item, void *routine, int queue, void *context);
IMPORT NTSTATUS IoSetDeviceInterfacePropertyData(UNICODE_STRING *link, const void *key, ULONG lcid, ULONG flags, ULONG type, ULONG size, void *data);
IMPORT UCHAR KeAcquireSpinLockRaiseToDpc(ULONG_PTR *lock);
IMPORT NTSTATUS KeDelayExecutionThread(CHAR mode, BOOLEAN alertable, LONGLONG *interval);
IMPORT void KeFlushQueuedDpcs(void);
IMPORT void KeInitializeEvent(void *event, int type, BOOLEAN state);
IMPORT void KeInitializeMutex(void *mutex, ULONG level);
IMPORT void KeInitializeTimer(void *timer);
IMPORT void KeInitializeDpc(void *dpc, void *routine, void *context);
IMPORT BOOLEAN KeSetTimer(void *timer, LONGLONG due, void *dpc);
IMPORT BOOLEAN KeCancelTimer(void *timer);
IMPORT LARGE_INTEGER KeQueryPerformanceCounter(LARGE_INTEGER *frequency);
IMPORT LONG KeReleaseMutex(void *mutex, BOOLEAN wait);
IMPORT void KeReleaseSpinLock(ULONG_PTR *lock, UCHAR irql);
IMPORT NTSTATUS KeRestoreFloatingPointState(void *save);
IMPORT NTSTATUS KeSaveFloatingPointState(void *save);
IMPORT LONG KeSetEvent(void *event, LONG increment, BOOLEAN wait);
IMPORT NTSTATUS KeWaitForSingleObject(void *object, int reason, CHAR mode, BOOLEAN alertable, LONGLONG *timeout);
IMPORT void MmBuildMdlForNonPagedPool(MDL *mdl);
IMPORT void *MmGetSystemRoutineAddress(UNICODE_STRING *name);
IMPORT NTSTATUS ObReferenceObjectByHandle(void *handle, ULONG access, void *type, CHAR mode, void **object, void *information);
IMPORT LONGLONG ObfDereferenceObject(void *object);
IMPORT NTSTATUS PsCreateSystemThread(void **handle, ULONG access, void *attributes, void *process, void *client, void *routine, void *context);
IMPORT NTSTATUS PsTerminateSystemThread(NTSTATUS status);
IMPORT extern void *PsThreadType;
IMPORT NTSTATUS RtlAppendUnicodeToString(UNICODE_STRING *to, const WCHAR *text);
IMPORT size_t RtlCompareMemory(const void *one, const void *other, size_t length);
IMPORT void RtlFreeUnicodeString(UNICODE_STRING *string);
IMPORT NTSTATUS RtlGUIDFromString(UNICODE_STRING *text, GUID *guid);
IMPORT void RtlInitUnicodeString(UNICODE_STRING *to, const WCHAR *text);
IMPORT NTSTATUS RtlQueryRegistryValues(ULONG relative, const WCHAR *path, void *table, void *context, void *environment);
IMPORT NTSTATUS ZwClose(void *handle);
IMPORT NTSTATUS ZwCreateFile(void **handle, ULONG access, void *attributes, void *status, LONGLONG *size, ULONG file, ULONG share, ULONG disposition, ULONG options, void *ea, ULONG length);
IMPORT NTSTATUS ZwQueryValueKey(void *key, UNICODE_STRING *name, int kind, void *place, ULONG length, ULONG *result);
IMPORT NTSTATUS ZwReadFile(void *handle, void *event, void *apc, void *context, void *status, void *buffer, ULONG length, LONGLONG *offset, ULONG *key);
IMPORT NTSTATUS ZwSetInformationFile(void *handle, void *status, void *information, ULONG length, int kind);
IMPORT NTSTATUS ZwWriteFile(void *handle, void *event, void *apc, void *context, void *status, const void *buffer, ULONG length, LONGLONG *offset, ULONG *key);
IMPORT int _snwprintf(WCHAR *buffer, size_t count, const WCHAR *format, ...);
IMPORT int _vsnprintf(char *buffer, size_t count, const char *format, __builtin_va_list arguments);
void *memcpy(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);
int memcmp(const void *one, const void *other, size_t bytes);
IMPORT size_t wcslen(const WCHAR *text);

/* The entry stub calls this. */
NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path);

/* A structure with its size, and the rest zero. */
#define SIZED(Type, name) Type name; memset(&name, 0, sizeof name); name.Size = sizeof name

#define RETURN_IF_FAILED(expression) do { NTSTATUS failed_ = (expression); if (!NT_SUCCESS(failed_)) return failed_; } while (0)

/* Text literals are UTF-16 here. */
#define TEXT(text) ((const WCHAR *)u##text)

/* On x64 the register of the level, which compiled drivers read inline. */
#ifdef __aarch64__
IMPORT UCHAR KeGetCurrentIrql(void);
static inline ULONGLONG IrqlNow(void) { return KeGetCurrentIrql(); }
#else
static inline ULONGLONG IrqlNow(void)
{
    ULONGLONG level;
    __asm__ volatile("movq %%cr8, %0" : "=r"(level));
    return level;
}
#endif

/* One kind of context: its type information says who it is. */
#define CONTEXT(Type, Get) \
    static struct { ULONG Size; ULONG Padding; const char *Name; size_t ContextSize; const void *Unique; void *Callback; } Get##Info = { sizeof Get##Info, 0, #Type, sizeof(Type), &Get##Info, NULL }; \
    static Type *Get(void *object) { return WdfObjectGetTypedContextWorker(object, &Get##Info); }

static inline void Attributes(WDF_OBJECT_ATTRIBUTES *attributes, void *info, void *parent)
{
    memset(attributes, 0, sizeof *attributes);
    attributes->Size = sizeof *attributes;
    attributes->ExecutionLevel = 1; /* inherit */
    attributes->SynchronizationScope = 1; /* inherit */
    attributes->ContextTypeInfo = info;
    attributes->ParentObject = parent;
}

#define CHANNELS 2u
#define FRAME 4u /* bytes: two samples of 16 bits */

/* Lists 16-bit stereo at a rate. */
static inline NTSTATUS add_format(void *device, void *circuit, void *list, ULONG rate)
{
    struct { ULONG size, flags, sample, reserved; GUID major, sub, specifier; USHORT tag, channels; ULONG rate, average; USHORT align, bits, extra, valid; ULONG mask; GUID own; } wave;
    SIZED(ACX_DATAFORMAT_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *format;
    memset(&wave, 0, sizeof wave);
    wave.size = 104;
    wave.sample = FRAME;
    wave.major = KSDATAFORMAT_TYPE_AUDIO;
    wave.sub = wave.own = KSDATAFORMAT_SUBTYPE_PCM;
    wave.specifier = KSDATAFORMAT_SPECIFIER_WAVEFORMATEX;
    wave.tag = 0xFFFE;
    wave.channels = CHANNELS;
    wave.rate = rate;
    wave.average = rate * FRAME;
    wave.align = FRAME;
    wave.bits = wave.valid = 16;
    wave.extra = 22;
    wave.mask = 3;
    config.Type = AcxDataFormatKsFormat;
    config.u_KsFormat = &wave;
    Attributes(&attributes, NULL, circuit);
    RETURN_IF_FAILED(AcxDataFormatCreate(device, &attributes, &config, &format));
    return AcxDataFormatListAddDataFormat(list, format);
}
