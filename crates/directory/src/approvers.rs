//! Rules for who has to say yes: sound, and about people there are.

use chancery_kernel::{Fault, Outcome};
use chancery_model::{Approvers, Count, Escalation, Group, Need};
use chancery_store::Tx;

use crate::change::referred;

/// A question stands a quarter of an hour at most; what is handed on later than a day is handed on to nobody.
const LONGEST_WAIT: i64 = 86_400;

/// Refuses a rule that nobody could meet, or that says something else than it seems to.
pub(crate) fn sound(tx: &Tx<'_>, rule: &Approvers) -> Outcome<()> {
    let refused = |text: String| Err(Fault::invalid("bad_approver", text));
    if rule.0.is_empty() || rule.0.len() > Approvers::MOST {
        return refused(format!("a rule has 1 to {} needs", Approvers::MOST));
    }
    for Need { count, above, escalation, .. } in &rule.0 {
        if !(1..=Count::MOST).contains(&count.0) {
            return refused(format!("the count is 1 to {}", Count::MOST));
        }
        let currency = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
        if above.as_ref().is_some_and(|most| !currency(&most.currency) || most.units().is_none()) {
            return refused("an amount is three capital letters and digits, such as EUR 100000".to_owned());
        }
        let after = escalation.as_ref().map(|Escalation { after, .. }| after.0);
        if after.is_some_and(|after| !(1..=LONGEST_WAIT).contains(&after)) {
            return refused(format!("an escalation waits 1 to {LONGEST_WAIT} seconds"));
        }
    }
    rule.groups().try_for_each(|group| referred::<Group>(tx, group).map(drop))
}
