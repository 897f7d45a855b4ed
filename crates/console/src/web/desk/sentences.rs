//! What happened, as one sentence with names in it: for lists and titles. The log itself says it by ids.

use chancery_audit::{Actor, Entry, Event, Evidence, Party, Person, Text, Verdict};

use super::names::Names;

/// One sentence, without its period.
pub(super) fn of(names: &Names, entry: &Entry) -> String {
    let by = match entry.envelope.actor {
        Actor::System => "The server".to_owned(),
        Actor::Anonymous => "Somebody unknown".to_owned(),
        actor => names.actor(actor),
    };
    let told = entry.event().and_then(|event| {
        decided(names, event)
            .or_else(|| refused(names, event, &by))
            .or_else(|| signed_in(names, event))
            .or_else(|| factors(names, event))
            .or_else(|| asked(names, event))
            .or_else(|| people(names, event, &by))
            .or_else(|| systems(names, event, &by))
            .or_else(|| clients(names, event, &by))
            .or_else(|| reach(names, event, &by))
            .or_else(|| stopped(names, event, &by))
            .or_else(|| itself(event))
    });
    told.unwrap_or_else(|| general(entry))
}

/// In the words of the catalogue, for what needs no names.
fn general(entry: &Entry) -> String {
    match entry.kind() {
        Some(kind) => kind.doc.trim_end_matches('.').to_owned(),
        None => format!("Something of the kind {} happened", entry.kind_name()),
    }
}

fn on_behalf(evidence: &Evidence) -> String {
    match &evidence.user {
        Person::Acting { login, .. } => format!(" on behalf of {login}"),
        Person::None { .. } => String::new(),
    }
}

fn decided(names: &Names, event: &Event) -> Option<String> {
    let got = |who: &str, allow: bool, what: String| {
        format!("{who} {} a token{what}", if allow { "received" } else { "was refused" })
    };
    let to = |app: &Option<chancery_kernel::AppId>| {
        app.map(|id| format!(" for {}", names.application(id).name)).unwrap_or_default()
    };
    Some(match event {
        Event::TokenDecided { evidence: e, .. } => {
            let (agent, target, person) = (&e.agent.name, &e.target.name, on_behalf(e));
            match e.decision.verdict {
                Verdict::Allow => format!("{agent} received a token for {target}{person}"),
                Verdict::Deny => format!("{agent} was refused a token for {target}{person}"),
                Verdict::Pending => format!("{agent} waits for a yes to use {target}{person}"),
            }
        }
        Event::TokenUsed { evidence: e, method, path, status, .. } => {
            let (agent, target, person) = (&e.agent.name, &e.target.name, on_behalf(e));
            format!("{agent} called {method} {path} of {target}{person}, answered {status}")
        }
        Event::ClientTokenDecided { client, application, allow, .. } => {
            got(&names.client(*client).name, *allow, to(application))
        }
        Event::PersonTokenDecided { user, client, application, allow, .. } => {
            let through = format!("{} through {}", to(application), names.client(*client).name);
            got(&names.user(*user).name, *allow, through)
        }
        _ => return None,
    })
}

fn refused(names: &Names, event: &Event, by: &str) -> Option<String> {
    Some(match event {
        Event::ClientAuthenticationFailed { client, client_hint, .. } => {
            let called = client.map_or_else(|| client_hint.to_string(), |id| names.client(id).name);
            format!("Somebody could not prove to be the client {called}")
        }
        Event::AccessDenied { act, .. } => {
            format!("{by} was refused the act “{}”", act.as_str().replace('_', " "))
        }
        Event::RefreshReuseDetected { client, user, .. } => format!(
            "A refresh token of {} for {} came back after its use: it was copied",
            names.client(*client).name,
            names.user(*user).name
        ),
        Event::CodeReplayed { client, .. } => {
            format!("An authorization code for {} came back after its use", names.client(*client).name)
        }
        _ => return None,
    })
}

