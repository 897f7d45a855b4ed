//! Lists are paged by an opaque cursor: the id of the last item seen.

use serde::Serialize;

/// Where a list goes on. Opaque to callers; ours to read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// What a caller asks of a list.
#[derive(Clone, Debug)]
pub struct PageRequest {
    pub after: Option<Cursor>,
    /// Items wanted, 1 to [`PageRequest::MOST`].
    pub limit: usize,
}

impl PageRequest {
    pub const DEFAULT: usize = 50;
    pub const MOST: usize = 500;

    pub fn new(after: Option<String>, limit: Option<usize>) -> Self {
        Self { after: after.map(Cursor), limit: limit.unwrap_or(Self::DEFAULT).clamp(1, Self::MOST) }
    }

    /// Everything up to the cap.
    pub fn most() -> Self {
        Self { after: None, limit: Self::MOST }
    }
}

/// One page of a list.
#[derive(Clone, Debug, Serialize)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}
