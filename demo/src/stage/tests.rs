use std::sync::{Arc, Mutex};

use super::*;

/// A terminal that keeps what is written to it.
#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

fn stage(color: bool) -> (Stage, Paper) {
    let paper = Paper::default();
    (Stage::new(Box::new(paper.clone()), color, false), paper)
}

fn beat() -> Beat {
    Beat::new("POST /oauth2/token  for alice", Word::Deny, "agent_not_assigned · assign it")
        .evidence(Some("evt_1".into()))
}

#[tokio::test]
async fn a_step_shows_request_decision_reason_and_evidence() {
    let (mut stage, paper) = stage(false);
    stage.beat(beat()).await;
    let text = paper.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("    POST /oauth2/token  for alice") && lines[0].ends_with("evt_1"),
        "{text}"
    );
    assert_eq!(lines[0].chars().count(), WIDTH);
    assert_eq!(lines[1], "    ✓ DENY  agent_not_assigned · assign it");
    assert_eq!(stage.summary(), Outcome { as_told: 1, otherwise: 0 });
}

#[tokio::test]
async fn a_step_that_went_otherwise_is_said_again_at_the_end() {
    let (mut stage, paper) = stage(false);
    stage.scene("1.2  the wrong agent");
    stage.beat(beat().told(true, "first").told(false, "ALLOW").told(false, "later")).await;
    let outcome = stage.summary();
    assert!(!outcome.all_as_told());
    let text = paper.text();
    assert!(text.contains("✗ DENY") && text.contains("the story says: ALLOW"), "{text}");
    assert!(text.ends_with("1.2  the wrong agent: POST /oauth2/token  for alice\n"), "{text}");
}

#[test]
fn a_story_without_steps_did_not_go_well() {
    let (mut stage, _) = stage(false);
    assert!(!stage.summary().all_as_told());
}

#[tokio::test]
async fn without_colors_there_is_no_escape_and_with_them_there_is() {
    for color in [false, true] {
        let (mut stage, paper) = stage(color);
        stage.story("Story 1", &["lead"]);
        stage.beat(beat()).await;
        assert_eq!(paper.text().contains('\u{1b}'), color);
    }
}

#[tokio::test]
async fn texts_from_elsewhere_cannot_steer_the_terminal() {
    let (mut stage, paper) = stage(false);
    stage
        .beat(Beat::new("GET /\u{1b}[2J", Word::Status(500), "a\u{7}b\nc").evidence(Some("\u{9b}x".into())))
        .await;
    stage.check(true, "\u{1b}]0;title\u{7}");
    assert!(paper.text().chars().all(|c| c == '\n' || !c.is_control()), "{:?}", paper.text());
}

#[test]
fn long_reasons_break_at_words_and_ids_stay_whole() {
    let id = "x".repeat(50);
    assert_eq!(wrap(&format!("one two {id} three"), 20), ["one two", id.as_str(), "three"]);
    assert_eq!(wrap("", 20), Vec::<String>::new());
}

#[test]
fn tables_keep_their_columns_in_line() {
    let mut table = Table::new(&["agent", "answer"]);
    table.row(vec![Cell::yes(true), Cell::verdict(true, "ALLOW")]);
    table.row(vec![Cell::plain("a longer one"), Cell::verdict(false, "DENY")]);
    let lines = table.lines(Paint::new(false));
    assert_eq!(
        lines,
        ["agent         answer", "────────────────────", "yes           ALLOW", "a longer one  DENY"]
    );
}

#[test]
fn colors_are_for_terminals_that_want_them() {
    assert!(color_wanted(None, Some("xterm"), true) && color_wanted(Some(""), None, true));
    assert!(!color_wanted(Some("1"), None, true) && !color_wanted(None, Some("dumb"), true));
    assert!(!color_wanted(None, None, false));
}
