//! A connection to a sound server, in the protocol that PulseAudio and PipeWire (pipewire-pulse)
//! speak.
//!
//! The crate `pulseaudio` encodes and decodes. Its client is asynchronous and cannot load modules,
//! so this module has its own: requests wait for their replies, and a thread reads the server's
//! messages.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::io::{BufReader, Cursor, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use pulseaudio::protocol::{
    self, AuthParams, AuthReply, Command, CommandReply, MAX_VERSION, Prop, Props, ProtocolError,
    PulseError, SetClientNameReply, TagStructReader,
};

/// The size of a cookie. The server requires this many bytes, even if it ignores them.
const COOKIE: usize = 256;

/// The maximum wait for a reply, or for space in the socket's buffer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The maximum length of a message.
const LONGEST: u32 = 16 << 20;

/// The sound server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// No server is configured.
    #[error(
        "no sound server runs here: start PulseAudio or PipeWire, or set PULSE_SERVER to unix:/its/socket (on Debian: apt-get install pulseaudio, or pipewire-pulse)"
    )]
    None,
    /// No server listens on the socket.
    #[error("no sound server answers at {}: {error}", path.display())]
    Connect {
        /// The socket.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
    /// It requires another cookie.
    #[error(
        "the sound server does not let this user in; PULSE_COOKIE names the file with its cookie"
    )]
    AccessDenied,
    /// It refused a request.
    #[error("the sound server refused {what}: {why:?}")]
    Refused {
        /// The request.
        what: String,
        /// The server's error.
        why: PulseError,
    },
    /// It is gone, or has closed the connection.
    #[error("the sound server went away: {0}")]
    Lost(String),
    /// Its reply is not understood.
    #[error("the sound server's answer to {what} is not understood: {why}")]
    NotUnderstood {
        /// The request.
        what: String,
        /// The reason.
        why: String,
    },
}

/// A receiver of the server's unsolicited messages.
pub(crate) trait Listen: Send + 'static {
    /// Audio of a record stream.
    fn audio(&self, channel: u32, bytes: &[u8]);

    /// An event.
    fn event(&self, event: Command);
}

type Reply = Result<Vec<u8>, PulseError>;

/// The state shared by the thread and the requests.
#[derive(Default)]
struct Shared {
    waiting: Mutex<HashMap<u32, SyncSender<Reply>>>,
    /// The reason why the connection was lost.
    lost: Mutex<Option<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A connection. Closed when dropped: the server then ends its streams, but keeps its modules.
pub(crate) struct Server {
    socket: UnixStream,
    /// Held while a message is written, so that messages are not interleaved.
    writing: Mutex<()>,
    version: u16,
    next: AtomicU32,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

impl Server {
    /// Connects to the server that the environment names.
    ///
    /// # Errors
    ///
    /// [`ServerError`]: there is none, or it refuses this program.
    pub(crate) fn connect(name: &CStr, listener: impl Listen) -> Result<Self, ServerError> {
        let path = pulseaudio::socket_path_from_env().ok_or(ServerError::None)?;
        let socket = UnixStream::connect(&path)
            .map_err(|error| ServerError::Connect { path: path.clone(), error })?;
        let lost = |error: std::io::Error| ServerError::Lost(error.to_string());
        socket.set_write_timeout(Some(PATIENCE)).map_err(lost)?;
        let mut reader = BufReader::new(socket.try_clone().map_err(lost)?);
        let version = greet(&socket, &mut reader, name)?;
        let shared = Arc::new(Shared::default());
        let thread = std::thread::spawn({
            let shared = shared.clone();
            move || {
                let why = read(&mut reader, version, &shared, &listener);
                *lock(&shared.lost) = Some(why);
                // Wakes the waiting requests.
                lock(&shared.waiting).clear();
            }
        });
        let (writing, next) = (Mutex::default(), AtomicU32::new(2));
        Ok(Self { socket, writing, version, next, shared, reader: Some(thread) })
    }

    /// Sends a request and waits for the reply.
    ///
    /// # Errors
    ///
    /// [`ServerError`] of the request, which `what` names.
    pub(crate) fn ask<T: CommandReply>(
        &self,
        what: &str,
        command: &Command,
    ) -> Result<T, ServerError> {
        let payload = self.request(what, command)?;
        let mut cursor = Cursor::new(payload);
        let mut reader = TagStructReader::new(&mut cursor, self.version);
        let not_understood = |why: ProtocolError| ServerError::NotUnderstood {
            what: what.to_owned(),
            why: why.to_string(),
        };
        T::read(&mut reader, self.version).map_err(not_understood)
    }

    /// Like [`ask`](Self::ask), for an empty reply.
    ///
    /// # Errors
    ///
    /// The same as [`ask`](Self::ask).
    pub(crate) fn tell(&self, what: &str, command: &Command) -> Result<(), ServerError> {
        self.request(what, command).map(drop)
    }

