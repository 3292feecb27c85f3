//! Hits are those of an obvious scan, whatever the vectors, the filter and the way they are found.

use proptest::prelude::*;

use super::*;
use crate::linalg::dot;

/// Rows, a query, rows that are allowed, and how many are wanted.
#[derive(Clone, Debug)]
struct Case {
    values: Vec<f32>,
    dimension: usize,
    query: Vec<f32>,
    allowed: RowSet,
    k: usize,
}

fn case(number: fn() -> BoxedStrategy<f32>) -> impl Strategy<Value = Case> {
    let shape = (1_usize..=40, 0_usize..300, 0_usize..20, 0.0..=1.0_f64);
    shape.prop_flat_map(move |(dimension, rows, k, share)| {
        (
            prop::collection::vec(number(), rows * dimension),
            prop::collection::vec(number(), dimension),
            prop::collection::vec(prop::bool::weighted(share), rows),
        )
            .prop_map(move |(values, query, passes)| {
                let mut allowed = RowSet::none(rows);
                for (row, _) in (0..).zip(passes).filter(|(_, passes)| *passes) {
                    allowed.insert(ItemIdx::new(row));
                }
                Case { values, dimension, query, allowed, k }
            })
    })
}

/// Numbers of few values: equal scores, equal rows and rows of zeros are common.
fn few() -> BoxedStrategy<f32> {
    (-2..3_i8).prop_map(f32::from).boxed()
}

/// Numbers like those of embeddings.
fn usual() -> BoxedStrategy<f32> {
    (-1.0..1.0_f32).boxed()
}

/// Numbers of very different sizes, those included whose squares are no `f32`.
fn uneven() -> BoxedStrategy<f32> {
    let exponent = prop_oneof![-149..62_i32, Just(61), Just(-149), Just(0)];
    (exponent, -1.0..1.0_f32).prop_map(|(exponent, value)| value * 2_f32.powi(exponent)).boxed()
}

/// Scores every row and sorts.
fn scan(case: &Case, metric: Metric, allowed: Option<&RowSet>) -> Vec<ScoredItem> {
    let prepared = |vector: &[f32]| prepare(vector, metric).unwrap();
    let query = prepared(&case.query);
    let rows = (0..).map(ItemIdx::new).zip(case.values.chunks_exact(case.dimension));
    let mut hits: Vec<ScoredItem> = rows
        .filter(|(row, _)| allowed.is_none_or(|allowed| allowed.contains(*row)))
        .map(|(item, row)| ScoredItem { item, score: dot(&query, &prepared(row)) })
        .collect();
    hits.sort();
    hits.truncate(case.k);
    hits
}

fn hits_are_those_of_a_scan(case: &Case) -> Result<(), TestCaseError> {
    for metric in [Metric::Cosine, Metric::InnerProduct] {
        let index = VectorIndex::new(&case.values, case.dimension, metric).unwrap();
        let screen = Screen::new(&index.rows, case.dimension);
        let query = prepare(&case.query, metric).unwrap();
        for allowed in [None, Some(&case.allowed)] {
            let expected = scan(case, metric, allowed);
            let there = allowed.map_or(index.len(), RowSet::len);
            prop_assert_eq!(expected.len(), case.k.min(there), "a filter returns what exists");
            prop_assert_eq!(&index.search(&case.query, case.k, allowed).unwrap(), &expected);
            prop_assert_eq!(&index.scan(&case.query, case.k, allowed).unwrap(), &expected);
            let screened = screen.rank_allowed(&index.rows, &query, case.k, allowed);
            prop_assert_eq!(&screened, &expected);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn hits_of_equal_and_zero_rows_are_those_of_a_scan(case in case(few)) {
        hits_are_those_of_a_scan(&case)?;
    }

    #[test]
    fn hits_of_usual_rows_are_those_of_a_scan(case in case(usual)) {
        hits_are_those_of_a_scan(&case)?;
    }

    #[test]
    fn hits_of_uneven_rows_are_those_of_a_scan(case in case(uneven)) {
        hits_are_those_of_a_scan(&case)?;
    }
}

/// Rows of pseudo-random numbers.
fn random(rows: usize, dimension: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    std::iter::repeat_with(next).take(rows * dimension).collect()
}

#[test]
fn a_large_index_answers_as_a_scan_for_filters_of_any_selectivity_and_any_number_of_threads() {
    let (rows, dimension) = (40_000_usize, 24);
    let values = random(rows, dimension);
    let query = random(1, dimension);
    let index = VectorIndex::new(&values, dimension, Metric::Cosine).unwrap();
    assert!(index.screen.is_some());
    for every in [1, 2, 10, 100, 10_000] {
        let mut allowed = RowSet::none(rows);
        (0..40_000).step_by(every).for_each(|row| {
            allowed.insert(ItemIdx::new(row));
        });
        for k in [0, 1, 10, 2_000, rows + 1] {
            let case = Case {
                values: values.clone(),
                dimension,
                query: query.clone(),
                allowed: allowed.clone(),
                k,
            };
            let expected = scan(&case, Metric::Cosine, Some(&allowed));
            for threads in [1, 3] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                let hits = pool.install(|| index.search(&query, k, Some(&allowed)).unwrap());
                assert_eq!(hits, expected, "one in {every}, {k} hits, {threads} threads");
            }
        }
    }
}

#[test]
fn a_row_is_its_own_nearest_by_the_cosine() {
    let values = random(100, 7);
    let index = VectorIndex::new(&values, 7, Metric::Cosine).unwrap();
    for (row, vector) in (0..).zip(values.chunks_exact(7)) {
        let hits = index.search(vector, 1, None).unwrap();
        assert_eq!(hits[0].item, ItemIdx::new(row));
        assert!((hits[0].score - 1.0).abs() < 1e-6);
    }
}

#[test]
fn what_cannot_be_compared_is_refused_by_name() {
    let new = |values: &[f32], dimension, metric| {
        VectorIndex::new(values, dimension, metric).map(|index| index.len())
    };
    let metric = Metric::InnerProduct;
    assert_eq!(new(&[], 0, metric), Err(IndexError::NoDimension));
    assert_eq!(new(&[], 3, metric), Ok(0));
    assert_eq!(new(&[1.0; 7], 3, metric), Err(IndexError::Dimension { found: 1, expected: 3 }));
    let wrong = [1.0, 1.0, 1.0, f32::NAN];
    assert_eq!(new(&wrong, 2, metric), Err(IndexError::NotFinite { row: Some(1) }));
    let long = [1.0, 1.0, 1e19, 1e19];
    assert_eq!(new(&long, 2, metric), Err(IndexError::TooLong { row: Some(1) }));
    assert_eq!(new(&long, 2, Metric::Cosine), Ok(2));

    let index = VectorIndex::new(&[1.0; 4], 2, metric).unwrap();
    let ask = |query: &[f32]| index.search(query, 1, None).unwrap_err();
    assert_eq!(ask(&[1.0; 3]), IndexError::Dimension { found: 3, expected: 2 });
    assert_eq!(ask(&[f32::INFINITY; 2]), IndexError::NotFinite { row: None });
    assert_eq!(ask(&[2e19, 0.0]).to_string(), "the vector is longer than 1e19");
}
