/* A bus driver in C that uses what the cable does not: queues and control requests, threads,
   mutexes, timers, work items, files, the registry, strings and collections, and a child device
   with a circuit of its own. Control request n runs check n in the driver; its answer is 0, or the
   line of this file whose condition does not hold. */
#include "driver.h"

#define TAG 'draB'
#define CHECK(condition) do { if (!(condition)) return __LINE__; } while (0)
#define CODE(n) (0x80002000u | (n) << 2)

typedef struct Board { void *child; ULONG d0_entries, d0_exits, self_managed, child_starts; } Board;
typedef struct Child { void *circuit; Board *board; } Child;
typedef struct Shared { UCHAR event[24] __attribute__((aligned(16))); UCHAR mutex[64] __attribute__((aligned(16))); volatile LONG value; void *device; NTSTATUS status; } Shared;

CONTEXT(Board, GetBoard)
CONTEXT(Child, GetChild)

static void *driver_object;
static LONGLONG after_ms(LONGLONG ms) { return -10000 * ms; }

static ULONG check_objects(void *device)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    void *memory, *buffer, *string, *collection, *lock, *wait;
    size_t size;
    UNICODE_STRING text, back;
    UCHAR copy[8];
    LONGLONG now = 0;
    Attributes(&attributes, NULL, device);
    CHECK(WdfMemoryCreate(&attributes, 512, TAG, 100, &memory, &buffer) == STATUS_SUCCESS);
    CHECK(WdfMemoryGetBuffer(memory, &size) == buffer && size == 100);
    memset(buffer, 7, 100);
    CHECK(WdfMemoryCopyToBuffer(memory, 92, copy, 8) == STATUS_SUCCESS && copy[7] == 7);
    CHECK(WdfMemoryCopyToBuffer(memory, 93, copy, 8) == STATUS_BUFFER_TOO_SMALL);
    RtlInitUnicodeString(&text, TEXT("Speaker"));
    CHECK(text.Length == 14 && text.MaximumLength == 16);
    CHECK(WdfStringCreate(&text, &attributes, &string) == STATUS_SUCCESS);
    WdfStringGetUnicodeString(string, &back);
    CHECK(back.Length == 14 && back.Buffer != text.Buffer && memcmp(back.Buffer, text.Buffer, 14) == 0);
    CHECK(WdfCollectionCreate(&attributes, &collection) == STATUS_SUCCESS);
    CHECK(WdfCollectionAdd(collection, string) == STATUS_SUCCESS && WdfCollectionAdd(collection, memory) == STATUS_SUCCESS);
    CHECK(WdfCollectionGetCount(collection) == 2 && WdfCollectionGetLastItem(collection) == memory);
    WdfCollectionRemove(collection, string);
    CHECK(WdfCollectionGetFirstItem(collection) == memory && WdfCollectionGetItem(collection, 1) == NULL);
    CHECK(WdfSpinLockCreate(&attributes, &lock) == STATUS_SUCCESS && WdfWaitLockCreate(&attributes, &wait) == STATUS_SUCCESS);
    WdfSpinLockAcquire(lock);
    CHECK(IrqlNow() == 2);
    WdfSpinLockRelease(lock);
    CHECK(IrqlNow() == 0);
    CHECK(WdfWaitLockAcquire(wait, NULL) == STATUS_SUCCESS);
    CHECK(WdfWaitLockAcquire(wait, &now) == 0x102); /* STATUS_TIMEOUT */
    WdfWaitLockRelease(wait);
    WdfObjectDelete(collection);
    WdfObjectDelete(string);
    WdfObjectDelete(memory);
    WdfObjectDelete(lock);
    WdfObjectDelete(wait);
    return 0;
}

