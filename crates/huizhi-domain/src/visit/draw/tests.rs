//! What holds of every draw.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::seal::tests::Dice;

const FIRST_SEED: &str = "b8a03a2ea1c30d9447188c9ba217542540790bbdb4e10dc5eeb6d0cb8d66f638";
const COMMITMENT: &str = "e0ef48d798e9d7d6009ba4ed1028b5aa4fe1c4b42029a90ca8a13bf27978b93e";
const RANK: &str = "b83efb0c5951c7d86876b2bc60d6074fe0106bbdb527237703463e52e5eb095c";

fn entries(count: usize, dice: &mut Dice) -> Vec<EntryId> {
    (0..count).map(|_| EntryId::new(Moment(0), dice)).collect()
}

fn rounds(seeds: &Seeds, count: i64, dice: &mut Dice) -> Vec<Drawn> {
    (0..count)
        .map(|round| {
            let seed = seeds.of(round);
            Drawn { seed, entries: order(&seed, &entries(5, dice)) }
        })
        .collect()
}

#[test]
fn a_whole_draw_is_right_and_every_change_of_it_is_found() {
    let dice = &mut Dice(1);
    let seeds = Seeds::draw(dice);
    let all = rounds(&seeds, 3, dice);
    assert_eq!(check(&seeds.commitment(), &all), Ok(()));
    let other = Seeds::draw(dice);
    assert_eq!(check(&other.commitment(), &all), Err(DrawFault::Seed(0)), "another commitment");
    let mut swapped = all.clone();
    swapped[1].entries.swap(0, 4);
    assert_eq!(check(&seeds.commitment(), &swapped), Err(DrawFault::Order(1)));
    let mut chosen = all;
    chosen[2].seed = other.of(2);
    assert_eq!(check(&seeds.commitment(), &chosen), Err(DrawFault::Seed(2)), "a seed that was chosen afterwards");
}

#[test]
fn what_is_published_tells_no_seed_before_its_round() {
    let seeds = Seeds::new([7; 32]);
    for round in [0, 1, 5, ROUNDS - 2] {
        assert_eq!(seeds.of(round + 1).before(), seeds.of(round));
        assert_ne!(seeds.of(round + 1), seeds.of(round));
    }
    assert_eq!(seeds.of(ROUNDS + 9), seeds.of(ROUNDS - 1), "rounds that there are not");
    assert!(!format!("{seeds:?}").contains('7'), "a log line shows none");
}

/// Made by the lines of Python in docs/waiting-room.md.
#[test]
fn python_comes_to_the_same_seeds_and_ranks() {
    let seeds = Seeds::new([7; 32]);
    assert_eq!(seeds.commitment().to_string(), COMMITMENT);
    assert_eq!(seeds.of(0).to_string(), FIRST_SEED);
    let entry: EntryId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    assert_eq!(Seed(seeds.of(0).rank(entry)).to_string(), RANK);
    assert_eq!(FIRST_SEED.parse(), Ok(seeds.of(0)));
    for text in ["", "07", &FIRST_SEED[1..], &format!("g{}", &FIRST_SEED[1..])] {
        assert!(text.parse::<Seed>().is_err(), "{text}");
    }
}

#[test]
fn all_who_came_before_the_opening_are_one_round_and_later_ones_ten_seconds_each() {
    let opens_at = Moment(1_000_000);
    for (after_ms, round) in [(-1_800_000, 0), (-1, 0), (0, 1), (ROUND_MS - 1, 1), (ROUND_MS, 2), (9 * ROUND_MS, 10)] {
        assert_eq!(round_at(opens_at, opens_at.after_ms(after_ms)), round, "{after_ms}");
    }
    // A round is drawn when nobody can come into it any more.
    for round in 0..5 {
        let drawn = drawn_at(opens_at, round);
        assert_eq!(round_at(opens_at, drawn), round + 1);
        assert_eq!(round_at(opens_at, drawn.after_ms(-1)), round);
    }
}

#[test]
fn nobody_has_a_turn_without_a_place() {
    for (left, open, more) in [(50, 0, 50), (50, 20, 30), (50, 50, 0), (3, 10, 0), (0, 0, 0), (9_000, 0, MOST_TURNS)] {
        assert_eq!(to_let_in(left, open), more, "{left} {open}");
    }
}

/// Four entries have 24 orders. Were one of them favoured, χ² with 23 degrees of freedom would be large: above 62 comes by chance
/// once in 50,000.
#[test]
fn every_order_is_as_likely_as_any_other() {
    const DRAWS: usize = 24_000;
    let dice = &mut Dice(2026);
    let mut found: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
    for _ in 0..DRAWS {
        let came = entries(4, dice);
        let mut seed = [0; 32];
        rand_core::Rng::fill_bytes(dice, &mut seed);
        let drawn = order(&Seed(seed), &came);
        let places = came.iter().map(|entry| drawn.iter().position(|it| it == entry).unwrap()).collect();
        *found.entry(places).or_default() += 1.0;
    }
    let expected = DRAWS as f64 / 24.0;
    let square: f64 = found.values().map(|count| (count - expected).powi(2) / expected).sum();
    println!("{} orders of 24, χ² = {square:.1} with 23 degrees of freedom", found.len());
    assert_eq!(found.len(), 24);
    assert!(square < 62.0, "{square}");
}

proptest! {
    #[test]
    fn an_order_is_a_permutation_and_knows_nothing_of_who_came_first(
        seed in any::<[u8; 32]>(),
        dice in any::<u64>(),
        count in 0..60_usize,
        turn in any::<usize>(),
    ) {
        let came = entries(count, &mut Dice(dice));
        let drawn = order(&Seed(seed), &came);
        let (before, after): (BTreeSet<EntryId>, BTreeSet<EntryId>) = (came.iter().copied().collect(), drawn.iter().copied().collect());
        prop_assert_eq!(drawn.len(), count);
        prop_assert_eq!(before, after);
        let mut otherwise = came;
        otherwise.rotate_left(turn % count.max(1));
        prop_assert_eq!(order(&Seed(seed), &otherwise), drawn);
    }
}
