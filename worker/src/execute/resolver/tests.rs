#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Names whose addresses change from one look-up to the next; the last answer stays.
#[derive(Clone, Default)]
pub struct Fickle {
    answers: Arc<Vec<Vec<IpAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Fickle {
    /// The addresses of every name, answer by answer.
    pub fn answering(answers: &[&[&str]]) -> Self {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        Self { answers: Arc::new(answers.iter().map(parse).collect()), asked: Arc::default() }
    }

    /// How often a name was looked up.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    /// A resolver that asks here.
    pub fn resolver(&self, exceptions: &[String]) -> Resolver {
        let names = self.clone();
        let service = move |_| -> BoxFuture<'static, Lookup> {
            let answer = names.asked.fetch_add(1, Ordering::Relaxed).min(names.answers.len() - 1);
            let answer = names.answers[answer].clone();
            Box::pin(async { Ok(answer) })
        };
        Resolver::asking(Arc::new(service), AddressRules::from_options(exceptions).unwrap())
    }
}

/// Makes the resolver forget.
pub async fn outlast_memory() {
    tokio::time::pause();
    tokio::time::advance(REMEMBERED).await;
    tokio::time::resume();
}

async fn resolved(names: &Fickle, reach: Reach) -> Option<Vec<String>> {
    let addresses = names.resolver(&[]).connector(reach).resolve("api.example.com".parse().unwrap()).await.ok()?;
    Some(addresses.map(|address| address.ip().to_string()).collect())
}

#[tokio::test]
async fn of_a_mixed_answer_the_client_gets_the_permitted_addresses_only() {
    let mixed =
        Fickle::answering(&[&["127.0.0.1", "1.1.1.1", "169.254.169.254", "::ffff:10.0.0.1", "2606:4700::1111", "fe80::1", "0.0.0.0"]]);
    assert_eq!(resolved(&mixed, Reach::Public).await.unwrap(), ["1.1.1.1", "2606:4700::1111"]);
    assert_eq!(resolved(&mixed, Reach::Anywhere).await.unwrap().len(), 7);
    let forbidden = Fickle::answering(&[&["127.0.0.1", "::1", "100.64.0.1", "224.0.0.1"]]);
    assert_eq!(resolved(&forbidden, Reach::Public).await, None);
}

#[tokio::test]
async fn check_and_connection_see_the_same_answer_while_it_is_fresh() {
    let names = Fickle::answering(&[&["1.1.1.1"], &["127.0.0.1"]]);
    let resolver = names.resolver(&[]);
    resolver.check(&HostPort::new("api.example.com", 443)).await.unwrap();
    let connector = resolver.connector(Reach::Public);
    assert_eq!(connector.permitted("api.example.com").await.unwrap()[0].ip().to_string(), "1.1.1.1");
    assert_eq!(names.asked(), 1);
    outlast_memory().await;
    assert!(connector.permitted("api.example.com").await.is_err());
    assert_eq!(names.asked(), 2);
}
