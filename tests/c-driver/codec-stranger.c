/* The codec in C that is no part of the template: its component id is another. */
#define STRANGER
#include "codec.c"
