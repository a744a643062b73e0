//! Appointments on both databases, named after the invariants that the suites of the peers test (storage.md).

mod given;
mod hold;
mod hours;
mod limit;
mod trail;

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::clock::{Zone, midnight};
use huizhi_domain::id::{AccountId, OfficeId, StaffId};
use huizhi_domain::staff::Role;
use huizhi_domain::visit::schedule::PlannedSlot;
use huizhi_domain::visit::{BookingPolicy, Free, Refused, Rights, Slot, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::{Ask, Given};
use jiff::civil::{Date, date};

use crate::Bench;

const SERVICE: &str = "id-card";

/// Tomorrow, a Thursday.
const DAY: Date = date(2026, 11, 26);

/// An office with three slots tomorrow, half an hour each.
struct Hall {
    office: OfficeId,
    staff: StaffId,
}

/// A minute of tomorrow.
fn at(minute: i32) -> Slot {
    Slot { day: DAY, minute }
}

const NINE: i32 = 540;
const TEN: i32 = 600;

fn planned(slot: Slot, places: i32, staff_places: i32) -> PlannedSlot {
    let starts_at = midnight(slot.day, Zone::CHINA).after_s(i64::from(slot.minute) * 60);
    PlannedSlot { slot, starts_at, length_min: 30, places, staff_places }
}

/// Rules that limit nothing but the places.
fn free_policy() -> BookingPolicy {
    BookingPolicy { most_open: 0, misses: 0, ..BookingPolicy::default() }
}

/// Somebody who was never born; the check digit fits (GB 11643).
fn visitor(n: u32) -> Visitor {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let body = format!("44130219900307{n:03}");
    let sum: u32 =
        body.bytes().map(|byte| u32::from(byte - b'0')).zip(WEIGHTS).map(|(digit, weight)| digit * weight).sum();
    let check = char::from(b"10X98765432"[(sum % 11) as usize]);
    Visitor {
        name: PersonName::parse("测试员甲").unwrap(),
        number: IdNumber::parse(&format!("{body}{check}"), DAY).unwrap(),
        birth: date(1990, 3, 7),
    }
}

impl Hall {
    async fn open(bench: &Bench, policy: BookingPolicy, places: i32) -> Self {
        let staff = bench.staff("admin", Role::Admin).await.id;
        let office = bench.store.add_office("441300", "惠城分局户政窗口", "惠州市惠城区").await.unwrap().id;
        let hall = Self { office, staff };
        hall.rules(bench, policy).await;
        let slots = [NINE, NINE + 30, TEN].map(|minute| planned(at(minute), places, 0));
        assert_eq!(bench.store.plan_slots(office, SERVICE, &slots).await.unwrap().made, 3);
        hall
    }

    async fn rules(&self, bench: &Bench, policy: BookingPolicy) {
        bench.store.set_booking_policy(self.office, policy, self.staff).await.unwrap();
    }

    fn ask(&self, n: u32, slot: Slot) -> Ask {
        Ask {
            office: self.office,
            service: SERVICE.to_owned(),
            business: "id-renewal".to_owned(),
            slot,
            units: 1,
            visitor: visitor(n),
            account: None,
            person: None,
            rights: Rights::Public,
            lang: Lang::Zh,
            once: None,
            session: None,
        }
    }

    async fn book(&self, bench: &Bench, n: u32, slot: Slot) -> Result<Given, Refused> {
        bench.store.book(self.ask(n, slot)).await.unwrap()
    }

    async fn free(&self, bench: &Bench) -> Vec<Free> {
        bench.store.free(self.office, SERVICE, DAY, DAY).await.unwrap()
    }

    /// Places left at nine, half past and ten.
    async fn left(&self, bench: &Bench) -> Vec<i32> {
        self.free(bench).await.iter().map(Free::left).collect()
    }
}

async fn account(bench: &Bench, phone: &str) -> AccountId {
    crate::person::account(bench, phone).await
}
