/* Guards a stream with one lock, in its position call and in its pause. */
#define ON_STREAM
#define ON_POSITION
#define ON_PAUSE
#include "bad.h"

static ULONG_PTR lock;

static void on_position(ULONGLONG *frames)
{
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&lock);
    (void)frames;
    KeReleaseSpinLock(&lock, irql);
}

static void on_pause(Stream *stream)
{
    UCHAR irql = KeAcquireSpinLockRaiseToDpc(&lock);
    (void)stream;
    KeReleaseSpinLock(&lock, irql);
}
