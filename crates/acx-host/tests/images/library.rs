//! Pool by its old names, MDLs, what the kernel exports as data, versions, feature staging, and ETW
//! and WPP, to which nobody listens.

use acx_host::{Machine, Rule};
use acx_sys::*;

use super::{Nt, breaks, drive, drive_in, of, out, wide};

const TAG: u64 = 0x7473_6574;

/// The bytes at an address.
fn bytes(at: u64, count: usize) -> Vec<u8> {
    // SAFETY: memory that the kernel has just given, of at least so many bytes.
    unsafe { std::slice::from_raw_parts(at as *const u8, count) }.to_vec()
}

#[test]
fn pool_is_filled_as_each_function_says() {
    const NON_PAGED: u64 = 512;
    const PAGED: u64 = 1;
    drive(|nt| {
        // Old pool has what was there before; ExAllocatePool3 zeroes, unless it is told not to.
        for (function, arguments, fill) in [
            ("ExAllocatePool", &[NON_PAGED, 16][..], 0xCD),
            ("ExAllocatePoolWithTag", &[PAGED, 16, TAG], 0xCD),
            ("ExAllocatePoolWithTagPriority", &[NON_PAGED, 16, TAG, 0], 0xCD),
            ("ExAllocatePoolWithQuotaTag", &[NON_PAGED | 8, 16, TAG], 0xCD),
            ("ExAllocatePool3", &[POOL_FLAG_NON_PAGED, 16, TAG, 0, 0], 0),
            ("ExAllocatePool3", &[POOL_FLAG_PAGED, 16, TAG, 0, 0], 0),
            ("ExAllocatePool3", &[POOL_FLAG_NON_PAGED | 2, 16, TAG, 0, 0], 0xCD),
        ] {
            let block = nt.call(function, arguments);
            assert_eq!(bytes(block, 16), [fill; 16], "{function}");
            if function == "ExAllocatePool3" {
                nt.call("ExFreePool2", &[block, TAG, 0, 0]);
            } else {
                nt.call("ExFreePool", &[block]);
            }
        }
        for (allocate, free) in [
            ("MmAllocateContiguousMemory", "MmFreeContiguousMemory"),
            ("MmAllocateContiguousMemorySpecifyCache", "MmFreeContiguousMemorySpecifyCache"),
        ] {
            // Of whole pages.
            let block = nt.call(allocate, &[100, u64::MAX, u64::MAX, 0, 0, 0]);
            assert!(block != 0 && block.is_multiple_of(4096));
            assert_eq!(bytes(block, 4096), [0; 4096]);
            nt.call(free, &[block, 100, 0]);
        }
    });
    for (function, arguments) in [
        ("ExAllocatePoolWithTag", [PAGED, 16, TAG, 0, 0]),
        ("ExAllocatePool3", [POOL_FLAG_PAGED, 16, TAG, 0, 0]),
    ] {
        breaks(&[Rule::PagedPool], |nt| {
            // At APC_LEVEL it may be, and at DISPATCH_LEVEL pool that is not paged.
            let allocate = |kind: u64| {
                let block = nt.call(function, &[&[kind], &arguments[1..]].concat());
                nt.call("ExFreePool", &[block]);
            };
            nt.call("KfRaiseIrql", &[1]);
            allocate(arguments[0]);
            nt.call("KfRaiseIrql", &[2]);
            allocate(if arguments[0] == PAGED { NON_PAGED } else { POOL_FLAG_NON_PAGED });
            allocate(arguments[0]);
            nt.call("KeLowerIrql", &[0]);
        });
    }
    breaks(&[Rule::WrongTag], |nt| {
        let block = nt.call("ExAllocatePool3", &[POOL_FLAG_NON_PAGED, 16, TAG, 0, 0]);
        nt.call("ExFreePool2", &[block, TAG + 1, 0, 0]);
    });
    for (function, arguments) in [
        ("ExAllocatePool", [NON_PAGED, 16, 0, 0, 0, 0]),
        ("MmAllocateContiguousMemory", [16, 0, 0, 0, 0, 0]),
        ("MmAllocateContiguousMemorySpecifyCache", [16, 0, 0, 0, 0, 0]),
    ] {
        breaks(&[Rule::PoolLeak], |nt| {
            nt.call(function, &arguments);
        });
    }
}

