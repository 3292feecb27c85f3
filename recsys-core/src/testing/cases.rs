//! The conformance cases of models. Each is a statement about any model.

#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "cases are tests")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::RngExt;

use super::fixtures::{dataset, features, items, long_tail, matrix};
use super::{Fidelity, Subject, ask_everything, reseal};
use crate::codec::{decode_model, encode_model};
use crate::data::{History, Interactions};
use crate::fit::{FitContext, FitError};
use crate::ids::{ItemIdx, UserIdx};
use crate::model::{FoldIn, Model, ModelExt, Scorer};
use crate::query::{Candidates, ItemSet, QueryError, Request, ScoredItem};
use crate::rng;

const SIZE: u32 = 20;

/// The only item of a user's colour that the user has not seen ranks first.
pub fn a_withheld_checkerboard_item_comes_first(subject: &Subject) {
    let model = subject.fit(&subject.checkerboard(SIZE));
    if !subject.abilities.personal {
        return;
    }
    for user in 0..SIZE {
        let user = UserIdx::new(user);
        let list = model.recommend(user, &Request::top(1).excluding(&model.seen(user))).unwrap();
        assert_is_withheld(subject, user, list[0].item);
    }
}

/// The most similar items have the item's colour, and never include the item.
pub fn similar_items_share_the_colour(subject: &Subject) {
    let model = subject.fit(&subject.checkerboard(SIZE));
    let Some(similar) = model.as_similar_items() else {
        assert!(!subject.abilities.similar_items, "the ability is declared but missing");
        return;
    };
    assert!(subject.abilities.similar_items, "the ability is there but not declared");
    for item in 0..SIZE {
        let item = ItemIdx::new(item);
        let list = similar.similar_items(item, &Request::top(5)).unwrap();
        assert_eq!(list.len(), 5);
        for hit in list {
            assert_ne!(hit.item, item, "an item is not similar to itself");
            assert_eq!(hit.item.get() % 2, item.get() % 2, "item {}", item.get());
        }
    }
}

/// Scoring many users at once gives what scoring each alone gives.
pub fn a_blocks_scores_agree_with_single_users(subject: &Subject) {
    let data = long_tail(40, 60, 9, 1);
    let model = subject.fit(&data);
    let users: Vec<UserIdx> = [7, 0, 39, 7, 21].into_iter().map(UserIdx::new).collect();
    let mut block = vec![0.0; users.len() * data.n_items()];
    model.score_block(&users, &mut block).unwrap();
    for (row, &user) in block.chunks_exact(data.n_items()).zip(&users) {
        assert_close(row, &scores(&*model.scorer(user).unwrap(), &data), 1e-5);
    }
    let lists = model.recommend_unseen(&users, 5).unwrap();
    for (list, &user) in lists.iter().zip(&users) {
        let seen = model.seen(user);
        let single = model.recommend(user, &Request::top(5).excluding(&seen)).unwrap();
        assert_same_ranking(list, &single, 1e-5);
    }
}

/// A request for more items than exist gives every item that can be recommended.
pub fn asking_for_more_than_exists_gives_all(subject: &Subject) {
    let data = subject.checkerboard(6);
    let list = subject.fit(&data).recommend(UserIdx::new(0), &Request::top(100)).unwrap();
    let mut found: Vec<u32> = list.iter().map(|hit| hit.item.get()).collect();
    found.sort_unstable();
    assert_eq!(found, [0, 1, 2, 3, 4, 5]);
}

/// Candidates and exclusions hold, alone and together, and do not change scores.
pub fn candidates_and_exclusions_hold(subject: &Subject) {
    let data = long_tail(30, 40, 8, 2);
    let model = subject.fit(&data);
    let user = UserIdx::new(3);
    let all = scores(&*model.scorer(user).unwrap(), &data);
    let among = ItemSet::new(items(&[30, 2, 11, 5, 17]), 40).unwrap();
    let without = ItemSet::new(items(&[2, 3, 30]), 40).unwrap();
    let list = model.recommend(user, &Request::top(9).among(&among).excluding(&without)).unwrap();
    let mut found: Vec<u32> = list.iter().map(|hit| hit.item.get()).collect();
    found.sort_unstable();
    assert_eq!(found, [5, 11, 17]);
    for hit in list {
        assert_close(&[hit.score], &[all[hit.item.index()]], 1e-5);
    }
}

