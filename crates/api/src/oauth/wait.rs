//! What became of a backchannel request, as server-sent events: an extension beside polling (CIBA §10.1).

use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use chancery_issuer::Following;
use serde_json::{Value, json};

use crate::Api;
use crate::oauth::asked::Asked;
use crate::oauth::reply::Refused;
use crate::waiting::{Outcome, stream};

struct Question(Following);

impl Outcome for Question {
    async fn look(&mut self, patience: Duration) -> Result<Option<Value>, ()> {
        let state = self.0.state(patience).await.map_err(drop)?;
        Ok(state.map(|state| json!({ "state": state.as_str() })))
    }
}

/// Takes what a poll takes, and gives no token: the client polls once it knows that there is one.
pub(super) async fn wait(State(api): State<Api>, asked: Asked) -> Result<Response, Refused> {
    let params = asked.params()?;
    let following = api.issuer.follow(asked.call(&params)).await?;
    Ok(stream(Question(following)))
}
