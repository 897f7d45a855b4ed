//! The OpenAPI 3.1 document, from the table of operations.

use std::collections::BTreeMap;

use chancery_context::{ACTS, Settings};
use serde_json::{Map, Value, json};

use crate::routes::row::{Gives, Shape};
use crate::routes::{Gate, Row, TABLE};

/// The document, as JSON.
pub fn document(settings: &Settings) -> Value {
    let mut schemas = BTreeMap::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for row in TABLE {
        let operation = operation(row, &mut schemas);
        let verb = row.verb.method().as_str().to_ascii_lowercase();
        paths.entry(row.path).or_default().insert(verb, operation);
    }
    schemas.insert("Problem".to_owned(), problem());
    schemas.insert("RelatedProblem".to_owned(), related_problem());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Chancery",
            "description": "Identity platform for AI agents: management, evidence, containment.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": settings.issuer.trim_end_matches('/') }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": { "oauth2": security_scheme(settings) } },
    })
}

/// Every scope once, with the acts it allows.
fn security_scheme(settings: &Settings) -> Value {
    let mut scopes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for act in ACTS {
        scopes.entry(act.scope()).or_default().push(act.name());
    }
    let scopes: BTreeMap<_, _> = scopes.into_iter().map(|(scope, acts)| (scope, acts.join(", "))).collect();
    json!({
        "type": "oauth2",
        "flows": {
            "clientCredentials": { "tokenUrl": settings.url("/oauth2/token"), "scopes": scopes },
            "authorizationCode": {
                "authorizationUrl": settings.url("/oauth2/authorize"),
                "tokenUrl": settings.url("/oauth2/token"),
                "scopes": scopes,
            },
        },
    })
}

/// RFC 9457 §3.
fn problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["type", "title", "status", "code", "detail", "request_id"],
        "properties": {
            "type": text("Identifies the kind of problem."),
            "title": text("The kind in words."),
            "status": { "type": "integer" },
            "code": text("Stable reason for programs."),
            "detail": text("What happened, and what would mend it."),
            "request_id": text("By this an administrator finds the request in the log."),
        },
    })
}

/// OpenFGA's errors.
fn related_problem() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json!({
        "type": "object",
        "required": ["code", "message"],
        "properties": {
            "code": text("One of OpenFGA's codes, or of ours where it has none."),
            "message": text("What happened."),
        },
    })
}

fn operation(row: &Row, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut out = Map::new();
    out.insert("operationId".to_owned(), row.operation.into());
    out.insert("summary".to_owned(), row.summary.into());
    out.insert("tags".to_owned(), json!([row.file.split('/').next().unwrap_or_default()]));
    let parameters = parameters(row);
    if !parameters.is_empty() {
        out.insert("parameters".to_owned(), parameters.into());
    }
    if let Some(shape) = row.takes {
        let content = json!({ "application/json": { "schema": reference(shape, schemas) } });
        out.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    if let Gate::Needs(act) = row.gate {
        out.insert("security".to_owned(), json!([{ "oauth2": [act.scope()] }]));
    }
    out.insert("responses".to_owned(), responses(row, schemas));
    Value::Object(out)
}

fn parameters(row: &Row) -> Vec<Value> {
    let names = row.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let mut out: Vec<Value> = names
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let asked = row.asks.map(|asks| asks()).unwrap_or_default();
    out.extend(asked.iter().filter_map(|parameter| serde_json::to_value(parameter).ok()));
    if matches!(row.gives, Gives::List(_)) {
        let limit = json!({ "type": "integer", "minimum": 1, "maximum": 500, "default": 50 });
        out.push(json!({ "name": "limit", "in": "query", "required": false, "schema": limit }));
        out.push(json!({
            "name": "after", "in": "query", "required": false, "schema": { "type": "string" },
            "description": "`next` of the page before",
        }));
    }
    if row.versioned {
        out.push(json!({
            "name": "If-Match", "in": "header", "required": true, "schema": { "type": "string" },
            "description": "`ETag` of the version that is changed",
        }));
    }
    out
}

fn responses(row: &Row, schemas: &mut BTreeMap<String, Value>) -> Value {
    let mut out = Map::new();
    let fine = match row.gives {
        Gives::Nothing => json!({ "description": "Done" }),
        Gives::Json(shape) => {
            json!({ "description": "Done", "content": { "application/json": { "schema": reference(shape, schemas) } } })
        }
        Gives::List(shape) => {
            let items = json!({ "type": "array", "items": reference(shape, schemas) });
            let next = json!({ "type": "string", "description": "Absent on the last page." });
            let page = json!({ "type": "object", "required": ["items"], "properties": { "items": items, "next": next } });
            json!({ "description": "Done", "content": { "application/json": { "schema": page } } })
        }
        Gives::Stream(media) => {
            json!({ "description": "Done", "content": { media: { "schema": { "type": "string" } } } })
        }
    };
    out.insert(row.status.to_string(), fine);
    let failed = if row.path.starts_with("/fga/") {
        let schema = json!({ "$ref": "#/components/schemas/RelatedProblem" });
        json!({ "description": "An error of OpenFGA's form", "content": { "application/json": { "schema": schema } } })
    } else {
        let schema = json!({ "$ref": "#/components/schemas/Problem" });
        json!({ "description": "A problem (RFC 9457)", "content": { "application/problem+json": { "schema": schema } } })
    };
    out.insert("default".to_owned(), failed);
    Value::Object(out)
}

/// A reference to the schema, which is put among the components with all it refers to itself.
fn reference(shape: Shape, schemas: &mut BTreeMap<String, Value>) -> Value {
    let name = (shape.name)();
    let mut more = Vec::new();
    (shape.more)(&mut more);
    more.push((name.clone(), (shape.schema)()));
    for (name, schema) in more {
        if let Ok(schema) = serde_json::to_value(schema) {
            schemas.insert(name, schema);
        }
    }
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(members) => members.iter().for_each(|(name, value)| match value {
                Value::String(text) if name == "$ref" => found.push(text.clone()),
                _ => references(value, found),
            }),
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = document(&Settings::new("https://id.example"));
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > TABLE.len());
        for text in found {
            let pointer = text.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{text}");
        }
    }

    #[test]
    fn the_document_says_what_the_table_says() {
        let document = document(&Settings::new("https://id.example/"));
        assert_eq!(document["servers"][0]["url"], "https://id.example");
        let contain = &document["paths"]["/api/v1/agents/{id}/contain"]["post"];
        assert_eq!(contain["operationId"], "agent_contain");
        assert_eq!(contain["security"][0]["oauth2"][0], "agents.manage");
        assert_eq!(contain["parameters"][0]["name"], "id");
        let count: usize =
            document["paths"].as_object().unwrap().values().map(|p| p.as_object().unwrap().len()).sum();
        assert_eq!(count, TABLE.len());
    }
}
