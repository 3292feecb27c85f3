//! Content-based filtering on items that nobody has touched in training: MovieLens films are hidden from the
//! interactions, and each user's liked ones among them are to be found by their description.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use clap::Args;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::content::ContentConfig;
use recsys_core::data::{Aggregation, Dataset, InteractionLog, Interactions};
use recsys_core::features::TfIdfConfig;
use recsys_core::features::text::{Language, StopWords};
use recsys_core::fit::FitContext;
use recsys_core::model::{Model, ModelExt};
use recsys_core::query::{ItemSet, Request, ScoredItem};
use recsys_core::{ItemIdx, UserIdx};
use recsys_store::import::{Loaded, Source, read_log};

use crate::measure::K;

/// Options of `content`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// An unpacked MovieLens data set; ratings of 3.5 and more are likes.
    #[arg(long, value_name = "DIR")]
    movielens: PathBuf,
    /// Hides the films of the test part instead of those of the validation part.
    #[arg(long)]
    test: bool,
    /// Only candidates whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// What is hidden: a fifth of the films, chosen by a hash of their id.
struct Hidden {
    train: Dataset,
    films: ItemSet,
    /// Users of the training part with the hidden films that they like.
    wanted: Vec<(UserIdx, Vec<ItemIdx>)>,
    /// Likes of each film, the hidden ones included.
    likes: Interactions,
}

/// Trains every candidate without the hidden films and ranks them for each user.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let data = hide(options)?;
    println!(
        "{} films hidden, {} users who like some of them; the best {K} of the hidden, and of all unseen",
        data.films.len(),
        data.wanted.len()
    );
    println!(
        "{:<44}{:>8}{:>10}{:>9}{:>12}{:>9}",
        "candidate", "fit s", "Recall@20", "NDCG@20", "all: Recall", "NDCG"
    );
    let by_likes = |item: ItemIdx| data.likes.item(item).len() as f32;
    let mut known: Vec<ScoredItem> = data
        .films
        .as_slice()
        .iter()
        .map(|&film| ScoredItem { item: film, score: by_likes(film) })
        .collect();
    known.sort_unstable();
    let lists = vec![known.into_iter().take(K).collect::<Vec<_>>(); data.wanted.len()];
    let (recall, ndcg) = measure(&lists, &data.wanted);
    println!("{:<44}{:>8}{recall:>10.4}{ndcg:>9.4}", "what is popular among them in truth", "-");
    for (name, config) in candidates() {
        if !name.contains(&options.only) {
            continue;
        }
        let estimator = config.build()?;
        let start = Instant::now();
        let model = estimator.fit_erased(&data.train, &FitContext::default())?;
        let seconds = start.elapsed().as_secs_f64();
        let (recall, ndcg) = measure(&lists_of(&*model, &data, true)?, &data.wanted);
        let (all_recall, all_ndcg) = measure(&lists_of(&*model, &data, false)?, &data.wanted);
        println!(
            "{name:<44}{seconds:>8.3}{recall:>10.4}{ndcg:>9.4}{all_recall:>12.4}{all_ndcg:>9.4}"
        );
    }
    Ok(())
}

fn candidates() -> Vec<(String, AlgorithmConfig)> {
    let content = |config: ContentConfig| AlgorithmConfig::Content(config);
    let text = |text: TfIdfConfig| content(ContentConfig::default().with_text(text));
    let mut all = vec![
        ("popularity".to_owned(), AlgorithmConfig::Popularity(Default::default())),
        ("content, defaults".to_owned(), content(ContentConfig::default())),
        (
            "content, scaled by weight".to_owned(),
            content(ContentConfig::default().with_scale_by_weight(true)),
        ),
        (
            "content, English stop words".to_owned(),
            text(TfIdfConfig::default().with_stop_words(StopWords::English)),
        ),
        (
            "content, stop words and stems".to_owned(),
            text(
                TfIdfConfig::default()
                    .with_stop_words(StopWords::English)
                    .with_stemming(Language::English),
            ),
        ),
        ("content, sublinear".to_owned(), text(TfIdfConfig::default().with_sublinear(true))),
        ("content, single words".to_owned(), text(TfIdfConfig::default().with_sequences(1, 1))),
    ];
    for (words, categories, numbers) in
        [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.3, 0.6, 0.1), (0.4, 0.3, 0.3)]
    {
        let config = ContentConfig::default().with_weights(words, categories, numbers);
        let name = format!("content, text {words} categories {categories} numbers {numbers}");
        all.push((name, content(config)));
    }
    all
}

