//! acxvad, the driver: a virtual audio device whose speaker and microphone are the two ends of a
//! cable.
//!
//! # Vocabulary
//!
//! *Cable*: a wire with the controls of its two ends. *End*: one end of a cable. *Speaker* and
//! *Microphone*: the render and the capture circuit at the ends, one endpoint each. *Step*: the
//! audio that the engine moves at a time.
//!
//! # Modules
//!
//! Each module uses only modules below it; `tests/architecture.rs` checks that there are no cycles.
//!
//! | module | contents |
//! |---|---|
//! | [`device`] | the device: its cables, its circuits |
//! | [`composite`] | builds the composite endpoints |
//! | [`endpoint`] | builds speaker and microphone: pins, formats, elements, jacks |
//! | [`keyword_stream`] | streams at the keyword pin |
//! | [`stream`] | all other streams: packets, states, the timer |
//! | [`end`] | an end of a cable, as data |
//! | [`cables`] | the number of cables, changed while the device runs |
//! | [`spotter`] | the microphone's keyword spotter |
//! | [`offload`] | the speaker's audio engine: offload streams, protected content |
//! | [`telemetry`] | counters of streams, for clients and as trace events |
//! | [`follow`] | jacks that follow the streams at a hidden end |
//! | [`jack`] | jacks, connected and disconnected |
//! | [`bridges`] | stream bridges of a composite endpoint |
//! | [`cable`], [`controls`], [`packets`] | a cable, volume and meters, the packets of a stream |
//! | [`clock`] | the clock of a cable, trimmed while it runs |
//! | [`budget`] | the memory that clients share |
//! | [`default_format`] | the default format, changed while the device runs |
//! | [`settings`] | the settings in the registry |
//! | [`formats`] | the formats that the pins list |
//! | [`properties`] | the driver's own property set |
//! | [`error`](mod@error), [`trace`](mod@trace) | errors of the engine, the trace provider |
//!
//! The engine is the crate `vdma`. It calls Windows only through the crate `acx`, and has no
//! `unsafe` code.

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

// The unit tests are linked with the host's kernel: GNU's linker for Windows requires every
// function that this crate may call.
#[cfg(test)]
use acx_host as _;

pub mod bridges;
pub mod budget;
pub mod cable;
pub mod cables;
pub mod clock;
pub mod composite;
pub mod controls;
pub mod default_format;
pub mod device;
pub mod end;
pub mod endpoint;
pub mod error;
pub mod follow;
pub mod formats;
pub mod jack;
pub mod keyword_stream;
pub mod offload;
pub mod packets;
pub mod properties;
pub mod settings;
pub mod sleepers;
pub mod spotter;
pub mod stream;
pub mod telemetry;
pub mod trace;

use acx::device::DeviceInit;
use acx::driver::Driver;
use acx::{Passive, Result};

use crate::device::VirtualDevice;
use crate::trace::TRACE;

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
