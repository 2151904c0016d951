//! KS structures: what `ks.h`, `ksmedia.h` and `mmreg.h` declare for audio, as bindgen would spell
//! them.
//!
//! Neither wdk-sys nor the ACX headers bring these to Rust, so they are written here once, for both
//! backends. Sizes and offsets are compared with `facts/wdf-layouts.tsv` (group KS),
//! `facts/ks-layouts.tsv` and `windows-sys`.

use crate::*;

/// One C `struct` or `union` with its pointer alias and the zero-filling `Default` that bindgen
/// writes.
macro_rules! define {
    ($($(#[$attribute:meta])* $keyword:ident $name:ident $(, $pointer:ident)? { $($field:ident: $kind:ty,)* })*) => {
        $(
            $(#[$attribute])*
            #[derive(Copy, Clone)]
            pub $keyword $name {
                $(pub $field: $kind,)*
            }
            impl Default for $name {
                fn default() -> Self {
                    // SAFETY: integers, raw pointers and arrays and unions of them: all bits zero
                    // is a value of each.
                    unsafe { core::mem::zeroed() }
                }
            }
            $(pub type $pointer = *mut $name;)?
        )*
    };
}

pub type WORD = u16;
pub type DWORD = u32;
#[cfg(not(feature = "wdk"))]
pub type DWORDLONG = u64;
pub type COLORREF = DWORD;
/// Windows' `BOOL`: four bytes, unlike `BOOLEAN`.
pub type BOOL = i32;

define! {
    #[repr(C)]
    #[derive(Debug)]
    struct KSIDENTIFIER__bindgen_ty_1__bindgen_ty_1 { Set: GUID, Id: ULONG, Flags: ULONG, }
    #[repr(C)]
    union KSIDENTIFIER__bindgen_ty_1 {
        __bindgen_anon_1: KSIDENTIFIER__bindgen_ty_1__bindgen_ty_1,
        Alignment: LONGLONG,
    }
    #[repr(C)]
    struct KSIDENTIFIER, PKSIDENTIFIER { __bindgen_anon_1: KSIDENTIFIER__bindgen_ty_1, }

    #[repr(C)]
    #[derive(Debug)]
    struct KSEVENTDATA__bindgen_ty_1__bindgen_ty_1 { Event: HANDLE, Reserved: [ULONG_PTR; 2], }
    #[repr(C)]
    #[derive(Debug)]
    struct KSEVENTDATA__bindgen_ty_1__bindgen_ty_2 { Semaphore: HANDLE, Reserved: ULONG, Adjustment: LONG, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSEVENTDATA__bindgen_ty_1__bindgen_ty_3 { Unused: PVOID, Alignment: [LONG_PTR; 2], }
    #[repr(C)]
    union KSEVENTDATA__bindgen_ty_1 {
        EventHandle: KSEVENTDATA__bindgen_ty_1__bindgen_ty_1,
        SemaphoreHandle: KSEVENTDATA__bindgen_ty_1__bindgen_ty_2,
        Alignment: KSEVENTDATA__bindgen_ty_1__bindgen_ty_3,
    }
    #[repr(C)]
    struct KSEVENTDATA, PKSEVENTDATA { NotificationType: ULONG, __bindgen_anon_1: KSEVENTDATA__bindgen_ty_1, }

    #[repr(C)]
    struct KSP_NODE, PKSP_NODE { Property: KSPROPERTY, NodeId: ULONG, Reserved: ULONG, }
    #[repr(C)]
    struct KSM_NODE, PKSM_NODE { Method: KSMETHOD, NodeId: ULONG, Reserved: ULONG, }
    #[repr(C)]
    struct KSE_NODE, PKSE_NODE { Event: KSEVENT, NodeId: ULONG, Reserved: ULONG, }
    #[repr(C)]
    union KSP_PIN__bindgen_ty_1 { Reserved: ULONG, Flags: ULONG, }
    #[repr(C)]
    struct KSP_PIN, PKSP_PIN { Property: KSPROPERTY, PinId: ULONG, __bindgen_anon_1: KSP_PIN__bindgen_ty_1, }
    #[repr(C)]
    struct KSE_PIN, PKSE_PIN { Event: KSEVENT, PinId: ULONG, Reserved: ULONG, }
    #[repr(C)]
    struct KSNODEPROPERTY, PKSNODEPROPERTY { Property: KSPROPERTY, NodeId: ULONG, Reserved: ULONG, }
    #[repr(C)]
    struct KSNODEPROPERTY_AUDIO_CHANNEL, PKSNODEPROPERTY_AUDIO_CHANNEL {
        NodeProperty: KSNODEPROPERTY,
        Channel: LONG,
        Reserved: ULONG,
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSMULTIPLE_ITEM, PKSMULTIPLE_ITEM { Size: ULONG, Count: ULONG, }
    #[repr(C)]
    struct KSPROPERTY_DESCRIPTION, PKSPROPERTY_DESCRIPTION {
        AccessFlags: ULONG,
        DescriptionSize: ULONG,
        PropTypeSet: KSIDENTIFIER,
        MembersListCount: ULONG,
        Reserved: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPROPERTY_MEMBERSHEADER, PKSPROPERTY_MEMBERSHEADER {
        MembersFlags: ULONG,
        MembersSize: ULONG,
        MembersCount: ULONG,
        Flags: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPROPERTY_BOUNDS_LONG__bindgen_ty_1 { SignedMinimum: LONG, SignedMaximum: LONG, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPROPERTY_BOUNDS_LONG__bindgen_ty_2 { UnsignedMinimum: ULONG, UnsignedMaximum: ULONG, }
    #[repr(C)]
    union KSPROPERTY_BOUNDS_LONG, PKSPROPERTY_BOUNDS_LONG {
        __bindgen_anon_1: KSPROPERTY_BOUNDS_LONG__bindgen_ty_1,
        __bindgen_anon_2: KSPROPERTY_BOUNDS_LONG__bindgen_ty_2,
    }
    #[repr(C)]
    struct KSPROPERTY_STEPPING_LONG, PKSPROPERTY_STEPPING_LONG {
        SteppingDelta: ULONG,
        Reserved: ULONG,
        Bounds: KSPROPERTY_BOUNDS_LONG,
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSDATAFORMAT__bindgen_ty_1 {
        FormatSize: ULONG,
        Flags: ULONG,
        SampleSize: ULONG,
        Reserved: ULONG,
        MajorFormat: GUID,
        SubFormat: GUID,
        Specifier: GUID,
    }
    #[repr(C)]
    union KSDATAFORMAT, PKSDATAFORMAT { __bindgen_anon_1: KSDATAFORMAT__bindgen_ty_1, Alignment: LONGLONG, }
    #[repr(C)]
    struct KSDATARANGE_AUDIO, PKSDATARANGE_AUDIO {
        DataRange: KSDATARANGE,
        MaximumChannels: ULONG,
        MinimumBitsPerSample: ULONG,
        MaximumBitsPerSample: ULONG,
        MinimumSampleFrequency: ULONG,
        MaximumSampleFrequency: ULONG,
    }
    #[repr(C, packed)]
    struct tWAVEFORMATEX, PWAVEFORMATEX {
        wFormatTag: WORD,
        nChannels: WORD,
        nSamplesPerSec: DWORD,
        nAvgBytesPerSec: DWORD,
        nBlockAlign: WORD,
        wBitsPerSample: WORD,
        cbSize: WORD,
    }
    #[repr(C, packed)]
    union WAVEFORMATEXTENSIBLE__bindgen_ty_1 {
        wValidBitsPerSample: WORD,
        wSamplesPerBlock: WORD,
        wReserved: WORD,
    }
    #[repr(C, packed)]
    struct WAVEFORMATEXTENSIBLE, PWAVEFORMATEXTENSIBLE {
        Format: WAVEFORMATEX,
        Samples: WAVEFORMATEXTENSIBLE__bindgen_ty_1,
        dwChannelMask: DWORD,
        SubFormat: GUID,
    }
    #[repr(C, packed)]
    struct waveformat_tag, PWAVEFORMAT {
        wFormatTag: WORD,
        nChannels: WORD,
        nSamplesPerSec: DWORD,
        nAvgBytesPerSec: DWORD,
        nBlockAlign: WORD,
    }
    #[repr(C, packed)]
    struct pcmwaveformat_tag, PPCMWAVEFORMAT { wf: WAVEFORMAT, wBitsPerSample: WORD, }
    #[repr(C, packed)]
    struct KSDATAFORMAT_WAVEFORMATEX, PKSDATAFORMAT_WAVEFORMATEX {
        DataFormat: KSDATAFORMAT,
        WaveFormatEx: WAVEFORMATEX,
    }
    #[repr(C)]
    struct KSDATAFORMAT_WAVEFORMATEXTENSIBLE, PKSDATAFORMAT_WAVEFORMATEXTENSIBLE {
        DataFormat: KSDATAFORMAT,
        WaveFormatExt: WAVEFORMATEXTENSIBLE,
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_POSITION, PKSAUDIO_POSITION { PlayOffset: DWORDLONG, WriteOffset: DWORDLONG, }
    #[repr(C)]
    struct KSAUDIO_POSITIONEX, PKSAUDIO_POSITIONEX {
        TimerFrequency: LARGE_INTEGER,
        TimeStamp1: LARGE_INTEGER,
        Position: KSAUDIO_POSITION,
        TimeStamp2: LARGE_INTEGER,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_PRESENTATION_POSITION, PKSAUDIO_PRESENTATION_POSITION {
        u64PositionInBlocks: ULONGLONG,
        u64QPCPosition: ULONGLONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_CHANNEL_CONFIG, PKSAUDIO_CHANNEL_CONFIG { ActiveSpeakerPositions: LONG, }

    #[repr(C)]
    #[derive(Debug)]
    struct KSJACK_DESCRIPTION, PKSJACK_DESCRIPTION {
        ChannelMapping: DWORD,
        Color: COLORREF,
        ConnectionType: EPcxConnectionType::Type,
        GeoLocation: EPcxGeoLocation::Type,
        GenLocation: EPcxGenLocation::Type,
        PortConnection: EPxcPortConnection::Type,
        IsConnected: BOOL,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSJACK_DESCRIPTION2, PKSJACK_DESCRIPTION2 { DeviceStateInfo: DWORD, JackCapabilities: DWORD, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSJACK_DESCRIPTION3, PKSJACK_DESCRIPTION3 { ConfigId: ULONG, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSJACK_SINK_INFORMATION, PKSJACK_SINK_INFORMATION {
        ConnType: KSJACK_SINK_CONNECTIONTYPE::Type,
        ManufacturerId: WORD,
        ProductId: WORD,
        AudioLatency: WORD,
        HDCPCapable: BOOL,
        AICapable: BOOL,
        SinkDescriptionLength: UCHAR,
        SinkDescription: [WCHAR; 32],
        PortId: LUID,
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIOENGINE_DESCRIPTOR, PKSAUDIOENGINE_DESCRIPTOR {
        nHostPinId: ULONG,
        nOffloadPinId: ULONG,
        nLoopbackPinId: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIOENGINE_BUFFER_SIZE_RANGE, PKSAUDIOENGINE_BUFFER_SIZE_RANGE {
        MinBufferBytes: ULONG,
        MaxBufferBytes: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIOENGINE_VOLUMELEVEL, PKSAUDIOENGINE_VOLUMELEVEL {
        TargetVolume: LONG,
        CurveType: AUDIO_CURVE_TYPE::Type,
        CurveDuration: ULONGLONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIOENGINE_DEVICECONTROLS, PKSAUDIOENGINE_DEVICECONTROLS {
        Volume: EDeviceControlUseType::Type,
        Mute: EDeviceControlUseType::Type,
        PeakMeter: EDeviceControlUseType::Type,
    }
    #[repr(C)]
    struct KSAUDIOMODULE_PROPERTY, PKSAUDIOMODULE_PROPERTY { Property: KSPROPERTY, ClassId: GUID, InstanceId: ULONG, }
    #[repr(C)]
    struct KSAUDIOMODULE_DESCRIPTOR, PKSAUDIOMODULE_DESCRIPTOR {
        ClassId: GUID,
        InstanceId: ULONG,
        VersionMajor: ULONG,
        VersionMinor: ULONG,
        Name: [WCHAR; 128],
    }
    #[repr(C)]
    struct KSSOUNDDETECTORPROPERTY, PKSSOUNDDETECTORPROPERTY { Property: KSPROPERTY, EventId: GUID, }
    #[repr(C)]
    #[derive(Debug)]
    struct SOUNDDETECTOR_PATTERNHEADER, PSOUNDDETECTOR_PATTERNHEADER { Size: ULONG, PatternType: GUID, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_MICROPHONE_COORDINATES, PKSAUDIO_MICROPHONE_COORDINATES {
        usType: USHORT,
        wXCoord: SHORT,
        wYCoord: SHORT,
        wZCoord: SHORT,
        wVerticalAngle: SHORT,
        wHorizontalAngle: SHORT,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_MIC_ARRAY_GEOMETRY, PKSAUDIO_MIC_ARRAY_GEOMETRY {
        usVersion: USHORT,
        usMicArrayType: USHORT,
        wVerticalAngleBegin: SHORT,
        wVerticalAngleEnd: SHORT,
        wHorizontalAngleBegin: SHORT,
        wHorizontalAngleEnd: SHORT,
        usFrequencyBandLo: USHORT,
        usFrequencyBandHi: USHORT,
        usNumberOfMicrophones: USHORT,
        KsMicCoord: [KSAUDIO_MICROPHONE_COORDINATES; 1],
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPIN_CINSTANCES, PKSPIN_CINSTANCES { PossibleCount: ULONG, CurrentCount: ULONG, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSCOMPONENTID, PKSCOMPONENTID {
        Manufacturer: GUID,
        Product: GUID,
        Component: GUID,
        Name: GUID,
        Version: ULONG,
        Revision: ULONG,
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSATTRIBUTE, PKSATTRIBUTE { Size: ULONG, Flags: ULONG, Attribute: GUID, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE, PKSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE {
        AttributeHeader: KSATTRIBUTE,
        SignalProcessingMode: GUID,
    }

    #[repr(C)]
    struct KSRTAUDIO_BUFFER_PROPERTY, PKSRTAUDIO_BUFFER_PROPERTY {
        Property: KSPROPERTY,
        BaseAddress: PVOID,
        RequestedBufferSize: ULONG,
    }
    #[repr(C)]
    struct KSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION, PKSRTAUDIO_BUFFER_PROPERTY_WITH_NOTIFICATION {
        Property: KSPROPERTY,
        BaseAddress: PVOID,
        RequestedBufferSize: ULONG,
        NotificationCount: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_BUFFER, PKSRTAUDIO_BUFFER {
        BufferAddress: PVOID,
        ActualBufferSize: ULONG,
        CallMemoryBarrier: BOOL,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_HWLATENCY, PKSRTAUDIO_HWLATENCY { FifoSize: ULONG, ChipsetDelay: ULONG, CodecDelay: ULONG, }
    #[repr(C)]
    struct KSRTAUDIO_HWREGISTER_PROPERTY, PKSRTAUDIO_HWREGISTER_PROPERTY { Property: KSPROPERTY, BaseAddress: PVOID, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_HWREGISTER, PKSRTAUDIO_HWREGISTER {
        Register: PVOID,
        Width: ULONG,
        Numerator: ULONGLONG,
        Denominator: ULONGLONG,
        Accuracy: ULONG,
    }
    #[repr(C)]
    struct KSRTAUDIO_NOTIFICATION_EVENT_PROPERTY, PKSRTAUDIO_NOTIFICATION_EVENT_PROPERTY {
        Property: KSPROPERTY,
        NotificationEvent: HANDLE,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_GETREADPACKET_INFO, PKSRTAUDIO_GETREADPACKET_INFO {
        PacketNumber: ULONG,
        Flags: ULONG,
        PerformanceCounterValue: ULONG64,
        MoreData: BOOL,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_SETWRITEPACKET_INFO, PKSRTAUDIO_SETWRITEPACKET_INFO {
        PacketNumber: ULONG,
        Flags: ULONG,
        EosPacketLength: ULONG,
    }
    #[repr(C)]
    struct KSRTAUDIO_PACKETVREGISTER_PROPERTY, PKSRTAUDIO_PACKETVREGISTER_PROPERTY {
        Property: KSPROPERTY,
        BaseAddress: PVOID,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSRTAUDIO_PACKETVREGISTER, PKSRTAUDIO_PACKETVREGISTER {
        CompletedPacketCount: PULONG64,
        CompletedPacketQPC: PULONG64,
        CompletedPacketHash: PULONG64,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT, PKSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
        ProcessingMode: GUID,
        SamplesPerProcessingPacket: ULONG,
        ProcessingPacketDurationInHns: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_PACKETSIZE_CONSTRAINTS, PKSAUDIO_PACKETSIZE_CONSTRAINTS {
        MinPacketPeriodInHns: ULONG,
        PacketSizeFileAlignment: ULONG,
        Reserved: ULONG,
        NumProcessingModeConstraints: ULONG,
        ProcessingModeConstraints: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; 1],
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSAUDIO_PACKETSIZE_CONSTRAINTS2, PKSAUDIO_PACKETSIZE_CONSTRAINTS2 {
        MinPacketPeriodInHns: ULONG,
        PacketSizeFileAlignment: ULONG,
        MaxPacketSizeInBytes: ULONG,
        NumProcessingModeConstraints: ULONG,
        ProcessingModeConstraints: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; 1],
    }

    #[repr(C)]
    #[derive(Debug)]
    struct KSTIME, PKSTIME { Time: LONGLONG, Numerator: ULONG, Denominator: ULONG, }
    #[repr(C)]
    #[derive(Debug)]
    struct KSSTREAM_HEADER, PKSSTREAM_HEADER {
        Size: ULONG,
        TypeSpecificFlags: ULONG,
        PresentationTime: KSTIME,
        Duration: LONGLONG,
        FrameExtent: ULONG,
        DataUsed: ULONG,
        Data: PVOID,
        OptionsFlags: ULONG,
        Reserved: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPRIORITY, PKSPRIORITY { PriorityClass: ULONG, PrioritySubClass: ULONG, }
    #[repr(C)]
    struct KSPIN_CONNECT, PKSPIN_CONNECT {
        Interface: KSPIN_INTERFACE,
        Medium: KSPIN_MEDIUM,
        PinId: ULONG,
        PinToHandle: HANDLE,
        Priority: KSPRIORITY,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSPIN_PHYSICALCONNECTION, PKSPIN_PHYSICALCONNECTION {
        Size: ULONG,
        Pin: ULONG,
        SymbolicLinkName: [WCHAR; 1],
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSTOPOLOGY_CONNECTION, PKSTOPOLOGY_CONNECTION {
        FromNode: ULONG,
        FromNodePin: ULONG,
        ToNode: ULONG,
        ToNodePin: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSINTERVAL, PKSINTERVAL { TimeBase: LONGLONG, Interval: LONGLONG, }
    #[repr(C)]
    struct KSRATE, PKSRATE {
        PresentationStart: LONGLONG,
        Duration: LONGLONG,
        Interface: KSPIN_INTERFACE,
        Rate: LONG,
        Flags: ULONG,
    }
    #[repr(C)]
    #[derive(Debug)]
    struct KSCORRELATED_TIME, PKSCORRELATED_TIME { Time: LONGLONG, SystemTime: LONGLONG, }
}

pub type KSPROPERTY = KSIDENTIFIER;
pub type PKSPROPERTY = PKSIDENTIFIER;
pub type KSMETHOD = KSIDENTIFIER;
pub type PKSMETHOD = PKSIDENTIFIER;
pub type KSEVENT = KSIDENTIFIER;
pub type PKSEVENT = PKSIDENTIFIER;
pub type KSPIN_INTERFACE = KSIDENTIFIER;
pub type PKSPIN_INTERFACE = PKSIDENTIFIER;
pub type KSPIN_MEDIUM = KSIDENTIFIER;
pub type PKSPIN_MEDIUM = PKSIDENTIFIER;
pub type KSDATARANGE = KSDATAFORMAT;
pub type PKSDATARANGE = PKSDATAFORMAT;
pub type WAVEFORMATEX = tWAVEFORMATEX;
pub type WAVEFORMAT = waveformat_tag;
pub type PCMWAVEFORMAT = pcmwaveformat_tag;
