//! The results as one HTML page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::plan::STEPS;
use crate::record::{Done, Record, State};

/// The file's name in the folder of results.
pub const FILE: &str = "first-run.html";

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn render(record: &Record) -> String {
    let (passed, failed, not_run) =
        (record.count(State::Passed), record.count(State::Failed), record.count(State::NotRun));
    let (class, verdict) = match (record.is_good(), failed) {
        (true, _) => ("good", "The driver works on this machine".to_owned()),
        (false, 0) => ("bad", "Too little ran to say anything".to_owned()),
        (false, 1) => ("bad", "One step failed".to_owned()),
        (false, failed) => ("bad", format!("{failed} steps failed")),
    };
    let machine = record.step("machine").map_or("", |step| step.sentence.as_str());
    let missing = STEPS.iter().filter(|step| record.step(step.id).is_none());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "acxvad's first run" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "acxvad's first run" }
                p.verdict.(class) { (verdict) }
                p { (passed) " passed, " (failed) " failed, " (not_run) " not run" }
                p.muted { (machine) }
                p.muted { "Begun " (record.began) " by first-run " (record.version) }
                table {
                    thead { tr { th { "step" } th { "result" } th { "what was found, or why not" } th { "s" } } }
                    tbody {
                        @for step in &record.steps { (row(step)) }
                        @for step in missing {
                            tr { th { (step.title) } td.muted { "not run" } td { "the run ended before it" } td {} }
                        }
                    }
                }
            }
        }
    };
    page.into_string()
}

fn row(step: &Done) -> Markup {
    let class = match step.state {
        State::Passed => "good",
        State::NotRun => "muted",
        State::Failed | State::Started => "bad",
    };
    html! {
        tr {
            th { (step.title) }
            td.result.(class) { (step.state.name()) }
            td {
                (step.sentence)
                @if !step.calls.is_empty() {
                    details {
                        summary { (step.calls.len()) @if step.calls.len() == 1 { " call" } @else { " calls" } }
                        @for call in &step.calls {
                            p.call {
                                code { (call.line) }
                                @match (&call.trouble, call.status) {
                                    (Some(why), _) => span.bad { " " (why) }
                                    (None, Some(status)) => span.(if call.is_good { "muted" } else { "bad" }) { " ended with " (status) ", " (call.seconds) " s" }
                                    (None, None) => {}
                                }
                                @if !call.log.is_empty() { " " a href=(call.log) { "log" } }
                            }
                        }
                    }
                }
            }
            td.number { (step.seconds) }
        }
    }
}
