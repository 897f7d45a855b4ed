//! The stories: a world of mock systems and scripted agents, over HTTP only.
//!
//! Nothing in here knows the server from the inside. The administrator works through its pages and its API, people
//! sign in and consent in a (scripted) browser, agents use the client library, and the systems they call are guarded
//! by the guard library: all of them strangers to the server, as in a company.
//!
//! The binary's `demo` subcommand starts a server with a fresh data directory and hands its address and its one-time
//! setup link to [`run`].

mod agents;
mod desk;
mod doorstep;
mod ending;
mod people;
mod random;
mod setup;
mod stage;
mod stories;
mod world;

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use stage::Stage;

pub use stage::color_wanted;

/// What the demo is given.
pub struct Options {
    /// The issuer of a running server without any organization yet.
    pub issuer: String,
    /// The server's one-time link for the first administrator.
    pub setup_link: String,
    /// End after the stories, instead of staying up for a look at the console.
    pub once: bool,
    /// Whether to write in colors; see [`color_wanted`].
    pub color: bool,
    /// Where the narration goes.
    pub out: Box<dyn Write + Send>,
    /// The binary whose `audit verify FILE` checks the exported log: `std::env::current_exe()`.
    pub program: PathBuf,
}

/// How the stories went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Steps that went as told.
    pub as_told: usize,
    /// Steps that did not.
    pub otherwise: usize,
}

impl Outcome {
    /// Whether every step did what the story says; the exit code of `demo --once` rests on it.
    #[must_use]
    pub const fn all_as_told(self) -> bool {
        self.otherwise == 0 && self.as_told > 0
    }
}

/// Plays the stories against a running server. With `once` it returns after them; otherwise it stays until the
/// process is told to stop, so that the console can be looked at. Told to stop before, it says so as an error.
pub async fn run(options: Options) -> anyhow::Result<Outcome> {
    let Options { issuer, setup_link, once, color, out, program } = options;
    let stage = Stage::new(out, color, !once);
    let mut play = tokio::select! {
        played = perform(stage, &issuer, &setup_link, &program) => played?,
        told = ending::told_to_stop() => {
            told?;
            bail!("the demo was interrupted");
        }
    };
    let outcome = play.stage.summary();
    if !once {
        ending::stay(&mut play).await?;
    }
    Ok(outcome)
}

async fn perform(
    mut stage: Stage,
    issuer: &str,
    setup_link: &str,
    program: &Path,
) -> anyhow::Result<setup::Play> {
    stage.curtain_up(issuer);
    let mut play = setup::prepare(stage, issuer, setup_link).await.context("the stage could not be set")?;
    stories::one::play(&mut play).await.context("Story 1 broke off")?;
    stories::two::play(&mut play).await.context("Story 2 broke off")?;
    ending::verify_log(&mut play, program).await.context("the log could not be verified")?;
    Ok(play)
}
