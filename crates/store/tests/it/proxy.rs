//! A line to PostgreSQL that can fall silent: then it swallows what it is given, acknowledges it, and says nothing. Of a
//! connection that lost bytes this way nothing can be saved; new ones work once the line speaks again.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Proxy {
    silent: Arc<AtomicBool>,
    port: u16,
    database: String,
}

impl Proxy {
    /// To the server behind a connection string of the throw-away cluster.
    pub fn to(url: &str) -> Self {
        let of = |name: &str| url.split(' ').find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned();
        let socket = PathBuf::from(of("host=")).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let silent = Arc::new(AtomicBool::new(false));
        let switch = silent.clone();
        std::thread::spawn(move || {
            for here in listener.incoming().flatten() {
                let there = UnixStream::connect(&socket).unwrap();
                let lost = Arc::new(AtomicBool::new(false));
                let (from, to) = (here.try_clone().unwrap(), there.try_clone().unwrap());
                let (switch_up, lost_up) = (switch.clone(), lost.clone());
                std::thread::spawn(move || {
                    carry(from, to, &switch_up, &lost_up, |to| drop(to.shutdown(Shutdown::Both)));
                });
                let switch = switch.clone();
                std::thread::spawn(move || {
                    carry(there, here, &switch, &lost, |to: TcpStream| drop(to.shutdown(Shutdown::Both)));
                });
            }
        });
        Self { silent, port, database: of("dbname=") }
    }

    pub fn url(&self) -> String {
        format!("host=127.0.0.1 port={} user=postgres dbname={}", self.port, self.database)
    }

    pub fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
    }

    pub fn speak(&self) {
        self.silent.store(false, Ordering::SeqCst);
    }
}

fn carry<R: Read, W: Write>(mut from: R, mut to: W, silent: &AtomicBool, lost: &AtomicBool, end: impl Fn(W)) {
    let mut buffer = [0; 16_384];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if silent.load(Ordering::SeqCst) {
            lost.store(true, Ordering::SeqCst);
        }
        if !lost.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    end(to);
}
