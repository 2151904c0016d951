//! acx-host
