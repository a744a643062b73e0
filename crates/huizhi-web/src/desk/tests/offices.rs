//! Offices through their pages: added, opened, closed with a look at what that does, and counted.

use huizhi_domain::applicant::{IdNumber, PersonName};
use huizhi_domain::id::OfficeId;
use huizhi_domain::staff::Role;
use huizhi_domain::visit::{Rights, Slot, State, Visitor};
use huizhi_domain::words::Lang;
use huizhi_store::Ask;
use jiff::civil::date;

use super::{Desks, Somebody};

/// Monday to Friday as 惠州's halls are open, posted as a browser does.
fn week(act: &str, places: u32) -> String {
    let day = |day: i32| {
        let hours = "08%3A30-12%3A00%2C+14%3A00-17%3A30";
        format!("&hours{day}={hours}&every{day}=15&places{day}={places}&desk{day}=1")
    };
    let days: String = (1..=5).map(day).collect();
    format!("service=id-card&act={act}{days}&hours6=&every6=&places6=&desk6=&hours7=&every7=&places7=&desk7=")
}

/// An office with places, added by its pages.
async fn opened(desks: &Desks, admin: &Somebody) -> OfficeId {
    let form = "city=441300&name=Jiangbei&district=Huicheng&address=1+Road&phone=0752-0000001";
    let page = desks.post(Some(admin), "/desk/offices", form).await;
    let id = page.to().split('/').nth(3).unwrap().parse().unwrap();
    assert!(page.to().ends_with("/openings?told=added"), "{}", page.to());
    let openings = format!("/desk/offices/{id}/openings");
    let page = desks.post(Some(admin), &openings, &week("preview", 4)).await;
    assert!(page.status.as_u16() == 200 && page.text.contains("What the change does"), "{}", page.text);
    assert!(page.text.contains("No booking is hit") && page.text.contains("1 December 2026, Tuesday"));
    assert!(desks.store.openings(id, "id-card").await.unwrap().is_empty(), "a look changes nothing");
    let page = desks.post(Some(admin), &openings, &format!("{}&seen=", week("apply", 4))).await;
    assert_eq!(page.to(), format!("{openings}?service=id-card&told=applied"));
    let told = desks.get(Some(admin), page.to()).await;
    assert!(
        told.text.contains("The change is made") && !told.text.contains("whom it hit"),
        "nobody was: {}",
        told.text
    );
    assert_eq!(desks.store.openings(id, "id-card").await.unwrap().len(), 10);
    id
}

async fn book(desks: &Desks, office: OfficeId) -> huizhi_store::Given {
    let today = desks.store.now().day(desks.store.zone());
    let ask = Ask {
        office,
        service: "id-card".to_owned(),
        business: "id-renewal".to_owned(),
        slot: Slot { day: date(2026, 12, 1), minute: 9 * 60 },
        units: 1,
        visitor: Visitor {
            name: PersonName::parse("张小明").unwrap(),
            number: IdNumber::parse("441301199003070036", today).unwrap(),
            birth: date(1990, 3, 7),
        },
        account: None,
        person: None,
        rights: Rights::Public,
        lang: Lang::Zh,
        once: None,
        session: None,
    };
    desks.store.book(ask).await.unwrap().unwrap()
}

#[tokio::test]
async fn an_office_is_added_opened_and_shown_and_what_is_missing_is_told() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let page = desks.post(Some(&admin), "/desk/offices", "city=441300&name=&address=1+Road&phone=call+me").await;
    assert_eq!(page.status.as_u16(), 422);
    assert!(page.text.contains("href=\"#name\"") && page.text.contains("id=\"phone-fault\""), "{}", page.text);
    let id = opened(&desks, &admin).await;
    let page = desks.get(Some(&admin), "/desk/offices").await;
    for words in ["Jiangbei", "Huicheng", "0752-0000001", "Resident identity card"] {
        assert!(page.text.contains(words), "{words}");
    }
    let page = desks.get(Some(&admin), &format!("/desk/offices/{id}/openings?service=id-card")).await;
    assert!(page.text.contains("08:30-12:00, 14:00-17:30"), "{}", page.text);
    let wrong = format!("/desk/offices/{id}/openings");
    let page = desks.post(Some(&admin), &wrong, "service=id-card&act=apply&hours3=nine&every3=15&places3=4").await;
    assert!(
        page.status.as_u16() == 422 && page.text.contains("Wednesday Hours: “nine” is no span of a day"),
        "{}",
        page.text
    );
    let form = "name=Jiangbei+Hall&district=Huiyang&address=2+Road&phone=";
    let page = desks.post(Some(&admin), &format!("/desk/offices/{id}"), form).await;
    assert!(page.to().ends_with("?told=changed"));
    assert_eq!(desks.store.office(id).await.unwrap().unwrap().district, "Huiyang");
}

