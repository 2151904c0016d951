/* A stand-in for acxstub.lib: the record by which a driver binds to ACX 1.1, and the table that ACX
   fills. */
#include "fxldr.h"

ACXFUNC AcxFunctions[221];
PVOID AcxDriverGlobals;
BOOLEAN AcxClientVersionHigherThanFramework;
ULONG AcxFunctionCount = 221;
ULONG AcxStructureCount = 62;
size_t *AcxStructures;
/* The driver's. */
extern const ULONG AcxMinimumVersionRequired;

__declspec(allocate(".kmdfclassbind$b")) WDF_CLASS_BIND_INFO2 AcxClassBindInfo = {
    { sizeof(WDF_CLASS_BIND_INFO2), L"Acx", { 1, 1, 0 }, AcxFunctions, 221, &AcxDriverGlobals, NULL, NULL, NULL },
    (ULONG *)&AcxMinimumVersionRequired,
    &AcxClientVersionHigherThanFramework,
    &AcxFunctionCount,
    &AcxStructureCount,
    (void *)&AcxStructures,
};
