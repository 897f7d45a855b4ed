//! What a person reads before they decide.

use chancery_kernel::Seconds;
use chancery_model::approval::Voice;
use chancery_model::{Action, Amount, Sentence, Task};
use chancery_policy::approval::{Asking, SIX_FACTS, digest, sentences};

use crate::world::{World, set};

fn task() -> Task {
    Task {
        task: "Set the stage of Acme Corp to won".into(),
        system: "Salesforce".into(),
        data: "the record of Acme Corp".into(),
        access: Action::Change,
        impact: "The forecast changes".into(),
        duration: Seconds(300),
        amount: Some(Amount { currency: "EUR".into(), value: "120000.00".into() }),
        recipients: vec!["Acme Corp".into()],
        weights: Vec::new(),
    }
}

fn page(tasks: &[Task], message: Option<&str>) -> Vec<Sentence> {
    let world = World::allowed();
    let scopes = set("write");
    sentences(&Asking {
        starts: None,
        assigns: false,
        agent: Some(&world.chain[0].agent),
        client: &world.chain[0].client,
        sponsor: None,
        user: world.user.as_ref().unwrap(),
        run: None,
        application: Some(&world.application),
        scopes: &scopes,
        identity: &[],
        tasks,
        binding_message: message,
        lifetime: Seconds(300),
        once: true,
        weights: &[],
    })
}

#[test]
fn the_six_facts_are_always_there_in_the_servers_words() {
    for page in [page(&[], None), page(&[task()], Some("Approve?"))] {
        for term in SIX_FACTS {
            let own = page.iter().filter(|s| s.term == term && s.voice == Voice::Server).count();
            assert_eq!(own, 1, "{term}: {page:?}");
            assert!(page.iter().all(|s| !s.text.is_empty()));
        }
    }
}

#[test]
fn the_agents_words_stand_as_the_agents() {
    let page = page(&[task()], Some("Approve \u{202e}it?"));
    let said: Vec<&str> = page.iter().filter(|s| s.voice == Voice::Agent).map(|s| s.text.as_str()).collect();
    assert_eq!(said[..3], ["Approve it?", "Set the stage of Acme Corp to won", "Salesforce"]);
    assert!(said.contains(&"EUR 120,000.00") && said.contains(&"Acme Corp"));
    assert!(page.iter().any(|s| s.voice == Voice::Warning), "what was removed is told");
    let access: Vec<_> = page.iter().filter(|s| s.term == "Access").collect();
    assert_eq!(
        (access.len(), access[0].voice),
        (1, Voice::Server),
        "read or change is not the agent's to say"
    );
}

#[test]
fn every_difference_on_the_page_is_one_in_the_digest() {
    let plain = digest(&page(&[task()], Some("a")));
    assert_eq!(plain, digest(&page(&[task()], Some("a"))));
    let mut richer = task();
    richer.amount = Some(Amount { currency: "EUR".into(), value: "120000.01".into() });
    assert_ne!(plain, digest(&page(&[richer], Some("a"))));
    assert_ne!(plain, digest(&page(&[task()], Some("b"))));
    let sentence = |voice, term: &str, text: &str| Sentence { voice, term: term.into(), text: text.into() };
    let (a, b) = (sentence(Voice::Server, "ab", "c"), sentence(Voice::Server, "a", "bc"));
    assert_ne!(digest(&[a]), digest(&[b]), "terms and texts do not run together");
    let (a, b) = (sentence(Voice::Server, "a", "b"), sentence(Voice::Agent, "a", "b"));
    assert_ne!(digest(&[a]), digest(&[b]), "who says it matters");
}
