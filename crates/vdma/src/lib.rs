//! vdma
