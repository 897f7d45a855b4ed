//! Tuples that come or go: first who gains and who loses, then the change, bound to what was seen.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_authz::ask::{self, Settled};
use chancery_authz::wire::TupleWire;
use chancery_context::Act;
use chancery_kernel::{Fault, Outcome};
use chancery_rebac::effect::{Changed, Whom};
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};
use http::StatusCode;
use serde::Deserialize;

use super::super::flash;
use super::super::read::{Read, Refused};
use super::super::seat::{Posted, Seat};
use super::{asker, authz, can_be_mended, context, lines, opened, refused};
use crate::links;
use crate::pages::store_change::{Preview, Row, View, Wish, render};
use crate::parts::Draft;
use crate::parts::badge::Turn;
use crate::web::answer::{status, with_status};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Asked {
    act: String,
    object: String,
    relation: String,
    user: String,
    more: String,
    condition: String,
    context: String,
    given: String,
}

impl Asked {
    fn goes(&self) -> bool {
        self.act == "remove"
    }

    fn typed(&self) -> [(&str, &str); 7] {
        [
            ("object", &self.object),
            ("relation", &self.relation),
            ("user", &self.user),
            ("more", &self.more),
            ("condition", &self.condition),
            ("context", &self.context),
            ("given", &self.given),
        ]
    }

    fn is_blank(&self) -> bool {
        self.typed().iter().all(|(_, text)| text.is_empty())
    }

    fn wish(&self) -> Read<ask::Wish> {
        let values = context("context", &self.context)?;
        let name = self.condition.trim().to_owned();
        if name.is_empty() && values.is_some() {
            return Err(Refused::at(
                "condition",
                "condition_missing",
                "name the condition that these values are for",
            ));
        }
        let condition =
            (!name.is_empty()).then(|| TupleCondition { name, context: values.unwrap_or_default() });
        let context = context("given", &self.given)?.unwrap_or_default();
        let tuples = self.keys()?.into_iter().map(|key| Tuple { key, condition: condition.clone() });
        Ok(ask::Wish { comes: !self.goes(), tuples: tuples.collect(), context })
    }

    /// The one that has fields of its own, if any of them is filled in, and those that are written one to a line.
    fn keys(&self) -> Read<Vec<TupleKey>> {
        let [object, relation, user] = [&self.object, &self.relation, &self.user].map(|text| text.trim());
        let own = TupleKey::new(object, relation, user);
        let is_named = [object, relation, user].iter().any(|text| !text.is_empty());
        let more = lines("more", &self.more)?.into_iter().map(TupleWire::key);
        Ok(is_named.then_some(own).into_iter().chain(more).collect())
    }
}

pub(in super::super) async fn look(
    seat: Seat,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let view = match blank(&seat, &id, &asked).await {
        Ok(view) => view,
        Err(fault) => return seat.problem(&fault),
    };
    if asked.is_blank() {
        return seat.page(render(&seat.frame(), &view));
    }
    match previewed(&seat, &id, &asked).await {
        Ok(preview) => seat.page(render(&seat.frame(), &View { preview: Some(shown(preview)), ..view })),
        Err(why) => again(&seat, &asked, view, &why),
    }
}

async fn blank(seat: &Seat, id: &str, asked: &Asked) -> Outcome<View> {
    let _may = seat.cx().allowed(Act::RelationWrite, id).await?;
    let (store, vocabulary) = opened(seat, id).await?;
    let Asked { object, relation, user, more, condition, context, given, .. } = asked.clone();
    let wish = Wish { object, relation, user, more, condition, context, given };
    Ok(View {
        store,
        goes: asked.goes(),
        wish,
        vocabulary,
        preview: None,
        moved: false,
        draft: Draft::default(),
    })
}

async fn previewed(seat: &Seat, id: &str, asked: &Asked) -> Read<ask::Preview> {
    let wish = asked.wish()?;
    Ok(authz(seat).preview(&asker(seat), id, &wish).await?)
}

fn again(seat: &Seat, asked: &Asked, view: View, why: &Refused) -> Response {
    if !can_be_mended(&why.fault) {
        return seat.problem(&why.fault);
    }
    let draft = refused("tuple", why, &asked.typed());
    with_status(status(why.fault.kind), render(&seat.frame(), &View { draft, ..view }))
}

pub(in super::super) async fn confirm(Path(id): Path<String>, posted: Posted) -> Response {
    let text = |name| posted.text(name).to_owned();
    let asked = Asked {
        act: text("act"),
        object: text("object"),
        relation: text("relation"),
        user: text("user"),
        more: text("more"),
        condition: text("condition"),
        context: text("context"),
        given: text("given"),
    };
    let seat = &posted.seat;
    let settled = match settled(&posted, &id, &asked).await {
        Ok(Settled::Written(_)) => {
            let note = match (asked.goes(), asked.more.is_empty()) {
                (true, true) => &flash::TUPLE_REMOVED,
                (true, false) => &flash::TUPLES_REMOVED,
                (false, true) => &flash::TUPLE_ADDED,
                (false, false) => &flash::TUPLES_ADDED,
            };
            return posted.done(&links::store_tuples(&id), note);
        }
        Ok(Settled::Moved(preview)) => Ok(*preview),
        Err(why) if !can_be_mended(&why.fault) => return seat.problem(&why.fault),
        Err(why) => Err(why),
    };
    let view = match blank(seat, &id, &asked).await {
        Ok(view) => view,
        Err(fault) => return seat.problem(&fault),
    };
    match settled {
        Ok(preview) => {
            let view = View { preview: Some(shown(preview)), moved: true, ..view };
            with_status(StatusCode::CONFLICT, render(&seat.frame(), &view))
        }
        Err(why) => again(seat, &asked, view, &why),
    }
}

async fn settled(posted: &Posted, id: &str, asked: &Asked) -> Read<Settled> {
    let act = posted.text("act");
    if act != "add" && act != "remove" {
        return Err(Fault::invalid("not_listed", "say whether they are to come or to go").into());
    }
    let (authz, asker) = (authz(&posted.seat), asker(&posted.seat));
    Ok(authz.change_as_seen(&asker, id, &asked.wish()?, posted.text("seen")).await?)
}

fn shown(preview: ask::Preview) -> Preview {
    Preview {
        tuples: preview.tuples.len(),
        rows: preview.changed.into_iter().map(row).collect(),
        more: preview.more as u64,
        undecided: preview.undecided as u64,
        complete: preview.complete,
        seal: preview.seal,
    }
}

fn row(one: Changed) -> Row {
    let turn = match (one.before, one.after) {
        (Some(false), Some(true)) => Turn::Gains,
        (_, Some(false)) if one.before == Some(true) => Turn::Loses,
        (None, Some(true)) | (Some(false), None) => Turn::MayGain,
        _ => Turn::MayLose,
    };
    let who = match one.whom {
        Whom::One(name) => name,
        Whom::Others(kind) => format!("everybody else of the type {kind}"),
    };
    Row { who, turn, relation: one.relation, object: one.object }
}
