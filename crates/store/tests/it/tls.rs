//! `sslmode=require` encrypts, and believes only certificates of a known authority for the name that was dialed.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chancery_kernel::OrgId;
use chancery_store::{Config, Db, Location};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::cluster::Cluster;
use crate::fixture::{Bench, append, run};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// Writes a server's certificate and key, as PostgreSQL wants them.
    fn certify(&self, name: &str, folder: &Path) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        std::fs::write(folder.join("server.crt"), params.signed_by(&key, &self.issuer).unwrap().pem())
            .unwrap();
        std::fs::write(folder.join("server.key"), key.serialize_pem()).unwrap();
        std::fs::set_permissions(folder.join("server.key"), PermissionsExt::from_mode(0o600)).unwrap();
    }
}

#[test]
fn a_server_is_believed_only_with_a_certificate_for_its_name() {
    let (ours, another) = (Authority::new(), Authority::new());
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let cluster = Cluster::start_with(|folder| {
        ours.certify("localhost", folder);
        let folder = folder.display();
        format!(
            "listen_addresses = '127.0.0.1'\nport = {port}\nssl = on\n\
             ssl_cert_file = '{folder}/server.crt'\nssl_key_file = '{folder}/server.key'"
        )
    });
    let Some(_cluster) = cluster else { return };
    let folder = tempfile::tempdir().unwrap();
    let roots = |name: &str, authority: &Authority| {
        std::fs::write(folder.path().join(name), &authority.pem).unwrap();
        Some(folder.path().join(name))
    };
    let (ours, another) = (roots("ours.pem", &ours), roots("another.pem", &another));
    let bench = Bench::sqlite();
    let open = |host: &str, roots: &Option<std::path::PathBuf>| {
        let url = format!("postgres://postgres@{host}:{port}/postgres?sslmode=require");
        let config = Config { postgres_roots: roots.clone(), ..Config::new(Location::Postgres(url)) };
        Db::open(&config, bench.env())
    };
    run(async {
        let db = open("localhost", &ours).unwrap();
        let org: OrgId = db.env().id();
        assert_eq!(append(&db, org).await.unwrap(), 1);
        const ENCRYPTED: &str = "select ssl from pg_stat_ssl where pid = pg_backend_pid()";
        assert!(db.read(|sql| sql.rows(ENCRYPTED, &[])?[0].flag(0)).await.unwrap());
        for (host, roots) in [("localhost", another), ("127.0.0.1", ours)] {
            let refused = open(host, &roots).err().map(|fault| fault.to_string()).unwrap_or_default();
            assert!(refused.contains("certificate"), "{host}: {refused}");
        }
    });
}
