/* What a driver imports that is built with WIL, Microsoft's C++ library: the kernel-mode parts of
   wil/resource.h, and feature staging, which Microsoft's own drivers have. Its DriverEntry calls
   each function once and fails with the number of a line that is not right. */
#include "driver.h"

#define CHECK(condition) do { if (!(condition)) { DbgPrint("imports.c, line %d\n", __LINE__); return STATUS_UNSUCCESSFUL; } } while (0)
#define STATUS_NOT_FOUND ((NTSTATUS)0xC0000225)
#define TAG 'ropI'

typedef struct FAST_MUTEX { LONG Count; void *Owner; ULONG Contention; UCHAR Event[24] __attribute__((aligned(8))); ULONG OldIrql; } FAST_MUTEX;

IMPORT void ExAcquireFastMutex(FAST_MUTEX *mutex);
IMPORT void ExAcquireFastMutexUnsafe(FAST_MUTEX *mutex);
IMPORT void ExReleaseFastMutex(FAST_MUTEX *mutex);
IMPORT void ExReleaseFastMutexUnsafe(FAST_MUTEX *mutex);
IMPORT BOOLEAN ExTryToAcquireFastMutex(FAST_MUTEX *mutex);
IMPORT void ExAcquirePushLockExclusiveEx(ULONG_PTR *lock, ULONG flags);
IMPORT void ExAcquirePushLockSharedEx(ULONG_PTR *lock, ULONG flags);
IMPORT void ExReleasePushLockExclusiveEx(ULONG_PTR *lock, ULONG flags);
IMPORT void ExReleasePushLockSharedEx(ULONG_PTR *lock, ULONG flags);
IMPORT void KeAcquireSpinLockAtDpcLevel(ULONG_PTR *lock);
IMPORT void KeReleaseSpinLockFromDpcLevel(ULONG_PTR *lock);
IMPORT void KeClearEvent(void *event);
IMPORT LONG KeReadStateEvent(void *event);
IMPORT LONG KeResetEvent(void *event);
IMPORT void KeEnterCriticalRegion(void);
IMPORT void KeLeaveCriticalRegion(void);
IMPORT void KeEnterGuardedRegion(void);
IMPORT void KeLeaveGuardedRegion(void);
IMPORT NTSTATUS ObReferenceObjectByHandleWithTag(void *handle, ULONG access, void *type, CHAR mode, ULONG tag, void **object, void *information);
IMPORT void ObfDereferenceObjectWithTag(void *object, ULONG tag);
IMPORT NTSTATUS RtlNotifyFeatureUsage(void *report);
IMPORT NTSTATUS RtlQueryFeatureConfiguration(ULONG feature, int type, ULONGLONG *stamp, void *configuration);
IMPORT ULONGLONG RtlQueryFeatureConfigurationChangeStamp(void);
IMPORT NTSTATUS RtlRegisterFeatureConfigurationChangeNotification(void *callback, void *context, ULONGLONG *stamp, void **registration);
IMPORT NTSTATUS RtlRegisterFeatureUsageProvider(void *flush, void *context, void **provider);
IMPORT NTSTATUS RtlUnregisterFeatureConfigurationChangeNotification(void *registration);
IMPORT NTSTATUS RtlUnregisterFeatureUsageProvider(void *provider);

/* wil::fast_mutex, with and without its critical region, and wil::push_lock. */
static NTSTATUS use_locks(void)
{
    FAST_MUTEX mutex = { 1, NULL, 0, { 0 }, 0 };
    ULONG_PTR push = 0, spin = 0;
    UCHAR irql;
    KeInitializeEvent(mutex.Event, 1, FALSE);
    ExAcquireFastMutex(&mutex);
    CHECK(IrqlNow() == 1);
    ExReleaseFastMutex(&mutex);
    CHECK(ExTryToAcquireFastMutex(&mutex));
    ExReleaseFastMutex(&mutex);
    CHECK(IrqlNow() == 0);
    KeEnterCriticalRegion();
    ExAcquireFastMutexUnsafe(&mutex);
    ExReleaseFastMutexUnsafe(&mutex);
    ExAcquirePushLockExclusiveEx(&push, 0);
    ExReleasePushLockExclusiveEx(&push, 0);
    ExAcquirePushLockSharedEx(&push, 0);
    ExReleasePushLockSharedEx(&push, 0);
    KeLeaveCriticalRegion();
    KeEnterGuardedRegion();
    KeLeaveGuardedRegion();
    irql = KeAcquireSpinLockRaiseToDpc(&spin);
    KeReleaseSpinLockFromDpcLevel(&spin);
    KeAcquireSpinLockAtDpcLevel(&spin);
    KeReleaseSpinLock(&spin, irql);
    CHECK(IrqlNow() == 0);
    return STATUS_SUCCESS;
}

