//! The world of the measurement: offices with places, people who were never born, and a clock that stands still.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context as _;
use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::{Clock, Moment, Zone, midnight};
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, Rights, Slot, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Blobs, Keys, NewStaff, OsEntropy, Place, Settings, Store};
use jiff::ToSpan as _;
use jiff::civil::Date;

/// What everybody books.
pub const SERVICE: &str = "id-card";
/// What everybody comes for.
pub const BUSINESS: &str = "id-renewal";

/// Working days ahead that have places: 25 November 2026 is a Wednesday.
const DAYS: i32 = 2;
/// Slots of an office on a day: every five minutes from eight o'clock.
const A_DAY: i32 = 100;
const FROM_MIN: i32 = 8 * 60;
const LENGTH_MIN: i32 = 5;

/// A clock that stands still: no hold ends and no day begins while it is measured.
struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        Moment(1_795_572_000_000)
    }
}

/// A store with nobody in it yet.
pub struct World {
    /// The store.
    pub store: Store,
    staff: StaffId,
    people: AtomicU32,
}

/// Where and when a place can be had.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The office.
    pub office: OfficeId,
    /// The slot.
    pub slot: Slot,
}

impl World {
    /// Opens it in a folder, or with a PostgreSQL database.
    pub async fn open(folder: &Path, place: Place) -> anyhow::Result<Self> {
        let store = Store::open(Settings {
            place,
            blobs: Blobs::folder(&folder.join("blobs"))?,
            keys: Keys::in_folder(&folder.join("keys"))?,
            clock: Arc::new(Still),
            entropy: Box::new(OsEntropy),
            zone: Zone::CHINA,
            issuer: "HZ".parse()?,
        })
        .await?;
        anyhow::ensure!(store.offices().await?.is_empty(), "the database holds something; give an empty one");
        let (login, name) = ("bench".to_owned(), "bench".to_owned());
        let new = NewStaff { login, name, role: Role::Admin, office: None, password: "-".to_owned() };
        let staff = store.add_staff(new).await?.id;
        Ok(Self { store, staff, people: AtomicU32::new(0) })
    }

    /// Gives so many slots, with so many places each, at offices of their own.
    pub async fn ground(&self, slots: u32, places: u32) -> anyhow::Result<Vec<Spot>> {
        let mut spots = Vec::new();
        while spots.len() < slots as usize {
            let office = self.store.add_office("441300", "窗口", "惠州").await?.id;
            self.store.set_booking_policy(office, free_of_limits(), self.staff).await?;
            let left = slots as usize - spots.len();
            let plan: Vec<PlannedSlot> = plan(places)?.into_iter().take(left).collect();
            self.store.plan_slots(office, SERVICE, &plan).await?;
            spots.extend(plan.iter().map(|planned| Spot { office, slot: planned.slot }));
        }
        Ok(spots)
    }

    /// Somebody who never asked before.
    pub fn visitor(&self) -> anyhow::Result<Visitor> {
        visitor(self.people.fetch_add(1, Ordering::Relaxed))
    }

    /// What somebody new asks for.
    pub fn ask(&self, spot: Spot) -> anyhow::Result<Ask> {
        Ok(Ask {
            office: spot.office,
            service: SERVICE.to_owned(),
            business: BUSINESS.to_owned(),
            slot: spot.slot,
            units: 1,
            visitor: self.visitor()?,
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        })
    }
}

/// The rules with every limit taken away that is not about places; each person books once anyway.
fn free_of_limits() -> BookingPolicy {
    BookingPolicy { days_ahead: i64::from(DAYS), cool_down_min: 0, waiting_list: false, ..BookingPolicy::default() }
}

fn today() -> Date {
    Still.now().day(Zone::CHINA)
}

fn plan(places: u32) -> anyhow::Result<Vec<PlannedSlot>> {
    let mut plan = Vec::new();
    for ahead in 1..=DAYS {
        let day = today().checked_add(ahead.days())?;
        for n in 0..A_DAY {
            let minute = FROM_MIN + n * LENGTH_MIN;
            plan.push(PlannedSlot {
                slot: Slot { day, minute },
                starts_at: midnight(day, Zone::CHINA).after_s(i64::from(minute) * 60),
                length_min: LENGTH_MIN,
                places: i32::try_from(places)?,
                staff_places: 0,
            });
        }
    }
    Ok(plan)
}

/// A made-up person: a thousand are born each day from 1950 on. Place, day and order as in GB 11643, with the check digit that fits.
fn visitor(n: u32) -> anyhow::Result<Visitor> {
    let birth = jiff::civil::date(1950, 1, 1).checked_add(i64::from(n / 1000).days())?;
    let body = format!("441302{}{:03}", birth.strftime("%Y%m%d"), n % 1000);
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = "10X98765432".chars().nth((sum % 11) as usize).context("a check digit")?;
    let number = IdNumber::parse(&format!("{body}{check}"), today()).ok().context("a number")?;
    Ok(Visitor { name: PersonName::parse("张小明").ok().context("a name")?, number, birth })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_made_up_twice() {
        let numbers: std::collections::BTreeSet<String> =
            (0..3000).map(|n| visitor(n).unwrap().number.as_str().to_owned()).collect();
        assert_eq!(numbers.len(), 3000);
    }

    #[test]
    fn every_slot_of_the_plan_is_one_of_its_own() {
        let plan = plan(3).unwrap();
        let slots: std::collections::BTreeSet<Slot> = plan.iter().map(|planned| planned.slot).collect();
        assert_eq!(slots.len(), (DAYS * A_DAY) as usize);
    }
}
