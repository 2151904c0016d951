//! KMDF types.
//!
//! Item text: the bindings that Microsoft published in wdk-sys 0.2.0 (MIT OR Apache-2.0), made by bindgen from a real WDK, cut
//! down to what KMDF, ACX and audio drivers reach, with every integer in its Windows width (`long` is 4 bytes on every host). That
//! WDK has KMDF 1.33: what came after 1.31, which the driver binds, is taken out.
//! `tests/facts.rs` compares what the compiler makes of it with the fact tables.

use super::*;
pub type WDFFUNC = Option<unsafe extern "C" fn()>;
pub mod _WDF_TRI_STATE {
    pub type Type = i32;
    pub const WdfFalse: Type = 0;
    pub const WdfTrue: Type = 1;
    pub const WdfUseDefault: Type = 2;
}
pub use self::_WDF_TRI_STATE::Type as WDF_TRI_STATE;
pub type PWDF_TRI_STATE = *mut _WDF_TRI_STATE::Type;
pub type WDFCONTEXT = PVOID;
#[repr(C)]
#[derive(Debug)]
pub struct WDFDEVICE_INIT {
    _unused: [u8; 0],
}
pub type PWDFDEVICE_INIT = *mut WDFDEVICE_INIT;
pub type PWDF_OBJECT_ATTRIBUTES = *mut _WDF_OBJECT_ATTRIBUTES;
pub type WDFOBJECT = HANDLE;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFDRIVER__ {
    pub unused: i32,
}
pub type WDFDRIVER = *mut WDFDRIVER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFDEVICE__ {
    pub unused: i32,
}
pub type WDFDEVICE = *mut WDFDEVICE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFWMIPROVIDER__ {
    pub unused: i32,
}
pub type WDFWMIPROVIDER = *mut WDFWMIPROVIDER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFWMIINSTANCE__ {
    pub unused: i32,
}
pub type WDFWMIINSTANCE = *mut WDFWMIINSTANCE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFQUEUE__ {
    pub unused: i32,
}
pub type WDFQUEUE = *mut WDFQUEUE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFREQUEST__ {
    pub unused: i32,
}
pub type WDFREQUEST = *mut WDFREQUEST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFFILEOBJECT__ {
    pub unused: i32,
}
pub type WDFFILEOBJECT = *mut WDFFILEOBJECT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFDPC__ {
    pub unused: i32,
}
pub type WDFDPC = *mut WDFDPC__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFTIMER__ {
    pub unused: i32,
}
pub type WDFTIMER = *mut WDFTIMER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFWORKITEM__ {
    pub unused: i32,
}
pub type WDFWORKITEM = *mut WDFWORKITEM__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFINTERRUPT__ {
    pub unused: i32,
}
pub type WDFINTERRUPT = *mut WDFINTERRUPT__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFWAITLOCK__ {
    pub unused: i32,
}
pub type WDFWAITLOCK = *mut WDFWAITLOCK__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFSPINLOCK__ {
    pub unused: i32,
}
pub type WDFSPINLOCK = *mut WDFSPINLOCK__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFMEMORY__ {
    pub unused: i32,
}
pub type WDFMEMORY = *mut WDFMEMORY__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFLOOKASIDE__ {
    pub unused: i32,
}
pub type WDFLOOKASIDE = *mut WDFLOOKASIDE__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFIOTARGET__ {
    pub unused: i32,
}
pub type WDFIOTARGET = *mut WDFIOTARGET__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFDMAENABLER__ {
    pub unused: i32,
}
pub type WDFDMAENABLER = *mut WDFDMAENABLER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFDMATRANSACTION__ {
    pub unused: i32,
}
pub type WDFDMATRANSACTION = *mut WDFDMATRANSACTION__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFCOMMONBUFFER__ {
    pub unused: i32,
}
pub type WDFCOMMONBUFFER = *mut WDFCOMMONBUFFER__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFKEY__ {
    pub unused: i32,
}
pub type WDFKEY = *mut WDFKEY__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFSTRING__ {
    pub unused: i32,
}
pub type WDFSTRING = *mut WDFSTRING__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFCOLLECTION__ {
    pub unused: i32,
}
pub type WDFCOLLECTION = *mut WDFCOLLECTION__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFCHILDLIST__ {
    pub unused: i32,
}
pub type WDFCHILDLIST = *mut WDFCHILDLIST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFIORESREQLIST__ {
    pub unused: i32,
}
pub type WDFIORESREQLIST = *mut WDFIORESREQLIST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFIORESLIST__ {
    pub unused: i32,
}
pub type WDFIORESLIST = *mut WDFIORESLIST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFCMRESLIST__ {
    pub unused: i32,
}
pub type WDFCMRESLIST = *mut WDFCMRESLIST__;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct WDFCOMPANIONTARGET__ {
    pub unused: i32,
}
pub type WDFCOMPANIONTARGET = *mut WDFCOMPANIONTARGET__;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DRIVER_GLOBALS {
    pub Driver: WDFDRIVER,
    pub DriverFlags: ULONG,
    pub DriverTag: ULONG,
    pub DriverName: [CHAR; 32usize],
    pub DisplaceDriverUnload: BOOLEAN,
}
impl Default for _WDF_DRIVER_GLOBALS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DRIVER_GLOBALS = _WDF_DRIVER_GLOBALS;
pub type PWDF_DRIVER_GLOBALS = *mut _WDF_DRIVER_GLOBALS;
pub mod _WDFFUNCENUM {
    pub type Type = i32;
    pub const WdfChildListCreateTableIndex: Type = 0;
    pub const WdfChildListGetDeviceTableIndex: Type = 1;
    pub const WdfChildListRetrievePdoTableIndex: Type = 2;
    pub const WdfChildListRetrieveAddressDescriptionTableIndex: Type = 3;
    pub const WdfChildListBeginScanTableIndex: Type = 4;
    pub const WdfChildListEndScanTableIndex: Type = 5;
    pub const WdfChildListBeginIterationTableIndex: Type = 6;
    pub const WdfChildListRetrieveNextDeviceTableIndex: Type = 7;
    pub const WdfChildListEndIterationTableIndex: Type = 8;
    pub const WdfChildListAddOrUpdateChildDescriptionAsPresentTableIndex: Type = 9;
    pub const WdfChildListUpdateChildDescriptionAsMissingTableIndex: Type = 10;
    pub const WdfChildListUpdateAllChildDescriptionsAsPresentTableIndex: Type = 11;
    pub const WdfChildListRequestChildEjectTableIndex: Type = 12;
    pub const WdfCollectionCreateTableIndex: Type = 13;
    pub const WdfCollectionGetCountTableIndex: Type = 14;
    pub const WdfCollectionAddTableIndex: Type = 15;
    pub const WdfCollectionRemoveTableIndex: Type = 16;
    pub const WdfCollectionRemoveItemTableIndex: Type = 17;
    pub const WdfCollectionGetItemTableIndex: Type = 18;
    pub const WdfCollectionGetFirstItemTableIndex: Type = 19;
    pub const WdfCollectionGetLastItemTableIndex: Type = 20;
    pub const WdfCommonBufferCreateTableIndex: Type = 21;
    pub const WdfCommonBufferGetAlignedVirtualAddressTableIndex: Type = 22;
    pub const WdfCommonBufferGetAlignedLogicalAddressTableIndex: Type = 23;
    pub const WdfCommonBufferGetLengthTableIndex: Type = 24;
    pub const WdfControlDeviceInitAllocateTableIndex: Type = 25;
    pub const WdfControlDeviceInitSetShutdownNotificationTableIndex: Type = 26;
    pub const WdfControlFinishInitializingTableIndex: Type = 27;
    pub const WdfDeviceGetDeviceStateTableIndex: Type = 28;
    pub const WdfDeviceSetDeviceStateTableIndex: Type = 29;
    pub const WdfWdmDeviceGetWdfDeviceHandleTableIndex: Type = 30;
    pub const WdfDeviceWdmGetDeviceObjectTableIndex: Type = 31;
    pub const WdfDeviceWdmGetAttachedDeviceTableIndex: Type = 32;
    pub const WdfDeviceWdmGetPhysicalDeviceTableIndex: Type = 33;
    pub const WdfDeviceWdmDispatchPreprocessedIrpTableIndex: Type = 34;
    pub const WdfDeviceAddDependentUsageDeviceObjectTableIndex: Type = 35;
    pub const WdfDeviceAddRemovalRelationsPhysicalDeviceTableIndex: Type = 36;
    pub const WdfDeviceRemoveRemovalRelationsPhysicalDeviceTableIndex: Type = 37;
    pub const WdfDeviceClearRemovalRelationsDevicesTableIndex: Type = 38;
    pub const WdfDeviceGetDriverTableIndex: Type = 39;
    pub const WdfDeviceRetrieveDeviceNameTableIndex: Type = 40;
    pub const WdfDeviceAssignMofResourceNameTableIndex: Type = 41;
    pub const WdfDeviceGetIoTargetTableIndex: Type = 42;
    pub const WdfDeviceGetDevicePnpStateTableIndex: Type = 43;
    pub const WdfDeviceGetDevicePowerStateTableIndex: Type = 44;
    pub const WdfDeviceGetDevicePowerPolicyStateTableIndex: Type = 45;
    pub const WdfDeviceAssignS0IdleSettingsTableIndex: Type = 46;
    pub const WdfDeviceAssignSxWakeSettingsTableIndex: Type = 47;
    pub const WdfDeviceOpenRegistryKeyTableIndex: Type = 48;
    pub const WdfDeviceSetSpecialFileSupportTableIndex: Type = 49;
    pub const WdfDeviceSetCharacteristicsTableIndex: Type = 50;
    pub const WdfDeviceGetCharacteristicsTableIndex: Type = 51;
    pub const WdfDeviceGetAlignmentRequirementTableIndex: Type = 52;
    pub const WdfDeviceSetAlignmentRequirementTableIndex: Type = 53;
    pub const WdfDeviceInitFreeTableIndex: Type = 54;
    pub const WdfDeviceInitSetPnpPowerEventCallbacksTableIndex: Type = 55;
    pub const WdfDeviceInitSetPowerPolicyEventCallbacksTableIndex: Type = 56;
    pub const WdfDeviceInitSetPowerPolicyOwnershipTableIndex: Type = 57;
    pub const WdfDeviceInitRegisterPnpStateChangeCallbackTableIndex: Type = 58;
    pub const WdfDeviceInitRegisterPowerStateChangeCallbackTableIndex: Type = 59;
    pub const WdfDeviceInitRegisterPowerPolicyStateChangeCallbackTableIndex: Type = 60;
    pub const WdfDeviceInitSetIoTypeTableIndex: Type = 61;
    pub const WdfDeviceInitSetExclusiveTableIndex: Type = 62;
    pub const WdfDeviceInitSetPowerNotPageableTableIndex: Type = 63;
    pub const WdfDeviceInitSetPowerPageableTableIndex: Type = 64;
    pub const WdfDeviceInitSetPowerInrushTableIndex: Type = 65;
    pub const WdfDeviceInitSetDeviceTypeTableIndex: Type = 66;
    pub const WdfDeviceInitAssignNameTableIndex: Type = 67;
    pub const WdfDeviceInitAssignSDDLStringTableIndex: Type = 68;
    pub const WdfDeviceInitSetDeviceClassTableIndex: Type = 69;
    pub const WdfDeviceInitSetCharacteristicsTableIndex: Type = 70;
    pub const WdfDeviceInitSetFileObjectConfigTableIndex: Type = 71;
    pub const WdfDeviceInitSetRequestAttributesTableIndex: Type = 72;
    pub const WdfDeviceInitAssignWdmIrpPreprocessCallbackTableIndex: Type = 73;
    pub const WdfDeviceInitSetIoInCallerContextCallbackTableIndex: Type = 74;
    pub const WdfDeviceCreateTableIndex: Type = 75;
    pub const WdfDeviceSetStaticStopRemoveTableIndex: Type = 76;
    pub const WdfDeviceCreateDeviceInterfaceTableIndex: Type = 77;
    pub const WdfDeviceSetDeviceInterfaceStateTableIndex: Type = 78;
    pub const WdfDeviceRetrieveDeviceInterfaceStringTableIndex: Type = 79;
    pub const WdfDeviceCreateSymbolicLinkTableIndex: Type = 80;
    pub const WdfDeviceQueryPropertyTableIndex: Type = 81;
    pub const WdfDeviceAllocAndQueryPropertyTableIndex: Type = 82;
    pub const WdfDeviceSetPnpCapabilitiesTableIndex: Type = 83;
    pub const WdfDeviceSetPowerCapabilitiesTableIndex: Type = 84;
    pub const WdfDeviceSetBusInformationForChildrenTableIndex: Type = 85;
    pub const WdfDeviceIndicateWakeStatusTableIndex: Type = 86;
    pub const WdfDeviceSetFailedTableIndex: Type = 87;
    pub const WdfDeviceStopIdleNoTrackTableIndex: Type = 88;
    pub const WdfDeviceResumeIdleNoTrackTableIndex: Type = 89;
    pub const WdfDeviceGetFileObjectTableIndex: Type = 90;
    pub const WdfDeviceEnqueueRequestTableIndex: Type = 91;
    pub const WdfDeviceGetDefaultQueueTableIndex: Type = 92;
    pub const WdfDeviceConfigureRequestDispatchingTableIndex: Type = 93;
    pub const WdfDmaEnablerCreateTableIndex: Type = 94;
    pub const WdfDmaEnablerGetMaximumLengthTableIndex: Type = 95;
    pub const WdfDmaEnablerGetMaximumScatterGatherElementsTableIndex: Type = 96;
    pub const WdfDmaEnablerSetMaximumScatterGatherElementsTableIndex: Type = 97;
    pub const WdfDmaTransactionCreateTableIndex: Type = 98;
    pub const WdfDmaTransactionInitializeTableIndex: Type = 99;
    pub const WdfDmaTransactionInitializeUsingRequestTableIndex: Type = 100;
    pub const WdfDmaTransactionExecuteTableIndex: Type = 101;
    pub const WdfDmaTransactionReleaseTableIndex: Type = 102;
    pub const WdfDmaTransactionDmaCompletedTableIndex: Type = 103;
    pub const WdfDmaTransactionDmaCompletedWithLengthTableIndex: Type = 104;
    pub const WdfDmaTransactionDmaCompletedFinalTableIndex: Type = 105;
    pub const WdfDmaTransactionGetBytesTransferredTableIndex: Type = 106;
    pub const WdfDmaTransactionSetMaximumLengthTableIndex: Type = 107;
    pub const WdfDmaTransactionGetRequestTableIndex: Type = 108;
    pub const WdfDmaTransactionGetCurrentDmaTransferLengthTableIndex: Type = 109;
    pub const WdfDmaTransactionGetDeviceTableIndex: Type = 110;
    pub const WdfDpcCreateTableIndex: Type = 111;
    pub const WdfDpcEnqueueTableIndex: Type = 112;
    pub const WdfDpcCancelTableIndex: Type = 113;
    pub const WdfDpcGetParentObjectTableIndex: Type = 114;
    pub const WdfDpcWdmGetDpcTableIndex: Type = 115;
    pub const WdfDriverCreateTableIndex: Type = 116;
    pub const WdfDriverGetRegistryPathTableIndex: Type = 117;
    pub const WdfDriverWdmGetDriverObjectTableIndex: Type = 118;
    pub const WdfDriverOpenParametersRegistryKeyTableIndex: Type = 119;
    pub const WdfWdmDriverGetWdfDriverHandleTableIndex: Type = 120;
    pub const WdfDriverRegisterTraceInfoTableIndex: Type = 121;
    pub const WdfDriverRetrieveVersionStringTableIndex: Type = 122;
    pub const WdfDriverIsVersionAvailableTableIndex: Type = 123;
    pub const WdfFdoInitWdmGetPhysicalDeviceTableIndex: Type = 124;
    pub const WdfFdoInitOpenRegistryKeyTableIndex: Type = 125;
    pub const WdfFdoInitQueryPropertyTableIndex: Type = 126;
    pub const WdfFdoInitAllocAndQueryPropertyTableIndex: Type = 127;
    pub const WdfFdoInitSetEventCallbacksTableIndex: Type = 128;
    pub const WdfFdoInitSetFilterTableIndex: Type = 129;
    pub const WdfFdoInitSetDefaultChildListConfigTableIndex: Type = 130;
    pub const WdfFdoQueryForInterfaceTableIndex: Type = 131;
    pub const WdfFdoGetDefaultChildListTableIndex: Type = 132;
    pub const WdfFdoAddStaticChildTableIndex: Type = 133;
    pub const WdfFdoLockStaticChildListForIterationTableIndex: Type = 134;
    pub const WdfFdoRetrieveNextStaticChildTableIndex: Type = 135;
    pub const WdfFdoUnlockStaticChildListFromIterationTableIndex: Type = 136;
    pub const WdfFileObjectGetFileNameTableIndex: Type = 137;
    pub const WdfFileObjectGetFlagsTableIndex: Type = 138;
    pub const WdfFileObjectGetDeviceTableIndex: Type = 139;
    pub const WdfFileObjectWdmGetFileObjectTableIndex: Type = 140;
    pub const WdfInterruptCreateTableIndex: Type = 141;
    pub const WdfInterruptQueueDpcForIsrTableIndex: Type = 142;
    pub const WdfInterruptSynchronizeTableIndex: Type = 143;
    pub const WdfInterruptAcquireLockTableIndex: Type = 144;
    pub const WdfInterruptReleaseLockTableIndex: Type = 145;
    pub const WdfInterruptEnableTableIndex: Type = 146;
    pub const WdfInterruptDisableTableIndex: Type = 147;
    pub const WdfInterruptWdmGetInterruptTableIndex: Type = 148;
    pub const WdfInterruptGetInfoTableIndex: Type = 149;
    pub const WdfInterruptSetPolicyTableIndex: Type = 150;
    pub const WdfInterruptGetDeviceTableIndex: Type = 151;
    pub const WdfIoQueueCreateTableIndex: Type = 152;
    pub const WdfIoQueueGetStateTableIndex: Type = 153;
    pub const WdfIoQueueStartTableIndex: Type = 154;
    pub const WdfIoQueueStopTableIndex: Type = 155;
    pub const WdfIoQueueStopSynchronouslyTableIndex: Type = 156;
    pub const WdfIoQueueGetDeviceTableIndex: Type = 157;
    pub const WdfIoQueueRetrieveNextRequestTableIndex: Type = 158;
    pub const WdfIoQueueRetrieveRequestByFileObjectTableIndex: Type = 159;
    pub const WdfIoQueueFindRequestTableIndex: Type = 160;
    pub const WdfIoQueueRetrieveFoundRequestTableIndex: Type = 161;
    pub const WdfIoQueueDrainSynchronouslyTableIndex: Type = 162;
    pub const WdfIoQueueDrainTableIndex: Type = 163;
    pub const WdfIoQueuePurgeSynchronouslyTableIndex: Type = 164;
    pub const WdfIoQueuePurgeTableIndex: Type = 165;
    pub const WdfIoQueueReadyNotifyTableIndex: Type = 166;
    pub const WdfIoTargetCreateTableIndex: Type = 167;
    pub const WdfIoTargetOpenTableIndex: Type = 168;
    pub const WdfIoTargetCloseForQueryRemoveTableIndex: Type = 169;
    pub const WdfIoTargetCloseTableIndex: Type = 170;
    pub const WdfIoTargetStartTableIndex: Type = 171;
    pub const WdfIoTargetStopTableIndex: Type = 172;
    pub const WdfIoTargetGetStateTableIndex: Type = 173;
    pub const WdfIoTargetGetDeviceTableIndex: Type = 174;
    pub const WdfIoTargetQueryTargetPropertyTableIndex: Type = 175;
    pub const WdfIoTargetAllocAndQueryTargetPropertyTableIndex: Type = 176;
    pub const WdfIoTargetQueryForInterfaceTableIndex: Type = 177;
    pub const WdfIoTargetWdmGetTargetDeviceObjectTableIndex: Type = 178;
    pub const WdfIoTargetWdmGetTargetPhysicalDeviceTableIndex: Type = 179;
    pub const WdfIoTargetWdmGetTargetFileObjectTableIndex: Type = 180;
    pub const WdfIoTargetWdmGetTargetFileHandleTableIndex: Type = 181;
    pub const WdfIoTargetSendReadSynchronouslyTableIndex: Type = 182;
    pub const WdfIoTargetFormatRequestForReadTableIndex: Type = 183;
    pub const WdfIoTargetSendWriteSynchronouslyTableIndex: Type = 184;
    pub const WdfIoTargetFormatRequestForWriteTableIndex: Type = 185;
    pub const WdfIoTargetSendIoctlSynchronouslyTableIndex: Type = 186;
    pub const WdfIoTargetFormatRequestForIoctlTableIndex: Type = 187;
    pub const WdfIoTargetSendInternalIoctlSynchronouslyTableIndex: Type = 188;
    pub const WdfIoTargetFormatRequestForInternalIoctlTableIndex: Type = 189;
    pub const WdfIoTargetSendInternalIoctlOthersSynchronouslyTableIndex: Type = 190;
    pub const WdfIoTargetFormatRequestForInternalIoctlOthersTableIndex: Type = 191;
    pub const WdfMemoryCreateTableIndex: Type = 192;
    pub const WdfMemoryCreatePreallocatedTableIndex: Type = 193;
    pub const WdfMemoryGetBufferTableIndex: Type = 194;
    pub const WdfMemoryAssignBufferTableIndex: Type = 195;
    pub const WdfMemoryCopyToBufferTableIndex: Type = 196;
    pub const WdfMemoryCopyFromBufferTableIndex: Type = 197;
    pub const WdfLookasideListCreateTableIndex: Type = 198;
    pub const WdfMemoryCreateFromLookasideTableIndex: Type = 199;
    pub const WdfDeviceMiniportCreateTableIndex: Type = 200;
    pub const WdfDriverMiniportUnloadTableIndex: Type = 201;
    pub const WdfObjectGetTypedContextWorkerTableIndex: Type = 202;
    pub const WdfObjectAllocateContextTableIndex: Type = 203;
    pub const WdfObjectContextGetObjectTableIndex: Type = 204;
    pub const WdfObjectReferenceActualTableIndex: Type = 205;
    pub const WdfObjectDereferenceActualTableIndex: Type = 206;
    pub const WdfObjectCreateTableIndex: Type = 207;
    pub const WdfObjectDeleteTableIndex: Type = 208;
    pub const WdfObjectQueryTableIndex: Type = 209;
    pub const WdfPdoInitAllocateTableIndex: Type = 210;
    pub const WdfPdoInitSetEventCallbacksTableIndex: Type = 211;
    pub const WdfPdoInitAssignDeviceIDTableIndex: Type = 212;
    pub const WdfPdoInitAssignInstanceIDTableIndex: Type = 213;
    pub const WdfPdoInitAddHardwareIDTableIndex: Type = 214;
    pub const WdfPdoInitAddCompatibleIDTableIndex: Type = 215;
    pub const WdfPdoInitAddDeviceTextTableIndex: Type = 216;
    pub const WdfPdoInitSetDefaultLocaleTableIndex: Type = 217;
    pub const WdfPdoInitAssignRawDeviceTableIndex: Type = 218;
    pub const WdfPdoMarkMissingTableIndex: Type = 219;
    pub const WdfPdoRequestEjectTableIndex: Type = 220;
    pub const WdfPdoGetParentTableIndex: Type = 221;
    pub const WdfPdoRetrieveIdentificationDescriptionTableIndex: Type = 222;
    pub const WdfPdoRetrieveAddressDescriptionTableIndex: Type = 223;
    pub const WdfPdoUpdateAddressDescriptionTableIndex: Type = 224;
    pub const WdfPdoAddEjectionRelationsPhysicalDeviceTableIndex: Type = 225;
    pub const WdfPdoRemoveEjectionRelationsPhysicalDeviceTableIndex: Type = 226;
    pub const WdfPdoClearEjectionRelationsDevicesTableIndex: Type = 227;
    pub const WdfDeviceAddQueryInterfaceTableIndex: Type = 228;
    pub const WdfRegistryOpenKeyTableIndex: Type = 229;
    pub const WdfRegistryCreateKeyTableIndex: Type = 230;
    pub const WdfRegistryCloseTableIndex: Type = 231;
    pub const WdfRegistryWdmGetHandleTableIndex: Type = 232;
    pub const WdfRegistryRemoveKeyTableIndex: Type = 233;
    pub const WdfRegistryRemoveValueTableIndex: Type = 234;
    pub const WdfRegistryQueryValueTableIndex: Type = 235;
    pub const WdfRegistryQueryMemoryTableIndex: Type = 236;
    pub const WdfRegistryQueryMultiStringTableIndex: Type = 237;
    pub const WdfRegistryQueryUnicodeStringTableIndex: Type = 238;
    pub const WdfRegistryQueryStringTableIndex: Type = 239;
    pub const WdfRegistryQueryULongTableIndex: Type = 240;
    pub const WdfRegistryAssignValueTableIndex: Type = 241;
    pub const WdfRegistryAssignMemoryTableIndex: Type = 242;
    pub const WdfRegistryAssignMultiStringTableIndex: Type = 243;
    pub const WdfRegistryAssignUnicodeStringTableIndex: Type = 244;
    pub const WdfRegistryAssignStringTableIndex: Type = 245;
    pub const WdfRegistryAssignULongTableIndex: Type = 246;
    pub const WdfRequestCreateTableIndex: Type = 247;
    pub const WdfRequestCreateFromIrpTableIndex: Type = 248;
    pub const WdfRequestReuseTableIndex: Type = 249;
    pub const WdfRequestChangeTargetTableIndex: Type = 250;
    pub const WdfRequestFormatRequestUsingCurrentTypeTableIndex: Type = 251;
    pub const WdfRequestWdmFormatUsingStackLocationTableIndex: Type = 252;
    pub const WdfRequestSendTableIndex: Type = 253;
    pub const WdfRequestGetStatusTableIndex: Type = 254;
    pub const WdfRequestMarkCancelableTableIndex: Type = 255;
    pub const WdfRequestUnmarkCancelableTableIndex: Type = 256;
    pub const WdfRequestIsCanceledTableIndex: Type = 257;
    pub const WdfRequestCancelSentRequestTableIndex: Type = 258;
    pub const WdfRequestIsFrom32BitProcessTableIndex: Type = 259;
    pub const WdfRequestSetCompletionRoutineTableIndex: Type = 260;
    pub const WdfRequestGetCompletionParamsTableIndex: Type = 261;
    pub const WdfRequestAllocateTimerTableIndex: Type = 262;
    pub const WdfRequestCompleteTableIndex: Type = 263;
    pub const WdfRequestCompleteWithPriorityBoostTableIndex: Type = 264;
    pub const WdfRequestCompleteWithInformationTableIndex: Type = 265;
    pub const WdfRequestGetParametersTableIndex: Type = 266;
    pub const WdfRequestRetrieveInputMemoryTableIndex: Type = 267;
    pub const WdfRequestRetrieveOutputMemoryTableIndex: Type = 268;
    pub const WdfRequestRetrieveInputBufferTableIndex: Type = 269;
    pub const WdfRequestRetrieveOutputBufferTableIndex: Type = 270;
    pub const WdfRequestRetrieveInputWdmMdlTableIndex: Type = 271;
    pub const WdfRequestRetrieveOutputWdmMdlTableIndex: Type = 272;
    pub const WdfRequestRetrieveUnsafeUserInputBufferTableIndex: Type = 273;
    pub const WdfRequestRetrieveUnsafeUserOutputBufferTableIndex: Type = 274;
    pub const WdfRequestSetInformationTableIndex: Type = 275;
    pub const WdfRequestGetInformationTableIndex: Type = 276;
    pub const WdfRequestGetFileObjectTableIndex: Type = 277;
    pub const WdfRequestProbeAndLockUserBufferForReadTableIndex: Type = 278;
    pub const WdfRequestProbeAndLockUserBufferForWriteTableIndex: Type = 279;
    pub const WdfRequestGetRequestorModeTableIndex: Type = 280;
    pub const WdfRequestForwardToIoQueueTableIndex: Type = 281;
    pub const WdfRequestGetIoQueueTableIndex: Type = 282;
    pub const WdfRequestRequeueTableIndex: Type = 283;
    pub const WdfRequestStopAcknowledgeTableIndex: Type = 284;
    pub const WdfRequestWdmGetIrpTableIndex: Type = 285;
    pub const WdfIoResourceRequirementsListSetSlotNumberTableIndex: Type = 286;
    pub const WdfIoResourceRequirementsListSetInterfaceTypeTableIndex: Type = 287;
    pub const WdfIoResourceRequirementsListAppendIoResListTableIndex: Type = 288;
    pub const WdfIoResourceRequirementsListInsertIoResListTableIndex: Type = 289;
    pub const WdfIoResourceRequirementsListGetCountTableIndex: Type = 290;
    pub const WdfIoResourceRequirementsListGetIoResListTableIndex: Type = 291;
    pub const WdfIoResourceRequirementsListRemoveTableIndex: Type = 292;
    pub const WdfIoResourceRequirementsListRemoveByIoResListTableIndex: Type = 293;
    pub const WdfIoResourceListCreateTableIndex: Type = 294;
    pub const WdfIoResourceListAppendDescriptorTableIndex: Type = 295;
    pub const WdfIoResourceListInsertDescriptorTableIndex: Type = 296;
    pub const WdfIoResourceListUpdateDescriptorTableIndex: Type = 297;
    pub const WdfIoResourceListGetCountTableIndex: Type = 298;
    pub const WdfIoResourceListGetDescriptorTableIndex: Type = 299;
    pub const WdfIoResourceListRemoveTableIndex: Type = 300;
    pub const WdfIoResourceListRemoveByDescriptorTableIndex: Type = 301;
    pub const WdfCmResourceListAppendDescriptorTableIndex: Type = 302;
    pub const WdfCmResourceListInsertDescriptorTableIndex: Type = 303;
    pub const WdfCmResourceListGetCountTableIndex: Type = 304;
    pub const WdfCmResourceListGetDescriptorTableIndex: Type = 305;
    pub const WdfCmResourceListRemoveTableIndex: Type = 306;
    pub const WdfCmResourceListRemoveByDescriptorTableIndex: Type = 307;
    pub const WdfStringCreateTableIndex: Type = 308;
    pub const WdfStringGetUnicodeStringTableIndex: Type = 309;
    pub const WdfObjectAcquireLockTableIndex: Type = 310;
    pub const WdfObjectReleaseLockTableIndex: Type = 311;
    pub const WdfWaitLockCreateTableIndex: Type = 312;
    pub const WdfWaitLockAcquireTableIndex: Type = 313;
    pub const WdfWaitLockReleaseTableIndex: Type = 314;
    pub const WdfSpinLockCreateTableIndex: Type = 315;
    pub const WdfSpinLockAcquireTableIndex: Type = 316;
    pub const WdfSpinLockReleaseTableIndex: Type = 317;
    pub const WdfTimerCreateTableIndex: Type = 318;
    pub const WdfTimerStartTableIndex: Type = 319;
    pub const WdfTimerStopTableIndex: Type = 320;
    pub const WdfTimerGetParentObjectTableIndex: Type = 321;
    pub const WdfUsbTargetDeviceCreateTableIndex: Type = 322;
    pub const WdfUsbTargetDeviceRetrieveInformationTableIndex: Type = 323;
    pub const WdfUsbTargetDeviceGetDeviceDescriptorTableIndex: Type = 324;
    pub const WdfUsbTargetDeviceRetrieveConfigDescriptorTableIndex: Type = 325;
    pub const WdfUsbTargetDeviceQueryStringTableIndex: Type = 326;
    pub const WdfUsbTargetDeviceAllocAndQueryStringTableIndex: Type = 327;
    pub const WdfUsbTargetDeviceFormatRequestForStringTableIndex: Type = 328;
    pub const WdfUsbTargetDeviceGetNumInterfacesTableIndex: Type = 329;
    pub const WdfUsbTargetDeviceSelectConfigTableIndex: Type = 330;
    pub const WdfUsbTargetDeviceWdmGetConfigurationHandleTableIndex: Type = 331;
    pub const WdfUsbTargetDeviceRetrieveCurrentFrameNumberTableIndex: Type = 332;
    pub const WdfUsbTargetDeviceSendControlTransferSynchronouslyTableIndex: Type = 333;
    pub const WdfUsbTargetDeviceFormatRequestForControlTransferTableIndex: Type = 334;
    pub const WdfUsbTargetDeviceIsConnectedSynchronousTableIndex: Type = 335;
    pub const WdfUsbTargetDeviceResetPortSynchronouslyTableIndex: Type = 336;
    pub const WdfUsbTargetDeviceCyclePortSynchronouslyTableIndex: Type = 337;
    pub const WdfUsbTargetDeviceFormatRequestForCyclePortTableIndex: Type = 338;
    pub const WdfUsbTargetDeviceSendUrbSynchronouslyTableIndex: Type = 339;
    pub const WdfUsbTargetDeviceFormatRequestForUrbTableIndex: Type = 340;
    pub const WdfUsbTargetPipeGetInformationTableIndex: Type = 341;
    pub const WdfUsbTargetPipeIsInEndpointTableIndex: Type = 342;
    pub const WdfUsbTargetPipeIsOutEndpointTableIndex: Type = 343;
    pub const WdfUsbTargetPipeGetTypeTableIndex: Type = 344;
    pub const WdfUsbTargetPipeSetNoMaximumPacketSizeCheckTableIndex: Type = 345;
    pub const WdfUsbTargetPipeWriteSynchronouslyTableIndex: Type = 346;
    pub const WdfUsbTargetPipeFormatRequestForWriteTableIndex: Type = 347;
    pub const WdfUsbTargetPipeReadSynchronouslyTableIndex: Type = 348;
    pub const WdfUsbTargetPipeFormatRequestForReadTableIndex: Type = 349;
    pub const WdfUsbTargetPipeConfigContinuousReaderTableIndex: Type = 350;
    pub const WdfUsbTargetPipeAbortSynchronouslyTableIndex: Type = 351;
    pub const WdfUsbTargetPipeFormatRequestForAbortTableIndex: Type = 352;
    pub const WdfUsbTargetPipeResetSynchronouslyTableIndex: Type = 353;
    pub const WdfUsbTargetPipeFormatRequestForResetTableIndex: Type = 354;
    pub const WdfUsbTargetPipeSendUrbSynchronouslyTableIndex: Type = 355;
    pub const WdfUsbTargetPipeFormatRequestForUrbTableIndex: Type = 356;
    pub const WdfUsbInterfaceGetInterfaceNumberTableIndex: Type = 357;
    pub const WdfUsbInterfaceGetNumEndpointsTableIndex: Type = 358;
    pub const WdfUsbInterfaceGetDescriptorTableIndex: Type = 359;
    pub const WdfUsbInterfaceSelectSettingTableIndex: Type = 360;
    pub const WdfUsbInterfaceGetEndpointInformationTableIndex: Type = 361;
    pub const WdfUsbTargetDeviceGetInterfaceTableIndex: Type = 362;
    pub const WdfUsbInterfaceGetConfiguredSettingIndexTableIndex: Type = 363;
    pub const WdfUsbInterfaceGetNumConfiguredPipesTableIndex: Type = 364;
    pub const WdfUsbInterfaceGetConfiguredPipeTableIndex: Type = 365;
    pub const WdfUsbTargetPipeWdmGetPipeHandleTableIndex: Type = 366;
    pub const WdfVerifierDbgBreakPointTableIndex: Type = 367;
    pub const WdfVerifierKeBugCheckTableIndex: Type = 368;
    pub const WdfWmiProviderCreateTableIndex: Type = 369;
    pub const WdfWmiProviderGetDeviceTableIndex: Type = 370;
    pub const WdfWmiProviderIsEnabledTableIndex: Type = 371;
    pub const WdfWmiProviderGetTracingHandleTableIndex: Type = 372;
    pub const WdfWmiInstanceCreateTableIndex: Type = 373;
    pub const WdfWmiInstanceRegisterTableIndex: Type = 374;
    pub const WdfWmiInstanceDeregisterTableIndex: Type = 375;
    pub const WdfWmiInstanceGetDeviceTableIndex: Type = 376;
    pub const WdfWmiInstanceGetProviderTableIndex: Type = 377;
    pub const WdfWmiInstanceFireEventTableIndex: Type = 378;
    pub const WdfWorkItemCreateTableIndex: Type = 379;
    pub const WdfWorkItemEnqueueTableIndex: Type = 380;
    pub const WdfWorkItemGetParentObjectTableIndex: Type = 381;
    pub const WdfWorkItemFlushTableIndex: Type = 382;
    pub const WdfCommonBufferCreateWithConfigTableIndex: Type = 383;
    pub const WdfDmaEnablerGetFragmentLengthTableIndex: Type = 384;
    pub const WdfDmaEnablerWdmGetDmaAdapterTableIndex: Type = 385;
    pub const WdfUsbInterfaceGetNumSettingsTableIndex: Type = 386;
    pub const WdfDeviceRemoveDependentUsageDeviceObjectTableIndex: Type = 387;
    pub const WdfDeviceGetSystemPowerActionTableIndex: Type = 388;
    pub const WdfInterruptSetExtendedPolicyTableIndex: Type = 389;
    pub const WdfIoQueueAssignForwardProgressPolicyTableIndex: Type = 390;
    pub const WdfPdoInitAssignContainerIDTableIndex: Type = 391;
    pub const WdfPdoInitAllowForwardingRequestToParentTableIndex: Type = 392;
    pub const WdfRequestMarkCancelableExTableIndex: Type = 393;
    pub const WdfRequestIsReservedTableIndex: Type = 394;
    pub const WdfRequestForwardToParentDeviceIoQueueTableIndex: Type = 395;
    pub const WdfCxDeviceInitAllocateTableIndex: Type = 396;
    pub const WdfCxDeviceInitAssignWdmIrpPreprocessCallbackTableIndex: Type = 397;
    pub const WdfCxDeviceInitSetIoInCallerContextCallbackTableIndex: Type = 398;
    pub const WdfCxDeviceInitSetRequestAttributesTableIndex: Type = 399;
    pub const WdfCxDeviceInitSetFileObjectConfigTableIndex: Type = 400;
    pub const WdfDeviceWdmDispatchIrpTableIndex: Type = 401;
    pub const WdfDeviceWdmDispatchIrpToIoQueueTableIndex: Type = 402;
    pub const WdfDeviceInitSetRemoveLockOptionsTableIndex: Type = 403;
    pub const WdfDeviceConfigureWdmIrpDispatchCallbackTableIndex: Type = 404;
    pub const WdfDmaEnablerConfigureSystemProfileTableIndex: Type = 405;
    pub const WdfDmaTransactionInitializeUsingOffsetTableIndex: Type = 406;
    pub const WdfDmaTransactionGetTransferInfoTableIndex: Type = 407;
    pub const WdfDmaTransactionSetChannelConfigurationCallbackTableIndex: Type = 408;
    pub const WdfDmaTransactionSetTransferCompleteCallbackTableIndex: Type = 409;
    pub const WdfDmaTransactionSetImmediateExecutionTableIndex: Type = 410;
    pub const WdfDmaTransactionAllocateResourcesTableIndex: Type = 411;
    pub const WdfDmaTransactionSetDeviceAddressOffsetTableIndex: Type = 412;
    pub const WdfDmaTransactionFreeResourcesTableIndex: Type = 413;
    pub const WdfDmaTransactionCancelTableIndex: Type = 414;
    pub const WdfDmaTransactionWdmGetTransferContextTableIndex: Type = 415;
    pub const WdfInterruptQueueWorkItemForIsrTableIndex: Type = 416;
    pub const WdfInterruptTryToAcquireLockTableIndex: Type = 417;
    pub const WdfIoQueueStopAndPurgeTableIndex: Type = 418;
    pub const WdfIoQueueStopAndPurgeSynchronouslyTableIndex: Type = 419;
    pub const WdfIoTargetPurgeTableIndex: Type = 420;
    pub const WdfUsbTargetDeviceCreateWithParametersTableIndex: Type = 421;
    pub const WdfUsbTargetDeviceQueryUsbCapabilityTableIndex: Type = 422;
    pub const WdfUsbTargetDeviceCreateUrbTableIndex: Type = 423;
    pub const WdfUsbTargetDeviceCreateIsochUrbTableIndex: Type = 424;
    pub const WdfDeviceWdmAssignPowerFrameworkSettingsTableIndex: Type = 425;
    pub const WdfDmaTransactionStopSystemTransferTableIndex: Type = 426;
    pub const WdfCxVerifierKeBugCheckTableIndex: Type = 427;
    pub const WdfInterruptReportActiveTableIndex: Type = 428;
    pub const WdfInterruptReportInactiveTableIndex: Type = 429;
    pub const WdfDeviceInitSetReleaseHardwareOrderOnFailureTableIndex: Type = 430;
    pub const WdfGetTriageInfoTableIndex: Type = 431;
    pub const WdfDeviceInitSetIoTypeExTableIndex: Type = 432;
    pub const WdfDeviceQueryPropertyExTableIndex: Type = 433;
    pub const WdfDeviceAllocAndQueryPropertyExTableIndex: Type = 434;
    pub const WdfDeviceAssignPropertyTableIndex: Type = 435;
    pub const WdfFdoInitQueryPropertyExTableIndex: Type = 436;
    pub const WdfFdoInitAllocAndQueryPropertyExTableIndex: Type = 437;
    pub const WdfDeviceStopIdleActualTableIndex: Type = 438;
    pub const WdfDeviceResumeIdleActualTableIndex: Type = 439;
    pub const WdfDeviceGetSelfIoTargetTableIndex: Type = 440;
    pub const WdfDeviceInitAllowSelfIoTargetTableIndex: Type = 441;
    pub const WdfIoTargetSelfAssignDefaultIoQueueTableIndex: Type = 442;
    pub const WdfDeviceOpenDevicemapKeyTableIndex: Type = 443;
    pub const WdfDmaTransactionSetSingleTransferRequirementTableIndex: Type = 444;
    pub const WdfCxDeviceInitSetPnpPowerEventCallbacksTableIndex: Type = 445;
    pub const WdfFileObjectGetInitiatorProcessIdTableIndex: Type = 446;
    pub const WdfRequestGetRequestorProcessIdTableIndex: Type = 447;
    pub const WdfDeviceRetrieveCompanionTargetTableIndex: Type = 448;
    pub const WdfCompanionTargetSendTaskSynchronouslyTableIndex: Type = 449;
    pub const WdfCompanionTargetWdmGetCompanionProcessTableIndex: Type = 450;
    pub const WdfDriverOpenPersistentStateRegistryKeyTableIndex: Type = 451;
    pub const WdfDriverErrorReportApiMissingTableIndex: Type = 452;
    pub const WdfPdoInitRemovePowerDependencyOnParentTableIndex: Type = 453;
    pub const WdfCxDeviceInitAllocateContextTableIndex: Type = 454;
    pub const WdfCxDeviceInitGetTypedContextWorkerTableIndex: Type = 455;
    pub const WdfCxDeviceInitSetPowerPolicyEventCallbacksTableIndex: Type = 456;
    pub const WdfDeviceSetDeviceInterfaceStateExTableIndex: Type = 457;
    pub const WdfFunctionTableNumEntries: Type = 458;
}
pub use self::_WDFFUNCENUM::Type as WDFFUNCENUM;
pub mod _WDFSTRUCTENUM {
    pub type Type = i32;
    pub const INDEX_WDF_CHILD_ADDRESS_DESCRIPTION_HEADER: Type = 0;
    pub const INDEX_WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER: Type = 1;
    pub const INDEX_WDF_CHILD_LIST_CONFIG: Type = 2;
    pub const INDEX_WDF_CHILD_LIST_ITERATOR: Type = 3;
    pub const INDEX_WDF_CHILD_RETRIEVE_INFO: Type = 4;
    pub const INDEX_WDF_CLASS_BIND_INFO: Type = 5;
    pub const INDEX_WDF_CLASS_BIND_INFO2: Type = 6;
    pub const INDEX_WDF_CLASS_EXTENSION_DESCRIPTOR: Type = 7;
    pub const INDEX_WDF_CLASS_LIBRARY_INFO: Type = 8;
    pub const INDEX_WDF_CLASS_VERSION: Type = 9;
    pub const INDEX_WDF_COMMON_BUFFER_CONFIG: Type = 10;
    pub const INDEX_WDF_CUSTOM_TYPE_CONTEXT: Type = 11;
    pub const INDEX_WDF_DEVICE_PNP_CAPABILITIES: Type = 12;
    pub const INDEX_WDF_DEVICE_PNP_NOTIFICATION_DATA: Type = 13;
    pub const INDEX_WDF_DEVICE_POWER_CAPABILITIES: Type = 14;
    pub const INDEX_WDF_DEVICE_POWER_NOTIFICATION_DATA: Type = 15;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS: Type = 16;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA: Type = 17;
    pub const INDEX_WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS: Type = 18;
    pub const INDEX_WDF_DEVICE_PROPERTY_DATA: Type = 19;
    pub const INDEX_WDF_DEVICE_STATE: Type = 20;
    pub const INDEX_WDF_DMA_ENABLER_CONFIG: Type = 21;
    pub const INDEX_WDF_DMA_SYSTEM_PROFILE_CONFIG: Type = 22;
    pub const INDEX_WDF_DPC_CONFIG: Type = 23;
    pub const INDEX_WDF_DRIVER_CONFIG: Type = 24;
    pub const INDEX_WDF_DRIVER_GLOBALS: Type = 25;
    pub const INDEX_WDF_DRIVER_VERSION_AVAILABLE_PARAMS: Type = 26;
    pub const INDEX_WDF_FDO_EVENT_CALLBACKS: Type = 27;
    pub const INDEX_WDF_FILEOBJECT_CONFIG: Type = 28;
    pub const INDEX_WDF_INTERRUPT_CONFIG: Type = 29;
    pub const INDEX_WDF_INTERRUPT_EXTENDED_POLICY: Type = 30;
    pub const INDEX_WDF_INTERRUPT_INFO: Type = 31;
    pub const INDEX_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS: Type = 32;
    pub const INDEX_WDF_IO_QUEUE_CONFIG: Type = 33;
    pub const INDEX_WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY: Type = 34;
    pub const INDEX_WDF_IO_TARGET_OPEN_PARAMS: Type = 35;
    pub const INDEX_WDF_IO_TYPE_CONFIG: Type = 36;
    pub const INDEX_WDF_MEMORY_DESCRIPTOR: Type = 37;
    pub const INDEX_WDF_OBJECT_ATTRIBUTES: Type = 38;
    pub const INDEX_WDF_OBJECT_CONTEXT_TYPE_INFO: Type = 39;
    pub const INDEX_WDF_PDO_EVENT_CALLBACKS: Type = 40;
    pub const INDEX_WDF_PNPPOWER_EVENT_CALLBACKS: Type = 41;
    pub const INDEX_WDF_POWER_FRAMEWORK_SETTINGS: Type = 42;
    pub const INDEX_WDF_POWER_POLICY_EVENT_CALLBACKS: Type = 43;
    pub const INDEX_WDF_POWER_ROUTINE_TIMED_OUT_DATA: Type = 44;
    pub const INDEX_WDF_QUERY_INTERFACE_CONFIG: Type = 45;
    pub const INDEX_WDF_QUEUE_FATAL_ERROR_DATA: Type = 46;
    pub const INDEX_WDF_REMOVE_LOCK_OPTIONS: Type = 47;
    pub const INDEX_WDF_REQUEST_COMPLETION_PARAMS: Type = 48;
    pub const INDEX_WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH_DATA: Type = 49;
    pub const INDEX_WDF_REQUEST_FORWARD_OPTIONS: Type = 50;
    pub const INDEX_WDF_REQUEST_PARAMETERS: Type = 51;
    pub const INDEX_WDF_REQUEST_REUSE_PARAMS: Type = 52;
    pub const INDEX_WDF_REQUEST_SEND_OPTIONS: Type = 53;
    pub const INDEX_WDF_TASK_SEND_OPTIONS: Type = 54;
    pub const INDEX_WDF_TIMER_CONFIG: Type = 55;
    pub const INDEX_WDF_TRIAGE_INFO: Type = 56;
    pub const INDEX_WDF_USB_CONTINUOUS_READER_CONFIG: Type = 57;
    pub const INDEX_WDF_USB_DEVICE_CREATE_CONFIG: Type = 58;
    pub const INDEX_WDF_USB_DEVICE_INFORMATION: Type = 59;
    pub const INDEX_WDF_USB_DEVICE_SELECT_CONFIG_PARAMS: Type = 60;
    pub const INDEX_WDF_USB_INTERFACE_SELECT_SETTING_PARAMS: Type = 61;
    pub const INDEX_WDF_USB_INTERFACE_SETTING_PAIR: Type = 62;
    pub const INDEX_WDF_USB_PIPE_INFORMATION: Type = 63;
    pub const INDEX_WDF_USB_REQUEST_COMPLETION_PARAMS: Type = 64;
    pub const INDEX_WDF_WMI_INSTANCE_CONFIG: Type = 65;
    pub const INDEX_WDF_WMI_PROVIDER_CONFIG: Type = 66;
    pub const INDEX_WDF_WORKITEM_CONFIG: Type = 67;
    pub const INDEX_WDFCONTEXT_TRIAGE_INFO: Type = 68;
    pub const INDEX_WDFCONTEXTTYPE_TRIAGE_INFO: Type = 69;
    pub const INDEX_WDFCX_FILEOBJECT_CONFIG: Type = 70;
    pub const INDEX_WDFCX_PNPPOWER_EVENT_CALLBACKS: Type = 71;
    pub const INDEX_WDFDEVICE_TRIAGE_INFO: Type = 72;
    pub const INDEX_WDFFWDPROGRESS_TRIAGE_INFO: Type = 73;
    pub const INDEX_WDFIRP_TRIAGE_INFO: Type = 74;
    pub const INDEX_WDFIRPQUEUE_TRIAGE_INFO: Type = 75;
    pub const INDEX_WDFMEMORY_OFFSET: Type = 76;
    pub const INDEX_WDFOBJECT_TRIAGE_INFO: Type = 77;
    pub const INDEX_WDFQUEUE_TRIAGE_INFO: Type = 78;
    pub const INDEX_WDFREQUEST_TRIAGE_INFO: Type = 79;
    pub const INDEX_WDFCX_POWER_POLICY_EVENT_CALLBACKS: Type = 80;
    pub const WDF_STRUCTURE_TABLE_NUM_ENTRIES: Type = 81;
}
pub use self::_WDFSTRUCTENUM::Type as WDFSTRUCTENUM;
pub mod _WDF_EXECUTION_LEVEL {
    pub type Type = i32;
    pub const WdfExecutionLevelInvalid: Type = 0;
    pub const WdfExecutionLevelInheritFromParent: Type = 1;
    pub const WdfExecutionLevelPassive: Type = 2;
    pub const WdfExecutionLevelDispatch: Type = 3;
}
pub use self::_WDF_EXECUTION_LEVEL::Type as WDF_EXECUTION_LEVEL;
pub mod _WDF_SYNCHRONIZATION_SCOPE {
    pub type Type = i32;
    pub const WdfSynchronizationScopeInvalid: Type = 0;
    pub const WdfSynchronizationScopeInheritFromParent: Type = 1;
    pub const WdfSynchronizationScopeDevice: Type = 2;
    pub const WdfSynchronizationScopeQueue: Type = 3;
    pub const WdfSynchronizationScopeNone: Type = 4;
}
pub use self::_WDF_SYNCHRONIZATION_SCOPE::Type as WDF_SYNCHRONIZATION_SCOPE;
pub type PFN_WDF_OBJECT_CONTEXT_CLEANUP = Option<unsafe extern "C" fn(arg1: WDFOBJECT)>;
pub type PFN_WDF_OBJECT_CONTEXT_DESTROY = Option<unsafe extern "C" fn(arg1: WDFOBJECT)>;
pub type PCWDF_OBJECT_CONTEXT_TYPE_INFO = *const _WDF_OBJECT_CONTEXT_TYPE_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_OBJECT_ATTRIBUTES {
    pub Size: ULONG,
    pub EvtCleanupCallback: PFN_WDF_OBJECT_CONTEXT_CLEANUP,
    pub EvtDestroyCallback: PFN_WDF_OBJECT_CONTEXT_DESTROY,
    pub ExecutionLevel: WDF_EXECUTION_LEVEL,
    pub SynchronizationScope: WDF_SYNCHRONIZATION_SCOPE,
    pub ParentObject: WDFOBJECT,
    pub ContextSizeOverride: usize,
    pub ContextTypeInfo: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
}
impl Default for _WDF_OBJECT_ATTRIBUTES {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_OBJECT_ATTRIBUTES = _WDF_OBJECT_ATTRIBUTES;
pub type PFN_GET_UNIQUE_CONTEXT_TYPE =
    Option<unsafe extern "C" fn() -> PCWDF_OBJECT_CONTEXT_TYPE_INFO>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_OBJECT_CONTEXT_TYPE_INFO {
    pub Size: ULONG,
    pub ContextName: LPCSTR,
    pub ContextSize: usize,
    pub UniqueType: PCWDF_OBJECT_CONTEXT_TYPE_INFO,
    pub EvtDriverGetUniqueContextType: PFN_GET_UNIQUE_CONTEXT_TYPE,
}
impl Default for _WDF_OBJECT_CONTEXT_TYPE_INFO {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_OBJECT_CONTEXT_TYPE_INFO = _WDF_OBJECT_CONTEXT_TYPE_INFO;
pub type PWDF_OBJECT_CONTEXT_TYPE_INFO = *mut _WDF_OBJECT_CONTEXT_TYPE_INFO;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_CUSTOM_TYPE_CONTEXT {
    pub Size: ULONG,
    pub Data: ULONG_PTR,
}
pub type WDF_CUSTOM_TYPE_CONTEXT = _WDF_CUSTOM_TYPE_CONTEXT;
pub type PWDF_CUSTOM_TYPE_CONTEXT = *mut _WDF_CUSTOM_TYPE_CONTEXT;
pub mod _WDF_DRIVER_INIT_FLAGS {
    pub type Type = i32;
    pub const WdfDriverInitNonPnpDriver: Type = 1;
    pub const WdfDriverInitNoDispatchOverride: Type = 2;
    pub const WdfVerifyOn: Type = 4;
    pub const WdfVerifierOn: Type = 8;
    pub const WdfDriverInitCompanion: Type = 16;
}
pub use self::_WDF_DRIVER_INIT_FLAGS::Type as WDF_DRIVER_INIT_FLAGS;
pub type PFN_WDF_DRIVER_DEVICE_ADD =
    Option<unsafe extern "C" fn(arg1: WDFDRIVER, arg2: PWDFDEVICE_INIT) -> NTSTATUS>;
pub type PFN_WDF_DRIVER_UNLOAD = Option<unsafe extern "C" fn(arg1: WDFDRIVER)>;
pub type PFN_WDF_TRACE_CALLBACK = Option<
    unsafe extern "C" fn(
        arg1: UCHAR,
        arg2: PVOID,
        arg3: ULONG,
        arg4: PVOID,
        arg5: PVOID,
        arg6: PULONG,
    ) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_DRIVER_CONFIG {
    pub Size: ULONG,
    pub EvtDriverDeviceAdd: PFN_WDF_DRIVER_DEVICE_ADD,
    pub EvtDriverUnload: PFN_WDF_DRIVER_UNLOAD,
    pub DriverInitFlags: ULONG,
    pub DriverPoolTag: ULONG,
}
pub type WDF_DRIVER_CONFIG = _WDF_DRIVER_CONFIG;
pub type PWDF_DRIVER_CONFIG = *mut _WDF_DRIVER_CONFIG;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_DRIVER_VERSION_AVAILABLE_PARAMS {
    pub Size: ULONG,
    pub MajorVersion: ULONG,
    pub MinorVersion: ULONG,
}
pub type WDF_DRIVER_VERSION_AVAILABLE_PARAMS = _WDF_DRIVER_VERSION_AVAILABLE_PARAMS;
pub type PWDF_DRIVER_VERSION_AVAILABLE_PARAMS = *mut _WDF_DRIVER_VERSION_AVAILABLE_PARAMS;
pub type PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: LPGUID, arg3: PINTERFACE, arg4: PVOID) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_QUERY_INTERFACE_CONFIG {
    pub Size: ULONG,
    pub Interface: PINTERFACE,
    pub InterfaceType: *const GUID,
    pub SendQueryToParentStack: BOOLEAN,
    pub EvtDeviceProcessQueryInterfaceRequest: PFN_WDF_DEVICE_PROCESS_QUERY_INTERFACE_REQUEST,
    pub ImportInterface: BOOLEAN,
}
impl Default for _WDF_QUERY_INTERFACE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_QUERY_INTERFACE_CONFIG = _WDF_QUERY_INTERFACE_CONFIG;
pub type PWDF_QUERY_INTERFACE_CONFIG = *mut _WDF_QUERY_INTERFACE_CONFIG;
pub mod _WDF_MEMORY_DESCRIPTOR_TYPE {
    pub type Type = i32;
    pub const WdfMemoryDescriptorTypeInvalid: Type = 0;
    pub const WdfMemoryDescriptorTypeBuffer: Type = 1;
    pub const WdfMemoryDescriptorTypeMdl: Type = 2;
    pub const WdfMemoryDescriptorTypeHandle: Type = 3;
}
pub use self::_WDF_MEMORY_DESCRIPTOR_TYPE::Type as WDF_MEMORY_DESCRIPTOR_TYPE;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDFMEMORY_OFFSET {
    pub BufferOffset: usize,
    pub BufferLength: usize,
}
pub type WDFMEMORY_OFFSET = _WDFMEMORY_OFFSET;
pub type PWDFMEMORY_OFFSET = *mut _WDFMEMORY_OFFSET;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR {
    pub Type: WDF_MEMORY_DESCRIPTOR_TYPE,
    pub u: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1,
}
impl Default for _WDF_MEMORY_DESCRIPTOR {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1 {
    pub BufferType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1,
    pub MdlType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2,
    pub HandleType: _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3,
}
impl Default for _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1 {
    pub Buffer: PVOID,
    pub Length: ULONG,
}
impl Default for _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2 {
    pub Mdl: PMDL,
    pub BufferLength: ULONG,
}
impl Default for _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3 {
    pub Memory: WDFMEMORY,
    pub Offsets: PWDFMEMORY_OFFSET,
}
impl Default for _WDF_MEMORY_DESCRIPTOR__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_MEMORY_DESCRIPTOR = _WDF_MEMORY_DESCRIPTOR;
pub type PWDF_MEMORY_DESCRIPTOR = *mut _WDF_MEMORY_DESCRIPTOR;
pub mod _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS {
    pub type Type = i32;
    pub const WdfChildListRetrieveDeviceUndefined: Type = 0;
    pub const WdfChildListRetrieveDeviceSuccess: Type = 1;
    pub const WdfChildListRetrieveDeviceNotYetCreated: Type = 2;
    pub const WdfChildListRetrieveDeviceNoSuchDevice: Type = 3;
}
pub use self::_WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS::Type as WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS;
pub type PWDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS = *mut _WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS::Type;
pub mod _WDF_RETRIEVE_CHILD_FLAGS {
    pub type Type = i32;
    pub const WdfRetrieveUnspecified: Type = 0;
    pub const WdfRetrievePresentChildren: Type = 1;
    pub const WdfRetrieveMissingChildren: Type = 2;
    pub const WdfRetrievePendingChildren: Type = 4;
    pub const WdfRetrieveAddedChildren: Type = 5;
    pub const WdfRetrieveAllChildren: Type = 7;
}
pub use self::_WDF_RETRIEVE_CHILD_FLAGS::Type as WDF_RETRIEVE_CHILD_FLAGS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER {
    pub IdentificationDescriptionSize: ULONG,
}
pub type WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER = _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;
pub type PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER =
    *mut _WDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER {
    pub AddressDescriptionSize: ULONG,
}
pub type WDF_CHILD_ADDRESS_DESCRIPTION_HEADER = _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER;
pub type PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER = *mut _WDF_CHILD_ADDRESS_DESCRIPTION_HEADER;
pub type PFN_WDF_CHILD_LIST_CREATE_DEVICE = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        arg3: PWDFDEVICE_INIT,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN = Option<unsafe extern "C" fn(arg1: WDFCHILDLIST)>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        arg3: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    ),
>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        arg3: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
        arg3: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    ) -> BOOLEAN,
