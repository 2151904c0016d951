//! ACX 1.1 types, enums and callbacks as bindgen spells them.
//!
//! Made once by bindgen 0.73 over a header rebuilt from the fact tables (`facts/acx-*.tsv`); only a WDK can confirm it.
//! `tests/facts.rs` compares what the compiler makes of it with those tables.

use super::*;

pub const ACX_MAX_JACK_SINK_DESCRIPTION_NAME_LENGTH: u32 = 32;
pub const ACX_AUDIOMODULE_MAX_NAME_CCH_SIZE: u32 = 128;
pub const ACX_PROPERTY_ITEM_FLAG_NONE: u32 = 0;
pub const ACX_PROPERTY_ITEM_FLAG_GET: u32 = 1;
pub const ACX_PROPERTY_ITEM_FLAG_SET: u32 = 2;
pub const ACX_PROPERTY_ITEM_FLAG_BASICSUPPORT: u32 = 512;
pub const ACX_METHOD_ITEM_FLAG_NONE: u32 = 0;
pub const ACX_METHOD_ITEM_FLAG_SEND: u32 = 1;
pub const ACX_METHOD_ITEM_FLAG_BASICSUPPORT: u32 = 512;
pub const ACX_EVENT_ITEM_FLAG_NONE: u32 = 0;
pub const ACX_EVENT_ITEM_FLAG_ENABLE: u32 = 1;
pub const ACX_EVENT_ITEM_FLAG_BASICSUPPORT: u32 = 512;
pub const ACX_DEVICEINIT_CONFIG_CONTEXT_SIZE: u32 = 4;
pub const ACX_DEVICE_CONFIG_CONTEXT_SIZE: u32 = 4;
pub const ACX_TRACE_ID: u32 = 1148740417;
pub const ACX_FIRST_VERSION_SUPPORTING_CLIENT_VERSION_HIGHER_THAN_FRAMEWORK: u32 = 0;
pub type ACXCONTEXT = PVOID;
#[repr(C)]
#[derive(Debug)]
pub struct ACXCIRCUIT_INIT {
    _unused: [u8; 0],
}
pub type PACXCIRCUIT_INIT = *mut ACXCIRCUIT_INIT;
#[repr(C)]
#[derive(Debug)]
pub struct ACXSTREAM_INIT {
    _unused: [u8; 0],
}
pub type PACXSTREAM_INIT = *mut ACXSTREAM_INIT;
#[repr(C)]
#[derive(Debug)]
pub struct ACXFACTORYCIRCUIT_INIT {
    _unused: [u8; 0],
}
pub type PACXFACTORYCIRCUIT_INIT = *mut ACXFACTORYCIRCUIT_INIT;
pub type PCGUID = *const GUID;
pub type ACXOBJECT = WDFOBJECT;
pub type ACXFUNC = Option<unsafe extern "C" fn()>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_DRIVER_GLOBALS {
    pub Reserved: ULONG,
}
pub type ACX_DRIVER_GLOBALS = _ACX_DRIVER_GLOBALS;
pub type PACX_DRIVER_GLOBALS = *mut _ACX_DRIVER_GLOBALS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXMANAGER__ {
    pub unused: i32,
}
pub type ACXMANAGER = *mut ACXMANAGER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXOBJECTBAG__ {
    pub unused: i32,
}
pub type ACXOBJECTBAG = *mut ACXOBJECTBAG__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXEVENT__ {
    pub unused: i32,
}
pub type ACXEVENT = *mut ACXEVENT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXEVENTDATA__ {
    pub unused: i32,
}
pub type ACXEVENTDATA = *mut ACXEVENTDATA__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXPNPEVENT__ {
    pub unused: i32,
}
pub type ACXPNPEVENT = *mut ACXPNPEVENT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCIRCUIT__ {
    pub unused: i32,
}
pub type ACXCIRCUIT = *mut ACXCIRCUIT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXPIN__ {
    pub unused: i32,
}
pub type ACXPIN = *mut ACXPIN__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXELEMENT__ {
    pub unused: i32,
}
pub type ACXELEMENT = *mut ACXELEMENT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXAUDIOENGINE__ {
    pub unused: i32,
}
pub type ACXAUDIOENGINE = *mut ACXAUDIOENGINE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXSTREAMAUDIOENGINE__ {
    pub unused: i32,
}
pub type ACXSTREAMAUDIOENGINE = *mut ACXSTREAMAUDIOENGINE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXKEYWORDSPOTTER__ {
    pub unused: i32,
}
pub type ACXKEYWORDSPOTTER = *mut ACXKEYWORDSPOTTER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXVOLUME__ {
    pub unused: i32,
}
pub type ACXVOLUME = *mut ACXVOLUME__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXMUTE__ {
    pub unused: i32,
}
pub type ACXMUTE = *mut ACXMUTE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXJACK__ {
    pub unused: i32,
}
pub type ACXJACK = *mut ACXJACK__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXMICARRAYGEOMETRY__ {
    pub unused: i32,
}
pub type ACXMICARRAYGEOMETRY = *mut ACXMICARRAYGEOMETRY__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXPEAKMETER__ {
    pub unused: i32,
}
pub type ACXPEAKMETER = *mut ACXPEAKMETER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXSTREAM__ {
    pub unused: i32,
}
pub type ACXSTREAM = *mut ACXSTREAM__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXDATAFORMAT__ {
    pub unused: i32,
}
pub type ACXDATAFORMAT = *mut ACXDATAFORMAT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXDATAFORMATLIST__ {
    pub unused: i32,
}
pub type ACXDATAFORMATLIST = *mut ACXDATAFORMATLIST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXTARGETCIRCUIT__ {
    pub unused: i32,
}
pub type ACXTARGETCIRCUIT = *mut ACXTARGETCIRCUIT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXTARGETPIN__ {
    pub unused: i32,
}
pub type ACXTARGETPIN = *mut ACXTARGETPIN__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXTARGETELEMENT__ {
    pub unused: i32,
}
pub type ACXTARGETELEMENT = *mut ACXTARGETELEMENT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXTARGETSTREAM__ {
    pub unused: i32,
}
pub type ACXTARGETSTREAM = *mut ACXTARGETSTREAM__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXTARGETFACTORYCIRCUIT__ {
    pub unused: i32,
}
pub type ACXTARGETFACTORYCIRCUIT = *mut ACXTARGETFACTORYCIRCUIT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXSTREAMBRIDGE__ {
    pub unused: i32,
}
pub type ACXSTREAMBRIDGE = *mut ACXSTREAMBRIDGE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCOMPOSITE__ {
    pub unused: i32,
}
pub type ACXCOMPOSITE = *mut ACXCOMPOSITE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCOMPOSITEFACTORY__ {
    pub unused: i32,
}
pub type ACXCOMPOSITEFACTORY = *mut ACXCOMPOSITEFACTORY__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXFACTORYCIRCUIT__ {
    pub unused: i32,
}
pub type ACXFACTORYCIRCUIT = *mut ACXFACTORYCIRCUIT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCIRCUITMANAGER__ {
    pub unused: i32,
}
pub type ACXCIRCUITMANAGER = *mut ACXCIRCUITMANAGER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCOMPOSITETEMPLATE__ {
    pub unused: i32,
}
pub type ACXCOMPOSITETEMPLATE = *mut ACXCOMPOSITETEMPLATE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXCIRCUITTEMPLATE__ {
    pub unused: i32,
}
pub type ACXCIRCUITTEMPLATE = *mut ACXCIRCUITTEMPLATE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct ACXAUDIOMODULE__ {
    pub unused: i32,
}
pub type ACXAUDIOMODULE = *mut ACXAUDIOMODULE__;
pub mod _ACX_CIRCUIT_TYPE {
    pub type Type = i32;
    pub const AcxCircuitTypeOther: Type = 0;
    pub const AcxCircuitTypeRender: Type = 1;
    pub const AcxCircuitTypeCapture: Type = 2;
    pub const AcxCircuitTypeMaximum: Type = 3;
}
pub use self::_ACX_CIRCUIT_TYPE::Type as ACX_CIRCUIT_TYPE;
pub type PACX_CIRCUIT_TYPE = *mut _ACX_CIRCUIT_TYPE::Type;
pub mod _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_FLAGS {
    pub type Type = i32;
    pub const AcxFactoryCircitAddCircuitConfigNoFlags: Type = 0;
    pub const AcxFactoryCircitAddCircuitConfigValidFlags: Type = 0;
}
pub use self::_ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_FLAGS::Type as ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_FLAGS;
pub type PACX_FACTORY_CIRCUIT_ADD_CIRCUIT_FLAGS = *mut _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_FLAGS::Type;
pub mod _ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_FLAGS {
    pub type Type = i32;
    pub const AcxFactoryCircitRemoveCircuitConfigNoFlags: Type = 0;
    pub const AcxFactoryCircitRemoveCircuitConfigValidFlags: Type = 0;
}
pub use self::_ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_FLAGS::Type as ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_FLAGS;
pub type PACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_FLAGS =
    *mut _ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_FLAGS::Type;
pub mod _ACX_STOP_IO_FLAGS {
    pub type Type = i32;
    pub const AcxStopIoNoFlags: Type = 0;
    pub const AcxStopIoValidFlags: Type = 0;
}
pub use self::_ACX_STOP_IO_FLAGS::Type as ACX_STOP_IO_FLAGS;
pub type PACX_STOP_IO_FLAGS = *mut _ACX_STOP_IO_FLAGS::Type;
pub mod _ACX_DATAFORMAT_TYPE {
    pub type Type = i32;
    pub const AcxDataFormatKsFormat: Type = 0;
    pub const AcxDataFormatMaximum: Type = 1;
}
pub use self::_ACX_DATAFORMAT_TYPE::Type as ACX_DATAFORMAT_TYPE;
pub type PACX_DATAFORMAT_TYPE = *mut _ACX_DATAFORMAT_TYPE::Type;
pub mod _ACX_DATAFORMAT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDataFormatConfigNoFlags: Type = 0;
    pub const AcxDataFormatConfigValidFlags: Type = 0;
}
pub use self::_ACX_DATAFORMAT_CONFIG_FLAGS::Type as ACX_DATAFORMAT_CONFIG_FLAGS;
pub type PACX_DATAFORMAT_CONFIG_FLAGS = *mut _ACX_DATAFORMAT_CONFIG_FLAGS::Type;
pub mod _ACX_DATAFORMAT_LIST_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDataFormatListConfigNoFlags: Type = 0;
    pub const AcxDataFormatListConfigValidFlags: Type = 0;
}
pub use self::_ACX_DATAFORMAT_LIST_CONFIG_FLAGS::Type as ACX_DATAFORMAT_LIST_CONFIG_FLAGS;
pub type PACX_DATAFORMAT_LIST_CONFIG_FLAGS = *mut _ACX_DATAFORMAT_LIST_CONFIG_FLAGS::Type;
pub mod _ACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDataFormatListIteratorConfigNoFlags: Type = 0;
    pub const AcxDataFormatListIteratorConfigValidFlags: Type = 0;
}
pub use self::_ACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS::Type as ACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS;
pub type PACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS =
    *mut _ACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS::Type;
