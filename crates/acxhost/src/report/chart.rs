//! Charts as SVG, drawn in units that stay readable when a page is 360 pixels wide: at most 400
//! wide, text of 11. Colours are variables of the page; no information depends on colour alone.

use maud::{Markup, html};

use super::{Completion, Completions, DriverReport, Growth, span};

/// Width of every chart.
const WIDTH: f64 = 400.0;

/// The left and right edge of the plot.
const LEFT: f64 = 46.0;
const RIGHT: f64 = 380.0;

/// A scale from values to coordinates.
#[derive(Clone, Copy)]
struct Scale {
    from: (f64, f64),
    to: (f64, f64),
}

impl Scale {
    fn at(self, value: f64) -> f64 {
        let part = (value - self.from.0) / (self.from.1 - self.from.0);
        self.to.0 + part.clamp(0.0, 1.0) * (self.to.1 - self.to.0)
    }
}

/// A round number not below `value`: 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1e-9).log10().floor());
    let factors = [1.0, 2.0, 5.0, 10.0].into_iter();
    factors.map(|factor| factor * power).find(|nice| *nice >= value * 0.999).unwrap_or(value)
}

/// Steps of a scale from 0 to `most`: about four.
fn ticks(most: f64) -> impl Iterator<Item = f64> {
    let step = nice(most / 4.0);
    (0..=(most / step + 1e-6) as u32).map(move |index| f64::from(index) * step)
}

/// A coordinate with one decimal.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}

/// The frame of every chart, with a title and a description for screen readers.
fn frame(id: &str, height: f64, title: &str, description: &str, inside: &Markup) -> Markup {
    let (title_id, text_id) = (format!("{id}-title"), format!("{id}-text"));
    html! {
        svg id=(id) viewBox={ "0 0 " (WIDTH) " " (coordinate(height)) } role="img" aria-labelledby={ (title_id) " " (text_id) } {
            title id=(title_id) { (title) }
            desc id=(text_id) { (description) }
            (inside)
        }
    }
}

