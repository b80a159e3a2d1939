//! Headers of a tar archive, in GNU's form: names of any bytes and any length, files of any size.

use tar::{EntryType, Header};

use crate::tree::{Entry, Kind};
use crate::{Owner, SourceDate};

/// An archive is made of blocks of this many bytes.
pub(crate) const BLOCK: usize = 512;
/// How GNU tar names the entry that holds the next one's long name.
const LONG_NAME: &[u8] = b"././@LongLink";

/// Returns the blocks that stand before an entry's content.
pub(crate) fn blocks(entry: &Entry, owner: Owner, time: SourceDate) -> Vec<u8> {
    let mut name = entry.name.clone();
    let mut header = Header::new_gnu();
    header.set_mode(entry.mode);
    header.set_uid(owner.user.into());
    header.set_gid(owner.group.into());
    header.set_mtime(time.seconds());
    header.set_size(0);
    let mut blocks = Vec::with_capacity(BLOCK);
    match &entry.kind {
        Kind::Folder => {
            name.push(b'/');
            header.set_entry_type(EntryType::Directory);
        }
        Kind::File(identity) => {
            header.set_entry_type(EntryType::Regular);
            header.set_size(identity.size);
        }
        Kind::Link(target) => {
            header.set_entry_type(EntryType::Symlink);
            put(target, &mut header.as_old_mut().linkname, EntryType::GNULongLink, &mut blocks);
        }
    }
    put(&name, &mut header.as_old_mut().name, EntryType::GNULongName, &mut blocks);
    header.set_cksum();
    blocks.extend_from_slice(header.as_bytes());
    blocks
}

/// Writes a text into its field. One that is too long goes before the header, in an entry of its own.
fn put(text: &[u8], field: &mut [u8; 100], kind: EntryType, before: &mut Vec<u8>) {
    let fits = text.len().min(field.len());
    field[..fits].copy_from_slice(&text[..fits]);
    if text.len() <= field.len() {
        return;
    }
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..LONG_NAME.len()].copy_from_slice(LONG_NAME);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    // GNU tar ends the text with a zero.
    header.set_size(text.len() as u64 + 1);
    header.set_entry_type(kind);
    header.set_cksum();
    before.extend_from_slice(header.as_bytes());
    before.extend_from_slice(text);
    before.push(0);
    before.resize(before.len().next_multiple_of(BLOCK), 0);
}
