/* The first header that wdk-sys reads. mingw-w64's kernel headers follow, with what clang needs to
   read them for an MSVC target before, and what they lack of a newer WDK after them
   (nt_additions.h). */
#pragma once
#define STRICT 1
/* mingw-w64 has no kernel headers for ARM64. What drivers share with NT is laid out there as on
   x64. */
#if defined(_M_ARM64)
#define _AMD64_
#define _M_AMD64 100
#endif
#include <_mingw.h>
#include <ntdef.h>
/* Inline in mingw-w64, or with another type: nt_additions.h has them as the WDK's headers do. */
#define KeGetCurrentIrql mingw_KeGetCurrentIrql
#define KfRaiseIrql mingw_KfRaiseIrql
#define KeLowerIrql mingw_KeLowerIrql
#define KeRaiseIrqlToDpcLevel mingw_KeRaiseIrqlToDpcLevel
#define MmMapLockedPagesSpecifyCache mingw_MmMapLockedPagesSpecifyCache
#include_next <ntifs.h>
#undef KeGetCurrentIrql
#undef KfRaiseIrql
#undef KeLowerIrql
#undef KeRaiseIrqlToDpcLevel
#undef MmMapLockedPagesSpecifyCache
#include "nt_additions.h"
