/* The driver, its device, its circuits, and what a client has it do: see every.h. */
#include "every.h"

Kept kept;
const GUID own_set = { 0xACE00041, 1, 2, { 3, 3, 3, 3, 3, 3, 3, 3 } };
const GUID factory_id = { 0xACE00042, 1, 2, { 3, 3, 3, 3, 3, 3, 3, 3 } };

void failed(const char *file, int line, const char *condition)
{
    DbgPrint("%s, line %d: %s\n", file, line, condition);
}

/* Answers a property or method with 42. */
void EvtProcess(void *object, void *request)
{
    SIZED(ACX_REQUEST_PARAMETERS, parameters);
    (void)object;
    AcxRequestGetParameters(request, &parameters);
    if (parameters.Parameters_Property_ValueCb >= 4)
        memcpy(parameters.Parameters_Property_Value, "*\0\0", 4);
    WdfRequestCompleteWithInformation(request, STATUS_SUCCESS, parameters.Parameters_Property_ValueCb);
}

ACX_PROPERTY_ITEM property(ULONG id)
{
    ACX_PROPERTY_ITEM item;
    memset(&item, 0, sizeof item);
    item.Set = AT(own_set);
    item.Id = id;
    item.Flags = 1; /* ACX_PROPERTY_ITEM_FLAG_GET */
    item.EvtAcxObjectProcessRequest = (void *)EvtProcess;
    item.ValueCb = 4;
    return item;
}

ACX_METHOD_ITEM method(ULONG id)
{
    ACX_METHOD_ITEM item;
    memset(&item, 0, sizeof item);
    item.Set = AT(own_set);
    item.Id = id;
    item.Flags = 1; /* ACX_METHOD_ITEM_FLAG_SEND */
    item.EvtAcxObjectProcessRequest = (void *)EvtProcess;
    item.ResultCb = 4;
    return item;
}

void *text(void *parent, const WCHAR *content)
{
    WDF_OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING string;
    void *handle = NULL;
    RtlInitUnicodeString(&string, content);
    Attributes(&attributes, NULL, parent);
    OK(WdfStringCreate(&string, &attributes, &handle));
    return handle;
}

static NTSTATUS EvtEnable(void *event) { (void)event; return STATUS_SUCCESS; }
static void EvtDisable(void *event) { (void)event; }

/* The driver itself adds who waits for the event. */
static void EvtProcessEvent(void *object, void *event, int verb, void *data, void *request)
{
    (void)object;
    if (verb == AcxEventVerbEnable)
        AcxEventAddEventData(event, data);
    WdfRequestComplete(request, STATUS_SUCCESS);
}

void *own_event(void *parent, ULONG id, BOOLEAN answers)
{
    SIZED(ACX_EVENT_CALLBACKS, callbacks);
    SIZED(ACX_EVENT_CONFIG, config);
    void *event = NULL;
    if (answers) {
        callbacks.EvtAcxEventProcessRequest = (void *)EvtProcessEvent;
    } else {
        callbacks.EvtAcxEventEnable = (void *)EvtEnable;
        callbacks.EvtAcxEventDisable = (void *)EvtDisable;
    }
    config.Set = AT(own_set);
    config.Id = id;
    config.Callbacks = &callbacks;
    OK(AcxEventCreate(parent, NULL, &config, &event));
    return event;
}

static void EvtConnected(void *pin, void *target, ULONG id) { (void)pin, (void)target, (void)id; }
static NTSTATUS EvtPinFormat(void *pin, void *format) { (void)pin, (void)format; return STATUS_SUCCESS; }
static NTSTATUS EvtPinName(void *pin, UNICODE_STRING *name) { (void)pin, (void)name; return STATUS_SUCCESS; }
static NTSTATUS EvtSinkInfo(void *pin, void *information) { (void)pin, (void)information; return STATUS_SUCCESS; }
static NTSTATUS EvtPresence(void *jack, BOOLEAN *present) { (void)jack; *present = TRUE; return STATUS_SUCCESS; }

