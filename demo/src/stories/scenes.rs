//! What happens again and again: an agent asks for a token, an agent calls a system.

use std::time::{Duration, Instant};

use chancery_client::Secret;

use super::ledger::{self, place};
use crate::agents::{Answer, Pass};
use crate::setup::Play;
use crate::stage::{Beat, Word};
use crate::world::{Mock, Reply};

/// What the story says a token request leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Allow,
    /// Refused with one of these words.
    Deny(&'static [&'static str]),
    /// Somebody has to say yes first.
    Pending(&'static str),
}

impl Told {
    fn holds(self, answer: &Answer) -> bool {
        match (self, answer) {
            (Self::Allow, Answer::Allowed(_)) => true,
            (Self::Deny(words), Answer::Refused(refusal)) => words.contains(&refusal.word()),
            (Self::Pending(word), Answer::Refused(refusal)) => refusal.word() == word,
            _ => false,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Allow => "ALLOW".to_owned(),
            Self::Deny(words) => format!("DENY, because of {}", words.join(" or ")),
            Self::Pending(word) => format!("not without asking: {word}"),
        }
    }
}

/// No revoked token may work longer than this.
pub(super) const AT_ONCE: Duration = Duration::from_secs(1);

impl Play {
    /// Tells a decision of the token endpoint, and looks it up in the log by everybody it has to name.
    pub(super) async fn decision(
        &mut self,
        request: &str,
        answer: &Answer,
        parties: &[&str],
        told: Told,
    ) -> anyhow::Result<Option<String>> {
        let (word, reason) = match answer {
            Answer::Allowed(pass) => {
                (Word::Allow, format!("a token for {}; {}", pass.text("aud"), place(pass)))
            }
            Answer::Refused(refusal) => {
                let pending = matches!(refusal.word(), "approval_required" | "consent_required");
                (if pending { Word::Pending } else { Word::Deny }, refusal.told())
            }
        };
        let event = match ledger::line_of(answer) {
            Some(line) => ledger::find(&mut self.desk, line, parties).await?,
            None => None,
        };
        let beat = Beat::new(format!("POST /oauth2/token   {request}"), word, reason)
            .evidence(event.clone())
            .told(told.holds(answer), told.text())
            .told(event.is_some(), "the decision stands in the log and names everybody involved");
        self.stage.beat(beat).await;
        Ok(event)
    }

    /// Tells what a system answered.
    pub(super) async fn reply(&mut self, request: String, reply: &Reply, status: u16, word: &str) {
        let told = reply.told();
        let beat = Beat::new(request, Word::Status(reply.status), told.clone())
            .told(reply.status == status && told.contains(word), format!("{status} {word}"));
        self.stage.beat(beat).await;
    }

    /// Tells how a token died, and that the issuer says so too.
    pub(super) async fn dies(&mut self, whose: &str, death: Death) {
        let Death { system, path, refusal, active } = death;
        let request = format!("GET {system}{path}   {whose}");
        let beat = match refusal {
            Some((after, reply)) => {
                let reason = format!("{}, {} ms after the order", reply.told(), after.as_millis().max(1));
                let told = reply.told().contains("revoked");
                Beat::new(request, Word::Status(reply.status), reason).told(told, "the token was revoked")
            }
            None => {
                Beat::new(request, Word::Status(200), "it still works").told(false, "401 within a second")
            }
        };
        self.stage.beat(beat).await;
        let says = if active { "it is active" } else { "not active" };
        let beat = Beat::new(format!("POST /oauth2/introspect   {system} asks about it"), Word::Done, says);
        self.stage.beat(beat.told(!active, "not active")).await;
    }
}

/// How a token died.
pub(super) struct Death {
    system: String,
    path: String,
    /// How long after the order it was refused, and in which words.
    refusal: Option<(Duration, Reply)>,
    /// What introspection says of it.
    active: bool,
}

/// Calls with a token until it is refused, and asks the issuer about it. To be told later: telling takes time.
pub(super) async fn watch(
    system: &Mock,
    path: &str,
    token: &Secret,
    since: Instant,
) -> anyhow::Result<Death> {
    let refusal = system.refused_within(path, token, since, AT_ONCE).await?;
    let active = system.introspect(token).await?;
    Ok(Death { system: system.name.clone(), path: path.to_owned(), refusal, active })
}

/// The token of an answer that has to be one, or the story cannot go on.
pub(super) fn pass(answer: &Answer) -> anyhow::Result<&Pass> {
    answer.pass().ok_or_else(|| anyhow::anyhow!("the story cannot go on without this token"))
}
