//! Secrets of the vault: what is known of them, and their sealed values, version by version.

use chancery_kernel::{Fault, FolderId, Id, KeyId, OrgId, SecretId, Timestamp};
use chancery_model::Vaulted;

use crate::fault::DbFault;
use crate::sql::{Row, Sql, Value};
use crate::tables::nouns::{blob, body, parse};
use crate::tx::Tx;

const INSERT: &str = "insert into secrets (id, org, folder, name, current, version, due, tries, body) \
     values ($1, $2, $3, $4, $5, $6, $7, 0, $8)";
const UPDATE: &str = "update secrets set name = $3, current = $4, version = $5, due = $6, body = $7 \
     where id = $1 and org = $2 and version = $8";
const DELETE: &str = "delete from secrets where id = $1 and org = $2";
const DELETE_VERSIONS: &str = "delete from secret_versions where secret = $1 and org = $2";
const FIND: &str = "select body from secrets where id = $1 and org = $2";
const IN_FOLDER: &str = "select body from secrets where id = $1 and org = $2 and folder = $3";
const BY_NAME: &str = "select body from secrets where folder = $1 and org = $2 and name = $3";
const ANY_IN: &str = "select count(*) from secrets where folder = $1 and org = $2";
const PAGE: &str = "select body from secrets where org = $1 and id > $2 and ($3 = 0 or folder = $4) \
     and ($5 = '' or name = $5) order by id limit $6";
const DUE: &str = "select body, tries from secrets where due is not null and due <= $1 order by due limit $2";
const NEXT: &str = "update secrets set due = $3, tries = $4 where id = $1 and org = $2";
const TRIES: &str = "select due, tries from secrets where id = $1 and org = $2";
const ADD: &str = "insert into secret_versions (secret, number, org, state, data_key, at, author, sealed) \
     values ($1, $2, $3, $4, $5, $6, $7, $8)";
const VALUE: &str = "select number, state, data_key, at, author, sealed from secret_versions \
     where secret = $1 and number = $2 and org = $3";
const PENDING: &str = "select number, state, data_key, at, author, sealed from secret_versions \
     where secret = $1 and org = $2 and state = 0";
const VERSIONS: &str = "select number, state, data_key, at, author from secret_versions \
     where secret = $1 and org = $2 order by number desc limit $3";
const LAST: &str = "select coalesce(max(number), 0) from secret_versions where secret = $1 and org = $2";
const SET_STATE: &str =
    "update secret_versions set state = $4 where secret = $1 and number = $2 and org = $3";
const FORGET: &str =
    "delete from secret_versions where secret = $1 and org = $2 and state > 1 and number < $3";
const UNDER: &str =
    "select secret, number, sealed from secret_versions where org = $1 and data_key = $2 limit $3";
const RESEAL: &str = "update secret_versions set data_key = $5, sealed = $6 \
     where secret = $1 and number = $2 and org = $3 and data_key = $4";
pub const STATEMENTS: &[&str] = &[
    INSERT,
    UPDATE,
    DELETE,
    DELETE_VERSIONS,
    FIND,
    IN_FOLDER,
    BY_NAME,
    ANY_IN,
    PAGE,
    DUE,
    NEXT,
    TRIES,
    ADD,
    VALUE,
    PENDING,
    VERSIONS,
    LAST,
    SET_STATE,
    FORGET,
    UNDER,
    RESEAL,
];

/// So many earlier values are kept.
const KEPT: i64 = 10;

/// Where a version is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionState {
    /// Stored, and not yet known to work: never handed out.
    Pending,
    Current,
    Old,
    /// It was never put in place.
    GivenUp,
}

impl VersionState {
    const ALL: [Self; 4] = [Self::Pending, Self::Current, Self::Old, Self::GivenUp];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Current => "current",
            Self::Old => "old",
            Self::GivenUp => "given_up",
        }
    }

    fn code(self) -> i64 {
        (0..).zip(Self::ALL).find(|(_, s)| *s == self).map_or(3, |(i, _)| i)
    }

    fn read(code: i64) -> Self {
        (0..).zip(Self::ALL).find(|(i, _)| *i == code).map_or(Self::GivenUp, |(_, s)| s)
    }
}

/// A version without its value.
#[derive(Clone, Debug)]
pub struct VersionFacts {
    pub number: i64,
    pub state: VersionState,
    pub data_key: KeyId,
    pub at: Timestamp,
    /// Who stored it: an id, or `system`.
    pub author: String,
}

/// A version as it is stored.
#[derive(Clone, Debug)]
pub struct SealedVersion {
    pub facts: VersionFacts,
    pub sealed: Vec<u8>,
}

/// By what a secret is named within its folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    Id(SecretId),
    Name(String),
}

