//! What was tried where nothing allows: each way, and what is missing on it.

use super::{Because, Cited, MOST, Telling};
use crate::model::Userset;
use crate::tuple::TupleKey;

impl Telling<'_> {
    /// Why a rewrite does not allow, or cannot be answered.
    pub(super) fn refute(&mut self, rewrite: &Userset, object: &str, relation: &str) -> Because {
        match rewrite {
            Userset::This => self.tuples(object, relation, None),
            Userset::Computed(other) => Because::Computed(Box::new(self.place(object, other))),
            Userset::TupleToUserset { tupleset, computed } => self.tuples(object, tupleset, Some(computed)),
            Userset::Union(children) => {
                let mut tried = Vec::new();
                for child in children {
                    match self.refute(child, object, relation) {
                        Because::Nothing(more) => tried.extend(more),
                        one => tried.push(one),
                    }
                }
                Because::Nothing(tried)
            }
            Userset::Intersection(children) => self.first_that_denies(children, object, relation),
            Userset::Difference { base, subtract } => {
                let base = self.side(base, object, relation);
                if base.allows() != Some(true) {
                    return base;
                }
                Because::ButNot(Box::new(base), Box::new(self.side(subtract, object, relation)))
            }
        }
    }

    /// A side of `and` or `but not`, either way.
    pub(super) fn side(&mut self, rewrite: &Userset, object: &str, relation: &str) -> Because {
        // A place of its own knows by a check; what is put together has to be looked at.
        match rewrite {
            Userset::Computed(_) => self.refute(rewrite, object, relation),
            _ => match self.prove(rewrite, object, relation) {
                Some(because) => because,
                None => self.refute(rewrite, object, relation),
            },
        }
    }

    fn first_that_denies(&mut self, sides: &[Userset], object: &str, relation: &str) -> Because {
        let mut all = Vec::new();
        for side in sides {
            let because = self.side(side, object, relation);
            if because.allows() == Some(false) {
                return because;
            }
            all.push(because);
        }
        Because::Every(all)
    }

    /// The tuples of a relation: those that name users, or (with a relation to go on by) parents.
    fn tuples(&mut self, object: &str, relation: &str, onwards: Option<&str>) -> Because {
        let named = if onwards.is_none() { self.naming(object, relation) } else { Vec::new() };
        let mut tried: Vec<Because> = named.iter().map(|cited| self.named(cited)).collect();
        for (cited, place) in self.leading(object, relation, onwards) {
            if self.told > MOST {
                tried.push(Because::Cut);
                break;
            }
            tried.push(match self.unheld(&cited) {
                None => Because::Through(cited, Box::new(self.place(&place.0, &place.1))),
                Some(open @ Because::Unevaluated { .. }) => {
                    let key = TupleKey::new(&place.0, &place.1, self.user);
                    match self.question.check(&key) {
                        Ok(false) => Because::Idle(cited, Box::new(self.place(&place.0, &place.1))),
                        _ => open,
                    }
                }
                Some(because) => because,
            });
        }
        if tried.is_empty() {
            let (object, relation) = (object.to_owned(), relation.to_owned());
            return Because::Missing { object, relation, onwards: onwards.map(str::to_owned) };
        }
        Because::Nothing(tried)
    }

    fn named(&self, cited: &Cited) -> Because {
        self.unheld(cited).unwrap_or_else(|| Because::Named(cited.clone()))
    }
}
