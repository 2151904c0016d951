/* Elements of every kind, with every callback. A callback that retrieves something answers 1. */
#include "every.h"

static NTSTATUS EvtAssignLevel(void *volume, ULONG channel, LONG level) { (void)volume, (void)channel, (void)level; return STATUS_SUCCESS; }
static NTSTATUS EvtRampLevel(void *volume, ULONG channel, LONG level, int curve, ULONGLONG duration) { (void)volume, (void)channel, (void)level, (void)curve, (void)duration; return STATUS_SUCCESS; }
static NTSTATUS EvtLevel(void *element, ULONG channel, LONG *level) { (void)element, (void)channel; *level = 1; return STATUS_SUCCESS; }
static NTSTATUS EvtAssignMute(void *mute, ULONG channel, ULONG state) { (void)mute, (void)channel, (void)state; return STATUS_SUCCESS; }
static NTSTATUS EvtMute(void *mute, ULONG channel, ULONG *state) { (void)mute, (void)channel; *state = 1; return STATUS_SUCCESS; }
/* Of an engine and of a stream's part of it. */
static NTSTATUS EvtAssign(void *engine, ULONG value) { (void)engine, (void)value; return STATUS_SUCCESS; }
static NTSTATUS EvtEffects(void *engine, ULONG *state) { (void)engine; *state = 1; return STATUS_SUCCESS; }
static NTSTATUS EvtDeviceFormat(void *engine, void *format) { (void)engine, (void)format; return STATUS_SUCCESS; }
static NTSTATUS EvtMixFormat(void *engine, void **format) { (void)engine; *format = kept.mix_format; return STATUS_SUCCESS; }
static NTSTATUS EvtLimits(void *engine, void *format, ULONG *least, ULONG *most) { (void)engine, (void)format; *least = 1; *most = 2; return STATUS_SUCCESS; }
static NTSTATUS EvtLinear(void *engine, ULONGLONG *position) { (void)engine; *position = 1; return STATUS_SUCCESS; }
static NTSTATUS EvtPresentation(void *engine, ULONGLONG *position, ULONGLONG *at) { (void)engine; *position = 1; *at = 1; return STATUS_SUCCESS; }
static NTSTATUS EvtProtection(void *engine, int option) { (void)engine, (void)option; return STATUS_SUCCESS; }
static NTSTATUS EvtArmed(void *spotter, GUID *event, BOOLEAN *armed) { (void)spotter, (void)event; *armed = TRUE; return STATUS_SUCCESS; }
static NTSTATUS EvtArm(void *spotter, GUID *event, BOOLEAN armed) { (void)spotter, (void)event, (void)armed; return STATUS_SUCCESS; }
static NTSTATUS EvtPatterns(void *spotter, GUID *event, void *patterns, ULONG length) { (void)spotter, (void)event, (void)patterns, (void)length; return STATUS_SUCCESS; }
static NTSTATUS EvtReset(void *spotter, GUID *event) { (void)spotter, (void)event; return STATUS_SUCCESS; }
static NTSTATUS EvtCommand(void *module, void *input, ULONG length, void *output, ULONG *room) { (void)module, (void)input, (void)length, (void)output; *room = 4; return STATUS_SUCCESS; }

static void *volume(void *parent, BOOLEAN ramped)
{
    SIZED(ACX_VOLUME_CALLBACKS, callbacks);
    SIZED(ACX_VOLUME_CONFIG, config);
    void *element = NULL;
    callbacks.EvtAcxVolumeRetrieveLevel = (void *)EvtLevel;
    if (ramped)
        callbacks.EvtAcxRampedVolumeAssignLevel = (void *)EvtRampLevel;
    else
        callbacks.EvtAcxVolumeAssignLevel = (void *)EvtAssignLevel;
    config.Id = NO_ID;
    config.ChannelsCount = 2;
    config.Callbacks = &callbacks;
    OK(AcxVolumeCreate(parent, NULL, &config, &element));
    return element;
}

