//! Any bytes as a stored layer: nothing panics, the archive gives the same members whatever pieces it comes in, and
//! nothing is written outside the root.

#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use oci_unpack::tar::{Entry, Reader, Source, pieces};
use oci_unpack::{Cancel, Layers, Options, StreamError};

/// Bombs end here.
const MAX_SIZE: u64 = 4 * 1024 * 1024;

fuzz_target!(|bytes: &[u8]| {
    let whole = Bytes::copy_from_slice(bytes);
    let small: Vec<Bytes> = bytes.chunks(37).map(Bytes::copy_from_slice).collect();
    assert_eq!(members(pieces([whole.clone()])), members(pieces(small)));

    let sandbox = tempfile::tempdir().expect("a folder can be made");
    let root = sandbox.path().join("root");
    std::fs::create_dir(&root).expect("a folder can be made");
    let options = Options { max_size: MAX_SIZE };
    let _outcome = oci_unpack::unpack(&root, &Single(whole), &options, &Cancel::new());
    let beside = std::fs::read_dir(sandbox.path()).expect("the sandbox can be read").count();
    assert_eq!(beside, 1, "something is beside the root");
});

/// What is read of an archive until its end, or until it is refused.
fn members<S: Source>(source: S) -> (Vec<(Entry, Vec<u8>)>, bool) {
    let mut reader = Reader::new(source);
    let mut members = Vec::new();
    while let Ok(Some(entry)) = reader.next_entry() {
        let mut content = Vec::new();
        loop {
            match reader.content() {
                Ok(Some(piece)) => content.extend_from_slice(&piece),
                Ok(None) => break,
                // How much of a file that is cut off was handed out depends on the pieces.
                Err(_) => return (members, false),
            }
        }
        members.push((entry, content));
    }
    (members, true)
}

struct Single(Bytes);

struct Once(Option<Bytes>);

impl Source for Once {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        Ok(self.0.take())
    }
}

impl Layers for Single {
    type Stream = Once;

    fn count(&self) -> usize {
        1
    }

    fn name(&self, _: usize) -> String {
        "the layer".into()
    }

    fn open(&self, _: usize) -> Once {
        Once(Some(self.0.clone()))
    }
}
