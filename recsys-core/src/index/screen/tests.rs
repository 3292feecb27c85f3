//! Lists by the screen are those of ranking all scores, on every vector unit and whatever the numbers.

use proptest::prelude::*;

use super::scan::{Kept, List, Scan};
use super::*;
use crate::ids::ItemIdx;
use crate::linalg::bytes::{ByteKernel, ByteLanes, on_every_unit};
use crate::linalg::{dot, dot_with};
use crate::query::{ItemSet, rank};

/// Item and user vectors, of which the last entries are no taste, and what each user is not to be shown.
#[derive(Clone, Debug)]
struct Case {
    items: PaddedMatrix,
    users: PaddedMatrix,
    taste: usize,
    without: Vec<Vec<u32>>,
    k: usize,
}

impl Case {
    fn screen(&self) -> Screen {
        Screen::new(&self.items, self.taste)
    }

    fn sets(&self) -> Vec<ItemSet> {
        let set = |set: &Vec<u32>| set.iter().copied().map(ItemIdx::new).collect();
        self.without
            .iter()
            .map(|items| ItemSet::new(set(items), self.items.rows()).unwrap())
            .collect()
    }

    /// Ranks the scores of one user.
    fn expected(&self, user: usize, request: &Request<'_>) -> Vec<ScoredItem> {
        let rows = (0..self.items.rows()).map(|item| self.items.row(item));
        let scores: Vec<f32> = rows.map(|item| dot(self.users.row(user), item)).collect();
        rank(request, &scores)
    }
}

/// Numbers of few values, so that scores are exact and ties common.
fn few() -> BoxedStrategy<f32> {
    (-2..3_i8).prop_map(f32::from).boxed()
}

/// Numbers like those of trained factors.
fn usual() -> BoxedStrategy<f32> {
    (-1.0..1.0_f32).boxed()
}

/// Numbers whose squares, products and sums leave the range of `f32` at either end.
fn extreme() -> BoxedStrategy<f32> {
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits).prop_map(|value| if value.is_finite() {
            value
        } else {
            0.0
        }),
        Just(0.0),
        Just(-0.0),
        Just(f32::MAX),
        Just(f32::MIN_POSITIVE),
        Just(f32::from_bits(1)),
        -1.0..1.0_f32,
    ]
    .boxed()
}

fn matrix(
    values: BoxedStrategy<f32>,
    rows: usize,
    width: usize,
) -> impl Strategy<Value = PaddedMatrix> {
    // Whole rows differ in length by orders of magnitude, as popular and rare items do.
    let scale = prop_oneof![4 => Just(1.0_f32), 1 => Just(1e-3), 1 => Just(0.0), 1 => Just(30.0)];
    let row = (prop::collection::vec(values, width), scale);
    prop::collection::vec(row, rows).prop_map(move |rows| {
        let scaled = |(row, scale): (Vec<f32>, f32)| {
            row.into_iter().map(move |value| (value * scale).clamp(f32::MIN, f32::MAX))
        };
        PaddedMatrix::from_dense(&rows.into_iter().flat_map(scaled).collect::<Vec<f32>>(), width)
    })
}

fn case(values: fn() -> BoxedStrategy<f32>) -> impl Strategy<Value = Case> {
    (1_usize..8, 1_usize..22, 0_usize..3, 1_usize..220).prop_flat_map(
        move |(users, taste, rest, items)| {
            let seen = prop::collection::btree_set(0..items as u32, 0..12);
            (
                matrix(values(), items, taste + rest),
                matrix(values(), users, taste + rest),
                prop::collection::vec(seen.prop_map(|set| set.into_iter().collect()), users),
                0_usize..30,
            )
                .prop_map(move |(items, users, without, k)| Case {
                    items,
                    users,
                    taste,
                    without,
                    k,
                })
        },
    )
}

/// Lists and scores of all items by one vector unit.
#[derive(Clone)]
struct Both<'a> {
    case: &'a Case,
    screen: &'a Screen,
}