pub mod _ACX_DX_EXIT_LATENCY {
    pub type Type = i32;
    pub const AcxDxExitLatencyInstant: Type = 0;
    pub const AcxDxExitLatencyFast: Type = 1;
    pub const AcxDxExitLatencyResponsive: Type = 2;
}
pub use self::_ACX_DX_EXIT_LATENCY::Type as ACX_DX_EXIT_LATENCY;
pub type PACX_DX_EXIT_LATENCY = *mut _ACX_DX_EXIT_LATENCY::Type;
pub mod _ACX_DEVICEINIT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDeviceInitConfigNoFlags: Type = 0;
    pub const AcxDeviceInitConfigRawDevice: Type = 1;
    pub const AcxDeviceInitConfigValidFlags: Type = 1;
}
pub use self::_ACX_DEVICEINIT_CONFIG_FLAGS::Type as ACX_DEVICEINIT_CONFIG_FLAGS;
pub type PACX_DEVICEINIT_CONFIG_FLAGS = *mut _ACX_DEVICEINIT_CONFIG_FLAGS::Type;
pub mod _ACX_DEVICE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDeviceConfigNoFlags: Type = 0;
    pub const AcxDeviceConfigValidFlags: Type = 0;
}
pub use self::_ACX_DEVICE_CONFIG_FLAGS::Type as ACX_DEVICE_CONFIG_FLAGS;
pub type PACX_DEVICE_CONFIG_FLAGS = *mut _ACX_DEVICE_CONFIG_FLAGS::Type;
pub mod _ACX_DRIVER_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxDriverConfigNoFlags: Type = 0;
    pub const AcxDriverConfigValidFlags: Type = 0;
}
pub use self::_ACX_DRIVER_CONFIG_FLAGS::Type as ACX_DRIVER_CONFIG_FLAGS;
pub type PACX_DRIVER_CONFIG_FLAGS = *mut _ACX_DRIVER_CONFIG_FLAGS::Type;
pub mod _ACX_ELEMENT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxElementConfigNoFlags: Type = 0;
    pub const AcxElementConfigValidFlags: Type = 0;
}
pub use self::_ACX_ELEMENT_CONFIG_FLAGS::Type as ACX_ELEMENT_CONFIG_FLAGS;
pub type PACX_ELEMENT_CONFIG_FLAGS = *mut _ACX_ELEMENT_CONFIG_FLAGS::Type;
pub mod _ACX_MUTE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxMuteConfigNoFlags: Type = 0;
    pub const AcxMuteConfigValidFlags: Type = 0;
}
pub use self::_ACX_MUTE_CONFIG_FLAGS::Type as ACX_MUTE_CONFIG_FLAGS;
pub type PACX_MUTE_CONFIG_FLAGS = *mut _ACX_MUTE_CONFIG_FLAGS::Type;
pub mod _ACX_VOLUME_CURVE_TYPE {
    pub type Type = i32;
    pub const AcxVolumeCurveTypeNone: Type = 0;
    pub const AcxVolumeCurveTypeFade: Type = 1;
}
pub use self::_ACX_VOLUME_CURVE_TYPE::Type as ACX_VOLUME_CURVE_TYPE;
pub type PACX_VOLUME_CURVE_TYPE = *mut _ACX_VOLUME_CURVE_TYPE::Type;
pub mod _ACX_VOLUME_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxVolumeConfigNoFlags: Type = 0;
    pub const AcxVolumeConfigValidFlags: Type = 0;
}
pub use self::_ACX_VOLUME_CONFIG_FLAGS::Type as ACX_VOLUME_CONFIG_FLAGS;
pub type PACX_VOLUME_CONFIG_FLAGS = *mut _ACX_VOLUME_CONFIG_FLAGS::Type;
pub mod _ACX_PEAKMETER_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxPeakMeterConfigNoFlags: Type = 0;
    pub const AcxPeakMeterConfigValidFlags: Type = 0;
}
pub use self::_ACX_PEAKMETER_CONFIG_FLAGS::Type as ACX_PEAKMETER_CONFIG_FLAGS;
pub type PACX_PEAKMETER_CONFIG_FLAGS = *mut _ACX_PEAKMETER_CONFIG_FLAGS::Type;
pub mod _ACX_CONSTRICTOR_OPTION {
    pub type Type = i32;
    pub const AcxConstrictorOptionNone: Type = 0;
    pub const AcxConstrictorOptionMute: Type = 1;
}
pub use self::_ACX_CONSTRICTOR_OPTION::Type as ACX_CONSTRICTOR_OPTION;
pub type PACX_CONSTRICTOR_OPTION = *mut _ACX_CONSTRICTOR_OPTION::Type;
pub mod _ACX_AUDIOENGINE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxAudioEngineConfigNoFlags: Type = 0;
    pub const AcxAudioEngineConfigVolumeNotPresent: Type = 1;
    pub const AcxAudioEngineConfigVolumeSecondary: Type = 2;
    pub const AcxAudioEngineConfigMuteNotPresent: Type = 4;
    pub const AcxAudioEngineConfigMuteSecondary: Type = 8;
    pub const AcxAudioEngineConfigPeakMeterNotPresent: Type = 16;
    pub const AcxAudioEngineConfigPeakMeterSecondary: Type = 32;
    pub const AcxAudioEngineConfigValidFlags: Type = 63;
}
pub use self::_ACX_AUDIOENGINE_CONFIG_FLAGS::Type as ACX_AUDIOENGINE_CONFIG_FLAGS;
pub type PACX_AUDIOENGINE_CONFIG_FLAGS = *mut _ACX_AUDIOENGINE_CONFIG_FLAGS::Type;
pub mod _ACX_STREAMAUDIOENGINE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxStreamAudioEngineConfigNoFlags: Type = 0;
    pub const AcxStreamAudioEngineConfigValidFlags: Type = 0;
}
pub use self::_ACX_STREAMAUDIOENGINE_CONFIG_FLAGS::Type as ACX_STREAMAUDIOENGINE_CONFIG_FLAGS;
pub type PACX_STREAMAUDIOENGINE_CONFIG_FLAGS = *mut _ACX_STREAMAUDIOENGINE_CONFIG_FLAGS::Type;
pub mod _ACX_KEYWORDSPOTTER_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxKeywordSpotterConfigNoFlags: Type = 0;
    pub const AcxKeywordSpotterConfigValidFlags: Type = 0;
}
pub use self::_ACX_KEYWORDSPOTTER_CONFIG_FLAGS::Type as ACX_KEYWORDSPOTTER_CONFIG_FLAGS;
pub type PACX_KEYWORDSPOTTER_CONFIG_FLAGS = *mut _ACX_KEYWORDSPOTTER_CONFIG_FLAGS::Type;
pub mod _ACX_AUDIOMODULE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxAudioModuleConfigNoFlags: Type = 0;
    pub const AcxAudioModuleConfigValidFlags: Type = 0;
}
pub use self::_ACX_AUDIOMODULE_CONFIG_FLAGS::Type as ACX_AUDIOMODULE_CONFIG_FLAGS;
pub type PACX_AUDIOMODULE_CONFIG_FLAGS = *mut _ACX_AUDIOMODULE_CONFIG_FLAGS::Type;
pub mod _ACX_EVENT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxEventConfigNoFlags: Type = 0;
    pub const AcxEventConfigValidFlags: Type = 0;
}
pub use self::_ACX_EVENT_CONFIG_FLAGS::Type as ACX_EVENT_CONFIG_FLAGS;
pub type PACX_EVENT_CONFIG_FLAGS = *mut _ACX_EVENT_CONFIG_FLAGS::Type;
pub mod _ACX_PNPEVENT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxPnpEventConfigNoFlags: Type = 0;
    pub const AcxPnpEventConfigValidFlags: Type = 0;
}
pub use self::_ACX_PNPEVENT_CONFIG_FLAGS::Type as ACX_PNPEVENT_CONFIG_FLAGS;
pub type PACX_PNPEVENT_CONFIG_FLAGS = *mut _ACX_PNPEVENT_CONFIG_FLAGS::Type;
pub mod _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxCircuitTemplateConfigNoFlags: Type = 0;
    pub const AcxCircuitTemplateCircuitOnDemand: Type = 1;
    pub const AcxCircuitTemplateConfigValidFlags: Type = 1;
}
pub use self::_ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::Type as ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS;
pub type PACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS = *mut _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::Type;
pub mod _ACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxCompositeTemplateConfigNoFlags: Type = 0;
    pub const AcxCompositeTemplateConfigPrivate: Type = 1;
    pub const AcxCompositeTemplateConfigSingleton: Type = 2;
    pub const AcxCompositeTemplateConfigValidFlags: Type = 3;
}
pub use self::_ACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS::Type as ACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS;
pub type PACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS = *mut _ACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS::Type;
pub mod _ACX_OBJECTBAG_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxObjectBagConfigNoFlags: Type = 0;
    pub const AcxObjectBagConfigEnableReads: Type = 1;
    pub const AcxObjectBagConfigEnableWrites: Type = 2;
    pub const AcxObjectBagConfigFailIfExist: Type = 4;
    pub const AcxObjectBagConfigOpenWithHandle: Type = 8;
    pub const AcxObjectBagConfigValidFlags: Type = 15;
}
pub use self::_ACX_OBJECTBAG_CONFIG_FLAGS::Type as ACX_OBJECTBAG_CONFIG_FLAGS;
pub type PACX_OBJECTBAG_CONFIG_FLAGS = *mut _ACX_OBJECTBAG_CONFIG_FLAGS::Type;
pub mod _ACX_PIN_TYPE {
    pub type Type = i32;
    pub const AcxPinTypeOther: Type = 0;
    pub const AcxPinTypeSink: Type = 1;
    pub const AcxPinTypeSource: Type = 2;
    pub const AcxPinTypeMaximum: Type = 3;
}
pub use self::_ACX_PIN_TYPE::Type as ACX_PIN_TYPE;
pub type PACX_PIN_TYPE = *mut _ACX_PIN_TYPE::Type;
pub mod _ACX_PIN_COMMUNICATION {
    pub type Type = i32;
    pub const AcxPinCommunicationNone: Type = 0;
    pub const AcxPinCommunicationSink: Type = 1;
    pub const AcxPinCommunicationSource: Type = 2;
    pub const AcxPinCommunicationMaximum: Type = 3;
}
pub use self::_ACX_PIN_COMMUNICATION::Type as ACX_PIN_COMMUNICATION;
pub type PACX_PIN_COMMUNICATION = *mut _ACX_PIN_COMMUNICATION::Type;
pub mod _ACX_PIN_QUALIFIER {
    pub type Type = i32;
    pub const AcxPinQualifierUnknown: Type = 0;
    pub const AcxPinQualifierBridgeA: Type = 1;
    pub const AcxPinQualifierBridgeB: Type = 2;
    pub const AcxPinQualifierBridgeDevice: Type = 3;
    pub const AcxPinQualifierMaximum: Type = 4;
}
pub use self::_ACX_PIN_QUALIFIER::Type as ACX_PIN_QUALIFIER;
pub type PACX_PIN_QUALIFIER = *mut _ACX_PIN_QUALIFIER::Type;
pub mod _ACX_JACK_SINK_INFO_CONNECTION_TYPE {
    pub type Type = i32;
    pub const AcxJackSinkInfoConnectionTypeHdmi: Type = 0;
    pub const AcxJackSinkInfoConnectionTypeDisplayPort: Type = 1;
}
pub use self::_ACX_JACK_SINK_INFO_CONNECTION_TYPE::Type as ACX_JACK_SINK_INFO_CONNECTION_TYPE;
pub type PACX_JACK_SINK_INFO_CONNECTION_TYPE = *mut _ACX_JACK_SINK_INFO_CONNECTION_TYPE::Type;
pub mod _ACX_MICROPHONE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxMicrophoneConfigNoFlags: Type = 0;
    pub const AcxMicrophoneConfigValidFlags: Type = 0;
}
pub use self::_ACX_MICROPHONE_CONFIG_FLAGS::Type as ACX_MICROPHONE_CONFIG_FLAGS;
pub type PACX_MICROPHONE_CONFIG_FLAGS = *mut _ACX_MICROPHONE_CONFIG_FLAGS::Type;
pub mod _ACX_PIN_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxPinConfigNoFlags: Type = 0;
    pub const AcxPinConfigMicrophoneConfigSpecified: Type = 1;
    pub const AcxPinConfigNoDefaultDataFormatLists: Type = 16;
    pub const AcxPinConfigValidFlags: Type = 17;
}
pub use self::_ACX_PIN_CONFIG_FLAGS::Type as ACX_PIN_CONFIG_FLAGS;
pub type PACX_PIN_CONFIG_FLAGS = *mut _ACX_PIN_CONFIG_FLAGS::Type;
pub mod _ACX_CONNECTION_FLAGS {
    pub type Type = i32;
    pub const AcxConnectionNoFlags: Type = 0;
    pub const AcxConnectionFromPinId: Type = 0;
    pub const AcxConnectionFromPinObject: Type = 1;
    pub const AcxConnectionToPinId: Type = 0;
    pub const AcxConnectionToPinObject: Type = 2;
    pub const AcxConnectionValidFlags: Type = 3;
}
pub use self::_ACX_CONNECTION_FLAGS::Type as ACX_CONNECTION_FLAGS;
pub type PACX_CONNECTION_FLAGS = *mut _ACX_CONNECTION_FLAGS::Type;
pub mod _ACX_PHYSICAL_CONNECTION_FLAGS {
    pub type Type = i32;
    pub const AcxPhysicalConnectionNoFlags: Type = 0;
    pub const AcxPhysicalConnectionFromPinId: Type = 0;
    pub const AcxPhysicalConnectionFromPinObject: Type = 1;
    pub const AcxPhysicalConnectionValidFlags: Type = 1;
}
pub use self::_ACX_PHYSICAL_CONNECTION_FLAGS::Type as ACX_PHYSICAL_CONNECTION_FLAGS;
pub type PACX_PHYSICAL_CONNECTION_FLAGS = *mut _ACX_PHYSICAL_CONNECTION_FLAGS::Type;
pub mod _ACX_JACK_CONNECTION_TYPE {
    pub type Type = i32;
    pub const AcxConnTypeUnknown: Type = 0;
    pub const AcxConnType3Point5mm: Type = 1;
    pub const AcxConnTypeQuarter: Type = 2;
    pub const AcxConnTypeAtapiInternal: Type = 3;
    pub const AcxConnTypeRCA: Type = 4;
    pub const AcxConnTypeOptical: Type = 5;
    pub const AcxConnTypeOtherDigital: Type = 6;
    pub const AcxConnTypeOtherAnalog: Type = 7;
    pub const AcxConnTypeMultichannelAnalogDIN: Type = 8;
    pub const AcxConnTypeXlrProfessional: Type = 9;
    pub const AcxConnTypeRJ11Modem: Type = 10;
    pub const AcxConnTypeCombination: Type = 11;
}
pub use self::_ACX_JACK_CONNECTION_TYPE::Type as ACX_JACK_CONNECTION_TYPE;
pub type PACX_JACK_CONNECTION_TYPE = *mut _ACX_JACK_CONNECTION_TYPE::Type;
pub mod _ACX_JACK_GEO_LOCATION {
    pub type Type = i32;
    pub const AcxGeoLocRear: Type = 1;
    pub const AcxGeoLocFront: Type = 2;
    pub const AcxGeoLocLeft: Type = 3;
    pub const AcxGeoLocRight: Type = 4;
    pub const AcxGeoLocTop: Type = 5;
    pub const AcxGeoLocBottom: Type = 6;
    pub const AcxGeoLocRearPanel: Type = 7;
    pub const AcxGeoLocRiser: Type = 8;
    pub const AcxGeoLocInsideMobileLid: Type = 9;
    pub const AcxGeoLocDrivebay: Type = 10;
    pub const AcxGeoLocHDMI: Type = 11;
    pub const AcxGeoLocOutsideMobileLid: Type = 12;
    pub const AcxGeoLocATAPI: Type = 13;
    pub const AcxGeoLocNotApplicable: Type = 14;
    pub const AcxGeoLocReserved6: Type = 15;
    pub const AcxJackGeoLocationMaximum: Type = 16;
}
pub use self::_ACX_JACK_GEO_LOCATION::Type as ACX_JACK_GEO_LOCATION;
pub type PACX_JACK_GEO_LOCATION = *mut _ACX_JACK_GEO_LOCATION::Type;
pub mod _ACX_JACK_GEN_LOCATION {
    pub type Type = i32;
    pub const AcxGenLocPrimaryBox: Type = 0;
    pub const AcxGenLocInternal: Type = 1;
    pub const AcxGenLocSeparate: Type = 2;
    pub const AcxGenLocOther: Type = 3;
    pub const AcxJackGenLocationMaximum: Type = 4;
}
pub use self::_ACX_JACK_GEN_LOCATION::Type as ACX_JACK_GEN_LOCATION;
pub type PACX_JACK_GEN_LOCATION = *mut _ACX_JACK_GEN_LOCATION::Type;
pub mod _ACX_JACK_PORT_CONNECTION {
    pub type Type = i32;
    pub const AcxPortConnJack: Type = 0;
    pub const AcxPortConnIntegratedDevice: Type = 1;
    pub const AcxPortConnBothIntegratedAndJack: Type = 2;
    pub const AcxPortConnUnknown: Type = 3;
}
pub use self::_ACX_JACK_PORT_CONNECTION::Type as ACX_JACK_PORT_CONNECTION;
pub type PACX_JACK_PORT_CONNECTION = *mut _ACX_JACK_PORT_CONNECTION::Type;
pub mod _ACX_JACK_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxJackConfigNoFlags: Type = 0;
    pub const AcxJackConfigJackDetection: Type = 1;
    pub const AcxJackConfigValidFlags: Type = 1;
}
pub use self::_ACX_JACK_CONFIG_FLAGS::Type as ACX_JACK_CONFIG_FLAGS;
pub type PACX_JACK_CONFIG_FLAGS = *mut _ACX_JACK_CONFIG_FLAGS::Type;
pub mod _ACX_MICROPHONE_TYPE {
    pub type Type = i32;
    pub const AcxMicrophoneTypeOmniDirectional: Type = 0;
    pub const AcxMicrophoneTypeSubCardioid: Type = 1;
    pub const AcxMicrophoneTypeCardioid: Type = 2;
    pub const AcxMicrophoneTypeSuperCardioid: Type = 3;
    pub const AcxMicrophoneTypeHyperCardioid: Type = 4;
    pub const AcxMicrophoneType8Shaped: Type = 5;
    pub const AcxMicrophoneTypeMaximum: Type = 6;
    pub const AcxMicrophoneTypeVendorDefined: Type = 15;
}
pub use self::_ACX_MICROPHONE_TYPE::Type as ACX_MICROPHONE_TYPE;
pub type PACX_MICROPHONE_TYPE = *mut _ACX_MICROPHONE_TYPE::Type;
pub mod _ACX_MIC_ARRAY_TYPE {
    pub type Type = i32;
    pub const AcxMicArrayTypeLinear: Type = 0;
    pub const AcxMicArrayTypePlanar: Type = 1;
    pub const AcxMicArrayType3d: Type = 2;
    pub const AcxMicArrayTypeMaximum: Type = 3;
}
pub use self::_ACX_MIC_ARRAY_TYPE::Type as ACX_MIC_ARRAY_TYPE;
pub type PACX_MIC_ARRAY_TYPE = *mut _ACX_MIC_ARRAY_TYPE::Type;
pub mod _ACX_MICARRAYGEOMETRY_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxMicArrayGeometryConfigNoFlags: Type = 0;
    pub const AcxMicArrayGeometryConfigValidFlags: Type = 0;
}
pub use self::_ACX_MICARRAYGEOMETRY_CONFIG_FLAGS::Type as ACX_MICARRAYGEOMETRY_CONFIG_FLAGS;
pub type PACX_MICARRAYGEOMETRY_CONFIG_FLAGS = *mut _ACX_MICARRAYGEOMETRY_CONFIG_FLAGS::Type;
pub mod _ACX_REQUEST_TYPE {
    pub type Type = i32;
    pub const AcxRequestTypeUnknown: Type = 0;
    pub const AcxRequestTypeAny: Type = 1;
    pub const AcxRequestTypeCreate: Type = 2;
    pub const AcxRequestTypeProperty: Type = 3;
    pub const AcxRequestTypeMethod: Type = 4;
    pub const AcxRequestTypeEvent: Type = 5;
    pub const AcxRequestTypeResetState: Type = 6;
    pub const AcxRequestTypeMax: Type = 7;
}
pub use self::_ACX_REQUEST_TYPE::Type as ACX_REQUEST_TYPE;
pub type PACX_REQUEST_TYPE = *mut _ACX_REQUEST_TYPE::Type;
pub mod _ACX_PROPERTY_VERB {
    pub type Type = i32;
    pub const AcxPropertyVerbNone: Type = 0;
    pub const AcxPropertyVerbGet: Type = 1;
    pub const AcxPropertyVerbSet: Type = 2;
    pub const AcxPropertyVerbBasicSupport: Type = 3;
    pub const AcxPropertyVerbSetSupport: Type = 4;
    pub const AcxPropertyVerbMax: Type = 5;
}
pub use self::_ACX_PROPERTY_VERB::Type as ACX_PROPERTY_VERB;
pub type PACX_PROPERTY_VERB = *mut _ACX_PROPERTY_VERB::Type;
pub mod _ACX_METHOD_VERB {
    pub type Type = i32;
    pub const AcxMethodVerbNone: Type = 0;
    pub const AcxMethodVerbSend: Type = 1;
    pub const AcxMethodVerbBasicSupport: Type = 2;
    pub const AcxMethodVerbSetSupport: Type = 3;
    pub const AcxMethodVerbMax: Type = 4;
}
pub use self::_ACX_METHOD_VERB::Type as ACX_METHOD_VERB;
pub type PACX_METHOD_VERB = *mut _ACX_METHOD_VERB::Type;
pub mod _ACX_EVENT_VERB {
    pub type Type = i32;
    pub const AcxEventVerbNone: Type = 0;
    pub const AcxEventVerbEnable: Type = 1;
    pub const AcxEventVerbDisable: Type = 2;
    pub const AcxEventVerbBasicSupport: Type = 3;
    pub const AcxEventVerbSetSupport: Type = 4;
    pub const AcxEventVerbMax: Type = 5;
}
pub use self::_ACX_EVENT_VERB::Type as ACX_EVENT_VERB;
pub type PACX_EVENT_VERB = *mut _ACX_EVENT_VERB::Type;
pub mod _ACX_ITEM_TYPE {
    pub type Type = i32;
    pub const AcxItemTypeDefault: Type = 0;
    pub const AcxItemTypeCircuit: Type = 0;
    pub const AcxItemTypeStream: Type = 0;
    pub const AcxItemTypeFactoryCircuit: Type = 0;
    pub const AcxItemTypePin: Type = 1;
    pub const AcxItemTypeElement: Type = 2;
    pub const AcxItemTypeMax: Type = 3;
}
pub use self::_ACX_ITEM_TYPE::Type as ACX_ITEM_TYPE;
pub type PACX_ITEM_TYPE = *mut _ACX_ITEM_TYPE::Type;
pub mod _ACX_STREAM_STATE {
    pub type Type = i32;
    pub const AcxStreamStateStop: Type = 0;
    pub const AcxStreamStateAcquire: Type = 1;
    pub const AcxStreamStatePause: Type = 2;
    pub const AcxStreamStateRun: Type = 3;
    pub const AcxStreamStateMaximum: Type = 4;
}
pub use self::_ACX_STREAM_STATE::Type as ACX_STREAM_STATE;
pub type PACX_STREAM_STATE = *mut _ACX_STREAM_STATE::Type;
pub mod _ACX_STREAM_BRIDGE_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxStreamBridgeConfigNoFlags: Type = 0;
    pub const AcxStreamBridgeInvertChangeStateSequence: Type = 1;
    pub const AcxStreamBridgeForwardInStreamVarArguments: Type = 2;
    pub const AcxStreamBridgeConfigValidFlags: Type = 3;
}
pub use self::_ACX_STREAM_BRIDGE_CONFIG_FLAGS::Type as ACX_STREAM_BRIDGE_CONFIG_FLAGS;
pub type PACX_STREAM_BRIDGE_CONFIG_FLAGS = *mut _ACX_STREAM_BRIDGE_CONFIG_FLAGS::Type;
pub mod _ACX_STREAM_BRIDGE_TYPE {
    pub type Type = i32;
    pub const AcxStreamBridgeInvalidType: Type = 0;
    pub const AcxStreamBridgeMux: Type = 1;
    pub const AcxStreamBridgeMaximumType: Type = 2;
    pub const AcxStreamBridgeDefaultType: Type = 1;
}
pub use self::_ACX_STREAM_BRIDGE_TYPE::Type as ACX_STREAM_BRIDGE_TYPE;
pub type PACX_STREAM_BRIDGE_TYPE = *mut _ACX_STREAM_BRIDGE_TYPE::Type;
pub mod _ACX_TARGET_CIRCUIT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxTargetCircuitConfigNoFlags: Type = 0;
    pub const AcxTargetCircuitConfigLazyDataLoad: Type = 1;
    pub const AcxTargetCircuitConfigValidFlags: Type = 1;
}
pub use self::_ACX_TARGET_CIRCUIT_CONFIG_FLAGS::Type as ACX_TARGET_CIRCUIT_CONFIG_FLAGS;
pub type PACX_TARGET_CIRCUIT_CONFIG_FLAGS = *mut _ACX_TARGET_CIRCUIT_CONFIG_FLAGS::Type;
pub mod _ACX_TARGET_STREAM_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxTargetStreamConfigNoFlags: Type = 0;
    pub const AcxTargetStreamConfigValidFlags: Type = 0;
}
pub use self::_ACX_TARGET_STREAM_CONFIG_FLAGS::Type as ACX_TARGET_STREAM_CONFIG_FLAGS;
pub type PACX_TARGET_STREAM_CONFIG_FLAGS = *mut _ACX_TARGET_STREAM_CONFIG_FLAGS::Type;
pub mod _ACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS {
    pub type Type = i32;
    pub const AcxTargetFactoryCircuitConfigNoFlags: Type = 0;
    pub const AcxTargetFactoryCircuitConfigValidFlags: Type = 0;
}
pub use self::_ACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS::Type as ACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS;
pub type PACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS =
    *mut _ACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS::Type;
