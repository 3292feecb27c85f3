//! Points of a collection: those of the last build, searched by an index, and those that came since.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use recsys_core::ItemIdx;
use recsys_core::index::{IndexError, Metric, RowSet, VectorIndex, prepare};
use recsys_core::linalg::dot;

use crate::types::{ItemId, VectorCollection, VectorFilter, VectorHit, VectorPoint, VectorQuery};

/// Points that may have come since the last build, whatever the number of the others.
const FRESH: usize = 1_024;
/// One point in so many may have come since the last build.
const FRESH_SHARE: usize = 32;

/// What searches filter by.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Payload {
    pub(super) category: Option<Arc<str>>,
    pub(super) tags: Arc<[Arc<str>]>,
    pub(super) is_active: bool,
}

impl Payload {
    fn passes(&self, filter: &VectorFilter) -> bool {
        let among = |names: &[String], name: &Arc<str>| names.iter().any(|other| **other == **name);
        let VectorFilter { categories, tags, exclude: _, only_active } = filter;
        (self.is_active || !only_active)
            && (categories.is_empty()
                || self.category.as_ref().is_some_and(|category| among(categories, category)))
            && (tags.is_empty() || self.tags.iter().any(|tag| among(tags, tag)))
    }
}

/// A point whose vector is prepared and padded.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Prepared {
    pub(super) item: ItemId,
    pub(super) vector: Vec<f32>,
    pub(super) payload: Payload,
}

impl Prepared {
    /// Prepares a point that was checked.
    fn new(point: VectorPoint, collection: &VectorCollection, built: &Built) -> Self {
        let vector = prepare(&point.vector, collection.metric()).expect("points were checked");
        let category = point.category.map(|name| built.categories.intern(&name));
        let tags = point.tags.iter().map(|name| built.tags.intern(name)).collect();
        let payload = Payload { category, tags, is_active: point.is_active };
        Self { item: point.item, vector, payload }
    }
}

/// Which rows have a name.
#[derive(Debug, Default)]
struct Postings(HashMap<Arc<str>, Vec<ItemIdx>>);

impl Postings {
    /// Returns the copy of a name that is here already, if any.
    fn intern(&self, name: &str) -> Arc<str> {
        self.0.get_key_value(name).map_or_else(|| name.into(), |(name, _)| Arc::clone(name))
    }

    fn add(&mut self, name: &Arc<str>, row: ItemIdx) {
        match self.0.get_mut(name) {
            Some(rows) => rows.push(row),
            None => drop(self.0.insert(Arc::clone(name), vec![row])),
        }
    }

    /// Returns the rows that have one of the names.
    fn any_of(&self, names: &[String], rows: usize) -> RowSet {
        let mut found = RowSet::none(rows);
        for row in names.iter().filter_map(|name| self.0.get(&**name)).flatten() {
            found.insert(*row);
        }
        found
    }
}

/// Points as they were at a build, in the order of their items.
#[derive(Debug)]
struct Built {
    /// Of prepared vectors, so their inner products are the scores whatever the metric.
    index: VectorIndex,
    items: Vec<ItemId>,
    payloads: Vec<Payload>,
    active: RowSet,
    categories: Postings,
    tags: Postings,
}

impl Built {
    /// Builds of points whose items ascend.
    fn new(points: Vec<Prepared>, dimension: usize) -> Result<Self, IndexError> {
        let values: Vec<f32> =
            points.iter().flat_map(|point| &point.vector[..dimension]).copied().collect();
        let index = VectorIndex::new(&values, dimension, Metric::InnerProduct)?;
        let mut active = RowSet::none(points.len());
        let (mut categories, mut tags) = (Postings::default(), Postings::default());
        let (mut items, mut payloads) = (Vec::with_capacity(points.len()), Vec::new());
        for (row, point) in (0..).map(ItemIdx::new).zip(points) {
            let payload = point.payload;
            if payload.is_active {
                active.insert(row);
            }
            payload.category.iter().for_each(|name| categories.add(name, row));
            payload.tags.iter().for_each(|name| tags.add(name, row));
            items.push(point.item);
            payloads.push(payload);
        }
        Ok(Self { index, items, payloads, active, categories, tags })
    }

    fn row_of(&self, item: ItemId) -> Option<ItemIdx> {
        let row = self.items.binary_search(&item).ok()?;
        Some(ItemIdx::new(u32::try_from(row).expect("rows are counted in u32")))
    }
}

