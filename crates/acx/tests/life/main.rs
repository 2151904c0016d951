//! Tests of the end of a driver's values: timers dropped in every place, and references that
//! outlive their objects.

#![deny(unsafe_code)]

mod afterwards;
mod bench;
#[path = "../example/silent.rs"]
mod silent;
mod timers;
