//! The goods of the shop.

use std::collections::HashSet;

use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand::{Rng, RngExt as _};
use recsys_store::import::ItemRow;
use serde_json::{Map, json};

use super::words::{DEPARTMENTS, Department, MOODS, PEOPLE, PLACES, Theme};

/// An item with what its popularity and its buyers depend on.
#[derive(Clone, Debug)]
pub(super) struct Good {
    pub(super) row: ItemRow,
    /// Index into [`DEPARTMENTS`].
    pub(super) department: usize,
    pub(super) tag: &'static str,
    pub(super) topic: &'static str,
    /// Indices into [`MOODS`].
    pub(super) moods: [usize; 2],
}

/// All items.
#[derive(Clone, Debug)]
pub(super) struct Catalogue {
    pub(super) goods: Vec<Good>,
}

impl Catalogue {
    /// Fills every shelf with as many items, each with a title of its own.
    pub(super) fn make_up(items_per_shelf: usize, random: &mut impl Rng) -> Self {
        let mut goods = Vec::new();
        let mut taken = HashSet::new();
        for (index, department) in DEPARTMENTS.iter().enumerate() {
            for theme in department.themes {
                for title in titles(theme, items_per_shelf, &mut taken, random) {
                    let number = goods.len() + 1;
                    goods.push(good(number, title, index, department, theme, random));
                }
            }
        }
        Self { goods }
    }

    pub(super) fn into_rows(self) -> impl Iterator<Item = ItemRow> {
        self.goods.into_iter().map(|good| good.row)
    }
}

fn good(
    number: usize,
    title: String,
    index: usize,
    department: &Department,
    theme: &Theme,
    random: &mut impl Rng,
) -> Good {
    let first = random.random_range(0..MOODS.len());
    let second = (first + random.random_range(1..MOODS.len())) % MOODS.len();
    let about = pick(theme.about, random)
        .replace("{who}", pick(&PEOPLE, random))
        .replace("{where}", pick(&PLACES, random));
    let (measure, range) = department.measure;
    let price = f64::from(random.random_range(department.price.range())) + 0.9;
    let mut metadata = Map::new();
    metadata.insert("price".to_owned(), json!(price));
    metadata.insert("year".to_owned(), json!(random.random_range(1994..=2025)));
    metadata.insert(measure.to_owned(), json!(random.random_range(range.range())));
    let tags = [theme.tag, theme.topic, MOODS[first].0, MOODS[second].0];
    Good {
        row: ItemRow {
            id: format!("demo-{number:03}"),
            title,
            description: Some(format!("{about} {}", MOODS[first].1)),
            category: Some(department.name.to_owned()),
            tags: tags.map(str::to_owned).to_vec(),
            metadata,
        },
        department: index,
        tag: theme.tag,
        topic: theme.topic,
        moods: [first, second],
    }
}

/// Distinct titles, without those in `taken`; the lists have words for many more than are asked for.
fn titles(
    theme: &Theme,
    count: usize,
    taken: &mut HashSet<String>,
    random: &mut impl Rng,
) -> Vec<String> {
    let mut all = Vec::new();
    for template in theme.titles {
        for a in used(template, "{a}", theme.a) {
            for n in used(template, "{n}", theme.n) {
                for p in used(template, "{p}", theme.p) {
                    all.push(template.replace("{a}", a).replace("{n}", n).replace("{p}", p));
                }
            }
        }
    }
    all.shuffle(random);
    all.retain(|title| taken.insert(title.clone()));
    all.truncate(count);
    all
}

/// The words for a place in a template, one of any kind if the template has no such place.
fn used<'a>(template: &str, place: &str, words: &'a [&'a str]) -> &'a [&'a str] {
    if template.contains(place) { words } else { &words[..1] }
}

fn pick<'a>(words: &[&'a str], random: &mut impl Rng) -> &'a str {
    words.choose(random).expect("word lists are not empty")
}
