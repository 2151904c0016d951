/* What Wine 8 lacks and Rust's standard library imports: ProcessPrng. Later Wines have it, and then
   this is not built. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
