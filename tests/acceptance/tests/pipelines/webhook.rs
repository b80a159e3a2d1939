//! A server that webhooks are sent to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

/// Takes whatever is posted, and answers that all is well.
pub(crate) struct Webhook {
    host: String,
    posted: Receiver<Value>,
}

impl Webhook {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (sender, posted) = channel();
        // Ends with the process: it holds nothing but its port.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(body) = answer(stream) {
                    let _ = sender.send(body);
                }
            }
        });
        Self { host, posted }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.host)
    }

    /// What was posted since the last time, oldest first.
    pub(crate) fn texts(&self) -> Vec<String> {
        let texts =
            self.posted.try_iter().map(|body| body["text"].as_str().unwrap_or_default().trim().to_owned());
        texts.collect()
    }
}

fn answer(stream: TcpStream) -> Option<Value> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    (&stream).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").ok()?;
    serde_json::from_slice(&body).ok()
}
