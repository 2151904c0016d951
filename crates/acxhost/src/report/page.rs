//! The report as one self-contained HTML page. It is also well-formed XML, so that a test can read
//! it.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;

use super::{
    Completion, Completions, Depth, DriverReport, Growth, Measured, NullTest, Report, RuleCount,
    chart, grouped, span,
};
use acx_conform::bench::{self, Bench, Spread};
use acx_conform::faults::ScenarioFaults;

/// The ids and titles of the sections.
const SECTIONS: [(&str, &str); 9] = [
    ("summary", "Summary"),
    ("conformance", "Conformance"),
    ("rules", "Verifier rules"),
    ("faults", "Faults"),
    ("timelines", "Packet completion"),
    ("jitter", "Jitter"),
    ("null-test", "Null test"),
    ("growth", "Growth"),
    ("cost", "Cost"),
];

/// The page.
pub fn page(report: &Report) -> String {
    let title = format!("{}: report of {}", report.about.driver, report.about.date);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                (PreEscaped(r#"<meta charset="utf-8"/><meta name="viewport" content="width=device-width, initial-scale=1"/>"#))
                title { (title) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body {
                (head(report))
                main {
                    (summary(report))
                    @if report.drivers.iter().any(|driver| driver.not_run.is_none()) {
                    (conformance(&report.drivers))
                    (rules(&report.drivers))
                    (faults(&report.drivers))
                    (timelines(&report.drivers))
                    (jitter(&report.drivers))
                    (null_test(&report.drivers))
                    (growth(&report.drivers))
                    (cost(&report.cost))
                    }
                }
                footer {
                    p {
                        "Made by " code { "acxhost report" } ". The driver ran in the host, a user-mode implementation of the kernel, KMDF, ACX and KS; "
                        "nothing on this page was measured on Windows. Times are one machine's: read the ratios."
                    }
                }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report) -> Markup {
    let about = &report.about;
    let depth = match about.depth {
        Depth::Quick => "quick",
        Depth::Usual => "usual",
        Depth::Full => "full",
    };
    let entry = |name: &str, value: &str| html! { div { dt { (name) } dd { (value) } } };
    let has_run = report.drivers.iter().any(|driver| driver.not_run.is_none());
    let sections = &SECTIONS[..if has_run { SECTIONS.len() } else { 1 }];
    html! {
        header {
            h1 { (about.driver) }
            @if report.passes() {
                p.verdict.passes { "✓ " (report.verdict()) }
            } @else {
                p.verdict.fails { "✗ " (report.verdict()) }
            }
            dl.about {
                (entry("Date", &about.date))
                (entry("Commit", about.commit.as_deref().unwrap_or("not known")))
                (entry("Host", about.version))
                (entry("System", &about.system))
                (entry("Run", depth))
                (entry("Seed", &about.seed.to_string()))
            }
            nav aria-label="Sections" {
                ul { @for (id, name) in sections { li { a href={ "#" (id) } { (name) } } } }
            }
        }
    }
}

/// A section with its heading and introduction.
fn section(id: &str, lead: &str, inside: &Markup) -> Markup {
    let name = SECTIONS.iter().find(|(own, _)| *own == id).map_or("", |(_, name)| name);
    html! {
        section id=(id) aria-labelledby={ (id) "-heading" } {
            h2 id={ (id) "-heading" } { (name) }
            p.lead { (lead) }
            (inside)
        }
    }
}

fn summary(report: &Report) -> Markup {
    let drivers = &report.drivers;
    let inside = html! {
        @if let Some(why) = &report.missing { p.note { "One driver only: " (why) "." } }
        @for driver in drivers {
            @if let Some(why) = &driver.not_run { h3 { (driver.name) " could not be run" } pre { (why) } }
            @for what in &driver.ignored_settings { p.note { (driver.name) ": " (what) } }
        }
        table.cards {
            thead { tr { th scope="col" { "What was looked at" } @for driver in drivers { th scope="col" { (driver.name) } } } }
            tbody {
                @for (claim, figures) in report.summary() {
                    tr {
                        th scope="row" { (claim) }
                        @for (driver, figure) in drivers.iter().zip(figures) { td data-label=(driver.name) { (figure) } }
                    }
                }
            }
        }
    };
    let lead = if drivers.len() > 1 {
        "The same source in each column: the driver linked into this process, and the file that Windows loads."
    } else {
        "What was found about the driver, a line for each claim."
    };
    section("summary", lead, &inside)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// A result, as a sign, a word and a colour.
fn result(case: &Value) -> Markup {
    let word = text(case, "result");
    let (class, sign) = match word {
        "passed" => ("good", "✓"),
        "failed" => ("bad", "✗"),
        _ => ("apart", "–"),
    };
    html! {
        span class={ "result " (class) } { (sign) " " (word) }
        @let figure = text(case, "figure");
        @if !figure.is_empty() { span.figure { (figure) } }
    }
}

fn conformance(drivers: &[DriverReport]) -> Markup {
    // A driver that could not be run has no rows.
    let all = drivers.iter().map(|driver| driver.conformance.as_slice());
    let cases = all.max_by_key(|cases| cases.len()).unwrap_or_default();
    let inside = html! {
        table.cards {
            thead {
                tr {
                    th scope="col" { "Case" } th scope="col" { "What the driver must do" }
                    @for driver in drivers { th scope="col" { (driver.name) } }
                }
            }
            tbody {
                @for (index, case) in cases.iter().enumerate() {
                    tr {
                        th.id scope="row" { (text(case, "id")) }
                        td { (text(case, "sentence")) }
                        @for driver in drivers {
                            td data-label=(driver.name) {
                                @if let Some(case) = driver.conformance.get(index) { (result(case)) }
                                @else { span.result.apart { "– not run" } }
                            }
                        }
                    }
                }
            }
        }
    };
    let lead = "Each case runs on a machine of its own, in virtual time. Level A is Microsoft's published conditions, with warnings as \
                failures; cases that begin with a B test further promises of the written contracts.";
    section("conformance", lead, &inside)
}

fn rules(drivers: &[DriverReport]) -> Markup {
    let all = drivers.iter().map(|driver| driver.rules.as_slice());
    let rules = all.max_by_key(|rules| rules.len()).unwrap_or_default();
    let cell = |rule: Option<&RuleCount>| match rule {
        None => html! { span.result.apart { "– not run" } },
        Some(rule) if rule.allowed => html! { span.result.apart { "– not looked at" } },
        Some(rule) => match rule.violations.len() {
            0 => html! { span.result.good { "✓ kept" } },
            count => {
                html! { span.result.bad { "✗ broken " (count) (if count == 1 { " time" } else { " times" }) } }
            }
        },
    };
    let inside = html! {
        table.cards {
            thead {
                tr {
                    th scope="col" { "Rule" } th scope="col" { "What a driver must do" }
                    @for driver in drivers { th scope="col" { (driver.name) } }
                }
            }
            tbody {
                @for (index, rule) in rules.iter().enumerate() {
                    tr {
                        th.name scope="row" { (rule.rule) }
                        td { (rule.explanation) }
                        @for driver in drivers { td data-label=(driver.name) { (cell(driver.rules.get(index))) } }
                    }
                }
            }
        }
        @for driver in drivers {
            @for rule in driver.rules.iter().filter(|rule| !rule.violations.is_empty()) {
                h3 { (driver.name) ": " (rule.rule) }
                (listed(&rule.violations))
            }
        }
    };
    let machines: usize = drivers.iter().map(|driver| driver.machines).sum();
    let lead = format!(
        "The host's verifier watched {machines} machines, each from the driver's load to its unload."
    );
    section("rules", &lead, &inside)
}

/// The result of a scenario.
fn scenario(found: &ScenarioFaults) -> Markup {
    html! {
        @if let Some(what) = &found.does_not_apply {
            span.result.apart { "– does not apply" }
            span.figure { (what) }
        } @else {
            @match found.violations.len() {
                0 if found.failed() == 0 => span.result.apart { "– the driver makes no call that can fail" },
                0 => span.result.good { "✓ every failure is handled" },
                count => span.result.bad { "✗ " (count) (if count == 1 { " error" } else { " errors" }) },
            }
            @if found.calls > 0 {
                span.figure {
                    (grouped(found.failed() as u64)) " of " (grouped(found.calls as u64)) " calls failed in turn, and " (found.pairs) " pairs"
                }
            }
        }
    }
}

fn faults(drivers: &[DriverReport]) -> Markup {
    let value =
        || drivers.iter().filter_map(|driver| driver.faults.value().map(|all| (driver, all)));
    let scenarios = value().next().map(|(_, all)| all.as_slice()).unwrap_or_default();
    let inside = html! {
        @for driver in drivers {
            @if let Measured::Missing { why } = &driver.faults { p.note { (driver.name) " was not tried: " (why) "." } }
        }
        table.cards {
            thead {
                tr {
                    th scope="col" { "Scenario" } th scope="col" { "What happens in it" }
                    @for (driver, _) in value() { th scope="col" { (driver.name) } }
                }
            }
            tbody {
                @for (index, own) in scenarios.iter().enumerate() {
                    tr {
                        th.name scope="row" { (own.name) }
                        td { (own.sentence) }
                        @for (driver, all) in value() {
                            @if let Some(found) = all.get(index) { td data-label=(driver.name) { (scenario(found)) } }
                        }
                    }
                }
            }
        }
        @for (driver, all) in value() {
            @for own in all.iter().filter(|own| !own.violations.is_empty()) {
                h3 { (driver.name) ": " (own.name) }
                (listed(&own.violations))
            }
        }
    };
    let lead = "Each call of the driver that can fail (an allocation, a framework function that answers a status) fails in turn, alone and in \
                pairs. The refusal must have the documented status, the second try must succeed, nothing may be left behind.";
    section("faults", lead, &inside)
}

/// The violations, shortened to a readable length.
fn listed(violations: &[String]) -> Markup {
    html! {
        @for violation in violations.iter().take(20) { pre { (violation) } }
        @if violations.len() > 20 { p.note { (violations.len() - 20) " more of them." } }
    }
}

/// A driver's figure, or the reason why there is none.
fn part<T>(driver: &DriverReport, part: &Measured<T>, figure: impl FnOnce(&T) -> Markup) -> Markup {
    html! {
        div {
            h3 { (driver.name) }
            @match part {
                Measured::Value(it) => (figure(it)),
                Measured::Missing { why } => p.note { "Not measured: " (why) "." },
            }
        }
    }
}

/// The results of the drivers, side by side.
fn pair(drivers: &[DriverReport], one: impl Fn((usize, &DriverReport)) -> Markup) -> Markup {
    html! { div.pair.lone[drivers.len() == 1] { @for driver in drivers.iter().enumerate() { (one(driver)) } } }
}

fn timelines(drivers: &[DriverReport]) -> Markup {
    let glitches = |all: &[Completions]| all.iter().map(|end| end.glitches).sum::<u64>();
    let packets = |all: &[Completions]| all.iter().map(|end| end.packets.len()).sum::<usize>();
    let reach = |part: fn(&DriverReport) -> &Measured<Vec<Completions>>| {
        let value = drivers.iter().filter_map(|driver| part(driver).value());
        value.map(|all| chart::reach(all)).fold(0.0, f64::max)
    };
    let row = |kind: &str, found: fn(&DriverReport) -> &Measured<Vec<Completions>>| {
        let one = |(index, driver): (usize, &DriverReport)| {
            part(driver, found(driver), |all| {
                html! {
                    figure {
                        (chart::timeline(&format!("timeline-{kind}-{index}"), all, reach(found)))
                        figcaption { "From the middle of " (packets(all)) " packets. The client was too late for " (glitches(all)) "." }
                    }
                }
            })
        };
        pair(drivers, one)
    };
    let inside = html! {
        h3.part { "In real time" }
        p.note { "The client is an ordinary thread of this system: how late it runs says something about the system, not the driver." }
        (row("real", |driver| &driver.completions))
        h3.part { "In virtual time, with every timer a millisecond late" }
        p.note { "If a driver stamps packets when its timer runs, it shows here: its stamps move to the right with its timers." }
        (row("late", |driver| &driver.completions_when_late))
    };
    let lead = "An event-driven stream completes a packet of 10 ms at its boundary: the driver stamps the completion, and the client runs a \
                little later. The stamp should be the boundary itself, not the moment at which the timer ran. Boundaries follow one another at the \
                nominal rate, from the earliest stamp on.";
    section("timelines", lead, &inside)
}

fn jitter(drivers: &[DriverReport]) -> Markup {
    type Values = fn(&DriverReport) -> Option<Vec<f64>>;
    fn all(driver: &DriverReport, figure: fn(&Completion) -> f64) -> Option<Vec<f64>> {
        let ends = driver.completions.value()?;
        Some(ends.iter().flat_map(|end| &end.packets).map(figure).collect())
    }
    let kinds: [(&str, &str, &str, Values); 3] = [
        ("stamps", "Stamps off the boundary", "off the boundary", |driver| {
            all(driver, |packet| packet.stamp_ns)
        }),
        ("woken", "Clients behind the boundary", "behind the boundary", |driver| {
            all(driver, |packet| packet.woken_ns)
        }),
        ("positions", "Positions off their line (K1)", "off the line", |driver| {
            driver.positions.value().cloned()
        }),
    ];
    let one = |(index, driver): (usize, &DriverReport)| {
        html! {
            div {
                h3 { (driver.name) }
                @for (kind, title, label, values) in kinds {
                    @let beside: Vec<f64> = drivers.iter().filter_map(values).flatten().collect();
                    @if let Some(own) = values(driver) {
                        (histogram(&format!("{kind}-{index}"), title, label, &own, &beside))
                    } @else {
                        p.note { (title) ": not measured." }
                    }
                }
            }
        }
    };
    let inside = pair(drivers, one);
    let lead = "In real time. Positions are a hundred answers one period and a bit apart, each compared with the line of the nominal rate at \
                the driver's own stamp. An error of less than a frame (20.8 µs at 48 kHz) is rounding.";
    section("jitter", lead, &inside)
}

fn histogram(id: &str, title: &str, label: &str, values: &[f64], beside: &[f64]) -> Markup {
    let mut sorted = values.to_vec();
    sorted.sort_by(|one, other| one.abs().total_cmp(&other.abs()));
    let at =
        |part: f64| sorted.get((sorted.len().max(1) - 1) * (part * 100.0) as usize / 100).copied();
    let figure = |part: f64| at(part).map_or("–".to_owned(), |value| span(value.abs()));
    html! {
        figure {
            strong { (title) }
            (chart::histogram(id, title, label, values, beside))
            figcaption {
                (values.len()) " values; half within " (figure(0.5)) ", 99 of 100 within " (figure(0.99)) ", all within " (figure(1.0))
            }
        }
    }
}

fn null_test(drivers: &[DriverReport]) -> Markup {
    let one = |(index, driver): (usize, &DriverReport)| {
        part(driver, &driver.null_test, |test: &NullTest| {
            let rate = test.frames as f64 / test.seconds;
            let milliseconds = test.latency as f64 * 1000.0 / rate;
            let words = if test.different == 0 {
                format!("no frame of {} differs", grouped(test.frames))
            } else {
                format!("{} frames of {} differ", grouped(test.different), grouped(test.frames))
            };
            let strips: [(&str, &[(f32, f32)]); 3] = [
                ("played", &test.played),
                ("recorded, moved to where the original begins", &test.recorded),
                ("difference", &test.difference),
            ];
            html! {
                figure {
                    (chart::waves(&format!("waves-{index}"), test.seconds, &strips, &words))
                    (chart::detail(&format!("detail-{index}"), test.detail.len() as f64 * 1000.0 / rate, &test.detail))
                    figcaption {
                        (test.format) "; the recording begins " (test.latency) " frames (" (format!("{milliseconds:.1}")) " ms) later; "
                        (words) "."
                    }
                }
            }
        })
    };
    let inside = pair(drivers, one);
    let lead = "A tune plays through the speaker while the microphone records: what is left when the one is taken from the other. First \
                channel drawn, all channels compared.";
    section("null-test", lead, &inside)
}

fn growth(drivers: &[DriverReport]) -> Markup {
    let value: Vec<&DriverReport> =
        drivers.iter().filter(|driver| driver.growth.value().is_some()).collect();
    let longest: &[Growth] = value
        .iter()
        .filter_map(|driver| driver.growth.value())
        .max_by_key(|growth| growth.len())
        .map_or(&[], Vec::as_slice);
    let cells = |driver: &DriverReport, index: usize| {
        let point = driver.growth.value().and_then(|growth| growth.get(index));
        html! {
            @if let Some(point) = point {
                td.number { (span(point.period_ns.lower_quartile)) }
                td.number { (format!("{:.2}", point.each_to_first)) }
                td.number { (grouped(point.pool_bytes as u64)) }
            } @else {
                td.number { "–" } td.number { "–" } td.number { "–" }
            }
        }
    };
    let inside = html! {
        @for driver in drivers {
            @if let Measured::Missing { why } = &driver.growth { p.note { (driver.name) " was not measured: " (why) "." } }
        }
        @if !value.is_empty() {
            div.pair.level {
            figure {
                (chart::growth("growth-curves", &value))
                figcaption { "Processor time of each stream, relative to one stream alone. The dashed line, 1, is linear growth." }
            }
            div.wide {
                table {
                    caption { "Processor time for 10 ms of audio of all streams together, half at speakers, half at microphones (a quarter of the rounds take less); of each stream, relative to one alone; and its bytes of pool." }
                    thead {
                        tr { th scope="col" rowspan="2" { "Streams" } @for driver in &value { th scope="colgroup" colspan="3" { (driver.name) } } }
                        tr { @for _ in &value { th.number scope="col" { "10 ms" } th.number scope="col" { "relative" } th.number scope="col" { "bytes" } } }
                    }
                    tbody {
                        @for (index, point) in longest.iter().enumerate() {
                            tr { th scope="row" { (point.streams) } @for driver in &value { (cells(driver, index)) } }
                        }
                    }
                }
            }
            }
        }
    };
    section("growth", "More and more streams on one device, each with its own timer.", &inside)
}

fn cost(cost: &Measured<Bench>) -> Markup {
    let inside = match cost {
        Measured::Missing { why } => html! { p.note { "Not measured: " (why) "." } },
        Measured::Value(bench) => {
            let ratio = |found: Option<Spread>| {
                found.map_or_else(|| "–".to_owned(), |found| found.to_string())
            };
            let ratios = bench.ratios;
            let both = |figure: &dyn Fn(&bench::Figures) -> String| -> Vec<String> {
                std::iter::once(&bench.driver).chain(&bench.against).map(figure).collect()
            };
            let rows = [
                (
                    "Completed packet",
                    both(&|own| span(own.packet_ns.median)),
                    ratio(ratios.map(|own| own.packet)),
                ),
                (
                    "Position query",
                    both(&|own| span(own.position_ns.median)),
                    ratio(ratios.map(|own| own.position)),
                ),
                (
                    "Memory of a stream",
                    both(&|own| {
                        format!(
                            "{} bytes, of them {} packets",
                            grouped(own.memory_per_stream.total() as u64),
                            grouped(own.memory_per_stream.packets as u64)
                        )
                    }),
                    ratios.map_or("–".to_owned(), |own| format!("{:.2}", own.memory_per_stream)),
                ),
                (
                    "Image",
                    both(&|own| {
                        own.image_bytes.map_or("linked in".to_owned(), |bytes| {
                            format!("{} bytes", grouped(bytes as u64))
                        })
                    }),
                    ratios
                        .and_then(|own| own.image)
                        .map_or("–".to_owned(), |ratio| format!("{ratio:.2}")),
                ),
            ];
            html! {
                table.cards {
                    thead {
                        tr {
                            th scope="col" { "What" }
                            @for own in std::iter::once(&bench.driver).chain(&bench.against) { th scope="col" { (own.driver) } }
                            @if ratios.is_some() { th scope="col" { "Ratio (quartiles)" } }
                        }
                    }
                    tbody {
                        @for (name, figures, ratio) in rows {
                            tr {
                                th scope="row" { (name) }
                                @for (own, figure) in std::iter::once(&bench.driver).chain(&bench.against).zip(figures) {
                                    td data-label=(own.driver) { (figure) }
                                }
                                @if ratios.is_some() { td data-label="Ratio" { (ratio) } }
                            }
                        }
                    }
                }
            }
        }
    };
    let lead = "Both under the same load in one process, in turns; a ratio is the median of the rounds' ratios. A completed packet includes its \
                share of the timer's ticks, the event, and the client's own requests.";
    section("cost", lead, &inside)
}

#[cfg(test)]
mod tests;
