//! Random stacks of layers come out as a simple implementation, which applies them from the bottom up, would have it.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use stack::image::{Entry, Layer};

use crate::model::Model;
use crate::snapshot::snapshot;
use crate::support::{chain, unpack};

#[test]
fn stacks_come_out_as_applied_from_the_bottom_up() {
    compare(500, 160, |random| random_stack(random, 12));
}

/// Paths lead through links of the same and of lower layers, in the place of which others come.
#[test]
fn stacks_of_links_come_out_as_applied_from_the_bottom_up() {
    compare(4000, 1000, random_stack_of_links);
}

/// Compares as many stacks, of which at least some make sense.
fn compare(stacks: u64, at_least: u64, random_stack: impl Fn(&mut StdRng) -> Vec<Vec<Simple>>) {
    let mut compared = 0;
    for seed in 0..stacks {
        let layers = random_stack(&mut StdRng::seed_from_u64(seed));
        let Some(model) = Model::apply(&layers) else { continue };
        let folder = tempfile::tempdir().unwrap();
        let stored: Vec<Layer> = layers.iter().map(|entries| to_layer(entries)).collect();
        let unpacked = unpack(folder.path(), &stored);
        unpacked.unwrap_or_else(|error| panic!("seed {seed}: {}\n{layers:?}", chain(&error)));
        let (found, expected) = (snapshot(folder.path()), model.snapshot());
        assert_eq!(found, expected, "seed {seed}\n{layers:?}");
        compared += 1;
    }
    assert!(compared >= at_least, "only {compared} stacks made sense");
}

/// An entry as both implementations get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Simple {
    pub(crate) path: String,
    pub(crate) what: What,
    pub(crate) mode: u32,
    pub(crate) modified: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    File(Content),
    Folder,
    Symlink(String),
    HardLink(String),
    Fifo,
    Device,
    Whiteout,
    Opaque,
}

/// A number that stands for all bytes of a file, so that a failure can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) number: u64,
    pub(crate) length: usize,
}

impl Content {
    pub(crate) fn bytes(self) -> Vec<u8> {
        self.number.to_le_bytes().into_iter().cycle().take(self.length).collect()
    }
}

fn to_layer(entries: &[Simple]) -> Layer {
    entries.iter().fold(Layer::new().plain(), |layer, simple| {
        let entry = match &simple.what {
            What::Whiteout => return layer.whiteout(&simple.path),
            What::Opaque => return layer.opaque(&simple.path),
            What::File(content) => Entry::file(&simple.path, content.bytes()),
            What::Folder => Entry::directory(&simple.path),
            What::Symlink(target) => Entry::symlink(&simple.path, target),
            What::HardLink(target) => Entry::hard_link(&simple.path, target),
            What::Fifo => Entry::pipe(&simple.path),
            What::Device => Entry::character_device(&simple.path, 1, 3),
        };
        layer.entry(entry.mode(simple.mode).modified(simple.modified))
    })
}

fn random_stack(random: &mut StdRng, most_entries: usize) -> Vec<Vec<Simple>> {
    let layers = random.random_range(1..=5);
    // A link to a name that its layer has twice means the second or the first: neither is worth a rule.
    let repeats = random.random_bool(0.2);
    (0..layers).map(|_| random_layer(random, repeats, most_entries)).collect()
}

fn random_stack_of_links(random: &mut StdRng) -> Vec<Vec<Simple>> {
    let mut stack = random_stack(random, 5);
    for layer in &mut stack {
        for _ in 0..random.random_range(0..2) {
            let target = ["", "/", "../", "./"].choose(random).unwrap().to_string() + &random_path(random);
            let link = Simple {
                path: random_path(random),
                what: What::Symlink(target),
                mode: 0o777,
                modified: random.random_range(1..1_000_000),
            };
            layer.insert(random.random_range(0..=layer.len()), link);
        }
    }
    stack
}

/// Tells whether there is no rule for what a layer says, once it is known what its names mean.
pub(crate) fn are_ambiguous(layer: &[Simple]) -> bool {
    let repeats = !layer.iter().any(|entry| matches!(entry.what, What::HardLink(_)));
    let entries: Vec<&Simple> = layer.iter().filter(|entry| !is_marker(&entry.what)).collect();
    entries.iter().enumerate().any(|(number, entry)| {
        entries[..number].iter().any(|other| conflicts(other, &entry.path, &entry.what, repeats))
    })
}

fn random_layer(random: &mut StdRng, repeats: bool, most_entries: usize) -> Vec<Simple> {
    let mut layer: Vec<Simple> = Vec::new();
    for _ in 0..random.random_range(0..most_entries) {
        let path = random_path(random);
        let what = random_kind(random, repeats);
        if !is_marker(&what) && layer.iter().any(|other| conflicts(other, &path, &what, repeats)) {
            continue;
        }
        layer.push(Simple {
            path,
            what,
            mode: random_mode(random),
            modified: random.random_range(1..1_000_000),
        });
    }
    layer
}

/// Tells whether no builder writes both into one layer, so that there is no rule for it.
fn conflicts(other: &Simple, path: &str, what: &What, repeats: bool) -> bool {
    let below =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'));
    let is_link = |what: &What| matches!(what, What::Symlink(_));
    let same = other.path == path && !is_marker(&other.what);
    let may_repeat = repeats && is_folder(&other.what) == is_folder(what) && !is_link(&other.what);
    // What a link is one of comes before it.
    let late = matches!(&other.what, What::HardLink(target) if target == path || below(path, target) || below(target, path));
    late || (same && !may_repeat)
        || (!is_folder(what) && below(&other.path, path))
        || (!is_folder(&other.what) && !is_marker(&other.what) && below(path, &other.path))
}

fn is_folder(what: &What) -> bool {
    matches!(what, What::Folder)
}

pub(crate) fn is_marker(what: &What) -> bool {
    matches!(what, What::Whiteout | What::Opaque)
}

fn random_path(random: &mut StdRng) -> String {
    let parts = random.random_range(1..=3);
    let names = ["a", "b", "c"];
    let path: Vec<&str> = (0..parts).filter_map(|_| names.choose(random).copied()).collect();
    path.join("/")
}

fn random_kind(random: &mut StdRng, repeats: bool) -> What {
    let large = random.random_bool(0.05);
    let length = if large { random.random_range(60_000..200_000) } else { random.random_range(0..50) };
    match random.random_range(0..20) {
        0..6 => What::File(Content { number: random.next_u64(), length }),
        6..10 => What::Folder,
        10 => What::Symlink(random_path(random)),
        11..15 if !repeats => What::HardLink(random_path(random)),
        11..15 => What::Folder,
        15 => What::Fifo,
        16 => What::Device,
        17..19 => What::Whiteout,
        _ => What::Opaque,
    }
}

fn random_mode(random: &mut StdRng) -> u32 {
    *[0o644, 0o600, 0o755, 0o4755, 0o1777, 0o000].choose(random).unwrap()
}