/* wil::kernel_event. */
static NTSTATUS use_events(void)
{
    UCHAR event[24] __attribute__((aligned(8)));
    LONGLONG now = 0;
    KeInitializeEvent(event, 0, TRUE);
    CHECK(KeReadStateEvent(event) != 0 && KeResetEvent(event) != 0 && KeReadStateEvent(event) == 0);
    CHECK(KeSetEvent(event, 0, FALSE) == 0);
    CHECK(KeWaitForSingleObject(event, 0, 0, FALSE, &now) == STATUS_SUCCESS);
    KeClearEvent(event);
    CHECK(KeWaitForSingleObject(event, 0, 0, FALSE, &now) == 0x102); /* STATUS_TIMEOUT */
    return STATUS_SUCCESS;
}

static void run(void *context) { (void)context; PsTerminateSystemThread(STATUS_SUCCESS); }

static NTSTATUS use_objects(void)
{
    void *handle, *thread, *block = ExAllocatePoolWithTag(512, 16, TAG);
    CHECK(block != NULL);
    ExFreePoolWithTag(block, TAG);
    CHECK(PsCreateSystemThread(&handle, 0x1FFFFF, NULL, NULL, NULL, (void *)run, NULL) == STATUS_SUCCESS);
    CHECK(ObReferenceObjectByHandleWithTag(handle, 0x1FFFFF, PsThreadType, 0, TAG, &thread, NULL) == STATUS_SUCCESS);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
    CHECK(KeWaitForSingleObject(thread, 0, 0, FALSE, NULL) == STATUS_SUCCESS);
    ObfDereferenceObjectWithTag(thread, TAG);
    return STATUS_SUCCESS;
}

static void changed(void *context) { (void)context; }

/* What wil_InitializeFeatureStaging and wil_UninitializeFeatureStaging call. */
static NTSTATUS use_features(void)
{
    ULONG configuration[3] = { 0, 0, 0 };
    struct { ULONG feature; USHORT kind, options; } report = { 0x0ACE, 0, 0 };
    ULONGLONG stamp = RtlQueryFeatureConfigurationChangeStamp(), seen = 0;
    void *registration = NULL, *provider = NULL;
    /* No feature is configured: the driver goes by its own defaults. */
    CHECK(RtlQueryFeatureConfiguration(0x0ACE, 1, &seen, configuration) == STATUS_NOT_FOUND && seen == stamp);
    CHECK(RtlRegisterFeatureConfigurationChangeNotification((void *)changed, NULL, &seen, &registration) == STATUS_SUCCESS);
    CHECK(RtlRegisterFeatureUsageProvider((void *)changed, NULL, &provider) == STATUS_SUCCESS);
    CHECK(registration != NULL && provider != NULL && registration != provider);
    CHECK(RtlNotifyFeatureUsage(&report) == STATUS_SUCCESS);
    RtlUnregisterFeatureConfigurationChangeNotification(registration);
    RtlUnregisterFeatureUsageProvider(provider);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    void *device;
    (void)driver;
    return WdfDeviceCreate(&init, NULL, &device);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    void *handle;
    RETURN_IF_FAILED(use_locks());
    RETURN_IF_FAILED(use_events());
    RETURN_IF_FAILED(use_objects());
    RETURN_IF_FAILED(use_features());
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    return WdfDriverCreate(driver, path, NULL, &config, &handle);
}
