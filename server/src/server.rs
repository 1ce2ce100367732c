//! The listener: accepts connections within the limits, detects their protocol, and ends them at shutdown.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use parking_lot::Mutex;
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::{Instant, timeout},
};
use wend_bolt::handshake::MAGIC;
use wenddb::{Database, host::Host};

use crate::{
    auth::Auth,
    bolt,
    budget::Budget,
    failure::Failure,
    http,
    known_logins::KnownLogins,
    limits::Limits,
    metrics::Metrics,
    pool::Pool,
    scratch,
    shared::{Peer, Phase, Shared},
    stream::{Sniffed, Socket},
    tls::{Tls, TlsFiles, TlsMode},
    transactions::Transactions,
    uploads::Uploads,
};

/// The configuration of a server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that clients are told to use, `host:port`; by default the one that they have used.
    pub advertised: Option<String>,
    /// The limits of one client.
    pub limits: Limits,
    /// Threads that run statements; 0 = twice the cores, at least 8.
    pub workers: usize,
    /// The product name and version that the server reports.
    pub agent: String,
    /// How long statements may continue after the server is asked to stop.
    pub grace: Duration,
    /// Whether clients log in with a password or token. Without, every client has the role admin.
    pub auth: bool,
    /// Whether connections are encrypted, and the files of the certificate.
    pub tls: Option<(TlsMode, TlsFiles)>,
    /// Allows clients on other machines without encryption: passwords and data are then readable on the network.
    pub insecure_plaintext: bool,
    /// Names that HTTP requests may have as Host, in addition to addresses, `localhost` and the advertised address.
    pub allowed_hosts: Vec<String>,
    /// Origins (`https://host:port`) of web pages that may use HTTP and WebSockets, in addition to the server's own.
    pub allowed_origins: Vec<String>,
    /// Whether the tools of `/mcp` may change data, for users who may.
    pub mcp_allow_write: bool,
    /// Statements that take longer are logged with their text, and counted; 0 = none.
    pub log_slow: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            listen: SocketAddr::from(([127, 0, 0, 1], 7687)),
            advertised: None,
            limits: Limits::default(),
            workers: 0,
            agent: format!("Neo4j/5.26.0 compatible (WendDB {})", env!("CARGO_PKG_VERSION")),
            grace: Duration::from_secs(5),
            auth: true,
            tls: None,
            insecure_plaintext: false,
            allowed_hosts: Vec::new(),
            allowed_origins: Vec::new(),
            mcp_allow_write: false,
            log_slow: Duration::ZERO,
        }
    }
}

impl Config {
    /// Refuses an insecure configuration unless it is requested explicitly.
    fn check(&self, database: &Database) -> io::Result<()> {
        let refuse = |message: String| Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        let here_only = self.listen.ip().is_loopback();
        if !here_only && !self.auth {
            return refuse(format!(
                "{} can be reached from other machines, and --no-auth is for this machine only; leave --no-auth out, or \
                 listen on 127.0.0.1",
                self.listen.ip()
            ));
        }
        if self.auth && !database.has_users().map_err(io::Error::other)? {
            return refuse("the database has no user who could log in; CREATE USER makes one".to_owned());
        }
        let encrypted = matches!(self.tls, Some((TlsMode::Required, _)));
        if !here_only && !encrypted && !self.insecure_plaintext {
            return refuse(format!(
                "{} can be reached from other machines, and connections would not be encrypted; give --tls-cert and \
                 --tls-key or --tls-self-signed, or say --insecure-plaintext",
                self.listen.ip()
            ));
        }
        Ok(())
    }
}

/// A bound server.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
    phase: watch::Sender<Phase>,
    users: watch::Sender<u64>,
    grace: Duration,
    places: Arc<Places>,
}

