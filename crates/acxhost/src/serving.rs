//! `acxhost serve` at a terminal: its output and its input.

use std::io::BufRead as _;
use std::sync::mpsc::{Receiver, channel};

use acx_client::endpoint::WaveFormat;
use acx_conform::Subject;
use acx_conform::run::Time;
use acxhost::serve::{self, Given, HEAD, Order, State, Watcher};
use serde_json::{Value, json};

use crate::summary::{self, Summary};
use crate::{Failure, arguments, sound};

/// The terminal of a person, or a program's pipes.
struct Terminal {
    lines: summary::Lines,
    json: bool,
    orders: Option<Receiver<Order>>,
}

fn values(states: &[State]) -> Vec<Value> {
    states.iter().map(State::value).collect()
}

fn table(states: &[State]) -> Vec<String> {
    std::iter::once(HEAD.to_owned()).chain(states.iter().map(State::to_string)).collect()
}

impl Watcher for Terminal {
    fn is_stopped(&self) -> bool {
        sound::is_stopped()
    }

    fn began(&mut self, states: &[State], left: usize, priority: Option<Given>) {
        if self.json {
            let priority = priority.map(|given| given.to_string());
            let line = json!({
                "serving": values(states), "leftovers_removed": left, "realtime_by": priority,
            });
            return summary::print_line(&line.to_string());
        }
        for State { name, description, format, .. } in states {
            summary::print_line(&format!("{name}: \"{description}\", {format}"));
        }
        if left > 0 {
            summary::complain(&format!("{left} modules of a process that is gone were removed"));
        }
        if priority.is_none() {
            summary::complain(
                "without real-time priority: other work on this machine may be heard (install rtkit, or allow it with rtprio in /etc/security/limits.d)",
            );
        }
    }

    fn seen(&mut self, seconds: f64, states: &[State]) {
        if self.json {
            let line = json!({ "seconds": seconds, "devices": values(states) });
            summary::print_line(&line.to_string());
        } else {
            self.lines.show(table(states).into_iter());
        }
    }

    fn jack(&mut self, name: &str, is_plugged: bool) {
        if self.json {
            let line = json!({ "jack": name, "plugged": is_plugged });
            summary::print_line(&line.to_string());
        } else {
            let state = if is_plugged { "is plugged in" } else { "is pulled: no device" };
            summary::complain(&format!("the jack of {name} {state}"));
        }
    }

    fn format(&mut self, name: &str, format: WaveFormat) {
        if self.json {
            let line = json!({ "device": name, "format": format.to_string() });
            summary::print_line(&line.to_string());
        } else {
            summary::complain(&format!("the default format of {name} is {format} now"));
        }
    }

    fn order(&mut self) -> Option<Order> {
        self.orders.as_ref()?.try_recv().ok()
    }

    fn refused(&mut self, order: &Order, why: &str) {
        summary::complain(&format!("{order}: {why}"));
    }
}

/// Reads changes from standard input.
fn orders() -> Receiver<Order> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let sent = line.parse::<Order>().map(|order| sender.send(order));
            match sent {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return,
                Err(why) => summary::complain(&why),
            }
        }
    });
    receiver
}

/// Serves until Ctrl-C, and reports the state meanwhile.
pub(crate) fn run(
    subject: &Subject,
    given: &arguments::Serve,
    json: bool,
) -> Result<Summary, Failure> {
    let options = serve::Options {
        seconds: given.seconds,
        period_ms: given.period_ms,
        reserve_ms: given.reserve_ms,
    };
    sound::stop_on_ctrl_c();
    let orders = given.orders.then(orders);
    let mut terminal = Terminal { lines: summary::Lines::new(json), json, orders };
    let (last, findings) = subject.on_system(Time::Real, |system| {
        Ok(serve::serve(&subject.name(), system, options, &mut terminal))
    })?;
    terminal.lines.clear();
    let last = last?;
    let glitches: u64 = last.iter().map(State::glitches).sum();
    let mut summary = Summary::new(json!({
        "devices": values(&last), "glitches": glitches, "violations": findings.count(),
    }));
    summary.text = table(&last).join("\n");
    summary.row("Glitches", glitches);
    summary.findings(&findings);
    summary.status = u8::from(findings.count() > 0);
    Ok(summary)
}
