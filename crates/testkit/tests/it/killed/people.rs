//! Killed while it tells people, by push and by mail: whoever has something to answer hears of it in the end, on each way,
//! and nobody is asked for an answer that was given or is not wanted any more.

use std::collections::BTreeSet;
use std::time::Duration;

use chancery_kernel::Seconds;
use chancery_outbound::smtp::Encryption;
use chancery_server::config::Config;
use chancery_store::outbox;
use chancery_testkit::{ADMINISTRATOR, Browser, Kit, PASSWORD};

use super::{begins, configure, put, victim_with};
use crate::approvals::tells::Listener;
use crate::approvals::tells::sink::{Sink, Style};
use crate::approvals::{Desk, answers, notices};
use crate::world::{World, fill};

const ROUNDS: u32 = 6;

pub fn by_mail(config: &mut Config, port: u16) {
    config.mail.host = Some("127.0.0.1".into());
    config.mail.port = Some(port);
    config.mail.encryption = Encryption::None;
    config.mail.from = Some("chancery@corp.example".into());
}

/// What a person was told: of which question, and whether it waits for them.
type Told = (String, bool);

/// A person's phone and mailbox, and what they were told on each.
struct Ears {
    phone: Listener,
    relay: Sink,
    pushed: Vec<Told>,
    mailed: Vec<Told>,
}

impl Ears {
    async fn listen(&mut self) {
        while self.phone.service.has_more() {
            let heard = self.phone.service.next().await.unwrap();
            let told = self.phone.read(&heard);
            self.pushed.push((told["tag"].as_str().unwrap().to_owned(), told["waits"] == true));
        }
        while self.relay.has_more() {
            let (subject, text) = notices::read(&self.relay.next().await.body);
            let (_, id) = text.split_once("/inbox/").unwrap();
            self.mailed.push((id.lines().next().unwrap().to_owned(), subject == "sales asks for your yes"));
        }
    }

    /// What was on its way when the server died has arrived by now.
    async fn settled(&mut self) {
        tokio::time::sleep(Duration::from_millis(50)).await;
        self.listen().await;
    }

    fn heard(&self, told: &Told) -> bool {
        self.pushed.contains(told) && self.mailed.contains(told)
    }

    /// Nobody was asked for these since then.
    fn not_asked(&self, closed: &BTreeSet<String>, (pushed, mailed): (usize, usize)) {
        let since = self.pushed[pushed..].iter().chain(&self.mailed[mailed..]);
        let asked: Vec<_> = since.filter(|(id, waits)| *waits && closed.contains(id)).collect();
        assert!(asked.is_empty(), "people were asked for what is answered or taken back: {asked:?}");
    }

    /// Nobody was told that anything else was taken back: what was answered was not.
    fn none_else_is_over(&self, canceled: &BTreeSet<String>) {
        let over = self.pushed.iter().chain(&self.mailed).filter(|(_, waits)| !waits);
        let wrong: Vec<_> = over.filter(|(id, _)| !canceled.contains(id)).collect();
        assert!(wrong.is_empty(), "people were told that this was taken back: {wrong:?}");
    }

    fn so_far(&self) -> (usize, usize) {
        (self.pushed.len(), self.mailed.len())
    }
}

/// Brandon's desk, his phone and his mailbox; the server that made them is stopped.
async fn prepared(place: &std::path::Path, port: u16) -> (Desk, Ears) {
    let (mut phone, relay) = (Listener::new().await, Sink::start(Style::Plain, None, None).await);
    let mail = relay.address.port();
    let kit = Kit::start_with(|config| {
        configure(config, place, port);
        by_mail(config, mail);
    });
    let mut d = Desk::open_on(World::on(kit.await.unwrap()).await).await;
    assert_eq!(phone.subscribe(&mut d).await.status, 303);
    assert!(!phone.service.has_more());
    (d, Ears { phone, relay, pushed: Vec::new(), mailed: Vec::new() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_people_are_told_loses_no_question_and_asks_for_none_that_is_closed() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (d, mut ears) = prepared(folder.path(), port).await;
    let relay = Some(ears.relay.address.port());
    let Desk { w, brandon, crm, asks, .. } = d;
    let base = w.kit.base().to_owned();
    let Kit { running, .. } = w.kit;
    running.stop().await;
    let (mut closed, mut canceled, mut open) = (BTreeSet::new(), BTreeSet::new(), None);
    for round in 1..=ROUNDS {
        let mut victim = victim_with(folder.path(), port, round, relay);
        let before = ears.so_far();
        let (mut browser, mut desk) = (Browser::new(&base).unwrap(), Browser::new(&base).unwrap());
        browser.sign_in(&brandon.login, PASSWORD).await.unwrap();
        desk.sign_in(ADMINISTRATOR, PASSWORD).await.unwrap();
        let mut ids = Vec::new();
        for what in ["stays", "is taken back", "is answered"] {
            let reply = put(&base, &asks, &brandon.login, &crm.resource, &format!("{round} {what}")).await;
            ids.push(reply.get("approval").to_owned());
        }
        let [stays, back, answered] = ids.try_into().unwrap();
        let now = closed.clone();
        let cancel = format!("/console/approvals/{back}/cancel");
        assert_eq!(fill(&mut desk, &cancel, &[("reason", "a test".into())]).await.status, 303);
        let word = if round % 2 == 0 { "approve" } else { "deny" };
        assert_eq!(answers(&mut browser, &answered, word).await.status, 303);
        // What waited while the server was killed is answered by the next one.
        if let Some(earlier) = open.replace(stays) {
            assert_eq!(answers(&mut browser, &earlier, word).await.status, 303);
            closed.insert(earlier);
        }
        closed.extend([back.clone(), answered]);
        canceled.insert(back);
        tokio::time::sleep(Duration::from_micros(u64::from(round) * 1_733 % 7_000)).await;
        victim.kill().unwrap();
        victim.wait().unwrap();
        ears.settled().await;
        ears.not_asked(&now, before);
    }
    last_one_tells_the_rest(folder.path(), port, &mut ears, &closed, &canceled, &open.unwrap()).await;
}

/// The heir is left alone until its outbox is empty.
async fn last_one_tells_the_rest(
    place: &std::path::Path,
    port: u16,
    ears: &mut Ears,
    closed: &BTreeSet<String>,
    canceled: &BTreeSet<String>,
    open: &str,
) {
    let before = ears.so_far();
    let mail = ears.relay.address.port();
    let kit = Kit::start_with(|config| {
        configure(config, place, port);
        by_mail(config, mail);
    });
    let kit = kit.await.unwrap();
    let mut patience = 600;
    while kit.running.platform.db.read(outbox::waiting).await.unwrap() > 0 {
        kit.advance(if patience == 600 { begins(ROUNDS + 2) } else { Seconds(0) });
        tokio::time::sleep(Duration::from_millis(50)).await;
        patience -= 1;
        assert!(patience > 0, "what waits is never told");
    }
    ears.settled().await;
    ears.not_asked(closed, before);
    ears.none_else_is_over(canceled);
    assert!(ears.heard(&(open.to_owned(), true)), "nobody was told of what waits");
    for id in canceled {
        assert!(ears.heard(&(id.clone(), false)), "nobody was told that {id} was taken back");
    }
}
