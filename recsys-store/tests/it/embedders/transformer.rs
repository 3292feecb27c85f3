//! The transformer, with a small model of arbitrary weights, and with a real one where there is one.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device};
use candle_nn::{VarBuilder, VarMap};
use candle_transformers::models::bert::{BertModel, Config};
use recsys_core::data::ItemFeatures;
use recsys_store::embedders::TransformerEmbedder;
use recsys_store::error::StoreErrorKind;
use recsys_store::traits::Embedder;
use serde_json::{Value, json};
use tempfile::TempDir;

const WORDS: [&str; 14] = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "tea",
    "green",
    "black",
    "leaves",
    "hammer",
    "claw",
    "from",
    "the",
    "mountains",
    "heavy",
];

fn config() -> Value {
    json!({
        "vocab_size": WORDS.len(), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 32, "hidden_act": "gelu", "hidden_dropout_prob": 0.1,
        "max_position_embeddings": 32, "type_vocab_size": 2, "initializer_range": 0.02,
        "layer_norm_eps": 1e-12, "pad_token_id": 0, "model_type": "bert",
    })
}

fn tokenizer() -> Value {
    let vocabulary: HashMap<&str, usize> = WORDS.iter().copied().zip(0..).collect();
    json!({
        "version": "1.0",
        "normalizer": { "type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
            "strip_accents": null, "lowercase": true },
        "pre_tokenizer": { "type": "BertPreTokenizer" },
        "post_processor": { "type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2] },
        "model": { "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100, "vocab": vocabulary },
    })
}

/// Writes a model as they are published, with weights as they are before training.
fn write(folder: &Path) {
    std::fs::write(folder.join("config.json"), config().to_string()).unwrap();
    std::fs::write(folder.join("tokenizer.json"), tokenizer().to_string()).unwrap();
    let weights = VarMap::new();
    let builder = VarBuilder::from_varmap(&weights, DType::F32, &Device::Cpu);
    let config: Config = serde_json::from_value(config()).unwrap();
    BertModel::load(builder, &config).unwrap();
    weights.save(folder.join("model.safetensors")).unwrap();
}

fn made() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    folder
}

/// The model in the folder `RECSYS_TEST_TRANSFORMER`, or one of arbitrary weights.
async fn open() -> TransformerEmbedder {
    if let Ok(folder) = std::env::var("RECSYS_TEST_TRANSFORMER") {
        return TransformerEmbedder::open(Path::new(&folder)).unwrap();
    }
    TransformerEmbedder::open(made().path()).unwrap()
}

recsys_store::embedder_suite!(open);

async fn vector(embedder: &TransformerEmbedder, text: &str) -> Vec<f32> {
    let mut vectors = embedder.embed(vec![ItemFeatures::text(text)]).await.unwrap();
    vectors.remove(0).unwrap()
}

#[tokio::test]
async fn models_that_differ_have_different_names_and_the_same_model_the_same() {
    let (one, other) = (made(), made());
    let name =
        |folder: &TempDir| TransformerEmbedder::open(folder.path()).unwrap().name().to_owned();
    assert_eq!(name(&one), name(&one));
    assert_ne!(name(&one), name(&other));
}

#[tokio::test]
async fn the_order_of_words_counts_and_texts_beyond_the_longest_are_cut() {
    let embedder = TransformerEmbedder::open(made().path()).unwrap();
    let (one, other) = (vector(&embedder, "green tea").await, vector(&embedder, "tea green").await);
    assert_ne!(one, other);
    let long = "tea ".repeat(100);
    assert_eq!(vector(&embedder, &long).await, vector(&embedder, &"tea ".repeat(200)).await);
}

#[tokio::test]
async fn the_pooling_of_the_folder_is_followed() {
    let folder = made();
    let mean = TransformerEmbedder::open(folder.path()).unwrap();
    let write = |pooling: Value| {
        std::fs::create_dir_all(folder.path().join("1_Pooling")).unwrap();
        std::fs::write(folder.path().join("1_Pooling/config.json"), pooling.to_string()).unwrap();
    };
    write(json!({ "word_embedding_dimension": 16, "pooling_mode_cls_token": true }));
    let first = TransformerEmbedder::open(folder.path()).unwrap();
    assert_ne!(vector(&mean, "green tea").await, vector(&first, "green tea").await);
    assert_ne!(mean.name(), first.name());
    write(json!({ "pooling_mode_max_tokens": true }));
    assert_eq!(refused(folder.path()), "1_Pooling/config.json");
}

fn refused(folder: &Path) -> String {
    let error = TransformerEmbedder::open(folder).unwrap_err();
    match error.kind() {
        StoreErrorKind::InvalidInput { field } => field.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_file_that_is_missing_or_wrong_is_named() {
    for name in ["config.json", "tokenizer.json", "model.safetensors"] {
        let folder = made();
        std::fs::write(folder.path().join(name), "nonsense").unwrap();
        assert_eq!(refused(folder.path()), name);
        std::fs::remove_file(folder.path().join(name)).unwrap();
        assert_eq!(refused(folder.path()), name);
    }
    for heads in [0, 3] {
        let folder = made();
        let mut wrong = config();
        wrong["num_attention_heads"] = json!(heads);
        std::fs::write(folder.path().join("config.json"), wrong.to_string()).unwrap();
        assert_eq!(refused(folder.path()), "config.json", "{heads}");
    }
    let folder = made();
    let mut smaller = config();
    smaller["hidden_size"] = json!(8);
    std::fs::write(folder.path().join("config.json"), smaller.to_string()).unwrap();
    assert_eq!(refused(folder.path()), "model.safetensors");
}
