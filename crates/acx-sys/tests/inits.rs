//! The `*_INIT` helpers against what the fact tables say they store: every byte, over a structure
//! that was not zero before.

use std::collections::HashMap;

use acx_sys::*;

mod runs;

/// What is passed to helpers that take an id.
pub(crate) const ID: ULONG = 0x1234_5678;

/// A structure after its helper ran.
pub(crate) struct Ran {
    helper: &'static str,
    structure: &'static str,
    bytes: Vec<u8>,
}

/// Runs `helper` over a structure full of 0xA5.
pub(crate) fn run<T: Copy>(
    helper: &'static str,
    structure: &'static str,
    run: impl Fn(&mut T),
) -> Ran {
    let mut value = std::mem::MaybeUninit::<T>::uninit();
    // SAFETY: writes every byte of `value`. The helpers take structures of integers, raw pointers
    // and nullable functions, of which 0xA5 bytes are values, and only write them.
    let value = unsafe {
        value.as_mut_ptr().cast::<u8>().write_bytes(0xA5, size_of::<T>());
        value.assume_init_mut()
    };
    run(value);
    // SAFETY: every byte was written before the helper ran, and helpers zero first, so that padding
    // is written too.
    let bytes = unsafe { std::slice::from_raw_parts((&raw const *value).cast(), size_of::<T>()) };
    Ran { helper, structure, bytes: bytes.to_vec() }
}

/// Offset and size of every field, size of every type (field empty), from the layout tables.
fn layouts() -> HashMap<(String, String), (usize, usize)> {
    let mut found = HashMap::new();
    for line in
        include_str!("../facts/wdf-layouts.tsv").lines().filter(|l| l.starts_with("WDF-1.31"))
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let (structure, field) = (columns[1].to_owned(), columns[2]);
        if field == "(sizeof)" {
            found.insert((structure, String::new()), (0, columns[3].parse().unwrap()));
        } else if let Ok(size) = columns[4].parse() {
            found.insert((structure, field.to_owned()), (columns[3].parse().unwrap(), size));
        }
    }
    for line in include_str!("../facts/acx-layouts.tsv").lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let structure = columns[0].to_owned();
        if columns[2] == "-" {
            found.insert((structure, String::new()), (0, columns[1].parse().unwrap()));
        } else {
            // The stores are of four bytes, but for the USHORT `Size` of the request parameters.
            let size = if columns[4] == "USHORT" { 2 } else { 4 };
            found.insert((structure, columns[2].to_owned()), (columns[3].parse().unwrap(), size));
        }
    }
    found
}

/// Values of constants by name, from the enum tables.
fn constants() -> HashMap<&'static str, i64> {
    [include_str!("../facts/wdf-constants.tsv"), include_str!("../facts/acx-enums.tsv")]
        .iter()
        .flat_map(|table| table.lines())
        .filter_map(|line| {
            let columns: Vec<&str> = line.split('\t').collect();
            Some((*columns.get(1)?, columns.get(2)?.parse().ok()?))
        })
        // NT's enums are in no table: wdm.h gives these.
        .chain([("PowerDeviceMaximum", 5), ("PowerSystemMaximum", 7), ("TRUE", 1)])
        .collect()
}

/// Field and value of every store that the tables list, by helper.
fn stores() -> HashMap<String, Vec<(String, String)>> {
    let mut found: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for line in include_str!("../facts/wdf-inits.tsv").lines().skip(2) {
        let columns: Vec<&str> = line.split('\t').collect();
        let stores = columns[3].split(';').filter_map(|store| store.trim().split_once("= "));
        found.insert(
            columns[1].to_owned(),
            // `|=` after zeroing is `=`.
            stores
                .map(|(field, value)| {
                    (field.trim_end_matches(['|', ' ']).to_owned(), value.to_owned())
                })
                .collect(),
        );
    }
    for line in include_str!("../facts/acx-inits.tsv").lines().filter(|l| !l.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let helper = columns[1].split('(').next().unwrap().to_owned();
        if columns[2] == "(macro)" {
            // `= X_INIT_ID(cfg, AcxElementIdDefault = 0xFFFFFFFF)`: that helper's stores, with this
            // id.
            let target = columns[3].trim_start_matches("= ").split('(').next().unwrap();
            let mut stores = found[target].clone();
            for store in &mut stores {
                if store.0 == "Id" {
                    "(0xFFFFFFFF)".clone_into(&mut store.1);
                }
            }
            found.insert(helper, stores);
        } else if columns[2] != "(all)" {
            let store = (columns[2].to_owned(), columns[3].to_owned());
            found.entry(helper).or_default().push(store);
        }
    }
    found
}

/// The number that a table's right-hand side comes to.
fn number(text: &str, structure_size: usize, constants: &HashMap<&str, i64>) -> i64 {
    if text.contains("STRUCTURE_SIZE(") {
        return i64::try_from(structure_size).unwrap();
    }
    match text {
        "Id" => return i64::from(ID),
        "(ULONG) -1" => return -1,
        _ => {}
    }
    if let Some((_, number)) = text.split_once('(') {
        let number = number.trim_end_matches(')');
        return match number.strip_prefix("0x") {
            Some(digits) => i64::from_str_radix(digits, 16).unwrap(),
            None => number.parse().unwrap(),
        };
    }
    text.parse()
        .unwrap_or_else(|_| *constants.get(text).unwrap_or_else(|| panic!("no value for {text}")))
}

