//! Laws of the search on figures that are known by construction.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn als() -> AlgorithmConfig {
    AlgorithmConfig::named("als").unwrap()
}

fn config(trials: u32, rungs: u32) -> SearchConfig {
    SearchConfig::default()
        .with("factors", Range::LogInteger { from: 4, to: 256 })
        .with("regularization", Range::Log { from: 1e-4, to: 1.0 })
        .with_budget(trials, rungs)
}

fn search(config: SearchConfig) -> Search {
    Search::new(als(), config, true).unwrap()
}

/// Best at the candidate whose penalty is nearest to 0.01.
fn near_one_percent(trial: &Trial) -> f64 {
    let penalty = trial.settings.get("regularization").and_then(Value::as_f64).unwrap_or(10.0);
    -(penalty.ln() - 0.01_f64.ln()).abs()
}

fn run(search: &Search, state: &mut SearchState) {
    search.run(state, |trial| (Ok(near_one_percent(trial)), 1.0), |_| {}).unwrap();
}

#[test]
fn the_best_of_all_candidates_reaches_the_top() {
    let search = search(config(27, 3));
    let mut state = search.start();
    run(&search, &mut state);
    assert_eq!((state.trials.len(), search.trials()), (27 + 10 + 4, 41));
    let best = search.best(&state).unwrap();
    assert_eq!(best.rung, 2);
    let first = state.trials.iter().take(27).map(near_one_percent).fold(f64::MIN, f64::max);
    assert!((near_one_percent(best) - first).abs() < 1e-12);
    assert!(search.next(&state).is_none());
}

#[test]
fn rungs_have_a_third_of_the_candidates_and_three_times_as_much() {
    let search = search(config(10, 3));
    let mut state = search.start();
    run(&search, &mut state);
    let of_rung = |rung| state.trials.iter().filter(move |trial| trial.rung == rung);
    assert_eq!([0, 1, 2].map(|rung| of_rung(rung).count()), [9 + 1, 3 + 1, 1 + 1]);
    let shares = [0, 1, 2].map(|rung| of_rung(rung).next().unwrap().share);
    assert!(shares.iter().zip([1.0 / 9.0, 1.0 / 3.0, 1.0]).all(|(l, r)| (l - r).abs() < 1e-12));
}

#[test]
fn what_it_starts_from_is_tried_with_the_whole_and_wins_when_it_is_best() {
    let search = search(config(10, 3));
    let mut state = search.start();
    // Bad with little, best with all.
    let figure = |trial: &Trial| match (trial.candidate, trial.rung) {
        (0, 2) => 1.0,
        (0, _) => -100.0,
        _ => near_one_percent(trial),
    };
    search.run(&mut state, |trial| (Ok(figure(trial)), 0.0), |_| {}).unwrap();
    assert_eq!(search.best(&state).unwrap().candidate, 0);
}

#[test]
fn the_first_candidate_is_what_the_search_starts_from() {
    let search = search(config(5, 1));
    let trial = search.next(&search.start()).unwrap();
    assert_eq!(search.settings_of(&trial, true).unwrap(), als());
}

#[test]
fn a_failed_trial_does_not_go_on_and_cancelling_does_not_count() {
    let search = search(config(3, 2));
    let mut state = search.start();
    let mut calls = 0;
    let outcome = search.run(
        &mut state,
        |trial| {
            calls += 1;
            let figure = match trial.candidate {
                _ if calls > 3 => Err(EvalError::Cancelled),
                1 => Ok(1.0),
                2 => Ok(f64::NAN),
                _ => Err(EvalError::Fit(crate::fit::FitError::NoPositives)),
            };
            (figure, 0.0)
        },
        |_| {},
    );
    assert_eq!(outcome, Err(EvalError::Cancelled));
    assert_eq!(state.trials.len(), 3);
    assert_eq!(search.next(&state).unwrap().candidate, 1);
    assert_eq!(search.best(&state).unwrap().candidate, 1);
    assert!(state.trials[0].failure.as_deref().unwrap().contains("training failed"));
}

