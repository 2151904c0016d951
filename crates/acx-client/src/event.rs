//! Event driven, as AudioKSE: two packets, a notification event, the packet register.
//! `ks/interface.md`, sections 4.1 and 4.3.

use std::sync::atomic::{AtomicU64, Ordering};

use acx_sys::*;

use crate::endpoint::{Endpoint, WaveFormat};
use crate::request::{self, descriptor, long, number, set_state};
use crate::{Buffer, Failed, File, System};

/// How the packet register's hash is made of count and QPC: not public, so clients take either.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketHash {
    /// The low half of the QPC above the low half of the count.
    #[default]
    QpcAboveCount,
    /// The other way round.
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
    /// The QPC at which its filling began.
    pub start: u64,
    /// Whether the next one is there already.
    pub more: bool,
}

impl EventStream {
    /// Opens a stream with packets of `frames` frames, allocates, registers the event. The stream
    /// is in STOP.
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

    /// As [`open`](Self::open), on a pin that is open already.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
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
        // SAFETY: what the pin answered, and the pin is kept beside it.
        let buffer = unsafe { Buffer::new(address, length) };
        request::hw_latency(&pin)?;
        let id = KSPROPERTY_RTAUDIO_PACKETVREGISTER;
        // A driver that has no register is asked for each packet.
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

    /// The pin, for requests of one's own.
    pub fn pin(&self) -> &File {
        &self.pin
    }

    /// The event that is signalled with each completed packet.
    pub fn event(&self) -> u64 {
        self.event
    }

    /// Bytes of a packet.
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

    /// PAUSE to STOP; the stream begins anew.
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

    /// Which way the register's hash is made, once a packet is complete; None where it is neither,
    /// or the driver has no register.
    pub fn hash_order(&self) -> Option<PacketHash> {
        let register = self.register?;
        let (count, at) = self.completed();
        // SAFETY: the pin answered the address, of an aligned word, and is kept open.
        let hash = unsafe { AtomicU64::from_ptr(register[2] as *mut u64) }.load(Ordering::Acquire);
        let hashes = [PacketHash::QpcAboveCount, PacketHash::CountAboveQpc];
        hashes.into_iter().find(|order| order.of(count, at) == hash)
    }

    /// Completed packets and the QPC of the last one, from the packet register.
    pub fn completed(&self) -> (u64, u64) {
        let word = |address: u64| {
            // SAFETY: the pin answered the addresses, of aligned words, and is kept open; they are
            // written as whole words only.
            unsafe { AtomicU64::from_ptr(address as *mut u64) }.load(Ordering::Acquire)
        };
        loop {
            let Some(register) = self.register else { return (0, 0) };
            let [count, at, hash] = register.map(word);
            // Which half is which is not public; either shows that the three belong together.
            let hashes = [PacketHash::QpcAboveCount, PacketHash::CountAboveQpc];
            if hashes.iter().any(|order| order.of(count, at) == hash) {
                return (count, at);
            }
            std::hint::spin_loop();
        }
    }

    /// Writes packet `packet` and tells the driver; with `end`, that many bytes are valid and it is
    /// the last one.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the driver's answer: late, overrun, after the end.
    pub fn write(&mut self, packet: u64, bytes: &[u8], end: Option<usize>) -> Result<(), Failed> {
        self.fill(packet, bytes);
        self.set_packet(packet as u32, end)
    }

    /// Writes packet `packet` without a word to the driver.
    pub fn fill(&mut self, packet: u64, bytes: &[u8]) {
        let slot = (packet % 2) as usize * self.packet;
        self.buffer.write(slot, bytes);
        self.next = packet + 1;
    }

    /// SETWRITEPACKET alone.
    ///
    /// # Errors
    ///
    /// [`Failed`] with the driver's answer.
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
    /// [`Failed`]: STATUS_DEVICE_NOT_READY before the first.
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
    /// As [`read_packet`](Self::read_packet).
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

    /// Remembers that everything before `next` was read.
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

    /// Bytes of a frame.
    pub fn block_align(&self) -> usize {
        self.block
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        // Closing does the same; a client that is polite says it.
        let _ = self.register_event(KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT);
    }
}
