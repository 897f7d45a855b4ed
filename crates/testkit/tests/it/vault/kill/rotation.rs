//! The real server is killed while it rotates secrets: whatever point it had come to, a value in the vault works, no
//! version and no credential is left over, and the next process goes on to the end.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use chancery_broker::rotate::{Rotators, tick};
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{ClientId, Env, OrgId, Seconds, Secret, SecretId};
use chancery_server::Server;
use chancery_server::config::Config;
use chancery_store::elsewhere::Role;
use chancery_store::tables::secrets::{self, VersionState};
use chancery_store::{Db, Location};
use chancery_testkit::{Kit, START};
use chancery_vault::{MasterKey, Place, Vault};
use serde_json::json;

use crate::nodes::cluster::Cluster;
use crate::vault::{AT, Safe};
use crate::world::World;

const PLACE: &str = "CHANCERY_KILL_ROTATION";
const TARGET: &str = "CHANCERY_KILL_TARGET";
const ROUND: &str = "CHANCERY_KILL_ROUND";
const ROUNDS: u64 = 14;

fn configure(config: &mut Config, place: &Path, target: &str) {
    config.database.location = place.join("data").display().to_string();
    config.database.master_key = Some(place.join("master.key"));
    config.rotation.postgres = vec![target.to_owned()];
}

/// The victim: the server, and another one that rotates whatever its clock, which runs, says is due. Begins with what an
/// earlier one left, and tells of each version that counts.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the test below, as a process of its own"]
async fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the data is")]
    let told = |name: &str| std::env::var(name).ok();
    let (Some(place), Some(target), Some(round)) = (told(PLACE), told(TARGET), told(ROUND)) else { return };
    let round: i64 = round.parse().unwrap();
    let mut config = Config::default();
    configure(&mut config, Path::new(&place), &target);
    config.listen.address = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let clock = ManualClock::at(START.plus(Seconds::days(20 * round)));
    let env = Env::new(clock.clone(), SeededEntropy::new(u64::try_from(round).unwrap() + 1_000));
    let running = Server::new(config).with_env(env).start().await.unwrap();
    let rotators = Rotators { postgres: vec![target], ..Rotators::default() };
    let say = |line: String| std::io::stdout().lock().write_all(format!("\n{line}\n").as_bytes()).unwrap();
    let mut waited = 0;
    for turn in 0.. {
        clock.advance(Seconds(70));
        tick(&running.platform, &rotators).await.unwrap();
        let all = running.platform.db.read(|sql| {
            let org = organization(sql)?;
            let all = secrets::page(sql, org, None, None, None, 10)?;
            let waits = |id| secrets::pending(sql, org, id).map(|pending| pending.is_some());
            let waiting = all.iter().map(|secret| secret.id).map(waits).collect::<Result<Vec<_>, _>>()?;
            Ok((all, waiting.contains(&true)))
        });
        let (all, waiting) = all.await.unwrap();
        if turn > 0 {
            all.iter().for_each(|secret| say(format!("counts {} {}", secret.id, secret.current)));
        }
        waited = if waiting { waited + 1 } else { 0 };
        assert!(waited < 300, "a rotation does not come to its end");
        if waited == 0 {
            say("whole".to_owned());
        }
    }
}

/// The one that is not the deployment's own.
fn organization(sql: &mut chancery_store::Sql<'_>) -> Result<OrgId, chancery_store::DbFault> {
    let active = chancery_store::tables::data_keys::all_active(sql)?;
    Ok(active.first().map(|row| row.org).unwrap())
}

/// What the victim said, line by line.
struct Victim(Child, Box<dyn Iterator<Item = String> + Send>);

