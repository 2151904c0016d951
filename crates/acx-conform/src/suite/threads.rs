//! Position queries from many threads at once: B2.

use acx_client::event::EventStream;

use super::end::span;
use super::{Context, Finding, StartTime, describe, ensure};
use crate::play::word;

/// The number of threads.
const THREADS: usize = 4;
/// The number of queries of all threads, at each end.
const ANSWERS: usize = 50_000;

/// A position in frames, with its stamp.
type Answer = (u64, u64);

/// The range of starts of the ideal lines that fit all positions so far, in ticks times the rate. A
/// position fits a line if it is within one frame and one tick of it. Only positions are checked;
/// the duration of a query depends on the system.
struct Lines {
    rate: i128,
    frequency: i128,
    from: i128,
    to: i128,
}

impl Lines {
    fn new(rate: u32, frequency: u64) -> Self {
        let (rate, frequency) = (i128::from(rate), i128::from(frequency));
        Self { rate, frequency, from: i128::MIN, to: i128::MAX }
    }

    /// Keeps the lines that this position fits too. Returns whether any are left.
    fn take(&mut self, (frames, at): Answer) -> bool {
        let (frames, at) = (i128::from(frames), i128::from(at));
        // frames - 1 <= (at - begin) * rate / frequency <= frames + 1, a tick earlier or later.
        self.from = self.from.max((at - 1) * self.rate - (frames + 1) * self.frequency);
        self.to = self.to.min((at + 1) * self.rate - (frames - 1) * self.frequency);
        self.from <= self.to
    }

    /// Whether one of the lines begins at the stream's start.
    fn meets(&self, started: &StartTime) -> bool {
        self.from <= i128::from(started.after) * self.rate
            && self.to >= i128::from(started.before) * self.rate
    }
}

/// Queries repeatedly.
fn ask(stream: &EventStream) -> Result<Vec<Answer>, String> {
    let answers = (0..ANSWERS / THREADS).map(|_| stream.position().map_err(describe));
    in_order(answers.collect::<Result<_, _>>()?)
}

/// The answers to one thread, of which none may be before the previous one.
fn in_order(answers: Vec<Answer>) -> Result<Vec<Answer>, String> {
    for pair in answers.windows(2) {
        let (last, next) = (pair[0], pair[1]);
        let forward = next.0 >= last.0 && next.1 >= last.1;
        ensure(forward, || format!("{next:?} was answered after {last:?}"))?;
    }
    Ok(answers)
}

pub(crate) fn concurrent(context: &Context<'_>) -> Finding {
    let mut spans = Vec::new();
    for direction in context.streaming()? {
        let end = context.end(direction)?;
        let stream = end.open(context.system, end.period()).map_err(describe)?;
        stream.prepare().map_err(describe)?;
        let started = StartTime::with(context.system, || stream.run())?;
        let all = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(|| ask(&stream))).collect();
            let answers = threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| "a thread panicked".to_owned()).flatten());
            answers.collect::<Result<Vec<_>, _>>()
        })?;
        let mut lines = Lines::new(end.format.rate, context.system.qpc_frequency());
        for answer in all.iter().flatten() {
            let fits = lines.take(*answer);
            ensure(fits, || format!("{answer:?} is off the line of the others"))?;
        }
        ensure(lines.meets(&started), || "the line does not begin when the stream did".to_owned())?;
        let last = all.iter().flatten().map(|answer| answer.0).max().unwrap_or_default();
        let ran = span(end.format, last as u32);
        spans.push(format!("{} ms of the {}", ran.as_millis(), word(direction)));
    }
    Ok(format!("{ANSWERS} answers to {THREADS} threads in {}, each", spans.join(" and ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_positions_nor_stamps_of_one_thread_go_back() {
        for (next, is_in_order) in
            [((10, 100), true), ((11, 101), true), ((9, 101), false), ((11, 99), false)]
        {
            assert_eq!(in_order(vec![(10, 100), next]).is_ok(), is_in_order, "{next:?}");
        }
    }

    #[test]
    fn an_answer_leaves_the_lines_within_a_frame_and_a_tick() {
        let mut lines = Lines::new(3, 7);
        assert!(lines.take((10, 1_000)));
        assert_eq!((lines.from, lines.to), (999 * 3 - 11 * 7, 1_001 * 3 - 9 * 7));
        // As far apart as they may be, and a tick further.
        let mut lines = Lines::new(1, 1);
        assert!(lines.take((10, 100)) && lines.take((10, 104)));
        assert_eq!(lines.from, lines.to);
        let start = |before, after| StartTime { before, after, frequency: 1 };
        let begin = u64::try_from(lines.from).unwrap();
        assert!(lines.meets(&start(begin, begin)) && lines.meets(&start(begin - 9, begin + 9)));
        assert!(!lines.meets(&start(begin + 1, begin + 9)));
        assert!(!lines.meets(&start(begin - 9, begin - 1)));
        assert!(!lines.take((10, 105)));
    }

    /// 48 kHz against a clock of 10 MHz: a frame is 208 and a third of a tick.
    #[test]
    fn a_line_has_room_for_a_frame_and_a_tick_and_no_more() {
        let exact = |frame: u64| (frame, 1_000_000 + frame * 10_000_000 / 48_000);
        let mut lines = Lines::new(48_000, 10_000_000);
        assert!((0..100).all(|frame| lines.take(exact(frame))));
        let started = |at| StartTime { before: at, after: at, frequency: 10_000_000 };
        assert!(lines.meets(&started(1_000_000)));
        assert!(!lines.meets(&started(999_000)) && !lines.meets(&started(1_001_000)));
        // Two frames ahead of the others still fits one line with them. Three frames apart do not.
        let (frames, at) = exact(50);
        assert!(lines.take((frames + 2, at)));
        assert!(!lines.take((frames - 1, at)));
    }
}