>;
pub type PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP = Option<
    unsafe extern "C" fn(arg1: WDFCHILDLIST, arg2: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER),
>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
        arg3: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    ),
>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
        arg3: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP =
    Option<unsafe extern "C" fn(arg1: WDFCHILDLIST, arg2: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER)>;
pub type PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED = Option<
    unsafe extern "C" fn(
        arg1: WDFCHILDLIST,
        arg2: WDFDEVICE,
        arg3: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
        arg4: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    ) -> BOOLEAN,
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_RETRIEVE_INFO {
    pub Size: ULONG,
    pub IdentificationDescription: PWDF_CHILD_IDENTIFICATION_DESCRIPTION_HEADER,
    pub AddressDescription: PWDF_CHILD_ADDRESS_DESCRIPTION_HEADER,
    pub Status: WDF_CHILD_LIST_RETRIEVE_DEVICE_STATUS,
    pub EvtChildListIdentificationDescriptionCompare:
        PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE,
}
impl Default for _WDF_CHILD_RETRIEVE_INFO {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_CHILD_RETRIEVE_INFO = _WDF_CHILD_RETRIEVE_INFO;
pub type PWDF_CHILD_RETRIEVE_INFO = *mut _WDF_CHILD_RETRIEVE_INFO;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_CHILD_LIST_CONFIG {
    pub Size: ULONG,
    pub IdentificationDescriptionSize: ULONG,
    pub AddressDescriptionSize: ULONG,
    pub EvtChildListCreateDevice: PFN_WDF_CHILD_LIST_CREATE_DEVICE,
    pub EvtChildListScanForChildren: PFN_WDF_CHILD_LIST_SCAN_FOR_CHILDREN,
    pub EvtChildListIdentificationDescriptionCopy:
        PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COPY,
    pub EvtChildListIdentificationDescriptionDuplicate:
        PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_DUPLICATE,
    pub EvtChildListIdentificationDescriptionCleanup:
        PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_CLEANUP,
    pub EvtChildListIdentificationDescriptionCompare:
        PFN_WDF_CHILD_LIST_IDENTIFICATION_DESCRIPTION_COMPARE,
    pub EvtChildListAddressDescriptionCopy: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_COPY,
    pub EvtChildListAddressDescriptionDuplicate: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_DUPLICATE,
    pub EvtChildListAddressDescriptionCleanup: PFN_WDF_CHILD_LIST_ADDRESS_DESCRIPTION_CLEANUP,
    pub EvtChildListDeviceReenumerated: PFN_WDF_CHILD_LIST_DEVICE_REENUMERATED,
}
pub type WDF_CHILD_LIST_CONFIG = _WDF_CHILD_LIST_CONFIG;
pub type PWDF_CHILD_LIST_CONFIG = *mut _WDF_CHILD_LIST_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_CHILD_LIST_ITERATOR {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Reserved: [PVOID; 4usize],
}
impl Default for _WDF_CHILD_LIST_ITERATOR {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_CHILD_LIST_ITERATOR = _WDF_CHILD_LIST_ITERATOR;
pub type PWDF_CHILD_LIST_ITERATOR = *mut _WDF_CHILD_LIST_ITERATOR;
pub mod _WDF_DEVICE_STATE_FLAGS {
    pub type Type = i32;
    pub const WdfDevStateNP: Type = 32768;
}
pub use self::_WDF_DEVICE_STATE_FLAGS::Type as WDF_DEVICE_STATE_FLAGS;
pub mod _WDF_DEVICE_PNP_STATE {
    pub type Type = i32;
    pub const WdfDevStatePnpInvalid: Type = 0;
    pub const WdfDevStatePnpObjectCreated: Type = 256;
    pub const WdfDevStatePnpCheckForDevicePresence: Type = 257;
    pub const WdfDevStatePnpEjectFailed: Type = 258;
    pub const WdfDevStatePnpEjectHardware: Type = 259;
    pub const WdfDevStatePnpEjectedWaitingForRemove: Type = 260;
    pub const WdfDevStatePnpInit: Type = 261;
    pub const WdfDevStatePnpInitStarting: Type = 262;
    pub const WdfDevStatePnpInitSurpriseRemoved: Type = 263;
    pub const WdfDevStatePnpHardwareAvailable: Type = 264;
    pub const WdfDevStatePnpEnableInterfaces: Type = 265;
    pub const WdfDevStatePnpHardwareAvailablePowerPolicyFailed: Type = 266;
    pub const WdfDevStatePnpQueryRemoveAskDriver: Type = 267;
    pub const WdfDevStatePnpQueryRemovePending: Type = 268;
    pub const WdfDevStatePnpQueryRemoveStaticCheck: Type = 269;
    pub const WdfDevStatePnpQueriedRemoving: Type = 270;
    pub const WdfDevStatePnpQueryStopAskDriver: Type = 271;
    pub const WdfDevStatePnpQueryStopPending: Type = 272;
    pub const WdfDevStatePnpQueryStopStaticCheck: Type = 273;
    pub const WdfDevStatePnpQueryCanceled: Type = 274;
    pub const WdfDevStatePnpRemoved: Type = 275;
    pub const WdfDevStatePnpPdoRemoved: Type = 276;
    pub const WdfDevStatePnpRemovedPdoWait: Type = 277;
    pub const WdfDevStatePnpRemovedPdoSurpriseRemoved: Type = 278;
    pub const WdfDevStatePnpRemovingDisableInterfaces: Type = 279;
    pub const WdfDevStatePnpRestarting: Type = 280;
    pub const WdfDevStatePnpStarted: Type = 281;
    pub const WdfDevStatePnpStartedCancelStop: Type = 282;
    pub const WdfDevStatePnpStartedCancelRemove: Type = 283;
    pub const WdfDevStatePnpStartedRemoving: Type = 284;
    pub const WdfDevStatePnpStartingFromStopped: Type = 285;
    pub const WdfDevStatePnpStopped: Type = 286;
    pub const WdfDevStatePnpStoppedWaitForStartCompletion: Type = 287;
    pub const WdfDevStatePnpStartedStopping: Type = 288;
    pub const WdfDevStatePnpSurpriseRemove: Type = 289;
    pub const WdfDevStatePnpInitQueryRemove: Type = 290;
    pub const WdfDevStatePnpInitQueryRemoveCanceled: Type = 291;
    pub const WdfDevStatePnpFdoRemoved: Type = 292;
    pub const WdfDevStatePnpRemovedWaitForChildren: Type = 293;
    pub const WdfDevStatePnpQueriedSurpriseRemove: Type = 294;
    pub const WdfDevStatePnpSurpriseRemoveIoStarted: Type = 295;
    pub const WdfDevStatePnpFailedPowerDown: Type = 296;
    pub const WdfDevStatePnpFailedIoStarting: Type = 297;
    pub const WdfDevStatePnpFailedOwnHardware: Type = 298;
    pub const WdfDevStatePnpFailed: Type = 299;
    pub const WdfDevStatePnpFailedSurpriseRemoved: Type = 300;
    pub const WdfDevStatePnpFailedStarted: Type = 301;
    pub const WdfDevStatePnpFailedWaitForRemove: Type = 302;
    pub const WdfDevStatePnpFailedInit: Type = 303;
    pub const WdfDevStatePnpPdoInitFailed: Type = 304;
    pub const WdfDevStatePnpRestart: Type = 305;
    pub const WdfDevStatePnpRestartReleaseHardware: Type = 306;
    pub const WdfDevStatePnpRestartHardwareAvailable: Type = 307;
    pub const WdfDevStatePnpPdoRestart: Type = 308;
    pub const WdfDevStatePnpFinal: Type = 309;
    pub const WdfDevStatePnpRemovedChildrenRemoved: Type = 310;
    pub const WdfDevStatePnpQueryRemoveEnsureDeviceAwake: Type = 311;
    pub const WdfDevStatePnpQueryStopEnsureDeviceAwake: Type = 312;
    pub const WdfDevStatePnpFailedPowerPolicyRemoved: Type = 313;
    pub const WdfDevStatePnpNull: Type = 314;
}
pub use self::_WDF_DEVICE_PNP_STATE::Type as WDF_DEVICE_PNP_STATE;
pub type PWDF_DEVICE_PNP_STATE = *mut _WDF_DEVICE_PNP_STATE::Type;
pub mod _WDF_DEVICE_POWER_STATE {
    pub type Type = i32;
    pub const WdfDevStatePowerInvalid: Type = 0;
    pub const WdfDevStatePowerObjectCreated: Type = 768;
    pub const WdfDevStatePowerCheckDeviceType: Type = 769;
    pub const WdfDevStatePowerCheckDeviceTypeNP: Type = 33538;
    pub const WdfDevStatePowerCheckParentState: Type = 771;
    pub const WdfDevStatePowerCheckParentStateNP: Type = 33540;
    pub const WdfDevStatePowerEnablingWakeAtBus: Type = 773;
    pub const WdfDevStatePowerEnablingWakeAtBusNP: Type = 33542;
    pub const WdfDevStatePowerD0: Type = 775;
    pub const WdfDevStatePowerD0NP: Type = 33544;
    pub const WdfDevStatePowerD0BusWakeOwner: Type = 777;
    pub const WdfDevStatePowerD0BusWakeOwnerNP: Type = 33546;
    pub const WdfDevStatePowerD0ArmedForWake: Type = 779;
    pub const WdfDevStatePowerD0ArmedForWakeNP: Type = 33548;
    pub const WdfDevStatePowerD0DisarmingWakeAtBus: Type = 781;
    pub const WdfDevStatePowerD0DisarmingWakeAtBusNP: Type = 33550;
    pub const WdfDevStatePowerD0Starting: Type = 783;
    pub const WdfDevStatePowerD0StartingConnectInterrupt: Type = 784;
    pub const WdfDevStatePowerD0StartingDmaEnable: Type = 785;
    pub const WdfDevStatePowerD0StartingStartSelfManagedIo: Type = 786;
    pub const WdfDevStatePowerDecideD0State: Type = 787;
    pub const WdfDevStatePowerGotoD3Stopped: Type = 788;
    pub const WdfDevStatePowerStopped: Type = 789;
    pub const WdfDevStatePowerStartingCheckDeviceType: Type = 790;
    pub const WdfDevStatePowerStartingChild: Type = 791;
    pub const WdfDevStatePowerDxDisablingWakeAtBus: Type = 792;
    pub const WdfDevStatePowerDxDisablingWakeAtBusNP: Type = 33561;
    pub const WdfDevStatePowerGotoDx: Type = 794;
    pub const WdfDevStatePowerGotoDxNP: Type = 33563;
    pub const WdfDevStatePowerGotoDxIoStopped: Type = 796;
    pub const WdfDevStatePowerGotoDxIoStoppedNP: Type = 33565;
    pub const WdfDevStatePowerGotoDxNPFailed: Type = 33566;
    pub const WdfDevStatePowerDx: Type = 799;
    pub const WdfDevStatePowerDxNP: Type = 33568;
    pub const WdfDevStatePowerGotoDxArmedForWake: Type = 801;
    pub const WdfDevStatePowerGotoDxArmedForWakeNP: Type = 33570;
    pub const WdfDevStatePowerGotoDxIoStoppedArmedForWake: Type = 803;
    pub const WdfDevStatePowerGotoDxIoStoppedArmedForWakeNP: Type = 33572;
    pub const WdfDevStatePowerDxArmedForWake: Type = 805;
    pub const WdfDevStatePowerDxArmedForWakeNP: Type = 33574;
    pub const WdfDevStatePowerCheckParentStateArmedForWake: Type = 807;
    pub const WdfDevStatePowerCheckParentStateArmedForWakeNP: Type = 33576;
    pub const WdfDevStatePowerWaitForParentArmedForWake: Type = 809;
    pub const WdfDevStatePowerWaitForParentArmedForWakeNP: Type = 33578;
    pub const WdfDevStatePowerStartSelfManagedIo: Type = 811;
    pub const WdfDevStatePowerStartSelfManagedIoNP: Type = 33580;
    pub const WdfDevStatePowerStartSelfManagedIoFailed: Type = 813;
    pub const WdfDevStatePowerStartSelfManagedIoFailedNP: Type = 33582;
    pub const WdfDevStatePowerWaitForParent: Type = 815;
    pub const WdfDevStatePowerWaitForParentNP: Type = 33584;
    pub const WdfDevStatePowerWakePending: Type = 817;
    pub const WdfDevStatePowerWakePendingNP: Type = 33586;
    pub const WdfDevStatePowerWaking: Type = 819;
    pub const WdfDevStatePowerWakingNP: Type = 33588;
    pub const WdfDevStatePowerWakingConnectInterrupt: Type = 821;
    pub const WdfDevStatePowerWakingConnectInterruptNP: Type = 33590;
    pub const WdfDevStatePowerWakingConnectInterruptFailed: Type = 823;
    pub const WdfDevStatePowerWakingConnectInterruptFailedNP: Type = 33592;
    pub const WdfDevStatePowerWakingDmaEnable: Type = 825;
    pub const WdfDevStatePowerWakingDmaEnableNP: Type = 33594;
    pub const WdfDevStatePowerWakingDmaEnableFailed: Type = 827;
    pub const WdfDevStatePowerWakingDmaEnableFailedNP: Type = 33596;
    pub const WdfDevStatePowerReportPowerUpFailedDerefParent: Type = 829;
    pub const WdfDevStatePowerReportPowerUpFailed: Type = 830;
    pub const WdfDevStatePowerPowerFailedPowerDown: Type = 831;
    pub const WdfDevStatePowerReportPowerDownFailed: Type = 832;
    pub const WdfDevStatePowerInitialConnectInterruptFailed: Type = 833;
    pub const WdfDevStatePowerInitialDmaEnableFailed: Type = 834;
    pub const WdfDevStatePowerInitialSelfManagedIoFailed: Type = 835;
    pub const WdfDevStatePowerInitialPowerUpFailedDerefParent: Type = 836;
    pub const WdfDevStatePowerInitialPowerUpFailed: Type = 837;
    pub const WdfDevStatePowerDxStoppedDisarmWake: Type = 838;
    pub const WdfDevStatePowerDxStoppedDisarmWakeNP: Type = 33607;
    pub const WdfDevStatePowerGotoDxStoppedDisableInterruptNP: Type = 33608;
    pub const WdfDevStatePowerGotoDxStopped: Type = 841;
    pub const WdfDevStatePowerDxStopped: Type = 842;
    pub const WdfDevStatePowerGotoStopped: Type = 843;
    pub const WdfDevStatePowerStoppedCompleteDx: Type = 844;
    pub const WdfDevStatePowerDxStoppedDecideDxState: Type = 845;
    pub const WdfDevStatePowerDxStoppedArmForWake: Type = 846;
    pub const WdfDevStatePowerDxStoppedArmForWakeNP: Type = 33615;
    pub const WdfDevStatePowerFinalPowerDownFailed: Type = 848;
    pub const WdfDevStatePowerFinal: Type = 849;
    pub const WdfDevStatePowerGotoImplicitD3DisarmWakeAtBus: Type = 850;
    pub const WdfDevStatePowerUpFailed: Type = 851;
    pub const WdfDevStatePowerUpFailedDerefParent: Type = 852;
    pub const WdfDevStatePowerGotoDxFailed: Type = 853;
    pub const WdfDevStatePowerGotoDxStoppedDisableInterrupt: Type = 854;
    pub const WdfDevStatePowerUpFailedNP: Type = 33623;
    pub const WdfDevStatePowerUpFailedDerefParentNP: Type = 33624;
    pub const WdfDevStatePowerNotifyingD0ExitToWakeInterrupts: Type = 857;
    pub const WdfDevStatePowerNotifyingD0EntryToWakeInterrupts: Type = 858;
    pub const WdfDevStatePowerNotifyingD0ExitToWakeInterruptsNP: Type = 33627;
    pub const WdfDevStatePowerNotifyingD0EntryToWakeInterruptsNP: Type = 33628;
    pub const WdfDevStatePowerInitialPowerUpFailedPowerDown: Type = 861;
    pub const WdfDevStatePowerUpFailedPowerDown: Type = 862;
    pub const WdfDevStatePowerUpFailedPowerDownNP: Type = 33631;
    pub const WdfDevStatePowerInitialSelfManagedIoFailedStarted: Type = 864;
    pub const WdfDevStatePowerStartSelfManagedIoFailedStarted: Type = 865;
    pub const WdfDevStatePowerStartSelfManagedIoFailedStartedNP: Type = 33634;
    pub const WdfDevStatePowerWakingPostHardwareEnabled: Type = 867;
    pub const WdfDevStatePowerWakingPostHardwareEnabledNP: Type = 33636;
    pub const WdfDevStatePowerWakingPostHardwareEnabledFailed: Type = 869;
    pub const WdfDevStatePowerWakingPostHardwareEnabledFailedNP: Type = 33638;
    pub const WdfDevStatePowerD0StartingPostHardwareEnabled: Type = 871;
    pub const WdfDevStatePowerInitialPostHardwareEnabledFailed: Type = 872;
    pub const WdfDevStatePowerNull: Type = 873;
}
pub use self::_WDF_DEVICE_POWER_STATE::Type as WDF_DEVICE_POWER_STATE;
pub type PWDF_DEVICE_POWER_STATE = *mut _WDF_DEVICE_POWER_STATE::Type;
pub mod _WDF_DEVICE_POWER_POLICY_STATE {
    pub type Type = i32;
    pub const WdfDevStatePwrPolInvalid: Type = 0;
    pub const WdfDevStatePwrPolObjectCreated: Type = 1280;
    pub const WdfDevStatePwrPolStarting: Type = 1281;
    pub const WdfDevStatePwrPolStartingSucceeded: Type = 1282;
    pub const WdfDevStatePwrPolStartingFailed: Type = 1283;
    pub const WdfDevStatePwrPolStartingDecideS0Wake: Type = 1284;
    pub const WdfDevStatePwrPolStartedIdleCapable: Type = 1285;
    pub const WdfDevStatePwrPolTimerExpiredNoWake: Type = 1286;
    pub const WdfDevStatePwrPolTimerExpiredNoWakeCompletePowerDown: Type = 1287;
    pub const WdfDevStatePwrPolWaitingUnarmed: Type = 1288;
    pub const WdfDevStatePwrPolWaitingUnarmedQueryIdle: Type = 1289;
    pub const WdfDevStatePwrPolS0NoWakePowerUp: Type = 1290;
    pub const WdfDevStatePwrPolS0NoWakeCompletePowerUp: Type = 1291;
    pub const WdfDevStatePwrPolSystemSleepFromDeviceWaitingUnarmed: Type = 1292;
    pub const WdfDevStatePwrPolSystemSleepNeedWake: Type = 1293;
    pub const WdfDevStatePwrPolSystemSleepNeedWakeCompletePowerUp: Type = 1294;
    pub const WdfDevStatePwrPolSystemSleepPowerRequestFailed: Type = 1295;
    pub const WdfDevStatePwrPolCheckPowerPageable: Type = 1296;
    pub const WdfDevStatePwrPolSleepingWakeWakeArrived: Type = 1297;
    pub const WdfDevStatePwrPolSleepingWakeRevertArmWake: Type = 1298;
    pub const WdfDevStatePwrPolSystemAsleepWakeArmed: Type = 1299;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeEnabled: Type = 1300;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeEnabledWakeCanceled: Type = 1301;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeDisarm: Type = 1302;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeTriggered: Type = 1303;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeTriggeredS0: Type = 1304;
    pub const WdfDevStatePwrPolSystemWakeDeviceWokeDisarm: Type = 1305;
    pub const WdfDevStatePwrPolSleepingWakeWakeArrivedNP: Type = 34074;
    pub const WdfDevStatePwrPolSleepingWakeRevertArmWakeNP: Type = 34075;
    pub const WdfDevStatePwrPolSleepingWakePowerDownFailed: Type = 1308;
    pub const WdfDevStatePwrPolSleepingWakePowerDownFailedWakeCanceled: Type = 1309;
    pub const WdfDevStatePwrPolSystemAsleepWakeArmedNP: Type = 34078;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeEnabledNP: Type = 34079;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeEnabledWakeCanceledNP: Type = 34080;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeDisarmNP: Type = 34081;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeTriggeredNP: Type = 34082;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeTriggeredS0NP: Type = 34083;
    pub const WdfDevStatePwrPolSystemWakeDeviceWokeDisarmNP: Type = 34084;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeCompletePowerUp: Type = 1317;
    pub const WdfDevStatePwrPolSleeping: Type = 1318;
    pub const WdfDevStatePwrPolSleepingNoWakePowerDown: Type = 1319;
    pub const WdfDevStatePwrPolSleepingNoWakeCompletePowerDown: Type = 1320;
    pub const WdfDevStatePwrPolSleepingNoWakeDxRequestFailed: Type = 1321;
    pub const WdfDevStatePwrPolSleepingWakePowerDown: Type = 1322;
    pub const WdfDevStatePwrPolSleepingSendWake: Type = 1323;
    pub const WdfDevStatePwrPolSystemAsleepNoWake: Type = 1324;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeDisabled: Type = 1325;
    pub const WdfDevStatePwrPolSystemWakeDeviceToD0: Type = 1326;
    pub const WdfDevStatePwrPolSystemWakeDeviceToD0CompletePowerUp: Type = 1327;
    pub const WdfDevStatePwrPolSystemWakeQueryIdle: Type = 1328;
    pub const WdfDevStatePwrPolStartedWakeCapable: Type = 1329;
    pub const WdfDevStatePwrPolTimerExpiredDecideUsbSS: Type = 1330;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDown: Type = 1331;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableSendWake: Type = 1332;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableUsbSS: Type = 1333;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeArrived: Type = 1334;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableCancelWake: Type = 1335;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeCanceled: Type = 1336;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableCleanup: Type = 1337;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableDxAllocFailed: Type = 1338;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedPowerDown: Type = 1339;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedPowerUp: Type = 1340;
    pub const WdfDevStatePwrPolWaitingArmedUsbSS: Type = 1341;
    pub const WdfDevStatePwrPolWaitingArmed: Type = 1342;
    pub const WdfDevStatePwrPolWaitingArmedQueryIdle: Type = 1343;
    pub const WdfDevStatePwrPolIoPresentArmed: Type = 1344;
    pub const WdfDevStatePwrPolIoPresentArmedWakeCanceled: Type = 1345;
    pub const WdfDevStatePwrPolS0WakeDisarm: Type = 1346;
    pub const WdfDevStatePwrPolS0WakeCompletePowerUp: Type = 1347;
    pub const WdfDevStatePwrPolTimerExpiredWakeSucceeded: Type = 1348;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedDisarm: Type = 1349;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeSucceeded: Type = 1350;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeFailed: Type = 1351;
    pub const WdfDevStatePwrPolWakeFailedUsbSS: Type = 1352;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownFailedCancelWake: Type = 1353;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownFailedWakeCanceled: Type = 1354;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownFailedUsbSS: Type = 1355;
    pub const WdfDevStatePwrPolCancelingWakeForSystemSleep: Type = 1356;
    pub const WdfDevStatePwrPolCancelingWakeForSystemSleepWakeCanceled: Type = 1357;
    pub const WdfDevStatePwrPolDisarmingWakeForSystemSleepCompletePowerUp: Type = 1358;
    pub const WdfDevStatePwrPolPowerUpForSystemSleepFailed: Type = 1359;
    pub const WdfDevStatePwrPolWokeFromS0UsbSS: Type = 1360;
    pub const WdfDevStatePwrPolWokeFromS0: Type = 1361;
    pub const WdfDevStatePwrPolWokeFromS0NotifyDriver: Type = 1362;
    pub const WdfDevStatePwrPolStoppingResetDevice: Type = 1363;
    pub const WdfDevStatePwrPolStoppingResetDeviceCompletePowerUp: Type = 1364;
    pub const WdfDevStatePwrPolStoppingResetDeviceFailed: Type = 1365;
    pub const WdfDevStatePwrPolStoppingD0: Type = 1366;
    pub const WdfDevStatePwrPolStoppingD0Failed: Type = 1367;
    pub const WdfDevStatePwrPolStoppingDisarmWake: Type = 1368;
    pub const WdfDevStatePwrPolStoppingDisarmWakeCancelWake: Type = 1369;
    pub const WdfDevStatePwrPolStoppingDisarmWakeWakeCanceled: Type = 1370;
    pub const WdfDevStatePwrPolStopping: Type = 1371;
    pub const WdfDevStatePwrPolStoppingFailed: Type = 1372;
    pub const WdfDevStatePwrPolStoppingSendStatus: Type = 1373;
    pub const WdfDevStatePwrPolStoppingCancelTimer: Type = 1374;
    pub const WdfDevStatePwrPolStoppingWaitForIdleTimeout: Type = 1375;
    pub const WdfDevStatePwrPolStoppingCancelUsbSS: Type = 1376;
    pub const WdfDevStatePwrPolStoppingWaitForUsbSSCompletion: Type = 1377;
    pub const WdfDevStatePwrPolStoppingCancelWake: Type = 1378;
    pub const WdfDevStatePwrPolStopped: Type = 1379;
    pub const WdfDevStatePwrPolCancelUsbSS: Type = 1380;
    pub const WdfDevStatePwrPolStarted: Type = 1381;
    pub const WdfDevStatePwrPolStartedCancelTimer: Type = 1382;
    pub const WdfDevStatePwrPolStartedWaitForIdleTimeout: Type = 1383;
    pub const WdfDevStatePwrPolStartedWakeCapableCancelTimerForSleep: Type = 1384;
    pub const WdfDevStatePwrPolStartedWakeCapableWaitForIdleTimeout: Type = 1385;
    pub const WdfDevStatePwrPolStartedWakeCapableSleepingUsbSS: Type = 1386;
    pub const WdfDevStatePwrPolStartedIdleCapableCancelTimerForSleep: Type = 1387;
    pub const WdfDevStatePwrPolStartedIdleCapableWaitForIdleTimeout: Type = 1388;
    pub const WdfDevStatePwrPolDeviceD0PowerRequestFailed: Type = 1389;
    pub const WdfDevStatePwrPolDevicePowerRequestFailed: Type = 1390;
    pub const WdfDevStatePwrPolGotoDx: Type = 1391;
    pub const WdfDevStatePwrPolGotoDxInDx: Type = 1392;
    pub const WdfDevStatePwrPolDx: Type = 1393;
    pub const WdfDevStatePwrPolGotoD0: Type = 1394;
    pub const WdfDevStatePwrPolGotoD0InD0: Type = 1395;
    pub const WdfDevStatePwrPolFinal: Type = 1396;
    pub const WdfDevStatePwrPolSleepingPowerDownNotProcessed: Type = 1397;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownNotProcessed: Type = 1398;
    pub const WdfDevStatePwrPolTimerExpiredNoWakePowerDownNotProcessed: Type = 1399;
    pub const WdfDevStatePwrPolTimerExpiredNoWakePoweredDownDisableIdleTimer: Type = 1400;
    pub const WdfDevStatePwrPolStoppingWaitingForImplicitPowerDown: Type = 1401;
    pub const WdfDevStatePwrPolStoppingPoweringUp: Type = 1402;
    pub const WdfDevStatePwrPolStoppingPoweringDown: Type = 1403;
    pub const WdfDevStatePwrPolPowerUpForSystemSleepNotSeen: Type = 1404;
    pub const WdfDevStatePwrPolWaitingArmedStoppingCancelUsbSS: Type = 1405;
    pub const WdfDevStatePwrPolWaitingArmedWakeFailedCancelUsbSS: Type = 1406;
    pub const WdfDevStatePwrPolWaitingArmedIoPresentCancelUsbSS: Type = 1407;
    pub const WdfDevStatePwrPolWaitingArmedWakeSucceededCancelUsbSS: Type = 1408;
    pub const WdfDevStatePwrPolCancelingUsbSSForSystemSleep: Type = 1409;
    pub const WdfDevStatePwrPolStoppingD0CancelUsbSS: Type = 1410;
    pub const WdfDevStatePwrPolStartingPoweredUp: Type = 1411;
    pub const WdfDevStatePwrPolIdleCapableDeviceIdle: Type = 1412;
    pub const WdfDevStatePwrPolDeviceIdleReturnToActive: Type = 1413;
    pub const WdfDevStatePwrPolDeviceIdleSleeping: Type = 1414;
    pub const WdfDevStatePwrPolDeviceIdleStopping: Type = 1415;
    pub const WdfDevStatePwrPolTimerExpiredNoWakeUndoPowerDown: Type = 1416;
    pub const WdfDevStatePwrPolWakeCapableDeviceIdle: Type = 1417;
    pub const WdfDevStatePwrPolWakeCapableUsbSSCompleted: Type = 1418;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableUndoPowerDown: Type = 1419;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedHardwareStarted: Type = 1420;
    pub const WdfDevStatePwrPolStoppedRemoving: Type = 1421;
    pub const WdfDevStatePwrPolRemoved: Type = 1422;
    pub const WdfDevStatePwrPolRestarting: Type = 1423;
    pub const WdfDevStatePwrPolRestartingFailed: Type = 1424;
    pub const WdfDevStatePwrPolStartingPoweredUpFailed: Type = 1425;
    pub const WdfDevStatePwrPolTimerExpiredNoWakeReturnToActive: Type = 1426;
    pub const WdfDevStatePwrPolWaitingArmedWakeInterruptFired: Type = 1427;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeInterruptFired: Type = 1428;
    pub const WdfDevStatePwrPolSystemWakeDeviceWakeInterruptFiredNP: Type = 34197;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeInterruptArrived: Type = 1430;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapablePowerDownFailedWakeInterruptArrived: Type =
        1431;
    pub const WdfDevStatePwrPolWaitingArmedWakeInterruptFiredDuringPowerDown: Type = 1432;
    pub const WdfDevStatePwrPolStartedNotIdleCapableDirectedDown: Type = 1433;
    pub const WdfDevStatePwrPolStartedIdleCapableTimerCanceledForSleep: Type = 1434;
    pub const WdfDevStatePwrPolTimerExpiredNoWakeUndoPowerDownWaitForDirectedUp: Type = 1435;
    pub const WdfDevStatePwrPolIdleCapableTimerNotExpiredDirectedDown: Type = 1436;
    pub const WdfDevStatePwrPolIdleCapableDirectedDownTriggerDPNR: Type = 1437;
    pub const WdfDevStatePwrPolWaitingUnarmedDirectedDown: Type = 1438;
    pub const WdfDevStatePwrPolIdleCapableDirectedDownTriggerDPR: Type = 1439;
    pub const WdfDevStatePwrPolStartedWakeCapableTimerCanceledForSleep: Type = 1440;
    pub const WdfDevStatePwrPolWakeCapableTimerNotExpiredDirectedDown: Type = 1441;
    pub const WdfDevStatePwrPolWakeCapableDirectedDownTriggerDPNR: Type = 1442;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedPowerDownWaitForDirectedUp: Type = 1443;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedPowerDownDirectedTriggerDPR: Type = 1444;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableUndoPowerDownWaitForDirectedUp: Type = 1445;
    pub const WdfDevStatePwrPolWakeCapableUsbSSCompletedUndoWaitForDirectedUp: Type = 1446;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableUsbSSDirectedDown: Type = 1447;
    pub const WdfDevStatePwrPolWaitingArmedWakeInterruptFiredDuringPowerDownCheckDirected: Type =
        1448;
    pub const WdfDevStatePwrPolTimerExpiredWakeCompletedPowerDownCheckDirected: Type = 1449;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeSucceededCheckDirected: Type = 1450;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeSucceededWaitForDirectedUp: Type = 1451;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeSucceededTriggerDPR: Type = 1452;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeFailedCheckDirected: Type = 1453;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeFailedWaitForDirectedUp: Type = 1454;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableWakeFailedTriggerDPR: Type = 1455;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeInterruptFiredTriggerDPR: Type = 1456;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeInterruptFired: Type = 1457;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDown: Type = 1458;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeSucceededCancelUsbSS: Type = 1459;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeFailedCancelUsbSS: Type = 1460;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownTriggerDPR: Type = 1461;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeSucceededTriggerDPR: Type = 1462;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownUsbSSCompleted: Type = 1463;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownUsbSSCompletedTriggerDPR: Type = 1464;
    pub const WdfDevStatePwrPolWaitingArmedDirectedDownWakeFailedCancelUsbSSTriggerDPR: Type = 1465;
    pub const WdfDevStatePwrPolUsbSSCancelled: Type = 1466;
    pub const WdfDevStatePwrPolTimerExpiredWakeCapableRevertArmWake: Type = 1467;
    pub const WdfDevStatePwrPolSleepingWakeCancelWake: Type = 1468;
    pub const WdfDevStatePwrPolSleepingWakeCancelWakeNP: Type = 34237;
    pub const WdfDevStatePwrPolNull: Type = 1470;
}
pub use self::_WDF_DEVICE_POWER_POLICY_STATE::Type as WDF_DEVICE_POWER_POLICY_STATE;
pub type PWDF_DEVICE_POWER_POLICY_STATE = *mut _WDF_DEVICE_POWER_POLICY_STATE::Type;
pub mod _WDF_STATE_NOTIFICATION_TYPE {
    pub type Type = i32;
    pub const StateNotificationInvalid: Type = 0;
    pub const StateNotificationEnterState: Type = 1;
    pub const StateNotificationPostProcessState: Type = 2;
    pub const StateNotificationLeaveState: Type = 4;
    pub const StateNotificationAllStates: Type = 7;
}
pub use self::_WDF_STATE_NOTIFICATION_TYPE::Type as WDF_STATE_NOTIFICATION_TYPE;
pub mod _WDF_POWER_POLICY_S0_IDLE_CAPABILITIES {
    pub type Type = i32;
    pub const IdleCapsInvalid: Type = 0;
    pub const IdleCannotWakeFromS0: Type = 1;
    pub const IdleCanWakeFromS0: Type = 2;
    pub const IdleUsbSelectiveSuspend: Type = 3;
}
pub use self::_WDF_POWER_POLICY_S0_IDLE_CAPABILITIES::Type as WDF_POWER_POLICY_S0_IDLE_CAPABILITIES;
pub mod _WDF_POWER_POLICY_S0_IDLE_USER_CONTROL {
    pub type Type = i32;
    pub const IdleUserControlInvalid: Type = 0;
    pub const IdleDoNotAllowUserControl: Type = 1;
    pub const IdleAllowUserControl: Type = 2;
}
pub use self::_WDF_POWER_POLICY_S0_IDLE_USER_CONTROL::Type as WDF_POWER_POLICY_S0_IDLE_USER_CONTROL;
pub mod _WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS {
    pub type Type = i32;
    pub const IdleTimeoutDefaultConstant: Type = 0;
}
pub use self::_WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS::Type as WDF_POWER_POLICY_IDLE_TIMEOUT_CONSTANTS;
pub mod _WDF_POWER_POLICY_SX_WAKE_USER_CONTROL {
    pub type Type = i32;
    pub const WakeUserControlInvalid: Type = 0;
    pub const WakeDoNotAllowUserControl: Type = 1;
    pub const WakeAllowUserControl: Type = 2;
}
pub use self::_WDF_POWER_POLICY_SX_WAKE_USER_CONTROL::Type as WDF_POWER_POLICY_SX_WAKE_USER_CONTROL;
pub mod _WDF_POWER_DEVICE_STATE {
    pub type Type = i32;
    pub const WdfPowerDeviceInvalid: Type = 0;
    pub const WdfPowerDeviceD0: Type = 1;
    pub const WdfPowerDeviceD1: Type = 2;
    pub const WdfPowerDeviceD2: Type = 3;
    pub const WdfPowerDeviceD3: Type = 4;
    pub const WdfPowerDeviceD3Final: Type = 5;
    pub const WdfPowerDevicePrepareForHibernation: Type = 6;
    pub const WdfPowerDeviceMaximum: Type = 7;
}
pub use self::_WDF_POWER_DEVICE_STATE::Type as WDF_POWER_DEVICE_STATE;
pub type PWDF_POWER_DEVICE_STATE = *mut _WDF_POWER_DEVICE_STATE::Type;
pub mod _WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS {
    pub type Type = i32;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_NO_FLAGS: Type = 0;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_INVOKE_INCALLERCTX_CALLBACK: Type = 1;
    pub const WDF_DISPATCH_IRP_TO_IO_QUEUE_PREPROCESSED_IRP: Type = 2;
}
pub use self::_WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS::Type as WDF_DISPATCH_IRP_TO_IO_QUEUE_FLAGS;
pub mod _WDF_SPECIAL_FILE_TYPE {
    pub type Type = i32;
    pub const WdfSpecialFileUndefined: Type = 0;
    pub const WdfSpecialFilePaging: Type = 1;
    pub const WdfSpecialFileHibernation: Type = 2;
    pub const WdfSpecialFileDump: Type = 3;
    pub const WdfSpecialFileBoot: Type = 4;
    pub const WdfSpecialFilePostDisplay: Type = 5;
    pub const WdfSpecialFileGuestAssigned: Type = 6;
    pub const WdfSpecialFileMax: Type = 7;
}
pub use self::_WDF_SPECIAL_FILE_TYPE::Type as WDF_SPECIAL_FILE_TYPE;
pub type PWDF_SPECIAL_FILE_TYPE = *mut _WDF_SPECIAL_FILE_TYPE::Type;
pub mod _WDF_DEVICE_IO_TYPE {
    pub type Type = i32;
    pub const WdfDeviceIoUndefined: Type = 0;
    pub const WdfDeviceIoNeither: Type = 1;
    pub const WdfDeviceIoBuffered: Type = 2;
    pub const WdfDeviceIoDirect: Type = 3;
    pub const WdfDeviceIoBufferedOrDirect: Type = 4;
    pub const WdfDeviceIoMaximum: Type = 5;
}
pub use self::_WDF_DEVICE_IO_TYPE::Type as WDF_DEVICE_IO_TYPE;
pub type PWDF_DEVICE_IO_TYPE = *mut _WDF_DEVICE_IO_TYPE::Type;
pub mod _WDF_FILEOBJECT_CLASS {
    pub type Type = i32;
    pub const WdfFileObjectInvalid: Type = 0;
    pub const WdfFileObjectNotRequired: Type = 1;
    pub const WdfFileObjectWdfCanUseFsContext: Type = 2;
    pub const WdfFileObjectWdfCanUseFsContext2: Type = 3;
    pub const WdfFileObjectWdfCannotUseFsContexts: Type = 4;
    pub const WdfFileObjectCanBeOptional: Type = -2147483648;
}
pub use self::_WDF_FILEOBJECT_CLASS::Type as WDF_FILEOBJECT_CLASS;
pub type PWDF_FILEOBJECT_CLASS = *mut _WDF_FILEOBJECT_CLASS::Type;
pub mod _WDF_DEVICE_FAILED_ACTION {
    pub type Type = i32;
    pub const WdfDeviceFailedUndefined: Type = 0;
    pub const WdfDeviceFailedAttemptRestart: Type = 1;
    pub const WdfDeviceFailedNoRestart: Type = 2;
}
pub use self::_WDF_DEVICE_FAILED_ACTION::Type as WDF_DEVICE_FAILED_ACTION;
pub mod _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE {
    pub type Type = i32;
    pub const WdfReleaseHardwareOrderOnFailureInvalid: Type = 0;
    pub const WdfReleaseHardwareOrderOnFailureEarly: Type = 1;
    pub const WdfReleaseHardwareOrderOnFailureAfterDescendants: Type = 2;
}
pub use self::_WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE::Type as WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE;
pub type PWDF_RELEASE_HARDWARE_ORDER_ON_FAILURE = *mut _WDF_RELEASE_HARDWARE_ORDER_ON_FAILURE::Type;
pub use self::_WDF_REQUEST_TYPE::Type as WDF_REQUEST_TYPE;
pub type PFN_WDF_DEVICE_FILE_CREATE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFREQUEST, arg3: WDFFILEOBJECT)>;
pub type PFN_WDF_FILE_CLOSE = Option<unsafe extern "C" fn(arg1: WDFFILEOBJECT)>;
pub type PFN_WDF_FILE_CLEANUP = Option<unsafe extern "C" fn(arg1: WDFFILEOBJECT)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_FILEOBJECT_CONFIG {
    pub Size: ULONG,
    pub EvtDeviceFileCreate: PFN_WDF_DEVICE_FILE_CREATE,
    pub EvtFileClose: PFN_WDF_FILE_CLOSE,
    pub EvtFileCleanup: PFN_WDF_FILE_CLEANUP,
    pub AutoForwardCleanupClose: WDF_TRI_STATE,
    pub FileObjectClass: WDF_FILEOBJECT_CLASS,
}
impl Default for _WDF_FILEOBJECT_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_FILEOBJECT_CONFIG = _WDF_FILEOBJECT_CONFIG;
pub type PWDF_FILEOBJECT_CONFIG = *mut _WDF_FILEOBJECT_CONFIG;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1,
}
impl Default for _WDF_DEVICE_PNP_NOTIFICATION_DATA {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
impl Default for _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
    pub NewState: WDF_DEVICE_PNP_STATE,
}
impl Default for _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
}
impl Default for _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_PNP_STATE,
    pub NewState: WDF_DEVICE_PNP_STATE,
}
impl Default for _WDF_DEVICE_PNP_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_PNP_NOTIFICATION_DATA = _WDF_DEVICE_PNP_NOTIFICATION_DATA;
pub type PCWDF_DEVICE_PNP_NOTIFICATION_DATA = *const WDF_DEVICE_PNP_NOTIFICATION_DATA;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1,
}
impl Default for _WDF_DEVICE_POWER_NOTIFICATION_DATA {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
impl Default for _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
    pub NewState: WDF_DEVICE_POWER_STATE,
}
impl Default for _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
}
impl Default for _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_POWER_STATE,
    pub NewState: WDF_DEVICE_POWER_STATE,
}
impl Default for _WDF_DEVICE_POWER_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_POWER_NOTIFICATION_DATA = _WDF_DEVICE_POWER_NOTIFICATION_DATA;
pub type PCWDF_DEVICE_POWER_NOTIFICATION_DATA = *const WDF_DEVICE_POWER_NOTIFICATION_DATA;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA {
    pub Type: WDF_STATE_NOTIFICATION_TYPE,
    pub Data: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1,
}
impl Default for _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1 {
    pub EnterState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1,
    pub PostProcessState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2,
    pub LeaveState: _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3,
}
impl Default for _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
    pub NewState: WDF_DEVICE_POWER_POLICY_STATE,
}
impl Default for _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
}
impl Default for _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    pub CurrentState: WDF_DEVICE_POWER_POLICY_STATE,
    pub NewState: WDF_DEVICE_POWER_POLICY_STATE,
}
impl Default for _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA = _WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA;
pub type PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA =
    *const WDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA;