/// Lists are in the one order, without repetition, and scores are finite.
pub fn a_list_is_ordered_and_finite(subject: &Subject) {
    let model = subject.fit(&long_tail(30, 50, 6, 3));
    for user in 0..30 {
        let list = model.recommend(UserIdx::new(user), &Request::top(50)).unwrap();
        assert!(list.windows(2).all(|pair| pair[0] < pair[1]), "user {user} is out of order");
        assert!(list.iter().all(|hit| hit.score.is_finite()), "user {user} has a wild score");
    }
}

/// Users and items without events are served finite scores and change nobody else's ranking.
pub fn empty_rows_and_columns_leave_others_alone(subject: &Subject) {
    let board = subject.checkerboard(SIZE);
    let entries = board.users().iter().flat_map(|(user, _)| {
        board.user(user).iter().map(move |(item, value)| (user.get(), item.get(), value))
    });
    let wider = matrix(SIZE + 2, SIZE + 3, entries.collect::<Vec<_>>());
    let model = subject.fit(&wider);
    for user in 0..SIZE + 2 {
        let of_user = scores(&*model.scorer(UserIdx::new(user)).unwrap(), &wider);
        assert!(of_user.iter().all(|score| score.is_finite()), "user {user}");
    }
    if subject.abilities.personal {
        let user = UserIdx::new(4);
        let seen = model.seen(user);
        let mut request = Request::top(1).excluding(&seen);
        // What is known of an item without events may speak for it.
        let board = ItemSet::new((0..SIZE).map(ItemIdx::new).collect(), wider.n_items()).unwrap();
        if subject.abilities.cold_items.is_some() {
            request = request.among(&board);
        }
        let list = model.recommend(user, &request).unwrap();
        assert_is_withheld(subject, user, list[0].item);
    }
}

/// The smallest data there is can be learnt from.
pub fn one_event_is_enough(subject: &Subject) {
    let model = subject.fit(&matrix(1, 1, [(0, 0, 1.0)]));
    let list = model.recommend(UserIdx::new(0), &Request::top(3)).unwrap();
    assert_eq!(list.len(), 1);
}

/// Users and items outside the model give errors that name them.
pub fn positions_outside_the_model_are_named(subject: &Subject) {
    let model = subject.fit(&subject.checkerboard(4));
    let user = UserIdx::new(4);
    let expected = QueryError::UserOutOfRange { user, n_users: 4 };
    assert_eq!(model.scorer(user).map(|_| ()).unwrap_err(), expected);
    assert_eq!(model.score_block(&[user], &mut [0.0; 4]).unwrap_err(), expected);
    let item = ItemIdx::new(4);
    let expected = QueryError::ItemOutOfRange { item, n_items: 4 };
    if let Some(fold_in) = model.as_fold_in() {
        let history = History::new(vec![(ItemIdx::new(0), 1.0), (item, 1.0)]);
        assert_eq!(fold_in.fold_in(&history).map(|_| ()).unwrap_err(), expected);
    }
    if let Some(similar) = model.as_similar_items() {
        assert_eq!(similar.similar_items(item, &Request::top(1)).unwrap_err(), expected);
    }
}

