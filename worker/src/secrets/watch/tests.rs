#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::secrets::tests::TempFile;

fn entry(value: &str) -> String {
    format!("[[secret]]\nname = \"KEY\"\nvalue = \"{value}\"\nhosts = [\"host\"]\n")
}

async fn watch(file: &TempFile) -> Watch {
    let seen = Stamp::of(&file.0).await;
    let secrets_file = SecretsFile { path: file.0.clone(), scripts_run_as: None };
    let vault = Vault::new(secrets_file.load(&Secrets::default()).unwrap()).unwrap();
    Watch::new(secrets_file, Secrets::default(), Arc::new(vault), seen)
}

fn value(watch: &Watch) -> String {
    watch.vault.now().values().next().unwrap().1.to_owned()
}

/// What a look brings that finds a change; the next one finds none.
async fn change(watch: &mut Watch) -> Result<Vec<String>, String> {
    let change = watch.look().await.expect("nothing was noticed");
    assert!(watch.look().await.is_none(), "it would be mentioned twice");
    change.map_err(|error| format!("{error:#}"))
}

/// Beside it first, as one should; also, two files with equal times differ in their inode.
fn replace(file: &TempFile, text: &str) {
    let next = TempFile::with(text);
    fs::rename(&next.0, &file.0).unwrap();
}

#[tokio::test]
async fn a_changed_file_counts_and_the_old_values_stay_redacted() {
    let file = TempFile::with(&entry("first value"));
    let mut watch = watch(&file).await;
    assert!(watch.look().await.is_none(), "nothing has changed");
    for next in ["second value", "third value"] {
        replace(&file, &entry(next));
        assert_eq!(change(&mut watch).await.unwrap(), ["KEY"]);
        assert_eq!(value(&watch), next);
    }
    let redacted = watch.vault.redactor().text("first value, second value, third value").into_owned();
    assert_eq!(redacted, "[secret KEY], [secret KEY], [secret KEY]");
}

#[tokio::test]
async fn a_file_that_is_wrong_or_gone_changes_nothing_and_is_mentioned_once() {
    let file = TempFile::with(&entry("first value"));
    let mut watch = watch(&file).await;
    let wrong = format!("{}hosts = wrong value\n", entry("second value"));
    for (text, place) in [(Some(wrong.as_str()), "line 5"), (Some("[[secret]]\nname = \"KEY\"\n"), "line 1"), (None, "it cannot be found")]
    {
        match text {
            Some(text) => replace(&file, text),
            None => fs::remove_file(&file.0).unwrap(),
        }
        let error = change(&mut watch).await.unwrap_err();
        assert!(error.contains(place) && !error.contains("second value") && !error.contains("wrong"), "{error}");
        assert_eq!(value(&watch), "first value");
    }
    replace(&file, &entry("fourth value"));
    change(&mut watch).await.unwrap();
    assert_eq!(value(&watch), "fourth value");
}

#[tokio::test]
async fn a_change_of_the_mode_alone_is_noticed() {
    let file = TempFile::with(&entry("first value"));
    let mut watch = watch(&file).await;
    fs::set_permissions(&file.0, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(change(&mut watch).await.unwrap_err().contains("chmod o-rwx"));
    fs::set_permissions(&file.0, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(change(&mut watch).await.unwrap(), ["KEY"]);
}

/// Kubernetes: `secrets.toml -> ..data/secrets.toml`, `..data -> ..2026_1`, and a new `..data` is renamed over the old one.
#[tokio::test]
async fn links_that_are_swapped_are_followed() {
    let [old, new, data, next, link] = [(); 5].map(|()| TempFile::name());
    for (directory, value) in [(&old, "first value"), (&new, "second value")] {
        fs::create_dir(&directory.0).unwrap();
        fs::rename(&TempFile::with(&entry(value)).0, directory.0.join("secrets.toml")).unwrap();
    }
    symlink(&old.0, &data.0).unwrap();
    symlink(data.0.join("secrets.toml"), &link.0).unwrap();
    let mut watch = watch(&link).await;
    symlink(&new.0, &next.0).unwrap();
    fs::rename(&next.0, &data.0).unwrap();
    change(&mut watch).await.unwrap();
    assert_eq!(value(&watch), "second value");
    fs::remove_dir_all(&old.0).unwrap();
    fs::remove_dir_all(&new.0).unwrap();
}
