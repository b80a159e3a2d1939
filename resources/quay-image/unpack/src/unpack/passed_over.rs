//! Hard links whose target was passed over in their own layer.
//!
//! A layer may have a file and a hard link to it, of which a higher layer replaces the file. When the file came, it was
//! hidden; that a link to it follows could not be known. So the layer is read once more, for these files alone. That is
//! rare, and better than to keep everything that is hidden.

use std::collections::BTreeMap;

use super::entry::CurrentLayer;
use super::{Trouble, Unpacking};
use crate::links::PassedOver;
use crate::path::EntryPath;
use crate::tar::{Kind, Reader};
use crate::{EntryProblem, Layers};

type ByTarget = BTreeMap<EntryPath, Vec<PassedOver>>;

impl<L: Layers> Unpacking<'_, L> {
    /// Makes the links whose targets were passed over, and tells whether there were any.
    pub(super) fn make_passed_over(&mut self, layer: &CurrentLayer) -> Result<bool, Trouble> {
        let mut by_target = ByTarget::new();
        for passed_over in self.links.take_passed_over() {
            by_target.entry(passed_over.target.clone()).or_default().push(passed_over);
        }
        if by_target.is_empty() {
            return Ok(false);
        }
        self.read_again(layer, &mut by_target)?;
        // What this layer doesn't have must be in a lower one.
        for PassedOver { target, link, .. } in by_target.into_values().flatten() {
            self.links.want(target, link, &layer.name);
        }
        Ok(true)
    }

    fn read_again(&mut self, layer: &CurrentLayer, by_target: &mut ByTarget) -> Result<(), Trouble> {
        let mut reader = Reader::new(self.ahead.again(layer.index)?);
        let mut number = 0;
        while let Some(mut entry) = reader.next_entry()? {
            number += 1;
            let path = self.names.read((layer.index, number), layer.depth, &mut entry)?;
            let Some(all) = by_target.remove(&path) else { continue };
            let (links, earlier): (Vec<_>, Vec<_>) = all.into_iter().partition(|link| number < link.before);
            if !earlier.is_empty() {
                by_target.insert(path.clone(), earlier);
            }
            let Some((first, others)) = links.split_first() else { continue };
            if entry.kind == Kind::Folder {
                let target = path.to_string();
                return Err(Trouble::Other(first.link, EntryProblem::LinkToFolder { target }));
            }
            self.make(layer, first.link, &mut entry, &mut reader)?;
            others.iter().for_each(|other| self.links.add_ready(first.link, other.link));
        }
        Ok(reader.into_source().finish()?)
    }
}
