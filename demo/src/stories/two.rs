//! Story 2: the support agent. A person asks a question; the agent proves itself, and does for them what they allowed.

mod approval;
mod customers;
mod profile;
mod refusals;
mod vault;

use crate::setup::Play;

pub(crate) async fn play(play: &mut Play) -> anyhow::Result<()> {
    play.stage.story(
        "Story 2 · The support agent",
        &["Brandon asks for help with a customer. The agent has a key of its own and no password of anybody."],
    );
    let signed_in = profile::play(play).await?;
    let short = customers::short(play, &signed_in).await?;
    vault::play(play).await?;
    let pass = customers::play(play, &signed_in, short).await?;
    refusals::play(play, &signed_in, &pass).await
}
