//! An event-driven client like AudioKSE: two packets, a notification event, the packet register.
//! `ks/interface.md`, sections 4.1 and 4.3.

use std::sync::atomic::{AtomicU64, Ordering};

use acx_sys::*;

use crate::endpoint::{Endpoint, WaveFormat};
use crate::request::{self, descriptor, long, number, set_state};
use crate::{Buffer, Failed, File, System};

/// The formula of the packet register's hash. It is not public, so clients accept both orders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketHash {
    /// The low half of the QPC in the upper half, that of the count in the lower.
    #[default]
    QpcAboveCount,
    /// The reverse.
    CountAboveQpc,
}

impl PacketHash {
    /// The hash of a count of packets and the QPC of the last one.
    pub fn of(self, count: u64, qpc: u64) -> u64 {
        let (high, low) = match self {
            Self::QpcAboveCount => (qpc, count),
            Self::CountAboveQpc => (count, qpc),
        };
        high << 32 | low & 0xFFFF_FFFF
    }
}

/// An event-driven stream.
pub struct EventStream {
    pin: File,
    buffer: Buffer,
    event: u64,
    packet: usize,
    block: usize,
    /// Addresses of count, QPC and hash in the packet register.
    register: Option<[u64; 3]>,
    /// The next packet to write or to read.
    next: u64,
}

/// A packet that a capture stream read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadPacket {
    /// Its number.
    pub packet: u32,
    /// The QPC at the start of the packet.
    pub start: u64,
    /// Whether the next packet is already complete.
    pub more: bool,
}

impl EventStream {
    /// Opens a stream, allocates packets of `frames` frames and registers the event. The stream is
    /// in STOP.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request that failed.
    pub fn open(
        system: &dyn System,
        endpoint: &Endpoint,
        format: WaveFormat,
        mode: &GUID,
        frames: u32,
    ) -> Result<Self, Failed> {
        Self::on(system, endpoint.open_stream(format, mode)?, format, frames)
    }

    /// Like [`open`](Self::open), on a pin that is already open.
    ///
    /// # Errors
    ///
    /// The same as [`open`](Self::open).
    pub fn on(
        system: &dyn System,
        pin: File,
        format: WaveFormat,
        frames: u32,
    ) -> Result<Self, Failed> {
        let block = format.block_align();
        let packet = frames as usize * block;
        let mut instance = vec![0; 8];
        instance.extend((2 * packet as u32).to_le_bytes());
        instance.extend(2u32.to_le_bytes());
        let set = &KSPROPSETID_RtAudio;
        let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
        let value = request::get_known(&pin, "allocating the buffer", set, id, &instance, 16)?;
        let (address, length) = (long(&value, 0) as usize, number(&value, 8) as usize);
        // SAFETY: the pin returned the address, and is kept open with the buffer.
        let buffer = unsafe { Buffer::new(address, length) };
        request::hw_latency(&pin)?;
        let id = KSPROPERTY_RTAUDIO_PACKETVREGISTER;
        // A driver without a register is queried for each packet.
        let register = match request::get_known(&pin, "the packet register", set, id, &[0; 8], 24) {
            Ok(value) => Some([0, 8, 16].map(|at| long(&value, at))),
            Err(Failed { status: STATUS_NOT_SUPPORTED, .. }) => None,
            Err(failed) => return Err(failed),
        };
        let event = system.create_event();
        let stream = Self { pin, buffer, event, packet, block, register, next: 0 };
        stream.register_event(KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT)?;
        Ok(stream)
    }

    fn register_event(&self, id: u32) -> Result<(), Failed> {
        let event = self.event.to_le_bytes();
        let input = descriptor(&KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_GET, &event);
        match self.pin.ioctl(IOCTL_KS_PROPERTY, &input, None).status {
            STATUS_SUCCESS | STATUS_BUFFER_OVERFLOW => Ok(()),
            status => Err(Failed { what: "registering the event", status }),
        }
    }

    /// Whether the driver has a packet register.
    pub fn has_register(&self) -> bool {
        self.register.is_some()
    }

    /// The pin, for the caller's own requests.
    pub fn pin(&self) -> &File {
        &self.pin
    }

    /// The event that is signalled with each completed packet.
    pub fn event(&self) -> u64 {
        self.event
    }

    /// The size of a packet in bytes.
    pub fn packet_bytes(&self) -> usize {
        self.packet
    }