impl ByteKernel for Both<'_> {
    type Output = Vec<(Vec<ScoredItem>, Vec<f32>)>;

    #[inline(always)]
    fn run<S: ByteLanes>(self, simd: S) -> Self::Output {
        let (case, codes) = (self.case, &self.screen.codes);
        let users = 0..case.users.rows();
        let queries: Vec<Query<'_>> =
            users.clone().map(|user| Query::new(codes, case.users.row(user))).collect();
        let lists = queries.iter().zip(&case.without);
        let mut lists: Vec<List<'_>> = lists
            .map(|(query, without)| {
                List::new(query, case.k, Kept::Without(without), f32::NEG_INFINITY)
            })
            .collect();
        let panels = 0..codes.panels();
        Scan { codes, factors: &case.items, panels, lists: &mut lists }.run(simd);
        let mut outputs = Vec::new();
        for (list, user) in lists.into_iter().zip(users) {
            let mut scores = Vec::new();
            for item in 0..case.items.rows() {
                scores.push(dot_with(simd, case.users.row(user), case.items.row(item)));
            }
            outputs.push((list.top.into_sorted(), scores));
        }
        outputs
    }
}

fn every_unit_ranks_all_scores(case: &Case) -> Result<(), TestCaseError> {
    let screen = case.screen();
    let sets = case.sets();
    if case.k == 0 {
        return Ok(());
    }
    for lists in on_every_unit(&Both { case, screen: &screen }) {
        for ((list, scores), set) in lists.into_iter().zip(&sets) {
            prop_assert_eq!(list, rank(&Request::top(case.k).excluding(set), &scores));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn lists_with_many_ties_are_those_of_all_scores(case in case(few)) {
        every_unit_ranks_all_scores(&case)?;
    }

    #[test]
    fn lists_of_usual_factors_are_those_of_all_scores(case in case(usual)) {
        every_unit_ranks_all_scores(&case)?;
    }

    #[test]
    fn lists_of_extreme_numbers_are_those_of_all_scores(case in case(extreme)) {
        every_unit_ranks_all_scores(&case)?;
    }

    #[test]
    fn a_block_of_users_is_ranked_as_each_of_them(case in case(usual)) {
        let slices: Vec<&[u32]> = case.without.iter().map(Vec::as_slice).collect();
        let lists =
            case.screen().rank_block(&case.items, case.users.as_slice(), &slices, case.k);
        for (user, (list, set)) in lists.iter().zip(&case.sets()).enumerate() {
            prop_assert_eq!(list, &case.expected(user, &Request::top(case.k).excluding(set)));
        }
    }

    #[test]
    fn requests_with_floors_are_answered_as_by_all_scores(case in case(few), floor in -4..9_i8) {
        let screen = case.screen();
        for (user, set) in case.sets().iter().enumerate() {
            let request = Request::top(case.k).excluding(set).at_least(f32::from(floor));
            let list = screen.rank(&case.items, case.users.row(user), &request);
            prop_assert_eq!(list, case.expected(user, &request));
        }
    }
}

/// Factors of pseudo-random numbers, the later items shorter.
pub(super) fn large(items: usize, width: usize) -> PaddedMatrix {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    let values: Vec<f32> =
        (0..items * width).map(|at| next() * (1.0 + 100.0 / (at / width + 1) as f32)).collect();
    PaddedMatrix::from_dense(&values, width)
}

#[test]
fn a_list_that_threads_share_is_that_of_all_scores() {
    let (items, users) = (large(40_000, 30), large(3, 30));
    let case = Case { items, users, taste: 29, without: vec![vec![]; 3], k: 25 };
    let screen = case.screen();
    for user in 0..3 {
        let request = Request::top(case.k);
        let expected = case.expected(user, &request);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let list = pool.install(|| screen.rank(&case.items, case.users.row(user), &request));
            assert_eq!(list, expected);
        }
    }
}
