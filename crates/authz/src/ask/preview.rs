//! Who gains and who loses by some tuples, before they are written; and the write that holds to what was seen.

use std::collections::HashSet;

use chancery_audit::merkle;
use chancery_kernel::Outcome;
use chancery_model::Level;
use chancery_rebac::effect::{Change as Effects, Changed, Effect, Whom};
use chancery_rebac::engine::{Change, Graph};
use chancery_rebac::tuple::{Context, Tuple};
use chancery_rebac::{size, write_rules};
use data_encoding::HEXLOWER;
use serde_json::json;

use super::{Asked, Ground, PATIENCE, Terms};
use crate::access::Asker;
use crate::stores::ulid;
use crate::write::Written;
use crate::{Authz, fault, wire, write};

/// Tuples that are to come or to go, all of them or none.
#[derive(Clone, Debug)]
pub struct Wish {
    pub comes: bool,
    pub tuples: Vec<Tuple>,
    /// What questions bring, where the answer rests on conditions.
    pub context: Context,
}

/// What it would change.
pub struct Preview {
    pub ground: Ground,
    /// The tuples as they stand or would stand.
    pub tuples: Vec<Tuple>,
    pub changed: Vec<Changed>,
    /// Answers that change besides those.
    pub more: usize,
    /// Answers that rest on conditions with and without it.
    pub undecided: usize,
    pub complete: bool,
    /// Says what was seen: a change is bound to it.
    pub seal: String,
}

/// What came of a change that was bound to what was seen.
pub enum Settled {
    Written(Box<Written>),
    /// It would do something else by now.
    Moved(Box<Preview>),
}

/// Changes that are listed.
const MOST: usize = 200;
/// So often a store that moves is looked at again.
const TRIES: usize = 3;

impl Authz {
    /// For somebody who may change it, and read it.
    pub async fn preview(&self, asker: &Asker, store: &str, wish: &Wish) -> Outcome<Preview> {
        self.enter(asker, store, Level::Write).await?;
        let terms = Terms { context: Some(wish.context.clone()), ..Terms::default() };
        let asked = self.asked(asker, store, terms).await?;
        let wish = Wish { tuples: checked(&asked, wish)?, ..wish.clone() };
        let (tuples, ground, model) = (wish.tuples.clone(), asked.ground(), asked.model.id);
        let effect = asked.aside(move |asked| effect(asked, &wish).map(|effect| (wish, effect))).await??;
        let (wish, mut effect) = effect;
        let seal = seal(&wish, &effect, &model.to_string());
        let more = effect.changed.len().saturating_sub(MOST);
        effect.changed.truncate(MOST);
        let Effect { changed, undecided, complete } = effect;
        Ok(Preview { ground, tuples, changed, more, undecided, complete, seal })
    }

    /// Writes it if it still does what was seen, at the very version at which that was found out.
    pub async fn change_as_seen(
        &self,
        asker: &Asker,
        store: &str,
        wish: &Wish,
        seen: &str,
    ) -> Outcome<Settled> {
        let mut tries = 0;
        loop {
            let preview = self.preview(asker, store, wish).await?;
            if preview.seal != seen || tries == TRIES {
                return Ok(Settled::Moved(Box::new(preview)));
            }
            tries += 1;
            let order = order(wish.comes, &preview);
            match self.write_at(asker, store, order, Some(preview.ground.version)).await {
                Ok(written) => return Ok(Settled::Written(Box::new(written))),
                Err(fault) if fault.code == crate::write::MOVED => {}
                Err(fault) => return Err(fault),
            }
        }
    }
}

fn order(comes: bool, preview: &Preview) -> wire::Write {
    let tuple_keys = preview.tuples.iter().cloned().map(wire::TupleWire::from).collect();
    let authorization_model_id = ulid(preview.ground.model);
    let (mut writes, mut deletes) = (None, None);
    if comes {
        writes = Some(wire::Writes { tuple_keys, ..wire::Writes::default() });
    } else {
        deletes = Some(wire::Deletes { tuple_keys, ..wire::Deletes::default() });
    }
    wire::Write { writes, deletes, authorization_model_id }
}

