//! The sinks and sources for endpoints: modules of the sound server.
//!
//! A speaker is a null sink, and its audio is recorded from its monitor. A microphone is a source
//! that remaps the monitor of another null sink, its feed, to which audio is played.

use std::ffi::{CStr, CString};
use std::time::Duration;

use acx_client::endpoint::WaveFormat;
use pulseaudio::protocol::stream::{BufferAttr, StreamFlags};
use pulseaudio::protocol::{
    ChannelVolume, ClientInfoList, Command, CreatePlaybackStreamReply, CreateRecordStreamReply,
    LoadModuleParams, LookupReply, ModuleInfoList, PlaybackStreamParams, Prop, Props,
    RecordStreamParams, SampleFormat, SampleSpec, ServerInfo, SinkInfo, SinkInfoList,
    SourceInfoList,
};

use super::server::{Server, ServerError};

/// The property that marks a device of this program; its value is the process.
const MARK: &str = "acxhost.serve";

/// PipeWire's option for a monitor that ignores the sink's volume. PulseAudio has none.
const UNCHANGED: &str = "monitor.channel-volumes='false'";

/// The maximum number of attempts to find a device.
const COMES: u32 = 250;
const TURN: Duration = Duration::from_millis(20);

/// This program's name among the server's clients.
pub(crate) const CLIENT: &str = "acxhost serve";

/// The server's name of the format; None if it does not support it.
pub(crate) fn sample_format(format: WaveFormat) -> Option<SampleFormat> {
    match (format.float, format.bits) {
        (true, 32) => Some(SampleFormat::Float32Le),
        (false, 8) => Some(SampleFormat::U8),
        (false, 16) => Some(SampleFormat::S16Le),
        (false, 24) => Some(SampleFormat::S24Le),
        // 24 bits, left-justified in 32, for which the server has no name: sent as 32 bits.
        (false, 32) => Some(SampleFormat::S32Le),
        _ => None,
    }
}

const fn format_name(format: SampleFormat) -> &'static str {
    match format {
        SampleFormat::U8 => "u8",
        SampleFormat::S16Le => "s16le",
        SampleFormat::S24Le => "s24le",
        SampleFormat::S32Le => "s32le",
        _ => "float32le",
    }
}

/// The server's names of speaker positions, in the order of their bits.
const POSITIONS: [&str; 18] = [
    "front-left",
    "front-right",
    "front-center",
    "lfe",
    "rear-left",
    "rear-right",
    "front-left-of-center",
    "front-right-of-center",
    "rear-center",
    "side-left",
    "side-right",
    "top-center",
    "top-front-left",
    "top-front-center",
    "top-front-right",
    "top-rear-left",
    "top-rear-center",
    "top-rear-right",
];

/// The channels of a format by name, in their order.
fn channel_map(format: WaveFormat) -> String {
    let channels = usize::from(format.channels);
    if channels == 1 {
        return "mono".to_owned();
    }
    let places = POSITIONS.iter().enumerate();
    let named = places.filter(|(bit, _)| format.mask >> bit & 1 == 1);
    let mut names: Vec<_> = named.map(|(_, name)| (*name).to_owned()).collect();
    if names.len() != channels || format.mask >> POSITIONS.len() != 0 {
        names = (0..channels).map(|channel| format!("aux{channel}")).collect();
    }
    names.join(",")
}

/// A name without characters that are special in a module's arguments.
fn plain(name: &str) -> String {
    let keep = |letter: char| letter.is_alphanumeric() || " .-_()".contains(letter);
    name.chars().map(|letter| if keep(letter) { letter } else { '_' }).collect()
}

fn own_name(name: &CStr) -> String {
    name.to_string_lossy().into_owned()
}

/// Waits for an object that a loaded module creates: PipeWire creates it later.
fn comes<T>(
    name: &str,
    mut find: impl FnMut() -> Result<Option<T>, ServerError>,
) -> Result<T, ServerError> {
    for _ in 0..COMES {
        if let Some(found) = find()? {
            return Ok(found);
        }
        std::thread::sleep(TURN);
    }
    let why = format!("it is loaded, and {name} is not there");
    Err(ServerError::NotUnderstood { what: "a module".to_owned(), why })
}

fn text(words: &str) -> CString {
    CString::new(words.replace('\0', "")).unwrap_or_default()
}

/// A stream of the server, with its parameters.
pub(crate) struct Stream {
    /// Its id in audio and requests.
    pub(crate) channel: u32,
    /// Its id in volume requests.
    pub(crate) index: u32,
    /// The name of the sink or source.
    pub(crate) device: String,
    /// The modules that it needs.
    pub(crate) modules: Vec<u32>,
    /// Bytes that the server wants to buffer of a playback stream, and bytes that it requested
    /// initially.
    pub(crate) target: u32,
    pub(crate) requested: u32,
}

