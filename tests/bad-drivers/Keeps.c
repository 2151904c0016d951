/* Breaks no rule: what the others do beside breaking theirs. */
#define ON_STREAM
#include "bad.h"
