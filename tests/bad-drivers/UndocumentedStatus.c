/* Answers a Win32 error where an NTSTATUS is asked for. */
#define ON_STREAM
#define ON_PREPARE
#include "bad.h"

static NTSTATUS on_prepare(Stream *stream)
{
    (void)stream;
    return 87; /* ERROR_INVALID_PARAMETER, which as an NTSTATUS is a success */
}
