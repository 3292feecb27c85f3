//! Models of ratings, ours and Surprise's, on the same five folds: seconds, errors, and how far the
//! predictions are apart.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use clap::Args;
use rayon::prelude::*;
use recsys_core::algo::AlgorithmConfig;
use recsys_core::algo::biased_als::BiasedAlsConfig;
use recsys_core::algo::item_knn::ItemKnnConfig;
use recsys_core::algo::svd::SvdConfig;
use recsys_core::algo::user_knn::UserKnnConfig;
use recsys_core::data::Interactions;
use recsys_core::fit::FitContext;
use recsys_core::ids::{DenseIdx, IdMap, ItemIdx, UserIdx};
use recsys_core::model::Model;
use recsys_core::query::{Candidates, ItemSet};

use crate::peers::{RatingRun, surprise};

/// Options of `ratings`.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Ratings with a header and the columns user, item, rating; ids are numbers.
    #[arg(long, value_name = "FILE.csv")]
    ratings: PathBuf,
    /// A Python interpreter that has `surprise` (1.1.5) and `pandas`; without it only ours run.
    #[arg(long, value_name = "PYTHON")]
    peers: Option<PathBuf>,
    /// Only models whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Threads of ours; all processors unless given. Surprise uses one.
    #[arg(long)]
    threads: Option<usize>,
    /// Random starts of models that have one, for the spread of their errors.
    #[arg(long, default_value_t = 5)]
    seeds: u32,
}

/// One of our models, and the one of Surprise that it stands against.
struct Contestant {
    name: &'static str,
    config: AlgorithmConfig,
    /// Whether a score is the prediction before it is cut to the scale, so that one scorer predicts a
    /// user's ratings together.
    scores_are_ratings: bool,
    /// The other side; without one the figures stand alone.
    peer: Option<Peer>,
}

impl Contestant {
    /// The same with another random start.
    fn seeded(&self, seed: u32) -> anyhow::Result<Self> {
        let AlgorithmConfig::Svd(config) = &self.config else {
            bail!("{} has no random start", self.name)
        };
        let config = AlgorithmConfig::Svd(config.clone().with_seed(u64::from(seed)));
        Ok(Self { config, peer: None, ..*self })
    }
}

/// A model of Surprise.
struct Peer {
    /// Arguments of the script on the other side.
    arguments: &'static str,
    /// Whether each prediction must be ours. Where training starts from other random numbers, only the
    /// errors can agree.
    same_predictions: bool,
}

/// Neighbours and factors of both sides, and factors that Surprise does not have.
fn contestants() -> Vec<Contestant> {
    let user_knn = UserKnnConfig::ratings().with_neighbors(Some(50));
    let item_knn = ItemKnnConfig::ratings().with_neighbors(Some(50));
    let exact = |arguments| Some(Peer { arguments, same_predictions: true });
    let random = |arguments| Some(Peer { arguments, same_predictions: false });
    let contestant =
        |name, config, peer| Contestant { name, config, scores_are_ratings: true, peer };
    vec![
        contestant(
            "user CF",
            AlgorithmConfig::UserKnn(user_knn),
            exact("--model user_knn --neighbors 50"),
        ),
        contestant(
            "item CF",
            AlgorithmConfig::ItemKnn(item_knn),
            exact("--model item_knn --neighbors 50"),
        ),
        contestant(
            "SVD",
            AlgorithmConfig::Svd(SvdConfig::surprise_compatible()),
            random("--model svd"),
        ),
        contestant("SVD, our defaults", AlgorithmConfig::Svd(SvdConfig::default()), None),
        contestant("biased ALS", AlgorithmConfig::BiasedAls(BiasedAlsConfig::default()), None),
    ]
}

/// Folds: the ratings whose line modulo this is the fold's number are tested.
const FOLDS: usize = 5;

