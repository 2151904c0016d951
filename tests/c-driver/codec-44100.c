/* The codec in C that takes another rate than the DSP plays: no stream goes through it. */
#define RATE 44100
#include "codec.c"