pub type PFN_WDF_DEVICE_PNP_STATE_CHANGE_NOTIFICATION =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: PCWDF_DEVICE_PNP_NOTIFICATION_DATA)>;
pub type PFN_WDF_DEVICE_POWER_STATE_CHANGE_NOTIFICATION =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: PCWDF_DEVICE_POWER_NOTIFICATION_DATA)>;
pub type PFN_WDF_DEVICE_POWER_POLICY_STATE_CHANGE_NOTIFICATION = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: PCWDF_DEVICE_POWER_POLICY_NOTIFICATION_DATA),
>;
pub type PFN_WDF_DEVICE_D0_ENTRY =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_EXIT =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_POWER_DEVICE_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_PREPARE_HARDWARE = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFCMRESLIST, arg3: WDFCMRESLIST) -> NTSTATUS,
>;
pub type PFN_WDF_DEVICE_RELEASE_HARDWARE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_QUERY_STOP = Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_QUERY_REMOVE = Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SURPRISE_REMOVAL = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_USAGE_NOTIFICATION =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_SPECIAL_FILE_TYPE, arg3: BOOLEAN)>;
pub type PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDF_SPECIAL_FILE_TYPE, arg3: BOOLEAN) -> NTSTATUS,
>;
pub type PFN_WDF_DEVICE_RELATIONS_QUERY =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: DEVICE_RELATION_TYPE)>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_S0 =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_SX =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: BOOLEAN, arg3: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_DISARM_WAKE_FROM_S0 = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_DISARM_WAKE_FROM_SX = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_PNPPOWER_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceD0Entry: PFN_WDF_DEVICE_D0_ENTRY,
    pub EvtDeviceD0EntryPostInterruptsEnabled: PFN_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED,
    pub EvtDeviceD0Exit: PFN_WDF_DEVICE_D0_EXIT,
    pub EvtDeviceD0ExitPreInterruptsDisabled: PFN_WDF_DEVICE_D0_EXIT_PRE_INTERRUPTS_DISABLED,
    pub EvtDevicePrepareHardware: PFN_WDF_DEVICE_PREPARE_HARDWARE,
    pub EvtDeviceReleaseHardware: PFN_WDF_DEVICE_RELEASE_HARDWARE,
    pub EvtDeviceSelfManagedIoCleanup: PFN_WDF_DEVICE_SELF_MANAGED_IO_CLEANUP,
    pub EvtDeviceSelfManagedIoFlush: PFN_WDF_DEVICE_SELF_MANAGED_IO_FLUSH,
    pub EvtDeviceSelfManagedIoInit: PFN_WDF_DEVICE_SELF_MANAGED_IO_INIT,
    pub EvtDeviceSelfManagedIoSuspend: PFN_WDF_DEVICE_SELF_MANAGED_IO_SUSPEND,
    pub EvtDeviceSelfManagedIoRestart: PFN_WDF_DEVICE_SELF_MANAGED_IO_RESTART,
    pub EvtDeviceSurpriseRemoval: PFN_WDF_DEVICE_SURPRISE_REMOVAL,
    pub EvtDeviceQueryRemove: PFN_WDF_DEVICE_QUERY_REMOVE,
    pub EvtDeviceQueryStop: PFN_WDF_DEVICE_QUERY_STOP,
    pub EvtDeviceUsageNotification: PFN_WDF_DEVICE_USAGE_NOTIFICATION,
    pub EvtDeviceRelationsQuery: PFN_WDF_DEVICE_RELATIONS_QUERY,
    pub EvtDeviceUsageNotificationEx: PFN_WDF_DEVICE_USAGE_NOTIFICATION_EX,
}
pub type WDF_PNPPOWER_EVENT_CALLBACKS = _WDF_PNPPOWER_EVENT_CALLBACKS;
pub type PWDF_PNPPOWER_EVENT_CALLBACKS = *mut _WDF_PNPPOWER_EVENT_CALLBACKS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_POWER_POLICY_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceArmWakeFromS0: PFN_WDF_DEVICE_ARM_WAKE_FROM_S0,
    pub EvtDeviceDisarmWakeFromS0: PFN_WDF_DEVICE_DISARM_WAKE_FROM_S0,
    pub EvtDeviceWakeFromS0Triggered: PFN_WDF_DEVICE_WAKE_FROM_S0_TRIGGERED,
    pub EvtDeviceArmWakeFromSx: PFN_WDF_DEVICE_ARM_WAKE_FROM_SX,
    pub EvtDeviceDisarmWakeFromSx: PFN_WDF_DEVICE_DISARM_WAKE_FROM_SX,
    pub EvtDeviceWakeFromSxTriggered: PFN_WDF_DEVICE_WAKE_FROM_SX_TRIGGERED,
    pub EvtDeviceArmWakeFromSxWithReason: PFN_WDF_DEVICE_ARM_WAKE_FROM_SX_WITH_REASON,
}
pub type WDF_POWER_POLICY_EVENT_CALLBACKS = _WDF_POWER_POLICY_EVENT_CALLBACKS;
pub type PWDF_POWER_POLICY_EVENT_CALLBACKS = *mut _WDF_POWER_POLICY_EVENT_CALLBACKS;
pub mod _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE {
    pub type Type = i32;
    pub const DriverManagedIdleTimeout: Type = 0;
    pub const SystemManagedIdleTimeout: Type = 1;
    pub const SystemManagedIdleTimeoutWithHint: Type = 2;
}
pub use self::_WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::Type as WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE;
pub type PWDF_POWER_POLICY_IDLE_TIMEOUT_TYPE = *mut _WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE::Type;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS {
    pub Size: ULONG,
    pub IdleCaps: WDF_POWER_POLICY_S0_IDLE_CAPABILITIES,
    pub DxState: DEVICE_POWER_STATE,
    pub IdleTimeout: ULONG,
    pub UserControlOfIdleSettings: WDF_POWER_POLICY_S0_IDLE_USER_CONTROL,
    pub Enabled: WDF_TRI_STATE,
    pub PowerUpIdleDeviceOnSystemWake: WDF_TRI_STATE,
    pub IdleTimeoutType: WDF_POWER_POLICY_IDLE_TIMEOUT_TYPE,
    pub ExcludeD3Cold: WDF_TRI_STATE,
}
impl Default for _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS = _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS;
pub type PWDF_DEVICE_POWER_POLICY_IDLE_SETTINGS = *mut _WDF_DEVICE_POWER_POLICY_IDLE_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS {
    pub Size: ULONG,
    pub DxState: DEVICE_POWER_STATE,
    pub UserControlOfWakeSettings: WDF_POWER_POLICY_SX_WAKE_USER_CONTROL,
    pub Enabled: WDF_TRI_STATE,
    pub ArmForWakeIfChildrenAreArmedForWake: BOOLEAN,
    pub IndicateChildWakeOnParentWake: BOOLEAN,
}
impl Default for _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS = _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS;
pub type PWDF_DEVICE_POWER_POLICY_WAKE_SETTINGS = *mut _WDF_DEVICE_POWER_POLICY_WAKE_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_STATE {
    pub Size: ULONG,
    pub Disabled: WDF_TRI_STATE,
    pub DontDisplayInUI: WDF_TRI_STATE,
    pub Failed: WDF_TRI_STATE,
    pub NotDisableable: WDF_TRI_STATE,
    pub Removed: WDF_TRI_STATE,
    pub ResourcesChanged: WDF_TRI_STATE,
    pub AssignedToGuest: WDF_TRI_STATE,
}
impl Default for _WDF_DEVICE_STATE {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_STATE = _WDF_DEVICE_STATE;
pub type PWDF_DEVICE_STATE = *mut _WDF_DEVICE_STATE;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PNP_CAPABILITIES {
    pub Size: ULONG,
    pub LockSupported: WDF_TRI_STATE,
    pub EjectSupported: WDF_TRI_STATE,
    pub Removable: WDF_TRI_STATE,
    pub DockDevice: WDF_TRI_STATE,
    pub UniqueID: WDF_TRI_STATE,
    pub SilentInstall: WDF_TRI_STATE,
    pub SurpriseRemovalOK: WDF_TRI_STATE,
    pub HardwareDisabled: WDF_TRI_STATE,
    pub NoDisplayInUI: WDF_TRI_STATE,
    pub Address: ULONG,
    pub UINumber: ULONG,
}
impl Default for _WDF_DEVICE_PNP_CAPABILITIES {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_PNP_CAPABILITIES = _WDF_DEVICE_PNP_CAPABILITIES;
pub type PWDF_DEVICE_PNP_CAPABILITIES = *mut _WDF_DEVICE_PNP_CAPABILITIES;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_POWER_CAPABILITIES {
    pub Size: ULONG,
    pub DeviceD1: WDF_TRI_STATE,
    pub DeviceD2: WDF_TRI_STATE,
    pub WakeFromD0: WDF_TRI_STATE,
    pub WakeFromD1: WDF_TRI_STATE,
    pub WakeFromD2: WDF_TRI_STATE,
    pub WakeFromD3: WDF_TRI_STATE,
    pub DeviceState: [DEVICE_POWER_STATE; 7usize],
    pub DeviceWake: DEVICE_POWER_STATE,
    pub SystemWake: SYSTEM_POWER_STATE,
    pub D1Latency: ULONG,
    pub D2Latency: ULONG,
    pub D3Latency: ULONG,
    pub IdealDxStateForSx: DEVICE_POWER_STATE,
}
impl Default for _WDF_DEVICE_POWER_CAPABILITIES {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_POWER_CAPABILITIES = _WDF_DEVICE_POWER_CAPABILITIES;
pub type PWDF_DEVICE_POWER_CAPABILITIES = *mut _WDF_DEVICE_POWER_CAPABILITIES;
pub mod _WDF_REMOVE_LOCK_OPTIONS_FLAGS {
    pub type Type = i32;
    pub const WDF_REMOVE_LOCK_OPTION_ACQUIRE_FOR_IO: Type = 1;
}
pub use self::_WDF_REMOVE_LOCK_OPTIONS_FLAGS::Type as WDF_REMOVE_LOCK_OPTIONS_FLAGS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_REMOVE_LOCK_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
}
pub type WDF_REMOVE_LOCK_OPTIONS = _WDF_REMOVE_LOCK_OPTIONS;
pub type PWDF_REMOVE_LOCK_OPTIONS = *mut _WDF_REMOVE_LOCK_OPTIONS;
pub type PFN_WDFDEVICE_WDM_IRP_PREPROCESS =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: PIRP) -> NTSTATUS>;
pub type PFN_WDFDEVICE_WDM_IRP_DISPATCH = Option<
    unsafe extern "C" fn(
        arg1: WDFDEVICE,
        arg2: UCHAR,
        arg3: UCHAR,
        arg4: ULONG,
        arg5: WDFCONTEXT,
        arg6: PIRP,
        arg7: WDFCONTEXT,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_IO_IN_CALLER_CONTEXT =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFREQUEST)>;
pub type PFN_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: POHANDLE) -> NTSTATUS>;
pub type PFN_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: POHANDLE)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_POWER_FRAMEWORK_SETTINGS {
    pub Size: ULONG,
    pub EvtDeviceWdmPostPoFxRegisterDevice: PFN_WDFDEVICE_WDM_POST_PO_FX_REGISTER_DEVICE,
    pub EvtDeviceWdmPrePoFxUnregisterDevice: PFN_WDFDEVICE_WDM_PRE_PO_FX_UNREGISTER_DEVICE,
    pub Component: PPO_FX_COMPONENT,
    pub ComponentActiveConditionCallback: PPO_FX_COMPONENT_ACTIVE_CONDITION_CALLBACK,
    pub ComponentIdleConditionCallback: PPO_FX_COMPONENT_IDLE_CONDITION_CALLBACK,
    pub ComponentIdleStateCallback: PPO_FX_COMPONENT_IDLE_STATE_CALLBACK,
    pub PowerControlCallback: PPO_FX_POWER_CONTROL_CALLBACK,
    pub PoFxDeviceContext: PVOID,
}
impl Default for _WDF_POWER_FRAMEWORK_SETTINGS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_POWER_FRAMEWORK_SETTINGS = _WDF_POWER_FRAMEWORK_SETTINGS;
pub type PWDF_POWER_FRAMEWORK_SETTINGS = *mut _WDF_POWER_FRAMEWORK_SETTINGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_TYPE_CONFIG {
    pub Size: ULONG,
    pub ReadWriteIoType: WDF_DEVICE_IO_TYPE,
    pub DeviceControlIoType: WDF_DEVICE_IO_TYPE,
    pub DirectTransferThreshold: ULONG,
}
impl Default for _WDF_IO_TYPE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_IO_TYPE_CONFIG = _WDF_IO_TYPE_CONFIG;
pub type PWDF_IO_TYPE_CONFIG = *mut _WDF_IO_TYPE_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DEVICE_PROPERTY_DATA {
    pub Size: ULONG,
    pub PropertyKey: *const DEVPROPKEY,
    pub Lcid: LCID,
    pub Flags: ULONG,
}
impl Default for _WDF_DEVICE_PROPERTY_DATA {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DEVICE_PROPERTY_DATA = _WDF_DEVICE_PROPERTY_DATA;
pub type PWDF_DEVICE_PROPERTY_DATA = *mut _WDF_DEVICE_PROPERTY_DATA;
pub type PFN_WDF_DPC = Option<unsafe extern "C" fn(arg1: WDFDPC)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_DPC_CONFIG {
    pub Size: ULONG,
    pub EvtDpcFunc: PFN_WDF_DPC,
    pub AutomaticSerialization: BOOLEAN,
}
pub type WDF_DPC_CONFIG = _WDF_DPC_CONFIG;
pub type PWDF_DPC_CONFIG = *mut _WDF_DPC_CONFIG;
pub type PFN_WDF_TIMER = Option<unsafe extern "C" fn(arg1: WDFTIMER)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_TIMER_CONFIG {
    pub Size: ULONG,
    pub EvtTimerFunc: PFN_WDF_TIMER,
    pub Period: ULONG,
    pub AutomaticSerialization: BOOLEAN,
    pub TolerableDelay: ULONG,
    pub __bindgen_padding_0: [u8; 4usize],
    pub UseHighResolutionTimer: BOOLEAN,
}
pub type WDF_TIMER_CONFIG = _WDF_TIMER_CONFIG;
pub type PWDF_TIMER_CONFIG = *mut _WDF_TIMER_CONFIG;
pub type PFN_WDF_WORKITEM = Option<unsafe extern "C" fn(arg1: WDFWORKITEM)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_WORKITEM_CONFIG {
    pub Size: ULONG,
    pub EvtWorkItemFunc: PFN_WDF_WORKITEM,
    pub AutomaticSerialization: BOOLEAN,
}
pub type WDF_WORKITEM_CONFIG = _WDF_WORKITEM_CONFIG;
pub type PWDF_WORKITEM_CONFIG = *mut _WDF_WORKITEM_CONFIG;
pub mod _WDF_INTERRUPT_POLARITY {
    pub type Type = i32;
    pub const WdfInterruptPolarityUnknown: Type = 0;
    pub const WdfInterruptActiveHigh: Type = 1;
    pub const WdfInterruptActiveLow: Type = 2;
}
pub use self::_WDF_INTERRUPT_POLARITY::Type as WDF_INTERRUPT_POLARITY;
pub type PWDF_INTERRUPT_POLARITY = *mut _WDF_INTERRUPT_POLARITY::Type;
pub mod _WDF_INTERRUPT_POLICY {
    pub type Type = i32;
    pub const WdfIrqPolicyMachineDefault: Type = 0;
    pub const WdfIrqPolicyAllCloseProcessors: Type = 1;
    pub const WdfIrqPolicyOneCloseProcessor: Type = 2;
    pub const WdfIrqPolicyAllProcessorsInMachine: Type = 3;
    pub const WdfIrqPolicySpecifiedProcessors: Type = 4;
    pub const WdfIrqPolicySpreadMessagesAcrossAllProcessors: Type = 5;
}
pub use self::_WDF_INTERRUPT_POLICY::Type as WDF_INTERRUPT_POLICY;
pub type PWDF_INTERRUPT_POLICY = *mut _WDF_INTERRUPT_POLICY::Type;
pub mod _WDF_INTERRUPT_PRIORITY {
    pub type Type = i32;
    pub const WdfIrqPriorityUndefined: Type = 0;
    pub const WdfIrqPriorityLow: Type = 1;
    pub const WdfIrqPriorityNormal: Type = 2;
    pub const WdfIrqPriorityHigh: Type = 3;
}
pub use self::_WDF_INTERRUPT_PRIORITY::Type as WDF_INTERRUPT_PRIORITY;
pub type PWDF_INTERRUPT_PRIORITY = *mut _WDF_INTERRUPT_PRIORITY::Type;
pub type PFN_WDF_INTERRUPT_ISR =
    Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: ULONG) -> BOOLEAN>;
