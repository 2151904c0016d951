/* Answers positions that go down. */
#define ON_STREAM
#define ON_POSITION
#include "bad.h"

static void on_position(ULONGLONG *frames)
{
    *frames = 1000000 - *frames;
}