static ULONG check_lists(void *device)
{
    LIST_ENTRY head = { &head, &head }, items[3];
    ULONG_PTR lock = 0;
    UCHAR *old = ExAllocatePoolWithTag(512, 64, TAG), *new = ExAllocatePool2(POOL_FLAG_NON_PAGED, 64, TAG);
    UNICODE_STRING name;
    void *(*found)(ULONGLONG, size_t, ULONG);
    (void)device;
    CHECK(old != NULL && new != NULL);
    for (int i = 0; i < 64; i++)
        CHECK(new[i] == 0); /* the new pool is zeroed */
    ExFreePoolWithTag(old, TAG);
    ExFreePool(new);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == NULL);
    CHECK(ExInterlockedInsertTailList(&head, &items[0], &lock) == NULL);
    CHECK(ExInterlockedInsertTailList(&head, &items[1], &lock) == &items[0]);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == &items[0]);
    CHECK(ExInterlockedRemoveHeadList(&head, &lock) == &items[1]);
    RtlInitUnicodeString(&name, TEXT("ExAllocatePool2"));
    found = MmGetSystemRoutineAddress(&name);
    CHECK(found != NULL && (new = found(POOL_FLAG_NON_PAGED, 16, TAG)) != NULL);
    ExFreePoolWithTag(new, TAG);
    RtlInitUnicodeString(&name, TEXT("KeNoSuchThing"));
    CHECK(MmGetSystemRoutineAddress(&name) == NULL);
    return 0;
}

static int print(char *to, size_t count, const char *format, ...)
{
    __builtin_va_list arguments;
    int length;
    __builtin_va_start(arguments, format);
    length = _vsnprintf(to, count, format, (char *)arguments);
    __builtin_va_end(arguments);
    return length;
}

static ULONG check_text(void *device)
{
    char narrow[32];
    WCHAR wide[32];
    UNICODE_STRING text, full;
    WCHAR room[12];
    GUID guid;
    (void)device;
    CHECK(print(narrow, sizeof narrow, "%d %08x %s %c", -5, 0xACEu, "pin", 'x') == 17);
    CHECK(memcmp(narrow, "-5 00000ace pin x", 18) == 0);
    CHECK(print(narrow, 4, "%u", 123456u) == -1 && memcmp(narrow, "1234", 4) == 0);
    CHECK(_snwprintf(wide, 32, TEXT("%ws%u %I64x"), TEXT("Mic"), 3u, 0x123456789ull) == 14);
    CHECK(memcmp(wide, TEXT("Mic3 123456789"), 30) == 0 && wcslen(wide) == 14);
    RtlInitUnicodeString(&text, TEXT("{6994AD04-93EF-11D0-A3CC-00A0C9223196}"));
    CHECK(RtlGUIDFromString(&text, &guid) == STATUS_SUCCESS && memcmp(&guid, &KSCATEGORY_AUDIO, sizeof guid) == 0);
    RtlInitUnicodeString(&text, TEXT("{6994AD04}"));
    CHECK(RtlGUIDFromString(&text, &guid) == STATUS_INVALID_PARAMETER);
    full.Length = 0;
    full.MaximumLength = sizeof room;
    full.Buffer = room;
    CHECK(RtlAppendUnicodeToString(&full, TEXT("\\Parameters")) == STATUS_SUCCESS && full.Length == 22);
    CHECK(RtlAppendUnicodeToString(&full, TEXT("too long")) == STATUS_BUFFER_TOO_SMALL && full.Length == 22);
    DbgPrint("board: %s\n", "a line for the debugger");
    return 0;
}

