#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;

use nix::unistd::{Gid, Uid};

use super::*;
use crate::secrets::tests::TempFile;

const VALUE: &str = "sk-very-secret";

fn options() -> Secrets {
    Secrets::from_options(&["ENV_KEY=host".to_owned()], |_| Some("from the environment".to_owned())).unwrap()
}

fn load(text: &str) -> anyhow::Result<Secrets> {
    let file = TempFile::with(text);
    SecretsFile { path: file.0.clone(), scripts_run_as: None }.load(&options())
}

fn refusal(text: &str) -> String {
    let error = format!("{:#}", load(text).err().unwrap_or_else(|| panic!("{text} was taken")));
    assert!(!error.contains(VALUE), "{error}");
    error
}

#[test]
fn reads_secrets_beside_those_of_the_options() {
    let workspace = Uuid::from_u128(7);
    let text = format!(
        "# keys\n[[secret]]\nname = \"KEY\"\nvalue = \"{VALUE}\"\nhosts = [\"api.example.com\", \"localhost:8080\"]\n\n\
         [[secret]]\nname = \"KEY\"\nvalue = '{VALUE}-2'\nhosts = ['api.example.com']\nworkspace = \"{workspace}\"\n"
    );
    let secrets = load(&text).unwrap();
    assert_eq!(secrets.names(), ["ENV_KEY".to_owned(), "KEY".to_owned(), format!("KEY@{workspace}")]);
    assert_eq!(secrets.values().last().unwrap(), ("KEY", "sk-very-secret-2"));
    assert_eq!(load("# none yet\n").unwrap().names(), ["ENV_KEY"]);
}

#[test]
fn names_the_line_of_a_mistake_and_never_the_value() {
    let entry = |fields: &str| refusal(&format!("[[secret]]\n{fields}\n"));
    let well = format!("name = \"KEY\"\nvalue = \"{VALUE}\"\nhosts = [\"h\"]");
    assert!(entry(&format!("name = \"KEY\"\nvalue = \"{VALUE}\nhosts = [\"h\"]")).starts_with("line 3: "));
    assert!(entry(&format!("name = \"KEY\"\nvalue = {VALUE}\nhosts = [\"h\"]")).starts_with("line 3: "));
    assert_eq!(entry(&format!("{well}\ncomment = \"{VALUE}\"")), format!("line 5: {ENTRY}"));
    assert_eq!(entry(&format!("{well}\n{VALUE} = 1")), format!("line 5: {ENTRY}"));
    assert_eq!(entry(&format!("{well}\nworkspace = \"{VALUE}\"")), format!("line 5: {ENTRY}"));
    assert_eq!(entry(&format!("name = \"KEY\"\nvalue = \"x\"\nhosts = \"{VALUE}\"")), format!("line 4: {ENTRY}"));
    assert!(entry(&format!("name = \"KEY\"\nvalue = \"{VALUE}\"")).ends_with(ENTRY), "no hosts");
    assert!(entry(&format!("{well}\nname = \"{VALUE}\"")).starts_with("line 5: duplicate key"));
    assert!(entry(&format!("name = \"{VALUE}\"\nvalue = \"KEY1\"\nhosts = [\"h\"]")).starts_with("line 2: its name has"));
    assert!(entry("name = \"KEY\"\nvalue = \"abc\"\nhosts = [\"h\"]").starts_with("line 2: its value is shorter"));
    assert!(entry(&format!("name = \"KEY\"\nvalue = \"{VALUE}\\n\"\nhosts = [\"h\"]")).starts_with("line 2: its value contains a control"));
    assert!(entry(&format!("name = \"KEY\"\nvalue = \"{VALUE}\"\nhosts = []")).starts_with("line 2: it is bound to no host"));
    assert!(entry(&format!("name = \"KEY\"\nvalue = \"value\"\nhosts = [\"h/{VALUE}\"]")).starts_with("line 2: a host of it"));
    assert!(refusal(&format!("[[secret]]\n{well}\n\n[[secret]]\n{well}\n")).starts_with("line 7: it is given twice"));
    assert!(entry(&well.replace("KEY", "ENV_KEY")).starts_with("line 2: it is given twice"), "an option has it");
    assert_eq!(refusal(&format!("{VALUE} = 1\n")), format!("line 1: {ENTRY}"));
    assert!(refusal("").contains("it is empty"));
    assert!(refusal(&format!("#{}", "x".repeat(1 << 20))).contains("larger than"));
}

#[test]
fn refuses_a_file_that_others_may_read_and_says_how_to_mend_it() {
    let file = TempFile::with("# nothing\n");
    let secrets_file = SecretsFile { path: file.0.clone(), scripts_run_as: None };
    for (mode, taken) in [(0o600, true), (0o640, true), (0o400, true), (0o644, false), (0o601, false), (0o602, false)] {
        set_permissions(&file.0, Permissions::from_mode(mode)).unwrap();
        let loaded = secrets_file.load(&Secrets::default());
        assert_eq!(loaded.is_ok(), taken, "{mode:o}");
        let mend = format!("run chmod o-rwx {}", file.0.display());
        assert!(taken || format!("{:#}", loaded.err().unwrap()).contains(&mend), "{mode:o}");
    }
}

#[test]
fn refuses_a_file_that_the_scripts_may_read() {
    let file = TempFile::with("# nothing\n");
    let owner = std::fs::metadata(&file.0).unwrap();
    let stranger = (owner.uid() + 1, owner.gid() + 1);
    let load = |user, groups: &[u32]| {
        let groups = groups.iter().copied().map(Gid::from_raw).collect();
        let account = Account { user: Uid::from_raw(user), group: Gid::from_raw(stranger.1), groups };
        SecretsFile { path: file.0.clone(), scripts_run_as: Some(account) }.load(&Secrets::default()).is_ok()
    };
    set_permissions(&file.0, Permissions::from_mode(0o640)).unwrap();
    assert!(load(stranger.0, &[stranger.1]));
    assert!(!load(owner.uid(), &[stranger.1]), "as the owner");
    assert!(!load(stranger.0, &[stranger.1, owner.gid()]), "through its group");
}

#[test]
fn refuses_what_is_no_file() {
    for (path, words) in [("/dev/null", "it is not a file"), ("/no/such/file", "it cannot be found")] {
        let error = SecretsFile { path: path.into(), scripts_run_as: None }.load(&Secrets::default()).err().unwrap();
        assert!(error.to_string().contains(words), "{error}");
    }
}
