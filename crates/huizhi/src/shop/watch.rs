//! How submitted photos stand.

use std::time::Duration;

use super::Shop;
use super::client::Refusal;
use super::journal::Progress;
use crate::Exit;

/// Orders that the review has still to decide, or the counter to be paid for.
const OPEN: [&str; 3] = ["unpaid", "waiting", "in-review"];
/// Between two looks: a review takes minutes.
const BETWEEN: Duration = Duration::from_secs(3);

/// Looks until all are decided, or once.
pub fn watch(shop: &Shop, once: bool) -> anyhow::Result<Exit> {
    let mine = || -> Vec<(String, Progress)> {
        shop.progress()
            .into_iter()
            .filter(|(_, it)| it.order.is_some() && it.state != "stopped" && it.state != "refused")
            .collect()
    };
    let bar = shop.bar(mine().len(), "shop-watching");
    loop {
        for (file, progress) in mine().into_iter().filter(|(_, it)| OPEN.contains(&it.state.as_str())) {
            look(shop, &file, progress)?;
        }
        let open = mine().iter().filter(|(_, it)| OPEN.contains(&it.state.as_str())).count();
        bar.set_position((mine().len() - open) as u64);
        if open == 0 || once {
            break;
        }
        std::thread::sleep(BETWEEN);
    }
    bar.finish_and_clear();
    report(shop)
}

fn look(shop: &Shop, file: &str, mut progress: Progress) -> anyhow::Result<()> {
    let order = progress.order.clone().unwrap_or_default();
    let seen = match shop.client.get(&format!("/api/v1/orders/{order}")) {
        Ok(seen) => seen,
        Err(error) => match error.downcast_ref::<Refusal>() {
            Some(refusal) if refusal.status == 404 => {
                "expired".clone_into(&mut progress.state);
                return shop.journal.note(file, &progress);
            }
            _ => return Err(error),
        },
    };
    let state = seen["state"].as_str().unwrap_or_default();
    if state == progress.state {
        return Ok(());
    }
    state.clone_into(&mut progress.state);
    if state == "rejected" {
        let reasons = seen["rejection"]["codes"].as_array().into_iter().flatten();
        let said: Vec<String> = reasons
            .map(|it| {
                format!("{} {}", it["code"].as_str().unwrap_or_default(), it["title"].as_str().unwrap_or_default())
            })
            .collect();
        progress.why = Some(said.join("、"));
    }
    shop.journal.note(file, &progress)
}

/// A line a photo, and whether all are approved.
fn report(shop: &Shop) -> anyhow::Result<Exit> {
    let all = shop.progress();
    let mut said = String::new();
    for (file, progress) in &all {
        let state = shop.lang.word(&format!("shop-state-{}", progress.state));
        let why = progress.why.as_deref().map(|why| format!("  {why}")).unwrap_or_default();
        said += &[file, "  ", &state, &why, "\n"].concat();
    }
    crate::files::say(&said)?;
    let good = all.iter().all(|(_, it)| it.state == "approved" || OPEN.contains(&it.state.as_str()));
    Ok(if good { Exit::Fits } else { Exit::DoesNotFit })
}
