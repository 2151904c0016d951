//! Additions of one vendor's drivers to ACX: settings, private properties and promises. The caller
//! describes them; cases and scenarios that need one do not apply without it.

use std::time::Duration;

use acx_client::endpoint::{Endpoint, WaveFormat};
use acx_client::{Failed, File};
use acx_host::machine::Setting;
use acx_sys::{GUID, NTSTATUS};

/// The result of a client's request.
pub type Answer<T> = Result<T, Failed>;

/// Reads the counters of an endpoint's streams.
pub type AskCounters = fn(&Endpoint) -> Answer<Vec<Counters>>;

/// A vendor's additions. A description may be given for any driver: it is used only if
/// [`is_present`](Self::is_present) recognizes an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// The name that verdicts show.
    pub name: &'static str,
    /// Whether an endpoint belongs to a driver of this vendor.
    pub is_present: fn(&Endpoint) -> bool,
    /// The promises of its documentation.
    pub promises: Promises,
    /// Settings and a property for the number of cables.
    pub cables: Option<Cables>,
    /// The counters of an endpoint's streams.
    pub counters: Option<AskCounters>,
    /// The class of an audio module that has the same counters.
    pub module: Option<GUID>,
    /// The default format of an endpoint, read and changed while streams run.
    pub default_format: Option<DefaultFormat>,
    /// Plugs in (true) or unplugs the jack of a filter.
    pub set_jack: Option<fn(&File, bool) -> Answer<()>>,
    /// Reads the private properties of a stream at a composite endpoint.
    pub read_stream: Option<fn(&File) -> Answer<()>>,
    /// The keyword detector.
    pub keyword: Option<Keyword>,
    /// The memory that the packets of all streams may take together.
    pub packet_budget: Option<PacketBudget>,
    /// Ends of a cable for which Windows creates no endpoint.
    pub hidden: Option<Hidden>,
}

/// Ends of a cable at which programs stream, and for which Windows creates no endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Hidden {
    /// Settings of a device whose first speaker is hidden, and whose first microphone's jack
    /// follows the streams there.
    pub settings: fn() -> Vec<(&'static str, Setting)>,
    /// The interface category by which programs find it.
    pub category: GUID,
    /// How long the jack stays plugged in after the last stream.
    pub hold: Duration,
    /// Whether only administrators, the system and interactive users can get its packets.
    pub is_guarded: bool,
}

/// Promises of a vendor's documentation beyond ACX's contracts.
#[derive(Clone, Copy, Debug, Default)]
pub struct Promises {
    /// The only statuses with which a request fails for lack of memory. Empty for those that
    /// Windows drivers usually return.
    pub out_of_resources: &'static [NTSTATUS],
    /// The two ends of a cable may run at different rates.
    pub converts_rates: bool,
    /// Protected content is silent at the microphone.
    pub silences_protected: bool,
    /// A packet that was refused as late is not played at all; ACX leaves that to the driver.
    pub drops_late_packets: bool,
    /// Only administrators, the system and drivers can make the described changes.
    pub guards_changes: bool,
    /// The mode in which streams of composite endpoints change state in the inverted order.
    pub inverted_mode: Option<GUID>,
}

/// Cables: pairs of a speaker and the microphone that records what it plays.
#[derive(Clone, Copy, Debug)]
pub struct Cables {
    /// Settings of a device with this number of cables and no other endpoints.
    pub settings: fn(u32) -> Vec<(&'static str, Setting)>,
    /// Changes the number while the device runs, through any of its filters.
    pub set: fn(&File, u32) -> Answer<()>,
    /// The name of the speaker of a cable, counted from 0.
    pub speaker: fn(u32) -> String,
    /// The name of its microphone.
    pub microphone: fn(u32) -> String,
    /// The maximum number of a device.
    pub most: u32,
    /// The maximum number of streams of one cable, at both ends together.
    pub streams: u32,
}

/// A memory budget for the packets of a device.
#[derive(Clone, Copy, Debug)]
pub struct PacketBudget {
    /// Settings of a device whose budget is small enough for a few streams to use up.
    pub settings: fn() -> Vec<(&'static str, Setting)>,
    /// The budget in bytes with these settings.
    pub bytes: u64,
}

/// The default format of an endpoint.
#[derive(Clone, Copy, Debug)]
pub struct DefaultFormat {
    /// Reads it.
    pub get: fn(&File) -> Answer<WaveFormat>,
    /// Changes it.
    pub set: fn(&File, WaveFormat) -> Answer<()>,
    /// A format to change to.
    pub other: WaveFormat,
}

/// A keyword detector whose pattern the suite can play.
#[derive(Clone, Copy, Debug)]
pub struct Keyword {
    /// The type of the pattern.
    pub pattern: GUID,
    /// A pattern that matches audio louder than 20 dB below full scale for 100 ms, as the value of
    /// KSPROPERTY_SOUNDDETECTOR_PATTERNS.
    pub loud_sound: fn() -> Vec<u8>,
}

/// A driver's counters of one stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Each counter with its name. The names in [`counter`] have a meaning here; others are only
    /// shown.
    pub counts: Vec<(&'static str, u64)>,
    /// The largest delay of a tick of the driver's timer, in units of 100 ns.
    pub worst_lateness: u64,
}

/// Names of counters.
pub mod counter {
    /// Packets completed.
    pub const PACKETS: &str = "packets_done";
    /// Ticks of the driver's timer that were late. A late tick alone need not be audible.
    pub const LATE_TICKS: &str = "late_ticks";
    /// Packets skipped because the driver was late.
    pub const SKIPPED: &str = "packets_skipped";
    /// Packets that the client did not write in time.
    pub const UNDERRUNS: &str = "underruns";
    /// Packets that were overwritten before the client read them.
    pub const OVERWRITES: &str = "overwrites";
    /// The number of expiries of the stream's timer in the driver.
    pub const WAKE_UPS: &str = "wake_ups";

    /// Whether the counter counts normal work; the others count errors.
    pub fn is_work(name: &str) -> bool {
        matches!(name, PACKETS | WAKE_UPS)
    }
}