fn read(row: &Row) -> Result<Vaulted, DbFault> {
    parse(row.text(0)?, "secret")
}

fn facts(row: &Row) -> Result<VersionFacts, DbFault> {
    Ok(VersionFacts {
        number: row.int(0)?,
        state: VersionState::read(row.int(1)?),
        data_key: KeyId::from_uuid(row.uuid(2)?),
        at: row.time(3)?,
        author: row.text(4)?.to_owned(),
    })
}

fn whole(row: &mut Row) -> Result<SealedVersion, DbFault> {
    Ok(SealedVersion { facts: facts(row)?, sealed: row.take_blob(5)? })
}

pub fn find(sql: &mut Sql<'_>, org: OrgId, id: SecretId) -> Result<Option<Vaulted>, DbFault> {
    sql.rows(FIND, &[blob(id), blob(org)])?.first().map(read).transpose()
}

/// The secret of this name, or id, in this folder.
pub fn named(
    sql: &mut Sql<'_>,
    org: OrgId,
    folder: FolderId,
    named: &Named,
) -> Result<Option<Vaulted>, DbFault> {
    let rows = match named {
        Named::Id(id) => sql.rows(IN_FOLDER, &[blob(*id), blob(org), blob(folder)])?,
        Named::Name(name) => sql.rows(BY_NAME, &[blob(folder), blob(org), key(name)])?,
    };
    rows.first().map(read).transpose()
}

fn key(name: &str) -> Value {
    Value::Text(name.to_lowercase())
}

pub fn any_in(sql: &mut Sql<'_>, org: OrgId, folder: FolderId) -> Result<bool, DbFault> {
    sql.rows(ANY_IN, &[blob(folder), blob(org)])?.first().map_or(Ok(false), |row| Ok(row.int(0)? > 0))
}

/// Secrets of an organization, oldest first.
pub fn page(
    sql: &mut Sql<'_>,
    org: OrgId,
    after: Option<SecretId>,
    folder: Option<FolderId>,
    name: Option<&str>,
    most: i64,
) -> Result<Vec<Vaulted>, DbFault> {
    let first = || Value::Blob(vec![0; 16]);
    let args = [
        blob(org),
        after.map_or_else(first, blob),
        folder.is_some().into(),
        folder.map_or_else(first, blob),
        key(name.unwrap_or_default()),
        most.into(),
    ];
    sql.rows(PAGE, &args)?.iter().map(read).collect()
}

/// Secrets of every organization that are to be rotated, and how often that failed in a row.
pub fn due(sql: &mut Sql<'_>, now: Timestamp, most: i64) -> Result<Vec<(Vaulted, i64)>, DbFault> {
    sql.rows(DUE, &[now.into(), most.into()])?.iter().map(|row| Ok((read(row)?, row.int(1)?))).collect()
}

/// When it is to be rotated next, and how often that failed in a row.
pub fn schedule(sql: &mut Sql<'_>, org: OrgId, id: SecretId) -> Result<(Option<Timestamp>, i64), DbFault> {
    let rows = sql.rows(TRIES, &[blob(id), blob(org)])?;
    rows.first().map_or(Ok((None, 0)), |row| Ok((row.maybe_time(0)?, row.int(1)?)))
}

/// The value of one version, sealed.
pub fn value(
    sql: &mut Sql<'_>,
    org: OrgId,
    id: SecretId,
    number: i64,
) -> Result<Option<SealedVersion>, DbFault> {
    sql.rows(VALUE, &[blob(id), number.into(), blob(org)])?.first_mut().map(whole).transpose()
}

/// The version that waits to be put in place.
pub fn pending(sql: &mut Sql<'_>, org: OrgId, id: SecretId) -> Result<Option<SealedVersion>, DbFault> {
    sql.rows(PENDING, &[blob(id), blob(org)])?.first_mut().map(whole).transpose()
}

/// Some of what one key seals: of which secret, of which version, sealed.
pub fn under(
    sql: &mut Sql<'_>,
    org: OrgId,
    key: KeyId,
    most: i64,
) -> Result<Vec<(SecretId, i64, Vec<u8>)>, DbFault> {
    let mut rows = sql.rows(UNDER, &[blob(org), blob(key), most.into()])?;
    rows.iter_mut()
        .map(|row| Ok((SecretId::from_uuid(row.uuid(0)?), row.int(1)?, row.take_blob(2)?)))
        .collect()
}

/// The versions, latest first, without their values.
pub fn versions(sql: &mut Sql<'_>, org: OrgId, id: SecretId) -> Result<Vec<VersionFacts>, DbFault> {
    sql.rows(VERSIONS, &[blob(id), blob(org), 100i64.into()])?.iter().map(facts).collect()
}