/// All points of a collection.
#[derive(Debug)]
pub(super) struct Points {
    built: Arc<Built>,
    /// Rows of the build that were neither replaced nor deleted since.
    current: RowSet,
    /// Points that were added or replaced since.
    fresh: HashMap<ItemId, Prepared>,
}

impl Points {
    /// Builds of points in any order, one an item.
    ///
    /// # Errors
    /// For vectors that were not prepared.
    pub(super) fn new(mut points: Vec<Prepared>, dimension: usize) -> Result<Self, IndexError> {
        points.sort_unstable_by_key(|point| point.item);
        let built = Arc::new(Built::new(points, dimension)?);
        Ok(Self { current: RowSet::all(built.items.len()), built, fresh: HashMap::new() })
    }

    /// Returns points that were checked as [`Self::put`] takes them.
    pub(super) fn prepare(
        &self,
        points: Vec<VectorPoint>,
        collection: &VectorCollection,
    ) -> Vec<Prepared> {
        points.into_iter().map(|point| Prepared::new(point, collection, &self.built)).collect()
    }

    /// Adds points, each in place of a former one of its item.
    pub(super) fn put(&mut self, points: Vec<Prepared>) {
        for point in points {
            self.delete(point.item);
            self.fresh.insert(point.item, point);
        }
    }

    /// Deletes a point; false if there was none.
    pub(super) fn delete(&mut self, item: ItemId) -> bool {
        let row = self.built.row_of(item);
        let built = row.is_some_and(|row| self.current.remove(row));
        self.fresh.remove(&item).is_some() || built
    }

    /// Tells whether so much has changed that a build is worth its time.
    pub(super) fn is_stale(&self) -> bool {
        let gone = self.built.items.len() - self.current.len();
        self.fresh.len() + gone > FRESH + self.built.items.len() / FRESH_SHARE
    }

    /// Returns the same points, all of them built.
    pub(super) fn rebuilt(&self, dimension: usize) -> Self {
        let points = self.iter().collect();
        Self::new(points, dimension).expect("points were prepared before")
    }

    /// Returns all points, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Prepared> {
        let built = self.current.iter().map(|row| {
            let (item, payload) =
                (self.built.items[row.index()], &self.built.payloads[row.index()]);
            let vector = prepare(self.built.index.row(row), Metric::InnerProduct)
                .expect("rows of an index were prepared");
            Prepared { item, vector, payload: payload.clone() }
        });
        built.chain(self.fresh.values().cloned())
    }

    pub(super) fn len(&self) -> usize {
        self.current.len() + self.fresh.len()
    }

    /// Answers a query that was checked.
    pub(super) fn search(&self, query: &VectorQuery, metric: Metric) -> Vec<VectorHit> {
        let (index, k) = (&self.built.index, query.k);
        let vector = prepare(&query.vector, metric).expect("queries were checked");
        let allowed = self.allowed(&query.filter);
        let found = index.search(&vector[..index.dimension()], k, allowed.as_ref());
        let found = found.expect("queries were checked").into_iter();
        let built = found
            .map(|hit| VectorHit { item: self.built.items[hit.item.index()], score: hit.score });
        let mut hits: Vec<VectorHit> = built.collect();
        let excluded: HashSet<ItemId> = query.filter.exclude.iter().copied().collect();
        let passes = |point: &&Prepared| {
            !excluded.contains(&point.item) && point.payload.passes(&query.filter)
        };
        hits.extend(
            self.fresh
                .values()
                .filter(passes)
                .map(|point| VectorHit { item: point.item, score: dot(&vector, &point.vector) }),
        );
        VectorHit::rank(&mut hits, k);
        hits
    }

    /// Returns the rows of the build that a filter lets through; none for all of them.
    fn allowed(&self, filter: &VectorFilter) -> Option<RowSet> {
        let (built, rows) = (&self.built, self.built.items.len());
        if *filter == VectorFilter::default() && self.current.len() == rows {
            return None;
        }
        let mut allowed = self.current.clone();
        if filter.only_active {
            allowed.intersect_with(&built.active);
        }
        for (names, postings) in
            [(&filter.categories, &built.categories), (&filter.tags, &built.tags)]
        {
            if !names.is_empty() {
                allowed.intersect_with(&postings.any_of(names, rows));
            }
        }
        for row in filter.exclude.iter().filter_map(|item| built.row_of(*item)) {
            allowed.remove(row);
        }
        Some(allowed)
    }
}
