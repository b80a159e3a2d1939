//! What ends early: bombs, streams that fail, a full or read-only disk, a cancelled step.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use bytes::Bytes;
use oci_unpack::tar::Source;
use oci_unpack::{Cancel, EntryProblem, Layers, Options, StreamError, UnpackError};
use stack::image::Layer;

use crate::support::{chain, unpack, unpack_with};

#[test]
fn a_bomb_ends_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = || Layer::new().file("zeros", vec![0; 30_000_000]);
    let options = Options { max_size: 50_000_000 };
    unpack_with(folder.path(), &[zeros()], &options).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let error = unpack_with(folder.path(), &[zeros(), zeros()], &options).unwrap_err();
    assert!(matches!(error, UnpackError::TooLarge { limit: 50_000_000 }), "{}", chain(&error));
    assert!(error.hint().unwrap().contains("max_size"));
}

/// One layer of a stream that the test makes.
struct Single<F>(F);

impl<S, F> Layers for Single<F>
where
    S: Source<Error = StreamError> + Send + 'static,
    F: Fn() -> S,
{
    type Stream = S;

    fn count(&self) -> usize {
        1
    }

    fn name(&self, _: usize) -> String {
        "sha256:abc".into()
    }

    fn open(&self, _: usize) -> S {
        (self.0)()
    }
}

/// Gives its pieces, then fails: as a stream does whose digest turns out wrong.
struct FailsAtEnd(Vec<Bytes>);

impl Source for FailsAtEnd {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        if self.0.is_empty() { Err("the digest is wrong".into()) } else { Ok(Some(self.0.remove(0))) }
    }
}

#[test]
fn a_stream_is_read_to_its_end_and_may_fail_there() {
    let layer = Layer::new().file("file", "x");
    let stored = layer.blob().bytes;
    let padded = [layer.clone().plain().blob().bytes, Bytes::from(vec![0; 50_000])];
    let mut damaged = stored.to_vec();
    damaged[stored.len() / 2] ^= 0xff;
    let cases = [
        ("after damage to the compression", vec![damaged.into()]),
        ("after what is no archive", vec![Bytes::from(vec![b'x'; 5000])]),
        ("right after the archive", vec![stored.clone()]),
        ("after what follows the archive", padded.to_vec()),
        ("in the archive", vec![stored.slice(..30)]),
        ("at once", Vec::new()),
    ];
    for (case, pieces) in cases {
        let folder = tempfile::tempdir().unwrap();
        let layers = Single(|| FailsAtEnd(pieces.clone()));
        let error =
            oci_unpack::unpack(folder.path(), &layers, &Options::default(), &Cancel::new()).expect_err(case);
        assert_eq!(chain(&error), "cannot read layer sha256:abc: the digest is wrong", "{case}");
    }
}

/// Never ends, and counts its pieces.
struct Endless {
    piece: Bytes,
    start: Option<Bytes>,
    given: Arc<AtomicUsize>,
    begun: mpsc::Sender<()>,
}

impl Source for Endless {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        let _ = self.begun.send(());
        self.given.fetch_add(1, Ordering::Relaxed);
        Ok(Some(self.start.take().unwrap_or_else(|| self.piece.clone())))
    }
}

#[test]
fn a_cancelled_unpack_stops_soon() {
    let folder = tempfile::tempdir().unwrap();
    let (begun, has_begun) = mpsc::channel();
    let given = Arc::new(AtomicUsize::new(0));
    let layers = Single(|| {
        // A file as large as can be, without an end.
        let mut start = Layer::new().file("file", "").tar();
        start.truncate(512);
        start[124..136].copy_from_slice(b"77777777777\0");
        start[148..156].fill(b' ');
        let sum: u32 = start.iter().map(|byte| u32::from(*byte)).sum();
        start[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        Endless {
            piece: Bytes::from(vec![1; 65536]),
            start: Some(start.into()),
            given: Arc::clone(&given),
            begun: begun.clone(),
        }
    });
    let cancel = Cancel::new();
    let (path, switch) = (folder.path().to_owned(), cancel.clone());
    let outcome = std::thread::scope(|scope| {
        let unpacking = scope
            .spawn(|| oci_unpack::unpack(&path, &layers, &Options::default(), &cancel).expect_err("endless"));
        has_begun.recv().unwrap();
        let start = Instant::now();
        switch.cancel();
        let error = unpacking.join().unwrap();
        (error, start.elapsed())
    });
    assert!(matches!(outcome.0, UnpackError::Cancelled), "{}", chain(&outcome.0));
    assert!(outcome.1 < Duration::from_secs(5), "{:?}", outcome.1);
}

/// The kernel's devices and file systems stand in for a disk that is full or may not be written.
#[test]
fn what_the_system_refuses_is_named_with_a_remedy() {
    let missing = unpack(std::path::Path::new("/nonexistent"), &[Layer::new()]).unwrap_err();
    assert_eq!(chain(&missing), "cannot unpack into `/nonexistent`: No such file or directory (os error 2)");

    let cases = [
        (io::ErrorKind::StorageFull, "disk is full"),
        (io::ErrorKind::ReadOnlyFilesystem, "read-only"),
        (io::ErrorKind::PermissionDenied, "may write"),
    ];
    for (kind, remedy) in cases {
        let cause = EntryProblem::System(kind.into());
        let error = UnpackError::Entry { layer: "sha256:abc".into(), entry: "file".into(), cause };
        assert!(error.hint().unwrap().contains(remedy), "{kind}");
        assert!(chain(&error).starts_with("cannot unpack `file` of layer sha256:abc: "), "{}", chain(&error));
    }
}
