//! An account of this machine under which scripts run.

use std::ffi::CString;
use std::fmt;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::str::FromStr;

use anyhow::{Context, ensure};
use nix::unistd::{Gid, Uid, User, getgrouplist};

/// Who a process is, in numbers: looked up once, so no job waits for a directory service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// User.
    pub user: Uid,
    /// Main group.
    pub group: Gid,
    /// All groups.
    pub groups: Vec<Gid>,
}

impl Account {
    /// Reads `--script-user NAME`.
    pub fn from_option(name: &str) -> anyhow::Result<Self> {
        let found = User::from_name(name).with_context(|| format!("--script-user {name}: the accounts of this machine cannot be read"))?;
        let user = found.with_context(|| format!("--script-user {name}: this machine has no such account; create it or name another"))?;
        ensure!(!user.uid.is_root(), "--script-user {name}: root may read every secret; name an ordinary account");
        ensure!(
            user.uid != Uid::effective(),
            "--script-user {name}: the worker itself runs under this account, so scripts could read its files and end it; name another"
        );
        let c_name = CString::new(name).with_context(|| format!("--script-user {name:?}"))?;
        let groups = getgrouplist(&c_name, user.gid).with_context(|| format!("--script-user {name}: its groups cannot be read"))?;
        Ok(Self { user: user.uid, group: user.gid, groups })
    }

    /// Whether the mode of a file lets this account read it.
    pub fn may_read(&self, file: &Metadata) -> bool {
        let of_group = self.groups.iter().any(|group| group.as_raw() == file.gid());
        file.uid() == self.user.as_raw() || of_group && file.mode() & 0o040 != 0 || file.mode() & 0o004 != 0
    }
}

/// `USER:GROUP:GROUP…`, as the script guard reads it.
impl fmt::Display for Account {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.user, self.group)?;
        self.groups.iter().try_for_each(|group| write!(out, ":{group}"))
    }
}

impl FromStr for Account {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Result<Vec<u32>, _> = text.split(':').map(str::parse).collect();
        match numbers.as_deref() {
            Ok([user, group, groups @ ..]) => Ok(Self {
                user: Uid::from_raw(*user),
                group: Gid::from_raw(*group),
                groups: groups.iter().copied().map(Gid::from_raw).collect(),
            }),
            _ => Err("write USER:GROUP:GROUP…, all of them numbers"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    #[test]
    fn an_account_reaches_the_guard_as_it_is() {
        let account = Account { user: Uid::from_raw(65_534), group: Gid::from_raw(7), groups: vec![Gid::from_raw(7), Gid::from_raw(9)] };
        assert_eq!(account.to_string().parse(), Ok(account));
        for wrong in ["", "1", "nobody:1", "1:-1", "1:2:"] {
            assert!(wrong.parse::<Account>().is_err(), "{wrong:?} was read");
        }
    }

    #[test]
    fn only_an_account_that_is_less_than_the_worker_is_taken() {
        for wrong in ["root", "no-such-account", "with\0zero"] {
            assert!(Account::from_option(wrong).is_err(), "{wrong} was taken");
        }
    }
}