fn signed_in(names: &Names, event: &Event) -> Option<String> {
    let asker = |client: &chancery_kernel::ClientId, agent: &Option<chancery_kernel::AgentId>| {
        agent.map_or_else(|| names.client(*client).name, |id| names.agent(id).name)
    };
    Some(match event {
        Event::SignInSucceeded { user, .. } => format!("{} signed in", names.user(*user).name),
        Event::SignInFailed { login, .. } => format!("A sign-in as {login} failed"),
        Event::SignInThrottled { login, .. } => {
            format!("Sign-ins as {login} have to wait: too many failed")
        }
        Event::BrowserSubscribed { user, browser } => {
            format!("{} wants to be told in {browser}", names.user(*user).name)
        }
        Event::BrowserUnsubscribed { user, browser, .. } => {
            format!("{browser} tells {} nothing any more", names.user(*user).name)
        }
        Event::SessionEnded { user, .. } => format!("A session of {} ended", names.user(*user).name),
        Event::ConsentGiven { user, client, agent, .. } => {
            format!("{} allowed {} to act", names.user(*user).name, asker(client, agent))
        }
        Event::ConsentWithdrawn { user, client, agent, .. } => {
            format!("{} no longer allows {} to act", names.user(*user).name, asker(client, agent))
        }
        Event::ConsentRefused { user, client, agent, .. } => {
            format!("{} did not allow {} to act", names.user(*user).name, asker(client, agent))
        }
        Event::StandInNamed { user, stand_in, .. } => match stand_in {
            Some(other) => {
                format!("{} named {} to answer for them", names.user(*user).name, names.user(*other).name)
            }
            None => format!("{} named nobody to answer for them any more", names.user(*user).name),
        },
        Event::SetupLinkIssued { .. } => "A one-time link for the first administrator was printed".to_owned(),
        Event::AdministratorSetUp { login, .. } => format!("{login} became the first administrator"),
        _ => return None,
    })
}

/// What people prove besides their password.
fn factors(names: &Names, event: &Event) -> Option<String> {
    Some(match event {
        Event::FactorEnrolled { user, name, .. } => {
            format!("{} added the second factor {name}", names.user(*user).name)
        }
        Event::FactorRemoved { user, name, .. } => {
            format!("The second factor {name} of {} was removed", names.user(*user).name)
        }
        Event::RecoveryCodesMade { user, .. } => {
            format!("{} made new recovery codes", names.user(*user).name)
        }
        Event::FactorsReset { user, reason, .. } => {
            format!("All second factors of {} were reset: {reason}", names.user(*user).name)
        }
        Event::SecondFactorAsked { user, .. } => {
            format!("{} gave a password, and was asked for a second factor", names.user(*user).name)
        }
        Event::SecondFactorFailed { user, reason, .. } => {
            format!("A second factor of {} failed: {reason}", names.user(*user).name)
        }
        Event::SecondFactorProven { user, .. } => {
            format!("{} proved a second factor", names.user(*user).name)
        }
        _ => return None,
    })
}

/// What people were asked, and what became of what they gave.
fn asked(names: &Names, event: &Event) -> Option<String> {
    Some(match event {
        Event::ApprovalReported { by, agent, .. } => {
            let agent = agent.map_or_else(|| "an agent".to_owned(), |id| names.agent(id).name);
            format!("{} reported {agent}: it should not have asked", names.user(*by).name)
        }
        Event::OwnRequestFiled { user, .. } => {
            format!("{} asked for a permission of their own", names.user(*user).name)
        }
        Event::OwnRequestGranted { by, user, .. } => {
            format!("{} said yes to what {} asked for", names.user(*by).name, names.user(*user).name)
        }
        Event::OwnRequestDenied { by, user, .. } => {
            format!("{} said no to what {} asked for", names.user(*by).name, names.user(*user).name)
        }
        Event::ApprovalEscalated { user, .. } => {
            format!("Nobody answered a question for {}: others may too", names.user(*user).name)
        }
        Event::ApprovalAnswerDropped { by, .. } => {
            format!("A yes of {} was dropped: they have left", names.user(*by).name)
        }
        Event::GrantOrphaned { left, user, .. } => format!(
            "A permission of {} waits for a review: {}, who had said yes to it, has left",
            names.user(*user).name,
            names.user(*left).name
        ),
        Event::PollSlowed { client, interval, .. } => format!(
            "{} asked for an answer too often, and has to wait {interval} seconds each time",
            names.client(*client).name
        ),
        Event::GrantConfirmed { by, user, .. } => {
            format!("{} said that a permission of {} goes on", names.user(*by).name, names.user(*user).name)
        }
        _ => return None,
    })
}

