//! How the fields of requests have to be written: what OpenFGA's framework says, in its order, before anything is looked
//! up.

use chancery_kernel::Outcome;
use chancery_rebac::fields::{RELATION, REQUIRED, TYPE, Word, Wrong, is_space};

use crate::wire::{
    Assertion, Assertions, BatchCheck, BatchItem, Check, Consistency, CreateStore, Expand, ListObjects,
    ListUsers, Read, TupleKeys, TupleWire, Write,
};
use crate::{changes, fault, token};

const OBJECT: Word = Word { least: 2, most: 256, banned: &[], shown: r"^[^\\s]{2,256}$" };
const USER: Word = Word { least: 2, most: 512, banned: &[], shown: r"^[^\\s]{2,512}$" };
const CONDITION: Word = Word { least: 2, most: 256, banned: &[], shown: r"^[^\\s]{2,256}$" };
/// The type by which changes are asked for.
const TYPE_OF_CHANGES: Word = Word { least: 1, most: 254, banned: &[':', '#'], shown: r"^[^:#\\s]{1,254}$" };

const LONGEST_USER: usize = 512;
const MOST_CONTEXTUAL: (usize, &str) = (100, "item");
const MOST_ASSERTIONS: (usize, &str) = (100, "item");
const MOST_CONTEXTUAL_OF_ASSERTION: (usize, &str) = (20, "item");

fn model(wrong: &mut Wrong, message: &str, named: &str) {
    if !named.is_empty() {
        id(wrong, message, "AuthorizationModelId", named);
    }
}

fn id(wrong: &mut Wrong, message: &str, field: &str, id: &str) {
    let fine = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase() && byte != b'I' && byte != b'O';
    let holds = id.len() == 26 && id.bytes().all(fine);
    wrong.pattern(message, field, holds, "^[ABCDEFGHJKMNPQRSTVWXYZ0-9]{26}$");
}

fn consistency(wrong: &mut Wrong, message: &str, asked: &Consistency) {
    if asked.unknown {
        wrong.say(message, "Consistency", "value must be one of the defined enum values");
    }
}

fn page_size(wrong: &mut Wrong, message: &str, size: Option<i64>) {
    if size.is_some_and(|size| !(1..=100).contains(&size)) {
        wrong.say(message, "PageSize", "value must be inside range [1, 100]");
    }
}

fn continuation(wrong: &mut Wrong, message: &str, text: &str) {
    wrong.most_bytes(message, "ContinuationToken", text, token::LONGEST);
    let body = text.trim_end_matches('=');
    let letters = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let holds = text.is_empty() || !body.is_empty() && letters && text.len() - body.len() <= 2;
    wrong.pattern(message, "ContinuationToken", holds, "^$|^[A-Za-z0-9-_]+={0,2}$");
}

fn store_name(wrong: &mut Wrong, message: &str, name: &str) {
    let fine = |c: char| c.is_ascii_alphanumeric() || is_space(c) || ".-/^_&@".contains(c);
    let holds = (3..=64).contains(&name.chars().count()) && name.chars().all(fine);
    wrong.pattern(message, "Name", holds, r"^[a-zA-Z0-9\\s\\.\\-\\/^_&@]{3,64}$");
}

fn told(look: impl FnOnce(&mut Wrong)) -> Outcome<()> {
    let mut wrong = Wrong::default();
    look(&mut wrong);
    wrong.told().map_err(|wrong| fault::of_model(&wrong))
}

/// A page of a list: its size where that is given, and how a token is spelled.
pub(crate) fn page(message: &str, size: Option<i64>, token: &str) -> Outcome<()> {
    told(|wrong| {
        page_size(wrong, message, size);
        continuation(wrong, message, token);
    })
}

/// A page of stores, perhaps of those of one name.
pub(crate) fn stores(size: Option<i64>, token: &str, name: &str) -> Outcome<()> {
    let message = "ListStoresRequest";
    told(|wrong| {
        page_size(wrong, message, size);
        continuation(wrong, message, token);
        if !name.is_empty() {
            store_name(wrong, message, name);
        }
    })
}

/// The id of a model where one has to be named.
pub(crate) fn named_model(message: &str, field: &str, named: &str) -> Outcome<()> {
    told(|wrong| id(wrong, message, field, named))
}