/// The tuples as they would be written, or as they stand.
fn checked(asked: &Asked, wish: &Wish) -> Outcome<Vec<Tuple>> {
    if wish.tuples.is_empty() || wish.tuples.len() > write::MOST {
        let text = format!("name 1 to {} tuples: so many are changed at once", write::MOST);
        return Err(fault::invalid(text));
    }
    let mut seen = HashSet::new();
    if let Some(twice) = wish.tuples.iter().find(|tuple| !seen.insert(&tuple.key)) {
        return Err(fault::invalid(format!("{} is named twice: once is enough", twice.key)));
    }
    wish.tuples.iter().map(|tuple| checked_one(asked, wish.comes, tuple)).collect()
}

fn checked_one(asked: &Asked, comes: bool, tuple: &Tuple) -> Outcome<Tuple> {
    let stands = asked.graph.find(&tuple.key).map(|stored| stored.tuple);
    match (comes, stands) {
        (true, Some(_)) => {
            Err(fault::invalid(format!("{} stands already: there is nothing to add", tuple.key)))
        }
        (false, None) => {
            Err(fault::invalid(format!("there is no tuple {}: there is nothing to remove", tuple.key)))
        }
        (false, Some(tuple)) => Ok(tuple),
        (true, None) => {
            write_rules::check_stored(&asked.model.source, tuple, size::MOST_CONTEXT)
                .map_err(|reason| fault::invalid(reason.sentence(tuple)))?;
            Ok(tuple.clone())
        }
    }
}

fn effect(asked: &Asked, wish: &Wish) -> Outcome<Effect> {
    let other = Asked { graph: other(asked, wish), contextual: brought(wish), ..asked.clone() };
    let found = asked.within(PATIENCE, |now| {
        other.within(PATIENCE, |then| {
            let (with, without) = if wish.comes { (*then, *now) } else { (*now, *then) };
            Effects { with, without, tuples: &wish.tuples, comes: wish.comes }.effect()
        })
    });
    found.map_err(|why| fault::unanswered(&why))
}

/// What is added comes with the question; what is removed is taken out of a copy.
fn brought(wish: &Wish) -> Vec<Tuple> {
    if wish.comes { wish.tuples.clone() } else { Vec::new() }
}

fn other(asked: &Asked, wish: &Wish) -> Graph {
    if wish.comes {
        return asked.graph.clone();
    }
    let gone: Vec<_> = wish.tuples.iter().map(|tuple| Change::Delete(tuple.key.clone())).collect();
    asked.graph.apply(asked.graph.version(), &gone)
}

/// The digest of all that was shown, and of what it was shown for.
fn seal(wish: &Wish, effect: &Effect, model: &str) -> String {
    let whom = |whom: &Whom| match whom {
        Whom::One(name) => name.clone(),
        Whom::Others(type_name) => format!("{type_name}:*"),
    };
    let one = |c: &Changed| json!([whom(&c.whom), c.object, c.relation, c.before, c.after]);
    let seen = json!({
        "model": model, "comes": wish.comes, "tuples": wish.tuples, "context": wish.context,
        "changed": effect.changed.iter().map(one).collect::<Vec<_>>(),
        "undecided": effect.undecided, "complete": effect.complete,
    });
    HEXLOWER.encode(&merkle::sha256(seen.to_string().as_bytes()))
}

impl From<Tuple> for wire::TupleWire {
    fn from(tuple: Tuple) -> Self {
        let condition = tuple
            .condition
            .map(|condition| wire::ConditionWire { name: condition.name, context: Some(condition.context) });
        Self { user: tuple.key.user, relation: tuple.key.relation, object: tuple.key.object, condition }
    }
}
