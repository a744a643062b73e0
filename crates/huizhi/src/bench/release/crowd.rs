//! The crowd before the waiting rooms, and those of it whose turn it is.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::id::{AccountId, EntryId, OfficeId};
use huizhi_domain::visit::{Refused, Rights, Slot, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Entering, Room, Store};
use jiff::civil::date;
use tokio::task::JoinSet;

use super::{SERVICE, SLOTS, day, minutes};

/// How many enter at the same time.
const AT_ONCE: usize = 512;
/// When nothing moved, the loop looks again after this.
const PAUSE: Duration = Duration::from_millis(5);

/// A waiting room, with whose entry is whose.
pub struct Door {
    /// The room as it was when it opened.
    pub room: Room,
    /// Whose entry is whose.
    pub inside: BTreeMap<EntryId, u32>,
    /// The order of the draw.
    pub order: Vec<EntryId>,
    called: usize,
}

/// The account of a citizen; the measurement makes no rows for them.
pub fn account(number: u32) -> anyhow::Result<AccountId> {
    Ok(format!("{number:026}").parse()?)
}

fn visitor(number: u32) -> anyhow::Result<Visitor> {
    let name = PersonName::parse("Citizen").map_err(|fault| anyhow::anyhow!("a name: {fault:?}"))?;
    let number = IdNumber::of_other_document(&format!("C{number:09}"))
        .map_err(|fault| anyhow::anyhow!("a number: {fault:?}"))?;
    Ok(Visitor { name, number, birth: date(1990, 3, 7) })
}

/// Lets a crowd into an office's room.
pub async fn enter(store: &Store, office: OfficeId, first: u32, people: u32) -> anyhow::Result<Door> {
    let room = store.room(office, SERVICE, day()).await?.context("a waiting room")?;
    let mut inside = BTreeMap::new();
    let mut entering: JoinSet<anyhow::Result<(EntryId, u32)>> = JoinSet::new();
    for number in first..first + people {
        let (store, room) = (store.clone(), room.clone());
        entering.spawn(async move {
            let (account, key) = (account(number)?, store.person_key(&visitor(number)?.number));
            let entered = store.enter_room(&room, account, &key).await?;
            ensure!(entered == Entering::Inside, "{number} is not let in: {entered:?}");
            let entry = store.entry_of_account(room.id, account).await?.context("an entry")?;
            Ok((entry.id, number))
        });
        if entering.len() >= AT_ONCE
            && let Some(entered) = entering.join_next().await
        {
            inside.extend([entered??]);
        }
    }
    while let Some(entered) = entering.join_next().await {
        inside.extend([entered??]);
    }
    Ok(Door { room, inside, order: Vec::new(), called: 0 })
}

/// Everybody whose turn comes books, until nothing is left. Gives how long each booking took.
pub async fn sell(store: &Store, doors: &mut [Door], places: usize) -> anyhow::Result<Vec<Duration>> {
    let (mut times, mut booking) = (Vec::new(), JoinSet::new());
    while times.len() < places * doors.len() {
        store.tend_rooms().await?;
        let before = booking.len();
        for door in doors.iter_mut() {
            call(store, door, &mut booking).await?;
        }
        if booking.len() == before {
            tokio::time::sleep(PAUSE).await;
        }
        while let Some(booked) = booking.try_join_next() {
            times.push(booked??);
        }
    }
    Ok(times)
}

/// Begins a booking for everybody in the order whose turn it is.
async fn call(store: &Store, door: &mut Door, booking: &mut JoinSet<anyhow::Result<Duration>>) -> anyhow::Result<()> {
    if door.order.is_empty() {
        let room = store.room(door.room.office, SERVICE, day()).await?.context("a waiting room")?;
        door.order = store.draw_of(&room).await?.into_iter().flat_map(|round| round.entries).collect();
    }
    while let Some(number) = door.order.get(door.called).and_then(|entry| door.inside.get(entry)).copied() {
        let entry = store.entry_of_account(door.room.id, account(number)?).await?.context("an entry")?;
        if !entry.may_book(store.now()) {
            break;
        }
        door.called += 1;
        booking.spawn(book(store.clone(), door.room.office, number));
    }
    Ok(())
}

/// Books the time that somebody wants, or the nearest that is left.
async fn book(store: Store, office: OfficeId, number: u32) -> anyhow::Result<Duration> {
    let begun = Instant::now();
    let wanted = minutes().nth((number % SLOTS) as usize).context("a slot")?;
    let mut slot = Slot { day: day(), minute: wanted };
    loop {
        let ask = Ask {
            office,
            service: SERVICE.to_owned(),
            business: "id-renewal".to_owned(),
            slot,
            units: 1,
            visitor: visitor(number)?,
            account: Some(account(number)?),
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        };
        match store.book(ask).await? {
            Ok(_) => return Ok(begun.elapsed()),
            Err(Refused::Full { alternatives }) => {
                slot = alternatives.first().with_context(|| format!("{number} has the turn and finds no place"))?.slot;
            }
            Err(refused) => anyhow::bail!("{number} has the turn and gets no place: {refused}"),
        }
    }
}
