//! Signing keys at rest.

use chancery_audit::{Event, Text};
use chancery_kernel::OrgId;
use chancery_store::tables::signing_keys::{self, KeyRow};
use chancery_store::{DbFault, Location, Who};

use crate::fixture::{Bench, START, run};

fn key(n: u8) -> KeyRow {
    KeyRow {
        kid: format!("key-{n}"),
        alg: "ES256".into(),
        state: "old".into(),
        created: START,
        activated: None,
        retired: None,
        public: "{}".into(),
        sealed: [b"sealed-".as_slice(), &[n; 150], b"-private"].concat(),
    }
}

#[test]
fn a_deleted_key_leaves_nothing_of_its_private_half_in_the_file() {
    let bench = Bench::sqlite();
    let Location::Sqlite(file) = bench.config.location.clone() else { return };
    let holds = |n: u8| {
        let bytes = std::fs::read(&file).unwrap();
        bytes.windows(100).any(|some| some == [n; 100])
    };
    let event = || Event::SigningKeyDeleted { kid: Text::new("key"), alg: Text::new("ES256") };
    run(async {
        let db = bench.open();
        let org: OrgId = db.env().id();
        let write = db.write(org, Who::SYSTEM, move |tx| {
            (b'a'..=b'z').map(key).try_for_each(|row| signing_keys::insert(tx.sql(), &row))?;
            Ok::<_, DbFault>(tx.record(event()).with(()))
        });
        write.await.unwrap();
    });
    assert!((b'a'..=b'z').all(holds), "the log is carried over into the file when the database is closed");
    run(async {
        let db = bench.open();
        let org: OrgId = db.env().id();
        let write = db.write(org, Who::SYSTEM, move |tx| {
            (b'b'..=b'y').map(key).try_for_each(|row| signing_keys::erase(tx.sql(), &row.kid))?;
            Ok::<_, DbFault>(tx.record(event()).with(()))
        });
        write.await.unwrap();
        assert_eq!(db.read(signing_keys::all).await.unwrap().len(), 2);
    });
    let left: Vec<char> = (b'a'..=b'z').filter(|n| holds(*n)).map(char::from).collect();
    assert_eq!(left, ['a', 'z'], "of whose private half something is in the file");
}
