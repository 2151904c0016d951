//! Volume and mute, between the server's devices and the driver's endpoints.
//!
//! The driver applies an endpoint's volume, as it does on Windows. The server also applies its
//! device's volume, so the stream of this program compensates it and audio is attenuated only once.
//! The compensation is reduced before a volume is raised, and increased after one is lowered: audio
//! is never louder than both settings allow.
//!
//! This thread queries the server. The streaming thread must not wait for the server; it queries
//! the driver.

use std::ffi::CString;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use acx_client::Direction;
use pulseaudio::protocol::{
    ChannelVolume, Command, GetSinkInfo, GetSourceInfo, SetDeviceMuteParams, SetDeviceVolumeParams,
    SetStreamVolumeParams, SinkInfo, SourceInfo, Volume,
};

use super::controls::{Setting, inverse_of, level_of, volume_of};
use super::server::{Server, ServerError};
use super::{Key, Shared};

/// Longer than the latency between server and driver.
const SETTLED: Duration = Duration::from_millis(100);

/// A message to the mixer.
pub(crate) enum Message {
    /// Something changed in the server.
    Changed,
    /// A device was added.
    Added(Device),
    /// A device was removed.
    Removed(Key),
    /// The driver's current settings. `was_asked`: they were set because of the server's device.
    Driver { key: Key, setting: Setting, was_asked: bool },
    /// Ends the mixer.
    Stop,
}

/// A device of the server, and the stream of this program at it.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) key: Key,
    pub(crate) name: CString,
    /// The index of the stream.
    pub(crate) stream: u32,
    pub(crate) channels: u8,
    /// Whether the device's volume has been applied to the stream's audio.
    pub(crate) takes_back: bool,
    /// The device's last known settings.
    pub(crate) seen: Option<Seen>,
    /// The stream's volume.
    pub(crate) taken_back: Vec<u32>,
    /// The driver's settings.
    pub(crate) setting: Setting,
}

/// The settings of a device in the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    volumes: Vec<u32>,
    is_muted: bool,
}

fn volumes(values: &[u32]) -> ChannelVolume {
    let mut all = ChannelVolume::empty();
    for value in values {
        all.push(Volume::from_u32_clamped(*value));
    }
    all
}

impl Device {
    fn ask(&self, server: &Server) -> Result<Seen, ServerError> {
        let what = format!("the volume of {}", self.name.to_string_lossy());
        let name = Some(self.name.clone());
        let (volume, is_muted) = match self.key.0 {
            Direction::Render => {
                let command = Command::GetSinkInfo(GetSinkInfo { index: None, name });
                let info: SinkInfo = server.ask(&what, &command)?;
                (info.cvolume, info.muted)
            }
            Direction::Capture => {
                let command = Command::GetSourceInfo(GetSourceInfo { index: None, name });
                let info: SourceInfo = server.ask(&what, &command)?;
                (info.cvolume, info.muted)
            }
        };
        Ok(Seen { volumes: volume.channels().iter().map(Volume::as_u32).collect(), is_muted })
    }

    /// The stream's volume for a setting of the driver.
    fn inverse(&self, setting: &Setting) -> Vec<u32> {
        let level = |channel: usize| {
            let last = setting.levels.len().saturating_sub(1);
            setting.levels.get(channel.min(last)).copied().unwrap_or(0)
        };
        (0..self.channels.into()).map(|channel| inverse_of(level(channel))).collect()
    }

    fn take_back(&mut self, server: &Server, wanted: Vec<u32>) -> Result<(), ServerError> {
        if !self.takes_back || self.taken_back == wanted {
            return Ok(());
        }
        let volume = SetStreamVolumeParams { index: self.stream, volume: volumes(&wanted) };
        let command = match self.key.0 {
            Direction::Render => Command::SetSourceOutputVolume(volume),
            Direction::Capture => Command::SetSinkInputVolume(volume),
        };
        server.tell("a stream's volume", &command)?;
        self.taken_back = wanted;
        Ok(())
    }

