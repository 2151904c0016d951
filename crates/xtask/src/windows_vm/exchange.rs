//! The exchange of files with the guest: a small HTTP server on this machine's loopback address,
//! which QEMU's user network maps to 10.0.2.2 in the guest. The guest has `curl.exe`.
//!
//! | request | answer |
//! |---|---|
//! | `GET /start.cmd`, `GET /kit.zip` | the file |
//! | `GET /progress/WORDS` | empty; the words are printed |
//! | `GET /failed/WORDS` | empty; the run ends with them |
//! | `PUT /evidence.zip` | empty; the run is over |

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use zip::ZipArchive;

/// The most that a request may say before its body.
const HEAD: usize = 16 * 1024;

/// The server, and what it serves.
pub(super) struct Exchange {
    listener: TcpListener,
    pub(super) start: String,
    pub(super) kit: Vec<u8>,
    /// How large the evidence may be.
    pub(super) most: u64,
    /// The time limit of a request that has begun.
    pub(super) silence: Duration,
}

/// What a request came to.
enum Outcome {
    /// Something to print.
    Said(String),
    /// The archive of the evidence.
    Evidence(Vec<u8>),
    /// The guest gave up.
    Failed(String),
}

impl Exchange {
    /// A server on a free port, which has no files yet.
    pub(super) fn new() -> Result<Self, String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
        let listener = listener.map_err(|why| format!("no port of this machine is free: {why}"))?;
        listener.set_nonblocking(true).map_err(|why| format!("the server: {why}"))?;
        let silence = Duration::from_secs(60);
        Ok(Self { listener, start: String::new(), kit: Vec::new(), most: 2 << 30, silence })
    }

    pub(super) fn port(&self) -> Result<u16, String> {
        let address = self.listener.local_addr().map_err(|why| format!("the server: {why}"))?;
        Ok(address.port())
    }

    /// Serves until the evidence is here; its bytes. `watch` is asked all the time, and ends it
    /// with an error.
    ///
    /// # Errors
    ///
    /// The evidence does not come within `time`, the guest gave up, or `watch` says so.
    pub(super) fn serve(
        &self,
        time: Duration,
        watch: &mut dyn FnMut() -> Result<(), String>,
        tell: &mut dyn FnMut(&str),
    ) -> Result<Vec<u8>, String> {
        let began = Instant::now();
        let mut last = "it never asked for anything".to_owned();
        loop {
            match self.listener.accept() {
                Ok((stream, _)) => match self.answer(stream) {
                    Ok(Outcome::Evidence(bytes)) => return Ok(bytes),
                    Ok(Outcome::Failed(words)) => {
                        return Err(format!("the guest gave up: {words}"));
                    }
                    Ok(Outcome::Said(words)) => {
                        tell(&words);
                        last = format!("the last thing from it: {words}");
                    }
                    Err(why) => {
                        tell(&why);
                        last = format!("the last thing from it: {why}");
                    }
                },
                Err(why) if why.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(why) => return Err(format!("the server: {why}")),
            }
            watch().map_err(|why| format!("{why}; {last}"))?;
            if began.elapsed() > time {
                return Err(format!("no evidence from the guest after {time:?}; {last}"));
            }
        }
    }

    fn answer(&self, mut stream: TcpStream) -> Result<Outcome, String> {
        let ready = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_read_timeout(Some(self.silence)))
            .and_then(|()| stream.set_write_timeout(Some(self.silence)));
        ready.map_err(|why| format!("a connection: {why}"))?;
        let request = Request::read(&mut stream)?;
        let mut reply = |status: &str, body: &[u8]| -> Result<(), String> {
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
            sent.map_err(|why| format!("{}: the guest hung up: {why}", request.line))
        };
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/start.cmd") => reply("200 OK", self.start.as_bytes())?,
            ("GET", "/kit.zip") => reply("200 OK", &self.kit)?,
            ("GET", path) if path.starts_with("/progress/") => {
                reply("200 OK", b"")?;
                return Ok(Outcome::Said(words(path)));
            }
            ("GET", path) if path.starts_with("/failed/") => {
                reply("200 OK", b"")?;
                return Ok(Outcome::Failed(words(path)));
            }
            ("PUT", "/evidence.zip") => {
                return self.evidence(&mut stream, &request).map(Outcome::Evidence);
            }
            _ => {
                reply("404 Not Found", b"")?;
                return Err(format!("{}: there is no such file here", request.line));
            }
        }
        Ok(Outcome::Said(format!("the guest has got {}", &request.path[1..])))
    }

    /// The body of an upload, which has to be a whole archive.
    fn evidence(&self, stream: &mut TcpStream, request: &Request) -> Result<Vec<u8>, String> {
        let line = &request.line;
        let mut refuse = |status: &str, why: String| -> String {
            let head =
                format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            let _ = stream.write_all(head.as_bytes());
            why
        };
        let Some(length) = request.length else {
            return Err(refuse("411 Length Required", format!("{line}: it has no length")));
        };
        if length > self.most {
            let why = format!("{line}: {length} bytes are more than {}", self.most);
            return Err(refuse("413 Content Too Large", why));
        }
        if request.asks_first {
            let sent = stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
            sent.map_err(|why| format!("{line}: the guest hung up: {why}"))?;
        }
        let mut body = request.rest.clone();
        let rest = length.saturating_sub(body.len() as u64);
        let read = (&mut *stream).take(rest).read_to_end(&mut body);
        let got = body.len();
        if read.is_err() || got as u64 != length {
            let why = format!("{line}: {got} bytes came of {length}");
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
            return Err(why);
        }
        if let Err(why) = ZipArchive::new(std::io::Cursor::new(&body)) {
            let why = format!("{line}: what came is no zip: {why}");
            let _ = stream
                .write_all(b"HTTP/1.1 422 Unprocessable Content\r\nConnection: close\r\n\r\n");
            return Err(why);
        }
        // It is here, whether or not the guest hears of it.
        let _ = stream
            .write_all(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Ok(body)
    }
}

