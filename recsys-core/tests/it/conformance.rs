//! Every algorithm passes the same suite.

use recsys_core::algo::AlgorithmConfig;
use recsys_core::testing::{Abilities, Subject};

fn subject(config: AlgorithmConfig, abilities: Abilities) -> Subject {
    Subject::new(move || config.build().unwrap(), abilities)
}

fn popularity_subject() -> Subject {
    subject(AlgorithmConfig::named("popularity").unwrap(), Abilities::default())
}

fn hybrid_subject() -> Subject {
    subject(AlgorithmConfig::named("hybrid").unwrap(), Abilities::default())
}

recsys_core::model_suite!(popularity, popularity_subject);
recsys_core::model_suite!(hybrid, hybrid_subject);
