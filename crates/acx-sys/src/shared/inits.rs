//! Written by `cargo xtask bindings` from facts/wdf-inits.tsv and facts/acx-inits.tsv: the `*_INIT` helpers of the headers.
//!
//! The driver requires the version it targets, so `WDF_STRUCTURE_SIZE` and `ACX_STRUCTURE_SIZE` are `sizeof`. Helpers for USB are left out.

use super::zero;
use crate::*;

/// Fills a `WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER_INIT(
    structure: &mut WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    IdentificationDescriptionSize: ULONG,
) {
    zero(structure);
    structure.IdentificationDescriptionSize = IdentificationDescriptionSize;
}

/// Fills a `WDF_CHILD_ADDRESS_DESCRIPTION_HEADER` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_CHILD_ADDRESS_DESCRIPTION_HEADER_INIT(
    structure: &mut WDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    AddressDescriptionSize: ULONG,
) {
    zero(structure);
    structure.AddressDescriptionSize = AddressDescriptionSize;
}

/// Fills a `WDF_CHILD_RETRIEVE_INFO` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_CHILD_RETRIEVE_INFO_INIT(
    structure: &mut WDF_CHILD_RETRIEVE_INFO,
    IdentificationDescription: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
) {
    zero(structure);
    structure.Size = size_of::<WDF_CHILD_RETRIEVE_INFO>() as ULONG;
    structure.IdentificationDescription = IdentificationDescription;
}

/// Fills a `WDF_CHILD_LIST_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_CHILD_LIST_CONFIG_INIT(
    structure: &mut WDF_CHILD_LIST_CONFIG,
    IdentificationDescriptionSize: ULONG,
    EvtChildListCreateDevice: PFN_WDF_CHILD_LIST_CREATE_DEVICE,
) {
    zero(structure);
    structure.Size = size_of::<WDF_CHILD_LIST_CONFIG>() as ULONG;
    structure.IdentificationDescriptionSize = IdentificationDescriptionSize;
    structure.EvtChildListCreateDevice = EvtChildListCreateDevice;
}

/// Fills a `WDF_CHILD_LIST_ITERATOR` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_CHILD_LIST_ITERATOR_INIT(structure: &mut WDF_CHILD_LIST_ITERATOR, Flags: ULONG) {
    zero(structure);
    structure.Size = size_of::<WDF_CHILD_LIST_ITERATOR>() as ULONG;
    structure.Flags = Flags;
}

/// Fills a `WDF_COMMON_BUFFER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_COMMON_BUFFER_CONFIG_INIT(
    structure: &mut WDF_COMMON_BUFFER_CONFIG,
    AlignmentRequirement: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_COMMON_BUFFER_CONFIG>() as ULONG;
    structure.AlignmentRequirement = AlignmentRequirement;
}

/// Fills a `WDF_TASK_SEND_OPTIONS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_TASK_SEND_OPTIONS_INIT(structure: &mut WDF_TASK_SEND_OPTIONS, Flags: ULONG) {
    zero(structure);
    structure.Size = size_of::<WDF_TASK_SEND_OPTIONS>() as ULONG;
    structure.Flags = Flags;
}

/// Fills a `WDF_FILEOBJECT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_FILEOBJECT_CONFIG_INIT(
    structure: &mut WDF_FILEOBJECT_CONFIG,
    EvtDeviceFileCreate: PFN_WDF_DEVICE_FILE_CREATE,
    EvtFileClose: PFN_WDF_FILE_CLOSE,
    EvtFileCleanup: PFN_WDF_FILE_CLEANUP,
) {
    structure.Size = size_of::<WDF_FILEOBJECT_CONFIG>() as ULONG;
    structure.EvtDeviceFileCreate = EvtDeviceFileCreate;
    structure.EvtFileClose = EvtFileClose;
    structure.EvtFileCleanup = EvtFileCleanup;
    structure.FileObjectClass = _WDF_FILEOBJECT_CLASS::WdfFileObjectWdfCannotUseFsContexts;
    structure.AutoForwardCleanupClose = _WDF_TRI_STATE::WdfUseDefault;
}

/// Fills a `WDF_POWER_POLICY_EVENT_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_POWER_POLICY_EVENT_CALLBACKS_INIT(structure: &mut WDF_POWER_POLICY_EVENT_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<WDF_POWER_POLICY_EVENT_CALLBACKS>() as ULONG;
}

/// Fills a `WDF_PNPPOWER_EVENT_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_PNPPOWER_EVENT_CALLBACKS_INIT(structure: &mut WDF_PNPPOWER_EVENT_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<WDF_PNPPOWER_EVENT_CALLBACKS>() as ULONG;
}

/// Fills a `WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS_INIT(
    structure: &mut WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS>() as ULONG;
    structure.Enabled = _WDF_TRI_STATE::WdfUseDefault;
    structure.DxState = _DEVICE_POWER_STATE::PowerDeviceMaximum;
    structure.UserControlOfWakeSettings =
        _WDF_POWER_POLICY_SX_WAKE_USER_CONTROL::WakeAllowUserControl;
}

/// Fills a `WDF_DEVICE_STATE` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DEVICE_STATE_INIT(structure: &mut WDF_DEVICE_STATE) {
    zero(structure);
    structure.Size = size_of::<WDF_DEVICE_STATE>() as ULONG;
    structure.Disabled = _WDF_TRI_STATE::WdfUseDefault;
    structure.DontDisplayInUI = _WDF_TRI_STATE::WdfUseDefault;
    structure.Failed = _WDF_TRI_STATE::WdfUseDefault;
    structure.NotDisableable = _WDF_TRI_STATE::WdfUseDefault;
    structure.Removed = _WDF_TRI_STATE::WdfUseDefault;
    structure.ResourcesChanged = _WDF_TRI_STATE::WdfUseDefault;
    structure.AssignedToGuest = _WDF_TRI_STATE::WdfUseDefault;
}