/// The words of a path, for a line of output.
fn words(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or_default();
    let printable = last.chars().filter(|one| one.is_ascii_alphanumeric() || *one == '-');
    printable.take(80).collect::<String>().replace('-', " ")
}

/// What a request says before its body.
struct Request {
    method: String,
    path: String,
    /// Both, for messages.
    line: String,
    length: Option<u64>,
    /// The guest waits for leave to send the body.
    asks_first: bool,
    /// What has come of the body already.
    rest: Vec<u8>,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Result<Self, String> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                break end;
            }
            if bytes.len() > HEAD {
                return Err("a request that does not end".to_owned());
            }
            let mut part = [0; 4096];
            match stream.read(&mut part) {
                Ok(0) => return Err("the guest hung up before its request was whole".to_owned()),
                Ok(count) => bytes.extend(&part[..count]),
                Err(why) => return Err(format!("the guest fell silent in its request: {why}")),
            }
        };
        let rest = bytes.split_off(end + 4);
        let head = String::from_utf8_lossy(&bytes).into_owned();
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default();
        let mut parts = first.split(' ');
        let (method, path) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let field = |name: &str| {
            let mut lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
            let found = lines.find(|(key, _)| key.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.trim().to_owned())
        };
        let line: String = format!("{method} {path}").chars().take(100).collect();
        Ok(Self {
            method: method.to_owned(),
            path: path.to_owned(),
            line: line.escape_default().to_string(),
            length: field("Content-Length").and_then(|length| length.parse().ok()),
            asks_first: field("Expect")
                .is_some_and(|what| what.eq_ignore_ascii_case("100-continue")),
            rest,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::archive::{self, Files};

    fn zip(bytes: usize) -> Vec<u8> {
        let noise = (0..bytes).map(|at| (at * at / 7) as u8).collect();
        archive::zip(&Files::from([("first-run.json".to_owned(), noise)])).unwrap()
    }

    /// Serves a guest, which is another thread with the port; what came of it, and what was told.
    fn with_guest(
        time: Duration,
        guest: impl FnOnce(u16) + Send + 'static,
    ) -> (Result<Vec<u8>, String>, Vec<String>) {
        let mut exchange = Exchange::new().unwrap();
        exchange.start = "start".to_owned();
        exchange.kit = zip(100_000);
        exchange.most = 1 << 20;
        exchange.silence = Duration::from_millis(500);
        let port = exchange.port().unwrap();
        let (send, over) = mpsc::channel();
        let guest = thread::spawn(move || {
            guest(port);
            let _ = send.send(());
        });
        let mut told = Vec::new();
        // A guest that is done has no more to say.
        let mut is_over = false;
        let mut watch = || {
            if is_over {
                return Err("the machine has stopped".to_owned());
            }
            is_over = over.try_recv().is_ok();
            Ok(())
        };
        let outcome = exchange.serve(time, &mut watch, &mut |line| told.push(line.to_owned()));
        guest.join().unwrap();
        (outcome, told)
    }

    /// A request, sent as it is; the answer.
    fn send(port: u16, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
        stream.write_all(request).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }

    fn get(port: u16, path: &str) -> Vec<u8> {
        send(port, format!("GET {path} HTTP/1.1\r\nHost: 10.0.2.2\r\n\r\n").as_bytes())
    }

    fn put(port: u16, path: &str, length: usize, body: &[u8]) -> Vec<u8> {
        let head = format!("PUT {path} HTTP/1.1\r\ncontent-length: {length}\r\n\r\n");
        send(port, &[head.as_bytes(), body].concat())
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_guest_gets_the_kit_and_brings_the_evidence() {
        let (outcome, told) = with_guest(LONG, |port| {
            assert!(get(port, "/start.cmd").ends_with(b"\r\n\r\nstart"));
            assert!(get(port, "/kit.zip").ends_with(&zip(100_000)));
            assert!(get(port, "/progress/first-run-begins").starts_with(b"HTTP/1.1 200"));
            let body = zip(200_000);
            assert!(put(port, "/evidence.zip", body.len(), &body).starts_with(b"HTTP/1.1 201"));
        });
        assert_eq!(outcome.unwrap(), zip(200_000));
        let expected =
            ["the guest has got start.cmd", "the guest has got kit.zip", "first run begins"];
        assert_eq!(told, expected);
    }

    /// The program that the guest has, if this machine has it, too.
    #[test]
    fn curl_gets_the_kit_and_brings_the_evidence() {
        let curl = |words: &[&str]| {
            let mut command = std::process::Command::new("curl");
            command.args(["-fsS", "--noproxy", "*"]).args(words).status()
        };
        if curl(&["--version"]).is_err() {
            println!("not run: there is no curl");
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sent.zip");
        std::fs::write(&file, zip(300_000)).unwrap();
        let kit = folder.path().join("kit.zip");
        let (sent, got) = (file.display().to_string(), kit.display().to_string());
        let (outcome, told) = with_guest(LONG, move |port| {
            let host = format!("http://127.0.0.1:{port}");
            assert!(curl(&["-o", &got, &format!("{host}/kit.zip")]).unwrap().success());
            assert!(!curl(&["-T", &sent, &format!("{host}/other.zip")]).unwrap().success());
            assert!(curl(&["-T", &sent, &format!("{host}/evidence.zip")]).unwrap().success());
        });
        assert_eq!(outcome.unwrap(), zip(300_000));
        assert_eq!(std::fs::read(kit).unwrap(), zip(100_000));
        assert_eq!(told[1], "PUT /other.zip: there is no such file here");
    }

    #[test]
    fn each_wrong_guest_is_told_what_is_wrong_and_the_right_one_still_comes() {
        let (outcome, told) = with_guest(LONG, |port| {
            let body = zip(5000);
            let length = body.len();
            assert!(get(port, "/etc/passwd").starts_with(b"HTTP/1.1 404"));
            assert!(get(port, "/../start.cmd").starts_with(b"HTTP/1.1 404"));
            assert!(put(port, "/kit.zip", length, &body).starts_with(b"HTTP/1.1 404"));
            assert!(put(port, "/evidence.zip", length, &body[..99]).starts_with(b"HTTP/1.1 400"));
            assert!(put(port, "/evidence.zip", 2 << 20, b"").starts_with(b"HTTP/1.1 413"));
            assert!(put(port, "/evidence.zip", 5, b"hello").starts_with(b"HTTP/1.1 422"));
            let none = b"PUT /evidence.zip HTTP/1.1\r\n\r\n";
            assert!(send(port, none).starts_with(b"HTTP/1.1 411"));
            send(port, b"GET /start");
            send(port, &vec![b'x'; HEAD + 5000]);
            // One that falls silent keeps nobody waiting for ever.
            let silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            thread::sleep(Duration::from_millis(100));
            assert!(put(port, "/evidence.zip", length, &body).starts_with(b"HTTP/1.1 201"));
            drop(silent);
        });
        assert_eq!(outcome.unwrap(), zip(5000));
        let length = zip(5000).len();
        let expected = [
            "GET /etc/passwd: there is no such file here".to_owned(),
            "GET /../start.cmd: there is no such file here".to_owned(),
            "PUT /kit.zip: there is no such file here".to_owned(),
            format!("PUT /evidence.zip: 99 bytes came of {length}"),
            format!("PUT /evidence.zip: {} bytes are more than {}", 2 << 20, 1 << 20),
        ];
        assert_eq!(told[..5], expected);
        assert!(told[5].starts_with("PUT /evidence.zip: what came is no zip: "), "{told:#?}");
        assert_eq!(told[6], "PUT /evidence.zip: it has no length");
        assert_eq!(told[7], "the guest hung up before its request was whole");
        assert_eq!(told[8], "a request that does not end");
        assert!(told[9].starts_with("the guest fell silent in its request"), "{told:#?}");
    }

    #[test]
    fn evidence_that_never_comes_ends_with_the_last_that_was_heard() {
        let (outcome, _) = with_guest(Duration::from_millis(50), |_| {
            thread::sleep(Duration::from_millis(300));
        });
        let why = outcome.unwrap_err();
        assert_eq!(why, "no evidence from the guest after 50ms; it never asked for anything");
        // A machine that stops ends it at once.
        let (outcome, _) = with_guest(LONG, |port| {
            get(port, "/progress/windows-is-installed");
        });
        let why = outcome.unwrap_err();
        assert_eq!(why, "the machine has stopped; the last thing from it: windows is installed");
        let (outcome, _) = with_guest(LONG, |port| {
            get(port, "/failed/first-run-ended-with-2%0d%0aINJECTED");
        });
        assert_eq!(outcome.unwrap_err(), "the guest gave up: first run ended with 20d0aINJECTED");
    }
}