impl Tx<'_> {
    /// Adds what is known of a secret; its first version is added besides.
    pub fn insert_secret(&mut self, secret: &Vaulted, due: Option<Timestamp>) -> Result<(), Fault> {
        let args = [
            blob(secret.id),
            blob(self.org()),
            blob(secret.folder),
            key(&secret.name),
            secret.current.into(),
            secret.meta.version.into(),
            due.into(),
            Value::Text(body(secret, "secret")?),
        ];
        taken(self.sql().run(INSERT, &args)).map(drop)
    }

    /// The secret as the database has it.
    pub fn secret(&mut self, id: SecretId) -> Result<Vaulted, Fault> {
        let org = self.org();
        find(self.sql(), org, id)?.ok_or_else(|| Fault::not_found("secret"))
    }

    /// Replaces what is known of a secret whose version is still the one it was read at, and raises the version.
    pub fn replace_secret(&mut self, mut secret: Vaulted, due: Option<Timestamp>) -> Result<Vaulted, Fault> {
        let read_at = secret.meta.version;
        secret.meta.version += 1;
        secret.meta.updated = self.now();
        let args = [
            blob(secret.id),
            blob(self.org()),
            key(&secret.name),
            secret.current.into(),
            secret.meta.version.into(),
            due.into(),
            Value::Text(body(&secret, "secret")?),
            read_at.into(),
        ];
        if taken(self.sql().run(UPDATE, &args))? == 0 {
            return Err(Fault::stale("secret"));
        }
        Ok(secret)
    }

    pub fn delete_secret(&mut self, id: SecretId) -> Result<(), Fault> {
        let args = [blob(id), blob(self.org())];
        self.sql().run(DELETE_VERSIONS, &args)?;
        if self.sql().run(DELETE, &args)? == 0 {
            return Err(Fault::not_found("secret"));
        }
        Ok(())
    }

    /// The number the next version gets.
    pub fn next_number(&mut self, id: SecretId) -> Result<i64, Fault> {
        let args = [blob(id), blob(self.org())];
        let rows = self.sql().rows(LAST, &args)?;
        Ok(rows.first().map_or(Ok(0), |row| row.int(0))? + 1)
    }

    /// Stores a version. Another pending one is a conflict.
    pub fn add_version(&mut self, id: SecretId, version: &SealedVersion) -> Result<(), Fault> {
        let VersionFacts { number, state, data_key, at, author } = &version.facts;
        let args = [
            blob(id),
            (*number).into(),
            blob(self.org()),
            state.code().into(),
            blob(*data_key),
            (*at).into(),
            author.as_str().into(),
            version.sealed.as_slice().into(),
        ];
        match self.sql().run(ADD, &args) {
            Err(DbFault::Duplicate { .. }) => Err(Fault::conflict(
                "rotating",
                "a new version of this secret is being put in place: wait until that is done",
            )),
            other => Ok(other.map(drop)?),
        }
    }

    /// Replaces what seals a version: the same value, under the next key. False where it is gone, or was sealed anew
    /// already.
    pub fn reseal_version(
        &mut self,
        (id, number): (SecretId, i64),
        (before, after): (KeyId, KeyId),
        sealed: &[u8],
    ) -> Result<bool, Fault> {
        let args = [blob(id), number.into(), blob(self.org()), blob(before), blob(after), sealed.into()];
        Ok(self.sql().run(RESEAL, &args)? > 0)
    }

    pub fn set_version_state(&mut self, id: SecretId, number: i64, state: VersionState) -> Result<(), Fault> {
        let args = [blob(id), number.into(), blob(self.org()), state.code().into()];
        self.sql().run(SET_STATE, &args)?;
        Ok(())
    }

    /// Forgets values that are older than the last few.
    pub fn forget_versions(&mut self, id: SecretId, current: i64) -> Result<(), Fault> {
        let args = [blob(id), blob(self.org()), (current - KEPT).into()];
        self.sql().run(FORGET, &args)?;
        Ok(())
    }

    /// When it is to be rotated next, and how often that failed in a row.
    pub fn schedule_rotation(
        &mut self,
        id: SecretId,
        due: Option<Timestamp>,
        tries: i64,
    ) -> Result<(), Fault> {
        let args = [blob(id), blob(self.org()), due.into(), tries.into()];
        self.sql().run(NEXT, &args)?;
        Ok(())
    }
}

fn taken(done: Result<u64, DbFault>) -> Result<u64, Fault> {
    match done {
        Err(DbFault::Duplicate { .. }) => {
            let text = "there is already a secret of this name in the folder: choose another name";
            Err(Fault::conflict("name_taken", text))
        }
        other => Ok(other?),
    }
}