pub type PFN_WDF_INTERRUPT_SYNCHRONIZE =
    Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: WDFCONTEXT) -> BOOLEAN>;
pub type PFN_WDF_INTERRUPT_DPC = Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: WDFOBJECT)>;
pub type PFN_WDF_INTERRUPT_WORKITEM =
    Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: WDFOBJECT)>;
pub type PFN_WDF_INTERRUPT_ENABLE =
    Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_INTERRUPT_DISABLE =
    Option<unsafe extern "C" fn(arg1: WDFINTERRUPT, arg2: WDFDEVICE) -> NTSTATUS>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_CONFIG {
    pub Size: ULONG,
    pub SpinLock: WDFSPINLOCK,
    pub ShareVector: WDF_TRI_STATE,
    pub FloatingSave: BOOLEAN,
    pub AutomaticSerialization: BOOLEAN,
    pub EvtInterruptIsr: PFN_WDF_INTERRUPT_ISR,
    pub EvtInterruptDpc: PFN_WDF_INTERRUPT_DPC,
    pub EvtInterruptEnable: PFN_WDF_INTERRUPT_ENABLE,
    pub EvtInterruptDisable: PFN_WDF_INTERRUPT_DISABLE,
    pub EvtInterruptWorkItem: PFN_WDF_INTERRUPT_WORKITEM,
    pub InterruptRaw: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    pub InterruptTranslated: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
    pub WaitLock: WDFWAITLOCK,
    pub PassiveHandling: BOOLEAN,
    pub ReportInactiveOnPowerDown: WDF_TRI_STATE,
    pub CanWakeDevice: BOOLEAN,
}
impl Default for _WDF_INTERRUPT_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_INTERRUPT_CONFIG = _WDF_INTERRUPT_CONFIG;
pub type PWDF_INTERRUPT_CONFIG = *mut _WDF_INTERRUPT_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_INFO {
    pub Size: ULONG,
    pub Reserved1: ULONG64,
    pub TargetProcessorSet: KAFFINITY,
    pub Reserved2: ULONG,
    pub MessageNumber: ULONG,
    pub Vector: ULONG,
    pub Irql: KIRQL,
    pub Mode: KINTERRUPT_MODE,
    pub Polarity: WDF_INTERRUPT_POLARITY,
    pub MessageSignaled: BOOLEAN,
    pub ShareDisposition: UCHAR,
    pub __bindgen_padding_0: [u16; 3usize],
    pub Group: USHORT,
}
impl Default for _WDF_INTERRUPT_INFO {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_INTERRUPT_INFO = _WDF_INTERRUPT_INFO;
pub type PWDF_INTERRUPT_INFO = *mut _WDF_INTERRUPT_INFO;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_INTERRUPT_EXTENDED_POLICY {
    pub Size: ULONG,
    pub Policy: WDF_INTERRUPT_POLICY,
    pub Priority: WDF_INTERRUPT_PRIORITY,
    pub TargetProcessorSetAndGroup: GROUP_AFFINITY,
}
impl Default for _WDF_INTERRUPT_EXTENDED_POLICY {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_INTERRUPT_EXTENDED_POLICY = _WDF_INTERRUPT_EXTENDED_POLICY;
pub type PWDF_INTERRUPT_EXTENDED_POLICY = *mut _WDF_INTERRUPT_EXTENDED_POLICY;
pub mod _WDF_REQUEST_TYPE {
    pub type Type = i32;
    pub const WdfRequestTypeCreate: Type = 0;
    pub const WdfRequestTypeCreateNamedPipe: Type = 1;
    pub const WdfRequestTypeClose: Type = 2;
    pub const WdfRequestTypeRead: Type = 3;
    pub const WdfRequestTypeWrite: Type = 4;
    pub const WdfRequestTypeQueryInformation: Type = 5;
    pub const WdfRequestTypeSetInformation: Type = 6;
    pub const WdfRequestTypeQueryEA: Type = 7;
    pub const WdfRequestTypeSetEA: Type = 8;
    pub const WdfRequestTypeFlushBuffers: Type = 9;
    pub const WdfRequestTypeQueryVolumeInformation: Type = 10;
    pub const WdfRequestTypeSetVolumeInformation: Type = 11;
    pub const WdfRequestTypeDirectoryControl: Type = 12;
    pub const WdfRequestTypeFileSystemControl: Type = 13;
    pub const WdfRequestTypeDeviceControl: Type = 14;
    pub const WdfRequestTypeDeviceControlInternal: Type = 15;
    pub const WdfRequestTypeShutdown: Type = 16;
    pub const WdfRequestTypeLockControl: Type = 17;
    pub const WdfRequestTypeCleanup: Type = 18;
    pub const WdfRequestTypeCreateMailSlot: Type = 19;
    pub const WdfRequestTypeQuerySecurity: Type = 20;
    pub const WdfRequestTypeSetSecurity: Type = 21;
    pub const WdfRequestTypePower: Type = 22;
    pub const WdfRequestTypeSystemControl: Type = 23;
    pub const WdfRequestTypeDeviceChange: Type = 24;
    pub const WdfRequestTypeQueryQuota: Type = 25;
    pub const WdfRequestTypeSetQuota: Type = 26;
    pub const WdfRequestTypePnp: Type = 27;
    pub const WdfRequestTypeOther: Type = 28;
    pub const WdfRequestTypeUsb: Type = 64;
    pub const WdfRequestTypeNoFormat: Type = 255;
    pub const WdfRequestTypeMax: Type = 256;
}
pub mod _WDF_REQUEST_REUSE_FLAGS {
    pub type Type = i32;
    pub const WDF_REQUEST_REUSE_NO_FLAGS: Type = 0;
    pub const WDF_REQUEST_REUSE_SET_NEW_IRP: Type = 1;
}
pub use self::_WDF_REQUEST_REUSE_FLAGS::Type as WDF_REQUEST_REUSE_FLAGS;
pub mod _WDF_REQUEST_STOP_ACTION_FLAGS {
    pub type Type = i32;
    pub const WdfRequestStopActionInvalid: Type = 0;
    pub const WdfRequestStopActionSuspend: Type = 1;
    pub const WdfRequestStopActionPurge: Type = 2;
    pub const WdfRequestStopRequestCancelable: Type = 268435456;
}
pub use self::_WDF_REQUEST_STOP_ACTION_FLAGS::Type as WDF_REQUEST_STOP_ACTION_FLAGS;
pub mod _WDF_REQUEST_SEND_OPTIONS_FLAGS {
    pub type Type = i32;
    pub const WDF_REQUEST_SEND_OPTION_TIMEOUT: Type = 1;
    pub const WDF_REQUEST_SEND_OPTION_SYNCHRONOUS: Type = 2;
    pub const WDF_REQUEST_SEND_OPTION_IGNORE_TARGET_STATE: Type = 4;
    pub const WDF_REQUEST_SEND_OPTION_SEND_AND_FORGET: Type = 8;
    pub const WDF_REQUEST_SEND_OPTION_IMPERSONATE_CLIENT: Type = 65536;
    pub const WDF_REQUEST_SEND_OPTION_IMPERSONATION_IGNORE_FAILURE: Type = 131072;
}
pub use self::_WDF_REQUEST_SEND_OPTIONS_FLAGS::Type as WDF_REQUEST_SEND_OPTIONS_FLAGS;
pub type PFN_WDF_REQUEST_CANCEL = Option<unsafe extern "C" fn(arg1: WDFREQUEST)>;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS {
    pub Size: USHORT,
    pub MinorFunction: UCHAR,
    pub Type: WDF_REQUEST_TYPE,
    pub Parameters: _WDF_REQUEST_PARAMETERS__bindgen_ty_1,
}
impl Default for _WDF_REQUEST_PARAMETERS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_PARAMETERS__bindgen_ty_1 {
    pub Create: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1,
    pub Read: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2,
    pub Write: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3,
    pub DeviceIoControl: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4,
    pub Others: _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5,
}
impl Default for _WDF_REQUEST_PARAMETERS__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1 {
    pub SecurityContext: PIO_SECURITY_CONTEXT,
    pub Options: ULONG,
    pub __bindgen_padding_0: [u16; 2usize],
    pub FileAttributes: USHORT,
    pub ShareAccess: USHORT,
    pub __bindgen_padding_1: u32,
    pub EaLength: ULONG,
}
impl Default for _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_2 {
    pub Length: usize,
    pub Key: ULONG,
    pub DeviceOffset: LONGLONG,
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_3 {
    pub Length: usize,
    pub Key: ULONG,
    pub DeviceOffset: LONGLONG,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
    pub OutputBufferLength: usize,
    pub InputBufferLength: usize,
    pub IoControlCode: ULONG,
    pub Type3InputBuffer: PVOID,
}
impl Default for _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_4 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5 {
    pub Arg1: PVOID,
    pub Arg2: PVOID,
    pub IoControlCode: ULONG,
    pub Arg4: PVOID,
}
impl Default for _WDF_REQUEST_PARAMETERS__bindgen_ty_1__bindgen_ty_5 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_REQUEST_PARAMETERS = _WDF_REQUEST_PARAMETERS;
pub type PWDF_REQUEST_PARAMETERS = *mut _WDF_REQUEST_PARAMETERS;
#[repr(C)]
#[derive(Debug)]
pub struct _WDF_USB_REQUEST_COMPLETION_PARAMS {
    _unused: [u8; 0],
}
pub type PWDF_USB_REQUEST_COMPLETION_PARAMS = *mut _WDF_USB_REQUEST_COMPLETION_PARAMS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS {
    pub Size: ULONG,
    pub Type: WDF_REQUEST_TYPE,
    pub IoStatus: IO_STATUS_BLOCK,
    pub Parameters: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1 {
    pub Write: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1,
    pub Read: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2,
    pub Ioctl: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3,
    pub Others: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4,
    pub Usb: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1 {
    pub Buffer: WDFMEMORY,
    pub Length: usize,
    pub Offset: usize,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2 {
    pub Buffer: WDFMEMORY,
    pub Length: usize,
    pub Offset: usize,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_2 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3 {
    pub IoControlCode: ULONG,
    pub Input: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_1,
    pub Output: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_2,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_1 {
    pub Buffer: WDFMEMORY,
    pub Offset: usize,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_3__bindgen_ty_2 {
    pub Buffer: WDFMEMORY,
    pub Offset: usize,
    pub Length: usize,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4 {
    pub Argument1: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_1,
    pub Argument2: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_2,
    pub Argument3: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_3,
    pub Argument4: _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_4,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_1 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_2 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_3 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_4__bindgen_ty_4 {
    pub Ptr: PVOID,
    pub Value: ULONG_PTR,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5 {
    pub Completion: PWDF_USB_REQUEST_COMPLETION_PARAMS,
}
impl Default for _WDF_REQUEST_COMPLETION_PARAMS__bindgen_ty_1__bindgen_ty_5 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_REQUEST_COMPLETION_PARAMS = _WDF_REQUEST_COMPLETION_PARAMS;
pub type PWDF_REQUEST_COMPLETION_PARAMS = *mut _WDF_REQUEST_COMPLETION_PARAMS;
pub type PFN_WDF_REQUEST_COMPLETION_ROUTINE = Option<
    unsafe extern "C" fn(
        arg1: WDFREQUEST,
        arg2: WDFIOTARGET,
        arg3: PWDF_REQUEST_COMPLETION_PARAMS,
        arg4: WDFCONTEXT,
    ),
>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_REQUEST_REUSE_PARAMS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Status: NTSTATUS,
    pub NewIrp: PIRP,
}
impl Default for _WDF_REQUEST_REUSE_PARAMS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_REQUEST_REUSE_PARAMS = _WDF_REQUEST_REUSE_PARAMS;
pub type PWDF_REQUEST_REUSE_PARAMS = *mut _WDF_REQUEST_REUSE_PARAMS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_REQUEST_SEND_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Timeout: LONGLONG,
}
pub type WDF_REQUEST_SEND_OPTIONS = _WDF_REQUEST_SEND_OPTIONS;
pub type PWDF_REQUEST_SEND_OPTIONS = *mut _WDF_REQUEST_SEND_OPTIONS;
pub mod _WDF_REQUEST_FORWARD_OPTIONS_FLAGS {
    pub type Type = i32;
    pub const WDF_REQUEST_FORWARD_OPTION_SEND_AND_FORGET: Type = 1;
}
pub use self::_WDF_REQUEST_FORWARD_OPTIONS_FLAGS::Type as WDF_REQUEST_FORWARD_OPTIONS_FLAGS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_REQUEST_FORWARD_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
}
pub type WDF_REQUEST_FORWARD_OPTIONS = _WDF_REQUEST_FORWARD_OPTIONS;
pub type PWDF_REQUEST_FORWARD_OPTIONS = *mut _WDF_REQUEST_FORWARD_OPTIONS;
pub mod _WDF_IO_TARGET_STATE {
    pub type Type = i32;
    pub const WdfIoTargetStateUndefined: Type = 0;
    pub const WdfIoTargetStarted: Type = 1;
    pub const WdfIoTargetStopped: Type = 2;
    pub const WdfIoTargetClosedForQueryRemove: Type = 3;
    pub const WdfIoTargetClosed: Type = 4;
    pub const WdfIoTargetDeleted: Type = 5;
    pub const WdfIoTargetPurged: Type = 6;
}
pub use self::_WDF_IO_TARGET_STATE::Type as WDF_IO_TARGET_STATE;
pub type PWDF_IO_TARGET_STATE = *mut _WDF_IO_TARGET_STATE::Type;
pub mod _WDF_IO_TARGET_OPEN_TYPE {
    pub type Type = i32;
    pub const WdfIoTargetOpenUndefined: Type = 0;
    pub const WdfIoTargetOpenUseExistingDevice: Type = 1;
    pub const WdfIoTargetOpenByName: Type = 2;
    pub const WdfIoTargetOpenReopen: Type = 3;
    pub const WdfIoTargetOpenLocalTargetByFile: Type = 4;
}
pub use self::_WDF_IO_TARGET_OPEN_TYPE::Type as WDF_IO_TARGET_OPEN_TYPE;
pub mod _WDF_IO_TARGET_SENT_IO_ACTION {
    pub type Type = i32;
    pub const WdfIoTargetSentIoUndefined: Type = 0;
    pub const WdfIoTargetCancelSentIo: Type = 1;
    pub const WdfIoTargetWaitForSentIoToComplete: Type = 2;
    pub const WdfIoTargetLeaveSentIoPending: Type = 3;
}
pub use self::_WDF_IO_TARGET_SENT_IO_ACTION::Type as WDF_IO_TARGET_SENT_IO_ACTION;
pub mod _WDF_IO_TARGET_PURGE_IO_ACTION {
    pub type Type = i32;
    pub const WdfIoTargetPurgeIoUndefined: Type = 0;
    pub const WdfIoTargetPurgeIoAndWait: Type = 1;
    pub const WdfIoTargetPurgeIo: Type = 2;
}
pub use self::_WDF_IO_TARGET_PURGE_IO_ACTION::Type as WDF_IO_TARGET_PURGE_IO_ACTION;
pub type PFN_WDF_IO_TARGET_QUERY_REMOVE =
    Option<unsafe extern "C" fn(arg1: WDFIOTARGET) -> NTSTATUS>;
pub type PFN_WDF_IO_TARGET_REMOVE_CANCELED = Option<unsafe extern "C" fn(arg1: WDFIOTARGET)>;
pub type PFN_WDF_IO_TARGET_REMOVE_COMPLETE = Option<unsafe extern "C" fn(arg1: WDFIOTARGET)>;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_IO_TARGET_OPEN_PARAMS {
    pub Size: ULONG,
    pub Type: WDF_IO_TARGET_OPEN_TYPE,
    pub EvtIoTargetQueryRemove: PFN_WDF_IO_TARGET_QUERY_REMOVE,
    pub EvtIoTargetRemoveCanceled: PFN_WDF_IO_TARGET_REMOVE_CANCELED,
    pub EvtIoTargetRemoveComplete: PFN_WDF_IO_TARGET_REMOVE_COMPLETE,
    pub TargetDeviceObject: PDEVICE_OBJECT,
    pub TargetFileObject: PFILE_OBJECT,
    pub TargetDeviceName: UNICODE_STRING,
    pub DesiredAccess: ACCESS_MASK,
    pub ShareAccess: ULONG,
    pub FileAttributes: ULONG,
    pub CreateDisposition: ULONG,
    pub CreateOptions: ULONG,
    pub EaBuffer: PVOID,
    pub EaBufferLength: ULONG,
    pub AllocationSize: PLONGLONG,
    pub FileInformation: ULONG,
    pub FileName: UNICODE_STRING,
}
impl Default for _WDF_IO_TARGET_OPEN_PARAMS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_IO_TARGET_OPEN_PARAMS = _WDF_IO_TARGET_OPEN_PARAMS;
pub type PWDF_IO_TARGET_OPEN_PARAMS = *mut _WDF_IO_TARGET_OPEN_PARAMS;
pub mod _WDF_IO_QUEUE_DISPATCH_TYPE {
    pub type Type = i32;
    pub const WdfIoQueueDispatchInvalid: Type = 0;
    pub const WdfIoQueueDispatchSequential: Type = 1;
    pub const WdfIoQueueDispatchParallel: Type = 2;
    pub const WdfIoQueueDispatchManual: Type = 3;
    pub const WdfIoQueueDispatchMax: Type = 4;
}
pub use self::_WDF_IO_QUEUE_DISPATCH_TYPE::Type as WDF_IO_QUEUE_DISPATCH_TYPE;
pub mod _WDF_IO_QUEUE_STATE {
    pub type Type = i32;
    pub const WdfIoQueueAcceptRequests: Type = 1;
    pub const WdfIoQueueDispatchRequests: Type = 2;
    pub const WdfIoQueueNoRequests: Type = 4;
    pub const WdfIoQueueDriverNoRequests: Type = 8;
    pub const WdfIoQueuePnpHeld: Type = 16;
}
pub use self::_WDF_IO_QUEUE_STATE::Type as WDF_IO_QUEUE_STATE;
pub type PFN_WDF_IO_QUEUE_IO_DEFAULT =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_STOP =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: ULONG)>;
pub type PFN_WDF_IO_QUEUE_IO_RESUME =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_IO_READ =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize)>;
pub type PFN_WDF_IO_QUEUE_IO_WRITE =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize)>;
pub type PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL = Option<
    unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize, arg4: usize, arg5: ULONG),
>;
pub type PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL = Option<
    unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST, arg3: usize, arg4: usize, arg5: ULONG),
>;
pub type PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST)>;
pub type PFN_WDF_IO_QUEUE_STATE = Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFCONTEXT)>;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG {
    pub Size: ULONG,
    pub DispatchType: WDF_IO_QUEUE_DISPATCH_TYPE,
    pub PowerManaged: WDF_TRI_STATE,
    pub AllowZeroLengthRequests: BOOLEAN,
    pub DefaultQueue: BOOLEAN,
    pub EvtIoDefault: PFN_WDF_IO_QUEUE_IO_DEFAULT,
    pub EvtIoRead: PFN_WDF_IO_QUEUE_IO_READ,
    pub EvtIoWrite: PFN_WDF_IO_QUEUE_IO_WRITE,
    pub EvtIoDeviceControl: PFN_WDF_IO_QUEUE_IO_DEVICE_CONTROL,
    pub EvtIoInternalDeviceControl: PFN_WDF_IO_QUEUE_IO_INTERNAL_DEVICE_CONTROL,
    pub EvtIoStop: PFN_WDF_IO_QUEUE_IO_STOP,
    pub EvtIoResume: PFN_WDF_IO_QUEUE_IO_RESUME,
    pub EvtIoCanceledOnQueue: PFN_WDF_IO_QUEUE_IO_CANCELED_ON_QUEUE,
    pub Settings: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1,
    pub Driver: WDFDRIVER,
}
impl Default for _WDF_IO_QUEUE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_IO_QUEUE_CONFIG__bindgen_ty_1 {
    pub Parallel: _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1,
}
impl Default for _WDF_IO_QUEUE_CONFIG__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_IO_QUEUE_CONFIG__bindgen_ty_1__bindgen_ty_1 {
    pub NumberOfPresentedRequests: ULONG,
}
pub type WDF_IO_QUEUE_CONFIG = _WDF_IO_QUEUE_CONFIG;
pub type PWDF_IO_QUEUE_CONFIG = *mut _WDF_IO_QUEUE_CONFIG;
pub mod _WDF_IO_FORWARD_PROGRESS_ACTION {
    pub type Type = i32;
    pub const WdfIoForwardProgressActionInvalid: Type = 0;
    pub const WdfIoForwardProgressActionFailRequest: Type = 1;
    pub const WdfIoForwardProgressActionUseReservedRequest: Type = 2;
}
pub use self::_WDF_IO_FORWARD_PROGRESS_ACTION::Type as WDF_IO_FORWARD_PROGRESS_ACTION;
pub mod _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY {
    pub type Type = i32;
    pub const WdfIoForwardProgressInvalidPolicy: Type = 0;
    pub const WdfIoForwardProgressReservedPolicyAlwaysUseReservedRequest: Type = 1;
    pub const WdfIoForwardProgressReservedPolicyUseExamine: Type = 2;
    pub const WdfIoForwardProgressReservedPolicyPagingIO: Type = 3;
}
pub use self::_WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY::Type as WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY;
pub type PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: WDFREQUEST) -> NTSTATUS>;
pub type PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS =
    Option<unsafe extern "C" fn(arg1: WDFQUEUE, arg2: PIRP) -> WDF_IO_FORWARD_PROGRESS_ACTION>;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS {
    pub Policy: _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS__bindgen_ty_1,
}
impl Default for _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Copy, Clone)]
pub union _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS__bindgen_ty_1 {
    pub ExaminePolicy:
        _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS__bindgen_ty_1__bindgen_ty_1,
}
impl Default for _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS__bindgen_ty_1 {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS__bindgen_ty_1__bindgen_ty_1 {
    pub EvtIoWdmIrpForForwardProgress: PFN_WDF_IO_WDM_IRP_FOR_FORWARD_PROGRESS,
}
pub type WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS =
    _WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY {
    pub Size: ULONG,
    pub TotalForwardProgressRequests: ULONG,
    pub ForwardProgressReservedPolicy: WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY,
    pub ForwardProgressReservePolicySettings: WDF_IO_FORWARD_PROGRESS_RESERVED_POLICY_SETTINGS,
    pub EvtIoAllocateResourcesForReservedRequest:
        PFN_WDF_IO_ALLOCATE_RESOURCES_FOR_RESERVED_REQUEST,
    pub EvtIoAllocateRequestResources: PFN_WDF_IO_ALLOCATE_REQUEST_RESOURCES,
}
impl Default for _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY = _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY;
pub type PWDF_IO_QUEUE_FORWARD_PROGRESS_POLICY = *mut _WDF_IO_QUEUE_FORWARD_PROGRESS_POLICY;
pub type PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFIORESREQLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES = Option<
    unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFCMRESLIST, arg3: WDFCMRESLIST) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_FDO_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceFilterAddResourceRequirements: PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS,
    pub EvtDeviceFilterRemoveResourceRequirements: PFN_WDF_DEVICE_FILTER_RESOURCE_REQUIREMENTS,
    pub EvtDeviceRemoveAddedResources: PFN_WDF_DEVICE_REMOVE_ADDED_RESOURCES,
}
pub type WDF_FDO_EVENT_CALLBACKS = _WDF_FDO_EVENT_CALLBACKS;
pub type PWDF_FDO_EVENT_CALLBACKS = *mut _WDF_FDO_EVENT_CALLBACKS;
pub type PFN_WDF_DEVICE_RESOURCES_QUERY =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFCMRESLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: WDFIORESREQLIST) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_EJECT = Option<unsafe extern "C" fn(arg1: WDFDEVICE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_SET_LOCK =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: BOOLEAN) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_ENABLE_WAKE_AT_BUS =
    Option<unsafe extern "C" fn(arg1: WDFDEVICE, arg2: SYSTEM_POWER_STATE) -> NTSTATUS>;
