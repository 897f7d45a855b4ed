//! What people look at before they change it: models as they are written, mistakes with their places, tuples by any part.

use std::sync::Arc;

use chancery_kernel::Outcome;
use chancery_model::Level;
use chancery_rebac::dsl::{self, Places};
use chancery_rebac::engine::{Compiled, Filter, Stored};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::validate;

use crate::access::Asker;
use crate::models::Model;
use crate::version::Exactness;
use crate::{Authz, work};

/// A mistake in the text of a model. Line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub column: usize,
    pub message: String,
    /// What to do about it, where the message does not say.
    pub mend: &'static str,
}

/// Which tuples: each part may be empty, an object may be a type alone.
#[derive(Clone, Debug, Default)]
pub struct Sought {
    pub object: String,
    pub relation: String,
    pub user: String,
    pub after: String,
}

pub struct Found {
    pub tuples: Vec<Stored>,
    /// How to go on; empty at the end.
    pub next: String,
    pub version: u64,
    /// Of the whole store.
    pub of: u64,
}

/// Tuples of one page.
const ROWS: usize = 50;
/// Mistakes that are told at once.
const MOST: usize = 20;

impl Authz {
    /// A model as it is answered with; the newest where none is named, nothing where there is none yet.
    pub async fn look_at_model(
        &self,
        asker: &Asker,
        store: &str,
        named: &str,
    ) -> Outcome<Option<Arc<Model>>> {
        let here = self.enter(asker, store, Level::Read).await?;
        if named.is_empty() && here.store.latest.is_none() {
            return Ok(None);
        }
        self.model(&here, Some(named)).await.map(Some)
    }

    /// How many tuples there are, and at which version.
    pub async fn size(&self, asker: &Asker, store: &str) -> Outcome<(u64, u64)> {
        let here = self.enter(asker, store, Level::Read).await?;
        let graph = self.graph(&here, Exactness::default()).await?;
        Ok((graph.len(), graph.version()))
    }

    /// Reads the text of a model as writing it would, and tells every mistake.
    pub async fn check_text(
        &self,
        asker: &Asker,
        store: &str,
        text: &str,
    ) -> Outcome<Result<AuthorizationModel, Vec<Mistake>>> {
        let here = self.enter(asker, store, Level::Manage).await?;
        let text = text.to_owned();
        work::aside(&self.0.work, here.store.org, move || checked(&text)).await
    }

    /// By any part. A page goes on where it began, on every node and after every start, and is full where there is more.
    pub async fn search_tuples(&self, asker: &Asker, store: &str, sought: &Sought) -> Outcome<Found> {
        let here = self.enter(asker, store, Level::Read).await?;
        let (filter, graph) = (filter(sought), self.graph(&here, Exactness::default()).await?);
        let (version, of) = (graph.version(), graph.len());
        let (tuples, next) = self.matches(&here, graph, &filter, &sought.after, ROWS).await?;
        Ok(Found { tuples, next, version, of })
    }
}

fn filter(sought: &Sought) -> Filter {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let (kind, id) = sought.object.split_once(':').unwrap_or((&sought.object, ""));
    Filter {
        object_type: given(kind),
        object_id: given(id),
        relation: given(&sought.relation),
        user: given(&sought.user),
    }
}

fn checked(text: &str) -> Result<AuthorizationModel, Vec<Mistake>> {
    let told = |mut all: Vec<Mistake>| {
        all.sort_by_key(|one| (one.line, one.column));
        all.truncate(MOST);
        all
    };
    let read = dsl::parse_with_places(text).map_err(|errors| {
        let one = |e: dsl::DslError| Mistake { line: e.line, column: e.column, message: e.message, mend: "" };
        told(errors.into_iter().map(one).collect())
    });
    let (model, places) = read?;
    if let Err(errors) = validate::check(&model) {
        let one = |message: String| placed(text, &places, message);
        return Err(told(errors.into_iter().map(|e| one(e.message)).collect()));
    }
    match Compiled::new(Arc::new(model.clone())) {
        Ok(_) => Ok(model),
        Err(why) => Err(vec![placed(text, &places, why.to_string())]),
    }
}

