//! A demonstration: offices of 惠州市 and one account for each desk, set up once.

use huizhi_domain::office::Span;
use huizhi_domain::staff::{Office, Role};
use huizhi_domain::visit::schedule::Opening;
use huizhi_store::{NewOffice, NewStaff, Store};

use super::staff::draw_password;

/// 惠州市
const CITY: &str = "441300";

/// The districts and counties are 惠州's; names, streets and numbers are made up, and say so: a demonstration must not send anybody to a
/// real door. The first two have the windows of the accounts below.
const OFFICES: [(&str, &str, &str); 10] = [
    ("惠城户政窗口（演示）", "惠城区", "惠州市惠城区江北街道演示路 1 号"),
    ("惠阳户政窗口（演示）", "惠阳区", "惠州市惠阳区淡水街道演示路 2 号"),
    ("博罗户政窗口（演示）", "博罗县", "惠州市博罗县罗阳街道演示路 3 号"),
    ("惠城桥东户政窗口（演示）", "惠城区", "惠州市惠城区桥东街道演示路 4 号"),
    ("惠阳秋长户政窗口（演示）", "惠阳区", "惠州市惠阳区秋长街道演示路 5 号"),
    ("博罗园洲户政窗口（演示）", "博罗县", "惠州市博罗县园洲镇演示路 6 号"),
    ("惠东户政窗口（演示）", "惠东县", "惠州市惠东县平山街道演示路 7 号"),
    ("龙门户政窗口（演示）", "龙门县", "惠州市龙门县龙城街道演示路 8 号"),
    ("仲恺户政窗口（演示）", "仲恺高新区", "惠州市仲恺高新区陈江街道演示路 9 号"),
    ("大亚湾户政窗口（演示）", "大亚湾", "惠州市大亚湾澳头街道演示路 10 号"),
];

/// What they give places for: minutes of a place, places to book, and the desk's own. A card takes a quarter of an hour with its
/// fingerprints; a permit takes longer and fewer ask for it.
const SERVICES: [(&str, i32, i32, i32); 2] = [("id-card", 15, 4, 1), ("residence", 20, 2, 1)];

/// Monday to Friday, as 惠州's halls are open (background.md §4.1).
const HOURS: [Span; 2] = [Span { opens: 8 * 60 + 30, closes: 12 * 60 }, Span { opens: 14 * 60, closes: 17 * 60 + 30 }];

/// Two reviewers and a lead are the fewest with whom a second look and a disagreement can be seen through; a third hears
/// appeals.
const STAFF: [(&str, &str, Role, Option<usize>); 10] = [
    ("shenhe1", "审核员甲", Role::Reviewer, None),
    ("shenhe2", "审核员乙", Role::Reviewer, None),
    ("shenhe3", "审核员丙", Role::Reviewer, None),
    ("zuzhang", "审核组长", Role::Lead, None),
    ("chuangkou1", "惠城窗口", Role::Clerk, Some(0)),
    ("chuangkou2", "惠阳窗口", Role::Clerk, Some(1)),
    ("guanli", "管理员", Role::Admin, None),
    ("kefu", "客服甲", Role::Support, None),
    // Who asks for publication does not publish.
    ("bianji1", "编辑甲", Role::Editor, None),
    ("bianji2", "编辑乙", Role::Editor, None),
];

/// Sets it up where there is no staff yet, and prints the passwords, which nobody can read again.
pub async fn set_up(store: &Store) -> anyhow::Result<()> {
    if !store.all_staff().await?.is_empty() {
        return Ok(());
    }
    let mut offices = Vec::new();
    for (number, (name, district, address)) in (1..).zip(OFFICES) {
        let office = add_office(store, number, name, (district, address)).await?;
        offices.push(office);
    }
    println!("demo accounts, shown this once:");
    for (login, name, role, office) in STAFF {
        let password = draw_password()?;
        let office = office.and_then(|at: usize| offices.get(at)).map(|office| office.id);
        let hash = huizhi_web::hash_password(&password)?;
        let (login, name) = (login.to_owned(), name.to_owned());
        println!("  {:<9} {login:<11} {password}", role.word());
        store.add_staff(NewStaff { login, name, role, office, password: hash }).await?;
    }
    Ok(())
}

/// Adds an office with its weeks; the places of the coming days follow when the service begins its work.
async fn add_office(
    store: &Store,
    number: i32,
    name: &str,
    (district, address): (&str, &str),
) -> anyhow::Result<Office> {
    let new = NewOffice {
        city: CITY.to_owned(),
        name: name.to_owned(),
        district: district.to_owned(),
        address: address.to_owned(),
        phone: format!("0752-00000{number:02}"),
    };
    let office = store.open_office(new, None).await?;
    for (service, every_min, places, staff_places) in SERVICES {
        let of_day = |weekday| HOURS.map(|span| Opening { weekday, span, every_min, places, staff_places });
        let week: Vec<Opening> = (1..=5).flat_map(of_day).collect();
        store.set_openings(office.id, service, &week, None).await?;
    }
    Ok(office)
}
