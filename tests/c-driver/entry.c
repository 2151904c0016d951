/* FxDriverEntry: binds to KMDF and ACX before DriverEntry, and unbinds after unload. The steps are
   those of the fact collection's binding.md, section FxDriverEntry; crates/acx-sys/src/entry.rs
   does the same in Rust. */
#include "driver.h"

void **WdfTable;
void *WdfDriverGlobals;
void *AcxFunctions[221];
void *AcxDriverGlobals;

static ULONG minimum_wdf = 31, wdf_functions = 458, wdf_structures = 81, minimum_acx = 1, acx_functions = 221, acx_structures = 62;
static UCHAR wdf_is_older, acx_is_older;
static void *wdf_sizes, *acx_sizes;

IMPORT NTSTATUS WdfVersionBind(void *driver, UNICODE_STRING *path, void *info, void **globals);
IMPORT NTSTATUS WdfVersionBindClass(void *info, void *globals, void *class_info);
IMPORT void WdfVersionUnbind(UNICODE_STRING *path, void *info, void *globals);
IMPORT void WdfVersionUnbindClass(void *info, void *globals, void *class_info);

static WDF_BIND_INFO2 bind_info;
static WDF_CLASS_BIND_INFO2 class_info;
static WCHAR path_buffer[260];
static UNICODE_STRING path_copy = { 0, sizeof path_buffer, 0, path_buffer };
static void (*own_unload)(void *driver);

static void unload(void *driver)
{
    if (own_unload != NULL)
        own_unload(driver);
    WdfVersionUnbindClass(&bind_info, WdfDriverGlobals, &class_info);
    WdfVersionUnbind(&path_copy, &bind_info, WdfDriverGlobals);
}

static void put(void *structure, ULONG offset, const void *value, ULONG size)
{
    memcpy((UCHAR *)structure + offset, value, size);
}

static void put_pointer(void *structure, ULONG offset, const void *value)
{
    put(structure, offset, &value, sizeof value);
}

static void put_number(void *structure, ULONG offset, ULONG value)
{
    put(structure, offset, &value, sizeof value);
}

/* What a compiler's stack protection asks for. Windows gives the cookie another value before the
   entry point, and an image that finds the linker's own stops itself, as those of MSVC do. */
#define LINKED_COOKIE 0x00002B992DDFA232ull
ULONG_PTR __security_cookie = LINKED_COOKIE;

static __attribute__((noreturn)) void fast_fail(ULONG code)
{
#ifdef __aarch64__
    register ULONG why __asm__("w0") = code;
    __asm__ volatile("brk #0xF003" : : "r"(why));
#else
    __asm__ volatile("int $0x29" : : "c"(code));
#endif
    __builtin_unreachable();
}

void __security_check_cookie(ULONG_PTR cookie)
{
    if (cookie != __security_cookie)
        fast_fail(2); /* FAST_FAIL_STACK_COOKIE_CHECK_FAILURE */
}

/* IMAGE_LOAD_CONFIG_DIRECTORY64, of which only the cookie's address is used. */
const struct { ULONG Size; UCHAR Before[0x54]; ULONG_PTR *SecurityCookie; UCHAR After[0xE0]; } _load_config_used = { 0x140, { 0 }, &__security_cookie, { 0 } };

/* Not protected itself: the cookie is looked at here. */
__attribute__((no_stack_protector)) NTSTATUS FxDriverEntry(void *driver, UNICODE_STRING *path)
{
    NTSTATUS status;
    if (__security_cookie == 0 || __security_cookie == LINKED_COOKIE)
        fast_fail(6); /* FAST_FAIL_GS_COOKIE_INIT */
    if (driver == NULL)
        return DriverEntry(NULL, path);
    if (path->Length > sizeof path_buffer)
        return STATUS_INVALID_PARAMETER;
    memcpy(path_buffer, path->Buffer, path->Length);
    path_copy.Length = path->Length;

    put_number(&bind_info, 0, sizeof bind_info);
    put_pointer(&bind_info, 8, TEXT("KmdfLibrary"));
    put_number(&bind_info, 16, 1);
    put_number(&bind_info, 20, 31);
    put_number(&bind_info, 28, wdf_functions);
    put_pointer(&bind_info, 32, &WdfTable);
    put_pointer(&bind_info, 48, &minimum_wdf);
    put_pointer(&bind_info, 56, &wdf_is_older);
    put_pointer(&bind_info, 64, &wdf_functions);
    put_pointer(&bind_info, 72, &wdf_structures);
    put_pointer(&bind_info, 80, &wdf_sizes);
    status = WdfVersionBind(driver, &path_copy, &bind_info, &WdfDriverGlobals);
    if (!NT_SUCCESS(status))
        return status;

    put_number(&class_info, 0, sizeof class_info);
    put_pointer(&class_info, 8, TEXT("Acx"));
    put_number(&class_info, 16, 1);
    put_number(&class_info, 20, 1);
    put_pointer(&class_info, 32, AcxFunctions);
    put_number(&class_info, 40, acx_functions);
    put_pointer(&class_info, 48, &AcxDriverGlobals);
    put_pointer(&class_info, 80, &minimum_acx);
    put_pointer(&class_info, 88, &acx_is_older);
    put_pointer(&class_info, 96, &acx_functions);
    put_pointer(&class_info, 104, &acx_structures);
    put_pointer(&class_info, 112, &acx_sizes);
    status = WdfVersionBindClass(&bind_info, WdfDriverGlobals, &class_info);
    if (NT_SUCCESS(status)) {
        status = DriverEntry(driver, path);
        if (NT_SUCCESS(status)) {
            /* DisplaceDriverUnload is at 48 of the globals, DriverUnload at 104 of the driver
               object. */
            if (((UCHAR *)WdfDriverGlobals)[48]) {
                own_unload = *(void (**)(void *))((UCHAR *)driver + 104);
                put_pointer(driver, 104, (const void *)unload);
            }
            return STATUS_SUCCESS;
        }
    }
    WdfVersionUnbindClass(&bind_info, WdfDriverGlobals, &class_info);
    WdfVersionUnbind(&path_copy, &bind_info, WdfDriverGlobals);
    return status;
}
