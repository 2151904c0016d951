//! The driver, built with the WDK: `cargo wdk build`, or `cargo make` in the folder above.
//! Everything is in the library that this links.

#![no_std]

// Its DriverEntry is what WdfDriverEntry.lib calls.
extern crate driver as _;
