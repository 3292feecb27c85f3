//! What the machine gives: processor time and memory of this process, and how fast memory is read.

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use rayon::prelude::*;
use recsys_core::linalg::dot;

/// Seconds since some moment, and processor seconds of all threads of this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch {
    start: Instant,
    processor: f64,
}

/// What a stage took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lap {
    /// Seconds.
    pub(crate) seconds: f64,
    /// Processor seconds, all threads together.
    pub(crate) processor: f64,
}

impl Lap {
    /// Returns the lesser of each.
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            seconds: self.seconds.min(other.seconds),
            processor: self.processor.min(other.processor),
        }
    }
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { start: Instant::now(), processor: processor_seconds() }
    }

    pub(crate) fn lap(&self) -> Lap {
        Lap {
            seconds: self.start.elapsed().as_secs_f64(),
            processor: processor_seconds() - self.processor,
        }
    }
}

/// Processor seconds of this process in user mode and in the kernel; 0 where `/proc` is not there.
fn processor_seconds() -> f64 {
    /// Linux reports hundredths of seconds to programs on every architecture.
    const TICKS: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields are counted from behind the name, which may contain anything but ends with a bracket.
    let fields = text.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks = fields.split_ascii_whitespace().skip(11).take(2);
    ticks.filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// The most memory this process has held so far, in GiB; 0 where `/proc` is not there.
pub(crate) fn peak_gibibytes() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse().ok());
    kibibytes.unwrap_or(0.0) / f64::from(1 << 20)
}

/// Seconds to read `values` once from memory: with one thread, and with those of the current pool.
/// The best of several runs.
pub(crate) fn reading_seconds(values: &[f32], runs: usize) -> (f64, f64) {
    /// Four megabytes.
    const PIECE: usize = 1 << 20;
    let best = |read: &dyn Fn() -> f32| {
        let time = |_| {
            let start = Instant::now();
            black_box(read());
            start.elapsed().as_secs_f64()
        };
        (0..runs.max(1)).map(time).fold(f64::INFINITY, f64::min)
    };
    // Both sides are the same slice, so that each value is read from memory once.
    let one = best(&|| values.chunks(PIECE).map(|piece| dot(piece, piece)).sum());
    let all = best(&|| values.par_chunks(PIECE).map(|piece| dot(piece, piece)).sum());
    (one, all)
}
