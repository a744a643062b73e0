//! A demonstration: offices of 惠州市 and one account for each desk, set up once.

use huizhi_domain::staff::Role;
use huizhi_store::{NewStaff, Store};

use super::staff::draw_password;

/// 惠州市
const CITY: &str = "441300";

/// Names and addresses are made up, and say so: a demonstration must not send anybody to a real door.
const OFFICES: [(&str, &str); 3] = [
    ("惠城户政窗口（演示）", "惠州市惠城区演示路 1 号"),
    ("惠阳户政窗口（演示）", "惠州市惠阳区演示路 2 号"),
    ("博罗户政窗口（演示）", "惠州市博罗县演示路 3 号"),
];

/// Two reviewers and a lead are the fewest with whom a second look and a disagreement can be seen through; a third hears
/// appeals.
const STAFF: [(&str, &str, Role, Option<usize>); 7] = [
    ("shenhe1", "审核员甲", Role::Reviewer, None),
    ("shenhe2", "审核员乙", Role::Reviewer, None),
    ("shenhe3", "审核员丙", Role::Reviewer, None),
    ("zuzhang", "审核组长", Role::Lead, None),
    ("chuangkou1", "惠城窗口", Role::Clerk, Some(0)),
    ("chuangkou2", "惠阳窗口", Role::Clerk, Some(1)),
    ("guanli", "管理员", Role::Admin, None),
];

/// Sets it up where there is no staff yet, and prints the passwords, which nobody can read again.
pub async fn set_up(store: &Store) -> anyhow::Result<()> {
    if !store.all_staff().await?.is_empty() {
        return Ok(());
    }
    let mut offices = Vec::new();
    for (name, address) in OFFICES {
        offices.push(store.add_office(CITY, name, address).await?);
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
