//! A provider of identities in this process: it describes itself, holds who redeems a code to PKCE and to their secret, signs in each of the
//! three ways, and lies as it is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as BASE64};
use huizhi_outside::{Outside, OutsideSettings};
use huizhi_store::Store;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::form::{fields, plus};
use crate::citizen::quoted;

const KEYS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/pay/keys");
const CLIENT: &str = "huizhi client";
const SECRET: &str = "hush: 100 %";

/// What is wrong with a token, or with the provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lie {
    #[default]
    None,
    Nonce,
    Audience,
    Party,
    Issuer,
    Expired,
    Early,
    /// `alg: none`.
    Unsigned,
    /// HS256 with the public key as the secret.
    Shared,
    /// ES256 in the head of what an RSA key has signed.
    OtherAlgorithm,
    /// `crit` in the head.
    Critical,
    Signature,
    /// A key that it does not publish.
    UnknownKey,
    NoSubject,
    /// Its description names another issuer.
    OtherIssuer,
    /// HTTP 500.
    Down,
}

struct Grant {
    challenge: String,
    nonce: String,
    back: String,
}

#[derive(Default)]
struct Book {
    lie: Lie,
    algorithm: &'static str,
    /// The name that its key has now; who has fetched it before knows another.
    key: u32,
    subject: String,
    grants: BTreeMap<String, Grant>,
    asked: Vec<String>,
}

struct Signer {
    rsa: RsaKeyPair,
    p256: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
}

/// The provider.
#[derive(Clone)]
pub struct Provider {
    book: Arc<Mutex<Book>>,
    signer: Arc<Signer>,
    store: Store,
    port: u16,
}

