use proptest::prelude::*;

use super::*;
use crate::seal::tests::Dice;

fn staff(seed: u64) -> StaffId {
    StaffId::new(Moment(0), &mut Dice(seed))
}

fn asked() -> Standing {
    Standing::first(1).after(Step::Ask { by: staff(1) }, Moment(1)).unwrap()
}

#[test]
fn who_asks_does_not_publish() {
    let publish = |by| asked().after(Step::Publish { by, at: None }, Moment(2));
    assert_eq!(publish(staff(1)), Err(ArticleRefused::SamePerson));
    let live = publish(staff(2)).unwrap();
    assert_eq!((live.state, live.live_version), (State::Published, Some(1)));
    assert_eq!((live.published_at, live.changed_at), (Some(Moment(2)), Some(Moment(2))));
    assert!(live.shows_other_than(None));
}

#[test]
fn a_schedule_waits_for_its_time_and_can_be_taken_back() {
    let at = Some(Moment(10));
    let planned = asked().after(Step::Publish { by: staff(2), at }, Moment(2)).unwrap();
    assert_eq!((planned.state, planned.live_version), (State::Scheduled, None));
    assert_eq!(planned.clone().due(Moment(9)), None);
    assert_eq!(planned.clone().due(Moment(10)).unwrap().state, State::Published);
    let back = planned.after(Step::Withdraw, Moment(3)).unwrap();
    assert_eq!(back, Standing::first(1));
    let past = asked().after(Step::Publish { by: staff(2), at: Some(Moment(1)) }, Moment(2)).unwrap();
    assert_eq!(past.state, State::Published, "a time that is past is now");
}

#[test]
fn readers_keep_the_live_version_while_a_newer_one_is_on_its_way() {
    let live = asked().after(Step::Publish { by: staff(2), at: None }, Moment(2)).unwrap();
    let draft = live.clone().saved(2);
    assert_eq!((draft.state, draft.draft_version, draft.live_version), (State::Draft, 2, Some(1)));
    assert!(!draft.shows_other_than(Some(&live)));
    // Who published the first may ask for the second, and who asked for the first publish it.
    let asked = draft.after(Step::Ask { by: staff(2) }, Moment(3)).unwrap();
    assert_eq!(asked.published_by, None);
    let second = asked.after(Step::Publish { by: staff(1), at: None }, Moment(4)).unwrap();
    assert_eq!((second.published_at, second.changed_at), (Some(Moment(2)), Some(Moment(4))));
    assert!(second.shows_other_than(Some(&live)));
}

#[test]
fn a_change_of_what_was_asked_for_has_to_be_asked_for_again() {
    let changed = asked().saved(2);
    assert_eq!((changed.state, changed.asked_by), (State::Draft, None));
    let publish = Step::Publish { by: staff(2), at: None };
    assert_eq!(changed.after(publish, Moment(2)), Err(ArticleRefused::State(State::Draft)));
}

#[test]
fn only_what_is_seen_is_archived_and_it_comes_back_by_two_persons() {
    assert_eq!(Standing::first(1).after(Step::Archive, Moment(1)), Err(ArticleRefused::State(State::Draft)));
    let archived = Standing::seeded(1, Moment(1)).after(Step::Archive, Moment(2)).unwrap();
    assert_eq!((archived.state, archived.live_version), (State::Archived, None));
    assert!(archived.shows_other_than(Some(&Standing::seeded(1, Moment(1)))));
    let again = archived.clone().saved(2);
    assert_eq!((again.state, again.published_at), (State::Draft, Some(Moment(1))));
    assert_eq!(archived.after(Step::Ask { by: staff(1) }, Moment(3)).unwrap().state, State::Review);
}

#[test]
fn words_come_back() {
    for state in State::ALL {
        assert_eq!(state.word().parse(), Ok(state));
    }
}

/// What the table's constraints say.
fn is_whole(standing: &Standing) -> bool {
    let Standing { state, asked_by, published_by, .. } = standing;
    let is_shown = standing.live_version.is_some();
    (asked_by.is_none() || published_by.is_none() || asked_by != published_by)
        && asked_by.is_some() == standing.asked_at.is_some()
        && (*state != State::Review || asked_by.is_some())
        && (!matches!(state, State::Scheduled | State::Published) || asked_by.is_some() == published_by.is_some())
        && (*state == State::Scheduled) == standing.publish_at.is_some()
        && (*state != State::Published || standing.live_version == Some(standing.draft_version))
        && (*state != State::Archived || !is_shown)
        && (!is_shown || (standing.published_at.is_some() && standing.changed_at.is_some()))
}

proptest! {
    #[test]
    fn no_way_leads_past_the_second_person(ways in prop::collection::vec((0_u8..6, 1_u64..4, -5_i64..9), 0..40)) {
        let mut standing = Standing::first(1);
        // Versions that two persons agreed on.
        let mut agreed = Vec::new();
        for (now, (way, who, wait)) in ways.into_iter().enumerate() {
            let (now, by) = (Moment(now as i64), staff(who));
            let before = standing.clone();
            let step = match way {
                0 => {
                    standing = standing.clone().saved(before.draft_version + 1);
                    continue;
                }
                1 => {
                    standing = standing.clone().due(now).unwrap_or(standing);
                    prop_assert!(is_whole(&standing), "{standing:?}");
                    continue;
                }
                2 => Step::Ask { by },
                3 => Step::Publish { by, at: (wait > 0).then(|| now.after_ms(wait)) },
                4 => Step::Withdraw,
                _ => Step::Archive,
            };
            let Ok(after) = standing.clone().after(step, now) else { continue };
            if matches!(step, Step::Publish { .. }) {
                prop_assert!(before.asked_by.is_some_and(|asker| asker != by));
                agreed.push(before.draft_version);
            }
            standing = after;
            prop_assert!(is_whole(&standing), "{standing:?}");
            prop_assert!(standing.live_version.is_none_or(|version| agreed.contains(&version)), "{standing:?}");
        }
    }
}
