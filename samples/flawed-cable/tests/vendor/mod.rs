//! The driver, and what the suite is told about it.

use std::time::Duration;

use acx_client::File;
use acx_client::request::set;
use acx_conform::vendor::{Hidden, PacketBudget, Promises, Vendor};
use acx_conform::{Driver, Subject};
use acx_host::LinkedImage;
use acx_sys::GUID;
use flawed_cable::Flaw;

const LINKED: LinkedImage =
    LinkedImage { name: "flawed-cable", entry: flawed_cable::FxDriverEntry };

/// The property set of the driver, as clients spell it.
const SET: GUID = GUID {
    Data1: flawed_cable::SET.Data1,
    Data2: flawed_cable::SET.Data2,
    Data3: flawed_cable::SET.Data3,
    Data4: flawed_cable::SET.Data4,
};

/// The category of a hidden speaker, the same.
const HIDDEN: GUID = GUID {
    Data1: flawed_cable::HIDDEN.Data1,
    Data2: flawed_cable::HIDDEN.Data2,
    Data3: flawed_cable::HIDDEN.Data3,
    Data4: flawed_cable::HIDDEN.Data4,
};

/// The suite's description of the driver: its jacks.
static VENDOR: Vendor = Vendor {
    name: "flawed-cable",
    is_present: |_| true,
    promises: Promises {
        out_of_resources: &[],
        converts_rates: false,
        silences_protected: true,
        drops_late_packets: true,
        guards_changes: true,
        inverted_mode: None,
    },
    cables: None,
    counters: None,
    module: None,
    default_format: None,
    set_jack: Some(pull),
    read_stream: None,
    keyword: None,
    packet_budget: Some(PacketBudget { settings: Vec::new, bytes: flawed_cable::BUDGET }),
    hidden: Some(Hidden {
        settings: || vec![("Hidden", 1.into())],
        category: HIDDEN,
        hold: Duration::from_secs(flawed_cable::HOLD_SECONDS),
        is_guarded: true,
    }),
};

fn pull(filter: &File, is_connected: bool) -> Result<(), acx_client::Failed> {
    let value = u32::from(is_connected).to_le_bytes();
    set(filter, "the jack", &SET, flawed_cable::JACK, &[], &value)
}

/// The driver with that flaw.
pub(crate) fn subject(flaw: Flaw) -> Subject {
    let number = Flaw::ALL.iter().position(|own| *own == flaw).map_or(0, |place| place + 1);
    let subject = Subject::new(Driver::Linked(LINKED)).with_vendor(&VENDOR);
    subject.with_settings([("Flaw", (number as u32).into())])
}