#[test]
fn a_block_is_known_to_be_freed_until_64_others_are() {
    for (others, rule) in [(63, Rule::DoubleFree), (64, Rule::BadFree)] {
        breaks(&[rule], |nt| {
            let block = || nt.call("ExAllocatePool2", &[POOL_FLAG_NON_PAGED, 16, TAG]);
            let first = block();
            let others: Vec<u64> = (0..others).map(|_| block()).collect();
            nt.call("ExFreePool", &[first]);
            for other in others {
                nt.call("ExFreePool", &[other]);
            }
            nt.call("ExFreePool", &[first]);
        });
    }
}

#[test]
fn there_is_no_block_of_more_bytes_than_there_can_be() {
    const NON_PAGED: u64 = 512;
    drive(|nt| {
        // Bytes that no machine has; and so many that they are no whole number of pages.
        for length in [1 << 60, u64::MAX - 1] {
            for (function, arguments) in [
                ("ExAllocatePool2", &[POOL_FLAG_NON_PAGED, length, TAG][..]),
                ("ExAllocatePool2", &[POOL_FLAG_NON_PAGED | 2, length, TAG]),
                ("ExAllocatePool3", &[POOL_FLAG_NON_PAGED, length, TAG, 0, 0]),
                ("ExAllocatePool", &[NON_PAGED, length]),
                ("ExAllocatePoolWithTag", &[NON_PAGED, length, TAG]),
                ("ExAllocatePoolWithTag", &[1, length, TAG]),
                ("ExAllocatePoolWithTagPriority", &[NON_PAGED, length, TAG, 0]),
                ("ExAllocatePoolWithQuotaTag", &[NON_PAGED | 8, length, TAG]),
                ("MmAllocateContiguousMemory", &[length, u64::MAX]),
                ("MmAllocateContiguousMemorySpecifyCache", &[length, 0, u64::MAX, 0, 0, 0]),
                ("MmAllocatePagesForMdl", &[0, u64::MAX, 0, length]),
                ("MmAllocatePagesForMdlEx", &[0, u64::MAX, 0, length, 0, 0]),
            ] {
                assert_eq!(nt.call(function, arguments), 0, "{function} {length:#x}");
            }
        }
    });
}

/// Flags of an MDL.
const MAPPED: i16 = 1;
const LOCKED: i16 = 2;

/// An MDL's own record.
fn mdl(at: u64) -> MDL {
    // SAFETY: an MDL that the kernel has just given.
    unsafe { (at as *const MDL).read() }
}

