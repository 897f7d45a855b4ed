//! Pages of lists: by cursor, and through a text filter that the use cases do not know.

use chancery_kernel::{Cursor, Outcome, Page, PageRequest};
use serde::Deserialize;

use crate::links;
use crate::parts::Pager;

/// Rows on one page.
pub(super) const ROWS: usize = 50;
/// Portions looked through for one page: a filter that fits nothing must not read without end.
const PORTIONS: usize = 20;

/// What a list is asked for in its address.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    pub q: String,
    /// Stage of agents.
    pub stage: String,
    /// Status of people.
    pub status: String,
    pub after: String,
}

impl Asked {
    fn cursor(&self) -> Option<String> {
        (!self.after.is_empty()).then(|| self.after.clone())
    }

    /// Whether one of these texts has what is looked for in it.
    pub fn fits(&self, texts: &[&str]) -> bool {
        let wanted = self.q.trim().to_lowercase();
        texts.iter().any(|text| text.to_lowercase().contains(&wanted))
    }

    /// One page of what fits. `list` is the use case; `id` names the record in cursors.
    pub async fn page<T, F>(
        &self,
        list: impl Fn(PageRequest) -> F,
        id: impl Fn(&T) -> String,
        fits: impl Fn(&T) -> bool,
    ) -> Outcome<Page<T>>
    where
        F: Future<Output = Outcome<Page<T>>>,
    {
        let mut kept: Vec<T> = Vec::with_capacity(ROWS);
        let mut request = PageRequest::new(self.cursor(), Some(PageRequest::MOST));
        for _ in 0..PORTIONS {
            let portion = list(request.clone()).await?;
            for item in portion.items.into_iter().filter(&fits) {
                if kept.len() == ROWS {
                    let next = kept.last().map(|last| Cursor(id(last)));
                    return Ok(Page { items: kept, next });
                }
                kept.push(item);
            }
            request.after = portion.next;
            if request.after.is_none() {
                break;
            }
        }
        Ok(Page { items: kept, next: request.after })
    }

    /// The links around a page, and what it says of itself.
    pub fn pager(&self, path: &str, next: Option<&Cursor>, shown: usize, noun: (&str, &str)) -> Pager {
        let same = |after: &str| {
            let query =
                [("q", self.q.as_str()), ("stage", &self.stage), ("status", &self.status), ("after", after)];
            links::with(path.to_owned(), &query)
        };
        let word = if shown == 1 { noun.0 } else { noun.1 };
        let more = if next.is_some() { ", and more" } else { "" };
        Pager {
            newer: self.cursor().map(|_| same("")),
            older: next.map(|cursor| same(&cursor.0)),
            summary: format!("{shown} {word} on this page{more}"),
        }
    }
}

/// All of a list that fits into one answer of the use case: of one agent, of one person.
pub(super) fn most() -> PageRequest {
    PageRequest::most()
}
