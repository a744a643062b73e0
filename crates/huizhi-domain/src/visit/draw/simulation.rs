//! A thousand bots and a hundred people want fifty places. Every bot has an account of its own and somebody's number, comes first, asks
//! again every millisecond, and books in no time; people come when they come, and read. First come, first served, people would get nothing.

use std::collections::BTreeSet;

use rand_core::Rng as _;

use super::*;
use crate::seal::tests::Dice;

const PLACES: i64 = 50;
const BOTS: usize = 1000;
const PEOPLE: usize = 100;
/// What chance alone gives a hundred of eleven hundred.
const FAIR: f64 = PLACES as f64 * PEOPLE as f64 / (BOTS + PEOPLE) as f64;

/// Somebody who wants a place. Times are ms after the opening.
struct Wants {
    is_bot: bool,
    /// When they ask first.
    from: i64,
    /// How long they need, once it is their turn; `None` where they let it pass.
    needs: Option<i64>,
}

struct Turn {
    who: usize,
    until: i64,
    books_at: Option<i64>,
}

/// A number below another, evenly enough for a game.
fn below(dice: &mut Dice, end: i64) -> i64 {
    (dice.next_u64() % end as u64) as i64
}

fn crowd(dice: &mut Dice) -> Vec<Wants> {
    // A bot is there in the moment in which the room is, and needs 50 ms for everything.
    let bots = (0..BOTS).map(|_| Wants { is_bot: true, from: -1_800_000, needs: Some(50) });
    let people: Vec<Wants> = (0..PEOPLE)
        .map(|at| {
            // Nine of ten come before the opening; one of ten up to a minute late. One of twenty falls asleep.
            let from = if at % 10 == 9 { below(dice, 60_000) } else { -below(dice, 1_800_000) - 1 };
            let needs = (at % 20 != 7).then(|| 20_000 + below(dice, 220_000));
            Wants { is_bot: false, from, needs }
        })
        .collect();
    bots.chain(people).collect()
}

/// One morning; how many places people got, and how many there were.
fn morning(number: u64) -> (i64, i64) {
    let dice = &mut Dice(number);
    let (seeds, opens_at) = (Seeds::draw(dice), Moment(1_795_572_000_000));
    let crowd = crowd(dice);
    // Who asks again has the entry that they had: a thousand tries are one.
    let mut inside = BTreeSet::new();
    let mut entries: Vec<(i64, EntryId, usize)> = Vec::new();
    for try_again in 0..3 {
        for (who, it) in crowd.iter().enumerate().filter(|(_, it)| it.is_bot || try_again == 0) {
            if inside.insert(who) {
                entries.push((round_at(opens_at, opens_at.after_ms(it.from)), EntryId::new(opens_at, dice), who));
            }
        }
    }
    let mut queue = Vec::new();
    let (mut turns, mut left, mut people): (Vec<Turn>, i64, i64) = (Vec::new(), PLACES, 0);
    let mut drawn = 0;
    // The service looks once a second.
    for now in (0..1_800_000).step_by(1_000) {
        let due = round_at(opens_at, opens_at.after_ms(now));
        for round in drawn..due {
            let of: Vec<EntryId> = entries.iter().filter(|it| it.0 == round).map(|it| it.1).collect();
            if !of.is_empty() {
                queue.extend(order(&seeds.of(round), &of));
            }
        }
        drawn = due;
        turns.retain(|turn| {
            let booked = turn.books_at.is_some_and(|at| at <= now) && left > 0;
            if booked {
                left -= 1;
                people += i64::from(!crowd[turn.who].is_bot);
            }
            !booked && turn.until > now
        });
        let more = to_let_in(left, turns.len() as i64).min(queue.len() as i64);
        for entry in queue.drain(..more as usize) {
            let who = entries.iter().find(|it| it.1 == entry).unwrap().2;
            let books_at = crowd[who].needs.map(|needs| now + needs);
            turns.push(Turn { who, until: now + TURN_MS, books_at });
        }
        if left == 0 {
            break;
        }
    }
    (people, PLACES - left)
}

#[test]
fn a_thousand_bots_leave_a_hundred_people_their_share() {
    const MORNINGS: u64 = 200;
    let (mut people, mut given, mut worst) = (0, 0, PLACES);
    for number in 0..MORNINGS {
        let (of_people, of_all) = morning(number);
        people += of_people;
        given += of_all;
        worst = worst.min(of_people);
    }
    assert_eq!(given, PLACES * MORNINGS as i64, "every place is given, and none twice");
    let mean = people as f64 / MORNINGS as f64;
    println!(
        "{MORNINGS} mornings, {PLACES} places, {BOTS} bots, {PEOPLE} people: people get {mean:.2} places, {:.0} % of their fair share of \
         {FAIR:.2} (the worst morning {worst}); first come, first served, they get 0",
        100.0 * mean / FAIR
    );
    assert!(mean >= FAIR / 2.0, "{mean} of {FAIR}");
    // Nor do they get more than their share: the draw does not know who is a bot.
    assert!(mean <= FAIR * 1.2, "{mean} of {FAIR}");
}
