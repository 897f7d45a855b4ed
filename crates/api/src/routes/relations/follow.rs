//! `relation_follow`: what a subject may see, as lines of JSON: all of it, then what comes and goes with each write. The
//! server closes it after a while; who comes back with the token of the last version hears the difference.

use axum::extract::State;
use chancery_authz::retrieve::{Line, Residue, Residues, Seen, Visible, Wanted};
use serde_json::{Value, json};

use crate::Api;
use crate::extract::{Asking, Lasting, Names, Related};
use crate::lines::{self, End, Lines};
use crate::related::Answered;

pub async fn handle(
    State(api): State<Api>,
    Asking(asker): Asking,
    Names([store]): Names<1>,
    caller: Lasting,
    Related(wanted): Related<Wanted>,
) -> Answered {
    let visible = api.authz.follow(&asker, &store, wanted).await?;
    Ok(lines::answer(|mut lines| async move {
        let end = tell(visible, caller, &mut lines).await.err().unwrap_or(End::Quiet);
        (lines, end)
    }))
}

async fn tell(mut visible: Visible, caller: Lasting, lines: &mut Lines) -> Result<(), End> {
    while !lines.is_old() {
        let news = lines.unless_left(visible.next()).await??;
        // What the caller may not hear any more, it does not hear.
        caller.check()?;
        for line in news {
            lines.add(&shown(&line).to_string()).await?;
        }
        lines.flush().await?;
    }
    Ok(())
}

fn shown(line: &Line) -> Value {
    match line {
        Line::Restart => json!({ "restart": true }),
        Line::Insert(object, Seen::Surely) => json!({ "insert": object }),
        Line::Insert(object, Seen::If(residues)) => json!({ "insert": object, "if": open(residues) }),
        Line::Delete(object) => json!({ "delete": object }),
        Line::Version(version, token) => json!({ "version": version, "token": token }),
    }
}

fn open(residues: &Residues) -> Value {
    let mut all = one(&residues.first);
    if let Some(members) = all.as_object_mut() {
        let others = (!residues.others.is_empty()).then(|| residues.others.iter().map(one).collect());
        members.extend(others.map(|others| ("others".to_owned(), others)));
        members.extend((!residues.complete).then(|| ("complete".to_owned(), json!(false))));
    }
    all
}

fn one(residue: &Residue) -> Value {
    let Residue { condition, tuple, context, missing } = residue;
    let tuple = tuple.as_ref().map(|key| key.to_json());
    json!({ "condition": condition, "context": context, "missing": missing, "tuple": tuple })
}