static ULONG check_registry(void *device)
{
    struct { ULONG index, type, length; ULONG data; } partial;
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    void *key, *raw;
    ULONG value = 0, length = 0;
    Attributes(&attributes, NULL, device);
    CHECK(WdfDriverOpenParametersRegistryKey(WdfDeviceGetDriver(device), 0xF003F, &attributes, &key) == STATUS_SUCCESS);
    RtlInitUnicodeString(&name, TEXT("Cables"));
    CHECK(WdfRegistryQueryULong(key, &name, &value) == (NTSTATUS)0xC0000034);
    CHECK(WdfRegistryAssignULong(key, &name, 3) == STATUS_SUCCESS);
    CHECK(WdfRegistryQueryULong(key, &name, &value) == STATUS_SUCCESS && value == 3);
    CHECK(ZwQueryValueKey(WdfRegistryWdmGetHandle(key), &name, 2, &partial, sizeof partial, &length) == STATUS_SUCCESS);
    CHECK(length == 16 && partial.type == 4 && partial.length == 4 && partial.data == 3);
    CHECK(ZwQueryValueKey(WdfRegistryWdmGetHandle(key), &name, 2, &partial, 14, &length) == STATUS_BUFFER_OVERFLOW);
    CHECK(WdfRegistryRemoveValue(key, &name) == STATUS_SUCCESS);
    WdfRegistryClose(key);
    CHECK(IoOpenDriverRegistryKey(driver_object, 0, 0xF003F, 0, &raw) == STATUS_SUCCESS);
    CHECK(ZwClose(raw) == STATUS_SUCCESS);
    return 0;
}

static void thread(void *context)
{
    Shared *shared = context;
    LONGLONG wait = after_ms(5);
    /* Held by the other side for a while. */
    KeWaitForSingleObject(shared->mutex, 0, 0, FALSE, NULL);
    KeDelayExecutionThread(0, FALSE, &wait);
    shared->value += 10;
    KeReleaseMutex(shared->mutex, FALSE);
    KeSetEvent(shared->event, 0, FALSE);
    PsTerminateSystemThread(STATUS_SUCCESS);
}