pub type PFN_WDF_DEVICE_DISABLE_WAKE_AT_BUS = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub type PFN_WDF_DEVICE_REPORTED_MISSING = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_PDO_EVENT_CALLBACKS {
    pub Size: ULONG,
    pub EvtDeviceResourcesQuery: PFN_WDF_DEVICE_RESOURCES_QUERY,
    pub EvtDeviceResourceRequirementsQuery: PFN_WDF_DEVICE_RESOURCE_REQUIREMENTS_QUERY,
    pub EvtDeviceEject: PFN_WDF_DEVICE_EJECT,
    pub EvtDeviceSetLock: PFN_WDF_DEVICE_SET_LOCK,
    pub EvtDeviceEnableWakeAtBus: PFN_WDF_DEVICE_ENABLE_WAKE_AT_BUS,
    pub EvtDeviceDisableWakeAtBus: PFN_WDF_DEVICE_DISABLE_WAKE_AT_BUS,
    pub EvtDeviceReportedMissing: PFN_WDF_DEVICE_REPORTED_MISSING,
}
pub type WDF_PDO_EVENT_CALLBACKS = _WDF_PDO_EVENT_CALLBACKS;
pub type PWDF_PDO_EVENT_CALLBACKS = *mut _WDF_PDO_EVENT_CALLBACKS;
pub type PFN_WDF_DEVICE_SHUTDOWN_NOTIFICATION = Option<unsafe extern "C" fn(arg1: WDFDEVICE)>;
pub mod _WDF_DEVICE_SHUTDOWN_FLAGS {
    pub type Type = i32;
    pub const WdfDeviceShutdown: Type = 1;
    pub const WdfDeviceLastChanceShutdown: Type = 2;
}
pub use self::_WDF_DEVICE_SHUTDOWN_FLAGS::Type as WDF_DEVICE_SHUTDOWN_FLAGS;
pub mod _WDF_WMI_PROVIDER_CONTROL {
    pub type Type = i32;
    pub const WdfWmiControlInvalid: Type = 0;
    pub const WdfWmiEventControl: Type = 1;
    pub const WdfWmiInstanceControl: Type = 2;
}
pub use self::_WDF_WMI_PROVIDER_CONTROL::Type as WDF_WMI_PROVIDER_CONTROL;
pub mod _WDF_WMI_PROVIDER_FLAGS {
    pub type Type = i32;
    pub const WdfWmiProviderEventOnly: Type = 1;
    pub const WdfWmiProviderExpensive: Type = 2;
    pub const WdfWmiProviderTracing: Type = 4;
    pub const WdfWmiProviderValidFlags: Type = 7;
}
pub use self::_WDF_WMI_PROVIDER_FLAGS::Type as WDF_WMI_PROVIDER_FLAGS;
pub type PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE = Option<
    unsafe extern "C" fn(arg1: WDFWMIINSTANCE, arg2: ULONG, arg3: PVOID, arg4: PULONG) -> NTSTATUS,
