/* What the stand-ins for WdfDriverEntry.lib and acxstub.lib share: the records of the loader, and
   the section of class records. */
#pragma once
#include <ntifs.h>
#include <wdf.h>
#include "fxldr_types.h"

NTSYSAPI NTSTATUS NTAPI WdfVersionBind(PDRIVER_OBJECT, PUNICODE_STRING, WDF_BIND_INFO *, PVOID *);
NTSYSAPI VOID NTAPI WdfVersionUnbind(PUNICODE_STRING, WDF_BIND_INFO *, PVOID);
NTSYSAPI NTSTATUS NTAPI WdfVersionBindClass(WDF_BIND_INFO *, PVOID, WDF_CLASS_BIND_INFO *);
NTSYSAPI VOID NTAPI WdfVersionUnbindClass(WDF_BIND_INFO *, PVOID, WDF_CLASS_BIND_INFO *);

/* The linker sorts what lies in them by the letter behind the dollar. */
#pragma section(".kmdfclassbind$a", read, write)
#pragma section(".kmdfclassbind$b", read, write)
#pragma section(".kmdfclassbind$c", read, write)
