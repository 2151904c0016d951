//! Where a driver's values end: timers wherever they are dropped, and what outlives its object.

#![deny(unsafe_code)]

mod afterwards;
mod bench;
#[path = "../example/silent.rs"]
mod silent;
mod timers;
