//! Requests go to what ACX knows: no other type is a target.

use acx::target::Target;

struct Mine;

impl Target for Mine {}

fn main() {}
