//! Slots and appointments. A batch of wishes is read, decided on by the domain's ledger and written, each with a handful of statements.
//!
//! Slots are locked first, in the order of their keys. Bookings are not: who writes compares their version, and a batch that finds
//! another has failed. So two processes never wait for each other in a circle, and whoever was second decides anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use huizhi_domain::id::{AppointmentId, OfficeId};
use huizhi_domain::visit::Refused;
use huizhi_domain::visit::ledger::{Booking, New, Planned};
use huizhi_domain::visit::schedule::PlannedSlot;

use super::{Connection, Row, get, maybe_moment, maybe_word, moment, word};
use crate::appointment::{Sealed, Terms, Wish};
use crate::{Result, StoreError};

mod asked;
mod erase;
mod find;
mod load;
mod rows;
mod show;
mod write;

pub use erase::{erase, forget_person, hand_over};
pub use find::{by_number, by_who, find, of_account, on, policies, sealed, set_policy};
pub use show::{free, nearby, next_free, planned};

/// Bookings that are swept at a time.
const SWEEP: i64 = 500;

/// Decides on wishes, in their order. Those that are refused change nothing, and cost the log nothing.
pub async fn decide(
    db: &mut Connection,
    terms: Arc<Terms>,
    wishes: Arc<Vec<Wish>>,
) -> Result<Vec<std::result::Result<Booking, Refused>>> {
    if let Some(before) = super::super::BEFORE_BATCH {
        sqlx::query(before).execute(&mut *db).await?;
    }
    let mut ledger = load::load(&mut *db, &terms, &wishes).await?;
    ledger.settle();
    let mut answers = Vec::with_capacity(wishes.len());
    let mut sealed: BTreeMap<AppointmentId, &Sealed> = BTreeMap::new();
    for wish in wishes.iter() {
        let answer = match wish {
            Wish::Book(new, details) => {
                sealed.insert(new.id, details);
                ledger.book(New::clone(new))
            }
            Wish::Confirm(id, hand) => ledger.confirm(*id, hand),
            Wish::Cancel(id, hand) => ledger.cancel(*id, hand),
            Wish::Move(id, to, hand) => ledger.shift(*id, *to, hand),
            Wish::Visit(id, state, actor) => ledger.visited(*id, *state, *actor),
            Wish::Show(id, hand) => ledger.theirs(*id, hand).map(|it| it.appointment.id),
        };
        answers.push(answer.and_then(|id| ledger.booking(id).cloned().ok_or(Refused::Unknown)));
    }
    write::write(db, &terms, &ledger, &sealed).await?;
    Ok(answers)
}

/// Ends holds and cool-downs that are over. Gives how many.
pub async fn sweep(db: &mut Connection, terms: Arc<Terms>) -> Result<usize> {
    let over = find::over(&mut *db, terms.now, SWEEP).await?;
    if over.is_empty() {
        return Ok(0);
    }
    let mut ledger = load::around(&mut *db, &terms, over).await?;
    ledger.settle();
    let ended = ledger.changed().filter(|it| !it.has_places()).count();
    write::write(db, &terms, &ledger, &BTreeMap::new()).await?;
    Ok(ended)
}

/// Notes who has not come. Gives how many.
pub async fn miss(db: &mut Connection, terms: Arc<Terms>) -> Result<usize> {
    let begun = find::begun(&mut *db, terms.now, SWEEP).await?;
    if begun.is_empty() {
        return Ok(0);
    }
    let mut ledger = load::around(&mut *db, &terms, begun).await?;
    let missed = ledger.miss_all();
    write::write(db, &terms, &ledger, &BTreeMap::new()).await?;
    Ok(missed)
}

/// Plans slots; dry, it only says what it would do.
pub async fn plan(
    db: &mut Connection,
    terms: Arc<Terms>,
    office: OfficeId,
    service: String,
    slots: Arc<Vec<PlannedSlot>>,
    dry: bool,
) -> Result<Planned> {
    let mut ledger = load::days(&mut *db, &terms, office, &service, &slots).await?;
    ledger.settle();
    let planned = ledger.plan(office, &service, &slots);
    if !dry {
        write::write(db, &terms, &ledger, &BTreeMap::new()).await?;
    }
    Ok(planned)
}

/// What can't be, if not somebody else was first.
fn was_first(written: u64, wanted: usize, what: &'static str) -> Result<()> {
    if written == wanted as u64 { Ok(()) } else { Err(StoreError::Conflict(what)) }
}

/// The columns of a booking; sealed details stay where they are.
macro_rules! columns {
    () => {
        "appointment.id, appointment.number, appointment.code, appointment.office, appointment.service, appointment.business, appointment.day, \
         appointment.minute, appointment.starts_at, appointment.units, appointment.minutes, appointment.state, appointment.hold_until, \
         appointment.account, appointment.person, appointment.person_key, appointment.desk, appointment.made_at, appointment.changed_at, \
         appointment.arrived_at, appointment.ended_at, appointment.lang, appointment.frees_at, appointment.tries, appointment.tries_day, \
         appointment.version"
    };
}
use columns;

fn read(row: &Row) -> Result<Booking> {
    use huizhi_domain::visit::{Appointment, Slot};
    use huizhi_domain::words::Lang;
    let (lang, minutes): (String, String) = (get(row, "lang")?, get(row, "minutes")?);
    let (desk, tries): (i32, i32) = (get(row, "desk")?, get(row, "tries")?);
    let minutes: std::result::Result<Vec<i32>, _> = minutes.split(',').map(str::parse).collect();
    let appointment = Appointment {
        id: word(row, "id")?,
        number: word(row, "number")?,
        office: word(row, "office")?,
        service: get(row, "service")?,
        business: get(row, "business")?,
        slot: Slot { day: word(row, "day")?, minute: get(row, "minute")? },
        starts_at: moment(row, "starts_at")?,
        units: get(row, "units")?,
        state: word(row, "state")?,
        hold_until: maybe_moment(row, "hold_until")?,
        account: maybe_word(row, "account")?,
        person: maybe_word(row, "person")?,
        made_at: moment(row, "made_at")?,
        changed_at: moment(row, "changed_at")?,
        lang: Lang::of_tag(&lang).unwrap_or_default(),
    };
    Ok(Booking {
        minutes: minutes
            .map_err(|_| StoreError::Row { what: "the minutes of slots", value: appointment.id.to_string() })?,
        appointment,
        person_key: get(row, "person_key")?,
        desk: desk != 0,
        frees_at: maybe_moment(row, "frees_at")?,
        code: get(row, "code")?,
        tries,
        tries_day: maybe_word(row, "tries_day")?,
        arrived_at: maybe_moment(row, "arrived_at")?,
        ended_at: maybe_moment(row, "ended_at")?,
        version: get(row, "version")?,
    })
}
