//! The draw, for everybody to check: what was promised before, what was shown after, and the order that follows (docs/waiting-room.md).

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::id::EntryId;
use huizhi_domain::visit::draw::{Drawn, ROUND_MS, drawn_at};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Door, Named};
use crate::app::App;
use crate::error::PageError;
use crate::page::{Look, View};

/// The draw.
#[derive(Serialize)]
pub struct DrawView {
    /// The address of the room.
    room: String,
    office_name: String,
    day: String,
    opens_at: i64,
    /// Empty where there is no room yet.
    commitment: String,
    entries: i64,
    /// Rounds in which somebody came.
    rounds: Vec<RoundLine>,
    /// The entry that was looked for.
    asked: String,
    /// Its place, counted from 1; 0 where it is in no round that is drawn.
    place: usize,
}

/// A round that is drawn.
#[derive(Serialize)]
struct RoundLine {
    number: usize,
    at: i64,
    entries: usize,
    seed: String,
}

impl View for DrawView {
    const TEMPLATE: &'static str = "citizen/room/drawn.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let at = 1_795_572_000_000;
        let line = |number| RoundLine { number, at, entries: 1_090, seed: "b8a03a2e".to_owned() };
        let view = |rounds: Vec<RoundLine>, asked: &str, place| Self {
            room: "/visit/room/01ARZ3NDEKTSV4RRFFQ69G5FAV/id-card/2026-12-02".to_owned(),
            office_name: "江北窗口".to_owned(),
            day: "2026-12-02".to_owned(),
            opens_at: at,
            commitment: if place == 9 { String::new() } else { "e0ef48d7".to_owned() },
            entries: 1_100,
            rounds,
            asked: asked.to_owned(),
            place,
        };
        let entry = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        vec![
            view(Vec::new(), "", 9),
            view(Vec::new(), "", 0),
            view(vec![line(0), line(3)], entry, 7),
            view(vec![line(0)], entry, 0),
        ]
    }
}

/// Which entry is looked for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    entry: String,
}

/// `/visit/room/{office}/{service}/{day}/draw`
pub async fn drawn(
    State(app): State<App>,
    look: Look,
    Path(named): Path<Named>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let door = Door::of(&app, named).await?;
    let drawn = drawn_of(&app, &door).await?;
    let entry: Option<EntryId> = asked.entry.trim().parse().ok();
    let place = drawn.iter().flat_map(|round| &round.entries).position(|it| Some(*it) == entry);
    let rounds = drawn.iter().enumerate().filter(|(number, round)| *number == 0 || !round.entries.is_empty());
    let view = DrawView {
        room: door.path(),
        office_name: door.office.name.clone(),
        day: door.day.to_string(),
        opens_at: door.times.opens_at.0,
        commitment: door.room.as_ref().map(|room| room.commitment.to_string()).unwrap_or_default(),
        entries: door.room.as_ref().map_or(0, |room| room.entries),
        rounds: rounds
            .map(|(number, round)| RoundLine {
                number,
                at: drawn_at(door.times.opens_at, number as i64).0,
                entries: round.entries.len(),
                seed: round.seed.to_string(),
            })
            .collect(),
        asked: entry.map(|it| it.to_string()).unwrap_or_default(),
        place: place.map_or(0, |at| at + 1),
    };
    Ok(app.show(&look, &view)?.into_response())
}

/// `/visit/room/{office}/{service}/{day}/draw.json`: all of it, in the order of the draw.
pub async fn json(State(app): State<App>, Path(named): Path<Named>) -> Result<Json<Value>, PageError> {
    let door = Door::of(&app, named).await?;
    let rounds: Vec<Value> = drawn_of(&app, &door)
        .await?
        .iter()
        .map(|round| json!({ "seed": round.seed.to_string(), "entries": round.entries }))
        .collect();
    let zone = app.store.zone();
    Ok(Json(json!({
        "office": door.office.id,
        "service": door.service,
        "day": door.day.to_string(),
        "room_from": door.times.room_from.rfc3339(zone),
        "opens_at": door.times.opens_at.rfc3339(zone),
        "round_ms": ROUND_MS,
        "commitment": door.room.as_ref().map(|room| room.commitment.to_string()),
        "rounds": rounds,
    })))
}

async fn drawn_of(app: &App, door: &Door) -> Result<Vec<Drawn>, PageError> {
    match &door.room {
        Some(room) => Ok(app.store.draw_of(room).await?),
        None => Ok(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::DrawView>();
    }
}
