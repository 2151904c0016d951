//! `acxvad-tap`: reads the audio that a speaker plays.

use acxvad_programs::{arguments::Tap, end, stream};
use clap::Parser;

fn main() -> std::process::ExitCode {
    let given = Tap::parse();
    let json = given.common.json;
    end::report("acxvad-tap", json, stream::tap(&given))
}