static ULONG check_threads(void *device)
{
    Shared *shared = ExAllocatePool2(POOL_FLAG_NON_PAGED, sizeof *shared, TAG);
    LONGLONG wait = after_ms(3), none = 0;
    void *handle, *object;
    (void)device;
    CHECK(shared != NULL);
    KeInitializeEvent(shared->event, 0, FALSE);
    KeInitializeMutex(shared->mutex, 0);
    CHECK(KeWaitForSingleObject(shared->mutex, 0, 0, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(PsCreateSystemThread(&handle, 0x1FFFFF, NULL, NULL, NULL, (void *)thread, shared) == STATUS_SUCCESS);
    CHECK(ObReferenceObjectByHandle(handle, 0x1FFFFF, PsThreadType, 0, &object, NULL) == STATUS_SUCCESS);
    CHECK(ZwClose(handle) == STATUS_SUCCESS);
    CHECK(KeDelayExecutionThread(0, FALSE, &wait) == STATUS_SUCCESS);
    CHECK(shared->value == 0); /* it waits for the mutex */
    KeReleaseMutex(shared->mutex, FALSE);
    CHECK(KeWaitForSingleObject(shared->event, 0, 0, FALSE, &none) == 0x102);
    CHECK(KeWaitForSingleObject(shared->event, 0, 0, FALSE, NULL) == STATUS_SUCCESS);
    CHECK(shared->value == 10);
    CHECK(KeWaitForSingleObject(object, 0, 0, FALSE, NULL) == STATUS_SUCCESS);
    ObfDereferenceObject(object);
    ExFreePoolWithTag(shared, TAG);
    return 0;
}

static void dpc(void *dpc, void *context, void *one, void *other)
{
    (void)dpc;
    (void)one;
    (void)other;
    if (IrqlNow() == 2)
        ((Shared *)context)->value++;
}

static void on_timer(void *timer) { GetBoard(WdfTimerGetParentObject(timer))->self_managed += 100; }
static void on_work(void *item) { GetBoard(WdfWorkItemGetParentObject(item))->self_managed += IrqlNow() == 0 ? 1000 : 0; }

static ULONG check_timers(void *device)
{
    UCHAR timer[64] __attribute__((aligned(16))), deferred[64] __attribute__((aligned(16)));
    Shared shared;
    SIZED(WDF_TIMER_CONFIG, config);
    SIZED(WDF_WORKITEM_CONFIG, work_config);
    WDF_OBJECT_ATTRIBUTES attributes;
    /* A kernel timer of 30 ms waits for the system's next tick, up to 15.625 ms later. */
    LONGLONG wait = after_ms(48);
    ULONG before = GetBoard(device)->self_managed;
    void *periodic, *work;
    memset(&shared, 0, sizeof shared);
    KeInitializeTimer(timer);
    KeInitializeDpc(deferred, (void *)dpc, &shared);
    CHECK(KeSetTimer(timer, after_ms(30), deferred) == FALSE);
    CHECK(KeCancelTimer(timer) == TRUE && KeCancelTimer(timer) == FALSE);
    CHECK(KeSetTimer(timer, after_ms(30), deferred) == FALSE);
    config.EvtTimerFunc = (void *)on_timer;
    config.Period = 10;
    config.UseHighResolutionTimer = TRUE;
    Attributes(&attributes, NULL, device);
    CHECK(WdfTimerCreate(&config, &attributes, &periodic) == STATUS_SUCCESS);
    CHECK(WdfTimerStart(periodic, after_ms(10)) == FALSE);
    CHECK(KeDelayExecutionThread(0, FALSE, &wait) == STATUS_SUCCESS);
    KeFlushQueuedDpcs();
    CHECK(shared.value == 1);
    CHECK(GetBoard(device)->self_managed == before + 400);
    CHECK(WdfTimerStop(periodic, TRUE) == TRUE);
    work_config.EvtWorkItemFunc = (void *)on_work;
    CHECK(WdfWorkItemCreate(&work_config, &attributes, &work) == STATUS_SUCCESS);
    WdfWorkItemEnqueue(work);
    WdfWorkItemFlush(work);
    CHECK(GetBoard(device)->self_managed == before + 1400);
    WdfObjectDelete(periodic);
    WdfObjectDelete(work);
    return 0;
}

static void file_work(void *device_object, void *context)
{
    Shared *shared = context;
    struct { ULONG length, padding; void *root; UNICODE_STRING *name; ULONG attributes, more; void *descriptor, *quality; } attributes;
    struct { NTSTATUS status; ULONG padding; ULONG_PTR information; } io;
    UNICODE_STRING name;
    LONGLONG position = 3;
    void *file;
    char read[8];
    (void)device_object;
    RtlInitUnicodeString(&name, TEXT("\\??\\C:\\board.bin"));
    memset(&attributes, 0, sizeof attributes);
    attributes.length = sizeof attributes;
    attributes.name = &name;
    attributes.attributes = 0x240;
    memset(read, 0, sizeof read);
    /* FILE_OVERWRITE_IF, FILE_SYNCHRONOUS_IO_NONALERT */
    shared->status = ZwCreateFile(&file, 0xC0100000, &attributes, &io, NULL, 0x80, 0, 5, 0x20, NULL, 0);
    if (NT_SUCCESS(shared->status))
        shared->status = ZwWriteFile(file, NULL, NULL, NULL, &io, "abcdefgh", 8, NULL, NULL);
    if (NT_SUCCESS(shared->status))
        shared->status = ZwSetInformationFile(file, &io, &position, 8, 14); /* FilePositionInformation */
    if (NT_SUCCESS(shared->status))
        shared->status = ZwReadFile(file, NULL, NULL, NULL, &io, read, 4, NULL, NULL);
    if (NT_SUCCESS(shared->status) && memcmp(read, "defg", 5) != 0)
        shared->status = STATUS_UNSUCCESSFUL;
    if (NT_SUCCESS(shared->status))
        shared->status = ZwClose(file);
    KeSetEvent(shared->event, 0, FALSE);
}

static ULONG check_files(void *device)
{
    Shared shared;
    void *item = IoAllocateWorkItem(WdfDeviceWdmGetDeviceObject(device));
    CHECK(item != NULL);
    memset(&shared, 0, sizeof shared);
    KeInitializeEvent(shared.event, 0, FALSE);
    IoQueueWorkItem(item, (void *)file_work, 1, &shared);
    CHECK(KeWaitForSingleObject(shared.event, 0, 0, FALSE, NULL) == STATUS_SUCCESS);
    IoFreeWorkItem(item);
    CHECK(shared.status == STATUS_SUCCESS);
    return 0;
}

static ULONG check_rest(void *device)
{
    static const GUID provider = { 0xACE, 1, 2, { 3 } };
    UCHAR state[64] __attribute__((aligned(16)));
    ULONGLONG trace = 0;
    (void)device;
    CHECK(EtwRegister(&provider, NULL, NULL, &trace) == STATUS_SUCCESS);
    CHECK(EtwUnregister(trace) == STATUS_SUCCESS);
    CHECK(KeSaveFloatingPointState(state) == STATUS_SUCCESS);
    CHECK(KeRestoreFloatingPointState(state) == STATUS_SUCCESS);
    CHECK(RtlCompareMemory("abcd", "abxd", 4) == 2);
    CHECK(GetBoard(device)->d0_entries == 1 && GetBoard(device)->d0_exits == 0);
    CHECK(GetBoard(device)->child_starts == 1);
    return 0;
}

static void EvtControl(void *queue, void *request, size_t output, size_t input, ULONG code)
{
    static ULONG (*const checks[])(void *) = { check_objects, check_lists, check_text, check_registry, check_threads, check_timers, check_files, check_rest };
    void *device = WdfIoQueueGetDevice(queue);
    ULONG index = (code - CODE(0)) >> 2, *answer;
    NTSTATUS status;
    (void)output;
    (void)input;
    if (code < CODE(0) || index >= sizeof checks / sizeof *checks) {
        WdfRequestComplete(request, (NTSTATUS)0xC0000010);
        return;
    }
    status = WdfRequestRetrieveOutputBuffer(request, sizeof *answer, &answer, NULL);
    if (!NT_SUCCESS(status)) {
        WdfRequestComplete(request, status);
        return;
    }
    *answer = checks[index](device);
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, sizeof *answer);
}

static NTSTATUS set_idle(void *device)
{
    SIZED(WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS, idle);
    idle.IdleCaps = 1; /* IdleCannotWakeFromS0 */
    idle.DxState = 4; /* PowerDeviceD3 */
    idle.IdleTimeout = 5000;
    idle.UserControlOfIdleSettings = 1; /* IdleDoNotAllowUserControl */
    idle.Enabled = 1; /* WdfTrue */
    return WdfDeviceAssignS0IdleSettings(device, &idle);
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    (void)device, (void)circuit, (void)pin, (void)init, (void)format, (void)mode, (void)arguments;
    return STATUS_NOT_SUPPORTED;
}

static NTSTATUS EvtChildPrepare(void *device, void *raw, void *translated)
{
    Child *child = GetChild(device);
    (void)raw;
    (void)translated;
    child->board->child_starts++;
    return AcxDeviceAddCircuit(device, child->circuit);
}

static NTSTATUS EvtChildRelease(void *device, void *translated)
{
    (void)translated;
    return AcxDeviceRemoveCircuit(device, GetChild(device)->circuit);
}

static NTSTATUS create_circuit(void *device, void **circuit)
{
    static const GUID id = { 0x0ACE0020, 1, 2, { 3 } };
    SIZED(ACX_PIN_CONFIG, host);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name;
    NTSTATUS status;
    void *pin, *init = AcxCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&name, TEXT("Amp0"));
    AcxCircuitInitSetComponentId(init, (void *)&id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    status = AcxCircuitInitAssignName(init, &name);
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, NULL, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, circuit);
    if (init != NULL)
        AcxCircuitInitFree(init);
    RETURN_IF_FAILED(status);
    host.Id = ~0u;
    host.Type = AcxPinTypeSink;
    host.Communication = AcxPinCommunicationSink;
    host.Category = (void *)&KSCATEGORY_AUDIO;
    host.MaxStreams = 1;
    Attributes(&attributes, NULL, *circuit);
    RETURN_IF_FAILED(AcxPinCreate(*circuit, &attributes, &host, &pin));
    return AcxCircuitAddPins(*circuit, &pin, 1);
}