/// Fills a `WDF_DEVICE_PNP_CAPABILITIES` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DEVICE_PNP_CAPABILITIES_INIT(structure: &mut WDF_DEVICE_PNP_CAPABILITIES) {
    zero(structure);
    structure.Size = size_of::<WDF_DEVICE_PNP_CAPABILITIES>() as ULONG;
    structure.LockSupported = _WDF_TRI_STATE::WdfUseDefault;
    structure.EjectSupported = _WDF_TRI_STATE::WdfUseDefault;
    structure.Removable = _WDF_TRI_STATE::WdfUseDefault;
    structure.DockDevice = _WDF_TRI_STATE::WdfUseDefault;
    structure.UniqueID = _WDF_TRI_STATE::WdfUseDefault;
    structure.SilentInstall = _WDF_TRI_STATE::WdfUseDefault;
    structure.SurpriseRemovalOK = _WDF_TRI_STATE::WdfUseDefault;
    structure.HardwareDisabled = _WDF_TRI_STATE::WdfUseDefault;
    structure.NoDisplayInUI = _WDF_TRI_STATE::WdfUseDefault;
    structure.Address = ULONG::MAX;
    structure.UINumber = ULONG::MAX;
}

/// Fills a `WDF_DEVICE_POWER_CAPABILITIES` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DEVICE_POWER_CAPABILITIES_INIT(structure: &mut WDF_DEVICE_POWER_CAPABILITIES) {
    zero(structure);
    structure.Size = size_of::<WDF_DEVICE_POWER_CAPABILITIES>() as ULONG;
    structure.DeviceD1 = _WDF_TRI_STATE::WdfUseDefault;
    structure.DeviceD2 = _WDF_TRI_STATE::WdfUseDefault;
    structure.WakeFromD0 = _WDF_TRI_STATE::WdfUseDefault;
    structure.WakeFromD1 = _WDF_TRI_STATE::WdfUseDefault;
    structure.WakeFromD2 = _WDF_TRI_STATE::WdfUseDefault;
    structure.WakeFromD3 = _WDF_TRI_STATE::WdfUseDefault;
    structure.DeviceState.fill(_DEVICE_POWER_STATE::PowerDeviceMaximum);
    structure.DeviceWake = _DEVICE_POWER_STATE::PowerDeviceMaximum;
    structure.SystemWake = _SYSTEM_POWER_STATE::PowerSystemMaximum;
    structure.D1Latency = ULONG::MAX;
    structure.D2Latency = ULONG::MAX;
    structure.D3Latency = ULONG::MAX;
    structure.IdealDxStateForSx = _DEVICE_POWER_STATE::PowerDeviceMaximum;
}

/// Fills a `WDF_REMOVE_LOCK_OPTIONS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REMOVE_LOCK_OPTIONS_INIT(structure: &mut WDF_REMOVE_LOCK_OPTIONS, Flags: ULONG) {
    zero(structure);
    structure.Size = size_of::<WDF_REMOVE_LOCK_OPTIONS>() as ULONG;
    structure.Flags = Flags;
}

/// Fills a `WDF_POWER_FRAMEWORK_SETTINGS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_POWER_FRAMEWORK_SETTINGS_INIT(structure: &mut WDF_POWER_FRAMEWORK_SETTINGS) {
    zero(structure);
    structure.Size = size_of::<WDF_POWER_FRAMEWORK_SETTINGS>() as ULONG;
}

/// Fills a `WDF_IO_TYPE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_TYPE_CONFIG_INIT(structure: &mut WDF_IO_TYPE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_TYPE_CONFIG>() as ULONG;
    structure.ReadWriteIoType = _WDF_DEVICE_IO_TYPE::WdfDeviceIoBuffered;
    structure.DeviceControlIoType = _WDF_DEVICE_IO_TYPE::WdfDeviceIoBuffered;
}

/// Fills a `WDF_DEVICE_PROPERTY_DATA` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DEVICE_PROPERTY_DATA_INIT(
    structure: &mut WDF_DEVICE_PROPERTY_DATA,
    PropertyKey: *const DEVPROPKEY,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DEVICE_PROPERTY_DATA>() as ULONG;
    structure.PropertyKey = PropertyKey;
}

/// Fills a `WDF_DMA_ENABLER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DMA_ENABLER_CONFIG_INIT(
    structure: &mut WDF_DMA_ENABLER_CONFIG,
    Profile: WDF_DMA_PROFILE,
    MaximumLength: usize,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DMA_ENABLER_CONFIG>() as ULONG;
    structure.Profile = Profile;
    structure.MaximumLength = MaximumLength;
}

/// Fills a `WDF_DMA_SYSTEM_PROFILE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DMA_SYSTEM_PROFILE_CONFIG_INIT(
    structure: &mut WDF_DMA_SYSTEM_PROFILE_CONFIG,
    Address: PHYSICAL_ADDRESS,
    DmaWidth: DMA_WIDTH,
    DmaDescriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DMA_SYSTEM_PROFILE_CONFIG>() as ULONG;
    structure.DeviceAddress = Address;
    structure.DmaWidth = DmaWidth;
    structure.DmaDescriptor = DmaDescriptor;
}

/// Fills a `WDF_DPC_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DPC_CONFIG_INIT(structure: &mut WDF_DPC_CONFIG, EvtDpcFunc: PFN_WDF_DPC) {
    zero(structure);
    structure.Size = size_of::<WDF_DPC_CONFIG>() as ULONG;
    structure.EvtDpcFunc = EvtDpcFunc;
    structure.AutomaticSerialization = TRUE as BOOLEAN;
}

