//! The `*_INIT` helpers that the headers define inline, so that bindgen gives none.
//!
//! Source: `facts/wdf-inits.tsv`, `facts/acx-inits.tsv`. Each clears the whole structure, then sets what its row says. The driver requires
//! the version it targets, so `WDF_STRUCTURE_SIZE` and `ACX_STRUCTURE_SIZE` are `sizeof`. Helpers for USB and WMI are left out.

use crate::*;

/// `sizeof`, as the `Size` fields want it.
const fn size<T>() -> ULONG {
    // No structure of the ABI comes near 4 GiB.
    size_of::<T>() as ULONG
}

macro_rules! inits {
    ($($init:ident($structure:ident $(, $argument:ident: $kind:ty)*) { $($($field:ident).+ = $value:expr;)* })*) => {
        $(
            #[inline]
            pub fn $init(structure: &mut $structure $(, $argument: $kind)*) {
                *structure = Default::default();
                $(structure.$($field).+ = $value;)*
            }
        )*
    };
}

macro_rules! sized_inits {
    ($($init:ident($structure:ident);)*) => {
        inits! { $($init($structure) { Size = size::<$structure>(); })* }
    };
}

sized_inits! {
    WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(WDF_POWER_POLICY_EVENT_CALLBACKS);
    WDF_PNPPOWER_EVENT_CALLBACKS_INIT(WDF_PNPPOWER_EVENT_CALLBACKS);
    WDF_FDO_EVENT_CALLBACKS_INIT(WDF_FDO_EVENT_CALLBACKS);
    WDF_INTERRUPT_INFO_INIT(WDF_INTERRUPT_INFO);
    WDF_PDO_EVENT_CALLBACKS_INIT(WDF_PDO_EVENT_CALLBACKS);
    ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT(ACX_CIRCUIT_PNPPOWER_CALLBACKS);
    ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT(ACX_CIRCUIT_COMPOSITE_CALLBACKS);
    ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_INIT(ACX_FACTORY_CIRCUIT_ADD_CIRCUIT);
    ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_INIT(ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT);
    ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT(ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS);
    ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS_INIT(ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS);
    ACX_DATAFORMAT_CONFIG_INIT(ACX_DATAFORMAT_CONFIG);
    ACX_DATAFORMAT_LIST_CONFIG_INIT(ACX_DATAFORMAT_LIST_CONFIG);
    ACX_DATAFORMAT_LIST_ITERATOR_INIT(ACX_DATAFORMAT_LIST_ITERATOR);
    ACX_DEVICE_CONFIG_INIT(ACX_DEVICE_CONFIG);
    ACX_DRIVER_CONFIG_INIT(ACX_DRIVER_CONFIG);
    ACX_MUTE_CALLBACKS_INIT(ACX_MUTE_CALLBACKS);
    ACX_VOLUME_CALLBACKS_INIT(ACX_VOLUME_CALLBACKS);
    ACX_PEAKMETER_CALLBACKS_INIT(ACX_PEAKMETER_CALLBACKS);
    ACX_AUDIOENGINE_CALLBACKS_INIT(ACX_AUDIOENGINE_CALLBACKS);
    ACX_STREAMAUDIOENGINE_CALLBACKS_INIT(ACX_STREAMAUDIOENGINE_CALLBACKS);
    ACX_KEYWORDSPOTTER_CALLBACKS_INIT(ACX_KEYWORDSPOTTER_CALLBACKS);
    ACX_AUDIOMODULE_CALLBACKS_INIT(ACX_AUDIOMODULE_CALLBACKS);
    ACX_EVENT_CALLBACKS_INIT(ACX_EVENT_CALLBACKS);
    ACX_EVENT_CONFIG_INIT(ACX_EVENT_CONFIG);
    ACX_PNPEVENT_CONFIG_INIT(ACX_PNPEVENT_CONFIG);
    ACX_CIRCUIT_TEMPLATE_CONFIG_INIT(ACX_CIRCUIT_TEMPLATE_CONFIG);
    ACX_COMPOSITE_TEMPLATE_CONFIG_INIT(ACX_COMPOSITE_TEMPLATE_CONFIG);
    ACX_PIN_CALLBACKS_INIT(ACX_PIN_CALLBACKS);
    ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION_INIT(ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION);
    ACX_PHYSICAL_CONNECTION_INIT(ACX_PHYSICAL_CONNECTION);
    ACX_JACK_CALLBACKS_INIT(ACX_JACK_CALLBACKS);
    ACX_MICARRAYGEOMETRY_CONFIG_INIT(ACX_MICARRAYGEOMETRY_CONFIG);
    ACX_RTPACKET_INIT(ACX_RTPACKET);
    ACX_STREAM_CALLBACKS_INIT(ACX_STREAM_CALLBACKS);
    ACX_RT_STREAM_CALLBACKS_INIT(ACX_RT_STREAM_CALLBACKS);
    ACX_TARGET_CIRCUIT_CONFIG_INIT(ACX_TARGET_CIRCUIT_CONFIG);
    ACX_TARGET_STREAM_CONFIG_INIT(ACX_TARGET_STREAM_CONFIG);
    ACX_TARGET_FACTORY_CIRCUIT_CONFIG_INIT(ACX_TARGET_FACTORY_CIRCUIT_CONFIG);
}