/// Folding in what a user did in training gives that user's ranking.
pub fn a_folded_in_training_row_ranks_like_the_user(subject: &Subject) {
    let data = long_tail(40, 60, 9, 4);
    let model = subject.fit(&data);
    let Some(fold_in) = fold_in(subject, &*model) else { return };
    if subject.abilities.fold_in == Fidelity::Near {
        return folded_in_users_keep_their_colour(subject);
    }
    for user in (0..40).map(UserIdx::new).filter(|&user| data.user(user).positives() > 0) {
        let trained = scores(&*model.scorer(user).unwrap(), &data);
        let folded = fold_in.fold_in(&History::from_row(data.user(user))).unwrap();
        assert_close(&scores(&*folded, &data), &trained, 1e-3);
    }
}

/// What the case above asks of a fold-in that is near but not exact.
fn folded_in_users_keep_their_colour(subject: &Subject) {
    let data = subject.checkerboard(SIZE);
    let model = subject.fit(&data);
    let Some(fold_in) = fold_in(subject, &*model) else { return };
    for user in (0..SIZE).map(UserIdx::new) {
        let scorer = fold_in.fold_in(&History::from_row(data.user(user))).unwrap();
        let seen = model.seen(user);
        let list = scorer.rank(&Request::top(1).excluding(&seen), data.n_items());
        assert_is_withheld(subject, user, list[0].item);
    }
}

/// A history with nothing to learn from is refused.
pub fn a_history_without_likes_is_refused(subject: &Subject) {
    let model = subject.fit(&subject.checkerboard(4));
    for history in [History::default(), History::new(vec![(ItemIdx::new(1), -1.0)])] {
        let Some(fold_in) = fold_in(subject, &*model) else { return };
        let refused = fold_in.fold_in(&history).map(|_| ()).unwrap_err();
        assert_eq!(refused, QueryError::EmptyHistory);
    }
}

/// Base and contributions add up to the score, for trained and folded-in users, however many causes
/// are named.
pub fn an_explanation_adds_up_to_the_score(subject: &Subject) {
    let data = long_tail(30, 40, 8, 5);
    let model = subject.fit(&data);
    let history =
        History::new(vec![(ItemIdx::new(1), 2.0), (ItemIdx::new(9), 1.0), (ItemIdx::new(5), -1.0)]);
    let folded = fold_in(subject, &*model).map(|fold_in| fold_in.fold_in(&history).unwrap());
    let known = (0..30).step_by(7).map(|user| model.scorer(UserIdx::new(user)).unwrap());
    for scorer in known.chain(folded) {
        let all = scores(&*scorer, &data);
        let scale = all.iter().fold(1.0_f32, |most, score| most.max(score.abs()));
        for item in (0..40).step_by(3).map(ItemIdx::new) {
            for limit in [0, 2, usize::MAX] {
                let explanation = scorer.explain(item, limit);
                assert_close(&[explanation.score], &[all[item.index()]], 1e-5);
                let error = (explanation.sum() - f64::from(explanation.score)).abs();
                assert!(error <= 1e-4 * f64::from(scale), "item {}: off by {error}", item.get());
            }
        }
    }
}

/// Dislikes are data like any other.
pub fn dislikes_keep_scores_finite(subject: &Subject) {
    let data = matrix(3, 4, [(0, 0, 1.0), (0, 1, -5.0), (1, 1, -1.0), (2, 0, 2.0), (2, 2, 1.0)]);
    let model = subject.fit(&data);
    for user in 0..3 {
        let of_user = scores(&*model.scorer(UserIdx::new(user)).unwrap(), &data);
        assert!(of_user.iter().all(|score| score.is_finite()), "user {user}: {of_user:?}");
    }
}

/// Data in which nobody likes anything trains nothing.
pub fn data_without_likes_is_refused(subject: &Subject) {
    for data in [matrix(0, 0, []), matrix(2, 2, []), matrix(2, 2, [(0, 0, -1.0)])] {
        let refused =
            subject.estimator().fit_erased(&dataset(&data), &FitContext::default()).map(|_| ());
        assert_eq!(refused.unwrap_err(), FitError::NoPositives);
    }
}

