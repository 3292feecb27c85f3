//! What people do with the API, from the first request on.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::support::{Account, Server, ids};

/// The list of recommended item ids.
fn recommended(data: &Value) -> Vec<String> {
    let items = data["recommendations"]["items"].as_array().expect("a list");
    items.iter().map(|it| it["item"]["id"].as_str().expect("an id").to_owned()).collect()
}

async fn record(server: &Server, account: &Account, item: &str, kind: &str) {
    let query = "mutation($input: InteractionInput!) { recordInteraction(input: $input) {
        id interactionType interactionValue user { id } item { id } } }";
    let input = json!({ "input": { "itemId": item, "interactionType": kind } });
    let data = server.execute(Some(account), query, input).await.data();
    let recorded = &data["recordInteraction"];
    assert_eq!(recorded["interactionType"], kind);
    assert_eq!(recorded["interactionValue"], 1.0);
    assert_eq!(recorded["user"]["id"], account.id.as_str());
    assert_eq!(recorded["item"]["id"], item);
}

async fn rate(server: &Server, account: &Account, item: &str, rating: f64) {
    let query = "mutation($input: RatingInput!) { rateItem(input: $input) { rating } }";
    let input = json!({ "input": { "itemId": item, "rating": rating } });
    let data = server.execute(Some(account), query, input).await.data();
    assert_eq!(data["rateItem"]["rating"], rating);
}

#[tokio::test]
async fn a_fresh_tenant_has_recommendations_before_anything_is_trained() {
    let (server, ada) = Server::with_admin().await;
    let mut created = Vec::new();
    for number in 1..=5 {
        let query = format!(
            r#"mutation {{ createItem(input: {{ title: "Film {number}", category: "film" }}) {{
                id title category averageRating isActive tags metadata }} }}"#
        );
        let data = server.ask(&ada, &query).await;
        let item = &data["createItem"];
        assert_eq!(item["title"], format!("Film {number}"));
        assert_eq!(item["averageRating"], Value::Null, "nobody rated it");
        assert_eq!((&item["tags"], &item["metadata"]), (&json!([]), &json!({})));
        created.push(item["id"].as_str().expect("an id").to_owned());
    }
    for item in &created[..3] {
        record(&server, &ada, item, "view").await;
    }

    let query = "{ recommendations { items { item { id title } score rank } algorithm
        responseTimeMs totalCount source modelVersion } }";
    let data = server.ask(&ada, query).await;
    let list = &data["recommendations"];
    let found: HashSet<String> = recommended(&data).into_iter().collect();
    assert!(created[3..].iter().all(|item| found.contains(item)), "{list}");
    for (index, place) in list["items"].as_array().expect("a list").iter().enumerate() {
        assert!(place["score"].as_f64().expect("a number") > 0.0, "{list}");
        assert_eq!(place["rank"], index + 1);
    }
    assert_eq!(list["algorithm"], "hybrid");
    assert!(list["responseTimeMs"].as_f64().expect("a number") > 0.0);
    assert!(list["source"].as_str().expect("a text").starts_with("fallback:"), "{list}");
    assert_eq!(list["modelVersion"], Value::Null);
}

/// Two groups of films, each loved by its own users.
async fn two_tastes(server: &Server, admin: &Account) -> (Vec<String>, Vec<String>) {
    let crime = server.items(admin, &["Crime 1", "Crime 2", "Crime 3", "Crime 4", "Crime 5"]).await;
    let love = server.items(admin, &["Love 1", "Love 2", "Love 3", "Love 4", "Love 5"]).await;
    for (taste, films) in [("crime", &crime), ("love", &love)] {
        for number in 0..5 {
            let fan = server.register("shop", &format!("{taste}{number}")).await;
            // All but one, so that in the end each film is as popular as the others.
            for film in films.iter().cycle().skip(number).take(4) {
                rate(server, &fan, film, 5.0).await;
            }
        }
    }
    (crime, love)
}

#[tokio::test]
async fn rating_three_films_changes_the_next_list_without_training() {
    let (server, ada) = Server::with_admin().await;
    let (crime, love) = two_tastes(&server, &ada).await;
    let tenant = server.app.engine().tenant(tenant_id(&server).await).await.expect("a tenant");
    tenant.train("hybrid", |_| ()).await.expect("a model");

    let newcomer = server.register("shop", "newcomer").await;
    let query = "{ recommendations(options: { numRecommendations: 4 }) {
        items { item { id } } source modelVersion } }";
    let before = server.ask(&newcomer, query).await;
    assert!(
        before["recommendations"]["source"].as_str().is_some_and(|it| it == "fallback:no_history")
    );

    for film in &crime[..3] {
        rate(&server, &newcomer, film, 5.0).await;
    }
    let after = server.ask(&newcomer, query).await;
    assert_eq!(after["recommendations"]["source"], "fold_in");
    assert!(after["recommendations"]["modelVersion"].is_string());
    assert_ne!(recommended(&after), recommended(&before));
    let next = recommended(&after);
    assert!(crime[3..].contains(&next[0]), "the other crime films come first");
    assert!(!crime[..3].iter().any(|film| next.contains(film)), "what was rated is left out");
    assert!(love.iter().any(|film| next.contains(film)), "the list is filled up");
}

