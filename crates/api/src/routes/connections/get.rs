//! `connection_get`: one connection.

use chancery_directory::connections;
use chancery_kernel::ConnectionId;

use crate::extract::{Call, Path};
use crate::{Problem, Versioned, views};

pub async fn handle(
    Call(cx): Call,
    Path(id): Path<ConnectionId>,
) -> Result<Versioned<views::Connection>, Problem> {
    Ok(views::versioned(connections::get(&cx, id).await?.as_ref()))
}
