//! Streams: a [`Player`] and a [`Recorder`]. Both initialize a client, wait for it, and stop it
//! when they are dropped.
//!
//! <https://learn.microsoft.com/windows/win32/coreaudio/stream-management>

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use windows::Win32::Foundation::{HANDLE, WAIT_OBJECT_0, WAIT_TIMEOUT};
use windows::Win32::Media::Audio::{
    AUDCLNT_BUFFERFLAGS_SILENT, AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED, AUDCLNT_E_UNSUPPORTED_FORMAT,
    AUDCLNT_SHAREMODE_EXCLUSIVE, AUDCLNT_SHAREMODE_SHARED, AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM,
    AUDCLNT_STREAMFLAGS_EVENTCALLBACK, AUDCLNT_STREAMFLAGS_LOOPBACK,
    AUDCLNT_STREAMFLAGS_SRC_DEFAULT_QUALITY, IAudioCaptureClient, IAudioClient, IAudioClock,
    IAudioRenderClient,
};
use windows::Win32::System::Threading::{
    AvRevertMmThreadCharacteristics, AvSetMmThreadCharacteristicsW, CreateEventW,
    WaitForSingleObject,
};
use windows::core::{Interface, Owned, w};

use crate::accounting::{PlayHealth, SILENT};
use crate::buffer::Buffer;
use crate::com::{Com, Named};
use crate::device::Device;
use crate::error::Failure;
use crate::format::{FormatExt, WaveFormat};

/// The options of a stream.
#[derive(Clone, Copy, Debug)]
pub struct How {
    /// Exclusive mode.
    pub exclusive: bool,
    /// Timer-driven, without the device's event.
    pub timer: bool,
    /// The length of its buffer.
    pub buffer: Buffer,
    /// Loopback: record the audio that a render device plays.
    pub loopback: bool,
}

/// A device that signals nothing for this time counts as stalled.
const STALLED: Duration = Duration::from_secs(5);

/// The longest single wait, so that Ctrl-C takes effect.
const PIECE: Duration = Duration::from_millis(100);

/// WASAPI counts time in units of 100 ns.
const UNITS_PER_SECOND: u32 = 10_000_000;

/// The common part of players and recorders.
struct Stream<'com> {
    clock: IAudioClock,
    frequency: u64,
    /// Declared before the event that it signals, so it is dropped first.
    client: IAudioClient,
    event: Option<Owned<HANDLE>>,
    name: String,
    format: WaveFormat,
    how: How,
    buffer_frames: u32,
    woke: Instant,
    _priority: Priority,
    com: PhantomData<&'com Com>,
}

impl<'com> Stream<'com> {
    /// [IAudioClient::Initialize](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudioclient-initialize)
    fn open(device: &Device<'com>, format: WaveFormat, how: How) -> Result<Self, Failure> {
        let name = device.name();
        let client = initialized(device, format, how)?;
        let event = if how.timer {
            None
        } else {
            // SAFETY: no pointer is passed; the handle has no other owner, so `Owned` may close it.
            let event =
                unsafe { CreateEventW(None, false, false, None).map(|event| Owned::new(event)) };
            let event = event.named(name, "CreateEventW")?;
            // SAFETY: a call on a live object with a live handle, which is closed only after the
            // client is released.
            unsafe { client.SetEventHandle(*event) }.named(name, "IAudioClient::SetEventHandle")?;
            Some(event)
        };
        // SAFETY: a call on a live object that is initialized.
        let buffer_frames =
            unsafe { client.GetBufferSize() }.named(name, "IAudioClient::GetBufferSize")?;
        // SAFETY: a call on a live object that is initialized; the identifier follows from the
        // type.
        let clock: IAudioClock =
            unsafe { client.GetService() }.named(name, "IAudioClient::GetService(IAudioClock)")?;
        // SAFETY: a call on a live object.
        let frequency = unsafe { clock.GetFrequency() }.named(name, "IAudioClock::GetFrequency")?;
        Ok(Self {
            clock,
            frequency: frequency.max(1),
            client,
            event,
            name: name.to_owned(),
            format,
            how,
            buffer_frames,
            woke: Instant::now(),
            _priority: Priority::raise(),
            com: PhantomData,
        })
    }

