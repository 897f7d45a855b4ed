//! `chancery run --secret NAME=ENV -- command`: a process gets secrets of the vault in its environment, and nobody else
//! sees them: nothing of them is printed, and no argument holds one. They are given back when it ends, however it ends.

use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context, bail};
use chancery_client::{Checkout, Client, ClientAuth, Lent, Secret, Wish};
use clap::Args;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

use super::admin::Access;
use super::admin::rest;
use crate::out;

#[derive(Debug, Args)]
pub struct Run {
    /// Which secret goes into which variable: `GROUP/PROJECT/NAME=ENV`, or `GROUP/PROJECT/NAME#field=ENV` for one field
    #[arg(long = "secret", required = true, value_name = "SECRET=ENV")]
    secrets: Vec<String>,
    /// The person it is for: sign-in name, e-mail address or id; they may have to say yes
    #[arg(long, value_name = "PERSON")]
    user: Option<String>,
    /// What it is needed for, in one sentence: the person reads it
    #[arg(long, default_value = "")]
    task: String,
    /// To nobody else meanwhile
    #[arg(long)]
    exclusive: bool,
    #[command(flatten)]
    access: Access,
    /// The program and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// One `--secret`.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    group: String,
    project: String,
    name: String,
    field: Option<String>,
    variable: String,
}

fn parse(text: &str) -> anyhow::Result<Asked> {
    let shape = || format!("`{text}`: write GROUP/PROJECT/NAME=ENV");
    let (place, variable) = text.rsplit_once('=').with_context(shape)?;
    let (place, field) = place.split_once('#').map_or((place, None), |(place, field)| (place, Some(field)));
    let [group, project, name] = place.split('/').collect::<Vec<_>>().try_into().ok().with_context(shape)?;
    let fine = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let named = !variable.is_empty()
        && variable.chars().all(fine)
        && !variable.starts_with(|c: char| c.is_ascii_digit());
    anyhow::ensure!(named, "`{text}`: `{variable}` is no name of a variable");
    let own = str::to_owned;
    Ok(Asked {
        group: own(group),
        project: own(project),
        name: own(name),
        field: field.map(own),
        variable: own(variable),
    })
}

/// What is lent, and by which wish.
struct Held {
    wish: Wish,
    lent: Box<Lent>,
}

impl Run {
    /// The code by which the program ended; as a shell says it, 128 and the number of a signal that ended it.
    pub async fn run(self, environment: &BTreeMap<String, String>) -> anyhow::Result<u8> {
        let asked = self.secrets.iter().map(|text| parse(text)).collect::<anyhow::Result<Vec<_>>>()?;
        let (client, token) = self.client(environment).await?;
        let mut held = Vec::new();
        let ended = self.lend_and_run(&client, token.as_ref(), &asked, &mut held).await;
        let returned = give_back(&client, &held).await;
        let status = ended?;
        returned?;
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Ok(u8::try_from(code).unwrap_or(u8::MAX))
    }

    async fn client(
        &self,
        environment: &BTreeMap<String, String>,
    ) -> anyhow::Result<(Client, Option<Secret>)> {
        let access = self.access.clone().completed(environment);
        if let Some(client_id) = &access.client_id {
            return Ok((rest::client(&access, client_id).await?, None));
        }
        let (server, token) = rest::signed_in(&access, environment).await?;
        let nobody = ClientAuth::None { client_id: String::new() };
        Ok((Client::discover(&server, nobody, rest::options(&access)?).await?, Some(token)))
    }

    fn wish(&self, asked: &Asked, token: Option<&Secret>) -> Wish {
        let mut wish = Wish::new(&asked.group, &asked.project, &asked.name).task(&self.task);
        wish.user.clone_from(&self.user);
        wish.exclusive = self.exclusive;
        wish.token = token.cloned();
        wish
    }