/// Fills a `WDF_DRIVER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DRIVER_CONFIG_INIT(
    structure: &mut WDF_DRIVER_CONFIG,
    EvtDriverDeviceAdd: PFN_WDF_DRIVER_DEVICE_ADD,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DRIVER_CONFIG>() as ULONG;
    structure.EvtDriverDeviceAdd = EvtDriverDeviceAdd;
}

/// Fills a `WDF_DRIVER_VERSION_AVAILABLE_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(
    structure: &mut WDF_DRIVER_VERSION_AVAILABLE_PARAMS,
    MajorVersion: ULONG,
    MinorVersion: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_DRIVER_VERSION_AVAILABLE_PARAMS>() as ULONG;
    structure.MajorVersion = MajorVersion;
    structure.MinorVersion = MinorVersion;
}

/// Fills a `WDF_FDO_EVENT_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_FDO_EVENT_CALLBACKS_INIT(structure: &mut WDF_FDO_EVENT_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<WDF_FDO_EVENT_CALLBACKS>() as ULONG;
}

/// Fills a `WDF_INTERRUPT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_INTERRUPT_CONFIG_INIT(
    structure: &mut WDF_INTERRUPT_CONFIG,
    EvtInterruptIsr: PFN_WDF_INTERRUPT_ISR,
    EvtInterruptDpc: PFN_WDF_INTERRUPT_DPC,
) {
    zero(structure);
    structure.Size = size_of::<WDF_INTERRUPT_CONFIG>() as ULONG;
    structure.ShareVector = _WDF_TRI_STATE::WdfUseDefault;
    structure.EvtInterruptIsr = EvtInterruptIsr;
    structure.EvtInterruptDpc = EvtInterruptDpc;
    structure.ReportInactiveOnPowerDown = _WDF_TRI_STATE::WdfUseDefault;
}

/// Fills a `WDF_INTERRUPT_INFO` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_INTERRUPT_INFO_INIT(structure: &mut WDF_INTERRUPT_INFO) {
    zero(structure);
    structure.Size = size_of::<WDF_INTERRUPT_INFO>() as ULONG;
}

/// Fills a `WDF_INTERRUPT_EXTENDED_POLICY` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_INTERRUPT_EXTENDED_POLICY_INIT(structure: &mut WDF_INTERRUPT_EXTENDED_POLICY) {
    zero(structure);
    structure.Size = size_of::<WDF_INTERRUPT_EXTENDED_POLICY>() as ULONG;
    structure.Policy = _WDF_INTERRUPT_POLICY::WdfIrqPolicyMachineDefault;
    structure.Priority = _WDF_INTERRUPT_PRIORITY::WdfIrqPriorityUndefined;
}

/// Fills a `WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_DEFAULT_INIT(
    structure: &mut WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY,
    TotalForwardProgressRequests: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY>() as ULONG;
    structure.TotalForwardProgressRequests = TotalForwardProgressRequests;
    structure.ForwardProgressReservedPolicy = _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY::WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest;
}

/// Fills a `WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_EXAMINE_INIT(
    structure: &mut WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY,
    TotalForwardProgressRequests: ULONG,
    EvtIoWdmIrpForForwardProgress: PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS,
) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY>() as ULONG;
    structure.TotalForwardProgressRequests = TotalForwardProgressRequests;
    structure.ForwardProgressReservedPolicy =
        _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY::WdfIoForwardProgressReservedPolicyUseExamine;
    structure
        .ForwardProgressReservePolicySettings
        .Policy
        .ExaminePolicy
        .EvtIoWdmIrpForForwardProgress = EvtIoWdmIrpForForwardProgress;
}

/// Fills a `WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY_PAGINGIO_INIT(
    structure: &mut WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY,
    TotalForwardProgressRequests: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY>() as ULONG;
    structure.TotalForwardProgressRequests = TotalForwardProgressRequests;
    structure.ForwardProgressReservedPolicy =
        _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY::WdfIoForwardProgressReservedPolicyPagingIO;
}

/// Fills a `WDF_IO_TARGET_OPEN_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_TARGET_OPEN_PARAMS_INIT_EXISTING_DEVICE(
    structure: &mut WDF_IO_TARGET_OPEN_PARAMS,
    DeviceObject: PDEVICE_OBJECT,
) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as ULONG;
    structure.Type = _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenUseExistingDevice;
    structure.TargetDeviceObject = DeviceObject;
}

/// Fills a `WDF_IO_TARGET_OPEN_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_IO_TARGET_OPEN_PARAMS_INIT_REOPEN(structure: &mut WDF_IO_TARGET_OPEN_PARAMS) {
    zero(structure);
    structure.Size = size_of::<WDF_IO_TARGET_OPEN_PARAMS>() as ULONG;
    structure.Type = _WDF_IO_TARGET_OPEN_TYPE::WdfIoTargetOpenReopen;
}

/// Fills a `WDF_MEMORY_DESCRIPTOR` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_MEMORY_DESCRIPTOR_INIT_BUFFER(
    structure: &mut WDF_MEMORY_DESCRIPTOR,
    Buffer: PVOID,
    BufferLength: ULONG,
) {
    zero(structure);
    structure.Type = _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeBuffer;
    structure.u.BufferType.Buffer = Buffer;
    structure.u.BufferType.Length = BufferLength;
}

/// Fills a `WDF_MEMORY_DESCRIPTOR` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_MEMORY_DESCRIPTOR_INIT_HANDLE(
    structure: &mut WDF_MEMORY_DESCRIPTOR,
    Memory: WDFMEMORY,
    Offsets: PWDFMEMORY_OFFSET,
) {
    zero(structure);
    structure.Type = _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeHandle;
    structure.u.HandleType.Memory = Memory;
    structure.u.HandleType.Offsets = Offsets;
}

