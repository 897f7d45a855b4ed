//! `chancery explain`: what an event means, in sentences.

use clap::Args;
use serde_json::Value;

use super::admin::Access;
use super::admin::rest::Rest;
use crate::out;

#[derive(Debug, Args)]
pub struct Explain {
    /// Id of the event (`evt_…`)
    event: String,
    /// Print the whole answer, proof included, as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    access: Access,
}

impl Explain {
    pub async fn run(self, environment: &std::collections::BTreeMap<String, String>) -> anyhow::Result<()> {
        let rest = Rest::open(&self.access.completed(environment), environment).await?;
        let event: String = url::form_urlencoded::byte_serialize(self.event.as_bytes()).collect();
        let answer = rest.get(&format!("/api/v1/events/{event}/explain")).await?;
        let sentences = answer.get("sentences").and_then(Value::as_array).filter(|_| !self.json);
        match sentences {
            Some(sentences) => {
                for sentence in sentences.iter().filter_map(Value::as_str) {
                    out::line(sentence)?;
                }
            }
            None => out::line(serde_json::to_string_pretty(&answer)?)?,
        }
        Ok(())
    }
}
