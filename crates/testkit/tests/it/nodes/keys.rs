use chancery_jose::Alg;

use crate::metadata::of_keys;
use crate::nodes::Nodes;

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_find_a_key_due_at_once_rotate_it_once() {
    let Some(n) = Nodes::start().await else { return };
    let (here, there) = (n.w.kit.running.platform.clone(), n.second.platform.clone());
    for round in 1..=3 {
        n.w.advance(31 * 86_400);
        let (one, other) =
            tokio::join!(here.vault.tick(Default::default()), there.vault.tick(Default::default()));
        one.unwrap();
        other.unwrap();
        let of = |state: &str, ring: &chancery_vault::KeyRing| {
            let found = ring.list().filter(|(_, alg, found)| *alg == Alg::Es256 && found.as_str() == state);
            found.map(|(kid, ..)| kid.to_owned()).collect::<Vec<_>>()
        };
        for state in ["active", "next"] {
            let known = of(state, &here.vault.ring());
            assert_eq!(known.len(), 1, "round {round}: {state}");
            assert_eq!(known, of(state, &there.vault.ring()));
        }
        // Two algorithms that every deployment has, each retired once in every round.
        assert_eq!(of_keys(&here.db, "signing_key_retired").await.len(), 2 * round);
    }
}