    fn service<Service: Interface>(&self, call: &'static str) -> Result<Service, Failure> {
        // SAFETY: a call on a live object that is initialized; the identifier follows from the
        // type.
        unsafe { self.client.GetService() }.named(&self.name, call)
    }

    fn buffer_duration(&self) -> Duration {
        Duration::from_secs_f64(self.format.seconds(u64::from(self.buffer_frames)))
    }

    /// The time that the buffered audio lasts. An exclusive stream with an event has two buffers.
    fn lasts(&self) -> Duration {
        let buffers = if self.how.exclusive && !self.how.timer { 2 } else { 1 };
        self.buffer_duration() * buffers
    }

    fn start(&mut self) -> Result<(), Failure> {
        self.woke = Instant::now();
        // SAFETY: a call on a live object that is initialized.
        unsafe { self.client.Start() }.named(&self.name, "IAudioClient::Start")
    }

    /// Stops the stream; its buffer keeps its contents.
    fn stop(&self) -> Result<(), Failure> {
        // SAFETY: a call on a live object that is initialized.
        unsafe { self.client.Stop() }.named(&self.name, "IAudioClient::Stop")
    }

    /// Empties the buffer of a stopped stream, and resets its position to zero.
    fn reset(&self) -> Result<(), Failure> {
        // SAFETY: a call on a live object that is initialized.
        unsafe { self.client.Reset() }.named(&self.name, "IAudioClient::Reset")
    }

    /// Returns the frames that the device has processed, and the time of that position in units of
    /// 100 ns of the performance counter.
    ///
    /// [IAudioClock::GetPosition](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudioclock-getposition):
    /// its unit is device-specific; divided by GetFrequency it is seconds.
    fn position(&self) -> Result<(u64, u64), Failure> {
        let (mut position, mut at) = (0, 0);
        // SAFETY: a call on a live object, with two places to write to.
        unsafe { self.clock.GetPosition(&raw mut position, Some(&raw mut at)) }
            .named(&self.name, "IAudioClock::GetPosition")?;
        let frames = u128::from(position) * u128::from(self.format.rate);
        Ok((u64::try_from(frames / u128::from(self.frequency)).unwrap_or(u64::MAX), at))
    }

    /// Waits for the device; returns false at the end of one wait. The caller then checks whether
    /// to stop, and waits again.
    fn wait(&mut self) -> Result<bool, Failure> {
        let Some(event) = &self.event else {
            // Half a buffer: the device uses the other half meanwhile.
            std::thread::sleep((self.buffer_duration() / 2).min(PIECE));
            return Ok(true);
        };
        // SAFETY: the handle is live as long as `self`.
        let outcome = unsafe { WaitForSingleObject(**event, PIECE.as_millis() as u32) };
        match outcome {
            WAIT_OBJECT_0 => Ok(true),
            // A loopback stream is idle while nothing plays; any other stream must progress.
            WAIT_TIMEOUT if self.how.loopback || self.woke.elapsed() < STALLED => Ok(false),
            _ => Err(Failure::Stalled { device: self.name.clone(), seconds: STALLED.as_secs() }),
        }
    }
}

impl Drop for Stream<'_> {
    fn drop(&mut self) {
        // SAFETY: a call on a live object. It fails if the stream never started or its device is
        // gone, which needs no action.
        let _ = unsafe { self.client.Stop() };
    }
}

