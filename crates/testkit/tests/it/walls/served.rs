//! What the server serves is what the lists say: a route that stands on none of them would have a way around the walls.

use std::collections::{BTreeMap, BTreeSet};

use chancery_api::routes::TABLE;
use chancery_console::links::ROUTES;
use chancery_testkit::Kit;

/// Path and methods, as the router itself has them.
pub type Served = BTreeMap<String, BTreeSet<String>>;

/// The endpoints of the protocol, each with its methods. The laws on them stand in `protocol`, `endpoints` and `browser`.
const PROTOCOL: [(&str, &str); 14] = [
    ("/.well-known/oauth-authorization-server", "GET"),
    ("/.well-known/openid-configuration", "GET"),
    ("/bc-authorize", "POST"),
    ("/oauth/token", "POST"),
    ("/oauth2/authorize", "GET POST"),
    ("/oauth2/bc-authorize", "POST"),
    ("/oauth2/bc-wait", "POST"),
    ("/oauth2/introspect", "POST"),
    ("/oauth2/keys", "GET"),
    ("/oauth2/logout", "GET POST"),
    ("/oauth2/revoke", "POST"),
    ("/oauth2/token", "POST"),
    ("/oauth2/userinfo", "GET POST"),
    // It leads to the first page.
    ("/", "GET"),
];

/// Those of them that a client proves itself at, with what each needs besides.
pub const OF_CLIENTS: [(&str, &[(&str, &str)]); 7] = [
    ("/oauth2/token", &[("grant_type", "client_credentials")]),
    ("/oauth/token", &[("grant_type", "client_credentials")]),
    ("/oauth2/introspect", &[("token", "x")]),
    ("/oauth2/revoke", &[("token", "x")]),
    ("/oauth2/bc-authorize", &[("scope", "openid"), ("login_hint", "x")]),
    ("/bc-authorize", &[("scope", "openid"), ("login_hint", "x")]),
    ("/oauth2/bc-wait", &[("grant_type", "urn:openid:params:grant-type:ciba"), ("auth_req_id", "x")]),
];
/// Those that are posted to otherwise: by browsers, and with a token.
const OF_OTHERS: [&str; 3] = ["/oauth2/authorize", "/oauth2/logout", "/oauth2/userinfo"];

/// There is no other way to ask a router than how it prints: `RouteId(1): MethodRouter(… allow_header: Bytes(b"GET,HEAD") …)`
/// for each route, and then `RouteId(1): "/path"` for each path. Where it prints otherwise one day, nothing is found, and the
/// laws below fail.
pub fn of(kit: &Kit) -> Served {
    let printed = format!("{:?}", kit.running.router);
    let (first, _) = printed.split_once("fallback_router: ").unwrap();
    let (routes, paths) = first.split_once("node: Node { paths: ").unwrap();
    let mut methods = BTreeMap::new();
    for route in routes.split("RouteId(").skip(1) {
        let id = route.split(')').next().unwrap();
        let allowed = route.split_once("allow_header: Bytes(b\"").unwrap_or_else(|| panic!("{route}")).1;
        let allowed: BTreeSet<String> =
            allowed.split('"').next().unwrap().split(',').map(str::to_owned).collect();
        methods.insert(id, allowed);
    }
    let mut served = Served::new();
    for path in paths.split("RouteId(").skip(1) {
        let (id, rest) = path.split_once("): \"").unwrap_or_default();
        if let Some(methods) = methods.get(id) {
            served.insert(rest.split('"').next().unwrap().to_owned(), methods.clone());
        }
    }
    served
}

/// With `HEAD` where there is `GET`, as the router has it.
fn methods(words: &str) -> BTreeSet<String> {
    let head = words.split(' ').any(|word| word == "GET").then_some("HEAD");
    words.split(' ').chain(head).map(str::to_owned).collect()
}

#[test]
fn every_endpoint_that_is_posted_to_is_tried_by_clients_that_prove_nothing() {
    let posted = PROTOCOL.iter().filter(|(_, words)| words.contains("POST")).map(|(path, _)| *path);
    let tried = OF_CLIENTS.iter().map(|(path, _)| *path).chain(OF_OTHERS);
    assert_eq!(posted.collect::<BTreeSet<_>>(), tried.collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_that_is_served_is_on_a_list_that_a_law_goes_through() {
    let kit = Kit::start().await.unwrap();
    let mut served = of(&kit);
    let mut listed = Served::new();
    for row in TABLE {
        listed.entry(row.path.to_owned()).or_default().extend(methods(row.verb.method().as_str()));
    }
    listed.extend(PROTOCOL.map(|(path, words)| (path.to_owned(), methods(words))));
    // What the pages answer to which method is held by their own laws; here it is that there is no other page.
    let mut pages: BTreeSet<&str> = ROUTES.iter().map(|(_, pattern)| *pattern).collect();
    served.retain(|path, _| !pages.remove(path.as_str()));
    assert!(pages.is_empty(), "on the list of pages and not served: {pages:?}");
    assert_eq!(served, listed);
}
