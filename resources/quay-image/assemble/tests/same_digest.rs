//! The same input gives the same digest, whatever else differs on disk.

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::{Duration, SystemTime};

use oci_assemble::{
    AssembleError, Base, ImagePath, Layer, Measured, Modes, Owner, Placed, Recipe, SourceDate,
};
use oci_registry::{Digest, Platform};
use tempfile::TempDir;

const FILES: [(&str, &str, u32); 4] = [
    ("bin/app", "run\n", 0o755),
    ("etc/app.conf", "a=b\n", 0o644),
    ("etc/app.d/one", "", 0o644),
    ("z", "last", 0o600),
];

fn placed(from: &Path, to: &str) -> Placed {
    Placed {
        from: from.canonicalize().unwrap(),
        to: to.parse().unwrap(),
        owner: Owner::default(),
        modes: Modes::Normal,
        platform: None,
    }
}

fn tree<'a>(files: impl IntoIterator<Item = &'a (&'a str, &'a str, u32)>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content, mode) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(*mode)).unwrap();
    }
    symlink("bin/app", folder.path().join("link")).unwrap();
    folder
}

fn measure(placed: &Placed) -> Measured {
    Layer::of(placed, SourceDate::default()).unwrap().measure(|_| ()).unwrap()
}

fn measured(folder: &TempDir) -> Measured {
    measure(&placed(folder.path(), "/"))
}

#[test]
fn what_differs_on_disk_alone_does_not_show() {
    let expected = measured(&tree(&FILES));
    assert_eq!(measured(&tree(&FILES)), expected, "another folder, made later");
    assert_eq!(measured(&tree(FILES.iter().rev())), expected, "made in another order");

    let older = tree(&FILES);
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::open(older.path().join("z")).unwrap().set_modified(time).unwrap();
    File::open(older.path().join("etc")).unwrap().set_modified(time).unwrap();
    assert_eq!(measured(&older), expected, "other times");

    let strict = tree(&FILES);
    for (name, mode) in [("etc", 0o700), ("etc/app.conf", 0o600), ("bin/app", 0o700), ("z", 0o640)] {
        fs::set_permissions(strict.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    assert_eq!(measured(&strict), expected, "another umask");
}

#[test]
fn what_differs_in_the_image_shows() {
    let folder = tree(&FILES);
    let usual = placed(folder.path(), "/");
    let expected = measure(&usual);
    let others = [
        ("owner", Placed { owner: "1000:1000".parse().unwrap(), ..usual.clone() }),
        ("modes", Placed { modes: Modes::Kept, ..usual.clone() }),
        ("place", Placed { to: "/opt".parse().unwrap(), ..usual.clone() }),
    ];
    for (case, other) in others {
        assert_ne!(measure(&other), expected, "{case}");
    }
    let later = Layer::of(&usual, "1767225600".parse().unwrap()).unwrap();
    assert_ne!(later.measure(|_| ()).unwrap(), expected, "time");
}

/// A change of this digest makes every image that users assemble a new one: it may only come with a good reason.
#[test]
fn the_digest_is_the_same_on_every_machine() {
    let measured = measured(&tree(&FILES));
    assert_eq!(
        (measured.diff_id.as_str(), measured.digest.as_str()),
        (
            "sha256:07836d09772a045d602a7799da7c388d4c792d5df4b63823f0ec4f3d6fbc9992",
            "sha256:a21c7fbb4ea8760a398e175698f97ad37d2247a60fdb79ffdd8bfd9c3abf41ff",
        )
    );
}

/// zlib-rs compresses the same bytes to others when buffers have other sizes.
#[test]
fn a_layer_is_the_same_in_whatever_pieces_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = 1_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        b'a' + (state >> 60) as u8
    };
    let text: Vec<u8> = (0..8 << 20).map(|_| letter()).collect();
    fs::write(folder.path().join("text"), text).unwrap();
    let placed = placed(folder.path(), "/");
    let expected = measure(&placed);
    let layer = Layer::of(&placed, SourceDate::default()).unwrap();
    for size in [1000, 8 << 10, 256 << 10, 16 << 20] {
        let (mut reader, mut piece, mut packed) = (layer.open(), vec![0; size], Vec::new());
        while let count @ 1.. = reader.read(&mut piece).unwrap() {
            packed.extend_from_slice(&piece[..count]);
        }
        assert_eq!(Digest::sha256(&packed), expected.digest, "{size} bytes at once");
    }
}

