//! Room that ends: a small disk, where this user may mount one; and a limit on the length of every file, which everybody may
//! set for themselves.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::nodes::cluster;

/// What can be in the way of a write, and go away again.
pub trait Wall {
    /// Leaves so many bytes of room.
    fn leave(&self, rest: u64);
    fn make_room(&self);
}

/// A file system of some megabytes, unmounted in the end; none where this user may not mount one.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", "size=16m", "tmpfs"]).arg(folder.path()).output();
        if mounted.is_ok_and(|done| done.status.success()) {
            return Some(Self(folder));
        }
        cluster::say(
            "LESS: this user may not mount a small file system; that no file may grow is tried anyway",
        );
        None
    }

    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    fn ballast(&self) -> PathBuf {
        self.folder().join("ballast")
    }
}

impl Wall for SmallDisk {
    fn leave(&self, rest: u64) {
        let mut size = 16 << 20;
        while size > 0 && std::fs::write(self.ballast(), vec![1; size]).is_err() {
            size -= 64 << 10;
        }
        let file = std::fs::OpenOptions::new().write(true).open(self.ballast()).unwrap();
        file.set_len((size as u64).saturating_sub(rest)).unwrap();
    }

    fn make_room(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.0.path()).status();
        assert!(unmounted.is_ok_and(|status| status.success()));
    }
}

/// No file of this process grows beyond the longest one in a folder and a rest (setrlimit(2), `RLIMIT_FSIZE`).
pub struct Limit(PathBuf);

impl Limit {
    pub fn on(folder: &Path) -> Self {
        Self(folder.to_owned())
    }
}

impl Wall for Limit {
    fn leave(&self, rest: u64) {
        let files = std::fs::read_dir(&self.0).unwrap();
        let longest = files.map(|file| file.unwrap().metadata().unwrap().len()).max().unwrap();
        set(&(longest + rest).to_string());
    }

    fn make_room(&self) {
        set("unlimited");
    }
}

/// The limit in force; how far it may be raised again stays as it is.
fn set(most: &str) {
    let pid = std::process::id().to_string();
    let told = Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={most}:")]).output();
    let told = told.unwrap_or_else(|e| panic!("prlimit, of util-linux, sets the limit: {e}"));
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
}

/// Runs one test of this program as a process of its own.
pub async fn alone(test: &str) {
    let mut running = tokio::process::Command::new(std::env::current_exe().unwrap());
    let done = running
        .args([test, "--exact", "--ignored", "--nocapture"])
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && said.contains("1 passed"),
        "{} {said} {}",
        done.status,
        String::from_utf8_lossy(&done.stderr)
    );
}