#[tokio::test]
async fn a_closure_shows_whom_it_hits_by_number_and_is_taken_back() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let id = opened(&desks, &admin).await;
    let booked = book(&desks, id).await.appointment;
    let closures = format!("/desk/offices/{id}/closures");
    let form =
        |act: &str, seen: &str| format!("service=&from=2026-12-01&to=&hours=&reason=power+cut&act={act}&seen={seen}");
    let page = desks.post(Some(&admin), &closures, &form("preview", "")).await;
    let number = booked.number.to_string();
    assert!(page.text.contains(&number) && page.text.contains("Bookings that are hit: 1"), "{}", page.text);
    assert!(!page.text.contains("张小明") && !page.text.contains("4413011990"), "nobody's name is needed for that");
    let state = async || desks.store.appointment(booked.id).await.unwrap().unwrap().state;
    assert_eq!(state().await, State::Booked);

    let page = desks.post(Some(&admin), &closures, &form("apply", "")).await;
    assert!(page.status.as_u16() == 200 && page.text.contains("other bookings are hit than before"), "not unseen");
    assert_eq!(state().await, State::Booked);
    let page = desks.post(Some(&admin), &closures, &form("apply", &number)).await;
    assert_eq!(page.to(), format!("{closures}?told=applied-hit"), "{}", page.text);
    assert!(desks.get(Some(&admin), page.to()).await.text.contains("whom it hit is told"));
    assert_eq!(state().await, State::Stranded);
    let clerk = desks.somebody_at("clerk", Role::Clerk, desks.store.office(id).await.unwrap()).await;
    let page = desks.press(&clerk, "/desk/window", &format!("number={number}")).await;
    assert!(page.text.contains("they have a message about it"), "the card says what to do: {}", page.text);

    let page = desks.get(Some(&admin), &closures).await;
    assert!(page.text.contains("power cut") && page.text.contains("1 December 2026"));
    let closure = desks.store.closures(id).await.unwrap().remove(0);
    let undo = format!("{closures}/{}/undo", closure.id);
    let page = desks.post(Some(&admin), &undo, "").await;
    assert!(page.text.contains("Taken back:") && page.text.contains("1 December 2026"), "{}", page.text);
    assert_eq!(state().await, State::Stranded, "it was only shown");
    for _ in 0..2 {
        let page = desks.post(Some(&admin), &undo, "act=apply&seen=").await;
        assert_eq!(page.to(), format!("{closures}?told=reopened"));
    }
    assert_eq!(state().await, State::Booked, "the place is there again, and theirs");
    let page = desks.post(Some(&admin), &closures, "from=2026-11-24&reason=late&act=preview").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("id=\"from-fault\""), "yesterday");
}

#[tokio::test]
async fn the_rules_of_an_office_are_read_with_their_defaults_and_changed() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let id = opened(&desks, &admin).await;
    let path = format!("/desk/offices/{id}/policy");
    let page = desks.get(Some(&admin), &path).await;
    assert!(page.text.contains("Working days ahead") && page.text.contains("Default: 5."), "{}", page.text);
    let form = "days_ahead=3&same_day=yes&earliest_min=60&release_at=09:00&hold_min=10&most_open=1&most_week=0&most_month=0\
                &cancel_min=120&change_min=120&waiting_list=yes&cool_down_min=0&check_in_from_min=15&late_after_min=30&misses=2\
                &misses_within_days=90&ban_days=90&window_photo=yes";
    let page = desks.post(Some(&admin), &path, form).await;
    assert_eq!(page.to(), format!("{path}?told=policy"), "{}", page.text);
    let policy = desks.store.booking_policy(id).await.unwrap();
    assert_eq!((policy.days_ahead, policy.same_day, policy.release_at), (3, true, Some(540)));
    let page = desks.post(Some(&admin), &path, &form.replace("days_ahead=3", "days_ahead=many")).await;
    assert!(page.status.as_u16() == 422 && page.text.contains("value=\"many\""), "what was typed stays");
    assert!(page.text.contains(">Working days ahead: "), "the list on top names the field: {}", page.text);
}

#[tokio::test]
async fn figures_are_shown_drawn_and_downloaded_by_those_who_run_the_service() {
    let desks = Desks::new().await;
    let admin = desks.somebody("admin", Role::Admin).await;
    let id = opened(&desks, &admin).await;
    book(&desks, id).await;
    for (login, role) in [("lead", Role::Lead), ("operator", Role::Operator)] {
        let who = desks.somebody(login, role).await;
        let page = desks.get(Some(&who), "/desk/figures?span=coming").await;
        assert_eq!(page.status.as_u16(), 200);
        assert_eq!(page.text.matches("<svg viewBox").count(), 4, "{}", page.text);
        assert!(page.text.contains("Jiangbei") && page.text.contains("<title id=\"plot-demand\">"));
        assert_eq!(desks.get(Some(&who), "/desk/offices").await.status.as_u16(), 404, "{role:?} keeps no hours");
    }
    let page = desks.get(Some(&admin), "/desk/figures.csv?since=2026-12-01&until=2026-12-01").await;
    let lines: Vec<&str> = page.text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{}", page.text);
    assert!(lines[1].starts_with("Jiangbei,Resident identity card,140,1,0,0,0,0,0,,0,"), "{}", lines[1]);
    let page = desks.get(Some(&admin), "/desk/figures?since=2026-12-02&until=2026-12-01").await;
    assert!(page.status.as_u16() == 422 && page.text.contains("Give a first and a last day"));
    let clerk = desks.somebody("clerk", Role::Clerk).await;
    assert_eq!(desks.get(Some(&clerk), "/desk/figures").await.status.as_u16(), 404);
}