/// The server about itself.
fn itself(event: &Event) -> Option<String> {
    Some(match event {
        Event::SigningKeyPublished { alg, .. } => {
            format!("A signing key for {alg} was published ahead of its use")
        }
        Event::SigningKeyActivated { alg, .. } => format!("A signing key for {alg} signs from now on"),
        Event::SigningKeyRetired { alg, .. } => format!("A signing key for {alg} signs no longer"),
        Event::LogCheckpointed { size, .. } => format!("A log was sealed at {size} lines"),
        Event::ServerStarted { version } => format!("The server started, version {version}"),
        Event::ReactionGivenUp { topic, attempts, .. } => {
            format!("“{topic}” was given up after {attempts} attempts")
        }
        Event::DatabaseRestored { .. } => "The database was restored from a backup".to_owned(),
        _ => return None,
    })
}

fn people(names: &Names, event: &Event, by: &str) -> Option<String> {
    let user = |id: &chancery_kernel::UserId| names.user(*id).name;
    let group = |id: &chancery_kernel::GroupId| names.group(*id).name;
    Some(match event {
        Event::UserCreated { login, .. } => format!("{by} added {login}"),
        Event::UserUpdated { user: id, changed, .. } => {
            format!("{by} changed {}{}", user(id), of_it(changed))
        }
        Event::UserDisabled { user: id, .. } => format!("{by} disabled {}", user(id)),
        Event::UserEnabled { user: id } => format!("{by} enabled {}", user(id)),
        Event::UserDeleted { login, .. } => format!("{by} removed {login}"),
        Event::PasswordChangeRefused { user: id, .. } => {
            format!("A change of the password of {} was refused", user(id))
        }
        Event::PasswordSet { user: id } => format!("{by} set the password of {}", user(id)),
        Event::GroupCreated { name, .. } => format!("{by} created the group {name}"),
        Event::GroupUpdated { group: id, changed } => {
            format!("{by} changed the group {}{}", group(id), of_it(changed))
        }
        Event::GroupDeleted { name, .. } => format!("{by} deleted the group {name}"),
        Event::MemberAdded { group: id, user: who } => format!("{by} added {} to {}", user(who), group(id)),
        Event::MemberRemoved { group: id, user: who } => {
            format!("{by} removed {} from {}", user(who), group(id))
        }
        _ => return None,
    })
}

/// Which fields were changed.
fn of_it(changed: &[Text]) -> String {
    let words: Vec<String> = changed.iter().map(|field| field.as_str().replace('_', " ")).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}

fn systems(names: &Names, event: &Event, by: &str) -> Option<String> {
    let agent = |id: &chancery_kernel::AgentId| names.agent(*id).name;
    Some(match event {
        Event::OrganizationCreated { name, .. } => format!("{by} created the organization {name}"),
        Event::OrganizationUpdated { changed, .. } => {
            format!("{by} changed the organization{}", of_it(changed))
        }
        Event::ApplicationCreated { name, .. } => format!("{by} created the application {name}"),
        Event::ApplicationUpdated { application, changed, .. } => {
            format!("{by} changed the application {}{}", names.application(*application).name, of_it(changed))
        }
        Event::ApplicationDeleted { name, .. } => format!("{by} deleted the application {name}"),
        Event::AgentRegistered { name, .. } => format!("{by} registered the agent {name}"),
        Event::AgentUpdated { agent: id, changed, .. } => {
            format!("{by} changed {}{}", agent(id), of_it(changed))
        }
        Event::AgentStageChanged { agent: id, from, to, .. } => {
            format!("{by} moved {} from {from} to {to}", agent(id))
        }
        Event::AgentDeleted { name, .. } => format!("{by} removed the agent {name}"),
        _ => return None,
    })
}

