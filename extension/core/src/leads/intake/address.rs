//! E-mail addresses, and the domain that a lead belongs to.
//!
//! The domain is that of the website, or else that of the e-mail address: in lower case, without `www.`. Addresses at a mail provider and pages
//! on somebody else's site say nothing of it. Letters are compared as they are: a Cyrillic `а` makes another domain, and another person.

/// Hosts where everybody has an address or a page, so that sharing one says nothing. Below them, too: `ann.wixsite.com`.
pub const SHARED: &[&str] = &[
    // Mail.
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "live.com",
    "msn.com",
    "yahoo.com",
    "yahoo.com.br",
    "yahoo.co.uk",
    "ymail.com",
    "icloud.com",
    "me.com",
    "mac.com",
    "aol.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "mail.com",
    "mail.ru",
    "yandex.com",
    "yandex.ru",
    "proton.me",
    "protonmail.com",
    "zoho.com",
    "qq.com",
    "163.com",
    "126.com",
    "uol.com.br",
    "bol.com.br",
    "terra.com.br",
    "ig.com.br",
    "hotmail.com.br",
    "outlook.com.br",
    // Pages.
    "facebook.com",
    "instagram.com",
    "linkedin.com",
    "twitter.com",
    "x.com",
    "youtube.com",
    "tiktok.com",
    "wa.me",
    "whatsapp.com",
    "linktr.ee",
    "t.me",
    "google.com",
    "goo.gl",
    "business.site",
    "bit.ly",
    "wixsite.com",
    "wordpress.com",
    "blogspot.com",
    "github.io",
    "medium.com",
];

/// Characters of a host, and of the part of an address before it, at most (RFC 1035, RFC 5321).
const HOST_CHARS: usize = 253;
const LOCAL_CHARS: usize = 64;

/// An e-mail address, in lower case; none where it is none.
pub fn email(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let (local, host) = lower.split_once('@')?;
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[]\\,;:\"".contains(c);
    let is_local = (1..=LOCAL_CHARS).contains(&local.chars().count()) && !local.contains(is_odd);
    (is_local && host_of(host)? == host).then_some(lower)
}

/// The domain that a website, or a domain as people write it, is at; none where it is at none.
pub fn domain(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let after_scheme = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let authority = after_scheme.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_end_matches('.');
    let bare = host.strip_prefix("www.").filter(|bare| bare.contains('.')).unwrap_or(host);
    host_of(bare).map(str::to_owned)
}

/// Whether everybody may be found there.
pub fn is_shared(domain: &str) -> bool {
    SHARED.iter().any(|shared| domain.strip_suffix(shared).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')))
}

/// The domain that follows from a website and an e-mail address.
pub fn derived(website: Option<&str>, email: Option<&str>) -> Option<String> {
    let of_website = website.and_then(domain).filter(|host| !is_shared(host));
    of_website.or_else(|| email.and_then(|address| domain(address.rsplit_once('@')?.1)).filter(|host| !is_shared(host)))
}

/// The host, if it may be one: labels of letters, digits, hyphens and underscores, the last of which is no number.
fn host_of(host: &str) -> Option<&str> {
    let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let last = host.rsplit_once('.')?.1;
    (host.chars().count() <= HOST_CHARS && host.split('.').all(is_label) && last.chars().any(char::is_alphabetic)).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_in_lower_case_or_is_none() {
        assert_eq!(email("Ann.Lee+x@Acme.Example").as_deref(), Some("ann.lee+x@acme.example"));
        for bad in [
            "",
            "ann",
            "@acme.example",
            "ann@",
            "ann@acme",
            "a@b@c.example",
            "a b@c.example",
            "a@c.example;b@c.example",
            "<a@c.example>",
            "a@1.2.3.4",
        ] {
            assert_eq!(email(bad), None, "{bad}");
        }
        assert_eq!(email(&format!("{}@acme.example", "x".repeat(65))), None);
    }

    #[test]
    fn a_domain_is_found_in_what_people_write() {
        for written in [
            "acme.example",
            " HTTPS://www.Acme.Example/contact?x=1",
            "http://user@acme.example:8080",
            "acme.example.",
            "www.acme.example#top",
        ] {
            assert_eq!(domain(written).as_deref(), Some("acme.example"), "{written}");
        }
        for none in ["", "acme", "10.0.0.1", "https://", "a b.example", "n/a", "..", "acme..example"] {
            assert_eq!(domain(none), None, "{none}");
        }
        assert_eq!(domain("www.example").as_deref(), Some("www.example"));
        assert_ne!(domain("аcme.example"), domain("acme.example"), "a Cyrillic letter is another letter");
    }

    #[test]
    fn mail_providers_and_pages_of_everybody_say_nothing() {
        assert_eq!(derived(Some("https://www.facebook.com/acme"), Some("ann@gmail.com")), None);
        assert_eq!(derived(Some("ann.wixsite.com"), Some("ann@acme.example")).as_deref(), Some("acme.example"));
        assert_eq!(derived(Some("acme.example"), Some("ann@other.example")).as_deref(), Some("acme.example"));
        assert!(!is_shared("notgmail.com"));
    }
}
