//! The words the demo shop is made of. All of them are made up; towns and people do not exist.

mod books;
mod films;
mod games;
mod kitchen;
mod music;
mod outdoors;

use std::ops::RangeInclusive;

/// A department of the shop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Department {
    /// The category of its items.
    pub(super) name: &'static str,
    /// Cheapest and dearest price.
    pub(super) price: RangeInclusiveOf<u32>,
    /// A number every item here has, by its name in the metadata, with its range.
    pub(super) measure: (&'static str, RangeInclusiveOf<u32>),
    pub(super) themes: &'static [Theme],
}

/// `low..=high` as a constant that can be copied.
#[derive(Clone, Copy, Debug)]
pub(super) struct RangeInclusiveOf<T> {
    pub(super) low: T,
    pub(super) high: T,
}

impl<T: Copy> RangeInclusiveOf<T> {
    pub(super) fn range(self) -> RangeInclusive<T> {
        self.low..=self.high
    }
}

/// A shelf of a department: what its items are called and what is said about them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Theme {
    /// The tag that all items of the shelf share.
    pub(super) tag: &'static str,
    /// A subject that goes through several departments.
    pub(super) topic: &'static str,
    /// Titles with the places `{a}`, `{n}` and `{p}` for a word of the lists below.
    pub(super) titles: &'static [&'static str],
    pub(super) a: &'static [&'static str],
    pub(super) n: &'static [&'static str],
    pub(super) p: &'static [&'static str],
    /// Sentences with the places `{who}` and `{where}`.
    pub(super) about: &'static [&'static str],
}

pub(super) const DEPARTMENTS: [Department; 6] =
    [books::BOOKS, films::FILMS, games::GAMES, kitchen::KITCHEN, music::MUSIC, outdoors::OUTDOORS];

/// A mood an item can have: its tag, and what is said about the item because of it.
pub(super) const MOODS: [(&str, &str); 8] = [
    ("cosy", "Best enjoyed with rain against the window."),
    ("gift", "The one people borrow and then order for themselves."),
    ("classic", "In the shop since the first day, and still asked for every week."),
    ("beginner friendly", "No experience needed; patience helps."),
    ("small maker", "Made by three people above a bicycle shop."),
    ("weekend", "Just right for a Saturday without plans."),
    ("for two", "Better shared."),
    ("adventurous", "Not for the faint of heart, but you will have a story to tell."),
];

pub(super) const PEOPLE: [&str; 14] = [
    "a retired ferry captain",
    "a botanist with a secret",
    "two sisters who do not speak",
    "a night-shift baker",
    "an apprentice clockmaker",
    "the last postman of the valley",
    "a reluctant mayor",
    "a beekeeper and her nephew",
    "a cartographer who gets lost",
    "a piano tuner with perfect pitch",
    "a very old parrot",
    "an astronomer afraid of the dark",
    "a school librarian",
    "a cook on a small island",
];

pub(super) const PLACES: [&str; 14] = [
    "Saltmere",
    "Upper Quill",
    "Harrowgate Bay",
    "Vell",
    "Port Amity",
    "Little Thaw",
    "Ostrava Street",
    "Fennick",
    "the Grey Isles",
    "Marrow Hill",
    "Lindenau Lock",
    "Castle Pim",
    "North Ember",
    "Tollen Bridge",
];

pub(super) const FIRST_NAMES: [&str; 24] = [
    "ada", "bruno", "clara", "dario", "elif", "felix", "greta", "hugo", "ines", "jonas", "kaya",
    "leo", "mira", "noor", "otis", "paula", "quinn", "rosa", "sami", "tilda", "umar", "vera",
    "wim", "yuki",
];

pub(super) const LAST_NAMES: [&str; 20] = [
    "abel", "berg", "castell", "dorn", "egger", "frost", "garcia", "holm", "ivers", "jansen",
    "keller", "lindt", "moreau", "novak", "okafor", "petit", "rask", "sato", "tamm", "weiss",
];
