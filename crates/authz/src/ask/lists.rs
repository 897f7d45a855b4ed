//! What a user can reach, and who can reach an object. A list is complete, or says that it is not.

use chancery_kernel::Outcome;
use chancery_rebac::engine::Listed;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::UserFilter;
use chancery_rebac::tuple::Tuple;
use chancery_rebac::write_rules;

use super::{Ground, PATIENCE, Terms, check_named};
use crate::access::Asker;
use crate::{Authz, fault, wire};

/// Results of a list that is answered whole, as OpenFGA bounds them by default; a stream has no such bound.
pub const MOST: usize = 1_000;

pub struct Objects {
    pub ground: Ground,
    pub objects: Vec<String>,
    pub complete: bool,
}

pub struct Users {
    pub ground: Ground,
    /// As tuples name them.
    pub users: Vec<String>,
    pub complete: bool,
}

impl Authz {
    /// `most`: none for a stream.
    pub async fn list_objects(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListObjects,
        (at_least, most): (Option<u64>, Option<usize>),
    ) -> Outcome<Objects> {
        let wire::ListObjects { r#type, relation, user, contextual_tuples, context, consistency, .. } = asked;
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: contextual_tuples.tuples(),
            context,
            exactness: consistency.with(at_least),
        };
        let asked = self.asked(asker, store, terms).await?;
        asked.check_contextual()?;
        let (ground, most) = (asked.ground(), most.unwrap_or(usize::MAX));
        check_named(&asked.model, &r#type, &relation)?;
        write_rules::check_user(&asked.model.source, &user)
            .map_err(|reason| fault::invalid(reason.to_string()))?;
        let listed = asked
            .aside(move |asked| {
                match asked.within(PATIENCE, |q| q.list_objects(&r#type, &relation, &user, most)) {
                    // The engine leaves conditions to the judge for now.
                    Err(Unanswered::Condition { .. }) => {
                        let mut objects = asked.list_plainly(&r#type, &relation, &user)?;
                        let complete = objects.len() <= most;
                        objects.truncate(most);
                        Ok(Listed { objects, complete })
                    }
                    listed => listed,
                }
            })
            .await?;
        let listed = listed.map_err(|why| fault::unanswered(&why))?;
        Ok(Objects { ground, objects: listed.objects, complete: listed.complete })
    }

    pub async fn list_users(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListUsers,
        at_least: Option<u64>,
    ) -> Outcome<Users> {
        let wire::ListUsers {
            object, relation, user_filters, contextual_tuples, context, consistency, ..
        } = asked;
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: contextual_tuples.into_iter().map(Tuple::from).collect(),
            context,
            exactness: consistency.with(at_least),
        };
        let asked = self.asked(asker, store, terms).await?;
        asked.check_contextual()?;
        let object = object.ok_or_else(|| fault::field("ListUsersRequest", "Object", "value is required"))?;
        let filter = match <[_; 1]>::try_from(user_filters) {
            Ok([one]) => UserFilter {
                type_name: one.r#type,
                relation: Some(one.relation).filter(|relation| !relation.is_empty()),
            },
            Err(_) => {
                let rule = "value must contain exactly 1 item(s)";
                return Err(fault::field("ListUsersRequest", "UserFilters", rule));
            }
        };
        check_named(&asked.model, &object.r#type, &relation)?;
        let (ground, object) = (asked.ground(), format!("{}:{}", object.r#type, object.id));
        let listed = asked.aside(move |asked| asked.list_users(&object, &relation, &filter)).await?;
        let mut users = listed.map_err(|why| fault::unanswered(&why))?;
        let complete = users.len() <= MOST;
        users.truncate(MOST);
        Ok(Users { ground, users, complete })
    }
}