void *make_pin(void *circuit, int type, int communication, void *callbacks, BOOLEAN answers)
{
    SIZED(ACX_PIN_CONFIG, config);
    ACX_PROPERTY_ITEM properties[1] = { property(7) };
    ACX_METHOD_ITEM methods[1] = { method(8) };
    void *pin = NULL;
    config.Id = NO_ID;
    config.Type = type;
    config.Communication = communication;
    config.Category = communication == AcxPinCommunicationSink ? AT(KSCATEGORY_AUDIO) : AT(KSNODETYPE_SPEAKER);
    config.MaxStreams = communication == AcxPinCommunicationSink;
    config.PinCallbacks = callbacks;
    if (answers) {
        config.Properties = properties;
        config.Methods = methods;
        config.PropertiesCount = config.MethodsCount = 1;
    }
    OK(AcxPinCreate(circuit, NULL, &config, &pin));
    return pin;
}

void *make_circuit(void *device, const WCHAR *name, ULONG component, void (*describe)(void *init))
{
    GUID id = own_set;
    UNICODE_STRING title;
    void *circuit = NULL, *init = AcxCircuitInitAllocate(device);
    id.Data1 += component;
    RtlInitUnicodeString(&title, name);
    OK(AcxCircuitInitAssignName(init, &title));
    AcxCircuitInitSetComponentId(init, &id);
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    OK(AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream));
    describe(init);
    OK(AcxCircuitCreate(device, NULL, &init, &circuit));
    return circuit;
}

static NTSTATUS EvtPrepare(void *device, void *circuit, void *raw, void *translated) { (void)device, (void)circuit, (void)raw, (void)translated; return STATUS_SUCCESS; }
static NTSTATUS EvtRelease(void *device, void *circuit, void *translated) { (void)device, (void)circuit, (void)translated; return STATUS_SUCCESS; }
static NTSTATUS EvtPower(void *device, void *circuit, int state) { (void)device, (void)circuit, (void)state; return STATUS_SUCCESS; }
static NTSTATUS EvtComposite(void *device, void *circuit, void *properties) { (void)device, (void)circuit, (void)properties; return STATUS_SUCCESS; }
static void EvtParted(void *device, void *circuit, void *properties) { (void)device, (void)circuit, (void)properties; }
static void EvtPreprocess(void *circuit, void *context, void *request) { (void)context; OK(AcxCircuitDispatchAcxRequest(circuit, request)); }

static void describe(void *init)
{
    SIZED(ACX_CIRCUIT_PNPPOWER_CALLBACKS, power);
    SIZED(ACX_CIRCUIT_COMPOSITE_CALLBACKS, composite);
    ACX_PROPERTY_ITEM properties[1] = { property(1) };
    ACX_METHOD_ITEM methods[1] = { method(2) };
    GUID categories[2] = { KSCATEGORY_AUDIO, KSCATEGORY_RENDER };
    UNICODE_STRING uri;
    RtlInitUnicodeString(&uri, TEXT("every:speaker"));
    OK(AcxCircuitInitAssignComponentUri(init, &uri));
    OK(AcxCircuitInitAssignCategories(init, categories, 2));
    OK(AcxCircuitInitAssignProperties(init, properties, 1));
    OK(AcxCircuitInitAssignMethods(init, methods, 1));
    power.EvtAcxCircuitPrepareHardware = (void *)EvtPrepare;
    power.EvtAcxCircuitReleaseHardware = (void *)EvtRelease;
    power.EvtAcxCircuitPowerUp = power.EvtAcxCircuitPowerDown = (void *)EvtPower;
    AcxCircuitInitSetAcxCircuitPnpPowerCallbacks(init, &power);
    composite.EvtAcxCircuitCompositeCircuitInitialize = (void *)EvtComposite;
    composite.EvtAcxCircuitCompositeInitialize = (void *)EvtComposite;
    composite.EvtAcxCircuitCompositeDeinitialize = (void *)EvtParted;
    AcxCircuitInitSetAcxCircuitCompositeCallbacks(init, &composite);
    OK(AcxCircuitInitAssignAcxRequestPreprocessCallback(init, (void *)EvtPreprocess, NULL, AcxRequestTypeMethod, AT(own_set), NO_ID));
    AcxCircuitInitDisableDefaultStreamBridgeHandling(init);
}

