//! A transaction pooler in between, as far as the start of a connection goes.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use phasegate::db::{Cancel, ConnSpec, DbError, LockedSession, Session};

use crate::{key, server, soon};

#[tokio::test]
async fn a_pooler_serves_readers_and_is_refused_for_writing() {
    for unknown in [Unknown::Refuse, Unknown::Drop] {
        let spec =
            ConnSpec::from_url(&format!("postgresql://postgres@127.0.0.1:{}/postgres", pooler(unknown))).unwrap();
        let mut reader = soon(Session::connect(&spec)).await.unwrap();
        assert_eq!(reader.one("SHOW extra_float_digits").await.unwrap().at(0), Some("1"));
        let error = soon(LockedSession::acquire(&spec, key(), Duration::ZERO, Cancel::never())).await.unwrap_err();
        assert!(matches!(&error, DbError::Settings { problem, .. } if problem.contains("pooler")), "{error}");
    }
}

/// What a transaction pooler does with start-up settings that it does not know.
#[derive(Clone, Copy)]
enum Unknown {
    Refuse,
    Drop,
}

/// Stands before the shared server as PgBouncer does: knows a few start-up settings, refuses or drops the others.
fn pooler(unknown: Unknown) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || serve(client, unknown));
        }
    });
    port
}

fn serve(mut client: TcpStream, unknown: Unknown) {
    const KNOWN: [&str; 7] = [
        "user",
        "database",
        "client_encoding",
        "DateStyle",
        "TimeZone",
        "application_name",
        "standard_conforming_strings",
    ];
    let mut startup = packet(&mut client);
    if startup == 80_877_103_i32.to_be_bytes() {
        client.write_all(b"N").unwrap();
        startup = packet(&mut client);
    }
    let words: Vec<&str> = std::str::from_utf8(&startup[4..]).unwrap().split_terminator('\0').collect();
    let mut kept = startup[..4].to_vec();
    for pair in words.chunks_exact(2).filter(|pair| !pair[0].is_empty()) {
        match unknown {
            _ if KNOWN.contains(&pair[0]) => kept.extend(format!("{}\0{}\0", pair[0], pair[1]).bytes()),
            Unknown::Drop => {}
            Unknown::Refuse => {
                let text = format!("SFATAL\0VFATAL\0C08P01\0Munsupported startup parameter: {}\0\0", pair[0]);
                let length = u32::try_from(text.len() + 4).unwrap().to_be_bytes();
                let _ = client.write_all(&[b"E", &length[..], text.as_bytes()].concat());
                return;
            }
        }
    }
    kept.push(0);
    let path = server().socket_dir().join(format!(".s.PGSQL.{}", server().port()));
    let mut backend = UnixStream::connect(path).unwrap();
    let length = u32::try_from(kept.len() + 4).unwrap().to_be_bytes();
    backend.write_all(&[&length[..], &kept].concat()).unwrap();
    let (mut from, mut to) = (client.try_clone().unwrap(), backend.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
    let _ = std::io::copy(&mut backend, &mut client);
    let _ = client.shutdown(std::net::Shutdown::Both);
}

fn packet(client: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 4];
    client.read_exact(&mut length).unwrap();
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    client.read_exact(&mut body).unwrap();
    body
}
