/* A driver in C that calls each of ACX's 221 functions, and has each of its callbacks called. Its
   files:

   every.c            the driver, its device, the circuits and what a client has it do
   every-elements.c   elements of circuits and of streams, with their callbacks
   every-streams.c    streams and their packets
   every-values.c     formats, lists, object bags, rights
   every-targets.c    targets, factories and their circuits

   A check that does not hold says so to the debugger: its file, its line and its text. A test reads
   that, and asks the host which functions were called and which callbacks came. */
#pragma once
#include "driver.h"

#define CHECK(condition) ((condition) ? (void)0 : failed(__FILE__, __LINE__, #condition))
/* A call that succeeds. */
#define OK(call) CHECK((call) == STATUS_SUCCESS)
/* The address of what is only read. */
#define AT(value) ((void *)&(value))
#define STATUS_NOT_FOUND ((NTSTATUS)0xC0000225)
#define STATUS_OBJECT_NAME_NOT_FOUND ((NTSTATUS)0xC0000034)
#define NO_ID 0xFFFFFFFFu

void failed(const char *file, int line, const char *condition);

/* The handles that several files use. */
typedef struct Kept {
    void *driver, *device, *circuit, *behind, *host, *bridge_pin, *sink_behind, *bridge, *jack;
    void *volume, *mute, *engine, *mix_format, *event, *answered_event, *pnp_event, *template;
    void *factory, *made, *made_sink, *stream;
} Kept;
extern Kept kept;

/* The driver's own set of properties, methods and events, and the id of its factory. */
extern const GUID own_set, factory_id;

/* The nodes of the circuit, in the order in which they are added. */
enum { NODE_VOLUME, NODE_MUTE, NODE_PEAK, NODE_ENGINE, NODE_SPOTTER, NODE_MODULE, NODE_RAMPED, NODE_GENERAL, NODES };

/* every.c */
void EvtProcess(void *object, void *request);
ACX_PROPERTY_ITEM property(ULONG id);
ACX_METHOD_ITEM method(ULONG id);
void *own_event(void *parent, ULONG id, BOOLEAN answers);
void *text(void *parent, const WCHAR *content);
void *make_pin(void *circuit, int type, int communication, void *callbacks, BOOLEAN answers);
void *make_circuit(void *device, const WCHAR *name, ULONG component, void (*describe)(void *init));
void init_device(void *init);

/* every-elements.c */
void add_elements(void *device, void *circuit);
void add_general(void *circuit);
void add_to_stream(void *stream);

/* every-streams.c */
NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments);
void use_stream(void);

/* every-values.c */
void *make_format(void *device, USHORT channels);
void use_formats(void *device);
void use_bags(void *device);
void use_rights(void);

/* every-targets.c */
void use_target_stream(void *target);
void use_targets(void *device);
void add_factory(void *device);
void *child_device(void *parent, void *prepare);
void use_factory(void);
