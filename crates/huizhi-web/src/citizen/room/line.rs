//! Somebody's place in the line. The page may be closed and opened again: the place is the person's, not the browser's.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use huizhi_domain::account::{Account, Act};
use huizhi_domain::clock::Moment;
use huizhi_domain::visit::release::{Entered, EntryState};
use huizhi_store::Entering;
use serde::Serialize;

use super::{Chosen, Door, Named};
use crate::account::SignedIn;
use crate::app::App;
use crate::citizen::people::choice::{Choice, choices, chosen};
use crate::citizen::{quoted, see_other};
use crate::error::PageError;
use crate::form::{FormErrors, Posted};
use crate::page::{Look, View};
use crate::visit::gate;

/// The room as one of those who wait sees it.
#[derive(Serialize)]
pub struct RoomView {
    /// `early` before the room is there, `open` before entering, `inside` before the draw, `line` behind others, `turn`, `passed`, `used`;
    /// `over` where no turn is needed, `full` where no place is left.
    stage: &'static str,
    /// The address of the room.
    room: String,
    /// Where to choose a time.
    onward: String,
    /// Where to join the waiting list.
    list: String,
    office_name: String,
    day: String,
    room_from: i64,
    opens_at: i64,
    /// When the turn is over, or something moves next.
    until: i64,
    before: i64,
    /// How many wait, the reader among them.
    waiting: i64,
    /// The entry's id; empty where there is none.
    entry: String,
    commitment: String,
    people: Vec<Choice>,
    chosen: Chosen,
    errors: FormErrors,
}

impl View for RoomView {
    const TEMPLATE: &'static str = "citizen/room/line.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let at = 1_795_572_000_000;
        let view = |stage, people: Vec<Choice>, errors| Self {
            stage,
            room: "/visit/room/01ARZ3NDEKTSV4RRFFQ69G5FAV/id-card/2026-12-02".to_owned(),
            onward: "/visit/time".to_owned(),
            list: "/visit/list".to_owned(),
            office_name: "江北窗口".to_owned(),
            day: "2026-12-02".to_owned(),
            room_from: at,
            opens_at: at,
            until: at,
            before: if stage == "line" { 37 } else { 0 },
            waiting: 1_100,
            entry: if stage == "early" { String::new() } else { "01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned() },
            commitment: "e0ef48d7".to_owned(),
            people,
            chosen: Chosen { person: "01A".to_owned(), business: "id-renewal".to_owned() },
            errors,
        };
        let mut all = FormErrors::default();
        for key in ["room-person-missing", "room-other-person", "room-other-account"] {
            all.add("person", key);
        }
        let stages = ["early", "open", "inside", "line", "turn", "passed", "used", "over", "full"];
        let mut samples: Vec<Self> =
            stages.iter().map(|stage| view(stage, Choice::samples(), FormErrors::default())).collect();
        samples.extend([view("open", Vec::new(), FormErrors::default()), view("open", Choice::samples(), all)]);
        // The last in front of the door.
        samples.push(Self { before: 0, ..view("line", Vec::new(), FormErrors::default()) });
        samples
    }
}

fn stage(door: &Door, entered: Option<&Entered>, now: Moment) -> &'static str {
    let left = door.room.as_ref().map_or(0, |room| room.left);
    match (&door.room, entered) {
        _ if door.is_over(now) && left > 0 => "over",
        _ if door.is_over(now) => "full",
        (None, _) => "early",
        (_, Some(it)) if it.may_book(now) => "turn",
        (_, Some(Entered { state: EntryState::Waiting, before: Some(_), .. })) => "line",
        (_, Some(Entered { state: EntryState::Waiting, .. })) => "inside",
        (_, Some(Entered { state: EntryState::Used, .. })) => "used",
        (_, Some(Entered { state: EntryState::Passed | EntryState::In, .. })) => "passed",
        (Some(_), _) => "open",
    }
}

