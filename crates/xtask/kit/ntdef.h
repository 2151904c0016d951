/* mingw-w64's ntdef.h, without the structure that its ntifs.h defines again, and with offsets that
   clang takes for constants. */
#pragma once
#define _REPARSE_DATA_BUFFER _NTDEF_REPARSE_DATA_BUFFER
#define REPARSE_DATA_BUFFER NTDEF_REPARSE_DATA_BUFFER
#define PREPARSE_DATA_BUFFER PNTDEF_REPARSE_DATA_BUFFER
#include_next <ntdef.h>
#undef _REPARSE_DATA_BUFFER
#undef REPARSE_DATA_BUFFER
#undef PREPARSE_DATA_BUFFER
#undef REPARSE_DATA_BUFFER_HEADER_SIZE
#undef FIELD_OFFSET
#define FIELD_OFFSET(type, field) ((LONG)__builtin_offsetof(type, field))
