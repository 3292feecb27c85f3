//! Why an item is, or is not, recommended.

use std::sync::Arc;

use super::candidates::Removal;
use super::view::Past;
use super::work::{Fate, Work};
use super::{EngineError, ErrorCode, ExplainQuery, Result, TenantEngine, Verdict, WhyNot, explain};

impl TenantEngine {
    /// Says what becomes of an item in a list, and what its score is made of; `None` if there is no such
    /// item. Scores every candidate.
    ///
    /// # Errors
    /// As for [`Self::recommend`].
    pub async fn explain(&self, query: ExplainQuery) -> Result<Option<WhyNot>> {
        let ExplainQuery { item, mut list } = query;
        list.explain = true;
        let view = self.view().await?;
        let asked = view.ask(list)?;
        let found =
            view.catalog.slot_of(item).and_then(|slot| Some((slot, view.catalog.get(item)?)));
        let Some((slot, item)) = found.map(|(slot, item)| (slot, item.clone())) else {
            return Ok(None);
        };
        let user = asked.query.user;
        let past = match user {
            Some(user) => self.pasts(vec![user]).await.remove(&user),
            None => None,
        };
        let past = past.unwrap_or_else(|| Ok(Past::Read(Arc::default())))?;
        let limit = asked.query.limit;
        let work = Work { view, user, past, asked: vec![asked] };
        let answer = move || {
            let (fate, source) = work.verdict(&item, slot)?;
            let catalog = &work.view.catalog;
            Some(WhyNot {
                verdict: verdict(&fate, limit),
                score: fate.score,
                rank: fate.rank,
                reason: explain::reason(catalog, &item, fate.because),
                explanation: fate.why.answer(catalog),
                source,
                item,
            })
        };
        let unknown = || EngineError::new(ErrorCode::Unavailable, "the history cannot be read");
        self.shared.serving.run(answer).await.ok_or_else(unknown).map(Some)
    }
}

fn verdict(fate: &Fate, limit: usize) -> Verdict {
    match (fate.removal, fate.score) {
        (Some(Removal::Inactive), _) => Verdict::Inactive,
        (Some(Removal::Excluded), _) => Verdict::Excluded,
        (Some(Removal::Interacted), _) => Verdict::Interacted,
        (Some(Removal::Filtered), _) => Verdict::Filtered,
        (None, None) => Verdict::RuledOut,
        (None, Some(_)) if fate.rank <= limit => Verdict::Listed,
        (None, Some(score)) => {
            Verdict::Outranked { missing: fate.last.map_or(0.0, |last| last - score) }
        }
    }
}
