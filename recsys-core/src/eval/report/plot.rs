//! The plots of a report.

use super::svg::{Canvas, Scale, number};
use super::{ColdFigure, EvaluationReport, Figure, SearchReport, SystemReport};
use crate::eval::MetricKind;
use crate::eval::metrics::Direction;
use crate::eval::slices::SliceFigure;

/// One plot with its caption.
#[derive(Debug)]
pub(super) struct Plot {
    pub(super) caption: String,
    pub(super) svg: String,
}

/// All plots for which the report has figures.
pub(super) fn plots(report: &EvaluationReport) -> Vec<Plot> {
    let mut plots = Vec::new();
    for (at, metric) in report.protocol.metrics.iter().enumerate() {
        plots.extend(intervals(report, at, &metric.to_string()));
    }
    plots.extend(time(report));
    plots.extend(trade_off(report));
    let name = report.primary.map_or_else(String::new, |metric| metric.to_string());
    plots.extend(degrees(
        report,
        "user-degree",
        &format!("{name} by what is known of the user"),
        ("items of the user in training (middle of the group)", &name),
        |system| &system.by_user_degree,
    ));
    plots.extend(degrees(
        report,
        "item-degree",
        "share of held-out items found, by how many users know the item",
        ("users of the item in training (middle of the group)", "share found"),
        |system| &system.by_item_degree,
    ));
    plots.extend(cold_users(report, &name));
    for (at, system) in report.systems.iter().enumerate() {
        if let Some(search) = &system.search {
            plots.push(trials(at, &system.name, search));
        }
    }
    plots
}

/// A metric's value and interval of each system, one below the other.
fn intervals(report: &EvaluationReport, metric: usize, name: &str) -> Option<Plot> {
    let figures: Vec<(usize, &str, &Figure, f64)> = report
        .systems
        .iter()
        .enumerate()
        .filter_map(|(at, system)| {
            let figure = system.figures.get(metric)?;
            Some((at, system.name.as_str(), figure, figure.value?))
        })
        .collect();
    let first = figures.first()?;
    let ends = figures.iter().flat_map(|(_, _, figure, value)| {
        let interval =
            figure.interval.map_or([*value; 2], |interval| [interval.low, interval.high]);
        [interval[0], interval[1], *value]
    });
    let rows = figures.len() as f64;
    let places = Scale::covering([0.4, rows + 0.6].into_iter(), false);
    let mut canvas = Canvas::new(64.0 + 24.0 * rows, Scale::covering(ends, false), places);
    canvas.axis_x(name);
    for (row, (at, system, figure, value)) in figures.iter().enumerate() {
        let place = rows - row as f64;
        if let Some(interval) = figure.interval {
            canvas.interval_x(interval.low, interval.high, place, *at);
        }
        let said = format!("{system}: {}", number(*value));
        canvas.mark(*value, place, *at, &said);
        let right = figure.interval.map_or(*value, |interval| interval.high.max(*value));
        canvas.beside(right, place, *at, system);
    }
    let direction = match first.2.metric.kind().direction() {
        Direction::Larger => "larger is better",
        Direction::Smaller => "smaller is better",
        Direction::Neither => "it describes and does not judge",
    };
    let values = figures.iter().map(|(_, system, _, value)| format!("{system} {}", number(*value)));
    let description = values.collect::<Vec<_>>().join(", ");
    let caption = format!("{name}: {direction}");
    let svg = canvas.finish(&format!("metric-{metric}"), &caption, &description);
    Some(Plot { caption, svg })
}

/// The primary metric against the time to train.
fn time(report: &EvaluationReport) -> Option<Plot> {
    let primary = report.primary?;
    let points = points(report, |system| {
        let figure = system.figure(primary)?;
        Some((system.fit_seconds, figure.value?)).filter(|(seconds, _)| *seconds > 0.0)
    });
    scatter(
        "time",
        &points,
        (true, "seconds to train (logarithmic)", &primary.to_string()),
        format!("{primary} against the time to train"),
    )
}

/// Coverage against novelty.
fn trade_off(report: &EvaluationReport) -> Option<Plot> {
    let points = points(report, |system| {
        let novelty = system.figure_of(MetricKind::Novelty)?.value?;
        Some((novelty, system.figure_of(MetricKind::Coverage)?.value?))
    });
    scatter(
        "trade-off",
        &points,
        (false, "novelty", "coverage"),
        "coverage against novelty".to_owned(),
    )
}

/// A system by its number and name, and where it lies.
type Point<'a> = (usize, &'a str, f64, f64);

fn points(
    report: &EvaluationReport,
    of: impl Fn(&SystemReport) -> Option<(f64, f64)>,
) -> Vec<Point<'_>> {
    let systems = report.systems.iter().enumerate();
    let point = |(at, system)| of(system).map(|(x, y)| (at, system.name.as_str(), x, y));
    systems.filter_map(point).collect()
}

