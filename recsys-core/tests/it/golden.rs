//! Model files written by each released version of each payload: they must be readable for ever, and
//! recommend what they recommended.
//!
//! `RECSYS_WRITE_GOLDEN=1` writes the files of versions that have none yet; existing files are never
//! touched.

use std::path::{Path, PathBuf};
use std::{env, fs};

use recsys_core::UserIdx;
use recsys_core::algo::{ALGORITHMS, AlgorithmConfig};
use recsys_core::codec::{decode_model, encode_model};
use recsys_core::fit::FitContext;
use recsys_core::model::{Model, ModelExt};
use recsys_core::query::Request;
use recsys_core::testing::fixtures::{dataset, long_tail};
use serde_json::{Value, json};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// The first five items of each user, with scores.
fn lists(model: &dyn Model) -> Value {
    let users = model.interactions().users().iter().map(|(user, _)| user);
    let list = |user: UserIdx| -> Vec<Value> {
        let hits = model.recommend(user, &Request::top(5)).unwrap();
        hits.iter().map(|hit| json!([hit.item.get(), hit.score])).collect()
    };
    users.map(list).collect()
}

fn close(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Array(found), Value::Array(expected)) => {
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| close(a, b))
        }
        _ => {
            let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
            (found - expected).abs() <= 1e-4 * expected.abs().max(1.0)
        }
    }
}

#[test]
fn every_version_ever_written_is_read_and_recommends_the_same() {
    for card in ALGORITHMS {
        let version = current_version(card.name());
        for version in 1..=version {
            let name = format!("{}-v{version}", card.name());
            let (file, answers) =
                (folder().join(format!("{name}.recsys")), folder().join(format!("{name}.json")));
            let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
            let model = decode_model(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            let expected: Value = serde_json::from_slice(&fs::read(answers).unwrap()).unwrap();
            let found = lists(&*model);
            assert!(close(&found, &expected), "{name}: {found} is not {expected}");
        }
    }
}

/// Returns the version that the algorithm writes today; writes its files when asked to.
fn current_version(algorithm: &str) -> u16 {
    let estimator = AlgorithmConfig::named(algorithm).unwrap().build().unwrap();
    let data = long_tail(12, 16, 5, 99);
    let model = estimator.fit_erased(&dataset(&data), &FitContext::default()).unwrap();
    let version = model.payload().version;
    let file = folder().join(format!("{algorithm}-v{version}.recsys"));
    if env::var_os("RECSYS_WRITE_GOLDEN").is_some() && !file.exists() {
        fs::create_dir_all(folder()).unwrap();
        fs::write(&file, encode_model(&*model).unwrap()).unwrap();
        let answers = serde_json::to_vec(&lists(&*model)).unwrap();
        fs::write(file.with_extension("json"), answers).unwrap();
    }
    version
}