>;
pub type PFN_WDF_WMI_INSTANCE_SET_INSTANCE =
    Option<unsafe extern "C" fn(arg1: WDFWMIINSTANCE, arg2: ULONG, arg3: PVOID) -> NTSTATUS>;
pub type PFN_WDF_WMI_INSTANCE_SET_ITEM = Option<
    unsafe extern "C" fn(arg1: WDFWMIINSTANCE, arg2: ULONG, arg3: ULONG, arg4: PVOID) -> NTSTATUS,
>;
pub type PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD = Option<
    unsafe extern "C" fn(
        arg1: WDFWMIINSTANCE,
        arg2: ULONG,
        arg3: ULONG,
        arg4: ULONG,
        arg5: PVOID,
        arg6: PULONG,
    ) -> NTSTATUS,
>;
pub type PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL = Option<
    unsafe extern "C" fn(
        arg1: WDFWMIPROVIDER,
        arg2: WDF_WMI_PROVIDER_CONTROL,
        arg3: BOOLEAN,
    ) -> NTSTATUS,
>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_WMI_PROVIDER_CONFIG {
    pub Size: ULONG,
    pub Guid: GUID,
    pub Flags: ULONG,
    pub MinInstanceBufferSize: ULONG,
    pub EvtWmiProviderFunctionControl: PFN_WDF_WMI_PROVIDER_FUNCTION_CONTROL,
}
pub type WDF_WMI_PROVIDER_CONFIG = _WDF_WMI_PROVIDER_CONFIG;
pub type PWDF_WMI_PROVIDER_CONFIG = *mut _WDF_WMI_PROVIDER_CONFIG;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_WMI_INSTANCE_CONFIG {
    pub Size: ULONG,
    pub Provider: WDFWMIPROVIDER,
    pub ProviderConfig: PWDF_WMI_PROVIDER_CONFIG,
    pub UseContextForQuery: BOOLEAN,
    pub Register: BOOLEAN,
    pub EvtWmiInstanceQueryInstance: PFN_WDF_WMI_INSTANCE_QUERY_INSTANCE,
    pub EvtWmiInstanceSetInstance: PFN_WDF_WMI_INSTANCE_SET_INSTANCE,
    pub EvtWmiInstanceSetItem: PFN_WDF_WMI_INSTANCE_SET_ITEM,
    pub EvtWmiInstanceExecuteMethod: PFN_WDF_WMI_INSTANCE_EXECUTE_METHOD,
}
impl Default for _WDF_WMI_INSTANCE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_WMI_INSTANCE_CONFIG = _WDF_WMI_INSTANCE_CONFIG;
pub type PWDF_WMI_INSTANCE_CONFIG = *mut _WDF_WMI_INSTANCE_CONFIG;
pub mod _WDF_DMA_PROFILE {
    pub type Type = i32;
    pub const WdfDmaProfileInvalid: Type = 0;
    pub const WdfDmaProfilePacket: Type = 1;
    pub const WdfDmaProfileScatterGather: Type = 2;
    pub const WdfDmaProfilePacket64: Type = 3;
    pub const WdfDmaProfileScatterGather64: Type = 4;
    pub const WdfDmaProfileScatterGatherDuplex: Type = 5;
    pub const WdfDmaProfileScatterGather64Duplex: Type = 6;
    pub const WdfDmaProfileSystem: Type = 7;
    pub const WdfDmaProfileSystemDuplex: Type = 8;
}
pub use self::_WDF_DMA_PROFILE::Type as WDF_DMA_PROFILE;
pub mod _WDF_DMA_DIRECTION {
    pub type Type = i32;
    pub const WdfDmaDirectionReadFromDevice: Type = 0;
    pub const WdfDmaDirectionWriteToDevice: Type = 1;
}
pub use self::_WDF_DMA_DIRECTION::Type as WDF_DMA_DIRECTION;
pub type PFN_WDF_DMA_ENABLER_FILL = Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_FLUSH = Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_ENABLE = Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_DISABLE =
    Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_START =
    Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub type PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP =
    Option<unsafe extern "C" fn(arg1: WDFDMAENABLER) -> NTSTATUS>;
