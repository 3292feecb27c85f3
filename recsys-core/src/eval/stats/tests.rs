//! Intervals and tests against scipy's figures, exhaustive enumeration and laws.

use proptest::prelude::*;

use super::bootstrap::quantile;
use super::special::{normal_tail, student_two_sided};
use super::*;

/// Differences of twelve users, one of them zero.
const DIFFERENCES: [f64; 12] =
    [0.3, -0.1, 0.25, 0.4, -0.05, 0.0, 0.12, 0.33, -0.2, 0.08, 0.15, 0.21];

fn near(left: f64, right: f64, relative: f64) -> bool {
    (left - right).abs() <= relative * right.abs()
}

#[test]
fn tails_agree_with_scipy() {
    let student = [
        ((2.5, 7.0), 0.040_992_218_585_752_89),
        ((0.3, 29_857.0), 0.764_179_244_131_591),
        ((12.0, 3.0), 0.001_245_015_800_789_336_2),
        ((1.0, 1.0), 0.5),
        ((8.0, 500.0), 8.729_662_793_880_161e-15),
    ];
    for ((t, freedom), expected) in student {
        assert!(near(student_two_sided(t, freedom), expected, 1e-10), "{t} {freedom}");
        assert!(near(student_two_sided(-t, freedom), expected, 1e-10), "two-sided");
    }
    let normal = [
        (0.0, 0.5),
        (0.5, 0.308_537_538_725_986_9),
        (1.0, 0.158_655_253_931_457_07),
        (1.96, 0.024_997_895_148_220_435),
        (3.0, 0.001_349_898_031_630_093_3),
        (6.0, 9.865_876_450_376_946e-10),
        (10.0, 7.619_853_024_160_47e-24),
    ];
    for (z, expected) in normal {
        assert!(near(normal_tail(z), expected, 1e-11), "{z}: {}", normal_tail(z));
    }
}

#[test]
fn the_t_test_agrees_with_scipy() {
    let test = paired_t_test(&DIFFERENCES).unwrap();
    assert!(near(test.t, 2.325_571_452_829_779, 1e-12), "{test:?}");
    assert!(near(test.p, 0.040_181_456_115_547_95, 1e-10), "{test:?}");
    assert!(paired_t_test(&[1.0]).is_none() && paired_t_test(&[0.1, 0.1, 0.1]).is_none());
}

#[test]
fn signed_ranks_agree_with_scipy_also_with_ties() {
    assert!(near(wilcoxon_signed_rank(&DIFFERENCES), 0.040_859_843_712_806_29, 1e-9));
    let ties = [1.0, 1.0, -1.0, 2.0, 2.0, 3.0, -2.0, 4.0, 5.0, -1.0, 1.0, 2.0];
    assert!(near(wilcoxon_signed_rank(&ties), 0.042_983_193_401_932_42, 1e-9));
    assert!(near(wilcoxon_signed_rank(&[0.0, 0.0]), 1.0, 0.0));
}

#[test]
fn permutations_come_near_the_share_of_all_signs() {
    let observed: f64 = DIFFERENCES.iter().sum();
    let as_large = (0..1_u32 << DIFFERENCES.len()).filter(|signs| {
        let signed = DIFFERENCES.iter().enumerate();
        let sum: f64 = signed.map(|(at, d)| if signs >> at & 1 == 1 { -d } else { *d }).sum();
        sum.abs() >= observed.abs() - 1e-12
    });
    let exact = as_large.count() as f64 / f64::from(1_u32 << DIFFERENCES.len());
    let found = permutation_test(&DIFFERENCES, 20_000, 42);
    assert!((found - exact).abs() < 0.005, "{found} for {exact}");
}

#[test]
fn without_differences_nothing_is_found() {
    assert!(near(permutation_test(&[0.0; 5], 1000, 1), 1.0, 0.0));
    assert!(near(permutation_test(&[], 1000, 1), 1.0, 0.0));
}

#[test]
fn holm_steps_down() {
    let corrected = holm(&[0.01, 0.04, 0.03, 0.9]);
    let expected = [0.04, 0.09, 0.09, 0.9];
    assert!(corrected.iter().zip(expected).all(|(found, expected)| near(*found, expected, 1e-12)));
    assert!(holm(&[]).is_empty());
}

#[test]
fn the_interval_of_a_mean_is_that_of_the_normal_approximation() {
    let values: Vec<f64> = (0..2000).map(|at| f64::from(at * 7919 % 2000) / 2000.0).collect();
    let sample = Sample::of_values(&values);
    let settings = Bootstrap { resamples: 10_000, ..Bootstrap::default() };
    let interval = bootstrap(&[&sample], &settings).unwrap()[0].unwrap();
    // The standard error of a uniform mean.
    let error = (1.0 / 12.0_f64 / 2000.0).sqrt();
    let mean = sample.mean().unwrap();
    assert!((interval.low - (mean - 1.96 * error)).abs() < 0.1 * error * 1.96, "{interval:?}");
    assert!((interval.high - (mean + 1.96 * error)).abs() < 0.1 * error * 1.96, "{interval:?}");
}

