//! The packet sizes that a circuit's endpoint accepts. DDI: KSAUDIO_PACKETSIZE_CONSTRAINTS2,
//! DEVPKEY_KsAudio_PacketSize_Constraints2, AcxCircuitGetSymbolicLinkName,
//! IoGetDeviceInterfaceAlias, IoSetDeviceInterfacePropertyData.
//!
//! Windows reads them from the audio interface before it opens the driver. Without them it uses 10
//! ms in every mode.
//!
//! ```
//! # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/example/host.rs"));
//! # fn main() { host::run(prepare) }
//! use acx::Result;
//! use acx::constraints::PacketSizes;
//! use acx::device::PrepareHardware;
//! use acx::pin::Mode;
//! use acx::units::Hns;
//!
//! /// 2 ms for the lowest latency, 10 ms for music.
//! const SIZES: PacketSizes<1> = PacketSizes {
//!     minimum: Hns::from_milliseconds(2),
//!     maximum: None,
//!     modes: [(Mode::Media, Hns::from_milliseconds(10))],
//! };
//!
//! fn prepare(hardware: &mut PrepareHardware<'_>) -> Result<()> {
//!     host::speaker(hardware)?.add_endpoint(&SIZES)
//! }
//! ```

use acx_sys::ntddk::{
    IoGetDeviceInterfaceAlias, IoSetDeviceInterfacePropertyData, RtlFreeUnicodeString,
};
use acx_sys::*;

use crate::error::check;
use crate::mode::Mode;
use crate::units::{Bytes, Hns};
use crate::{Error, Passive, Result};

/// Packet sizes of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketSizes<const N: usize> {
    /// The shortest packet.
    pub minimum: Hns,
    /// The largest packet, if there is a limit.
    pub maximum: Option<Bytes>,
    /// For each mode the duration of which its packets are a multiple. A duration not above the
    /// minimum has no effect.
    pub modes: [(Mode, Hns); N],
}

/// KSAUDIO_PACKETSIZE_CONSTRAINTS2 with as many modes as it has.
#[repr(C)]
struct Constraints<const N: usize> {
    minimum: ULONG,
    alignment: ULONG,
    maximum_bytes: ULONG,
    count: ULONG,
    modes: [KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT; N],
}

/// The audio interface's link, from the kernel's pool.
struct Link(UNICODE_STRING);

impl Drop for Link {
    fn drop(&mut self) {
        // SAFETY: IoGetDeviceInterfaceAlias allocated the string; freed once, at PASSIVE_LEVEL,
        // where this was made.
        unsafe { RtlFreeUnicodeString(&raw mut self.0) };
    }
}

impl<const N: usize> PacketSizes<N> {
    /// Publishes them for a circuit that was just added to its device.
    ///
    /// # Errors
    ///
    /// The kernel's errors.
    ///
    /// # Safety
    ///
    /// A live circuit, which AcxDeviceAddCircuit took, or whose interfaces ACX has made.
    pub(crate) unsafe fn publish(&self, circuit: ACXCIRCUIT, _passive: &Passive) -> Result<()> {
        // SAFETY: a circuit that AcxDeviceAddCircuit took, so that it has a link, which lives as
        // long as the circuit.
        let string = unsafe { AcxCircuitGetSymbolicLinkName(circuit) };
        if string.is_null() {
            return Err(Error::InvalidState);
        }
        let mut name = UNICODE_STRING::default();
        // SAFETY: the circuit's own string object.
        unsafe { WdfStringGetUnicodeString(string, &raw mut name) };
        let mut link = UNICODE_STRING::default();
        // SAFETY: at PASSIVE_LEVEL; both strings are valid for the call.
        check(unsafe {
            IoGetDeviceInterfaceAlias(&raw mut name, &KSCATEGORY_AUDIO, &raw mut link)
        })?;
        let mut link = Link(link);
        let mut property = Constraints {
            minimum: self.minimum.0,
            // FILE_BYTE_ALIGNMENT
            alignment: 0,
            // 0 is no limit.
            maximum_bytes: self.maximum.map_or(0, |largest| largest.0),
            count: ULONG::try_from(N).map_err(|_| Error::InvalidParameter)?,
            modes: self.modes.map(|(mode, duration)| {
                KSAUDIO_PACKETSIZE_PROCESSINGMODE_CONSTRAINT {
                    ProcessingMode: mode.guid(),
                    SamplesPerProcessingPacket: 0,
                    ProcessingPacketDurationInHns: duration.0,
                }
            }),
        };
        let size =
            ULONG::try_from(size_of::<Constraints<N>>()).map_err(|_| Error::InvalidParameter)?;
        // SAFETY: at PASSIVE_LEVEL; the kernel copies the bytes of the property.
        check(unsafe {
            IoSetDeviceInterfacePropertyData(
                &raw mut link.0,
                &DEVPKEY_KsAudio_PacketSize_Constraints2,
                0,
                0,
                DEVPROP_TYPE_BINARY,
                size,
                (&raw mut property).cast(),
            )
        })
    }
}

const _: () = assert!(size_of::<Constraints<1>>() == 40 && size_of::<Constraints<5>>() == 136);
