//! What the command line does, as a library: play and record through the driver in the host, look at it, soak it, hold it to its contracts.
//!
//! # Vocabulary
//!
//! *Run*: one machine with the driver loaded and its device started, from load to unload. *Findings*: what the host's verifier saw in it.
//! *Latency*: the frame of the recording at which the original begins.
//!
//! # Rooms
//!
//! | module | what is in it |
//! |---|---|
//! | [`run`] | a machine with the driver, and what was found in it |
//! | [`play`] | playing through the speaker while the microphone records |
//! | [`soak`] | hours of audio in virtual time, compared on the fly |
//! | [`topology`] | circuits, pins, formats and elements as a tree |
//! | [`conform`] | the conformance suite: cases with an id, a sentence and a figure |
//! | [`faults`] | scenarios in which each call of the driver that can fail fails in turn |
//! | [`load`] | many streams on many cables: what they cost, and what becomes of them past the limit |
//! | [`mod@bench`] | two drivers under the same load, in turns |
//! | [`evidence`] | everything that can be shown of a driver, as one page |
//! | [`wav`] | WAV files in and out |
//! | [`output`] | files that take their place only when they are complete |
//! | [`analysis`] | latency, bit exactness, position error, drift |
//! | [`watch`] | the counters of streams while they run |
//! | [`melody`] | what is played when nothing is given |

pub mod analysis;
pub mod bench;
pub mod conform;
pub mod evidence;
pub mod faults;
pub mod load;
pub mod melody;
pub mod output;
pub mod play;
pub mod run;
pub mod soak;
pub mod topology;
pub mod watch;
pub mod wav;
