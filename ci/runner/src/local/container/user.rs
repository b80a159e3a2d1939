//! Who a process in a container is: names are looked up in the image.

use crate::outcome::Problem;
use crate::volume::Volume;

/// A user of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct User {
    pub(super) id: u32,
    pub(super) group: u32,
    pub(super) home: Option<String>,
}

impl User {
    /// Looks a user up: empty, a name, a number, either with `:group`.
    pub(super) fn find(wanted: &str, rootfs: &Volume) -> Result<Self, Problem> {
        let (user, group) = match wanted.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (wanted, None),
        };
        let user = if user.is_empty() { "root" } else { user };
        let mut found = Self::in_passwd(user, rootfs)?;
        if let Some(group) = group {
            found.group = group_id(group, rootfs)?;
        }
        Ok(found)
    }

    fn in_passwd(user: &str, rootfs: &Volume) -> Result<Self, Problem> {
        let passwd = rootfs.read("etc/passwd").unwrap_or_default();
        let fields = passwd.lines().map(|line| line.split(':').collect::<Vec<_>>());
        let number: Option<u32> = user.parse().ok();
        let is_it = |fields: &Vec<&str>| match number {
            Some(_) => fields.get(2) == Some(&user),
            None => fields.first() == Some(&user),
        };
        if let Some(fields) = fields.into_iter().find(is_it)
            && let (Some(Ok(id)), Some(Ok(group))) =
                (fields.get(2).map(|id| id.parse()), fields.get(3).map(|id| id.parse()))
        {
            let home = fields.get(5).filter(|home| !home.is_empty()).map(|home| (*home).to_owned());
            return Ok(Self { id, group, home });
        }
        match (number, user) {
            (Some(id), _) => Ok(Self { id, ..Self::default() }),
            (None, "root") => Ok(Self::default()),
            (None, _) => {
                Err(Problem::new(format!("unable to find user {user}: no matching entries in passwd file")))
            }
        }
    }
}

fn group_id(group: &str, rootfs: &Volume) -> Result<u32, Problem> {
    if let Ok(id) = group.parse() {
        return Ok(id);
    }
    let groups = rootfs.read("etc/group").unwrap_or_default();
    let line = groups.lines().find(|line| line.split(':').next() == Some(group));
    let id = line.and_then(|line| line.split(':').nth(2)?.parse().ok());
    id.ok_or_else(|| Problem::new(format!("unable to find group {group}: no matching entries in group file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_as_on_a_worker() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("etc")).unwrap();
        std::fs::write(folder.path().join("etc/passwd"), "root:x:0:0::/root:/bin/sh\nci:x:7:8::/home/ci:\n")
            .unwrap();
        std::fs::write(folder.path().join("etc/group"), "build:x:9:\n").unwrap();
        let rootfs = Volume::new(folder.path());
        let cases = [
            ("", Some((0, 0, Some("/root")))),
            ("ci", Some((7, 8, Some("/home/ci")))),
            ("7", Some((7, 8, Some("/home/ci")))),
            ("12", Some((12, 0, None))),
            ("12:34", Some((12, 34, None))),
            ("ci:build", Some((7, 9, Some("/home/ci")))),
            ("nobody", None),
            ("ci:none", None),
        ];
        for (wanted, expected) in cases {
            let found = User::find(wanted, &rootfs).ok();
            let found = found.as_ref().map(|user| (user.id, user.group, user.home.as_deref()));
            assert_eq!(found, expected, "{wanted}");
        }
        let empty = tempfile::tempdir().unwrap();
        assert_eq!(User::find("root", &Volume::new(empty.path())).unwrap(), User::default());
    }
}
