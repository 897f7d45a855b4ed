//! Revocation marks. A mark says: every token that carries this key and was decided before this position is dead.
//!
//! [`keys_of`] is the one place that knows which keys a token carries. Issuer, introspection and guards must agree
//! on it: a key that is missing here is a revocation that does nothing.

use std::collections::HashMap;

use serde::Deserialize;

/// Every mark key that kills a token with these `ids` (`agt_…`, `usr_…`, `app_…`, `cli_…`, `grt_…`, `run_…`,
/// `ses_…`), this organization and this `jti`.
///
/// A key is a single id, a pair joined by `+` (agent and user, agent, user or client and application, in that order), an
/// organization, or `tok:` with the `jti`. A token that was made of others carries their keys too: several agents,
/// clients and applications, and `tok:` with the `jti` of each. Each agent, user and client pairs with each application,
/// because stopping one link stops what hangs on it.
#[must_use]
pub fn keys_of<S: AsRef<str>>(ids: &[S], org: Option<&str>, jti: &str) -> Vec<String> {
    let of = |prefix: &'static str| ids.iter().map(AsRef::as_ref).filter(move |id| id.starts_with(prefix));
    let pairs = |left: &'static str, right: &'static str| {
        of(left).flat_map(move |one| of(right).map(move |other| format!("{one}+{other}")))
    };
    let mut keys: Vec<String> = ids.iter().map(|id| id.as_ref().to_owned()).collect();
    keys.extend(pairs("agt_", "usr_"));
    keys.extend(pairs("agt_", "app_"));
    keys.extend(pairs("usr_", "app_"));
    keys.extend(pairs("cli_", "app_"));
    keys.extend(org.map(str::to_owned));
    keys.push(format!("tok:{jti}"));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// A mark as the feed sends it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Mark {
    pub key: String,
    pub pos: i64,
    /// Seconds since 1970; later no token is left that it could kill.
    pub until: i64,
}

/// What this guard knows of an organization's marks.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    by_key: HashMap<String, (i64, i64)>,
    seq: Option<u64>,
    /// Whose marks these are; a token of another organization cannot be judged by them.
    pub org: Option<String>,
}

impl Marks {
    /// Takes a snapshot. One that is older than what is already known is added instead of trusted to be complete:
    /// a replayed snapshot must not make the guard forget.
    pub(crate) fn replace(&mut self, org: Option<String>, seq: u64, marks: Vec<Mark>, now: i64) {
        if self.seq.is_none_or(|known| seq >= known) {
            self.by_key.clear();
        }
        self.org = org;
        self.seq = Some(seq);
        self.add(marks, now);
    }

    /// Continues at `prev`; false if something is missing between.
    pub(crate) fn extend(&mut self, prev: Option<u64>, seq: u64, marks: Vec<Mark>, now: i64) -> bool {
        // Adding is safe even after a gap: a mark only ever forbids.
        self.add(marks, now);
        let joined = self.seq.is_some() && self.seq == prev;
        if joined {
            self.seq = Some(seq);
        }
        joined
    }

    fn add(&mut self, marks: Vec<Mark>, now: i64) {
        for Mark { key, pos, until } in marks {
            let held = self.by_key.entry(key).or_insert((pos, until));
            *held = (held.0.max(pos), held.1.max(until));
        }
        self.by_key.retain(|_, (_, until)| *until > now);
    }

