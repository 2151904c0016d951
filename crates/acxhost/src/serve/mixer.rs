//! Volume and mute, between the server's devices and the driver's endpoints.
//!
//! The driver applies an endpoint's volume, as it does on Windows. The server applies its device's,
//! too: the stream of this program takes it back, so that audio is made quieter once. What is made
//! louder takes back first, and what is made quieter last: nothing is ever louder than either says.
//!
//! This thread asks the server; the thread that streams must not wait for it, and asks the driver.

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

/// Longer than audio is on its way between server and driver.
const SETTLED: Duration = Duration::from_millis(100);

/// What the mixer is told.
pub(crate) enum Message {
    /// Something changed at the server.
    Changed,
    /// A device is there.
    Added(Device),
    /// It is gone.
    Removed(Key),
    /// The driver is set so. `was_asked`: because the server's device is.
    Driver { key: Key, setting: Setting, was_asked: bool },
    /// It ends.
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
    /// Whether the stream gets what the device's volume has been applied to.
    pub(crate) takes_back: bool,
    /// How the device was seen last.
    pub(crate) seen: Option<Seen>,
    /// What the stream's volume is.
    pub(crate) taken_back: Vec<u32>,
    /// How the driver is set.
    pub(crate) setting: Setting,
}

/// How a device of the server is set.
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

    /// What the stream's volume has to be for a setting of the driver.
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

    /// Takes back no more than both `wanted` and what is now.
    fn take_back_less(&mut self, server: &Server, wanted: &[u32]) -> Result<bool, ServerError> {
        let pairs = self.taken_back.iter().zip(wanted);
        let less: Vec<u32> = pairs.map(|(now, wanted)| *now.min(wanted)).collect();
        let is_less = less != self.taken_back;
        self.take_back(server, less)?;
        Ok(is_less)
    }

    /// The server's device may have been set: what the driver is to be.
    fn look(&mut self, server: &Server) -> Result<Option<Setting>, ServerError> {
        let seen = self.ask(server)?;
        // Before the driver was heard there is nothing to follow.
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
            // What was sent before is to be through.
            std::thread::sleep(SETTLED);
        }
        Ok(Some(wanted))
    }

    /// The driver is set.
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
        // As the server has it: it may round.
        self.seen = Some(self.ask(server)?);
        self.setting = setting;
        self.take_back(server, wanted)
    }
}

/// Runs until it is told to stop. A device that is gone meanwhile is no error, and a server that is
/// gone ends the thread that streams.
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
