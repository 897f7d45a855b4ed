//! One tuple that comes or goes: first who gains and who loses, then the change, bound to what was seen.

use axum::extract::{Path, Query};
use axum::response::Response;
use chancery_authz::ask::{self, Settled};
use chancery_kernel::{Fault, Outcome};
use chancery_rebac::effect::{Changed, Whom};
use chancery_rebac::tuple::{Tuple, TupleCondition, TupleKey};
use http::StatusCode;
use serde::Deserialize;

use super::super::flash;
use super::super::read::{Read, Refused};
use super::super::seat::{Posted, Seat};
use super::{asker, authz, can_be_mended, context, opened, refused};
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
    condition: String,
    context: String,
    given: String,
}

impl Asked {
    fn goes(&self) -> bool {
        self.act == "remove"
    }

    fn typed(&self) -> [(&str, &str); 6] {
        [
            ("object", &self.object),
            ("relation", &self.relation),
            ("user", &self.user),
            ("condition", &self.condition),
            ("context", &self.context),
            ("given", &self.given),
        ]
    }

    fn is_blank(&self) -> bool {
        self.typed().iter().all(|(_, text)| text.is_empty())
    }

    fn wish(&self) -> Read<ask::Wish> {
        let text = |text: &str| text.trim().to_owned();
        let key =
            TupleKey { object: text(&self.object), relation: text(&self.relation), user: text(&self.user) };
        let values = context("context", &self.context)?;
        let name = text(&self.condition);
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
        Ok(ask::Wish { comes: !self.goes(), tuple: Tuple { key, condition }, context })
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
    let (store, vocabulary) = opened(seat, id).await?;
    let Asked { object, relation, user, condition, context, given, .. } = asked.clone();
    let wish = Wish { object, relation, user, condition, context, given };
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
        condition: text("condition"),
        context: text("context"),
        given: text("given"),
    };
    let seat = &posted.seat;
    let settled = match settled(&posted, &id, &asked).await {
        Ok(Settled::Written(_)) => {
            let note = if asked.goes() { &flash::TUPLE_REMOVED } else { &flash::TUPLE_ADDED };
            return posted.done(&links::store_tuples(&id), note);
        }
        Ok(Settled::Moved(preview)) => Ok(*preview),
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
        return Err(Fault::invalid("not_listed", "say whether the tuple is to come or to go").into());
    }
    let (authz, asker) = (authz(&posted.seat), asker(&posted.seat));
    Ok(authz.change_as_seen(&asker, id, &asked.wish()?, posted.text("seen")).await?)
}

fn shown(preview: ask::Preview) -> Preview {
    Preview {
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