/// Which changes are asked for.
pub(crate) fn changes(wanted: &changes::Wanted, is_past: bool) -> Outcome<()> {
    let message = "ReadChangesRequest";
    told(|wrong| {
        wrong.word_if_given(message, "Type", &wanted.r#type, &TYPE_OF_CHANGES);
        if wanted.page_size.is_some_and(|size| size < 1) {
            wrong.say(message, "PageSize", "value must be greater than or equal to 1");
        }
        continuation(wrong, message, &wanted.continuation_token);
        if !is_past {
            wrong.say(message, "StartTime", "value must be less than now");
        }
    })?;
    told(|wrong| page_size(wrong, message, wanted.page_size))
}

impl TupleWire {
    /// One that is written, or comes with a question.
    fn look(&self, wrong: &mut Wrong) {
        self.look_at_parts(wrong, "TupleKey");
        if let Some(condition) = &self.condition {
            wrong.within(|wrong| wrong.word("RelationshipCondition", "Name", &condition.name, &CONDITION));
        }
    }

    fn look_at_parts(&self, wrong: &mut Wrong, message: &str) {
        wrong.most_bytes(message, "User", &self.user, LONGEST_USER);
        wrong.word_if_given(message, "Relation", &self.relation, &RELATION);
        wrong.word_if_given(message, "Object", &self.object, &OBJECT);
    }

    fn look_as_asked(&self, wrong: &mut Wrong) {
        let message = "CheckRequestTupleKey";
        wrong.word(message, "User", &self.user, &USER);
        wrong.word(message, "Relation", &self.relation, &RELATION);
        wrong.word(message, "Object", &self.object, &OBJECT);
    }

    fn look_as_asserted(&self, wrong: &mut Wrong) {
        let message = "AssertionTupleKey";
        wrong.word(message, "Object", &self.object, &OBJECT);
        wrong.word(message, "Relation", &self.relation, &RELATION);
        wrong.word(message, "User", &self.user, &USER);
    }

    fn look_as_read(&self, wrong: &mut Wrong) {
        let message = "ReadRequestTupleKey";
        if !self.user.is_empty() {
            wrong.most_bytes(message, "User", &self.user, LONGEST_USER);
            // Any of its colons may be the one between type and id.
            let halves = |at: usize| self.user.split_at_checked(at).map(|(kind, id)| (kind, id.get(1..)));
            let fits = |text: &str| (1..=511).contains(&text.chars().count());
            let parts = |(at, _)| halves(at).is_some_and(|(kind, id)| fits(kind) && id.is_some_and(fits));
            let holds = !self.user.contains(is_space) && self.user.match_indices(':').any(parts);
            wrong.pattern(message, "User", holds, r"^[^\\s]{1,511}:[^\\s]{1,511}$");
        }
        wrong.word_if_given(message, "Relation", &self.relation, &RELATION);
        wrong.word_if_given(message, "Object", &self.object, &OBJECT);
    }
}

/// The key of a question, which has to be there.
fn key(wrong: &mut Wrong, message: &str, key: Option<&TupleWire>, look: impl FnOnce(&TupleWire, &mut Wrong)) {
    match key {
        Some(key) => wrong.within(|wrong| look(key, wrong)),
        None => wrong.say(message, "TupleKey", REQUIRED),
    }
}

impl TupleKeys {
    fn look(&self, wrong: &mut Wrong) {
        wrong.within(|wrong| {
            wrong.most("ContextualTupleKeys", "TupleKeys", self.tuple_keys.len(), MOST_CONTEXTUAL);
            wrong.within_each(&self.tuple_keys, |wrong, one| one.look(wrong));
        });
    }
}

impl Write {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        told(|wrong| {
            if let Some(writes) = &self.writes {
                wrong.within(|wrong| {
                    wrong.some_items("WriteRequestWrites", "TupleKeys", writes.tuple_keys.len());
                    wrong.within_each(&writes.tuple_keys, |wrong, one| one.look(wrong));
                });
            }
            if let Some(deletes) = &self.deletes {
                wrong.within(|wrong| {
                    wrong.some_items("WriteRequestDeletes", "TupleKeys", deletes.tuple_keys.len());
                    let key = "TupleKeyWithoutCondition";
                    wrong.within_each(&deletes.tuple_keys, |wrong, one| one.look_at_parts(wrong, key));
                });
            }
            model(wrong, "WriteRequest", &self.authorization_model_id);
        })
    }
}

impl Read {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        let message = "ReadRequest";
        told(|wrong| {
            if let Some(key) = &self.tuple_key {
                wrong.within(|wrong| key.look_as_read(wrong));
            }
            page_size(wrong, message, self.page_size);
            continuation(wrong, message, &self.continuation_token);
            consistency(wrong, message, &self.consistency);
        })
    }
}

impl Check {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        let message = "CheckRequest";
        told(|wrong| {
            key(wrong, message, self.tuple_key.as_ref(), TupleWire::look_as_asked);
            self.contextual_tuples.look(wrong);
            model(wrong, message, &self.authorization_model_id);
            consistency(wrong, message, &self.consistency);
        })
    }
}

