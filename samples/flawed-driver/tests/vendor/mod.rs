//! The driver, and what the suite is told about its parts.

use acx_client::bytes::guid_bytes;
use acx_conform::vendor::{Keyword, Promises, Vendor};
use acx_host::LinkedImage;
use acx_sys::GUID;

pub(crate) const LINKED: LinkedImage =
    LinkedImage { name: "flawed-driver", entry: flawed_driver::FxDriverEntry };

/// The kind of pattern that the driver's keyword spotter takes:
/// 2F0B8F0C-8F8B-4E5B-9C5C-0D1F5A3C1E10.
const PATTERN: GUID = GUID {
    Data1: 0x2F0B_8F0C,
    Data2: 0x8F8B,
    Data3: 0x4E5B,
    Data4: [0x9C, 0x5C, 0x0D, 0x1F, 0x5A, 0x3C, 0x1E, 0x10],
};

/// A list of one pattern, which says no more than its kind: whatever sounds matches it.
fn any_sound() -> Vec<u8> {
    let mut list = [28_u32, 1, 20].map(u32::to_le_bytes).concat();
    list.extend(guid_bytes(&PATTERN));
    list
}

/// What the suite is told about the driver's parts.
pub(crate) static VENDOR: Vendor = Vendor {
    name: "flawed-driver",
    is_present: |_| true,
    promises: Promises {
        out_of_resources: &[],
        converts_rates: false,
        silences_protected: false,
        drops_late_packets: false,
        guards_changes: false,
        inverted_mode: None,
    },
    cables: None,
    counters: None,
    module: None,
    default_format: None,
    set_jack: None,
    read_stream: None,
    keyword: Some(Keyword { pattern: PATTERN, loud_sound: any_sound }),
    packet_budget: None,
    hidden: None,
};
