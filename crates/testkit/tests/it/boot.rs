//! From nothing to an administrator with a token.

use chancery_kernel::Seconds;
use chancery_testkit::{ADMINISTRATOR, Kit, PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_server_is_set_up_through_its_link_and_then_never_again() -> anyhow::Result<()> {
    let kit = Kit::start().await?;
    assert_eq!(kit.stranger()?.get("/api/v1/users").await?.status, 401);
    kit.found().await?;
    assert!(kit.found().await.is_err());
    let mut browser = kit.browser()?;
    assert_eq!(browser.sign_in(ADMINISTRATOR, "wrong").await?.status, 401);
    assert_eq!(browser.sign_in(ADMINISTRATOR, PASSWORD).await?.status, 303);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_token_manages_until_it_expires() -> anyhow::Result<()> {
    let kit = Kit::start().await?;
    let api = kit.administrator().await?;
    assert_eq!(api.get("/api/v1/events").await?.status, 200);
    kit.advance(Seconds::hours(1));
    assert_eq!(api.get("/api/v1/events").await?.status, 401);
    Ok(())
}
