/* The codec in C that leaves its circuit to ACX: it never calls AcxDeviceRemoveCircuit, which no
   page says that it must. */
#define KEEPS
#include "codec.c"
