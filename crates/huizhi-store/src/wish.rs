//! The waiting list: a place that is given back is held for who has waited longest, and they are told.

use huizhi_domain::audit::Actor;
use huizhi_domain::id::{AccountId, MessageId, OfficeId, PersonId, WishId};
use huizhi_domain::office::Span;
use huizhi_domain::visit::wish::{Wish, WishState, is_waking};
use huizhi_domain::visit::{By, Refused, Rights, Slot, Visitor};
use huizhi_domain::words::Lang;
use jiff::civil::Date;

use crate::appointment::{Answer, Ask, Given};
use crate::db::{change, read};
use crate::{Result, Store, StoreError};

/// How long a worker has a wish in hand: a hold takes milliseconds, and who died is not waited for long.
const CLAIMED_MS: i64 = 60_000;

/// A new wish.
#[derive(Clone, Debug)]
pub struct NewWish {
    /// Whose.
    pub account: AccountId,
    /// For whom of the account.
    pub person: PersonId,
    /// The keyed hash of their number.
    pub person_key: Vec<u8>,
    /// Where.
    pub office: OfficeId,
    /// The service whose places it waits for.
    pub service: String,
    /// What for.
    pub business: String,
    /// The first day that would do.
    pub from: Date,
    /// The last.
    pub to: Date,
    /// The times of a day that would do.
    pub times: Span,
    /// The language of its owner.
    pub lang: Lang,
}

/// What came of a wish that is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wished {
    /// It waits.
    Added(WishId),
    /// The person waits for the service already, in this account or another.
    Already,
}

/// An office's service, for which there is a line.
#[derive(Clone, Debug)]
pub struct Line {
    pub office: OfficeId,
    pub service: String,
}

/// A slot with places that can be offered.
#[derive(Clone, Copy, Debug)]
pub struct Offerable {
    pub slot: Slot,
    pub places: i32,
}

/// What came of a try to offer somebody a place.
enum Tried {
    Offered(Slot),
    /// Nothing that is free would do, or may be had by them.
    Nothing,
    /// Another worker is at the head of the line.
    InHand,
}

