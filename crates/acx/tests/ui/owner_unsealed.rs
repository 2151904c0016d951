//! The trait cannot be implemented without what it is sealed with.

use acx::owner::Owner;

struct Mine;

impl Owner for Mine {}

fn main() {}
