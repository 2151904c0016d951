//! acxhost
fn main() {}
