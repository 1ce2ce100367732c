//! Users: names, roles, passwords as argon2id hashes, and tokens as digests, in records of the database.
//!
//! A user has an identity beside the name, drawn when the user is created: tokens and sessions belong to it, so that nothing of a
//! user who was dropped goes to another of the same name. Statements about users depend on every record that they decide by, so
//! that two of them at a time do not undo each other's reasons (write skew).

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use wend_storage::{Access, Transaction};

use crate::{
    activity::RunningQuery,
    control::TaskPoints,
    database::Database,
    error::{Error, ErrorKind, Result},
    host::{Host, sealed::Sealed},
    role::Role,
    value::{Value, ZonedDateTime},
};

const USER: &str = "user";
const TOKEN: &str = "token";

/// The columns of SHOW USERS and SHOW TOKENS.
pub(crate) const USER_COLUMNS: [&str; 2] = ["name", "role"];
pub(crate) const TOKEN_COLUMNS: [&str; 4] = ["name", "user", "createdAt", "expiresAt"];

/// Shortest and longest password in bytes; the longest so that hashing one is bounded work.
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 8..=1024;

/// The cost of a new password's hash: 19 MiB, two passes, one lane. Each record has its own, so that these can be raised.
const COST: Cost = Cost { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// Which user it is, whatever the name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity([u8; 16]);

/// A user as programs that keep logins know them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// The name.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// Tells the user from others who had or will have the name.
    pub identity: Identity,
}

/// In the order of the stored bytes.
#[derive(Serialize, Deserialize)]
struct StoredUser {
    role: u8,
    cost: Cost,
    salt: [u8; 16],
    hash: [u8; 32],
    /// Not in records of version 1, of users made before there were identities: theirs is zero.
    identity: Identity,
}

/// In the order of the stored bytes.
#[derive(Serialize, Deserialize)]
struct StoredToken {
    user: String,
    digest: [u8; 32],
    /// Seconds since 1970-01-01 UTC.
    created_at: i64,
    expires_at: Option<i64>,
    /// Of the user; as there not in records of version 1.
    identity: Identity,
}

/// What a token begins with, so that programs that look for secrets in texts find it.
const TOKEN_PREFIX: &str = "wend_";

impl StoredUser {
    fn new(password: &str, role: Role, identity: Identity) -> Result<Self> {
        let salt = random_16();
        Ok(StoredUser { role: number(role), cost: COST, salt, hash: hash(password, &salt, COST)?, identity })
    }

    fn known(&self, name: impl Into<String>) -> Result<User> {
        Ok(User { name: name.into(), role: self.role()?, identity: self.identity })
    }

    fn role(&self) -> Result<Role> {
        match self.role {
            0 => Ok(Role::Reader),
            1 => Ok(Role::Editor),
            2 => Ok(Role::Admin),
            _ => Err(Error::internal("a user has a role that is not known")),
        }
    }
}

fn number(role: Role) -> u8 {
    match role {
        Role::Reader => 0,
        Role::Editor => 1,
        Role::Admin => 2,
    }
}

fn hash(password: &str, salt: &[u8], cost: Cost) -> Result<[u8; 32]> {
    let failed = |error: argon2::Error| Error::internal(format!("a password cannot be hashed: {error}"));
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).map_err(failed)?;
    let mut out = [0; 32];
    let mut memory = SPARE.lock().pop().unwrap_or_default();
    memory.resize(params.block_count(), Block::default());
    let hashed = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.as_bytes(),
        salt,
        &mut out,
        &mut memory,
    );
    let mut spare = SPARE.lock();
    if spare.len() < MOST_SPARE {
        spare.push(memory);
    }
    hashed.map(|()| out).map_err(failed)
}

/// Memory of earlier hashes. Allocators are bad at giving back aligned blocks of this size: 40 logins kept 700 MiB.
static SPARE: Mutex<Vec<Vec<Block>>> = Mutex::new(Vec::new());
const MOST_SPARE: usize = 4;

/// From the system's source of secrets, which is where these come from.
fn random_16() -> [u8; 16] {
    *uuid::Uuid::new_v4().as_bytes()
}

/// Text with 122 random bits, for passwords and halves of tokens.
fn random_text() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

impl Sealed for Database {}