/// A model read back has the same bytes, the same ids and the same scores.
pub fn a_decoded_model_scores_the_same(subject: &Subject) {
    let data = long_tail(20, 30, 6, 6);
    let model = subject.fit(&data);
    let bytes = encode_model(&*model).unwrap();
    let again = decode_model(&bytes).unwrap();
    assert_eq!(again.kind(), model.kind());
    assert!(again.interactions().items().iter().eq(data.items().iter()));
    assert!(again.interactions().users().iter().eq(data.users().iter()));
    for user in (0..20).map(UserIdx::new) {
        let before = scores(&*model.scorer(user).unwrap(), &data);
        assert_eq!(scores(&*again.scorer(user).unwrap(), &data), before);
    }
    assert!(encode_model(&*again).unwrap() == bytes, "the bytes change on a round trip");
}

/// An item that was not there in training scores what an item of the same description scores; in a
/// blend, where the twin's events count as well, it is at least to the taste of the history.
pub fn an_unseen_item_scores_like_its_twin(subject: &Subject) {
    let data = long_tail(20, 30, 6, 11);
    let model = subject.fit(&data);
    let Some(cold) = model.as_cold_items() else {
        assert!(subject.abilities.cold_items.is_none(), "the ability is declared but missing");
        return;
    };
    assert!(subject.abilities.cold_items.is_some(), "the ability is there but not declared");
    if subject.abilities.cold_items == Some(Fidelity::Near) {
        return unseen_items_of_the_colour_come_first(subject);
    }
    let history = History::new(vec![(ItemIdx::new(1), 2.0), (ItemIdx::new(9), 1.0)]);
    let found = cold.score_features(&history, &features(30)).unwrap();
    let folded = model.as_fold_in().unwrap().fold_in(&history).unwrap();
    assert_close(&found, &scores(&*folded, &data), 1e-4);
    assert!(cold.score_features(&history, &[]).unwrap().is_empty());
    assert!(cold.score_features(&History::default(), &features(1)).is_err());
}

/// What the case above asks of a blend.
fn unseen_items_of_the_colour_come_first(subject: &Subject) {
    let model = subject.fit(&subject.checkerboard(SIZE));
    let cold = model.as_cold_items().unwrap();
    let history = History::new((0..6).map(|at| (ItemIdx::new(2 * at), 1.0)).collect());
    let found = cold.score_features(&history, &features(4)).unwrap();
    let of_colour = found[0].min(found[2]);
    assert!(of_colour > found[1].max(found[3]), "{found:?}");
    assert!(cold.score_features(&history, &[]).unwrap().is_empty());
    assert!(cold.score_features(&History::default(), &features(1)).is_err());
}

/// Bytes that were tampered with, checksum included, are refused or give a model that answers: they
/// never panic.
pub fn a_damaged_file_never_panics(subject: &Subject) {
    let data = long_tail(8, 10, 3, 7);
    let whole = encode_model(&*subject.fit(&data)).unwrap();
    let mut random = rng::stream(8, 0);
    for round in 0..400 {
        let mut hostile = whole.clone();
        for _ in 0..=round % 3 {
            let at = random.random_range(0..hostile.len());
            hostile[at] = random.random();
        }
        reseal(&mut hostile);
        if let Ok(model) = decode_model(&hostile) {
            ask_everything(&*model);
        }
    }
}

/// Item vectors give the scores as inner products.
pub fn item_vectors_reproduce_scores(subject: &Subject) {
    let data = long_tail(20, 30, 6, 9);
    let model = subject.fit(&data);
    let Some(vectors) = model.as_item_vectors() else {
        assert!(!subject.abilities.item_vectors, "the ability is declared but missing");
        return;
    };
    assert!(subject.abilities.item_vectors, "the ability is there but not declared");
    let history = History::from_row(data.user(UserIdx::new(2)));
    let query = vectors.query_vector(&history).unwrap();
    assert_eq!(query.len(), vectors.dimensions());
    let folded = model.as_fold_in().unwrap().fold_in(&history).unwrap();
    let product = |item: u32| {
        let vector = vectors.item_vector(ItemIdx::new(item)).unwrap();
        vector.iter().zip(&query).map(|(left, right)| left * right).sum::<f32>()
    };
    assert_close(&(0..30).map(product).collect::<Vec<_>>(), &scores(&*folded, &data), 1e-4);
    assert!(vectors.item_vector(ItemIdx::new(30)).is_none());
}

