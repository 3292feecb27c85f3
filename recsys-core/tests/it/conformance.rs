//! Every algorithm passes the same suite.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::als::{AlsConfig, AlsSolver, Confidence};
use recsys_core::algo::biased_als::BiasedAlsConfig;
use recsys_core::algo::bpr::{BprConfig, Negatives};
use recsys_core::algo::content::ContentConfig;
use recsys_core::algo::ease::{Diagonal, EaseConfig};
use recsys_core::algo::graph_filter::{Balance, GraphFilterConfig};
use recsys_core::algo::hybrid::{HybridConfig, Normalization, Validation, WeightSource};
use recsys_core::algo::item_knn::{ItemKnnConfig, Similarity, Weighting};
use recsys_core::algo::slim::SlimConfig;
use recsys_core::algo::svd::{SvdConfig, VisitOrder};
use recsys_core::algo::truncated_svd::TruncatedSvdConfig;
use recsys_core::algo::user_knn::UserKnnConfig;
use recsys_core::testing::{Abilities, Fidelity, Subject};

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
    let abilities = Abilities {
        cold_items: Some(Fidelity::Exact),
        personal: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(AlgorithmConfig::Content(config), abilities)
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
    als(AlsConfig::degree_weighted().with_factors(8).with_epochs(15))
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

fn trending_subject() -> Subject {
    subject(AlgorithmConfig::named("trending").unwrap(), Abilities::default())
}

fn graph_filter(config: GraphFilterConfig) -> Subject {
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::GraphFilter(config), abilities)
}

fn graph_filter_subject() -> Subject {
    graph_filter(GraphFilterConfig::default())
}

fn graph_filter_gf_cf_subject() -> Subject {
    graph_filter(GraphFilterConfig::gf_cf().with_factors(2))
}

fn graph_filter_of_weighted_values_subject() -> Subject {
    let linear = ItemKnnConfig::cosine().with_weighting(Weighting::Bm25 { k1: 1.2, b: 0.75 });
    let config = GraphFilterConfig::degree_shifted().with_factors(2).with_linear(linear);
    graph_filter(config.with_weight(2.0, Balance::Relative))
}

fn of_ratings(config: AlgorithmConfig, fold_in: Fidelity) -> Subject {
    let abilities = Abilities {
        fold_in,
        item_vectors: true,
        personal: true,
        ratings: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(config, abilities)
}

fn biased_als_subject() -> Subject {
    let config = BiasedAlsConfig::default().with_factors(4);
    of_ratings(AlgorithmConfig::BiasedAls(config), Fidelity::Exact)
}

fn svd_config() -> SvdConfig {
    SvdConfig::default().with_factors(8).with_epochs(100).with_rates(0.02, 0.02)
}

fn svd_subject() -> Subject {
    of_ratings(AlgorithmConfig::Svd(svd_config()), Fidelity::Near)
}

fn svd_in_stored_order_subject() -> Subject {
    let config = svd_config().with_order(VisitOrder::Stored);
    of_ratings(AlgorithmConfig::Svd(config), Fidelity::Near)
}

fn bpr(config: BprConfig) -> Subject {
    let abilities = Abilities {
        fold_in: Fidelity::Near,
        item_vectors: true,
        personal: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(AlgorithmConfig::Bpr(config.with_factors(4)), abilities)
}

fn bpr_subject() -> Subject {
    bpr(BprConfig::default().with_rates(0.1, 0.01))
}

fn bpr_by_popularity_subject() -> Subject {
    let config = BprConfig::default().with_rates(0.1, 0.01);
    bpr(config.with_negatives(Negatives::Popularity))
}

fn bpr_warp_subject() -> Subject {
    // The withheld item is the hardest negative there is; with many epochs it is learnt as one.
    bpr(BprConfig::default().with_epochs(20).with_negatives(Negatives::Warp { trials: 10 }))
}

fn truncated_svd_subject() -> Subject {
    let abilities = Abilities {
        item_vectors: true,
        personal: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(AlgorithmConfig::TruncatedSvd(TruncatedSvdConfig::default().with_factors(2)), abilities)
}

fn blend(config: AlgorithmConfig) -> Subject {
    let abilities = Abilities {
        cold_items: Some(Fidelity::Near),
        personal: true,
        similar_items: true,
        ..Abilities::default()
    };
    subject(config, abilities)
}

fn hybrid_subject() -> Subject {
    blend(AlgorithmConfig::named("hybrid").unwrap())
}

fn hybrid_by_rank_subject() -> Subject {
    let how = Normalization::ReciprocalRank { damping: 60, depth: 100 };
    let abilities = Abilities { personal: true, similar_items: true, ..Abilities::default() };
    subject(AlgorithmConfig::Hybrid(HybridConfig::default().with_normalization(how)), abilities)
}

fn hybrid_learned_subject() -> Subject {
    let how = WeightSource::Learned(Validation::default().with_levels(2));
    blend(AlgorithmConfig::Hybrid(HybridConfig::default().with_weights(how)))
}

fn switching_subject() -> Subject {
    blend(AlgorithmConfig::named("switching").unwrap())
}

recsys_core::model_suite!(als, als_subject);
recsys_core::model_suite!(als_by_subspaces, als_by_subspaces_subject);
recsys_core::model_suite!(als_degree_weighted, als_degree_weighted_subject);
recsys_core::model_suite!(als_with_confidence, als_with_confidence_subject);
recsys_core::model_suite!(als_like_implicit, als_like_implicit_subject);
recsys_core::model_suite!(content, content_subject);
recsys_core::model_suite!(content_categories, content_categories_subject);
recsys_core::model_suite!(content_scaled_by_weight, content_scaled_by_weight_subject);
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
recsys_core::model_suite!(biased_als, biased_als_subject);
recsys_core::model_suite!(bpr, bpr_subject);
recsys_core::model_suite!(bpr_by_popularity, bpr_by_popularity_subject);
recsys_core::model_suite!(bpr_warp, bpr_warp_subject);
recsys_core::model_suite!(graph_filter, graph_filter_subject);
recsys_core::model_suite!(graph_filter_gf_cf, graph_filter_gf_cf_subject);
recsys_core::model_suite!(graph_filter_of_weighted_values, graph_filter_of_weighted_values_subject);
recsys_core::model_suite!(svd, svd_subject);
recsys_core::model_suite!(svd_in_stored_order, svd_in_stored_order_subject);
recsys_core::model_suite!(truncated_svd, truncated_svd_subject);
recsys_core::model_suite!(trending, trending_subject);
recsys_core::model_suite!(hybrid, hybrid_subject);
recsys_core::model_suite!(hybrid_by_rank, hybrid_by_rank_subject);
recsys_core::model_suite!(hybrid_learned, hybrid_learned_subject);
recsys_core::model_suite!(switching, switching_subject);