/// Fills a `WDF_MEMORY_DESCRIPTOR` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_MEMORY_DESCRIPTOR_INIT_MDL(
    structure: &mut WDF_MEMORY_DESCRIPTOR,
    Mdl: PMDL,
    BufferLength: ULONG,
) {
    zero(structure);
    structure.Type = _WDF_MEMORY_DESCRIPTOR_TYPE::WdfMemoryDescriptorTypeMdl;
    structure.u.MdlType.Mdl = Mdl;
    structure.u.MdlType.BufferLength = BufferLength;
}

/// Fills a `WDF_OBJECT_ATTRIBUTES` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_OBJECT_ATTRIBUTES_INIT(structure: &mut WDF_OBJECT_ATTRIBUTES) {
    zero(structure);
    structure.Size = size_of::<WDF_OBJECT_ATTRIBUTES>() as ULONG;
    structure.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelInheritFromParent;
    structure.SynchronizationScope =
        _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeInheritFromParent;
}

/// Fills a `WDF_PDO_EVENT_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_PDO_EVENT_CALLBACKS_INIT(structure: &mut WDF_PDO_EVENT_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<WDF_PDO_EVENT_CALLBACKS>() as ULONG;
}

/// Fills a `WDF_QUERY_INTERFACE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_QUERY_INTERFACE_CONFIG_INIT(
    structure: &mut WDF_QUERY_INTERFACE_CONFIG,
    Interface: PINTERFACE,
    InterfaceType: *const GUID,
    EvtDeviceProcessQueryInterfaceRequest: PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST,
) {
    zero(structure);
    structure.Size = size_of::<WDF_QUERY_INTERFACE_CONFIG>() as ULONG;
    structure.Interface = Interface;
    structure.InterfaceType = InterfaceType;
    structure.EvtDeviceProcessQueryInterfaceRequest = EvtDeviceProcessQueryInterfaceRequest;
}

/// Fills a `WDF_REQUEST_PARAMETERS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_PARAMETERS_INIT(structure: &mut WDF_REQUEST_PARAMETERS) {
    zero(structure);
    structure.Size = size_of::<WDF_REQUEST_PARAMETERS>() as USHORT;
}

/// Fills a `WDF_REQUEST_COMPLETION_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_COMPLETION_PARAMS_INIT(structure: &mut WDF_REQUEST_COMPLETION_PARAMS) {
    zero(structure);
    structure.Size = size_of::<WDF_REQUEST_COMPLETION_PARAMS>() as ULONG;
    structure.Type = _WDF_REQUEST_TYPE::WdfRequestTypeNoFormat;
}

/// Fills a `WDF_REQUEST_REUSE_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_REUSE_PARAMS_INIT(
    structure: &mut WDF_REQUEST_REUSE_PARAMS,
    Flags: ULONG,
    Status: NTSTATUS,
) {
    zero(structure);
    structure.Size = size_of::<WDF_REQUEST_REUSE_PARAMS>() as ULONG;
    structure.Flags = Flags;
    structure.Status = Status;
}

/// Fills a `WDF_REQUEST_REUSE_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_REUSE_PARAMS_SET_NEW_IRP(
    structure: &mut WDF_REQUEST_REUSE_PARAMS,
    NewIrp: PIRP,
) {
    structure.Flags |= _WDF_REQUEST_REUSE_FLAGS::WDF_REQUEST_REUSE_SET_NEW_IRP as ULONG;
    structure.NewIrp = NewIrp;
}

/// Fills a `WDF_REQUEST_SEND_OPTIONS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_SEND_OPTIONS_INIT(structure: &mut WDF_REQUEST_SEND_OPTIONS, Flags: ULONG) {
    zero(structure);
    structure.Size = size_of::<WDF_REQUEST_SEND_OPTIONS>() as ULONG;
    structure.Flags = Flags;
}

/// Fills a `WDF_REQUEST_SEND_OPTIONS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_SEND_OPTIONS_SET_TIMEOUT(
    structure: &mut WDF_REQUEST_SEND_OPTIONS,
    Timeout: LONGLONG,
) {
    structure.Flags |= _WDF_REQUEST_SEND_OPTIONS_FLAGS::WDF_REQUEST_SEND_OPTION_TIMEOUT as ULONG;
    structure.Timeout = Timeout;
}

/// Fills a `WDF_REQUEST_FORWARD_OPTIONS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_REQUEST_FORWARD_OPTIONS_INIT(structure: &mut WDF_REQUEST_FORWARD_OPTIONS) {
    zero(structure);
    structure.Size = size_of::<WDF_REQUEST_FORWARD_OPTIONS>() as ULONG;
    structure.Flags |=
        _WDF_REQUEST_FORWARD_OPTIONS_FLAGS::WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET as ULONG;
}

/// Fills a `WDF_TIMER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_TIMER_CONFIG_INIT(structure: &mut WDF_TIMER_CONFIG, EvtTimerFunc: PFN_WDF_TIMER) {
    zero(structure);
    structure.Size = size_of::<WDF_TIMER_CONFIG>() as ULONG;
    structure.EvtTimerFunc = EvtTimerFunc;
    structure.Period = 0;
    structure.AutomaticSerialization = TRUE as BOOLEAN;
    structure.TolerableDelay = 0;
}

/// Fills a `WDF_TIMER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_TIMER_CONFIG_INIT_PERIODIC(
    structure: &mut WDF_TIMER_CONFIG,
    EvtTimerFunc: PFN_WDF_TIMER,
    Period: LONG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_TIMER_CONFIG>() as ULONG;
    structure.EvtTimerFunc = EvtTimerFunc;
    structure.Period = Period.cast_unsigned();
    structure.AutomaticSerialization = TRUE as BOOLEAN;
    structure.TolerableDelay = 0;
}

/// Fills a `WDF_WMI_INSTANCE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER(
    structure: &mut WDF_WMI_INSTANCE_CONFIG,
    Provider: WDFWMIPROVIDER,
) {
    zero(structure);
    structure.Size = size_of::<WDF_WMI_INSTANCE_CONFIG>() as ULONG;
    structure.Provider = Provider;
}

