//! Who works at the desks.

use anyhow::Context;
use clap::Subcommand;
use huizhi_domain::staff::Role;
use huizhi_store::NewStaff;

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
    /// List staff and offices
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
        Some(name) => {
            let all = store.offices().await?;
            let found = all.iter().find(|office| office.name == name).map(|office| office.id);
            let names: Vec<&str> = all.iter().map(|office| office.name.as_str()).collect();
            let found = found.ok_or_else(|| UsageError(format!("--office “{name}”: one of {}", names.join(", "))))?;
            Some(found)
        }
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