/// One, two and eight threads give the same bytes, run after run.
pub fn the_same_data_gives_the_same_bytes_whatever_the_threads(subject: &Subject) {
    let data = long_tail(300, 200, 20, 10);
    let fit_on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| encode_model(&*subject.fit(&data)).unwrap())
    };
    let bytes = fit_on(1);
    for threads in [1, 2, 8] {
        assert!(fit_on(threads) == bytes, "{threads} threads give other bytes");
    }
}

/// A fit that is told to stop returns [`FitError::Cancelled`], at the start and in the middle.
pub fn stopping_is_heard(subject: &Subject) {
    let data = dataset(&subject.checkerboard(SIZE));
    for patience in [0, 1] {
        let asked = AtomicUsize::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) >= patience;
        let context = FitContext::default().with_cancel(&stop);
        let stopped = subject.estimator().fit_erased(&data, &context).map(|_| ());
        match stopped {
            Err(error) => assert_eq!(error, FitError::Cancelled),
            // A fit of one step may be over before it is asked a second time.
            Ok(()) => assert!(patience > 0 && asked.load(Ordering::Relaxed) <= patience),
        }
    }
}

/// Progress never falls and ends at the whole.
pub fn progress_rises_to_one(subject: &Subject) {
    let reports = Mutex::new(Vec::new());
    let note = |progress: crate::fit::Progress| reports.lock().unwrap().push(progress.fraction);
    let context = FitContext::default().with_progress(&note);
    subject.estimator().fit_erased(&dataset(&subject.checkerboard(SIZE)), &context).unwrap();
    let reports = reports.into_inner().unwrap();
    assert!(reports.windows(2).all(|pair| pair[0] <= pair[1]), "{reports:?}");
    let last = reports.last().copied().unwrap_or_default();
    assert!((last - 1.0).abs() < 1e-6, "the last report is {last}");
}

/// Returns the ability to fold in, which is there if and only if it is declared.
fn fold_in<'a>(subject: &Subject, model: &'a dyn Model) -> Option<&'a dyn FoldIn> {
    let found = model.as_fold_in();
    let declared = subject.abilities.fold_in != Fidelity::Absent;
    assert_eq!(found.is_some(), declared, "the ability to fold in is not as declared");
    found
}

/// Passes when `item` is of the user's colour. Without ratings it is also the only one withheld.
fn assert_is_withheld(subject: &Subject, user: UserIdx, item: ItemIdx) {
    let (user, item) = (user.get(), item.get());
    if subject.abilities.ratings {
        assert_eq!(item % 2, user % 2, "user {user} gets item {item}");
    } else {
        assert_eq!(item, user, "user {user}");
    }
}

fn scores(scorer: &dyn Scorer, data: &Interactions) -> Vec<f32> {
    let mut scores = vec![0.0; data.n_items()];
    scorer.score_into(Candidates::All, &mut scores);
    scores
}

/// Compares to `tolerance` of the largest magnitude.
fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1e-3_f32, |most, value| most.max(value.abs()));
    for (at, (left, right)) in found.iter().zip(expected).enumerate() {
        assert!((left - right).abs() <= tolerance * scale, "at {at}: {left} is not {right}");
    }
}

/// Compares lists whose near-ties may stand in another order.
fn assert_same_ranking(found: &[ScoredItem], expected: &[ScoredItem], tolerance: f32) {
    let scores = |list: &[ScoredItem]| list.iter().map(|hit| hit.score).collect::<Vec<_>>();
    assert_close(&scores(found), &scores(expected), tolerance);
}