/// Fills a `WDF_WMI_INSTANCE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_WMI_INSTANCE_CONFIG_INIT_PROVIDER_CONFIG(
    structure: &mut WDF_WMI_INSTANCE_CONFIG,
    ProviderConfig: PWDF_WMI_PROVIDER_CONFIG,
) {
    zero(structure);
    structure.Size = size_of::<WDF_WMI_INSTANCE_CONFIG>() as ULONG;
    structure.ProviderConfig = ProviderConfig;
}

/// Fills a `WDF_WORKITEM_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn WDF_WORKITEM_CONFIG_INIT(
    structure: &mut WDF_WORKITEM_CONFIG,
    EvtWorkItemFunc: PFN_WDF_WORKITEM,
) {
    zero(structure);
    structure.Size = size_of::<WDF_WORKITEM_CONFIG>() as ULONG;
    structure.EvtWorkItemFunc = EvtWorkItemFunc;
    structure.AutomaticSerialization = TRUE as BOOLEAN;
}

/// Fills a `ACX_CIRCUIT_PNPPOWER_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_CIRCUIT_PNPPOWER_CALLBACKS_INIT(structure: &mut ACX_CIRCUIT_PNPPOWER_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_CIRCUIT_PNPPOWER_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_CIRCUIT_COMPOSITE_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_CIRCUIT_COMPOSITE_CALLBACKS_INIT(structure: &mut ACX_CIRCUIT_COMPOSITE_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_CIRCUIT_COMPOSITE_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_FACTORY_CIRCUIT_ADD_CIRCUIT` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_FACTORY_CIRCUIT_ADD_CIRCUIT_INIT(structure: &mut ACX_FACTORY_CIRCUIT_ADD_CIRCUIT) {
    zero(structure);
    structure.Size = size_of::<ACX_FACTORY_CIRCUIT_ADD_CIRCUIT>() as ULONG;
}

/// Fills a `ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT_INIT(structure: &mut ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT) {
    zero(structure);
    structure.Size = size_of::<ACX_FACTORY_CIRCUIT_REMOVE_CIRCUIT>() as ULONG;
}

/// Fills a `ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS_INIT(
    structure: &mut ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS,
) {
    zero(structure);
    structure.Size = size_of::<ACX_FACTORY_CIRCUIT_OPERATION_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS_INIT(
    structure: &mut ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS,
) {
    zero(structure);
    structure.Size = size_of::<ACX_FACTORY_CIRCUIT_PNPPOWER_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_DATAFORMAT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DATAFORMAT_CONFIG_INIT(structure: &mut ACX_DATAFORMAT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_DATAFORMAT_CONFIG>() as ULONG;
    structure.Flags = _ACX_DATAFORMAT_CONFIG_FLAGS::AcxDataFormatConfigNoFlags as ULONG;
}

/// Fills a `ACX_DATAFORMAT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DATAFORMAT_CONFIG_INIT_KS(structure: &mut ACX_DATAFORMAT_CONFIG, Format: PVOID) {
    zero(structure);
    structure.Size = size_of::<ACX_DATAFORMAT_CONFIG>() as ULONG;
    structure.Flags = _ACX_DATAFORMAT_CONFIG_FLAGS::AcxDataFormatConfigNoFlags as ULONG;
    structure.Type = _ACX_DATAFORMAT_TYPE::AcxDataFormatKsFormat;
    structure.u.KsFormat = Format;
}

/// Fills a `ACX_DATAFORMAT_LIST_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DATAFORMAT_LIST_CONFIG_INIT(structure: &mut ACX_DATAFORMAT_LIST_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_DATAFORMAT_LIST_CONFIG>() as ULONG;
    structure.Flags = _ACX_DATAFORMAT_LIST_CONFIG_FLAGS::AcxDataFormatListConfigNoFlags as ULONG;
}

/// Fills a `ACX_DATAFORMAT_LIST_ITERATOR` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DATAFORMAT_LIST_ITERATOR_INIT(structure: &mut ACX_DATAFORMAT_LIST_ITERATOR) {
    zero(structure);
    structure.Size = size_of::<ACX_DATAFORMAT_LIST_ITERATOR>() as ULONG;
    structure.Flags =
        _ACX_DATAFORMAT_LIST_ITERATOR_CONFIG_FLAGS::AcxDataFormatListIteratorConfigNoFlags as ULONG;
}

/// Fills a `ACX_DEVICEINIT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DEVICEINIT_CONFIG_INIT(structure: &mut ACX_DEVICEINIT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_DEVICEINIT_CONFIG>() as ULONG;
    structure.Flags = _ACX_DEVICEINIT_CONFIG_FLAGS::AcxDeviceInitConfigNoFlags as ULONG;
    structure.SynchronizationScope = _WDF_SYNCHRONIZATION_SCOPE::WdfSynchronizationScopeNone;
    structure.ExecutionLevel = _WDF_EXECUTION_LEVEL::WdfExecutionLevelPassive;
}

/// Fills a `ACX_DEVICE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DEVICE_CONFIG_INIT(structure: &mut ACX_DEVICE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_DEVICE_CONFIG>() as ULONG;
    structure.Flags = _ACX_DEVICE_CONFIG_FLAGS::AcxDeviceConfigNoFlags as ULONG;
}

/// Fills a `ACX_DRIVER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DRIVER_CONFIG_INIT(structure: &mut ACX_DRIVER_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_DRIVER_CONFIG>() as ULONG;
    structure.Flags = _ACX_DRIVER_CONFIG_FLAGS::AcxDriverConfigNoFlags as ULONG;
}

