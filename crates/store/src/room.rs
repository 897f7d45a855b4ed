//! Room in the file of SQLite's write-ahead log: what is written over zeros that are on the disk already takes half as long
//! to flush as what makes the file longer, since then its length has to be flushed too.
//!
//! SQLite takes the end of the log to be where the checksums end, and looks at no byte behind that: there it also finds what
//! is left of earlier rounds.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Bytes of zeros behind what is written: some hundreds of commits, or some tens of milliseconds under load.
const AHEAD: u64 = 4 << 20;
/// The length at which SQLite begins anew, and to which it cuts the file back then.
pub(crate) const MOST: u64 = 64 << 20;
const STEP: usize = 1 << 20;
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// Whether the file is too short, if it is there and so many bytes of it are in use.
pub(crate) fn lacks(wal: &Path, used: u64) -> bool {
    let wanted = used.saturating_add(AHEAD).min(MOST);
    std::fs::metadata(wal).is_ok_and(|file| file.len() < wanted)
}

/// Makes it longer by a step. Nobody else may write to it meanwhile. Where the disk is full, it is left as it was.
pub(crate) fn extend(wal: &Path) -> io::Result<File> {
    let file = OpenOptions::new().write(true).open(wal)?;
    let length = file.metadata()?.len();
    for at in (0..STEP).step_by(ZEROS.len()) {
        if let Err(full) = file.write_all_at(&ZEROS, length + at as u64) {
            file.set_len(length)?;
            return Err(full);
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_behind_what_is_there_and_up_to_a_bound() {
        let folder = tempfile::tempdir().unwrap();
        let wal = folder.path().join("chancery.db-wal");
        assert!(!lacks(&wal, 0), "a file that is not there needs none");
        std::fs::write(&wal, b"frames").unwrap();
        let mut steps = 0;
        while lacks(&wal, 6) {
            extend(&wal).unwrap();
            steps += 1;
        }
        let bytes = std::fs::read(&wal).unwrap();
        assert_eq!((steps, bytes.len()), (4, 6 + 4 * STEP));
        assert!(bytes.starts_with(b"frames") && bytes.iter().skip(6).all(|byte| *byte == 0));
        assert!(lacks(&wal, 1 << 20) && !lacks(&wal, 6));
        File::options().write(true).open(&wal).unwrap().set_len(MOST).unwrap();
        assert!(!lacks(&wal, MOST), "what is used up begins anew");
    }
}
