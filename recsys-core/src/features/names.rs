//! Sorted lists of distinct names, found by binary search: the columns of a fitted encoder.

/// Distinct names in code-point order, end to end in one text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SortedNames {
    text: String,
    /// End of each name in `text`; the start is the end of the one before.
    ends: Vec<usize>,
}

impl SortedNames {
    /// Collects names that ascend strictly.
    pub(crate) fn from_ascending<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut sorted = Self::default();
        for name in names {
            debug_assert!(sorted.last().is_none_or(|last| last < name), "{name} is out of order");
            sorted.text.push_str(name);
            sorted.ends.push(sorted.text.len());
        }
        sorted
    }

    /// Rebuilds a list from its parts; `None` unless they are what [`parts`](Self::parts) gives.
    pub(crate) fn from_parts(text: Vec<u8>, ends: Vec<usize>) -> Option<Self> {
        let text = String::from_utf8(text).ok()?;
        let sorted = Self { text, ends };
        let mut start = 0;
        for &end in &sorted.ends {
            sorted.text.get(start..end)?;
            start = end;
        }
        let complete = start == sorted.text.len() && u32::try_from(sorted.ends.len()).is_ok();
        let ascending = (1..sorted.len()).all(|at| sorted.name(at - 1) < sorted.name(at));
        (complete && ascending).then_some(sorted)
    }

    /// Returns the text and the end of each name in it.
    pub(crate) fn parts(&self) -> (&[u8], &[usize]) {
        (self.text.as_bytes(), &self.ends)
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns a name by position.
    ///
    /// # Panics
    ///
    /// When there is no such name.
    pub(crate) fn name(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start..self.ends[at]]
    }

    /// Returns the position of a name. Logarithmic.
    pub(crate) fn position(&self, name: &str) -> Option<u32> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return u32::try_from(middle).ok(),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    fn last(&self) -> Option<&str> {
        self.len().checked_sub(1).map(|at| self.name(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_stand() {
        let names = SortedNames::from_ascending(["", "a b", "b", "é"]);
        let positions = ["", "a b", "b", "é", "a", "z"].map(|name| names.position(name));
        assert_eq!(positions, [Some(0), Some(1), Some(2), Some(3), None, None]);
        assert_eq!(SortedNames::default().position("a"), None);
    }

    #[test]
    fn only_the_parts_of_a_list_make_a_list() {
        let names = SortedNames::from_ascending(["a", "é"]);
        let (text, ends) = names.parts();
        assert_eq!(SortedNames::from_parts(text.to_vec(), ends.to_vec()), Some(names.clone()));
        let refused: [(&[u8], &[usize]); 7] = [
            (b"ba", &[1, 2]),          // not ascending
            (b"aa", &[1, 2]),          // repeated
            (b"ab", &[1]),             // not to the end
            (b"ab", &[1, 3]),          // past the end
            (b"ab", &[2, 1]),          // backwards
            (b"\xff", &[1]),           // not text
            ("é".as_bytes(), &[1, 2]), // within a character
        ];
        for (text, ends) in refused {
            assert_eq!(SortedNames::from_parts(text.to_vec(), ends.to_vec()), None, "{text:?}");
        }
    }
}