/// Creates an initialized client.
fn initialized(device: &Device<'_>, format: WaveFormat, how: How) -> Result<IAudioClient, Failure> {
    let name = device.name();
    let mut client = device.activate()?;
    let (mut usual, mut least) = (0, 0);
    // SAFETY: a call on a live object, with two places to write to.
    unsafe { client.GetDevicePeriod(Some(&raw mut usual), Some(&raw mut least)) }
        .named(name, "IAudioClient::GetDevicePeriod")?;
    let (mut duration, mut period) = durations(how, usual, least);
    let mode = if how.exclusive { AUDCLNT_SHAREMODE_EXCLUSIVE } else { AUDCLNT_SHAREMODE_SHARED };
    let flags = flags(how);
    let bytes = format.to_bytes();
    for last_try in [false, true] {
        // SAFETY: `bytes` is a whole WAVEFORMATEXTENSIBLE, whose alignment is 1, and lives through
        // the call.
        let outcome = unsafe {
            client.Initialize(mode, flags, duration, period, bytes.as_ptr().cast(), None)
        };
        match outcome {
            // The device requires whole packets. It returns their number of frames, and requires a
            // new client.
            Err(error) if error.code() == AUDCLNT_E_BUFFER_SIZE_NOT_ALIGNED && !last_try => {
                // SAFETY: a call on a live object; Initialize's page documents the call after this
                // error.
                let frames =
                    unsafe { client.GetBufferSize() }.named(name, "IAudioClient::GetBufferSize")?;
                let aligned = format.seconds(u64::from(frames)) * f64::from(UNITS_PER_SECOND);
                duration = aligned.round() as i64;
                period = if how.timer { period.min(duration) } else { duration };
                client = device.activate()?;
            }
            Err(error) if error.code() == AUDCLNT_E_UNSUPPORTED_FORMAT => {
                let device = name.to_owned();
                return Err(if how.exclusive {
                    Failure::ExclusiveFormat { device, format }
                } else {
                    Failure::SharedFormat { device, format }
                });
            }
            outcome => {
                outcome.named(name, "IAudioClient::Initialize")?;
                break;
            }
        }
    }
    Ok(client)
}

/// Returns buffer and period in units of 100 ns, as Initialize requires them in each mode. In
/// shared mode the period is the engine's, so it is 0; an exclusive stream with an event has two
/// buffers, each as long as a period.
fn durations(how: How, usual: i64, least: i64) -> (i64, i64) {
    let wanted = match how.buffer {
        Buffer::Lasts(duration) => Some(duration.as_nanos() as i64 / 100),
        Buffer::Usual | Buffer::Smallest => None,
    };
    let smallest = how.buffer == Buffer::Smallest;
    match (how.exclusive, how.timer) {
        // 0 means the engine's minimum.
        (false, false) => (wanted.unwrap_or(if smallest { 0 } else { 5 * usual }), 0),
        (false, true) => (wanted.unwrap_or(if smallest { 2 * usual } else { 20 * usual }), 0),
        (true, false) => {
            let duration = wanted.unwrap_or(if smallest { least } else { usual }).max(least);
            (duration, duration)
        }
        (true, true) => {
            let period = if smallest { least } else { usual };
            (wanted.unwrap_or(4 * period).max(2 * period), period)
        }
    }
}

const fn flags(how: How) -> u32 {
    let mut flags = 0;
    if !how.timer {
        flags |= AUDCLNT_STREAMFLAGS_EVENTCALLBACK;
    }
    if !how.exclusive {
        // The engine converts any format, and not with its cheapest resampler.
        flags |= AUDCLNT_STREAMFLAGS_AUTOCONVERTPCM | AUDCLNT_STREAMFLAGS_SRC_DEFAULT_QUALITY;
    }
    if how.loopback {
        flags |= AUDCLNT_STREAMFLAGS_LOOPBACK;
    }
    flags
}

/// A render stream.
pub struct Player<'com> {
    render: IAudioRenderClient,
    written: u64,
    running: bool,
    /// The counters.
    pub health: PlayHealth,
    // Last, so that its parts are released before it.
    stream: Stream<'com>,
}