impl Server {
    /// Binds the port.
    ///
    /// # Errors
    /// When the configuration would let others in without a password or TLS and does not say so explicitly, a
    /// certificate cannot be read, the address cannot be bound, or no thread can be started.
    pub async fn bind(database: Database, config: Config) -> io::Result<Self> {
        config.check(&database)?;
        scratch::remove_leftovers(&database);
        let tls = config.tls.map(|(mode, files)| Tls::new(mode, files)).transpose()?;
        let listener = TcpListener::bind(config.listen).await?;
        let (phase, phases) = watch::channel(Phase::Running);
        let (users, users_versions) = watch::channel(database.users_version());
        let workers = match config.workers {
            0 => std::thread::available_parallelism().map_or(8, |cores| (cores.get() * 2).max(8)),
            workers => workers,
        };
        let places = Arc::new(Places {
            most: config.limits.connections,
            most_per_address: config.limits.connections_per_address,
            refusals: Semaphore::new(REFUSALS),
            taken: Mutex::default(),
        });
        let shared = Shared {
            auth: if config.auth { Auth::users(database.clone()) } else { Auth::Off },
            pool: Pool::new(workers)?,
            messages: Budget::new(config.limits.messages_memory),
            limits: Arc::new(config.limits),
            agent: config.agent,
            advertised: config.advertised,
            allowed_hosts: config.allowed_hosts,
            allowed_origins: config.allowed_origins,
            mcp_allow_write: config.mcp_allow_write,
            known_logins: KnownLogins::default(),
            transactions: Transactions::default(),
            uploads: Uploads::default(),
            metrics: Metrics::default(),
            log_slow: config.log_slow,
            backups: Arc::new(Semaphore::new(1)),
            phase: phases,
            users: users_versions,
            tls,
            commits: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            database,
        };
        Ok(Server { listener, shared: Arc::new(shared), phase, users, grace: config.grace, places })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// When the system does not report it.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// A function that reloads the certificate's files.
    pub fn reloader(&self) -> impl Fn() + Send + Sync + 'static {
        let shared = self.shared.clone();
        move || match &shared.tls {
            Some(tls) => tls.reload(),
            None => tracing::info!("there is no certificate to reload"),
        }
    }

    /// Serves until `stop` is done. Then statements may finish within the grace period, and are cancelled after it.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let mut connections = JoinSet::new();
        let mut looks = tokio::time::interval(LOOK_AT_USERS);
        tokio::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                _ = looks.tick() => {
                    let version = self.shared.database.users_version();
                    self.users.send_if_modified(|known| std::mem::replace(known, version) != version);
                    continue;
                }
                accepted = self.listener.accept() => accepted,
                Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            };
            match accepted {
                Ok((stream, client)) => {
                    connections.spawn(accept(stream, client, self.shared.clone(), self.places.clone()));
                }
                Err(error) => {
                    // Usually too many open files: an immediate retry would only use up the processor.
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.listener);
        tracing::info!(connections = connections.len(), "stopping");
        self.phase.send_replace(Phase::Finishing);
        let all = async |connections: &mut JoinSet<()>| while connections.join_next().await.is_some() {};
        if timeout(self.grace, all(&mut connections)).await.is_err() {
            tracing::warn!(connections = connections.len(), "statements still run; they are cancelled");
            self.phase.send_replace(Phase::Cancelling);
            // Together with the steps after it, the process ends within 10 seconds.
            let last = Instant::now() + Duration::from_secs(2);
            if tokio::time::timeout_at(last, all(&mut connections)).await.is_err() {
                tracing::error!(connections = connections.len(), "statements did not end when cancelled");
            }
        }
    }
}

/// The interval of checks whether users have changed, so that sessions of dropped users end.
const LOOK_AT_USERS: Duration = Duration::from_millis(250);

/// Serves one connection.
async fn accept(stream: TcpStream, client: SocketAddr, shared: Arc<Shared>, places: Arc<Places>) {
    let place = Place::take(&places, client.ip());
    // Small responses are sent at once.
    let (Ok(()), Ok(local)) = (stream.set_nodelay(true), stream.local_addr()) else { return };
    // TCP keep-alive finds clients that vanished without closing the connection.
    let alive = TcpKeepalive::new().with_time(Duration::from_secs(60)).with_interval(Duration::from_secs(15));
    if let Err(error) = SockRef::from(&stream).set_tcp_keepalive(&alive) {
        tracing::debug!(%error, "no keep-alive");
    }
    let login_by = std::time::Instant::now() + shared.limits.login_time;
    let peer = Peer { client, local, encrypted: false, refused: false, id: shared.connection_id(), login_by };
    if place.is_none() {
        tracing::warn!(%client, "too many connections");
        shared.metrics.refused();
        // The client is told the reason, unless too many are being told already.
        let Ok(_place) = places.refusals.try_acquire() else { return };
        let by = std::time::Instant::now() + REFUSAL_TIME;
        let peer = Peer { refused: true, login_by: by.min(peer.login_by), ..peer };
        return drop(timeout(REFUSAL_TIME, sniff(stream, shared, peer)).await);
    }
    sniff(stream, shared, peer).await;
    drop(place);
}

