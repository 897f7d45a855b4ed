//! Records in memory: found by a key that stands in them, and listed in order within their organization.

use std::sync::Arc;

use chancery_kernel::{Cursor, OrgId, Page, PageRequest};
use chancery_model::Noun;

use crate::keyed::Keyed;
use crate::mixer::ById;
use crate::ordered::Ordered;

/// All records of one noun.
pub struct Shelf<N: Noun> {
    by_id: Keyed<N, N::Id>,
    order: ById<OrgId, Ordered<N::Id>>,
}

impl<N: Noun> Default for Shelf<N> {
    fn default() -> Self {
        Self { by_id: Keyed::by(N::id), order: ById::default() }
    }
}

impl<N: Noun> Shelf<N> {
    /// The record, if it belongs to this organization: unknown and foreign look the same.
    pub fn find(&self, org: OrgId, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id).filter(|n| n.org() == org)
    }

    /// The record whatever its organization: for ids that a credential proved, such as an authenticated client's.
    pub fn find_anywhere(&self, id: N::Id) -> Option<&Arc<N>> {
        self.by_id.get(&id)
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All records of one organization, oldest first.
    pub fn of(&self, org: OrgId) -> impl Iterator<Item = &Arc<N>> {
        self.after(org, None)
    }

    pub fn all(&self) -> impl Iterator<Item = &Arc<N>> {
        self.by_id.all()
    }

    fn after(&self, org: OrgId, after: Option<N::Id>) -> impl Iterator<Item = &Arc<N>> {
        let ids = self.order.get(&org).into_iter().flat_map(move |ids| ids.after(after));
        ids.filter_map(|id| self.by_id.get(id))
    }

    /// One page of an organization's records that pass the filter.
    pub fn page(&self, org: OrgId, request: &PageRequest, keep: impl Fn(&N) -> bool) -> Option<Page<Arc<N>>>
    where
        N::Id: std::str::FromStr,
    {
        let after = match &request.after {
            Some(cursor) => Some(cursor.0.parse::<N::Id>().ok()?),
            None => None,
        };
        let mut items: Vec<Arc<N>> =
            self.after(org, after).filter(|n| keep(n)).take(request.limit + 1).cloned().collect();
        let more = items.len() > request.limit;
        items.truncate(request.limit);
        let next = items.last().filter(|_| more).map(|n| Cursor(n.id().to_string()));
        Some(Page { items, next })
    }

    pub(crate) fn put(&mut self, record: Arc<N>) {
        self.order.entry(record.org()).or_default().insert(record.id());
        self.by_id.put(record);
    }

    pub(crate) fn remove(&mut self, record: &N) {
        if let Some(ids) = self.order.get_mut(&record.org()) {
            ids.remove(&record.id());
        }
        self.by_id.remove(&record.id());
    }
}