impl<'com> Player<'com> {
    /// Opens a stream. Fill its buffer once, then start it.
    pub fn open(device: &Device<'com>, format: WaveFormat, how: How) -> Result<Self, Failure> {
        let stream = Stream::open(device, format, how)?;
        Ok(Self {
            render: stream.service("IAudioClient::GetService(IAudioRenderClient)")?,
            written: 0,
            running: false,
            health: PlayHealth::default(),
            stream,
        })
    }

    /// The size of its buffer in frames.
    pub const fn buffer_frames(&self) -> u32 {
        self.stream.buffer_frames
    }

    /// Starts the stream.
    pub fn start(&mut self) -> Result<(), Failure> {
        self.stream.start()?;
        self.running = true;
        Ok(())
    }

    /// Waits until the device needs more audio; returns false if it does not yet.
    pub fn wait(&mut self) -> Result<bool, Failure> {
        self.stream.wait()
    }

    /// Stops the stream; its buffer keeps its contents.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.running = false;
        self.stream.stop()
    }

    /// Empties the buffer of a stopped stream, and resets its position to zero.
    pub fn reset(&mut self) -> Result<(), Failure> {
        self.written = 0;
        self.stream.reset()
    }

    /// Returns the frames played, and the time of that position in units of 100 ns of the
    /// performance counter.
    pub fn position(&self) -> Result<(u64, u64), Failure> {
        self.stream.position()
    }

    /// Frames that were played.
    pub fn played(&self) -> Result<u64, Failure> {
        self.stream.position().map(|(frames, _)| frames)
    }

    /// Fills the free part of the buffer: `audio` writes to the bytes passed to it and returns
    /// their number. The rest becomes silence.
    ///
    /// [IAudioRenderClient::GetBuffer](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudiorenderclient-getbuffer)
    pub fn fill(&mut self, audio: impl FnOnce(&mut [u8]) -> usize) -> Result<(), Failure> {
        if self.running {
            let gap = self.stream.woke.elapsed();
            self.stream.woke = Instant::now();
            let played = self.played()?;
            self.health.woke(gap, self.stream.lasts(), played, self.written);
        }
        let Stream { client, name, how, format, buffer_frames, .. } = &self.stream;
        let free = if how.exclusive && !how.timer {
            // The event means that one of the two buffers is free, and it must be written as a
            // whole.
            *buffer_frames
        } else {
            // SAFETY: a call on a live object that is initialized.
            let padding = unsafe { client.GetCurrentPadding() }
                .named(name, "IAudioClient::GetCurrentPadding")?;
            buffer_frames.saturating_sub(padding)
        };
        if free == 0 {
            return Ok(());
        }
        let length = free as usize * format.block_align();
        // SAFETY: a call on a live object; at least that many frames are free.
        let buffer =
            unsafe { self.render.GetBuffer(free) }.named(name, "IAudioRenderClient::GetBuffer")?;
        // SAFETY: the call succeeded, so this code may write `free` frames until ReleaseBuffer,
        // which follows the last use.
        let bytes = unsafe { std::slice::from_raw_parts_mut(buffer, length) };
        let filled = audio(bytes).min(length);
        bytes[filled..].fill(0);
        let flags = if filled == 0 { AUDCLNT_BUFFERFLAGS_SILENT.0.cast_unsigned() } else { 0 };
        // SAFETY: a call on a live object, for the buffer that GetBuffer returned.
        unsafe { self.render.ReleaseBuffer(free, flags) }
            .named(name, "IAudioRenderClient::ReleaseBuffer")?;
        self.written += u64::from(free);
        Ok(())
    }
}

/// A capture stream.
pub struct Recorder<'com> {
    capture: IAudioCaptureClient,
    // Last, so that its parts are released before it.
    stream: Stream<'com>,
}

impl<'com> Recorder<'com> {
    /// Opens a stream.
    pub fn open(device: &Device<'com>, format: WaveFormat, how: How) -> Result<Self, Failure> {
        let stream = Stream::open(device, format, how)?;
        let capture = stream.service("IAudioClient::GetService(IAudioCaptureClient)")?;
        Ok(Self { capture, stream })
    }

