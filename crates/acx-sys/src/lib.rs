//! acx-sys
