/* The codec in C that leaves pool behind. */
#define LEAKS
#include "codec.c"
