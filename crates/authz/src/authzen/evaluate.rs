//! One decision, or many (§6, §7).

use chancery_kernel::{Fault, Outcome};

use super::{Evaluation, Evaluations};
use crate::access::Asker;
use crate::ask::{Asked, Ground, Terms};
use crate::{Authz, fault};

/// A decision; an error is one that denies, and says so.
pub struct Answer {
    pub decision: bool,
    pub error: Option<Fault>,
}

/// The answers in the order of the questions, as far as they were asked.
pub struct Answers {
    pub ground: Ground,
    pub all: Vec<Answer>,
    /// Whether it was one question, answered as such.
    pub single: bool,
}

/// Questions of one request.
const MOST: usize = 50;

/// §7.1.2.1.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

impl Semantic {
    fn read(text: Option<&str>) -> Outcome<Self> {
        match text {
            None | Some("execute_all") => Ok(Self::ExecuteAll),
            Some("deny_on_first_deny") => Ok(Self::DenyOnFirstDeny),
            Some("permit_on_first_permit") => Ok(Self::PermitOnFirstPermit),
            Some(other) => Err(fault::invalid(format!(
                "options.evaluations_semantic is `{other}`: give execute_all, deny_on_first_deny or \
                 permit_on_first_permit"
            ))),
        }
    }

    fn ends_with(self, decision: bool) -> bool {
        match self {
            Self::ExecuteAll => false,
            Self::DenyOnFirstDeny => !decision,
            Self::PermitOnFirstPermit => decision,
        }
    }
}

impl Authz {
    pub async fn evaluate(
        &self,
        asker: &Asker,
        store: &str,
        question: Evaluation,
        terms: Terms,
    ) -> Outcome<Answers> {
        let asked = self.asked(asker, store, terms).await?;
        self.single(asked, question).await
    }

    async fn single(&self, asked: Asked, question: Evaluation) -> Outcome<Answers> {
        let (key, facts) = (question.key()?, question.facts());
        let asked = Asked { context: facts, ..asked };
        let decision = asked.check(&key).await?;
        if asked.here.store.recorded {
            self.note(&asked, &[(key, decision)]).await?;
        }
        let all = vec![Answer { decision, error: None }];
        Ok(Answers { ground: asked.ground(), all, single: true })
    }

    pub async fn evaluate_all(
        &self,
        asker: &Asker,
        store: &str,
        questions: Evaluations,
        terms: Terms,
    ) -> Outcome<Answers> {
        let asked = self.asked(asker, store, terms).await?;
        let options = questions.options.unwrap_or_default();
        let semantic = Semantic::read(options.evaluations_semantic.as_deref())?;
        let items = questions.evaluations.unwrap_or_default();
        match items.len() {
            // §7.1: without items it is a single question.
            0 => return self.single(asked, questions.shared).await,
            1..=MOST => {}
            n => return Err(fault::invalid(format!("evaluations holds {n} items: send {MOST} at most"))),
        }
        let (mut all, mut decided) = (Vec::with_capacity(items.len()), Vec::new());
        for item in items {
            let item = item.over(&questions.shared);
            let own = Asked { context: item.facts(), ..asked.clone() };
            let answer = match item.key() {
                Ok(key) => {
                    let answer = own.check(&key).await;
                    if let (Ok(allowed), true) = (&answer, asked.here.store.recorded) {
                        decided.push((key, *allowed));
                    }
                    answer
                }
                Err(fault) => Err(fault),
            };
            let decision = matches!(answer, Ok(true));
            all.push(Answer { decision, error: answer.err() });
            if semantic.ends_with(decision) {
                break;
            }
        }
        self.note(&asked, &decided).await?;
        Ok(Answers { ground: asked.ground(), all, single: false })
    }
}
