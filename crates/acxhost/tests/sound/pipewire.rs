//! A private PipeWire for a test.

use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;

use crate::real_time;
use crate::sound::{Sound, at_home};

impl Sound {
    /// PipeWire with the services of a desktop.
    pub(crate) fn pipewire() -> Self {
        let folder = TempDir::new().unwrap();
        let bus = format!("unix:path={}", folder.path().join("bus").display());
        let start = |program: &str, arguments: &[&str]| {
            let mut command = real_time(program);
            at_home(&mut command, folder.path());
            command.env("DBUS_SESSION_BUS_ADDRESS", &bus).args(arguments);
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let address = format!("--address={bus}");
        let mut others = vec![start("dbus-daemon", &["--session", "--nofork", &address])];
        others.push(start("pipewire", &[]));
        std::thread::sleep(Duration::from_secs(1));
        others.push(start("wireplumber", &[]));
        let server = start("pipewire-pulse", &[]);
        let sound = Self { server, others, folder, socket: "pulse/native" };
        sound.wait_for(sound.socket);
        std::thread::sleep(Duration::from_secs(2));
        sound
    }
}
