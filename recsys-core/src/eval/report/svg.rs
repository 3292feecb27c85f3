//! Drawing primitives: escaped text, scales with round ticks, marks, a frame.

use std::fmt::Write as _;

/// Width of every plot in its own units; it scales with the page.
pub(super) const WIDTH: f64 = 640.0;
/// Space around the drawing area: left, right, top, bottom.
const MARGINS: [f64; 4] = [60.0, 130.0, 14.0, 44.0];

/// Makes any text safe inside an element or a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Not allowed in a document, whether escaped or not.
            control if control.is_control() && !matches!(control, '\n' | '\t') => {
                safe.push('\u{fffd}');
            }
            other => safe.push(other),
        }
    }
    safe
}

/// A number for people: four digits behind the point where they say something.
pub(super) fn number(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() {
        "–".to_owned()
    } else if magnitude >= 1000.0 {
        format!("{value:.0}")
    } else if magnitude >= 10.0 {
        format!("{value:.2}")
    } else if magnitude >= 1e-3 || value.total_cmp(&0.0).is_eq() {
        format!("{value:.4}")
    } else {
        format!("{value:.1e}")
    }
}

/// A chance for people: how small exactly a tiny one is says nothing.
pub(super) fn chance(value: f64) -> String {
    if value < 1e-4 { "< 0.0001".to_owned() } else { format!("{value:.4}") }
}

/// How values become places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    logarithmic: bool,
}

impl Scale {
    /// Covers all values with a little room; logarithmic ones must be above 0, others are left out.
    pub(super) fn covering(values: impl Iterator<Item = f64>, logarithmic: bool) -> Self {
        let fit = |value: &f64| value.is_finite() && (!logarithmic || *value > 0.0);
        let place = |value: f64| if logarithmic { value.log10() } else { value };
        let (low, high) = values
            .filter(fit)
            .map(place)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low > high {
            return Self { low: 0.0, high: 1.0, logarithmic };
        }
        let room = if high > low { 0.06 * (high - low) } else { 0.1 * high.abs().max(0.1) };
        Self { low: low - room, high: high + room, logarithmic }
    }

    /// Where a value lies, 0 to 1 within the scale; none when it has no logarithm.
    fn share(self, value: f64) -> Option<f64> {
        let place = if self.logarithmic { value.log10() } else { value };
        let share = (place - self.low) / (self.high - self.low);
        share.is_finite().then_some(share)
    }

    /// Round values inside the scale, about `count`.
    fn ticks(self, count: f64) -> Vec<f64> {
        let span = self.high - self.low;
        if self.logarithmic {
            return self.logarithmic_ticks(span / count);
        }
        let rough = span / count;
        let power = 10_f64.powf(rough.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|step| *step >= rough).unwrap_or(rough);
        self.multiples(step).collect()
    }

    /// Powers of ten, and twice and five times those where there are few.
    fn logarithmic_ticks(self, rough: f64) -> Vec<f64> {
        let whole = self.multiples(rough.ceil().max(1.0)).map(|place| 10_f64.powf(place));
        if rough >= 0.5 {
            return whole.collect();
        }
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        let all =
            decades.flat_map(|decade| [1.0, 2.0, 5.0].map(|factor| factor * 10_f64.powi(decade)));
        all.filter(|tick| (self.low..=self.high).contains(&tick.log10())).collect()
    }

    /// Multiples of `step` inside the scale.
    fn multiples(self, step: f64) -> impl Iterator<Item = f64> {
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).take(20).map(move |at| at as f64 * step)
    }
}

/// A plot in the making.
#[derive(Debug)]
pub(super) struct Canvas {
    height: f64,
    x: Scale,
    y: Scale,
    body: String,
    /// Where names stand.
    labels: Vec<(f64, f64)>,
}

impl Canvas {
    /// An empty drawing area of a height.
    pub(super) fn new(height: f64, x: Scale, y: Scale) -> Self {
        Self { height, x, y, body: String::new(), labels: Vec::new() }
    }

    fn place_x(&self, value: f64) -> Option<f64> {
        let [left, right, ..] = MARGINS;
        Some(left + self.x.share(value)? * (WIDTH - left - right))
    }

    fn place_y(&self, value: f64) -> Option<f64> {
        let [.., top, bottom] = MARGINS;
        let span = self.height - top - bottom;
        Some(top + (1.0 - self.y.share(value)?) * span)
    }

    /// Draws lines at round values and their labels under the drawing area.
    pub(super) fn axis_x(&mut self, label: &str) {
        let [left, right, top, bottom] = MARGINS;
        let floor = self.height - bottom;
        for tick in self.x.ticks(6.0) {
            let Some(x) = self.place_x(tick) else { continue };
            self.push(format_args!(
                "<line class=\"grid\" x1=\"{x:.1}\" y1=\"{top}\" x2=\"{x:.1}\" y2=\"{floor:.1}\"/>\
                 <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                floor + 15.0,
                short(tick)
            ));
        }
        let middle = (left + WIDTH - right) / 2.0;
        self.push(format_args!(
            "<text class=\"label\" x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
            self.height - 6.0,
            escape(label)
        ));
    }

