//! What an act left to say on the next page: a word of this list in a cookie, never a text.

use http::HeaderMap;

use crate::parts::Tone;
use crate::web::browser::{cookie, set};

/// Something done, told once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Note {
    code: &'static str,
    pub tone: Tone,
    pub sentence: &'static str,
}

macro_rules! notes {
    ($($name:ident $tone:ident $sentence:literal;)*) => {
        $(pub(super) static $name: Note =
            Note { code: stringify!($name), tone: Tone::$tone, sentence: $sentence };)*
        static NOTES: &[&Note] = &[$(&$name),*];
    };
}

notes! {
    REGISTERED Done "Registered. It is staged: give it a client and its applications, then activate it.";
    CREATED Done "Created.";
    SAVED Done "Saved.";
    STAGE_CHANGED Done "Its stage has changed.";
    OWNER_ADDED Done "The owner was added.";
    OWNER_REMOVED Done "The owner was removed.";
    RELEASED Done "Released. It may ask for new tokens; those from before stay dead.";
    TASK_STOPPED Done "The task was stopped, and its tokens are dead.";
    CLIENT_ADDED Done "The client was added.";
    KEY_ADDED Done "The key was added.";
    KEY_REMOVED Done "The key was removed. Tokens that were issued before live until they expire.";
    KEY_AND_TOKENS_REMOVED Done "The key was removed, and every token that was issued to this client is dead.";
    SECRET_REMOVED Done "The secret was removed. Tokens that were issued before live until they expire.";
    SECRET_AND_TOKENS_REMOVED Done "The secret was removed, and every token that was issued to this client is dead.";
    CLIENT_DELETED Done "The client was deleted, and its tokens are dead.";
    TOKEN_REVOKED Done "The token was revoked. It works nowhere any more.";
    CLIENT_DISABLED Done "The client was disabled, and its tokens are dead.";
    CLIENT_ENABLED Done "The client was enabled. Tokens from before stay dead.";
    CONNECTED Done "The connection was created.";
    CONNECTION_ENDED Done "The connection has ended, and tokens over it are dead.";
    ASSIGNED Done "Assigned.";
    UNASSIGNED Done "Unassigned. Whoever came by this alone is out at once.";
    ENABLED Done "Enabled.";
    DISABLED Done "Disabled. Tokens issued before are dead.";
    SCOPE_SAVED Done "The scope was saved.";
    SCOPE_REMOVED Done "The scope was removed.";
    USER_DISABLED Done "Disabled. Sessions and tokens in this person’s name have ended.";
    USER_ENABLED Done "Enabled. The person may sign in again.";
    PASSWORD_SET Done "The password was set, and every session of this person has ended.";
    QUESTION_CANCELED Done "Taken back. Nothing comes of it any more.";
    PERMISSION_ENDED Done "The permission has ended, and what rested on it is dead.";
    PERMISSION_KEPT Done "It goes on, at your word.";
    REVIEWED Done "Reviewed. What was not justified has ended.";
    LEASE_ENDED Done "The lease has ended, and what was obtained with the secret is dead.";
    ROTATION_ORDERED Done "A new value is being put in place. The old one stays until the new one works.";
    MODEL_WRITTEN Done "The model was written. It is the newest, and answers from now on.";
    TUPLE_ADDED Done "The tuple was added. Every answer from now on knows of it.";
    TUPLES_ADDED Done "The tuples were added. Every answer from now on knows of them.";
    TUPLES_REMOVED Done "The tuples were removed. Every answer from now on knows of it.";
    TUPLE_REMOVED Done "The tuple was removed. Every answer from now on knows of it.";
    ENDPOINT_ON Done "Switched on. What became of questions meanwhile is not told later.";
    ENDPOINT_OFF Done "Switched off. It is told nothing any more.";
    ENDPOINT_DELETED Done "The endpoint was removed, with what waited for it.";
    TEST_ORDERED Done "A test is on its way: what comes of it appears below.";
    FACTORS_RESET Done "Their second factors and recovery codes are gone, and every session of this person has ended.";
    MEMBER_ADDED Done "Added to the group.";
    MEMBER_REMOVED Done "Removed from the group.";
    GROUP_DELETED Done "The group was deleted.";
}

/// Long enough for a redirect.
const SECONDS: i64 = 30;

const fn name(secure: bool) -> &'static str {
    if secure { "__Host-chancery-note" } else { "chancery-note" }
}

/// The note that the browser brought, if it is one of ours.
pub(super) fn read(headers: &HeaderMap) -> Option<&'static Note> {
    let value = cookie(headers, name(true)).or_else(|| cookie(headers, name(false)))?;
    NOTES.iter().copied().find(|note| note.code == value.expose())
}

pub(super) fn leave(headers: &mut HeaderMap, note: &Note, secure: bool) {
    set(headers, name(secure), note.code, secure, SECONDS);
}

pub(super) fn forget(headers: &mut HeaderMap, secure: bool) {
    set(headers, name(secure), "", secure, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brought(value: &str) -> Option<&'static Note> {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::COOKIE, format!("chancery-note={value}").parse().unwrap());
        read(&headers)
    }

    #[test]
    fn only_words_of_the_list_are_shown() {
        assert_eq!(brought("SAVED"), Some(&SAVED));
        assert_eq!(brought("<b>hello</b>"), None);
    }
}