impl Provider {
    /// Its clock is the store's.
    pub async fn open(store: Store) -> Self {
        let random = SystemRandom::new();
        let pem = std::fs::read_to_string(format!("{KEYS}/merchant.pem")).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let signer = Signer {
            rsa: RsaKeyPair::from_pkcs8(&STANDARD.decode(body).unwrap()).unwrap(),
            p256: EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, p256.as_ref(), &random).unwrap(),
            ed25519: Ed25519KeyPair::from_pkcs8(Ed25519KeyPair::generate_pkcs8(&random).unwrap().as_ref()).unwrap(),
        };
        let book = Book { algorithm: "RS256", subject: "somebody".to_owned(), ..Book::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let provider = Self { book: Arc::new(Mutex::new(book)), signer: Arc::new(signer), store, port };
        let serving = provider.clone();
        let answer = move |request: Request| {
            let provider = serving.clone();
            async move { provider.serve(request).await }
        };
        tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback(answer)).await });
        provider
    }

    pub fn lies(&self, lie: Lie) {
        self.book.lock().unwrap().lie = lie;
    }

    /// Signs in another way from now on.
    pub fn signs(&self, algorithm: &'static str) {
        self.book.lock().unwrap().algorithm = algorithm;
    }

    /// Gives its keys other names.
    pub fn rotates(&self) {
        self.book.lock().unwrap().key += 1;
    }

    /// Somebody else sits before it.
    pub fn is(&self, subject: &str) {
        subject.clone_into(&mut self.book.lock().unwrap().subject);
    }

    /// How often something was asked.
    pub fn asked(&self, path: &str) -> usize {
        self.book.lock().unwrap().asked.iter().filter(|it| *it == path).count()
    }

    /// The operator's file, with the provider allowed on this machine.
    pub fn outside(&self, more: &str) -> Outside {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let text = format!(
            "[[allow]]\nhost = \"127.0.0.1\"\nport = {port}\nhttp = true\nprivate = true\n[[oidc]]\nid = \"province\"\nname = {{ zh = \
             \"省统一身份认证\", en = \"Provincial identity\" }}\nissuer = \"{issuer}\"\nclient-id = \"{CLIENT}\"\nsecret = {{ file = \
             \"{file}\" }}\n{more}\n",
            port = self.port,
            issuer = self.issuer(),
            file = file.display()
        );
        Outside::new(OutsideSettings::from_toml(&text).unwrap(), None).unwrap()
    }

    fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The citizen agrees to what a browser brings; gives where the browser goes back to.
    pub fn agrees(&self, address: &str) -> String {
        let query = fields(address.split_once('?').unwrap().1);
        assert!(address.starts_with(&format!("{}/authorize?", self.issuer())), "{address}");
        assert_eq!(
            (query["response_type"].as_str(), query["client_id"].as_str(), query["code_challenge_method"].as_str()),
            ("code", CLIENT, "S256")
        );
        assert!(query["scope"].split(' ').any(|scope| scope == "openid"));
        let mut book = self.book.lock().unwrap();
        let code = format!("code-{}", book.grants.len());
        let (challenge, nonce, back) =
            (query["code_challenge"].clone(), query["nonce"].clone(), query["redirect_uri"].clone());
        let path = back.split_once("//").unwrap().1;
        let path = path[path.find('/').unwrap()..].to_owned();
        book.grants.insert(code.clone(), Grant { challenge, nonce, back });
        format!("{path}?code={code}&state={}&iss={}", quoted(&query["state"]), quoted(&self.issuer()))
    }

    async fn serve(&self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let body = String::from_utf8(to_bytes(body, 65_536).await.unwrap().to_vec()).unwrap();
        let path = parts.uri.path().to_owned();
        let mut book = self.book.lock().unwrap();
        book.asked.push(path.clone());
        if book.lie == Lie::Down {
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
        let issuer = self.issuer();
        match path.as_str() {
            "/.well-known/openid-configuration" => {
                let named = if book.lie == Lie::OtherIssuer { format!("{issuer}/") } else { issuer.clone() };
                axum::Json(json!({
                    "issuer": named,
                    "authorization_endpoint": format!("{issuer}/authorize"),
                    "token_endpoint": format!("{issuer}/token"),
                    "jwks_uri": format!("{issuer}/keys"),
                    "code_challenge_methods_supported": ["plain", "S256"],
                    "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256", "none"],
                    "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                }))
                .into_response()
            }
            "/keys" => axum::Json(self.keys(book.key)).into_response(),
            "/token" => {
                let shown = parts.headers.get("authorization").map(|it| it.to_str().unwrap().to_owned());
                let pair = format!("{}:{}", plus(CLIENT), plus(SECRET));
                if shown != Some(format!("Basic {}", STANDARD.encode(pair))) {
                    return no("invalid_client");
                }
                let form = fields(&body);
                let Some(grant) = book.grants.remove(&form["code"]) else { return no("invalid_grant") };
                let challenge = BASE64.encode(Sha256::digest(form["code_verifier"].as_bytes()));
                if grant.challenge != challenge || grant.back != form["redirect_uri"] {
                    return no("invalid_grant");
                }
                // So that a code's name is not given twice.
                book.grants.insert(format!("used {}", form["code"]), Grant { challenge: String::new(), ..grant });
                let grant = &book.grants[&format!("used {}", form["code"])];
                let token = self.token(&book, grant);
                axum::Json(json!({ "access_token": "a", "token_type": "Bearer", "id_token": token })).into_response()
            }
            _ => StatusCode::NOT_FOUND.into_response(),
        }
    }

    fn keys(&self, number: u32) -> Value {
        let Signer { rsa, p256, ed25519 } = &*self.signer;
        let parts: RsaPublicKeyComponents<Vec<u8>> = rsa.public().into();
        let point = &p256.public_key().as_ref()[1..];
        let id = |kind: &str| format!("{kind}-{number}");
        json!({ "keys": [
            { "kty": "oct", "kid": "shared", "k": "AAAA" },
            { "kty": "RSA", "kid": id("RS256"), "use": "sig", "n": BASE64.encode(parts.n), "e": BASE64.encode(parts.e) },
            { "kty": "EC", "crv": "P-256", "kid": id("ES256"), "x": BASE64.encode(&point[..32]), "y": BASE64.encode(&point[32..]) },
            { "kty": "OKP", "crv": "Ed25519", "kid": id("EdDSA"), "x": BASE64.encode(ed25519.public_key()) },
        ] })
    }

    fn token(&self, book: &Book, grant: &Grant) -> String {
        let seconds = self.store.now().0 / 1000;
        let mut claims = json!({
            "iss": self.issuer(), "sub": book.subject, "aud": CLIENT, "nonce": grant.nonce, "iat": seconds, "exp": seconds + 300,
        });
        let mut head = json!({ "alg": book.algorithm, "kid": format!("{}-{}", book.algorithm, book.key) });
        match book.lie {
            Lie::Nonce => claims["nonce"] = "another".into(),
            Lie::Audience => claims["aud"] = "another".into(),
            Lie::Party => claims["aud"] = json!([CLIENT, "another"]),
            Lie::Issuer => claims["iss"] = "https://another.example".into(),
            Lie::Expired => claims["exp"] = (seconds - 61).into(),
            Lie::Early => claims["iat"] = (seconds + 62).into(),
            Lie::NoSubject => claims["sub"] = Value::Null,
            Lie::Unsigned => head["alg"] = "none".into(),
            Lie::Shared => head["alg"] = "HS256".into(),
            Lie::OtherAlgorithm => head["alg"] = "ES256".into(),
            Lie::Critical => head["crit"] = json!(["b64"]),
            Lie::UnknownKey => head["kid"] = "another".into(),
            _ => {}
        }
        let text = format!("{}.{}", BASE64.encode(head.to_string()), BASE64.encode(claims.to_string()));
        let mut signature = match book.lie {
            Lie::Unsigned => Vec::new(),
            Lie::Shared => {
                let public = std::fs::read(format!("{KEYS}/merchant.pub.pem")).unwrap();
                let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &public);
                ring::hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
            }
            _ => self.signature(book.algorithm, text.as_bytes()),
        };
        if book.lie == Lie::Signature {
            signature[7] ^= 1;
        }
        format!("{text}.{}", BASE64.encode(signature))
    }

    fn signature(&self, algorithm: &str, text: &[u8]) -> Vec<u8> {
        let (Signer { rsa, p256, ed25519 }, random) = (&*self.signer, SystemRandom::new());
        match algorithm {
            "ES256" => p256.sign(&random, text).unwrap().as_ref().to_vec(),
            "EdDSA" => ed25519.sign(text).as_ref().to_vec(),
            _ => {
                let mut signature = vec![0; rsa.public().modulus_len()];
                rsa.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).unwrap();
                signature
            }
        }
    }
}

fn no(error: &str) -> Response {
    (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": error }))).into_response()
}
