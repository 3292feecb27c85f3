//! What a protocol does, from its text to its figures.

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::*;
use crate::eval::report::EvaluationReport;
use crate::eval::search::SearchState;
use crate::eval::{Split, generated};
use crate::model::ModelKind;

fn protocol(changes: Value) -> Protocol {
    let mut written = json!({
        "data": {"format": "generated", "users": 60, "items": 40, "events_per_user": 14},
        "algorithms": ["item_knn"],
        "metrics": ["ndcg@5", "recall@5", "coverage@5"],
        "bootstrap": {"resamples": 100},
        "permutations": 100,
    });
    let Value::Object(changes) = changes else { panic!("changes are a table") };
    changes.into_iter().for_each(|(name, value)| written[name] = value);
    serde_json::from_value(written).unwrap()
}

fn inputs() -> Inputs {
    let (log, features) = generated(60, 40, 14, 42);
    Inputs::new(log).with_features(features)
}

fn run(protocol: &Protocol) -> EvaluationReport {
    evaluate(&inputs(), protocol, &Hooks::default()).unwrap()
}

fn value(report: &EvaluationReport, system: usize, metric: &str) -> f64 {
    report.systems[system].figure(metric.parse().unwrap()).unwrap().value.unwrap()
}

#[test]
fn popularity_takes_part_uncalled_and_personal_lists_beat_it() {
    let report = run(&protocol(json!({})));
    let names: Vec<&str> = report.systems.iter().map(|system| system.name.as_str()).collect();
    assert_eq!(names, ["item_knn", "popularity"]);
    assert!(value(&report, 0, "ndcg@5") > value(&report, 1, "ndcg@5"));
    assert!(report.comparisons[0].difference > 0.0 && report.comparisons[0].p < 0.05);
    let interval = report.systems[0].figures[0].interval.unwrap();
    assert!(
        interval.low < value(&report, 0, "ndcg@5") && value(&report, 0, "ndcg@5") < interval.high
    );
    assert!(report.systems[0].figures[2].interval.is_none(), "coverage is of all lists together");
}

#[test]
fn figures_do_not_depend_on_the_number_of_threads() {
    let protocol =
        protocol(json!({"slices": {"cold_user_reveals": [0, 2], "cold_item_share": 0.2}}));
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&protocol))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn the_parts_of_a_given_split_are_what_is_measured() {
    let split = SplitConfig::default().split(&generated(60, 40, 14, 42).0).unwrap().remove(0);
    let cut_here = run(&protocol(json!({})));
    let given = Inputs::given(Split::given(&split.train, &split.test).unwrap());
    let report =
        evaluate(&given, &protocol(json!({"split": {"method": "given"}})), &Hooks::default());
    assert_eq!(report.unwrap().systems[0].figures, cut_here.systems[0].figures);
    let missing =
        evaluate(&inputs(), &protocol(json!({"split": {"method": "given"}})), &Hooks::default());
    assert!(missing.unwrap_err().to_string().contains("no test part"));
}

#[test]
fn folds_of_users_measure_everybody_by_folding_in() {
    let report =
        run(&protocol(json!({"split": {"method": {"user_folds": {"folds": 3, "revealed": 0.7}}}})));
    assert_eq!(report.data.splits.len(), 3);
    let measured: usize = report.data.splits.iter().map(|split| split.users).sum();
    assert_eq!(report.systems[0].figures[0].users, measured, "each user once");
    assert_eq!(report.systems[0].runs, 3);
    assert!(report.systems[0].failure.is_none());
}

#[test]
fn likes_are_what_is_rated_highly_enough() {
    let all = run(&protocol(json!({})));
    let likes = run(&protocol(json!({"feedback": {"likes": {"from": 4.0}}})));
    assert!(likes.data.events < all.data.events);
}

#[test]
fn models_that_predict_no_ratings_have_no_such_figure() {
    let report = run(&protocol(
        json!({"metrics": ["rmse", "ndcg@5"], "feedback": {"ratings": {"relevant_from": 4.0}}}),
    ));
    assert_eq!(report.systems[0].figures[0].value, None);
    assert!(report.systems[0].figures[1].value.is_some());
    assert_eq!(report.systems[0].name, "item_knn");
}

#[test]
fn every_seed_is_a_run_of_an_algorithm_that_has_one() {
    let als = json!({"settings": {"algorithm": "als", "factors": 4, "epochs": 2}});
    let report = run(&protocol(json!({"algorithms": ["item_knn", als], "seeds": [1, 2, 3]})));
    let runs: Vec<u32> = report.systems.iter().map(|system| system.runs).collect();
    assert_eq!(runs, [1, 3, 1]);
}

#[test]
fn slices_cover_warm_and_cold_users_and_items() {
    let report = run(&protocol(json!({
        "algorithms": ["item_knn", "hybrid"],
        "slices": {"degree_groups": 4, "cold_user_reveals": [0, 1, 3], "cold_user_share": 0.3, "cold_item_share": 0.2},
    })));
    let system = &report.systems[0];
    assert!((2..=4).contains(&system.by_user_degree.len()) && !system.by_item_degree.is_empty());
    let served: Vec<f64> = system.cold_users.iter().map(|figure| figure.served).collect();
    assert!(served[0] == 0.0 && served[2] > 0.9, "{served:?}");
    assert!(system.cold_users[2].value > system.cold_users[0].value);
    let popularity = &report.systems[2].cold_users[0];
    assert!(popularity.served > 0.9 && popularity.value > 0.0, "the popular serve strangers");
    let among = &system.cold_items[0];
    assert_eq!((among.case.as_str(), among.served, among.value), ("among cold items", 0.0, 0.0));
}

