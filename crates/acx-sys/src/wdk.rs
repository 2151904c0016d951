//! The backend of feature `wdk`: types, constants, statuses and NT functions are `wdk-sys`', the
//! names of ACX are bindgen's over the WDK's headers (`build.rs`). What links them:
//! `WdfDriverEntry.lib` and `acxstub.lib`, which bind the driver before its `DriverEntry`.

pub(crate) mod acx;
pub mod entry;
