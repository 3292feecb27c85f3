//! Every algorithm passes the same suite.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::{AlsConfig, Confidence};
use recsys_core::algo::content::ContentConfig;
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

fn content(config: ContentConfig) -> Subject {
    let abilities =
        Abilities { cold_items: true, personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::Content(config), abilities)
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

fn als_with_confidence_subject() -> Subject {
    als(AlsConfig::default()
        .with_factors(8)
        .with_confidence(Confidence::Logarithmic { alpha: 2.0, scale: 1.0 }))
}

fn als_like_implicit_subject() -> Subject {
    als(AlsConfig::implicit_compatible(2, 40.0, 0.01))
}

fn content_subject() -> Subject {
    content(ContentConfig::default())
}

fn content_categories_subject() -> Subject {
    content(ContentConfig::default().with_weights(0.0, 1.0, 0.0))
}

fn content_scaled_by_weight_subject() -> Subject {
    content(ContentConfig::default().with_scale_by_weight(true))
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

fn trending_subject() -> Subject {
    subject(AlgorithmConfig::named("trending").unwrap(), Abilities::default())
}

fn hybrid_subject() -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::named("hybrid").unwrap(), abilities)
}

recsys_core::model_suite!(als, als_subject);
recsys_core::model_suite!(als_degree_weighted, als_degree_weighted_subject);
recsys_core::model_suite!(als_with_confidence, als_with_confidence_subject);
recsys_core::model_suite!(als_like_implicit, als_like_implicit_subject);
recsys_core::model_suite!(content, content_subject);
recsys_core::model_suite!(content_categories, content_categories_subject);
recsys_core::model_suite!(content_scaled_by_weight, content_scaled_by_weight_subject);
recsys_core::model_suite!(item_knn, item_knn_subject);
recsys_core::model_suite!(item_knn_cosine, item_knn_cosine_subject);
recsys_core::model_suite!(item_knn_symmetric, item_knn_symmetric_subject);
recsys_core::model_suite!(popularity, popularity_subject);
recsys_core::model_suite!(trending, trending_subject);
recsys_core::model_suite!(hybrid, hybrid_subject);
