//! Story 1: two subjects. An agent gets in when it and the person it acts for may both get in, and never otherwise.

mod explained;
mod meeting;
mod removals;
mod shape;
mod truth;

use crate::setup::Play;

pub(crate) async fn play(play: &mut Play) -> anyhow::Result<()> {
    play.stage.story(
        "Story 1 · Two subjects",
        &[
            "An agent reaches an application only for a person, and only where both are assigned.",
            "Whoever loses their place loses it at once.",
        ],
    );
    let met = meeting::play(play).await?;
    let decided = truth::play(play, &met).await?;
    shape::play(play, &decided).await?;
    explained::play(play, &decided).await?;
    removals::play(play, met).await
}