#[test]
fn mdls_describe_the_memory_that_they_were_made_for() {
    drive(|nt| {
        for (base, length, pages) in
            [(0x1000, 0, 0), (0x1000, 1, 1), (0x1000, 0x1000, 1), (0x1FFF, 2, 2), (0x1FFF, 1, 1)]
        {
            let size = size_of::<MDL>() as u64 + 8 * pages;
            assert_eq!(nt.call("MmSizeOfMdl", &[base, length]), size, "{length} at {base:#x}");
        }
        let memory = vec![0_u8; 0x3000];
        let at = of(&memory[0]);
        assert_eq!(nt.call("MmGetPhysicalAddress", &[at]), at);
        assert!(nt.is("MmIsAddressValid", &[at]) && !nt.is("MmIsAddressValid", &[0]));
        assert_eq!(nt.call("MmLockPagableDataSection", &[at]), at);
        nt.call("MmUnlockPagableImageSection", &[at]);
        let source = nt.call("IoAllocateMdl", &[at, 0x2000, 0, 0, 0]);
        nt.call("MmProbeAndLockPages", &[source, 0, 1]);
        assert_eq!(mdl(source).MdlFlags, LOCKED);
        assert_eq!(nt.call("MmMapLockedPages", &[source, 0]), at);
        assert_eq!(mdl(source).MdlFlags, LOCKED | MAPPED);
        nt.call("MmUnmapLockedPages", &[at, source]);
        assert_eq!(mdl(source).MdlFlags, LOCKED);
        // A part: so many bytes, or the rest.
        for (from, length, count) in
            [(0, 0, 0x2000), (0x801, 0x10, 0x10), (0x801, 0, 0x17FF), (0x1801, 0x10, 0x10)]
        {
            let part = nt.call("IoAllocateMdl", &[at, 0x2000, 0, 0, 0]);
            nt.call("IoBuildPartialMdl", &[source, part, at + from, length]);
            let found = mdl(part);
            assert_eq!(found.ByteCount, count, "{length} from {from}");
            assert_eq!(found.StartVa as u64 + u64::from(found.ByteOffset), at + from);
            assert!(found.ByteOffset < 0x1000 && found.MdlFlags & LOCKED != 0);
            assert_eq!(found.MappedSystemVa as u64, at + from);
            nt.call("IoFreeMdl", &[part]);
        }
        nt.call("MmUnlockPages", &[source]);
        assert_eq!(mdl(source).MdlFlags, 0);
        nt.call("IoFreeMdl", &[source]);
        for function in ["MmAllocatePagesForMdl", "MmAllocatePagesForMdlEx"] {
            // Whole pages, locked.
            let pages = nt.call(function, &[0, u64::MAX, 0, 5000, 0, 0, 0]);
            let found = mdl(pages);
            assert_eq!((found.ByteCount, found.ByteOffset, found.MdlFlags), (0x2000, 0, LOCKED));
            let mapped = nt.call("MmMapLockedPages", &[pages, 0]);
            assert_eq!(mapped, found.StartVa as u64);
            assert_eq!(bytes(mapped, 0x2000), vec![0; 0x2000]);
            nt.call("MmUnmapLockedPages", &[mapped, pages]);
            nt.call("MmFreePagesFromMdl", &[pages]);
            nt.call("ExFreePool", &[pages]);
        }
        nt.call("MmUnmapIoSpace", &[0, 0]);
    });
    breaks(&[Rule::MdlMisuse], |nt| {
        let memory = [0_u8; 16];
        let source = nt.call("IoAllocateMdl", &[of(&memory), 16, 0, 0, 0]);
        let part = nt.call("IoAllocateMdl", &[of(&memory), 16, 0, 0, 0]);
        nt.call("IoBuildPartialMdl", &[source, part, of(&memory) + 4, 12]);
        nt.call("IoBuildPartialMdl", &[source, part, of(&memory) + 4, 13]);
        nt.call("IoFreeMdl", &[part]);
        nt.call("IoFreeMdl", &[source]);
    });
    breaks(&[Rule::PoolLeak, Rule::MdlLeak], |nt| {
        nt.call("MmAllocatePagesForMdl", &[0, u64::MAX, 0, 1]);
    });
}

#[test]
fn the_kernel_has_the_memory_functions_of_the_c_runtime() {
    drive(|nt| {
        let mut memory = *b"abcdef";
        let at = out(&mut memory);
        for (function, arguments, left) in [
            ("memcpy", [at, at + 4, 2], b"efcdef"),
            ("memmove", [at + 1, at, 4], b"eefcdf"),
            ("memset", [at + 2, 0x100 | u64::from(b'x'), 3], b"eexxxf"),
        ] {
            assert_eq!(nt.call(function, &arguments), arguments[0], "{function}");
            assert_eq!(bytes(at, 6), left, "{function}");
        }
        assert!(nt.status("memcmp", &[at, at + 2, 2]) < 0);
        assert_eq!(nt.status("memcmp", &[at, at + 2, 0]), 0);
    });
}