/// Fills a `ACX_DRIVER_VERSION_AVAILABLE_PARAMS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_DRIVER_VERSION_AVAILABLE_PARAMS_INIT(
    structure: &mut ACX_DRIVER_VERSION_AVAILABLE_PARAMS,
    MajorVersion: ULONG,
    MinorVersion: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<ACX_DRIVER_VERSION_AVAILABLE_PARAMS>() as ULONG;
    structure.MajorVersion = MajorVersion;
    structure.MinorVersion = MinorVersion;
}

/// Fills a `ACX_ELEMENT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_ELEMENT_CONFIG_INIT_ID(structure: &mut ACX_ELEMENT_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_ELEMENT_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_ELEMENT_CONFIG_FLAGS::AcxElementConfigNoFlags as ULONG;
}

/// Fills a `ACX_ELEMENT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_ELEMENT_CONFIG_INIT(structure: &mut ACX_ELEMENT_CONFIG) {
    ACX_ELEMENT_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_MUTE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_MUTE_CONFIG_INIT_ID(structure: &mut ACX_MUTE_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_MUTE_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_MUTE_CONFIG_FLAGS::AcxMuteConfigNoFlags as ULONG;
}

/// Fills a `ACX_MUTE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_MUTE_CONFIG_INIT(structure: &mut ACX_MUTE_CONFIG) {
    ACX_MUTE_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_MUTE_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_MUTE_CALLBACKS_INIT(structure: &mut ACX_MUTE_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_MUTE_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_VOLUME_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_VOLUME_CONFIG_INIT_ID(structure: &mut ACX_VOLUME_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_VOLUME_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_VOLUME_CONFIG_FLAGS::AcxVolumeConfigNoFlags as ULONG;
}

/// Fills a `ACX_VOLUME_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_VOLUME_CONFIG_INIT(structure: &mut ACX_VOLUME_CONFIG) {
    ACX_VOLUME_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_VOLUME_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_VOLUME_CALLBACKS_INIT(structure: &mut ACX_VOLUME_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_VOLUME_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_PEAKMETER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PEAKMETER_CONFIG_INIT_ID(structure: &mut ACX_PEAKMETER_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_PEAKMETER_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_PEAKMETER_CONFIG_FLAGS::AcxPeakMeterConfigNoFlags as ULONG;
}

/// Fills a `ACX_PEAKMETER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PEAKMETER_CONFIG_INIT(structure: &mut ACX_PEAKMETER_CONFIG) {
    ACX_PEAKMETER_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_PEAKMETER_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PEAKMETER_CALLBACKS_INIT(structure: &mut ACX_PEAKMETER_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_PEAKMETER_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_AUDIOENGINE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOENGINE_CONFIG_INIT_ID(structure: &mut ACX_AUDIOENGINE_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_AUDIOENGINE_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_AUDIOENGINE_CONFIG_FLAGS::AcxAudioEngineConfigNoFlags as ULONG;
}

/// Fills a `ACX_AUDIOENGINE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOENGINE_CONFIG_INIT(structure: &mut ACX_AUDIOENGINE_CONFIG) {
    ACX_AUDIOENGINE_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_AUDIOENGINE_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOENGINE_CALLBACKS_INIT(structure: &mut ACX_AUDIOENGINE_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_AUDIOENGINE_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_STREAMAUDIOENGINE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_STREAMAUDIOENGINE_CONFIG_INIT_ID(
    structure: &mut ACX_STREAMAUDIOENGINE_CONFIG,
    Id: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<ACX_STREAMAUDIOENGINE_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags =
        _ACX_STREAMAUDIOENGINE_CONFIG_FLAGS::AcxStreamAudioEngineConfigNoFlags as ULONG;
}

/// Fills a `ACX_STREAMAUDIOENGINE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_STREAMAUDIOENGINE_CONFIG_INIT(structure: &mut ACX_STREAMAUDIOENGINE_CONFIG) {
    ACX_STREAMAUDIOENGINE_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_STREAMAUDIOENGINE_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_STREAMAUDIOENGINE_CALLBACKS_INIT(structure: &mut ACX_STREAMAUDIOENGINE_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_STREAMAUDIOENGINE_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_KEYWORDSPOTTER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_KEYWORDSPOTTER_CONFIG_INIT_ID(structure: &mut ACX_KEYWORDSPOTTER_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_KEYWORDSPOTTER_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_KEYWORDSPOTTER_CONFIG_FLAGS::AcxKeywordSpotterConfigNoFlags as ULONG;
}

/// Fills a `ACX_KEYWORDSPOTTER_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_KEYWORDSPOTTER_CONFIG_INIT(structure: &mut ACX_KEYWORDSPOTTER_CONFIG) {
    ACX_KEYWORDSPOTTER_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_KEYWORDSPOTTER_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_KEYWORDSPOTTER_CALLBACKS_INIT(structure: &mut ACX_KEYWORDSPOTTER_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_KEYWORDSPOTTER_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_AUDIOMODULE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOMODULE_CONFIG_INIT_ID(structure: &mut ACX_AUDIOMODULE_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_AUDIOMODULE_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_AUDIOMODULE_CONFIG_FLAGS::AcxAudioModuleConfigNoFlags as ULONG;
}

/// Fills a `ACX_AUDIOMODULE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOMODULE_CONFIG_INIT(structure: &mut ACX_AUDIOMODULE_CONFIG) {
    ACX_AUDIOMODULE_CONFIG_INIT_ID(structure, AcxElementIdDefault);
}

/// Fills a `ACX_AUDIOMODULE_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_AUDIOMODULE_CALLBACKS_INIT(structure: &mut ACX_AUDIOMODULE_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_AUDIOMODULE_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_EVENT_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_EVENT_CALLBACKS_INIT(structure: &mut ACX_EVENT_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_EVENT_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_EVENT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_EVENT_CONFIG_INIT(structure: &mut ACX_EVENT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_EVENT_CONFIG>() as ULONG;
}

/// Fills a `ACX_PNPEVENT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PNPEVENT_CONFIG_INIT(structure: &mut ACX_PNPEVENT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_PNPEVENT_CONFIG>() as ULONG;
}

/// Fills a `ACX_CIRCUIT_TEMPLATE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_CIRCUIT_TEMPLATE_CONFIG_INIT(structure: &mut ACX_CIRCUIT_TEMPLATE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_CIRCUIT_TEMPLATE_CONFIG>() as ULONG;
    structure.Flags = _ACX_CIRCUIT_TEMPLATE_CONFIG_FLAGS::AcxCircuitTemplateConfigNoFlags as ULONG;
}

/// Fills a `ACX_COMPOSITE_TEMPLATE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_COMPOSITE_TEMPLATE_CONFIG_INIT(structure: &mut ACX_COMPOSITE_TEMPLATE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_COMPOSITE_TEMPLATE_CONFIG>() as ULONG;
    structure.Flags =
        _ACX_COMPOSITE_TEMPLATE_CONFIG_FLAGS::AcxCompositeTemplateConfigNoFlags as ULONG;
}

/// Fills a `ACX_OBJECTBAG_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_OBJECTBAG_CONFIG_INIT(structure: &mut ACX_OBJECTBAG_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_OBJECTBAG_CONFIG>() as ULONG;
    structure.Flags = _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableReads as ULONG
        | _ACX_OBJECTBAG_CONFIG_FLAGS::AcxObjectBagConfigEnableWrites as ULONG;
}

