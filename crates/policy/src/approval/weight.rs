//! What a question weighs as: by what the server knows of its scopes, and by what the agent says itself. An agent's word
//! adds weight and takes none away.

use chancery_kernel::ScopeSet;
use chancery_model::{Application, Task, Weight};

/// In order, each once.
pub fn weights(application: Option<&Application>, scopes: &ScopeSet, tasks: &[Task]) -> Vec<Weight> {
    let rules = application.map_or(&[][..], |app| app.scopes.as_slice());
    let asked = rules.iter().filter(|rule| scopes.contains(rule.name.as_str()));
    let said = tasks.iter().flat_map(|task| task.weights.iter().copied());
    let mut all: Vec<Weight> = asked.filter_map(|rule| rule.weight).chain(said).collect();
    all.sort_unstable();
    all.dedup();
    all
}
