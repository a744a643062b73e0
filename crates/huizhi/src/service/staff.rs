//! Who works at the desks.

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::id::{OfficeId, StaffId};
use huizhi_domain::office::{Hours, Span};
use huizhi_domain::staff::{Change, Role};
use huizhi_store::{NewStaff, Store};

use super::place::Places;
use super::run::runtime;
use crate::{Exit, UsageError};

/// Characters of drawn passwords: none that look like another.
const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";

/// What can be done about staff.
#[derive(Subcommand, Debug)]
pub enum StaffCommand {
    /// Add a member of staff, and print a password for them once
    Add {
        /// What they sign in with
        login: String,
        /// What colleagues call them
        #[arg(long)]
        name: String,
        /// reviewer, lead, clerk, support, editor, admin or operator
        #[arg(long)]
        role: String,
        /// Name of their office; clerks need one
        #[arg(long)]
        office: Option<String>,
        #[command(flatten)]
        places: Places,
    },
    /// Add an office
    AddOffice {
        /// Its name
        name: String,
        /// Code of its city (GB/T 2260, six digits)
        #[arg(long)]
        city: String,
        /// Its address
        #[arg(long)]
        address: String,
        #[command(flatten)]
        places: Places,
    },
    /// Confirm what the only administrator proposed: where there is another, they confirm it at /desk/staff
    Confirm {
        /// The proposal, as `huizhi staff list` names it
        proposal: String,
        #[command(flatten)]
        places: Places,
    },
    /// Set when an office is open: photos are fetched only then, where windows are bound
    Hours {
        /// Name of the office
        office: String,
        /// Days and their hours, Monday is 1: `1=09:00-17:30`; without any it is always open
        days: Vec<String>,
        #[command(flatten)]
        places: Places,
    },
    /// List staff, offices and what waits for a second person
    List {
        #[command(flatten)]
        places: Places,
    },
}

/// Does it.
pub fn staff(command: StaffCommand) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        match command {
            StaffCommand::Add { login, name, role, office, places } => add(login, name, &role, office, &places).await,
            StaffCommand::AddOffice { name, city, address, places } => {
                let city = city_code(&city)?;
                let store = places.open().await?;
                let office = store.add_office(&city, &name, &address).await?;
                println!("{}  {name}", office.id);
                store.close().await;
                Ok(Exit::Fits)
            }
            StaffCommand::Confirm { proposal, places } => confirm(&proposal, &places).await,
            StaffCommand::Hours { office, days, places } => hours(&office, &days, &places).await,
            StaffCommand::List { places } => list(&places).await,
        }
    })
}

async fn add(login: String, name: String, role: &str, office: Option<String>, places: &Places) -> anyhow::Result<Exit> {
    let role: Role = role.parse().map_err(|_| {
        let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
        UsageError(format!("--role “{role}”: one of {}", roles.join(", ")))
    })?;
    let store = places.open().await?;
    let office = match office {
        Some(name) => Some(office_of(&store, &name).await?),
        None if role == Role::Clerk => return Err(UsageError("a clerk needs --office".to_owned()).into()),
        None => None,
    };
    let password = draw_password()?;
    let hash = huizhi_web::hash_password(&password)?;
    match store.add_staff(NewStaff { login: login.clone(), name, role, office, password: hash }).await {
        Ok(_) => println!("{login}  {password}"),
        Err(huizhi_store::StoreError::Conflict(_)) => {
            return Err(UsageError(format!("“{login}” is taken; choose another login")).into());
        }
        Err(error) => return Err(error.into()),
    }
    store.close().await;
    Ok(Exit::Fits)
}

async fn confirm(proposal: &str, places: &Places) -> anyhow::Result<Exit> {
    let id = proposal.parse().map_err(|_| UsageError(format!("“{proposal}” is no proposal's id")))?;
    let store = places.open().await?;
    match store.confirm_proposal(id, None).await {
        Ok(()) => {}
        Err(huizhi_store::StoreError::Staff(error)) => return Err(UsageError(error.to_string()).into()),
        Err(error) => return Err(error.into()),
    }
    store.close().await;
    Ok(Exit::Fits)
}

async fn hours(office: &str, days: &[String], places: &Places) -> anyhow::Result<Exit> {
    let mut spans = Vec::new();
    for day in days {
        let wrong = || UsageError(format!("“{day}”: a day from 1 to 7 and its hours, such as 1=09:00-17:30"));
        let (weekday, span) = day.split_once('=').ok_or_else(wrong)?;
        let weekday: i32 = weekday.parse().map_err(|_| wrong())?;
        let span: Span = span.parse().map_err(|_| wrong())?;
        if !(1..=7).contains(&weekday) {
            return Err(wrong().into());
        }
        spans.push((weekday, span));
    }
    let store = places.open().await?;
    let office = office_of(&store, office).await?;
    store.set_office_hours(office, &Hours::of(spans), None).await?;
    store.close().await;
    Ok(Exit::Fits)
}

async fn office_of(store: &Store, name: &str) -> anyhow::Result<OfficeId> {
    let all = store.offices().await?;
    let found = all.iter().find(|office| office.name == name).map(|office| office.id);
    let names: Vec<&str> = all.iter().map(|office| office.name.as_str()).collect();
    let found = found.ok_or_else(|| UsageError(format!("the office “{name}”: one of {}", names.join(", "))))?;
    Ok(found)
}

async fn list(places: &Places) -> anyhow::Result<Exit> {
    let store = places.open().await?;
    let offices = store.offices().await?;
    for staff in store.all_staff().await? {
        let office = offices.iter().find(|office| Some(office.id) == staff.office).map_or("-", |office| &office.name);
        println!("{:<10} {:<12} {:<12} {office}", staff.role.word(), staff.login, staff.name);
    }
    for office in &offices {
        println!("{}  {}  {}", office.city, office.name, office.address);
    }
    let all = store.all_staff().await?;
    let login = |id: StaffId| all.iter().find(|staff| staff.id == id).map_or("-", |staff| staff.login.as_str());
    for proposal in store.proposals().await? {
        let what = match proposal.change {
            Change::Role { role, .. } => role.word(),
            Change::Reset => "new second factor",
        };
        println!("{}  {}: {what}, proposed by {}", proposal.id, login(proposal.subject), login(proposal.proposer));
    }
    store.close().await;
    Ok(Exit::Fits)
}

pub(super) fn city_code(text: &str) -> anyhow::Result<String> {
    let cities = huizhi_domain::city::Cities::built_in().context("reading the table of cities")?;
    let code = text.parse().ok().and_then(|code| cities.find(code));
    if code.is_none() {
        return Err(UsageError(format!(
            "--city “{text}”: the six-digit code of a city that issues documents, such as 441300"
        ))
        .into());
    }
    Ok(text.to_owned())
}

/// Sixteen characters, 80 bits.
pub fn draw_password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the operating system gives no random bytes: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}
