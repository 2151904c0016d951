//! KS, ksmedia and mmreg structures, with the fields that bindgen gives them.
//!
//! Source: `facts/wdf-layouts.tsv`, group KS; sizes of the rest from `facts/ks-interface` section 10. All checked by `tests/layouts.rs`.

use crate::*;

pub type DWORD = u32;
pub type WORD = u16;
pub type BOOL = i32;

macro_rules! structures {
    ($($(#[$attribute:meta])* $name:ident, $pointer:ident { $($field:ident: $kind:ty,)* })*) => {
        $(
            #[repr(C)]
            $(#[$attribute])*
            #[derive(Copy, Clone)]
            pub struct $name {
                $(pub $field: $kind,)*
            }
            pub type $pointer = *mut $name;
            impl Default for $name {
                fn default() -> Self {
                    // SAFETY: plain C data: integers, GUIDs and pointers, all of which may be zero.
                    unsafe { core::mem::zeroed() }
                }
            }
        )*
    };
}

macro_rules! unions {
    ($($name:ident { $($field:ident: $kind:ty,)* })*) => {
        $(
            #[repr(C)]
            #[derive(Copy, Clone)]
            pub union $name {
                $(pub $field: $kind,)*
            }
            impl Default for $name {
                fn default() -> Self {
                    // SAFETY: plain C data: integers, GUIDs and pointers, all of which may be zero.
                    unsafe { core::mem::zeroed() }
                }
            }
        )*
    };
}

structures! {
    KSIDENTIFIER__bindgen_ty_1__bindgen_ty_1, PKSIDENTIFIER__bindgen_ty_1__bindgen_ty_1 {
        Set: GUID, Id: ULONG, Flags: ULONG,
    }
    KSIDENTIFIER, PKSIDENTIFIER { __bindgen_anon_1: KSIDENTIFIER__bindgen_ty_1, }
    KSP_NODE, PKSP_NODE { Property: KSPROPERTY, NodeId: ULONG, Reserved: ULONG, }
    KSM_NODE, PKSM_NODE { Method: KSMETHOD, NodeId: ULONG, Reserved: ULONG, }
    KSE_NODE, PKSE_NODE { Event: KSEVENT, NodeId: ULONG, Reserved: ULONG, }
    KSE_PIN, PKSE_PIN { Event: KSEVENT, PinId: ULONG, Reserved: ULONG, }
    KSP_PIN, PKSP_PIN { Property: KSPROPERTY, PinId: ULONG, __bindgen_anon_1: KSP_PIN__bindgen_ty_1, }
    KSNODEPROPERTY, PKSNODEPROPERTY { Property: KSPROPERTY, NodeId: ULONG, Reserved: ULONG, }
    KSNODEPROPERTY_AUDIO_CHANNEL, PKSNODEPROPERTY_AUDIO_CHANNEL {
        NodeProperty: KSNODEPROPERTY, Channel: LONG, Reserved: ULONG,
    }
    KSMULTIPLE_ITEM, PKSMULTIPLE_ITEM { Size: ULONG, Count: ULONG, }
    KSPROPERTY_DESCRIPTION, PKSPROPERTY_DESCRIPTION {
        AccessFlags: ULONG, DescriptionSize: ULONG, PropTypeSet: KSIDENTIFIER, MembersListCount: ULONG, Reserved: ULONG,
    }
    KSPROPERTY_MEMBERSHEADER, PKSPROPERTY_MEMBERSHEADER {
        MembersFlags: ULONG, MembersSize: ULONG, MembersCount: ULONG, Flags: ULONG,
    }
    KSPROPERTY_BOUNDS_LONG__bindgen_ty_1, PKSPROPERTY_BOUNDS_LONG__bindgen_ty_1 {
        SignedMinimum: LONG, SignedMaximum: LONG,
    }
    KSPROPERTY_BOUNDS_LONG__bindgen_ty_2, PKSPROPERTY_BOUNDS_LONG__bindgen_ty_2 {
        UnsignedMinimum: ULONG, UnsignedMaximum: ULONG,
    }
    KSPROPERTY_STEPPING_LONG, PKSPROPERTY_STEPPING_LONG {
        SteppingDelta: ULONG, Reserved: ULONG, Bounds: KSPROPERTY_BOUNDS_LONG,
    }
    KSDATAFORMAT__bindgen_ty_1, PKSDATAFORMAT__bindgen_ty_1 {
        FormatSize: ULONG, Flags: ULONG, SampleSize: ULONG, Reserved: ULONG, MajorFormat: GUID, SubFormat: GUID,
        Specifier: GUID,
    }
    #[repr(packed)] WAVEFORMAT, PWAVEFORMAT {
        wFormatTag: WORD, nChannels: WORD, nSamplesPerSec: DWORD, nAvgBytesPerSec: DWORD, nBlockAlign: WORD,
    }
    #[repr(packed)] PCMWAVEFORMAT, PPCMWAVEFORMAT { wf: WAVEFORMAT, wBitsPerSample: WORD, }
    #[repr(packed)] WAVEFORMATEX, PWAVEFORMATEX {
        wFormatTag: WORD, nChannels: WORD, nSamplesPerSec: DWORD, nAvgBytesPerSec: DWORD, nBlockAlign: WORD,
        wBitsPerSample: WORD, cbSize: WORD,
    }
    #[repr(packed)] WAVEFORMATEXTENSIBLE, PWAVEFORMATEXTENSIBLE {
        Format: WAVEFORMATEX, Samples: WAVEFORMATEXTENSIBLE__bindgen_ty_1, dwChannelMask: DWORD, SubFormat: GUID,
    }
    #[repr(packed)] KSDATAFORMAT_WAVEFORMATEX, PKSDATAFORMAT_WAVEFORMATEX {
        DataFormat: KSDATAFORMAT, WaveFormatEx: WAVEFORMATEX,
    }
    KSDATAFORMAT_WAVEFORMATEXTENSIBLE, PKSDATAFORMAT_WAVEFORMATEXTENSIBLE {
        DataFormat: KSDATAFORMAT, WaveFormatExt: WAVEFORMATEXTENSIBLE,
    }
    KSDATARANGE_AUDIO, PKSDATARANGE_AUDIO {
        DataRange: KSDATARANGE, MaximumChannels: ULONG, MinimumBitsPerSample: ULONG, MaximumBitsPerSample: ULONG,
        MinimumSampleFrequency: ULONG, MaximumSampleFrequency: ULONG,
    }
    KSAUDIO_POSITION, PKSAUDIO_POSITION { PlayOffset: u64, WriteOffset: u64, }
    KSAUDIO_PRESENTATION_POSITION, PKSAUDIO_PRESENTATION_POSITION {
        u64PositionInBlocks: ULONGLONG, u64QPCPosition: ULONGLONG,
    }
    KSAUDIO_CHANNEL_CONFIG, PKSAUDIO_CHANNEL_CONFIG { ActiveSpeakerPositions: LONG, }
    KSJACK_DESCRIPTION, PKSJACK_DESCRIPTION {
        ChannelMapping: DWORD, Color: DWORD, ConnectionType: i32, GeoLocation: i32, GenLocation: i32,
        PortConnection: i32, IsConnected: BOOL,
    }
    KSJACK_DESCRIPTION2, PKSJACK_DESCRIPTION2 { DeviceStateInfo: DWORD, JackCapabilities: DWORD, }
    KSJACK_DESCRIPTION3, PKSJACK_DESCRIPTION3 { ConfigId: ULONG, }
    KSAUDIOENGINE_DESCRIPTOR, PKSAUDIOENGINE_DESCRIPTOR { nHostPinId: ULONG, nOffloadPinId: ULONG, nLoopbackPinId: ULONG, }
    KSATTRIBUTE, PKSATTRIBUTE { Size: ULONG, Flags: ULONG, Attribute: GUID, }
    KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE, PKSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE {
        AttributeHeader: KSATTRIBUTE, SignalProcessingMode: GUID,
    }
    KSRTAUDIO_BUFFER_PROPERTY, PKSRTAUDIO_BUFFER_PROPERTY {
        Property: KSPROPERTY, BaseAddress: PVOID, RequestedBufferSize: ULONG,
    }
    KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION, PKSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION {
        Property: KSPROPERTY, BaseAddress: PVOID, RequestedBufferSize: ULONG, NotificationCount: ULONG,
    }
    KSRTAUDIO_BUFFER, PKSRTAUDIO_BUFFER { BufferAddress: PVOID, ActualBufferSize: ULONG, CallMemoryBarrier: BOOL, }
    KSRTAUDIO_HWLATENCY, PKSRTAUDIO_HWLATENCY { FifoSize: ULONG, ChipsetDelay: ULONG, CodecDelay: ULONG, }
    KSRTAUDIO_HWREGISTER_PROPERTY, PKSRTAUDIO_HWREGISTER_PROPERTY { Property: KSPROPERTY, BaseAddress: PVOID, }
    KSRTAUDIO_HWREGISTER, PKSRTAUDIO_HWREGISTER {
        Register: PVOID, Width: ULONG, Numerator: ULONGLONG, Denominator: ULONGLONG, Accuracy: ULONG,
    }
    KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY, PKSRTAUDIO_NOTIFICATION_EVENT_PROPERTY {
        Property: KSPROPERTY, NotificationEvent: HANDLE,
    }
    KSRTAUDIO_GETREADPACKET_INFO, PKSRTAUDIO_GETREADPACKET_INFO {
        PacketNumber: ULONG, Flags: ULONG, PerformanceCounterValue: ULONG64, MoreData: BOOL,
    }
    KSRTAUDIO_SETWRITEPACKET_INFO, PKSRTAUDIO_SETWRITEPACKET_INFO {
        PacketNumber: ULONG, Flags: ULONG, EosPacketLength: ULONG,
    }
    KSRTAUDIO_PACKETVREGISTER_PROPERTY, PKSRTAUDIO_PACKETVREGISTER_PROPERTY { Property: KSPROPERTY, BaseAddress: PVOID, }
    KSRTAUDIO_PACKETVREGISTER, PKSRTAUDIO_PACKETVREGISTER {
        CompletedPacketCount: PULONG64, CompletedPacketQPC: PULONG64, CompletedPacketHash: PULONG64,
    }
    KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT, PKSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
        ProcessingMode: GUID, SamplesPerProcessingPacket: ULONG, ProcessingPacketDurationInHns: ULONG,
    }
    KSAUDIO_PACKETSIZE_CONSTRAINTS, PKSAUDIO_PACKETSIZE_CONSTRAINTS {
        MinPacketPeriodInHns: ULONG, PacketSizeFileAlignment: ULONG, Reserved: ULONG, NumProcessingModeConstraints: ULONG,
        ProcessingModeConstraints: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; 1],
    }
    KSAUDIO_PACKETSIZE_CONSTRAINTS2, PKSAUDIO_PACKETSIZE_CONSTRAINTS2 {
        MinPacketPeriodInHns: ULONG, PacketSizeFileAlignment: ULONG, MaxPacketSizeInBytes: ULONG,
        NumProcessingModeConstraints: ULONG,
        ProcessingModeConstraints: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; 1],
    }
    KSTIME, PKSTIME { Time: LONGLONG, Numerator: ULONG, Denominator: ULONG, }
    KSSTREAM_HEADER, PKSSTREAM_HEADER {
        Size: ULONG, TypeSpecificFlags: ULONG, PresentationTime: KSTIME, Duration: LONGLONG, FrameExtent: ULONG,
        DataUsed: ULONG, Data: PVOID, OptionsFlags: ULONG, Reserved: ULONG,
    }
    KSPRIORITY, PKSPRIORITY { PriorityClass: ULONG, PrioritySubClass: ULONG, }
    KSPIN_CONNECT, PKSPIN_CONNECT {
        Interface: KSPIN_INTERFACE, Medium: KSPIN_MEDIUM, PinId: ULONG, PinToHandle: HANDLE, Priority: KSPRIORITY,
    }
    KSPIN_CINSTANCES, PKSPIN_CINSTANCES { PossibleCount: ULONG, CurrentCount: ULONG, }
    KSPIN_PHYSICALCONNECTION, PKSPIN_PHYSICALCONNECTION { Size: ULONG, Pin: ULONG, SymbolicLinkName: [WCHAR; 1], }
    KSTOPOLOGY_CONNECTION, PKSTOPOLOGY_CONNECTION { FromNode: ULONG, FromNodePin: ULONG, ToNode: ULONG, ToNodePin: ULONG, }
    KSCOMPONENTID, PKSCOMPONENTID {
        Manufacturer: GUID, Product: GUID, Component: GUID, Name: GUID, Version: ULONG, Revision: ULONG,
    }
    KSINTERVAL, PKSINTERVAL { TimeBase: LONGLONG, Interval: LONGLONG, }
    KSRATE, PKSRATE {
        PresentationStart: LONGLONG, Duration: LONGLONG, Interface: KSPIN_INTERFACE, Rate: LONG, Flags: ULONG,
    }
    KSCORRELATED_TIME, PKSCORRELATED_TIME { Time: LONGLONG, SystemTime: LONGLONG, }
    KSEVENTDATA__bindgen_ty_1__bindgen_ty_1, PKSEVENTDATA__bindgen_ty_1__bindgen_ty_1 { Event: HANDLE, Reserved: [ULONG_PTR; 2], }
    KSEVENTDATA__bindgen_ty_1__bindgen_ty_2, PKSEVENTDATA__bindgen_ty_1__bindgen_ty_2 {
        Semaphore: HANDLE, Reserved: ULONG, Adjustment: LONG,
    }
    KSEVENTDATA__bindgen_ty_1__bindgen_ty_3, PKSEVENTDATA__bindgen_ty_1__bindgen_ty_3 { Unused: PVOID, Alignment: [LONG_PTR; 2], }
    KSEVENTDATA, PKSEVENTDATA { NotificationType: ULONG, __bindgen_anon_1: KSEVENTDATA__bindgen_ty_1, }
}