#[test]
fn the_interval_covers_the_truth_as_often_as_it_says() {
    let settings = Bootstrap { resamples: 200, confidence: 0.9, seed: 1 };
    let mut covered = 0;
    for trial in 0..200_u64 {
        use rand::RngExt as _;
        let mut random = crate::rng::stream(7, trial);
        let values: Vec<f64> = (0..60).map(|_| random.random::<f64>()).collect();
        let interval = bootstrap(&[&Sample::of_values(&values)], &settings).unwrap()[0].unwrap();
        covered += usize::from(interval.low <= 0.5 && 0.5 <= interval.high);
    }
    assert!((165..=195).contains(&covered), "{covered} of 200, where 180 are expected");
}

#[test]
fn a_root_of_a_weighted_mean_keeps_its_meaning() {
    let mut sample = Sample::root_means(3);
    sample.add(0, 8.0, 2.0);
    sample.add(2, 1.0, 1.0);
    assert!(near(sample.mean().unwrap(), 3_f64.sqrt(), 1e-12));
    assert!(near(sample.mean_of(|user| user == 0).unwrap(), 2.0, 1e-12));
    assert!(sample.mean_of(|user| user == 1).is_none());
    assert_eq!(sample.users(), 2);
    let interval = bootstrap(&[&sample], &Bootstrap::default()).unwrap()[0].unwrap();
    assert!(near(interval.low, 1.0, 1e-12) && near(interval.high, 2.0, 1e-12), "{interval:?}");
    assert!(bootstrap(&[&Sample::means(3)], &Bootstrap::default()).unwrap()[0].is_none());
}

#[test]
fn quantiles_lie_between_neighbours() {
    let values = [1.0, 2.0, 4.0, 8.0];
    assert!(near(quantile(&values, 0.5).unwrap(), 3.0, 1e-12));
    assert!(near(quantile(&values, 1.0).unwrap(), 8.0, 0.0));
    assert!(quantile(&[], 0.5).is_none());
}

#[test]
fn settings_out_of_range_are_named() {
    let refused = |settings| bootstrap(&[], &settings).unwrap_err().to_string();
    let few = Bootstrap { resamples: 10, ..Bootstrap::default() };
    assert!(refused(few).starts_with("bootstrap.resamples"));
    let sure = Bootstrap { confidence: 1.0, ..Bootstrap::default() };
    assert!(refused(sure).starts_with("bootstrap.confidence"));
}

proptest! {
    #[test]
    fn an_interval_is_about_its_figure(values in prop::collection::vec(-5.0..5.0_f64, 5..40)) {
        let sample = Sample::of_values(&values);
        let interval = bootstrap(&[&sample], &Bootstrap::default()).unwrap()[0].unwrap();
        let (low, high) = values.iter().fold((5.0_f64, -5.0_f64), |(low, high), &v| (low.min(v), high.max(v)));
        prop_assert!(low - 1e-9 <= interval.low && interval.high <= high + 1e-9);
        prop_assert!(interval.low <= sample.mean().unwrap() + 1e-9);
        prop_assert!(interval.high >= sample.mean().unwrap() - 1e-9);
    }

    #[test]
    fn chances_are_chances_and_do_not_depend_on_the_side(values in prop::collection::vec(-5.0..5.0_f64, 2..40)) {
        let other: Vec<f64> = values.iter().map(|value| -value).collect();
        let chance = permutation_test(&values, 200, 3);
        prop_assert!(chance > 0.0 && chance <= 1.0);
        prop_assert!((chance - permutation_test(&other, 200, 3)).abs() < 1e-12);
        prop_assert!((wilcoxon_signed_rank(&values) - wilcoxon_signed_rank(&other)).abs() < 1e-9);
    }

    #[test]
    fn corrected_chances_keep_their_order_and_are_never_smaller(chances in prop::collection::vec(0.0..1.0_f64, 0..9)) {
        let corrected = holm(&chances);
        for (left, &before) in chances.iter().enumerate() {
            prop_assert!(corrected[left] >= before && corrected[left] <= 1.0);
            for right in 0..chances.len() {
                prop_assert!(chances[left] > chances[right] || corrected[left] <= corrected[right]);
            }
        }
    }

    #[test]
    fn merged_samples_are_the_sample_of_everything(values in prop::collection::vec((0..4_usize, -1.0..1.0_f64, 0.5..2.0_f64), 1..30)) {
        let (mut whole, mut left, mut right) = (Sample::means(4), Sample::means(4), Sample::means(4));
        for (at, &(user, value, weight)) in values.iter().enumerate() {
            whole.add(user, value, weight);
            if at % 2 == 0 { left.add(user, value, weight) } else { right.add(user, value, weight) }
        }
        left.merge(&right);
        prop_assert!((whole.mean().unwrap() - left.mean().unwrap()).abs() < 1e-9);
        prop_assert!(whole.differences(&left).iter().all(|difference| difference.abs() < 1e-9));
    }
}