#[test]
fn names_of_any_bytes_and_length_are_kept_and_links_are_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let long = "n".repeat(200);
    fs::write(folder.path().join(OsStr::from_bytes(b"caf\xe9")), "x").unwrap();
    fs::write(folder.path().join(&long), "long").unwrap();
    symlink("../../etc//passwd", folder.path().join("out")).unwrap();
    symlink("/".repeat(150), folder.path().join("slashes")).unwrap();
    let layer = Layer::of(&placed(folder.path(), "/data"), SourceDate::default()).unwrap();
    let mut packed = Vec::new();
    layer.open().read_to_end(&mut packed).unwrap();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(packed.as_slice()));
    let found: Vec<(Vec<u8>, Option<Vec<u8>>, u64)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let target = entry.link_name_bytes().map(|target| target.into_owned());
            (entry.path_bytes().into_owned(), target, entry.size())
        })
        .collect();
    let expected = vec![
        (b"data/".to_vec(), None, 0),
        (b"data/caf\xe9".to_vec(), None, 1),
        (format!("data/{long}").into_bytes(), None, 4),
        (b"data/out".to_vec(), Some(b"../../etc//passwd".to_vec()), 0),
        (b"data/slashes".to_vec(), Some("/".repeat(150).into_bytes()), 0),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_has_no_place_in_an_image_is_refused_by_name() {
    let refuse =
        |folder: &TempDir| Layer::of(&placed(folder.path(), "/"), SourceDate::default()).unwrap_err();
    let folder = tempfile::tempdir().unwrap();
    let _socket = UnixListener::bind(folder.path().join("app.sock")).unwrap();
    let problem = refuse(&folder);
    assert!(problem.to_string().contains("app.sock` is a socket"), "{problem}");
    assert!(problem.hint().is_some());

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".wh.passwd"), "").unwrap();
    let problem = refuse(&folder);
    assert!(problem.to_string().contains(".wh.passwd` has a name that means a deletion"), "{problem}");

    let file = tempfile::NamedTempFile::new().unwrap();
    let problem = Layer::of(&placed(file.path(), "/"), SourceDate::default()).unwrap_err();
    assert!(matches!(problem, AssembleError::FileAsRoot { .. }), "{problem}");
}

#[test]
fn a_file_that_changes_after_it_was_listed_is_named() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 4] = [
        ("grows", |path| fs::write(path, "longer than before").unwrap()),
        ("goes", |path| fs::remove_file(path).unwrap()),
        ("is another", |path| {
            fs::write(path.with_extension("new"), "a=c\n").unwrap();
            fs::rename(path.with_extension("new"), path).unwrap();
        }),
        ("becomes a link", |path| {
            fs::remove_file(path).unwrap();
            symlink("/etc/passwd", path).unwrap();
        }),
    ];
    for (case, change) in changes {
        let folder = tree(&FILES);
        let layer = Layer::of(&placed(folder.path(), "/"), SourceDate::default()).unwrap();
        change(&folder.path().join("etc/app.conf"));
        let problem = layer.measure(|_| ()).unwrap_err();
        assert!(problem.to_string().contains("etc/app.conf` changed while it was read"), "{case}: {problem}");
    }
}

#[test]
fn a_configuration_is_the_bases_with_what_the_recipe_says() {
    let platform = Platform { os: "linux".into(), architecture: "arm".into(), variant: Some("v7".into()) };
    let recipe = Recipe {
        entrypoint: Some(vec!["/app".into()]),
        env: [("B".to_owned(), "2".to_owned()), ("A".to_owned(), "1".to_owned())].into(),
        user: Some("1000".into()),
        working_dir: Some("/data".parse::<ImagePath>().unwrap()),
        ports: vec!["8080".parse().unwrap()],
        source_date: "1767225600".parse().unwrap(),
        version: Some("1.2.3".into()),
        ..Recipe::default()
    };
    let folder = tree(&FILES);
    let layer = Layer::of(&placed(folder.path(), "/"), recipe.source_date).unwrap();
    let measured = layer.measure(|_| ()).unwrap();
    let image = Base::scratch(&platform).with(&recipe, &[(layer, measured.clone())]).unwrap();
    let config: serde_json::Value = serde_json::from_slice(&image.config).unwrap();
    let expected = serde_json::json!({
        "architecture": "arm", "os": "linux", "variant": "v7",
        "config": {
            "Entrypoint": ["/app"], "User": "1000", "WorkingDir": "/data", "Env": ["A=1", "B=2"],
            "Labels": {"org.opencontainers.image.version": "1.2.3"}, "ExposedPorts": {"8080/tcp": {}},
        },
        "rootfs": {"type": "layers", "diff_ids": [measured.diff_id]},
        "history": [{"created": "2026-01-01T00:00:00Z", "created_by": "assemble /"}],
        "created": "2026-01-01T00:00:00Z",
    });
    assert_eq!(config, expected);
}