#[test]
fn the_kernel_says_which_one_it_is() {
    drive(|nt| {
        // OSVERSIONINFOW begins with its size.
        let mut version = [276_u32, 0, 0, 0, 0];
        assert_eq!(nt.status("RtlGetVersion", &[out(&mut version)]), STATUS_SUCCESS);
        assert_eq!(version, [276, 10, 0, 26_100, 2]);
        let (mut major, mut minor, mut build) = (0_u32, 9_u32, 0_u32);
        let arguments = [out(&mut major), out(&mut minor), out(&mut build), 0];
        assert!(!nt.is("PsGetVersion", &arguments));
        assert_eq!([major, minor, build], [10, 0, 26_100]);
        let variable = |name| bytes(nt.find(name), 8);
        assert_eq!(variable("NtBuildNumber"), 26_100_u64.to_le_bytes());
        assert_eq!(variable("InitSafeBootMode"), [0; 8]);
        for name in ["PsThreadType", "PsProcessType", "IoFileObjectType", "ExEventObjectType"] {
            assert_ne!(nt.find(name), 0, "{name}");
        }
        assert_eq!(nt.find("KeNoSuchThing"), 0);
        // Numbers that repeat with their seed.
        let (mut seed, mut other) = (1_u32, 1_u32);
        let first = nt.call("RtlRandomEx", &[out(&mut seed)]) as u32;
        assert_eq!((first, seed), (1_103_527_590, 1_103_527_590));
        let second = nt.call("RtlRandomEx", &[out(&mut seed)]) as u32;
        assert!(second != first && second < 0x8000_0000);
        nt.call("RtlRandomEx", &[out(&mut other)]);
        assert_eq!(nt.call("RtlRandomEx", &[out(&mut other)]) as u32, second);
        let (mut one, mut two) = (GUID::default(), GUID::default());
        assert_eq!(nt.status("ExUuidCreate", &[out(&mut one)]), STATUS_SUCCESS);
        assert_eq!(nt.status("ExUuidCreate", &[out(&mut two)]), STATUS_SUCCESS);
        assert_ne!(one.Data4, two.Data4);
        // Of version 4.
        assert_eq!(one.Data3 >> 12, 4);
        for handler in ["__CxxFrameHandler3", "__CxxFrameHandler4"] {
            // ExceptionContinueSearch.
            assert_eq!(nt.call(handler, &[0, 0, 0, 0]), 1);
        }
    });
}

#[test]
fn no_feature_is_configured_and_the_configuration_never_changes() {
    drive(|nt| {
        let mut stamp = 0_u64;
        let arguments = [1, 0, out(&mut stamp), 0];
        assert_eq!(nt.status("RtlQueryFeatureConfiguration", &arguments), STATUS_NOT_FOUND);
        assert_eq!(stamp, nt.call("RtlQueryFeatureConfigurationChangeStamp", &[]));
        assert_ne!(stamp, 0);
        assert_eq!(nt.status("RtlQueryFeatureConfiguration", &[1, 0, 0, 0]), STATUS_NOT_FOUND);
        let (mut observed, mut first, mut second) = (0_u64, 0_u64, 0_u64);
        let notify = "RtlRegisterFeatureConfigurationChangeNotification";
        let arguments = [0, 0, out(&mut observed), out(&mut first)];
        assert_eq!(nt.status(notify, &arguments), STATUS_SUCCESS);
        assert_eq!(observed, stamp);
        assert_eq!(nt.status(notify, &[0, 0, 0, out(&mut second)]), STATUS_SUCCESS);
        assert!(first != 0 && first != second);
        let remove = "RtlUnregisterFeatureConfigurationChangeNotification";
        for registration in [first, second] {
            assert_eq!(nt.status(remove, &[registration]), STATUS_SUCCESS);
        }
        let arguments = [0, 0, out(&mut first)];
        assert_eq!(nt.status("RtlRegisterFeatureUsageProvider", &arguments), STATUS_SUCCESS);
        assert_eq!(nt.status("RtlNotifyFeatureUsage", &[0]), STATUS_SUCCESS);
        let status = nt.status("RtlUnregisterFeatureUsageProvider", &[first]);
        assert_eq!(status, STATUS_SUCCESS);
    });
    // A provider is no notification, and goes once.
    breaks(&[Rule::BadHandle, Rule::BadHandle], |nt| {
        let mut provider = 0_u64;
        nt.call("RtlRegisterFeatureUsageProvider", &[0, 0, out(&mut provider)]);
        nt.call("RtlUnregisterFeatureConfigurationChangeNotification", &[provider]);
        nt.call("RtlUnregisterFeatureUsageProvider", &[provider]);
        nt.call("RtlUnregisterFeatureUsageProvider", &[provider]);
    });
    breaks(&[Rule::HandleLeak], |nt| {
        let mut provider = 0_u64;
        nt.call("RtlRegisterFeatureUsageProvider", &[0, 0, out(&mut provider)]);
    });
}

