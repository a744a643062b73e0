//! Who may ask an address.

use huizhi_domain::article::Categories;
use huizhi_domain::staff::Role;

/// Who asks. "Own" and "other" are about the order, the shop's order, or the office of the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Stranger,
    Holder,
    OtherHolder,
    Account,
    OtherAccount,
    Staff(usize),
    ClerkElsewhere,
    Shop,
    OtherShop,
    BareKey,
}

const REVIEWER: Who = staff(Role::Reviewer);
const LEAD: Who = staff(Role::Lead);
const CLERK: Who = staff(Role::Clerk);
const ADMIN: Who = staff(Role::Admin);
const OPERATOR: Who = staff(Role::Operator);
const EDITOR: Who = staff(Role::Editor);
const SUPPORT: Who = staff(Role::Support);

/// A role's place in [`Role::ALL`]: roles have no order of their own.
pub(super) const fn staff(role: Role) -> Who {
    let mut at = 0;
    while at < Role::ALL.len() && Role::ALL[at] as usize != role as usize {
        at += 1;
    }
    Who::Staff(at)
}

pub(super) fn everybody() -> Vec<Who> {
    let staff = (0..Role::ALL.len()).map(Who::Staff);
    [Who::Stranger, Who::Holder, Who::OtherHolder, Who::Account, Who::OtherAccount]
        .into_iter()
        .chain(staff)
        .chain([Who::ClerkElsewhere, Who::Shop, Who::OtherShop, Who::BareKey])
        .collect()
}

/// Addresses that are everybody's.
const OPEN: &[&str] = &[
    "/",
    "/photo",
    "/orders",
    "/messages",
    "/messages/read",
    "/verify",
    "/help",
    "/help/{topic}",
    "/help/ask",
    "/help/inquiries",
    "/support/wechat",
    "/privacy",
    "/lang",
    "/care",
    "/health",
    "/register",
    "/register/code",
    "/recover",
    "/recover/code",
    "/sign-out",
    "/outbox",
    "/desk/sign-in",
    "/desk/sign-out",
    "/api/v1/openapi.json",
    "/api/v1/keys",
    "/api/v1/session",
    "/api/v1/offices",
    "/api/v1/offices/{id}/slots",
    "/api/v1/problems/{code}",
    "/pay/told",
    // The worker has nothing of anybody in it.
    "/desk/worker.js",
    "/what",
    "/api/v1/materials",
    "/visit",
    "/visit/notice",
    // The site.
    "/articles",
    "/en/articles",
    "/feed.xml",
    "/en/feed.xml",
    "/atom.xml",
    "/en/atom.xml",
    "/sitemap.xml",
    "/robots.txt",
    "/search",
    "/en/search",
    "/search/suggest",
    "/en/search/suggest",
];

/// Each of these opens with what its address carries, and with nothing else.
const SECRETS: &[&str] = &[
    "/sign-in",
    "/desk/invitation/",
    "/photo/",
    "/static/",
    "/o/",
    "/v/",
    // The screen of a hall shows numbers only.
    "/hall/{office}",
    "/api/v1/wechat/",
    "/api/v1/appointments/",
    "/peer/v1/",
    "/api/{*path}",
    "/r/",
    "/rc/",
    // Pictures of articles are everybody's.
    "/picture/",
    "/sitemap/",
    "/qr/",
    "/like/",
    // What is one's own is found by the cookie, and nothing else is there.
    "/comments/{article}",
    "/en/comments/{article}",
    "/comment/{comment}/",
];