async fn tenant_id(server: &Server) -> recsys_store::types::TenantId {
    let directory = server.app.engine().storage();
    directory.tenants().by_domain("shop").await.expect("a directory").expect("a tenant").id
}

#[tokio::test]
async fn explanations_come_only_when_asked_for_and_add_up() {
    let (server, ada) = Server::with_admin().await;
    let (crime, _) = two_tastes(&server, &ada).await;
    let tenant = server.app.engine().tenant(tenant_id(&server).await).await.expect("a tenant");
    tenant.train("hybrid", |_| ()).await.expect("a model");
    rate(&server, &ada, &crime[0], 5.0).await;

    let fields = "explanation { summary method weights { algorithm weight reason } }
        items { score explanation { base contributions { algorithm weight term item { id } } } }";
    let plain = server.ask(&ada, &format!("{{ recommendations {{ {fields} }} }}")).await;
    assert_eq!(plain["recommendations"]["explanation"], Value::Null);
    assert_eq!(plain["recommendations"]["items"][0]["explanation"], Value::Null);

    let query = format!("{{ recommendations(options: {{ explain: true }}) {{ {fields} }} }}");
    let data = server.ask(&ada, &query).await;
    assert!(data["recommendations"]["explanation"]["summary"].is_string(), "{data}");
    for place in data["recommendations"]["items"].as_array().expect("a list") {
        let why = &place["explanation"];
        let parts = why["contributions"].as_array().expect("a list").iter();
        let sum: f64 = parts.map(|part| part["weight"].as_f64().expect("a number")).sum();
        let total = why["base"].as_f64().expect("a number") + sum;
        let score = place["score"].as_f64().expect("a number");
        assert!((total - score).abs() < 1e-4, "{place}");
    }
}

