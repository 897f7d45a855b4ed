//! What a user may reach.

use super::bound::PlanId;
use super::names::Names;
use super::overlay::Overlay;
use super::question::Question;
use super::reached::Reach;
use super::registry::TypeId;
use super::session::Session;
use super::subjects::User;
use crate::fault::Unanswered;

/// Objects, and whether they are all there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// `type:id`, in the order in which they became known.
    pub objects: Vec<String>,
    /// False where there are more than were wanted, or the time was over before all were found.
    pub complete: bool,
}

/// The same in numbers, which cost nothing to make and mean something for this graph and its later versions only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    pub objects: Vec<u32>,
    /// Ids of objects that only the question's own tuples name, and that have no number therefore.
    pub beside: Vec<String>,
    pub complete: bool,
}

impl Question<'_> {
    /// At most so many objects of a type to which the user has the relation.
    pub fn list_objects(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
        most: usize,
    ) -> Result<Listed, Unanswered> {
        let mut objects = Vec::new();
        let give = |id: &[u8]| objects.push([type_name, ":", &String::from_utf8_lossy(id)].concat());
        let complete = self.each_object((type_name, relation), user, most, give)?;
        Ok(Listed { objects, complete })
    }

    /// The same, given one by one and by their ids without the type, as bytes: each is text. Says whether they were all there
    /// are.
    pub fn each_object(
        &self,
        (type_name, relation): (&str, &str),
        user: &str,
        most: usize,
        mut give: impl FnMut(&[u8]),
    ) -> Result<bool, Unanswered> {
        let numbers = self.list_numbers(type_name, relation, user, most)?;
        self.graph.objects(type_name).each_id(&numbers.objects, &mut give);
        numbers.beside.iter().for_each(|id| give(id.as_bytes()));
        Ok(numbers.complete)
    }

    /// The same in numbers, in ascending order.
    pub fn list_numbers(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
        most: usize,
    ) -> Result<Numbers, Unanswered> {
        self.list(type_name, relation, user, most, |sort, overlay, mut numbers| {
            let inner = &*self.graph.inner;
            let known = inner.names(sort).map_or(0, Names::len);
            let new = numbers.objects.partition_point(|number| *number < known);
            let new = numbers.objects.split_off(new).into_iter();
            numbers.beside = new.filter_map(|n| overlay.name(inner, sort, n).map(str::to_owned)).collect();
            numbers
        })
    }

    fn list<T>(
        &self,
        type_name: &str,
        relation: &str,
        user: &str,
        most: usize,
        give: impl FnOnce(TypeId, &Overlay, Numbers) -> T,
    ) -> Result<T, Unanswered> {
        let inner = &*self.graph.inner;
        self.model.within(&inner.registry, |bound| {
            let mut overlay = Overlay::new(inner, self.contextual);
            let (sort, plan) = self.relation(bound, type_name, relation)?;
            let user = self.user(bound, &mut overlay, user)?;
            let session = Session::new(self, bound, &overlay, user);
            Ok(give(sort, &overlay, self.numbers(session, plan, user, most)?))
        })
    }

    fn numbers(
        &self,
        mut session: Session<'_>,
        plan: PlanId,
        user: User,
        most: usize,
    ) -> Result<Numbers, Unanswered> {
        let reach = Reach::new(session.bound, session.inner, session.overlay, user, self.over);
        let Ok(found) = reach.solve(plan) else { return Ok(Numbers::default()) };
        let mut objects: Vec<u32> = found.sure.iter().take(most.saturating_add(1)).collect();
        let mut complete = true;
        for object in found.maybe.without(&found.sure).iter() {
            if objects.len() > most {
                break;
            }
            match session.check(plan, object) {
                Ok(true) => objects.push(object),
                Ok(false) => {}
                Err(Unanswered::Deadline) => {
                    complete = false;
                    break;
                }
                Err(fault) => return Err(fault),
            }
        }
        if objects.len() > most {
            objects.truncate(most);
            complete = false;
        }
        objects.sort_unstable();
        Ok(Numbers { objects, beside: Vec::new(), complete })
    }
}
