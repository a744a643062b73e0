//! `huizhi bench release`: nine o'clock. A crowd is in the waiting rooms of some offices, the draw is made, and everybody whose turn comes
//! books. How long until all is gone, that nothing is given twice, that nobody was overtaken, and that the draws are the promised ones.

mod crowd;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use clap::Args;
use huizhi_domain::calendar::Calendar;
use huizhi_domain::clock::{Clock, Moment, midnight};
use huizhi_domain::id::{AccountId, OfficeId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::draw::check;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, Slot, State};
use huizhi_store::{Keys, NewStaff, Store};
use jiff::civil::{Date, date};
use serde::Serialize;

use self::crowd::{Door, account, enter, sell};
use crate::Exit;

/// 2026-11-25 09:00 in China.
const OPENS: Moment = Moment(1_795_568_400_000);
const SERVICE: &str = "id-card";
/// Slots of a day: a quarter of an hour each, from nine on.
const SLOTS: u32 = 20;

/// Options of `bench release`.
#[derive(Args)]
pub struct Options {
    /// Offices that give a day out
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    offices: u32,
    /// Places of an office, in steps of 20
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(20..=10_000))]
    places: u32,
    /// Citizens before each office
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// Print JSON for programs.
    #[arg(long)]
    json: bool,
}

/// The result.
#[derive(Serialize)]
struct Table {
    offices: u32,
    places: u32,
    people: u32,
    entered_per_s: f64,
    /// From the opening until the last place was booked.
    sold_out_s: f64,
    booked: usize,
    booking_p50_ms: f64,
    booking_p99_ms: f64,
    /// Appointments beyond the places.
    too_many: usize,
    /// Appointments beyond one a person.
    doubles: usize,
    /// Places that went to somebody behind another who got none.
    overtaken: usize,
    /// Entries of the log, which is whole.
    log_entries: u64,
}

/// A clock that stands twenty minutes before the opening, and runs from then on.
#[derive(Default)]
struct Morning(OnceLock<Instant>);

impl Clock for Morning {
    fn now(&self) -> Moment {
        match self.0.get() {
            None => OPENS.after_ms(-20 * 60_000),
            Some(opened) => OPENS.after_ms(i64::try_from(opened.elapsed().as_millis()).unwrap_or(i64::MAX)),
        }
    }
}

/// The day that is given out: the fifth working day ahead.
fn day() -> Date {
    date(2026, 12, 2)
}

/// Measures.
pub fn run(options: &Options) -> anyhow::Result<Exit> {
    let folder = tempfile::tempdir().context("making a folder for the measurement")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")?;
    let table = runtime.block_on(measure(folder.path(), options))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&table)?);
    } else {
        print(&table);
    }
    let well = table.too_many == 0 && table.doubles == 0 && table.overtaken == 0;
    Ok(if well { Exit::Fits } else { Exit::DoesNotFit })
}

async fn measure(folder: &Path, options: &Options) -> anyhow::Result<Table> {
    let clock = Arc::new(Morning::default());
    let keys = Keys::in_folder(&folder.join("keys"))?;
    let store = Store::embedded(&folder.join("data"), keys, Arc::<Morning>::clone(&clock), "HZ".parse()?).await?;
    let offices = prepare(&store, options).await?;
    let begun = Instant::now();
    let mut doors = Vec::new();
    for (number, office) in (0_u32..).zip(offices) {
        doors.push(enter(&store, office, number * options.people, options.people).await?);
    }
    let entering_s = begun.elapsed().as_secs_f64();
    let places = options.places / SLOTS * SLOTS;
    let opened = Instant::now();
    // Nobody else sets it.
    let _ = clock.0.set(opened);
    let mut times = sell(&store, &mut doors, places.min(options.people) as usize).await?;
    let sold_out_s = opened.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied();
    let ms = |time: Option<Duration>| time.map_or(0.0, |time| (time.as_secs_f64() * 1e5).round() / 100.0);
    let mut table = Table {
        offices: options.offices,
        places,
        people: options.people,
        entered_per_s: f64::from(options.offices * options.people) / entering_s,
        sold_out_s,
        booked: times.len(),
        booking_p50_ms: ms(at(50)),
        booking_p99_ms: ms(at(99)),
        too_many: 0,
        doubles: 0,
        overtaken: 0,
        log_entries: store.check_log(&[]).await?.context("the log is not whole")?.entries,
    };
    audit(&store, &doors, &mut table).await?;
    Ok(table)
}

/// Offices with their rules, slots, and open waiting rooms.
async fn prepare(store: &Store, options: &Options) -> anyhow::Result<Vec<OfficeId>> {
    let name = "admin".to_owned();
    let new = NewStaff { login: name.clone(), name, role: Role::Admin, office: None, password: String::new() };
    let admin = store.add_staff(new).await?.id;
    let places = i32::try_from(options.places / SLOTS)?;
    let slots: Vec<PlannedSlot> = minutes()
        .map(|minute| PlannedSlot {
            slot: Slot { day: day(), minute },
            starts_at: midnight(day(), store.zone()).after_s(i64::from(minute) * 60),
            length_min: 15,
            places,
            staff_places: 0,
        })
        .collect();
    let mut offices = Vec::new();
    for number in 0..options.offices {
        let office = store.add_office("441300", &format!("{number}"), "").await?.id;
        let policy = BookingPolicy { release_at: Some(540), ..BookingPolicy::default() };
        store.set_booking_policy(office, policy, admin).await?;
        store.plan_slots(office, SERVICE, &slots).await?;
        offices.push(office);
    }
    let opened = store.open_rooms(&Calendar::built_in()?).await?;
    ensure!(opened == offices.len(), "{opened} waiting rooms of {}", offices.len());
    Ok(offices)
}

fn minutes() -> impl Iterator<Item = i32> {
    (0..SLOTS as i32).map(|slot| 540 + 15 * slot)
}

/// Holds appointments against places, people and the draw.
async fn audit(store: &Store, doors: &[Door], table: &mut Table) -> anyhow::Result<()> {
    let places = table.places as usize;
    for door in doors {
        let office = door.room.office;
        let room = store.room(office, SERVICE, day()).await?.context("a waiting room")?;
        check(&door.room.commitment, &store.draw_of(&room).await?)?;
        let booked = store.appointments_on(office, day()).await?;
        let booked: Vec<_> = booked.iter().filter(|it| it.state == State::Booked).collect();
        let people: BTreeSet<AccountId> = booked.iter().filter_map(|it| it.account).collect();
        let first = door.order.iter().take(places).filter_map(|entry| door.inside.get(entry));
        let first: BTreeSet<AccountId> = first.map(|number| account(*number)).collect::<anyhow::Result<_>>()?;
        table.too_many += booked.len().saturating_sub(places);
        table.doubles += booked.len() - people.len();
        table.overtaken += people.difference(&first).count();
    }
    Ok(())
}

fn print(table: &Table) {
    let Table { offices, places, people, booked, .. } = table;
    println!("{offices} offices, {places} places and {people} citizens each");
    println!("entering the waiting rooms: {:.0}/s", table.entered_per_s);
    println!(
        "sold out {:.2} s after the opening: {booked} places, {:.0}/s; a booking takes {:.2} ms, p99 {:.2} ms",
        table.sold_out_s,
        *booked as f64 / table.sold_out_s,
        table.booking_p50_ms,
        table.booking_p99_ms
    );
    println!(
        "{} too many, {} doubles, {} overtaken; every draw is the promised one, the log is whole ({} entries)",
        table.too_many, table.doubles, table.overtaken, table.log_entries
    );
}