impl Victim {
    fn start(place: &Path, target: &str, round: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["vault::kill::rotation::victim", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, place)
            .env(TARGET, target)
            .env(ROUND, round.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        Self(child, Box::new(said))
    }

    /// Lets it finish what the one before it began, then kills it some time later. What it had said by then counts.
    fn killed(mut self, after: Duration, counts: &mut BTreeMap<SecretId, i64>) {
        let whole = self.1.by_ref().find(|line| line == "whole");
        std::thread::sleep(after);
        self.0.kill().unwrap();
        self.0.wait().unwrap();
        assert!(whole.is_some(), "what an earlier one began was not ended");
        for line in self.1 {
            let mut words = line.split(' ').skip_while(|word| *word != "counts").skip(1);
            if let (Some(id), Some(number)) = (words.next(), words.next()) {
                // The last line may have been cut in the middle.
                let (Ok(id), Ok(number)) = (id.parse(), number.parse()) else { continue };
                counts.insert(id, number);
            }
        }
    }
}

/// What lies in the vault of a server that does not run.
struct Lying {
    db: Db,
    vault: Vault,
    org: OrgId,
}

/// A version's number, what counts as its secret, and whether it is not in place yet.
type Version = (i64, Secret, VersionState);

impl Lying {
    async fn open(place: &Path) -> Self {
        let env = Env::new(ManualClock::at(START), SeededEntropy::new(3));
        let config = chancery_store::Config::new(Location::Sqlite(place.join("data")));
        let db = tokio::task::spawn_blocking(move || Db::open(&config, env)).await.unwrap().unwrap();
        let master = MasterKey::read(&place.join("master.key")).unwrap();
        let vault = Vault::open(db.clone(), master, "127.0.0.1").await.unwrap();
        let org = db.hot().org_by_slug("corp").unwrap();
        Self { db, vault, org }
    }

    /// Every version of a secret opens; the latest first.
    async fn versions(&self, secret: SecretId, field: &str) -> Vec<Version> {
        let org = self.org;
        let all = self.db.read(move |sql| secrets::versions(sql, org, secret)).await.unwrap();
        let mut out = Vec::new();
        for facts in all {
            let number = facts.number;
            let found =
                self.db.read(move |sql| secrets::value(sql, org, secret, number)).await.unwrap().unwrap();
            let key = self.vault.data_key_of(org, found.facts.data_key).await.unwrap();
            let plain = key.unseal(Place { secret, number }, &found.sealed).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&plain).unwrap();
            out.push((number, Secret::new(value[field].as_str().unwrap()), facts.state));
        }
        out
    }

    /// One counts, at most one more waits, and it is the latest: nothing lies about that nobody will pick up.
    async fn sound(&self, secret: SecretId, field: &str, counted: i64) -> Vec<Version> {
        let all = self.versions(secret, field).await;
        let states: Vec<_> = all.iter().map(|(number, _, state)| (*number, *state)).collect();
        let of = |wanted| states.iter().filter(move |(_, state)| *state == wanted);
        assert_eq!(of(VersionState::Current).count(), 1, "{states:?}");
        assert!(of(VersionState::Pending).count() <= 1, "{states:?}");
        assert_eq!(of(VersionState::GivenUp).count(), 0, "{states:?}");
        let latest = states.iter().take(2).position(|(_, state)| *state == VersionState::Current).unwrap();
        let present = states[latest];
        assert!(states[..latest].iter().all(|(_, state)| *state == VersionState::Pending), "{states:?}");
        assert!(present.0 >= counted, "{counted} counted, and was forgotten: {states:?}");
        let (org, id) = (self.org, secret);
        let record = self.db.read(move |sql| secrets::find(sql, org, id)).await.unwrap().unwrap();
        assert_eq!(record.current, present.0);
        let due = self.db.read(move |sql| secrets::schedule(sql, org, id)).await.unwrap().0;
        assert!(due.is_some(), "nobody would look at it again: {states:?}");
        all.into_iter().take(latest + 1).collect()
    }
}

