//! The wall of an organization: whatever is named from the other side looks as if it did not exist.

use chancery_context::{Caller, Cx};
use chancery_directory::organizations::{self, Founded, NewOrganization};
use chancery_directory::users::NewUser;
use chancery_kernel::{Id, OrgId, Secret};
use chancery_testkit::{ADMINISTRATOR, PASSWORD};

use crate::world::World;

/// Another organization on the same server, founded as the command line does it.
pub async fn second_organization(w: &World) -> Founded {
    let platform = w.kit.running.platform.clone();
    let org = OrgId::from_uuid(chancery_kernel::id::Uuid::nil());
    let request = platform.db.env().id();
    let cx = Cx { platform, org, caller: Caller::System, request, address: None };
    let administrator = NewUser {
        login: ADMINISTRATOR.to_owned(),
        email: ADMINISTRATOR.to_owned(),
        display_name: "Bea".to_owned(),
        manager: None,
        password: Some(Secret::new(PASSWORD)),
    };
    let new = NewOrganization { slug: "other".to_owned(), title: "Other".to_owned(), administrator };
    organizations::create(&cx, new).await.unwrap()
}