fn line(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Markup {
    html! { line class=(class) x1=(coordinate(x1)) y1=(coordinate(y1)) x2=(coordinate(x2)) y2=(coordinate(y2)) {} }
}

fn text(class: &str, (x, y): (f64, f64), what: &str) -> Markup {
    html! { text class=(class) x=(coordinate(x)) y=(coordinate(y)) { (what) } }
}

/// An axis below a plot: marks, numbers, and a label.
fn below(scale: Scale, ticks: impl Iterator<Item = f64>, y: f64, label: &str) -> Markup {
    html! {
        (line("axis", (LEFT, y), (RIGHT, y)))
        @for tick in ticks {
            @let x = scale.at(tick);
            (line("axis", (x, y), (x, y + 4.0)))
            (text("tick middle", (x, y + 15.0), &number(tick)))
        }
        (text("label middle", (LEFT.midpoint(RIGHT), y + 30.0), label))
    }
}

/// A number without more digits than it needs.
fn number(value: f64) -> String {
    match value {
        _ if value == 0.0 => "0".to_owned(),
        _ if value.abs() >= 10.0 || value.fract() == 0.0 => format!("{value:.0}"),
        _ => {
            let text = format!("{value:.2}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// A suitable unit for a span of nanoseconds, and its length in nanoseconds.
fn unit(nanoseconds: f64) -> (&'static str, f64) {
    match nanoseconds {
        ..2e3 => ("ns", 1.0),
        ..2e6 => ("µs", 1e3),
        _ => ("ms", 1e6),
    }
}

/// The number of packets of each end in a timeline.
const SHOWN: usize = 8;

/// Some packets of an end, from the middle, because the beginning is not typical.
fn middle(end: &Completions) -> &[Completion] {
    let from = (end.packets.len() / 2).min(end.packets.len().saturating_sub(SHOWN));
    let shown = end.packets.get(from..).unwrap_or_default();
    &shown[..shown.len().min(SHOWN)]
}

/// The range of a timeline of these, in nanoseconds.
pub(super) fn reach(all: &[Completions]) -> f64 {
    let packets = all.iter().flat_map(middle);
    packets.map(|packet| packet.woken_ns.max(packet.stamp_ns)).fold(1000.0, f64::max)
}

/// Consecutive packets, each with the driver's stamp and the time at which the client ran, relative
/// to the packet's boundary. Timelines with the same `reach` have the same scale.
pub(super) fn timeline(id: &str, all: &[Completions], reach: f64) -> Markup {
    const ROW: f64 = 15.0;
    const TOP: f64 = 34.0;
    let ends: Vec<_> = all.iter().map(|end| (end.end, middle(end))).collect();
    let (unit, size) = unit(reach);
    let end = nice(reach / size / 4.0) * 4.0;
    let scale = Scale { from: (0.0, end), to: (LEFT + 34.0, RIGHT) };
    let rows: usize = ends.iter().map(|(_, packets)| packets.len() + 1).sum();
    let bottom = TOP + rows as f64 * ROW;
    let mut row = 0;
    let inside = html! {
        @for tick in ticks(end).skip(1) {
            (line("grid", (scale.at(tick), TOP - 6.0), (scale.at(tick), bottom)))
        }
        (line("boundary", (scale.at(0.0), TOP - 6.0), (scale.at(0.0), bottom)))
        (key(&[("boundary", "boundary"), ("stamp", "driver's stamp"), ("woken", "client runs")]))
        @for (end, packets) in &ends {
            @let head = { row += 1; TOP + f64::from(row) * ROW - 4.0 };
            (text("label", (4.0, head), end))
            @for packet in *packets {
                @let y = { row += 1; TOP + f64::from(row) * ROW - 8.0 };
                @let (stamp, woken) = (scale.at(packet.stamp_ns / size), scale.at(packet.woken_ns / size));
                (text("tick end", (LEFT + 24.0, y + 4.0), &packet.packet.to_string()))
                (line("wait", (stamp, y), (woken, y)))
                (mark("woken", woken, y))
                (mark("stamp", stamp, y))
            }
        }
        (below(Scale { from: (0.0, end), to: scale.to }, ticks(end), bottom + 2.0, &format!("{unit} after the packet's boundary")))
    };
    let latest = ends
        .iter()
        .flat_map(|(_, packets)| *packets)
        .map(|packet| packet.woken_ns)
        .fold(0.0, f64::max);
    let stamp = ends
        .iter()
        .flat_map(|(_, packets)| *packets)
        .map(|packet| packet.stamp_ns.abs())
        .fold(0.0, f64::max);
    let description = format!(
        "{SHOWN} packets at each end. The stamp that is furthest from its boundary: {}. The latest client: {}.",
        span(stamp),
        span(latest)
    );
    frame(id, bottom + 38.0, "Packets, from their boundary on", &description, &inside)
}

/// A mark at a point: kinds differ in shape as well as in colour.
fn mark(kind: &str, x: f64, y: f64) -> Markup {
    html! {
        @match kind {
            "stamp" => path class="stamp" d={ "M" (coordinate(x)) " " (coordinate(y - 5.0)) "l4.5 5l-4.5 5l-4.5 -5z" } {},
            "boundary" => (line("boundary", (x, y - 6.0), (x, y + 6.0))),
            "second" => rect class="second" x=(coordinate(x - 3.5)) y=(coordinate(y - 3.5)) width="7" height="7" {},
            _ => circle class=(kind) cx=(coordinate(x)) cy=(coordinate(y)) r="3.5" {},
        }
    }
}

/// The legend of the marks.
fn key(entries: &[(&str, &str)]) -> Markup {
    let mut x = LEFT;
    let places: Vec<f64> = entries
        .iter()
        .map(|(_, name)| {
            let here = x;
            x += 28.0 + 6.2 * name.chars().count() as f64;
            here
        })
        .collect();
    html! {
        @for ((kind, name), x) in entries.iter().zip(places) {
            (mark(kind, x, 12.0))
            (text("key", (x + 9.0, 16.0), name))
        }
    }
}

/// A histogram of values in nanoseconds. Outliers are in the last bar. Histograms with the same
/// `beside`, the values of all of them, have the same scale.
pub(super) fn histogram(
    id: &str,
    title: &str,
    label: &str,
    values: &[f64],
    beside: &[f64],
) -> Markup {
    const BINS: usize = 24;
    const TOP: f64 = 14.0;
    const BOTTOM: f64 = 112.0;
    let part_of = |values: &[f64], part: f64| {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.get(((sorted.len().max(1) - 1) as f64 * part) as usize).copied().unwrap_or(0.0)
    };
    let (least, most) = (part_of(beside, 0.0), part_of(beside, 0.99));
    let extent = least.abs().max(most.abs()).max(100.0);
    let (unit, size) = unit(extent);
    let end = nice(extent / size / 4.0) * 4.0;
    let begin = if least < -0.5 { -end } else { 0.0 };
    let mut bins = [0usize; BINS];
    for value in values {
        let part = (value / size - begin) / (end - begin) * BINS as f64;
        bins[(part.max(0.0) as usize).min(BINS - 1)] += 1;
    }
    let highest = bins.iter().max().copied().unwrap_or(0).max(1) as f64;
    let x = Scale { from: (begin, end), to: (LEFT, RIGHT) };
    let y = Scale { from: (0.0, highest), to: (BOTTOM, TOP) };
    let width = (RIGHT - LEFT) / BINS as f64;
    let beyond = values.iter().filter(|value| **value / size > end).count();
    let marks: Vec<f64> = if begin < 0.0 {
        [-1.0, -0.5, 0.0, 0.5, 1.0].into_iter().map(|part| part * end).collect()
    } else {
        ticks(end).collect()
    };
    let inside = html! {
        (line("grid", (LEFT, TOP), (RIGHT, TOP)))
        (text("tick end", (LEFT - 6.0, TOP + 4.0), &number(highest)))
        (text("tick end", (LEFT - 6.0, BOTTOM + 4.0), "0"))
        @for (index, count) in bins.iter().enumerate().filter(|(_, count)| **count > 0) {
            @let top = y.at(*count as f64).min(BOTTOM - 1.0);
            rect class="bar" x=(coordinate(LEFT + index as f64 * width + 0.5)) y=(coordinate(top))
                width=(coordinate(width - 1.0)) height=(coordinate(BOTTOM - top)) {}
        }
        @if beyond > 0 {
            (text("tick end", (RIGHT, TOP - 3.0), &format!("{beyond} beyond")))
        }
        (below(x, marks.into_iter(), BOTTOM, &format!("{unit} {label}")))
    };
    let description = format!(
        "{} values: half below {}, 99 of 100 below {}, the largest {}.",
        values.len(),
        span(part_of(values, 0.5)),
        span(part_of(values, 0.99)),
        span(part_of(values, 1.0))
    );
    frame(id, BOTTOM + 38.0, title, &description, &inside)
}

/// Three waveforms below each other, on the same scale.
pub(super) fn waves(
    id: &str,
    seconds: f64,
    strips: &[(&str, &[(f32, f32)])],
    description: &str,
) -> Markup {
    const STRIP: f64 = 62.0;
    let most = strips
        .iter()
        .flat_map(|(_, pieces)| pieces.iter())
        .map(|(low, high)| low.abs().max(high.abs()));
    let most = f64::from(most.fold(0.01, f32::max));
    let bottom = strips.len() as f64 * STRIP + 4.0;
    let x = Scale { from: (0.0, seconds), to: (LEFT, RIGHT) };
    let inside = html! {
        @for (index, (name, pieces)) in strips.iter().enumerate() {
            @let top = index as f64 * STRIP + 14.0;
            @let y = Scale { from: (-most, most), to: (top + STRIP - 18.0, top + 2.0) };
            (text("label", (LEFT, top - 2.0), name))
            (line("grid", (LEFT, y.at(0.0)), (RIGHT, y.at(0.0))))
            path class={ "wave wave-" (index) } d=(outline(pieces, y)) {}
        }
        (below(x, ticks(seconds), bottom, "seconds of audio"))
    };
    frame(id, bottom + 38.0, "Played, recorded, and their difference", description, &inside)
}

/// The outline of a waveform: along the highest samples, and back along the lowest.
fn outline(pieces: &[(f32, f32)], y: Scale) -> String {
    let x = Scale { from: (0.0, pieces.len().max(1) as f64), to: (LEFT, RIGHT) };
    let point = |index: usize, value: f32, up: f64| {
        format!("{} {}", coordinate(x.at(index as f64)), coordinate(y.at(f64::from(value)) - up))
    };
    // Half a unit in both directions, so that silence is visible.
    let highs = pieces.iter().enumerate().map(|(index, (_, high))| point(index, *high, 0.5));
    let lows = pieces.iter().enumerate().rev().map(|(index, (low, _))| point(index, *low, -0.5));
    format!("M{}Z", highs.chain(lows).collect::<Vec<_>>().join("L"))
}

/// The beginning of the sound, sample by sample: the original as a line, every fifth recorded
/// sample as a dot.
pub(super) fn detail(id: &str, milliseconds: f64, samples: &[(f32, f32)]) -> Markup {
    const TOP: f64 = 26.0;
    const BOTTOM: f64 = 116.0;
    let most = samples.iter().map(|(sent, came)| sent.abs().max(came.abs())).fold(0.01, f32::max);
    let x = Scale { from: (0.0, milliseconds), to: (LEFT, RIGHT) };
    let y = Scale { from: (-f64::from(most), f64::from(most)), to: (BOTTOM - 4.0, TOP) };
    let step = milliseconds / samples.len().max(1) as f64;
    let at = |index: usize, value: f32| (x.at(index as f64 * step), y.at(f64::from(value)));
    let sent = samples.iter().enumerate().map(|(index, (sent, _))| {
        let (x, y) = at(index, *sent);
        format!("{},{}", coordinate(x), coordinate(y))
    });
    let inside = html! {
        (line("grid", (LEFT, y.at(0.0)), (RIGHT, y.at(0.0))))
        (line("trace", (LEFT, 12.0), (LEFT + 14.0, 12.0)))
        (text("key", (LEFT + 20.0, 16.0), "played"))
        circle class="dot" cx=(coordinate(LEFT + 76.0)) cy="12" r="2" {}
        (text("key", (LEFT + 84.0, 16.0), "recorded"))
        polyline class="trace" points=(sent.collect::<Vec<_>>().join(" ")) {}
        @for (index, (_, came)) in samples.iter().enumerate().step_by(5) {
            @let (x, y) = at(index, *came);
            circle class="dot" cx=(coordinate(x)) cy=(coordinate(y)) r="2" {}
        }
        (below(x, ticks(milliseconds), BOTTOM, "ms of the sound's beginning"))
    };
    let description =
        "What was recorded lies on what was played, where the null test finds no difference.";
    frame(id, BOTTOM + 38.0, "The sound's beginning, sample by sample", description, &inside)
}

/// The cost of a stream among others, relative to its cost alone.
pub(super) fn growth(id: &str, drivers: &[&DriverReport]) -> Markup {
    const TOP: f64 = 30.0;
    const BOTTOM: f64 = 180.0;
    let all: Vec<(&DriverReport, &[Growth])> = drivers
        .iter()
        .filter_map(|driver| driver.growth.value().map(|growth| (*driver, growth.as_slice())))
        .collect();
    let points = || all.iter().flat_map(|(_, growth)| growth.iter());
    let most = points().map(|point| point.each_to_first).fold(1.2, f64::max);
    let end = nice(most / 4.0) * 4.0;
    let streams = points().map(|point| point.streams).max().unwrap_or(1).max(2) as f64;
    let x = Scale { from: (0.0, streams.log2()), to: (LEFT, RIGHT - 6.0) };
    let y = Scale { from: (0.0, end), to: (BOTTOM, TOP) };
    let doublings = 0..=(streams.log2().round() as u32);
    let kinds = ["first", "second"];
    let entries: Vec<(&str, &str)> =
        kinds.iter().copied().zip(all.iter().map(|(driver, _)| driver.name.as_str())).collect();
    let inside = html! {
        @for tick in ticks(end) {
            (line("grid", (LEFT, y.at(tick)), (RIGHT, y.at(tick))))
            (text("tick end", (LEFT - 6.0, y.at(tick) + 4.0), &number(tick)))
        }
        (line("boundary", (LEFT, y.at(1.0)), (RIGHT, y.at(1.0))))
        (key(&entries))
        (line("axis", (LEFT, BOTTOM), (RIGHT, BOTTOM)))
        @for doubling in doublings {
            @let coordinate = x.at(f64::from(doubling));
            (line("axis", (coordinate, BOTTOM), (coordinate, BOTTOM + 4.0)))
            (text("tick middle", (coordinate, BOTTOM + 15.0), &(1u64 << doubling).to_string()))
        }
        (text("label middle", (LEFT.midpoint(RIGHT), BOTTOM + 30.0), "streams at once"))
        @for ((_, growth), kind) in all.iter().zip(kinds) {
            @let at = |point: &Growth| (x.at((point.streams as f64).log2()), y.at(point.each_to_first));
            polyline class={ "curve " (kind) } points=(growth.iter().map(|point| {
                let (x, y) = at(point);
                format!("{},{}", coordinate(x), coordinate(y))
            }).collect::<Vec<_>>().join(" ")) {}
            @for point in *growth {
                @let (x, y) = at(point);
                (mark(kind, x, y))
            }
        }
    };
    let last = all.iter().filter_map(|(driver, growth)| growth.last().map(|last| (driver, last)));
    let last = last.map(|(driver, last)| {
        format!(
            "{}: {:.2} times the first at {} streams",
            driver.name, last.each_to_first, last.streams
        )
    });
    let description = last.collect::<Vec<_>>().join("; ");
    frame(
        id,
        BOTTOM + 38.0,
        "Time of a stream's period, to that of one stream alone",
        &description,
        &inside,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_kind_to_the_eye() {
        let found: Vec<f64> = [0.3, 1.0, 1.7, 4.2, 7.0, 12.0].map(nice).to_vec();
        assert_eq!(found, [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!([0.0, 0.5, 2.0, 12.0].map(number), ["0", "0.5", "2", "12"]);
        assert_eq!(ticks(2.0).count(), 5);
    }

    #[test]
    fn a_chart_of_nothing_is_drawn_all_the_same() {
        let empty = histogram("a", "t", "l", &[], &[]).into_string();
        assert!(empty.contains("0 values") && !empty.contains("NaN"), "{empty}");
        let none = timeline("b", &[], reach(&[])).into_string();
        assert!(!none.contains("NaN") && !none.contains("inf"), "{none}");
        let waves = waves("c", 1.0, &[("played", &[])], "").into_string();
        assert!(!waves.contains("NaN"), "{waves}");
    }
}
