//! A model as a drawing: a box for each type with its relations, and lines from these to whom they may name. It is drawn narrow
//! enough for a phone; the same stands below it in words.

use maud::{Markup, html};

/// A type of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    pub name: String,
    pub relations: Vec<Relation>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relation {
    pub name: String,
    /// As the text of the model has it.
    pub definition: String,
    pub named: Vec<Named>,
}

/// Whom a tuple of a relation may name: a type, everybody of it, or a relation to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    pub kind: String,
    pub relation: Option<String>,
    pub everybody: bool,
}

const BOX: usize = 290;
const HEAD: usize = 30;
const NAME: usize = 20;
const LINE: usize = 15;
const GAP: usize = 18;
/// Between two lines beside the boxes.
const LANE: usize = 11;
/// Characters of a definition on one line.
const CHARACTERS: usize = 38;
/// Types that are drawn; a drawing of more says nothing.
const MOST: usize = 40;

/// A type where it stands.
struct Placed<'a> {
    kind: &'a Kind,
    top: usize,
    height: usize,
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    relation: &'a Relation,
    at: usize,
    lines: Vec<String>,
}

/// All lines to one place, gathered into one beside the boxes.
struct Trunk {
    to: usize,
    from: Vec<(usize, bool)>,
}

pub fn diagram(kinds: &[Kind]) -> Markup {
    let placed = place(kinds.get(..MOST).unwrap_or(kinds));
    let trunks = trunks(&placed);
    let height = placed.last().map_or(0, |last| last.top + last.height) + 2;
    let width = BOX + 16 + trunks.len() * LANE;
    let about = format!(
        "{} types, each a box with its relations; lines lead to whom tuples may name. The same in words stands below.",
        kinds.len()
    );
    html! {
        @if kinds.len() > MOST { p.muted { "The first " (MOST) " types of " (kinds.len()) "." } }
        svg.diagram viewBox={ "0 0 " (width) " " (height) } width=(width) height=(height) role="img"
            aria-labelledby="diagram-title diagram-desc" {
            title #diagram-title { "The model as a diagram" }
            desc #diagram-desc { (about) }
            @for (lane, trunk) in trunks.iter().enumerate() { (line(BOX + 12 + lane * LANE, trunk)) }
            @for one in &placed { (kind(one)) }
        }
        (words(kinds))
    }
}

fn place(kinds: &[Kind]) -> Vec<Placed<'_>> {
    let mut top = 2;
    let one = |kind| {
        let placed = rows(kind, top);
        top += placed.height + GAP;
        placed
    };
    kinds.iter().map(one).collect()
}

fn rows(kind: &Kind, top: usize) -> Placed<'_> {
    let mut at = top + HEAD;
    let row = |relation| {
        let row = Row { relation, at, lines: wrapped(relation) };
        at += NAME + LINE * row.lines.len() + 4;
        row
    };
    let rows: Vec<_> = kind.relations.iter().map(row).collect();
    let end = if rows.is_empty() { at } else { at + 4 };
    Placed { kind, top, height: end - top, rows }
}

/// A definition in lines that fit, broken between words where that is possible.
fn wrapped(relation: &Relation) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in relation.definition.split(' ') {
        let mut rest: Vec<char> = word.chars().collect();
        while !rest.is_empty() {
            let piece: String = rest.drain(..rest.len().min(CHARACTERS)).collect();
            match lines.last_mut() {
                Some(line) if line.is_empty() => *line = piece,
                Some(line) if line.chars().count() + 1 + piece.chars().count() <= CHARACTERS => {
                    *line = format!("{line} {piece}");
                }
                _ => lines.push(piece),
            }
        }
    }
    lines
}

/// Where a line to it ends: at the head of a type, or at one of its relations.
fn target(placed: &[Placed<'_>], named: &Named) -> Option<usize> {
    let one = placed.iter().find(|one| one.kind.name == named.kind)?;
    let Some(relation) = &named.relation else { return Some(one.top + HEAD / 2) };
    one.rows.iter().find(|row| row.relation.name == *relation).map(|row| row.at + NAME / 2)
}

fn trunks(placed: &[Placed<'_>]) -> Vec<Trunk> {
    let mut trunks: Vec<Trunk> = Vec::new();
    for row in placed.iter().flat_map(|one| &one.rows) {
        for named in &row.relation.named {
            let Some(to) = target(placed, named) else { continue };
            let from = (row.at + NAME / 2, named.everybody);
            match trunks.iter_mut().find(|trunk| trunk.to == to) {
                Some(trunk) => trunk.from.push(from),
                None => trunks.push(Trunk { to, from: vec![from] }),
            }
        }
    }
    trunks
}

fn line(x: usize, trunk: &Trunk) -> Markup {
    let ends = trunk.from.iter().map(|(y, _)| *y).chain([trunk.to]);
    let (top, bottom) = (ends.clone().min().unwrap_or_default(), ends.max().unwrap_or_default());
    let (to, tip) = (trunk.to, BOX + 1);
    html! {
        path.diagram-line d={ "M" (x) " " (top) "V" (bottom) "M" (x) " " (to) "H" (tip) } {}
        path.diagram-tip d={ "M" (tip) " " (to) "l7 -4v8z" } {}
        @for (y, everybody) in &trunk.from {
            path.diagram-line.dashed[*everybody] d={ "M" (BOX) " " (y) "H" (x) } {}
            circle.diagram-tip cx=(x) cy=(y) r="2.5" {}
        }
    }
}

fn kind(one: &Placed<'_>) -> Markup {
    html! {
        rect.diagram-box x="1" y=(one.top) width=(BOX - 1) height=(one.height) rx="6" {}
        text.diagram-kind x="12" y=(one.top + 20) { (one.kind.name) }
        @for row in &one.rows {
            text.diagram-name x="12" y=(row.at + 14) { (row.relation.name) }
            @for (n, line) in row.lines.iter().enumerate() {
                text.diagram-text x="12" y=(row.at + NAME + 9 + n * LINE) { (line) }
            }
        }
    }
}

fn words(kinds: &[Kind]) -> Markup {
    html! {
        details.fold {
            summary { "The diagram in words" }
            dl.facts {
                @for kind in kinds {
                    div {
                        dt { (kind.name) }
                        dd {
                            @if kind.relations.is_empty() { span.muted { "no relations" } }
                            @else { ul.plain { @for one in &kind.relations { li { code { (one.name) ": " (one.definition) } } } } }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(name: &str, definition: &str, to: &str) -> Relation {
        let named = vec![Named { kind: to.into(), relation: None, everybody: false }];
        Relation { name: name.into(), definition: definition.into(), named }
    }

    #[test]
    fn a_definition_is_broken_and_never_cut() {
        let long = "[user, group#member] or editor or viewer from parent or owner from organization";
        let lines = wrapped(&relation("viewer", long, "user"));
        assert!(lines.iter().all(|line| line.chars().count() <= CHARACTERS), "{lines:?}");
        assert_eq!(lines.join(" "), long);
        let word = "x".repeat(100);
        assert_eq!(wrapped(&relation("viewer", &word, "user")).concat(), word);
    }

    #[test]
    fn lines_to_one_place_share_their_way() {
        let kinds = [
            Kind { name: "user".into(), relations: Vec::new() },
            Kind {
                name: "doc".into(),
                relations: vec![relation("a", "[user]", "user"), relation("b", "[user]", "user")],
            },
        ];
        let all = trunks(&place(&kinds)).into_iter().map(|one| (one.to, one.from.len())).collect::<Vec<_>>();
        assert_eq!(all, [(2 + HEAD / 2, 2)]);
    }
}
