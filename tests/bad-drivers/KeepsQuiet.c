/* As Keeps, without a stream. */
#include "bad.h"
