//! Safe wrappers for ACX (Audio Class eXtensions) drivers: `no_std`, no `alloc`, every allocation
//! fallible.
//!
//! # Vocabulary
//!
//! *Circuit*: an audio path, one KS filter. *Pin*: an end of it, where streams are opened (host
//! pin) or where the path leaves the device (bridge pin). *Element*: volume, mute, peak meter. *RT
//! stream*: a stream whose *packets* a client maps; a *basic* stream has states only. *Context*:
//! the Rust value that lives with a framework object, dropped in its `EvtCleanupCallback`. *Token*:
//! a value that proves the IRQL ([`Passive`], [`Dispatch`]).
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`driver`](mod@driver) | [`driver!`](crate::driver!) and the [`Driver`](driver::Driver) trait |
//! | [`device`] | devices and their PnP and power callbacks |
//! | [`latency`] | how fast a device must leave its low-power state |
//! | [`circuit`] | circuits |
//! | [`pin`], [`format`](mod@format), [`jack`], [`element`] | the parts |
//! | [`bridge_pin`] | bridge pins with driver-defined callbacks |
//! | [`items`] | properties and methods of elements and pins |
//! | [`connection`] | how pins and elements are connected, and wires to other filters |
//! | [`view`] | the parts of a circuit or stream: pins, elements, ids |
//! | [`format_list`] | the formats of a device, and lists of them that pins share |
//! | [`engine`] | audio engines and their part in an offload stream |
//! | [`composite`], [`bridge`] | endpoints of several circuits, and how a stream continues through them |
//! | [`target`] | requests to other circuits and their pins, elements and streams |
//! | [`opened`] | circuits, streams and factories that the driver opens |
//! | [`circuit_device`] | circuits that are added and removed while their device runs |
//! | [`children`] | child devices that a bus adds and removes |
//! | [`factory`] | circuits that are created on request |
//! | [`access`] | requests that only an administrator may make |
//! | [`bag`] | object bags: named values that drivers and ACX give each other |
//! | [`keyword`] | keyword spotters, and the event of a detection |
//! | [`owner`] | owners of timers, elements and work items |
//! | [`work`], [`dpc`] | work items: from `DISPATCH_LEVEL` to `PASSIVE_LEVEL`; DPCs |
//! | [`stopped`] | work while the requests of a circuit or stream wait |
//! | [`module`] | audio modules, with driver-defined commands |
//! | [`stream`] | streams, basic and RT: control callbacks, packet calls, completion |
//! | [`drm`] | what a driver may do with the content of a stream |
//! | [`request`] | requests that a driver sees before ACX |
//! | [`registry`], [`properties`] | registry keys; device properties |
//! | [`string`] | strings that the framework keeps |
//! | [`queue`], [`io_request`] | a device's queues, and the device-control requests in them |
//! | [`io_target`] | other drivers to which this one sends requests |
//! | [`event`](mod@event) | events, change notifications |
//! | [`own_events`] | events of pins, elements, streams; events whose clients the driver handles |
//! | [`packets`] | packet memory that a client maps |
//! | [`timer`] | high-resolution timers |
//! | [`exclusive`] | values that one callback uses at a time |
//! | [`once`] | values that are set once |
//! | [`lock`] | spin locks and wait locks that own their data |
//! | [`pool`] | `Box`, `Arc` and `Vec` on non-paged pool |
//! | [`time`], [`units`] | the performance counter; numbers with their unit |
//! | [`clock`] | the clock of a stream without hardware |
//! | [`irql`], [`error`] | tokens; errors and statuses |
//!
//! # How callbacks are made safe
//!
//! A callback is a method of a trait. For each type that implements it, the compiler makes one
//! `extern "C"` function of exactly the type that the ABI requires; nothing is transmuted. A
//! callback that ACX may call at any time gets `&self` only. A callback that ACX serializes also
//! gets `&mut` to the *control* half, and the wrapper checks that no other such callback is in
//! progress. So the real-time path cannot wait for a control callback: they share no lock.
//!
//! # Stacks
//!
//! A kernel stack is small, so constructors are not inlined: each frame is freed on return, and a
//! driver that calls many in a row needs one at a time.

#![no_std]
#![warn(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::multiple_unsafe_ops_per_block
)]

