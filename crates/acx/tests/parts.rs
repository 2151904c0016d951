//! The parts of the wrappers that need a kernel around them: pool, packets, locks, time. Each test
//! runs in a driver while its device starts, in the host, which reports leaks, overruns and wrong
//! IRQLs.

#![deny(unsafe_code)]

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;

use acx::cancel::Cancel;
use acx::device::{Device, DeviceInit, DeviceKey, PrepareHardware};
use acx::driver::Driver;
use acx::drm::Rights;
use acx::life::{Cleanup, Life};
use acx::lock::SpinLock;
use acx::once::Once;
use acx::packets::{PacketLayout, PacketView, RtPackets};
use acx::pool::{Arc, Box, Buffer, Vec};
use acx::registry::Access;
use acx::string::FrameworkString;
use acx::time::Qpc;
use acx::units::Bytes;
use acx::{Error, Passive, Result};
use acx_host::{LinkedImage, Machine};
use acx_sys::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

#[derive(Clone, Copy)]
enum Deed {
    Passive(fn(&mut Passive) -> Result<()>),
    Hardware(fn(&PrepareHardware<'_>) -> Result<()>),
}

static DEED: Mutex<Deed> = Mutex::new(Deed::Passive(|_| Ok(())));

struct PartsDriver;
struct PartsDevice;

impl Driver for PartsDriver {
    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(|_, _| Ok(PartsDevice), passive)
    }
}

impl Device for PartsDevice {
    fn prepare_hardware(&self, hardware: &mut PrepareHardware<'_>) -> Result<()> {
        let deed = *DEED.lock().unwrap();
        match deed {
            Deed::Passive(deed) => deed(hardware.passive()),
            Deed::Hardware(deed) => deed(hardware),
        }
    }
}

acx::driver!(PartsDriver);

/// Runs `deed` at `PASSIVE_LEVEL` inside a driver, and checks that no rule is broken and nothing
/// leaks.
#[track_caller]
fn in_a_driver(deed: fn(&mut Passive) -> Result<()>) {
    starting(Deed::Passive(deed));
}

/// Has the device do `deed` while it starts.
#[track_caller]
fn starting(deed: Deed) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *DEED.lock().unwrap() = deed;
    let machine = Machine::builder().build();
    {
        let driver = machine.load(LinkedImage { name: "parts", entry: FxDriverEntry }).unwrap();
        driver.add_device().unwrap();
    }
    assert_eq!(machine.report().count(), 0, "{:#?}", machine.report().violations());
}

#[test]
fn what_is_written_to_a_registry_key_is_read_from_it() {
    starting(Deed::Hardware(|hardware| {
        let key = hardware.open_key(DeviceKey::Hardware, Access::ReadWrite)?;
        let name = acx::wide!("value");
        assert_eq!(key.bytes(name).err(), Some(Error::NotFound));
        for value in [&b"\x01\x02\x03"[..], b"", &[7; 300]] {
            key.set_bytes(name, value)?;
            assert_eq!(*key.bytes(name)?, *value);
        }
        // Bytes that are neither a number nor a text.
        assert!(key.number(name).is_err() && key.text(name).is_err());
        key.set_text(name, acx::wide!("text"))?;
        assert_eq!(*key.text(name)?, *acx::wide!("text"));
        assert_eq!(key.bytes(name)?.len(), 10, "four units and the end");
        key.set_text(name, acx::wide!("one\0two"))?;
        assert_eq!(*key.text(name)?, *acx::wide!("one"));
        key.set_number(name, 0x0102_0304)?;
        assert_eq!((key.number(name)?, &*key.bytes(name)?), (0x0102_0304, &[4, 3, 2, 1][..]));
        key.remove_value(name)?;
        assert_eq!(key.number(name), Err(Error::NotFound));
        let below = key.create_subkey(acx::wide!("below"))?;
        below.set_number(name, 5)?;
        drop(below);
        let below = key.open_subkey(acx::wide!("below"), Access::Read)?;
        assert_eq!(below.number(name), Ok(5));
        assert_eq!(below.set_number(name, 6), Err(Error::AccessDenied));
        // What is removed is gone, and closed.
        drop(below);
        key.create_subkey(acx::wide!("below"))?.remove()?;
        let gone = key.open_subkey(acx::wide!("below"), Access::Read).err();
        assert_eq!(gone, Some(Error::NotFound));
        // A key with subkeys stays; it is closed all the same.
        drop(key.create_subkey(acx::wide!("above"))?.create_subkey(acx::wide!("below"))?);
        assert!(key.open_subkey(acx::wide!("above"), Access::ReadWrite)?.remove().is_err());
        key.open_subkey(acx::wide!("above"), Access::Read)?;
        Ok(())
    }));
}