    async fn lend_and_run(
        &self,
        client: &Client,
        token: Option<&Secret>,
        asked: &[Asked],
        held: &mut Vec<Held>,
    ) -> anyhow::Result<ExitStatus> {
        let (program, arguments) = self.command.split_first().context("no command is given")?;
        let mut command = Command::new(program);
        command.args(arguments).kill_on_drop(true);
        for one in asked {
            let wish = self.wish(one, token);
            let lent = lend(client, &wish).await.with_context(|| shown(one))?;
            let value = field(&lent, one)?.clone();
            held.push(Held { wish, lent });
            command.env(&one.variable, value.expose());
        }
        let child = command.spawn().with_context(|| program.clone())?;
        until_it_ends(child).await
    }
}

fn shown(asked: &Asked) -> String {
    format!("{}/{}/{}", asked.group, asked.project, asked.name)
}

async fn lend(client: &Client, wish: &Wish) -> anyhow::Result<Box<Lent>> {
    match client.checkout(wish).await? {
        Checkout::Lent(lent) => Ok(lent),
        Checkout::Denied => bail!("the person said no"),
        Checkout::Lapsed => bail!("nobody answered in time"),
        Checkout::Canceled => bail!("the request was taken back"),
    }
}

/// The field that was named, or the one that is secret.
fn field<'a>(lent: &'a Lent, asked: &Asked) -> anyhow::Result<&'a Secret> {
    let usual = ["key", "password", "client_secret", "private_key"];
    let found = match &asked.field {
        Some(field) => lent.value.get(field),
        None => usual.iter().find_map(|name| lent.value.get(*name)),
    };
    found.with_context(|| format!("{} has no such field: name one with #field", shown(asked)))
}

/// Passes on what the process is told, so that it can end in its own way.
async fn until_it_ends(mut child: Child) -> anyhow::Result<ExitStatus> {
    let pid = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let pass = |to: Signal| {
        if let Some(pid) = pid {
            // It may have ended by itself meanwhile.
            let _ = kill_process(pid, to);
        }
    };
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut quit = signal(SignalKind::quit())?;
    let mut first = signal(SignalKind::user_defined1())?;
    let mut second = signal(SignalKind::user_defined2())?;
    loop {
        tokio::select! {
            ended = child.wait() => return Ok(ended?),
            _ = terminate.recv() => pass(Signal::TERM),
            _ = interrupt.recv() => pass(Signal::INT),
            _ = hangup.recv() => pass(Signal::HUP),
            _ = quit.recv() => pass(Signal::QUIT),
            _ = first.recv() => pass(Signal::USR1),
            _ = second.recv() => pass(Signal::USR2),
        }
    }
}

/// Gives everything back, some times over where the server does not answer: a lease would end by itself, later.
async fn give_back(client: &Client, held: &[Held]) -> anyhow::Result<()> {
    let mut kept = 0;
    for Held { wish, lent } in held {
        let mut tries = 0;
        while let Err(error) = client.give_back(wish, &lent.lease).await {
            // Somebody ended it before.
            if error.code() == Some("over") {
                break;
            }
            tries += 1;
            if tries == 3 {
                out::note(format_args!(
                    "chancery: a secret could not be given back, its lease ends at {}",
                    lent.until
                ))?;
                kept += 1;
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    anyhow::ensure!(kept == 0, "{kept} of {} secrets were not given back", held.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_named_by_its_place_and_goes_into_a_variable() {
        let read = |text| parse(text).ok().map(|a| (a.name, a.field, a.variable));
        let own = str::to_owned;
        assert_eq!(read("prod/crm/key=CRM_KEY"), Some((own("key"), None, own("CRM_KEY"))));
        assert_eq!(read("prod/crm/db#host=HOST"), Some((own("db"), Some(own("host")), own("HOST"))));
        for bad in
            ["key=KEY", "prod/crm/key", "a/b/c/d=E", "prod/crm/key=1X", "prod/crm/key=A B", "prod/crm/key="]
        {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
