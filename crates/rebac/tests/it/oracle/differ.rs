//! One world: its questions asked of both.

use std::collections::BTreeSet;

use chancery_rebac::dsl;
use chancery_rebac::fault::Unanswered;
use chancery_rebac::judge::{Judge, Reading, UserFilter};
use chancery_rebac::tuple::{Tuple, TupleKey};
use serde_json::{Value, json};

use super::known;
use crate::openfga::OpenFga;
use crate::random::{Choices, World};

const CHECKS: usize = 40;
const LISTS: usize = 12;

pub struct Report {
    pub asked: usize,
    /// Answers of the known kinds of difference.
    pub admitted: usize,
    pub differences: Vec<String>,
}

/// What either side came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    Check(bool),
    List(BTreeSet<String>),
    TooComplex,
    Condition,
    Other(String),
}

/// A question with what the judge says, and then what OpenFGA may also say.
struct Asked {
    text: String,
    /// Of a list of users: the filter, the object and the relation.
    listed: Option<(UserFilter, String, String)>,
    answers: Vec<Answer>,
}

pub fn compare(fga: &OpenFga, world: &World, numbers: &[u16]) -> Report {
    let reversed: Vec<u16> = numbers.iter().rev().copied().collect();
    let mut choices = Choices::new(&reversed);
    let judge = Judge {
        model: &world.model,
        tuples: &world.tuples,
        contextual: &world.contextual,
        context: &world.context,
    };
    let (mut asked, mut test) = (Vec::new(), json!({ "name": "t" }));
    let context = json!(world.context);

    let kept = known::without_forgotten(world);
    let forgetful = kept.as_deref().map(|tuples| Judge { tuples, ..judge });
    let more = known::with_mistaken(world);
    let mistaken = more.as_deref().map(|tuples| Judge { tuples, ..judge });
    let mut checks = Vec::new();
    for key in world.checks(&mut choices, CHECKS) {
        let by = |judge: &Judge<'_>| {
            known::readings(Reading::default(), |reading| {
                answer(judge.check_by(&key, reading).map(Answer::Check))
            })
        };
        let mut answers = by(&judge);
        answers.extend(forgetful.iter().flat_map(by));
        // Only of objects it is mistaken.
        if !key.user.contains(['#', '*']) {
            answers.extend(mistaken.iter().flat_map(by));
        }
        checks.push(json!({ "user": key.user, "object": key.object, "context": context,
                            "assertions": { key.relation.as_str(): opposite(&answers[0]) } }));
        asked.push(Asked { text: format!("check {key}"), listed: None, answers });
    }
    let mut objects = Vec::new();
    for (type_name, relation, user) in world.object_lists(&mut choices, LISTS) {
        objects.push(json!({ "user": user, "type": type_name, "context": context,
                             "assertions": { relation.as_str(): ["nobody:expects"] } }));
        let answers = known::readings(Reading { membership_first: true, ..Reading::default() }, |reading| {
            let found = judge.list_objects_by(&type_name, &relation, &user, reading);
            answer(found.map(|found| Answer::List(found.into_iter().collect())))
        });
        asked.push(Asked { text: format!("objects {type_name} {relation} {user}"), listed: None, answers });
    }
    let answerable = known::without_unanswerable(world);
    let mut users = Vec::new();
    for (object, relation, filter) in world.user_lists(&mut choices, LISTS) {
        let mut written = json!({ "type": filter.type_name });
        if let Some(relation) = &filter.relation {
            written["relation"] = json!(relation);
        }
        users.push(json!({ "object": object, "user_filter": [written], "context": context,
                           "assertions": { relation.as_str(): { "users": ["nobody:expects"] } } }));
        let by = |judge: &Judge<'_>| {
            known::readings(Reading::default(), |reading| {
                answer(judge.list_users_by(&object, &relation, &filter, reading).map(Answer::List))
            })
        };
        let mut answers = by(&judge);
        let nobody = Answer::List(BTreeSet::new());
        if answers[0] == Answer::Condition
            && answerable.as_deref().is_some_and(|tuples| by(&Judge { tuples, ..judge }).contains(&nobody))
        {
            answers.push(nobody);
        }
        asked.push(Asked {
            text: format!("users {object} {relation} {written}"),
            listed: Some((filter, object, relation)),
            answers,
        });
    }
    (test["check"], test["list_objects"], test["list_users"]) = (json!(checks), json!(objects), json!(users));
    let found = tell(fga, world, test);
    assert_eq!(found.len(), asked.len(), "an answer to each question");
    let found = asked.iter().zip(found).map(|(one, found)| match &one.listed {
        Some((filter, ..)) => known::only_usersets(filter, found),
        None => found,
    });
    let lacking = known::has_unanswerable(world);
    let mut report = Report { asked: asked.len(), admitted: 0, differences: Vec::new() };
    for (one, found) in asked.iter().zip(found) {
        let more_who_pass = |(_, object, relation): &(UserFilter, String, String)| {
            let passes = |user: &str| judge.check(&TupleKey::new(object, relation, user)) == Ok(true);
            known::has_more_who_pass(&one.answers, &found, passes)
        };
        let lost_who_pass = |(_, object, relation): &(UserFilter, String, String)| {
            let passes = |user: &str| {
                let check = json!({ "user": user, "object": object, "context": context,
                                    "assertions": { relation.as_str(): false } });
                tell(fga, world, json!({ "name": "t", "check": [check] })) == [Answer::Check(true)]
            };
            known::has_lost_who_pass(&one.answers, &found, passes)
        };
        let listed = one.listed.as_ref();
        if one.answers.first() == Some(&found) {
            continue;
        }
        if one.answers.contains(&found)
            || (lacking && found == Answer::Condition)
            || listed.is_some_and(|(filter, ..)| known::wildcard_meets_usersets(world, filter))
            || listed.is_some_and(more_who_pass)
            || listed.is_some_and(lost_who_pass)
        {
            report.admitted += 1;
            continue;
        }
        let Asked { text, answers, .. } = one;
        report.differences.push(format!("{text}: ours {answers:?}, OpenFGA's {found:?}"));
    }
    report
}