static void *mute(void *parent)
{
    SIZED(ACX_MUTE_CALLBACKS, callbacks);
    SIZED(ACX_MUTE_CONFIG, config);
    void *element = NULL;
    callbacks.EvtAcxMuteAssignState = (void *)EvtAssignMute;
    callbacks.EvtAcxMuteRetrieveState = (void *)EvtMute;
    config.Id = NO_ID;
    config.ChannelsCount = 2;
    config.Callbacks = &callbacks;
    OK(AcxMuteCreate(parent, NULL, &config, &element));
    return element;
}

static void *peak_meter(void *parent)
{
    SIZED(ACX_PEAKMETER_CALLBACKS, callbacks);
    SIZED(ACX_PEAKMETER_CONFIG, config);
    void *element = NULL;
    callbacks.EvtAcxPeakMeterRetrieveLevel = (void *)EvtLevel;
    config.Id = NO_ID;
    config.ChannelsCount = 2;
    config.Callbacks = &callbacks;
    OK(AcxPeakMeterCreate(parent, NULL, &config, &element));
    return element;
}

static void *engine(void *device, void *circuit)
{
    SIZED(ACX_AUDIOENGINE_CALLBACKS, callbacks);
    SIZED(ACX_AUDIOENGINE_CONFIG, config);
    callbacks.EvtAcxAudioEngineAssignEffectsState = (void *)EvtAssign;
    callbacks.EvtAcxAudioEngineRetrieveEffectsState = (void *)EvtEffects;
    callbacks.EvtAcxAudioEngineAssignEngineDeviceFormat = (void *)EvtDeviceFormat;
    callbacks.EvtAcxAudioEngineRetrieveEngineMixFormat = (void *)EvtMixFormat;
    callbacks.EvtAcxAudioEngineRetrieveBufferSizeLimits = (void *)EvtLimits;
    config.Id = NO_ID;
    config.HostPin = kept.host;
    config.Callbacks = &callbacks;
    OK(AcxAudioEngineCreate(circuit, NULL, &config, &kept.engine));
    kept.mix_format = make_format(device, 2);
    OK(AcxDataFormatListAddDataFormat(AcxAudioEngineGetDeviceFormatList(kept.engine), kept.mix_format));
    return kept.engine;
}

static void *spotter(void *circuit)
{
    SIZED(ACX_KEYWORDSPOTTER_CALLBACKS, callbacks);
    SIZED(ACX_KEYWORDSPOTTER_CONFIG, config);
    void *element = NULL;
    callbacks.EvtAcxKeywordSpotterRetrieveArm = (void *)EvtArmed;
    callbacks.EvtAcxKeywordSpotterAssignArm = (void *)EvtArm;
    callbacks.EvtAcxKeywordSpotterAssignPatterns = (void *)EvtPatterns;
    callbacks.EvtAcxKeywordSpotterAssignReset = (void *)EvtReset;
    config.Id = NO_ID;
    config.Pattern = AT(own_set);
    config.Callbacks = &callbacks;
    OK(AcxKeywordSpotterCreate(circuit, NULL, &config, &element));
    return element;
}

static void *module(void *circuit)
{
    SIZED(ACX_AUDIOMODULE_CALLBACKS, callbacks);
    SIZED(ACX_AUDIOMODULE_CONFIG, config);
    void *element = NULL;
    callbacks.EvtAcxAudioModuleProcessCommand = (void *)EvtCommand;
    config.Id = NO_ID;
    config.Descriptor.ClassId = own_set;
    config.Callbacks = &callbacks;
    OK(AcxAudioModuleCreate(circuit, NULL, &config, &element));
    return element;
}

static void *general(void *parent)
{
    SIZED(ACX_ELEMENT_CONFIG, config);
    ACX_PROPERTY_ITEM properties[1] = { property(5) };
    ACX_METHOD_ITEM methods[1] = { method(6) };
    void *element = NULL, *event;
    config.Id = NO_ID;
    config.Type = config.Name = AT(own_set);
    config.Properties = properties;
    config.Methods = methods;
    config.PropertiesCount = config.MethodsCount = 1;
    OK(AcxElementCreate(parent, NULL, &config, &element));
    event = own_event(element, 25, FALSE);
    OK(AcxElementAddEvents(element, &event, 1));
    return element;
}

