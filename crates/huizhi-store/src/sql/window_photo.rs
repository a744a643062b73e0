//! Photos that windows take: the order that runs for a visit, and no second one beside it.

use std::sync::Arc;

use huizhi_domain::audit::Entry;
use huizhi_domain::id::{AppointmentId, OrderId};
use huizhi_domain::order::OrderState;

use super::{Connection, order, word};
use crate::order::Begun;
use crate::window_photo::Taking;
use crate::{Keys, Result, StoreError};

pub async fn begin(
    db: &mut Connection,
    keys: Arc<Keys>,
    taking: Taking,
    begun: Begun,
    applicant: Vec<u8>,
    entries: (Entry, Entry),
) -> Result<OrderId> {
    // Two windows that begin at the same moment wait for each other here.
    sqlx::query(locking!("SELECT id FROM appointment WHERE id = $1"))
        .bind(taking.appointment.to_string())
        .fetch_optional(&mut *db)
        .await?
        .ok_or(StoreError::Absent("appointment"))?;
    if let Some(before) = of(&mut *db, taking.appointment).await?
        && let Some(order) = order::find(&mut *db, before).await?
        && !matches!(order.state, OrderState::Withdrawn | OrderState::Expired)
    {
        return Ok(order.id);
    }
    let id = order::begin(&mut *db, Arc::clone(&keys), begun, entries.0).await?;
    order::set_applicant(&mut *db, keys, id, applicant, entries.1).await?;
    sqlx::query(
        "INSERT INTO window_photo (appointment, order_id, office, staff, begun_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (appointment) DO \
         UPDATE SET order_id = excluded.order_id, office = excluded.office, staff = excluded.staff, begun_at = excluded.begun_at",
    )
    .bind(taking.appointment.to_string())
    .bind(id.to_string())
    .bind(taking.office.to_string())
    .bind(taking.staff.to_string())
    .bind(taking.at.0)
    .execute(db)
    .await?;
    Ok(id)
}

pub async fn of(db: &mut Connection, appointment: AppointmentId) -> Result<Option<OrderId>> {
    let row = sqlx::query("SELECT order_id FROM window_photo WHERE appointment = $1")
        .bind(appointment.to_string())
        .fetch_optional(db)
        .await?;
    row.map(|row| word(&row, "order_id")).transpose()
}

/// Whether a window took an order's photo.
pub async fn is_one(db: &mut Connection, of: OrderId) -> Result<bool> {
    let row = sqlx::query("SELECT 1 AS one FROM window_photo WHERE order_id = $1")
        .bind(of.to_string())
        .fetch_optional(db)
        .await?;
    Ok(row.is_some())
}
