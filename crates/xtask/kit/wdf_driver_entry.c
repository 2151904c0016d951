/* A stand-in for WdfDriverEntry.lib: FxDriverEntry, which binds the driver to KMDF and to each
   class extension whose record is linked in, and the globals that KMDF fills. The steps are those
   of crates/acx-sys/src/entry.rs. */
#include "fxldr.h"

const WDFFUNC *WdfFunctions_01031;
PWDF_DRIVER_GLOBALS WdfDriverGlobals;
BOOLEAN WdfClientVersionHigherThanFramework;
ULONG WdfFunctionCount = WdfFunctionTableNumEntries;
ULONG WdfStructureCount = 81;
size_t *WdfStructures;

DRIVER_INITIALIZE DriverEntry;

static WDF_BIND_INFO2 BindInfo = {
    { sizeof(WDF_BIND_INFO2), L"KmdfLibrary", { 1, 31, 0 }, WdfFunctionTableNumEntries, (void *)&WdfFunctions_01031, NULL },
    (ULONG *)&WdfMinimumVersionRequired,
    &WdfClientVersionHigherThanFramework,
    &WdfFunctionCount,
    &WdfStructureCount,
    (void *)&WdfStructures,
};

__declspec(allocate(".kmdfclassbind$a")) MARKER_TYPE ClassesBegin = { { 0 } };
__declspec(allocate(".kmdfclassbind$c")) ULONG_PTR ClassesEnd = 0;

static WCHAR PathBuffer[260];
static UNICODE_STRING Path = { 0, sizeof(PathBuffer), PathBuffer };
static ULONG_PTR *LastTried;
static PDRIVER_UNLOAD OwnUnload;

/* The next class record from `at`, behind the zeros that the linker put there; NULL at the end, or
   where something else lies. */
static ULONG_PTR *NextRecord(ULONG_PTR *at, NTSTATUS *status)
{
    while (at < &ClassesEnd && *at == 0)
        at++;
    if (at >= &ClassesEnd)
        return NULL;
    ULONG size = ((WDF_CLASS_BIND_INFO *)at)->Size;
    if ((size != sizeof(WDF_CLASS_BIND_INFO) && size != sizeof(WDF_CLASS_BIND_INFO2)) ||
        (ULONG_PTR)at + size > (ULONG_PTR)&ClassesEnd) {
        *status = STATUS_INVALID_IMAGE_FORMAT;
        return NULL;
    }
    return at;
}

static ULONG_PTR *After(ULONG_PTR *record)
{
    return (ULONG_PTR *)((ULONG_PTR)record + ((WDF_CLASS_BIND_INFO *)record)->Size);
}

static NTSTATUS BindClasses(void)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG_PTR *at = (ULONG_PTR *)(&ClassesBegin + 1);
    while ((at = NextRecord(at, &status)) != NULL) {
        WDF_CLASS_BIND_INFO *record = (WDF_CLASS_BIND_INFO *)at;
        LastTried = at;
        status = record->ClientBindClass != NULL
            ? record->ClientBindClass(WdfVersionBindClass, &BindInfo.V1, WdfDriverGlobals, record)
            : WdfVersionBindClass(&BindInfo.V1, WdfDriverGlobals, record);
        if (!NT_SUCCESS(status))
            return status;
        at = After(at);
    }
    return status;
}

static void UnbindAll(void)
{
    NTSTATUS status = STATUS_SUCCESS;
    ULONG_PTR *at = (ULONG_PTR *)(&ClassesBegin + 1);
    while (LastTried != NULL && (at = NextRecord(at, &status)) != NULL && at <= LastTried) {
        WDF_CLASS_BIND_INFO *record = (WDF_CLASS_BIND_INFO *)at;
        if (record->ClientUnbindClass != NULL)
            record->ClientUnbindClass(WdfVersionUnbindClass, &BindInfo.V1, WdfDriverGlobals, record);
        else
            WdfVersionUnbindClass(&BindInfo.V1, WdfDriverGlobals, record);
        at = After(at);
    }
    WdfVersionUnbind(&Path, &BindInfo.V1, WdfDriverGlobals);
}

static VOID NTAPI Unload(PDRIVER_OBJECT driver)
{
    if (OwnUnload != NULL)
        OwnUnload(driver);
    UnbindAll();
}

NTSTATUS NTAPI FxDriverEntry(PDRIVER_OBJECT driver, PUNICODE_STRING path)
{
    if (driver == NULL)
        return DriverEntry(NULL, path);
    if (path->Length > sizeof(PathBuffer))
        return STATUS_INVALID_PARAMETER;
    for (USHORT at = 0; at < path->Length / sizeof(WCHAR); at++)
        PathBuffer[at] = path->Buffer[at];
    Path.Length = path->Length;
    NTSTATUS status = WdfVersionBind(driver, &Path, &BindInfo.V1, (PVOID *)&WdfDriverGlobals);
    if (!NT_SUCCESS(status))
        return status;
    status = BindClasses();
    if (NT_SUCCESS(status))
        status = DriverEntry(driver, path);
    if (!NT_SUCCESS(status)) {
        UnbindAll();
        return status;
    }
    if (WdfDriverGlobals->DisplaceDriverUnload) {
        OwnUnload = driver->DriverUnload;
        driver->DriverUnload = Unload;
    }
    return STATUS_SUCCESS;
}
