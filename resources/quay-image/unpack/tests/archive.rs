//! The reader of archives: what other programs write is read as they mean it.

use std::process::Command;

use bytes::Bytes;
use oci_unpack::tar::{ArchiveError, Entry, Kind, ReadError, ReadSource, Reader, Source, pieces};
use stack::image::{self, Layer};

/// A member with its content.
type Member = (Entry, Vec<u8>);

fn members<S: Source>(source: S) -> Result<Vec<Member>, ReadError<S::Error>> {
    let mut reader = Reader::new(source);
    let mut all = Vec::new();
    while let Some(entry) = reader.next_entry()? {
        let mut content = Vec::new();
        while let Some(piece) = reader.content()? {
            content.extend_from_slice(&piece);
        }
        all.push((entry, content));
    }
    Ok(all)
}

fn in_pieces_of(size: usize, archive: &[u8]) -> Vec<Bytes> {
    archive.chunks(size).map(Bytes::copy_from_slice).collect()
}

#[test]
fn pieces_of_any_size_give_the_same() {
    let long = format!("{}name", "long/".repeat(60));
    let archive = Layer::new()
        .file(&long, vec![b'x'; 1234])
        .symlink("link", &long)
        .entry(image::Entry::file("pax", "y").extension("path", "by-pax").xattr("user.x", "1"))
        .file("empty", "")
        .tar();
    let whole = members(pieces([Bytes::from(archive.clone())])).unwrap();
    let names: Vec<String> =
        whole.iter().map(|(entry, _)| String::from_utf8_lossy(&entry.path).into_owned()).collect();
    assert_eq!(names, [long.as_str(), "link", "by-pax", "empty"]);
    for size in [1, 7, 511, 512, 513, 5000] {
        assert_eq!(members(pieces(in_pieces_of(size, &archive))).unwrap(), whole, "pieces of {size}");
    }
    assert_eq!(members(ReadSource::new(archive.as_slice())).unwrap(), whole);
}

#[test]
fn content_that_is_not_asked_for_is_skipped() {
    let archive = Layer::new().file("a", vec![1; 100_000]).file("b", "b").tar();
    let mut reader = Reader::new(pieces(in_pieces_of(1000, &archive)));
    assert_eq!(reader.next_entry().unwrap().unwrap().path, b"a");
    assert_eq!(reader.offset(), 512);
    assert!(reader.content().unwrap().is_some());
    assert_eq!(reader.next_entry().unwrap().unwrap().path, b"b");
    assert!(reader.next_entry().unwrap().is_none());
    assert!(reader.next_entry().unwrap().is_none(), "the end stays the end");
}

#[test]
fn every_cut_is_noticed() {
    let archive =
        Layer::new().file("a", vec![1; 700]).entry(image::Entry::file("b", "b").xattr("user.x", "1")).tar();
    let end = archive.len() - 1024;
    for length in 1..end {
        let read = members(pieces([Bytes::copy_from_slice(&archive[..length])]));
        // Between two members, an archive may just end; some programs leave its last blocks out.
        let between = length == 512 + 1024;
        assert_eq!(read.is_ok(), between, "cut at {length}");
    }
}

#[test]
fn headers_of_extensions_are_bounded_and_checked() {
    let huge = image::Entry::file("a", "").extension("comment", vec![b'x'; 2_000_000]);
    type Case = (&'static str, Layer, fn(&ArchiveError) -> bool);
    let cases: Vec<Case> = vec![
        ("huge", Layer::new().entry(huge), |error| {
            matches!(error, ArchiveError::ExtendedHeaderTooLarge { .. })
        }),
        ("bad number", Layer::new().entry(image::Entry::file("a", "").extension("size", "x")), |error| {
            matches!(error, ArchiveError::ExtendedHeader { .. })
        }),
        (
            "NUL in a name",
            Layer::new().entry(image::Entry::file("a", "").extension("path", *b"a\0b")),
            |error| matches!(error, ArchiveError::Name { .. }),
        ),
        ("no name", Layer::new().file("", ""), |error| matches!(error, ArchiveError::Name { .. })),
        ("no target", Layer::new().symlink("a", ""), |error| matches!(error, ArchiveError::Name { .. })),
        (
            "owner too large",
            Layer::new().entry(image::Entry::file("a", "").extension("uid", "4294967295")),
            |error| matches!(error, ArchiveError::Number { field: "owner", .. }),
        ),
        (
            "sparse",
            Layer::new().entry(image::Entry::file("a", "").extension("GNU.sparse.major", "1")),
            |error| matches!(error, ArchiveError::Unsupported { .. }),
        ),
        ("unknown type", Layer::new().entry(image::Entry::new(tar::EntryType::new(b'Z'), "a")), |error| {
            matches!(error, ArchiveError::Unsupported { .. })
        }),
    ];
    for (case, layer, expected) in cases {
        match members(pieces([Bytes::from(layer.tar())])) {
            Err(ReadError::Archive(error)) => assert!(expected(&error), "{case}: {error}"),
            other => panic!("{case}: {other:?}"),
        }
    }
}

#[test]
fn every_format_of_gnu_tar_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("in").join("p".repeat(90)).join("q".repeat(60));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("file"), vec![7; 1000]).unwrap();
    std::fs::hard_link(deep.join("file"), folder.path().join("in/link")).unwrap();
    std::os::unix::fs::symlink("t".repeat(90), folder.path().join("in/symlink")).unwrap();
    for format in ["gnu", "oldgnu", "pax", "posix", "ustar"] {
        let output = Command::new("tar")
            .args(["--sort=name", "--owner=12", "--group=34", "--mtime=@1234567890"])
            .args([&format!("--format={format}"), "-cf", "-", "in"])
            .current_dir(folder.path())
            .output()
            .expect("GNU tar");
        assert!(output.status.success(), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        let read = members(pieces(in_pieces_of(3333, &output.stdout))).unwrap();
        let kinds: Vec<&Kind> = read.iter().map(|(entry, _)| &entry.kind).collect();
        assert_eq!(kinds.len(), 6, "{format}");
        assert!(read.iter().all(|(entry, _)| (entry.user, entry.group) == (12, 34)), "{format}");
        assert!(read.iter().all(|(entry, _)| entry.modified.seconds == 1_234_567_890), "{format}");
        assert!(read.iter().any(|(_, content)| *content == vec![7; 1000]), "{format}");
        assert!(kinds.contains(&&Kind::Symlink("t".repeat(90).into_bytes())), "{format}");
        assert!(kinds.iter().any(|kind| matches!(kind, Kind::HardLink(_))), "{format}");
    }
}
