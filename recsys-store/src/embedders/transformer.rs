//! Vectors by a sentence transformer in this process.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use candle_core::{D, DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use recsys_core::data::ItemFeatures;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokenizers::{PaddingParams, Tokenizer, TruncationParams};

use super::{check_count, text_of};
use crate::error::{Backend, Result, StoreError, StoreErrorKind};
use crate::traits::Embedder;

const OPENING: &str = "embedder.open";
const OP: &str = "embedder.embed";
/// Items of one call: with more of them the shorter texts wait for the longest.
const AT_ONCE: usize = 32;
/// Tokens of a text, if the model can take as many. Sentence transformers are trained on short texts.
const LONGEST: usize = 256;

/// An [`Embedder`] that runs a sentence transformer of the BERT family in this process. Clones share the model.
///
/// It is read from a folder as such models are published: `config.json`, `tokenizer.json`, `model.safetensors` and,
/// if there is one, `1_Pooling/config.json`, which says whether the vector of a text is the mean of those of its
/// tokens (the default) or that of the first (N. Reimers and I. Gurevych: *Sentence-BERT*, EMNLP 2019). Models of
/// other families are refused. The text of an item is its title, description, tags and category, cut after 256 tokens.
/// The name is made of the model's bytes, so models never meet each other's vectors.
///
/// A text takes as long as twice the model's weights times its tokens in multiplications, on all processors: some
/// milliseconds with a small model. Calls go one after the other.
#[derive(Clone)]
pub struct TransformerEmbedder {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    dimension: usize,
    model: BertModel,
    tokenizer: Tokenizer,
    pooling: Pooling,
    /// One call at a time: each uses all processors.
    turn: tokio::sync::Semaphore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pooling {
    First,
    Mean,
}

/// What is asked of `1_Pooling/config.json`.
#[derive(Deserialize)]
struct PoolingFile {
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
}

impl TransformerEmbedder {
    /// Reads a model from a folder. Takes as long as reading its files.
    ///
    /// # Errors
    /// `InvalidInput` naming the file that is missing or cannot be used.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            std::fs::read(folder.join(name))
                .map_err(|error| unusable(name, "cannot be read", error))
        };
        let config_bytes = read("config.json")?;
        let config: Config = serde_json::from_slice(&config_bytes)
            .map_err(|error| unusable("config.json", "is not that of a BERT model", error))?;
        // Candle divides by it.
        let heads = config.num_attention_heads;
        if heads == 0 || config.hidden_size == 0 || !config.hidden_size.is_multiple_of(heads) {
            let problem = "has a hidden_size that is no multiple of num_attention_heads";
            return Err(unusable("config.json", problem, format!("{heads} heads")));
        }
        let tokens = read("tokenizer.json")?;
        let weights = read("model.safetensors")?;
        let pooling = match read("1_Pooling/config.json") {
            Ok(file) => pooling_of(&file)?,
            Err(_) => Pooling::Mean,
        };
        let name = name_of(&[&config_bytes, &tokens, &weights], pooling);
        let wrong = |error| unusable("model.safetensors", "does not fit config.json", error);
        let weights = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu);
        let model = BertModel::load(weights.map_err(wrong)?, &config).map_err(wrong)?;
        let tokenizer = tokenizer(&tokens, &config)?;
        let dimension = config.hidden_size;
        let turn = tokio::sync::Semaphore::new(1);
        let shared = Shared { name, dimension, model, tokenizer, pooling, turn };
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Shared {
    /// Returns a vector for each text.
    fn embed(
        &self,
        texts: Vec<String>,
    ) -> Result<Vec<Vec<f32>>, Box<dyn std::error::Error + Send + Sync>> {
        let encodings = self.tokenizer.encode_batch(texts, true)?;
        let device = &Device::Cpu;
        let tensor = |numbers: fn(&tokenizers::Encoding) -> &[u32]| {
            let rows: Vec<Tensor> = encodings
                .iter()
                .map(|encoding| Tensor::new(numbers(encoding), device))
                .collect::<Result<_, _>>()?;
            Tensor::stack(&rows, 0)
        };
        let ids = tensor(tokenizers::Encoding::get_ids)?;
        let types = tensor(tokenizers::Encoding::get_type_ids)?;
        let mask = tensor(tokenizers::Encoding::get_attention_mask)?;
        // Texts × tokens × values.
        let states = self.model.forward(&ids, &types, Some(&mask))?;
        let pooled = match self.pooling {
            Pooling::First => states.narrow(1, 0, 1)?.squeeze(1)?,
            Pooling::Mean => {
                let mask = mask.to_dtype(DType::F32)?.unsqueeze(D::Minus1)?;
                let sums = states.broadcast_mul(&mask)?.sum(1)?;
                sums.broadcast_div(&mask.sum(1)?)?
            }
        };
        Ok(pooled.to_vec2::<f32>()?)
    }
}