async fn view(
    app: &App,
    account: &Account,
    door: &Door,
    chosen: Chosen,
    errors: FormErrors,
) -> Result<RoomView, PageError> {
    let now = app.store.now();
    let entered = match &door.room {
        Some(room) => app.store.entry_of_account(room.id, account.id).await?,
        None => None,
    };
    let stage = stage(door, entered.as_ref(), now);
    let people = match stage {
        "open" | "passed" | "used" => choices(app, Some(account)).await?,
        _ => Vec::new(),
    };
    let office = door.office.id.to_string();
    let day = door.day.to_string();
    let until = match entered.and_then(|it| it.until) {
        Some(until) if stage == "turn" => until,
        _ => gate::next(door.times, now),
    };
    Ok(RoomView {
        stage,
        room: door.path(),
        onward: chosen.address("/visit/time", &[("office", &office), ("day", &day)]),
        list: chosen.address("/visit/list", &[("office", &office), ("day", &day)]),
        office_name: door.office.name.clone(),
        day,
        room_from: door.times.room_from.0,
        opens_at: door.times.opens_at.0,
        until: until.0,
        before: entered.and_then(|it| it.before).unwrap_or_default(),
        waiting: door.room.as_ref().map_or(0, |room| room.waiting),
        entry: entered.map(|it| it.id.to_string()).unwrap_or_default(),
        commitment: door.room.as_ref().map(|room| room.commitment.to_string()).unwrap_or_default(),
        people,
        chosen,
        errors,
    })
}

/// `/visit/room/{office}/{service}/{day}`
pub async fn line(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(named): Path<Named>,
    Query(chosen): Query<Chosen>,
) -> Result<Response, PageError> {
    let door = Door::of(&app, named).await?;
    let view = view(&app, &account, &door, chosen, FormErrors::default()).await?;
    Ok(app.show(&look, &view)?.into_response())
}

/// POST `/visit/room/{office}/{service}/{day}`: enters, once, however often it is sent.
pub async fn enter(
    State(app): State<App>,
    look: Look,
    SignedIn { account, .. }: SignedIn,
    Path(named): Path<Named>,
    Posted(typed): Posted<Chosen>,
) -> Result<Response, PageError> {
    let door = Door::of(&app, named).await?;
    let back = typed.address(&door.path(), &[]);
    if !account.may(Act::Book) {
        return Ok(see_other(&format!("/visit/level?to={}", quoted(&door.path()))));
    }
    let Some(room) = &door.room else { return Ok(see_other(&back)) };
    let errors = match chosen(&app, Some(&account), &typed.person).await? {
        None => FormErrors::one("person", "room-person-missing"),
        Some(person) => {
            let key = app.store.person_key(&person.details.number);
            match app.store.enter_room(room, account.id, &key).await? {
                Entering::Inside => {
                    gate::forget(&app, door.office.id, &door.service, door.day);
                    return Ok(see_other(&back));
                }
                Entering::TooEarly | Entering::Over => return Ok(see_other(&back)),
                Entering::OtherPerson => FormErrors::one("person", "room-other-person"),
                Entering::OtherAccount => FormErrors::one("person", "room-other-account"),
            }
        }
    };
    let view = view(&app, &account, &door, typed, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, app.show(&look, &view)?).into_response())
}

/// POST `/visit/room/{office}/{service}/{day}/leave`
pub async fn leave(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
    Path(named): Path<Named>,
    Posted(typed): Posted<Chosen>,
) -> Result<Response, PageError> {
    let door = Door::of(&app, named).await?;
    if let Some(room) = &door.room {
        app.store.leave_room(room.id, account.id).await?;
    }
    Ok(see_other(&typed.address(&door.path(), &[])))
}

#[cfg(test)]
mod tests {
    #[test]
    fn pages_render() {
        crate::page::tests::renders::<super::RoomView>();
    }
}
