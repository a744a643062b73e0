//! How often somebody may knock at the waiting room and the waiting list. Speed wins nothing there, so that a limit takes nothing from
//! anybody who reads; it keeps the machine for the others.
//!
//! A person is counted and not their line: behind one address there may be a whole town. Who is not signed in is counted by network. Nobody
//! has to solve a puzzle.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::clock::Moment;

use crate::account;
use crate::api::limit::Limits;
use crate::app::App;
use crate::desk::memory::network;
use crate::error::PageError;

/// Pages a minute: the page asks every ten seconds by itself, and several may be open.
const LOOKS: u32 = 60;
/// Changes a minute.
const CHANGES: u32 = 12;
/// Requests a minute of those of a network who are not signed in: they can only look at draws, and there may be many behind one address.
const STRANGERS: u32 = 600;

/// Requests in the running minute.
#[derive(Debug, Default)]
pub struct Crowd {
    looks: Limits,
    changes: Limits,
    strangers: Limits,
}

impl Crowd {
    /// Whether somebody of an account may ask once more; without one, somebody at a client's address. What is no address shares one count.
    pub fn admits(&self, account: Option<&str>, client: &str, changes: bool, now: Moment) -> bool {
        let left = match account {
            Some(account) if changes => self.changes.take(account, CHANGES, now),
            Some(account) => self.looks.take(account, LOOKS, now),
            None => self.strangers.take(&format!("{:?}", network(client)), STRANGERS, now),
        };
        left.granted
    }
}

/// Lets a request through unless its sender asks too often.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let client = account::who(&app, &parts.headers, &parts.extensions);
    let account = match account::session(&app, &parts.headers).await {
        Ok(session) => session.map(|(account, _)| account.id.to_string()),
        Err(error) => return error.into_response(),
    };
    let changes = !matches!(parts.method, Method::GET | Method::HEAD);
    let networks = &app.settings.networks;
    let uncounted = account.is_none() && networks.trust(&client);
    let admitted = uncounted || app.shared.rooms.crowd.admits(account.as_deref(), &client, changes, app.store.now());
    if !admitted || networks.bar(&client) {
        return PageError::TooMany.into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE_MS: i64 = 60_000;

    fn granted(crowd: &Crowd, account: Option<&str>, client: &str, now: Moment) -> usize {
        (0..1_000).filter(|_| crowd.admits(account, client, false, now)).count()
    }

    #[test]
    fn invariant_19_over_the_limit_nobody_is_let_in_until_the_minute_is_over() {
        let crowd = Crowd::default();
        assert_eq!(granted(&crowd, Some("one"), "192.0.2.1", Moment(0)), LOOKS as usize);
        assert_eq!(granted(&crowd, Some("one"), "192.0.2.1", Moment(MINUTE_MS - 1)), 0);
        assert_eq!(granted(&crowd, Some("one"), "192.0.2.1", Moment(MINUTE_MS)), LOOKS as usize);
        let changes = (0..500).filter(|_| crowd.admits(Some("one"), "192.0.2.1", true, Moment(MINUTE_MS))).count();
        assert_eq!(changes, CHANGES as usize, "changes have a count of their own");
    }

    #[test]
    fn invariant_19_a_person_is_counted_and_not_the_town_behind_their_address() {
        let crowd = Crowd::default();
        for citizen in 0..50 {
            assert_eq!(granted(&crowd, Some(&format!("citizen {citizen}")), "192.0.2.1", Moment(0)), LOOKS as usize);
        }
        assert_eq!(granted(&crowd, Some("citizen 7"), "198.51.100.7", Moment(0)), 0, "another line is the same person");
    }

    #[test]
    fn invariant_19_strangers_are_counted_by_their_network_of_ipv4_or_ipv6() {
        let crowd = Crowd::default();
        assert_eq!(granted(&crowd, None, "192.0.2.1", Moment(0)), STRANGERS as usize);
        assert_eq!(granted(&crowd, None, "::ffff:192.0.2.1", Moment(0)), 0, "the same, written otherwise");
        assert_eq!(granted(&crowd, None, "192.0.2.2", Moment(0)), STRANGERS as usize);
        assert_eq!(granted(&crowd, None, "2001:db8:1:2200::1", Moment(0)), STRANGERS as usize);
        assert_eq!(granted(&crowd, None, "2001:db8:1:2200:aaaa::9", Moment(0)), 0, "of the same /64");
        assert_eq!(granted(&crowd, None, "2001:db8:1:2300::1", Moment(0)), STRANGERS as usize);
        assert_eq!(granted(&crowd, None, "no address", Moment(0)), STRANGERS as usize);
        assert_eq!(granted(&crowd, None, "none either", Moment(0)), 0, "what is no address shares one count");
    }

    #[test]
    fn invariant_19_a_count_that_makes_no_sense_is_begun_again() {
        let crowd = Crowd::default();
        // A minute that begins in the future, as after a clock was set back.
        assert_eq!(granted(&crowd, Some("one"), "", Moment(90 * MINUTE_MS)), LOOKS as usize);
        assert_eq!(granted(&crowd, Some("one"), "", Moment(0)), LOOKS as usize);
        assert_eq!(granted(&crowd, Some("one"), "", Moment(1)), 0);
    }
}