pub mod _ACXFUNCENUM {
    pub type Type = i32;
    pub const AcxCircuitInitAllocateTableIndex: Type = 0;
    pub const AcxCircuitInitFreeTableIndex: Type = 1;
    pub const AcxCircuitInitSetComponentIdTableIndex: Type = 2;
    pub const AcxCircuitInitAssignComponentUriTableIndex: Type = 3;
    pub const AcxCircuitInitAssignNameTableIndex: Type = 4;
    pub const AcxCircuitInitAssignCategoriesTableIndex: Type = 5;
    pub const AcxCircuitInitSetCircuitTypeTableIndex: Type = 6;
    pub const AcxCircuitInitAssignPropertiesTableIndex: Type = 7;
    pub const AcxCircuitInitAssignMethodsTableIndex: Type = 8;
    pub const AcxCircuitInitSetAcxCircuitPnpPowerCallbacksTableIndex: Type = 9;
    pub const AcxCircuitInitSetAcxCircuitCompositeCallbacksTableIndex: Type = 10;
    pub const AcxCircuitInitAssignAcxRequestPreprocessCallbackTableIndex: Type = 11;
    pub const AcxCircuitInitAssignAcxCreateStreamCallbackTableIndex: Type = 12;
    pub const AcxCircuitInitDisableDefaultStreamBridgeHandlingTableIndex: Type = 13;
    pub const AcxCircuitCreateTableIndex: Type = 14;
    pub const AcxCircuitAddEventsTableIndex: Type = 15;
    pub const AcxCircuitAddElementsTableIndex: Type = 16;
    pub const AcxCircuitGetElementByIdTableIndex: Type = 17;
    pub const AcxCircuitAddConnectionsTableIndex: Type = 18;
    pub const AcxCircuitAddPhysicalConnectionsTableIndex: Type = 19;
    pub const AcxCircuitAddPinsTableIndex: Type = 20;
    pub const AcxCircuitGetPinByIdTableIndex: Type = 21;
    pub const AcxCircuitGetWdfDeviceTableIndex: Type = 22;
    pub const AcxCircuitDispatchAcxRequestTableIndex: Type = 23;
    pub const AcxCircuitStopIoActualTableIndex: Type = 24;
    pub const AcxCircuitResumeIoActualTableIndex: Type = 25;
    pub const AcxFactoryCircuitInitAllocateTableIndex: Type = 26;
    pub const AcxFactoryCircuitInitFreeTableIndex: Type = 27;
    pub const AcxFactoryCircuitInitSetComponentIdTableIndex: Type = 28;
    pub const AcxFactoryCircuitInitAssignComponentUriTableIndex: Type = 29;
    pub const AcxFactoryCircuitInitAssignNameTableIndex: Type = 30;
    pub const AcxFactoryCircuitInitAssignCategoriesTableIndex: Type = 31;
    pub const AcxFactoryCircuitInitAssignPropertiesTableIndex: Type = 32;
    pub const AcxFactoryCircuitInitAssignMethodsTableIndex: Type = 33;
    pub const AcxFactoryCircuitInitSetOperationCallbacksTableIndex: Type = 34;
    pub const AcxFactoryCircuitInitSetAcxCircuitPnpPowerCallbacksTableIndex: Type = 35;
    pub const AcxFactoryCircuitInitAssignAcxRequestPreprocessCallbackTableIndex: Type = 36;
    pub const AcxFactoryCircuitCreateTableIndex: Type = 37;
    pub const AcxFactoryCircuitAddElementsTableIndex: Type = 38;
    pub const AcxDataFormatCreateTableIndex: Type = 39;
    pub const AcxDataFormatGetMajorFormatTableIndex: Type = 40;
    pub const AcxDataFormatGetSubFormatTableIndex: Type = 41;
    pub const AcxDataFormatGetSpecifierTableIndex: Type = 42;
    pub const AcxDataFormatGetChannelsCountTableIndex: Type = 43;
    pub const AcxDataFormatGetChannelMaskTableIndex: Type = 44;
    pub const AcxDataFormatGetSampleSizeTableIndex: Type = 45;
    pub const AcxDataFormatGetBitsPerSampleTableIndex: Type = 46;
    pub const AcxDataFormatGetValidBitsPerSampleTableIndex: Type = 47;
    pub const AcxDataFormatGetSamplesPerBlockTableIndex: Type = 48;
    pub const AcxDataFormatGetBlockAlignTableIndex: Type = 49;
    pub const AcxDataFormatGetSampleRateTableIndex: Type = 50;
    pub const AcxDataFormatGetAverageBytesPerSecTableIndex: Type = 51;
    pub const AcxDataFormatGetEncodedSamplesPerSecTableIndex: Type = 52;
    pub const AcxDataFormatGetEncodedChannelCountTableIndex: Type = 53;
    pub const AcxDataFormatGetEncodedAverageBytesPerSecTableIndex: Type = 54;
    pub const AcxDataFormatGetKsDataFormatTableIndex: Type = 55;
    pub const AcxDataFormatGetWaveFormatExTableIndex: Type = 56;
    pub const AcxDataFormatGetWaveFormatExtensibleTableIndex: Type = 57;
    pub const AcxDataFormatGetWaveFormatExtensibleIec61937TableIndex: Type = 58;
    pub const AcxDataFormatIsEqualTableIndex: Type = 59;
    pub const AcxDataFormatListCreateTableIndex: Type = 60;
    pub const AcxDataFormatListAddDataFormatTableIndex: Type = 61;
    pub const AcxDataFormatListRemoveDataFormatTableIndex: Type = 62;
    pub const AcxDataFormatListAssignDefaultDataFormatTableIndex: Type = 63;
    pub const AcxDataFormatListRetrieveDefaultDataFormatTableIndex: Type = 64;
    pub const AcxDataFormatListBeginIterationTableIndex: Type = 65;
    pub const AcxDataFormatListRetrieveNextFormatTableIndex: Type = 66;
    pub const AcxDataFormatListEndIterationTableIndex: Type = 67;
    pub const AcxDeviceInitInitializeTableIndex: Type = 68;
    pub const AcxDeviceInitializeTableIndex: Type = 69;
    pub const AcxDeviceAddCircuitTableIndex: Type = 70;
    pub const AcxDeviceRemoveCircuitTableIndex: Type = 71;
    pub const AcxDeviceDetachCircuitTableIndex: Type = 72;
    pub const AcxDeviceAddCircuitDeviceTableIndex: Type = 73;
    pub const AcxDeviceRemoveCircuitDeviceTableIndex: Type = 74;
    pub const AcxDeviceAddFactoryCircuitTableIndex: Type = 75;
    pub const AcxDeviceRemoveFactoryCircuitTableIndex: Type = 76;
    pub const AcxDeviceGetCurrentDxExitLatencyTableIndex: Type = 77;
    pub const AcxDriverInitializeTableIndex: Type = 78;
    pub const AcxDriverIsVersionAvailableTableIndex: Type = 79;
    pub const AcxElementCreateTableIndex: Type = 80;
    pub const AcxElementAddEventsTableIndex: Type = 81;
    pub const AcxElementGetIdTableIndex: Type = 82;
    pub const AcxElementGetContainerTableIndex: Type = 83;
    pub const AcxMuteCreateTableIndex: Type = 84;
    pub const AcxMuteChangeStateNotificationTableIndex: Type = 85;
    pub const AcxVolumeCreateTableIndex: Type = 86;
    pub const AcxVolumeChangeLevelNotificationTableIndex: Type = 87;
    pub const AcxPeakMeterCreateTableIndex: Type = 88;
    pub const AcxAudioEngineCreateTableIndex: Type = 89;
    pub const AcxAudioEngineGetDeviceFormatListTableIndex: Type = 90;
    pub const AcxStreamAudioEngineCreateTableIndex: Type = 91;
    pub const AcxStreamAudioEngineGetStreamTableIndex: Type = 92;
    pub const AcxKeywordSpotterCreateTableIndex: Type = 93;
    pub const AcxAudioModuleCreateTableIndex: Type = 94;
    pub const AcxEventCreateTableIndex: Type = 95;
    pub const AcxEventAddEventDataTableIndex: Type = 96;
    pub const AcxEventGenerateEventTableIndex: Type = 97;
    pub const AcxPnpEventCreateTableIndex: Type = 98;
    pub const AcxPnpEventGenerateEventTableIndex: Type = 99;
    pub const AcxGetManagerTableIndex: Type = 100;
    pub const AcxManagerAddCompositeTemplateTableIndex: Type = 101;
    pub const AcxManagerRemoveCompositeTemplateTableIndex: Type = 102;
    pub const AcxCompositeTemplateCreateTableIndex: Type = 103;
    pub const AcxCompositeTemplateAssignCircuitsTableIndex: Type = 104;
    pub const AcxCompositeTemplateSetCoreCircuitTableIndex: Type = 105;
    pub const AcxCircuitTemplateCreateTableIndex: Type = 106;
    pub const AcxObjectBagCreateTableIndex: Type = 107;
    pub const AcxObjectBagOpenTableIndex: Type = 108;
    pub const AcxObjectBagAddI1TableIndex: Type = 109;
    pub const AcxObjectBagAddUI1TableIndex: Type = 110;
    pub const AcxObjectBagAddI2TableIndex: Type = 111;
    pub const AcxObjectBagAddUI2TableIndex: Type = 112;
    pub const AcxObjectBagAddI4TableIndex: Type = 113;
    pub const AcxObjectBagAddUI4TableIndex: Type = 114;
    pub const AcxObjectBagAddI8TableIndex: Type = 115;
    pub const AcxObjectBagAddUI8TableIndex: Type = 116;
    pub const AcxObjectBagAddSizeTTableIndex: Type = 117;
    pub const AcxObjectBagAddGuidTableIndex: Type = 118;
    pub const AcxObjectBagAddStringTableIndex: Type = 119;
    pub const AcxObjectBagAddMultiStringTableIndex: Type = 120;
    pub const AcxObjectBagAddUnicodeStringTableIndex: Type = 121;
    pub const AcxObjectBagAddBlobTableIndex: Type = 122;
    pub const AcxObjectBagRetrieveI1TableIndex: Type = 123;
    pub const AcxObjectBagRetrieveUI1TableIndex: Type = 124;
    pub const AcxObjectBagRetrieveI2TableIndex: Type = 125;
    pub const AcxObjectBagRetrieveUI2TableIndex: Type = 126;
    pub const AcxObjectBagRetrieveI4TableIndex: Type = 127;
    pub const AcxObjectBagRetrieveUI4TableIndex: Type = 128;
    pub const AcxObjectBagRetrieveI8TableIndex: Type = 129;
    pub const AcxObjectBagRetrieveUI8TableIndex: Type = 130;
    pub const AcxObjectBagRetrieveSizeTTableIndex: Type = 131;
    pub const AcxObjectBagRetrieveGuidTableIndex: Type = 132;
    pub const AcxObjectBagRetrieveStringTableIndex: Type = 133;
    pub const AcxObjectBagRetrieveMultiStringTableIndex: Type = 134;
    pub const AcxObjectBagRetrieveUnicodeStringTableIndex: Type = 135;
    pub const AcxObjectBagRetrieveBlobTableIndex: Type = 136;
    pub const AcxPinCreateTableIndex: Type = 137;
    pub const AcxPinAddEventsTableIndex: Type = 138;
    pub const AcxPinAddJacksTableIndex: Type = 139;
    pub const AcxPinRetrieveModeDataFormatListTableIndex: Type = 140;
    pub const AcxPinAssignModeDataFormatListTableIndex: Type = 141;
    pub const AcxPinGetRawDataFormatListTableIndex: Type = 142;
    pub const AcxPinNotifyDataFormatChangeTableIndex: Type = 143;
    pub const AcxPinAddStreamBridgesTableIndex: Type = 144;
    pub const AcxPinRemoveStreamBridgesTableIndex: Type = 145;
    pub const AcxPinGetCircuitTableIndex: Type = 146;
    pub const AcxPinGetTypeTableIndex: Type = 147;
    pub const AcxPinGetIdTableIndex: Type = 148;
    pub const AcxJackCreateTableIndex: Type = 149;
    pub const AcxJackChangeStateNotificationTableIndex: Type = 150;
    pub const AcxMicArrayGeometryCreateTableIndex: Type = 151;
    pub const AcxMicArrayGeometryAddMicrophoneCoordinatesTableIndex: Type = 152;
    pub const AcxRequestGetParametersTableIndex: Type = 153;
    pub const AcxStreamInitAssignPropertiesTableIndex: Type = 154;
    pub const AcxStreamInitAssignMethodsTableIndex: Type = 155;
    pub const AcxStreamInitAssignAcxRequestPreprocessCallbackTableIndex: Type = 156;
    pub const AcxStreamInitAssignAcxStreamCallbacksTableIndex: Type = 157;
    pub const AcxStreamInitAssignAcxRtStreamCallbacksTableIndex: Type = 158;
    pub const AcxStreamInitSetAcxRtStreamSupportsNotificationsTableIndex: Type = 159;
    pub const AcxStreamCreateTableIndex: Type = 160;
    pub const AcxStreamAddEventsTableIndex: Type = 161;
    pub const AcxStreamAddElementsTableIndex: Type = 162;
    pub const AcxStreamGetElementByIdTableIndex: Type = 163;
    pub const AcxStreamAddConnectionsTableIndex: Type = 164;
    pub const AcxStreamGetCircuitTableIndex: Type = 165;
    pub const AcxStreamDispatchAcxRequestTableIndex: Type = 166;
    pub const AcxStreamStopIoActualTableIndex: Type = 167;
    pub const AcxStreamResumeIoActualTableIndex: Type = 168;
    pub const AcxRtStreamCreateTableIndex: Type = 169;
    pub const AcxRtStreamNotifyPacketCompleteTableIndex: Type = 170;
    pub const AcxDrmAddContentHandlersTableIndex: Type = 171;
    pub const AcxDrmCreateContentMixedTableIndex: Type = 172;
    pub const AcxDrmDestroyContentTableIndex: Type = 173;
    pub const AcxDrmForwardContentToDeviceObjectTableIndex: Type = 174;
    pub const AcxDrmRetrieveContentRightsTableIndex: Type = 175;
    pub const AcxStreamBridgeCreateTableIndex: Type = 176;
    pub const AcxStreamBridgeAddStreamTableIndex: Type = 177;
    pub const AcxStreamBridgeRemoveStreamTableIndex: Type = 178;
    pub const AcxStreamBridgeGetTargetStreamTableIndex: Type = 179;
    pub const AcxTargetCircuitCreateTableIndex: Type = 180;
    pub const AcxTargetCircuitGetWdfIoTargetTableIndex: Type = 181;
    pub const AcxTargetCircuitGetPinsCountTableIndex: Type = 182;
    pub const AcxTargetCircuitGetTargetPinTableIndex: Type = 183;
    pub const AcxTargetCircuitGetElementsCountTableIndex: Type = 184;
    pub const AcxTargetCircuitGetTargetElementTableIndex: Type = 185;
    pub const AcxTargetCircuitFormatRequestForPropertyTableIndex: Type = 186;
    pub const AcxTargetCircuitFormatRequestForMethodTableIndex: Type = 187;
    pub const AcxTargetPinGetIdTableIndex: Type = 188;
    pub const AcxTargetPinGetWdfIoTargetTableIndex: Type = 189;
    pub const AcxTargetPinRetrieveModeDataFormatListTableIndex: Type = 190;
    pub const AcxTargetPinFormatRequestForPropertyTableIndex: Type = 191;
    pub const AcxTargetPinFormatRequestForMethodTableIndex: Type = 192;
    pub const AcxTargetElementGetIdTableIndex: Type = 193;
    pub const AcxTargetElementGetTypeTableIndex: Type = 194;
    pub const AcxTargetElementGetNameTagTableIndex: Type = 195;
    pub const AcxTargetElementGetWdfIoTargetTableIndex: Type = 196;
    pub const AcxTargetElementFormatRequestForPropertyTableIndex: Type = 197;
    pub const AcxTargetElementFormatRequestForMethodTableIndex: Type = 198;
    pub const AcxTargetStreamCreateTableIndex: Type = 199;
    pub const AcxTargetStreamGetWdfIoTargetTableIndex: Type = 200;
    pub const AcxTargetStreamGetElementsCountTableIndex: Type = 201;
    pub const AcxTargetStreamGetTargetElementTableIndex: Type = 202;
    pub const AcxTargetStreamAssignDrmContentIdTableIndex: Type = 203;
    pub const AcxTargetStreamFormatRequestForPropertyTableIndex: Type = 204;
    pub const AcxTargetStreamFormatRequestForMethodTableIndex: Type = 205;
    pub const AcxTargetFactoryCircuitCreateTableIndex: Type = 206;
    pub const AcxTargetFactoryCircuitGetWdfIoTargetTableIndex: Type = 207;
    pub const AcxTargetFactoryCircuitFormatRequestForPropertyTableIndex: Type = 208;
    pub const AcxTargetFactoryCircuitFormatRequestForMethodTableIndex: Type = 209;
    pub const AcxCircuitGetElementsCountTableIndex: Type = 210;
    pub const AcxCircuitGetPinsCountTableIndex: Type = 211;
    pub const AcxCircuitGetSymbolicLinkNameTableIndex: Type = 212;
    pub const AcxCircuitGetNotificationIdTableIndex: Type = 213;
    pub const AcxFactoryCircuitGetSymbolicLinkNameTableIndex: Type = 214;
    pub const AcxDataFormatListRemoveDataFormatsTableIndex: Type = 215;
    pub const AcxPinRemoveModeDataFormatListTableIndex: Type = 216;
    pub const AcxStreamGetElementsCountTableIndex: Type = 217;
    pub const AcxStreamGetNotificationIdTableIndex: Type = 218;
    pub const AcxTargetCircuitGetSymbolicLinkNameTableIndex: Type = 219;
    pub const AcxTargetPinFlushModeDataFormatListCacheTableIndex: Type = 220;
    pub const AcxFunctionTableNumEntries: Type = 221;
}
pub use self::_ACXFUNCENUM::Type as ACXFUNCENUM;
pub mod _ACXSTRUCTENUM {
    pub type Type = i32;
    pub const INDEX_ACX_AUDIOENGINE_CALLBACKS: Type = 0;
    pub const INDEX_ACX_AUDIOENGINE_CONFIG: Type = 1;
    pub const INDEX_ACX_AUDIOMODULE_CALLBACKS: Type = 2;
    pub const INDEX_ACX_AUDIOMODULE_CONFIG: Type = 3;
    pub const INDEX_ACX_AUDIOMODULE_DESCRIPTOR: Type = 4;
    pub const INDEX_ACX_CIRCUIT_COMPOSITE_CALLBACKS: Type = 5;
    pub const INDEX_ACX_CIRCUIT_PNPPOWER_CALLBACKS: Type = 6;
    pub const INDEX_ACX_CIRCUIT_TEMPLATE_CONFIG: Type = 7;
    pub const INDEX_ACX_COMPOSITE_TEMPLATE_CONFIG: Type = 8;
    pub const INDEX_ACX_CONNECTION: Type = 9;
    pub const INDEX_ACX_DATAFORMAT_CONFIG: Type = 10;
    pub const INDEX_ACX_DATAFORMAT_LIST_CONFIG: Type = 11;
    pub const INDEX_ACX_DATAFORMAT_LIST_ITERATOR: Type = 12;
    pub const INDEX_ACX_DEVICE_CONFIG: Type = 13;
    pub const INDEX_ACX_DEVICEINIT_CONFIG: Type = 14;
    pub const INDEX_ACX_DRIVER_CONFIG: Type = 15;
    pub const INDEX_ACX_DRIVER_GLOBALS: Type = 16;
    pub const INDEX_ACX_DRIVER_VERSION_AVAILABLE_PARAMS: Type = 17;
    pub const INDEX_ACX_ELEMENT_CONFIG: Type = 18;
    pub const INDEX_ACX_EVENT_CALLBACKS: Type = 19;
    pub const INDEX_ACX_EVENT_CONFIG: Type = 20;
    pub const INDEX_ACX_EVENT_ITEM: Type = 21;
    pub const INDEX_ACX_FACTORY_CIRCUIT_ADD_CIRCUIT: Type = 22;
    pub const INDEX_ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS: Type = 23;
    pub const INDEX_ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS: Type = 24;
    pub const INDEX_ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT: Type = 25;
    pub const INDEX_ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION: Type = 26;
    pub const INDEX_ACX_JACK_CALLBACKS: Type = 27;
    pub const INDEX_ACX_JACK_CONFIG: Type = 28;
    pub const INDEX_ACX_JACK_DESCRIPTION: Type = 29;
    pub const INDEX_ACX_JACK_SINK_INFORMATION: Type = 30;
    pub const INDEX_ACX_KEYWORDSPOTTER_CALLBACKS: Type = 31;
    pub const INDEX_ACX_KEYWORDSPOTTER_CONFIG: Type = 32;
    pub const INDEX_ACX_METHOD_ITEM: Type = 33;
    pub const INDEX_ACX_MIC_ARRAY_GEOMETRY: Type = 34;
    pub const INDEX_ACX_MICARRAYGEOMETRY_CONFIG: Type = 35;
    pub const INDEX_ACX_MICROPHONE_CONFIG: Type = 36;
    pub const INDEX_ACX_MICROPHONE_COORDINATES: Type = 37;
    pub const INDEX_ACX_MUTE_CALLBACKS: Type = 38;
    pub const INDEX_ACX_MUTE_CONFIG: Type = 39;
    pub const INDEX_ACX_OBJECTBAG_CONFIG: Type = 40;
    pub const INDEX_ACX_PEAKMETER_CALLBACKS: Type = 41;
    pub const INDEX_ACX_PEAKMETER_CONFIG: Type = 42;
    pub const INDEX_ACX_PHYSICAL_CONNECTION: Type = 43;
    pub const INDEX_ACX_PIN_CALLBACKS: Type = 44;
    pub const INDEX_ACX_PIN_CONFIG: Type = 45;
    pub const INDEX_ACX_PNPEVENT_CONFIG: Type = 46;
    pub const INDEX_ACX_PROPERTY_ITEM: Type = 47;
    pub const INDEX_ACX_REQUEST_PARAMETERS: Type = 48;
    pub const INDEX_ACX_RT_STREAM_CALLBACKS: Type = 49;
    pub const INDEX_ACX_RTPACKET: Type = 50;
    pub const INDEX_ACX_STREAM_BRIDGE_CONFIG: Type = 51;
    pub const INDEX_ACX_STREAM_CALLBACKS: Type = 52;
    pub const INDEX_ACX_STREAMAUDIOENGINE_CALLBACKS: Type = 53;
    pub const INDEX_ACX_STREAMAUDIOENGINE_CONFIG: Type = 54;
    pub const INDEX_ACX_TARGET_CIRCUIT_CONFIG: Type = 55;
    pub const INDEX_ACX_TARGET_FACTORY_CIRCUIT_CONFIG: Type = 56;
    pub const INDEX_ACX_TARGET_STREAM_CONFIG: Type = 57;
    pub const INDEX_ACX_VOLUME_CALLBACKS: Type = 58;
    pub const INDEX_ACX_VOLUME_CONFIG: Type = 59;
    pub const INDEX_ACXDRMFORWARD: Type = 60;
    pub const INDEX_ACXDRMRIGHTS: Type = 61;
    pub const ACX_STRUCTURE_TABLE_NUM_ENTRIES: Type = 62;
}
pub use self::_ACXSTRUCTENUM::Type as ACXSTRUCTENUM;
pub type ACX_CIRCUIT_COMPOSITE_CALLBACKS = _ACX_CIRCUIT_COMPOSITE_CALLBACKS;
pub type PACX_CIRCUIT_COMPOSITE_CALLBACKS = *mut _ACX_CIRCUIT_COMPOSITE_CALLBACKS;
pub type ACX_CIRCUIT_PNPPOWER_CALLBACKS = _ACX_CIRCUIT_PNPPOWER_CALLBACKS;
pub type PACX_CIRCUIT_PNPPOWER_CALLBACKS = *mut _ACX_CIRCUIT_PNPPOWER_CALLBACKS;
pub type ACX_FACTORY_CIRCUIT_ADD_CIRCUIT = _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT;
pub type PACX_FACTORY_CIRCUIT_ADD_CIRCUIT = *mut _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT;
pub type ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS = _ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS;
pub type PACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS = *mut _ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS;
pub type ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS = _ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS;
pub type PACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS = *mut _ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS;
pub type ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT = _ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT;
pub type PACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT = *mut _ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT;
pub type ACX_DATAFORMAT_CONFIG = _ACX_DATAFORMAT_CONFIG;
pub type PACX_DATAFORMAT_CONFIG = *mut _ACX_DATAFORMAT_CONFIG;
pub type ACX_DATAFORMAT_LIST_CONFIG = _ACX_DATAFORMAT_LIST_CONFIG;
pub type PACX_DATAFORMAT_LIST_CONFIG = *mut _ACX_DATAFORMAT_LIST_CONFIG;
pub type ACX_DATAFORMAT_LIST_ITERATOR = _ACX_DATAFORMAT_LIST_ITERATOR;
pub type PACX_DATAFORMAT_LIST_ITERATOR = *mut _ACX_DATAFORMAT_LIST_ITERATOR;
pub type ACX_DEVICE_CONFIG = _ACX_DEVICE_CONFIG;
pub type PACX_DEVICE_CONFIG = *mut _ACX_DEVICE_CONFIG;
pub type ACX_DEVICEINIT_CONFIG = _ACX_DEVICEINIT_CONFIG;
pub type PACX_DEVICEINIT_CONFIG = *mut _ACX_DEVICEINIT_CONFIG;
pub type ACX_DRIVER_CONFIG = _ACX_DRIVER_CONFIG;
pub type PACX_DRIVER_CONFIG = *mut _ACX_DRIVER_CONFIG;
pub type ACX_DRIVER_VERSION_AVAILABLE_PARAMS = _ACX_DRIVER_VERSION_AVAILABLE_PARAMS;
pub type PACX_DRIVER_VERSION_AVAILABLE_PARAMS = *mut _ACX_DRIVER_VERSION_AVAILABLE_PARAMS;
pub type ACX_AUDIOENGINE_CALLBACKS = _ACX_AUDIOENGINE_CALLBACKS;
pub type PACX_AUDIOENGINE_CALLBACKS = *mut _ACX_AUDIOENGINE_CALLBACKS;
pub type ACX_AUDIOENGINE_CONFIG = _ACX_AUDIOENGINE_CONFIG;
pub type PACX_AUDIOENGINE_CONFIG = *mut _ACX_AUDIOENGINE_CONFIG;
pub type ACX_AUDIOMODULE_CALLBACKS = _ACX_AUDIOMODULE_CALLBACKS;
pub type PACX_AUDIOMODULE_CALLBACKS = *mut _ACX_AUDIOMODULE_CALLBACKS;
pub type ACX_AUDIOMODULE_CONFIG = _ACX_AUDIOMODULE_CONFIG;
pub type PACX_AUDIOMODULE_CONFIG = *mut _ACX_AUDIOMODULE_CONFIG;
pub type ACX_AUDIOMODULE_DESCRIPTOR = _ACX_AUDIOMODULE_DESCRIPTOR;
pub type PACX_AUDIOMODULE_DESCRIPTOR = *mut _ACX_AUDIOMODULE_DESCRIPTOR;
pub type ACX_ELEMENT_CONFIG = _ACX_ELEMENT_CONFIG;
pub type PACX_ELEMENT_CONFIG = *mut _ACX_ELEMENT_CONFIG;
pub type ACX_KEYWORDSPOTTER_CALLBACKS = _ACX_KEYWORDSPOTTER_CALLBACKS;
pub type PACX_KEYWORDSPOTTER_CALLBACKS = *mut _ACX_KEYWORDSPOTTER_CALLBACKS;
pub type ACX_KEYWORDSPOTTER_CONFIG = _ACX_KEYWORDSPOTTER_CONFIG;
pub type PACX_KEYWORDSPOTTER_CONFIG = *mut _ACX_KEYWORDSPOTTER_CONFIG;
pub type ACX_MUTE_CALLBACKS = _ACX_MUTE_CALLBACKS;
pub type PACX_MUTE_CALLBACKS = *mut _ACX_MUTE_CALLBACKS;
pub type ACX_MUTE_CONFIG = _ACX_MUTE_CONFIG;
pub type PACX_MUTE_CONFIG = *mut _ACX_MUTE_CONFIG;
pub type ACX_PEAKMETER_CALLBACKS = _ACX_PEAKMETER_CALLBACKS;
pub type PACX_PEAKMETER_CALLBACKS = *mut _ACX_PEAKMETER_CALLBACKS;
pub type ACX_PEAKMETER_CONFIG = _ACX_PEAKMETER_CONFIG;
pub type PACX_PEAKMETER_CONFIG = *mut _ACX_PEAKMETER_CONFIG;
pub type ACX_STREAMAUDIOENGINE_CALLBACKS = _ACX_STREAMAUDIOENGINE_CALLBACKS;
pub type PACX_STREAMAUDIOENGINE_CALLBACKS = *mut _ACX_STREAMAUDIOENGINE_CALLBACKS;
pub type ACX_STREAMAUDIOENGINE_CONFIG = _ACX_STREAMAUDIOENGINE_CONFIG;
pub type PACX_STREAMAUDIOENGINE_CONFIG = *mut _ACX_STREAMAUDIOENGINE_CONFIG;
pub type ACX_VOLUME_CALLBACKS = _ACX_VOLUME_CALLBACKS;
pub type PACX_VOLUME_CALLBACKS = *mut _ACX_VOLUME_CALLBACKS;
pub type ACX_VOLUME_CONFIG = _ACX_VOLUME_CONFIG;
pub type PACX_VOLUME_CONFIG = *mut _ACX_VOLUME_CONFIG;
pub type ACX_EVENT_CALLBACKS = _ACX_EVENT_CALLBACKS;
pub type PACX_EVENT_CALLBACKS = *mut _ACX_EVENT_CALLBACKS;
pub type ACX_EVENT_CONFIG = _ACX_EVENT_CONFIG;
pub type PACX_EVENT_CONFIG = *mut _ACX_EVENT_CONFIG;
pub type ACX_PNPEVENT_CONFIG = _ACX_PNPEVENT_CONFIG;
pub type PACX_PNPEVENT_CONFIG = *mut _ACX_PNPEVENT_CONFIG;
pub type ACX_CIRCUIT_TEMPLATE_CONFIG = _ACX_CIRCUIT_TEMPLATE_CONFIG;
pub type PACX_CIRCUIT_TEMPLATE_CONFIG = *mut _ACX_CIRCUIT_TEMPLATE_CONFIG;
pub type ACX_COMPOSITE_TEMPLATE_CONFIG = _ACX_COMPOSITE_TEMPLATE_CONFIG;
pub type PACX_COMPOSITE_TEMPLATE_CONFIG = *mut _ACX_COMPOSITE_TEMPLATE_CONFIG;
pub type ACX_OBJECTBAG_CONFIG = _ACX_OBJECTBAG_CONFIG;
pub type PACX_OBJECTBAG_CONFIG = *mut _ACX_OBJECTBAG_CONFIG;
pub type ACX_CONNECTION = _ACX_CONNECTION;
pub type PACX_CONNECTION = *mut _ACX_CONNECTION;
pub type ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION = _ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION;
pub type PACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION = *mut _ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION;
pub type ACX_JACK_CALLBACKS = _ACX_JACK_CALLBACKS;
pub type PACX_JACK_CALLBACKS = *mut _ACX_JACK_CALLBACKS;
pub type ACX_JACK_CONFIG = _ACX_JACK_CONFIG;
pub type PACX_JACK_CONFIG = *mut _ACX_JACK_CONFIG;
pub type ACX_JACK_DESCRIPTION = _ACX_JACK_DESCRIPTION;
pub type PACX_JACK_DESCRIPTION = *mut _ACX_JACK_DESCRIPTION;
pub type ACX_JACK_SINK_INFORMATION = _ACX_JACK_SINK_INFORMATION;
pub type PACX_JACK_SINK_INFORMATION = *mut _ACX_JACK_SINK_INFORMATION;
pub type ACX_MIC_ARRAY_GEOMETRY = _ACX_MIC_ARRAY_GEOMETRY;
pub type PACX_MIC_ARRAY_GEOMETRY = *mut _ACX_MIC_ARRAY_GEOMETRY;
pub type ACX_MICARRAYGEOMETRY_CONFIG = _ACX_MICARRAYGEOMETRY_CONFIG;
pub type PACX_MICARRAYGEOMETRY_CONFIG = *mut _ACX_MICARRAYGEOMETRY_CONFIG;
pub type ACX_MICROPHONE_CONFIG = _ACX_MICROPHONE_CONFIG;
pub type PACX_MICROPHONE_CONFIG = *mut _ACX_MICROPHONE_CONFIG;
pub type ACX_MICROPHONE_COORDINATES = _ACX_MICROPHONE_COORDINATES;
pub type PACX_MICROPHONE_COORDINATES = *mut _ACX_MICROPHONE_COORDINATES;
pub type ACX_PHYSICAL_CONNECTION = _ACX_PHYSICAL_CONNECTION;
pub type PACX_PHYSICAL_CONNECTION = *mut _ACX_PHYSICAL_CONNECTION;
pub type ACX_PIN_CALLBACKS = _ACX_PIN_CALLBACKS;
pub type PACX_PIN_CALLBACKS = *mut _ACX_PIN_CALLBACKS;
pub type ACX_PIN_CONFIG = _ACX_PIN_CONFIG;
pub type PACX_PIN_CONFIG = *mut _ACX_PIN_CONFIG;
pub type ACX_EVENT_ITEM = _ACX_EVENT_ITEM;
pub type PACX_EVENT_ITEM = *mut _ACX_EVENT_ITEM;
pub type ACX_METHOD_ITEM = _ACX_METHOD_ITEM;
pub type PACX_METHOD_ITEM = *mut _ACX_METHOD_ITEM;
pub type ACX_PROPERTY_ITEM = _ACX_PROPERTY_ITEM;
pub type PACX_PROPERTY_ITEM = *mut _ACX_PROPERTY_ITEM;
pub type ACX_REQUEST_PARAMETERS = _ACX_REQUEST_PARAMETERS;
pub type PACX_REQUEST_PARAMETERS = *mut _ACX_REQUEST_PARAMETERS;
pub type ACX_RT_STREAM_CALLBACKS = _ACX_RT_STREAM_CALLBACKS;
pub type PACX_RT_STREAM_CALLBACKS = *mut _ACX_RT_STREAM_CALLBACKS;
pub type ACX_RTPACKET = _ACX_RTPACKET;
pub type PACX_RTPACKET = *mut _ACX_RTPACKET;
pub type ACX_STREAM_BRIDGE_CONFIG = _ACX_STREAM_BRIDGE_CONFIG;
pub type PACX_STREAM_BRIDGE_CONFIG = *mut _ACX_STREAM_BRIDGE_CONFIG;
pub type ACX_STREAM_CALLBACKS = _ACX_STREAM_CALLBACKS;
pub type PACX_STREAM_CALLBACKS = *mut _ACX_STREAM_CALLBACKS;
pub type ACXDRMFORWARD = _ACXDRMFORWARD;
pub type PACXDRMFORWARD = *mut _ACXDRMFORWARD;
pub type ACXDRMRIGHTS = _ACXDRMRIGHTS;
pub type PACXDRMRIGHTS = *mut _ACXDRMRIGHTS;
pub type ACX_TARGET_CIRCUIT_CONFIG = _ACX_TARGET_CIRCUIT_CONFIG;
pub type PACX_TARGET_CIRCUIT_CONFIG = *mut _ACX_TARGET_CIRCUIT_CONFIG;
pub type ACX_TARGET_FACTORY_CIRCUIT_CONFIG = _ACX_TARGET_FACTORY_CIRCUIT_CONFIG;
pub type PACX_TARGET_FACTORY_CIRCUIT_CONFIG = *mut _ACX_TARGET_FACTORY_CIRCUIT_CONFIG;
pub type ACX_TARGET_STREAM_CONFIG = _ACX_TARGET_STREAM_CONFIG;
pub type PACX_TARGET_STREAM_CONFIG = *mut _ACX_TARGET_STREAM_CONFIG;
pub type PCACXDRMFORWARD = *const ACXDRMFORWARD;
pub type PCACXDRMRIGHTS = *const ACXDRMRIGHTS;
pub type PFN_ACX_CIRCUIT_COMPOSITE_CIRCUIT_INITIALIZE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXCIRCUIT, arg3: ACXOBJECTBAG) -> NTSTATUS>;
pub type PFN_ACX_CIRCUIT_COMPOSITE_DEINITIALIZE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXCIRCUIT, arg3: ACXOBJECTBAG)>;
pub type PFN_ACX_CIRCUIT_COMPOSITE_INITIALIZE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXCIRCUIT, arg3: ACXOBJECTBAG) -> NTSTATUS>;
pub type PFN_ACX_CIRCUIT_CREATE_STREAM = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXCIRCUIT,
        arg3: ACXPIN,
        arg4: PACXSTREAM_INIT,
        arg5: ACXDATAFORMAT,
        arg6: *const GUID,
        arg7: ACXOBJECTBAG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_CIRCUIT_POWER_DOWN = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXCIRCUIT,
        arg3: WDF_POWER_DEVICE_STATE,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_CIRCUIT_POWER_UP = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXCIRCUIT,
        arg3: WDF_POWER_DEVICE_STATE,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_CIRCUIT_PREPARE_HARDWARE = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXCIRCUIT,
        arg3: WDFCMRESLIST,
        arg4: WDFCMRESLIST,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_CIRCUIT_RELEASE_HARDWARE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXCIRCUIT, arg3: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_ACX_FACTORY_CIRCUIT_CREATE_CIRCUIT = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: WDFDEVICE,
        arg3: ACXFACTORYCIRCUIT,
        arg4: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
        arg5: PACXCIRCUIT_INIT,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_CREATE_CIRCUITDEVICE = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXFACTORYCIRCUIT,
        arg3: PACX_FACTORY_CIRCUIT_ADD_CIRCUIT,
        arg4: *mut WDFDEVICE,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_DELETE_CIRCUITDEVICE = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXFACTORYCIRCUIT, arg3: WDFDEVICE) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_POWER_DOWN = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXFACTORYCIRCUIT,
        arg3: WDF_POWER_DEVICE_STATE,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_POWER_UP = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXFACTORYCIRCUIT,
        arg3: WDF_POWER_DEVICE_STATE,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_PREPARE_HARDWARE = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: ACXFACTORYCIRCUIT,
        arg3: WDFCMRESLIST,
        arg4: WDFCMRESLIST,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_FACTORY_CIRCUIT_RELEASE_HARDWARE = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: ACXFACTORYCIRCUIT, arg3: WDFCMRESLIST) -> NTSTATUS,
