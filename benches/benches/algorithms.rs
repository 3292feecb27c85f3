//! What each algorithm of the registry takes, with its defaults, for everything that it can be asked.
//!
//! Algorithms are those of the registry's table, so a new one is timed without being listed here.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use recsys_core::algo::{ALGORITHMS, AlgorithmConfig};
use recsys_core::data::{Dataset, History};
use recsys_core::fit::FitContext;
use recsys_core::prelude::*;
use recsys_core::query::Request;
use recsys_core::testing::fixtures::{dataset, long_tail};
use recsys_core::{ItemIdx, UserIdx};

/// Length of the lists.
const K: usize = 20;

/// 2,000 users, 1,500 items and up to 60,000 events, with times and with what is known of the items.
fn generated() -> Dataset {
    dataset(&long_tail(2_000, 1_500, 30, 42))
}

fn algorithms(criterion: &mut Criterion) {
    let data = generated();
    for card in ALGORITHMS {
        let mut group = criterion.benchmark_group(card.name());
        group
            .sample_size(10)
            .warm_up_time(Duration::from_millis(200))
            .measurement_time(Duration::from_secs(1));
        let config = AlgorithmConfig::named(card.name()).expect("a name of the registry");
        let estimator = config.build().expect("defaults are valid");
        let fit = || estimator.fit_erased(&data, &FitContext::default()).expect("can be fitted");
        group.bench_function("fit", |bencher| bencher.iter(fit));
        ask(&mut group, &*fit());
        group.finish();
    }
}

/// Times what the model can be asked; abilities that it has not are left out.
fn ask(group: &mut BenchmarkGroup<'_, WallTime>, model: &dyn Model) {
    let data = model.interactions();
    let request = Request::top(K);
    let user = UserIdx::new(1);
    group.bench_function("recommend", |bencher| {
        bencher.iter(|| model.recommend(black_box(user), &request).expect("a known user"));
    });
    let users: Vec<UserIdx> = data.users().iter().map(|(user, _)| user).collect();
    group.bench_function("recommend_unseen", |bencher| {
        bencher.iter(|| model.recommend_unseen(black_box(&users), K).expect("known users"));
    });
    if model.as_fold_in().is_some() {
        let history = History::from_row(data.user(user));
        group.bench_function("recommend_for", |bencher| {
            let list = || model.recommend_for(black_box(&history), &request);
            bencher.iter(|| list().expect("a history of known items"));
        });
    }
    if let Some(similar) = model.as_similar_items() {
        let item = ItemIdx::new(1);
        group.bench_function("similar_items", |bencher| {
            let list = || similar.similar_items(black_box(item), &request);
            bencher.iter(|| list().expect("a known item"));
        });
    }
}

criterion_group!(benches, algorithms);
criterion_main!(benches);
