/* The interface that offers.c has and asks.c asks for. */
#pragma once
#include "driver.h"

static const GUID LEVEL_INTERFACE = { 0xACE00C20, 1, 2, { 3, 3, 3, 3, 3, 3, 3, 3 } };
#define LEVEL_VERSION 2
#define WRONG_PASSWORD 13u
#define STATUS_ACCESS_DENIED ((NTSTATUS)0xC0000022)

typedef struct Level {
    USHORT Size, Version;
    ULONG Padding;
    void *Context;
    void (*InterfaceReference)(void *context);
    void (*InterfaceDereference)(void *context);
    LONG (*SetLevel)(void *context, LONG to);
} Level;
