//! Reports as tables for a terminal.

use std::fmt::Write as _;

use super::svg::{chance, number};
use super::{EvaluationReport, Figure, SystemReport};

impl EvaluationReport {
    /// Lays the report out for a terminal: one line a system and metric, then what differs.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{}\n{}\n\n", printable(&self.protocol.title), self.sentence());
        text.push_str(&columns(&self.figures_table()));
        for system in &self.systems {
            let name = printable(&system.name);
            if let Some(failure) = &system.failure {
                let _ = writeln!(text, "{name} failed: {}", printable(failure));
            }
            if let Some(failure) = &system.cold_failure {
                let _ = writeln!(text, "{name} has no cold figures: {}", printable(failure));
            }
            if let Some(search) = &system.search {
                let settings = serde_json::to_string(&system.settings).unwrap_or_default();
                let count = search.trials.len();
                let _ = writeln!(text, "{name}: {count} trials, best are {settings}");
            }
        }
        let cold = self.cold_table();
        if cold.len() > 1 {
            let _ = writeln!(text, "\n{} where training knows nothing", self.primary_name());
            text.push_str(&columns(&cold));
        }
        let comparisons = self.comparison_table();
        if comparisons.len() > 1 {
            let _ = writeln!(
                text,
                "\nDifferences by {}, with chances corrected for {} comparisons",
                self.primary_name(),
                self.comparisons.len()
            );
            text.push_str(&columns(&comparisons));
        }
        text
    }

    /// What the figures are of.
    pub(super) fn sentence(&self) -> String {
        let data = &self.data;
        let measured: usize = data.splits.iter().map(|split| split.users).sum();
        let parts = match data.splits.len() {
            1 => "one split".to_owned(),
            count => format!("{count} splits"),
        };
        format!(
            "{} users, {} items, {} events; {parts}, {measured} lists measured; {:.0} % intervals \
             from {} resamples of the users",
            data.users,
            data.items,
            data.events,
            100.0 * self.protocol.bootstrap.confidence,
            self.protocol.bootstrap.resamples
        )
    }

    pub(super) fn primary_name(&self) -> String {
        self.primary.map_or_else(String::new, |metric| metric.to_string())
    }

    /// Headings and one row for each system.
    pub(super) fn figures_table(&self) -> Vec<Vec<String>> {
        let mut heading = vec![String::new()];
        heading.extend(self.protocol.metrics.iter().map(ToString::to_string));
        heading.extend(["train s".to_owned(), "rank s".to_owned()]);
        let row = |system: &SystemReport| {
            let mut row = vec![system.name.clone()];
            for &metric in &self.protocol.metrics {
                row.push(system.figure(metric).map_or_else(|| "–".to_owned(), figure));
            }
            row.extend([system.fit_seconds, system.rank_seconds].map(|s| format!("{s:.2}")));
            row
        };
        [heading].into_iter().chain(self.systems.iter().map(row)).collect()
    }

    pub(super) fn cold_table(&self) -> Vec<Vec<String>> {
        let heading = ["", "case", "figure", "served", "users"].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        for system in &self.systems {
            for cold in system.cold_users.iter().chain(&system.cold_items) {
                let interval = cold.interval.map_or_else(String::new, |interval| {
                    format!(" ({}–{})", number(interval.low), number(interval.high))
                });
                rows.push(vec![
                    system.name.clone(),
                    cold.case.clone(),
                    format!("{}{interval}", number(cold.value)),
                    format!("{:.0} %", 100.0 * cold.served),
                    cold.users.to_string(),
                ]);
            }
        }
        rows
    }

    pub(super) fn comparison_table(&self) -> Vec<Vec<String>> {
        let heading = ["", "against", "difference", "p", "t-test", "Wilcoxon", "users"];
        let mut rows = vec![heading.map(str::to_owned).to_vec()];
        rows.extend(self.comparisons.iter().map(|comparison| {
            vec![
                comparison.left.clone(),
                comparison.right.clone(),
                format!("{:+.5}", comparison.difference),
                chance(comparison.p),
                comparison.p_t_test.map_or_else(|| "–".to_owned(), chance),
                chance(comparison.p_wilcoxon),
                comparison.users.to_string(),
            ]
        }));
        rows
    }
}

fn figure(figure: &Figure) -> String {
    match (figure.value, figure.interval) {
        (None, _) => "–".to_owned(),
        (Some(value), None) => number(value),
        (Some(value), Some(interval)) => {
            format!("{} ({}–{})", number(value), number(interval.low), number(interval.high))
        }
    }
}

/// Lays rows out in columns, the first to the left and the others to the right.
fn columns(rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let cell = printable(cell);
            let _ = if at == 0 {
                write!(line, "{cell:<width$}")
            } else {
                write!(line, "  {cell:>width$}")
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Names come from a file: nothing in them may command the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
