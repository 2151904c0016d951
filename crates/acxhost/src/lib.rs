//! acxhost