static NTSTATUS create_child(void *device, Board *board)
{
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING id, instance;
    NTSTATUS status;
    Child *child;
    void *object = NULL, *init = WdfPdoInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&id, TEXT("Board\\Amp"));
    RtlInitUnicodeString(&instance, TEXT("0"));
    status = WdfPdoInitAssignDeviceID(init, &id);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAddHardwareID(init, &id);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignInstanceID(init, &instance);
    if (NT_SUCCESS(status))
        status = WdfPdoInitAssignRawDevice(init, (void *)&KSCATEGORY_AUDIO);
    if (NT_SUCCESS(status))
        status = AcxDeviceInitInitialize(init, &init_config);
    power.EvtDevicePrepareHardware = (void *)EvtChildPrepare;
    power.EvtDeviceReleaseHardware = (void *)EvtChildRelease;
    if (NT_SUCCESS(status)) {
        WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
        Attributes(&attributes, &GetChildInfo, NULL);
        status = WdfDeviceCreate(&init, &attributes, &object);
    }
    if (init != NULL)
        WdfDeviceInitFree(init);
    RETURN_IF_FAILED(status);
    child = GetChild(object);
    child->board = board;
    status = AcxDeviceInitialize(object, &config);
    if (NT_SUCCESS(status))
        status = set_idle(object);
    if (NT_SUCCESS(status))
        status = create_circuit(object, &child->circuit);
    if (NT_SUCCESS(status))
        status = AcxDeviceAddCircuitDevice(device, object);
    if (NT_SUCCESS(status))
        board->child = object;
    else
        WdfObjectDelete(object);
    return status;
}

