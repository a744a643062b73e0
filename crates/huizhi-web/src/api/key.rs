//! The public key that answers and receipts are signed with, as a JWK set (RFC 7517, RFC 8037).

use axum::extract::State;
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use crate::app::App;

/// The address of the keys.
pub fn routes() -> Router<App> {
    Router::new().route("/api/v1/keys", routing::get(keys))
}

async fn keys(State(app): State<App>) -> Json<Value> {
    let signer = &app.store.keys().signer;
    let x = BASE64.encode(signer.public());
    Json(
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": signer.id(), "x": x }] }),
    )
}
