//! What the suite is told about a model, and the macro that makes one test of each case.

use std::fmt;
use std::sync::Arc;

use super::fixtures;
use crate::data::Interactions;
use crate::fit::{ErasedEstimator, FitContext};
use crate::model::Model;

/// An algorithm under test.
pub struct Subject {
    build: Box<dyn Fn() -> Box<dyn ErasedEstimator> + Send + Sync>,
    /// What its models can do.
    pub abilities: Abilities,
}

/// What a model can do. A case for an ability that is not declared asserts that the model says so.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "callers construct it")]
pub struct Abilities {
    /// Scores items that it never saw by what is known of them; then items without events are
    /// recommended too.
    pub cold_items: Option<Fidelity>,
    /// Serves users it never saw.
    pub fold_in: Fidelity,
    /// Learns from the values as ratings, not from what was touched; then the checkerboard says how
    /// each user rates both colours.
    pub ratings: bool,
    /// Exports items as vectors.
    pub item_vectors: bool,
    /// Ranks by what the user did, so that it solves the checkerboard.
    pub personal: bool,
    /// Names similar items.
    pub similar_items: bool,
}

/// How closely a folded-in training row agrees with the trained user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "all there is between not at all and exactly")]
pub enum Fidelity {
    /// The model cannot fold in.
    Absent,
    /// It ranks by the same taste, with other scores.
    Near,
    /// It gives the same scores.
    #[default]
    Exact,
}

impl Subject {
    /// Tests the estimators that `build` gives.
    pub fn new(
        build: impl Fn() -> Box<dyn ErasedEstimator> + Send + Sync + 'static,
        abilities: Abilities,
    ) -> Self {
        Self { build: Box::new(build), abilities }
    }

    /// Builds the estimator.
    #[must_use]
    pub fn estimator(&self) -> Box<dyn ErasedEstimator> {
        (self.build)()
    }

    /// Returns the checkerboard in the values that the algorithm learns from.
    #[must_use]
    pub fn checkerboard(&self, size: u32) -> Interactions {
        if self.abilities.ratings {
            fixtures::rated_checkerboard(size)
        } else {
            fixtures::checkerboard(size)
        }
    }

    /// Trains on `data`, with the generated features and times of [`fixtures::dataset`].
    ///
    /// # Panics
    ///
    /// When training fails.
    #[must_use]
    pub fn fit(&self, data: &Interactions) -> Arc<dyn Model> {
        self.estimator()
            .fit_erased(&fixtures::dataset(data), &FitContext::default())
            .expect("the fixture can be fitted")
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("abilities", &self.abilities).finish_non_exhaustive()
    }
}

/// Makes one test of each conformance case for the [`Subject`] that the function `$subject` gives, in
/// the module `$name`.
#[macro_export]
macro_rules! model_suite {
    ($name:ident, $subject:ident) => {
        $crate::model_suite!(@cases $name, $subject;
            a_blocks_scores_agree_with_single_users,
            a_damaged_file_never_panics,
            a_decoded_model_scores_the_same,
            a_folded_in_training_row_ranks_like_the_user,
            a_history_without_likes_is_refused,
            a_list_is_ordered_and_finite,
            a_withheld_checkerboard_item_comes_first,
            an_explanation_adds_up_to_the_score,
            an_unseen_item_scores_like_its_twin,
            asking_for_more_than_exists_gives_all,
            candidates_and_exclusions_hold,
            data_without_likes_is_refused,
            dislikes_keep_scores_finite,
            empty_rows_and_columns_leave_others_alone,
            item_vectors_reproduce_scores,
            one_event_is_enough,
            positions_outside_the_model_are_named,
            progress_rises_to_one,
            similar_items_share_the_colour,
            stopping_is_heard,
            the_same_data_gives_the_same_bytes_whatever_the_threads
        );
    };
    (@cases $name:ident, $subject:ident; $($case:ident),+) => {
        mod $name {
            $(
                #[test]
                fn $case() {
                    $crate::testing::model_cases::$case(&super::$subject());
                }
            )+
        }
    };
}
