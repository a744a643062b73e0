//! Calling other servers, within [`Rules`]: the host is resolved once, every address is judged, and only judged addresses are connected to.

use std::error::Error;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};

use crate::address::{AddressError, Rules, Target, check, check_ip};

/// How much a call may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the first step to the answer's last byte.
    pub whole: Duration,
    /// Bytes of the answer's body.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(15), answer_bytes: 64 * 1024 }
    }
}

/// One call.
#[derive(Clone)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub address: String,
    /// Headers; the client adds only `host`, `user-agent` and `content-length`.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Call {
    /// A GET.
    #[must_use]
    pub fn get(address: String) -> Self {
        Self { method: Method::GET, address, headers: HeaderMap::new(), body: Vec::new() }
    }

    /// A POST of JSON.
    #[must_use]
    pub fn post_json(address: String, body: Vec<u8>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", reqwest::header::HeaderValue::from_static("application/json"));
        Self { method: Method::POST, address, headers, body }
    }
}

/// What came back.
#[derive(Clone)]
pub struct Answer {
    /// Its status. A redirect is an answer as any other: it is not followed.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why no answer came. Neither text nor code has anything of the address but the host, and nothing of what was sent.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The address may not be called.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// No connection came about, TLS included. Nothing was sent.
    #[error("no connection to {host}: {why}")]
    Connect {
        /// The host.
        host: String,
        /// What the system or the TLS library says.
        why: String,
    },
    /// It took too long. What was sent may have arrived.
    #[error("{0} did not answer in time")]
    TimeOut(String),
    /// The answer is longer than allowed. What was sent has arrived.
    #[error("the answer of {host} is longer than {bytes} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// What it answered with; where the status is all that counts, there is nothing wrong.
        status: StatusCode,
        /// How long it may be.
        bytes: usize,
    },
    /// The connection broke, or what came is no HTTP. What was sent may have arrived.
    #[error("the connection to {0} broke, or it does not talk HTTP")]
    Broken(String),
}

impl CallError {
    /// Its code, for tables and logs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Address(error) => error.code(),
            Self::Connect { .. } => "connect",
            Self::TimeOut(_) => "time-out",
            Self::TooLong { .. } => "too-long",
            Self::Broken(_) => "broken",
        }
    }
}

/// The client can't be made: the machine has no certificates to trust, or a given one is none. The operator's to mend.
#[derive(Debug, thiserror::Error)]
#[error("the client for other servers can't be set up: {0}")]
pub struct ClientError(String);

/// How names become addresses. A seam: tests resolve as they like.
pub trait Resolver: Send + Sync + 'static {
    /// The addresses of a host.
    fn resolve(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;
}

/// The machine's resolver.
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(&self, host: String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((host, 0)).await?.map(|it| it.ip()).collect()) })
    }
}

/// What a client is made with.
pub struct ClientSettings {
    /// What may be called.
    pub rules: Rules,
    /// How much a call may take.
    pub limits: Limits,
    /// How names become addresses.
    pub resolver: Arc<dyn Resolver>,
    /// PEM of certificates to trust beside the machine's; may be empty.
    pub trusted: Vec<u8>,
}

impl Default for ClientSettings {
    fn default() -> Self {
        Self {
            rules: Rules::default(),
            limits: Limits::default(),
            resolver: Arc::new(SystemResolver),
            trusted: Vec::new(),
        }
    }
}

/// A client for other servers. Cheap to clone. It follows no redirect, uses no proxy, keeps no cookie and sends no credential that is
/// not in the call.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    rules: Arc<Rules>,
    limits: Limits,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn new(settings: ClientSettings) -> Result<Self, ClientError> {
        // The TLS library asks the program to choose its cryptography; a second choice of the same is no fault.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let said = |error: &dyn Error| ClientError(root(error));
        let trusted = reqwest::Certificate::from_pem_bundle(&settings.trusted).map_err(|error| said(&error))?;
        let rules = Arc::new(settings.rules);
        let http = reqwest::Client::builder()
            .user_agent(concat!("huizhi/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(settings.limits.connect)
            .timeout(settings.limits.whole)
            .pool_idle_timeout(Duration::from_secs(30))
            .tls_certs_merge(trusted)
            .dns_resolver(Arc::new(Guard { resolver: settings.resolver, rules: Arc::clone(&rules) }))
            .build()
            .map_err(|error| said(&error))?;
        Ok(Self { http, rules, limits: settings.limits })
    }

    /// Looks whether an address may be called, as far as can be seen without the network.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn check(&self, address: &str) -> Result<Target, AddressError> {
        check(address, &self.rules)
    }

    /// Calls.
    ///
    /// # Errors
    /// [`CallError`]. An answer of whatever status is none.
    pub async fn call(&self, call: Call) -> Result<Answer, CallError> {
        let Target { url, host, .. } = self.check(&call.address)?;
        let request = self.http.request(call.method, url).headers(call.headers).body(call.body);
        let mut response = request.send().await.map_err(|error| why(&host, &error))?;
        let bytes = self.limits.answer_bytes;
        let status = response.status();
        let too_long = || CallError::TooLong { host: host.clone(), status, bytes };
        if response.content_length().is_some_and(|length| length > bytes as u64) {
            return Err(too_long());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| why(&host, &error))? {
            if body.len() + chunk.len() > bytes {
                return Err(too_long());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers: std::mem::take(response.headers_mut()), body })
    }
}

/// Resolves for one connection, and lets no address through that may not be called.
struct Guard {
    resolver: Arc<dyn Resolver>,
    rules: Arc<Rules>,
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_owned();
        // The port is not known here; the URL was checked with it before.
        let private = self.rules.allowed.iter().any(|it| it.private && it.is_host(&host));
        let resolving = self.resolver.resolve(host.clone());
        Box::pin(async move {
            let found = resolving.await.map_err(|_| AddressError::Nowhere(host.clone()))?;
            for address in &found {
                check_ip(&host, *address, private)?;
            }
            if found.is_empty() {
                return Err(AddressError::Nowhere(host).into());
            }
            let found: Vec<SocketAddr> = found.into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

fn why(host: &str, error: &reqwest::Error) -> CallError {
    let mut source: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(found) = source {
        if let Some(address) = found.downcast_ref::<AddressError>() {
            return CallError::Address(address.clone());
        }
        source = found.source();
    }
    let host = host.to_owned();
    if error.is_timeout() {
        CallError::TimeOut(host)
    } else if error.is_connect() {
        CallError::Connect { host, why: root(error) }
    } else {
        CallError::Broken(host)
    }
}

/// The innermost cause: the outer ones repeat the address.
fn root(error: &dyn Error) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}
