//! What the clients saw, before, while and after something was away.

use std::collections::BTreeMap;

use anyhow::ensure;

use super::client::{LOST, Operation, Sample};

pub(super) struct Report<'a> {
    kill: Option<&'a str>,
    /// When it was killed, and when it was started again, in seconds.
    pub(super) killed: Option<f64>,
    pub(super) started: Option<f64>,
    samples: Vec<Sample>,
}

impl<'a> Report<'a> {
    pub(super) fn new(kill: Option<&'a str>) -> Self {
        Self { kill, killed: None, started: None, samples: Vec::new() }
    }

    pub(super) fn add(&mut self, samples: Vec<Sample>) {
        self.samples.extend(samples);
    }

    pub(super) fn print(&self, end: f64) {
        println!(
            "{:<8}{:<20}{:>8}{:>10}{:>10}{:>10}{:>10}  errors",
            "", "", "asked", "asked/s", "p50 ms", "p99 ms", "max ms"
        );
        let (killed, started) = (self.killed.unwrap_or(end), self.started.unwrap_or(end));
        for (phase, from, to) in
            [("before", 0.0, killed), ("away", killed, started), ("back", started, end)]
        {
            for operation in Operation::ALL {
                let inside = |sample: &&Sample| {
                    sample.operation == operation && sample.sent >= from && sample.sent < to
                };
                let samples: Vec<&Sample> = self.samples.iter().filter(inside).collect();
                if !samples.is_empty() {
                    print_line(phase, operation, to - from, &samples);
                }
            }
        }
        for operation in Operation::ALL {
            if let Some(seconds) = self.recovery(operation) {
                println!("{}: last failure {seconds:.1} s after the start", operation.name());
            }
        }
    }

    /// Seconds from the start of what was away until the last request that failed was answered.
    fn recovery(&self, operation: Operation) -> Option<f64> {
        let started = self.started?;
        let failed = |sample: &&Sample| sample.operation == operation && sample.failure.is_some();
        let last = self.samples.iter().filter(failed).map(|sample| sample.answered - started);
        last.filter(|seconds| *seconds > 0.0).max_by(f64::total_cmp)
    }

    /// Holds what was seen against what is promised.
    pub(super) fn judge(&self) -> anyhow::Result<()> {
        let Some(kill) = self.kill else { return self.allow(|_| false) };
        match kill {
            "postgres" => {
                self.allow(|sample| sample.failure.as_deref() == Some("UNAVAILABLE"))?;
                let (Some(killed), Some(started)) = (self.killed, self.started) else {
                    return Ok(());
                };
                let served = self.samples.iter().filter(|sample| {
                    sample.operation == Operation::Recommend
                        && sample.failure.is_none()
                        && sample.sent > killed
                        && sample.answered < started
                });
                let served = served.count();
                println!("{served} lists were served without the database");
                ensure!(served > 0, "no list was served without the database");
                Ok(())
            }
            // Whoever is connected to a server that dies notices.
            "server" => self.allow(|sample| {
                sample.failure.as_deref().is_some_and(|failure| failure.starts_with(LOST))
            }),
            _ => self.allow(|_| false),
        }
    }

    /// Accepts no failures but those that `may` happen.
    fn allow(&self, may: impl Fn(&Sample) -> bool) -> anyhow::Result<()> {
        let wrong = self.samples.iter().find(|sample| sample.failure.is_some() && !may(sample));
        let failure = wrong.and_then(|sample| sample.failure.as_deref()).unwrap_or_default();
        let name = wrong.map_or("", |sample| sample.operation.name());
        ensure!(wrong.is_none(), "{name} was answered with: {failure}");
        Ok(())
    }
}

fn print_line(phase: &str, operation: Operation, seconds: f64, samples: &[&Sample]) {
    let millis = |sample: &&Sample| (sample.answered - sample.sent) * 1e3;
    let mut times: Vec<f64> = samples.iter().map(millis).collect();
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
    let mut failures = BTreeMap::new();
    for failure in samples.iter().filter_map(|sample| sample.failure.as_deref()) {
        *failures.entry(failure).or_insert(0_usize) += 1;
    }
    let failures: Vec<String> =
        failures.iter().map(|(failure, count)| format!("{count} {failure}")).collect();
    println!(
        "{phase:<8}{:<20}{:>8}{:>10.0}{:>10.1}{:>10.1}{:>10.1}  {}",
        operation.name(),
        samples.len(),
        samples.len() as f64 / seconds,
        at(0.5),
        at(0.99),
        at(1.0),
        failures.join(", ")
    );
}
