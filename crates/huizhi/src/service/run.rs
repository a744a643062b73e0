//! Serving and working.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use huizhi_domain::office::Span;
use huizhi_sandbox::{Program, Workers};
use huizhi_store::Store;
use huizhi_web::{App, Comments, Live, Networks, Prefix, QrPicture, SecondFactor, Settings, Support, Windows};

use super::notify::Channels;
use super::place::Places;
use super::{articles, demo, doctor, rules};
use crate::Exit;

/// How the service serves.
#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    engine: Engine,
    #[command(flatten)]
    channels: Channels,
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", env = "HUIZHI_LISTEN")]
    listen: SocketAddr,
    /// Where citizens find it; with https, cookies are bound to it [default: localhost and the port, without TLS]
    #[arg(long, value_name = "URL", env = "HUIZHI_PUBLIC_URL")]
    public_url: Option<String>,
    /// A proxy of yours stands before it and writes `X-Forwarded-For`
    #[arg(long, env = "HUIZHI_BEHIND_PROXY")]
    behind_proxy: bool,
    /// At the first start, set up offices of 惠州市 and staff, and print their passwords once
    #[arg(long)]
    demo: bool,
    /// Whether all staff need a second factor beside the password: required or offered; who leads, administers or operates always does
    /// [default: required, with --demo offered]
    #[arg(long, value_name = "HOW", env = "HUIZHI_STAFF_SECOND_FACTOR", value_parser = ["required", "offered"])]
    staff_second_factor: Option<String>,
    /// Where clerks fetch photos: free, or bound to registered terminals of their office, in its opening hours
    #[arg(long, value_name = "WHERE", default_value = "free", env = "HUIZHI_WINDOWS", value_parser = ["free", "bound"])]
    windows: String,
    /// Who may write under articles: anybody with a name and an e-mail address, accounts that are signed in, or nobody
    #[arg(long, value_name = "WHO", default_value = "anybody", env = "HUIZHI_COMMENTS", value_parser = ["anybody", "accounts", "nobody"])]
    comments: String,
    /// A folder of yours with rules on what to bring, `materials/*.toml`: a file of the same name stands in the place of ours
    #[arg(long, value_name = "FOLDER", env = "HUIZHI_RULES")]
    rules: Option<PathBuf>,
    /// Leave the work to `huizhi work` on other machines
    #[arg(long)]
    no_work: bool,
    /// One-time codes for citizens that may go out within 24 hours
    #[arg(long, value_name = "COUNT", default_value_t = Settings::CODES_A_DAY, env = "HUIZHI_CODES_A_DAY")]
    codes_a_day: u32,
    /// Networks that are shut out of waiting rooms and the waiting list, as 192.0.2.0/24, with commas between
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', env = "HUIZHI_BARRED_NETWORKS")]
    barred_networks: Vec<Prefix>,
    /// Networks whose strangers are not counted together there: a library, a service hall
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', env = "HUIZHI_TRUSTED_NETWORKS")]
    trusted_networks: Vec<Prefix>,
    /// Telephone number of your support
    #[arg(long, value_name = "NUMBER", default_value = "", env = "HUIZHI_SUPPORT_PHONE")]
    support_phone: String,
    /// E-mail address of your support
    #[arg(long, value_name = "ADDRESS", default_value = "", env = "HUIZHI_SUPPORT_EMAIL")]
    support_email: String,
    /// When your support answers
    #[arg(long, value_name = "TEXT", default_value = "", env = "HUIZHI_SUPPORT_HOURS")]
    support_hours: String,
    /// The hours of working days in which inquiries are answered, as 08:30-12:00,14:00-17:30 [default: those]
    #[arg(long, value_name = "HOURS", value_delimiter = ',', env = "HUIZHI_SUPPORT_OPEN")]
    support_open: Vec<Span>,
    /// A picture, PNG or JPEG, of the QR code of your support's account in WeChat
    #[arg(long, value_name = "FILE", env = "HUIZHI_SUPPORT_WECHAT_QR")]
    support_wechat_qr: Option<PathBuf>,
}

