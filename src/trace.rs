//! The trace provider of the driver's events.

/// The provider. Its GUID is a hash of the name.
pub static TRACE: acx::trace::Provider = acx::trace_provider!(
    "acxvad",
    acx::guid::GUID {
        Data1: 0xDB1F_D9C2,
        Data2: 0xF628,
        Data3: 0x50C6,
        Data4: [0x4D, 0xD6, 0x2B, 0xFE, 0x44, 0x90, 0xE0, 0xC2],
    }
);
