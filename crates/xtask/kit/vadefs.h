/* mingw-w64's has nothing for ARM64. */
#pragma once
typedef char *va_list;
#define _ADDRESSOF(v) (&(v))
#define _crt_va_start(list, last) __builtin_va_start(list, last)
#define _crt_va_arg(list, type) __builtin_va_arg(list, type)
#define _crt_va_end(list) __builtin_va_end(list)
#define _crt_va_copy(to, from) ((to) = (from))