static void list(void *device, void *pin) { OK(AcxDataFormatListAddDataFormat(AcxPinGetRawDataFormatList(pin), make_format(device, 2))); }

/* Bridges of the bridge pin: one that is taken away, and one that the driver adds streams to. */
static void add_bridges(void *circuit, void *pin)
{
    SIZED(ACX_STREAM_BRIDGE_CONFIG, config);
    void *bridges[2];
    config.Type = AcxStreamBridgeDefaultType;
    for (int i = 0; i < 2; i++)
        OK(AcxStreamBridgeCreate(circuit, NULL, &config, &bridges[i]));
    OK(AcxPinAddStreamBridges(pin, bridges, 2));
    OK(AcxPinRemoveStreamBridges(pin, bridges, 1));
    kept.bridge = bridges[1];
}

/* A list for another mode comes and goes. */
static void use_mode(void *device, void *pin)
{
    SIZED(ACX_DATAFORMAT_LIST_CONFIG, config);
    void *mode = AT(AUDIO_SIGNALPROCESSINGMODE_MEDIA), *list = NULL, *found = NULL;
    OK(AcxDataFormatListCreate(device, NULL, &config, &list));
    OK(AcxDataFormatListAddDataFormat(list, make_format(device, 2)));
    OK(AcxPinAssignModeDataFormatList(pin, mode, list));
    OK(AcxPinRetrieveModeDataFormatList(pin, mode, &found));
    CHECK(found == list);
    OK(AcxPinRemoveModeDataFormatList(pin, mode, &found));
    CHECK(AcxPinRetrieveModeDataFormatList(pin, mode, &found) == STATUS_NOT_FOUND);
}

static void add_jack(void *pin)
{
    SIZED(ACX_JACK_CALLBACKS, callbacks);
    SIZED(ACX_JACK_CONFIG, config);
    callbacks.EvtAcxJackRetrievePresenceState = (void *)EvtPresence;
    config.Id = NO_ID;
    config.Flags = AcxJackConfigJackDetection;
    config.Callbacks = &callbacks;
    OK(AcxJackCreate(pin, NULL, &config, &kept.jack));
    OK(AcxPinAddJacks(pin, &kept.jack, 1));
}

/* A host pin, a bridge pin, and one that is wired to somewhere else. */
static void add_pins(void *device, void *circuit)
{
    SIZED(ACX_PIN_CALLBACKS, callbacks);
    SIZED(ACX_MICARRAYGEOMETRY_CONFIG, config);
    SIZED(ACX_PHYSICAL_CONNECTION, wire);
    ACX_MICROPHONE_COORDINATES place;
    void *pins[3], *event, *geometry;
    memset(&place, 0, sizeof place);
    OK(AcxMicArrayGeometryCreate(circuit, NULL, &config, &geometry));
    OK(AcxMicArrayGeometryAddMicrophoneCoordinates(geometry, &place, 1));
    callbacks.EvtAcxPinConnected = callbacks.EvtAcxPinDisconnected = (void *)EvtConnected;
    callbacks.EvtAcxPinDataFormatChangeNotification = (void *)EvtConnected;
    callbacks.EvtAcxPinRetrieveName = (void *)EvtPinName;
    callbacks.EvtAcxPinRetrieveJackSinkInfo = (void *)EvtSinkInfo;
    callbacks.EvtAcxPinSetDataFormat = (void *)EvtPinFormat;
    pins[1] = kept.bridge_pin = make_pin(circuit, AcxPinTypeSource, AcxPinCommunicationNone, &callbacks, TRUE);
    pins[0] = kept.host = make_pin(circuit, AcxPinTypeSink, AcxPinCommunicationSink, &callbacks, FALSE);
    pins[2] = make_pin(circuit, AcxPinTypeSource, AcxPinCommunicationNone, NULL, FALSE);
    list(device, pins[0]);
    use_mode(device, pins[0]);
    add_jack(pins[1]);
    event = own_event(pins[1], 21, FALSE);
    OK(AcxPinAddEvents(pins[1], &event, 1));
    OK(AcxCircuitAddPins(circuit, pins, 3));
    CHECK(AcxPinGetId(pins[1]) == 1 && AcxPinGetCircuit(pins[1]) == circuit && AcxPinGetType(pins[1]) == AcxPinTypeSource);
    CHECK(AcxCircuitGetPinById(circuit, 2) == pins[2] && AcxCircuitGetPinsCount(circuit) == 3);
    wire.FromPin_Object = pins[2];
    wire.TargetName = text(device, TEXT("\\??\\somewhere else"));
    OK(AcxCircuitAddPhysicalConnections(circuit, &wire, 1));
    add_bridges(circuit, pins[1]);
}