/// Fills a `ACX_PIN_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PIN_CALLBACKS_INIT(structure: &mut ACX_PIN_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_PIN_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION_INIT(
    structure: &mut ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION,
) {
    zero(structure);
    structure.Size = size_of::<ACX_INTERLEAVED_AUDIO_FORMAT_INFORMATION>() as ULONG;
}

/// Fills a `ACX_MICROPHONE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_MICROPHONE_CONFIG_INIT(structure: &mut ACX_MICROPHONE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_MICROPHONE_CONFIG>() as ULONG;
    structure.MicrophoneSnrDB = LONG::MIN;
    structure.MicrophoneSensitivityDB = LONG::MIN;
    structure.Flags = _ACX_MICROPHONE_CONFIG_FLAGS::AcxMicrophoneConfigNoFlags as ULONG;
}

/// Fills a `ACX_PIN_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PIN_CONFIG_INIT_ID(structure: &mut ACX_PIN_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_PIN_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_PIN_CONFIG_FLAGS::AcxPinConfigNoFlags as ULONG;
    structure.MaxStreams = AcxInstanceIndeterminate;
}

/// Fills a `ACX_PIN_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PIN_CONFIG_INIT(structure: &mut ACX_PIN_CONFIG) {
    ACX_PIN_CONFIG_INIT_ID(structure, AcxPinIdDefault);
}

/// Fills a `ACX_CONNECTION` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_CONNECTION_INIT(
    structure: &mut ACX_CONNECTION,
    FromObject: ACXOBJECT,
    ToObject: ACXOBJECT,
) {
    zero(structure);
    structure.Size = size_of::<ACX_CONNECTION>() as ULONG;
    structure.Flags = _ACX_CONNECTION_FLAGS::AcxConnectionNoFlags as ULONG;
    structure.FromObject = FromObject;
    structure.FromPin.Id = AcxPinIdDefault;
    structure.ToObject = ToObject;
    structure.ToPin.Id = AcxPinIdDefault;
}

/// Fills a `ACX_PHYSICAL_CONNECTION` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_PHYSICAL_CONNECTION_INIT(structure: &mut ACX_PHYSICAL_CONNECTION) {
    zero(structure);
    structure.Size = size_of::<ACX_PHYSICAL_CONNECTION>() as ULONG;
}

/// Fills a `ACX_JACK_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_JACK_CALLBACKS_INIT(structure: &mut ACX_JACK_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_JACK_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_JACK_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_JACK_CONFIG_INIT_ID(structure: &mut ACX_JACK_CONFIG, Id: ULONG) {
    zero(structure);
    structure.Size = size_of::<ACX_JACK_CONFIG>() as ULONG;
    structure.Id = Id;
    structure.Flags = _ACX_JACK_CONFIG_FLAGS::AcxJackConfigNoFlags as ULONG;
}

/// Fills a `ACX_JACK_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_JACK_CONFIG_INIT(structure: &mut ACX_JACK_CONFIG) {
    ACX_JACK_CONFIG_INIT_ID(structure, AcxJackPropertiesIdDefault);
}

/// Fills a `ACX_MICARRAYGEOMETRY_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_MICARRAYGEOMETRY_CONFIG_INIT(structure: &mut ACX_MICARRAYGEOMETRY_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_MICARRAYGEOMETRY_CONFIG>() as ULONG;
    structure.Flags = _ACX_MICARRAYGEOMETRY_CONFIG_FLAGS::AcxMicArrayGeometryConfigNoFlags as ULONG;
}

/// Fills a `ACX_REQUEST_PARAMETERS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_REQUEST_PARAMETERS_INIT(structure: &mut ACX_REQUEST_PARAMETERS) {
    zero(structure);
    structure.Size = size_of::<ACX_REQUEST_PARAMETERS>() as USHORT;
}

