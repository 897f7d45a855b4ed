//! Cases in data files: a model, its tuples, and questions with their answers.

use chancery_rebac::dsl;
use chancery_rebac::judge::{Judge, UserFilter};
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::tuple::{Context, Tuple, TupleCondition, TupleKey};

pub struct Case<'a> {
    pub name: &'a str,
    pub model: AuthorizationModel,
    pub tuples: Vec<Tuple>,
    pub contextual: Vec<Tuple>,
    pub questions: Vec<&'a str>,
}

pub fn read(text: &str) -> Vec<Case<'_>> {
    text.split("### ").skip(1).map(case).collect()
}

fn case(block: &str) -> Case<'_> {
    let (name, rest) = block.split_once('\n').expect("a name");
    let mut parts = rest.split("---\n").collect::<Vec<_>>();
    let questions = parts.pop().expect("questions").lines().collect();
    let model = dsl::parse(parts[0]).unwrap_or_else(|errors| panic!("{name}: {errors:?}"));
    let (stored, contextual) = parts[1].split_once("--- contextual\n").unwrap_or((parts[1], ""));
    let tuples = |text: &str| text.lines().map(tuple).collect();
    Case { name, model, tuples: tuples(stored), contextual: tuples(contextual), questions }
}

/// `object relation user [condition [context]]`
pub fn tuple(line: &str) -> Tuple {
    let mut words = line.splitn(5, ' ');
    let mut word = || words.next().unwrap_or_default();
    let key = TupleKey::new(word(), word(), word());
    let (name, context) = (word(), word());
    let condition =
        (!name.is_empty()).then(|| TupleCondition { name: name.to_owned(), context: context_of(context) });
    Tuple { key, condition }
}

fn context_of(text: &str) -> Context {
    if text.is_empty() { Context::new() } else { serde_json::from_str(text).expect("a context") }
}

impl Case<'_> {
    /// Asks one question in its words, and compares.
    pub fn ask(&self, question: &str) {
        let place = format!("{}: {question}", self.name);
        let (asked, expected) = match question.split_once(" =") {
            Some((asked, expected)) => (asked.to_owned(), expected.trim().to_owned()),
            None => self.check_of(question),
        };
        let (asked, context) = match asked.split_once(" {") {
            Some((asked, context)) => (asked.to_owned(), context_of(&format!("{{{context}"))),
            None => (asked, Context::new()),
        };
        let judge = Judge {
            model: &self.model,
            tuples: &self.tuples,
            contextual: &self.contextual,
            context: &context,
        };
        let words: Vec<_> = asked.split_whitespace().collect();
        let found = match words[..] {
            ["objects", type_name, relation, user] => {
                judge.list_objects(type_name, relation, user).map(|found| found.join(" "))
            }
            ["users", object, relation, filter] => {
                let found = judge.list_users(object, relation, &filter_of(filter));
                found.map(|found| found.into_iter().collect::<Vec<_>>().join(" "))
            }
            [object, relation, user] => {
                let found = judge.check(&TupleKey::new(object, relation, user));
                found.map(|found| if found { "yes" } else { "no" }.to_owned())
            }
            _ => panic!("{place}: not a question"),
        };
        assert_eq!(found.unwrap_or_else(|why| why.to_string()), expected, "{place}");
    }

    /// `answer object relation user [context]`, where an answer may be a sentence.
    fn check_of(&self, question: &str) -> (String, String) {
        let (words, context) = match question.split_once(" {") {
            Some((words, context)) => (words, format!(" {{{context}")),
            None => (question, String::new()),
        };
        let words: Vec<_> = words.split_whitespace().collect();
        let (answer, key) = words.split_at(words.len() - 3);
        (format!("{}{context}", key.join(" ")), answer.join(" "))
    }
}

fn filter_of(text: &str) -> UserFilter {
    let (type_name, relation) = text.split_once('#').map_or((text, None), |(name, of)| (name, Some(of)));
    UserFilter { type_name: type_name.to_owned(), relation: relation.map(str::to_owned) }
}
