#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::process::Command;

use super::super::finisher::tests::finished;
use super::*;

/// A directory that is removed with its test.
pub struct Directory(pub PathBuf);

impl Directory {
    /// A name that nobody has used; nothing is there yet.
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("steward-spool-{}", Uuid::now_v7())))
    }

    /// The names of all files, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // Left over in /tmp if it fails, which harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn spool() -> (Directory, Spool) {
    let directory = Directory::new();
    let spool = Spool::open(&directory.0).unwrap();
    (directory, spool)
}

#[test]
fn what_is_stored_waits_for_the_worker_that_claimed_it() {
    let (directory, spool) = spool();
    assert_eq!(spool.store("host:1:a", &[finished(1, "one"), finished(2, "two")]), 0);
    assert_eq!(spool.store("host:2:b", &[finished(3, "three")]), 0);
    assert_eq!((spool.len(), directory.names().len()), (3, 3));
    let waiting = spool.waiting();
    let counts: Vec<_> = waiting.iter().map(|(worker, files)| (worker.as_str(), files.len())).collect();
    assert_eq!(counts, [("host:1:a", 2), ("host:2:b", 1)]);
    let (worker, outcome) = read(&waiting["host:2:b"][0]).unwrap();
    assert_eq!((worker.as_str(), outcome.id, outcome.json.get()), ("host:2:b", finished(3, "").id, finished(3, "three").json.get()));
    assert_eq!(outcome.spooled.as_ref(), Some(&waiting["host:2:b"][0]));
}

#[test]
fn nobody_else_may_read_it() {
    let (directory, spool) = spool();
    spool.store("worker", &[finished(1, "")]);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&directory.0), mode(&directory.0.join(&directory.names()[0]))), (0o700, 0o600));
}

#[test]
fn torn_and_foreign_files_are_set_aside_once_and_kept() {
    let (directory, spool) = spool();
    spool.store("worker", &[finished(1, "whole"), finished(2, "torn")]);
    let torn = directory.names().remove(1);
    let text = fs::read_to_string(directory.0.join(&torn)).unwrap();
    fs::write(directory.0.join(&torn), &text[..text.len() - 5]).unwrap();
    let others = [
        (".left.outcome.draft", "{"),
        ("notes.txt", "mine"),
        ("x.outcome.json", r#"{"format":"another","worker":"w","outcome":{"job_id":"00000000-0000-0000-0000-000000000001","attempt":1}}"#),
        ("y.outcome.json", r#"{"format":"steward outcome 1","worker":"w","outcome":{"attempt":1}}"#),
    ];
    for (name, text) in others {
        fs::write(directory.0.join(name), text).unwrap();
    }
    fs::create_dir(directory.0.join("lost+found")).unwrap();
    assert_eq!(spool.waiting()["worker"].len(), 1);
    let names = directory.names();
    let aside = names.iter().filter(|name| name.ends_with(".set-aside")).count();
    assert_eq!((aside, names.len()), (5, 7), "{names:?}");
    assert_eq!(spool.waiting().len(), 1);
    assert_eq!(directory.names(), names);
    assert_eq!(fs::read_to_string(directory.0.join("notes.txt.set-aside")).unwrap(), "mine");
}

#[test]
fn what_another_worker_is_writing_is_left_alone() {
    let (directory, spool) = spool();
    let draft = directory.0.join(".1-1.outcome.draft");
    let writing = create(&draft).unwrap();
    assert!(spool.waiting().is_empty() && draft.exists());
    drop(writing);
    assert!(spool.waiting().is_empty() && !draft.exists());
}

#[test]
fn an_outcome_that_cannot_be_written_does_not_stop_the_others() {
    let (directory, spool) = spool();
    fs::create_dir(directory.0.join(format!(".{}-1.outcome.draft", Uuid::from_u128(2)))).unwrap();
    assert_eq!(spool.store("worker", &[finished(1, ""), finished(2, ""), finished(3, "")]), 1);
    assert_eq!(spool.waiting()["worker"].len(), 2);
}

/// Only root can mount the disk; everybody else has the directory that may not be written.
#[test]
fn a_full_disk_costs_only_what_has_no_room() {
    let (directory, spool) = spool();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"]).arg(&directory.0).output();
    if mounted.is_ok_and(|done| done.status.success()) {
        let large = "x".repeat(200 << 10);
        let lost = spool.store("worker", &[finished(1, ""), finished(2, &large), finished(3, "")]);
        let names = directory.names();
        let unmounted = Command::new("umount").arg(&directory.0).status().unwrap();
        assert!(unmounted.success());
        assert_eq!((lost, names.len()), (1, 2), "{names:?}");
        return;
    }
    fs::set_permissions(&directory.0, fs::Permissions::from_mode(0o500)).unwrap();
    let lost = spool.store("worker", &[finished(1, ""), finished(2, "")]);
    fs::set_permissions(&directory.0, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(lost == 2 || nix::unistd::geteuid().is_root(), "{lost}");
}

#[test]
fn a_place_that_cannot_be_a_directory_is_refused_with_its_option() {
    let file = Directory::new();
    fs::write(&file.0, "").unwrap();
    let error = Spool::open(&file.0.join("below")).err().unwrap();
    fs::remove_file(&file.0).unwrap();
    assert!(format!("{error:#}").contains("--spool-dir"), "{error:#}");
}
