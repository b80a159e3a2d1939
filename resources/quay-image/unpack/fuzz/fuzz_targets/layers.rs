//! Stacks of layers whose entries have hostile names and targets: nothing panics, nothing outside the root is written or
//! changed, and what is refused once is refused again.

#![no_main]

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use bytes::Bytes;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use oci_unpack::tar::Source;
use oci_unpack::{Cancel, Layers, Options, StreamError, Summary, UnpackError};
use tar::{EntryType, Header};

const MOST_LAYERS: usize = 4;
const MOST_ENTRIES: usize = 12;

/// Few names, so that entries meet.
const PARTS: [&[u8]; 14] = [
    b"a", b"b", b"c", b"d", b"..", b".", b"", b".wh.a", b".wh.b", b".wh..wh..opq", b".wh...", b".wh..wh.x",
    b"caf\xe9", b"outside",
];

const KINDS: [EntryType; 7] = [
    EntryType::Regular,
    EntryType::Directory,
    EntryType::Symlink,
    EntryType::Link,
    EntryType::Fifo,
    EntryType::Char,
    EntryType::Symlink,
];

fuzz_target!(|bytes: &[u8]| {
    let Ok(layers) = stack(&mut Unstructured::new(bytes)) else { return };
    let first = unpack(&layers);
    let second = unpack(&layers);
    assert_eq!(first.ok(), second.ok(), "it isn't the same twice");
});

fn unpack(layers: &Stack) -> std::result::Result<Summary, UnpackError> {
    let sandbox = tempfile::tempdir().expect("a folder can be made");
    let (root, outside) = (sandbox.path().join("root"), sandbox.path().join("outside"));
    fs::create_dir(&root).expect("a folder can be made");
    fs::create_dir(&outside).expect("a folder can be made");
    fs::write(outside.join("a"), "secret").expect("a file can be written");
    let before = state(&outside);
    let outcome = oci_unpack::unpack(&root, layers, &Options::default(), &Cancel::new());
    assert_eq!(state(&outside), before, "something outside was changed");
    let beside = fs::read_dir(sandbox.path()).expect("the sandbox can be read").count();
    assert_eq!(beside, 2, "something is beside the root");
    outcome
}

/// What there is to be seen of the folder outside and its file.
fn state(outside: &Path) -> (usize, Vec<u8>, u64, u32, i64, i64) {
    let file = fs::metadata(outside.join("a")).expect("the file is there");
    let content = fs::read(outside.join("a")).expect("the file can be read");
    let names = fs::read_dir(outside).expect("the folder can be read").count();
    (names, content, file.nlink(), file.mode(), file.mtime(), file.mtime_nsec())
}

fn stack(input: &mut Unstructured<'_>) -> Result<Stack> {
    let count = input.int_in_range(1..=MOST_LAYERS)?;
    (0..count).map(|_| layer(input)).collect::<Result<Vec<Bytes>>>().map(Stack)
}

fn layer(input: &mut Unstructured<'_>) -> Result<Bytes> {
    let mut archive = Vec::new();
    for _ in 0..input.int_in_range(0..=MOST_ENTRIES)? {
        let kind = *input.choose(&KINDS)?;
        let name = path(input)?;
        let target = if matches!(kind, EntryType::Symlink | EntryType::Link) { path(input)? } else { Vec::new() };
        let size = if kind == EntryType::Regular { input.int_in_range(0..=3)? } else { 0 };
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644 | u32::from(input.arbitrary::<u8>()?) << 4);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(1);
        let old = header.as_old_mut();
        old.name[..name.len()].copy_from_slice(&name);
        old.linkname[..target.len()].copy_from_slice(&target);
        header.set_cksum();
        archive.extend_from_slice(header.as_bytes());
        archive.extend(std::iter::repeat_n(b'x', size as usize));
        archive.resize(archive.len().next_multiple_of(512), 0);
    }
    archive.resize(archive.len() + 1024, 0);
    Ok(archive.into())
}

/// A name of at most 100 bytes, which a header has room for.
fn path(input: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut path = Vec::new();
    if input.ratio(1, 4)? {
        path.push(b'/');
    }
    for _ in 0..input.int_in_range(1..=4)? {
        path.extend_from_slice(input.choose(&PARTS)?);
        path.push(b'/');
    }
    if !input.ratio(1, 4)? {
        path.pop();
    }
    if path.is_empty() { Ok(b".".to_vec()) } else { Ok(path) }
}

struct Stack(Vec<Bytes>);

struct Once(Option<Bytes>);

impl Source for Once {
    type Error = StreamError;

    fn piece(&mut self) -> std::result::Result<Option<Bytes>, StreamError> {
        Ok(self.0.take())
    }
}

impl Layers for Stack {
    type Stream = Once;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, layer: usize) -> String {
        format!("number {layer}")
    }

    fn open(&self, layer: usize) -> Once {
        Once(Some(self.0[layer].clone()))
    }
}