impl Host for Database {
    fn has_users(&self) -> Result<bool> {
        Ok(!self.store().begin(Access::Read)?.records(USER)?.is_empty())
    }

    fn create_first_user(&self, name: &str) -> Result<String> {
        let password = random_text();
        let tx = self.store().begin(Access::Write)?;
        create(&tx, name, &password, Role::Admin)?;
        tx.commit()?;
        Ok(password)
    }

    fn check_password(&self, name: &str, password: &str) -> Result<Option<User>> {
        if password.len() > *PASSWORD_LENGTH.end() {
            return Ok(None);
        }
        let stored = user(&self.store().begin(Access::Read)?, name)?;
        let (salt, cost, expected) = match &stored {
            Some(stored) => (stored.salt, stored.cost, stored.hash),
            None => ([0; 16], COST, [0; 32]),
        };
        let right: bool = hash(password, &salt, cost)?.ct_eq(&expected).into();
        stored.filter(|_| right).map(|stored| stored.known(name)).transpose()
    }

    fn user(&self, name: &str) -> Result<Option<User>> {
        user(&self.store().begin(Access::Read)?, name)?.map(|stored| stored.known(name)).transpose()
    }

    fn check_token(&self, token: &str) -> Result<Option<User>> {
        let digest = digest(token);
        let tx = self.store().begin(Access::Read)?;
        let mut found = None;
        for (_, bytes) in tx.records(TOKEN)? {
            let stored = decode_token(&bytes)?;
            if bool::from(stored.digest.ct_eq(&digest)) && stored.expires_at.is_none_or(|end| end > now()) {
                found = Some(stored);
            }
        }
        let Some(token) = found else { return Ok(None) };
        let owner = user(&tx, &token.user)?.filter(|owner| owner.identity == token.identity);
        owner.map(|owner| owner.known(token.user)).transpose()
    }

    fn users_version(&self) -> u64 {
        self.changes_of_users()
    }

    fn queries(&self) -> Vec<RunningQuery> {
        self.activity().queries()
    }

    fn task_stage(&self, id: &str) -> Option<String> {
        self.tasks().stage(id)
    }

    fn task_points(&self, id: &str) -> Option<Arc<TaskPoints>> {
        self.tasks().watch(id)?.ask()
    }

    fn disk_work(&self) -> Option<wend_storage::DiskWork> {
        self.store().disk_work()
    }

    fn kill_query(&self, id: &str) -> Result<()> {
        self.activity().kill(id)
    }
}

fn user(tx: &Transaction, name: &str) -> Result<Option<StoredUser>> {
    tx.get_record(USER, name.as_bytes())?.map(|bytes| decode_user(&bytes)).transpose()
}

/// The user, on whom the transaction depends from now on.
fn user_depended_on(tx: &Transaction, name: &str) -> Result<Option<StoredUser>> {
    tx.depend_on_record(USER, name.as_bytes())?;
    user(tx, name)
}

/// Refuses a change of the own password by someone whose user was dropped, though there is one of that name again.
pub(crate) fn must_still_be(tx: &Transaction, name: &str, identity: Identity) -> Result<()> {
    match user(tx, name)? {
        Some(stored) if stored.identity == identity => Ok(()),
        _ => Err(unknown(tx, name)),
    }
}

/// Refuses a statement about users of someone who is not, or not any more, the administrator that the session is for.
pub(crate) fn must_still_be_admin(tx: &Transaction, name: &str, identity: Identity) -> Result<()> {
    match user_depended_on(tx, name)? {
        Some(stored) if stored.identity == identity && stored.role()? == Role::Admin => Ok(()),
        _ => Err(Error::new(
            ErrorKind::Permission,
            "42NFF",
            format!("the statement manages users, and {name} is not an administrator any more"),
        )
        .with_hint("log in again")),
    }
}

/// Whether there is a user of that name.
pub(crate) fn exists(tx: &Transaction, name: &str) -> Result<bool> {
    Ok(user(tx, name)?.is_some())
}

/// Adds a user.
pub(crate) fn create(tx: &Transaction, name: &str, password: &str, role: Role) -> Result<()> {
    if name.is_empty() || name.len() > 255 {
        return Err(Error::rule("a user's name has 1 to 255 bytes"));
    }
    if exists(tx, name)? {
        return Err(Error::rule(format!("there is a user `{name}` already"))
            .with_hint("ALTER USER changes password and role; CREATE USER IF NOT EXISTS passes over this"));
    }
    check_length(password)?;
    put(tx, USER, name, &StoredUser::new(password, role, Identity(random_16()))?)
}

