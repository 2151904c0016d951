/* The codec in C with a volume whose second channel reads a decibel too high. */
#define VOLUME
#define OFF
#include "codec.c"