/// OpenFGA's words name relations, types and conditions, not where they stand.
fn placed(text: &str, places: &Places, message: String) -> Mistake {
    let says = |word: &str| message.contains(&format!("'{word}'"));
    let place = |(type_name, relation): &(String, String)| {
        says(&format!("{type_name}#{relation}")) || says(relation) && says(type_name)
    };
    let relations = places.relations.iter().filter(|(name, _)| place(name)).map(|(_, at)| *at);
    let types = places.types.iter().filter(|(name, _)| says(name)).map(|(_, at)| *at);
    let conditions = places
        .conditions
        .iter()
        .filter(|(name, _)| says(name) || message.contains(&format!("condition {name} ")));
    let mut named = relations.chain(conditions.map(|(_, at)| *at)).chain(types);
    let (line, column) = named.next().or_else(|| written(text, &message)).unwrap_or((1, 1));
    let mend = mend(&message);
    Mistake { line, column, message, mend }
}

/// Where a name that the message quotes is written, if it is defined nowhere.
fn written(text: &str, message: &str) -> Option<(usize, usize)> {
    let quoted = message.split('\'').skip(1).step_by(2);
    let mut names = quoted.filter_map(|quoted| quoted.rsplit('#').next());
    names.find_map(|name| {
        let mut lines = text.lines().enumerate();
        lines.find_map(|(at, line)| Some((at + 1, column_of(line, name)?)))
    })
}

fn column_of(line: &str, name: &str) -> Option<usize> {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let whole = |(at, _): &(usize, &str)| {
        let (before, after) =
            (line.get(..*at).unwrap_or_default(), line.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(part) && !after.starts_with(part)
    };
    let (at, _) = line.match_indices(name).find(whole).filter(|_| !name.is_empty())?;
    Some(line.get(..at)?.chars().count() + 1)
}

/// What to do about what the validation finds.
const MENDS: &[(&str, &str)] = &[
    ("no entrypoints", "let it name somebody directly, as in `define owner: [user]`, on one of its ways"),
    ("potential loop", "let one of the relations name somebody directly, as in `[user]`"),
    ("cannot contain a cycle", "break the circle: one of the relations has to follow from something else"),
    ("invalid userset rewrite", "a relation cannot follow from itself: say from what it follows"),
    (
        "must be a direct relation",
        "the relation after `from` has to be a list of types alone, as in `define parent: [folder]`",
    ),
    ("relation is undefined", "define this relation in its type, or correct the name"),
    ("undefined relation", "define this relation in the type that is named, or correct the name"),
    ("undefined type", "define this type, or correct the name"),
    ("is not valid", "name a type that the model has, or a relation of it, as in `[user, group#member]`"),
    ("is undefined for relation", "define the condition at the end of the model, or correct the name"),
    ("must contain at least one relation type", "name at least one type, as in `[user]`"),
    ("should not contain a relation type", "leave out the list of types"),
    ("reserved keywords", "call it something else"),
    ("duplicate types", "give each type a name of its own"),
    ("does not match regex", "use letters, digits, `_` and `-`"),
    ("failed to compile expression", "correct the expression between the braces"),
    ("exceeds", "make the model smaller"),
];

fn mend(message: &str) -> &'static str {
    MENDS.iter().find(|(part, _)| message.contains(part)).map_or("", |(_, mend)| mend)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(text: &str) -> Vec<(usize, usize, String, &'static str)> {
        let all = checked(text).expect_err("it is wrong");
        all.into_iter().map(|one| (one.line, one.column, one.message, one.mend)).collect()
    }

    #[test]
    fn a_mistake_has_its_place_and_its_mend() {
        let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define a: [user] or b c\n";
        let found = mistakes(text);
        assert_eq!((found[0].0, found[0].1), (6, 27), "{found:?}");
        let loops = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define ok: [user]\n    define a: b\n    define b: a\n";
        let found = mistakes(loops);
        assert_eq!(found.iter().map(|one| one.0).collect::<Vec<_>>(), [7, 8], "{found:?}");
        assert!(found.iter().all(|one| one.3.contains("[user]")), "{found:?}");
        let missing = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define a: [user] or gone\n";
        let found = mistakes(missing);
        assert_eq!((found[0].0, found[0].3.is_empty()), (6, false), "{found:?}");
        let condition = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define a: [user with c]\ncondition c(x: int) {\n  x + 1\n}\n";
        let found = mistakes(condition);
        assert_eq!((found[0].0, found[0].3.is_empty()), (7, false), "{found:?}");
    }
}
