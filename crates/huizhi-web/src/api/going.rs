//! Addresses that will go: each answer says since when that is known (RFC 9745), and until when they stay (RFC 8594).

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use huizhi_domain::clock::{Zone, midnight};
use jiff::civil::Date;

/// A route that will go.
pub struct Going {
    /// Its path, as the router has it.
    pub route: &'static str,
    /// The day on which it was said; at least a year before the other.
    pub since: Date,
    /// The first day on which it may be gone.
    pub until: Date,
}

/// All of them. `docs/openapi.json` has their operations as `deprecated`.
pub const GOING: &[Going] = &[];

/// Says of an answer that its route will go.
pub async fn tell(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    let going = route.and_then(|route| GOING.iter().find(|going| going.route == route.as_str()));
    if let Some(going) = going {
        going.mark(&mut response);
    }
    response
}

impl Going {
    fn mark(&self, response: &mut Response) {
        let since = format!("@{}", midnight(self.since, Zone(0)).0 / 1000);
        let until = self.until.strftime("%a, %d %b %Y 00:00:00 GMT").to_string();
        for (name, text) in [("deprecation", since), ("sunset", until)] {
            if let Ok(value) = HeaderValue::try_from(text) {
                response.headers_mut().insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use axum::response::IntoResponse as _;
    use jiff::civil::date;

    use super::*;
    use crate::api::openapi::described::{description, leads};

    #[test]
    fn the_headers_are_written_as_their_rfcs_write_them() {
        let mut response = ().into_response();
        Going { route: "/", since: date(2023, 7, 1), until: date(2025, 6, 30) }.mark(&mut response);
        // A second after the example of RFC 9745; and the form of RFC 9110.
        assert_eq!(response.headers()["deprecation"], "@1688169600");
        assert_eq!(response.headers()["sunset"], "Mon, 30 Jun 2025 00:00:00 GMT");
    }

    #[test]
    fn what_goes_is_told_a_year_before_and_in_the_description() {
        for going in GOING {
            assert!(going.since.saturating_add(jiff::Span::new().years(1)) <= going.until, "{}", going.route);
        }
        let description = description();
        let deprecated: BTreeSet<&String> = description["paths"]
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, item)| item.as_object().unwrap().values().any(|it| it["deprecated"] == true))
            .map(|(path, _)| path)
            .collect();
        for path in &deprecated {
            assert!(GOING.iter().any(|going| leads(going.route, path)), "{path} is deprecated without dates");
        }
        assert!(GOING.iter().all(|going| deprecated.iter().any(|path| leads(going.route, path))));
    }
}
