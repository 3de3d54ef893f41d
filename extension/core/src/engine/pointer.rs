//! JSON pointers (RFC 6901), as errors name places.

/// The pointer to the member `key` of the object at `path`.
pub(crate) fn child(path: &str, key: &str) -> String {
    format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_with_a_slash_or_a_tilde_stays_one_step() {
        let path = child("/query", "a/b~c~1");
        assert_eq!(path, "/query/a~1b~0c~01");
        let document = serde_json::json!({ "query": { "a/b~c~1": 5 } });
        assert_eq!(document.pointer(&path), Some(&serde_json::json!(5)));
    }
}