    /// Whether a token with these keys, decided at `pos`, is dead.
    pub(crate) fn kill(&self, keys: &[String], pos: i64, now: i64) -> bool {
        !self.by_key.is_empty()
            && keys
                .iter()
                .any(|key| self.by_key.get(key).is_some_and(|(marked, until)| *marked > pos && *until > now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 6] = ["agt_1", "usr_1", "app_crm", "cli_1", "grt_1", "run_1"];

    fn dead(mark: &str, ids: &[&str]) -> bool {
        let mut marks = Marks::default();
        marks.replace(None, 1, vec![Mark { key: mark.to_owned(), pos: 10, until: 100 }], 0);
        marks.kill(&keys_of(ids, Some("org_1"), "jti-1"), 9, 0)
    }

    #[test]
    fn every_key_a_token_carries_kills_it() {
        for mark in [
            "agt_1",
            "usr_1",
            "app_crm",
            "cli_1",
            "grt_1",
            "run_1",
            "agt_1+usr_1",
            "agt_1+app_crm",
            "usr_1+app_crm",
            "org_1",
            "tok:jti-1",
        ] {
            assert!(dead(mark, &IDS), "{mark}");
        }
    }

    #[test]
    fn marks_on_others_do_not() {
        for mark in ["agt_2", "usr_1+agt_1", "agt_1+cli_1", "agt_2+usr_1", "org_2", "tok:jti-2", "jti-1", ""]
        {
            assert!(!dead(mark, &IDS), "{mark}");
        }
    }

    #[test]
    fn a_mark_on_one_persons_use_of_one_application_leaves_the_rest_working() {
        let mark = "usr_1+app_crm";
        assert!(dead(mark, &["agt_1", "usr_1", "app_crm"]));
        assert!(!dead(mark, &["agt_1", "usr_1", "app_pricing"]));
        assert!(!dead(mark, &["agt_1", "usr_2", "app_crm"]));
        assert!(!dead(mark, &["agt_1", "app_crm"]));
    }

    #[test]
    fn a_mark_on_any_agent_of_a_chain_kills_the_chain() {
        let chain = ["agt_1", "agt_2", "usr_1", "app_crm"];
        for mark in ["agt_2", "agt_2+usr_1", "agt_1+usr_1", "agt_2+app_crm"] {
            assert!(dead(mark, &chain), "{mark}");
        }
    }

    #[test]
    fn a_mark_on_a_source_of_a_token_kills_the_token() {
        let made = ["agt_1", "usr_1", "app_crm", "app_hr", "cli_1", "cli_2", "tok:jti-0"];
        for mark in ["cli_2", "app_hr", "usr_1+app_hr", "agt_1+app_hr", "cli_1+app_hr", "tok:jti-0"] {
            assert!(dead(mark, &made), "{mark}");
        }
        assert!(!dead("tok:jti-2", &made) && !dead("usr_1+app_erp", &made));
    }

    #[test]
    fn only_tokens_decided_before_the_mark_die() {
        let mut marks = Marks::default();
        marks.replace(None, 1, vec![Mark { key: "agt_1".into(), pos: 10, until: 100 }], 0);
        let keys = keys_of(&IDS, None, "jti-1");
        assert!(marks.kill(&keys, 9, 0) && !marks.kill(&keys, 10, 0) && !marks.kill(&keys, 11, 0));
        assert!(!marks.kill(&keys, 9, 100), "forgotten once no such token can be alive");
    }

    #[test]
    fn a_later_mark_is_not_undone_by_an_earlier_one() {
        let mark = |pos| vec![Mark { key: "agt_1".into(), pos, until: 100 }];
        let mut marks = Marks::default();
        marks.replace(None, 5, mark(10), 0);
        assert!(marks.extend(Some(5), 6, mark(4), 0));
        assert!(marks.kill(&["agt_1".to_owned()], 9, 0));
        marks.replace(None, 3, Vec::new(), 0);
        assert!(marks.kill(&["agt_1".to_owned()], 9, 0), "an older snapshot does not forget");
        marks.replace(None, 7, Vec::new(), 0);
        assert!(!marks.kill(&["agt_1".to_owned()], 9, 0));
    }

    #[test]
    fn a_gap_is_noticed() {
        let mut marks = Marks::default();
        assert!(!marks.extend(None, 1, Vec::new(), 0), "nothing continues before the first snapshot");
        marks.replace(None, 1, Vec::new(), 0);
        assert!(marks.extend(Some(1), 2, Vec::new(), 0));
        assert!(!marks.extend(Some(3), 4, Vec::new(), 0));
    }
}