/// Counts its drops.
struct Counted(Rc<Cell<u32>>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn each_error_has_a_status_of_its_own_and_comes_back_from_it() {
    let statuses = [
        STATUS_INSUFFICIENT_RESOURCES,
        STATUS_INVALID_PARAMETER,
        STATUS_INVALID_DEVICE_STATE,
        STATUS_INVALID_STATE_TRANSITION,
        STATUS_DEVICE_NOT_READY,
        STATUS_DATA_LATE_ERROR,
        STATUS_DATA_OVERRUN,
        STATUS_NO_MATCH,
        STATUS_NOT_SUPPORTED,
        STATUS_RESOURCE_IN_USE,
        STATUS_OBJECT_NAME_NOT_FOUND,
    ];
    for status in statuses {
        let error = Error::from(status);
        assert!(!matches!(error, Error::Framework(_)), "{status:#x}");
        assert_eq!(error.status(), status);
    }
    assert_eq!(Error::from(STATUS_DEVICE_REMOVED), Error::Framework(STATUS_DEVICE_REMOVED));
    assert_eq!(Error::from(STATUS_DEVICE_REMOVED).status(), STATUS_DEVICE_REMOVED);
}

#[test]
fn a_name_becomes_utf_16() {
    assert!("Speaker0".encode_utf16().eq(acx::wide!("Speaker0").iter().copied()));
    assert!(acx::wide!("").is_empty());
}

#[test]
fn boxes_and_arcs_drop_their_value_once_with_the_last_owner() {
    in_a_driver(|_| {
        let drops = Rc::new(Cell::new(0));
        drop(Box::new(Counted(drops.clone()))?);
        assert_eq!(drops.get(), 1);
        let first = Arc::new(Counted(drops.clone()))?;
        let second = first.clone();
        drop(first);
        assert_eq!(drops.get(), 1);
        drop(second);
        assert_eq!(drops.get(), 2);
        let first = Arc::new(7)?;
        assert!(first.is_alone());
        let second = first.clone();
        assert!(!first.is_alone() && !second.is_alone());
        drop(first);
        assert!(second.is_alone());
        let mut number = Box::new([1u64; 3])?;
        number[1] = 7;
        assert_eq!(*number, [1, 7, 1]);
        Ok(())
    });
}

#[test]
fn a_list_grows_keeps_its_values_and_drops_what_is_left() {
    in_a_driver(|_| {
        let drops = Rc::new(Cell::new(0));
        let mut list = Vec::new();
        for _ in 0..100 {
            list.push(Counted(drops.clone()))?;
        }
        assert_eq!((list.len(), drops.get()), (100, 0));
        drop(list.pop());
        assert_eq!(drops.get(), 1);
        drop(list);
        assert_eq!(drops.get(), 100);

        let mut numbers = Vec::new();
        for number in 0..1000u32 {
            numbers.push(number)?;
        }
        assert!(numbers.iter().copied().eq(0..1000));
        let mut list = Vec::new();
        let mut sizes = std::vec::Vec::new();
        for _ in 0..17 {
            list.push(0_u8)?;
            sizes.push(list.capacity());
        }
        sizes.dedup();
        assert_eq!(sizes, [4, 8, 16, 32], "it doubles");
        // What was reserved is enough, and no more is taken.
        let mut list = Vec::with_capacity(10)?;
        list.extend([0_u8; 9])?;
        list.push(9)?;
        list.reserve(0)?;
        assert_eq!((list.len(), list.capacity()), (10, 10));
        let mut list = Vec::new();
        list.extend([0_u8; 5])?;
        assert_eq!(list.capacity(), 5, "the values say how many they are");
        let mut empty = Vec::<u32>::default();
        assert!(empty.pop().is_none());
        Ok(())
    });
}

#[test]
fn a_list_does_what_the_standard_librarys_does() {
    in_a_driver(|_| {
        let mut list = Vec::with_capacity(10)?;
        assert_eq!((list.len(), list.capacity()), (0, 10));
        list.extend([1, 2, 4])?;
        list.insert(2, 3)?;
        list.insert(4, 5)?;
        list.insert(0, 0)?;
        assert_eq!(list[..], [0, 1, 2, 3, 4, 5]);
        assert_eq!(list.insert(7, 7), Err(Error::InvalidParameter));
        assert_eq!((list.remove(0), list.remove(4), list.remove(4)), (Some(0), Some(5), None));
        assert_eq!(format!("{list:?}"), "[1, 2, 3, 4]");
        list.retain(|number| number % 2 == 0);
        for number in &mut list {
            *number *= 10;
        }
        assert_eq!((&list).into_iter().sum::<i32>(), 60);
        let mut same = Vec::new();
        same.extend([20, 40])?;
        assert_eq!(list, same);
        assert_eq!((same.swap_remove(2), same.len()), (None, 2));
        assert_eq!((same.swap_remove(1), same.len()), (Some(40), 1));
        same.push(40)?;
        assert!(list.into_iter().eq([20, 40]));
        same.clear();
        assert!(same.is_empty() && same.capacity() > 0);
        assert_eq!(same.reserve(usize::MAX), Err(Error::OutOfMemory));
        assert_eq!(same.reserve(usize::MAX / 2), Err(Error::OutOfMemory));
        Ok(())
    });
}

#[test]
fn values_are_dropped_once_however_they_leave_a_list() {
    in_a_driver(|_| {
        let drops = Rc::new(Cell::new(0));
        let mut list = Vec::new();
        list.extend((0..10).map(|_| Counted(drops.clone())))?;
        drop(list.remove(3));
        drop(list.swap_remove(0));
        list.truncate(7);
        assert_eq!(drops.get(), 3);
        let mut at = 0;
        list.retain(|_| {
            at += 1;
            at > 2
        });
        assert_eq!((list.len(), drops.get()), (5, 5));
        let mut values = list.into_iter();
        drop(values.next());
        drop(values);
        assert_eq!(drops.get(), 10);
        Ok(())
    });
}

#[test]
fn bytes_begin_zeroed_and_are_as_many_as_asked() {
    in_a_driver(|_| {
        for length in [0, 1, 4095, 4096, 4097, 100_000] {
            let mut bytes = Buffer::zeroed(length)?;
            assert_eq!(bytes.as_mut().len(), length);
            assert!(bytes.as_mut().iter().all(|byte| *byte == 0));
            bytes.as_mut().fill(0xAA);
        }
        Ok(())
    });
}

#[test]
fn a_spin_lock_gives_its_value_to_one_and_the_level_back() {
    in_a_driver(|passive| {
        let lock = SpinLock::new(1);
        let after = lock.with(passive, |value, _| {
            *value += 1;
            assert_eq!(level(), 2);
            *value
        });
        assert_eq!((after, level()), (2, 0));
        assert_eq!(lock.with(passive, |value, _| *value), 2);
        Ok(())
    });
}

#[expect(unsafe_code, reason = "the wrappers have tokens instead of a function that asks")]
fn level() -> u8 {
    // SAFETY: any IRQL.
    unsafe { ntddk::KeGetCurrentIrql() }
}

#[test]
fn the_counter_has_a_frequency_and_never_goes_back() {
    in_a_driver(|_| {
        assert_eq!(Qpc::frequency(), 10_000_000);
        let (first, second) = (Qpc::now(), Qpc::now());
        assert!(first <= second && first.0 > 0);
        Ok(())
    });
}

#[test]
fn packets_that_do_not_fit_their_pages_are_refused() {
    in_a_driver(|passive| {
        let good =
            PacketLayout { count: 2, buffers: 2, bytes: 4000, allocation: 4096, offsets: [96, 0] };
        assert!(RtPackets::new(good, passive).is_ok());
        for bad in [
            PacketLayout { count: 0, ..good },
            PacketLayout { count: 3, ..good },
            PacketLayout { buffers: 0, ..good },
            PacketLayout { buffers: 3, ..good },
            PacketLayout { count: 1, ..good },
            PacketLayout { buffers: 1, offsets: [96, 97], ..good },
            PacketLayout { bytes: 0, ..good },
            PacketLayout { bytes: 4097, ..good },
            PacketLayout { allocation: 4095, ..good },
            PacketLayout { offsets: [97, 0], ..good },
            PacketLayout { offsets: [96, 97], ..good },
            PacketLayout { offsets: [usize::MAX, 0], ..good },
        ] {
            let refused = RtPackets::new(bad, passive).err();
            assert_eq!(refused, Some(Error::InvalidParameter), "{bad:?}");
        }
        Ok(())
    });
}

#[test]
fn layouts_put_packets_where_acx_wants_them() {
    let place = |count, bytes| {
        PacketLayout::contiguous(count, Bytes(bytes)).map(|layout| {
            // Each packet has a buffer of its own.
            assert_eq!([layout.count, layout.buffers].map(u32::try_from), [Ok(count); 2]);
            assert_eq!(layout.bytes, bytes as usize);
            (layout.allocation, layout.offsets)
        })
    };
    assert_eq!(place(2, 1920), Ok((4096, [2176, 0])));
    assert_eq!(place(2, 1), Ok((4096, [4095, 0])));
    assert_eq!(place(2, 4096), Ok((4096, [0, 0])));
    assert_eq!(place(2, 4097), Ok((8192, [4095, 0])));
    assert_eq!(place(1, 8192), Ok((8192, [0, 0])));
    for (count, bytes) in [(0, 4096), (3, 4096), (1, 0), (2, 0), (1, 4095)] {
        assert_eq!(place(count, bytes), Err(Error::InvalidParameter), "{count} of {bytes}");
    }
    let both = |bytes| {
        PacketLayout::one_buffer(Bytes(bytes)).map(|layout| {
            assert_eq!((layout.count, layout.buffers, layout.bytes), (2, 1, bytes as usize));
            (layout.allocation, layout.offsets)
        })
    };
    assert_eq!(both(1920), Ok((4096, [0, 1920])));
    assert_eq!(both(2048), Ok((4096, [0, 2048])));
    assert_eq!(both(2049), Ok((8192, [0, 2049])));
    assert_eq!(both(0), Err(Error::InvalidParameter));
}

/// An access to packets, and to plain memory for comparison.
#[derive(Clone, Debug)]
enum Step {
    Write(usize, std::vec::Vec<u8>),
    Zero(usize, usize),
    Read(usize, usize),
}

fn steps() -> impl Strategy<Value = std::vec::Vec<Step>> {
    let place = 0usize..9000;
    let length = 0usize..9000;
    let step = prop_oneof![
        (place.clone(), proptest::collection::vec(any::<u8>(), 0..3000))
            .prop_map(|(at, bytes)| Step::Write(at, bytes)),
        (place.clone(), length.clone()).prop_map(|(at, length)| Step::Zero(at, length)),
        (place, length).prop_map(|(at, length)| Step::Read(at, length)),
    ];
    proptest::collection::vec(step, 1..12)
}

/// Runs the same accesses on both, which must agree. Outside the packets, reads change nothing and
/// writes are dropped.
fn compare(view: &PacketView, steps: &[Step]) {
    let length = view.length();
    let mut model = vec![0u8; length];
    for step in steps {
        match step {
            Step::Write(at, bytes) => {
                view.write(*at, bytes);
                let end = (at + bytes.len()).min(length);
                if *at < end {
                    model[*at..end].copy_from_slice(&bytes[..end - at]);
                }
            }
            Step::Zero(at, bytes) => {
                view.zero(*at, *bytes);
                model[(*at).min(length)..(at + bytes).min(length)].fill(0);
            }
            Step::Read(at, bytes) => {
                let mut found = vec![0x55; *bytes];
                view.read(*at, &mut found);
                let end = (at + bytes).min(length).max(*at);
                let expected: std::vec::Vec<u8> = (*at..at + bytes)
                    .map(|place| if place < end { model[place] } else { 0x55 })
                    .collect();
                assert!(found == expected, "{bytes} bytes at {at}");
            }
        }
    }
}

#[test]
fn packets_are_one_stretch_of_bytes_wherever_they_lie() {
    in_a_driver(|passive| {
        for layout in [
            PacketLayout { count: 2, buffers: 2, bytes: 4000, allocation: 4096, offsets: [96, 0] },
            PacketLayout { count: 2, buffers: 2, bytes: 3, allocation: 4096, offsets: [4093, 0] },
            PacketLayout { count: 1, buffers: 1, bytes: 8192, allocation: 8192, offsets: [0, 0] },
            PacketLayout::one_buffer(Bytes(4001))?,
        ] {
            let mut runner =
                TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(64) });
            let ran = runner.run(&steps(), |steps| {
                let packets = RtPackets::new(layout, passive).expect("they fit");
                assert_eq!(packets.view().length(), layout.count * layout.bytes);
                compare(&packets.view(), &steps);
                Ok(())
            });
            assert!(ran.is_ok(), "{ran:?}");
        }
        Ok(())
    });
}