#[async_trait]
impl Embedder for TransformerEmbedder {
    fn name(&self) -> &str {
        &self.shared.name
    }

    fn dimension(&self) -> usize {
        self.shared.dimension
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    async fn embed(&self, items: Vec<ItemFeatures>) -> Result<Vec<Option<Vec<f32>>>> {
        check_count(Backend::Transformer, items.len(), AT_ONCE)?;
        let failed = |error| {
            StoreError::new(Backend::Transformer, OP, StoreErrorKind::Internal).with_source(error)
        };
        let texts: Vec<String> = items.iter().map(text_of).collect();
        let is_told: Vec<bool> = texts.iter().map(|text| !text.trim().is_empty()).collect();
        let told: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
        let mut vectors = Vec::new();
        if !told.is_empty() {
            let _turn = self.shared.turn.acquire().await.map_err(|error| failed(error.into()))?;
            let shared = Arc::clone(&self.shared);
            let work = tokio::task::spawn_blocking(move || shared.embed(told)).await;
            vectors = work.map_err(|error| failed(error.into()))?.map_err(failed)?;
        }
        let mut vectors = vectors.into_iter();
        let is_vector = |vector: &Vec<f32>| {
            vector.iter().all(|it| it.is_finite()) && vector.iter().any(|it| *it != 0.0)
        };
        let vector = |told| if told { vectors.next().filter(is_vector) } else { None };
        Ok(is_told.into_iter().map(vector).collect())
    }
}

impl fmt::Debug for TransformerEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { name, dimension, pooling, .. } = &*self.shared;
        f.debug_struct("TransformerEmbedder")
            .field("name", name)
            .field("dimension", dimension)
            .field("pooling", pooling)
            .finish_non_exhaustive()
    }
}

fn unusable(
    file: &str,
    problem: &str,
    error: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> StoreError {
    let kind = StoreErrorKind::InvalidInput { field: file.to_owned() };
    StoreError::new(Backend::Transformer, OPENING, kind)
        .with_context(format!("{file}: {problem}"))
        .with_source(error)
}

fn pooling_of(file: &[u8]) -> Result<Pooling> {
    const NAME: &str = "1_Pooling/config.json";
    let file: PoolingFile = serde_json::from_slice(file)
        .map_err(|error| unusable(NAME, "is not that of a pooling layer", error))?;
    match (file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
        (true, false) => Ok(Pooling::First),
        (false, true) => Ok(Pooling::Mean),
        _ => Err(unusable(NAME, "asks for another vector than the mean or the first", "pooling")),
    }
}

/// Reads the tokenizer and lets it make texts of one call equally long.
fn tokenizer(bytes: &[u8], config: &Config) -> Result<Tokenizer> {
    let wrong = |error| unusable("tokenizer.json", "is not that of a tokenizer", error);
    let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(wrong)?;
    if tokenizer.get_vocab_size(true) > config.vocab_size {
        let problem = "has more words than config.json";
        return Err(unusable("tokenizer.json", problem, "vocab_size"));
    }
    let max_length = config.max_position_embeddings.min(LONGEST);
    let truncation = TruncationParams { max_length, ..TruncationParams::default() };
    tokenizer.with_truncation(Some(truncation)).map_err(wrong)?;
    let pad_id = u32::try_from(config.pad_token_id).unwrap_or(0);
    tokenizer.with_padding(Some(PaddingParams { pad_id, ..PaddingParams::default() }));
    Ok(tokenizer)
}

/// Returns the name of a model's vectors.
fn name_of(files: &[&[u8]], pooling: Pooling) -> String {
    let mut digest = Sha256::new();
    for file in files {
        digest.update((file.len() as u64).to_le_bytes());
        digest.update(file);
    }
    digest.update([pooling as u8]);
    let digits: String =
        digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("bert_{digits}")
}
