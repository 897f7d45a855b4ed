//! HTTP API: route table, extractors, fault table, OpenAPI.
