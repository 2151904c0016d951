//! acx