/// What OpenFGA says to the questions of a test.
fn tell(fga: &OpenFga, world: &World, mut test: Value) -> Vec<Answer> {
    test["tuples"] = world.contextual.iter().map(written).collect();
    let tuples: Vec<_> = world.tuples.iter().map(written).collect();
    let store = json!({ "name": "differential", "tuples": tuples, "tests": [test] });
    match fga.run(&world.model.to_json(), &store) {
        Ok(told) => theirs(&told),
        Err(why) => panic!("{why}\n{}", picture(world)),
    }
}

fn answer(found: Result<Answer, Unanswered>) -> Answer {
    match found {
        Ok(answer) => answer,
        Err(Unanswered::TooComplex) => Answer::TooComplex,
        Err(Unanswered::Condition { .. } | Unanswered::Parameter { .. }) => Answer::Condition,
        Err(other) => Answer::Other(other.to_string()),
    }
}

/// OpenFGA explains only what it did not expect; so expect the contrary.
fn opposite(answer: &Answer) -> bool {
    *answer == Answer::Check(false)
}

pub fn written(tuple: &Tuple) -> Value {
    let mut written = tuple.key.to_json();
    if let Some(condition) = &tuple.condition {
        written["condition"] = json!({ "name": condition.name, "context": condition.context });
    }
    written
}

/// The answers in the order of the questions; why there is none stands in the summary, in the order of the failures.
pub fn theirs((results, summary): &(Value, String)) -> Vec<Answer> {
    let mut found = Vec::new();
    for (kind, word) in [("check", "Check"), ("list_objects", "ListObjects"), ("list_users", "ListUsers")] {
        let mut lines = summary.lines().filter(|line| line.starts_with(&format!("ⅹ {word}(")));
        for result in results[0][format!("{kind}_results")].as_array().into_iter().flatten() {
            let failed = result["test_result"] == json!(false);
            let line = if failed { lines.next().unwrap_or_default() } else { "" };
            found.push(their_answer(result, line));
        }
    }
    found
}

fn their_answer(result: &Value, line: &str) -> Answer {
    let names = |list: &Value| {
        let names = list.as_array().into_iter().flatten().filter_map(Value::as_str);
        Answer::List(names.map(str::to_owned).collect())
    };
    match (&result["error"], &result["got"]) {
        (Value::Null, Value::Bool(got)) => Answer::Check(*got),
        (Value::Null, Value::Object(got)) => names(&got["users"]),
        (Value::Null, got) => names(got),
        _ if line.contains("Code(2002)") => Answer::TooComplex,
        _ if line.contains("failed to evaluate relationship condition") => Answer::Condition,
        _ => Answer::Other(line.to_owned()),
    }
}

/// Everything that is needed to see a difference.
pub fn picture(world: &World) -> String {
    let model = dsl::print(&world.model).unwrap_or_else(|why| why.to_string());
    let tuples =
        |tuples: &[Tuple]| tuples.iter().map(|tuple| format!("  {}\n", written(tuple))).collect::<String>();
    format!(
        "{model}\ntuples:\n{}contextual:\n{}context: {}",
        tuples(&world.tuples),
        tuples(&world.contextual),
        json!(world.context)
    )
}
