//! How good are they? A protocol, a report with intervals and tests, and a page with plots.
//!
//! Run it with `cargo run -p recsys-examples --example evaluate`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use std::fs;

use recsys_core::eval::generated;
use recsys_core::eval::protocol::{Hooks, Inputs, Protocol, evaluate};

fn main() -> anyhow::Result<()> {
    // A protocol is plain data, and usually a file: `recsys evaluate --protocol FILE` follows one.
    let protocol: Protocol = serde_json::from_str(
        r#"{
            "title": "Three ways to use the same events",
            "data": { "format": "generated", "users": 300, "items": 120, "events_per_user": 15 },
            "split": { "method": { "leave_one_out": { "choice": "newest" } } },
            "algorithms": [
                "item_knn",
                { "name": "small ALS", "settings": { "algorithm": "als", "factors": 8 } },
                { "name": "searched", "settings": { "algorithm": "item_knn" },
                  "search": { "trials": 6, "space": { "shrinkage": { "linear": { "from": 0, "to": 30 } } } } }
            ],
            "metrics": ["ndcg@10", "hit_rate@10", "coverage@10"],
            "slices": { "cold_user_reveals": [1, 5], "degree_groups": 0 }
        }"#,
    )?;
    let (log, features) = generated(300, 120, 15, 42);
    let inputs = Inputs::new(log).with_features(features);
    let report = evaluate(&inputs, &protocol, &Hooks::default())?;
    print!("{}", report.to_text());

    let folder = tempfile::tempdir()?;
    let page = folder.path().join("report.html");
    fs::write(&page, report.to_html())?;
    println!("\nthe page has {} bytes and needs nothing else", fs::metadata(&page)?.len());
    Ok(())
}
