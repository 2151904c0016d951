/* What the driver asks of circuits, their pins, elements and streams, and of its own factory. */
#include "every.h"

/* ACX's own methods of a factory; 1 adds a circuit. */
static const GUID factory_methods = { 0xC09A3089, 0x3EEE, 0x47E0, { 0xB9, 0x37, 0x4A, 0x74, 0x66, 0xAE, 0xED, 0x6B } };

typedef NTSTATUS (*Format)(void *of, void *request, void *parameters);

/* Sends a request, formatted as `format` does; what came of it. */
static NTSTATUS ask(void *io, void *of, Format format, ACX_REQUEST_PARAMETERS *parameters)
{
    SIZED(WDF_REQUEST_SEND_OPTIONS, options);
    void *request = NULL;
    NTSTATUS status;
    options.Flags = WDF_REQUEST_SEND_OPTION_SYNCHRONOUS;
    OK(WdfRequestCreate(NULL, io, &request));
    OK(format(of, request, parameters));
    (void)WdfRequestSend(request, io, &options);
    status = WdfRequestGetStatus(request);
    WdfObjectDelete(request);
    return status;
}

/* ACX_REQUEST_PARAMETERS_INIT_PROPERTY and _METHOD, of an item. */
static void fill(ACX_REQUEST_PARAMETERS *parameters, int type, const GUID *set, ULONG id, int item, ULONG item_id, void *value, ULONG length)
{
    memset(parameters, 0, sizeof *parameters);
    parameters->Size = sizeof *parameters;
    parameters->MajorFunction = 0x0E; /* IRP_MJ_DEVICE_CONTROL */
    parameters->Type = type;
    memcpy((UCHAR *)parameters + 8, set, sizeof *set);
    parameters->Parameters_Property_Id = id;
    parameters->Parameters_Property_Verb = type == AcxRequestTypeMethod ? AcxMethodVerbSend : AcxPropertyVerbGet;
    parameters->Parameters_Property_ItemType = item;
    parameters->Parameters_Property_ItemId = item_id;
    parameters->Parameters_Property_Value = value;
    parameters->Parameters_Property_ValueCb = length;
}

/* Asks for a property and a method, and sees that both are answered with 42. */
static void ask_both(void *io, void *of, int item, ULONG item_id, Format property, ULONG property_id, Format method, ULONG method_id)
{
    ACX_REQUEST_PARAMETERS parameters;
    ULONG value = 0;
    fill(&parameters, AcxRequestTypeProperty, &own_set, property_id, item, item_id, &value, sizeof value);
    OK(ask(io, of, property, &parameters));
    CHECK(value == 42);
    value = 0;
    fill(&parameters, AcxRequestTypeMethod, &own_set, method_id, item, item_id, &value, sizeof value);
    OK(ask(io, of, method, &parameters));
    CHECK(value == 42);
}

void use_target_stream(void *target)
{
    ACXDRMRIGHTS rights = { 1, 0, 0 };
    CHECK(AcxTargetStreamGetElementsCount(target) == 2);
    CHECK(AcxTargetStreamGetTargetElement(target, 0) != NULL);
    OK(AcxTargetStreamAssignDrmContentId(target, 1, &rights));
    ask_both(AcxTargetStreamGetWdfIoTarget(target), target, AcxItemTypeStream, NO_ID,
             AcxTargetStreamFormatRequestForProperty, 3, AcxTargetStreamFormatRequestForMethod, 2);
}

/* A stream that the driver opens at the circuit behind. */
static void open_stream(void *device)
{
    SIZED(ACX_TARGET_CIRCUIT_CONFIG, config);
    SIZED(ACX_TARGET_STREAM_CONFIG, wanted);
    void *circuit, *stream;
    config.SymbolicLinkName = AcxCircuitGetSymbolicLinkName(kept.behind);
    OK(AcxTargetCircuitCreate(device, NULL, &config, &circuit));
    wanted.TargetCircuit = circuit;
    wanted.DataFormat = make_format(device, 2);
    wanted.SignalProcessingMode = AT(AUDIO_SIGNALPROCESSINGMODE_RAW);
    OK(AcxTargetStreamCreate(device, NULL, &wanted, &stream));
    use_target_stream(stream);
    WdfObjectDelete(stream);
    WdfObjectDelete(circuit);
}

static BOOLEAN is_own(GUID guid) { return memcmp(&guid, &own_set, sizeof guid) == 0; }

