//! Hard links, which wait for their targets.
//!
//! A link's target may be in its own layer, or in a lower one, which comes later. And it may be a file that was passed
//! over, because a still higher layer has something else under that name: then the link alone carries its content.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::path::EntryPath;
use crate::tree::{NodeId, Replaced, Tree};

/// A hard link to be made of something that is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ready {
    pub(crate) target: NodeId,
    pub(crate) link: NodeId,
}

/// A hard link whose target was passed over in its own layer, if it was there.
#[derive(Debug)]
pub(crate) struct PassedOver {
    pub(crate) target: EntryPath,
    pub(crate) link: NodeId,
    /// The link's number in the layer: the target came before.
    pub(crate) before: u64,
}

/// A hard link without a target.
#[derive(Debug)]
pub(crate) struct Lost<'a> {
    pub(crate) layer: &'a str,
    pub(crate) link: NodeId,
    pub(crate) target: &'a EntryPath,
}

/// All links that were not made yet.
#[derive(Debug, Default)]
pub(crate) struct Links {
    ready: Vec<Ready>,
    passed_over: Vec<PassedOver>,
    /// By what a lower layer must have.
    wanted: BTreeMap<EntryPath, Wanted>,
}

/// Links that wait for the same file of a lower layer.
#[derive(Debug)]
struct Wanted {
    /// The name of the layer that has the first of them.
    layer: String,
    links: Vec<NodeId>,
    /// Whether the layer that is read now removes it, so that none below can serve.
    removed: bool,
}

impl Links {
    pub(crate) fn add_ready(&mut self, target: NodeId, link: NodeId) {
        self.ready.push(Ready { target, link });
    }

    pub(crate) fn add_passed_over(&mut self, passed_over: PassedOver) {
        self.passed_over.push(passed_over);
    }

    /// Has the link of the layer named `layer` wait for a lower layer.
    pub(crate) fn want(&mut self, target: EntryPath, link: NodeId, layer: &str) {
        let first = || Wanted { layer: layer.to_owned(), links: Vec::new(), removed: false };
        self.wanted.entry(target).or_insert_with(first).links.push(link);
    }

    /// Takes the links that wait for `path`.
    pub(crate) fn take_wanting(&mut self, path: &EntryPath) -> Vec<NodeId> {
        if self.wanted.is_empty() {
            return Vec::new();
        }
        self.wanted.remove(path).map(|wanted| wanted.links).unwrap_or_default()
    }

    /// Notes that the layer that is read now removes what lower ones have below `path`, or also `path` itself.
    pub(crate) fn removed(&mut self, path: &EntryPath, itself: bool) {
        if self.wanted.is_empty() {
            return;
        }
        // What is below sorts after it, though not always right after it: `a-b` stands between `a` and `a/b`.
        let start = path.as_bytes();
        let after = self
            .wanted
            .range_mut::<EntryPath, _>(path..)
            .take_while(|(target, _)| target.as_bytes().starts_with(start));
        for (target, wanted) in after {
            wanted.removed |= target.is_below(path) || (itself && target == path);
        }
    }

    /// Returns a link whose target can't come any more: at the end of a layer those that it removed, at the end of all
    /// layers all that still wait.
    pub(crate) fn without_target(&self, no_more_layers: bool) -> Option<Lost<'_>> {
        let (target, wanted) = self.wanted.iter().find(|(_, wanted)| no_more_layers || wanted.removed)?;
        Some(Lost { layer: &wanted.layer, link: *wanted.links.first()?, target })
    }

    /// Takes the links that can be made, in any order: those whose target does not itself wait for a lower layer.
    pub(crate) fn take_ready(&mut self) -> Vec<Ready> {
        let wanting = self.wanted.values().flat_map(|wanted| wanted.links.iter().copied());
        let passed_over = self.passed_over.iter().map(|passed_over| passed_over.link);
        let waiting: HashSet<NodeId> = wanting.chain(passed_over).collect();
        let target_of: HashMap<NodeId, NodeId> =
            self.ready.iter().map(|ready| (ready.link, ready.target)).collect();
        // A target may itself be a link that is not made yet: then they are all names of the same file.
        let file = |target: NodeId| {
            let targets = std::iter::successors(Some(target), |target| target_of.get(target).copied());
            targets.take(target_of.len() + 1).last().unwrap_or(target)
        };
        let all = std::mem::take(&mut self.ready).into_iter();
        let all = all.map(|ready| Ready { target: file(ready.target), link: ready.link });
        let (waits, now) = all.partition(|ready| waiting.contains(&ready.target));
        self.ready = waits;
        now
    }

    pub(crate) fn take_passed_over(&mut self) -> Vec<PassedOver> {
        std::mem::take(&mut self.passed_over)
    }

    /// Forgets the links that an entry takes the place of.
    pub(crate) fn forget(&mut self, tree: &Tree, replaced: Replaced) {
        let stays = |link: NodeId| !tree.is_within(link, replaced.node);
        self.ready.retain(|ready| stays(ready.link));
        self.passed_over.retain(|passed_over| stays(passed_over.link));
        self.wanted.retain(|_, wanted| {
            wanted.links.retain(|link| stays(*link));
            !wanted.links.is_empty()
        });
    }
}