fn scatter(
    id: &str,
    points: &[Point<'_>],
    (logarithmic, x_label, y_label): (bool, &str, &str),
    caption: String,
) -> Option<Plot> {
    if points.is_empty() {
        return None;
    }
    let x = Scale::covering(points.iter().map(|point| point.2), logarithmic);
    let y = Scale::covering(points.iter().map(|point| point.3), false);
    let mut canvas = Canvas::new(300.0, x, y);
    canvas.axis_x(x_label);
    canvas.axis_y(y_label);
    let mut said = Vec::new();
    for &(at, name, x, y) in points {
        let text = format!("{name}: {} and {}", number(x), number(y));
        canvas.mark(x, y, at, &text);
        canvas.beside(x, y, at, name);
        said.push(text);
    }
    let svg = canvas.finish(id, &caption, &said.join(", "));
    Some(Plot { caption, svg })
}

/// The points of one system, from the left to the right.
#[derive(Debug)]
pub(super) struct Curve<'a> {
    pub(super) name: &'a str,
    pub(super) points: Vec<CurvePoint>,
}

/// A value with its interval.
#[derive(Clone, Copy, Debug)]
pub(super) struct CurvePoint {
    x: f64,
    value: f64,
    low: f64,
    high: f64,
}

impl CurvePoint {
    /// A value that is taken as exact.
    pub(super) fn exact(x: f64, value: f64) -> Self {
        Self { x, value, low: value, high: value }
    }
}

fn degrees(
    report: &EvaluationReport,
    id: &str,
    caption: &str,
    (x_label, y_label): (&str, &str),
    of: impl Fn(&SystemReport) -> &[SliceFigure],
) -> Option<Plot> {
    let point = |group: &SliceFigure| {
        let spread = 1.96 * group.error;
        CurvePoint {
            x: ((group.from.max(1) * group.to.max(1)) as f64).sqrt(),
            value: group.value,
            low: group.value - spread,
            high: group.value + spread,
        }
    };
    let curves = report.systems.iter().map(|system| {
        let points = of(system).iter().map(point).collect();
        Curve { name: &system.name, points }
    });
    let curves: Vec<Curve<'_>> = curves.collect();
    draw_curves(id, &curves, (true, x_label, y_label), caption)
}

fn cold_users(report: &EvaluationReport, metric: &str) -> Option<Plot> {
    let reveals = &report.protocol.slices.cold_user_reveals;
    let curve = |system: &'_ SystemReport| {
        let point = |(figure, &revealed): (&ColdFigure, &u32)| CurvePoint {
            x: f64::from(revealed),
            value: figure.value,
            low: figure.interval.map_or(figure.value, |interval| interval.low),
            high: figure.interval.map_or(figure.value, |interval| interval.high),
        };
        system.cold_users.iter().zip(reveals).map(point).collect()
    };
    let curves =
        report.systems.iter().map(|system| Curve { name: &system.name, points: curve(system) });
    let curves: Vec<Curve<'_>> = curves.collect();
    let caption =
        format!("{metric} of users who were not learnt from, by what is revealed of them");
    draw_curves("cold-users", &curves, (false, "items revealed", metric), &caption)
}

pub(super) fn draw_curves(
    id: &str,
    curves: &[Curve<'_>],
    (logarithmic, x_label, y_label): (bool, &str, &str),
    caption: &str,
) -> Option<Plot> {
    let all = || curves.iter().flat_map(|curve| &curve.points);
    all().next()?;
    let x = Scale::covering(all().map(|point| point.x), logarithmic);
    let heights = all().flat_map(|point| [point.value, point.low.max(0.0), point.high]);
    let mut canvas = Canvas::new(300.0, x, Scale::covering(heights, false));
    canvas.axis_x(x_label);
    canvas.axis_y(y_label);
    let mut said = Vec::new();
    for (series, Curve { name, points }) in curves.iter().enumerate() {
        let path: Vec<(f64, f64)> = points.iter().map(|point| (point.x, point.value)).collect();
        canvas.line(&path, series);
        for point in points {
            canvas.interval_y(point.x, point.low.max(0.0), point.high, series);
            canvas.mark(point.x, point.value, series, &format!("{name}: {}", number(point.value)));
        }
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            canvas.beside(last.x, last.value, series, name);
            said.push(format!("{name} from {} to {}", number(first.value), number(last.value)));
        }
    }
    let svg = canvas.finish(id, caption, &said.join(", "));
    Some(Plot { caption: caption.to_owned(), svg })
}

/// The figure of every trial in the order in which they were run; rungs have a mark each.
fn trials(at: usize, name: &str, search: &SearchReport) -> Plot {
    let figures = || search.trials.iter().filter_map(|trial| trial.figure);
    let x = Scale::covering([1.0, search.trials.len() as f64].into_iter(), false);
    let mut canvas = Canvas::new(260.0, x, Scale::covering(figures(), false));
    canvas.axis_x("trial");
    canvas.axis_y(&format!("{}, held out of training", search.metric));
    for (place, trial) in search.trials.iter().enumerate() {
        let Some(figure) = trial.figure else { continue };
        let settings: Vec<String> =
            trial.settings.iter().map(|(path, value)| format!("{path} {value}")).collect();
        let settings =
            if settings.is_empty() { "as it starts".to_owned() } else { settings.join(", ") };
        let said = format!("rung {}: {} with {settings}", trial.rung + 1, number(figure));
        canvas.mark(place as f64 + 1.0, figure, trial.rung as usize, &said);
    }
    let best = figures().fold(f64::NEG_INFINITY, f64::max);
    let description =
        format!("{} trials, the best figure is {}", search.trials.len(), number(best));
    let caption = format!("{name}: what its search tried; another mark for each rung");
    let svg = canvas.finish(&format!("trials-{at}"), &caption, &description);
    Plot { caption, svg }
}
