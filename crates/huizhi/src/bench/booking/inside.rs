//! `book` in this process: what the store reaches without a line between.

use std::sync::Arc;

use huizhi_domain::visit::By;
use huizhi_store::{Ask, Given, Store};

use super::figures::{Noted, Run, measure};
use super::world::{Spot, World};

/// Of ten attempts the one that cancels, where the client has something to cancel.
const CANCELS: usize = 8;
/// Of ten attempts the one that moves, where the client has something to move.
const MOVES: usize = 9;

/// Measures so many clients who book, and where it is `mixed` cancel and move in between.
pub async fn run(world: &World, spots: &[Spot], clients: u32, attempts: u32, mixed: bool) -> anyhow::Result<Run> {
    let spots: Arc<[Spot]> = spots.into();
    let mut crowd = Vec::new();
    for client in 0..clients {
        // Made before the clock runs: who asks is not what is measured.
        let asks: Vec<Ask> = (client..attempts)
            .step_by(clients as usize)
            .filter_map(|n| spots.get(n as usize % spots.len()).map(|spot| world.ask(*spot)))
            .collect::<anyhow::Result<_>>()?;
        crowd.push(one(world.store.clone(), Arc::clone(&spots), asks, mixed));
    }
    measure(crowd).await
}

async fn one(store: Store, spots: Arc<[Spot]>, asks: Vec<Ask>, mixed: bool) -> anyhow::Result<Noted> {
    let mut noted = Noted::default();
    let mut kept: Vec<Given> = Vec::new();
    for (n, ask) in asks.into_iter().enumerate() {
        match n % 10 {
            CANCELS if mixed => {
                if let Some(given) = kept.pop() {
                    noted.attempt(cancel(&store, &given)).await?;
                    continue;
                }
            }
            MOVES if mixed => {
                let target = spots.get((n * 7) % spots.len()).copied();
                if let (Some(given), Some(spot)) = (kept.last_mut(), target) {
                    noted.attempt(shift(&store, given, spot)).await?;
                    continue;
                }
            }
            _ => {}
        }
        let mut got = None;
        noted
            .attempt(async {
                got = store.book(ask).await?.ok();
                Ok(got.is_some())
            })
            .await?;
        kept.extend(got);
    }
    Ok(noted)
}

async fn cancel(store: &Store, given: &Given) -> anyhow::Result<bool> {
    let by = By::Code { code: given.code.clone() };
    Ok(store.cancel_appointment(given.appointment.id, by).await?.is_ok())
}

/// To another time at the same office: all offices here have the same times.
async fn shift(store: &Store, given: &mut Given, spot: Spot) -> anyhow::Result<bool> {
    let by = By::Code { code: given.code.clone() };
    let moved = store.move_appointment(given.appointment.id, spot.slot, by).await?.ok();
    let is_moved = moved.is_some();
    if let Some(moved) = moved {
        *given = moved;
    }
    Ok(is_moved)
}
