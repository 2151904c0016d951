//! KS requests as bytes.

use acx_sys::*;

pub use crate::bytes::{long, number};

use crate::bytes::guid_bytes;
use crate::{Failed, File, Reply};

/// A property descriptor: set, id, flags, and the instance data.
pub fn descriptor(set: &GUID, id: u32, flags: u32, instance: &[u8]) -> Vec<u8> {
    let mut bytes = guid_bytes(set).to_vec();
    bytes.extend(id.to_le_bytes());
    bytes.extend(flags.to_le_bytes());
    bytes.extend(instance);
    bytes
}

/// The fields of a KSP_PIN after its property.
pub fn pin(id: u32) -> Vec<u8> {
    [id.to_le_bytes(), [0; 4]].concat()
}

/// The fields of a KSNODEPROPERTY_AUDIO_CHANNEL after its property; no channel means all.
pub fn node(id: u32, channel: Option<u32>) -> Vec<u8> {
    [id.to_le_bytes(), [0; 4], channel.unwrap_or(u32::MAX).to_le_bytes(), [0; 4]].concat()
}

/// GET with a buffer of `length` bytes.
pub fn get_sized(
    file: &File,
    set: &GUID,
    id: u32,
    instance: &[u8],
    length: usize,
) -> (Reply, Vec<u8>) {
    let input = descriptor(set, id, KSPROPERTY_TYPE_GET, instance);
    let mut output = vec![0; length];
    let reply = file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut output));
    output.truncate(reply.information);
    (reply, output)
}

/// GET: queries the size first, then the value.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn get(
    file: &File,
    what: &'static str,
    set: &GUID,
    id: u32,
    instance: &[u8],
) -> Result<Vec<u8>, Failed> {
    let input = descriptor(set, id, KSPROPERTY_TYPE_GET, instance);
    let size = file.ioctl(IOCTL_KS_PROPERTY, &input, None);
    if size.status != STATUS_BUFFER_OVERFLOW {
        return Err(Failed { what, status: size.status });
    }
    get_known(file, what, set, id, instance, size.information)
}

/// GET of a value whose size is known.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn get_known(
    file: &File,
    what: &'static str,
    set: &GUID,
    id: u32,
    instance: &[u8],
    length: usize,
) -> Result<Vec<u8>, Failed> {
    match get_sized(file, set, id, instance, length) {
        (Reply { status: STATUS_SUCCESS, .. }, value) => Ok(value),
        (Reply { status, .. }, _) => Err(Failed { what, status }),
    }
}

/// SET.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn set(
    file: &File,
    what: &'static str,
    set: &GUID,
    id: u32,
    instance: &[u8],
    value: &[u8],
) -> Result<(), Failed> {
    let input = descriptor(set, id, KSPROPERTY_TYPE_SET, instance);
    let mut value = value.to_vec();
    match file.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut value)).status {
        STATUS_SUCCESS => Ok(()),
        status => Err(Failed { what, status }),
    }
}

/// Sets a pin's state.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn set_state(file: &File, state: i32) -> Result<(), Failed> {
    let value = state.to_le_bytes();
    set(
        file,
        "setting the state",
        &KSPROPSETID_Connection,
        KSPROPERTY_CONNECTION_STATE,
        &[],
        &value,
    )
}

/// The value of an RtAudio property of an open pin.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn rt(file: &File, what: &'static str, id: u32, length: usize) -> Result<Vec<u8>, Failed> {
    get_known(file, what, &KSPROPSETID_RtAudio, id, &[], length)
}

/// Position in frames, with its QPC.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn presentation(file: &File) -> Result<(u64, u64), Failed> {
    let value = rt(file, "the position", KSPROPERTY_RTAUDIO_PRESENTATION_POSITION, 16)?;
    Ok((long(&value, 0), long(&value, 8)))
}

/// PlayOffset and WriteOffset in bytes.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn audio_position(file: &File) -> Result<(u64, u64), Failed> {
    let id = KSPROPERTY_AUDIO_POSITION;
    let value = get_known(file, "the buffer position", &KSPROPSETID_Audio, id, &[], 16)?;
    Ok((long(&value, 0), long(&value, 8)))
}

/// FIFO bytes and delay in 100 ns.
///
/// # Errors
///
/// [`Failed`] with the request's status.
pub fn hw_latency(file: &File) -> Result<(u32, u32), Failed> {
    let value = rt(file, "the latency", KSPROPERTY_RTAUDIO_HWLATENCY, 12)?;
    Ok((number(&value, 0), number(&value, 8)))
}