    fn request(&self, what: &str, command: &Command) -> Result<Vec<u8>, ServerError> {
        let (sender, receiver) = sync_channel(1);
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        lock(&self.shared.waiting).insert(number, sender);
        // The server may have gone before the line above, and would never reply.
        self.still_there()?;
        let mut message = Cursor::new(Vec::new());
        protocol::write_command_message(&mut message, number, command, self.version).map_err(
            |why| ServerError::NotUnderstood { what: what.to_owned(), why: why.to_string() },
        )?;
        self.write(message.get_ref())?;
        match receiver.recv_timeout(PATIENCE) {
            Ok(Ok(payload)) => Ok(payload),
            Ok(Err(why)) => Err(ServerError::Refused { what: what.to_owned(), why }),
            Err(_) => {
                lock(&self.shared.waiting).remove(&number);
                self.still_there()?;
                Err(ServerError::Lost(format!("no answer to {what} in {PATIENCE:?}")))
            }
        }
    }

    /// Sends audio to a playback stream.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lost`].
    pub(crate) fn play(&self, channel: u32, audio: &[u8]) -> Result<(), ServerError> {
        let mut message = Vec::with_capacity(protocol::DESCRIPTOR_SIZE + audio.len());
        protocol::write_memblock(&mut message, channel, audio, 0)
            .map_err(|why| ServerError::Lost(why.to_string()))?;
        self.write(&message)
    }

    fn write(&self, message: &[u8]) -> Result<(), ServerError> {
        let _whole = lock(&self.writing);
        (&self.socket).write_all(message).map_err(|why| {
            ServerError::Lost(match why.kind() {
                ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                    format!(
                        "it took nothing for {PATIENCE:?}; fewer cables or longer packets may help"
                    )
                }
                _ => why.to_string(),
            })
        })
    }

    /// Checks that the connection exists.
    ///
    /// # Errors
    ///
    /// [`ServerError::Lost`] if it does not.
    pub(crate) fn still_there(&self) -> Result<(), ServerError> {
        lock(&self.shared.lost).clone().map_or(Ok(()), |why| Err(ServerError::Lost(why)))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Both);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// Authenticates. Returns the version of the protocol that both support.
fn greet(
    mut socket: &UnixStream,
    reader: &mut BufReader<UnixStream>,
    name: &CStr,
) -> Result<u16, ServerError> {
    let wrong = |why: ProtocolError| match why {
        ProtocolError::ServerError(PulseError::AccessDenied | PulseError::AuthKey) => {
            ServerError::AccessDenied
        }
        why => ServerError::Lost(why.to_string()),
    };
    let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
    let mut cookie = cookie.unwrap_or_default();
    cookie.resize(COOKIE, 0);
    let auth =
        AuthParams { version: MAX_VERSION, supports_shm: false, supports_memfd: false, cookie };
    protocol::write_command_message(&mut socket, 0, &Command::Auth(auth), MAX_VERSION)
        .map_err(wrong)?;
    let (_, reply) =
        protocol::read_reply_message::<AuthReply>(reader, MAX_VERSION).map_err(wrong)?;
    let version = reply.version.min(MAX_VERSION);
    let mut properties = Props::new();
    properties.set(Prop::ApplicationName, name);
    let process = CString::new(std::process::id().to_string()).unwrap_or_default();
    properties.set(Prop::ApplicationProcessId, process);
    let command = Command::SetClientName(properties);
    protocol::write_command_message(&mut socket, 1, &command, version).map_err(wrong)?;
    protocol::read_reply_message::<SetClientNameReply>(reader, version).map_err(wrong)?;
    Ok(version)
}

/// Reads until the server is gone. Returns the reason.
fn read(
    reader: &mut BufReader<UnixStream>,
    version: u16,
    shared: &Shared,
    listener: &impl Listen,
) -> String {
    let mut payload = Vec::new();
    loop {
        let descriptor = match protocol::read_descriptor(reader) {
            Ok(descriptor) => descriptor,
            Err(why) => return why.to_string(),
        };
        if descriptor.length > LONGEST {
            return format!("a message of {} bytes", descriptor.length);
        }
        payload.resize(descriptor.length as usize, 0);
        if let Err(why) = reader.read_exact(&mut payload) {
            return why.to_string();
        }
        if descriptor.channel != u32::MAX {
            listener.audio(descriptor.channel, &payload);
            continue;
        }
        let mut cursor = Cursor::new(&payload[..]);
        // Ignore unknown messages.
        let Ok((number, command)) = Command::read_tag_prefixed(&mut cursor, version) else {
            continue;
        };
        let reply = match command {
            Command::Reply => Ok(payload[cursor.position() as usize..].to_vec()),
            Command::Error(why) => Err(why),
            event => {
                listener.event(event);
                continue;
            }
        };
        if let Some(sender) = lock(&shared.waiting).remove(&number) {
            let _ = sender.send(reply);
        }
    }
}
