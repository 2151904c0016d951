//! `acxvad-feed`: writes the audio that a microphone records.

use acxvad_programs::{arguments::Feed, end, stream};
use clap::Parser;

fn main() -> std::process::ExitCode {
    let given = Feed::parse();
    let json = given.common.json;
    end::report("acxvad-feed", json, stream::feed(&given))
}