/// The modules of this program, unloaded when dropped.
pub(crate) struct Devices<'a> {
    server: &'a Server,
    /// In the order in which they were loaded.
    modules: Vec<u32>,
    /// Whether the server is PipeWire.
    pub(crate) is_pipewire: bool,
}

impl<'a> Devices<'a> {
    /// Starts without modules, and unloads stale modules of processes that have ended. Returns the
    /// number of these.
    pub(crate) fn new(server: &'a Server) -> Result<(Self, usize), ServerError> {
        let what = "the list of its modules";
        let modules: ModuleInfoList = server.ask(what, &Command::GetModuleInfoList)?;
        let what = "the list of its clients";
        let clients: ClientInfoList = server.ask(what, &Command::GetClientInfoList)?;
        let is_here = |process: &str| {
            clients.iter().any(|client| {
                let property = |name| {
                    let value = client.props.get(name).unwrap_or_default();
                    String::from_utf8_lossy(value).trim_end_matches('\0').to_owned()
                };
                property(Prop::ApplicationProcessId) == process
                    && property(Prop::ApplicationName) == CLIENT
            })
        };
        let own = std::process::id().to_string();
        let left: Vec<u32> = modules
            .iter()
            .filter(|module| {
                let arguments = module.argument.as_ref().map(|all| all.to_string_lossy());
                let process = arguments.as_deref().and_then(process_of);
                // A process id may be reused: this process has no modules yet.
                process.is_some_and(|process| process == own || !is_here(process))
            })
            .map(|module| module.index)
            .collect();
        let info: ServerInfo = server.ask("its name", &Command::GetServerInfo)?;
        let name = info.server_name.as_deref().map(own_name).unwrap_or_default();
        let is_pipewire = name.contains("PipeWire");
        let devices = Self { server, modules: left, is_pipewire };
        let count = devices.modules.len();
        drop(devices);
        Ok((Self { server, modules: Vec::new(), is_pipewire }, count))
    }

    /// Unloads modules, those that depend on others first. If the server is gone, so are they.
    pub(crate) fn remove(&mut self, modules: &[u32]) {
        for index in modules.iter().rev() {
            let _ = self.server.tell("to unload a module", &Command::UnloadModule(*index));
        }
        self.modules.retain(|index| !modules.contains(index));
    }

    fn load(&mut self, module: &str, arguments: &str) -> Result<u32, ServerError> {
        let what = format!("module {module} with {arguments}");
        let parameters = LoadModuleParams { name: text(module), arguments: Some(text(arguments)) };
        let LookupReply(index) = self.server.ask(&what, &Command::LoadModule(parameters))?;
        self.modules.push(index);
        Ok(index)
    }

    /// Loads a null sink.
    fn sink(
        &mut self,
        name: &str,
        description: &str,
        format: WaveFormat,
    ) -> Result<SinkInfo, ServerError> {
        // In floating point, which is exact for 24 bits, a compensated volume loses nothing.
        let coding = match format.bits {
            ..=24 => SampleFormat::Float32Le,
            _ => sample_format(format).unwrap_or(SampleFormat::Float32Le),
        };
        let arguments = format!(
            "sink_name={name} format={} rate={} channels={} channel_map={} \
             sink_properties=\"device.description='{}' {MARK}='{}' {UNCHANGED}\"",
            format_name(coding),
            format.rate,
            format.channels,
            channel_map(format),
            plain(description),
            std::process::id(),
        );
        let module = self.load("module-null-sink", &arguments)?;
        // The server may have given it another name, if this one is in use.
        comes(name, || {
            let sinks: SinkInfoList =
                self.server.ask("the list of its sinks", &Command::GetSinkInfoList)?;
            Ok(sinks.into_iter().find(|sink| sink.owner_module_index == Some(module)))
        })
    }

    /// A speaker: its stream delivers programs' audio.
    pub(crate) fn speaker(
        &mut self,
        name: &str,
        description: &str,
        format: WaveFormat,
        piece: u32,
    ) -> Result<Stream, ServerError> {
        let first = self.modules.len();
        let sink = self.sink(name, description, format)?;
        let parameters = RecordStreamParams {
            sample_spec: spec(format),
            channel_map: sink.channel_map,
            source_name: sink.monitor_source_name,
            buffer_attr: BufferAttr { fragment_size: piece, ..BufferAttr::default() },
            flags: flags(),
            cvolume: Some(ChannelVolume::norm(format.channels as u8)),
            props: properties(description),
            ..RecordStreamParams::default()
        };
        let what = format!("a record stream at {name}.monitor");
        let made: CreateRecordStreamReply =
            self.server.ask(&what, &Command::CreateRecordStream(parameters))?;
        let (channel, index, device) = (made.channel, made.stream_index, own_name(&sink.name));
        let modules = self.modules[first..].to_vec();
        Ok(Stream { channel, index, device, modules, target: 0, requested: 0 })
    }