>;
pub type PFN_ACX_AUDIOENGINE_ASSIGN_EFFECTS_STATE =
    Option<unsafe extern "C" fn(arg1: ACXAUDIOENGINE, arg2: ULONG) -> NTSTATUS>;
pub type PFN_ACX_AUDIOENGINE_ASSIGN_ENGINE_FORMAT =
    Option<unsafe extern "C" fn(arg1: ACXAUDIOENGINE, arg2: ACXDATAFORMAT) -> NTSTATUS>;
pub type PFN_ACX_AUDIOENGINE_RETRIEVE_BUFFER_SIZE_LIMITS = Option<
    unsafe extern "C" fn(
        arg1: ACXAUDIOENGINE,
        arg2: ACXDATAFORMAT,
        arg3: PULONG,
        arg4: PULONG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_AUDIOENGINE_RETRIEVE_EFFECTS_STATE =
    Option<unsafe extern "C" fn(arg1: ACXAUDIOENGINE, arg2: PULONG) -> NTSTATUS>;
pub type PFN_ACX_AUDIOENGINE_RETRIEVE_ENGINE_FORMAT =
    Option<unsafe extern "C" fn(arg1: ACXAUDIOENGINE, arg2: *mut ACXDATAFORMAT) -> NTSTATUS>;
pub type PFN_ACX_AUDIOMODULE_PROCESSCOMMAND = Option<
    unsafe extern "C" fn(
        arg1: ACXAUDIOMODULE,
        arg2: PVOID,
        arg3: ULONG,
        arg4: PVOID,
        arg5: PULONG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_KEYWORDSPOTTER_ASSIGN_ARM = Option<
    unsafe extern "C" fn(arg1: ACXKEYWORDSPOTTER, arg2: *mut GUID, arg3: BOOLEAN) -> NTSTATUS,
>;
pub type PFN_ACX_KEYWORDSPOTTER_ASSIGN_PATTERNS = Option<
    unsafe extern "C" fn(
        arg1: ACXKEYWORDSPOTTER,
        arg2: *mut GUID,
        arg3: PVOID,
        arg4: ULONG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_KEYWORDSPOTTER_ASSIGN_RESET =
    Option<unsafe extern "C" fn(arg1: ACXKEYWORDSPOTTER, arg2: *mut GUID) -> NTSTATUS>;
pub type PFN_ACX_KEYWORDSPOTTER_RETRIEVE_ARM = Option<
    unsafe extern "C" fn(arg1: ACXKEYWORDSPOTTER, arg2: *mut GUID, arg3: PBOOLEAN) -> NTSTATUS,
>;
pub type PFN_ACX_MUTE_ASSIGN_STATE =
    Option<unsafe extern "C" fn(arg1: ACXMUTE, arg2: ULONG, arg3: ULONG) -> NTSTATUS>;
pub type PFN_ACX_MUTE_RETRIEVE_STATE =
    Option<unsafe extern "C" fn(arg1: ACXMUTE, arg2: ULONG, arg3: *mut ULONG) -> NTSTATUS>;
pub type PFN_ACX_PEAKMETER_RETRIEVE_LEVEL =
    Option<unsafe extern "C" fn(arg1: ACXPEAKMETER, arg2: ULONG, arg3: *mut LONG) -> NTSTATUS>;
pub type PFN_ACX_RAMPED_VOLUME_ASSIGN_LEVEL = Option<
    unsafe extern "C" fn(
        arg1: ACXVOLUME,
        arg2: ULONG,
        arg3: LONG,
        arg4: ACX_VOLUME_CURVE_TYPE,
        arg5: ULONGLONG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_STREAMAUDIOENGINE_ASSIGN_CURRENT_WRITE_POSITION =
    Option<unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: ULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAMAUDIOENGINE_ASSIGN_EFFECTS_STATE =
    Option<unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: ULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAMAUDIOENGINE_ASSIGN_LAST_BUFFER_POSITION =
    Option<unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: ULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAMAUDIOENGINE_ASSIGN_LOOPBACK_PROTECTION = Option<
    unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: ACX_CONSTRICTOR_OPTION) -> NTSTATUS,
>;
pub type PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_EFFECTS_STATE =
    Option<unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: PULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_LINEAR_BUFFER_POSITION =
    Option<unsafe extern "C" fn(arg1: ACXSTREAMAUDIOENGINE, arg2: PULONGLONG) -> NTSTATUS>;
pub type PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_PRESENTATION_POSITION = Option<
    unsafe extern "C" fn(
        arg1: ACXSTREAMAUDIOENGINE,
        arg2: PULONGLONG,
        arg3: PULONGLONG,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_VOLUME_ASSIGN_LEVEL =
    Option<unsafe extern "C" fn(arg1: ACXVOLUME, arg2: ULONG, arg3: LONG) -> NTSTATUS>;
pub type PFN_ACX_VOLUME_RETRIEVE_LEVEL =
    Option<unsafe extern "C" fn(arg1: ACXVOLUME, arg2: ULONG, arg3: *mut LONG) -> NTSTATUS>;
pub type PFN_ACX_EVENT_DISABLE = Option<unsafe extern "C" fn(arg1: ACXEVENT)>;
pub type PFN_ACX_EVENT_ENABLE = Option<unsafe extern "C" fn(arg1: ACXEVENT) -> NTSTATUS>;
pub type PFN_ACX_JACK_RETRIEVE_PRESENCE_STATE =
    Option<unsafe extern "C" fn(arg1: ACXJACK, arg2: PBOOLEAN) -> NTSTATUS>;
pub type PFN_ACX_PIN_CONNECTED =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: ACXTARGETCIRCUIT, arg3: ULONG)>;
pub type PFN_ACX_PIN_DATAFORMAT_CHANGE_NOTIFICATION =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: ACXTARGETCIRCUIT, arg3: ULONG)>;
pub type PFN_ACX_PIN_DISCONNECTED =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: ACXTARGETCIRCUIT, arg3: ULONG)>;
pub type PFN_ACX_PIN_RETRIEVE_JACK_SINK_INFO =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: PACX_JACK_SINK_INFORMATION) -> NTSTATUS>;
pub type PFN_ACX_PIN_RETRIEVE_NAME =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: PUNICODE_STRING) -> NTSTATUS>;
pub type PFN_ACX_PIN_SET_DATAFORMAT =
    Option<unsafe extern "C" fn(arg1: ACXPIN, arg2: ACXDATAFORMAT) -> NTSTATUS>;
