/* A driver whose parts are written into its file: circuits, a factory and templates, by the names
   that a program puts behind the mark. Several of them, each with other parts, find each other or
   do not; that is what the fuzz target `several` is about. */
#include "packets.h"

IMPORT void KeBugCheckEx(ULONG code, ULONG_PTR a, ULONG_PTR b, ULONG_PTR c, ULONG_PTR d);

#define RATE 48000u
#define CIRCUITS 2
#define TEMPLATES 2
#define PLACES 3

/* How something is named: a number for each way, or 0 where it is not named so. */
typedef struct Named { UCHAR id, uri, name; } Named;
/* What a circuit is: nothing, one where clients stream, one behind it. */
enum { NONE, FRONT, BEHIND };
typedef struct Part { UCHAR kind; Named named; } Part;
typedef struct Place { UCHAR is_there; Named circuit, factory; UCHAR on_demand; } Place;

/* crates/acx-fuzz/src/several.rs has the same layout, of bytes. */
static volatile struct Plan {
    char mark[16];
    UCHAR number; /* another one for each of these drivers */
    UCHAR keeps; /* circuits and factory are left to ACX: they are never removed */
    UCHAR changes; /* the first circuit is there only with each other start of the device */
    Part circuit[CIRCUITS];
    Named factory; /* without a name there is none */
    Part made; /* by the factory */
    struct { UCHAR core; /* 0 for none, or the number of its place */ Place place[PLACES]; } template[TEMPLATES];
} plan = { .mark = "PARTS BEGIN HERE" };

typedef struct Device { ULONG starts; void *circuit[CIRCUITS], *factory; } Device;
typedef struct Child { void *circuit; BOOLEAN has_added; } Child;
typedef struct Circuit { UCHAR kind; } Circuit;
typedef struct Stream { Clock clock; BOOLEAN running; UCHAR *packet[2]; } Stream;
CONTEXT(Device, GetDevice)
CONTEXT(Child, GetChild)
CONTEXT(Circuit, GetCircuit)
CONTEXT(Stream, GetStream)

/* Children that were ever made: no two have one instance. */
static ULONG children;
/* Those of them that have started and were not removed. */
static LONG under_way;

static const GUID no_mode;
static const GUID *every_mode = &no_mode;

/* A text with a number of one digit, or of two. */
typedef struct Text { WCHAR units[16]; UNICODE_STRING string; } Text;

static UNICODE_STRING *text(Text *text, const WCHAR *begin, ULONG number)
{
    ULONG at = 0;
    for (; begin[at] != 0; at++)
        text->units[at] = begin[at];
    if (number > 9)
        text->units[at++] = (WCHAR)(u'0' + number / 10 % 10);
    text->units[at++] = (WCHAR)(u'0' + number % 10);
    text->units[at] = 0;
    RtlInitUnicodeString(&text->string, text->units);
    return &text->string;
}

static GUID id_of(ULONG number, ULONG kind)
{
    GUID id = { 0xACE0F000u | kind << 8 | number, 5, 6, { 7 } };
    return id;
}

/* What clients stream to has a clock. */
static ULONGLONG position(const Stream *stream, LONGLONG at)
{
    return stream->running ? frame_at(&stream->clock, at) : stream->clock.frames;
}