static ACX_CONNECTION connection(void *from, void *to)
{
    SIZED(ACX_CONNECTION, wire);
    wire.FromObject = from;
    wire.ToObject = to;
    /* Pins by id, and no id: AcxPinIdDefault. */
    *(ULONG *)&wire.FromPin_Object = *(ULONG *)&wire.ToPin_Object = NO_ID;
    return wire;
}

void add_general(void *circuit)
{
    void *element = general(circuit);
    OK(AcxCircuitAddElements(circuit, &element, 1));
}

void add_elements(void *device, void *circuit)
{
    void *all[NODES];
    ACX_CONNECTION wires[4];
    all[NODE_VOLUME] = kept.volume = volume(circuit, FALSE);
    all[NODE_MUTE] = kept.mute = mute(circuit);
    all[NODE_PEAK] = peak_meter(circuit);
    all[NODE_ENGINE] = engine(device, circuit);
    all[NODE_SPOTTER] = spotter(circuit);
    all[NODE_MODULE] = module(circuit);
    all[NODE_RAMPED] = volume(circuit, TRUE);
    all[NODE_GENERAL] = general(circuit);
    OK(AcxCircuitAddElements(circuit, all, NODES));
    CHECK(AcxCircuitGetElementsCount(circuit) == NODES);
    CHECK(AcxCircuitGetElementById(circuit, NODE_RAMPED) == all[NODE_RAMPED]);
    CHECK(AcxElementGetId(all[NODE_ENGINE]) == NODE_ENGINE);
    CHECK(AcxElementGetContainer(all[NODE_ENGINE]) == circuit);
    wires[0] = connection(circuit, all[NODE_VOLUME]);
    wires[1] = connection(all[NODE_VOLUME], all[NODE_MUTE]);
    wires[2] = connection(all[NODE_MUTE], all[NODE_ENGINE]);
    wires[3] = connection(all[NODE_ENGINE], circuit);
    OK(AcxCircuitAddConnections(circuit, wires, 4));
}

void add_to_stream(void *stream)
{
    SIZED(ACX_STREAMAUDIOENGINE_CALLBACKS, callbacks);
    SIZED(ACX_STREAMAUDIOENGINE_CONFIG, config);
    ACX_CONNECTION wire;
    void *all[2] = { NULL, NULL };
    callbacks.EvtAcxStreamAudioEngineAssignEffectsState = (void *)EvtAssign;
    callbacks.EvtAcxStreamAudioEngineRetrieveEffectsState = (void *)EvtEffects;
    callbacks.EvtAcxStreamAudioEngineAssignCurrentWritePosition = (void *)EvtAssign;
    callbacks.EvtAcxStreamAudioEngineAssignLastBufferPosition = (void *)EvtAssign;
    callbacks.EvtAcxStreamAudioEngineRetrieveLinearBufferPosition = (void *)EvtLinear;
    callbacks.EvtAcxStreamAudioEngineRetrievePresentationPosition = (void *)EvtPresentation;
    callbacks.EvtAcxStreamAudioEngineAssignLoopbackProtection = (void *)EvtProtection;
    config.Id = NODE_ENGINE;
    config.Callbacks = &callbacks;
    OK(AcxStreamAudioEngineCreate(stream, kept.engine, NULL, &config, &all[0]));
    CHECK(AcxStreamAudioEngineGetStream(all[0]) == stream);
    all[1] = general(stream);
    OK(AcxStreamAddElements(stream, all, 2));
    CHECK(AcxStreamGetElementsCount(stream) == 2);
    CHECK(AcxStreamGetElementById(stream, NODE_ENGINE) == all[0]);
    wire = connection(all[0], all[1]);
    OK(AcxStreamAddConnections(stream, &wire, 1));
}
