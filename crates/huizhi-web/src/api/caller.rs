//! Who calls: a photo shop, by the key that it shows in each request.

use std::marker::PhantomData;
use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::audit::Actor;
use huizhi_domain::order::Order;
use huizhi_domain::partner::{Key, Partner, Scope};
use huizhi_store::Visitor;

use super::limit::Left;
use super::problem::Problem;
use super::session::bearer;
use crate::app::{App, client};

/// Unknown keys that an address may show a minute before it is told to wait: a shop whose key was taken back, not somebody who guesses.
const UNKNOWN_A_MINUTE: u32 = 20;

/// What a handler needs of a key.
pub trait Needs: Send + Sync + 'static {
    /// The scope; `None` where any key will do.
    const SCOPE: Option<Scope>;
}

macro_rules! needs {
    ($($(#[$about:meta])* $name:ident = $scope:expr;)*) => {
        $($(#[$about])* pub struct $name;

        impl Needs for $name {
            const SCOPE: Option<Scope> = $scope;
        })*
    };
}

needs! {
    /// Any key.
    AnyKey = None;
    /// A key that may see orders.
    OrdersRead = Some(Scope::OrdersRead);
    /// A key that may change orders.
    OrdersWrite = Some(Scope::OrdersWrite);
    /// A key that may see receipts.
    ReceiptsRead = Some(Scope::ReceiptsRead);
    /// A key that may set up where the service calls.
    HooksWrite = Some(Scope::HooksWrite);
}

/// Whoever shows a key that opens, and what they may do.
#[derive(Clone)]
struct Opened {
    partner: Partner,
    key: Key,
}

/// A photo shop whose key has the scope that is needed.
pub struct Caller<S> {
    /// The shop.
    pub partner: Partner,
    /// As whom it holds orders.
    pub visitor: Visitor,
    needs: PhantomData<S>,
}

impl<S> Caller<S> {
    /// Who acts, in the log.
    pub const fn actor(&self) -> Actor {
        Actor::Partner(self.partner.id)
    }
}

/// Lets requests through whose key opens, at most as many a minute as the key may make, and says how many are left.
pub async fn open(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match opened(&app, request.headers(), request.extensions().get::<ConnectInfo<SocketAddr>>()).await {
        Err(problem) => problem.into_response(),
        Ok(opened) => {
            let rate = opened.key.rate;
            let left = app.shared.machines.keys.take(&opened.key.id.to_string(), rate, app.store.now());
            let mut response = if left.granted {
                request.extensions_mut().insert(opened);
                next.run(request).await
            } else {
                too_often(rate, left).into_response()
            };
            left.tell(rate, response.headers_mut());
            response
        }
    }
}

/// The photo shop whose key comes with a request and has a scope, within what the key may ask a minute: for addresses that citizens
/// ask too, and which so stand behind no [`open`].
pub async fn shop(
    app: &App,
    headers: &HeaderMap,
    peer: Option<&ConnectInfo<SocketAddr>>,
    scope: Scope,
) -> Result<Partner, Problem> {
    let Opened { partner, key } = opened(app, headers, peer).await?;
    let left = app.shared.machines.keys.take(&key.id.to_string(), key.rate, app.store.now());
    if !left.granted {
        return Err(too_often(key.rate, left));
    }
    if key.may(scope) { Ok(partner) } else { Err(lacks(scope)) }
}

async fn opened(app: &App, headers: &HeaderMap, peer: Option<&ConnectInfo<SocketAddr>>) -> Result<Opened, Problem> {
    let none = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, "key", detail);
    let text = bearer(headers).ok_or_else(|| none("show a key: Authorization: Bearer hz1_…"))?;
    if let Some((partner, key)) = app.store.key_of(&text).await? {
        return Ok(Opened { partner, key });
    }
    let who = client(headers, peer.map(|ConnectInfo(peer)| *peer), &app.settings);
    let left = app.shared.machines.strangers.take(&who, UNKNOWN_A_MINUTE, app.store.now());
    if left.granted {
        Err(none("the key is unknown, has ended or was taken back; ask the operator for another"))
    } else {
        Err(too_many("unknown-keys", "too many unknown keys from this address".to_owned(), left))
    }
}

fn too_often(rate: u32, left: Left) -> Problem {
    too_many("rate", format!("this key may make {rate} requests a minute"), left)
}

fn lacks(scope: Scope) -> Problem {
    let detail = format!("this key lacks the scope {scope}; ask the operator for one that has it");
    Problem::new(StatusCode::FORBIDDEN, "scope", detail).with("scope", scope.word())
}

fn too_many(code: &'static str, detail: String, left: Left) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, code, detail).after_s(left.reset_s)
}

impl<S: Needs> FromRequestParts<App> for Caller<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // Routes that ask for a caller stand behind `open`.
        let opened = parts.extensions.get::<Opened>().cloned();
        let none = || Problem::new(StatusCode::UNAUTHORIZED, "key", "show a key: Authorization: Bearer hz1_…");
        let Opened { partner, key } = opened.ok_or_else(none)?;
        if let Some(scope) = S::SCOPE.filter(|scope| !key.may(*scope)) {
            return Err(lacks(scope));
        }
        Ok(Self { visitor: app.store.partner_visitor(partner.id), partner, needs: PhantomData })
    }
}

/// An order that the shop holds; 404 otherwise, whether it exists or not.
pub struct Held<S> {
    /// The shop.
    pub caller: Caller<S>,
    /// Its order.
    pub order: Order,
}

impl<S: Needs> FromRequestParts<App> for Held<S> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = Caller::<S>::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| absent())?;
        let id =
            params.iter().find(|(name, _)| *name == "id").and_then(|(_, id)| id.parse().ok()).ok_or_else(absent)?;
        let order = app.store.order_of(&caller.visitor, id).await?.ok_or_else(absent)?;
        Ok(Self { caller, order })
    }
}

/// There is no such thing, or it is somebody else's.
pub fn absent() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "absent", "there is no such thing, or it is another's")
}
