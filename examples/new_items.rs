//! Items that nobody has touched, placed by what is known of them; and lists with variety.
//!
//! Run it with `cargo run -p recsys-examples --example new_items`.

#![expect(clippy::print_stdout, reason = "an example shows its results")]

use anyhow::Context;
use recsys_core::algo::hybrid::{Hybrid, HybridConfig};
use recsys_core::data::{Aggregation, History, InteractionLog, ItemFeatures};
use recsys_core::model::Model;
use recsys_core::prelude::*;
use recsys_core::query::{Request, Verdict, why_not};
use recsys_core::rerank::{maximal_marginal_relevance, pool_size};
use recsys_examples::{CATALOGUE, purchases};

fn main() -> anyhow::Result<()> {
    let mut log = InteractionLog::new();
    for (customer, item) in purchases() {
        log.push(customer, item, "purchase", 1.0, None)?;
    }
    // 1. Training is told what is known of the items.
    let data = log.to_dataset(&Aggregation::default())?;
    let of = |id: &[u8]| {
        let known = CATALOGUE.iter().find(|(known, ..)| known.as_bytes() == id);
        known.map_or_else(ItemFeatures::default, |(_, title, category)| {
            ItemFeatures::text(*title).with_category(*category)
        })
    };
    let features: Vec<ItemFeatures> =
        data.interactions().items().iter().map(|(_, id)| of(id)).collect();
    let data = data.with_features(features)?;
    let model = Hybrid::new(HybridConfig::default())?.fit(&data)?;

    // 2. Two things arrive after training. Whom do they suit?
    let items = data.interactions().items();
    let index = |id: &str| items.index(id).with_context(|| format!("{id} is in the catalogue"));
    let tea_lover: History = [(index("teapot")?, 1.0), (index("tea")?, 1.0)].into_iter().collect();
    let new = [
        ItemFeatures::text("Assam tea, broken leaf").with_category("kitchen"),
        ItemFeatures::text("Two-handed saw").with_category("workshop"),
    ];
    let cold = model.as_cold_items().context("the blend goes by content, too")?;
    for (item, score) in new.iter().zip(cold.score_features(&tea_lover, &new)?) {
        println!("{score:7.4}  {}", item.text);
    }

    // 3. A list whose places go to different shelves.
    let seen = tea_lover.as_row().iter().map(|(item, _)| item).collect();
    let seen = recsys_core::query::ItemSet::new(seen, items.len())?;
    let pool = model.recommend_for(&tea_lover, &Request::top(pool_size(3)).excluding(&seen))?;
    let shelf = |at: usize| {
        let id = items.id(pool[at].item);
        CATALOGUE.iter().find(|(known, ..)| Some(known.as_bytes()) == id).map(|(.., shelf)| shelf)
    };
    let scores: Vec<f64> = pool.iter().map(|hit| f64::from(hit.score)).collect();
    let same_shelf = |a: usize, b: usize| f64::from(u8::from(shelf(a) == shelf(b)));
    println!("\nfor the tea lover, with variety:");
    for at in maximal_marginal_relevance(&scores, same_shelf, 0.5, 3) {
        let id = items.id(pool[at].item).unwrap_or_default();
        println!("{:7.4}  {}", pool[at].score, String::from_utf8_lossy(id));
    }

    // 4. And why not the hammer?
    let fold_in = model.as_fold_in().context("every member folds in")?;
    let scorer = fold_in.fold_in(&tea_lover)?;
    let request = Request::top(3).excluding(&seen);
    let answer = why_not(&*scorer, &request, items.len(), index("hammer")?, 3);
    if let Verdict::Outranked { rank, missing: Some(missing), .. } = answer.verdict {
        println!("\nthe hammer has place {rank}; {missing:.4} more would put it on the list");
    }
    Ok(())
}