/// Who may ask an address; `None` for one that nobody thought about.
pub(super) fn rule(path: &str) -> Option<Vec<Who>> {
    if of_category(path) {
        return Some(everybody());
    }
    if OPEN.contains(&path) || SECRETS.iter().any(|start| path.starts_with(start)) {
        return Some(everybody());
    }
    if path.starts_with("/visit/{id}") {
        return Some(vec![Who::Account]);
    }
    let booking = ["level", "who", "business", "office", "time", "check", "drop"];
    if path.strip_prefix("/visit/").is_some_and(|page| booking.contains(&page)) {
        return Some(vec![Who::Account, Who::OtherAccount]);
    }
    // The draw of a waiting room is everybody's to check.
    if path.starts_with("/visit/room/{office}/{service}/{day}/draw") {
        return Some(everybody());
    }
    let rules: &[(&str, &[Who])] = &[
        ("/residence/{declaration}", &[Who::Account]),
        ("/residence", &[Who::Account, Who::OtherAccount]),
        ("/desk/residence/{declaration}", &[CLERK]),
        ("/desk/residence", &[CLERK, Who::ClerkElsewhere]),
        ("/visit/room/", &[Who::Account, Who::OtherAccount]),
        ("/visit/list", &[Who::Account, Who::OtherAccount]),
        ("/order/{id}", &[Who::Holder, Who::Account]),
        ("/account/people/{person}", &[Who::Account]),
        ("/account", &[Who::Account, Who::OtherAccount]),
        ("/desk/staff", &[ADMIN]),
        ("/desk/terminals", &[ADMIN, LEAD]),
        ("/desk/offices", &[ADMIN]),
        ("/desk/figures", &[LEAD, ADMIN, OPERATOR]),
        ("/desk/materials", &[EDITOR]),
        ("/desk/comments", &[EDITOR, SUPPORT]),
        ("/help/inquiries/{inquiry}", &[Who::Holder, Who::Account]),
        ("/desk/inquiries", &[SUPPORT, LEAD]),
        ("/desk/articles", &[EDITOR, ADMIN]),
        ("/desk/settings", &[ADMIN, OPERATOR]),
        ("/desk/dashboard", &[LEAD, ADMIN, OPERATOR]),
        ("/desk/review", &[REVIEWER, LEAD]),
        ("/desk/board", &[LEAD]),
        ("/desk/cashier/{order}", &[CLERK]),
        ("/desk/cashier", &[CLERK, Who::ClerkElsewhere]),
        ("/desk/window/photo/{appointment}", &[CLERK]),
        ("/desk/window", &[CLERK, Who::ClerkElsewhere]),
        ("/desk/hall", &[CLERK, Who::ClerkElsewhere]),
        ("/desk/arrivals", &[CLERK, Who::ClerkElsewhere]),
        ("/api/v1/window/", &[CLERK, Who::ClerkElsewhere]),
        ("/api/v1/orders/{id}", &[Who::Shop]),
        ("/api/v1/hooks/{id}", &[Who::Shop]),
        // An account that somebody vouched for may book; those here are not, and are told so.
        ("/api/v1/appointments", &[Who::Account, Who::OtherAccount, Who::Shop, Who::OtherShop]),
        ("/api/v1/orders", &[Who::Shop, Who::OtherShop]),
        ("/api/v1/messages", &[Who::Shop, Who::OtherShop]),
        ("/api/v1/hooks", &[Who::Shop, Who::OtherShop]),
        ("/api/v1/", &[Who::Shop, Who::OtherShop, Who::BareKey]),
    ];
    if ["/desk", "/desk/prove", "/desk/prove/passkey", "/desk/second", "/desk/second/passkey"].contains(&path) {
        return Some((0..Role::ALL.len()).map(Who::Staff).chain([Who::ClerkElsewhere]).collect());
    }
    rules.iter().find(|(start, _)| path.starts_with(start)).map(|(_, who)| who.to_vec())
}

/// Whether an address is that of a category, its list or an article in it, in either language.
fn of_category(path: &str) -> bool {
    let path = path.strip_prefix("/en").unwrap_or(path);
    let slug = path.split('/').nth(1).unwrap_or_default();
    Categories::built_in().unwrap().get(slug).is_some()
}
