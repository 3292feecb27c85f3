//! Items as bytes, in panels of descending length of vector, with what the bytes leave out.

use std::ops::Range;

use crate::linalg::bytes::{ByteKernel, ByteLanes, dispatch_bytes};
use crate::linalg::matrix::PaddedMatrix;

/// Items of one panel: four 512-bit vectors of words.
pub(super) const WIDTH: usize = 64;

/// Entries whose codes share a word.
pub(super) const BYTES: usize = 4;

/// Codes are unsigned; this one stands for zero.
pub(super) const ZERO: u8 = 128;

/// Steps from zero to the largest absolute value of a panel.
const STEPS: f64 = 127.0;

/// Tastes of items rounded to multiples of a step that each panel of 64 items has for itself, and what
/// follows a taste (biases and constants, whose size is another) as it is.
#[derive(Clone, Debug)]
pub(super) struct Codes {
    /// For each panel and each four entries of a taste a word of four codes for each item.
    words: Vec<u32>,
    /// For each panel and each entry after the taste a value for each item.
    rest: Vec<f32>,
    panels: Vec<Panel>,
    /// The item at each place of the panels.
    items: Vec<u32>,
    taste: usize,
    width: usize,
}

/// What is true of every item of a panel.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Panel {
    /// Length of the longest vector.
    pub(super) length: f64,
    /// What one step of a code is worth.
    pub(super) step: f64,
    /// Length of the longest taste as its codes say it.
    pub(super) coded: f64,
    /// Largest distance of a taste from what its codes say; infinite if there is no saying.
    pub(super) error: f64,
    /// Largest absolute value after the tastes.
    pub(super) rest: f64,
}

impl Codes {
    /// Sorts items by the lengths of their vectors, equal ones by position, and rounds them. Linear in the
    /// number of values.
    pub(super) fn new(factors: &PaddedMatrix, taste: usize) -> Self {
        dispatch_bytes(Encode { factors, taste })
    }

    /// Number of panels.
    pub(super) fn panels(&self) -> usize {
        self.panels.len()
    }

    /// What is true of a panel's items.
    pub(super) fn panel(&self, panel: usize) -> &Panel {
        &self.panels[panel]
    }

    /// The words of a panel, a row of [`WIDTH`] for each four entries.
    pub(super) fn words(&self, panel: usize) -> &[u32] {
        let size = self.groups() * WIDTH;
        &self.words[panel * size..][..size]
    }

    /// The values after the tastes of a panel, a row of [`WIDTH`] for each entry.
    pub(super) fn rest(&self, panel: usize) -> &[f32] {
        let size = self.rest_entries().len() * WIDTH;
        &self.rest[panel * size..][..size]
    }

    /// The item at a place; none behind the last.
    pub(super) fn item(&self, place: usize) -> Option<u32> {
        self.items.get(place).copied()
    }

    /// Words of one taste.
    pub(super) fn groups(&self) -> usize {
        self.taste.div_ceil(BYTES)
    }

    /// Entries of a taste.
    pub(super) fn taste(&self) -> usize {
        self.taste
    }

    /// Entries after a taste.
    pub(super) fn rest_entries(&self) -> Range<usize> {
        self.taste..self.width
    }
}

struct Encode<'a> {
    factors: &'a PaddedMatrix,
    taste: usize,
}

impl ByteKernel for Encode<'_> {
    type Output = Codes;

    #[inline(always)]
    fn run<S: ByteLanes>(self, _simd: S) -> Codes {
        let Self { factors, taste } = self;
        let lengths: Vec<f64> = (0..factors.rows()).map(|row| length(factors.row(row))).collect();
        let mut items: Vec<u32> = (0..).take(factors.rows()).collect();
        items.sort_by(|&a, &b| lengths[b as usize].total_cmp(&lengths[a as usize]));

        let n_panels = items.len().div_ceil(WIDTH);
        let (groups, rest) = (taste.div_ceil(BYTES), factors.width() - taste);
        let mut codes = Codes {
            words: vec![u32::from_ne_bytes([ZERO; BYTES]); n_panels * groups * WIDTH],
            rest: vec![0.0; n_panels * rest * WIDTH],
            panels: Vec::with_capacity(n_panels),
            items: Vec::new(),
            taste,
            width: factors.width(),
        };
        let mut row = vec![[ZERO; BYTES]; groups];
        for (at, members) in items.chunks(WIDTH).enumerate() {
            let mut panel = Panel { length: lengths[members[0] as usize], ..Panel::default() };
            let largest = members.iter().fold(0.0, |largest: f32, &item| {
                let taste = &factors.values(item as usize)[..taste];
                taste.iter().fold(largest, |largest, value| largest.max(value.abs()))
            });
            panel.step = if largest > 0.0 { f64::from(largest) / STEPS } else { 1.0 };
            let words = &mut codes.words[at * groups * WIDTH..][..groups * WIDTH];
            let values = &mut codes.rest[at * rest * WIDTH..][..rest * WIDTH];
            for (place, &item) in members.iter().enumerate() {
                let vector = factors.values(item as usize);
                let (error, coded) = encode(&vector[..taste], panel.step, row.as_flattened_mut());
                panel.error = panel.error.max(error);
                panel.coded = panel.coded.max(coded);
                for (word, bytes) in words.iter_mut().skip(place).step_by(WIDTH).zip(&row) {
                    *word = u32::from_ne_bytes(*bytes);
                }
                for (value, &rest) in
                    values.iter_mut().skip(place).step_by(WIDTH).zip(&vector[taste..])
                {
                    *value = rest;
                    panel.rest = panel.rest.max(f64::from(rest.abs()));
                }
            }
            codes.panels.push(panel);
        }
        codes.items = items;
        codes
    }
}

/// Length of a vector; `f64` holds the square of every `f32`.
#[inline(always)]
pub(in crate::index) fn length(vector: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 16];
    for values in vector.chunks(16) {
        for (lane, &value) in lanes.iter_mut().zip(values) {
            *lane += f64::from(value) * f64::from(value);
        }
    }
    lanes.iter().sum::<f64>().sqrt()
}

/// Writes codes of values; returns their distance from what the codes say and the length of that.
#[inline(always)]
fn encode(values: &[f32], step: f64, codes: &mut [u8]) -> (f64, f64) {
    /// Cutting off what is behind the point after this is added leaves the nearest code.
    const NEAREST: f64 = ZERO as f64 + 0.5;
    let steps_of_one = 1.0 / step;
    let (mut error, mut coded) = ([0.0_f64; 16], [0.0_f64; 16]);
    for (values, codes) in values.chunks(16).zip(codes.chunks_mut(16)) {
        let lanes = error.iter_mut().zip(&mut coded);
        for ((&value, code), (error, coded)) in values.iter().zip(codes).zip(lanes) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "1 to 255; what is no number gets any code, and counts as infinitely wrong"
            )]
            {
                *code = (f64::from(value) * steps_of_one + NEAREST) as u8;
            }
            let said = (f64::from(*code) - f64::from(ZERO)) * step;
            *error += (f64::from(value) - said).powi(2);
            *coded += said * said;
        }
    }
    let error = error.iter().sum::<f64>().sqrt();
    (if error.is_finite() { error } else { f64::INFINITY }, coded.iter().sum::<f64>().sqrt())
}