void use_targets(void *device)
{
    SIZED(ACX_TARGET_CIRCUIT_CONFIG, config);
    UNICODE_STRING own, found;
    void *target, *pin, *element, *list, *raw = AT(AUDIO_SIGNALPROCESSINGMODE_RAW);
    config.SymbolicLinkName = AcxCircuitGetSymbolicLinkName(kept.circuit);
    OK(AcxTargetCircuitCreate(device, NULL, &config, &target));
    WdfStringGetUnicodeString(config.SymbolicLinkName, &own);
    WdfStringGetUnicodeString(AcxTargetCircuitGetSymbolicLinkName(target), &found);
    CHECK(own.Length == found.Length && memcmp(own.Buffer, found.Buffer, own.Length) == 0);
    ask_both(AcxTargetCircuitGetWdfIoTarget(target), target, AcxItemTypeCircuit, NO_ID,
             AcxTargetCircuitFormatRequestForProperty, 1, AcxTargetCircuitFormatRequestForMethod, 2);
    CHECK(AcxTargetCircuitGetPinsCount(target) == 3);
    pin = AcxTargetCircuitGetTargetPin(target, 1);
    CHECK(AcxTargetPinGetId(pin) == 1);
    ask_both(AcxTargetPinGetWdfIoTarget(pin), pin, AcxItemTypePin, 1,
             AcxTargetPinFormatRequestForProperty, 7, AcxTargetPinFormatRequestForMethod, 8);
    pin = AcxTargetCircuitGetTargetPin(target, 0);
    OK(AcxTargetPinRetrieveModeDataFormatList(pin, raw, &list));
    OK(AcxTargetPinFlushModeDataFormatListCache(pin, raw));
    CHECK(AcxTargetCircuitGetElementsCount(target) == NODES);
    element = AcxTargetCircuitGetTargetElement(target, NODE_GENERAL);
    CHECK(AcxTargetElementGetId(element) == NODE_GENERAL);
    CHECK(is_own(AcxTargetElementGetType(element)) && is_own(AcxTargetElementGetNameTag(element)));
    ask_both(AcxTargetElementGetWdfIoTarget(element), element, AcxItemTypeElement, NODE_GENERAL,
             AcxTargetElementFormatRequestForProperty, 5, AcxTargetElementFormatRequestForMethod, 6);
    WdfObjectDelete(target);
    open_stream(device);
}

static NTSTATUS EvtPrepare(void *device, void *factory, void *raw, void *translated) { (void)device, (void)factory, (void)raw, (void)translated; return STATUS_SUCCESS; }
static NTSTATUS EvtRelease(void *device, void *factory, void *translated) { (void)device, (void)factory, (void)translated; return STATUS_SUCCESS; }
static NTSTATUS EvtPower(void *device, void *factory, int state) { (void)device, (void)factory, (void)state; return STATUS_SUCCESS; }
static void EvtPreprocess(void *factory, void *context, void *request) { (void)context; OK(AcxCircuitDispatchAcxRequest(factory, request)); }
static NTSTATUS EvtMadePrepare(void *device, void *raw, void *translated) { (void)raw, (void)translated; return AcxDeviceAddCircuit(device, kept.made); }

void *child_device(void *parent, void *prepare)
{
    SIZED(WDF_PNPPOWER_EVENT_CALLBACKS, power);
    SIZED(ACX_DEVICE_CONFIG, config);
    UNICODE_STRING id, instance;
    void *child = NULL, *init = WdfPdoInitAllocate(parent);
    RtlInitUnicodeString(&id, TEXT("Every\\Circuit"));
    RtlInitUnicodeString(&instance, TEXT("0"));
    OK(WdfPdoInitAssignDeviceID(init, &id));
    OK(WdfPdoInitAddHardwareID(init, &id));
    OK(WdfPdoInitAssignInstanceID(init, &instance));
    OK(WdfPdoInitAssignRawDevice(init, AT(KSCATEGORY_AUDIO)));
    init_device(init);
    power.EvtDevicePrepareHardware = prepare;
    WdfDeviceInitSetPnpPowerEventCallbacks(init, &power);
    OK(WdfDeviceCreate(&init, NULL, &child));
    OK(AcxDeviceInitialize(child, &config));
    return child;
}

/* A device that carries a circuit, the circuit, and the end of both. */
static NTSTATUS EvtCreateDevice(void *parent, void *factory, void *config, void **device)
{
    (void)factory, (void)config;
    *device = child_device(parent, (void *)EvtMadePrepare);
    return STATUS_SUCCESS;
}

