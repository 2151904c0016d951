//! A page that plays and records in a browser, and the browsers.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::sound::{Sound, has};

/// A page that plays a tone on each side, records them, and reports its measurements.
const PAGE: &str = r#"<!doctype html><script>
const say = (words) => fetch("/say?" + encodeURIComponent(words));
(async () => {
    const context = new AudioContext({ sampleRate: 48000 });
    await context.resume();
    const both = new ChannelMergerNode(context, { numberOfInputs: 2 });
    for (const [side, frequency, gain] of [[0, 1000, 0.25], [1, 1500, 0.125]]) {
        const tone = new OscillatorNode(context, { frequency });
        tone.connect(new GainNode(context, { gain })).connect(both, 0, side);
        tone.start();
    }
    both.connect(context.destination);
    const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const audio = { ...plain, channelCount: 2 };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const split = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    context.createMediaStreamSource(stream).connect(split);
    const sides = [0, 1].map((side) => {
        const heard = new AnalyserNode(context, { fftSize: 32768, smoothingTimeConstant: 0 });
        split.connect(heard, side);
        return heard;
    });
    await new Promise((done) => setTimeout(done, 4000));
    const words = {};
    for (const [side, heard] of sides.entries()) {
        const bins = new Float32Array(heard.frequencyBinCount);
        heard.getFloatFrequencyData(bins);
        words["hz" + side] = bins.indexOf(Math.max(...bins)) * 48000 / heard.fftSize;
        const samples = new Float32Array(heard.fftSize);
        heard.getFloatTimeDomainData(samples);
        const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
        words["level" + side] = Math.sqrt(power);
    }
    say(JSON.stringify(words));
})().catch((why) => say(JSON.stringify({ why: String(why) })));
</script>"#;

/// Serves the page until it reports its measurements.
pub(crate) fn said(listener: &TcpListener) -> serde_json::Value {
    listener.set_nonblocking(true).unwrap();
    let until = Instant::now() + Duration::from_secs(120);
    while Instant::now() < until {
        let Ok((mut socket, _)) = listener.accept() else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        socket.set_nonblocking(false).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
        let mut request = [0; 4096];
        let count = socket.read(&mut request).unwrap_or(0);
        let line = String::from_utf8_lossy(&request[..count]).into_owned();
        let length = PAGE.len();
        let head =
            format!("HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: {length}");
        let _ = write!(socket, "{head}\r\n\r\n{PAGE}");
        if let Some((_, words)) = line.split_once("/say?") {
            let words = words.split(' ').next().unwrap_or_default();
            let plain = [
                ("%7B", "{"),
                ("%7D", "}"),
                ("%22", "\""),
                ("%3A", ":"),
                ("%2C", ","),
                ("%20", " "),
            ];
            let words = plain
                .iter()
                .fold(words.to_owned(), |words, (code, letter)| words.replace(code, letter));
            return serde_json::from_str(&words).unwrap_or_else(|_| words.into());
        }
    }
    "the browser said nothing in two minutes".into()
}

/// Chromium, by any of its names, once it shows the page.
pub(crate) fn chromium(sound: &Sound, address: &str) -> Command {
    let names = ["chromium", "google-chrome", "chromium-browser"];
    let name = names.into_iter().find(|name| has(name)).expect("apt-get install chromium");
    let mut command = sound.program(name);
    command.args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]);
    command.arg("--autoplay-policy=no-user-gesture-required");
    command.arg("--use-fake-ui-for-media-stream");
    command.arg(format!("--user-data-dir={}", sound.path("chromium").display())).arg(address);
    command
}

/// A Firefox profile that asks no questions and downloads nothing.
const PREFERENCES: &str = r#"
user_pref("media.autoplay.default", 0);
user_pref("media.navigator.permission.disabled", true);
user_pref("app.update.disabledForTesting", true);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"#;

/// Firefox, by any of its names, once it shows the page.
pub(crate) fn firefox(sound: &Sound, address: &str) -> Command {
    let names = ["firefox-esr", "firefox"];
    let name = names.into_iter().find(|name| has(name)).expect("apt-get install firefox-esr");
    let profile = sound.path("firefox");
    write_profile(&profile);
    let mut command = sound.program(name);
    command.args(["--headless", "--no-remote", "--profile"]).arg(profile).arg(address);
    command
}

fn write_profile(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("user.js"), PREFERENCES).unwrap();
}