/// Trains and tests every contestant on the five folds and prints errors and seconds.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let table = Table::read(&options.ratings)?;
    let threads = match options.threads {
        Some(threads) => threads,
        None => std::thread::available_parallelism()?.get(),
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    println!(
        "{} users, {} items, {} ratings; {FOLDS} folds by line; ours on {threads} threads",
        table.users.len(),
        table.items.len(),
        table.lines.len()
    );
    println!(
        "{:<26}{:>8}{:>8}{:>13}{:>15}{:>11}{:>11}",
        "", "RMSE", "MAE", "fit s/fold", "predict s/fold", "fit ratio", "both"
    );
    for contestant in contestants().iter().filter(|one| one.name.contains(&options.only)) {
        let ours = pool.install(|| table.run(contestant))?;
        let (Some(python), Some(peer)) = (&options.peers, &contestant.peer) else {
            table.print(contestant.name, "ours", &ours, None);
            continue;
        };
        let theirs = surprise(python, &options.ratings, peer.arguments)?;
        table.print(contestant.name, "Surprise", &theirs, None);
        table.print(contestant.name, "ours", &ours, Some(&theirs));
        if peer.same_predictions {
            print_agreement(&ours.predictions, &theirs.predictions)?;
            continue;
        }
        let (mut of_ours, mut of_theirs) = (Vec::new(), Vec::new());
        for seed in 1..=options.seeds {
            let run = pool.install(|| table.run(&contestant.seeded(seed)?))?;
            of_ours.push(table.errors(&run.predictions));
            let arguments = format!("{} --seed {seed}", peer.arguments);
            let run = surprise(python, &options.ratings, &arguments)?;
            of_theirs.push(table.errors(&run.predictions));
        }
        print_spread("Surprise", &of_theirs);
        print_spread("ours", &of_ours);
    }
    Ok(())
}

/// Mean and range of RMSE and MAE over random starts.
fn print_spread(side: &str, errors: &[(f64, f64)]) {
    let spread = |of: fn(&(f64, f64)) -> f64| {
        let values: Vec<f64> = errors.iter().map(of).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(0.0, f64::max);
        format!("{mean:.4} ({lowest:.4} to {highest:.4})")
    };
    if !errors.is_empty() {
        let (rmse, mae, starts) = (spread(|pair| pair.0), spread(|pair| pair.1), errors.len());
        println!("{:<26}{side}, {starts} random starts: RMSE {rmse}, MAE {mae}", "");
    }
}

/// How far two lists of predictions are apart.
fn print_agreement(ours: &[f32], theirs: &[f32]) -> anyhow::Result<()> {
    ensure!(ours.len() == theirs.len(), "the other side predicts another number of ratings");
    let mut apart: Vec<f32> = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).collect();
    apart.sort_by(f32::total_cmp);
    let differing = apart.iter().filter(|&&difference| difference > 1e-4).count();
    let largest = apart.last().copied().unwrap_or_default();
    println!(
        "{:<26}{differing} of {} predictions differ by more than 0.0001, the largest by {largest:.6}",
        "",
        apart.len()
    );
    Ok(())
}

/// A file of ratings; users and items are numbered by their ids, so that ties fall as in the file.
struct Table {
    users: IdMap<UserIdx>,
    items: IdMap<ItemIdx>,
    lines: Vec<(UserIdx, ItemIdx, f32)>,
}

