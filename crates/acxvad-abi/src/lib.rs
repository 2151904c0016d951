//! The contract between the acxvad driver and its programs: `no_std`, no dependencies.
//!
//! # Vocabulary
//!
//! *Setting*: a value in the registry key of the device. *Entry*: the counters of one stream in the
//! telemetry.
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`settings`] | the table of settings: names, kinds, allowed values, defaults, texts |
//! | [`properties`] | the driver's own property set with its ids, and the other GUIDs |
//! | [`telemetry`] | the layout of the property with the streams and their counters |
//!
//! The driver, the clients, the installer and the tests use these definitions. Tests compare the
//! INF and `docs/settings.md` with the table.

#![no_std]
#![forbid(unsafe_code)]
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

pub mod properties;
pub mod settings;
pub mod telemetry;
