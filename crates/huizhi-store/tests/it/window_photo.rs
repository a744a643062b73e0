//! Photos that windows take: one order a visit, judged before those from home, and not by who took it.

use huizhi_domain::staff::Role;
use huizhi_domain::words::Lang;
use huizhi_store::{ApplicantRecord, NewOrder, NewWindowPhoto};

use crate::contention::{ask, free_of_limits, office, plan, tomorrow};
use crate::{free, on_both};

#[test]
fn a_visit_has_one_order_however_many_windows_begin_and_another_after_it_was_given_up() {
    on_both(|bench| async move {
        let planned = plan(tomorrow(), 1, 5);
        let office = office(&bench.store, &planned, free_of_limits()).await;
        let appointment = bench.store.book(ask(office, planned[0].slot, 1)).await.unwrap().unwrap().appointment;
        let clerk = bench.staff("clerk", Role::Clerk).await;
        let applicant = ApplicantRecord::default();
        let begin = || {
            let order = NewOrder { document: "cn-resident-id".to_owned(), city: "441300".to_owned(), lang: Lang::Zh };
            let new =
                NewWindowPhoto { appointment: &appointment, order, applicant: &applicant, office, staff: clerk.id };
            bench.store.begin_window_photo(new)
        };
        let (one, two, three) = tokio::join!(begin(), begin(), begin());
        let order = one.unwrap();
        assert_eq!((order, order), (two.unwrap(), three.unwrap()));
        assert_eq!(bench.store.window_photo_of(appointment.id).await.unwrap(), Some(order));
        bench.store.withdraw(order).await.unwrap();
        let again = begin().await.unwrap();
        assert_ne!(again, order);

        // What is taken at a window comes first, and not to who took it.
        let (home, from_home) = bench.waiting("home").await;
        bench.clock.pass_ms(1000);
        let order = bench.store.order(again).await.unwrap().unwrap();
        let photo = bench.judged(&order, "window", "fits").await;
        let order = bench.store.submit(order.id, photo, None, free(), false).await.unwrap();
        assert_eq!(bench.store.before_in_queue(&order).await.unwrap(), Some(0));
        assert_eq!(bench.store.before_in_queue(&home).await.unwrap(), Some(1));
        let one = bench.staff("one", Role::Reviewer).await;
        let promoted = huizhi_domain::staff::Staff { role: Role::Reviewer, ..clerk.clone() };
        let case = bench.store.claim(&promoted).await.unwrap().unwrap();
        assert_eq!((case.photo.id, case.at_window), (from_home, false));
        let case = bench.store.claim(&one).await.unwrap().unwrap();
        assert_eq!((case.photo.id, case.at_window), (photo, true));
    });
}