pub type PFN_ACX_OBJECT_PREPROCESS_REQUEST =
    Option<unsafe extern "C" fn(arg1: ACXOBJECT, arg2: ACXCONTEXT, arg3: WDFREQUEST)>;
pub type PFN_ACX_OBJECT_PROCESS_EVENT_REQUEST = Option<
    unsafe extern "C" fn(
        arg1: ACXOBJECT,
        arg2: ACXEVENT,
        arg3: ACX_EVENT_VERB,
        arg4: ACXEVENTDATA,
        arg5: WDFREQUEST,
    ),
>;
pub type PFN_ACX_OBJECT_PROCESS_REQUEST =
    Option<unsafe extern "C" fn(arg1: ACXOBJECT, arg2: WDFREQUEST)>;
pub type PFN_ACX_STREAM_ALLOCATE_RTPACKETS = Option<
    unsafe extern "C" fn(
        arg1: ACXSTREAM,
        arg2: ULONG,
        arg3: ULONG,
        arg4: *mut PACX_RTPACKET,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_STREAM_ASSIGN_DRM_CONTENT_ID =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM, arg2: ULONG, arg3: PACXDRMRIGHTS) -> NTSTATUS>;
pub type PFN_ACX_STREAM_FREE_RTPACKETS =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM, arg2: PACX_RTPACKET, arg3: ULONG)>;
pub type PFN_ACX_STREAM_GET_CAPTURE_PACKET = Option<
    unsafe extern "C" fn(
        arg1: ACXSTREAM,
        arg2: PULONG,
        arg3: PULONGLONG,
        arg4: PBOOLEAN,
    ) -> NTSTATUS,