pub mod access;
pub mod bag;
pub mod bridge;
pub mod bridge_pin;
#[doc(hidden)]
pub mod cancel;
pub mod children;
pub mod circuit;
pub mod circuit_device;
pub mod clock;
pub mod composite;
pub mod connection;
pub mod constraints;
pub mod device;
pub mod dpc;
pub mod driver;
pub mod drm;
pub mod element;
pub mod engine;
pub mod error;
pub mod event;
pub mod exclusive;
pub mod factory;
pub mod format;
pub mod format_list;
pub mod io_request;
pub mod io_target;
pub mod irql;
pub mod items;
pub mod jack;
pub mod keyword;
pub mod latency;
#[doc(hidden)]
pub mod life;
pub mod lock;
pub mod module;
pub mod once;
pub mod opened;
pub mod own_events;
pub mod owner;
pub mod packets;
pub mod pin;
pub mod pool;
pub mod properties;
pub mod queue;
pub mod registry;
pub mod request;
pub mod stopped;
pub mod stream;
pub mod string;
pub mod target;
pub mod time;
pub mod timer;
pub mod trace;
pub mod units;
pub mod view;
pub mod work;

// Linked for its panic handler, a bug check with file and line. Without the WDK `image` has its
// own.
#[cfg(feature = "wdk")]
use wdk_panic as _;

mod context;
mod copy;
mod debug;
mod direction;
mod handlers;
#[cfg(acx_image)]
mod image;
mod mode;
mod outgoing;
mod owned;
mod reference;
mod site;
mod sync;
mod unicode;
mod wdf_text;

pub use error::{Error, Result};
pub use irql::{Dispatch, Passive};

/// Items for the expansion of [`driver!`](crate::driver!); not for drivers.
#[doc(hidden)]
pub mod raw {
    #[cfg(not(feature = "wdk"))]
    pub use acx_sys::entry::driver_entry;
    pub use acx_sys::{NTSTATUS, PDRIVER_OBJECT, PUNICODE_STRING};
}

/// GUID values that drivers name: categories, node types, modes, property sets.
pub mod guid {
    pub use acx_sys::{
        AUDIO_SIGNALPROCESSINGMODE_DEFAULT, AUDIO_SIGNALPROCESSINGMODE_RAW, GUID, KSCATEGORY_AUDIO,
        KSCATEGORY_CAPTURE, KSCATEGORY_RENDER, KSNODETYPE_HEADPHONES, KSNODETYPE_LINE_CONNECTOR,
        KSNODETYPE_MICROPHONE, KSNODETYPE_SPEAKER, KSNOTIFICATIONID_SoundDetector,
        KSPROPSETID_Audio, KSPROPSETID_Pin, KSPROPSETID_RtAudio,
    };

    /// Parses `text` as a GUID, for [`guid!`](crate::guid!).
    #[doc(hidden)]
    #[expect(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "evaluated in a constant, where a wrong text does not compile"
    )]
    pub const fn parse(text: &str) -> GUID {
        let bytes = text.as_bytes();
        assert!(bytes.len() == 36, "a GUID is written as 8-4-4-4-12 hexadecimal digits");
        let mut value = 0_u128;
        let mut at = 0;
        while at < 36 {
            let digit = match bytes[at] {
                b'-' if matches!(at, 8 | 13 | 18 | 23) => None,
                digit @ b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
                digit @ b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
                digit @ b'A'..=b'F' => Some(digit.wrapping_sub(b'A').wrapping_add(10)),
                _ => panic!("a GUID is written as 8-4-4-4-12 hexadecimal digits"),
            };
            if let Some(digit) = digit {
                value = value << 4 | digit as u128;
            }
            at = at.wrapping_add(1);
        }
        GUID {
            Data1: (value >> 96) as u32,
            Data2: (value >> 80) as u16,
            Data3: (value >> 64) as u16,
            Data4: (value as u64).to_be_bytes(),
        }
    }
}

/// A GUID from its text, such as `guid!("A2F163C0-5D1B-4C1E-9D41-0B7E551A1077")`. A malformed text
/// does not compile.
#[macro_export]
macro_rules! guid {
    ($text:expr) => {{
        const GUID: $crate::guid::GUID = $crate::guid::parse($text);
        GUID
    }};
}

/// A constant string as UTF-16 without a terminating zero, for ACX names. ASCII only.
#[macro_export]
macro_rules! wide {
    ($text:expr) => {{
        const WIDE_TEXT: &str = $text;
        const UNITS: [u16; WIDE_TEXT.len()] = {
            let bytes = WIDE_TEXT.as_bytes();
            let mut units = [0; WIDE_TEXT.len()];
            let mut at = 0;
            while at < bytes.len() {
                assert!(bytes[at].is_ascii(), "names are ASCII");
                units[at] = bytes[at] as u16;
                at += 1;
            }
            units
        };
        &UNITS
    }};
}
