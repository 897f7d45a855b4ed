//! The seven facts of an approval, from its record and the directory.

use chancery_audit::evidence::{AgentFacts, Decision, Person, Target, Task, Verdict};
use chancery_audit::{Digest, Evidence, Text};
use chancery_kernel::Id;
use chancery_kernel::id::Uuid;
use chancery_model::Approval;
use chancery_policy::approval;
use chancery_store::Hot;

/// Who is asked on whose behalf for what, and what came of it.
pub(crate) fn evidence(hot: &Hot, asked: &Approval, verdict: Verdict, outcome: &str) -> Evidence {
    let agent = asked.agent.and_then(|id| hot.agents.find(asked.org, id));
    let application = asked.application.and_then(|id| hot.applications.find(asked.org, id));
    let login = hot.users.find(asked.org, asked.user).map_or("", |user| user.login.as_str());
    Evidence {
        user: Person::Acting { user: asked.user, login: Text::new(login), asked_by: None },
        agent: AgentFacts {
            // Only agents ask; the nil id would mark a contradiction of that.
            agent: asked.agent.unwrap_or_else(|| Id::from_uuid(Uuid::nil())),
            name: Text::new(agent.map_or("", |agent| agent.name.as_str())),
            client: asked.client,
            chain: Vec::new(),
        },
        target: Target {
            organization: asked.org,
            application: asked.application,
            name: Text::new(application.map_or("this server", |app| app.name.as_str())),
        },
        resource: Text::new(asked.resource.as_deref().unwrap_or("this server")),
        task: Task { run: asked.run, scopes: asked.scopes.union(&asked.identity) },
        decision: Decision { verdict, by: Text::new(&format!("approval {}", asked.id)) },
        outcome: Text::new(outcome),
    }
}

/// The digest of what the person saw.
pub(crate) fn seen(asked: &Approval) -> Digest {
    Digest(approval::digest(&asked.sentences))
}
