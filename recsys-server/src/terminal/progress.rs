//! How far a long piece of work is: a bar on a terminal, a line now and then elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Time between two lines when there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Percent,
}

/// Shows progress on standard error. Can be updated from any thread.
#[derive(Debug)]
pub(crate) enum Progress {
    Bar { bar: ProgressBar, unit: Unit },
    Lines(Mutex<Option<Said>>),
}

/// The line that was written last.
#[derive(Debug)]
pub(crate) struct Said {
    stage: String,
    at: Instant,
}

impl Progress {
    pub(crate) fn new(unit: Unit) -> Self {
        if !io::stderr().is_terminal() {
            return Self::Lines(Mutex::new(None));
        }
        let bar = ProgressBar::new(0);
        bar.enable_steady_tick(Duration::from_millis(120));
        Self::Bar { bar, unit }
    }

    /// Shows that `done` of `total` is done in `stage`; a `total` of 0 is not known.
    pub(crate) fn update(&self, stage: &str, done: u64, total: u64) {
        match self {
            Self::Bar { bar, unit } => {
                if bar.message() != stage {
                    bar.set_style(style(*unit, total > 0));
                    bar.set_message(stage.to_owned());
                    bar.reset_eta();
                }
                bar.set_length(total);
                bar.set_position(done);
            }
            Self::Lines(last) => write_line(last, stage, done, total),
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        match self {
            Self::Bar { bar, .. } => bar.finish_and_clear(),
            Self::Lines(_) => {}
        }
    }
}

fn write_line(last: &Mutex<Option<Said>>, stage: &str, done: u64, total: u64) {
    let mut last = last.lock().expect("no thread panics while it writes a line");
    let due =
        last.as_ref().is_none_or(|last| last.stage != stage || last.at.elapsed() > LINE_EVERY);
    if !due {
        return;
    }
    *last = Some(Said { stage: stage.to_owned(), at: Instant::now() });
    let percent = (done * 100).checked_div(total).filter(|&percent| percent > 0);
    let percent = percent.map_or_else(String::new, |percent| format!(", {percent} %"));
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "{stage}{percent}");
}

fn style(unit: Unit, known: bool) -> ProgressStyle {
    let template = match (unit, known) {
        (_, false) => "{spinner} {msg}",
        (Unit::Bytes, true) => "{spinner} {msg:<10} {bar:32} {bytes}/{total_bytes}, {eta} left",
        (Unit::Percent, true) => "{spinner} {msg:<24} {bar:32} {percent:>3} %, {eta} left",
    };
    ProgressStyle::with_template(template).expect("the templates are well formed")
}
