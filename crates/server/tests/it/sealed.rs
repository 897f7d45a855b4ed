//! `chancery serve` with a certificate: what browsers get, and a certificate that is replaced while it serves.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::program::{Going, home, port};

/// Writes a pair, and gives what a client has to trust.
fn certify(home: &Path) -> reqwest::Certificate {
    let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    // The key first: between the two writes they do not fit, and the server keeps what it has.
    std::fs::write(home.join("tls.key"), pair.signing_key.serialize_pem()).unwrap();
    std::fs::write(home.join("tls.crt"), pair.cert.pem()).unwrap();
    reqwest::Certificate::from_pem(pair.cert.pem().as_bytes()).unwrap()
}

/// A client without any connection, which trusts this alone.
fn trusting(root: &reqwest::Certificate) -> reqwest::Client {
    let client = reqwest::Client::builder().tls_certs_only([root.clone()]);
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Until it is answered, or the time is over.
async fn answered(url: &str, root: &reqwest::Certificate, patience: Duration) -> Option<reqwest::Response> {
    let begun = Instant::now();
    loop {
        match trusting(root).get(url).send().await {
            Ok(answer) => return Some(answer),
            Err(_) if begun.elapsed() < patience => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(_) => return None,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_replaced_while_it_serves_and_a_damaged_one_is_not_taken() {
    let (_kept, home) = home();
    let first = certify(&home);
    let (at, plain) = (port(), "127.0.0.1");
    let (issuer, listen) = (format!("https://localhost:{at}"), format!("{plain}:{at}"));
    let set = ["--set", "tls.certificate=tls.crt", "--set", "tls.key=tls.key"];
    let words = ["serve", "--database", "data", "--listen", &listen, "--issuer", &issuer];
    let mut server = Going::start(&home, &[&words[..], &set].concat());
    assert!(server.line_with("/setup/").starts_with(&issuer));
    let front = format!("{issuer}/sign-in");
    let page = answered(&front, &first, Duration::from_secs(30)).await.unwrap();
    assert_eq!(page.status(), 200);
    let header = |name: &str| page.headers().get(name).unwrap().to_str().unwrap().to_owned();
    // Bound to this host and to TLS: a neighbor below the same domain can plant none.
    let cookie = header("set-cookie");
    assert!(cookie.starts_with("__Host-chancery-visitor="), "{cookie}");
    assert!(
        cookie.contains("; Secure") && cookie.contains("; Path=/") && !cookie.contains("Domain"),
        "{cookie}"
    );
    assert!(header("strict-transport-security").starts_with("max-age="));
    // Whoever speaks plainly to that port gets no page.
    assert!(reqwest::get(format!("http://{listen}/sign-in")).await.is_err());

    let second = certify(&home);
    assert!(answered(&front, &second, Duration::from_secs(20)).await.is_some(), "taken up by itself");
    assert!(trusting(&first).get(&front).send().await.is_err(), "the old one is gone");
    std::fs::write(home.join("tls.crt"), "-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n").unwrap();
    let third = certify(&home);
    assert!(answered(&front, &third, Duration::from_secs(20)).await.is_some());
    // Damaged, and left so for longer than the server takes to look: it goes on with what it had.
    std::fs::write(home.join("tls.crt"), "nonsense").unwrap();
    for _ in 0..30 {
        assert!(trusting(&third).get(&front).send().await.is_ok());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(server.stop(), Some(0));
}
