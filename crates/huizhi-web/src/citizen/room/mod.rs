//! The waiting room (候号厅) of a day that is given out this morning: entering it, one's place in the line, and the draw, which everybody
//! may check.

mod drawn;
mod line;

#[cfg(test)]
pub mod tests;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use huizhi_domain::clock::Moment;
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Office;
use huizhi_domain::visit::release::Times;
use huizhi_store::Room;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::citizen::quoted;
use crate::error::PageError;
use crate::visit::{crowd, gate};

/// The longest name of a service: addresses with longer ones are made up.
const NAME_BYTES: usize = 40;

/// The addresses of these pages.
pub fn routes(app: &App) -> Router<App> {
    Router::new()
        .route("/visit/room/{office}/{service}/{day}", get(line::line).post(line::enter))
        .route("/visit/room/{office}/{service}/{day}/leave", post(line::leave))
        .route("/visit/room/{office}/{service}/{day}/draw", get(drawn::drawn))
        .route("/visit/room/{office}/{service}/{day}/draw.json", get(drawn::json))
        .route_layer(from_fn_with_state(app.clone(), crowd::guard))
}

/// What an address names: office, service and day.
pub type Named = (String, String, String);

/// The room that an address names, or the time at which it will be there.
struct Door {
    office: Office,
    service: String,
    day: Date,
    times: Times,
    room: Option<Room>,
}

impl Door {
    async fn of(app: &App, (office, service, day): Named) -> Result<Self, PageError> {
        let office: OfficeId = office.parse().map_err(|_| PageError::Absent)?;
        let day: Date = day.parse().map_err(|_| PageError::Absent)?;
        let plain = service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if service.len() > NAME_BYTES || !plain {
            return Err(PageError::Absent);
        }
        let office = app.store.office(office).await?.ok_or(PageError::Absent)?;
        let room = gate::room(app, office.id, &service, day).await?;
        let times = match &room {
            Some(room) => room.times,
            None => gate::times(app, office.id, day).await?.ok_or(PageError::Absent)?,
        };
        Ok(Self { office, service, day, times, room })
    }

    fn path(&self) -> String {
        gate::path(self.office.id, &self.service, self.day)
    }

    /// Whether no turn is needed any more.
    fn is_over(&self, now: Moment) -> bool {
        now >= self.times.ends_at || self.room.as_ref().is_some_and(|room| room.is_over(now))
    }
}

/// What was chosen on the way to the room, so that it need not be chosen again.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    person: String,
    business: String,
}

impl Chosen {
    /// An address with what was chosen, and more.
    fn address(&self, page: &str, more: &[(&str, &str)]) -> String {
        let chosen = [("person", self.person.as_str()), ("business", self.business.as_str())];
        let pairs = chosen.iter().chain(more).filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", quoted(value))).collect();
        if pairs.is_empty() { page.to_owned() } else { format!("{page}?{}", pairs.join("&")) }
    }
}
