//! Every algorithm passes the same suite.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::{AlsConfig, AlsSolver, Confidence};
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity, Weighting};
use recsys_core::testing::{Abilities, Subject};

fn subject(config: AlgorithmConfig, abilities: Abilities) -> Subject {
    Subject::new(move || config.build().unwrap(), abilities)
}

fn als(config: AlsConfig) -> Subject {
    let abilities = Abilities {
        item_vectors: true,
        personal: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(AlgorithmConfig::Als(config), abilities)
}

fn item_knn(config: ItemKnnConfig) -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::ItemKnn(config), abilities)
}

fn als_subject() -> Subject {
    als(AlsConfig::default().with_factors(8))
}

fn als_degree_weighted_subject() -> Subject {
    als(AlsConfig::degree_weighted().with_factors(8))
}

fn als_by_subspaces_subject() -> Subject {
    let solver = AlsSolver::Subspace { block: 16 };
    als(AlsConfig::default().with_factors(24).with_solver(solver))
}

fn als_with_confidence_subject() -> Subject {
    als(AlsConfig::default()
        .with_factors(8)
        .with_confidence(Confidence::Logarithmic { alpha: 2.0, scale: 1.0 }))
}

fn als_like_implicit_subject() -> Subject {
    als(AlsConfig::implicit_compatible(2, 40.0, 0.01))
}

fn item_knn_subject() -> Subject {
    item_knn(ItemKnnConfig::default())
}

fn item_knn_cosine_subject() -> Subject {
    item_knn(ItemKnnConfig::cosine().with_weighting(Weighting::Bm25 { k1: 1.2, b: 0.75 }))
}

fn item_knn_symmetric_subject() -> Subject {
    item_knn(ItemKnnConfig::default().with_similarity(Similarity::symmetric()).with_shrinkage(0.0))
}

fn popularity_subject() -> Subject {
    subject(AlgorithmConfig::named("popularity").unwrap(), Abilities::default())
}

fn hybrid_subject() -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::named("hybrid").unwrap(), abilities)
}

recsys_core::model_suite!(als, als_subject);
recsys_core::model_suite!(als_by_subspaces, als_by_subspaces_subject);
recsys_core::model_suite!(als_degree_weighted, als_degree_weighted_subject);
recsys_core::model_suite!(als_with_confidence, als_with_confidence_subject);
recsys_core::model_suite!(als_like_implicit, als_like_implicit_subject);
recsys_core::model_suite!(item_knn, item_knn_subject);
recsys_core::model_suite!(item_knn_cosine, item_knn_cosine_subject);
recsys_core::model_suite!(item_knn_symmetric, item_knn_symmetric_subject);
recsys_core::model_suite!(popularity, popularity_subject);
recsys_core::model_suite!(hybrid, hybrid_subject);
