//! Accounts' links to others, on both databases.

use huizhi_domain::account::Contact;
use huizhi_domain::words::Lang;
use huizhi_store::{Linked, Passage, Unlinked};

use crate::{Bench, on_both};

#[test]
fn a_browser_comes_back_once_as_itself_and_in_time() {
    on_both(|bench| async move {
        let Bench { store, .. } = &bench;
        let went = async || store.leave_for("province", "state", "browser", None, "/orders").await.unwrap();
        went().await;
        assert_eq!(store.come_back("province", "another", "browser").await.unwrap(), None);
        let passage = Passage { account: None, onward: "/orders".to_owned() };
        assert_eq!(store.come_back("province", "state", "browser").await.unwrap(), Some(passage));
        assert_eq!(store.come_back("province", "state", "browser").await.unwrap(), None, "once");
        for (provider, browser) in [("another", "browser"), ("province", "another")] {
            went().await;
            assert_eq!(store.come_back(provider, "state", browser).await.unwrap(), None);
            assert_eq!(store.come_back("province", "state", "browser").await.unwrap(), None, "it is used up");
        }
        went().await;
        bench.clock.pass_ms(10 * 60_000);
        assert_eq!(store.come_back("province", "state", "browser").await.unwrap(), None, "in time");
        assert_ne!(store.nonce_of("state"), store.verifier_of("state"));
        assert_eq!(store.verifier_of("state").len(), 43);
        store.tidy_outside().await.unwrap();
    });
}

#[test]
fn somebody_elsewhere_has_one_account_and_an_offer_is_good_once() {
    on_both(|bench| async move {
        let Bench { store, .. } = &bench;
        let contact = Contact::parse("13800138000").unwrap();
        let one = store.add_account(Some(&contact), None, Lang::Zh).await.unwrap();
        let two = store.add_account(None, None, Lang::En).await.unwrap();
        assert_eq!(store.linked("province", "a").await.unwrap(), None);
        assert_eq!(store.link(one, "province", "a").await.unwrap(), Linked::Done);
        assert_eq!(store.link(one, "province", "a").await.unwrap(), Linked::Done, "again");
        assert_eq!(store.link(one, "province", "b").await.unwrap(), Linked::OtherSubject);
        assert_eq!(store.link(two, "province", "a").await.unwrap(), Linked::OtherAccount);
        assert_eq!(store.linked("province", "a").await.unwrap(), Some(one));
        assert_eq!(store.linked("another", "a").await.unwrap(), None, "the same word of another provider is another");

        store.offer_link("token", "wechat", "openid").await.unwrap();
        assert_eq!(store.offered("token").await.unwrap().as_deref(), Some("wechat"));
        let linked = store.link_offered(two, "token").await.unwrap();
        assert_eq!(linked, (Linked::Done, Some("wechat".to_owned())));
        assert_eq!(store.link_offered(one, "token").await.unwrap(), (Linked::Over, None));
        store.offer_link("late", "wechat", "another").await.unwrap();
        bench.clock.pass_ms(10 * 60_000);
        assert_eq!(store.link_offered(one, "late").await.unwrap().0, Linked::Over);

        assert_eq!(store.unlink(two, "wechat").await.unwrap(), Unlinked::LastWay, "it has no contact");
        assert_eq!(store.unlink(one, "province").await.unwrap(), Unlinked::Done);
        assert_eq!(store.unlink(one, "province").await.unwrap(), Unlinked::Done, "again");
        assert_eq!(store.links_of(one).await.unwrap().len(), 0);
        assert_eq!(store.links_of(two).await.unwrap()[0].provider, "wechat");
        store.erase_all_of(two).await.unwrap();
        assert_eq!(store.linked("wechat", "openid").await.unwrap(), None);

        let entries = store.log_entries(0, 100).await.unwrap();
        let log: String = entries.iter().map(|(_, entry)| String::from_utf8_lossy(entry).into_owned()).collect();
        assert_eq!(log.matches("account.linked").count(), 2, "what was there before, or is refused, is no entry");
        assert_eq!(log.matches("account.unlinked").count(), 1);
        assert!(!log.contains("openid"));
    });
}
