use chancery_kernel::Secret;
use chancery_outbound::smtp::{Encryption, Letter, MailFault, Mailer, Relay, base64};

use crate::fetch::acceptor;
use crate::sink::{Odd, Sink, Style};

fn letter() -> Letter {
    Letter {
        from: "chancery@corp.example".into(),
        to: "alice@corp.example".into(),
        body: "Subject: x\r\n\r\nfirst\r\n.\r\n.last\r\n".into(),
    }
}

struct Post {
    sink: Sink,
    relay: Relay,
    folder: tempfile::TempDir,
}

async fn post(style: Style, encryption: Encryption, odd: Odd) -> Post {
    let (acceptor, root) = acceptor(&["localhost"]);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("roots.pem"), root).unwrap();
    let sink = Sink::start(style, Some(acceptor), odd).await;
    let relay = Relay {
        host: "localhost".into(),
        port: sink.address.port(),
        encryption,
        login: (encryption != Encryption::None).then(|| ("chancery".into(), Secret::new("hunter2"))),
        own_name: "id.corp.example".into(),
    };
    Post { sink, relay, folder }
}

impl Post {
    fn mailer(&self) -> Mailer {
        Mailer::new(self.relay.clone(), Some(&self.folder.path().join("roots.pem"))).unwrap()
    }
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written_encrypted_and_with_its_sender_proven() {
    for (style, encryption) in
        [(Style::Starttls, Encryption::Starttls), (Style::Implicit, Encryption::Implicit)]
    {
        let mut p = post(style, encryption, None).await;
        p.mailer().send(&letter()).await.unwrap();
        let taken = p.sink.next().await;
        assert_eq!(taken.body, letter().body + "\r\n");
        assert_eq!((taken.from.as_str(), taken.encrypted), ("MAIL FROM:<chancery@corp.example>", true));
        assert_eq!(taken.to, ["RCPT TO:<alice@corp.example>"]);
        assert_eq!(taken.auth, Some(base64(b"\0chancery\0hunter2")));
    }
}

#[tokio::test]
async fn a_relay_on_this_machine_may_be_spoken_to_openly_but_hears_no_password() {
    let mut p = post(Style::Plain, Encryption::None, None).await;
    p.mailer().send(&letter()).await.unwrap();
    assert!(!p.sink.next().await.encrypted);
    p.relay.login = Some(("chancery".into(), Secret::new("hunter2")));
    assert!(matches!(p.mailer().send(&letter()).await, Err(MailFault::Never(_))));
}

#[tokio::test]
async fn a_relay_that_does_not_encrypt_or_cannot_prove_its_name_gets_nothing() {
    // It knows no STARTTLS.
    let p = post(Style::Plain, Encryption::Starttls, None).await;
    assert!(matches!(p.mailer().send(&letter()).await, Err(MailFault::Never(_))));
    assert!(!p.sink.has_more());
    // Somebody in between answers before the connection is encrypted.
    let p = post(Style::Injected, Encryption::Starttls, None).await;
    assert!(p.mailer().send(&letter()).await.is_err());
    assert!(!p.sink.has_more());
    let mut p = post(Style::Starttls, Encryption::Starttls, None).await;
    p.relay.host = "127.0.0.1".into();
    assert!(p.mailer().send(&letter()).await.is_err(), "its certificate is for another name");
    let p = post(Style::Starttls, Encryption::Starttls, None).await;
    let stranger = Mailer::new(p.relay.clone(), None).unwrap();
    assert!(stranger.send(&letter()).await.is_err(), "its authority is unknown");
}

#[tokio::test]
async fn what_the_relay_says_decides_whether_to_try_again_and_is_not_repeated() {
    let p = post(Style::Plain, Encryption::None, Some(("RCPT", "550 no such user s3cret"))).await;
    let never = p.mailer().send(&letter()).await.unwrap_err();
    assert_eq!(never, MailFault::Never("the relay answered 550".into()));
    let p = post(Style::Plain, Encryption::None, Some(("MAIL", "451 later"))).await;
    assert!(matches!(p.mailer().send(&letter()).await, Err(MailFault::Later(_))));
    let mut p = post(Style::Plain, Encryption::None, None).await;
    p.relay.port = 9;
    assert!(matches!(p.mailer().send(&letter()).await, Err(MailFault::Later(_))));
}
