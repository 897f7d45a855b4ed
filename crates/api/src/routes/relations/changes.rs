//! `relation_changes`: what was written and deleted, in its order.

use axum::extract::State;
use chancery_authz::changes::{Changed, Wanted};
use chancery_kernel::Fault;
use chancery_rebac::engine::Change;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::IntoParams;

use crate::extract::{Asking, Loose, Names};
use crate::related::{Answered, of_store, ok};
use crate::{Api, Problem};

#[derive(Default, Deserialize, IntoParams)]
#[serde(default)]
pub struct Filter {
    /// Only objects of this type.
    pub r#type: Option<String>,
    /// 1 to 100, 50 unless said.
    #[serde(alias = "pageSize")]
    pub page_size: Option<i32>,
    /// That of the reading before: it says more than a time.
    #[serde(alias = "continuationToken")]
    pub continuation_token: Option<String>,
    /// From this moment on (RFC 3339), which must be past.
    #[serde(alias = "startTime")]
    pub start_time: Option<String>,
}

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    Loose(filter): Loose<Filter>,
) -> Answered {
    let start_time = filter.start_time.map(|text| text.parse()).transpose();
    let start_time = start_time
        .map_err(|_| Problem::from(Fault::invalid("validation_error", "start_time is no RFC 3339 time")))?;
    let wanted = Wanted {
        r#type: filter.r#type.unwrap_or_default(),
        page_size: filter.page_size.map(i64::from),
        continuation_token: filter.continuation_token.unwrap_or_default(),
        start_time,
    };
    let page = api.authz.read_changes(&asker, &store, wanted).await?;
    let changes: Vec<_> = page.changes.iter().map(shown).collect();
    let body = json!({ "changes": changes, "continuation_token": page.continuation_token });
    Ok(of_store(ok(&body), &store))
}

fn shown(changed: &Changed) -> Value {
    let (key, operation) = match &changed.change {
        Change::Write(tuple, _) => (tuple.to_json(), "TUPLE_OPERATION_WRITE"),
        Change::Delete(key) => {
            let mut key = key.to_json();
            if let Some(members) = key.as_object_mut() {
                members.insert("condition".to_owned(), Value::Null);
            }
            (key, "TUPLE_OPERATION_DELETE")
        }
    };
    json!({ "tuple_key": key, "operation": operation, "timestamp": changed.at })
}