    /// Reduces the compensation to the minimum of `wanted` and the current one.
    fn take_back_less(&mut self, server: &Server, wanted: &[u32]) -> Result<bool, ServerError> {
        let pairs = self.taken_back.iter().zip(wanted);
        let less: Vec<u32> = pairs.map(|(now, wanted)| *now.min(wanted)).collect();
        let is_less = less != self.taken_back;
        self.take_back(server, less)?;
        Ok(is_less)
    }

    /// Checks whether the server's device was changed. Returns the driver's new settings.
    fn look(&mut self, server: &Server) -> Result<Option<Setting>, ServerError> {
        let seen = self.ask(server)?;
        // Before the driver's first report there is nothing to follow.
        if self.seen.as_ref().is_none_or(|before| *before == seen) {
            return Ok(None);
        }
        let mut wanted = self.setting.clone();
        for (level, volume) in wanted.levels.iter_mut().zip(&seen.volumes) {
            *level = level_of(*volume);
        }
        wanted.is_muted = wanted.is_muted.map(|_| seen.is_muted);
        self.seen = Some(seen);
        let inverse = self.inverse(&wanted);
        if self.take_back_less(server, &inverse)? {
            // Let audio sent earlier pass.
            std::thread::sleep(SETTLED);
        }
        Ok(Some(wanted))
    }

    /// Handles the driver's settings.
    fn driver(
        &mut self,
        server: &Server,
        setting: Setting,
        was_asked: bool,
    ) -> Result<(), ServerError> {
        let wanted = self.inverse(&setting);
        if was_asked {
            if wanted.iter().zip(&self.taken_back).any(|(wanted, now)| wanted > now) {
                std::thread::sleep(SETTLED);
            }
            self.setting = setting;
            return self.take_back(server, wanted);
        }
        self.take_back_less(server, &wanted)?;
        let (name, before) = (Some(self.name.clone()), &self.setting);
        if !setting.levels.is_empty() && (self.seen.is_none() || setting.levels != before.levels) {
            let last = setting.levels.len() - 1;
            let level = |channel: usize| volume_of(setting.levels[channel.min(last)]);
            let values: Vec<u32> = (0..self.channels.into()).map(level).collect();
            let volume = volumes(&values);
            let volume =
                SetDeviceVolumeParams { device_index: None, device_name: name.clone(), volume };
            let command = match self.key.0 {
                Direction::Render => Command::SetSinkVolume(volume),
                Direction::Capture => Command::SetSourceVolume(volume),
            };
            server.tell("a device's volume", &command)?;
        }
        if let Some(mute) = setting.is_muted {
            let mute = SetDeviceMuteParams { device_index: None, device_name: name, mute };
            let command = match self.key.0 {
                Direction::Render => Command::SetSinkMute(mute),
                Direction::Capture => Command::SetSourceMute(mute),
            };
            server.tell("a device's mute", &command)?;
        }
        // Read it back: the server may round.
        self.seen = Some(self.ask(server)?);
        self.setting = setting;
        self.take_back(server, wanted)
    }
}

/// Runs until it is stopped. A device that is removed meanwhile is not an error, and a lost server
/// ends the streaming thread.
pub(crate) fn run(server: &Server, shared: &Shared, messages: &Receiver<Message>) {
    let mut devices: Vec<Device> = Vec::new();
    while let Ok(message) = messages.recv() {
        match message {
            Message::Stop => return,
            Message::Added(mut device) => {
                let setting = device.setting.clone();
                let _ = device.driver(server, setting, false);
                devices.push(device);
            }
            Message::Removed(key) => devices.retain(|device| device.key != key),
            Message::Changed => {
                for device in &mut devices {
                    if let Ok(Some(setting)) = device.look(server) {
                        shared.lock().wanted.push((device.key, setting));
                    }
                }
            }
            Message::Driver { key, setting, was_asked } => {
                if let Some(device) = devices.iter_mut().find(|device| device.key == key) {
                    let _ = device.driver(server, setting, was_asked);
                }
            }
        }
    }
}
