//! What is said: the sentences of the inbox, and where to answer.

use chancery_kernel::Timestamp;
use chancery_model::approval::Voice;
use chancery_model::{Approval, Sentence, State};
use chancery_policy::approval::{MESSAGE_TERM, SIX_FACTS};

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
}

impl Message {
    /// `agent` is the agent's name as the directory has it.
    pub fn about(asked: &Approval, agent: &str, now: Timestamp) -> Self {
        let waits = asked.state_at(now) == State::Pending;
        let agent = if agent.is_empty() { "An agent" } else { agent };
        let title =
            if waits { format!("{agent} asks for your yes") } else { format!("{agent} asks no more") };
        Self {
            title,
            sentence: if waits { sentence(asked) } else { format!("Taken back: {}", sentence(asked)) },
            lines: asked.sentences.clone(),
            path: format!("/inbox/{}", asked.id),
            waits,
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