pub mod _WDF_DMA_ENABLER_CONFIG_FLAGS {
    pub type Type = i32;
    pub const WDF_DMA_ENABLER_CONFIG_NO_SGLIST_PREALLOCATION: Type = 1;
    pub const WDF_DMA_ENABLER_CONFIG_REQUIRE_SINGLE_TRANSFER: Type = 2;
}
pub use self::_WDF_DMA_ENABLER_CONFIG_FLAGS::Type as WDF_DMA_ENABLER_CONFIG_FLAGS;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _WDF_DMA_ENABLER_CONFIG {
    pub Size: ULONG,
    pub Profile: WDF_DMA_PROFILE,
    pub MaximumLength: usize,
    pub EvtDmaEnablerFill: PFN_WDF_DMA_ENABLER_FILL,
    pub EvtDmaEnablerFlush: PFN_WDF_DMA_ENABLER_FLUSH,
    pub EvtDmaEnablerDisable: PFN_WDF_DMA_ENABLER_DISABLE,
    pub EvtDmaEnablerEnable: PFN_WDF_DMA_ENABLER_ENABLE,
    pub EvtDmaEnablerSelfManagedIoStart: PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_START,
    pub EvtDmaEnablerSelfManagedIoStop: PFN_WDF_DMA_ENABLER_SELFMANAGED_IO_STOP,
    pub AddressWidthOverride: ULONG,
    pub WdmDmaVersionOverride: ULONG,
    pub Flags: ULONG,
}
impl Default for _WDF_DMA_ENABLER_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DMA_ENABLER_CONFIG = _WDF_DMA_ENABLER_CONFIG;
pub type PWDF_DMA_ENABLER_CONFIG = *mut _WDF_DMA_ENABLER_CONFIG;
#[repr(C)]
#[derive(Copy, Clone)]
pub struct _WDF_DMA_SYSTEM_PROFILE_CONFIG {
    pub Size: ULONG,
    pub DemandMode: BOOLEAN,
    pub LoopedTransfer: BOOLEAN,
    pub DmaWidth: DMA_WIDTH,
    pub DeviceAddress: PHYSICAL_ADDRESS,
    pub DmaDescriptor: PCM_PARTIAL_RESOURCE_DESCRIPTOR,
}
impl Default for _WDF_DMA_SYSTEM_PROFILE_CONFIG {
    fn default() -> Self {
        let mut s = ::core::mem::MaybeUninit::<Self>::uninit();
        unsafe {
            ::core::ptr::write_bytes(s.as_mut_ptr(), 0, 1);
            s.assume_init()
        }
    }
}
pub type WDF_DMA_SYSTEM_PROFILE_CONFIG = _WDF_DMA_SYSTEM_PROFILE_CONFIG;
pub type PWDF_DMA_SYSTEM_PROFILE_CONFIG = *mut _WDF_DMA_SYSTEM_PROFILE_CONFIG;
pub type PFN_WDF_PROGRAM_DMA = Option<
    unsafe extern "C" fn(
        arg1: WDFDMATRANSACTION,
        arg2: WDFDEVICE,
        arg3: WDFCONTEXT,
        arg4: WDF_DMA_DIRECTION,
        arg5: PSCATTER_GATHER_LIST,
    ) -> BOOLEAN,
