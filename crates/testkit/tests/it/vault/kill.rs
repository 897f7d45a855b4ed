//! The process is killed while data keys are replaced: every secret opens afterwards, whichever key seals it.

mod rotation;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::Duration;

use chancery_audit::Event;
use chancery_kernel::env::{ManualClock, SeededEntropy};
use chancery_kernel::{Env, Fault, Id, OrgId, SecretId, Timestamp};
use chancery_store::tables::data_keys;
use chancery_store::tables::secrets::{self, SealedVersion, VersionFacts, VersionState};
use chancery_store::{Config, Db, Location, Who};
use chancery_vault::{MasterKey, Place, Vault};

use crate::nodes::cluster::Cluster;

const PLACE: &str = "CHANCERY_KILL_VAULT";
const SECRETS: u128 = 900;
const ROUNDS: u64 = 12;

fn org() -> OrgId {
    OrgId::from_uuid(chancery_kernel::id::Uuid::from_u128(1))
}

fn secret(n: u128) -> SecretId {
    SecretId::from_uuid(chancery_kernel::id::Uuid::from_u128(n))
}

fn value(n: u128) -> String {
    format!("the value of the secret {n}")
}

async fn open(place: &str, seed: u64) -> (Db, Vault) {
    let location = if place.starts_with('/') {
        Location::Sqlite(place.into())
    } else {
        Location::Postgres(place.into())
    };
    let env = Env::new(ManualClock::at(Timestamp::from_seconds(1_790_000_000)), SeededEntropy::new(seed));
    let opening = tokio::task::spawn_blocking(move || Db::open(&Config::new(location), env));
    let db = opening.await.unwrap().unwrap();
    let vault = Vault::open(db.clone(), MasterKey::from_bytes(&[5; 32]).unwrap(), "id.test").await.unwrap();
    (db, vault)
}

/// The victim: replaces the key, seals everything anew, and begins again, until it is killed.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by the tests below, as a process of its own"]
async fn victim() {
    #[expect(clippy::disallowed_methods, reason = "the parent test says where the database is")]
    let Ok(place) = std::env::var(PLACE) else { return };
    let (_db, vault) = open(&place, std::process::id().into()).await;
    loop {
        for (org, present) in vault.data_keys().await.unwrap() {
            vault.rotate_data_key(org, present).await.unwrap();
            std::io::stdout().lock().write_all(b"\nrotated\n").unwrap();
            while vault.reseal_some(org).await.unwrap() > 0 {}
        }
    }
}

async fn fill(place: &str) {
    let (db, vault) = open(place, 1).await;
    let key = vault.data_key(org()).await.unwrap();
    let (env, id) = (db.env().clone(), key.id);
    let write = db.write(org(), Who::SYSTEM, move |tx| {
        for n in 0..SECRETS {
            let sealed = key.seal(&env, Place { secret: secret(n), number: 1 }, value(n).as_bytes())?;
            let author = "system".to_owned();
            let facts =
                VersionFacts { number: 1, state: VersionState::Current, data_key: id, at: tx.now(), author };
            tx.add_version(secret(n), &SealedVersion { facts, sealed })?;
        }
        Ok::<_, Fault>(tx.record(Event::DataKeyCreated { key: id }).with(()))
    });
    write.await.unwrap();
}

/// Opens every secret, as a process does that starts after the other was killed; how many keys seal them.
async fn all_open(place: &str, round: u64) -> usize {
    let (db, vault) = open(place, 1_000 + round).await;
    let mut keys = std::collections::BTreeSet::new();
    for n in 0..SECRETS {
        let found = db.read(move |sql| secrets::value(sql, org(), secret(n), 1)).await.unwrap();
        let SealedVersion { facts, sealed } = found.unwrap_or_else(|| panic!("round {round}: {n} is gone"));
        let key = vault.data_key_of(org(), facts.data_key).await.unwrap();
        let opened = key.unseal(Place { secret: secret(n), number: 1 }, &sealed).unwrap();
        assert_eq!(opened.as_slice(), value(n).as_bytes(), "round {round}");
        keys.insert(facts.data_key);
    }
    keys.len()
}

async fn kill_again_and_again(place: String, settled: impl Fn()) {
    fill(&place).await;
    let mut halfway = 0;
    for round in 0..ROUNDS {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["vault::kill::victim", "--exact", "--ignored", "--nocapture"])
            .env(PLACE, &place)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(victim.stdout.take().unwrap()).lines().map_while(Result::ok);
        said.by_ref().find(|line| line == "rotated").unwrap_or_else(|| panic!("the victim replaced no key"));
        tokio::time::sleep(Duration::from_micros(round * 37_701 % 400_000)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
        settled();
        halfway += usize::from(all_open(&place, round).await > 1);
    }
    assert!(halfway > 0, "never was it killed in the middle");
    // Whoever comes next goes on, to the end.
    let (db, vault) = open(&place, 9_999).await;
    vault.tend_data_keys(None).await.unwrap();
    let left = db.read(|sql| {
        let all = data_keys::retired(sql, org())?;
        all.into_iter().map(|key| Ok(secrets::under(sql, org(), key, 1)?.len())).sum::<Result<usize, _>>()
    });
    assert_eq!(left.await.unwrap(), 0);
    // One process has the file at a time, this one too.
    drop((vault, db));
    assert_eq!(all_open(&place, ROUNDS).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_secret_opens_after_a_kill_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    kill_again_and_again(folder.path().join("chancery.db").display().to_string(), || ()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_secret_opens_after_a_kill_on_postgres() {
    let Some(cluster) = tokio::task::block_in_place(|| Cluster::start_with(|_| String::new())) else {
        return;
    };
    let url = cluster.url("postgres");
    // A server that lost its client still finishes what it was told.
    let left = || tokio::task::block_in_place(|| cluster.wait_until_left(&url));
    kill_again_and_again(url.clone(), left).await;
}