    /// The size of its buffer in frames.
    pub const fn buffer_frames(&self) -> u32 {
        self.stream.buffer_frames
    }

    /// Starts the stream.
    pub fn start(&mut self) -> Result<(), Failure> {
        self.stream.start()
    }

    /// Stops the stream; its buffer keeps its contents.
    pub fn stop(&mut self) -> Result<(), Failure> {
        self.stream.stop()
    }

    /// Empties the buffer of a stopped stream, and resets its position to zero.
    pub fn reset(&mut self) -> Result<(), Failure> {
        self.stream.reset()
    }

    /// Returns the frames recorded, and the time of that position in units of 100 ns of the
    /// performance counter.
    pub fn position(&self) -> Result<(u64, u64), Failure> {
        self.stream.position()
    }

    /// Waits for audio; returns false if there is none yet.
    pub fn wait(&mut self) -> Result<bool, Failure> {
        self.stream.wait()
    }

    /// Passes every available packet to the closure: its frames, its AUDCLNT_BUFFERFLAGS, and its
    /// bytes (none if it is marked silent).
    ///
    /// [IAudioCaptureClient::GetBuffer](https://learn.microsoft.com/windows/win32/api/audioclient/nf-audioclient-iaudiocaptureclient-getbuffer)
    /// is called until it returns no packet; IAudioCaptureClient::GetNextPacketSize works only in
    /// shared mode.
    pub fn read(&mut self, mut packet: impl FnMut(u32, u32, &[u8])) -> Result<(), Failure> {
        let name = &self.stream.name;
        loop {
            let (mut bytes, mut frames, mut flags) = (std::ptr::null_mut(), 0, 0);
            // SAFETY: a call on a live object, with three places to write to.
            unsafe {
                self.capture.GetBuffer(&raw mut bytes, &raw mut frames, &raw mut flags, None, None)
            }
            .named(name, "IAudioCaptureClient::GetBuffer")?;
            // AUDCLNT_S_BUFFER_EMPTY is a success without frames and without a buffer to release.
            if frames == 0 {
                break;
            }
            self.stream.woke = Instant::now();
            let heard = if flags & SILENT == 0 && !bytes.is_null() {
                let length = frames as usize * self.stream.format.block_align();
                // SAFETY: the call succeeded, so `frames` frames are readable until ReleaseBuffer,
                // which follows the last use.
                unsafe { std::slice::from_raw_parts(bytes, length) }
            } else {
                &[]
            };
            packet(frames, flags, heard);
            // SAFETY: a call on a live object, for the whole packet that GetBuffer returned.
            unsafe { self.capture.ReleaseBuffer(frames) }
                .named(name, "IAudioCaptureClient::ReleaseBuffer")?;
        }
        if !self.stream.how.loopback && self.stream.woke.elapsed() > STALLED {
            let device = self.stream.name.clone();
            return Err(Failure::Stalled { device, seconds: STALLED.as_secs() });
        }
        Ok(())
    }
}

/// Raises this thread's priority while it exists.
struct Priority(Option<HANDLE>);

impl Priority {
    /// [AvSetMmThreadCharacteristicsW](https://learn.microsoft.com/windows/win32/api/avrt/nf-avrt-avsetmmthreadcharacteristicsw).
    /// Without the multimedia class scheduler, audio runs at the normal priority.
    fn raise() -> Self {
        let mut task = 0;
        // SAFETY: the name is a constant, and there is a place to write to.
        Self(unsafe { AvSetMmThreadCharacteristicsW(w!("Pro Audio"), &raw mut task) }.ok())
    }
}

impl Drop for Priority {
    fn drop(&mut self) {
        if let Some(handle) = self.0 {
            // SAFETY: the handle is from `raise` on this thread: a stream holds COM objects and so
            // is not `Send`.
            let _ = unsafe { AvRevertMmThreadCharacteristics(handle) };
        }
    }
}
