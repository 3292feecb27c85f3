//! The library alone: from events to a ranked list, with the reasons.
//!
//! Run it with `cargo run -p recsys-examples --example quickstart`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use recsys_core::Recommender;
use recsys_core::algo::als::{Als, AlsConfig};
use recsys_core::data::{Aggregation, InteractionLog};
use recsys_core::model::Cause;
use recsys_core::prelude::*;
use recsys_examples::purchases;

fn main() -> anyhow::Result<()> {
    // 1. Events go into a log, with ids of your own and, if you have it, the time.
    let mut log = InteractionLog::new();
    for (customer, item) in purchases() {
        log.push(customer, item, "purchase", 1.0, None)?;
    }

    // 2. A policy says what each kind of event is worth; the log becomes a matrix.
    let data = log.to_interactions(&Aggregation::default())?;
    println!("{} customers, {} items, {} purchases", data.n_users(), data.n_items(), data.nnz());

    // 3. A configuration is checked once and then trains.
    let model = Als::new(AlsConfig::default().with_factors(8))?.fit(&data)?;
    let recommender = Recommender::new(model);

    // 4. Ask in your own ids: what has ada not bought yet?
    println!("\nfor ada:");
    for hit in recommender.recommend("ada", 3)? {
        println!("  {:7.4}  {}", hit.score, hit.id_text());
        // 5. Every score is a sum of what she did.
        let because = recommender.explain("ada", &hit.id, 2)?;
        for part in because.contributions {
            if let Cause::Item(item) = part.cause {
                let id = recommender.item_id(item).unwrap_or_default();
                println!("           {:+.4} from {}", part.weight, String::from_utf8_lossy(id));
            }
        }
    }

    // 6. Somebody new needs no training: a history is enough.
    println!("\nfor a visitor who just looked at a saw:");
    for hit in recommender.recommend_for([("saw", 1.0)], 3)? {
        println!("  {:7.4}  {}", hit.score, hit.id_text());
    }

    println!("\nlike a teapot:");
    for hit in recommender.similar("teapot", 3)? {
        println!("  {:7.4}  {}", hit.score, hit.id_text());
    }
    Ok(())
}
