//! What a file or folder is that is no image.

use std::path::Path;

use super::TAR_MAGIC_AT;

/// How a file begins, and what it then is.
const BEGINNINGS: [(&[u8], &str); 12] = [
    (b"\x7fELF", "a program (ELF)"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xfd7zXZ\x00", "a file compressed by xz"),
    (b"BZh", "a file compressed by bzip2"),
    (b"\x28\xb5\x2f\xfd", "a file compressed by zstd"),
    (b"\x1f\x8b", "a file compressed by gzip"),
    (b"hsqs", "a squashfs image"),
    (b"!<arch>\n", "a Debian package or library (ar archive)"),
    (b"<", "a web page or XML"),
    (b"{", "JSON"),
    (b"[", "JSON"),
    (b"#!", "a script"),
];

/// Says what a file is that begins with `start`, and is no tarball.
pub(super) fn describe(start: &[u8]) -> &'static str {
    let known = BEGINNINGS.iter().find(|(beginning, _)| start.starts_with(beginning));
    match known {
        Some((_, description)) => description,
        None if std::str::from_utf8(start).is_ok_and(|text| !text.contains('\0')) => "a text",
        None => "a file of an unknown kind",
    }
}

/// Tells whether a file that begins with `start` can be a tarball: the old format has no mark, but a checksum.
pub(super) fn is_tarball(start: &[u8]) -> bool {
    let marked = start.get(TAR_MAGIC_AT..TAR_MAGIC_AT + 5) == Some(b"ustar");
    marked || start.first_chunk::<512>().is_some_and(has_checksum)
}

/// The checksum of a header is the sum of its bytes, with blanks in its own place.
fn has_checksum(block: &[u8; 512]) -> bool {
    let Ok(text) = std::str::from_utf8(&block[148..156]) else { return false };
    let text = text.trim_matches(['\0', ' ']);
    let sum = |range: std::ops::Range<usize>| block[range].iter().map(|byte| u32::from(*byte)).sum::<u32>();
    let computed = sum(0..148) + 8 * u32::from(b' ') + sum(156..512);
    u32::from_str_radix(text, 8).is_ok_and(|stored| stored == computed)
}

/// Says what a folder is that is no OCI layout, and what to name instead.
pub(super) fn describe_folder(folder: &Path) -> (String, String) {
    let has = |name: &str| folder.join(name).exists();
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    if has("rootfs") && has("metadata.json") {
        let hint = "get the image with `format: oci` or `format: oci-layout` to put it again";
        return ("an unpacked image (format rootfs)".into(), hint.into());
    }
    for (inside, what) in [("image.tar", "a tarball"), ("oci", "an OCI layout"), ("image", "an image")] {
        if has(inside) {
            return (format!("a folder with {what} in it"), format!("did you mean `{name}/{inside}`?"));
        }
    }
    let empty = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none());
    let what = if empty { "an empty folder" } else { "a folder without `index.json`" };
    (what.into(), "name a tarball, or a folder with `index.json` and `blobs`".into())
}
