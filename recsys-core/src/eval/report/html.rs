//! Reports as one page that needs nothing else.

use std::fmt::Write as _;

use super::EvaluationReport;
use super::plot::{Plot, plots};
use super::svg::{SERIES, escape};

/// Colours of the series on a light and on a dark page; marks differ in shape too.
const COLOURS: [(&str, &str); SERIES] = [
    ("#1f5fa8", "#7db4f0"),
    ("#b3470a", "#f2a36b"),
    ("#1f7a3a", "#7fd198"),
    ("#8a2a8a", "#dd94dd"),
    ("#8a6d00", "#e0c451"),
    ("#0a7480", "#6fcbd6"),
    ("#a3243b", "#f08fa0"),
    ("#55565a", "#b9babe"),
];

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#fff;--text:#1b1c1f;--soft:#5a5c63;--line:#d9dbe0}\
@media(prefers-color-scheme:dark){:root{--page:#16171a;--text:#e9eaed;--soft:#a6a8b0;--line:#3a3c43}}\
body{margin:0 auto;max-width:72rem;padding:1.5rem;background:var(--page);color:var(--text);\
font:16px/1.5 system-ui,sans-serif}\
h1{margin:0 0 .25rem}h2{margin:2.5rem 0 .5rem}p,figcaption,caption{color:var(--soft)}\
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}\
th,td{padding:.3rem .75rem;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}\
th:first-child,td:first-child{text-align:left}caption{text-align:left;padding-bottom:.5rem}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,30rem),1fr));gap:1.5rem}\
figure{margin:0}svg{width:100%;height:auto;font:12px system-ui,sans-serif;fill:var(--text)}\
svg .grid{stroke:var(--line);stroke-width:1}svg .label{fill:var(--soft)}\
svg polyline{fill:none;stroke-width:1.5}svg line{stroke-width:2}\
pre{overflow-x:auto;padding:1rem;border:1px solid var(--line);font-size:.85rem}";

