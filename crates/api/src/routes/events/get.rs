//! `event_get`: one line of the log.

use axum::Json;
use chancery_kernel::EventId;
use chancery_watch::events;

use crate::Answer;
use crate::extract::{Call, Path};
use crate::views;

pub async fn handle(Call(cx): Call, Path(event): Path<EventId>) -> Answer<views::Event> {
    let seen = events::get(&cx, event).await?;
    Ok(Json(views::Event::from(&seen)))
}