#[tokio::test]
async fn filters_choose_the_candidates() {
    let (server, ada) = Server::with_admin().await;
    let query = r#"mutation { createItems(inputs: [
        { title: "Kettle", category: "kitchen", tags: ["steel"], metadata: { price: 40 } },
        { title: "Spoon", category: "kitchen", tags: ["steel", "small"], metadata: { price: 4 } },
        { title: "Lamp", category: "living", tags: ["small"], metadata: { price: 30 } },
    ]) { id title tags metadata } }"#;
    let data = server.ask(&ada, query).await;
    assert_eq!(data["createItems"][1]["tags"], json!(["steel", "small"]));
    assert_eq!(data["createItems"][1]["metadata"], json!({ "price": 4 }));
    let created = ids(&data["createItems"]);

    for (filter, expected) in [
        (r#"{ categories: ["kitchen"] }"#.to_owned(), vec![0, 1]),
        (r#"{ excludeCategories: ["kitchen"] }"#.to_owned(), vec![2]),
        (r#"{ tags: ["small"] }"#.to_owned(), vec![1, 2]),
        (r#"{ where: { price: { lt: 35 } } }"#.to_owned(), vec![1, 2]),
        (format!(r#"{{ excludeItems: ["{}"] }}"#, created[0]), vec![1, 2]),
        ("{ minRating: 3 }".to_owned(), vec![]),
    ] {
        let query = format!(
            "{{ recommendations(options: {{ filters: {filter} }}) {{ totalCount items {{ item {{ id }} }} }} }}"
        );
        let data = server.ask(&ada, &query).await;
        let found: HashSet<String> = recommended(&data).into_iter().collect();
        let expected: HashSet<String> =
            expected.iter().map(|&at: &usize| created[at].clone()).collect();
        assert_eq!(found, expected, "{filter}");
        assert_eq!(data["recommendations"]["totalCount"], expected.len(), "{filter}");
    }
}

#[tokio::test]
async fn ratings_show_at_the_item_and_at_the_user() {
    let (server, ada) = Server::with_admin().await;
    let films = server.items(&ada, &["Alien", "Brazil"]).await;
    rate(&server, &ada, &films[0], 2.0).await;
    rate(&server, &ada, &films[0], 4.0).await;
    record(&server, &ada, &films[1], "view").await;

    let query = format!(
        r#"{{ item(id: "{}") {{ averageRating ratingCount interactionCount }}
            me {{ ratings {{ rating item {{ title }} }} interactions(type: "view") {{
                interactionType item {{ title }} createdAt }} }} }}"#,
        films[0]
    );
    let data = server.ask(&ada, &query).await;
    assert_eq!(data["item"]["averageRating"], 4.0, "one rating per user and item");
    assert_eq!(data["item"]["ratingCount"], 1);
    assert_eq!(data["me"]["ratings"], json!([{ "rating": 4.0, "item": { "title": "Alien" } }]));
    let events = data["me"]["interactions"].as_array().expect("a list");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["item"]["title"], "Brazil");
    let time = events[0]["createdAt"].as_str().expect("a time");
    assert!(time.len() == 24 && time.ends_with('Z'), "UTC with milliseconds: {time}");
}

#[tokio::test]
async fn items_are_listed_searched_and_found_by_their_own_id() {
    let (server, ada) = Server::with_admin().await;
    let query = r#"mutation { createItems(inputs: [
        { title: "Red kettle", category: "kitchen", externalId: "sku-1" },
        { title: "Blue kettle", category: "kitchen" }, { title: "Lamp", category: "living" }]) { id } }"#;
    server.ask(&ada, query).await;
    let titles = async |query: &str| {
        let data = server.ask(&ada, query).await;
        let items = data["items"].as_array().expect("a list").iter();
        items
            .map(|item| item["title"].as_str().expect("a title").to_owned())
            .collect::<HashSet<_>>()
    };
    let set = |titles: &[&str]| titles.iter().map(|&it| it.to_owned()).collect::<HashSet<_>>();
    assert_eq!(titles("{ items { title } }").await.len(), 3);
    assert_eq!(titles(r#"{ items(category: "living") { title } }"#).await, set(&["Lamp"]));
    assert_eq!(
        titles(r#"{ items(search: "KETTLE") { title } }"#).await,
        set(&["Red kettle", "Blue kettle"])
    );
    assert_eq!(titles("{ items(limit: 2, offset: 2) { title } }").await.len(), 1);
    let data =
        server.ask(&ada, r#"{ itemByExternalId(externalId: "sku-1") { title externalId } }"#).await;
    assert_eq!(data["itemByExternalId"], json!({ "title": "Red kettle", "externalId": "sku-1" }));
    let data = server.ask(&ada, r#"{ itemByExternalId(externalId: "sku-2") { title } }"#).await;
    assert_eq!(data["itemByExternalId"], Value::Null);
}

#[tokio::test]
async fn administrators_change_delete_and_train() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettel"]).await.remove(0);
    let query = format!(
        r#"mutation {{ updateItem(id: "{item}", input: {{ title: "Kettle", category: "kitchen",
            isActive: false }}) {{ title category isActive }} }}"#
    );
    let data = server.ask(&ada, &query).await;
    let expected = json!({ "title": "Kettle", "category": "kitchen", "isActive": false });
    assert_eq!(data["updateItem"], expected);
    let query = format!(
        r#"mutation {{ updateItem(id: "{item}", input: {{ category: null }}) {{ title category }} }}"#
    );
    let data = server.ask(&ada, &query).await;
    assert_eq!(data["updateItem"], json!({ "title": "Kettle", "category": null }));

    let query = format!(r#"mutation {{ deleteItem(id: "{item}") }}"#);
    assert_eq!(server.ask(&ada, &query).await["deleteItem"], true);
    assert_eq!(server.ask(&ada, &query).await["deleteItem"], false);

    let data =
        server.ask(&ada, "mutation { trainModel { id algorithm status progress queuedAt } }").await;
    assert_eq!(data["trainModel"]["algorithm"], "hybrid");
    assert_eq!(data["trainModel"]["status"], "QUEUED");
    let id = data["trainModel"]["id"].as_str().expect("an id");
    let data = server.ask(&ada, "{ trainingJobs { id status } }").await;
    assert_eq!(data["trainingJobs"], json!([{ "id": id, "status": "QUEUED" }]));
    let query = format!(r#"mutation {{ cancelTraining(id: "{id}") {{ status }} }}"#);
    assert_eq!(server.ask(&ada, &query).await["cancelTraining"]["status"], "CANCELLED");

    let data = server.ask(&ada, "{ algorithms { name title description trained } }").await;
    let names: Vec<&str> = data["algorithms"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|it| it["name"].as_str().expect("a name"))
        .collect();
    assert!(
        ["als", "hybrid", "item_knn", "popularity"].iter().all(|it| names.contains(it)),
        "{names:?}"
    );
}

#[tokio::test]
async fn what_is_for_administrators_is_forbidden_to_others() {
    let (server, ada) = Server::with_admin().await;
    let item = server.items(&ada, &["Kettle"]).await.remove(0);
    let bob = server.register("shop", "bob").await;
    for query in [
        "{ trainingJobs { id } }".to_owned(),
        "mutation { trainModel { id } }".to_owned(),
        format!(r#"mutation {{ cancelTraining(id: "{item}") {{ id }} }}"#),
        format!(r#"mutation {{ deleteItem(id: "{item}") }}"#),
        format!(r#"mutation {{ updateItem(id: "{item}", input: {{ title: "x" }}) {{ id }} }}"#),
        format!(r#"{{ recommendationsFor(userId: "{}") {{ totalCount }} }}"#, bob.id),
        "{ me { tenant { settings } } }".to_owned(),
    ] {
        assert_eq!(server.fail(Some(&bob), &query).await.0, "FORBIDDEN", "{query}");
    }
    let query = format!(r#"{{ recommendationsFor(userId: "{}") {{ totalCount }} }}"#, bob.id);
    assert_eq!(server.ask(&ada, &query).await["recommendationsFor"]["totalCount"], 1);
    let data = server.ask(&ada, "{ me { tenant { settings domain subscriptionTier } } }").await;
    assert!(data["me"]["tenant"]["settings"].is_object());
    assert_eq!(data["me"]["tenant"]["subscriptionTier"], "BASIC");
}