    /// A microphone: its stream takes the audio that programs record.
    pub(crate) fn microphone(
        &mut self,
        name: &str,
        description: &str,
        format: WaveFormat,
        buffer: BufferAttr,
    ) -> Result<Stream, ServerError> {
        let first = self.modules.len();
        let feed = format!("{name}.feed");
        let sink = self.sink(&feed, &format!("feed of {name}"), format)?;
        let map = channel_map(format);
        let monitor = sink.monitor_source_name.as_deref().map(own_name).unwrap_or_default();
        let arguments = format!(
            "source_name={name} master={monitor} remix=no channels={} channel_map={map} \
             master_channel_map={map} source_properties=\"device.description='{}' {MARK}='{}'\"",
            format.channels,
            plain(description),
            std::process::id(),
        );
        let module = self.load("module-remap-source", &arguments)?;
        let source = comes(name, || {
            let what = "the list of its sources";
            let sources: SourceInfoList = self.server.ask(what, &Command::GetSourceInfoList)?;
            Ok(sources.into_iter().find(|own| own.owner_module_index == Some(module)))
        })?;
        let device = own_name(&source.name);
        let parameters = PlaybackStreamParams {
            sample_spec: spec(format),
            channel_map: sink.channel_map,
            sink_name: Some(sink.name),
            buffer_attr: buffer,
            // Streams with the same number start together at one sink, so each has its own.
            sync_id: module,
            // The sink's latency is that of one request; half of the remaining latency would be too
            // little.
            flags: StreamFlags { adjust_latency: false, early_requests: true, ..flags() },
            cvolume: Some(ChannelVolume::norm(format.channels as u8)),
            props: properties(description),
            ..PlaybackStreamParams::default()
        };
        let what = format!("a playback stream at {feed}");
        let made: CreatePlaybackStreamReply =
            self.server.ask(&what, &Command::CreatePlaybackStream(parameters))?;
        let target = made.buffer_attr.target_length;
        let (channel, index) = (made.channel, made.stream_index);
        let modules = self.modules[first..].to_vec();
        Ok(Stream { channel, index, device, modules, target, requested: made.requested_bytes })
    }
}

impl Drop for Devices<'_> {
    fn drop(&mut self) {
        let modules = std::mem::take(&mut self.modules);
        self.remove(&modules);
    }
}

/// The process that a module's arguments are marked with.
fn process_of(arguments: &str) -> Option<&str> {
    let (_, marked) = arguments.split_once(&format!("{MARK}='"))?;
    marked.split_once('\'').map(|(process, _)| process)
}

fn spec(format: WaveFormat) -> SampleSpec {
    SampleSpec {
        format: sample_format(format).unwrap_or_default(),
        channels: format.channels as u8,
        sample_rate: format.rate,
    }
}

/// The streams are not moved, and the device has the latency that they request.
fn flags() -> StreamFlags {
    StreamFlags {
        no_move: true,
        no_remap_channels: true,
        no_remix_channels: true,
        adjust_latency: true,
        start_muted: Some(false),
        ..StreamFlags::default()
    }
}

fn properties(name: &str) -> Props {
    let mut properties = Props::new();
    properties.set(Prop::MediaName, text(name));
    properties.set(Prop::MediaRole, c"production");
    properties
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(channels: u16, mask: u32) -> WaveFormat {
        WaveFormat { float: true, channels, mask, rate: 48_000, bits: 32, valid_bits: 32 }
    }

    #[test]
    fn channels_have_the_names_of_their_positions() {
        assert_eq!(channel_map(format(1, 4)), "mono");
        assert_eq!(channel_map(format(2, 3)), "front-left,front-right");
        let surround = "front-left,front-right,front-center,lfe,side-left,side-right";
        assert_eq!(channel_map(format(6, 0x60F)), surround);
        assert_eq!(channel_map(format(3, 0)), "aux0,aux1,aux2");
        assert_eq!(channel_map(format(2, 0x8000_0001)), "aux0,aux1");
    }

    #[test]
    fn the_process_of_a_module_is_read_from_its_arguments() {
        let arguments = "sink_name=a sink_properties=\"device.description='b' acxhost.serve='17'\"";
        assert_eq!(process_of(arguments), Some("17"));
        assert_eq!(process_of("sink_name=acxhost.serve"), None);
        assert_eq!(plain("Speaker \"0\"='x'"), "Speaker _0___x_");
    }
}