static NTSTATUS EvtState(void *object)
{
    (void)object;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRun(void *object)
{
    GetStream(object)->clock.run = now();
    GetStream(object)->running = TRUE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPause(void *object)
{
    GetStream(object)->clock.frames = position(GetStream(object), now());
    GetStream(object)->running = FALSE;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtRelease(void *object)
{
    GetStream(object)->clock.frames = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtSetPacket(void *object, ULONG packet, ULONG flags, ULONG length)
{
    (void)object, (void)packet, (void)flags, (void)length;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCurrent(void *object, ULONG *packet)
{
    *packet = (ULONG)(position(GetStream(object), now()) / GetStream(object)->clock.packet_frames);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtLatency(void *object, ULONG *fifo, ULONG *delay)
{
    (void)object;
    *fifo = *delay = 0;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtPosition(void *object, ULONGLONG *frames, ULONGLONG *at)
{
    LONGLONG tick = now();
    *frames = position(GetStream(object), tick);
    *at = (ULONGLONG)tick;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtAllocate(void *object, ULONG count, ULONG size, ACX_RTPACKET **answer)
{
    RETURN_IF_FAILED(allocate_packets(count, size, answer, GetStream(object)->packet));
    GetStream(object)->clock.packet_frames = size / FRAME;
    return STATUS_SUCCESS;
}

static void EvtFree(void *object, ACX_RTPACKET *packets, ULONG count)
{
    (void)object;
    free_packets(packets, count);
}

static NTSTATUS EvtCreateStream(void *device, void *circuit, void *pin, void *init, void *format, const GUID *mode, void *arguments)
{
    SIZED(ACX_STREAM_CALLBACKS, callbacks);
    SIZED(ACX_RT_STREAM_CALLBACKS, rt);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *object;
    (void)pin, (void)mode, (void)arguments;
    callbacks.EvtAcxStreamPrepareHardware = (void *)EvtState;
    callbacks.EvtAcxStreamReleaseHardware = (void *)EvtRelease;
    callbacks.EvtAcxStreamRun = (void *)EvtRun;
    callbacks.EvtAcxStreamPause = (void *)EvtPause;
    RETURN_IF_FAILED(AcxStreamInitAssignAcxStreamCallbacks(init, &callbacks));
    Attributes(&attributes, &GetStreamInfo, NULL);
    if (GetCircuit(circuit)->kind == FRONT) {
        rt.EvtAcxStreamGetHwLatency = (void *)EvtLatency;
        rt.EvtAcxStreamAllocateRtPackets = (void *)EvtAllocate;
        rt.EvtAcxStreamFreeRtPackets = (void *)EvtFree;
        rt.EvtAcxStreamGetCurrentPacket = (void *)EvtCurrent;
        rt.EvtAcxStreamGetPresentationPosition = (void *)EvtPosition;
        rt.EvtAcxStreamSetRenderPacket = (void *)EvtSetPacket;
        RETURN_IF_FAILED(AcxStreamInitAssignAcxRtStreamCallbacks(init, &rt));
        RETURN_IF_FAILED(AcxRtStreamCreate(device, circuit, &attributes, &init, &object));
    } else {
        RETURN_IF_FAILED(AcxStreamCreate(device, circuit, &attributes, &init, &object));
    }
    GetStream(object)->clock.rate = AcxDataFormatGetSampleRate(format);
    return STATUS_SUCCESS;
}

static NTSTATUS add_pins(void *device, void *circuit, UCHAR kind)
{
    /* The pin towards the client, and the one towards the world. */
    void *pins[2], *bridge;
    WDF_OBJECT_ATTRIBUTES attributes;
    for (int i = 0; i < 2; i++) {
        SIZED(ACX_PIN_CONFIG, config);
        config.Id = ~0u;
        config.Type = i == 0 ? AcxPinTypeSink : AcxPinTypeSource;
        config.Communication = kind == FRONT && i == 0 ? AcxPinCommunicationSink : AcxPinCommunicationNone;
        config.Category = (void *)&KSCATEGORY_AUDIO;
        config.MaxStreams = kind == FRONT && i == 0 ? 1 : 0;
        Attributes(&attributes, NULL, circuit);
        RETURN_IF_FAILED(AcxPinCreate(circuit, &attributes, &config, &pins[i]));
    }
    RETURN_IF_FAILED(add_format(device, circuit, AcxPinGetRawDataFormatList(pins[0]), RATE));
    if (kind == FRONT) {
        SIZED(ACX_STREAM_BRIDGE_CONFIG, config);
        config.Type = AcxStreamBridgeDefaultType;
        config.InModes = &every_mode;
        config.InModesCount = 1;
        config.OutMode = (void *)&no_mode;
        Attributes(&attributes, NULL, circuit);
        RETURN_IF_FAILED(AcxStreamBridgeCreate(circuit, &attributes, &config, &bridge));
        RETURN_IF_FAILED(AcxPinAddStreamBridges(pins[1], &bridge, 1));
    }
    return AcxCircuitAddPins(circuit, pins, 2);
}

static NTSTATUS EvtInitialize(void *device, void *circuit, void *properties)
{
    (void)device, (void)circuit, (void)properties;
    return STATUS_SUCCESS;
}

/* The description is used up, also where it fails. */
static NTSTATUS create_circuit(void *device, void *init, const volatile Part *part, void **circuit)
{
    SIZED(ACX_CIRCUIT_COMPOSITE_CALLBACKS, composite);
    WDF_OBJECT_ATTRIBUTES attributes;
    GUID id = id_of(part->named.id, 0);
    Text name, uri;
    NTSTATUS status;
    if (part->named.id != 0)
        AcxCircuitInitSetComponentId(init, &id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    composite.EvtAcxCircuitCompositeCircuitInitialize = (void *)EvtInitialize;
    AcxCircuitInitSetAcxCircuitCompositeCallbacks(init, &composite);
    status = AcxCircuitInitAssignName(init, text(&name, TEXT("Part"), part->named.name));
    if (NT_SUCCESS(status) && part->named.uri != 0)
        status = AcxCircuitInitAssignComponentUri(init, text(&uri, TEXT("part:"), part->named.uri));
    if (NT_SUCCESS(status))
        status = AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream);
    Attributes(&attributes, &GetCircuitInfo, NULL);
    if (NT_SUCCESS(status))
        status = AcxCircuitCreate(device, &attributes, &init, circuit);
    RETURN_IF_FAILED(status);
    GetCircuit(*circuit)->kind = part->kind;
    return add_pins(device, *circuit, part->kind);
}

static NTSTATUS EvtChildPrepare(void *device, void *raw, void *translated)
{
    (void)raw, (void)translated;
    if (GetChild(device)->has_added)
        return STATUS_SUCCESS;
    GetChild(device)->has_added = TRUE;
    return AcxDeviceAddCircuit(device, GetChild(device)->circuit);
}

static NTSTATUS EvtChildRelease(void *device, void *translated)
{
    (void)translated;
    if (!plan.keeps) {
        AcxDeviceRemoveCircuit(device, GetChild(device)->circuit);
        GetChild(device)->has_added = FALSE;
    }
    return STATUS_SUCCESS;
}

static NTSTATUS EvtChildInit(void *device)
{
    (void)device;
    under_way++;
    return STATUS_SUCCESS;
}

static void EvtChildCleanup(void *device)
{
    (void)device;
    under_way--;
}

/* PnP removes each child before its parent, and that before the driver. */
static void EvtUnload(void *driver)
{
    (void)driver;
    if (under_way != 0)
        KeBugCheckEx(0xACE0C001, (ULONG_PTR)under_way, 0, 0, 0);
}

static NTSTATUS init_device(void *init, void *prepare, void *release)
{
    SIZED(ACX_DEVICEINIT_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    RETURN_IF_FAILED(AcxDeviceInitInitialize(init, &config));
    power.EvtDevicePrepareHardware = prepare;
    power.EvtDeviceReleaseHardware = release;
    if (prepare == (void *)EvtChildPrepare) {
        power.EvtDeviceSelfManagedIoInit = (void *)EvtChildInit;
        power.EvtDeviceSelfManagedIoCleanup = (void *)EvtChildCleanup;
    }
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    return STATUS_SUCCESS;
}

/* The factory: a device for each circuit that it makes. */
static NTSTATUS EvtCreateDevice(void *parent, void *factory, void *asked, void **device)
{
    SIZED(ACX_DEVICE_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING id;
    Text instance;
    void *init = WdfPdoInitAllocate(parent);
    (void)factory, (void)asked;
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RtlInitUnicodeString(&id, TEXT("Parts\\Child"));
    RETURN_IF_FAILED(WdfPdoInitAssignDeviceID(init, &id));
    RETURN_IF_FAILED(WdfPdoInitAddHardwareID(init, &id));
    RETURN_IF_FAILED(WdfPdoInitAssignInstanceID(init, text(&instance, TEXT("Child"), plan.number * 30u + children++ % 30)));
    RETURN_IF_FAILED(WdfPdoInitAssignRawDevice(init, (void *)&KSCATEGORY_AUDIO));
    RETURN_IF_FAILED(init_device(init, (void *)EvtChildPrepare, (void *)EvtChildRelease));
    Attributes(&attributes, &GetChildInfo, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, device));
    return AcxDeviceInitialize(*device, &config);
}

static NTSTATUS EvtCreateCircuit(void *parent, void *device, void *factory, void *config, void *init)
{
    (void)parent, (void)factory, (void)config;
    return create_circuit(device, init, &plan.made, &GetChild(device)->circuit);
}

static NTSTATUS EvtDeleteDevice(void *parent, void *factory, void *device)
{
    (void)factory;
    return AcxDeviceRemoveCircuitDevice(parent, device);
}

static NTSTATUS add_factory(void *device)
{
    SIZED(ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS, operations);
    GUID id = id_of(plan.factory.id, 1);
    Text name, uri;
    void *factory, *init = AcxFactoryCircuitInitAllocate(device);
    if (init == NULL)
        return STATUS_INSUFFICIENT_RESOURCES;
    RETURN_IF_FAILED(AcxFactoryCircuitInitAssignName(init, text(&name, TEXT("Factory"), plan.factory.name)));
    if (plan.factory.id != 0)
        AcxFactoryCircuitInitSetComponentId(init, &id);
    if (plan.factory.uri != 0)
        RETURN_IF_FAILED(AcxFactoryCircuitInitAssignComponentUri(init, text(&uri, TEXT("factory:"), plan.factory.uri)));
    operations.EvtAcxFactoryCircuitCreateCircuitDevice = (void *)EvtCreateDevice;
    operations.EvtAcxFactoryCircuitCreateCircuit = (void *)EvtCreateCircuit;
    operations.EvtAcxFactoryCircuitDeleteCircuitDevice = (void *)EvtDeleteDevice;
    AcxFactoryCircuitInitSetOperationCallbacks(init, &operations);
    RETURN_IF_FAILED(AcxFactoryCircuitCreate(device, NULL, &init, &factory));
    RETURN_IF_FAILED(AcxDeviceAddFactoryCircuit(device, factory));
    GetDevice(device)->factory = factory;
    return STATUS_SUCCESS;
}

/* Circuits and factory are made anew with each start of the device, if they were removed. */
static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    ULONG starts = GetDevice(device)->starts++;
    (void)raw, (void)translated;
    for (int i = plan.changes && starts % 2 != 0 ? 1 : 0; i < CIRCUITS; i++) {
        void *circuit, *init;
        if (plan.circuit[i].kind == NONE || GetDevice(device)->circuit[i] != NULL)
            continue;
        init = AcxCircuitInitAllocate(device);
        if (init == NULL)
            return STATUS_INSUFFICIENT_RESOURCES;
        RETURN_IF_FAILED(create_circuit(device, init, &plan.circuit[i], &circuit));
        RETURN_IF_FAILED(AcxDeviceAddCircuit(device, circuit));
        GetDevice(device)->circuit[i] = circuit;
    }
    if (plan.factory.name != 0 && GetDevice(device)->factory == NULL)
        RETURN_IF_FAILED(add_factory(device));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)translated;
    if (plan.keeps)
        return STATUS_SUCCESS;
    for (int i = 0; i < CIRCUITS; i++) {
        if (GetDevice(device)->circuit[i] != NULL)
            AcxDeviceRemoveCircuit(device, GetDevice(device)->circuit[i]);
        GetDevice(device)->circuit[i] = NULL;
    }
    if (GetDevice(device)->factory != NULL)
        AcxDeviceRemoveFactoryCircuit(device, GetDevice(device)->factory);
    GetDevice(device)->factory = NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICE_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *device;
    (void)driver;
    RETURN_IF_FAILED(init_device(init, (void *)EvtPrepareHardware, (void *)EvtReleaseHardware));
    Attributes(&attributes, &GetDeviceInfo, NULL);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, &attributes, &device));
    return AcxDeviceInitialize(device, &config);
}

/* Fills in how a template names something. */
typedef struct Naming { GUID id; Text uri, name; } Naming;

static NTSTATUS add_template(void *driver, int which)
{
    SIZED(ACX_COMPOSITE_TEMPLATE_CONFIG, config);
    WDF_OBJECT_ATTRIBUTES attributes;
    void *template, *places[PLACES], *core = NULL;
    ULONG count = 0;
    Attributes(&attributes, NULL, driver);
    for (int i = 0; i < PLACES; i++) {
        const volatile Place *place = &plan.template[which].place[i];
        SIZED(ACX_CIRCUIT_TEMPLATE_CONFIG, part);
        Naming circuit, factory;
        if (!place->is_there)
            continue;
        circuit.id = id_of(place->circuit.id, 0);
        factory.id = id_of(place->factory.id, 1);
        part.CircuitId = place->circuit.id != 0 ? &circuit.id : NULL;
        part.FactoryId = place->factory.id != 0 ? &factory.id : NULL;
        part.CircuitUri = place->circuit.uri != 0 ? (void *)text(&circuit.uri, TEXT("part:"), place->circuit.uri) : NULL;
        part.FactoryUri = place->factory.uri != 0 ? (void *)text(&factory.uri, TEXT("factory:"), place->factory.uri) : NULL;
        part.CircuitName = place->circuit.name != 0 ? (void *)text(&circuit.name, TEXT("Part"), place->circuit.name) : NULL;
        part.FactoryName = place->factory.name != 0 ? (void *)text(&factory.name, TEXT("Factory"), place->factory.name) : NULL;
        part.Flags = place->on_demand ? AcxCircuitTemplateCircuitOnDemand : 0;
        RETURN_IF_FAILED(AcxCircuitTemplateCreate(driver, &attributes, &part, &places[count]));
        if (plan.template[which].core == i + 1)
            core = places[count];
        count++;
    }
    if (count == 0)
        return STATUS_SUCCESS;
    RETURN_IF_FAILED(AcxCompositeTemplateCreate(driver, &attributes, &config, &template));
    RETURN_IF_FAILED(AcxCompositeTemplateAssignCircuits(template, places, count));
    if (core != NULL)
        AcxCompositeTemplateSetCoreCircuit(template, core);
    return AcxManagerAddCompositeTemplate(AcxGetManager(NULL), template);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    LARGE_INTEGER counter;
    void *handle;
    KeQueryPerformanceCounter(&counter);
    frequency = counter.QuadPart;
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    config.EvtDriverUnload = (void *)EvtUnload;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &handle));
    RETURN_IF_FAILED(AcxDriverInitialize(handle, &acx));
    for (int i = 0; i < TEMPLATES; i++)
        RETURN_IF_FAILED(add_template(handle, i));
    return STATUS_SUCCESS;
}
