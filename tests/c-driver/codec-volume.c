/* The codec in C with a volume: of the endpoint that three drivers make, it is the only one. */
#define VOLUME
#include "codec.c"
