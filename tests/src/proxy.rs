//! A TCP proxy before the database, so that a test can take it away from one worker alone, or let it fall silent.

use std::os::fd::AsRawFd;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};

/// A proxy to the server of the tests.
pub struct Proxy {
    /// Where it listens.
    pub port: u16,
    accepting: AbortHandle,
    freezes: watch::Sender<u32>,
}

impl Proxy {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start() -> Result<Self> {
        let server: u16 = std::env::var("PGPORT").context("PGPORT is not set: run the tests through tests/cluster.sh")?.parse()?;
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await?);
        let port = listener.local_addr()?.port();
        let (freezes, frozen) = watch::channel(0);
        let accepting = tokio::spawn(async move {
            // Dropped with this task, and all connections with it.
            let mut connections = JoinSet::new();
            while let Ok((client, _)) = listener.accept().await {
                let mut frozen = frozen.clone();
                frozen.mark_unchanged();
                connections.spawn(connect(client, server, frozen));
            }
        });
        Ok(Self { port, accepting: accepting.abort_handle(), freezes })
    }

    /// The connection string `url` through this proxy.
    #[must_use]
    pub fn through(&self, url: &str) -> String {
        with_port(url, self.port)
    }

    /// Leaves every connection half open, as if the other end were gone without a word: nothing is sent, and what comes is not even
    /// acknowledged. New connections work.
    pub fn freeze(&self) {
        self.freezes.send_modify(|freezes| *freezes += 1);
    }

    /// Ends every connection and refuses new ones.
    pub fn vanish(&self) {
        self.accepting.abort();
    }
}

/// The connection string `url`, but to another port.
pub(crate) fn with_port(url: &str, port: u16) -> String {
    let others = url.split(' ').filter(|pair| !pair.starts_with("port="));
    others.map(str::to_owned).chain([format!("port={port}")]).collect::<Vec<_>>().join(" ")
}

async fn connect(mut client: TcpStream, server: u16, mut frozen: watch::Receiver<u32>) -> Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    tokio::select! {
        done = copy_bidirectional(&mut client, &mut server) => done.map(drop)?,
        Ok(()) = frozen.changed() => {
            take_nothing_more(&client)?;
            std::future::pending().await
        }
    }
    Ok(())
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.vanish();
    }
}

/// From now on the kernel drops every packet that comes to this socket, before it is acknowledged.
fn take_nothing_more(socket: &TcpStream) -> Result<()> {
    let mut nothing = [libc::sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: 0 }];
    let program = libc::sock_fprog { len: 1, filter: nothing.as_mut_ptr() };
    let length = libc::socklen_t::try_from(size_of_val(&program))?;
    // SAFETY: the descriptor is open as long as `socket` lives; the kernel copies the program before the call returns.
    let refused =
        unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, (&raw const program).cast(), length) };
    anyhow::ensure!(refused == 0, "no filter could be attached: {}", std::io::Error::last_os_error());
    Ok(())
}