#[test]
fn sweeps_are_scaled_when_they_are_the_resource() {
    let config = SearchConfig::default()
        .with("regularization", Range::Log { from: 1e-4, to: 1.0 })
        .with_budget(9, 3)
        .with_resource(Resource::Epochs { setting: "epochs".to_owned() });
    let search = search(config);
    let trial = search.next(&search.start()).unwrap();
    let epochs = |whole| {
        serde_json::to_value(search.settings_of(&trial, whole).unwrap()).unwrap()["epochs"].clone()
    };
    assert_eq!((epochs(false), epochs(true)), (json!(1), json!(8)));
}

#[test]
fn a_space_without_more_points_gives_fewer_trials() {
    let config = SearchConfig::default()
        .with("neighbors", Range::Choices(vec![json!(10), json!(20), json!(null)]))
        .with_budget(100, 1);
    let item_knn = AlgorithmConfig::named("item_knn").unwrap();
    assert_eq!(Search::new(item_knn, config, true).unwrap().trials(), 4);
}

#[test]
fn paths_reach_into_lists_and_wrong_ones_are_refused() {
    let hybrid = AlgorithmConfig::named("hybrid").unwrap();
    let over =
        |path: &str, range: Range| SearchConfig::default().with(path, range).with_budget(4, 1);
    let weight = over("members.0.weight", Range::Linear { from: 0.5, to: 2.0 });
    assert!(Search::new(hybrid.clone(), weight, true).is_ok());
    let refused =
        |path: &str, range| Search::new(hybrid.clone(), over(path, range), true).unwrap_err();
    let range = || Range::Linear { from: 0.5, to: 2.0 };
    assert!(refused("members.7.weight", range()).to_string().contains("members.7.weight"));
    assert!(refused("astrology", range()).to_string().contains("astrology"));
    let negative = refused("members.0.weight", Range::Linear { from: -2.0, to: -1.0 });
    assert!(negative.to_string().contains("hybrid.members.weight"), "{negative}");
    assert!(
        refused("half_trust", Range::Log { from: 0.0, to: 1.0 }).to_string().contains("half_trust")
    );
}

#[test]
fn seeds_are_set_wherever_there_are_some() {
    let hybrid = AlgorithmConfig::named("hybrid").unwrap();
    let written = serde_json::to_string(&seeded(&hybrid, 7).unwrap()).unwrap();
    assert!(written.contains("\"seed\":7") && !written.contains("\"seed\":42"), "{written}");
}

proptest! {
    #[test]
    fn an_interrupted_search_goes_on_as_if_it_had_not_been(stop in 0..24_usize, seed in 0..4_u64) {
        let search = search(SearchConfig { seed, ..config(12, 3) });
        let (mut whole, mut part) = (search.start(), search.start());
        run(&search, &mut whole);
        let mut calls = 0;
        let stopped = search.run(&mut part, |trial| {
            calls += 1;
            (if calls > stop { Err(EvalError::Cancelled) } else { Ok(near_one_percent(trial)) }, 1.0)
        }, |_| {});
        prop_assert_eq!(stopped.is_err(), stop < search.trials());
        let mut kept: SearchState = serde_json::from_str(&serde_json::to_string(&part).unwrap()).unwrap();
        prop_assert!(search.is_of(&kept));
        run(&search, &mut kept);
        prop_assert_eq!(kept, whole);
    }

    #[test]
    fn values_lie_in_their_range(seed in 0..20_u64) {
        let config = SearchConfig { seed, ..config(30, 1) };
        for settings in space::candidates(&config).iter().skip(1) {
            let factors = settings["factors"].as_u64().unwrap();
            let penalty = settings["regularization"].as_f64().unwrap();
            prop_assert!((4..=256).contains(&factors) && (1e-4..=1.0).contains(&penalty));
        }
    }
}