/// How the service works without serving.
#[derive(Args, Debug)]
pub struct Work {
    #[command(flatten)]
    places: Places,
    #[command(flatten)]
    engine: Engine,
    /// Messages are left to others unless channels are given here; give the same to every process that works
    #[command(flatten)]
    channels: Channels,
    /// Where citizens find the service: messages have links to it
    #[arg(long, value_name = "URL", env = "HUIZHI_PUBLIC_URL")]
    public_url: Option<String>,
}

/// How photos are read.
#[derive(Args, Clone, Copy, Debug)]
struct Engine {
    /// Photos at a time [default: as many as the machine has cores]
    #[arg(long, value_name = "COUNT", env = "HUIZHI_PHOTOS_AT_ONCE")]
    photos_at_once: Option<usize>,
    /// Read photos even where the kernel can't confine the processes that do
    #[arg(long, env = "HUIZHI_INSECURE_NO_SANDBOX")]
    insecure_no_sandbox: bool,
}

impl Engine {
    async fn start(self) -> anyhow::Result<Workers> {
        let program = Program {
            path: std::env::current_exe().context("finding this program")?,
            arguments: vec!["photo-worker".into()],
        };
        let settings = huizhi_sandbox::Settings::default();
        let settings = huizhi_sandbox::Settings {
            pool: self.photos_at_once.unwrap_or(settings.pool),
            insecure_no_sandbox: self.insecure_no_sandbox,
            ..settings
        };
        Workers::start(program, settings).await.context("starting the processes that read photos")
    }
}

impl Serve {
    /// In a demonstration the printed passwords are enough, so that it can be looked at.
    fn second_factor(&self) -> SecondFactor {
        match self.staff_second_factor.as_deref() {
            Some("offered") => SecondFactor::Offered,
            None if self.demo => SecondFactor::Offered,
            _ => SecondFactor::Required,
        }
    }
}

/// The largest picture of a QR code: each visitor of the help page loads it.
const QR_MOST_BYTES: usize = 512 * 1024;

/// Reads the operator's picture of a QR code.
fn qr_picture(path: &Path) -> anyhow::Result<QrPicture> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let wrong = |why: &str| crate::UsageError(format!("--support-wechat-qr {}: {why}", path.display()));
    if bytes.len() > QR_MOST_BYTES {
        return Err(wrong("it has more than 512 KiB").into());
    }
    Ok(QrPicture::read(bytes).ok_or_else(|| wrong("it is neither a PNG nor a JPEG"))?)
}