/* A composite of both circuits. */
static void add_template(void)
{
    SIZED(ACX_COMPOSITE_TEMPLATE_CONFIG, config);
    UNICODE_STRING names[2];
    void *parts[2];
    RtlInitUnicodeString(&names[0], TEXT("Every0"));
    RtlInitUnicodeString(&names[1], TEXT("Behind0"));
    for (int i = 0; i < 2; i++) {
        SIZED(ACX_CIRCUIT_TEMPLATE_CONFIG, part);
        part.CircuitName = &names[i];
        OK(AcxCircuitTemplateCreate(kept.driver, NULL, &part, &parts[i]));
    }
    OK(AcxCompositeTemplateCreate(kept.driver, NULL, &config, &kept.template));
    OK(AcxCompositeTemplateAssignCircuits(kept.template, parts, 2));
    AcxCompositeTemplateSetCoreCircuit(kept.template, parts[0]);
    OK(AcxManagerAddCompositeTemplate(AcxGetManager(NULL), kept.template));
}

/* What the driver does on its own while the device runs. */
static void use_device(void *device)
{
    CHECK(AcxDeviceGetCurrentDxExitLatency(device, 0, WdfPowerDeviceD3) == AcxDxExitLatencyResponsive);
    AcxJackChangeStateNotification(kept.jack);
    AcxVolumeChangeLevelNotification(kept.volume);
    AcxMuteChangeStateNotification(kept.mute);
    OK(AcxPnpEventGenerateEvent(kept.pnp_event, "payload!", 8));
    /* The circuit on the other side of the bridge is notified. */
    OK(AcxPinNotifyDataFormatChange(kept.sink_behind));
    use_targets(device);
}

/* What a client has the driver do, by the id of a property of the circuit behind. */
enum { RAISE = 101, RAISE_ANSWERED, STREAM, COMPLETE, PART, DEVICE, FACTORY, TEMPLATE, ACTS = 8 };

static void EvtAct(void *object, void *request)
{
    SIZED(ACX_REQUEST_PARAMETERS, parameters);
    AcxRequestGetParameters(request, &parameters);
    switch (parameters.Parameters_Property_Id) {
    case RAISE: AcxEventGenerateEvent(kept.event); break;
    case RAISE_ANSWERED: AcxEventGenerateEvent(kept.answered_event); break;
    case STREAM: use_stream(); break;
    case COMPLETE: OK(AcxRtStreamNotifyPacketComplete(kept.stream, 0, 1)); break;
    case PART: OK(AcxStreamBridgeRemoveStream(kept.bridge, kept.stream)); break;
    case DEVICE: use_device(AcxCircuitGetWdfDevice(kept.circuit)); break;
    case FACTORY: use_factory(); break;
    case TEMPLATE: OK(AcxManagerRemoveCompositeTemplate(AcxGetManager(NULL), kept.template)); break;
    }
    EvtProcess(object, request);
}