fn check_length(password: &str) -> Result<()> {
    if PASSWORD_LENGTH.contains(&password.len()) {
        return Ok(());
    }
    let (least, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
    Err(Error::data("22003", format!("a password has {least} to {most} bytes, not {}", password.len())))
}

/// Changes a user.
pub(crate) fn alter(tx: &Transaction, name: &str, password: Option<&str>, role: Option<Role>) -> Result<()> {
    let mut stored = user(tx, name)?.ok_or_else(|| unknown(tx, name))?;
    if let Some(role) = role {
        if role != Role::Admin {
            keep_an_admin(tx, name, "made anything else")?;
        }
        stored.role = number(role);
    }
    if let Some(password) = password {
        check_length(password)?;
        stored = StoredUser::new(password, stored.role()?, stored.identity)?;
    }
    put(tx, USER, name, &stored)
}

/// Removes a user and their tokens.
pub(crate) fn drop(tx: &Transaction, name: &str) -> Result<()> {
    if !exists(tx, name)? {
        return Err(unknown(tx, name));
    }
    keep_an_admin(tx, name, "dropped")?;
    for (key, bytes) in tx.records(TOKEN)? {
        if decode_token(&bytes)?.user == name {
            tx.delete_record(TOKEN, &key)?;
        }
    }
    Ok(tx.delete_record(USER, name.as_bytes())?)
}

/// Refuses to take the last administrator away: nobody could give the role back. The transaction depends on the one who is left.
fn keep_an_admin(tx: &Transaction, name: &str, what: &str) -> Result<()> {
    let mut is_admin = false;
    for (key, bytes) in tx.records(USER)? {
        if decode_user(&bytes)?.role()? == Role::Admin {
            if key != name.as_bytes() {
                return Ok(tx.depend_on_record(USER, &key)?);
            }
            is_admin = true;
        }
    }
    if is_admin { Err(Error::rule(format!("`{name}` is the last admin and cannot be {what}"))) } else { Ok(()) }
}

/// Adds a token; its text, which is kept nowhere.
pub(crate) fn create_token(tx: &Transaction, name: &str, owner: &str, seconds: Option<i64>) -> Result<String> {
    let Some(stored_owner) = user(tx, owner)? else { return Err(unknown(tx, owner)) };
    if name.is_empty() || name.len() > 255 {
        return Err(Error::rule("a token's name has 1 to 255 bytes"));
    }
    if tx.get_record(TOKEN, name.as_bytes())?.is_some() {
        return Err(Error::rule(format!("there is a token `{name}` already")).with_hint("SHOW TOKENS lists them"));
    }
    let token = format!("{TOKEN_PREFIX}{}{}", random_text(), random_text());
    let created_at = now();
    let expires_at = seconds.map(|seconds| created_at.saturating_add(seconds));
    let (user, identity) = (owner.to_owned(), stored_owner.identity);
    put(tx, TOKEN, name, &StoredToken { user, digest: digest(&token), created_at, expires_at, identity })?;
    // Written again as it is, so that this and a drop of the user at the same time conflict, whichever commits first.
    put(tx, USER, owner, &stored_owner)?;
    Ok(token)
}

/// Removes a token; `false` when there was none.
pub(crate) fn drop_token(tx: &Transaction, name: &str) -> Result<bool> {
    let there = tx.get_record(TOKEN, name.as_bytes())?.is_some();
    if there {
        tx.delete_record(TOKEN, name.as_bytes())?;
    }
    Ok(there)
}

/// The error of a user who is not there.
pub(crate) fn unknown(tx: &Transaction, name: &str) -> Error {
    let names: Vec<String> = tx.records(USER).map_or_else(|_| Vec::new(), |records| names(&records));
    let near = wend_grammar::suggest(name, names.iter().map(String::as_str));
    Error::reference(format!("there is no user `{name}`"))
        .with_hint_if(near.map(|near| format!("did you mean `{near}`?")).or(Some("SHOW USERS lists them".to_owned())))
}

fn names(records: &[(Vec<u8>, Vec<u8>)]) -> Vec<String> {
    records.iter().map(|(key, _)| String::from_utf8_lossy(key).into_owned()).collect()
}

/// The rows of SHOW USERS, by name.
pub(crate) fn user_rows(tx: &Transaction) -> Result<Vec<Vec<Value>>> {
    let row = |(key, bytes): (Vec<u8>, Vec<u8>)| {
        let stored = decode_user(&bytes)?;
        Ok(vec![Value::from(&*String::from_utf8_lossy(&key)), Value::from(stored.role()?.name())])
    };
    tx.records(USER)?.into_iter().map(row).collect()
}

/// The rows of SHOW TOKENS, by name.
pub(crate) fn token_rows(tx: &Transaction) -> Result<Vec<Vec<Value>>> {
    let at = |seconds: i64| ZonedDateTime::at_offset(seconds, 0, 0).map(Value::ZonedDateTime);
    let row = |(key, bytes): (Vec<u8>, Vec<u8>)| {
        let stored = decode_token(&bytes)?;
        let expires_at = stored.expires_at.map(at).transpose()?.unwrap_or_default();
        let name = Value::from(&*String::from_utf8_lossy(&key));
        Ok(vec![name, Value::from(stored.user), at(stored.created_at)?, expires_at])
    };
    tx.records(TOKEN)?.into_iter().map(row).collect()
}

fn put(tx: &Transaction, family: &str, name: &str, record: &impl Serialize) -> Result<()> {
    let bytes = postcard::to_extend(record, vec![VERSION]);
    let bytes = bytes.map_err(|error| Error::internal(format!("a user cannot be stored: {error}")))?;
    Ok(tx.put_record(family, name.as_bytes(), &bytes)?)
}

/// The version byte of records. Those of version 1 have no identity.
const VERSION: u8 = 2;

fn decode_user(bytes: &[u8]) -> Result<StoredUser> {
    decode(bytes)
}

fn decode_token(bytes: &[u8]) -> Result<StoredToken> {
    decode(bytes)
}

/// A record behind its version byte.
fn decode<T: for<'a> Deserialize<'a>>(bytes: &[u8]) -> Result<T> {
    let damaged = || Error::internal("the record of a user is damaged");
    let mut bytes = bytes.to_vec();
    match bytes.first_mut() {
        Some(version @ 1) => {
            *version = VERSION;
            // The identity is the last field.
            bytes.extend([0; 16]);
        }
        Some(&mut VERSION) => {}
        _ => return Err(damaged()),
    }
    postcard::from_bytes(&bytes[1..]).map_err(|_| damaged())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct UserOne {
        role: u8,
        cost: Cost,
        salt: [u8; 16],
        hash: [u8; 32],
    }

    #[derive(Serialize)]
    struct TokenOne {
        user: String,
        digest: [u8; 32],
        created_at: i64,
        expires_at: Option<i64>,
    }

    /// Users and tokens of databases made before there were identities go on, and a token does not go to the next of the name.
    #[test]
    fn records_of_version_1() {
        let database = Database::in_memory().unwrap();
        let tx = database.store().begin(Access::Write).unwrap();
        let salt = random_16();
        let user = UserOne { role: 2, cost: COST, salt, hash: hash("password", &salt, COST).unwrap() };
        let token = TokenOne { user: "ann".to_owned(), digest: digest("t"), created_at: 1, expires_at: None };
        let version_1 = |record: Vec<u8>| [vec![1], record].concat();
        tx.put_record(USER, b"ann", &version_1(postcard::to_stdvec(&user).unwrap())).unwrap();
        tx.put_record(TOKEN, b"old", &version_1(postcard::to_stdvec(&token).unwrap())).unwrap();
        tx.commit().unwrap();
        assert_eq!(database.check_password("ann", "password").unwrap().unwrap().role, Role::Admin);
        assert_eq!(database.check_token("t").unwrap().unwrap().name, "ann");
        let tx = database.store().begin(Access::Write).unwrap();
        tx.delete_record(USER, b"ann").unwrap();
        create(&tx, "ann", "password", Role::Reader).unwrap();
        tx.commit().unwrap();
        assert_eq!(database.check_token("t").unwrap(), None);
        assert_eq!(database.user("ann").unwrap().unwrap().role, Role::Reader);
    }
}