/// The bytes that the tables say a helper leaves; fields with `[i]` are arrays of as many 4-byte
/// elements as fit.
fn expected(
    ran: &Ran,
    stores: &[(String, String)],
    layouts: &HashMap<(String, String), (usize, usize)>,
    constants: &HashMap<&str, i64>,
) -> Vec<u8> {
    let of = |field: &str| {
        let known = layouts.get(&(ran.structure.to_owned(), field.to_owned()));
        *known.unwrap_or_else(|| {
            panic!("{}: no layout row for {}.{field}", ran.helper, ran.structure)
        })
    };
    let (_, whole) = of("");
    let mut bytes = vec![0; whole];
    for (field, value) in stores {
        let value = number(value, whole, constants).to_le_bytes();
        let (offset, size) = of(field.trim_end_matches("[i]"));
        let element = if field.ends_with("[i]") { 4 } else { size.min(8) };
        for at in (offset..offset + size).step_by(element) {
            bytes[at..at + element].copy_from_slice(&value[..element]);
        }
    }
    bytes
}

fn differences(ran: &[Ran], stores: &HashMap<String, Vec<(String, String)>>) -> Vec<String> {
    let (layouts, constants) = (layouts(), constants());
    ran.iter()
        // The layout tables do not have it.
        .filter(|ran| ran.structure != "WDF_INTERRUPT_EXTENDED_POLICY")
        .filter_map(|ran| {
            let Some(stores) = stores.get(ran.helper) else {
                return Some(format!("{}: not in the tables", ran.helper));
            };
            let expected = expected(ran, stores, &layouts, &constants);
            (expected != ran.bytes).then(|| {
                format!("{}: table {expected:02X?}\n  crate {:02X?}", ran.helper, ran.bytes)
            })
        })
        .collect()
}

#[test]
fn helpers_store_what_the_tables_say() {
    let ran = runs::all();
    assert!(ran.len() > 60, "only {} helpers ran", ran.len());
    let found = differences(&ran, &stores());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_wrong_store_is_found() {
    let mut stores = stores();
    let store = stores.get_mut("ACX_PIN_CONFIG_INIT").unwrap();
    let limit = store.iter_mut().find(|store| store.0 == "MaxStreams").unwrap();
    "(0)".clone_into(&mut limit.1);
    let found = differences(&runs::all(), &stores);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("ACX_PIN_CONFIG_INIT:"), "{found:?}");
}

#[test]
fn a_queue_presents_any_number_of_requests_only_if_parallel() {
    let mut config = WDF_IO_QUEUE_CONFIG::default();
    WDF_IO_QUEUE_CONFIG_INIT(&mut config, _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchParallel);
    assert_eq!((config.Size, config.DefaultQueue), (96, 0));
    // SAFETY: the helper wrote the whole structure.
    assert_eq!(unsafe { config.Settings.Parallel.NumberOfPresentedRequests }, ULONG::MAX);
    WDF_IO_QUEUE_CONFIG_INIT_DEFAULT_QUEUE(
        &mut config,
        _WDF_IO_QUEUE_DISPATCH_TYPE::WdfIoQueueDispatchSequential,
    );
    assert_eq!(config.DefaultQueue, TRUE as BOOLEAN);
    // SAFETY: the helper wrote the whole structure.
    assert_eq!(unsafe { config.Settings.Parallel.NumberOfPresentedRequests }, 0);
}

#[test]
fn a_periodic_timer_keeps_its_period() {
    let mut config = WDF_TIMER_CONFIG::default();
    WDF_TIMER_CONFIG_INIT_PERIODIC(&mut config, None, 10);
    assert_eq!((config.Period, config.AutomaticSerialization), (10, TRUE as BOOLEAN));
}

#[test]
fn a_property_request_keeps_every_argument() {
    let mut parameters = ACX_REQUEST_PARAMETERS::default();
    let mut value = 7_u32;
    ACX_REQUEST_PARAMETERS_INIT_PROPERTY(
        &mut parameters,
        KSPROPSETID_Audio,
        KSPROPERTY_AUDIO_MUTE,
        _ACX_PROPERTY_VERB::AcxPropertyVerbGet,
        _ACX_ITEM_TYPE::AcxItemTypeElement,
        3,
        std::ptr::null_mut(),
        0,
        (&raw mut value).cast(),
        4,
    );
    assert_eq!(usize::from(parameters.Size), size_of::<ACX_REQUEST_PARAMETERS>());
    assert_eq!(u32::from(parameters.MajorFunction), IRP_MJ_DEVICE_CONTROL);
    assert_eq!(parameters.Type, _ACX_REQUEST_TYPE::AcxRequestTypeProperty);
    // SAFETY: the helper filled the property member.
    let property = unsafe { parameters.Parameters.Property };
    assert_eq!(property.Set.Data1, KSPROPSETID_Audio.Data1);
    assert_eq!((property.Id, property.ItemId, property.ValueCb), (KSPROPERTY_AUDIO_MUTE, 3, 4));
    assert_eq!(property.Value, (&raw mut value).cast());
}