    /// STOP to PAUSE.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn prepare(&self) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_ACQUIRE)?;
        set_state(&self.pin, KSSTATE::KSSTATE_PAUSE)
    }

    /// PAUSE to RUN.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn run(&self) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_RUN)
    }

    /// RUN to PAUSE.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn pause(&self) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_PAUSE)
    }

    /// PAUSE to STOP; the stream restarts at packet 0.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn stop(&mut self) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_ACQUIRE)?;
        set_state(&self.pin, KSSTATE::KSSTATE_STOP)?;
        self.next = 0;
        Ok(())
    }

    /// The register's hash order, once a packet is complete; None if it is neither, or the driver
    /// has no register.
    pub fn hash_order(&self) -> Option<PacketHash> {
        let register = self.register?;
        let (count, at) = self.completed();
        // SAFETY: the pin returned the address of an aligned word, and is kept open.
        let hash = unsafe { AtomicU64::from_ptr(register[2] as *mut u64) }.load(Ordering::Acquire);
        let hashes = [PacketHash::QpcAboveCount, PacketHash::CountAboveQpc];
        hashes.into_iter().find(|order| order.of(count, at) == hash)
    }

    /// Completed packets and the QPC of the last one, from the packet register.
    pub fn completed(&self) -> (u64, u64) {
        let word = |address: u64| {
            // SAFETY: the pin returned the addresses of aligned words, and is kept open; they are
            // written as whole words only.
            unsafe { AtomicU64::from_ptr(address as *mut u64) }.load(Ordering::Acquire)
        };
        loop {
            let Some(register) = self.register else { return (0, 0) };
            let [count, at, hash] = register.map(word);
            // The order of the halves is not public; either one shows that the three values belong
            // together.
            let hashes = [PacketHash::QpcAboveCount, PacketHash::CountAboveQpc];
            if hashes.iter().any(|order| order.of(count, at) == hash) {
                return (count, at);
            }
            std::hint::spin_loop();
        }
    }

    /// Writes packet `packet` and notifies the driver. With `end` it is the last packet, with that
    /// many valid bytes.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the driver's status: late, overrun, or after the end.
    pub fn write(&mut self, packet: u64, bytes: &[u8], end: Option<usize>) -> Result<(), Failed> {
        self.fill(packet, bytes);
        self.set_packet(packet as u32, end)
    }

    /// Writes packet `packet` without notifying the driver.
    pub fn fill(&mut self, packet: u64, bytes: &[u8]) {
        let slot = (packet % 2) as usize * self.packet;
        self.buffer.write(slot, bytes);
        self.next = packet + 1;
    }

    /// Sends only SETWRITEPACKET.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the driver's status.
    pub fn set_packet(&self, packet: u32, end: Option<usize>) -> Result<(), Failed> {
        let flags = if end.is_some() { KSSTREAM_HEADER_OPTIONSF_ENDOFSTREAM } else { 0 };
        let numbers = [packet, flags, end.unwrap_or(0) as u32];
        let value: Vec<u8> = numbers.into_iter().flat_map(u32::to_le_bytes).collect();
        let id = KSPROPERTY_RTAUDIO_SETWRITEPACKET;
        request::set(&self.pin, "setting a packet", &KSPROPSETID_RtAudio, id, &[], &value)
    }

    /// The newest filled packet.
    ///
    /// # Errors
    ///
    /// [`Failed`]: STATUS_DEVICE_NOT_READY before the first packet.
    pub fn read_packet(&self) -> Result<ReadPacket, Failed> {
        let value =
            request::rt(&self.pin, "reading a packet", KSPROPERTY_RTAUDIO_GETREADPACKET, 24)?;
        let more = number(&value, 16) != 0;
        Ok(ReadPacket { packet: number(&value, 0), start: long(&value, 8), more })
    }

    /// Copies packet `packet` out.
    pub fn copy(&self, packet: u32, into: &mut [u8]) {
        let slot = (packet % 2) as usize * self.packet;
        self.buffer.read(slot, &mut into[..self.packet]);
    }

    /// The audio of the newest filled packet.
    ///
    /// # Errors
    ///
    /// The same as [`read_packet`](Self::read_packet).
    pub fn newest(&self) -> Result<Vec<u8>, Failed> {
        let number = self.read_packet()?.packet;
        let mut bytes = vec![0; self.packet];
        self.copy(number, &mut bytes);
        Ok(bytes)
    }

    /// The next packet to write (render) or to read (capture).
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Sets the next packet to read.
    pub fn set_next(&mut self, next: u64) {
        self.next = next;
    }

    /// Position in frames and its QPC.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn position(&self) -> Result<(u64, u64), Failed> {
        request::presentation(&self.pin)
    }

    /// The size of a frame in bytes.
    pub fn block_align(&self) -> usize {
        self.block
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        // Closing the pin does the same; a careful client unregisters.
        let _ = self.register_event(KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    }
}
