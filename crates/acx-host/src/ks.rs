//! The KS interface of clients: handles, and requests as bytes. This module interprets the bytes of
//! opening a pin; ACX interprets requests. Source: KsCreatePin, KSPIN_CONNECT, KSATTRIBUTE_LIST,
//! "Kernel streaming property sets".
//!
//! Where the documentation leaves something open, `docs/host-assumptions.md` states the host's
//! choice.

use std::cell::Cell;

use acx_client::Handle;
pub use acx_client::Reply;
use acx_client::bytes::{field, guid_bytes, number};
use acx_sys::*;

use crate::acx::file::{self, File};
use crate::acx::format::Format;
use crate::acx::properties::mode;
pub use crate::acx::properties::{Property, Recipient, TABLE};
use crate::kernel::{Kernel, security};

/// The requests of a machine's clients so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Their number: filters and pins opened and closed, and device controls.
    pub count: u64,
    /// A checksum of their bytes and times. In virtual time, and on one thread, it is the same in
    /// each run that asks the same.
    pub checksum: u32,
}

impl Requests {
    /// With the requests of another machine after these.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let checksum = mixed(self.checksum, &other.checksum.to_le_bytes());
        Self { count: self.count + other.count, checksum }
    }
}

/// FNV-1a, of 32 bits.
fn mixed(sum: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(sum, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The requests in a machine.
#[derive(Default)]
struct Record(Cell<Requests>);

/// A request that a client makes now. The machine is entered.
fn note(kernel: &Kernel, code: u32, parts: &[&[u8]]) {
    let record = &kernel.part::<Record>().0;
    let Requests { count, checksum } = record.get();
    let mut sum = mixed(checksum, &kernel.qpc().to_le_bytes());
    sum = mixed(sum, &code.to_le_bytes());
    for part in parts {
        sum = mixed(mixed(sum, &part.len().to_le_bytes()), part);
    }
    record.set(Requests { count: count + 1, checksum: sum });
}

/// The requests until now. The machine is entered.
pub(crate) fn requests(kernel: &Kernel) -> Requests {
    let until_now = kernel.part::<Record>().0.get();
    Requests { checksum: mixed(until_now.checksum, &kernel.qpc().to_le_bytes()), ..until_now }
}

/// Codes of what is no device control.
const OPEN: u32 = 1;
const CREATE: u32 = 2;
const CLOSE: u32 = 3;

/// A client's handle of a filter or a pin.
struct Client(File);

impl Drop for Client {
    fn drop(&mut self) {
        let _inside = self.0.kernel().enter();
        note(self.0.kernel(), CLOSE, &[]);
    }
}

/// Opens a filter by its link.
///
/// # Errors
///
/// STATUS_OBJECT_NAME_NOT_FOUND if there is none.
pub(crate) fn open(
    kernel: &Kernel,
    name: &str,
    client: security::Client,
) -> Result<acx_client::File, NTSTATUS> {
    note(kernel, OPEN, &[name.as_bytes()]);
    File::open(kernel, name, Some(client)).map(|file| acx_client::File::new(Client(file)))
}

impl Handle for Client {
    fn create_pin(&self, connect: &[u8]) -> Result<acx_client::File, NTSTATUS> {
        let _inside = self.0.kernel().enter();
        note(self.0.kernel(), CREATE, &[connect]);
        let given = connect.to_vec();
        let pin = self.0.create_pin(connect, move |kernel, circuit| {
            let id = pin_id(&given)?;
            let pin = file::free_pin(circuit, id)?;
            let (format, mode) = format(&given)?;
            file::create_stream(kernel, circuit, &pin, &format, mode)
        })?;
        Ok(acx_client::File::new(Self(pin)))
    }

    fn ioctl(&self, code: u32, input: &[u8], output: Option<&mut [u8]>) -> Reply {
        let _inside = self.0.kernel().enter();
        note(self.0.kernel(), code, &[input, output.as_deref().unwrap_or_default()]);
        self.0.request(code, input, output)
    }

    fn assign_content(&self, copy_protect: bool, no_digital: bool) -> Result<u32, NTSTATUS> {
        self.0.assign_content(copy_protect, no_digital)
    }
}

/// The pin of a KSPIN_CONNECT with the only supported interface and medium.
fn pin_id(connect: &[u8]) -> Result<u32, NTSTATUS> {
    if connect.len() < size_of::<KSPIN_CONNECT>() + size_of::<KSDATAFORMAT>() {
        return Err(STATUS_INVALID_PARAMETER);
    }
    let interface = (field::<16>(connect, 0), number(connect, 16));
    let medium = (field::<16>(connect, 24), number(connect, 40));
    let looped = (guid_bytes(&KSINTERFACESETID_Standard), KSINTERFACE_STANDARD_LOOPED_STREAMING);
    let any = (guid_bytes(&KSMEDIUMSETID_Standard), KSMEDIUM_TYPE_ANYINSTANCE);
    if interface != looped || medium != any {
        return Err(STATUS_NO_MATCH);
    }
    Ok(number(connect, 48))
}

/// The format that follows a KSPIN_CONNECT, and the mode of its attributes.
fn format(connect: &[u8]) -> Result<(Format, Option<GUID>), NTSTATUS> {
    let head = size_of::<KSPIN_CONNECT>();
    let format = Format::parse(&connect[head..]).ok_or(STATUS_NO_MATCH)?;
    let has_attributes = number(connect, head + 4) & KSDATAFORMAT_ATTRIBUTES != 0;
    let end = head + format.bytes.len().next_multiple_of(8);
    let attributes = connect.get(end..).unwrap_or_default();
    let mode = if has_attributes { mode(attributes)? } else { None };
    Ok((format, mode))
}
