//! What happens again and again: an agent asks for a token, an agent calls a system, a token dies.

use std::time::{Duration, Instant};

use chancery_client::Secret;
use reqwest::Method;
use serde_json::Value;

use super::ledger;
use crate::agents::{Answer, Pass};
use crate::setup::{Play, System};
use crate::stage::{Beat, Word};
use crate::world::{Mock, Reply};

/// No revoked token may work longer than this.
const AT_ONCE: Duration = Duration::from_secs(1);

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

/// A call of a system, and what the story says of it.
pub(super) struct Call<'a> {
    pub system: System,
    /// Where else than at the system's first page.
    pub path: Option<&'a str>,
    pub change: Option<Value>,
    pub token: &'a Secret,
    /// What it is about, for the narrator.
    pub about: &'a str,
    pub status: u16,
    /// A word of the answer.
    pub says: &'a str,
    /// Agent and person of the token, for the evidence. Empty for a token that the system cannot read: its guard has
    /// nothing to report then.
    pub parties: &'a [&'a str],
}

impl<'a> Call<'a> {
    /// Reading the first page with this token; the rest is for whoever calls to say.
    pub const fn of(system: System, token: &'a Secret) -> Self {
        Self { system, path: None, change: None, token, about: "", status: 200, says: "", parties: &[] }
    }
}

/// How a token died.
pub(super) struct Death {
    system: System,
    /// How long after the order it was refused, and in which words.
    refusal: Option<(Duration, Reply)>,
    /// What introspection says of it.
    active: bool,
}

impl Play {
    /// Tells a decision of the token endpoint, and looks it up in the log: the agent comes first among the parties, then
    /// the person. Answers the event.
    pub(super) async fn decision(
        &mut self,
        request: &str,
        answer: &Answer,
        parties: &[&str],
        told: Told,
    ) -> anyhow::Result<Option<String>> {
        let line = match ledger::wanted(answer) {
            Some(wanted) => ledger::find(&mut self.desk, wanted, parties).await?,
            None => None,
        };
        let (word, reason) = match answer {
            Answer::Allowed(pass) => {
                let rule = line.as_ref().map_or("", |line| line.rule.as_str());
                (Word::Allow, format!("{} · a token for {}", in_words(rule), pass.text("aud")))
            }
            Answer::Refused(refusal) if refusal.word() == "approval_required" => {
                (Word::Pending, refusal.told())
            }
            Answer::Refused(refusal) => (Word::Deny, refusal.told()),
        };
        let exact = line.as_ref().is_some_and(|line| line.exact);
        let event = line.map(|line| line.event);
        let beat = Beat::new(format!("POST /oauth2/token  {request}"), word, reason);
        let beat = beat.evidence(event.clone()).told(told.holds(answer), told.text());
        self.stage.beat(beat.told(exact, "the log has the decision, with everybody involved")).await;
        Ok(event)
    }

    /// Calls a system and tells what came of it, with what its guard reported.
    pub(super) async fn call(&mut self, call: Call<'_>) -> anyhow::Result<Reply> {
        let Call { system, path, change, token, about, status, says, parties } = call;
        let method = if change.is_some() { Method::PATCH } else { Method::GET };
        let (mock, path) = (self.systems.of(system), path.unwrap_or(self.systems.of(system).front));
        let request = format!("{method} {}{path}  {about}", mock.name);
        let reply = mock.send(method, path, token, change.as_ref()).await?;
        let event = self.reported(system, &reply, parties).await?;
        let beat = Beat::new(request, Word::Status(reply.status), reply.told()).evidence(event.clone());
        let right = reply.status == status && reply.told().contains(says);
        let beat = beat.told(right, format!("{status}, {says}"));
        let beat = beat.told(event.is_some() != parties.is_empty(), "the guard's report stands in the log");
        self.stage.beat(beat).await;
        Ok(reply)
    }

    /// The line that the guard's report of this call became.
    async fn reported(
        &mut self,
        system: System,
        reply: &Reply,
        parties: &[&str],
    ) -> anyhow::Result<Option<String>> {
        if parties.is_empty() {
            return Ok(None);
        }
        self.systems.of(system).flush().await;
        let line = ledger::used(&mut self.desk, reply.status, parties).await?;
        Ok(line.filter(|line| line.exact).map(|line| line.event))
    }

    /// Tells how a token died, and that the issuer says so too.
    pub(super) async fn dies(&mut self, whose: &str, death: Death, parties: &[&str]) -> anyhow::Result<()> {
        let Death { system, refusal, active } = death;
        let Mock { name, front, .. } = self.systems.of(system);
        let (request, name) = (format!("GET {name}{front}  {whose}"), name.clone());
        let beat = match refusal {
            Some((after, reply)) => {
                let event = self.reported(system, &reply, parties).await?;
                let reason = format!("{}, {} ms after the order", reply.told(), after.as_millis().max(1));
                let told = reply.told().contains("revoked");
                let beat = Beat::new(request, Word::Status(reply.status), reason).evidence(event.clone());
                let beat = beat.told(told, "the token was revoked");
                beat.told(event.is_some(), "the guard's report stands in the log")
            }
            None => {
                Beat::new(request, Word::Status(200), "it still works").told(false, "401 within a second")
            }
        };
        self.stage.beat(beat).await;
        let says = if active { "active" } else { "not active" };
        let beat = Beat::new(format!("POST /oauth2/introspect  {name} asks about it"), Word::Done, says);
        self.stage.beat(beat.told(!active, "not active")).await;
        Ok(())
    }

    /// Calls with a token until it is refused, and asks the issuer about it. To be told later: telling takes time.
    pub(super) async fn watch(
        &self,
        system: System,
        token: &Secret,
        since: Instant,
    ) -> anyhow::Result<Death> {
        let mock = self.systems.of(system);
        let refusal = mock.refused_within(token, since, AT_ONCE).await?;
        Ok(Death { system, refusal, active: mock.introspect(token).await? })
    }
}

/// The rule that allowed, as people say it.
fn in_words(rule: &str) -> &str {
    match rule {
        "two_subjects" => "agent and person are assigned",
        "agent_only" => "an agent may come alone here",
        other => other,
    }
}

/// The token of an answer that has to be one, or the story cannot go on.
pub(super) fn pass(answer: &Answer) -> anyhow::Result<&Pass> {
    answer.pass().ok_or_else(|| anyhow::anyhow!("the story cannot go on without this token"))
}
