//! Experiments about events.

use acx_client::File;
use acx_client::request::{descriptor, pin};
use acx_sys::*;

use super::{Bench, hex};

/// A KSEVENTDATA with a handle.
fn data(kind: u32, handle: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&kind.to_le_bytes());
    bytes[8..16].copy_from_slice(&handle.to_le_bytes());
    bytes
}

/// Enables an event. Returns its answer.
fn enable(file: &File, set: &GUID, id: u32, item: &[u8], data: &mut [u8]) -> NTSTATUS {
    let input = descriptor(set, id, KSEVENT_TYPE_ENABLE, item);
    file.ioctl(IOCTL_KS_ENABLE_EVENT, &input, Some(data)).status
}

/// The event of the first volume or mute of a filter.
struct Control {
    filter: File,
    node: Vec<u8>,
}

const SET: &GUID = &KSEVENTSETID_AudioControlChange;
const ID: u32 = KSEVENT_CONTROL_CHANGE;

fn control(bench: &Bench<'_>) -> Result<Control, String> {
    let (endpoint, at) = bench.node(&[&KSNODETYPE_VOLUME, &KSNODETYPE_MUTE])?;
    Ok(Control { filter: endpoint.filter, node: pin(at) })
}

pub(super) fn target(bench: &Bench<'_>) -> Result<String, String> {
    let endpoint = bench.any()?;
    let control = control(bench)?;
    let pins = (&KSEVENTSETID_PinCapsChange, KSEVENT_PINCAPS_FORMATCHANGE);
    let ask = |file: &File, (set, id): (&GUID, u32), item: &[u8]| {
        let mut data = data(KSEVENTF_EVENT_HANDLE, bench.system.create_event());
        let status = enable(file, set, id, item, &mut data);
        if NT_SUCCESS(status) {
            file.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None);
        }
        hex(status)
    };
    let host = pin(endpoint.host_pin().map_err(super::why)?.id);
    let stream = bench.pin()?;
    let answers = [
        ("control, KSE_NODE", ask(&control.filter, (SET, ID), &control.node)),
        ("control, KSEVENT", ask(&control.filter, (SET, ID), &[])),
        ("pin, KSE_PIN", ask(&endpoint.filter, pins, &host)),
        ("pin, KSEVENT", ask(&endpoint.filter, pins, &[])),
        ("pin, KSEVENT to the pin", ask(&stream, pins, &[])),
    ];
    Ok(answers.map(|(what, status)| format!("{what} {status}")).join("; "))
}

pub(super) fn kinds(bench: &Bench<'_>) -> Result<String, String> {
    let control = control(bench)?;
    let mut data = data(KSEVENTF_SEMAPHORE_HANDLE, bench.system.create_event());
    Ok(hex(enable(&control.filter, SET, ID, &control.node, &mut data)))
}

pub(super) fn disable(bench: &Bench<'_>) -> Result<String, String> {
    let control = control(bench)?;
    let mut data = data(KSEVENTF_EVENT_HANDLE, bench.system.create_event());
    let enabled = enable(&control.filter, SET, ID, &control.node, &mut data);
    if !NT_SUCCESS(enabled) {
        return Err(format!("the event cannot be enabled: {}", hex(enabled)));
    }
    let elsewhere = Box::new(data);
    let other = control.filter.ioctl(IOCTL_KS_DISABLE_EVENT, &*elsewhere, None).status;
    let own = control.filter.ioctl(IOCTL_KS_DISABLE_EVENT, &data, None).status;
    Ok(format!("from another address {}; then from its own {}", hex(other), hex(own)))
}