/// Fills a `ACX_REQUEST_PARAMETERS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_REQUEST_PARAMETERS_INIT_PROPERTY(
    structure: &mut ACX_REQUEST_PARAMETERS,
    Set: GUID,
    Id: ULONG,
    Verb: ACX_PROPERTY_VERB,
    ItemType: ACX_ITEM_TYPE,
    ItemId: ULONG,
    Control: PVOID,
    ControlCb: ULONG,
    Value: PVOID,
    ValueCb: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<ACX_REQUEST_PARAMETERS>() as USHORT;
    structure.MajorFunction = IRP_MJ_DEVICE_CONTROL as UCHAR;
    structure.MinorFunction = 0;
    structure.Type = _ACX_REQUEST_TYPE::AcxRequestTypeProperty;
    structure.Parameters.Property.Set = Set;
    structure.Parameters.Property.Id = Id;
    structure.Parameters.Property.Verb = Verb;
    structure.Parameters.Property.ItemType = ItemType;
    structure.Parameters.Property.ItemId = ItemId;
    structure.Parameters.Property.Control = Control;
    structure.Parameters.Property.ControlCb = ControlCb;
    structure.Parameters.Property.Value = Value;
    structure.Parameters.Property.ValueCb = ValueCb;
}

/// Fills a `ACX_REQUEST_PARAMETERS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_REQUEST_PARAMETERS_INIT_METHOD(
    structure: &mut ACX_REQUEST_PARAMETERS,
    Set: GUID,
    Id: ULONG,
    Verb: ACX_METHOD_VERB,
    ItemType: ACX_ITEM_TYPE,
    ItemId: ULONG,
    Args: PVOID,
    ArgsCb: ULONG,
    Result: PVOID,
    ResultCb: ULONG,
) {
    zero(structure);
    structure.Size = size_of::<ACX_REQUEST_PARAMETERS>() as USHORT;
    structure.MajorFunction = IRP_MJ_DEVICE_CONTROL as UCHAR;
    structure.MinorFunction = 0;
    structure.Type = _ACX_REQUEST_TYPE::AcxRequestTypeMethod;
    structure.Parameters.Method.Set = Set;
    structure.Parameters.Method.Id = Id;
    structure.Parameters.Method.Verb = Verb;
    structure.Parameters.Method.ItemType = ItemType;
    structure.Parameters.Method.ItemId = ItemId;
    structure.Parameters.Method.Args = Args;
    structure.Parameters.Method.ArgsCb = ArgsCb;
    structure.Parameters.Method.Result = Result;
    structure.Parameters.Method.ResultCb = ResultCb;
}

/// Fills a `ACX_REQUEST_PARAMETERS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_REQUEST_PARAMETERS_INIT_EVENT(
    structure: &mut ACX_REQUEST_PARAMETERS,
    Set: GUID,
    Id: ULONG,
    Verb: ACX_EVENT_VERB,
    ItemType: ACX_ITEM_TYPE,
    ItemId: ULONG,
    Data: PVOID,
    DataCb: ULONG,
    EventData: ACXEVENTDATA,
) {
    zero(structure);
    structure.Size = size_of::<ACX_REQUEST_PARAMETERS>() as USHORT;
    structure.MajorFunction = IRP_MJ_DEVICE_CONTROL as UCHAR;
    structure.MinorFunction = 0;
    structure.Type = _ACX_REQUEST_TYPE::AcxRequestTypeEvent;
    structure.Parameters.Event.Set = Set;
    structure.Parameters.Event.Id = Id;
    structure.Parameters.Event.Verb = Verb;
    structure.Parameters.Event.ItemType = ItemType;
    structure.Parameters.Event.ItemId = ItemId;
    structure.Parameters.Event.Data = Data;
    structure.Parameters.Event.DataCb = DataCb;
    structure.Parameters.Event.EventData = EventData;
}

/// Fills a `ACX_RTPACKET` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_RTPACKET_INIT(structure: &mut ACX_RTPACKET) {
    zero(structure);
    structure.Size = size_of::<ACX_RTPACKET>() as ULONG;
}

/// Fills a `ACX_STREAM_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_STREAM_CALLBACKS_INIT(structure: &mut ACX_STREAM_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_STREAM_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_RT_STREAM_CALLBACKS` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_RT_STREAM_CALLBACKS_INIT(structure: &mut ACX_RT_STREAM_CALLBACKS) {
    zero(structure);
    structure.Size = size_of::<ACX_RT_STREAM_CALLBACKS>() as ULONG;
}

/// Fills a `ACX_STREAM_BRIDGE_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_STREAM_BRIDGE_CONFIG_INIT(structure: &mut ACX_STREAM_BRIDGE_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_STREAM_BRIDGE_CONFIG>() as ULONG;
    structure.Type = _ACX_STREAM_BRIDGE_TYPE::AcxStreamBridgeDefaultType;
}

/// Fills a `ACX_TARGET_CIRCUIT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_TARGET_CIRCUIT_CONFIG_INIT(structure: &mut ACX_TARGET_CIRCUIT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_TARGET_CIRCUIT_CONFIG>() as ULONG;
    structure.Flags = _ACX_TARGET_CIRCUIT_CONFIG_FLAGS::AcxTargetCircuitConfigNoFlags as ULONG;
}

/// Fills a `ACX_TARGET_STREAM_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_TARGET_STREAM_CONFIG_INIT(structure: &mut ACX_TARGET_STREAM_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_TARGET_STREAM_CONFIG>() as ULONG;
    structure.Flags = _ACX_TARGET_STREAM_CONFIG_FLAGS::AcxTargetStreamConfigNoFlags as ULONG;
}

/// Fills a `ACX_TARGET_FACTORY_CIRCUIT_CONFIG` as the header's inline helper does. Any IRQL.
#[inline]
pub fn ACX_TARGET_FACTORY_CIRCUIT_CONFIG_INIT(structure: &mut ACX_TARGET_FACTORY_CIRCUIT_CONFIG) {
    zero(structure);
    structure.Size = size_of::<ACX_TARGET_FACTORY_CIRCUIT_CONFIG>() as ULONG;
    structure.Flags =
        _ACX_TARGET_FACTORY_CIRCUIT_CONFIG_FLAGS::AcxTargetFactoryCircuitConfigNoFlags as ULONG;
}