fn clients(names: &Names, event: &Event, by: &str) -> Option<String> {
    let client = |id: &chancery_kernel::ClientId| names.client(*id).name;
    Some(match event {
        Event::ClientCreated { name, .. } => format!("{by} added the client {name}"),
        Event::ClientUpdated { client: id, changed, .. } => {
            format!("{by} changed the client {}{}", client(id), of_it(changed))
        }
        Event::ClientDisabled { client: id, .. } => format!("{by} disabled the client {}", client(id)),
        Event::ClientEnabled { client: id } => format!("{by} enabled the client {}", client(id)),
        Event::ClientDeleted { name, .. } => format!("{by} deleted the client {name}"),
        Event::ClientSecretAdded { client: id, .. } => format!("{by} gave {} a new secret", client(id)),
        Event::ClientSecretRemoved { client: id, tokens_ended, .. } => {
            format!("{by} took a secret from {}{}", client(id), and_tokens(*tokens_ended))
        }
        Event::ClientKeysChanged { client: id, tokens_ended, .. } => {
            format!("{by} changed the keys of {}{}", client(id), and_tokens(*tokens_ended))
        }
        _ => return None,
    })
}

const fn and_tokens(ended: Option<bool>) -> &'static str {
    match ended {
        Some(true) => " and ended its tokens",
        Some(false) => " and let its tokens live",
        None => "",
    }
}

fn reach(names: &Names, event: &Event, by: &str) -> Option<String> {
    let app = |id: &chancery_kernel::AppId| names.application(*id).name;
    let agent = |id: &chancery_kernel::AgentId| names.agent(*id).name;
    let party = |party: &Party| match party {
        Party::User(id) => names.user(*id).name,
        Party::Group(id) => names.group(*id).name,
        Party::Agent(id) => names.agent(*id).name,
        Party::Client(id) => names.client(*id).name,
    };
    Some(match event {
        Event::AssignmentCreated { principal, application, .. } => {
            format!("{by} assigned {} to {}", party(principal), app(application))
        }
        Event::AssignmentUpdated { principal, application, .. } => {
            format!("{by} changed the assignment of {} to {}", party(principal), app(application))
        }
        Event::AssignmentRemoved { principal, application, .. } => {
            format!("{by} unassigned {} from {}", party(principal), app(application))
        }
        Event::ConnectionCreated { agent: id, application, .. } => {
            format!("{by} connected {} to {}", agent(id), app(application))
        }
        Event::ConnectionUpdated { agent: id, application, .. } => {
            format!("{by} changed the connection of {} to {}", agent(id), app(application))
        }
        Event::ConnectionDeleted { agent: id, application, .. } => {
            format!("{by} ended the connection of {} to {}", agent(id), app(application))
        }
        _ => return None,
    })
}

fn stopped(names: &Names, event: &Event, by: &str) -> Option<String> {
    let of = |agent: &Option<chancery_kernel::AgentId>| {
        agent.map(|id| format!(" of {}", names.agent(id).name)).unwrap_or_default()
    };
    Some(match event {
        Event::AgentContained { agent, reason, .. } => {
            format!("{by} contained {}: {reason}", names.agent(*agent).name)
        }
        Event::AgentReleased { agent, reason, .. } => {
            format!("{by} released {}: {reason}", names.agent(*agent).name)
        }
        Event::TokenRevoked { client, agent, user, application, .. } => {
            let holder = agent.map_or_else(|| names.client(*client).name, |id| names.agent(id).name);
            let target = application.map(|id| format!(" for {}", names.application(id).name));
            let person = user.map(|id| format!(" on behalf of {}", names.user(id).name));
            format!(
                "{by} revoked a token of {holder}{}{}",
                target.unwrap_or_default(),
                person.unwrap_or_default()
            )
        }
        Event::FamilyRevoked { reason, .. } => format!("Refresh tokens were revoked: {reason}"),
        Event::GrantEnded { user, reason, .. } => {
            let person = user.map_or_else(|| "somebody".to_owned(), |id| names.user(id).name);
            format!("A permission of {person} ended: {reason}")
        }
        Event::RunStopped { agent, reason, .. } => format!("{by} stopped a task{}: {reason}", of(agent)),
        _ => return None,
    })
}
