//! The format is told by the first bytes.

use bytes::Bytes;
use oci_unpack::{Cancel, Options, UnpackError};
use stack::image::Layer;

use crate::snapshot::{Kind, snapshot};
use crate::support::{Stored, chain};

fn layer() -> Layer {
    Layer::new().file("file", "content ".repeat(1000))
}

fn blob(layer: Layer) -> Vec<u8> {
    layer.blob().bytes.to_vec()
}

fn unpack(root: &std::path::Path, stored: Vec<u8>) -> Result<(), UnpackError> {
    let layers = Stored(vec![Bytes::from(stored)]);
    oci_unpack::unpack(root, &layers, &Options::default(), &Cancel::new()).map(drop)
}

#[test]
fn layers_are_gzip_zstd_or_plain() {
    let tar = layer().tar();
    let (start, end) = tar.split_at(700);
    let members = [blob(Layer::from_tar(start)), blob(Layer::from_tar(end))].concat();
    let frames = [blob(Layer::from_tar(start).zstd()), blob(Layer::from_tar(end).zstd())].concat();
    let skippable = [b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), blob(layer().zstd())].concat();
    let cases = [
        ("gzip", blob(layer())),
        ("zstd", blob(layer().zstd())),
        ("plain", blob(layer().plain())),
        ("gzip of several members", members),
        ("zstd of several frames", frames),
        ("zstd with a skippable frame first", skippable),
    ];
    for (case, stored) in cases {
        let folder = tempfile::tempdir().unwrap();
        unpack(folder.path(), stored).unwrap_or_else(|error| panic!("{case}: {}", chain(&error)));
        let found = snapshot(folder.path());
        assert_eq!(
            found[b"file".as_slice()].kind,
            Kind::File("content ".repeat(1000).into_bytes()),
            "{case}"
        );
    }
}

#[test]
fn an_empty_layer_has_no_entries() {
    for stored in [blob(Layer::new()), blob(Layer::new().zstd()), blob(Layer::new().plain()), Vec::new()] {
        let folder = tempfile::tempdir().unwrap();
        unpack(folder.path(), stored).unwrap();
        assert!(snapshot(folder.path()).is_empty());
    }
}

#[test]
fn damage_and_other_formats_are_named() {
    let gzip = blob(layer());
    let zstd = blob(layer().zstd());
    let mut flipped = gzip.clone();
    flipped[40] ^= 0x55;
    let cases = [
        ("gzip cut off", gzip[..gzip.len() / 2].to_vec(), "as gzip"),
        ("zstd cut off", zstd[..zstd.len() / 2].to_vec(), "as zstd"),
        ("gzip damaged", flipped, "number 0"),
        ("xz", b"\xfd7zXZ\0rest".to_vec(), "compressed with xz"),
        ("bzip2", b"BZh91AY&SY".to_vec(), "compressed with bzip2"),
        ("lz4", b"\x04\x22\x4d\x18rest".to_vec(), "compressed with lz4"),
    ];
    for (case, stored, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let message = chain(&unpack(folder.path(), stored).expect_err(case));
        assert!(message.contains(expected), "{case}: {message}");
    }
}
