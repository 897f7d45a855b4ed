//! What a user can reach, and who can reach an object. A list is complete, or says that it is not.

use chancery_kernel::Outcome;
use chancery_model::Level;
use chancery_rebac::judge::UserFilter;
use chancery_rebac::tuple::Tuple;
use chancery_rebac::write_rules;

use super::{Asked, Ground, PATIENCE, Terms, check_named};
use crate::access::Asker;
use crate::wire::Form;
use crate::{Authz, fault, wire};

/// Results of a list that is answered whole, as OpenFGA bounds them by default; a stream has no such bound.
pub const MOST: usize = 1_000;

pub struct Objects<T> {
    pub ground: Ground,
    pub objects: T,
    pub complete: bool,
}

pub struct Users {
    pub ground: Ground,
    /// As tuples name them.
    pub users: Vec<String>,
    pub complete: bool,
}

impl Terms {
    /// What a list names (a type, a relation and a user), and what comes with it.
    pub(super) fn of_list(
        asked: wire::ListObjects,
        at_least: Option<u64>,
    ) -> ((String, String, String), Self) {
        let terms = Self {
            model: asked.authorization_model_id,
            contextual: asked.contextual_tuples.tuples(),
            context: asked.context,
            exactness: asked.consistency.with(at_least),
        };
        ((asked.r#type, asked.relation, asked.user), terms)
    }
}

impl Asked {
    /// Whether the model has what a list names.
    pub(crate) fn check_list(&self, type_name: &str, relation: &str, user: &str) -> Outcome<()> {
        check_named(&self.model, type_name, relation)?;
        self.check_contextual()?;
        write_rules::check_user(&self.model.source, user)
            .map_err(|reason| fault::invalid(format!("invalid 'user' value: {reason}")))
    }

    /// What a user can reach, and whether that is all.
    pub(crate) async fn objects(
        &self,
        type_name: String,
        relation: String,
        user: String,
        most: usize,
    ) -> Outcome<(Vec<String>, bool)> {
        self.check_list(&type_name, &relation, &user)?;
        let list = move |asked: &Self| {
            let listed =
                asked.within(PATIENCE, |question| question.list_objects(&type_name, &relation, &user, most));
            listed.map(|listed| (listed.objects, listed.complete))
        };
        self.clone().try_aside(list).await?.map_err(|why| fault::unanswered(&why))
    }

    /// The same, put down at once.
    async fn objects_as(
        &self,
        (type_name, relation, user): (String, String, String),
        most: usize,
        form: Form,
    ) -> Outcome<(Vec<u8>, bool)> {
        self.check_list(&type_name, &relation, &user)?;
        let list = move |asked: &Self| {
            let (names, mut all) = (form.of_type(&type_name), Vec::new());
            let complete = asked.within(PATIENCE, |question| {
                question.each_object((&type_name, &relation), &user, most, |id| names.put(&mut all, id))
            });
            complete.map(|complete| (all, complete))
        };
        self.clone().try_aside(list).await?.map_err(|why| fault::unanswered(&why))
    }

    /// Who can reach an object, and whether those are all.
    pub(crate) async fn users(
        &self,
        object: String,
        relation: String,
        filter: UserFilter,
    ) -> Outcome<(Vec<String>, bool)> {
        let type_name = object.split_once(':').map_or(object.as_str(), |(type_name, _)| type_name);
        check_named(&self.model, type_name, &relation)?;
        self.check_contextual()?;
        let list = move |asked: &Self| {
            asked.within(PATIENCE, |question| question.list_users(&object, &relation, &filter, MOST))
        };
        let listed = self.clone().try_aside(list).await?.map_err(|why| fault::unanswered(&why))?;
        Ok((listed.users, listed.complete))
    }
}

impl Authz {
    /// What a user can reach: at most so much.
    pub async fn list_objects(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListObjects,
        (at_least, most): (Option<u64>, usize),
    ) -> Outcome<Objects<Vec<String>>> {
        let (asked, (type_name, relation, user)) = self.lists(asker, store, asked, at_least).await?;
        let (objects, complete) = asked.objects(type_name, relation, user, most).await?;
        Ok(Objects { ground: asked.ground(), objects, complete })
    }

    /// The same, put down in a form.
    pub async fn list_objects_as(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListObjects,
        (at_least, most): (Option<u64>, usize),
        form: Form,
    ) -> Outcome<Objects<Vec<u8>>> {
        let (asked, list) = self.lists(asker, store, asked, at_least).await?;
        let (objects, complete) = asked.objects_as(list, most, form).await?;
        Ok(Objects { ground: asked.ground(), objects, complete })
    }

    /// Lets somebody ask for a list; what it names.
    async fn lists(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListObjects,
        at_least: Option<u64>,
    ) -> Outcome<(Asked, (String, String, String))> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields("ListObjectsRequest")?;
        let (list, terms) = Terms::of_list(asked, at_least);
        Ok((self.asked_here(here, terms).await?, list))
    }

    pub async fn list_users(
        &self,
        asker: &Asker,
        store: &str,
        asked: wire::ListUsers,
        at_least: Option<u64>,
    ) -> Outcome<Users> {
        let here = self.enter(asker, store, Level::Read).await?;
        asked.check_fields()?;
        let wire::ListUsers {
            object, relation, user_filters, contextual_tuples, context, consistency, ..
        } = asked;
        let terms = Terms {
            model: asked.authorization_model_id,
            contextual: contextual_tuples.into_iter().map(Tuple::from).collect(),
            context,
            exactness: consistency.with(at_least),
        };
        let asked = self.asked_here(here, terms).await?;
        let object = object.unwrap_or_default();
        let filter = user_filters.into_iter().next().unwrap_or_default();
        let relation_of = Some(filter.relation).filter(|relation| !relation.is_empty());
        let filter = UserFilter { type_name: filter.r#type, relation: relation_of };
        let object = format!("{}:{}", object.r#type, object.id);
        let (users, complete) = asked.users(object, relation, filter).await?;
        Ok(Users { ground: asked.ground(), users, complete })
    }
}
