//! That reports can be read by people and programs, and by no program that they did not mean.

use super::*;
use crate::eval::generated;
use crate::eval::protocol::{Hooks, Inputs, evaluate};

/// A report of everything: folds, a search, cold users and items, and a name that would like to be code.
fn report() -> EvaluationReport {
    let protocol = serde_json::json!({
        "title": "<script>alert('title')</script>",
        "data": {"format": "generated", "users": 50, "items": 40, "events_per_user": 14},
        "split": {"method": {"event_folds": {"folds": 2}}},
        "metrics": ["ndcg@5", "recall@5", "coverage@5", "novelty@5", "auc"],
        "algorithms": [
            "popularity",
            {"name": "<b onclick=\"x\">", "settings": {"algorithm": "item_knn"}, "search": {
                "space": {"shrinkage": {"linear": {"from": 0.0, "to": 20.0}}}, "trials": 4, "rungs": 2,
            }},
        ],
        "bootstrap": {"resamples": 100},
        "permutations": 200,
        "slices": {"cold_user_reveals": [0, 2], "cold_user_share": 0.2, "cold_item_share": 0.2},
    });
    let protocol = serde_json::from_value(protocol).unwrap();
    let (log, features) = generated(50, 40, 14, 42);
    let inputs = Inputs::new(log).with_features(features);
    evaluate(&inputs, &protocol, &Hooks::default()).unwrap()
}

#[test]
fn a_report_is_the_same_after_writing_and_reading() {
    let report = report();
    let written = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<EvaluationReport>(&written).unwrap(), report);
}

#[test]
fn the_text_names_every_system_and_metric() {
    let text = report().to_text();
    for wanted in ["popularity", "ndcg@5", "auc", "2 revealed", "among cold items", "Differences"] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
}

#[test]
fn the_page_shows_what_it_was_given_and_runs_none_of_it() {
    let page = report().to_html();
    assert!(!page.contains("<script") && !page.contains("<b onclick"), "names are escaped");
    assert!(page.contains("&lt;script&gt;alert(&#39;title&#39;)&lt;/script&gt;"));
    let external = ["http://", "https://", "//cdn", "src=", "@import", "url("];
    assert!(external.iter().all(|external| !page.contains(external)), "it needs nothing else");
}

#[test]
fn every_plot_is_well_formed_and_described() {
    let page = report().to_html();
    let plots: Vec<&str> = page.split("<svg").skip(1).collect();
    // Five metrics, coverage against novelty, two by degree, cold users, one search; no times without a
    // clock.
    assert_eq!(plots.len(), 10);
    for plot in plots {
        let plot = plot.split("</svg>").next().unwrap();
        assert!(
            plot.contains("role=\"img\"")
                && plot.contains("<title id=")
                && plot.contains("<desc id=")
        );
        for element in ["text", "title", "desc", "circle", "rect", "polygon"] {
            let opened = plot.matches(&format!("<{element} ")).count()
                + plot.matches(&format!("<{element}>")).count();
            assert_eq!(opened, plot.matches(&format!("</{element}>")).count(), "{element}");
        }
        assert!(!plot.contains("NaN") && !plot.contains("inf"), "{plot}");
    }
}

#[test]
fn tags_of_the_page_are_balanced() {
    let page = report().to_html();
    for element in
        ["main", "table", "thead", "tbody", "tr", "td", "figure", "figcaption", "div", "pre"]
    {
        let opened = page.matches(&format!("<{element}>")).count()
            + page.matches(&format!("<{element} ")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}
