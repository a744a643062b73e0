//! Whether an answer is one that `docs/openapi.json` describes; every test of the interface asks it about every answer.

use std::collections::BTreeSet;

use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use serde_json::Value;

/// The description.
pub fn description() -> Value {
    serde_json::from_str(super::DESCRIPTION).unwrap()
}

/// Whether a path, of a request or of the description, is one of a route's.
pub fn leads(route: &str, path: &str) -> bool {
    let (mut route, mut path) = (route.split('/'), path.split('/'));
    loop {
        match (route.next(), path.next()) {
            (None, None) => return true,
            (Some(one), Some(other)) if one == other || one.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// The methods of a path.
pub fn methods(item: &Value) -> BTreeSet<String> {
    let all = ["get", "put", "post", "delete", "patch"];
    all.into_iter().filter(|method| item.get(method).is_some()).map(str::to_owned).collect()
}

/// Fails where the description has the operation, but no such answer.
pub fn is_described(method: &str, path: &str, status: StatusCode, headers: &HeaderMap, body: &[u8]) {
    let whole = description();
    let path = path.split('?').next().unwrap();
    let item = whole["paths"].as_object().unwrap().iter().find(|(known, _)| leads(known, path));
    let Some(operation) = item.and_then(|(_, item)| item.get(method.to_lowercase())) else {
        assert!(matches!(status.as_u16(), 404 | 405), "{method} {path} is not described and gives {status}");
        return;
    };
    let what = format!("{method} {path} {status}");
    let answer = operation["responses"].get(status.as_str()).unwrap_or_else(|| panic!("{what} is not described"));
    let answer = resolved(&whole, answer);
    let Some(content) = answer.get("content") else {
        assert!(body.is_empty(), "{what} has a body");
        return;
    };
    let media = headers[CONTENT_TYPE].to_str().unwrap();
    let content = content.get(media).unwrap_or_else(|| panic!("{what} is no {media}"));
    if media.ends_with("json") {
        let body: Value = serde_json::from_slice(body).unwrap();
        fits(&whole, &content["schema"], &body, &what);
    }
}

fn resolved<'a>(whole: &'a Value, part: &'a Value) -> &'a Value {
    match part.get("$ref").and_then(Value::as_str) {
        Some(reference) => whole.pointer(reference.trim_start_matches('#')).unwrap(),
        None => part,
    }
}

/// The part of JSON Schema that the description uses for answers; fields that it does not know are found too.
fn fits(whole: &Value, schema: &Value, value: &Value, place: &str) {
    let schema = resolved(whole, schema);
    if let Some(choices) = schema.get("oneOf").and_then(Value::as_array) {
        let null = |choice: &Value| choice["type"] == "null";
        assert!(!value.is_null() || choices.iter().any(null), "{place} is null");
        if !value.is_null() {
            fits(whole, choices.iter().find(|choice| !null(choice)).unwrap(), value, place);
        }
        return;
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return,
    };
    let is = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    };
    assert!(types.iter().any(is), "{place} is no {types:?}: {value}");
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        assert!(choices.contains(value), "{place}: {value} is none of {choices:?}");
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        fits(whole, &schema["items"], item, &format!("{place}/{index}"));
    }
    let Some((fields, known)) = value.as_object().zip(schema.get("properties")) else { return };
    for field in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(fields.contains_key(field), "{place} lacks {field}");
    }
    for (field, value) in fields {
        let schema = known.get(field).unwrap_or_else(|| panic!("{place}/{field} is not described"));
        fits(whole, schema, value, &format!("{place}/{field}"));
    }
}