>;
pub type PFN_ACX_STREAM_GET_CURRENT_PACKET =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM, arg2: PULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAM_GET_HW_LATENCY =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM, arg2: *mut ULONG, arg3: *mut ULONG) -> NTSTATUS>;
pub type PFN_ACX_STREAM_GET_PRESENTATION_POSITION =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM, arg2: PULONGLONG, arg3: PULONGLONG) -> NTSTATUS>;
pub type PFN_ACX_STREAM_PAUSE = Option<unsafe extern "C" fn(arg1: ACXSTREAM) -> NTSTATUS>;
pub type PFN_ACX_STREAM_PREPARE_HARDWARE =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM) -> NTSTATUS>;
pub type PFN_ACX_STREAM_RELEASE_HARDWARE =
    Option<unsafe extern "C" fn(arg1: ACXSTREAM) -> NTSTATUS>;
pub type PFN_ACX_STREAM_RUN = Option<unsafe extern "C" fn(arg1: ACXSTREAM) -> NTSTATUS>;
pub type PFN_ACX_STREAM_SET_RENDER_PACKET = Option<
    unsafe extern "C" fn(arg1: ACXSTREAM, arg2: ULONG, arg3: ULONG, arg4: ULONG) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_CIRCUIT_COMPOSITE_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxCircuitCompositeCircuitInitialize: PFN_ACX_CIRCUIT_COMPOSITE_CIRCUIT_INITIALIZE,
    pub EvtAcxCircuitCompositeInitialize: PFN_ACX_CIRCUIT_COMPOSITE_INITIALIZE,
    pub EvtAcxCircuitCompositeDeinitialize: PFN_ACX_CIRCUIT_COMPOSITE_DEINITIALIZE,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_CIRCUIT_PNPPOWER_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxCircuitPrepareHardware: PFN_ACX_CIRCUIT_PREPARE_HARDWARE,
    pub EvtAcxCircuitReleaseHardware: PFN_ACX_CIRCUIT_RELEASE_HARDWARE,
    pub EvtAcxCircuitPowerUp: PFN_ACX_CIRCUIT_POWER_UP,
    pub EvtAcxCircuitPowerDown: PFN_ACX_CIRCUIT_POWER_DOWN,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub CircuitUniqueId: GUID,
    pub CompositeProperties: HANDLE,
    pub FactoryProperties: HANDLE,
    pub CircuitProperties: HANDLE,
    pub TargetSymbolicLinkName: PCUNICODE_STRING,
}
impl Default for _ACX_FACTORY_CIRCUIT_ADD_CIRCUIT {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxFactoryCircuitCreateCircuitDevice: PFN_ACX_FACTORY_CIRCUIT_CREATE_CIRCUITDEVICE,
    pub EvtAcxFactoryCircuitDeleteCircuitDevice: PFN_ACX_FACTORY_CIRCUIT_DELETE_CIRCUITDEVICE,
    pub EvtAcxFactoryCircuitCreateCircuit: PFN_ACX_FACTORY_CIRCUIT_CREATE_CIRCUIT,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxFactoryCircuitPrepareHardware: PFN_ACX_FACTORY_CIRCUIT_PREPARE_HARDWARE,
    pub EvtAcxFactoryCircuitReleaseHardware: PFN_ACX_FACTORY_CIRCUIT_RELEASE_HARDWARE,
    pub EvtAcxFactoryCircuitPowerUp: PFN_ACX_FACTORY_CIRCUIT_POWER_UP,
    pub EvtAcxFactoryCircuitPowerDown: PFN_ACX_FACTORY_CIRCUIT_POWER_DOWN,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub CircuitUniqueId: GUID,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_DATAFORMAT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Type: ACX_DATAFORMAT_TYPE,
    pub u: _ACX_DATAFORMAT_CONFIG__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_DATAFORMAT_CONFIG__bindgen_ty_1 {
    pub KsFormat: PVOID,
}
impl Default for _ACX_DATAFORMAT_CONFIG__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_DATAFORMAT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_DATAFORMAT_LIST_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_DATAFORMAT_LIST_ITERATOR {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Reserved: [PVOID; 4usize],
}
impl Default for _ACX_DATAFORMAT_LIST_ITERATOR {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_DEVICE_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Context: [PVOID; 4usize],
}
impl Default for _ACX_DEVICE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_DEVICEINIT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub SynchronizationScope: WDF_SYNCHRONIZATION_SCOPE,
    pub ExecutionLevel: WDF_EXECUTION_LEVEL,
    pub Context: [PVOID; 4usize],
}
impl Default for _ACX_DEVICEINIT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_DRIVER_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_DRIVER_VERSION_AVAILABLE_PARAMS {
    pub Size: ULONG,
    pub MajorVersion: ULONG,
    pub MinorVersion: ULONG,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_AUDIOENGINE_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxAudioEngineRetrieveBufferSizeLimits: PFN_ACX_AUDIOENGINE_RETRIEVE_BUFFER_SIZE_LIMITS,
    pub EvtAcxAudioEngineAssignEffectsState: PFN_ACX_AUDIOENGINE_ASSIGN_EFFECTS_STATE,
    pub EvtAcxAudioEngineRetrieveEffectsState: PFN_ACX_AUDIOENGINE_RETRIEVE_EFFECTS_STATE,
    pub EvtAcxAudioEngineRetrieveEngineMixFormat: PFN_ACX_AUDIOENGINE_RETRIEVE_ENGINE_FORMAT,
    pub EvtAcxAudioEngineAssignEngineDeviceFormat: PFN_ACX_AUDIOENGINE_ASSIGN_ENGINE_FORMAT,
    pub EvtAcxAudioEngineProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_AUDIOENGINE_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub HostPin: ACXPIN,
    pub OffloadPin: ACXPIN,
    pub LoopbackPin: ACXPIN,
    pub VolumeElement: ACXVOLUME,
    pub MuteElement: ACXMUTE,
    pub PeakMeterElement: ACXPEAKMETER,
    pub Callbacks: PACX_AUDIOENGINE_CALLBACKS,
}
impl Default for _ACX_AUDIOENGINE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_AUDIOMODULE_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxAudioModuleProcessCommand: PFN_ACX_AUDIOMODULE_PROCESSCOMMAND,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_AUDIOMODULE_DESCRIPTOR {
    pub ClassId: GUID,
    pub InstanceId: ULONG,
    pub VersionMajor: ULONG,
    pub VersionMinor: ULONG,
    pub Name: [WCHAR; 128usize],
}
impl Default for _ACX_AUDIOMODULE_DESCRIPTOR {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_AUDIOMODULE_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub Descriptor: ACX_AUDIOMODULE_DESCRIPTOR,
    pub Callbacks: PACX_AUDIOMODULE_CALLBACKS,
}
impl Default for _ACX_AUDIOMODULE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_ELEMENT_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Type: *const GUID,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub PropertiesCount: ULONG,
    pub MethodsCount: ULONG,
    pub Properties: PACX_PROPERTY_ITEM,
    pub Methods: PACX_METHOD_ITEM,
}
impl Default for _ACX_ELEMENT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_KEYWORDSPOTTER_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxKeywordSpotterRetrieveArm: PFN_ACX_KEYWORDSPOTTER_RETRIEVE_ARM,
    pub EvtAcxKeywordSpotterAssignArm: PFN_ACX_KEYWORDSPOTTER_ASSIGN_ARM,
    pub EvtAcxKeywordSpotterAssignPatterns: PFN_ACX_KEYWORDSPOTTER_ASSIGN_PATTERNS,
    pub EvtAcxKeywordSpotterAssignReset: PFN_ACX_KEYWORDSPOTTER_ASSIGN_RESET,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_KEYWORDSPOTTER_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub Pattern: *const GUID,
    pub Callbacks: PACX_KEYWORDSPOTTER_CALLBACKS,
}
impl Default for _ACX_KEYWORDSPOTTER_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_MUTE_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxMuteAssignState: PFN_ACX_MUTE_ASSIGN_STATE,
    pub EvtAcxMuteRetrieveState: PFN_ACX_MUTE_RETRIEVE_STATE,
    pub EvtAcxMuteProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_MUTE_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub ChannelsCount: ULONG,
    pub Callbacks: PACX_MUTE_CALLBACKS,
}
impl Default for _ACX_MUTE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_PEAKMETER_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxPeakMeterRetrieveLevel: PFN_ACX_PEAKMETER_RETRIEVE_LEVEL,
    pub EvtAcxPeakMeterProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_PEAKMETER_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub ChannelsCount: ULONG,
    pub Maximum: LONG,
    pub Minimum: LONG,
    pub SteppingDelta: ULONG,
    pub Callbacks: PACX_PEAKMETER_CALLBACKS,
}
impl Default for _ACX_PEAKMETER_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_STREAMAUDIOENGINE_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxStreamAudioEngineAssignEffectsState: PFN_ACX_STREAMAUDIOENGINE_ASSIGN_EFFECTS_STATE,
    pub EvtAcxStreamAudioEngineRetrieveEffectsState:
        PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_EFFECTS_STATE,
    pub EvtAcxStreamAudioEngineRetrievePresentationPosition:
        PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_PRESENTATION_POSITION,
    pub EvtAcxStreamAudioEngineAssignCurrentWritePosition:
        PFN_ACX_STREAMAUDIOENGINE_ASSIGN_CURRENT_WRITE_POSITION,
    pub EvtAcxStreamAudioEngineRetrieveLinearBufferPosition:
        PFN_ACX_STREAMAUDIOENGINE_RETRIEVE_LINEAR_BUFFER_POSITION,
    pub EvtAcxStreamAudioEngineAssignLastBufferPosition:
        PFN_ACX_STREAMAUDIOENGINE_ASSIGN_LAST_BUFFER_POSITION,
    pub EvtAcxStreamAudioEngineAssignLoopbackProtection:
        PFN_ACX_STREAMAUDIOENGINE_ASSIGN_LOOPBACK_PROTECTION,
    pub EvtAcxStreamAudioEngineProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_STREAMAUDIOENGINE_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub VolumeElement: ACXVOLUME,
    pub MuteElement: ACXMUTE,
    pub PeakMeterElement: ACXPEAKMETER,
    pub Callbacks: PACX_STREAMAUDIOENGINE_CALLBACKS,
}
impl Default for _ACX_STREAMAUDIOENGINE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_VOLUME_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxVolumeAssignLevel: PFN_ACX_VOLUME_ASSIGN_LEVEL,
    pub EvtAcxRampedVolumeAssignLevel: PFN_ACX_RAMPED_VOLUME_ASSIGN_LEVEL,
    pub EvtAcxVolumeRetrieveLevel: PFN_ACX_VOLUME_RETRIEVE_LEVEL,
    pub EvtAcxVolumeProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_VOLUME_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Name: *const GUID,
    pub Flags: ULONG,
    pub ChannelsCount: ULONG,
    pub Maximum: LONG,
    pub Minimum: LONG,
    pub SteppingDelta: ULONG,
    pub Callbacks: PACX_VOLUME_CALLBACKS,
}
impl Default for _ACX_VOLUME_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxEventEnable: PFN_ACX_EVENT_ENABLE,
    pub EvtAcxEventDisable: PFN_ACX_EVENT_DISABLE,
    pub EvtAcxEventProcessRequest: PFN_ACX_OBJECT_PROCESS_EVENT_REQUEST,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_EVENT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Set: *const GUID,
    pub Id: ULONG,
    pub Type: ULONG,
    pub Callbacks: PACX_EVENT_CALLBACKS,
}
impl Default for _ACX_EVENT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_PNPEVENT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Event: GUID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_CIRCUIT_TEMPLATE_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub ContainerId: *const GUID,
    pub FactoryProperties: ACXOBJECTBAG,
    pub FactoryId: *const GUID,
    pub FactoryUri: PCUNICODE_STRING,
    pub FactoryName: PCUNICODE_STRING,
    pub CircuitProperties: ACXOBJECTBAG,
    pub CircuitId: *const GUID,
    pub CircuitUri: PCUNICODE_STRING,
    pub CircuitName: PCUNICODE_STRING,
}
impl Default for _ACX_CIRCUIT_TEMPLATE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_COMPOSITE_TEMPLATE_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Properties: ACXOBJECTBAG,
}
impl Default for _ACX_COMPOSITE_TEMPLATE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_OBJECTBAG_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub ParentKey: WDFKEY,
    pub Name: PCUNICODE_STRING,
    pub Handle: HANDLE,
}
impl Default for _ACX_OBJECTBAG_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_CONNECTION {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub FromObject: ACXOBJECT,
    pub FromPin: _ACX_CONNECTION__bindgen_ty_1,
    pub ToObject: ACXOBJECT,
    pub ToPin: _ACX_CONNECTION__bindgen_ty_2,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_CONNECTION__bindgen_ty_1 {
    pub Object: ACXPIN,
    pub Id: ULONG,
}
impl Default for _ACX_CONNECTION__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_CONNECTION__bindgen_ty_2 {
    pub Object: ACXPIN,
    pub Id: ULONG,
}
impl Default for _ACX_CONNECTION__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_CONNECTION {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION {
    pub Size: ULONG,
    pub PrimaryChannelCount: ULONG,
    pub PrimaryChannelStartPosition: ULONG,
    pub PrimaryChannelMask: ULONG,
    pub InterleavedChannelCount: ULONG,
    pub InterleavedChannelStartPosition: ULONG,
    pub InterleavedChannelMask: ULONG,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_JACK_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxJackRetrievePresenceState: PFN_ACX_JACK_RETRIEVE_PRESENCE_STATE,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_JACK_DESCRIPTION {
    pub ChannelMapping: ULONG,
    pub Color: ULONG,
    pub ConnectionType: ACX_JACK_CONNECTION_TYPE,
    pub GeoLocation: ACX_JACK_GEO_LOCATION,
    pub GenLocation: ACX_JACK_GEN_LOCATION,
    pub PortConnection: ACX_JACK_PORT_CONNECTION,
}
impl Default for _ACX_JACK_DESCRIPTION {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_JACK_CONFIG {
    pub Size: ULONG,
    pub Id: ULONG,
    pub Flags: ULONG,
    pub Callbacks: PACX_JACK_CALLBACKS,
    pub Description: ACX_JACK_DESCRIPTION,
}
impl Default for _ACX_JACK_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_JACK_SINK_INFORMATION {
    pub ConnType: ACX_JACK_SINK_INFO_CONNECTION_TYPE,
    pub ManufacturerId: USHORT,
    pub ProductId: USHORT,
    pub AudioLatency: USHORT,
    pub HDCPCapable: BOOLEAN,
    pub AICapable: BOOLEAN,
    pub SinkDescriptionLength: UCHAR,
    pub SinkDescription: [WCHAR; 32usize],
    pub PortId: LUID,
}
impl Default for _ACX_JACK_SINK_INFORMATION {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_MIC_ARRAY_GEOMETRY {
    pub Version: USHORT,
    pub MicArrayType: USHORT,
    pub VerticalAngleBegin: SHORT,
    pub VerticalAngleEnd: SHORT,
    pub HorizontalAngleBegin: SHORT,
    pub HorizontalAngleEnd: SHORT,
    pub FrequencyBandLo: ULONG,
    pub FrequencyBandHi: ULONG,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_MICARRAYGEOMETRY_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Geometry: ACX_MIC_ARRAY_GEOMETRY,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_MICROPHONE_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub MicrophoneSnrDB: LONG,
    pub MicrophoneSensitivityDB: LONG,
    pub MicArrayGeometry: ACXMICARRAYGEOMETRY,
    pub InterleavedFormat: PACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION,
}
impl Default for _ACX_MICROPHONE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_MICROPHONE_COORDINATES {
    pub Type: USHORT,
    pub XCoord: SHORT,
    pub YCoord: SHORT,
    pub ZCoord: SHORT,
    pub VerticalAngle: SHORT,
    pub HorizontalAngle: SHORT,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_PHYSICAL_CONNECTION {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub FromPin: _ACX_PHYSICAL_CONNECTION__bindgen_ty_1,
    pub TargetName: WDFSTRING,
    pub TargetPinId: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_PHYSICAL_CONNECTION__bindgen_ty_1 {
    pub Object: ACXPIN,
    pub Id: ULONG,
}
impl Default for _ACX_PHYSICAL_CONNECTION__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_PHYSICAL_CONNECTION {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_PIN_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxPinSetDataFormat: PFN_ACX_PIN_SET_DATAFORMAT,
    pub EvtAcxPinRetrieveName: PFN_ACX_PIN_RETRIEVE_NAME,
    pub EvtAcxPinRetrieveJackSinkInfo: PFN_ACX_PIN_RETRIEVE_JACK_SINK_INFO,
    pub EvtAcxPinProcessJackRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
    pub EvtAcxPinConnected: PFN_ACX_PIN_CONNECTED,
    pub EvtAcxPinDisconnected: PFN_ACX_PIN_DISCONNECTED,
    pub EvtAcxPinDataFormatChangeNotification: PFN_ACX_PIN_DATAFORMAT_CHANGE_NOTIFICATION,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_PIN_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Id: ULONG,
    pub Type: ACX_PIN_TYPE,
    pub Communication: ACX_PIN_COMMUNICATION,
    pub Qualifier: ACX_PIN_QUALIFIER,
    pub Category: *const GUID,
    pub Name: *const GUID,
    pub PinCallbacks: PACX_PIN_CALLBACKS,
    pub PropertiesCount: ULONG,
    pub MethodsCount: ULONG,
    pub Properties: PACX_PROPERTY_ITEM,
    pub Methods: PACX_METHOD_ITEM,
    pub u: _ACX_PIN_CONFIG__bindgen_ty_1,
    pub MaxStreams: ULONG,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_PIN_CONFIG__bindgen_ty_1 {
    pub MicrophoneConfig: PACX_MICROPHONE_CONFIG,
}
impl Default for _ACX_PIN_CONFIG__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_PIN_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_EVENT_ITEM {
    pub Set: *const GUID,
    pub Id: ULONG,
    pub Flags: ULONG,
    pub EvtAcxObjectProcessRequest: PFN_ACX_OBJECT_PROCESS_EVENT_REQUEST,
    pub Reserved: PVOID,
}
impl Default for _ACX_EVENT_ITEM {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_METHOD_ITEM {
    pub Set: *const GUID,
    pub Id: ULONG,
    pub Flags: ULONG,
    pub EvtAcxObjectProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
    pub Reserved: PVOID,
    pub ArgsCb: ULONG,
    pub ResultCb: ULONG,
    pub ResultType: ULONG,
}
impl Default for _ACX_METHOD_ITEM {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_PROPERTY_ITEM {
    pub Set: *const GUID,
    pub Id: ULONG,
    pub Flags: ULONG,
    pub EvtAcxObjectProcessRequest: PFN_ACX_OBJECT_PROCESS_REQUEST,
    pub Reserved: PVOID,
    pub ControlCb: ULONG,
    pub ValueCb: ULONG,
    pub ValueType: ULONG,
}
impl Default for _ACX_PROPERTY_ITEM {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_REQUEST_PARAMETERS {
    pub Size: USHORT,
    pub MajorFunction: UCHAR,
    pub MinorFunction: UCHAR,
    pub Type: ACX_REQUEST_TYPE,
    pub Parameters: _ACX_REQUEST_PARAMETERS__bindgen_ty_1,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _ACX_REQUEST_PARAMETERS__bindgen_ty_1 {
    pub Property: _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1,
    pub Method: _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2,
    pub Event: _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3,
    pub Create: _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1 {
    pub Set: GUID,
    pub Id: ULONG,
    pub Verb: ACX_PROPERTY_VERB,
    pub ItemType: ACX_ITEM_TYPE,
    pub ItemId: ULONG,
    pub Control: PVOID,
    pub ControlCb: ULONG,
    pub Value: PVOID,
    pub ValueCb: ULONG,
}
impl Default for _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2 {
    pub Set: GUID,
    pub Id: ULONG,
    pub Verb: ACX_METHOD_VERB,
    pub ItemType: ACX_ITEM_TYPE,
    pub ItemId: ULONG,
    pub Args: PVOID,
    pub ArgsCb: ULONG,
    pub Result: PVOID,
    pub ResultCb: ULONG,
}
impl Default for _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3 {
    pub Set: GUID,
    pub Id: ULONG,
    pub Verb: ACX_EVENT_VERB,
    pub ItemType: ACX_ITEM_TYPE,
    pub ItemId: ULONG,
    pub Data: PVOID,
    pub DataCb: ULONG,
    pub EventData: ACXEVENTDATA,
}
impl Default for _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
    pub Control: PVOID,
    pub ControlCb: ULONG,
}
impl Default for _ACX_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_REQUEST_PARAMETERS__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
impl Default for _ACX_REQUEST_PARAMETERS {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_RT_STREAM_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxStreamGetHwLatency: PFN_ACX_STREAM_GET_HW_LATENCY,
    pub EvtAcxStreamAllocateRtPackets: PFN_ACX_STREAM_ALLOCATE_RTPACKETS,
    pub EvtAcxStreamFreeRtPackets: PFN_ACX_STREAM_FREE_RTPACKETS,
    pub EvtAcxStreamSetRenderPacket: PFN_ACX_STREAM_SET_RENDER_PACKET,
    pub EvtAcxStreamGetCurrentPacket: PFN_ACX_STREAM_GET_CURRENT_PACKET,
    pub EvtAcxStreamGetCapturePacket: PFN_ACX_STREAM_GET_CAPTURE_PACKET,
    pub EvtAcxStreamGetPresentationPosition: PFN_ACX_STREAM_GET_PRESENTATION_POSITION,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _ACX_RTPACKET {
    pub Size: ULONG,
    pub RtPacketBuffer: WDF_MEMORY_DESCRIPTOR,
    pub RtPacketOffset: ULONG,
    pub RtPacketSize: ULONG,
}
impl Default for _ACX_RTPACKET {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_STREAM_BRIDGE_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Type: ACX_STREAM_BRIDGE_TYPE,
    pub InModesCount: ULONG,
    pub InModes: *mut PCGUID,
    pub OutMode: PCGUID,
    pub OutStreamVarArguments: ACXOBJECTBAG,
    pub TargetStreamAttributes: WDF_OBJECT_ATTRIBUTES,
}
impl Default for _ACX_STREAM_BRIDGE_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACX_STREAM_CALLBACKS {
    pub Size: ULONG,
    pub EvtAcxStreamPrepareHardware: PFN_ACX_STREAM_PREPARE_HARDWARE,
    pub EvtAcxStreamReleaseHardware: PFN_ACX_STREAM_RELEASE_HARDWARE,
    pub EvtAcxStreamRun: PFN_ACX_STREAM_RUN,
    pub EvtAcxStreamPause: PFN_ACX_STREAM_PAUSE,
    pub EvtAcxStreamAssignDrmContentId: PFN_ACX_STREAM_ASSIGN_DRM_CONTENT_ID,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACXDRMFORWARD {
    pub Flags: ULONG,
    pub DeviceObject: PDEVICE_OBJECT,
    pub FileObject: PFILE_OBJECT,
    pub Context: PVOID,
}
impl Default for _ACXDRMFORWARD {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _ACXDRMRIGHTS {
    pub CopyProtect: i32,
    pub Reserved: ULONG,
    pub DigitalOutputDisable: i32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_TARGET_CIRCUIT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub SymbolicLinkName: WDFSTRING,
}
impl Default for _ACX_TARGET_CIRCUIT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_TARGET_FACTORY_CIRCUIT_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub IoTarget: WDFIOTARGET,
    pub SymbolicLinkName: WDFSTRING,
}
impl Default for _ACX_TARGET_FACTORY_CIRCUIT_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _ACX_TARGET_STREAM_CONFIG {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub TargetCircuit: ACXTARGETCIRCUIT,
    pub PinId: ULONG,
    pub DataFormat: ACXDATAFORMAT,
    pub SignalProcessingMode: PCGUID,
    pub OptionalParameters: ACXOBJECTBAG,
}
impl Default for _ACX_TARGET_STREAM_CONFIG {
    fn default() -> Self {
        let mut s = core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
