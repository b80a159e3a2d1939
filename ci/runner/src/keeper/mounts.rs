//! Mounts that only a process and what it starts can see.

use std::fs;
use std::io;
use std::path::Path;

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use super::protocol::Mount;

/// Gives this process a mount namespace of its own, and with `is_rootless` a user namespace in which it is root.
pub(super) fn enter_namespace(is_rootless: bool) -> io::Result<()> {
    let (user, group) = (rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
    let flags = if is_rootless { UnshareFlags::NEWNS | UnshareFlags::NEWUSER } else { UnshareFlags::NEWNS };
    // SAFETY: the keeper has a single thread at this time, and shares no files by CLONE_FILES.
    unsafe { unshare_unsafe(flags) }?;
    if is_rootless {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))?;
    }
    mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC)?;
    Ok(())
}

/// Makes a mount, and the folder that it is seen at. The error says which it was.
pub(super) fn make(wanted: &Mount, is_rootless: bool) -> Result<(), String> {
    let (made, target) = match wanted {
        Mount::Bind { source, target } => (bind(source, target), target),
        Mount::Overlay { lower, upper, scratch, target } => {
            (overlay(lower, upper, scratch, target, is_rootless), target)
        }
    };
    made.map_err(|error| format!("cannot mount what the step sees at `{}`: {error}", target.display()))
}

fn bind(source: &Path, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    mount_bind(source, target)?;
    Ok(())
}

fn overlay(lower: &Path, upper: &Path, scratch: &Path, target: &Path, is_rootless: bool) -> io::Result<()> {
    fs::create_dir_all(target)?;
    let mut options =
        format!("lowerdir={},upperdir={},workdir={}", lower.display(), upper.display(), scratch.display());
    if is_rootless {
        options.push_str(",userxattr");
    }
    let options = std::ffi::CString::new(options)?;
    mount("overlay", target, "overlay", MountFlags::empty(), options.as_c_str())?;
    Ok(())
}

/// Returns whether a path can be named in the options of an overlay.
pub(crate) fn can_be_named(path: &Path) -> bool {
    path.to_str().is_some_and(|path| !path.contains([',', ':', '\\', '"']))
}
