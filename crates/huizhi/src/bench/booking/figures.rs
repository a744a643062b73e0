//! What a run came to: how many attempts were done and refused, and how long each took.

use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::task::JoinSet;

/// What one client did.
#[derive(Default)]
pub struct Noted {
    done: usize,
    refused: usize,
    times: Vec<Duration>,
}

impl Noted {
    /// Waits for an attempt and notes it; `true` where it was done, `false` where it was refused.
    pub async fn attempt(&mut self, attempt: impl Future<Output = anyhow::Result<bool>>) -> anyhow::Result<()> {
        let begun = Instant::now();
        let done = attempt.await?;
        self.times.push(begun.elapsed());
        if done {
            self.done += 1;
        } else {
            self.refused += 1;
        }
        Ok(())
    }
}

/// What all clients of a run did.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Attempts that were done; each of them is durable.
    pub done: usize,
    /// Attempts that were refused.
    pub refused: usize,
    /// From the first attempt to the last answer.
    pub seconds: f64,
    /// Done in a second.
    pub per_s: f64,
    /// Half of the answers came within, ms.
    pub p50_ms: f64,
    /// 99 of 100 answers came within, ms.
    pub p99_ms: f64,
}

/// Runs all clients at once.
pub async fn measure<F>(clients: Vec<F>) -> anyhow::Result<Run>
where
    F: Future<Output = anyhow::Result<Noted>> + Send + 'static,
{
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn(client);
    }
    let mut all = Noted::default();
    while let Some(noted) = running.join_next().await {
        let noted = noted??;
        all.done += noted.done;
        all.refused += noted.refused;
        all.times.extend(noted.times);
    }
    let seconds = begun.elapsed().as_secs_f64();
    all.times.sort_unstable();
    let at = |share: f64| {
        let place = (all.times.len() as f64 * share) as usize;
        all.times.get(place.min(all.times.len().saturating_sub(1))).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    Ok(Run {
        done: all.done,
        refused: all.refused,
        seconds,
        per_s: all.done as f64 / seconds,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
    })
}

/// The run in the middle, by how much it did in a second.
pub fn middle(mut runs: Vec<Run>) -> Option<Run> {
    runs.sort_by(|one, other| one.per_s.total_cmp(&other.per_s));
    let place = runs.len() / 2;
    (place < runs.len()).then(|| runs.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(per_s: f64) -> Run {
        Run { done: 1, refused: 0, seconds: 1.0, per_s, p50_ms: 1.0, p99_ms: 1.0 }
    }

    #[tokio::test]
    async fn what_was_done_and_refused_is_counted_apart() {
        let client = |refuses: bool| async move {
            let mut noted = Noted::default();
            for n in 0..10 {
                noted.attempt(async move { Ok(!refuses || n % 2 == 0) }).await?;
            }
            anyhow::Ok(noted)
        };
        let run = measure(vec![client(true), client(false)]).await.unwrap();
        assert_eq!((run.done, run.refused), (15, 5));
        assert!(run.p50_ms <= run.p99_ms && run.per_s > 0.0);
    }

    #[test]
    fn of_several_runs_the_middle_one_is_told() {
        assert!((middle(vec![run(3.0), run(1.0), run(2.0)]).unwrap().per_s - 2.0).abs() < 1e-9);
        assert!(middle(Vec::new()).is_none());
    }
}