    /// The same beside it.
    pub(super) fn axis_y(&mut self, label: &str) {
        let [left, right, top, _] = MARGINS;
        for tick in self.y.ticks(5.0) {
            let Some(y) = self.place_y(tick) else { continue };
            self.push(format_args!(
                "<line class=\"grid\" x1=\"{left}\" y1=\"{y:.1}\" x2=\"{:.1}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                WIDTH - right,
                left - 6.0,
                y + 4.0,
                short(tick)
            ));
        }
        self.push(format_args!(
            "<text class=\"label\" x=\"4\" y=\"{:.1}\">{}</text>",
            top - 3.0,
            escape(label)
        ));
    }

    /// Writes beside a point, lower when something stands there already.
    pub(super) fn beside(&mut self, x: f64, y: f64, series: usize, text: &str) {
        /// Height of a line, and width within which names could touch.
        const LINE: f64 = 13.0;
        const WIDTH: f64 = 110.0;
        let (Some(x), Some(y)) = (self.place_x(x), self.place_y(y)) else { return };
        let (x, mut y) = (x + 8.0, y + 4.0);
        let touches = |y: f64| {
            let near = |&(left, line): &(f64, f64)| {
                (left - x).abs() < WIDTH && (line - y).abs() < LINE - 0.1
            };
            self.labels.iter().find(|label| near(label)).copied()
        };
        while let Some((_, line)) = touches(y) {
            y = line + LINE;
        }
        self.labels.push((x, y));
        let series = series % SERIES;
        self.push(format_args!(
            "<text class=\"s{series}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>",
            escape(text)
        ));
    }

    /// Draws a line through points; those without a place break it.
    pub(super) fn line(&mut self, points: &[(f64, f64)], series: usize) {
        let placed: Vec<String> = points
            .iter()
            .filter_map(|&(x, y)| Some(format!("{:.1},{:.1}", self.place_x(x)?, self.place_y(y)?)))
            .collect();
        let series = series % SERIES;
        self.push(format_args!("<polyline class=\"s{series}\" points=\"{}\"/>", placed.join(" ")));
    }

    /// Draws a mark whose shape tells the series apart without colour, and says what it is when pointed
    /// at.
    pub(super) fn mark(&mut self, x: f64, y: f64, series: usize, title: &str) {
        let (Some(x), Some(y)) = (self.place_x(x), self.place_y(y)) else { return };
        let shape = match series % 5 {
            0 => format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4.5\""),
            1 => {
                format!("<rect x=\"{:.1}\" y=\"{:.1}\" width=\"8\" height=\"8\"", x - 4.0, y - 4.0)
            }
            2 => polygon(x, y, &[(0.0, -5.5), (5.0, 4.0), (-5.0, 4.0)]),
            3 => polygon(x, y, &[(0.0, -6.0), (6.0, 0.0), (0.0, 6.0), (-6.0, 0.0)]),
            _ => polygon(x, y, &[(0.0, 5.5), (5.0, -4.0), (-5.0, -4.0)]),
        };
        let series = series % SERIES;
        self.push(format_args!(
            "{shape} class=\"s{series} mark\"><title>{}</title>",
            escape(title)
        ));
        self.body.push_str(match shape.as_bytes()[1] {
            b'c' => "</circle>",
            b'r' => "</rect>",
            _ => "</polygon>",
        });
    }

    /// Draws an interval on the horizontal axis at a height.
    pub(super) fn interval_x(&mut self, low: f64, high: f64, y: f64, series: usize) {
        let places = (self.place_x(low), self.place_x(high), self.place_y(y));
        if let (Some(low), Some(high), Some(y)) = places {
            self.segment([low, y, high, y], series);
        }
    }

    /// Draws an interval on the vertical axis.
    pub(super) fn interval_y(&mut self, x: f64, low: f64, high: f64, series: usize) {
        let places = (self.place_x(x), self.place_y(low), self.place_y(high));
        if let (Some(x), Some(low), Some(high)) = places {
            self.segment([x, low, x, high], series);
        }
    }

    /// Closes the drawing. Its title and description are what a reader hears of it.
    pub(super) fn finish(self, id: &str, title: &str, description: &str) -> String {
        let Self { height, body, .. } = self;
        let (title, description) = (escape(title), escape(description));
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
             aria-labelledby=\"{id}-title {id}-description\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-description\">{description}</desc>\
             {body}</svg>"
        )
    }

    fn segment(&mut self, [x1, y1, x2, y2]: [f64; 4], series: usize) {
        let series = series % SERIES;
        self.push(format_args!(
            "<line class=\"s{series}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.body.write_fmt(element);
    }
}

/// Number of colours; shapes go round at another number.
pub(super) const SERIES: usize = 8;

fn polygon(x: f64, y: f64, corners: &[(f64, f64)]) -> String {
    let corners = corners.iter().map(|(dx, dy)| format!("{:.1},{:.1}", x + dx, y + dy));
    format!("<polygon points=\"{}\"", corners.collect::<Vec<_>>().join(" "))
}

/// The label of a tick, without digits that say nothing.
fn short(value: f64) -> String {
    let magnitude = value.abs();
    let text = if magnitude >= 1e5 || (magnitude < 1e-3 && magnitude > 0.0) {
        return format!("{value:.0e}");
    } else if magnitude >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.4}")
    };
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    if trimmed == "-0" { "0".to_owned() } else { trimmed.to_owned() }
}
