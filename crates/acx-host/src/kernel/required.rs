//! Pointers that KMDF's functions require: a null one is a bug check, WDF_VIOLATION (4, ...), with
//! or without the verifier.
//!
//! Source: the calls of `FxPointerNotNull` in the framework's public source (KMDF 1.33), but for
//! those that depend on another argument. Handles and init objects have checks of their own.

/// The framework functions with required pointers: the places of those among the arguments, without
/// the driver's globals.
const REQUIRED: &[(&str, &[u32])] = &[
    ("WdfChildListAddOrUpdateChildDescriptionAsPresent", &[1]),
    ("WdfChildListBeginIteration", &[1]),
    ("WdfChildListCreate", &[1, 3]),
    ("WdfChildListEndIteration", &[1]),
    ("WdfChildListRetrieveNextDevice", &[1, 2]),
    ("WdfChildListRetrievePdo", &[1]),
    ("WdfChildListUpdateChildDescriptionAsMissing", &[1]),
    ("WdfCmResourceListRemoveByDescriptor", &[1]),
    ("WdfCollectionCreate", &[1]),
    ("WdfControlDeviceInitAllocate", &[1]),
    ("WdfControlDeviceInitSetShutdownNotification", &[1]),
    ("WdfDeviceAddQueryInterface", &[1]),
    ("WdfDeviceAllocAndQueryProperty", &[4]),
    ("WdfDeviceAllocAndQueryPropertyEx", &[1, 4, 5]),
    ("WdfDeviceAssignProperty", &[1]),
    ("WdfDeviceAssignS0IdleSettings", &[1]),
    ("WdfDeviceAssignSxWakeSettings", &[1]),
    ("WdfDeviceCreate", &[0, 2]),
    ("WdfDeviceCreateDeviceInterface", &[1]),
    ("WdfDeviceCreateSymbolicLink", &[1]),
    ("WdfDeviceGetDeviceState", &[1]),
    ("WdfDeviceInitAssignWdmIrpPreprocessCallback", &[1]),
    ("WdfDeviceInitSetDeviceClass", &[1]),
    ("WdfDeviceInitSetFileObjectConfig", &[1]),
    ("WdfDeviceInitSetIoInCallerContextCallback", &[1]),
    ("WdfDeviceInitSetPnpPowerEventCallbacks", &[1]),
    ("WdfDeviceInitSetPowerPolicyEventCallbacks", &[1]),
    ("WdfDeviceInitSetRemoveLockOptions", &[1]),
    ("WdfDeviceInitSetRequestAttributes", &[1]),
    ("WdfDeviceOpenRegistryKey", &[4]),
    ("WdfDeviceQueryProperty", &[4]),
    ("WdfDeviceQueryPropertyEx", &[1, 4, 5]),
    ("WdfDeviceRetrieveDeviceInterfaceString", &[1]),
    ("WdfDeviceSetBusInformationForChildren", &[1]),
    ("WdfDeviceSetDeviceState", &[1]),
    ("WdfDeviceSetPnpCapabilities", &[1]),
    ("WdfDeviceSetPowerCapabilities", &[1]),
    ("WdfDeviceWdmDispatchIrpToIoQueue", &[1]),
    ("WdfDeviceWdmDispatchPreprocessedIrp", &[1]),
    ("WdfDpcCreate", &[0, 2]),
    ("WdfDriverCreate", &[0, 1, 3]),
    ("WdfDriverIsVersionAvailable", &[1]),
    ("WdfDriverOpenParametersRegistryKey", &[3]),
    ("WdfDriverOpenPersistentStateRegistryKey", &[3]),
    ("WdfFdoInitAllocAndQueryProperty", &[4]),
    ("WdfFdoInitAllocAndQueryPropertyEx", &[1, 4]),
    ("WdfFdoInitOpenRegistryKey", &[4]),
    ("WdfFdoInitQueryProperty", &[4]),
    ("WdfFdoInitQueryPropertyEx", &[1, 4]),
    ("WdfFdoInitSetDefaultChildListConfig", &[1]),
    ("WdfFdoInitSetEventCallbacks", &[1]),
    ("WdfFdoQueryForInterface", &[1, 2]),
    ("WdfIoQueueCreate", &[1]),
    ("WdfIoQueueFindRequest", &[4]),
    ("WdfIoQueueRetrieveFoundRequest", &[2]),
    ("WdfIoQueueRetrieveNextRequest", &[1]),
    ("WdfIoQueueRetrieveRequestByFileObject", &[2]),
    ("WdfIoTargetAllocAndQueryTargetProperty", &[4]),
    ("WdfIoTargetCreate", &[2]),
    ("WdfIoTargetOpen", &[1]),
    ("WdfIoTargetQueryForInterface", &[1, 2]),
    ("WdfIoTargetQueryTargetProperty", &[4]),
    ("WdfLookasideListCreate", &[5]),
    ("WdfMemoryAssignBuffer", &[1]),
    ("WdfMemoryCopyFromBuffer", &[2]),
    ("WdfMemoryCopyToBuffer", &[2]),
    ("WdfMemoryCreate", &[4]),
    ("WdfMemoryCreateFromLookaside", &[1]),
    ("WdfMemoryCreatePreallocated", &[1, 3]),
    ("WdfObjectCreate", &[1]),
    ("WdfObjectGetTypedContextWorker", &[1]),
    ("WdfPdoInitAddCompatibleID", &[1]),
    ("WdfPdoInitAddDeviceText", &[1, 2]),
    ("WdfPdoInitAddHardwareID", &[1]),
    ("WdfPdoInitAssignContainerID", &[1]),
    ("WdfPdoInitAssignDeviceID", &[1]),
    ("WdfPdoInitAssignInstanceID", &[1]),
    ("WdfPdoInitAssignRawDevice", &[1]),
    ("WdfPdoInitSetEventCallbacks", &[1]),
    ("WdfPdoRetrieveIdentificationDescription", &[1]),
    ("WdfRegistryAssignMemory", &[1]),
    ("WdfRegistryAssignMultiString", &[1]),
    ("WdfRegistryAssignString", &[1]),
    ("WdfRegistryAssignULong", &[1]),
    ("WdfRegistryAssignUnicodeString", &[1, 2]),
    ("WdfRegistryAssignValue", &[1]),
    ("WdfRegistryCreateKey", &[1, 6]),
    ("WdfRegistryOpenKey", &[1, 4]),
    ("WdfRegistryQueryMemory", &[1, 4]),
    ("WdfRegistryQueryMultiString", &[1]),
    ("WdfRegistryQueryString", &[1]),
    ("WdfRegistryQueryULong", &[1, 2]),
    ("WdfRegistryQueryUnicodeString", &[1]),
    ("WdfRegistryQueryValue", &[1]),
    ("WdfRegistryRemoveValue", &[1]),
    ("WdfRequestCreate", &[2]),
    ("WdfRequestGetCompletionParams", &[1]),
    ("WdfRequestGetParameters", &[1]),
    ("WdfRequestMarkCancelable", &[1]),
    ("WdfRequestMarkCancelableEx", &[1]),
    ("WdfRequestProbeAndLockUserBufferForRead", &[1, 3]),
    ("WdfRequestProbeAndLockUserBufferForWrite", &[1, 3]),
    ("WdfRequestRetrieveInputBuffer", &[2]),
    ("WdfRequestRetrieveInputMemory", &[1]),
    ("WdfRequestRetrieveInputWdmMdl", &[1]),
    ("WdfRequestRetrieveOutputBuffer", &[2]),
    ("WdfRequestRetrieveOutputMemory", &[1]),
    ("WdfRequestRetrieveOutputWdmMdl", &[1]),
    ("WdfRequestRetrieveUnsafeUserInputBuffer", &[2]),
    ("WdfRequestRetrieveUnsafeUserOutputBuffer", &[2]),
    ("WdfRequestReuse", &[1]),
    ("WdfSpinLockCreate", &[1]),
    ("WdfStringCreate", &[2]),
    ("WdfStringGetUnicodeString", &[1]),
    ("WdfTimerCreate", &[0, 2]),
    ("WdfWaitLockCreate", &[1]),
    ("WdfWdmDeviceGetWdfDeviceHandle", &[0]),
    ("WdfWdmDriverGetWdfDriverHandle", &[0]),
    ("WdfWorkItemCreate", &[0, 2]),
];

/// Whether two names are the same, at compile time.
const fn is_same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// The arguments of the function `name` that must not be null: bit n is argument n.
pub(crate) const fn arguments(name: &str) -> u32 {
    let mut row = 0;
    while row < REQUIRED.len() {
        let (function, places) = REQUIRED[row];
        if is_same(function, name) {
            let (mut bits, mut at) = (0, 0);
            while at < places.len() {
                bits |= 1 << places[at];
                at += 1;
            }
            return bits;
        }
        row += 1;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn required_arguments_are_bits() {
        assert_eq!(arguments("WdfTimerCreate"), 0b101);
        assert_eq!(arguments("WdfTimerStop"), 0);
    }
}