/// A PostgreSQL server at which one role needs its password.
fn guarded() -> Option<(Cluster, Role)> {
    let hba = |folder: &Path| {
        let lines = "local all rotated scram-sha-256\nlocal all all trust\n";
        std::fs::write(folder.join("hba.conf"), lines).unwrap();
        format!("hba_file = '{}/hba.conf'", folder.display())
    };
    let cluster = Cluster::start_with(hba)?;
    let known = cluster.url("postgres");
    let host = known.split(' ').find_map(|pair| pair.strip_prefix("host=")).unwrap().to_owned();
    cluster.ask(&known, "create role rotated login password 'the-first-password'");
    let (port, database, user) = (5432, "postgres".into(), "rotated".into());
    Some((cluster, Role { host, port, database, tls: false, user, roots: None }))
}

/// The two secrets, and the client that one of them is of.
struct Kept {
    password: SecretId,
    client_secret: SecretId,
    client: ClientId,
}

async fn deposit(s: &mut Safe, role: &Role) -> Kept {
    let rotation =
        json!({"by": "postgres", "host": role.host, "database": role.database, "tls": false, "every": 60});
    let password = json!({"name": "db", "kind": "password", "rotation": rotation,
        "value": {"username": role.user, "password": "the-first-password"}});
    let client = json!({"name": "crm access", "agent": s.agent.id, "auth": "client_secret_basic",
        "grants": ["client_credentials"]});
    let client = s.w.client(client).await;
    let own = json!({"name": "crm", "kind": "oauth_client", "rotation": {"by": "client", "every": 60},
        "value": {"client_id": client.id, "client_secret": client.secret}});
    let mut ids = Vec::new();
    for body in [password, own] {
        ids.push(s.w.make(AT, body).await["id"].as_str().unwrap().parse().unwrap());
    }
    Kept { password: ids[0], client_secret: ids[1], client: client.id.parse().unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_during_a_rotation_leaves_a_value_that_works_and_the_next_process_ends_it() {
    let Some((_cluster, role)) = tokio::task::block_in_place(guarded) else { return };
    let folder = tempfile::tempdir().unwrap();
    let (place, target) = (folder.path(), format!("{}:5432", role.host));
    let kit = Kit::start_with(|config| configure(config, place, "nowhere:1")).await.unwrap();
    let mut s = Safe::on(World::on(kit).await).await;
    let kept = deposit(&mut s, &role).await;
    let Kit { running, .. } = s.w.kit;
    running.stop().await;
    let (mut counts, mut halfway) = (BTreeMap::new(), 0);
    for round in 1..=ROUNDS {
        let after = Duration::from_micros(round * 48_611 % 200_000);
        Victim::start(place, &target, round).killed(after, &mut counts);
        let lying = Lying::open(place).await;
        let counted = |id| counts.get(&id).copied().unwrap_or(1);
        let passwords = lying.sound(kept.password, "password", counted(kept.password)).await;
        halfway += usize::from(passwords.len() > 1);
        let mut works = false;
        for (_, password, _) in &passwords {
            works |= role.sign_in(password.expose()).await.is_ok();
        }
        assert!(works, "round {round}: the role is locked out");
        let own = lying.sound(kept.client_secret, "client_secret", counted(kept.client_secret)).await;
        halfway += usize::from(own.len() > 1);
        let client = lying.db.hot().clients.find(lying.org, kept.client).cloned().unwrap();
        let known: Vec<[u8; 32]> = own.iter().map(|(_, secret, _)| lying.vault.keyed_hash(secret)).collect();
        assert!(client.secrets.iter().any(|s| Some(&s.hash) == known.last()), "round {round}: locked out");
        let strange = client.secrets.iter().filter(|s| !known.contains(&s.hash)).count();
        assert_eq!(strange, 0, "round {round}: the client has a secret that nobody knows");
    }
    assert!(halfway > 0, "never was it killed in the middle");
    // That one settles what the last left, and says so.
    Victim::start(place, &target, ROUNDS + 1).killed(Duration::ZERO, &mut counts);
    assert!(counts.values().all(|number| *number > 1), "nothing was rotated: {counts:?}");
}
