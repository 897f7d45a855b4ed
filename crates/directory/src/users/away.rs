//! While somebody is away, somebody they named answers in their stead. Only they themselves say who.

use chancery_audit::Event;
use chancery_context::{Caller, Cx};
use chancery_kernel::{Fault, Outcome, Seconds, Timestamp, UserId};
use chancery_model::{Away, User};
use chancery_store::tables::{factors, sessions};

use crate::change::referred;

/// A leave is no longer than this.
const LONGEST: Seconds = Seconds::days(92);

/// Names a stand-in, or takes that back. Whoever finds an open session could name themselves: where the person has a
/// second factor, it has to have been proven lately.
pub async fn set_away(cx: &Cx, away: Option<Away>) -> Outcome<()> {
    let Caller::Person { user, session, .. } = cx.caller else { return Err(Fault::not_found("user")) };
    cx.db()
        .write(cx.org, cx.who(), move |tx| {
            let now = tx.now();
            let before = tx.get::<User>(user)?;
            let has_factor = factors::count(tx.sql(), user)? > 0;
            let lately = sessions::find(tx.sql(), session)?.is_some_and(|s| s.facts.proven_lately(now));
            if away.is_some() && has_factor && !lately {
                return Err(Fault::forbidden("second_factor_required", "prove your second factor first"));
            }
            if let Some(away) = &away {
                sound(user, away, now)?;
                if !referred::<User>(tx, away.stand_in)?.is_active() {
                    return Err(Fault::invalid(
                        "stand_in_disabled",
                        "this person is disabled: name another one",
                    ));
                }
            }
            let after = tx.update(User { away, ..User::clone(&before) })?;
            // What waits already is theirs to answer from now on; what comes later tells them by itself.
            if let Some(away) = after.away.as_ref().filter(|away| away.from <= now) {
                for waiting in tx.live_of_user(user) {
                    tx.tell_stand_in(waiting.id, away.stand_in)?;
                }
            }
            let named = after.away.as_ref();
            let event = Event::StandInNamed {
                user,
                stand_in: named.map(|away| away.stand_in),
                from: named.map(|away| away.from),
                until: named.map(|away| away.until),
            };
            Ok(tx.record(event).with(()))
        })
        .await
}

fn sound(user: UserId, away: &Away, now: Timestamp) -> Outcome<()> {
    if away.stand_in == user {
        return Err(Fault::invalid("own_stand_in", "nobody stands in for themselves: name another person"));
    }
    if away.until <= away.from || away.until <= now {
        return Err(Fault::invalid("bad_period", "the end has to come after the beginning, and after now"));
    }
    if away.until.since(away.from) > LONGEST {
        return Err(Fault::invalid("bad_period", "a stand-in answers for 92 days at most"));
    }
    Ok(())
}