/// Configurations of an object with an id: `X_INIT_ID(config, id)`, and `X_INIT(config)` that lets ACX choose one.
macro_rules! id_inits {
    ($($with_id:ident, $default:ident($structure:ident);)*) => {
        inits! {
            $(
                $with_id($structure, id: ULONG) { Size = size::<$structure>(); Id = id; }
                $default($structure) { Size = size::<$structure>(); Id = AcxElementIdDefault; }
            )*
        }
    };
}

id_inits! {
    ACX_ELEMENT_CONFIG_INIT_ID, ACX_ELEMENT_CONFIG_INIT(ACX_ELEMENT_CONFIG);
    ACX_MUTE_CONFIG_INIT_ID, ACX_MUTE_CONFIG_INIT(ACX_MUTE_CONFIG);
    ACX_VOLUME_CONFIG_INIT_ID, ACX_VOLUME_CONFIG_INIT(ACX_VOLUME_CONFIG);
    ACX_PEAKMETER_CONFIG_INIT_ID, ACX_PEAKMETER_CONFIG_INIT(ACX_PEAKMETER_CONFIG);
    ACX_AUDIOENGINE_CONFIG_INIT_ID, ACX_AUDIOENGINE_CONFIG_INIT(ACX_AUDIOENGINE_CONFIG);
    ACX_STREAMAUDIOENGINE_CONFIG_INIT_ID, ACX_STREAMAUDIOENGINE_CONFIG_INIT(ACX_STREAMAUDIOENGINE_CONFIG);
    ACX_KEYWORDSPOTTER_CONFIG_INIT_ID, ACX_KEYWORDSPOTTER_CONFIG_INIT(ACX_KEYWORDSPOTTER_CONFIG);
    ACX_AUDIOMODULE_CONFIG_INIT_ID, ACX_AUDIOMODULE_CONFIG_INIT(ACX_AUDIOMODULE_CONFIG);
    ACX_JACK_CONFIG_INIT_ID, ACX_JACK_CONFIG_INIT(ACX_JACK_CONFIG);
}

inits! {
    WDF_OBJECT_ATTRIBUTES_INIT(WDF_OBJECT_ATTRIBUTES) {
        Size = size::<WDF_OBJECT_ATTRIBUTES>();
        ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent;
        SynchronizationScope = _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent;
    }
    WDF_DRIVER_CONFIG_INIT(WDF_DRIVER_CONFIG, device_add: PFN_WDF_DRIVER_DEVICE_ADD) {
        Size = size::<WDF_DRIVER_CONFIG>();
        EvtDriverDeviceAdd = device_add;
    }
    WDF_TIMER_CONFIG_INIT(WDF_TIMER_CONFIG, timer: PFN_WDF_TIMER) {
        Size = size::<WDF_TIMER_CONFIG>();
        EvtTimerFunc = timer;
        AutomaticSerialization = TRUE as BOOLEAN;
    }
    WDF_WORKITEM_CONFIG_INIT(WDF_WORKITEM_CONFIG, work: PFN_WDF_WORKITEM) {
        Size = size::<WDF_WORKITEM_CONFIG>();
        EvtWorkItemFunc = work;
        AutomaticSerialization = TRUE as BOOLEAN;
    }
    WDF_DPC_CONFIG_INIT(WDF_DPC_CONFIG, dpc: PFN_WDF_DPC) {
        Size = size::<WDF_DPC_CONFIG>();
        EvtDpcFunc = dpc;
        AutomaticSerialization = TRUE as BOOLEAN;
    }
    WDF_MEMORY_DESCRIPTOR_INIT_MDL(WDF_MEMORY_DESCRIPTOR, mdl: PMDL, length: ULONG) {
        Type = _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeMdl;
        u.MdlType = _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2 { Mdl: mdl, BufferLength: length };
    }
    WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(WDF_MEMORY_DESCRIPTOR, buffer: PVOID, length: ULONG) {
        Type = _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeBuffer;
        u.BufferType = _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1 { Buffer: buffer, Length: length };
    }
    WDF_DEVICE_STATE_INIT(WDF_DEVICE_STATE) {
        Size = size::<WDF_DEVICE_STATE>();
        Disabled = _WDF_TRI_STATE::WdfUseDefault;
        DontDisplayInUI = _WDF_TRI_STATE::WdfUseDefault;
        Failed = _WDF_TRI_STATE::WdfUseDefault;
        NotDisableable = _WDF_TRI_STATE::WdfUseDefault;
        Removed = _WDF_TRI_STATE::WdfUseDefault;
        ResourcesChanged = _WDF_TRI_STATE::WdfUseDefault;
        AssignedToGuest = _WDF_TRI_STATE::WdfUseDefault;
    }
    ACX_DATAFORMAT_CONFIG_INIT_KS(ACX_DATAFORMAT_CONFIG, format: PVOID) {
        Size = size::<ACX_DATAFORMAT_CONFIG>();
        u.KsFormat = format.cast();
    }
    ACX_DEVICEINIT_CONFIG_INIT(ACX_DEVICEINIT_CONFIG) {
        Size = size::<ACX_DEVICEINIT_CONFIG>();
        SynchronizationScope = _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone;
        ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
    }
    ACX_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(ACX_DRIVER_VERSION_AVAILABLE_PARAMS, major: ULONG, minor: ULONG) {
        Size = size::<ACX_DRIVER_VERSION_AVAILABLE_PARAMS>();
        MajorVersion = major;
        MinorVersion = minor;
    }
    ACX_OBJECTBAG_CONFIG_INIT(ACX_OBJECTBAG_CONFIG) {
        Size = size::<ACX_OBJECTBAG_CONFIG>();
        Flags = 3;
    }
    ACX_MICROPHONE_CONFIG_INIT(ACX_MICROPHONE_CONFIG) {
        Size = size::<ACX_MICROPHONE_CONFIG>();
        MicrophoneSnrDB = LONG::MIN;
        MicrophoneSensitivityDB = LONG::MIN;
    }
    ACX_PIN_CONFIG_INIT_ID(ACX_PIN_CONFIG, id: ULONG) {
        Size = size::<ACX_PIN_CONFIG>();
        Id = id;
        MaxStreams = AcxInstanceIndeterminate;
    }
    ACX_PIN_CONFIG_INIT(ACX_PIN_CONFIG) {
        Size = size::<ACX_PIN_CONFIG>();
        Id = AcxPinIdDefault;
        MaxStreams = AcxInstanceIndeterminate;
    }
    ACX_CONNECTION_INIT(ACX_CONNECTION, from: ACXOBJECT, to: ACXOBJECT) {
        Size = size::<ACX_CONNECTION>();
        FromObject = from;
        FromPin.Id = AcxPinIdDefault;
        ToObject = to;
        ToPin.Id = AcxPinIdDefault;
    }
    ACX_REQUEST_PARAMETERS_INIT(ACX_REQUEST_PARAMETERS) {
        Size = size::<ACX_REQUEST_PARAMETERS>() as USHORT;
    }
    ACX_STREAM_BRIDGE_CONFIG_INIT(ACX_STREAM_BRIDGE_CONFIG) {
        Size = size::<ACX_STREAM_BRIDGE_CONFIG>();
        Type = _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeDefaultType;
    }
}