impl Table {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut raw: Vec<(u64, u64, f32)> = Vec::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let place = || format!("{}, line {}", path.display(), number + 1);
            let mut fields = line.split(',');
            let mut field = || fields.next().with_context(place);
            raw.push((
                field()?.parse().with_context(place)?,
                field()?.parse().with_context(place)?,
                field()?.parse().with_context(place)?,
            ));
        }
        let users = positions::<UserIdx>(raw.iter().map(|line| line.0));
        let items = positions::<ItemIdx>(raw.iter().map(|line| line.1));
        let lines =
            raw.iter().map(|&(user, item, rating)| (users.1[&user], items.1[&item], rating));
        Ok(Self { lines: lines.collect(), users: users.0, items: items.0 })
    }

    /// Everything but a fold, as a matrix.
    fn train(&self, fold: usize) -> anyhow::Result<Interactions> {
        let mut entries: Vec<(UserIdx, ItemIdx, f32)> = self.lines.clone();
        let mut line = 0;
        entries.retain(|_| {
            line += 1;
            (line - 1) % FOLDS != fold
        });
        entries.sort_by_key(|&(user, item, _)| (user, item));
        let mut indptr = vec![0; self.users.len() + 1];
        for &(user, _, _) in &entries {
            indptr[user.index() + 1] += 1;
        }
        for user in 0..self.users.len() {
            indptr[user + 1] += indptr[user];
        }
        let indices = entries.iter().map(|entry| entry.1.get()).collect();
        let values = entries.iter().map(|entry| entry.2).collect();
        let (users, items) = (self.users.clone(), self.items.clone());
        Ok(Interactions::from_csr(users, items, indptr, indices, values)?)
    }

    fn run(&self, contestant: &Contestant) -> anyhow::Result<RatingRun> {
        let estimator = contestant.config.build()?;
        let mut run = RatingRun {
            fit_seconds: 0.0,
            predict_seconds: 0.0,
            predictions: vec![0.0; self.lines.len()],
        };
        for fold in 0..FOLDS {
            let train = self.train(fold)?;
            let start = Instant::now();
            let model = estimator.fit_erased(&train.into(), &FitContext::default())?;
            run.fit_seconds += start.elapsed().as_secs_f64() / FOLDS as f64;

            let mut tested: BTreeMap<UserIdx, Vec<(ItemIdx, usize)>> = BTreeMap::new();
            for (line, &(user, item, _)) in self.lines.iter().enumerate() {
                if line % FOLDS == fold {
                    tested.entry(user).or_default().push((item, line));
                }
            }
            let tested: Vec<_> = tested.into_iter().collect();
            let start = Instant::now();
            let predicted: Vec<Vec<(usize, f32)>> = tested
                .par_iter()
                .map(|(user, asked)| predict(&*model, *user, asked, contestant.scores_are_ratings))
                .collect::<anyhow::Result<_>>()?;
            run.predict_seconds += start.elapsed().as_secs_f64() / FOLDS as f64;
            for (line, rating) in predicted.into_iter().flatten() {
                run.predictions[line] = rating;
            }
        }
        Ok(run)
    }

    /// RMSE and MAE over all lines.
    fn errors(&self, predictions: &[f32]) -> (f64, f64) {
        let (mut squares, mut sizes) = (0.0, 0.0);
        for (&(_, _, rating), &predicted) in self.lines.iter().zip(predictions) {
            let error = f64::from(rating) - f64::from(predicted);
            squares += error * error;
            sizes += error.abs();
        }
        let count = self.lines.len() as f64;
        ((squares / count).sqrt(), sizes / count)
    }

    fn print(&self, name: &str, side: &str, run: &RatingRun, against: Option<&RatingRun>) {
        let (rmse, mae) = self.errors(&run.predictions);
        let ratio = |seconds: fn(&RatingRun) -> f64| {
            against
                .map_or("-".to_owned(), |theirs| format!("{:.1}x", seconds(theirs) / seconds(run)))
        };
        let fit_ratio = ratio(|run| run.fit_seconds);
        let ratio = ratio(|run| run.fit_seconds + run.predict_seconds);
        println!(
            "{:<26}{:>8.4}{:>8.4}{:>13.4}{:>15.4}{fit_ratio:>11}{ratio:>11}",
            format!("{name}, {side}"),
            rmse,
            mae,
            run.fit_seconds,
            run.predict_seconds,
        );
    }
}

/// Numbers the ids in ascending order.
fn positions<I: DenseIdx + Ord>(ids: impl Iterator<Item = u64>) -> (IdMap<I>, BTreeMap<u64, I>) {
    let mut ids: Vec<u64> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let mut map = IdMap::new();
    let positions = ids.into_iter().filter_map(|id| Some((id, map.intern(id.to_string())?)));
    let positions = positions.collect();
    (map, positions)
}

/// Predicts what a user gives the items, each with the line it belongs to.
fn predict(
    model: &dyn Model,
    user: UserIdx,
    asked: &[(ItemIdx, usize)],
    scores_are_ratings: bool,
) -> anyhow::Result<Vec<(usize, f32)>> {
    let ratings = model.as_rating_prediction().context("the model predicts no ratings")?;
    let data = model.interactions();
    let by_score = scores_are_ratings && !data.user(user).is_empty();
    let (known, unknown): (Vec<_>, Vec<_>) =
        asked.iter().partition(|(item, _)| by_score && !data.item(*item).is_empty());
    let one = |&(item, line): &(ItemIdx, usize)| (line, ratings.predict(Some(user), Some(item)));
    let mut predicted: Vec<(usize, f32)> = unknown.iter().map(one).collect();
    if !known.is_empty() {
        let items = ItemSet::new(known.iter().map(|pair| pair.0).collect(), data.n_items())?;
        let mut scores = vec![0.0; items.len()];
        model.scorer(user)?.score_into(Candidates::Only(&items), &mut scores);
        let (lowest, highest) = ratings.scale();
        for (item, line) in known {
            let at =
                items.as_slice().binary_search(&item).ok().context("the item was asked for")?;
            predicted.push((line, scores[at].clamp(lowest, highest)));
        }
    }
    Ok(predicted)
}
