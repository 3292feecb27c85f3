//! What a visitor of the demo is told: where it is, how to get in, and three things to try.

use serde_json::{Value, json};

/// The parts of the invitation.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// Where the server answers, without a slash at the end.
    pub(crate) url: String,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) tenant: &'static str,
    /// An item to ask about.
    pub(crate) item_id: String,
    pub(crate) item_title: String,
}

impl Invitation {
    pub(crate) fn text(&self) -> String {
        let Self { url, email, password, tenant, .. } = self;
        let mut text = format!(
            "  GraphiQL   {url}/graphiql\n  GraphQL    {url}/graphql\n  \
             Login      {email}, password {password} (tenant {tenant}, administrator)\n\n\
             Try it in another terminal, one after the other:"
        );
        for (number, (what, command)) in (1..).zip(self.commands()) {
            text.push_str(&format!("\n\n{number}. {what}\n\n{command}"));
        }
        text
    }

    pub(crate) fn json(&self) -> Value {
        let commands =
            self.commands().map(|(what, command)| json!({"what": what, "command": command}));
        json!({
            "url": self.url,
            "graphql": format!("{}/graphql", self.url),
            "graphiql": format!("{}/graphiql", self.url),
            "login": {"email": self.email, "password": self.password, "tenantDomain": self.tenant},
            "try": commands,
        })
    }

    /// The three commands, for bash with curl and sed; the later ones use the token of the first.
    fn commands(&self) -> [(String, String); 3] {
        let Self { email, password, tenant, item_id, item_title, .. } = self;
        let login = format!(
            "mutation {{ login(input: {{email: \"{email}\", password: \"{password}\", tenantDomain: \"{tenant}\"}}) {{ accessToken }} }}"
        );
        let token = r#"sed 's/.*"accessToken":"\([^"]*\)".*/\1/'"#;
        let recommend = "{ recommendations(options: {numRecommendations: 5}) { source items { rank score reason item { title category } } } }";
        let similar = format!(
            "{{ similarItems(itemId: \"{item_id}\", topK: 5) {{ score reason item {{ title category }} }} }}"
        );
        let rate = format!(
            "mutation {{ rateItem(input: {{itemId: \"{item_id}\", rating: 5}}) {{ rating item {{ title averageRating }} }} }}"
        );
        let again = self.ask(recommend);
        [
            (
                "Sign in, then see what the shop recommends to you".to_owned(),
                format!("TOKEN=$({} | {token}); {again}", self.post(&login, "")),
            ),
            (format!("What is like \"{item_title}\"?"), self.ask(&similar)),
            (
                "Give it five stars and ask again: the list has changed, without any training"
                    .to_owned(),
                format!("{}; {again}", self.ask(&rate)),
            ),
        ]
    }

    /// A request with the token.
    fn ask(&self, query: &str) -> String {
        // The answer does not end its line.
        format!("{}; echo", self.post(query, " -H \"authorization: Bearer $TOKEN\""))
    }

    fn post(&self, query: &str, header: &str) -> String {
        let body = json!({"query": query});
        format!(
            "curl -s {}/graphql -H 'content-type: application/json'{header} -d '{body}'",
            self.url
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_can_be_pasted_into_a_shell() {
        let invitation = Invitation {
            url: "http://127.0.0.1:8000".to_owned(),
            email: "demo@example.com",
            password: "secret",
            tenant: "demo",
            item_id: "0000".to_owned(),
            item_title: "It's a Title".to_owned(),
        };
        for (_, command) in invitation.commands() {
            assert_eq!(command.matches('\'').count() % 2, 0, "{command}");
            assert!(!command.contains('\n') && !command.contains("It's"), "{command}");
        }
    }
}
