//! A legacy KS program, with the exact request order of PortAudio's WDM-KS host: two halves,
//! positions only, no packet calls. `ks/interface.md`, section 4.7.

use acx_sys::*;

use crate::endpoint::{Endpoint, WaveFormat};
use crate::request::{self, descriptor, long, number, set_state};
use crate::{Buffer, Failed, File, System};

/// A render stream of a program that does not use packets.
pub struct LegacyStream {
    pin: File,
    buffer: Buffer,
    event: u64,
    half: usize,
    fifo: u64,
    block: usize,
}

impl LegacyStream {
    /// Opens a render stream with halves of `frames` frames, as PortAudio does. The stream is in
    /// STOP.
    ///
    /// # Errors
    ///
    /// [`Failed`] of the first request whose failure PortAudio does not accept.
    pub fn open(
        system: &dyn System,
        endpoint: &Endpoint,
        format: WaveFormat,
        mode: &GUID,
        frames: u32,
    ) -> Result<Self, Failed> {
        let pin = endpoint.open_stream(format, mode)?;
        let block = format.block_align();
        let total = 2 * frames * block as u32;
        let set = &KSPROPSETID_RtAudio;
        let mut instance = vec![0; 8];
        instance.extend(total.to_le_bytes());
        instance.extend(2u32.to_le_bytes());
        let id = KSPROPERTY_RTAUDIO_BUFFER_WITH_NOTIFICATION;
        let what = "allocating the buffer";
        // On a failure PortAudio requests a buffer without notification.
        let value = request::get_known(&pin, what, set, id, &instance, 16).or_else(|_| {
            request::get_known(&pin, what, set, KSPROPERTY_RTAUDIO_BUFFER, &instance, 16)
        })?;
        let (address, length) = (long(&value, 0) as usize, number(&value, 8) as usize);
        // SAFETY: the pin returned the address, and is kept open with the buffer.
        let buffer = unsafe { Buffer::new(address, length) };
        let (fifo, _) = request::hw_latency(&pin)?;
        let event = system.create_event();
        let id = KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT;
        let input = descriptor(set, id, KSPROPERTY_TYPE_GET, &event.to_le_bytes());
        let mut same = input.clone();
        let status = pin.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut same)).status;
        if status != STATUS_SUCCESS {
            return Err(Failed { what: "registering the event", status });
        }
        // Sent as SET, and a failure is accepted: ACX never exposes a register.
        let id = KSPROPERTY_RTAUDIO_POSITIONREGISTER;
        let input = descriptor(set, id, KSPROPERTY_TYPE_SET, &[0; 8]);
        pin.ioctl(IOCTL_KS_PROPERTY, &input, Some(&mut [0; 40]));
        let (play, _) = request::audio_position(&pin)?;
        if play != 0 {
            return Err(Failed {
                what: "a position of zero before the start",
                status: STATUS_UNSUCCESSFUL,
            });
        }
        let half = length / 2;
        Ok(Self { pin, buffer, event, half, fifo: u64::from(fifo), block })
    }

    /// The event that is signalled at each half.
    pub fn event(&self) -> u64 {
        self.event
    }

    /// The size of a half in bytes.
    pub fn half_bytes(&self) -> usize {
        self.half
    }

    /// ACQUIRE, PAUSE; both halves primed with `audio`; RUN.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn start(&self, audio: &[u8]) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_ACQUIRE)?;
        set_state(&self.pin, KSSTATE::KSSTATE_PAUSE)?;
        self.buffer.write(0, &audio[..(2 * self.half).min(audio.len())]);
        set_state(&self.pin, KSSTATE::KSSTATE_RUN)
    }

    /// On the event: writes `audio` to the half that is not being played. Returns its index, 0 or
    /// 1.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn service(&self, audio: &[u8]) -> Result<usize, Failed> {
        let (play, _) = request::audio_position(&self.pin)?;
        let total = 2 * self.half as u64;
        let ahead = (play + self.fifo) % total / self.block as u64 * self.block as u64;
        let other = usize::from(ahead < self.half as u64);
        self.buffer.write(other * self.half, audio);
        Ok(other)
    }

    /// PAUSE, STOP.
    ///
    /// # Errors
    ///
    /// [`Failed`].
    pub fn stop(&self) -> Result<(), Failed> {
        set_state(&self.pin, KSSTATE::KSSTATE_PAUSE)?;
        set_state(&self.pin, KSSTATE::KSSTATE_STOP)
    }
}

impl Drop for LegacyStream {
    fn drop(&mut self) {
        let id = KSPROPERTY_RTAUDIO_UNREGISTER_NOTIFICATION_EVENT;
        let event = self.event.to_le_bytes();
        let input = descriptor(&KSPROPSETID_RtAudio, id, KSPROPERTY_TYPE_GET, &event);
        self.pin.ioctl(IOCTL_KS_PROPERTY, &input, None);
    }
}
