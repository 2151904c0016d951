//! acxvad, the driver: a virtual audio device whose speaker and microphone are the two ends of a cable.
//!
//! # Vocabulary
//!
//! *Cable*: a wire with the controls of its two ends. *Speaker* and *Microphone*: the render and the capture circuit, one endpoint
//! each. *Step*: how much the engine moves at a time.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`device`] | the device: its cable, its circuits |
//! | [`endpoint`] | speaker and microphone: pins, formats, elements, jacks |
//! | [`stream`] | streams: packets, states, the timer |
//! | [`keyword`] | the microphone's keyword spotter and its pin |
//! | [`offload`] | the speaker's audio engine: offload streams, loopback, protected content |
//! | [`composite`] | endpoints of several circuits |
//! | [`plug`] | jacks, plugged in and pulled out |
//! | [`more`] | cables that come and go while the device runs |
//! | [`cable`] | what the two ends share |
//! | [`default_format`] | the default format, changed while the device runs |
//! | [`formats`] | the formats that the pins list |
//! | [`settings`] | what the registry may change |
//! | [`telemetry`] | what clients can ask about streams, and events for what goes wrong |
//!
//! The engine is `vdma`, everything of Windows is behind `acx`; there is no `unsafe` here.

#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::as_conversions
    )
)]

pub mod cable;
pub mod composite;
pub mod default_format;
pub mod device;
pub mod endpoint;
pub mod formats;
pub mod keyword;
pub mod more;
pub mod offload;
pub mod plug;
pub mod settings;
pub mod stream;
pub mod telemetry;

use acx::device::DeviceInit;
use acx::driver::Driver;
use acx::{Passive, Result};

use crate::device::VirtualDevice;

/// Where the driver's events come from. The GUID is the one that the name makes.
pub static TRACE: acx::trace::Provider = acx::trace_provider!(
    "acxvad",
    acx::guid::GUID {
        Data1: 0xDB1F_D9C2,
        Data2: 0xF628,
        Data3: 0x50C6,
        Data4: [0x4D, 0xD6, 0x2B, 0xFE, 0x44, 0x90, 0xE0, 0xC2],
    }
);

/// The driver.
#[derive(Debug)]
pub struct Acxvad;

impl Driver for Acxvad {
    const TRACE: Option<&'static acx::trace::Provider> = Some(&TRACE);
    const COMPOSITES: &'static [acx::composite::Composite] = composite::COMPOSITES;

    fn device_add(init: DeviceInit<'_>, passive: &mut Passive) -> Result<()> {
        init.create(VirtualDevice::new, passive)
    }
}

acx::driver!(Acxvad);

/// What the engine's refusals are called at the DDI.
fn status_of(error: vdma::Error) -> acx::Error {
    match error {
        vdma::Error::Late => acx::Error::Late,
        vdma::Error::Overrun => acx::Error::Overrun,
        vdma::Error::AfterEndOfStream => acx::Error::InvalidState,
        vdma::Error::NotReady => acx::Error::NotReady,
        vdma::Error::UnsupportedFormat => acx::Error::NoMatch,
        vdma::Error::TooManyStreams => acx::Error::OutOfMemory,
        _ => acx::Error::InvalidParameter,
    }
}