impl BatchCheck {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        let message = "BatchCheckRequest";
        told(|wrong| {
            wrong.some_items(message, "Checks", self.checks.len());
            wrong.within_each(&self.checks, |wrong, one| one.look(wrong));
            model(wrong, message, &self.authorization_model_id);
            consistency(wrong, message, &self.consistency);
        })
    }
}

impl BatchItem {
    fn look(&self, wrong: &mut Wrong) {
        let (message, id) = ("BatchCheckItem", &self.correlation_id);
        key(wrong, message, self.tuple_key.as_ref(), TupleWire::look_as_asked);
        self.contextual_tuples.look(wrong);
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let holds = (1..=36).contains(&id.len()) && id.bytes().all(fine);
        wrong.pattern(message, "CorrelationId", holds, r"^[\\w\\d-]{1,36}$");
    }
}

impl Expand {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        let message = "ExpandRequest";
        told(|wrong| {
            key(wrong, message, self.tuple_key.as_ref(), |key, wrong| {
                wrong.word_if_given("ExpandRequestTupleKey", "Relation", &key.relation, &RELATION);
                wrong.word_if_given("ExpandRequestTupleKey", "Object", &key.object, &OBJECT);
            });
            model(wrong, message, &self.authorization_model_id);
            consistency(wrong, message, &self.consistency);
            self.contextual_tuples.look(wrong);
        })
    }
}

impl ListObjects {
    /// In a stream the message is called otherwise.
    pub(crate) fn check_fields(&self, message: &str) -> Outcome<()> {
        told(|wrong| {
            model(wrong, message, &self.authorization_model_id);
            wrong.word(message, "Type", &self.r#type, &TYPE);
            wrong.word(message, "Relation", &self.relation, &RELATION);
            if !(1..=LONGEST_USER).contains(&self.user.len()) {
                let rule = format!("value length must be between 1 and {LONGEST_USER} bytes, inclusive");
                wrong.say(message, "User", &rule);
            }
            self.contextual_tuples.look(wrong);
            consistency(wrong, message, &self.consistency);
        })
    }
}

impl ListUsers {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        let message = "ListUsersRequest";
        told(|wrong| {
            model(wrong, message, &self.authorization_model_id);
            match &self.object {
                None => wrong.say(message, "Object", REQUIRED),
                Some(object) => wrong.within(|wrong| {
                    wrong.word("Object", "Type", &object.r#type, &TYPE);
                    let last = object.id.chars().next_back();
                    let holds = last.is_some_and(|c| !is_space(c) && c != '#' && c != ':');
                    wrong.pattern("Object", "Id", holds, r"[^#:\\s]+$");
                }),
            }
            wrong.word(message, "Relation", &self.relation, &RELATION);
            if self.user_filters.len() != 1 {
                wrong.say(message, "UserFilters", "value must contain exactly 1 item(s)");
            }
            wrong.within_each(&self.user_filters, |wrong, one| {
                wrong.word("UserTypeFilter", "Type", &one.r#type, &TYPE);
                wrong.word_if_given("UserTypeFilter", "Relation", &one.relation, &RELATION);
            });
            wrong.most(message, "ContextualTuples", self.contextual_tuples.len(), MOST_CONTEXTUAL);
            wrong.within_each(&self.contextual_tuples, |wrong, one| one.look(wrong));
            consistency(wrong, message, &self.consistency);
        })
    }
}

impl Assertions {
    pub(crate) fn check_fields(&self, model: &str) -> Outcome<()> {
        let message = "WriteAssertionsRequest";
        told(|wrong| {
            id(wrong, message, "AuthorizationModelId", model);
            wrong.most(message, "Assertions", self.assertions.len(), MOST_ASSERTIONS);
            wrong.within_each(&self.assertions, |wrong, one| one.look(wrong));
        })
    }
}

impl Assertion {
    fn look(&self, wrong: &mut Wrong) {
        let (message, contextual) = ("Assertion", &self.contextual_tuples);
        key(wrong, message, self.tuple_key.as_ref(), TupleWire::look_as_asserted);
        wrong.most(message, "ContextualTuples", contextual.len(), MOST_CONTEXTUAL_OF_ASSERTION);
        wrong.within_each(contextual, |wrong, one| one.look(wrong));
    }
}

impl CreateStore {
    pub(crate) fn check_fields(&self) -> Outcome<()> {
        told(|wrong| store_name(wrong, "CreateStoreRequest", &self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_url_safe_base64_or_nothing() {
        let fine = |text: &str| page("ReadRequest", None, text).is_ok();
        assert!(["", "YQ", "YQ==", "a-_9", "a="].into_iter().all(fine));
        assert!(!["=", "==", "a===", "a=b", " ", "a+b", "a/b", "a b"].into_iter().any(fine));
        assert!(fine(&"A".repeat(5_120)) && !fine(&"A".repeat(5_121)));
    }
}
