//! What is said: the sentences of the inbox, and where to answer.

use chancery_kernel::{Seconds, Timestamp, UserId};
use chancery_model::approval::Voice;
use chancery_model::{Approval, Sentence, State};
use chancery_policy::approval::{MESSAGE_TERM, SIX_FACTS};
use chancery_store::outbox::Telling;

/// One message about one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub title: String,
    /// What it is about, in one sentence.
    pub sentence: String,
    /// Everything the inbox shows.
    pub lines: Vec<Sentence>,
    /// The path of the question, below the issuer.
    pub path: String,
    /// Whether there is something to answer.
    pub waits: bool,
    /// A later message of the same tag takes the earlier one's place.
    pub tag: String,
    /// From this moment on nobody needs it.
    pub until: Timestamp,
    /// What to do about it, and what not.
    pub closing: String,
}

/// A notice is worth telling for so long.
const NOTICE: Seconds = Seconds::days(1);

impl Message {
    /// `agent` is the agent's name as the directory has it.
    pub fn about(asked: &Approval, agent: &str, what: &Telling, now: Timestamp) -> Self {
        let waits = asked.state_at(now) == State::Pending;
        let agent = if agent.is_empty() { "An agent" } else { agent };
        let title = match (waits, what.beside, what.stand_in) {
            (false, ..) => format!("{agent} asks no more"),
            (true, Some(_), _) => format!("{agent} asks for your yes: nobody has answered"),
            (true, _, Some(_)) => format!("{agent} asks for your yes: you stand in for somebody"),
            (true, None, None) => format!("{agent} asks for your yes"),
        };
        let closing = match waits {
            true => format!(
                "Answer in your inbox before {}. This letter answers nothing by itself: you sign in, read and decide there.",
                asked.lapses
            ),
            false => "The question was taken back. There is nothing to answer.".to_owned(),
        };
        Self {
            title,
            sentence: if waits { sentence(asked) } else { format!("Taken back: {}", sentence(asked)) },
            lines: asked.sentences.clone(),
            path: format!("/inbox/{}", asked.id),
            waits,
            tag: asked.id.to_string(),
            until: asked.lapses,
            closing,
        }
    }

    /// To the person themselves, on every way there is: whoever got into an administrator's account begins so.
    pub fn factors_reset(user: UserId, at: Timestamp) -> Self {
        Self {
            title: "Your second factors were taken away".to_owned(),
            sentence: format!("An administrator removed your second factors and recovery codes at {at}."),
            lines: Vec::new(),
            path: "/inbox".to_owned(),
            waits: true,
            tag: format!("reset.{user}.{}", at.seconds()),
            until: at.plus(NOTICE),
            closing: "If you did not ask for that, call your administrators now. Your sign-ins have ended; enroll another factor when you sign in again.".to_owned(),
        }
    }
}

/// The agent's message if it sent one, else what it wants; whose words they are is said.
fn sentence(asked: &Approval) -> String {
    let [what, ..] = SIX_FACTS;
    let says = |term: &str, voice| asked.sentences.iter().find(|s| s.term == term && s.voice == voice);
    let found = says(MESSAGE_TERM, Voice::Agent).or_else(|| says(what, Voice::Agent));
    match found {
        Some(words) => format!("“{}”", words.text),
        None => says(what, Voice::Server).map(|s| s.text.clone()).unwrap_or_default(),
    }
}
