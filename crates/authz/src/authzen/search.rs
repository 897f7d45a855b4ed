//! What can be done, by whom, with what (§8). A page is what follows a name in the order of names, so that it stays right
//! whatever is written between two.

use chancery_kernel::{Kind as FaultKind, Outcome};
use chancery_rebac::judge::UserFilter;
use chancery_rebac::tuple::TupleKey;

use super::{Evaluation, Page, Search, text};
use crate::access::Asker;
use crate::ask::{Asked, Ground, Terms};
use crate::{Authz, fault, token};

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Subject,
    Resource,
    Action,
}

/// Results, and how to get the next: empty at the end.
pub struct Found {
    pub ground: Ground,
    pub kind: Kind,
    /// `type:id`, or the names of actions.
    pub names: Vec<String>,
    pub next_token: String,
    pub complete: bool,
}

/// Results of a page, at most.
const MOST: usize = 1_000;

impl Authz {
    pub async fn search(
        &self,
        asker: &Asker,
        store: &str,
        kind: Kind,
        search: Search,
        terms: Terms,
    ) -> Outcome<Found> {
        let asked = self.asked(asker, store, terms).await?;
        let Search { question, page } = search;
        let asked = Asked { context: question.facts(), ..asked };
        let (mut names, complete) = match kind {
            Kind::Subject => subjects(&asked, &question).await?,
            Kind::Resource => resources(&asked, &question).await?,
            Kind::Action => actions(&asked, &question).await?,
        };
        names.sort_unstable();
        let (names, next_token) = cut(names, &page.unwrap_or_default())?;
        Ok(Found { ground: asked.ground(), kind, names, next_token, complete })
    }
}

async fn subjects(asked: &Asked, question: &Evaluation) -> Outcome<(Vec<String>, bool)> {
    let type_name = text(question.subject()?.r#type.as_ref(), "subject.type")?.to_owned();
    let (relation, object) = (question.relation()?, question.object()?);
    let filter = UserFilter { type_name, relation: None };
    asked.users(object, relation, filter).await
}

async fn resources(asked: &Asked, question: &Evaluation) -> Outcome<(Vec<String>, bool)> {
    let type_name = text(question.resource()?.r#type.as_ref(), "resource.type")?.to_owned();
    asked.objects(type_name, question.relation()?, question.user()?, usize::MAX).await
}

/// Every relation of the resource's type that the subject has to it; and whether all of them could be decided, which they
/// cannot where one rests on a condition that lacks something.
async fn actions(asked: &Asked, question: &Evaluation) -> Outcome<(Vec<String>, bool)> {
    let (user, object) = (question.user()?, question.object()?);
    let type_name = object.split_once(':').map_or("", |(type_name, _)| type_name);
    let found = asked.model.source.find_type(type_name);
    let found = found.ok_or_else(|| fault::invalid(format!("type '{type_name}' not found")))?;
    let (mut names, mut complete) = (Vec::new(), true);
    for relation in found.relations.keys() {
        let key = TupleKey::new(&object, relation, &user);
        asked.check_question(&key)?;
        match asked.check(&key).await {
            Ok(true) => names.push(relation.clone()),
            Ok(false) => {}
            Err(fault) if fault.kind == FaultKind::Invalid => complete = false,
            Err(fault) => return Err(fault),
        }
    }
    Ok((names, complete))
}

fn cut(mut names: Vec<String>, page: &Page) -> Outcome<(Vec<String>, String)> {
    if let Some(text) = page.token.as_ref().filter(|text| !text.is_empty()) {
        let after = token::read(text).ok_or_else(fault::bad_token)?;
        names.drain(..names.partition_point(|name| *name <= after));
    }
    let limit = match page.limit {
        None => MOST,
        Some(limit @ 1..) => usize::try_from(limit).map_or(MOST, |limit| limit.min(MOST)),
        Some(_) => return Err(fault::invalid("page.limit is below 1")),
    };
    let more = names.len() > limit;
    names.truncate(limit);
    let next = names.last().filter(|_| more).map(|last| token::write(last)).unwrap_or_default();
    Ok((names, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_in_the_order_of_names() {
        let names = || (0..5).map(|n| format!("user:{n}")).collect::<Vec<_>>();
        let (mut seen, mut token) = (Vec::new(), String::new());
        loop {
            let page = Page { token: Some(token), limit: Some(2) };
            let (some, next) = cut(names(), &page).unwrap();
            seen.extend(some);
            token = next;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, names());
        assert!(cut(names(), &Page { token: None, limit: Some(0) }).is_err());
        assert!(cut(names(), &Page { token: Some("!".into()), limit: None }).is_err());
    }
}
