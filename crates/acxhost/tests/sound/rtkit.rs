//! A system bus with only an rtkit, for `dbus-send`: it grants or refuses every request, and
//! records the requests.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};

/// A request to rtkit: the method, the process, the thread, and the priority.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) member: String,
    pub(crate) process: u64,
    pub(crate) thread: u64,
    pub(crate) priority: u32,
    /// The process's limit for a thread that does not wait at that time, in microseconds.
    pub(crate) longest_run: String,
}

/// Kinds of messages.
const CALL: u8 = 1;
const REPLY: u8 = 2;
const ERROR: u8 = 3;

/// Header fields.
const MEMBER: u8 = 3;
const ERROR_NAME: u8 = 4;
const REPLY_SERIAL: u8 = 5;
const SIGNATURE: u8 = 8;

/// A message of the bus: kind, serial, header fields, body.
struct Message {
    kind: u8,
    serial: u32,
    fields: Vec<u8>,
    body: Vec<u8>,
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

impl Message {
    /// The next message of a little-endian client; None at the end.
    fn read(from: &mut impl Read) -> Option<Self> {
        let mut head = [0; 16];
        from.read_exact(&mut head).ok()?;
        assert_eq!(head[0], b'l');
        let mut fields = vec![0; word(&head, 12).next_multiple_of(8) as usize];
        from.read_exact(&mut fields).unwrap();
        let mut body = vec![0; word(&head, 4) as usize];
        from.read_exact(&mut body).unwrap();
        Some(Self { kind: head[1], serial: word(&head, 8), fields, body })
    }

    /// The text of a header field that is a string, or a signature.
    fn text(&self, field: u8) -> String {
        let mut at = 0;
        while at + 8 < self.fields.len() {
            let (code, kind) = (self.fields[at], self.fields[at + 2]);
            let (start, length) = match kind {
                b'g' => (at + 5, self.fields[at + 4].into()),
                b'u' => (at + 4, 3),
                _ => (at + 8, word(&self.fields, at + 4) as usize),
            };
            if code == field {
                return String::from_utf8(self.fields[start..start + length].to_vec()).unwrap();
            }
            at = (start + length + 1).next_multiple_of(8);
        }
        String::new()
    }

    /// The bytes of a reply to it.
    fn answer(&self, kind: u8, words: &str) -> Vec<u8> {
        let string = |words: &str| {
            let length = u32::try_from(words.len()).unwrap().to_le_bytes();
            [&length, words.as_bytes(), &[0]].concat()
        };
        let mut fields = [&[REPLY_SERIAL, 1, b'u', 0][..], &self.serial.to_le_bytes()].concat();
        let mut body = Vec::new();
        if kind == ERROR {
            fields.extend([ERROR_NAME, 1, b's', 0]);
            fields.extend(string(words));
        } else if !words.is_empty() {
            fields.extend([SIGNATURE, 1, b'g', 0, 1, b's', 0]);
            body = string(words);
        }
        let lengths = [body.len(), 1, fields.len()].map(|all| all as u32).map(u32::to_le_bytes);
        fields.resize(fields.len().next_multiple_of(8), 0);
        [&[b'l', kind, 1, 1][..], &lengths.concat(), &fields, &body].concat()
    }
}

/// The kernel's limit of a process.
fn longest_run(process: u64) -> String {
    let limits = std::fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max realtime timeout")).unwrap();
    let fields = line.split_whitespace();
    fields.skip(3).take(2).collect::<Vec<_>>().join(" ")
}

fn serve(mut socket: UnixStream, mut asked: impl FnMut(Asked), grants: bool) {
    let mut from = BufReader::new(socket.try_clone().unwrap());
    from.read_exact(&mut [0]).unwrap();
    for line in from.by_ref().lines().map_while(Result::ok) {
        let answer = match line.split(' ').next() {
            Some("AUTH") => "OK 0123456789abcdef0123456789abcdef",
            Some("BEGIN") => break,
            _ => "ERROR",
        };
        write!(socket, "{answer}\r\n").unwrap();
    }
    while let Some(message) = Message::read(&mut from) {
        if message.kind != CALL {
            continue;
        }
        let member = message.text(MEMBER);
        let answer = if member == "Hello" {
            message.answer(REPLY, ":1.1")
        } else {
            assert_eq!(message.text(SIGNATURE), "ttu", "{member}");
            let number =
                |at: usize| u64::from_le_bytes(message.body[at..at + 8].try_into().unwrap());
            let (process, thread) = (number(0), number(8));
            let priority = word(&message.body, 16);
            let longest_run = longest_run(process);
            asked(Asked { member, process, thread, priority, longest_run });
            let no = "org.freedesktop.DBus.Error.AccessDenied";
            if grants { message.answer(REPLY, "") } else { message.answer(ERROR, no) }
        };
        if socket.write_all(&answer).is_err() {
            return;
        }
    }
}

/// A bus at a path, and the requests to its rtkit.
pub(crate) fn bus(path: &Path, grants: bool) -> Receiver<Asked> {
    let listener = UnixListener::bind(path).unwrap();
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for socket in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            serve(socket, move |what| drop(sender.send(what)), grants);
        }
    });
    receiver
}
