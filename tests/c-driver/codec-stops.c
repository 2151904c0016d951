/* The codec in C whose streams do not run. */
#define STOPS
#include "codec.c"