static void describe_behind(void *init)
{
    ACX_PROPERTY_ITEM acts[ACTS];
    for (ULONG i = 0; i < ACTS; i++) {
        acts[i] = property(RAISE + i);
        acts[i].EvtAcxObjectProcessRequest = (void *)EvtAct;
    }
    OK(AcxCircuitInitAssignProperties(init, acts, ACTS));
}

static NTSTATUS EvtChildPrepare(void *device, void *raw, void *translated) { (void)device, (void)raw, (void)translated; return STATUS_SUCCESS; }

static NTSTATUS EvtPrepareHardware(void *device, void *raw, void *translated)
{
    SIZED(ACX_PNPEVENT_CONFIG, config);
    ACX_DRIVER_VERSION_AVAILABLE_PARAMS version = { sizeof version, 1, 1 };
    void *events[2], *pins[2], *circuit;
    (void)raw, (void)translated;
    kept.device = device;
    use_formats(device);
    use_bags(device);
    use_rights();
    AcxCircuitInitFree(AcxCircuitInitAllocate(device));
    circuit = kept.circuit = make_circuit(device, TEXT("Every0"), 0x10, describe);
    add_pins(device, circuit);
    add_elements(device, circuit);
    events[0] = kept.event = own_event(circuit, 22, FALSE);
    events[1] = kept.answered_event = own_event(circuit, 23, TRUE);
    OK(AcxCircuitAddEvents(circuit, events, 2));
    config.Event = own_set;
    OK(AcxPnpEventCreate(device, circuit, NULL, &config, &kept.pnp_event));
    CHECK(AcxCircuitGetWdfDevice(circuit) == device);
    OK(AcxDeviceAddCircuit(device, circuit));
    circuit = kept.behind = make_circuit(device, TEXT("Behind0"), 0x11, describe_behind);
    pins[0] = kept.sink_behind = make_pin(circuit, AcxPinTypeSink, AcxPinCommunicationNone, NULL, TRUE);
    pins[1] = make_pin(circuit, AcxPinTypeSource, AcxPinCommunicationNone, NULL, FALSE);
    list(device, pins[0]);
    OK(AcxCircuitAddPins(circuit, pins, 2));
    add_general(circuit);
    OK(AcxDeviceAddCircuit(device, circuit));
    add_template();
    add_factory(device);
    OK(AcxDeviceAddCircuitDevice(device, child_device(device, (void *)EvtChildPrepare)));
    CHECK(AcxDriverIsVersionAvailable(kept.driver, &version));
    return STATUS_SUCCESS;
}

static NTSTATUS EvtReleaseHardware(void *device, void *translated)
{
    (void)translated;
    OK(AcxDeviceRemoveCircuit(device, kept.circuit));
    OK(AcxDeviceDetachCircuit(device, kept.behind));
    OK(AcxDeviceRemoveFactoryCircuit(device, kept.factory));
    return STATUS_SUCCESS;
}

void init_device(void *init)
{
    SIZED(ACX_DEVICEINIT_CONFIG, config);
    OK(AcxDeviceInitInitialize(init, &config));
}

static NTSTATUS EvtDeviceAdd(void *driver, void *init)
{
    SIZED(ACX_DEVICE_CONFIG, config);
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    void *device;
    (void)driver;
    init_device(init);
    power.EvtDevicePrepareHardware = (void *)EvtPrepareHardware;
    power.EvtDeviceReleaseHardware = (void *)EvtReleaseHardware;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    RETURN_IF_FAILED(WdfDeviceCreate(&init, NULL, &device));
    return AcxDeviceInitialize(device, &config);
}

NTSTATUS DriverEntry(void *driver, UNICODE_STRING *path)
{
    SIZED(WDF_DRIVER_CONFIG, config);
    SIZED(ACX_DRIVER_CONFIG, acx);
    config.EvtDriverDeviceAdd = (void *)EvtDeviceAdd;
    RETURN_IF_FAILED(WdfDriverCreate(driver, path, NULL, &config, &kept.driver));
    return AcxDriverInitialize(kept.driver, &acx);
}