/// The most refused clients that are told the reason at a time, and the time limit for telling them.
const REFUSALS: usize = 32;
const REFUSAL_TIME: Duration = Duration::from_secs(3);

/// Detects the protocol of a connection by its first bytes.
async fn sniff(stream: TcpStream, shared: Arc<Shared>, peer: Peer) {
    let Ok(Ok(sniffed)) = timeout(peer.patience(), Sniffed::read(stream, 4)).await else {
        return tracing::debug!(connection = peer.id, "the client said nothing");
    };
    let begins_tls = sniffed.first().starts_with(&TLS_HANDSHAKE);
    match &shared.tls {
        Some(tls) if begins_tls => match timeout(peer.patience(), tls.acceptor().accept(sniffed)).await {
            Ok(Ok(stream)) => match timeout(peer.patience(), Sniffed::read(stream, 4)).await {
                Ok(Ok(sniffed)) => speak(sniffed, shared, Peer { encrypted: true, ..peer }).await,
                _ => tracing::debug!(connection = peer.id, "the client said nothing"),
            },
            Ok(Err(error)) => tracing::info!(connection = peer.id, client = %peer.client, %error, "no TLS"),
            Err(_) => tracing::info!(connection = peer.id, client = %peer.client, "no TLS in time"),
        },
        Some(tls) if tls.mode == TlsMode::Required => {
            tracing::info!(connection = peer.id, client = %peer.client, "a connection that is not encrypted was refused");
            // A client of Bolt finds out by itself; one of HTTP is told.
            if http::begins(sniffed.first()) {
                drop(timeout(REFUSAL_TIME, http::refuse(sniffed, "400 Bad Request", &wants_tls())).await);
            }
        }
        None if begins_tls => {
            tracing::info!(connection = peer.id, client = %peer.client, "the client uses TLS, and the server has no certificate");
        }
        _ => speak(sniffed, shared, peer).await,
    }
}

/// The first bytes of a TLS handshake.
const TLS_HANDSHAKE: [u8; 2] = [0x16, 0x03];

/// Serves the protocol of the first bytes.
async fn speak<S: Socket + 'static>(sniffed: Sniffed<S>, shared: Arc<Shared>, peer: Peer) {
    if peer.refused {
        return match sniffed.first() {
            first if first == MAGIC => bolt::refuse(sniffed.into_rest(), &no_place()).await,
            first if http::begins(first) => {
                http::refuse(sniffed, "503 Service Unavailable\r\nRetry-After: 1", &no_place()).await
            }
            _ => {}
        };
    }
    if sniffed.first() == MAGIC {
        let metrics = shared.clone();
        let _open = metrics.metrics.connected("bolt");
        return bolt::serve(sniffed.into_rest(), shared, peer).await;
    }
    if http::begins(sniffed.first()) {
        return http::serve(sniffed, shared, peer).await;
    }
    tracing::debug!(connection = peer.id, "the client speaks neither Bolt nor HTTP");
}

/// The failure for a request that is not encrypted.
fn wants_tls() -> Failure {
    Failure::new(
        "Neo.ClientError.Security.Forbidden",
        "08000",
        "this port wants TLS: the address begins with https://, for Bolt with bolt+s:// or, where the certificate is self-signed, bolt+ssc://",
    )
}

/// The failure for a client beyond the limit of connections.
fn no_place() -> Failure {
    Failure::new(
        "Neo.TransientError.Request.NoThreadsAvailable",
        "08000",
        "there are as many connections as the server allows; close some, or try again when others have ended",
    )
}

/// Counts connections against the limits.
#[derive(Debug)]
struct Places {
    most: usize,
    most_per_address: usize,
    refusals: Semaphore,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// A counted connection; dropping it gives its place back.
struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Place {
    fn take(places: &Arc<Places>, address: IpAddr) -> Option<Place> {
        let mut taken = places.taken.lock();
        let all: usize = taken.values().sum();
        let here = taken.get(&address).copied().unwrap_or(0);
        if all >= places.most || here >= places.most_per_address {
            return None;
        }
        taken.insert(address, here + 1);
        Some(Place { places: places.clone(), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock();
        if let Some(count) = taken.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.address);
            }
        }
    }
}
