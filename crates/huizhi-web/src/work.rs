//! What happens without anybody asking: photos are judged, decisions settle, receipts are issued, time runs out.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use huizhi_domain::id::AttemptId;
use huizhi_domain::order::Order;
use huizhi_photo::Verdict;
use huizhi_sandbox::{Choices, JudgeRequest, Judged, Making, SandboxError, Workers};
use huizhi_store::{IssueTerms, Judgement, StoreError, ToJudge};
use jiff::civil::Date;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::app::App;
use crate::live::Live;
use crate::site::comment::check;

/// How often the loop looks when nobody rings: a decision settles 10 s after it was made, so a second is soon enough.
const EVERY: Duration = Duration::from_secs(1);
/// Every how many rounds the log's head is kept, and files without a row are looked for: at least once an hour.
const CHECKPOINT_ROUNDS: u32 = 3600;
/// Photos in hand at most, in the engine or before it; the others wait where they are kept, so that a crowd does not fill the
/// memory: each may have 15 MiB.
const IN_HAND: usize = 12;
/// Every how many rounds time's victims are looked for: once a minute.
const EXPIRY_ROUNDS: u32 = 60;

/// Works until it is dropped. Faults are logged, and the next round tries again.
pub async fn work(live: impl Into<Live>) {
    let live = live.into();
    let judging = live.app().workers.clone().map(|workers| Judging::new(live.clone(), workers));
    let mut running = JoinSet::new();
    // Asks another service, which may take long; ends with this.
    let mut beside = JoinSet::new();
    beside.spawn(check::check_all(live.app()));
    let mut round = 0_u32;
    loop {
        // What was amended holds from the next round on.
        let app = live.app();
        if let Some(judging) = &judging {
            judging.start_all(&mut running).await;
        }
        while running.try_join_next().is_some() {}
        log("settling decisions", app.store.settle_due().await.map(drop));
        log("issuing receipts", app.store.issue_due(&|order, day| terms(&app, order, day)).await.map(drop));
        log("letting the next in", app.store.tend_rooms().await.map(drop));
        log("looking after offers", app.store.settle_wishes().await.map(drop));
        log("indexing articles", app.store.refresh_search().await.map(drop));
        log("offering places", app.store.offer_places().await.map(drop));
        if round.is_multiple_of(EXPIRY_ROUNDS) {
            log("indexing what is found", crate::site::search::index(&app).await);
            log("opening waiting rooms", app.store.open_rooms(&app.calendar).await.map(drop));
            log("forgetting who was in waiting rooms", app.store.forget_rooms().await);
            log("expiring orders", app.store.expire_orders().await.map(drop));
            log("expiring receipts", app.store.expire_receipts().await.map(drop));
            log("reminding of visits", app.store.remind_of_visits().await.map(drop));
            log("publishing articles whose time has come", app.store.publish_due().await.map(drop));
            log("sweeping", app.store.sweep_old().await);
            log("ending sessions", app.store.end_old_sessions().await);
            log("tidying accounts", app.store.tidy_accounts().await);
            log("forgetting who did not come back", app.store.tidy_outside().await);
            log("forgetting requests", app.store.forget_requests().await.map(drop));
            log("ending holds of places", app.store.expire_holds().await.map(drop));
            log("noting who missed an appointment", app.store.mark_missed().await.map(drop));
            log("deleting faces that nobody uses", app.store.expire_faces().await.map(drop));
            // A start may bring a calendar with holidays that were not known before.
            let opened = if round == 0 {
                app.store.open_slots_anew(&app.calendar).await
            } else {
                app.store.open_slots(&app.calendar).await
            };
            log("opening places", opened.map(drop));
            log("looking after inquiries", app.store.tend_inquiries(&app.support).await.map(drop));
            let rules = app.residence.on(app.today());
            log("forgetting residences that are over", app.store.forget_residences(rules).await.map(drop));
            log("forgetting old comments and addresses", app.store.forget_comments().await.map(drop));
        }
        if round.is_multiple_of(CHECKPOINT_ROUNDS) {
            log("keeping the log's head", app.store.checkpoint().await.map(drop));
            log("sweeping what has no row", app.store.sweep_orphans().await.map(drop));
        }
        round = round.wrapping_add(1);
        tokio::select! {
            () = app.shared.bell.notified() => {}
            () = tokio::time::sleep(EVERY) => {}
            _ = running.join_next(), if !running.is_empty() => {}
        }
    }
}