unions! {
    KSIDENTIFIER__bindgen_ty_1 { __bindgen_anon_1: KSIDENTIFIER__bindgen_ty_1__bindgen_ty_1, Alignment: LONGLONG, }
    KSP_PIN__bindgen_ty_1 { Reserved: ULONG, Flags: ULONG, }
    KSPROPERTY_BOUNDS_LONG {
        __bindgen_anon_1: KSPROPERTY_BOUNDS_LONG__bindgen_ty_1, __bindgen_anon_2: KSPROPERTY_BOUNDS_LONG__bindgen_ty_2,
    }
    KSDATAFORMAT { __bindgen_anon_1: KSDATAFORMAT__bindgen_ty_1, Alignment: LONGLONG, }
    WAVEFORMATEXTENSIBLE__bindgen_ty_1 { wValidBitsPerSample: WORD, wSamplesPerBlock: WORD, wReserved: WORD, }
    KSEVENTDATA__bindgen_ty_1 {
        EventHandle: KSEVENTDATA__bindgen_ty_1__bindgen_ty_1, SemaphoreHandle: KSEVENTDATA__bindgen_ty_1__bindgen_ty_2,
        Alignment: KSEVENTDATA__bindgen_ty_1__bindgen_ty_3,
    }
}

pub type KSPROPERTY = KSIDENTIFIER;
pub type KSMETHOD = KSIDENTIFIER;
pub type KSEVENT = KSIDENTIFIER;
pub type KSPIN_INTERFACE = KSIDENTIFIER;
pub type KSPIN_MEDIUM = KSIDENTIFIER;
pub type KSDATARANGE = KSDATAFORMAT;
pub type PKSPROPERTY = *mut KSPROPERTY;
pub type PKSDATAFORMAT = *mut KSDATAFORMAT;
pub type PKSDATARANGE = *mut KSDATARANGE;

pub mod KSSTATE {
    pub type Type = i32;
    pub const KSSTATE_STOP: Type = 0;
    pub const KSSTATE_ACQUIRE: Type = 1;
    pub const KSSTATE_PAUSE: Type = 2;
    pub const KSSTATE_RUN: Type = 3;
}

pub mod KSPIN_DATAFLOW {
    pub type Type = i32;
    pub const KSPIN_DATAFLOW_IN: Type = 1;
    pub const KSPIN_DATAFLOW_OUT: Type = 2;
}

pub mod KSPIN_COMMUNICATION {
    pub type Type = i32;
    pub const KSPIN_COMMUNICATION_NONE: Type = 0;
    pub const KSPIN_COMMUNICATION_SINK: Type = 1;
    pub const KSPIN_COMMUNICATION_SOURCE: Type = 2;
    pub const KSPIN_COMMUNICATION_BOTH: Type = 3;
    pub const KSPIN_COMMUNICATION_BRIDGE: Type = 4;
}