/// Serves until it is asked to end.
pub fn serve(arguments: &Serve) -> anyhow::Result<Exit> {
    // A shell's 1,024 would be used up by a fourth of the connections that are taken.
    if let Err(error) = rlimit::increase_nofile_limit(doctor::HANDLES) {
        tracing::warn!(%error, "the number of open files stays as it is");
    }
    runtime()?.block_on(async {
        let store = arguments.places.open().await?;
        if arguments.demo {
            demo::set_up(&store).await?;
        }
        articles::set_up(&store).await?;
        // The port first: somebody who started it twice learns so before anything else happens.
        let listener = huizhi_web::listen(arguments.listen).with_context(|| {
            format!("listening on {}; is it running already? --listen takes another", arguments.listen)
        })?;
        let port = listener.local_addr()?.port();
        let settings = Settings {
            public_url: arguments.public_url.clone().unwrap_or_else(|| format!("http://localhost:{port}")),
            demo: arguments.demo,
            behind_proxy: arguments.behind_proxy,
            codes_a_day: arguments.codes_a_day,
            support: Support {
                phone: arguments.support_phone.clone(),
                email: arguments.support_email.clone(),
                hours: arguments.support_hours.clone(),
                open: arguments.support_open.clone(),
                wechat_qr: arguments.support_wechat_qr.as_deref().map(qr_picture).transpose()?,
            },
            staff_second_factor: arguments.second_factor(),
            windows: if arguments.windows == "bound" { Windows::Bound } else { Windows::Free },
            comments: match arguments.comments.as_str() {
                "accounts" => Comments::Accounts,
                "nobody" => Comments::Nobody,
                _ => Comments::Anybody,
            },
            materials: arguments.rules.as_deref().map(rules::materials).transpose()?.unwrap_or_default(),
            networks: Networks {
                barred: arguments.barred_networks.clone(),
                trusted: arguments.trusted_networks.clone(),
            },
        };
        let workers = arguments.engine.start().await?;
        let app = App::new(store.clone(), Some(workers), settings)?;
        let outside = arguments.channels.open()?;
        // Nobody else sets it.
        let _ = app.shared.outside.set(outside.clone());
        println!("回执 Huizhi: {}/  (desks: {}/desk)", app.settings.public_url, app.settings.public_url);
        let live = amended(app.clone()).await;
        let mut work = vec![tokio::spawn(live.clone().watch())];
        if !arguments.no_work {
            work.push(tokio::spawn(huizhi_web::work(live.clone())));
            work.extend(outside.till.clone().map(|till| tokio::spawn(huizhi_web::pay(app.clone(), till))));
            work.push(tokio::spawn(huizhi_web::notify(live.clone(), outside.clone())));
            work.push(tokio::spawn(huizhi_web::errands(app.clone(), outside)));
        }
        let served = tokio::select! {
            served = huizhi_web::serve(listener, live) => served.context("serving"),
            () = store.stopped() => Err(anyhow::anyhow!("the database takes no more writes; see to the disk and start again")),
        };
        end(store, work).await;
        served.map(|()| Exit::Fits)
    })
}

/// Works until it is asked to end.
pub fn work(arguments: &Work) -> anyhow::Result<Exit> {
    runtime()?.block_on(async {
        let store = arguments.places.open().await?;
        let workers = arguments.engine.start().await?;
        let mut settings = Settings::default();
        let outside = if arguments.channels.given() {
            let without = || {
                crate::UsageError("messages have links: give --public-url, where citizens find the service".to_owned())
            };
            settings.public_url = arguments.public_url.clone().ok_or_else(without)?;
            Some(arguments.channels.open()?)
        } else {
            None
        };
        let app = App::new(store.clone(), Some(workers), settings)?;
        let live = amended(app.clone()).await;
        let mut work = vec![tokio::spawn(live.clone().watch()), tokio::spawn(huizhi_web::work(live.clone()))];
        // Whoever has no channels would write down that nobody is to be told, and may not be allowed to call the peers.
        if let Some(outside) = outside {
            work.extend(outside.till.clone().map(|till| tokio::spawn(huizhi_web::pay(app.clone(), till))));
            work.push(tokio::spawn(huizhi_web::notify(live, outside.clone())));
            work.push(tokio::spawn(huizhi_web::errands(app, outside)));
        }
        tokio::signal::ctrl_c().await?;
        end(store, work).await;
        Ok(Exit::Fits)
    })
}

/// The service with the amendments that hold. One that can't be taken over never keeps it from starting.
async fn amended(app: App) -> Live {
    let live = Live::from(app);
    live.refresh_or_tell().await;
    live
}

async fn end(store: Store, all: Vec<tokio::task::JoinHandle<()>>) {
    for work in all {
        // What it was at is taken up again at the next start: nothing is half done.
        work.abort();
    }
    store.close().await;
}

/// A runtime, and logs on stderr: sentences for people at a terminal, `HUIZHI_LOG` says how much.
pub(super) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let filter = std::env::var("HUIZHI_LOG").unwrap_or_else(|_| "info,sqlx=warn".to_owned());
    let filter = tracing_subscriber::EnvFilter::try_new(&filter)
        .map_err(|error| crate::UsageError(format!("HUIZHI_LOG “{filter}”: {error}")))?;
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).finish();
    // A second call in one process keeps the first one's.
    let _ = tracing::subscriber::set_global_default(subscriber);
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")
}
