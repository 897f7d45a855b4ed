//! What can kill a token is read in two places, by the server and by every guard: they have to find the same.

use std::collections::BTreeSet;

use chancery_kernel::Id;
use chancery_kernel::id::Uuid;
use chancery_model::TokenKeys;
use proptest::prelude::*;

fn ids<I: Id + std::fmt::Debug>(most: usize) -> impl Strategy<Value = Vec<I>> {
    prop::collection::vec(any::<u128>().prop_map(|n| I::from_uuid(Uuid::from_u128(n))), 0..=most)
}

fn one<I: Id + std::fmt::Debug>() -> impl Strategy<Value = Option<I>> {
    ids::<I>(1).prop_map(|found| found.first().copied())
}

prop_compose! {
    fn keys()(
        org in one(), user in one(), run in one(), session in one(), family in one(),
        agents in ids(5), applications in ids(4), clients in ids(4), grants in ids(3),
        sources in prop::collection::vec("[A-Za-z0-9_-]{22}", 0..4), jti in "[A-Za-z0-9_-]{22}",
    ) -> TokenKeys {
        TokenKeys { org, agents, user, applications, clients, grants, run, session, family, jti: Some(jti), sources }
    }
}

proptest! {
    #[test]
    fn guard_and_server_find_the_same_marks_in_a_token(keys in keys()) {
        let claim = keys.claim();
        let org = keys.org.map(|id| id.to_string());
        let guard: BTreeSet<String> =
            chancery_guard::marks::keys_of(&claim, org.as_deref(), keys.jti.as_deref().unwrap()).into_iter().collect();
        let server: BTreeSet<String> = keys.marks().iter().map(ToString::to_string).collect();
        prop_assert_eq!(guard, server);
    }
}
