//! Every algorithm passes the same suite.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::{AlsConfig, Confidence};
use recsys_core::algo::ease::{Diagonal, EaseConfig};
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity, Weighting};
use recsys_core::algo::slim::SlimConfig;
use recsys_core::algo::user_knn::UserKnnConfig;
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

fn ease(config: EaseConfig) -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::Ease(config), abilities)
}

fn ease_subject() -> Subject {
    ease(EaseConfig::default())
}

fn ease_published_subject() -> Subject {
    ease(EaseConfig::published(2.0).with_neighbors(None))
}

fn ease_with_free_diagonal_subject() -> Subject {
    ease(EaseConfig::default().with_diagonal(Diagonal::Free).with_item_exponent(0.1))
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

fn item_knn_subject() -> Subject {
    item_knn(ItemKnnConfig::default())
}

fn item_knn_cosine_subject() -> Subject {
    item_knn(ItemKnnConfig::cosine().with_weighting(Weighting::Bm25 { k1: 1.2, b: 0.75 }))
}

fn item_knn_symmetric_subject() -> Subject {
    item_knn(ItemKnnConfig::default().with_similarity(Similarity::symmetric()).with_shrinkage(0.0))
}

fn item_knn_ratings_subject() -> Subject {
    let abilities = Abilities { personal: true, ratings: true, ..Abilities::default() };
    subject(AlgorithmConfig::ItemKnn(ItemKnnConfig::ratings().with_shrinkage(5.0)), abilities)
}

fn slim(config: SlimConfig) -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::Slim(config), abilities)
}

fn slim_subject() -> Subject {
    slim(SlimConfig::default())
}

fn slim_with_negative_weights_subject() -> Subject {
    slim(SlimConfig::default().with_penalties(0.0, 2.0).with_non_negative(false))
}

fn user_knn(config: UserKnnConfig) -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::UserKnn(config), abilities)
}

fn user_knn_subject() -> Subject {
    user_knn(UserKnnConfig::default())
}

fn user_knn_long_tail_subject() -> Subject {
    user_knn(UserKnnConfig::long_tail().with_min_interactions(1))
}

fn user_knn_ratings_subject() -> Subject {
    let abilities = Abilities { personal: true, ratings: true, ..Abilities::default() };
    subject(AlgorithmConfig::UserKnn(UserKnnConfig::ratings()), abilities)
}

fn popularity_subject() -> Subject {
    subject(AlgorithmConfig::named("popularity").unwrap(), Abilities::default())
}

fn hybrid_subject() -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::named("hybrid").unwrap(), abilities)
}

recsys_core::model_suite!(als, als_subject);
recsys_core::model_suite!(als_degree_weighted, als_degree_weighted_subject);
recsys_core::model_suite!(als_with_confidence, als_with_confidence_subject);
recsys_core::model_suite!(als_like_implicit, als_like_implicit_subject);
recsys_core::model_suite!(ease, ease_subject);
recsys_core::model_suite!(ease_published, ease_published_subject);
recsys_core::model_suite!(ease_with_free_diagonal, ease_with_free_diagonal_subject);
recsys_core::model_suite!(item_knn, item_knn_subject);
recsys_core::model_suite!(item_knn_cosine, item_knn_cosine_subject);
recsys_core::model_suite!(item_knn_symmetric, item_knn_symmetric_subject);
recsys_core::model_suite!(item_knn_ratings, item_knn_ratings_subject);
recsys_core::model_suite!(slim, slim_subject);
recsys_core::model_suite!(slim_with_negative_weights, slim_with_negative_weights_subject);
recsys_core::model_suite!(user_knn, user_knn_subject);
recsys_core::model_suite!(user_knn_long_tail, user_knn_long_tail_subject);
recsys_core::model_suite!(user_knn_ratings, user_knn_ratings_subject);
recsys_core::model_suite!(popularity, popularity_subject);
recsys_core::model_suite!(hybrid, hybrid_subject);