impl Store {
    /// Adds a wish.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn add_wish(&self, new: NewWish) -> Result<Wished> {
        let id = WishId::new(self.now(), &mut self.0.random.draw());
        let detail = [("office", new.office.to_string().into())];
        let entry = self.entry(Actor::Citizen, "wish.made", &id, &detail);
        let keys = self.0.keys.clone();
        let added = change!(self.0.db, wish::add(keys, id, new, entry))?;
        Ok(if added { Wished::Added(id) } else { Wished::Already })
    }

    /// The wishes of an account, the newest first.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn wishes_of(&self, account: AccountId) -> Result<Vec<Wish>> {
        read!(self.0.db, wish::all(account))
    }

    /// A wish, if it is the account's.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn wish_of(&self, account: AccountId, id: WishId) -> Result<Option<Wish>> {
        let wish: Option<Wish> = read!(self.0.db, wish::find(id))?;
        Ok(wish.filter(|it| it.account == account))
    }

    /// How many who would take one of the same days have waited longer.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn wishes_before(&self, wish: &Wish) -> Result<i64> {
        let of = wish.clone();
        read!(self.0.db, wish::before(of))
    }

    /// Takes a wish back, and gives back what is held for it; whether it was alive.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn leave_wish(&self, account: AccountId, id: WishId) -> Result<bool> {
        let Some(wish) = self.wish_of(account, id).await? else { return Ok(false) };
        let entry = self.entry(Actor::Citizen, "wish.left", &id, &[]);
        let keys = self.0.keys.clone();
        let left = change!(self.0.db, wish::leave(keys, account, id, entry))?;
        if left && wish.state == WishState::Offered {
            self.return_offer(&wish).await?;
        }
        Ok(left)
    }

    /// Takes the place that is held for a wish.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where nothing is offered.
    pub async fn take_offer(&self, account: AccountId, id: WishId) -> Answer<Given> {
        let wish = self.wish_of(account, id).await?.ok_or(StoreError::Absent("wish"))?;
        let held = wish.appointment.filter(|_| wish.state == WishState::Offered).ok_or(StoreError::Absent("offer"))?;
        let taken = self.confirm(held, By::Account(account)).await?;
        self.settle_wishes().await?;
        Ok(taken)
    }

    /// Refuses the place that is held for a wish; whether one was.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn refuse_offer(&self, account: AccountId, id: WishId) -> Result<bool> {
        let wish = self.wish_of(account, id).await?;
        let Some(wish) = wish.filter(|it| it.state == WishState::Offered) else { return Ok(false) };
        self.return_offer(&wish).await?;
        self.settle_wishes().await?;
        Ok(true)
    }

    async fn return_offer(&self, wish: &Wish) -> Result<()> {
        if let Some(held) = wish.appointment {
            // What has lapsed meanwhile is given back already.
            let _ = self.cancel_appointment(held, By::Account(wish.account)).await?;
        }
        Ok(())
    }

    /// Notes what became of offers, and which wishes are over. Gives how many changed.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn settle_wishes(&self) -> Result<usize> {
        let today = self.now().day(self.zone());
        let told = self.entry(Actor::Service, "wish.settled", &"", &[]);
        let keys = self.0.keys.clone();
        change!(self.0.db, wish::settle(keys, today, told))
    }

    /// Offers every place that can be offered to who has waited longest for it. Gives how many. Any number of workers may do this at the
    /// same time: no more is offered than there is, and nobody is overtaken. At night nobody is asked.
    ///
    /// # Errors
    /// [`StoreError::Db`].
    pub async fn offer_places(&self) -> Result<usize> {
        let mut offered = 0;
        if !is_waking(self.now().minute(self.zone())) {
            return Ok(0);
        }
        let lines: Vec<Line> = read!(self.0.db, wish::lines())?;
        if !lines.is_empty() {
            // What is over is counted as taken until somebody writes that down.
            self.expire_holds().await?;
        }
        for line in lines {
            if self.booking_policy(line.office).await?.waiting_list {
                offered += self.offer_in(line).await?;
            }
        }
        Ok(offered)
    }

    async fn offer_in(&self, line: Line) -> Result<usize> {
        let (now, mut offered) = (self.now(), 0);
        let of = line.clone();
        let mut places: Vec<Offerable> = read!(self.0.db, wish::offerable(of, now))?;
        if places.is_empty() {
            return Ok(0);
        }
        for wish in read!(self.0.db, wish::waiting(line, now))? {
            if !wish.may_be_offered(now) || !places.iter().any(|it| it.places > 0 && wish.fits(it.slot)) {
                continue;
            }
            match self.offer(&wish, &mut places).await? {
                Tried::Offered(slot) => {
                    offered += 1;
                    if let Some(place) = places.iter_mut().find(|it| it.slot == slot && it.places > 0) {
                        place.places -= 1;
                    }
                }
                Tried::Nothing => {}
                Tried::InHand => break,
            }
        }
        Ok(offered)
    }

    /// Offers a wish the first place that would do. Places that turn out to be taken are struck off.
    async fn offer(&self, wish: &Wish, places: &mut [Offerable]) -> Result<Tried> {
        let (id, now) = (wish.id, self.now());
        let until = now.after_ms(CLAIMED_MS);
        if !change!(self.0.db, wish::claim(id, now, until))? {
            let found: Option<Wish> = read!(self.0.db, wish::find(id))?;
            let waits = found.is_some_and(|it| it.state == WishState::Waiting);
            return Ok(if waits { Tried::InHand } else { Tried::Nothing });
        }
        let Some(visitor) = self.visitor_of_wish(wish).await? else {
            // The person is no more in the account.
            self.leave_wish(wish.account, id).await?;
            return Ok(Tried::Nothing);
        };
        for place in places.iter_mut().filter(|it| wish.fits(it.slot)) {
            if place.places < 1 {
                continue;
            }
            match self.hold(ask(wish, place.slot, visitor.clone())).await? {
                Ok(given) => return self.note_offer(wish, &given).await,
                Err(Refused::Full { .. } | Refused::Unknown | Refused::Past) => place.places = 0,
                Err(Refused::SameDay { .. } | Refused::NotYet { .. } | Refused::TooLate { .. }) => {}
                // Nothing of this office may be had by them now.
                Err(_) => break,
            }
        }
        change!(self.0.db, wish::unclaim(id))?;
        Ok(Tried::Nothing)
    }

    async fn note_offer(&self, wish: &Wish, given: &Given) -> Result<Tried> {
        let (id, account, appointment) = (wish.id, wish.account, given.appointment.id);
        let message = MessageId::new(self.now(), &mut self.0.random.draw());
        let detail = [("appointment", appointment.to_string().into())];
        let entry = self.entry(Actor::Service, "wish.offered", &id, &detail);
        let keys = self.0.keys.clone();
        if change!(self.0.db, wish::offered(keys, id, account, appointment, message, entry))? {
            return Ok(Tried::Offered(given.appointment.slot));
        }
        let _ = self.cancel_appointment(appointment, By::Service).await?;
        Ok(Tried::Nothing)
    }

    async fn visitor_of_wish(&self, wish: &Wish) -> Result<Option<Visitor>> {
        let person = self.person(wish.account, wish.person).await?;
        Ok(person.map(|it| Visitor { name: it.details.name, number: it.details.number, birth: it.details.birth }))
    }
}

fn ask(wish: &Wish, slot: Slot, visitor: Visitor) -> Ask {
    Ask {
        office: wish.office,
        service: wish.service.clone(),
        business: wish.business.clone(),
        slot,
        units: 1,
        visitor,
        account: Some(wish.account),
        person: Some(wish.person),
        rights: Rights::List,
        lang: wish.lang,
        once: None,
        session: None,
    }
}
