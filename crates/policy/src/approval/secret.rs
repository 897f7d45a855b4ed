//! The sentences by which a person decides whether an agent, or a colleague, gets a secret: the same six facts.

use chancery_kernel::{RunId, Seconds};
use chancery_model::{Agent, Client, Folder, Sentence, User, Vaulted};

use super::sentences::{
    ACCESS, DATA, FOR, IMPACT, LASTS, Lines, RUN, SYSTEM, WHAT, WHO, for_themselves, span, who_asks,
};

/// Everything the sentences are made from.
#[derive(Clone, Copy, Debug)]
pub struct SecretAsking<'a> {
    /// Absent: the person asks for themselves.
    pub agent: Option<&'a Agent>,
    pub client: &'a Client,
    /// Who answers for the agent.
    pub sponsor: Option<&'a User>,
    pub user: &'a User,
    pub run: Option<RunId>,
    pub folder: &'a Folder,
    pub secret: &'a Vaulted,
    /// What it is needed for, in the words of whoever asks.
    pub task: &'a str,
    pub lifetime: Seconds,
}

/// Renders them.
pub fn secret_sentences(asking: &SecretAsking<'_>) -> Vec<Sentence> {
    let SecretAsking { folder, secret, user, .. } = asking;
    let mut page = Lines::default();
    page.server(
        WHO,
        match asking.agent {
            Some(_) => who_asks(asking.agent, asking.client, asking.sponsor),
            None => for_themselves(user),
        },
    );
    page.server(FOR, format!("{} ({})", user.display_name, user.login));
    page.server(WHAT, format!("Take the secret {} out of the vault and use it", secret.name));
    if !asking.task.trim().is_empty() {
        page.agent(WHAT, asking.task);
    }
    page.server(SYSTEM, format!("The vault, {} / {}", folder.resource_group, folder.project));
    let described = secret.description.trim();
    page.server(
        DATA,
        match described {
            "" => "Whatever the secret opens: its owner has not described it".to_owned(),
            text => format!("What the secret opens: {text}"),
        },
    );
    page.server(ACCESS, "It may change data: a secret gives all that its holder may do".to_owned());
    page.server(IMPACT, "Whoever knows the secret can act as its holder where it is accepted".to_owned());
    page.server(LASTS, format!("{}, for this task alone", span(asking.lifetime)));
    if let Some(run) = asking.run {
        page.server(RUN, run.to_string());
    }
    page.done()
}
