//! Several figures over one size, as a page with a table and a plot.

use super::html::{figure, head, table};
use super::plot::{Curve, CurvePoint, draw_curves};
use super::svg::number;

/// Figures by size, each a curve over a logarithmic axis.
///
/// # Examples
///
/// ```
/// use recsys_core::eval::report::Curves;
///
/// let mut curves = Curves::new("What sorting costs", "numbers", "nanoseconds each");
/// curves.add("merge sort", [(1e3, 30.0), (1e6, 61.0)]);
/// assert!(curves.to_html().contains("merge sort"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    title: String,
    size: String,
    unit: String,
    curves: Vec<(String, Vec<(f64, f64)>)>,
}

impl Curves {
    /// Begins a page. `size` says what grows and `unit` what is measured.
    #[must_use]
    pub fn new(title: &str, size: &str, unit: &str) -> Self {
        Self { title: title.into(), size: size.into(), unit: unit.into(), curves: Vec::new() }
    }

    /// Adds a curve by its points: a size above 0, and the figure.
    pub fn add(&mut self, name: &str, points: impl IntoIterator<Item = (f64, f64)>) {
        self.curves.push((name.to_owned(), points.into_iter().collect()));
    }

    /// Writes the page: without scripts, and without anything from the network.
    #[must_use]
    pub fn to_html(&self) -> String {
        let Self { title, size, unit, curves } = self;
        let mut page = head(title, &format!("{unit} by {size}"));
        page.push_str(&table(unit, &self.rows()));
        let drawn: Vec<Curve<'_>> = curves
            .iter()
            .map(|(name, points)| Curve {
                name,
                points: points.iter().map(|&(x, value)| CurvePoint::exact(x, value)).collect(),
            })
            .collect();
        if let Some(plot) = draw_curves("curves", &drawn, (true, size, unit), title) {
            page.push_str("<div class=\"plots\">\n");
            page.push_str(&figure(&plot));
            page.push_str("</div>\n");
        }
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    /// A row for each size that any curve has, ascending.
    fn rows(&self) -> Vec<Vec<String>> {
        let mut sizes: Vec<f64> =
            self.curves.iter().flat_map(|(_, points)| points.iter().map(|point| point.0)).collect();
        sizes.sort_by(f64::total_cmp);
        sizes.dedup_by(|a, b| a.total_cmp(b).is_eq());
        let names = self.curves.iter().map(|(name, _)| name.clone());
        let mut rows = vec![std::iter::once(self.size.clone()).chain(names).collect()];
        for size in sizes {
            let at = |(_, points): &(String, Vec<(f64, f64)>)| {
                let point = points.iter().find(|point| point.0.total_cmp(&size).is_eq());
                point.map_or_else(String::new, |point| number(point.1))
            };
            rows.push(std::iter::once(number(size)).chain(self.curves.iter().map(at)).collect());
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_in_the_table_and_names_are_escaped() {
        let mut curves = Curves::new("Cost <b>", "events", "ns");
        curves.add("log", [(10.0, 20.5), (100.0, 21.5)]);
        curves.add("training", [(100.0, 7.25)]);
        let page = curves.to_html();
        assert!(page.contains("Cost &lt;b&gt;") && !page.contains("<b>"));
        for cell in ["20.50", "21.50", "7.2500", "<td></td>"] {
            assert!(page.contains(cell), "{cell}");
        }
        assert!(page.contains("<polyline"));
    }

    #[test]
    fn a_page_without_curves_has_no_plot() {
        assert!(!Curves::new("Nothing", "events", "ns").to_html().contains("<figure>"));
    }
}
