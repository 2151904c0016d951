//! acxvad
