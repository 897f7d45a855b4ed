//! The accounts of a run: tokens verify, each names its line in the log, and there are as many lines as answers.

use std::collections::HashSet;

use anyhow::{Context, bail};
use chancery_audit::Event;
use chancery_jose::{AccessToken, Expect, JwkSet, Keys, verify};
use chancery_store::{DbFault, log};
use serde::Deserialize;

use crate::load::{Tally, call, get};
use crate::measure::wall_micros;
use crate::report::Report;
use crate::world::World;

pub struct Accounts {
    keys: Keys,
    issuer: String,
    resource: String,
    answers: u64,
    wrong: u64,
    problems: Vec<String>,
    /// Identifier and position of the tokens that were looked at.
    tokens: Vec<(String, i64)>,
    seen: HashSet<String>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
}

#[derive(Deserialize)]
struct Claims {
    jti: String,
    pos: i64,
}

impl Accounts {
    pub fn open(world: &World) -> anyhow::Result<Self> {
        let set = call(world.address, &get(&world.host(), "/oauth2/keys", ""))?.wants(200)?.body;
        let set: JwkSet = serde_json::from_str(&set)?;
        Ok(Self {
            keys: Keys::from_set(&set),
            issuer: world.issuer.clone(),
            resource: world.resource.clone(),
            answers: 0,
            wrong: 0,
            problems: Vec::new(),
            tokens: Vec::new(),
            seen: HashSet::new(),
        })
    }

    /// Takes a round in; verifies what was kept of it if that is tokens.
    pub fn add(&mut self, tally: &Tally) -> anyhow::Result<()> {
        self.answers += tally.answers;
        self.wrong += tally.wrong;
        self.problems.extend(tally.problems.iter().cloned());
        if tally.wrong > tally.answers / 2 {
            bail!("most answers are wrong: {:?}", self.problems);
        }
        for (_, body) in &tally.kept {
            if body.starts_with(b"{\"access_token\"") {
                self.token(body)?;
            }
        }
        Ok(())
    }

    fn token(&mut self, body: &[u8]) -> anyhow::Result<()> {
        let Granted { access_token } = serde_json::from_slice(body).context("an answer is no JSON")?;
        let expect = Expect {
            issuer: Some(&self.issuer),
            audiences: &[&self.resource],
            now: wall_micros() / 1_000_000,
            leeway: 5,
        };
        match verify::<AccessToken, Claims>(&access_token, &self.keys, &expect) {
            Err(reject) => {
                self.wrong += 1;
                self.problems.push(format!("a token does not verify: {reject}"));
            }
            Ok(verified) => {
                let Claims { jti, pos } = verified.into_claims();
                if !self.seen.insert(jti.clone()) {
                    self.problems.push(format!("{jti} was issued twice"));
                }
                self.tokens.push((jti, pos));
            }
        }
        Ok(())
    }

    /// Holds everything against the log. The server has ended.
    pub fn close(
        self,
        world: &World,
        before: i64,
        recorded: bool,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if self.wrong > 0 {
            report.wrong(format!("{} of {} answers were wrong", self.wrong, self.answers));
        }
        self.problems.iter().take(5).for_each(|problem| report.wrong(problem.clone()));
        let grown = world.log_size()? - before;
        let expected = if recorded { i64::try_from(self.answers)? } else { 0 };
        if grown != expected {
            report.wrong(format!("{} answers, and the log grew by {grown} entries", self.answers));
        }
        let looked = self.tokens.len();
        let missing = missing(world, self.tokens)?;
        if missing > 0 {
            report.wrong(format!("{missing} tokens do not name their line in the log"));
        }
        report.note(format!(
            "{} answers, all right; {looked} tokens verified and found in the log, which grew by {grown}; the server was \
             killed without warning before it was read",
            self.answers
        ));
        Ok(())
    }
}

/// How many of these tokens are not in the log where they say.
fn missing(world: &World, tokens: Vec<(String, i64)>) -> anyhow::Result<usize> {
    let org = world.org;
    world.read(move |sql| {
        let mut missing = 0;
        for (jti, pos) in tokens {
            let line = log::get(sql, org, pos)?;
            let event = line.and_then(|line| line.decode().ok()?.event().cloned());
            let named = match event {
                Some(Event::TokenDecided { jti, .. } | Event::ClientTokenDecided { jti, .. }) => jti,
                _ => None,
            };
            missing += usize::from(named.is_none_or(|named| named.as_str() != jti));
        }
        Ok::<_, DbFault>(missing)
    })
}