impl EvaluationReport {
    /// Writes the report as one HTML page with its plots, without scripts and without anything from the
    /// network. Readable in light and dark; every plot has a title and a description, and every figure
    /// stands in a table too.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut page = head(&self.protocol.title, &self.sentence());
        page.push_str("<h2>Figures</h2>\n");
        page.push_str(&table("Value and, in parentheses, the interval", &self.figures_table()));
        self.push_remarks(&mut page);
        page.push_str("<h2>Plots</h2>\n<div class=\"plots\">\n");
        for plot in plots(self) {
            page.push_str(&figure(&plot));
        }
        page.push_str("</div>\n");
        let sections = [
            (
                "Differences",
                "Left minus right, on the same users; p is Holm's",
                self.comparison_table(),
            ),
            ("Cold users and items", "Where training knows nothing", self.cold_table()),
            ("By degree", "With standard errors", self.degree_table()),
            ("Trials of searches", "On a part of the training data", self.trial_table()),
            ("Files", "What was read", self.file_table()),
        ];
        for (heading, caption, rows) in sections.iter().filter(|(_, _, rows)| rows.len() > 1) {
            let _ = write!(page, "<h2>{heading}</h2>\n{}", table(caption, rows));
        }
        let protocol = serde_json::to_string_pretty(&self.protocol).unwrap_or_default();
        let _ = write!(
            page,
            "<h2>Protocol</h2>\n<pre>{}</pre>\n<p>recsys {}, {:.1} s</p>\n</main>\n</body>\n</html>\n",
            escape(&protocol),
            escape(&self.versions.recsys),
            self.seconds
        );
        page
    }

    fn push_remarks(&self, page: &mut String) {
        for system in &self.systems {
            let name = escape(&system.name);
            if let Some(failure) = &system.failure {
                let _ =
                    writeln!(page, "<p><strong>{name}</strong> failed: {}</p>", escape(failure));
            }
            if let Some(failure) = &system.cold_failure {
                let failure = escape(failure);
                let _ =
                    writeln!(page, "<p><strong>{name}</strong> has no cold figures: {failure}</p>");
            }
            if system.search.is_some() {
                let settings = serde_json::to_string(&system.settings).unwrap_or_default();
                let settings = escape(&settings);
                let _ = writeln!(
                    page,
                    "<p><strong>{name}</strong> was found by search: <code>{settings}</code></p>"
                );
            }
        }
    }

    fn degree_table(&self) -> Vec<Vec<String>> {
        let heading = ["", "of", "degree", "figure", "error", "count"].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        for system in &self.systems {
            let users = system.by_user_degree.iter().map(|group| ("user", group));
            let items = system.by_item_degree.iter().map(|group| ("item", group));
            rows.extend(users.chain(items).map(|(of, group)| {
                vec![
                    system.name.clone(),
                    of.to_owned(),
                    format!("{}–{}", group.from, group.to),
                    super::svg::number(group.value),
                    super::svg::number(group.error),
                    group.count.to_string(),
                ]
            }));
        }
        rows
    }

    fn trial_table(&self) -> Vec<Vec<String>> {
        let heading = ["", "rung", "share", "settings", "figure", "s"].map(str::to_owned).to_vec();
        let mut rows = vec![heading];
        for system in &self.systems {
            let trials = system.search.iter().flat_map(|search| &search.trials);
            rows.extend(trials.map(|trial| {
                let settings = serde_json::to_string(&trial.settings).unwrap_or_default();
                let failure = trial.failure.clone().unwrap_or_default();
                vec![
                    system.name.clone(),
                    (trial.rung + 1).to_string(),
                    format!("{:.3}", trial.share),
                    settings,
                    trial.figure.map_or(failure, super::svg::number),
                    format!("{:.2}", trial.seconds),
                ]
            }));
        }
        rows
    }

    fn file_table(&self) -> Vec<Vec<String>> {
        let heading = ["file", "bytes", "digest"].map(str::to_owned).to_vec();
        let files = self.files.iter();
        let row = |file: &super::InputFile| {
            vec![file.name.clone(), file.bytes.to_string(), file.digest.clone()]
        };
        [heading].into_iter().chain(files.map(row)).collect()
    }
}

/// The beginning of a page: everything up to its first section.
pub(super) fn head(title: &str, sentence: &str) -> String {
    let title = escape(title);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>{STYLE}{}</style>\n</head>\n<body>\n<main>\n\
         <h1>{title}</h1>\n<p>{}.</p>\n",
        series_style(),
        escape(sentence)
    )
}

pub(super) fn figure(plot: &Plot) -> String {
    let caption = escape(&plot.caption);
    format!("<figure>{}<figcaption>{caption}</figcaption></figure>\n", plot.svg)
}

fn series_style() -> String {
    let rule = |at: usize, colour: &str| {
        format!("svg .s{at}{{stroke:{colour}}}svg .mark.s{at},svg text.s{at}{{fill:{colour}}}")
    };
    let light: String = (0..).zip(COLOURS).map(|(at, (light, _))| rule(at, light)).collect();
    let dark: String = (0..).zip(COLOURS).map(|(at, (_, dark))| rule(at, dark)).collect();
    format!("{light}@media(prefers-color-scheme:dark){{{dark}}}svg text[class]{{stroke:none}}")
}

pub(super) fn table(caption: &str, rows: &[Vec<String>]) -> String {
    let mut html =
        format!("<div class=\"scroll\"><table>\n<caption>{}</caption>\n", escape(caption));
    for (at, row) in rows.iter().enumerate() {
        html.push_str(if at == 0 { "<thead><tr>" } else { "<tr>" });
        for (place, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            let _ = match (at, place) {
                (0, _) => write!(html, "<th scope=\"col\">{cell}</th>"),
                (_, 0) => write!(html, "<th scope=\"row\">{cell}</th>"),
                _ => write!(html, "<td>{cell}</td>"),
            };
        }
        html.push_str(if at == 0 { "</tr></thead>\n<tbody>\n" } else { "</tr>\n" });
    }
    html.push_str("</tbody>\n</table></div>\n");
    html
}