#[test]
fn a_view_keeps_freed_packets_alive() {
    in_a_driver(|passive| {
        let layout =
            PacketLayout { count: 2, buffers: 2, bytes: 100, allocation: 4096, offsets: [3996, 0] };
        let packets = RtPackets::new(layout, passive)?;
        let view = packets.view();
        drop(packets);
        view.write(150, &[1, 2, 3]);
        let mut found = [0; 3];
        view.read(150, &mut found);
        assert_eq!(found, [1, 2, 3]);
        Ok(())
    });
}

#[test]
fn a_string_of_the_framework_has_the_text_that_it_was_made_of() {
    in_a_driver(|passive| {
        let texts: [&[u16]; 3] = [acx::wide!("Line In"), acx::wide!("L"), &[]];
        for text in texts {
            assert_eq!(FrameworkString::new(text, passive)?.units(passive), text);
        }
        Ok(())
    });
}

#[test]
fn a_timer_is_deleted_once_and_releases_its_state_once_whoever_comes_last() {
    // Without a callback in progress: the handle's drop, and the cleanup.
    let life = Life::new();
    assert!(!life.is_closed() && !life.is_gone());
    assert_eq!((life.close(), life.is_closed(), life.is_gone()), (true, true, false));
    assert_eq!((life.go(), life.is_gone()), (true, true));
    assert_eq!(life.callback(|| panic!("it is gone")), Cleanup::Nothing);
    // The framework cleaned up first.
    let life = Life::new();
    assert_eq!((life.go(), life.close()), (true, false));
    // During a callback: the last callback does what is left.
    let life = Life::new();
    let outer = life.callback(|| {
        assert_eq!(life.callback(|| assert!(!life.close())), Cleanup::Nothing);
        assert_eq!(life.callback(|| panic!("it is closed")), Cleanup::Nothing);
    });
    assert_eq!((outer, life.go()), (Cleanup::Delete, true));
    let life = Life::new();
    let outer = life.callback(|| {
        assert_eq!((life.go(), life.is_gone()), (false, true));
        assert_eq!(life.callback(|| panic!("it is gone")), Cleanup::Nothing);
    });
    assert_eq!((outer, life.close()), (Cleanup::Release, false));
    let life = Life::new();
    let both = life.callback(|| assert_eq!((life.close(), life.go()), (false, false)));
    assert_eq!(both, Cleanup::Release, "who is gone needs no deleting");
    assert_eq!(life.callback(|| panic!("it is gone")), Cleanup::Nothing);
}

#[test]
fn one_party_completes_a_request_that_is_cancelled_whoever_is_late() {
    // Nobody takes it back.
    assert!(Cancel::new().canceled());
    // The callback was first.
    let cancel = Cancel::new();
    assert!(cancel.canceled() && !cancel.take());
    // The holder took it back in time.
    let cancel = Cancel::new();
    assert!(cancel.take());
    // The framework was first: the second of the two completes it.
    let cancel = Cancel::new();
    assert!(cancel.take() && !cancel.canceled() && cancel.lost());
    let cancel = Cancel::new();
    assert!(cancel.take() && !cancel.lost() && cancel.canceled());
}

#[test]
fn a_value_is_set_once() {
    let once = Once::default();
    assert_eq!(once.get(), None);
    assert_eq!((once.set(1), once.set(2)), (Ok(()), Err(Error::InvalidState)));
    assert_eq!(once.get(), Some(&1));
}

#[test]
fn content_is_protected_by_either_restriction() {
    for (copy_protect, digital_output_disable) in
        [(false, false), (false, true), (true, false), (true, true)]
    {
        let rights = Rights { copy_protect, digital_output_disable };
        assert_eq!(rights.is_protected(), copy_protect || digital_output_disable);
    }
}
