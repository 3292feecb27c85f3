//! Micro-benchmarks of the kernels: fixed sizes, fixed data, everything built outside the timed part.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use recsys_core::ItemIdx;
use recsys_core::algo::als::{Als, AlsConfig};
use recsys_core::algo::item_knn::{ItemKnn, ItemKnnConfig};
use recsys_core::data::{Aggregation, History, InteractionLog, Interactions};
use recsys_core::linalg::dot;
use recsys_core::prelude::*;
use recsys_core::query::TopK;

/// Users like items near a place of their own, and some popular ones.
fn generated(n_users: u32, n_items: u32, each: u32) -> Interactions {
    let mut log = InteractionLog::new();
    for user in 0..n_users {
        for nth in 0..each {
            let mixed = (user * 7919 + nth * 104_729) % n_items;
            let item =
                if nth % 2 == 0 { mixed * mixed % n_items } else { (user + nth * 3) % n_items };
            log.push(user.to_be_bytes(), item.to_be_bytes(), "view", 1.0, None)
                .expect("a finite value");
        }
    }
    log.to_interactions(&Aggregation::default()).expect("events were pushed")
}

fn dots(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("dot");
    for length in [64_usize, 256, 1024] {
        let left: Vec<f32> = (0..length).map(|at| (at % 13) as f32).collect();
        let right: Vec<f32> = (0..length).map(|at| (at % 7) as f32).collect();
        group.bench_function(BenchmarkId::from_parameter(length), |bencher| {
            bencher.iter(|| dot(black_box(&left), black_box(&right)));
        });
    }
    group.finish();
}

fn top_k(criterion: &mut Criterion) {
    let scores: Vec<f32> = (0..40_000_u32).map(|at| (at * 7919 % 40_009) as f32).collect();
    criterion.bench_function("top_k/20_of_40000", |bencher| {
        bencher.iter(|| {
            let mut top = TopK::new(20);
            for (item, &score) in (0..).zip(black_box(&scores)) {
                top.push(ItemIdx::new(item), score);
            }
            top.into_sorted()
        });
    });
}

fn rows(criterion: &mut Criterion) {
    let data = generated(500, 2_000, 20);
    let mut group = criterion.benchmark_group("fold_in");
    for factors in [64_u32, 256] {
        let config = AlsConfig::default().with_factors(factors).with_epochs(1);
        let model = Als::new(config).expect("valid").fit(&data).expect("can be fitted");
        let n_items = u32::try_from(data.n_items()).expect("few items");
        for count in [8_u32, 32, 128] {
            let items = (0..count).map(|nth| (ItemIdx::new(nth * 31 % n_items), 1.0));
            let history: History = items.collect();
            let vectors = model.as_item_vectors().expect("ALS has vectors");
            let name = format!("{factors}_factors_{}_items", history.len());
            group.bench_function(name, |bencher| {
                bencher.iter(|| vectors.query_vector(black_box(&history)));
            });
        }
    }
    group.finish();
}

fn item_knn(criterion: &mut Criterion) {
    let data = generated(2_000, 3_000, 30);
    let estimator = ItemKnn::new(ItemKnnConfig::default()).expect("valid");
    criterion.bench_function("item_knn/2000x3000x30", |bencher| {
        bencher.iter(|| estimator.fit(black_box(&data)));
    });
}

criterion_group!(benches, dots, top_k, rows, item_knn);
criterion_main!(benches);
