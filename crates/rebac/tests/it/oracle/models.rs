//! Models: what OpenFGA takes and refuses, in which words, and how it turns text into JSON and back.

use chancery_rebac::dsl;
use chancery_rebac::model::AuthorizationModel;
use chancery_rebac::validate;
use proptest::test_runner::{TestCaseError, TestError};
use serde_json::Value;

use super::{runner, seed};
use crate::openfga::OpenFga;
use crate::random::{self, Choices, any_model};

const MODELS: u32 = 250;

#[test]
fn models_are_taken_refused_and_written_as_openfga_does() {
    let Some(fga) = OpenFga::find("models") else { return };
    let seed = seed();
    let outcome = runner(seed, MODELS).run(&random::choices(), |numbers| {
        let model = any_model(&mut Choices::new(&numbers));
        same(&fga, &model).map_err(TestCaseError::fail)
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(why, _)) => panic!("CHANCERY_FGA_SEED={seed} asks this again: {why}"),
        Err(TestError::Abort(why)) => panic!("CHANCERY_FGA_SEED={seed}: {why}"),
    }
}

fn same(fga: &OpenFga, model: &AuthorizationModel) -> Result<(), String> {
    let json = model.to_json().to_string();
    let (said, complaints) = fga.of_file(&["model", "validate", "--format", "json"], "model.json", &json);
    let said: Value = serde_json::from_str(&said).map_err(|_| format!("fga says: {said}{complaints}"))?;
    let theirs = said["error"].as_str().unwrap_or("taken");
    let ours = match validate::check(model) {
        Ok(()) => "taken".to_owned(),
        Err(errors) => errors[0].to_string(),
    };
    let text = dsl::print(model).map_err(|why| why.to_string())?;
    // protobuf's text form puts one space or two between fields, by chance.
    if ours != theirs.replace("  ", " ") {
        return Err(format!("ours: {ours}\nOpenFGA's: {theirs}\n{text}"));
    }
    let (printed, complaints) =
        fga.of_file(&["model", "transform", "--output-format", "fga"], "model.json", &json);
    if printed.trim_end() != text.trim_end() {
        return Err(format!("ours:\n{text}\nOpenFGA's:\n{printed}{complaints}"));
    }
    let (read, complaints) =
        fga.of_file(&["model", "transform", "--output-format", "json"], "model.fga", &text);
    let read: Value =
        serde_json::from_str(&read).map_err(|_| format!("fga says: {read}{complaints}\n{text}"))?;
    let (read, ours) = (AuthorizationModel::from_json(&read), dsl::parse(&text));
    match (read, ours) {
        (Ok(theirs), Ok(ours)) if theirs == ours => Ok(()),
        (theirs, ours) => Err(format!("read differently:\nours: {ours:?}\nOpenFGA's: {theirs:?}\n{text}")),
    }
}
