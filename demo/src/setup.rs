//! Setting the stage: what an administrator does in the first hour, through the same doors as every administrator.

mod agents;
mod people;
mod systems;

use anyhow::Context;
use chancery_client::Client;
use url::Url;

use crate::agents::Agent;
use crate::desk::Desk;
use crate::people::{Browser, Landed, Person};
use crate::random;
use crate::stage::Stage;
use crate::world::Mock;

pub(crate) use agents::{SUPPORT_PAGE, stage};
pub(crate) use people::join;
pub(crate) use systems::{CRM_PAGE, assign};

const ADMINISTRATOR: &str = "ines@corp.example";

/// A performance: the narrator, the administrator at the desk, and everybody else.
pub(crate) struct Play {
    pub stage: Stage,
    pub desk: Desk,
    pub issuer: String,
    pub administrator: Person,
    pub people: Cast,
    pub agents: Agents,
    pub systems: Systems,
    /// A checkpoint of the log, kept from earlier: what the export has to continue.
    pub checkpoint: Option<String>,
}

/// The people of the stories.
pub(crate) struct Cast {
    /// In the finance group only.
    pub alice: Person,
    /// In the finance group too.
    pub dana: Person,
    /// In the HR group only.
    pub henry: Person,
    /// Asks the support agent.
    pub brandon: Person,
    pub finance_group: String,
}

pub(crate) struct Agents {
    pub finance: Agent,
    pub hr: Agent,
    pub support: Agent,
    /// The support agent's page in the browser: a public client.
    pub page: Client,
    /// The finance agent's assignment to FinanceApp.
    pub finance_assignment: String,
    /// The support agent's connection to the CRM.
    pub crm_connection: String,
}

pub(crate) struct Systems {
    pub finance: Mock,
    pub hr: Mock,
    pub crm: Mock,
    /// The CRM's own page, at which people work without any agent.
    pub crm_page: Client,
}

/// One of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    Finance,
    Hr,
    Crm,
}

impl Systems {
    pub const fn of(&self, system: System) -> &Mock {
        match system {
            System::Finance => &self.finance,
            System::Hr => &self.hr,
            System::Crm => &self.crm,
        }
    }
}

/// From an empty server to a company with people, systems and agents.
pub(crate) async fn prepare(mut stage: Stage, issuer: &str, setup_link: &str) -> anyhow::Result<Play> {
    stage.scene("Setting the stage");
    let mut administrator = first_administrator(issuer, setup_link).await?;
    stage.check(
        true,
        "the one-time link made the organization Corp Example and its administrator ines@corp.example",
    );
    let mut desk = Desk::open(issuer, &mut administrator).await?;
    stage.check(
        true,
        "she signed in for the management API: authorization code and PKCE, as every command line",
    );
    let hired = people::hire(&mut desk, issuer).await.context("the people")?;
    stage.check(
        true,
        "people: alice and dana in FINANCE_APP_USERS, henry in HR_APP_USERS, brandon in neither",
    );
    let registered = systems::register(&mut desk, &hired).await.context("the systems")?;
    stage.check(true, "systems: FinanceApp and HRApp (profile agbac-1.0), a CRM (profile act_as)");
    let agents = agents::register(&mut desk, issuer, &hired, &registered).await.context("the agents")?;
    stage.check(
        true,
        "agents: finance-agent-app, hr-agent-app, support-agent; each owned, sponsored and active",
    );
    let systems = registered.open(issuer).await?;
    let heard = [&systems.finance, &systems.hr, &systems.crm].iter().all(|system| system.hears());
    stage.check(heard, "each system runs behind a guard, and every guard hears the feed of revocations");
    let issuer = issuer.trim_end_matches('/').to_owned();
    Ok(Play { stage, desk, issuer, administrator, people: hired.cast, agents, systems, checkpoint: None })
}

/// Opens the setup link and fills in the page, as whoever installs the server does.
async fn first_administrator(issuer: &str, setup_link: &str) -> anyhow::Result<Person> {
    let password = random::password()?;
    let mut browser = Browser::new(issuer)?;
    let link = Url::parse(setup_link).context("the setup link is no URL")?;
    let Landed::Page(page) = browser.open(link).await? else {
        anyhow::bail!("the setup link leads away from the server");
    };
    let form =
        page.form_with("password_again").ok_or_else(|| page.unexpected("the setup page was expected"))?;
    let filled = [
        ("title", "Corp Example"),
        ("slug", "corp-example"),
        ("login", ADMINISTRATOR),
        ("email", ADMINISTRATOR),
        ("password", password.expose()),
        ("password_again", password.expose()),
    ];
    let named = filled.iter().try_fold(form.clone(), |form, (name, value)| form.fill(name, value))?;
    let named = if named.has("display_name") { named.fill("display_name", "Ines Valdés")? } else { named };
    let pairs = named.press(None)?;
    match browser.send(&page, &form, &pairs).await? {
        // A refused form comes back under its own address; wherever else it leads, the organization is there.
        Landed::Page(page) if page.url.path().starts_with("/setup") => {
            Err(page.unexpected("the organization should be there now"))
        }
        Landed::Page(_) => {
            Ok(Person::new(issuer, String::new(), ADMINISTRATOR, password)?.with_browser(browser))
        }
        Landed::Away(url) => anyhow::bail!("the setup page leads away from the server, to {url}"),
    }
}