#[derive(Default)]
struct Kept(RefCell<Vec<SearchState>>);

impl SearchKeeper for Kept {
    fn restore(&self, _: &str) -> Option<SearchState> {
        self.0.borrow().last().cloned()
    }

    fn keep(&self, _: &str, state: &SearchState) {
        self.0.borrow_mut().push(state.clone());
    }
}

fn searching() -> Protocol {
    protocol(json!({"algorithms": [{
        "name": "tuned", "settings": {"algorithm": "item_knn"},
        "search": {"space": {"shrinkage": {"linear": {"from": 0.0, "to": 50.0}}}, "trials": 6, "rungs": 2},
    }]}))
}

#[test]
fn a_search_looks_at_training_data_only_and_its_best_settings_take_part() {
    let report = run(&searching());
    let search = report.systems[0].search.as_ref().unwrap();
    assert_eq!(search.trials.len(), 6 + 3);
    assert!(search.trials.iter().all(|trial| trial.figure.is_some()));
    assert!(search.interval.is_some());
    // The test part is not looked at: without it the search finds the same.
    let log = generated(60, 40, 14, 42).0;
    let split = SplitConfig::default().split(&log).unwrap().remove(0);
    let half = split.test.filtered(|at, _| at % 2 == 0);
    let given =
        Split::from_parts(&split.train, &vec![crate::eval::split::Part::Train; split.train.len()]);
    let inputs = Inputs::given(Split { test: half, ..given });
    let again =
        Protocol { split: SplitConfig::new(crate::eval::SplitMethod::Given), ..searching() };
    let again = evaluate(&inputs, &again, &Hooks::default()).unwrap();
    let figures = |report: &EvaluationReport| -> Vec<Option<f64>> {
        report.systems[0].search.as_ref().unwrap().trials.iter().map(|trial| trial.figure).collect()
    };
    assert_eq!(figures(&report), figures(&again));
}

#[test]
fn a_cancelled_evaluation_goes_on_with_the_trials_that_were_kept() {
    let kept = Kept::default();
    let asked = AtomicUsize::new(0);
    let soon = || asked.fetch_add(1, Ordering::Relaxed) > 20;
    let hooks = Hooks::default().with_keeper(&kept).with_cancel(&soon);
    assert!(matches!(evaluate(&inputs(), &searching(), &hooks), Err(EvalError::Cancelled)));
    let before = kept.0.borrow().len();
    assert!(before > 0, "some trials were kept");
    let hooks = Hooks::default().with_keeper(&kept);
    let report = evaluate(&inputs(), &searching(), &hooks).unwrap();
    assert_eq!(report, run(&searching()));
    assert_eq!(kept.0.borrow().len(), 9, "no trial was run twice");
}

#[test]
fn progress_never_falls_and_ends_at_one() {
    let last = std::sync::Mutex::new(0.0_f64);
    let show = |progress: &EvaluationProgress| {
        let mut last = last.lock().unwrap();
        assert!(progress.fraction >= *last - 1e-9, "{progress:?} after {last}");
        *last = progress.fraction;
    };
    evaluate(&inputs(), &searching(), &Hooks::default().with_progress(&show)).unwrap();
    assert!(*last.lock().unwrap() >= 1.0);
}

#[test]
fn an_algorithm_that_fails_does_so_alone() {
    let unlikely = json!({"name": "nothing found", "settings": {"algorithm": "item_knn"}, "search": {
        "space": {"shrinkage": {"linear": {"from": 0.0, "to": 1.0}}}, "metric": "novelty@5",
    }});
    let report = run(&protocol(json!({"algorithms": [unlikely, "popularity"]})));
    assert!(report.systems[0].failure.as_deref().unwrap().contains("nothing to search for"));
    assert!(report.systems[1].failure.is_none());
}

#[test]
fn mistakes_in_a_protocol_are_named() {
    let read = |algorithms: Value| {
        let written =
            json!({"data": {"format": "movielens", "path": "x"}, "algorithms": algorithms});
        serde_json::from_value::<Protocol>(written).map_err(|error| error.to_string())
    };
    let refused = |algorithms: Value| read(algorithms).unwrap_err();
    assert!(refused(json!(["astrology"])).contains("known are"));
    assert!(refused(json!([{"settings": {"algorithm": "als", "factor": 3}}])).contains("factor"));
    assert!(refused(json!([{"settings": {"algorithm": "als"}, "serch": {}}])).contains("serch"));
    let search = json!([{"settings": {"algorithm": "als"}, "search": {"trails": 3}}]);
    assert!(refused(search).contains("trails"));
    let twice = read(json!(["als", "als"])).unwrap().check().unwrap_err().to_string();
    assert!(twice.contains("two algorithms are called \"als\""), "{twice}");
    let empty = read(json!([])).unwrap().check().unwrap_err().to_string();
    assert!(empty.contains("no algorithm"), "{empty}");
}

#[test]
fn a_protocol_is_the_same_after_writing_and_reading() {
    let protocol = searching();
    let written = serde_json::to_string(&protocol).unwrap();
    assert_eq!(serde_json::from_str::<Protocol>(&written).unwrap(), protocol);
    assert_eq!(protocol.algorithms[0].settings.kind(), ModelKind::ItemKnn);
}
