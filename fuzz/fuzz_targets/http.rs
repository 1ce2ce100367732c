//! Any bytes after the beginning of a request of HTTP are answered or the connection is closed, and the server goes on.
#![no_main]

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    sync::OnceLock,
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use wend_server::{Config, Server};
use wenddb::Database;

static ADDRESS: OnceLock<SocketAddr> = OnceLock::new();

fn address() -> SocketAddr {
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let config = Config { listen: "127.0.0.1:0".parse().unwrap(), auth: false, ..Config::default() };
            let server = Server::bind(Database::in_memory().unwrap(), config).await.unwrap();
            tell.send(server.local_addr().unwrap()).unwrap();
            server.run(std::future::pending()).await;
        });
    });
    told.recv().unwrap()
}

fuzz_target!(|bytes: &[u8]| {
    let mut stream = TcpStream::connect(*ADDRESS.get_or_init(address)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A method, so that what follows is looked at.
    let _ = stream.write_all(b"POST /");
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest);
});