fn hide(options: &Options) -> anyhow::Result<Hidden> {
    let loaded = read_log(&Source::movielens(&options.movielens))?;
    println!("read {}", loaded.digest.whole());
    let likes = shuffled(&loaded)?.filtered(|_, event| event.value >= 3.5);
    let parts: Vec<bool> =
        likes.items().iter().map(|(_, id)| hash(id) % 5 == u64::from(options.test)).collect();
    let matrix = |log: &InteractionLog| log.to_interactions(&Aggregation::default());
    let warm = likes.filtered(|_, event| !parts[event.item.index()]);
    let features = loaded.features_of(likes.items());
    let (train, likes) = (matrix(&warm)?, matrix(&likes)?);
    let wanted = train.users().iter().map(|(user, _)| {
        let hidden =
            likes.user(user).iter().map(|(item, _)| item).filter(|item| parts[item.index()]);
        (user, hidden.collect::<Vec<_>>())
    });
    let wanted = wanted.filter(|(user, films)| !films.is_empty() && !train.user(*user).is_empty());
    let wanted = wanted.collect();
    let films = (0..).map(ItemIdx::new).zip(&parts).filter(|(_, hidden)| **hidden);
    let films = ItemSet::new(films.map(|(film, _)| film).collect(), parts.len())?;
    let train = Dataset::new(train).with_features(features)?;
    Ok(Hidden { train, films, wanted, likes })
}

fn lists_of(
    model: &dyn Model,
    data: &Hidden,
    hidden_only: bool,
) -> anyhow::Result<Vec<Vec<ScoredItem>>> {
    let list = |&(user, _): &(UserIdx, Vec<ItemIdx>)| {
        let seen = model.seen(user);
        let mut request = Request::top(K).excluding(&seen);
        if hidden_only {
            request = request.among(&data.films);
        }
        Ok(model.recommend(user, &request)?)
    };
    data.wanted.iter().map(list).collect()
}

/// The same events, and a column for every film, in an order that says nothing. In the order of the
/// files, films that many people like come first, and whoever cannot tell films apart ranks by position.
fn shuffled(loaded: &Loaded) -> anyhow::Result<InteractionLog> {
    let mut films: Vec<&[u8]> = loaded.features.keys().map(String::as_bytes).collect();
    films.extend(loaded.log.items().iter().map(|(_, id)| id));
    films.sort_unstable_by_key(|id| (hash(id), *id));
    let mut log = InteractionLog::new();
    for film in films {
        log.push_item(film)?;
    }
    let (users, items) = (loaded.log.users(), loaded.log.items());
    for event in loaded.log.iter() {
        let user = users.id(event.user).context("users of events have ids")?;
        let item = items.id(event.item).context("items of events have ids")?;
        log.push(user, item, event.kind, event.value, event.at)?;
    }
    Ok(log)
}

/// FNV-1a, upper half.
fn hash(id: &[u8]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325_u64;
    let hash = id
        .iter()
        .fold(start, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    hash >> 32
}

/// Mean Recall and NDCG over the users.
fn measure(lists: &[Vec<ScoredItem>], wanted: &[(UserIdx, Vec<ItemIdx>)]) -> (f64, f64) {
    let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
    let (mut recall, mut ndcg) = (0.0, 0.0);
    for (list, (_, wanted)) in lists.iter().zip(wanted) {
        let hits = list.iter().enumerate().filter(|(_, hit)| wanted.contains(&hit.item));
        let (count, gained) =
            hits.fold((0.0, 0.0), |(count, sum), (rank, _)| (count + 1.0, sum + gain(rank)));
        recall += count / wanted.len() as f64;
        ndcg += gained / (0..wanted.len().min(K)).map(gain).sum::<f64>();
    }
    let users = wanted.len().max(1) as f64;
    (recall / users, ndcg / users)
}
