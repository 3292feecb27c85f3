//! A user's vector as bytes, and how high a score the bytes can stand for.

use super::codes::{BYTES, Codes, Panel, ZERO, length};
use crate::linalg::bytes::LARGEST;

/// Products of lengths up to here leave every sum of an inner product finite in `f32`.
const FINITE: f64 = 1e38;

/// A user's vector, as it is and rounded.
#[derive(Clone, Debug)]
pub(super) struct Query<'a> {
    /// Padded to the stride of the factors.
    pub(super) vector: &'a [f32],
    /// The codes of the taste, four to a word, signed.
    pub(super) words: Vec<u32>,
    /// What the codes' products add to that the zero of the items' codes stands for.
    pub(super) start: i32,
    /// What one step of a code is worth.
    step: f64,
    /// Distance of the taste from what its codes say.
    error: f64,
    /// Length of the taste.
    taste: f64,
    /// Length of the vector.
    length: f64,
    /// The entries after the taste.
    pub(super) rest: &'a [f32],
    /// The largest absolute value among them.
    largest_rest: f64,
    /// Largest sum of relative errors, by rounding, of an inner product and of its comparison with a limit.
    rounding: f64,
    /// Largest error of an inner product whose terms are too small for `f32`.
    underflow: f64,
}

/// The sum of codes' products from which an item can reach a score.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Limit {
    /// The lowest sum, in steps.
    pub(super) lowest: f32,
    /// Steps that one is worth.
    steps_of_one: f64,
}

impl Limit {
    /// What a value after the tastes is worth.
    #[inline(always)]
    pub(super) fn in_steps(self, value: f32) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "rounding is allowed for")]
        {
            (f64::from(value) * self.steps_of_one) as f32
        }
    }
}

impl<'a> Query<'a> {
    pub(super) fn new(codes: &Codes, vector: &'a [f32]) -> Self {
        let taste = &vector[..codes.taste()];
        let rest = &vector[codes.rest_entries()];
        let step = match largest(taste) {
            0.0 => 1.0,
            largest => f64::from(largest) / (f64::from(LARGEST) - 1.0),
        };
        let mut words = vec![[0_i8; BYTES]; codes.groups()];
        let (mut error, mut start) = (0.0, 0);
        for (&value, code) in taste.iter().zip(words.as_flattened_mut()) {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "at most 63, or as wrong as can be"
            )]
            {
                *code = (f64::from(value) / step + 0.5_f64.copysign(f64::from(value))) as i8;
            }
            error += (f64::from(value) - f64::from(*code) * step).powi(2);
            start -= i32::from(ZERO) * i32::from(*code);
        }
        // A term is rounded at most twice, and so is all that is done in the comparison, to 2⁻²⁴.
        let terms = 2.0 * codes.rest_entries().end as f64 + 64.0;
        Self {
            vector,
            words: words
                .into_iter()
                .map(|codes| u32::from_ne_bytes(codes.map(i8::cast_unsigned)))
                .collect(),
            start,
            step,
            error: error.sqrt(),
            taste: length(taste),
            length: length(vector),
            rest,
            largest_rest: f64::from(largest(rest)),
            rounding: terms * f64::from(f32::EPSILON) / 2.0,
            underflow: terms * f64::from(f32::from_bits(1)),
        }
    }

    /// Whether an item of the panel, or of one with shorter vectors, can have this score.
    #[inline(always)]
    pub(super) fn reaches(&self, panel: &Panel, score: f32) -> bool {
        let highest = self.length * panel.length;
        // What is not less may be no number.
        !(highest * (1.0 + self.rounding) + self.underflow < f64::from(score) && highest < FINITE)
    }

    /// From which sum on an item of the panel can have this score.
    ///
    /// With `x` and `y` the tastes and `x'` and `y'` what their codes say, `x · y - x' · y'` is
    /// `x · (y - y') + (x - x') · y'`, and so at most `|x| |y - y'| + |x - x'| |y'|`.
    #[inline(always)]
    pub(super) fn limit(&self, panel: &Panel, score: f32) -> Limit {
        let highest = self.length * panel.length;
        let slack = self.taste * panel.error
            + self.error * panel.coded
            + 2.0 * self.rounding * highest
            + self.underflow;
        let steps_of_one = 1.0 / (self.step * panel.step);
        let lowest = (f64::from(score) - slack) * steps_of_one;
        let bounded = highest < FINITE
            && self.largest_rest * panel.rest.max(1.0) * steps_of_one < FINITE / 4.0;
        if bounded && lowest.is_finite() {
            #[expect(clippy::cast_possible_truncation, reason = "rounding is allowed for")]
            Limit { lowest: lowest as f32, steps_of_one }
        } else {
            Limit { lowest: f32::NEG_INFINITY, steps_of_one: 0.0 }
        }
    }
}

/// The largest absolute value.
fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::large;
    use super::*;

    #[test]
    fn codes_say_a_score_to_a_twentieth_of_the_lengths() {
        let factors = large(2000, 96);
        let codes = Codes::new(&factors, 96);
        let query = Query::new(&codes, factors.row(1500));
        for panel in 1..codes.panels() {
            let panel = codes.panel(panel);
            let limit = query.limit(panel, 0.0);
            let slack = -f64::from(limit.lowest) / limit.steps_of_one;
            assert!(slack > 0.0 && slack < 0.05 * query.length * panel.length);
        }
    }

    #[test]
    fn where_products_overflow_every_item_is_scored() {
        let factors = large(100, 8);
        let codes = Codes::new(&factors, 8);
        let vector = [f32::MAX; 16];
        let query = Query::new(&codes, &vector);
        assert!(query.reaches(codes.panel(1), f32::INFINITY));
        assert!(query.limit(codes.panel(1), f32::INFINITY).lowest <= f32::NEG_INFINITY);
    }
}
