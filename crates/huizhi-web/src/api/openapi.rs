//! The interface's description for programs (`OpenAPI` 3.1), as `docs/openapi.json` has it.

#[cfg(test)]
pub mod described;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::{Router, routing};

use crate::app::App;

const DESCRIPTION: &str = include_str!("../../../../docs/openapi.json");

/// The address of the description; no key is needed.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/openapi.json", routing::get(description))
}

async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], DESCRIPTION).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::process::Command;

    use axum::body::Body;
    use axum::http::header::ALLOW;
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::described::{description, leads, methods};
    use crate::citizen::tests::{Says, Service};
    use crate::routes::routes;

    /// The addresses that the interface's sources write down.
    fn written() -> BTreeSet<String> {
        let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/api")).unwrap();
        let sources = sources.map(|file| file.unwrap().path()).filter(|path| path.is_file());
        let mut written = BTreeSet::new();
        for source in sources {
            let source = std::fs::read_to_string(source).unwrap();
            let paths = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
            written.extend(paths.filter(|path| path.starts_with("/api/v1/")).map(str::to_owned));
        }
        written
    }

    #[test]
    fn every_address_is_described_and_no_other() {
        let written = written();
        let description = description();
        let paths: BTreeSet<&str> = description["paths"].as_object().unwrap().keys().map(String::as_str).collect();
        for route in &written {
            assert!(paths.iter().any(|path| leads(route, path)), "{route} is not in docs/openapi.json");
        }
        for path in &paths {
            assert!(written.iter().any(|route| leads(route, path)), "{path} of docs/openapi.json leads nowhere");
        }
    }

    #[tokio::test]
    async fn every_address_takes_the_methods_that_are_described() {
        let service = Service::new(Says::Fits).await;
        let partner = service.app.store.add_partner("shop").await.unwrap();
        let new = huizhi_store::NewKey { scopes: BTreeSet::new(), rate: 1000, expires_at: None };
        let (_, key) = service.app.store.add_key(partner.id, new).await.unwrap();
        let description = description();
        for (path, item) in description["paths"].as_object().unwrap() {
            let request = Request::builder()
                .method("OPTIONS")
                .uri(path.replace(['{', '}'], ""))
                .header("authorization", format!("Bearer {}", key.reveal()))
                .body(Body::empty())
                .unwrap();
            let answer = routes(service.app.clone()).oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let allowed: BTreeSet<&str> = answer.headers()[ALLOW].to_str().unwrap().split(',').map(str::trim).collect();
            let allowed: BTreeSet<String> =
                allowed.into_iter().filter(|method| *method != "HEAD").map(str::to_lowercase).collect();
            assert_eq!(allowed, methods(item), "{path}");
        }
    }

    #[test]
    fn the_description_is_openapi() {
        let python = |script: &str| Command::new("python3").args(["-c", script]).output();
        let there = python("import openapi_spec_validator");
        if !there.is_ok_and(|it| it.status.success()) {
            println!("openapi-spec-validator is not installed (pip install openapi-spec-validator): it is left out");
            return;
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let script = format!("import json, openapi_spec_validator as it; it.validate(json.load(open({path:?})))");
        let said = python(&script).unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    }
}
