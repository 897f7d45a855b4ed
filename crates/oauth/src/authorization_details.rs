//! Rich authorization requests (RFC 9396 §2, §5) with the one type there is so far, `agent_task`: the six facts a person
//! decides by are required members. Whatever is unknown, missing or out of bounds is refused; nothing is dropped.

use chancery_kernel::Seconds;
use chancery_model::{AGENT_TASK, Action, Amount, Task, Weight};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;

/// Bounds on what a person can be made to read.
const MOST_BYTES: usize = 8 * 1024;
const MOST_ENTRIES: usize = 5;
const MOST_CHARACTERS: usize = 400;
const MOST_ITEMS: usize = 10;
/// One day.
const LONGEST: i64 = 86_400;

/// What was asked for, read: the tasks in their order, and the same as JSON, member for member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    pub tasks: Vec<Task>,
    /// `locations` of all entries (RFC 9396 §2.2).
    pub locations: Vec<String>,
    pub values: Vec<Value>,
}

/// One entry as it stands on the wire. Repeated and unknown members are refused.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    r#type: String,
    task: String,
    system: String,
    data: String,
    access: Action,
    impact: String,
    /// Seconds.
    duration: i64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    amount: Option<WireAmount>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    recipients: Vec<String>,
    /// What it weighs as; each has a number and a second factor asked for.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    impact_classes: Vec<Weight>,
    // The common members of RFC 9396 §2.2.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    locations: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    actions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    datatypes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    privileges: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    identifier: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAmount {
    currency: String,
    value: String,
}

impl Details {
    /// `authorization_details`, if there is one.
    pub fn read(params: &Params<'_>) -> Result<Self, OAuthError> {
        params.get("authorization_details").map_or_else(|| Ok(Self::default()), Self::parse)
    }

    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MOST_BYTES {
            return Err(refused(format!("authorization_details is longer than {MOST_BYTES} bytes")));
        }
        let shapes: Vec<Value> = serde_json::from_str(text)
            .map_err(|_| refused("authorization_details has to be a JSON array of objects".to_owned()))?;
        if shapes.is_empty() || shapes.len() > MOST_ENTRIES {
            return Err(refused(format!("authorization_details has to have 1 to {MOST_ENTRIES} entries")));
        }
        shapes.iter().try_for_each(known_type)?;
        // Read again, and this time member for member: the first reading takes the last of repeated names.
        let entries: Vec<Entry> =
            serde_json::from_str(text).map_err(|e| refused(format!("authorization_details: {e}")))?;
        let mut read = Self::default();
        for entry in entries {
            check(&entry)?;
            let value = serde_json::to_value(&entry);
            read.values.push(value.map_err(|e| refused(format!("authorization_details: {e}")))?);
            read.locations.extend(entry.locations.iter().cloned());
            read.tasks.push(task(entry));
        }
        Ok(read)
    }
}

fn known_type(shape: &Value) -> Result<(), OAuthError> {
    match shape.get("type").and_then(Value::as_str) {
        Some(AGENT_TASK) => Ok(()),
        Some(_) => Err(refused(format!("the one type of authorization_details here is {AGENT_TASK}"))),
        None => Err(refused("every entry of authorization_details needs a type".to_owned())),
    }
}

fn check(entry: &Entry) -> Result<(), OAuthError> {
    let facts =
        [("task", &entry.task), ("system", &entry.system), ("data", &entry.data), ("impact", &entry.impact)];
    for (name, text) in facts {
        if text.trim().is_empty() || text.chars().count() > MOST_CHARACTERS {
            return Err(refused(format!("{name} has to have 1 to {MOST_CHARACTERS} characters")));
        }
    }
    if !(1..=LONGEST).contains(&entry.duration) {
        return Err(refused(format!("duration has to be 1 to {LONGEST} seconds")));
    }
    let lists = [&entry.recipients, &entry.locations, &entry.actions, &entry.datatypes, &entry.privileges];
    let fine = |list: &&Vec<String>| {
        list.len() <= MOST_ITEMS && list.iter().all(|t| !t.is_empty() && t.chars().count() <= MOST_CHARACTERS)
    };
    if !lists.iter().all(fine)
        || entry.identifier.as_ref().is_some_and(|i| i.chars().count() > MOST_CHARACTERS)
    {
        return Err(refused(format!(
            "lists have at most {MOST_ITEMS} items of 1 to {MOST_CHARACTERS} characters"
        )));
    }
    match &entry.amount {
        Some(amount) if !is_amount(amount) => Err(refused(
            "amount is {\"currency\":\"EUR\",\"value\":\"120.00\"}: three capital letters, and digits as text"
                .to_owned(),
        )),
        _ => Ok(()),
    }
}

fn is_amount(amount: &WireAmount) -> bool {
    let digits = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    let (whole, part) = match amount.value.split_once('.') {
        Some((whole, part)) => (whole, Some(part)),
        None => (amount.value.as_str(), None),
    };
    let currency = amount.currency.len() == 3 && amount.currency.bytes().all(|b| b.is_ascii_uppercase());
    // No second spelling of the same amount: 0120 and 120 would be two.
    let plain = whole == "0" || !whole.starts_with('0');
    currency && digits(whole, 15) && plain && part.is_none_or(|part| digits(part, 4))
}

fn task(entry: Entry) -> Task {
    let Entry { task, system, data, access, impact, duration, amount, recipients, impact_classes, .. } =
        entry;
    let amount = amount.map(|a| Amount { currency: a.currency, value: a.value });
    Task {
        task,
        system,
        data,
        access,
        impact,
        duration: Seconds(duration),
        amount,
        recipients,
        weights: impact_classes,
    }
}

fn refused(why: String) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidAuthorizationDetails, why)
}