>;
pub type PFN_WDF_DMA_TRANSACTION_CONFIGURE_DMA_CHANNEL = Option<
    unsafe extern "C" fn(
        arg1: WDFDMATRANSACTION,
        arg2: WDFDEVICE,
        arg3: PVOID,
        arg4: PMDL,
        arg5: usize,
        arg6: usize,
    ) -> BOOLEAN,
>;
pub type PFN_WDF_DMA_TRANSACTION_DMA_TRANSFER_COMPLETE = Option<
    unsafe extern "C" fn(
        arg1: WDFDMATRANSACTION,
        arg2: WDFDEVICE,
        arg3: WDFCONTEXT,
        arg4: WDF_DMA_DIRECTION,
        arg5: DMA_COMPLETION_STATUS::Type,
    ),
>;
pub type PFN_WDF_RESERVE_DMA = Option<unsafe extern "C" fn(arg1: WDFDMATRANSACTION, arg2: PVOID)>;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_COMMON_BUFFER_CONFIG {
    pub Size: ULONG,
    pub AlignmentRequirement: ULONG,
}
pub type WDF_COMMON_BUFFER_CONFIG = _WDF_COMMON_BUFFER_CONFIG;
pub type PWDF_COMMON_BUFFER_CONFIG = *mut _WDF_COMMON_BUFFER_CONFIG;
pub mod _WDF_BUGCHECK_CODES {
    pub type Type = i32;
    pub const WDF_POWER_ROUTINE_TIMED_OUT: Type = 1;
    pub const WDF_RECURSIVE_LOCK: Type = 2;
    pub const WDF_VERIFIER_FATAL_ERROR: Type = 3;
    pub const WDF_REQUIRED_PARAMETER_IS_NULL: Type = 4;
    pub const WDF_INVALID_HANDLE: Type = 5;
    pub const WDF_REQUEST_FATAL_ERROR: Type = 6;
    pub const WDF_OBJECT_ERROR: Type = 7;
    pub const WDF_DMA_FATAL_ERROR: Type = 8;
    pub const WDF_INVALID_INTERRUPT: Type = 9;
    pub const WDF_QUEUE_FATAL_ERROR: Type = 10;
    pub const WDF_INVALID_LOCK_OPERATION: Type = 11;
    pub const WDF_PNP_FATAL_ERROR: Type = 12;
    pub const WDF_POWER_MULTIPLE_PPO: Type = 13;
    pub const WDF_VERIFIER_IRQL_MISMATCH: Type = 14;
    pub const WDF_VERIFIER_CRITICAL_REGION_MISMATCH: Type = 15;
    pub const WDF_API_UNAVAILABLE: Type = 16;
}
pub use self::_WDF_BUGCHECK_CODES::Type as WDF_BUGCHECK_CODES;
pub mod _WDF_REQUEST_FATAL_ERROR_CODES {
    pub type Type = i32;
    pub const WDF_REQUEST_FATAL_ERROR_NO_MORE_STACK_LOCATIONS: Type = 1;
    pub const WDF_REQUEST_FATAL_ERROR_NULL_IRP: Type = 2;
    pub const WDF_REQUEST_FATAL_ERROR_REQUEST_ALREADY_SENT: Type = 3;
    pub const WDF_REQUEST_FATAL_ERROR_INFORMATION_LENGTH_MISMATCH: Type = 4;
    pub const WDF_REQUEST_FATAL_ERROR_REQUEST_NOT_IN_QUEUE: Type = 5;
}
pub use self::_WDF_REQUEST_FATAL_ERROR_CODES::Type as WDF_REQUEST_FATAL_ERROR_CODES;
pub mod _WDF_TASK_SEND_OPTIONS_FLAGS {
    pub type Type = i32;
    pub const WDF_TASK_SEND_OPTION_TIMEOUT: Type = 1;
    pub const WDF_TASK_SEND_OPTION_SYNCHRONOUS: Type = 2;
}
pub use self::_WDF_TASK_SEND_OPTIONS_FLAGS::Type as WDF_TASK_SEND_OPTIONS_FLAGS;
#[repr(C)]
#[derive(Debug, Default, Copy, Clone)]
pub struct _WDF_TASK_SEND_OPTIONS {
    pub Size: ULONG,
    pub Flags: ULONG,
    pub Timeout: LONGLONG,
}
pub type WDF_TASK_SEND_OPTIONS = _WDF_TASK_SEND_OPTIONS;
pub type PWDF_TASK_SEND_OPTIONS = *mut _WDF_TASK_SEND_OPTIONS;