#[test]
fn what_a_driver_prints_is_kept() {
    let machine = Machine::builder().build();
    drive_in(&machine, |nt| {
        let (format, prefix) = (*b"%u;\0", *b"pre \0");
        let list = [2_u64];
        for (function, arguments) in [
            ("DbgPrint", &[of(&format), 1][..]),
            ("vDbgPrintEx", &[0, 0, of(&format), of(&list)]),
            ("vDbgPrintExWithPrefix", &[of(&prefix), 0, 0, of(&format), of(&list)]),
            ("DbgPrintEx", &[0, 0, of(&format), 3]),
            ("DbgPrintReturnControlC", &[of(&format), 4]),
        ] {
            assert_eq!(nt.status(function, arguments), STATUS_SUCCESS, "{function}");
        }
        assert_eq!(nt.call("DbgQueryDebugFilterState", &[0, 0]) as u32, 1);
    });
    assert_eq!(machine.debug_output(), "1;2;pre 2;3;4;");
}

fn provider(nt: Nt) -> u64 {
    let (id, mut handle) = (KSCATEGORY_AUDIO, 0_u64);
    let status = nt.status("EtwRegister", &[of(&id), 0, 0, out(&mut handle)]);
    assert_eq!(status, STATUS_SUCCESS);
    handle
}

#[test]
fn a_provider_is_enabled_while_it_is_registered() {
    drive(|nt| {
        let handle = provider(nt);
        let (descriptor, text) = (EVENT_DESCRIPTOR::default(), wide("text"));
        for function in ["EtwProviderEnabled", "EtwEventEnabled"] {
            assert!(nt.is(function, &[handle, 0, 0]), "{function}");
            assert!(!nt.is(function, &[handle + 1, 0, 0]), "{function}");
        }
        for (function, arguments) in [
            ("EtwWrite", &[handle, of(&descriptor), 0, 0, 0][..]),
            ("EtwWriteEx", &[handle, of(&descriptor), 0, 0, 0, 0, 0, 0]),
            ("EtwWriteString", &[handle, 4, 0, 0, of(&text[0])]),
        ] {
            assert_eq!(nt.status(function, arguments), STATUS_SUCCESS, "{function}");
        }
        let mut activity = KSCATEGORY_AUDIO;
        let arguments = [3, out(&mut activity)];
        assert_eq!(nt.status("EtwActivityIdControl", &arguments), STATUS_SUCCESS);
        assert_eq!(activity.Data1, 0);
        assert_eq!(nt.status("EtwUnregister", &[handle]), STATUS_SUCCESS);
        assert!(!nt.is("EtwProviderEnabled", &[handle, 0, 0]));
        assert_eq!(nt.status("IoWMIRegistrationControl", &[0, 1]), STATUS_SUCCESS);
        assert_eq!(nt.status("IoWMIWriteEvent", &[0]), STATUS_UNSUCCESSFUL);
        assert_eq!(nt.status("WmiQueryTraceInformation", &[0; 5]), STATUS_UNSUCCESSFUL);
    });
}