/// `WDF_IO_QUEUE_CONFIG_INIT`: with parallel dispatching, no limit on requests presented at once.
#[inline]
pub fn WDF_IO_QUEUE_CONFIG_INIT(
    config: &mut WDF_IO_QUEUE_CONFIG,
    dispatch: WDF_IO_QUEUE_DISPATCH_TYPE,
) {
    *config = Default::default();
    config.Size = size::<WDF_IO_QUEUE_CONFIG>();
    config.PowerManaged = _WDF_TRI_STATE::WdfUseDefault;
    config.DispatchType = dispatch;
    if dispatch == _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel {
        config.Settings.Parallel.NumberOfPresentedRequests = ULONG::MAX;
    }
}

/// `WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE`.
#[inline]
pub fn WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(
    config: &mut WDF_IO_QUEUE_CONFIG,
    dispatch: WDF_IO_QUEUE_DISPATCH_TYPE,
) {
    WDF_IO_QUEUE_CONFIG_INIT(config, dispatch);
    config.DefaultQueue = TRUE as BOOLEAN;
}

/// `WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT`: which Dx state depends on whether the device can wake itself.
#[inline]
pub fn WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS_INIT(
    settings: &mut WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS,
    capabilities: WDF_POWER_POLICY_S0_IDLE_CAPABILITIES,
) {
    *settings = Default::default();
    settings.Size = size::<WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS>();
    settings.IdleTimeout =
        _WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS::IdleTimeoutDefaultConstant as ULONG;
    settings.UserControlOfIdleSettings =
        _WDF_POWER_POLICY_S0_IDLE_USER_CONTROL::IdleAllowUserControl;
    settings.Enabled = _WDF_TRI_STATE::WdfUseDefault;
    settings.PowerUpIdleDeviceOnSystemWake = _WDF_TRI_STATE::WdfUseDefault;
    settings.IdleTimeoutType = _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::DriverManagedIdleTimeout;
    settings.ExcludeD3Cold = _WDF_TRI_STATE::WdfUseDefault;
    settings.IdleCaps = capabilities;
    settings.DxState = match capabilities {
        _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleCanWakeFromS0
        | _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::IdleUsbSelectiveSuspend => {
            _DEVICE_POWER_STATE::PowerDeviceMaximum
        }
        _ => _DEVICE_POWER_STATE::PowerDeviceD3,
    };
}
