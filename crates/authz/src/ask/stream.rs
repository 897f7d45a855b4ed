//! A list without a bound, for a reader who may be slow: what is long is kept in numbers, and its text is made as it is read. A
//! crowd of slow readers of long lists costs four bytes for each object then.

use std::sync::Arc;
use std::vec::IntoIter;

use chancery_kernel::Outcome;
use chancery_model::Level;
use chancery_rebac::engine::Graph;

use super::{Asked, Ground, PATIENCE, Terms};
use crate::access::Asker;
use crate::wire::{Form, Names};
use crate::{Authz, fault, wire};

/// Text that is no longer is made and handed over at once, ten thousand objects of usual names: in portions they would take
/// longer than to find them.
const WHOLE: usize = 512 * 1024;

/// Objects whose names are put down in one go.
const TOGETHER: usize = 64;

/// Bytes of an object as it is put down, usually.
const USUAL: usize = 64;

/// A list, in the form in which it was asked for.
pub struct Stream {
    pub ground: Ground,
    pub text: Text,
    pub complete: bool,
}

pub enum Text {
    Whole(Vec<u8>),
    Long(Long),
}

/// Objects whose names are still to be put down.
pub struct Long {
    graph: Graph,
    kind: String,
    numbers: IntoIter<u32>,
    /// Ids that came with the question.
    beside: IntoIter<String>,
    names: Arc<Names>,
}

impl Long {
    /// About so many bytes more; none at the end.
    pub fn portion(&mut self, about: usize) -> Option<Vec<u8>> {
        // No more room than is needed: a short list may be waited for by a slow reader too.
        let left = (self.numbers.len() + self.beside.len()).saturating_mul(USUAL);
        let mut text = Vec::with_capacity(left.min(about + 1_024));
        let objects = self.graph.objects(&self.kind);
        while text.len() < about {
            if let Some(numbers) = self.numbers.as_slice().chunks(TOGETHER).next() {
                objects.each_id(numbers, |id| self.names.put(&mut text, id));
                self.numbers.nth(numbers.len() - 1);
            } else if let Some(id) = self.beside.next() {
                self.names.put(&mut text, id.as_bytes());
            } else {
                break;
            }
        }
        (!text.is_empty()).then_some(text)
    }
}

impl Authz {
    pub async fn stream_objects(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListObjects,
        at_least: Option<u64>,
        form: Form,
    ) -> Outcome<Stream> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields("StreamedListObjectsRequest")?;
        let (list, terms) = Terms::of_list(asked, at_least);
        let asked = self.asked_here(here, terms).await?;
        asked.check_list(&list.0, &list.1, &list.2)?;
        let ground = asked.ground();
        let (text, complete) = asked.try_aside(move |asked| listed(asked, list, form)).await??;
        Ok(Stream { ground, text, complete })
    }
}

fn listed(
    asked: &Asked,
    (kind, relation, user): (String, String, String),
    form: Form,
) -> Outcome<(Text, bool)> {
    let found = asked.within(PATIENCE, |question| question.list_numbers(&kind, &relation, &user, usize::MAX));
    let found = found.map_err(|why| fault::unanswered(&why))?;
    let mut long = Long {
        graph: asked.graph.clone(),
        names: form.of_type(&kind).into(),
        kind,
        numbers: found.objects.clone().into_iter(),
        beside: found.beside.clone().into_iter(),
    };
    let begun = long.portion(WHOLE).unwrap_or_default();
    if long.numbers.len() == 0 && long.beside.len() == 0 {
        return Ok((Text::Whole(begun), found.complete));
    }
    let (numbers, beside) = (found.objects.into_iter(), found.beside.into_iter());
    Ok((Text::Long(Long { numbers, beside, ..long }), found.complete))
}