fn log(what: &str, done: Result<(), StoreError>) {
    if let Err(error) = done {
        tracing::error!(%error, "{what} failed; it is tried again");
    }
}

/// What is issued for an approved order: the documents that may use the photo, and until when.
pub fn terms(app: &App, order: &Order, day: Date) -> IssueTerms {
    match app.policy(&order.city, &order.document) {
        Some(policy) => IssueTerms {
            documents: policy.uses.value.iter().cloned().collect(),
            valid_until: policy.validity.value.until(day, &app.calendar),
        },
        // The city left the table since: the document alone, for the day.
        None => IssueTerms { documents: vec![order.document.clone()], valid_until: day },
    }
}

/// Photos on their way through the engine.
struct Judging {
    live: Live,
    workers: Workers,
    in_hand: Arc<Mutex<Vec<AttemptId>>>,
}

impl Judging {
    fn new(live: Live, workers: Workers) -> Self {
        Self { live, workers, in_hand: Arc::default() }
    }

    fn held(&self) -> Vec<AttemptId> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Starts on every photo that waits; the pool says when it is full.
    async fn start_all(&self, running: &mut JoinSet<()>) {
        let app = self.live.app();
        loop {
            let held = self.held();
            if held.len() >= IN_HAND {
                return;
            }
            match app.store.next_to_judge(&held).await {
                Ok(Some(photo)) => {
                    let (app, workers, in_hand) = (app.clone(), self.workers.clone(), Arc::clone(&self.in_hand));
                    let id = photo.id;
                    in_hand.lock().unwrap_or_else(PoisonError::into_inner).push(id);
                    running.spawn(async move {
                        judge(&app, &workers, photo).await;
                        in_hand.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| *held != id);
                    });
                }
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "looking for photos failed; it is tried again");
                    return;
                }
            }
        }
    }
}

async fn judge(app: &App, workers: &Workers, photo: ToJudge) {
    let request = JudgeRequest {
        document: app.engine_document(&photo.document),
        making: Making::IfUsable,
        choices: Choices::default(),
        photo: photo.bytes,
    };
    let kept = match workers.judge(request).await {
        Ok(judged) => app.store.judged(photo.id, judgement(judged)).await.map(drop),
        Err(error) if error.is_the_files() => {
            tracing::info!(photo = %photo.id, %error, "a photo can't be read");
            let code = match &error {
                SandboxError::Photo(fault) => fault.code.key(),
                _ => "unreadable",
            };
            app.store.unreadable(photo.id, code).await
        }
        // Ours: it stays in the queue and is tried again.
        Err(error) => {
            tracing::warn!(photo = %photo.id, %error, "a photo waits for the engine");
            tokio::time::sleep(EVERY).await;
            return;
        }
    };
    log("keeping a judgement", kept);
    app.shared.judged.notify_waiters();
}

/// The engine's report with the marks, the preview's size and what is said of the made photo beside it.
fn judgement(mut judged: Judged) -> Judgement {
    let verdict = match judged.verdict {
        Verdict::Fits => "fits",
        Verdict::Review => "review",
        Verdict::Retake => "retake",
    };
    let mut report = std::mem::take(&mut judged.report);
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let of_citizen = findings.iter().filter(|it| it["severity"] != "note" && it["severity"] != "auto");
    let codes = of_citizen.filter_map(|it| it["rejection"].as_str().map(str::to_owned)).collect();
    let preview = std::mem::take(&mut judged.preview);
    let id_photo = judged.made.as_mut().map(|made| std::mem::take(&mut made.file));
    if let Value::Object(fields) = &mut report {
        fields.insert("marks".to_owned(), json!(judged.marks));
        fields.insert("preview_size".to_owned(), json!(judged.preview_size));
        fields.insert("made".to_owned(), json!(judged.made));
        fields.insert("not_made".to_owned(), json!(judged.not_made));
    }
    Judgement { verdict: verdict.to_owned(), codes, report, preview, id_photo }
}