static NTSTATUS EvtCreateCircuit(void *parent, void *device, void *factory, void *config, void *init)
{
    UNICODE_STRING name;
    void *pins[2];
    (void)parent, (void)factory, (void)config;
    RtlInitUnicodeString(&name, TEXT("Made0"));
    RETURN_IF_FAILED(AcxCircuitInitAssignName(init, &name));
    AcxCircuitInitSetCircuitType(init, AcxCircuitTypeRender);
    RETURN_IF_FAILED(AcxCircuitInitAssignAcxCreateStreamCallback(init, (void *)EvtCreateStream));
    RETURN_IF_FAILED(AcxCircuitCreate(device, NULL, &init, &kept.made));
    pins[0] = make_pin(kept.made, AcxPinTypeSink, AcxPinCommunicationNone, NULL, FALSE);
    pins[1] = make_pin(kept.made, AcxPinTypeSource, AcxPinCommunicationNone, NULL, FALSE);
    return AcxCircuitAddPins(kept.made, pins, 2);
}

static NTSTATUS EvtDeleteDevice(void *parent, void *factory, void *device)
{
    (void)factory;
    return AcxDeviceRemoveCircuitDevice(parent, device);
}

void add_factory(void *device)
{
    SIZED(ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS, operations);
    SIZED(ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS, power);
    SIZED(ACX_ELEMENT_CONFIG, config);
    ACX_PROPERTY_ITEM properties[1] = { property(1) };
    ACX_METHOD_ITEM methods[1] = { method(2) };
    UNICODE_STRING name, uri;
    void *element, *init = AcxFactoryCircuitInitAllocate(device);
    AcxFactoryCircuitInitFree(init);
    init = AcxFactoryCircuitInitAllocate(device);
    RtlInitUnicodeString(&name, TEXT("Factory0"));
    RtlInitUnicodeString(&uri, TEXT("every:factory"));
    OK(AcxFactoryCircuitInitAssignName(init, &name));
    AcxFactoryCircuitInitSetComponentId(init, AT(factory_id));
    OK(AcxFactoryCircuitInitAssignComponentUri(init, &uri));
    OK(AcxFactoryCircuitInitAssignCategories(init, AT(own_set), 1));
    OK(AcxFactoryCircuitInitAssignProperties(init, properties, 1));
    OK(AcxFactoryCircuitInitAssignMethods(init, methods, 1));
    OK(AcxFactoryCircuitInitAssignAcxRequestPreprocessCallback(init, (void *)EvtPreprocess, NULL, AcxRequestTypeMethod, AT(own_set), NO_ID));
    operations.EvtAcxFactoryCircuitCreateCircuitDevice = (void *)EvtCreateDevice;
    operations.EvtAcxFactoryCircuitCreateCircuit = (void *)EvtCreateCircuit;
    operations.EvtAcxFactoryCircuitDeleteCircuitDevice = (void *)EvtDeleteDevice;
    AcxFactoryCircuitInitSetOperationCallbacks(init, &operations);
    power.EvtAcxFactoryCircuitPrepareHardware = (void *)EvtPrepare;
    power.EvtAcxFactoryCircuitReleaseHardware = (void *)EvtRelease;
    power.EvtAcxFactoryCircuitPowerUp = power.EvtAcxFactoryCircuitPowerDown = (void *)EvtPower;
    AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacks(init, &power);
    OK(AcxFactoryCircuitCreate(device, NULL, &init, &kept.factory));
    config.Id = NO_ID;
    OK(AcxElementCreate(kept.factory, NULL, &config, &element));
    OK(AcxFactoryCircuitAddElements(kept.factory, &element, 1));
    OK(AcxDeviceAddFactoryCircuit(device, kept.factory));
}

void use_factory(void)
{
    SIZED(ACX_TARGET_FACTORY_CIRCUIT_CONFIG, config);
    SIZED(ACX_FACTORY_CIRCUIT_ADD_CIRCUIT, wanted);
    ACX_REQUEST_PARAMETERS parameters;
    ULONG value = 0;
    void *target, *io;
    config.SymbolicLinkName = AcxFactoryCircuitGetSymbolicLinkName(kept.factory);
    OK(AcxTargetFactoryCircuitCreate(kept.device, NULL, &config, &target));
    io = AcxTargetFactoryCircuitGetWdfIoTarget(target);
    wanted.CircuitUniqueId = own_set;
    fill(&parameters, AcxRequestTypeMethod, &factory_methods, 1, AcxItemTypeFactoryCircuit, NO_ID, &wanted, sizeof wanted);
    OK(ask(io, target, AcxTargetFactoryCircuitFormatRequestForMethod, &parameters));
    fill(&parameters, AcxRequestTypeProperty, &own_set, 1, AcxItemTypeFactoryCircuit, NO_ID, &value, sizeof value);
    OK(ask(io, target, AcxTargetFactoryCircuitFormatRequestForProperty, &parameters));
    CHECK(value == 42);
    WdfObjectDelete(target);
}