static NTSTATUS EvtPrepare(void *device, void *raw, void *translated)
{
    Board *board = GetBoard(device);
    (void)raw;
    (void)translated;
    return board->child != NULL ? STATUS_SUCCESS : create_child(device, board);
}

static NTSTATUS EvtRelease(void *device, void *translated)
{
    Board *board = GetBoard(device);
    (void)translated;
    if (board->child != NULL)
        RETURN_IF_FAILED(AcxDeviceRemoveCircuitDevice(device, board->child));
    board->child = NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtD0Entry(void *device, int from)
{
    (void)from;
    GetBoard(device)->d0_entries++;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtD0Exit(void *device, int to)
{
    (void)to;
    GetBoard(device)->d0_exits++;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    static const GUID control = { 0xACE0B0A2, 0, 0, { 1 } };
    SIZED(ACX_DEVICEINIT_CONFIG, init_config);
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    SIZED(WDF_IO_QUEUE_CONFIG, queue_config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *device, *queue;
    (void)driver;
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &init_config));
    power.EvtDevicePrepareHardware = (void *)EvtPrepare;
    power.EvtDeviceReleaseHardware = (void *)EvtRelease;
    power.EvtDeviceD0Entry = (void *)EvtD0Entry;
    power.EvtDeviceD0Exit = (void *)EvtD0Exit;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    Attributes(&attributes, &GetBoardInfo, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &device));
    RETURN_IF_FAILED(AcxDeviceInitialize(device, &config));
    RETURN_IF_FAILED(set_idle(device));
    queue_config.DispatchType = 1; /* sequential */
    queue_config.PowerManaged = 2; /* WdfUseDefault */
    queue_config.DefaultQueue = TRUE;
    queue_config.EvtIoDeviceControl = (void *)EvtControl;
    Attributes(&attributes, NULL, NULL);
    attributes.ExecutionLevel = 2; /* passive: the checks wait */
    RETURN_IF_FAILED(WdfIoQueueCreate(device, &queue_config, &attributes, &queue));
    return WdfDeviceCreateDeviceInterface(device, (void *)&control, NULL);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    void *own;
    driver_object = driver;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &own));
    return AcxDriverInitialize(own, &acx);
}
